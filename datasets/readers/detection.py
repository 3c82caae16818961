"""What a source is: told by its content first, by its name second, and by the user before both.

Public names: :data:`FORMATS`, :func:`detect_format`, :func:`check_format`, :func:`locate`,
:func:`tables_of_folder`, :func:`notes_of_files`, :func:`one_text`.
"""

import re
import zipfile
from dataclasses import replace
from pathlib import Path

from ...core.errors import ParameterError, SourceError
from .decoding.foreign_files import foreign_archive, foreign_kind, markup_kind
from .decoding.streams import SourceFile, looks_binary, refuse_pipe, source_errors
from .delimited.tables import looks_delimited
from .holdings import Holdings, aside_note, chosen_table, names_in_folder, sorted_names
from .several_tables import tables_alike
from .texts.text_folder import data_members

FORMATS = ("pitchfork", "csv", "tsv", "pipe", "semicolon", "jsonl", "parquet", "arrow", "texts", "workspace")
_OTHER_NAMES = {
    "sqlite": "pitchfork", "sqlite3": "pitchfork", "db": "pitchfork", "psv": "pipe", "json": "jsonl", "ndjson": "jsonl",
    "feather": "arrow", "ipc": "arrow", "txt": "texts", "text": "texts", "folder": "texts", "zip": "texts",
}  # fmt: skip
_MAGIC = {
    b"SQLite format 3\x00": "pitchfork", b"PAR1": "parquet", b"ARROW1": "arrow", b"FEA1": "arrow",
    b"\xff\xff\xff\xff": "arrow",
}  # fmt: skip
_BY_SUFFIX = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".psv": "pipe", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".json": "jsonl",
}  # fmt: skip
_BINARY_SUFFIXES = {
    ".sqlite": "SQLite", ".sqlite3": "SQLite", ".db": "SQLite", ".parquet": "Parquet", ".arrow": "Arrow",
    ".feather": "Feather", ".zip": "zip",
}  # fmt: skip


def check_format(format: str | None) -> str | None:
    """Return the format under its own name.

    Raises
    ------
    ParameterError
        If it is unknown.
    """
    if format is None:
        return None
    name = str(format).lower().lstrip(".")
    name = _OTHER_NAMES.get(name, name)
    if name not in FORMATS:
        raise ParameterError(f"format must be one of {', '.join(FORMATS)}; got {format!r}")
    return name


def detect_format(path: Path, encoding: str | None = None) -> tuple[str, SourceFile]:
    """Find out what a source is.

    Parameters
    ----------
    path : Path
        File or folder.
    encoding : str, optional
        The user's word on what texts are written in.

    Returns
    -------
    format : str
        One of :data:`FORMATS`.
    source : SourceFile
        The file itself, the folder of texts, or the only table of a folder or zip archive.

    Raises
    ------
    SourceError
        If it is missing, empty, or nothing that can be read.
    """
    if path.is_dir():
        if is_workspace(path):
            return "workspace", SourceFile(path)
        source = replace(locate(path), encoding=encoding)
        return ("texts", source) if source.path == path else (_of_content(source.head(), source), source)
    source = replace(locate(path), encoding=encoding)
    head = source.head()
    if source.member is None and head.startswith(b"PK") and zipfile.is_zipfile(path):
        return "texts", source
    return _of_content(head, source), source


_SQL = re.compile(
    r"^\s*(?:CREATE TABLE|INSERT INTO|COPY \S+ .*FROM stdin|BEGIN TRANSACTION)\b", re.I | re.MULTILINE
)


def is_workspace(path: Path) -> bool:
    """Return whether a folder holds a corpus."""
    return (path / "corpus" / "reviews.parquet").is_file() or (path / "reviews.parquet").is_file()


