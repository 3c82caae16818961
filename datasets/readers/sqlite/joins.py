"""Tables beside the one of reviews in an SQLite database: which of their columns belong to a review, and by which key.

These layouts are known. A *child* names the review (``genres(review_id, genre)``, ``texts(reviewid, body)``): its
values are lists where a review may have several, else the first. A table that is *looked up* is named by the reviews
(``reviews(artist_id)``, ``artists(id, name)``). A *link* is a child whose values are looked up
(``review_genres(review_id, genre_id)``, ``genres(id, name)``). What a row that is looked up says of its album
(``reviews(album_id)``, ``albums(id, artist_id, year)``) belongs to the review as well. A key is a
column that is declared as one (``REFERENCES``) or has a telling name, and nine of ten of its values are found at the
other end, where they stand once.

Public names: :class:`Side`, :func:`sides_of`, :func:`select_with`, :func:`near_sides_of`, :func:`parents_of`,
:func:`n_left_aside`.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..columns.mapping import CANONICAL_OF, name_key

_LISTS = frozenset(["artist", "genres", "labels", "years"])
_OF_ALBUMS = frozenset(["artist", "title", "genres", "labels", "years"])
_NAMES = frozenset(["name", "title", "value", "label"])
_NAMES_OF_PEOPLE = ("displayname", "fullname", "username", "login")
_KEYS = frozenset(["id", "reviewid", "uid", "guid", "uuid", "url", "link"])
_SHARE_FOUND = 0.9  # of the keys, at the other end
_MOST_LOOKED_AT = 20_000  # keys


@dataclass(frozen=True)
class Side:
    """A column of another table that belongs to a review.

    Parameters
    ----------
    field : str
        Canonical column.
    table, column : str
        Where it stands.
    query : str
        Gives ``k``, the key, and ``v``, the value.
    on : str
        The column of the reviews that the key is found in.
    is_list : bool
        Whether all values of a key are taken; else the first.
    key : str
        The column that holds the key.
    """

    field: str
    table: str
    column: str
    query: str
    on: str
    is_list: bool
    key: str


def quoted(name: str) -> str:
    """Return a name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def columns_of(database: sqlite3.Connection, table: str) -> list[str]:
    """Return the names of the columns of a table."""
    cursor = database.execute(f"SELECT * FROM {quoted(table)} LIMIT 0")
    return [column[0] for column in cursor.description]


def sides_of(database: sqlite3.Connection, main: str, tables: Sequence[str]) -> list[Side]:
    """Return the columns of other tables that can be joined to a table.

    Parameters
    ----------
    database : sqlite3.Connection
    main : str
    tables : sequence of str
        All tables.
    """
    others = [table for table in tables if table != main]
    return [*near_sides_of(database, main, others), *_of_parents(database, main, others)]


def near_sides_of(database: sqlite3.Connection, main: str, others: Sequence[str]) -> list[Side]:
    """Return the columns of other tables that are one key away, as :func:`sides_of` has them."""
    found = list(_looked_up(database, main, others))
    for child in others:
        keys = _key_of_child(database, child, main)
        if keys is None:
            continue
        key, on = keys
        found += _own_values(database, child, main, key, on)
        for one in _looked_up(database, child, [table for table in others if table != child]):
            query = (
                f"SELECT c.{quoted(key)} AS k, l.v AS v FROM {quoted(child)} AS c "
                f"JOIN ({one.query}) AS l ON l.k = c.{quoted(one.on)}"
            )
            found.append(
                Side(one.field, one.table, one.column, query, on, one.field in _LISTS, f"{child}.{key}")
            )
    return found


def select_with(main: str, columns: Sequence[str], sides: Sequence[Side]) -> str:
    """Return the query for columns of a table and, behind them, those of others; lists are JSON.

    Parameters
    ----------
    main : str
    columns : sequence of str
    sides : sequence of Side
    """
    wanted = [f"m.{quoted(column)}" for column in columns]
    joins = []
    for number, side in enumerate(sides):
        values = f"SELECT k, v FROM ({side.query}) WHERE v IS NOT NULL"
        value = "json_group_array(v)" if side.is_list else "min(v)"
        if not side.is_list:  # the first, not the least
            values = f"SELECT k, v, row_number() OVER (PARTITION BY k) AS n FROM ({values})"
            values = f"SELECT k, v FROM ({values}) WHERE n = 1"
        wanted.append(f"s{number}.v")
        joins.append(
            f"LEFT JOIN (SELECT k, {value} AS v FROM ({values}) GROUP BY k) AS s{number} "
            f"ON s{number}.k = m.{quoted(side.on)}"
        )
    return f"SELECT {', '.join(wanted)} FROM {quoted(main)} AS m {' '.join(joins)}"


def _own_values(database: sqlite3.Connection, child: str, main: str, key: str, on: str) -> Iterator[Side]:
    for column in columns_of(database, child):
        if column == key:
            continue
        field = CANONICAL_OF.get(name_key(column))
        owner = CANONICAL_OF.get(_without(name_key(child), _singular(name_key(main))))
        if name_key(column) in _NAMES and owner is not None:
            field = owner
        if field is not None and field not in ("review_id", "status", "post_type", "score_max"):
            query = f"SELECT {quoted(key)} AS k, {quoted(column)} AS v FROM {quoted(child)}"
            yield Side(field, child, column, query, on, field in _LISTS, key)


