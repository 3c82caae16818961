"""The canonical tables: their columns, what each column means, and checks that say what is wrong.

A row of *reviews* is one review, of *artists* one artist, of *rejects* one thing that could not be used as it stood
in the source. Tables are :class:`pyarrow.Table` on disk and :class:`pandas.DataFrame` in memory; a missing string,
number or date is null, a missing list is empty. The meaning of a column is stored with its field
(``REVIEWS_SCHEMA.field("score").metadata[b"description"]``); :func:`describe` prints it.

Public names: :data:`REVIEWS_SCHEMA`, :data:`ARTISTS_SCHEMA`, :data:`REJECTS_SCHEMA`, :func:`check_reviews`,
:func:`check_artists`, :func:`check_rejects`, :func:`as_table`, :func:`as_frame`, :func:`describe`.
"""

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..core.errors import SchemaError, first_line
from .repeated_values import first_repeated

SCORE_LOWEST, SCORE_HIGHEST = 0.0, 10.0
_PIECE_ROWS = 65_536
LONGEST_VALUE = 200  # characters of an offending value that are kept in rejects


def _field(name: str, kind: pa.DataType, description: str, *, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable=nullable, metadata={"description": description})


_STRINGS = pa.list_(pa.string())
_INTEGERS = pa.list_(pa.int32())

REVIEWS_SCHEMA = pa.schema(
    [
        _field("review_id", pa.string(), "unique name of the review; 'row-17' where the source has none"),
        _field("title", pa.string(), "album, or headline of the text", nullable=True),
        _field("artist_ids", _STRINGS, "artists reviewed (artists.artist_id); empty for compilations"),
        _field("score", pa.float64(), "rating, 0 to 10", nullable=True),
        _field("genres", _STRINGS, "genres of the review, without repeats; empty when not stated"),
        _field("labels", _STRINGS, "record labels, without repeats"),
        _field("years", _INTEGERS, "years of release, without repeats"),
        _field("author", pa.string(), "who wrote the review", nullable=True),
        _field("pub_date", pa.date32(), "day of publication", nullable=True),
        _field("best_new_music", pa.bool_(), "whether the editors recommend it", nullable=True),
        _field("url", pa.string(), "address of the review", nullable=True),
        _field("text", pa.string(), "the review itself, as written", nullable=True),
    ]
)

ARTISTS_SCHEMA = pa.schema(
    [
        _field("artist_id", pa.string(), "unique, made from the name alone"),
        _field("name", pa.string(), "most frequent spelling"),
        _field("genres", _STRINGS, "genres of the artist's reviews, most frequent first"),
        _field("genre_counts", _INTEGERS, "reviews per genre, in the order of genres"),
        _field("n_reviews", pa.int32(), "reviews of the artist, at least 1"),
        _field("mean_score", pa.float64(), "mean of the scores that are known, 0 to 10", nullable=True),
        _field("labels", _STRINGS, "record labels, most frequent first"),
        _field("years", _INTEGERS, "years of release, ascending"),
        _field("authors", _STRINGS, "reviewers, most frequent first"),
    ]
)

REJECTS_SCHEMA = pa.schema(
    [
        _field("source", pa.string(), "file, with the member or table after a colon"),
        _field("row", pa.int64(), "row or line of the source, from 1; 0 stands for the whole source"),
        _field("column", pa.string(), "canonical column, null when the whole row is meant", nullable=True),
        _field("value", pa.string(), f"the value, its first {LONGEST_VALUE} characters", nullable=True),
        _field("reason", pa.string(), "what was wrong, and what became of the row"),
    ]
)


def describe(schema: pa.Schema) -> str:
    """Return one line per column of ``schema``: name, type and meaning.

    Parameters
    ----------
    schema : pyarrow.Schema

    Returns
    -------
    str
    """
    lines = []
    for field in schema:
        meaning = (field.metadata or {}).get(b"description", b"").decode()
        kind = f"{field.type}{' or null' if field.nullable else ''}"
        lines.append(f"{field.name:<15} {kind:<28} {meaning}")
    return "\n".join(lines)


