"""Import of a source larger than the memory: columns lie on the disk while they are cleaned, and texts never leave it.

What stays in the memory is one column that is not text at a time, 17 bytes a review to find repeats, and what is known
of the artists. The files are those that :func:`.read_reviews` and :func:`.write_corpus` make, byte for byte.

Public names: :func:`import_corpus`.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ..core.errors import ParameterError, SchemaError, SourceError
from ..core.files import TableWriter, iterate_table, read_table, write_table
from ..core.progress import ProgressCallback
from .corpus import GROUP_REVIEWS, METADATA_KEY, make_tables, read_about, write_tables
from .dates import check_date_order
from .readers.detection import check_format, is_workspace
from .readers.pieces import PiecesOnDisk
from .readers.progress import announce
from .readers.sources import read_source
from .repeated_values import digests_of, rows_of_equals
from .schema import REJECTS_SCHEMA, REVIEWS_SCHEMA, check_artists, check_rejects, check_reviews


def import_corpus(
    source: str | Path,
    directory: str | Path,
    *,
    format: str | None = None,
    columns: Mapping[str, str | int] | str | None = None,
    score_range: tuple[float, float] = (0.0, 10.0),
    artist_separators: Sequence[str] = (),
    keep_artists: Sequence[str] = (),
    date_order: str | None = None,
    encoding: str | None = None,
    fill_down: Sequence[str] | str = (),
    on_progress: ProgressCallback | None = None,
) -> None:
    """Read a source into ``reviews.parquet``, ``artists.parquet`` and ``rejects.parquet`` of a folder.

    Parameters
    ----------
    source : path
        As for :func:`read_reviews`. Delimited text, JSON Lines, Parquet, Arrow and workspaces are read piece by piece;
        a JSON array, the Kaggle database and texts in a folder are read as a whole first.
    directory : path
        Made if it does not exist.
    format, columns, score_range, artist_separators, keep_artists, date_order, encoding, fill_down, on_progress
        As for :func:`read_reviews`, which also says what is raised.

    Notes
    -----
    Disk, while it works: twice the columns that are used, uncompressed.
    """
    check_date_order(date_order)
    path, directory = Path(source).expanduser(), Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    if check_format(format) in (None, "workspace") and path.is_dir() and is_workspace(path):
        if columns is not None:
            raise ParameterError(
                f"columns: {path.name} is a workspace, whose columns are known; leave it out"
            )
        _copy_corpus(path, directory, on_progress)
        return
    with tempfile.TemporaryDirectory(prefix=".columns-", suffix=".tmp", dir=directory) as folder:
        pieces = PiecesOnDisk(folder)
        raw = read_source(
            path, format=format, columns=columns, encoding=encoding, fill_down=fill_down, on_progress=on_progress,
            pieces=pieces,
        )  # fmt: skip
        announce(on_progress, f"checking {raw.source}", 0, len(raw.rows))
        tables = make_tables(raw, score_range, artist_separators, date_order, keep_artists)
        announce(on_progress, f"checking {raw.source}", len(raw.rows), len(raw.rows))
        write_tables(tables, directory)


def _copy_corpus(source: Path, directory: Path, on_progress: ProgressCallback | None) -> None:
    """Check the tables of a workspace and write them anew."""
    folder = source / "corpus" if (source / "corpus" / "reviews.parquet").is_file() else source
    if not (folder / "reviews.parquet").is_file():
        raise SourceError(f"{source}: no corpus (reviews.parquet) here; run `bandscape import` first")
    artists = check_artists(read_table(folder / "artists.parquet"), source=str(folder / "artists.parquet"))
    rejects, rejects_path = REJECTS_SCHEMA.empty_table(), folder / "rejects.parquet"
    if rejects_path.is_file():
        rejects = check_rejects(read_table(rejects_path), source=str(rejects_path))
    metadata = {METADATA_KEY: json.dumps(read_about(folder), ensure_ascii=True)}
    for name, table in (("artists", artists), ("rejects", rejects)):
        write_table(directory / f"{name}.parquet", table.replace_schema_metadata(metadata))
    seen = [np.zeros(0, np.uint64)]
    schema = REVIEWS_SCHEMA.with_metadata(metadata)
    with TableWriter(directory / "reviews.parquet", schema) as writer:
        for group in _groups(folder / "reviews.parquet"):
            table = check_reviews(group, source=str(folder / "reviews.parquet"))
            seen.append(digests_of(table["review_id"]))
            writer.write(table.replace_schema_metadata(metadata))
            announce(on_progress, f"reading {source.name}", writer.n_rows)
    _refuse_repeats(folder / "reviews.parquet", rows_of_equals(np.concatenate(seen)))


def _groups(path: Path) -> Iterator[pa.Table]:
    """Yield a table in pieces of ``GROUP_REVIEWS`` rows, and one without rows where it has none."""
    held, n_held, n_given = [], 0, 0
    for batch in iterate_table(path, None, GROUP_REVIEWS):
        at = 0
        while at < batch.num_rows:
            piece = batch.slice(at, GROUP_REVIEWS - n_held)
            held.append(piece)
            at, n_held = at + piece.num_rows, n_held + piece.num_rows
            if n_held == GROUP_REVIEWS:
                yield pa.Table.from_batches(held).combine_chunks()
                held, n_held, n_given = [], 0, n_given + 1
    if held or not n_given:
        yield pa.Table.from_batches(held).combine_chunks() if held else read_table(path)


def _refuse_repeats(path: Path, places: np.ndarray) -> None:
    """Raise if an id stands in two rows; only some ``places`` are compared."""
    found: list[str] = []
    start = 0
    if not len(places):
        return
    for batch in iterate_table(path, ["review_id"]):
        inside = places[(places >= start) & (places < start + batch.num_rows)] - start
        found += batch.column(0).take(pa.array(inside)).to_pylist()
        start += batch.num_rows
    repeated = pd.Series(found)[pd.Series(found).duplicated()]
    if len(repeated):
        raise SchemaError(f"{path}: column review_id must be unique; {repeated.iloc[0]!r} is repeated")
