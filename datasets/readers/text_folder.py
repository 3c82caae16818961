"""Folders and zip archives of text files: the first line is the title, the rest the text.

The review id is the path without ``.txt``. Where the files lie in several folders, the folder is their genre, as in
collections of labeled texts. A file of one line is all text. The row number counts the files in the order of their
paths, from 1. The user may have a column read from the folder of the file (``artist=folder``) or from the name of the
file (``artist=filename``): of "Low - Hey What.txt" the artist is what stands before " - ", the title what stands behind
it, any other column the whole name without ``.txt``. A folder that is read so is no genre. Archives are read in
place, never unpacked: no member can be written anywhere.

The front matter of ``.md`` files holds further columns (:mod:`markdown`). An ``index.md`` is called by its folder, as
in the bundles of Hugo, and has the genre of the folder above.

Public names: :func:`read_text_folder`, :func:`read_text_archive`, :func:`data_members`.
"""

import itertools
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType

import numpy as np
import pyarrow as pa

from ...core.errors import ParameterError, SourceError
from ...core.progress import ProgressCallback
from .holdings import is_markdown, names_in_folder, sorted_names
from .mapping import NO_COLUMN, map_columns, name_key
from .markdown import Value, fault_in_front, read_markdown
from .mixed_bytes import is_mostly_utf8, is_utf8
from .pieces import Pieces
from .progress import announce
from .proposals import listed_names
from .raw import RawTable, RejectLog, as_column
from .streams import (
    BOMB_BYTES,
    BOMB_RATIO,
    counting_mended,
    decode,
    encoding_of,
    looks_binary,
    refuse_foreign,
    source_errors,
)
from .unused import unused_columns

_PLACES = ("folder", "filename")
_PIECE_TEXTS = 500
LARGEST_TEXT = 64 << 20  # bytes of one text file
_MAPPING = {"review_id": "path", "title": "first line", "text": "other lines", "genres": "folder"}


def read_text_folder(
    path: Path,
    *,
    columns: Mapping[str, str | int] = MappingProxyType({}),
    encoding: str | None = None,
    on_progress: ProgressCallback | None = None,
    pieces: Pieces | None = None,
) -> RawTable:
    """Read all ``.txt`` and ``.md`` files below a folder.

    ``columns`` maps a canonical column to ``folder`` or ``filename``; of Markdown, to a key of the front matter, too;
    ParameterError if it speaks of anything else.
    """
    held = sorted_names(names_in_folder(path), in_archive=False)
    names = held.texts
    if not names:
        left = f"; documents ({listed_names(held.others[:4])}) are read when saved as plain text, .txt"
        raise SourceError(
            f"{path.name or path}: no .txt files in this folder, and no corpus/reviews.parquet; "
            f"give a file, a folder of texts (.txt, .md) or a workspace{left if held.others else ''}"
        )
    sizes = {name: (path / name).stat().st_size for name in names}
    found = _Texts(path.name or str(path), names, sizes, lambda name: (path / name).read_bytes(), encoding)
    return _read(found, columns, on_progress, pieces)


def data_members(path: Path) -> list[zipfile.ZipInfo]:
    """Return the members of a zip archive that are files of the user, without system leftovers.

    Raises
    ------
    SourceError
        If the archive is damaged or swells suspiciously.
    """
    with source_errors(path.name), zipfile.ZipFile(path) as archive:
        members = [
            member for member in archive.infolist() if not member.is_dir() and not _is_hidden(member.filename)
        ]
    total = sum(member.file_size for member in members)
    if total > max(BOMB_BYTES, BOMB_RATIO * path.stat().st_size):
        raise SourceError(
            f"{path.name}: unpacks to {total:,} bytes, over {BOMB_RATIO} times its size; "
            "unpack it yourself if this is meant"
        )
    return members


def _is_hidden(name: str) -> bool:
    return any(
        part.startswith((".", "__")) and not part.startswith("..") for part in PurePosixPath(name).parts
    )


