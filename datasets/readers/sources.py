"""One door to all readers.

Public names: :func:`read_source`.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa

from ...core.errors import ParameterError, SchemaError, SourceError
from ...core.progress import ProgressCallback
from .arrow_files import read_arrow_file, read_frame, read_parquet
from .columns.mapping import NO_COLUMN, parse_columns
from .columns.proposals import listed_names
from .columns.titled_artists import artists_from_titles, split_where_one_column
from .decoding.streams import SourceFile, check_encoding, looks_binary, refuse_pipe
from .delimited.fill_down import check_fill_down, filled_down
from .delimited.tables import DELIMITERS, NoRowsError, read_delimited
from .detection import (
    check_format,
    detect_format,
    is_workspace,
    locate,
    notes_of_files,
    one_text,
    tables_of_folder,
)
from .holdings import names_in_folder, sorted_names
from .objects.json_lines import read_json_lines
from .pieces import Pieces
from .raw import RawTable
from .several_tables import joined_tables
from .sqlite.pitchfork import read_pitchfork
from .texts.text_folder import read_text_archive, read_text_folder

_READERS = {
    "jsonl": read_json_lines,
    "parquet": read_parquet,
    "arrow": read_arrow_file,
    "pitchfork": read_pitchfork,
}


_TEXT_FORMATS = (*DELIMITERS, "jsonl", "texts")


def source_files(path: str | Path) -> list[Path]:
    """Return the files that :func:`read_source` would read, so that their content can be compared.

    Parameters
    ----------
    path : path
        File or folder.

    Returns
    -------
    list of Path
        The file itself; the three tables of a workspace; the tables of a folder that are alike; else the only
        table of the folder, or the texts below it, in order.

    Raises
    ------
    SourceError
        If there is nothing at ``path``, or a pipe.
    """
    path = Path(path)
    if not path.exists():
        raise SourceError(f"{path}: no such file or folder")
    refuse_pipe(path)
    if not path.is_dir():
        return [path]
    if several := tables_of_folder(path):
        return several
    if not is_workspace(path):
        found = locate(path)
        if found.path != path:
            return [found.path]
        return [path / name for name in sorted_names(names_in_folder(path), in_archive=False).texts]
    corpus = path / "corpus" if (path / "corpus" / "reviews.parquet").is_file() else path
    tables = (corpus / f"{name}.parquet" for name in ("artists", "rejects", "reviews"))
    return [table for table in tables if table.is_file()]


def read_source(
    source: str | Path | pd.DataFrame | pa.Table,
    *,
    format: str | None = None,
    columns: Mapping[str, str | int] | str | None = None,
    encoding: str | None = None,
    fill_down: Sequence[str] | str = (),
    on_progress: ProgressCallback | None = None,
    pieces: Pieces | None = None,
) -> RawTable:
    """Read a source as it stands, under canonical column names.

    Parameters
    ----------
    source : path, pandas.DataFrame or pyarrow.Table
        A workspace is not read here.
    format : str, optional
        One of :data:`FORMATS`; detected if not given.
    columns : mapping or str, optional
        ``{"artist": "Band", "score": 3}`` or ``"artist=Band,score=3"``.
    encoding : str, optional
        What text is written in, such as ``"shift_jis"``; told by its bytes if not given.
    fill_down : sequence of str
        Columns whose blank cells have the value above them (:mod:`fill_down`); told by the values if not given.
    on_progress : callable, optional
    pieces : Pieces, optional
        Where the columns of files are put; in memory when absent.

    Returns
    -------
    RawTable

    Raises
    ------
    ParameterError
        If ``format``, ``columns`` or ``encoding`` cannot be understood, or ``encoding`` is given for what is no text.
    SourceError
        If the source is missing, empty, damaged or of another format.
    SchemaError
        If no column can be used.
    """
    chosen = parse_columns(columns)
    asked = _Asked(
        check_format(format),
        chosen,
        check_encoding(encoding),
        check_fill_down(fill_down),
        on_progress,
        pieces,
    )
    raw = _as_it_stands(source, asked)
    if "artist" not in chosen:
        return artists_from_titles(raw)
    return split_where_one_column(raw) if chosen["artist"] == chosen.get("title") != NO_COLUMN else raw


@dataclass(frozen=True)
class _Asked:
    """What the user asks for, checked, and where columns are put."""

    format: str | None
    columns: Mapping[str, str | int]
    encoding: str | None
    fill_down: tuple[str, ...] | None
    on_progress: ProgressCallback | None
    pieces: Pieces | None


def _as_it_stands(source: str | Path | pd.DataFrame | pa.Table, asked: _Asked) -> RawTable:
    wanted, encoding = asked.format, asked.encoding
    if isinstance(source, pd.DataFrame | pa.Table):
        return filled_down(
            read_frame(source, columns=asked.columns, on_progress=asked.on_progress), asked.fill_down
        )
    path = Path(source)
    if several := tables_of_folder(path, wanted):
        raw = _read_several(path, several, asked)
        raw = replace(raw, notes=[*raw.notes, *notes_of_files(path, SourceFile(path))])
        return raw if asked.pieces is None else replace(raw, park=asked.pieces.park)
    if wanted is None:
        wanted, file = detect_format(path, encoding)
    else:
        file = replace(locate(path, wanted), encoding=encoding)
    if encoding is not None and wanted not in _TEXT_FORMATS:
        raise ParameterError(
            f"{path.name}: encoding={encoding!r} is for texts and tables of text; leave it out"
        )
    if wanted == "workspace":
        raise ParameterError(f"{path.name}: a workspace is loaded, not read; use load_corpus")
    raw = _read(file, wanted, asked)
    raw = replace(raw, notes=[*raw.notes, *notes_of_files(path, file)])
    return raw if asked.pieces is None else replace(raw, park=asked.pieces.park)


def _read_several(path: Path, tables: Sequence[Path], asked: _Asked) -> RawTable:
    """Read the tables of a folder as one; SourceError if their columns differ."""
    found: list[RawTable] = []
    empty: list[str] = []
    try:
        for table in tables:
            format, file = asked.format, SourceFile(table)
            if format is None:
                format, file = detect_format(table, asked.encoding)
            try:
                found.append(_read(replace(file, encoding=asked.encoding), format, asked))
            except NoRowsError:
                empty.append(table.name)
        if not found:
            raise SourceError(
                f"{path.name or path}: none of its {len(tables)} tables has a row below its header"
            )
        raw = found[0] if len(found) == 1 else joined_tables(path.name or str(path), found)
        note = [f"without a row below the header, left aside: {listed_names(empty)}"] if empty else []
        return replace(raw, notes=[*raw.notes, *note])
    except SchemaError as error:
        raise SourceError(
            f"{path.name or path}: holds {len(tables)} tables, {listed_names([table.name for table in tables])}, that "
            f"cannot be read as one ({error}); give one of them, e.g. {shlex.quote(str(tables[0]))}"
        ) from error


def _read(file: SourceFile, format: str, asked: _Asked) -> RawTable:
    return filled_down(_table_of(file, format, asked), asked.fill_down, asked.pieces)


def _table_of(file: SourceFile, format: str, asked: _Asked) -> RawTable:
    columns, on_progress, pieces = asked.columns, asked.on_progress, asked.pieces
    if format == "texts":
        if file.path.is_file() and not file.head().startswith(b"PK") and not looks_binary(file.head()):
            raise one_text(file)
        read = read_text_folder if file.path.is_dir() else read_text_archive
        return read(
            file.path, columns=columns, encoding=file.encoding, on_progress=on_progress, pieces=pieces
        )
    if file.path.is_dir():
        raise SourceError(f"{file.label}: a folder, not a {format} file")
    if format in DELIMITERS:
        if file.encoding is None and looks_binary(file.head()):
            raise SourceError(
                f"{file.label}: not a text file, so not {format}; leave --format out to have it detected"
            )
        return read_delimited(file, format=format, columns=columns, on_progress=on_progress, pieces=pieces)
    return _READERS[format](file, columns=columns, on_progress=on_progress, pieces=pieces)
