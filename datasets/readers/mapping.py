"""Which column of a source holds what: usual names, and the user's own word.

Names are compared without case and punctuation ("Release_Year" is "releaseyear"). For each canonical column the
first of :data:`USUAL_NAMES` that the source has is taken; ``columns=`` overrides that, by name or by position.

Public names: :data:`USUAL_NAMES`, :func:`parse_columns`, :func:`map_columns`, :func:`has_usual_names`,
:func:`unused_columns`.
"""

import re
from collections.abc import Mapping, Sequence

from ...core.errors import ParameterError, SchemaError
from .raw import CANONICAL

USUAL_NAMES: Mapping[str, tuple[str, ...]] = {
    "review_id": ("review_id", "reviewid", "id", "document_id", "doc_id", "uid", "guid", "uuid", "_id"),
    "artist": ("artist", "artists", "artist_name", "artist_names", "band", "band_name", "bands", "performer",
               "performers", "musician", "act", "artist_ids"),
    "title": ("album", "album_name", "album_title", "title", "release_name", "release_title", "release",
              "review_title", "headline", "song_title", "track_name", "name"),
    "text": ("review", "review_text", "text", "content", "review_content", "full_text", "body", "review_body",
             "article", "article_text", "document", "description", "review_abstract", "abstract", "summary"),
    "genres": ("genre", "genres", "style", "styles", "category", "categories", "topics", "topic", "tags",
               "artist_terms", "class"),
    "score": ("score", "rating", "ratings", "stars", "points", "grade", "review_score", "overall", "average_score"),
    "labels": ("label", "labels", "record_label", "record_labels", "publisher"),
    "years": ("year", "years", "release_year", "year_release", "year_of_release", "year_released", "album_year",
              "released", "song_year"),
    "author": ("author", "reviewer", "review_author", "critic", "writer", "byline", "reviewer_name", "authors",
               "author_name", "user_name", "user"),
    "pub_date": ("pub_date", "date", "review_date", "published", "publish_date", "publication_date", "date_published",
                 "published_at", "datetime"),
    "best_new_music": ("best_new_music", "bnm", "is_bnm", "is_best_new_music", "best"),
    "url": ("url", "link", "review_url", "permalink", "href", "uri"),
}  # fmt: skip
_NOT_WORD = re.compile(r"[\W_]+")
_SHOWN = 12  # columns that a message lists
_POSITION = re.compile(r"\d+")
ColumnsOption = Mapping[str, "str | int"] | str | None


def name_key(name: object) -> str:
    """Return ``name`` without case and punctuation."""
    return _NOT_WORD.sub("", str(name).casefold())


_CANONICAL_OF = {name_key(name): field for field, names in USUAL_NAMES.items() for name in (field, *names)}


def parse_columns(columns: ColumnsOption) -> dict[str, str | int]:
    """Read the user's word on columns.

    Parameters
    ----------
    columns : mapping, str or None
        ``{"artist": "Band", "score": 3}`` or ``"artist=Band,score=3"``: canonical name, or a usual name for it, to
        the source's name or position from 0.

    Returns
    -------
    dict of str to (str or int)
        Canonical name to the source's name or position.

    Raises
    ------
    ParameterError
        If it is not of this form, a canonical name is unknown, or one is given twice.
    """
    if columns is None:
        return {}
    pairs = _pairs(columns) if isinstance(columns, str) else list(columns.items())
    chosen: dict[str, str | int] = {}
    for name, theirs in pairs:
        field = _CANONICAL_OF.get(name_key(name))
        if field is None:
            raise ParameterError(f"columns: unknown column {str(name)!r}; choose from {', '.join(CANONICAL)}")
        if field in chosen:
            raise ParameterError(f"columns: {field} is given twice")
        if isinstance(theirs, bool) or not isinstance(theirs, str | int) or theirs == "":
            raise ParameterError(f"columns: {field} must name a column or a position from 0; got {theirs!r}")
        chosen[field] = theirs
    return chosen


def _pairs(text: str) -> list[tuple[str, str | int]]:
    pairs: list[tuple[str, str | int]] = []
    for part in text.split(","):
        name, equals, theirs = part.partition("=")
        if not equals or not name.strip() or not theirs.strip():
            raise ParameterError(f"columns must read 'artist=Band,score=3'; got {part.strip()!r} in {text!r}")
        theirs = theirs.strip()
        pairs.append((name.strip(), int(theirs) if _POSITION.fullmatch(theirs) else theirs))
    return pairs


def has_usual_names(names: Sequence[str]) -> bool:
    """Return whether any of ``names`` is a usual column name."""
    return any(name_key(name) in _CANONICAL_OF for name in names)


def map_columns(names: Sequence[str], chosen: Mapping[str, str | int], source: str) -> dict[str, int]:
    """Find the position of each canonical column.

    Parameters
    ----------
    names : sequence of str
        The source's columns.
    chosen : mapping
        What :func:`parse_columns` returned.
    source : str
        What messages call the source.

    Returns
    -------
    dict of str to int
        Canonical name to position, in canonical order; absent ones are left out.

    Raises
    ------
    SchemaError
        If a chosen column does not exist, or neither artist, title nor text was found.
    """
    found = {field: _position(theirs, names, field, source) for field, theirs in chosen.items()}
    taken = set(found.values())
    by_key: dict[str, int] = {}
    for position, name in enumerate(names):
        if position not in taken:
            by_key.setdefault(name_key(name), position)
    for field in CANONICAL:
        if field not in found:
            position = next((by_key[key] for key in map(name_key, USUAL_NAMES[field]) if key in by_key), None)
            if position is not None and position not in found.values():
                found[field] = position
    _label_means_class(found, names, chosen)
    if not {"artist", "title", "text"} & found.keys():
        raise SchemaError(
            f"{source}: no column for artist, title or text among {_listed(names)}; "
            "say which, e.g. --columns 'artist=NAME,text=NAME'"
        )
    return {field: found[field] for field in CANONICAL if field in found}


def unused_columns(names: Sequence[str], places: Mapping[str, int]) -> list[str]:
    """Return a note that lists the columns no use was found for, or nothing."""
    unused = [name for place, name in enumerate(names) if place not in places.values() and name]
    return [f"columns not used: {_listed(unused)}"] if unused else []


def _label_means_class(found: dict[str, int], names: Sequence[str], chosen: Mapping[str, str | int]) -> None:
    """Take ``label`` for the class of a text where nothing else speaks of music."""
    speaks_of_music = {"artist", "genres"} & found.keys() or "labels" in chosen
    named_label = "labels" in found and name_key(names[found["labels"]]) in {"label", "labels"}
    if "text" in found and named_label and not speaks_of_music:
        found["genres"] = found.pop("labels")


def _position(theirs: str | int, names: Sequence[str], field: str, source: str) -> int:
    if isinstance(theirs, str) and theirs in names:
        return names.index(theirs)
    if isinstance(theirs, str):
        same = [position for position, name in enumerate(names) if name_key(name) == name_key(theirs)]
        if same and name_key(theirs):
            return same[0]
    elif 0 <= theirs < len(names):
        return theirs
    elif str(theirs) in names:  # a column that is called "2010"
        return names.index(str(theirs))
    raise SchemaError(f"{source}: no column {theirs!r} for {field}; the columns are {_listed(names)}")


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(str(name)[:40]) for name in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown
