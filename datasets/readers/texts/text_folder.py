"""Folders and zip archives of text files: the first line is the title, the rest the text.

The review id is the path without ``.txt``. Where the files lie in several folders, the folder is their genre, as in
collections of labeled texts. A file of one line is all text. The row number counts the files in the order of their
paths, from 1. The user may have a column read from the folder of the file (``artist=folder``) or from the name of the
file (``artist=filename``): of "Low - Hey What.txt" the artist is what stands before " - ", the title what stands behind
it, any other column the whole name without ``.txt`` (:mod:`file_names`, which also tells where that is done unasked).
Where the title comes from there, a first line that says something else belongs to the text. A folder that is read so is
no genre. Archives are read in place, never unpacked: no member can be written anywhere.

The front matter of ``.md`` files, and lines such as "Artist: Low" at the head of texts (:mod:`head_lines`), hold
further columns (:mod:`markdown`), as do web pages where there are no other texts (:mod:`web_pages`); they are
called by one name or another (:mod:`synonyms`). An ``index.md`` is called by its folder, as
in the bundles of Hugo, and has the genre of the folder above.

Public names: :func:`read_text_folder`, :func:`read_text_archive`, :func:`data_members`.
"""

import itertools
import stat
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ....core.errors import ParameterError, SourceError
from ....core.progress import ProgressCallback
from ..columns.mapping import NO_COLUMN, map_columns, name_key
from ..columns.proposals import listed_names
from ..columns.synonyms import with_synonyms
from ..columns.unused import unused_columns
from ..decoding.streams import BOMB_BYTES, BOMB_RATIO, counting_mended, source_errors
from ..holdings import format_of, is_markdown, names_in_folder, sorted_names
from ..pieces import Pieces
from ..progress import announce
from ..raw import FIRST_LINE, RawTable, RejectLog, as_column
from .file_names import (
    LOOKED_AT,
    NamedFile,
    days_in_names,
    is_title_line,
    note_on_days,
    note_on_names,
    split_names,
)
from .head_lines import begin_with_heads, split_head
from .markdown import Value, fault_in_front, read_markdown
from .text_files import TextFiles, refuse_nothing, usable_texts
from .web_pages import is_web_page, read_web_page

_PLACES = ("folder", "filename")
_PIECE_TEXTS = 500
_MAPPING = {
    "review_id": "path",
    "pub_date": "filename",
    "title": FIRST_LINE,
    "text": "other lines",
    "genres": "folder",
}


