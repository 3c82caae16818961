"""What one cell of a flat table means: several values, a missing value, a number, yes or no.

Public names: :data:`MISSING_WORDS`, :data:`SHEET_ERRORS`, :func:`split_genres`, :func:`split_labels`,
:func:`split_years`, :func:`split_artists`, :func:`long_year`, :func:`article_first`, :func:`plain_name`,
:data:`HTML_IN_NAMES`, :func:`read_yes_no`.
"""

import ast
import html
import json
import re
from collections.abc import Sequence
from typing import Any

MISSING_WORDS = frozenset(
    ["", "-", "--", "–", "—", "?",
     "none", "null", "nan", "<na>", "na", "n/a", "#n/a", "nat", "not available", "not applicable",
     "missing", "unknown", "[deleted]", "[removed]", r"\n"]
)  # fmt: skip
SHEET_ERRORS = (
    "#NAME?", "#REF!", "#VALUE!", "#N/A", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#WERT!", "#BEZUG!", "#NV", "#ZAHL!",
    "#NOM?", "#VALEUR!", "#NOMBRE!", "#¿NOMBRE?", "#¡VALOR!", "#¡REF!", "#NOME?", "#VALORE!", "#RIF!",
)  # fmt: skip
"""What spreadsheets write where a formula failed: a name such as "+/-" or "=" was taken for one."""
_YES = frozenset(
    [
        "1",
        "1.0",
        "true",
        "t",
        "yes",
        "y",
        "x",
        "checked",
        "✓",
        "✔",
        "✅",
        "☑",
        "best new music",
        "best new reissue",
        "best new album",
    ]
)
_NO = frozenset(["0", "0.0", "false", "f", "no", "n", "unchecked", "☐", "✗", "✘", "❌"])
_HARD = re.compile(r"\s*[;；|]\s*")
_SPACED_SLASH = re.compile(r"\s+/\s+")
_HASHTAGS = re.compile(r"#[^\W\d][^\s#,;]*(?:[\s,;]*#[^\s#,;]+)*")
_COMMA = re.compile(r"\s*[,、，]\s*")
_ENTITY = re.compile(r"&#?\w{1,10};")  # "Simon &amp; Garfunkel"
_MARKUP = (
    r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});",
    r"</?(?i:a|abbr|b|br|cite|em|font|i|mark|small|span|strong|sub|sup|u)(?:\s[^<>]{0,500})?/?>",
    r"\[[^\[\]]{1,500}\]\(https?://[^\s()]+\)|\s\(https?://[^\s()]+\)",
)
HTML_IN_NAMES = "|".join(_MARKUP)
"""Pattern of the entities, formatting tags and links that :func:`plain_name` reads; other markup is part of a name."""
_ENTITIES, _TAGS, _LINKS = map(re.compile, _MARKUP)
_MOST_ESCAPES = 3  # "&amp;quot;" was escaped twice
_YEAR = re.compile(r"(?<!\d)(\d{4})(?:\.0+)?(?!\d)|(?<!\w)['’‘](\d\d)(?!\w)")
_SHORT_YEAR = re.compile(r"(\d\d)(?:\.0+)?")
_LAST_OF_2000S = 29  # a fixed year, so that a file reads the same whenever it is read
_ARTICLES = ("the", "a", "an", "die", "der", "das", "les", "le", "la", "los", "las", "el", "il", "gli")
_ARTICLE_LAST = re.compile(
    rf"([^,/|;]*[^,/|;\s]),\s+({'|'.join(form for word in _ARTICLES for form in (word, word.title()))}|THE)"
)
# What pandas writes to CSV for an array: ['rap' 'pop/r&b']. Python would glue the two strings together.
_STRING = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_ARRAY = re.compile(rf"\[\s*{_STRING}(?:\s+{_STRING})+\s*\]")
_QUOTED = re.compile(_STRING)
_QUOTED_COMMA = re.compile(r'"[^",]+,[^"]*[^",]"')
_QUOTED_ITEM = re.compile(r'"[^"]+"|[^",]+')
_QUOTED_LIST = re.compile(r'(?:"[^",]+,[^"]*"|[^",]+)(?:,\s*(?:"[^",]+,[^"]*"|[^",]+))*')
_NAMES_OF_OBJECTS = ("name", "title", "label", "genre", "artist", "value", "description", "slug")
_LONGEST_LIST = 100_000  # characters; a longer cell is no list


def split_genres(cell: str) -> list[str]:
    """Split a cell of genres.

    A JSON or Python list is one, and so are hashtags ("#hiphop #rap"), which lose their mark; else ``;`` and ``|``
    separate, else `` / `` with spaces, else commas. "Pop/R&B" and "Folk/Country" are one genre each, and so is "Folk,
    World, & Country".
    """
    listed = listed_values(cell)
    if listed is not None:
        return listed
    if _HASHTAGS.fullmatch(cell):
        return re.findall(r"[^\s#,;]+", cell)
    for separator in (_HARD, _SPACED_SLASH):
        parts = _parts(separator, cell)
        if len(parts) > 1:
            return parts
    parts = _parts(_COMMA, cell)
    joined = any(part.startswith(("&", "and ")) for part in parts)
    return [cell] if joined else parts