def read_text_archive(
    path: Path,
    *,
    columns: Mapping[str, str | int] = MappingProxyType({}),
    encoding: str | None = None,
    on_progress: ProgressCallback | None = None,
    pieces: Pieces | None = None,
) -> RawTable:
    """Read all ``.txt`` and ``.md`` members of a zip archive.

    ``columns`` as for :func:`read_text_folder`. Members whose names point outside the archive stand in rejects.
    """
    sizes = {member.filename: member.file_size for member in data_members(path)}
    names = sorted_names(sizes, in_archive=True).texts
    if not names:
        raise SourceError(
            f"{path.name}: no .txt files in this archive; it holds {', '.join(sorted(sizes)[:5]) or 'nothing'}"
        )
    with source_errors(path.name), zipfile.ZipFile(path) as archive:
        return _read(_Texts(path.name, names, sizes, archive.read, encoding), columns, on_progress, pieces)


@dataclass(frozen=True)
class _Texts:
    """Files of texts: what messages call them together, their names and sizes, how one is read, and the encoding."""

    label: str
    names: Sequence[str]
    sizes: Mapping[str, int]
    read: Callable[[str], bytes]
    encoding: str | None = None


def _read(
    found: _Texts,
    columns_asked: Mapping[str, str | int],
    on_progress: ProgressCallback | None,
    pieces: Pieces | None,
) -> RawTable:
    if any(map(is_markdown, found.names)):
        return _read_markdown(found, columns_asked, on_progress)
    places = _checked_places(columns_asked)
    rejects, pieces = RejectLog(found.label), Pieces() if pieces is None else pieces
    rows: list[int] = []
    ids: list[str] = []
    with counting_mended(found.label):
        texts = _usable_texts(found, rejects)
        while piece := list(itertools.islice(texts, _PIECE_TEXTS)):
            rows += [row for row, _, _ in piece]
            ids += [name[: -len(".txt")] for _, name, _ in piece]
            parts = [_split(content) for _, _, content in piece]
            pieces.add("title", pa.array([title for title, _ in parts], pa.string()))
            pieces.add("text", pa.array([text for _, text in parts], pa.string()))
            announce(on_progress, f"reading {found.label}", rows[-1], len(found.names), "texts")
    _refuse_nothing(found, rows, rejects)
    columns: dict[str, Sequence[str | None]] = {"review_id": ids}
    if len(set(_folders(ids))) > 1 and "folder" not in places.values():
        columns["genres"] = _folders(ids)
    columns |= {field: _from_path(ids, field, place) for field, place in places.items()}
    arrays = {field: pa.chunked_array([pa.array(values, pa.string())]) for field, values in columns.items()}
    read = {"review_id": arrays["review_id"], "title": pieces.take("title"), "text": pieces.take("text")}
    arrays = {**read, **arrays}
    return RawTable(
        source=found.label,
        format="texts",
        columns=arrays,
        rows=np.asarray(rows, dtype=np.int64),
        mapping={field: places.get(field) or _MAPPING[field] for field in arrays},
        rejects=rejects,
    )


def _read_markdown(
    found: _Texts, columns: Mapping[str, str | int], on_progress: ProgressCallback | None
) -> RawTable:
    """Read files with front matter; they are few and small, so they are held as a whole."""
    rejects = RejectLog(found.label)
    rows: list[int] = []
    records: list[dict[str, Value]] = []
    with counting_mended(found.label):
        for row, name, content in _usable_texts(found, rejects):
            rows.append(row)
            records.append(_record(name, content))
            if is_markdown(name) and (fault := fault_in_front(content)):
                rejects.add([row], None, [name], f"front matter is no {fault}")
            announce(on_progress, f"reading {found.label}", row, len(found.names), "texts")
    _refuse_nothing(found, rows, rejects)
    ids = _ids([found.names[row - 1] for row in rows])
    filled = (key for record in records for key, value in record.items() if value is not None)
    names = list(dict.fromkeys(filled)) or ["text"]
    from_path = {
        field: name_key(place)
        for field, place in columns.items()
        if place not in names and name_key(place) in _PLACES and field != "text"
    }
    asked = {field: place for field, place in columns.items() if field not in from_path}
    asked = {"text": "text", **asked, **dict.fromkeys(from_path, NO_COLUMN)}
    places = map_columns(names, asked, found.label)
    read: dict[str, Sequence[Value]] = {
        field: [record.get(names[place]) for record in records] for field, place in places.items()
    }
    read |= {field: _from_path(ids, field, place) for field, place in from_path.items()}
    mapping = {field: names[place] for field, place in places.items()} | from_path
    if "review_id" not in read:
        read["review_id"], mapping["review_id"] = ids, _MAPPING["review_id"]
    if "genres" not in read and len(set(_folders(ids))) > 1 and "folder" not in from_path.values():
        read["genres"], mapping["genres"] = _folders(ids), _MAPPING["genres"]
    return RawTable(
        source=found.label,
        format="texts",
        columns={field: pa.chunked_array([as_column(values)]) for field, values in read.items()},
        rows=np.asarray(rows, dtype=np.int64),
        mapping=mapping,
        rejects=rejects,
        notes=[
            *unused_columns(
                names, places, lambda place: [record.get(names[place]) for record in records[:50]]
            ),
            *_note_on_drafts(records),
        ],
    )