def read_text_folder(
    path: Path,
    *,
    columns: Mapping[str, str | int] = MappingProxyType({}),
    encoding: str | None = None,
    on_progress: ProgressCallback | None = None,
    pieces: Pieces | None = None,
) -> RawTable:
    """Read all ``.txt`` and ``.md`` files below a folder, or, where there are none, its web pages.

    ``columns`` maps a canonical column to ``folder`` or ``filename``; of Markdown, to a key of the front matter, too;
    ParameterError if it speaks of anything else.
    """
    held = sorted_names(names_in_folder(path), in_archive=False)
    names = held.texts
    if not names:
        left = f"; documents ({listed_names(held.others[:4])}) are read when saved as plain text, .txt"
        if below := [name for name in held.others if format_of(name)]:
            left = f"; tables lie in folders below it ({listed_names(below[:2])}): put them in one folder"
        raise SourceError(
            f"{path.name or path}: no .txt files in this folder, and no corpus/reviews.parquet; "
            f"give a file, a folder of texts (.txt, .md) or a workspace{left if held.others else ''}"
        )
    sizes = {name: (path / name).stat().st_size for name in names}
    found = TextFiles(path.name or str(path), names, sizes, lambda name: (path / name).read_bytes(), encoding)
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
            member
            for member in archive.infolist()
            if not member.filename.endswith("/") and not _is_hidden(member.filename)
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

    ``columns`` as for :func:`read_text_folder`. Members whose names point outside the archive, links, and
    all but the last of one name stand in rejects.
    """
    members = data_members(path)
    sizes = {member.filename: member.file_size for member in members}
    links = {member.filename for member in members if stat.S_ISLNK(member.external_attr >> 16)}
    earlier = {name: n - 1 for name, n in Counter(member.filename for member in members).items()}
    names = sorted_names(sizes, in_archive=True).texts
    if not names:
        raise SourceError(
            f"{path.name}: no .txt files in this archive; it holds {', '.join(sorted(sizes)[:5]) or 'nothing'}"
        )
    with source_errors(path.name), zipfile.ZipFile(path) as archive:
        found = TextFiles(path.name, names, sizes, archive.read, encoding, links, earlier)
        return _read(found, columns, on_progress, pieces)


def _read(
    found: TextFiles,
    columns_asked: Mapping[str, str | int],
    on_progress: ProgressCallback | None,
    pieces: Pieces | None,
) -> RawTable:
    if any(is_markdown(name) or is_web_page(name) for name in found.names) or begin_with_heads(found):
        return _read_markdown(found, columns_asked, on_progress)
    places = _checked_places(columns_asked)
    rejects, pieces = RejectLog(found.label), Pieces() if pieces is None else pieces
    rows: list[int] = []
    ids: list[str] = []
    with counting_mended(found.label):
        texts = usable_texts(found, rejects)
        while piece := list(itertools.islice(texts, _PIECE_TEXTS)):
            rows += [row for row, _, _ in piece]
            ids += [name[: -len(".txt")] for _, name, _ in piece]
            parts = [_split(content) for _, _, content in piece]
            pieces.add("title", pa.array([title for title, _ in parts], pa.string()))
            pieces.add("text", pa.array([text for _, text in parts], pa.string()))
            announce(on_progress, f"reading {found.label}", rows[-1], len(found.names), "texts")
    refuse_nothing(found, rows, rejects)
    names, titles, texts = split_names(ids), pieces.take("title"), pieces.take("text")
    notes = []
    if not {"artist", "title"} & places.keys():
        looked_at = zip(titles[:LOOKED_AT].to_pylist(), texts[:LOOKED_AT].to_pylist(), strict=True)
        notes, places = _told_by_names(ids, names, list(looked_at), places)
    columns: dict[str, Sequence[str | None]] = {"review_id": ids}
    if len(set(_folders(ids))) > 1 and not {"folder", NO_COLUMN} & {places.get("genres"), *places.values()}:
        columns["genres"] = _folders(ids)
    if any(days := days_in_names(ids)) and "pub_date" not in places:
        columns["pub_date"], notes = days, [*notes, *note_on_days(ids, days)]
    columns |= {
        field: _from_path(ids, names, field, place) for field, place in places.items() if place != NO_COLUMN
    }
    if places.get("title") == "filename":
        texts = pieces.park(_with_first_lines(titles, texts, names))
    arrays = {field: pa.chunked_array([pa.array(values, pa.string())]) for field, values in columns.items()}
    read = {"review_id": arrays["review_id"], "title": titles, "text": texts}
    arrays = {**read, **arrays}
    return RawTable(
        source=found.label,
        format="texts",
        columns=arrays,
        rows=np.asarray(rows, dtype=np.int64),
        mapping={field: places.get(field) or _MAPPING[field] for field in arrays},
        rejects=rejects,
        notes=notes,
    )


def _told_by_names(
    ids: Sequence[str],
    names: Sequence[NamedFile],
    contents: Sequence[tuple[str | None, str | None]],
    places: Mapping[str, str],
) -> tuple[list[str], dict[str, str]]:
    """Return a note on names of files that have artist and title, and the places, with these if they are taken."""
    texts = [f"{title or ''}\n{text or ''}" for title, text in contents]
    notes, taken = note_on_names(ids, names, texts)
    return notes, {**places, "artist": "filename", "title": "filename"} if taken else dict(places)


def _with_first_lines(
    titles: pa.ChunkedArray, texts: pa.ChunkedArray, names: Sequence[NamedFile]
) -> Iterator[pa.Array]:
    """Put first lines back in front of the texts, but for those that only say what the name of the file says."""
    start = 0
    for title, text in zip(titles.chunks, texts.chunks, strict=True):
        rest = zip(title.to_pylist(), names[start : start + len(title)], strict=True)
        kept = [None if line is None or is_title_line(line, name) else line for line, name in rest]
        yield pc.coalesce(pc.binary_join_element_wise(pa.array(kept, pa.string()), text, "\n\n"), text)
        start += len(title)


def _read_markdown(
    found: TextFiles, columns: Mapping[str, str | int], on_progress: ProgressCallback | None
) -> RawTable:
    """Read files with front matter; they are few and small, so they are held as a whole."""
    rejects = RejectLog(found.label)
    rows: list[int] = []
    records: list[dict[str, Value]] = []
    with counting_mended(found.label):
        for row, name, content in usable_texts(found, rejects):
            rows.append(row)
            records.append(_with_draft(_record(name, content)))
            if is_markdown(name) and (fault := fault_in_front(content)):
                rejects.add([row], None, [name], f"front matter is no {fault}")
            announce(on_progress, f"reading {found.label}", row, len(found.names), "texts")
    refuse_nothing(found, rows, rejects)
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
    filled_up, synonyms, told = with_synonyms(records, names, places, asked)
    read: dict[str, Sequence[Value]] = {**filled_up}
    called, notes = split_names(ids), list[str]()
    if "artist" not in {*places, *columns} and "title" not in columns:
        texts = [f"{record.get('title') or ''}\n{record.get('text') or ''}" for record in records[:LOOKED_AT]]
        notes, taken = note_on_names(ids, called, texts)
        from_path |= {"artist": "filename"} if taken else {}
    read |= {field: _from_path(ids, called, field, place) for field, place in from_path.items()}
    if "artist" in read and "title" not in {*columns, *from_path}:
        notes += _fill_titles(read, called)
    if notes and "artist" in from_path:
        read["title"] = _own_titles(read.get("title", [None] * len(ids)), called)
    if "pub_date" not in columns:
        notes += _fill_days(read, ids)
    mapping = {field: names[place] for field, place in places.items()} | from_path
    if "pub_date" in read:
        mapping.setdefault("pub_date", _MAPPING["pub_date"])
    if "title" in read:
        mapping.setdefault("title", "filename")
    if "review_id" not in read:
        read["review_id"], mapping["review_id"] = ids, _MAPPING["review_id"]
    folders_tell = len(set(_folders(ids))) > 1 and not any(
        map(is_web_page, found.names)
    )  # pages lie by years
    if "genres" not in read and folders_tell and "folder" not in from_path.values():
        read["genres"], mapping["genres"] = _folders(ids), _MAPPING["genres"]
    return RawTable(
        source=found.label,
        format="texts",
        columns={field: pa.chunked_array([as_column(values)]) for field, values in read.items()},
        rows=np.asarray(rows, dtype=np.int64),
        mapping=mapping,
        rejects=rejects,
        notes=[
            *told,
            *unused_columns(
                ["" if name in synonyms else name for name in names],
                places,
                lambda place: [record.get(names[place]) for record in records[:50]],
            ),
            *notes,
        ],
    )


def _own_titles(titles: Sequence[Value], names: Sequence[NamedFile]) -> list[Value]:
    """Return titles, or what the names of the files say where they say no more."""
    pairs = zip(titles, names, strict=True)
    return [name.title if not title or is_title_line(str(title), name) else title for title, name in pairs]


def _fill_titles(read: dict[str, Sequence[Value]], names: Sequence[NamedFile]) -> list[str]:
    """Put titles that are missing from the names of the files, where these have blanks, capitals or the artist."""
    artists, titles = read["artist"], list(read.get("title") or [None] * len(names))
    gaps = [at for at, title in enumerate(titles) if not title and artists[at]]
    found = {at: title for at in gaps if (title := _title_told(names[at], artists[at]))}
    if not found:
        return []
    read["title"] = [found.get(at, title) for at, title in enumerate(titles)]
    return [
        f"{len(found):,} titles are those of the files, such as {next(iter(found.values()))!r}; if they are none, add "
        "--columns title=-"
    ]


def _fill_days(read: dict[str, Sequence[Value]], ids: Sequence[str]) -> list[str]:
    """Put days that are missing from the names of the files."""
    days = read.get("pub_date", [None] * len(ids))
    told = [day if known is None else None for known, day in zip(days, days_in_names(ids), strict=True)]
    if any(told):
        read["pub_date"] = [day or known for known, day in zip(days, told, strict=True)]
    return note_on_days(ids, told)


def _title_told(name: NamedFile, artist: Value) -> str | None:
    if name.artist:
        names = artist if isinstance(artist, list) else [artist or ""]
        return name.title if name_key(name.artist) in map(name_key, names) else None
    is_slug = name.title == name.title.lower() and " " not in name.title
    return None if is_slug else name.title


def _record(name: str, content: str) -> dict[str, Value]:
    if is_markdown(name):
        return read_markdown(content)
    if is_web_page(name):
        return {**read_web_page(content, name)}
    head, body = split_head(content)
    if head:
        return {**head, "text": body}
    title, text = _split(content)
    return {"title": title, "text": text}


def _with_draft(record: dict[str, Value]) -> dict[str, Value]:
    """Write "published: false", as Jekyll has it, as a draft; "published: true" is no day."""
    published = record.get("published")
    if published not in ("true", "false"):
        return record
    others = {key: value for key, value in record.items() if key != "published"}
    return {"draft": "true", **others} if published == "false" else others


def _ids(names: Sequence[str]) -> list[str]:
    """Return names without ending; an ``index`` is called by its folder; names that would be equal keep all."""
    ids = []
    for name in names:
        path = PurePosixPath(name)
        is_bundle = path.stem.lower() == "index" and len(path.parts) > 1
        ids.append(str(path.parent) if is_bundle else name[: name.rindex(".")])
    counts = Counter(ids)
    return [id if counts[id] == 1 else name for id, name in zip(ids, names, strict=True)]


def _split(content: str) -> tuple[str | None, str | None]:
    """Return title and text; a single line is text."""
    content = content.lstrip("\ufeff").strip()
    title, _, text = content.partition("\n")
    return (title.strip(), text.strip()) if text.strip() else (None, title.strip())


def _checked_places(columns: Mapping[str, str | int]) -> dict[str, str]:
    places = {field: NO_COLUMN if place == NO_COLUMN else name_key(place) for field, place in columns.items()}
    for field, place in places.items():
        if place not in (*_PLACES, NO_COLUMN) or field == "text":
            raise ParameterError(
                f"columns: {field}={columns[field]}: a text has no such column; choose folder or filename for another "
                "column than text, e.g. --columns artist=folder"
            )
    return places


def _from_path(
    ids: Iterable[str], names: Sequence[NamedFile], field: str, place: str
) -> Sequence[str | None]:
    if place == "folder":
        return _folders(ids)
    if field not in ("artist", "title"):
        return [PurePosixPath(name).name for name in ids]
    return [(name.artist or name.title) if field == "artist" else name.title for name in names]


def _folders(ids: Iterable[str]) -> list[str | None]:
    return [str(PurePosixPath(name).parent.name) or None for name in ids]