def as_table(frame: pd.DataFrame | pa.Table, schema: pa.Schema, *, source: str = "table") -> pa.Table:
    """Convert a data frame or table to ``schema``; columns that the schema does not know are left out.

    Parameters
    ----------
    frame : pandas.DataFrame or pyarrow.Table
        List columns may hold lists, tuples, arrays or None.
    schema : pyarrow.Schema
    source : str
        What messages call the table.

    Returns
    -------
    pyarrow.Table

    Raises
    ------
    SchemaError
        If a column is missing, of another kind, or holds nulls where none are allowed.
    """
    names = list(frame.column_names if isinstance(frame, pa.Table) else frame.columns)
    missing = [name for name in schema.names if name not in names]
    if missing:
        raise SchemaError(
            f"{source}: missing column{'s' * (len(missing) > 1)} {', '.join(missing)}; "
            f"found {', '.join(map(str, names))}"
        )
    columns = [_as_column(frame[field.name], field, source) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _as_column(values: pd.Series | pa.ChunkedArray, field: pa.Field, source: str) -> pa.ChunkedArray:
    try:
        if isinstance(values, pa.ChunkedArray):
            column = values.cast(field.type)
        else:
            column = pa.chunked_array(_pieces(values, field.type), type=field.type)
    except (pa.ArrowException, TypeError, ValueError, UnicodeError, OverflowError) as error:
        raise SchemaError(
            f"{source}: column {field.name} must be {field.type}; {first_line(error)}"
        ) from error
    if column.null_count and pa.types.is_list(field.type):
        return _empty_for_null(column)
    if column.null_count and not field.nullable:
        row = pc.index(column.is_null(), True).as_py()
        raise SchemaError(f"{source}: column {field.name} must have a value in every row; row {row} has none")
    return column


def _pieces(values: pd.Series, kind: pa.DataType) -> list[pa.Array]:
    """Convert piece by piece, since an array of text holds at most 2 GiB."""
    pieces = (values.iloc[start : start + _PIECE_ROWS] for start in range(0, len(values), _PIECE_ROWS))
    items = (_plain_lists(piece) if pa.types.is_list(kind) else piece for piece in pieces)
    return [pa.array(piece, type=kind, from_pandas=True) for piece in items]


def _plain_lists(values: pd.Series) -> list[Sequence[object] | None]:
    return [None if value is None or isinstance(value, float) else list(value) for value in values]


def _empty_for_null(lists: pa.ChunkedArray) -> pa.ChunkedArray:
    empty = pa.scalar([], type=lists.type)
    return pc.if_else(lists.is_valid(), lists, empty)


def as_frame(table: pa.Table) -> pd.DataFrame:
    """Convert a canonical table to a data frame.

    Lists become arrays, dates ``datetime64``, yes/no values pandas' nullable ``boolean``.

    Parameters
    ----------
    table : pyarrow.Table

    Returns
    -------
    pandas.DataFrame
    """
    nullable = {pa.bool_(): pd.BooleanDtype()}
    return table.replace_schema_metadata(None).to_pandas(types_mapper=nullable.get, date_as_object=False)


def check_reviews(reviews: pd.DataFrame | pa.Table, *, source: str = "reviews") -> pa.Table:
    """Check a table of reviews and return it with exactly the columns of :data:`REVIEWS_SCHEMA`.

    Parameters
    ----------
    reviews : pandas.DataFrame or pyarrow.Table
    source : str
        What messages call the table.

    Returns
    -------
    pyarrow.Table

    Raises
    ------
    SchemaError
        If a column is missing or of another kind, an id is repeated, or a score is not within 0 to 10.
    """
    table = as_table(reviews, REVIEWS_SCHEMA, source=source)
    _check_unique(table, "review_id", source)
    scores = table["score"]
    within = pc.and_(pc.greater_equal(scores, SCORE_LOWEST), pc.less_equal(scores, SCORE_HIGHEST))
    bad = pc.fill_null(pc.invert(within), False)
    if pc.any(bad).as_py():
        row = pc.index(bad, True).as_py()
        raise SchemaError(
            f"{source}: column score must be within {SCORE_LOWEST:g} to {SCORE_HIGHEST:g} or null; "
            f"row {row} has {scores[row].as_py()!r}"
        )
    return table


def check_artists(artists: pd.DataFrame | pa.Table, *, source: str = "artists") -> pa.Table:
    """Check a table of artists and return it with exactly the columns of :data:`ARTISTS_SCHEMA`.

    Raises
    ------
    SchemaError
        If a column is missing or of another kind, or an id is repeated.
    """
    table = as_table(artists, ARTISTS_SCHEMA, source=source)
    _check_unique(table, "artist_id", source)
    return table


def check_rejects(rejects: pd.DataFrame | pa.Table, *, source: str = "rejects") -> pa.Table:
    """Check a table of rejects and return it with exactly the columns of :data:`REJECTS_SCHEMA`.

    Raises
    ------
    SchemaError
        If a column is missing or of another kind.
    """
    return as_table(rejects, REJECTS_SCHEMA, source=source)


def _check_unique(table: pa.Table, column: str, source: str) -> None:
    repeated = first_repeated(table[column])
    if repeated is not None:
        raise SchemaError(f"{source}: column {column} must be unique; {repeated!r} is repeated")