def _looked_up(database: sqlite3.Connection, table: str, others: Sequence[str]) -> Iterator[Side]:
    """Yield what columns of a table, such as ``artist_id``, stand for in others, such as ``artists(id, name)``."""
    for column, stem, other, key in _parents(database, table, others):
        of_other = (
            CANONICAL_OF.get(stem)
            or CANONICAL_OF.get(name_key(other))
            or CANONICAL_OF.get(_singular(name_key(other)))
        )
        usual = (
            "name",
            f"{_singular(name_key(other))}name",
            stem or "name",
            "title",
            "value",
            *_NAMES_OF_PEOPLE,
        )
        value = _first(columns_of(database, other), usual)
        if of_other is not None and value is not None:
            query = f"SELECT {quoted(key)} AS k, {quoted(value)} AS v FROM {quoted(other)}"
            yield Side(of_other, other, value, query, column, False, key)


def parents_of(database: sqlite3.Connection, table: str, tables: Sequence[str]) -> list[str]:
    """Return the tables whose rows a column of a table names, as ``reviews(album_id)`` does those of ``albums``."""
    others = [other for other in tables if other != table]
    return [other for _, _, other, _ in _parents(database, table, others)]


def _parents(
    database: sqlite3.Connection, table: str, others: Sequence[str]
) -> Iterator[tuple[str, str, str, str]]:
    """Yield column, what its name says, the table that it names a row of, and the key there."""
    declared = _declared(database, table)
    for column in columns_of(database, table):
        stem = name_key(column).removesuffix("id") if name_key(column).endswith("id") else ""
        for other in others:
            names = columns_of(database, other)
            is_declared = declared.get(column, ("",))[0] == other
            if not is_declared and (not stem or _singular(name_key(other)) != _singular(stem)):
                continue
            usual = ("id", stem + "id", name_key(column))
            key = declared[column][1] if is_declared else _first(names, usual)
            if key is not None and key in names and _is_found(database, (table, column), (other, key)):
                yield column, stem, other, key


def _of_parents(database: sqlite3.Connection, main: str, others: Sequence[str]) -> Iterator[Side]:
    """Yield what a named row says, and what is looked up for it: ``reviews(album_id)``, ``albums(id, artist_id)``."""
    for column, _, other, key in _parents(database, main, others):
        start = f"SELECT p.{quoted(key)} AS k"
        for theirs in columns_of(database, other):
            field = CANONICAL_OF.get(name_key(theirs))
            if (
                field in _OF_ALBUMS
                and theirs != key
                and not (field == "title" and name_key(theirs) == "name")
            ):
                query = f"{start}, p.{quoted(theirs)} AS v FROM {quoted(other)} AS p"
                yield Side(field, other, theirs, query, column, False, key)
        for side in near_sides_of(database, other, [table for table in others if table != other]):
            if side.field in _OF_ALBUMS:
                query = (
                    f"{start}, l.v AS v FROM {quoted(other)} AS p "
                    f"JOIN ({side.query}) AS l ON l.k = p.{quoted(side.on)}"
                )
                yield replace(side, query=query, on=column, key=f"{other}.{key}")


def n_left_aside(database: sqlite3.Connection, side: Side) -> int:
    """Return how many values a join leaves aside, because a key has several and only the first is taken."""
    if side.is_list:
        return 0
    counted = f"SELECT count(*), count(DISTINCT k) FROM ({side.query}) WHERE v IS NOT NULL AND k IS NOT NULL"
    n_values, n_keys = database.execute(counted).fetchone()
    return n_values - n_keys


def _first(names: Sequence[str], keys: Sequence[str]) -> str | None:
    by_key = {name_key(name): name for name in reversed(names)}
    return next((by_key[key] for key in keys if key in by_key), None)


def _key_of_child(database: sqlite3.Connection, child: str, main: str) -> tuple[str, str] | None:
    """Return the column of a child that names a row of ``main``, and the column there."""
    names, own = columns_of(database, child), columns_of(database, main)
    stem = _singular(name_key(main))
    telling = {stem + "id", name_key(main) + "id", "reviewid"}
    pairs = [(column, key) for column, (table, key) in _declared(database, child).items() if table == main]
    for mine in own:
        key = name_key(mine)
        if key in _KEYS | telling:
            same = telling if key in {"id", *telling} else {key}
            pairs += [(column, mine) for column in names if name_key(column) in same]
    usable = (pair for pair in pairs if pair[0] in names and pair[1] in own)
    return next((pair for pair in usable if _is_found(database, (child, pair[0]), (main, pair[1]))), None)


def _declared(database: sqlite3.Connection, table: str) -> Mapping[str, tuple[str, str]]:
    """Return the columns that are declared as keys of other tables: table and column there."""
    rows = database.execute(f"PRAGMA foreign_key_list({quoted(table)})").fetchall()
    return {row[3]: (row[2], row[4] or "id") for row in rows}


def _is_found(database: sqlite3.Connection, key: tuple[str, str], end: tuple[str, str]) -> bool:
    """Return whether keys are found at the other end, where they stand once."""
    (table, column), (other, there) = key, end
    n_rows, n_different = database.execute(
        f"SELECT count({quoted(there)}), count(DISTINCT {quoted(there)}) FROM {quoted(other)}"
    ).fetchone()
    n_keys, n_found = database.execute(
        f"SELECT count(k), sum(k IN (SELECT {quoted(there)} FROM {quoted(other)})) FROM "
        f"(SELECT {quoted(column)} AS k FROM {quoted(table)} WHERE {quoted(column)} IS NOT NULL "
        f"LIMIT {_MOST_LOOKED_AT})"
    ).fetchone()
    return bool(n_keys) and n_different >= _SHARE_FOUND * n_rows and (n_found or 0) >= _SHARE_FOUND * n_keys


def _singular(key: str) -> str:
    return key[:-3] + "y" if key.endswith("ies") else key.removesuffix("s")


def _without(key: str, stem: str) -> str:
    """Return "genres" for a table ``review_genres`` or ``genres``."""
    return key.removeprefix(stem) or key
