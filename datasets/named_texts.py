"""Texts that are to be judged, not collected: a plain file, a folder, any table, what comes in on a pipe.

Nothing is left out: every file, row or line has its place in the result, also without text. Public names:
:class:`NamedTexts`, :func:`read_texts`, :func:`texts_of_bytes`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import ParameterError, SourceError
from ..core.names import identity_key
from ..core.progress import ProgressCallback
from .cells import split_artists
from .corpus import load_corpus
from .identity import VARIOUS
from .readers.decoding.streams import SourceFile, check_encoding, counting_mended, decode, looks_binary
from .readers.detection import check_format, is_workspace
from .readers.holdings import names_in_folder, sorted_names
from .readers.raw import RawTable
from .readers.sources import read_source
from .readers.texts.text_files import LARGEST_TEXT

_TABLE_SUFFIXES = (
    ".csv", ".tsv", ".tab", ".psv", ".jsonl", ".ndjson", ".json", ".parquet", ".pq", ".arrow", ".feather", ".ipc",
    ".sqlite", ".sqlite3", ".db", ".zip", ".tar", ".tgz",
)  # fmt: skip


@dataclass(frozen=True)
class NamedTexts:
    """Documents with names.

    Parameters
    ----------
    names : tuple of str
        Path without ``.txt``, review id, ``row-7`` or ``line-7``, or the file's own name.
    texts : tuple of (str or None)
        None where there is none.
    artists : tuple of tuple of str
        Artists each document is about, where the source says so.
    n_rejected : int
        Files or rows of the source that could not be read as text.
    notes : tuple of str
        What a user should know of a folder or archive of texts, such as the files left aside.
    """

    names: tuple[str, ...]
    texts: tuple[str | None, ...]
    artists: tuple[tuple[str, ...], ...]
    n_rejected: int = 0
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.names)


def read_texts(
    source: str | Path,
    *,
    format: str | None = None,
    column: str | None = None,
    lines: bool = False,
    encoding: str | None = None,
    on_progress: ProgressCallback | None = None,
) -> NamedTexts:
    """Read documents from anything the importer reads, or from plain text.

    Parameters
    ----------
    source : path
        A file that is no table is one document, its first line included; so is each ``.txt`` file of a folder or zip
        archive. Of a table, each row is one; of a workspace, each review.
    format : str, optional
        One of :data:`FORMATS`, where the content does not tell.
    column : str, optional
        The column of a table that holds the text, by name or position from 0, or several columns as in
        ``"text=Body,artist=Band"``; guessed if not given.
    lines : bool
        Whether each line of a plain file that is not blank is a document of its own.
    encoding : str, optional
        What text is written in, such as ``"cp1254"``; told by its bytes if not given.
    on_progress : callable, optional

    Returns
    -------
    NamedTexts

    Raises
    ------
    ParameterError
        If ``column``, ``lines`` or ``encoding`` does not go with the source.
    SourceError
        If there is nothing at ``source``, or nothing that can be read.
    SchemaError
        If a table has no such column, or none that looks like text.
    """
    path = Path(source).expanduser()
    if not path.exists():
        raise SourceError(f"{path}: no such file or folder")
    wanted = check_format(format)
    if path.is_dir() and wanted in (None, "workspace") and is_workspace(path):
        return _of_workspace(path)
    if path.is_file() and (wanted == "texts" or wanted is None) and _is_plain(path):
        if column is not None:
            raise ParameterError(
                f"{path.name}: column={column!r} given, but this is plain text; leave it out"
            )
        return _of_plain(path, lines=lines, encoding=encoding)
    if lines:
        raise ParameterError(f"{path.name}: lines are documents in plain text only; leave it out")
    columns = (
        column if column is None or "=" in column else {"text": int(column) if column.isdigit() else column}
    )
    if (
        path.is_dir()
        and wanted is None
        and column is None
        and sorted_names(names_in_folder(path), in_archive=False).texts
    ):
        wanted = "texts"  # a note names a table beside them
    table = read_source(path, format=wanted, columns=columns, encoding=encoding, on_progress=on_progress)
    return _of_table(table, path)


def texts_of_bytes(data: bytes, name: str, *, lines: bool = False, encoding: str | None = None) -> NamedTexts:
    """Return the document, or the documents line by line, that some bytes of plain text hold.

    Parameters
    ----------
    data : bytes
    name : str
        Of the one document.
    lines : bool
        Whether each line that is not blank is a document; they are called ``line-1`` and so on.
    encoding : str, optional
        As :func:`read_texts` has it.

    Raises
    ------
    SourceError
        If the bytes are no text.
    """
    encoding = check_encoding(encoding)
    if encoding is None and looks_binary(data):
        raise SourceError(f"{name}: not a text; give a text, or a table with its own suffix")
    with counting_mended(name, encoding=encoding):
        text = decode(data, encoding)
    if not lines:
        return NamedTexts((name,), (text,), ((),))
    kept = [(f"line-{at}", line) for at, line in enumerate(text.splitlines(), start=1) if line.strip()]
    return NamedTexts(tuple(at for at, _ in kept), tuple(line for _, line in kept), ((),) * len(kept))


def _is_plain(path: Path) -> bool:
    """Return whether a file is neither a table by its name nor binary by its content."""
    file = SourceFile(path)
    return file.suffix not in _TABLE_SUFFIXES and not looks_binary(file.head())


def _of_plain(path: Path, *, lines: bool, encoding: str | None) -> NamedTexts:
    with SourceFile(path).open() as stream:
        data = stream.read(LARGEST_TEXT + 1)
    if len(data) > LARGEST_TEXT:
        raise SourceError(f"{path.name}: larger than {LARGEST_TEXT >> 20} MiB; cut it into documents first")
    return texts_of_bytes(data, path.name, lines=lines, encoding=encoding)


def _of_workspace(path: Path) -> NamedTexts:
    corpus = load_corpus(path)
    names = dict(zip(corpus.artists["artist_id"], corpus.artists["name"], strict=True))
    return NamedTexts(
        tuple(corpus.reviews["review_id"]),
        tuple(text if isinstance(text, str) else None for text in corpus.reviews["text"]),
        tuple(tuple(names[one] for one in ids if one in names) for ids in corpus.reviews["artist_ids"]),
    )


def _of_table(table: RawTable, path: Path) -> NamedTexts:
    n_rejected = len(set(table.rejects.table()["row"].to_pylist()))
    if "text" not in table.columns:
        held = ", ".join(f"{ours} ({theirs})" for ours, theirs in table.mapping.items())
        raise ParameterError(f"{path.name}: no column looks like text, only {held}; name it with --column")
    texts = _strings(table, "text")
    notes = tuple(table.notes) if table.format == "texts" else ()
    if table.format == "texts":  # the reader takes the first line for the title; here all of a file counts
        titles = _strings(table, "title")
        texts = [
            f"{title}\n\n{text}" if title and text else title or text
            for title, text in zip(titles, texts, strict=True)
        ]
    ids = _strings(table, "review_id") if "review_id" in table.columns else [None] * len(texts)
    names = tuple(name or f"row-{row}" for name, row in zip(ids, table.rows.tolist(), strict=True))
    artists = table.columns["artist"].to_pylist() if "artist" in table.columns else [None] * len(texts)
    return NamedTexts(names, tuple(texts), tuple(map(_artists, artists)), n_rejected, notes)


def _strings(table: RawTable, column: str) -> list[str | None]:
    return [_string(value) for value in table.columns[column].to_pylist()]


def _string(value: Any) -> str | None:
    if value is None or value != value:
        return None
    if isinstance(value, bytes):
        return decode(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " ".join(str(item) for item in value if item is not None)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _artists(value: Any) -> tuple[str, ...]:
    names = split_artists(value) if isinstance(value, str) else value if isinstance(value, list) else []
    kept = (str(name).strip() for name in names if name is not None)
    return tuple(name for name in kept if name and identity_key(name) not in VARIOUS)