def locate(path: Path, format: str | None = None) -> SourceFile:
    """Return what to read: ``path``, or the only data file of the folder or zip archive ``path``.

    Raises
    ------
    SourceError
        If it is missing or empty, or what it holds leaves open what to read.
    """
    if path.is_dir():
        table = chosen_table(path, _held(path), format, in_archive=False)
        return SourceFile(path) if table is None else locate(path / table, format)
    refuse_pipe(path)
    with source_errors(path.name):
        if path.stat().st_size == 0:
            raise SourceError(f"{path.name}: empty; get the file again")
    if not _is_archive(path):
        return SourceFile(path)
    held = _held(path)
    members = [*held.tables, *held.texts, *held.others]
    if what := foreign_archive(path, members):
        raise SourceError(f"{path.name}: {what}")
    table = chosen_table(path, held, format, in_archive=True)
    if table is None and format != "texts" and not held.texts:
        if len(held.others) != 1:
            example = members[0] if members else "?"
            raise SourceError(
                f"{path.name}: holds {len(members)} files; unpack it and name one, e.g. {example}"
            )
        table = held.others[0]
    return SourceFile(path, table)


def tables_of_folder(path: Path, format: str | None = None) -> list[Path]:
    """Return the tables of a folder that may be read as one, in order; none where it holds anything else to read."""
    if not path.is_dir() or is_workspace(path) or format == "texts":
        return []
    return tables_alike(path, _held(path), format)


def notes_of_files(path: Path, source: SourceFile) -> list[str]:
    """Return the note on what lies in the folder or archive ``path`` and is not read with ``source``.

    The folder itself stands for all its tables.
    """
    if path.is_dir() and source.path == path and tables_of_folder(path):
        return aside_note(replace(_held(path), tables=[]), None)
    if path.is_dir():
        return aside_note(_held(path), None if source.path == path else source.path.name)
    return aside_note(_held(path), source.member) if _is_archive(path) else []


def _held(path: Path) -> Holdings:
    if path.is_dir():
        return sorted_names(names_in_folder(path), in_archive=False)
    return sorted_names((member.filename for member in data_members(path)), in_archive=True)


def _is_archive(path: Path) -> bool:
    with source_errors(path.name), path.open("rb") as stream:
        return stream.read(4) == b"PK\x03\x04"


def _of_content(head: bytes, source: SourceFile) -> str:
    if not head:
        raise SourceError(f"{source.label}: empty; get the file again")
    for magic, format in _MAGIC.items():
        if head.startswith(magic):
            return format
    if what := foreign_kind(head):
        raise SourceError(f"{source.label}: this is {what}")
    claimed = _BINARY_SUFFIXES.get(source.suffix)
    if claimed:
        raise SourceError(
            f"{source.label}: not a {claimed} file, whatever its name; get the file again or say --format"
        )
    if source.encoding is None and looks_binary(head):
        raise SourceError(f"{source.label}: no format bandscape reads; known are {', '.join(FORMATS)}")
    return _of_text(source.text_head(), source)


def _of_text(sample: str, source: SourceFile) -> str:
    sample = sample.lstrip("\ufeff \t\r\n")
    if not sample:
        raise SourceError(f"{source.label}: holds white space only; get the file again")
    if what := markup_kind(sample):
        raise SourceError(f"{source.label}: {what}")
    by_name = _BY_SUFFIX.get(source.suffix)
    if by_name != "jsonl" and by_name is not None:
        return by_name
    if by_name == "jsonl" or re.match(r"\{|\[\s*\{", sample):
        return "jsonl"
    is_sql = _SQL.search(sample) is not None
    if looks_delimited(sample) and not (
        is_sql and source.suffix == ".sql"
    ):  # COPY of PostgreSQL has rows with tabs
        return "csv"
    if is_sql:
        raise SourceError(
            f"{source.label}: a dump of SQL commands, not a database; load it (sqlite3 mine.db < {source.label}, or "
            "with the program that wrote it) and give the SQLite file, or the table of reviews exported as CSV"
        )
    raise one_text(source)


def one_text(source: SourceFile) -> SourceError:
    """Return the error of a file that is a single text."""
    return SourceError(
        f"{source.label}: one text is no corpus; give the folder of texts that it lies in, or, if this is a table, say "
        "which with --format csv (tsv, pipe, semicolon)"
    )