def _note_on_drafts(records: Sequence[Mapping[str, Value]]) -> list[str]:
    n_drafts = sum(str(record.get("draft")).lower() in ("true", "yes") for record in records)
    return [f"drafts (draft: true), read as the others are: {n_drafts:,}"] if n_drafts else []


def _record(name: str, content: str) -> dict[str, Value]:
    if is_markdown(name):
        return read_markdown(content)
    title, text = _split(content)
    return {"title": title, "text": text}


def _ids(names: Sequence[str]) -> list[str]:
    """Return names without ending; an ``index`` is called by its folder; names that would be equal keep all."""
    ids = []
    for name in names:
        path = PurePosixPath(name)
        is_bundle = path.stem.lower() == "index" and len(path.parts) > 1
        ids.append(str(path.parent) if is_bundle else name[: name.rindex(".")])
    counts = Counter(ids)
    return [id if counts[id] == 1 else name for id, name in zip(ids, names, strict=True)]


def _usable_texts(found: _Texts, rejects: RejectLog) -> Iterator[tuple[int, str, str]]:
    """Yield row, name and content of each file that is a text."""
    for row, name in enumerate(found.names, start=1):
        reason = _unsafe(name) or _too_large(found.sizes[name])
        data = b"" if reason else found.read(name)
        if not reason and found.encoding is None:
            reason = "not a text; left out" if looks_binary(data) else _foreign(data, name)
        if reason:
            rejects.add([row], None, [name], reason)
        else:
            yield (
                row,
                name,
                decode(data) if found.encoding is None else data.decode(found.encoding, "replace"),
            )


def _refuse_nothing(found: _Texts, rows: Sequence[int], rejects: RejectLog) -> None:
    """Raise SourceError if none of the texts could be read, and say why with the first of them."""
    if not rows and len(rejects):
        first = rejects.table().slice(0, 1).to_pylist()[0]
        raise SourceError(
            f"{found.label}: none of {len(found.names):,} texts can be read; {first['value']}: {first['reason']}"
        )


def _foreign(data: bytes, name: str) -> str | None:
    """Say why a text is neither UTF-8 nor Western, or None if it is one of them."""
    try:
        if not is_utf8([data]) and not is_mostly_utf8([data]) and encoding_of(data).startswith("utf-8"):
            refuse_foreign([data], name)
    except SourceError as error:
        return f"{str(error).removeprefix(f'{name}: ')}; left out"
    return None


def _unsafe(name: str) -> str | None:
    outside = name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name[:2]
    return "name points outside the archive; left out" if outside else None


def _too_large(size: int) -> str | None:
    return f"larger than {LARGEST_TEXT >> 20} MiB; left out" if size > LARGEST_TEXT else None


def _split(content: str) -> tuple[str | None, str | None]:
    """Return title and text; a single line is text."""
    content = content.lstrip("\ufeff").strip()
    title, _, text = content.partition("\n")
    return (title.strip(), text.strip()) if text.strip() else (None, title.strip())


def _checked_places(columns: Mapping[str, str | int]) -> dict[str, str]:
    places = {field: name_key(place) for field, place in columns.items()}
    for field, place in places.items():
        if place not in _PLACES or field == "text":
            raise ParameterError(
                f"columns: {field}={columns[field]}: a text has no such column; choose folder or filename for another "
                "column than text, e.g. --columns artist=folder"
            )
    return places


def _from_path(ids: Iterable[str], field: str, place: str) -> Sequence[str | None]:
    if place == "folder":
        return _folders(ids)
    stems = [PurePosixPath(name).name for name in ids]
    if field not in ("artist", "title"):
        return stems
    parts = [stem.partition(" - ") for stem in stems]
    return [before if field == "artist" else (behind or before) for before, _, behind in parts]


def _folders(ids: Iterable[str]) -> list[str | None]:
    return [str(PurePosixPath(name).parent.name) or None for name in ids]