def split_labels(cell: str) -> list[str]:
    """Split a cell of record labels at ``;``, ``|`` and `` / ``; a comma may belong to a name ("Handshake, Inc.")."""
    listed = listed_values(cell)
    if listed is not None:
        return listed
    parts = [] if _ENTITY.search(cell) else _parts(_HARD, cell)
    return parts if len(parts) > 1 else _parts(_SPACED_SLASH, cell)


def split_artists(cell: str, separators: Sequence[str] = ()) -> list[str]:
    """Split a cell of artists where it is a list or has a ``;``, and at the separators that the user named.

    Commas, slashes, "&" and "and" stay: "Tyler, the Creator", "s / s / s", "Belle and Sebastian" are one artist each.
    """
    listed = listed_values(cell)
    if listed is not None:
        return listed
    pieces = [cell]
    for separator in separators:
        pieces = [part for piece in pieces for part in piece.split(separator)]
    if not _ENTITY.search(cell):
        pieces = [part for piece in pieces for part in piece.split(";")]
    kept = [part.strip() for part in pieces if part.strip()]
    return kept or [cell]


def article_first(name: str) -> str:
    """Return "The Cure" for "Cure, The"; a name of another form as it is ("Tyler, the Creator")."""
    match = _ARTICLE_LAST.fullmatch(name)
    return f"{match[2]} {match[1]}" if match else name


def plain_name(text: str) -> str:
    """Return "Sigur Rós" for "<b>Sigur R&oacute;s</b>"; a name of nothing but formatting as it is.

    A link is what it shows: "Low (https://...)", as Notion writes it, and "[Low](https://...)" are "Low".

    >>> plain_name("Simon &amp; Garfunkel"), plain_name("<script>"), plain_name("<b></b>")
    ('Simon & Garfunkel', '<script>', '<b></b>')
    """
    plain = _LINKS.sub(lambda found: found[0][1 : found[0].index("](")] if "](" in found[0] else "", text)
    plain = _TAGS.sub("", plain)
    for _ in range(_MOST_ESCAPES):
        before, plain = plain, _ENTITIES.sub(lambda found: html.unescape(found[0]), plain)
        if plain == before:
            break
    return plain if plain.strip() else text


def split_years(cell: str) -> list[str]:
    """Return the years in a cell ("1998/2016", "1999 (reissue 2011)", "'99"), or the cell if there are none.

    Years have four digits, or two behind an apostrophe or alone in the cell: 00 to 29 are 2000 to 2029, 30 to 99 are
    1930 to 1999.
    """
    listed = listed_values(cell)
    if listed is not None:
        return [year for item in listed for year in split_years(item)]
    if re.match(r"\d{4}-\d{1,2}-\d{1,2}", cell):
        return [cell[:4]]
    if alone := _SHORT_YEAR.fullmatch(cell):
        return [long_year(alone[1])]
    return [whole or long_year(short) for whole, short in _YEAR.findall(cell)] or [cell]


def long_year(short: str) -> str:
    """Return the year that two digits mean."""
    return f"{'20' if int(short) <= _LAST_OF_2000S else '19'}{short}"


def listed_values(cell: str) -> list[str] | None:
    """Return the items of a cell that holds a JSON or Python list or a printed array, else None.

    Objects, as ``[{"id": 3, "name": "synthpop"}]`` has them, stand for their names. Names of which those
    with a comma are quoted (``Low,"Ja, Panik"``, as Airtable writes linked records) are a list, too.
    """
    if '"' in cell and _QUOTED_LIST.fullmatch(cell) and _QUOTED_COMMA.search(cell):
        items = (item.strip().strip('"') for item in _QUOTED_ITEM.findall(cell))
        return [item for item in items if item]
    if not (cell.startswith("[") and cell.endswith("]")) or len(cell) > _LONGEST_LIST:
        return None
    if _ARRAY.fullmatch(cell):
        cell = f"[{', '.join(_QUOTED.findall(cell))}]"
    for read in (json.loads, ast.literal_eval):
        try:
            items = read(cell)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(items, list):
            items = [_name_of(item) if isinstance(item, dict) else item for item in items]
        if isinstance(items, list) and all(isinstance(item, str | int | float | None) for item in items):
            return [str(item) for item in items if item is not None]
    return None


def _name_of(item: dict[Any, Any]) -> Any:
    """Return what an object is called, or the object where it does not say so."""
    return next((item[key] for key in _NAMES_OF_OBJECTS if isinstance(item.get(key), str)), item)


def read_yes_no(cell: str) -> bool | None:
    """Read yes or no in the usual ways, "Best new music" included; None if it is neither."""
    word = cell.strip().casefold()
    return True if word in _YES else False if word in _NO else None


def _parts(separator: re.Pattern[str], cell: str) -> list[str]:
    return [part.strip() for part in separator.split(cell) if part.strip()] or [cell]
