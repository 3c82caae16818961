"""Which column of a source holds what: usual names, and the user's own word.

Names are compared without case, accents, punctuation and what stands in brackets ("Release_Year" is "releaseyear",
"Rating (out of 100)" is "rating"). For each canonical column the first of :data:`USUAL_NAMES` that the source has is
taken, then the first of :data:`OTHER_LANGUAGES`; ``columns=`` overrides that, by name or by position.

Public names: :data:`USUAL_NAMES`, :data:`OTHER_LANGUAGES`, :data:`KEYS`, :data:`CANONICAL_OF`, :func:`name_key`,
:func:`parse_columns`, :func:`map_columns`, :func:`has_usual_names`, :func:`columns_example`, :func:`listed_names`,
:func:`is_nameable`.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from ...core.errors import ParameterError, SchemaError
from ...core.names import fold_accents
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
# German, French, Spanish, Italian
OTHER_LANGUAGES: Mapping[str, tuple[str, ...]] = {
    "artist": ("künstler", "künstlerin", "kuenstler", "interpret", "interpretin", "artiste", "artistes", "interprète",
               "groupe", "artista", "artistas", "artisti", "intérprete", "grupo", "banda", "gruppo"),
    "title": ("albumtitel", "titel", "titre", "titre de l'album", "título", "título del álbum", "titolo",
              "titolo dell'album"),
    "text": ("kritik", "rezension", "besprechung", "critique", "chronique", "reseña", "crítica", "recensione", "texte",
             "texto", "testo", "inhalt", "contenu", "contenido", "contenuto"),
    "genres": ("stil", "stilrichtung", "musikrichtung", "género", "géneros", "genere", "generi", "estilo", "stile",
               "kategorie", "catégorie", "categoría", "categoria"),
    "score": ("wertung", "bewertung", "punkte", "punktzahl", "sterne", "évaluation", "étoiles", "puntuación",
              "calificación", "valoración", "puntos", "estrellas", "voto", "punteggio", "valutazione", "stelle"),
    "labels": ("plattenfirma", "plattenlabel", "maison de disques", "discográfica", "sello", "sello discográfico",
               "etichetta", "casa discografica"),
    "years": ("jahr", "erscheinungsjahr", "année", "année de sortie", "año", "año de lanzamiento", "anno",
              "anno di uscita"),
    "author": ("autor", "autorin", "rezensent", "rezensentin", "kritiker", "kritikerin", "verfasser", "auteur",
               "chroniqueur", "autore", "recensore", "crítico"),
    "pub_date": ("datum", "fecha", "fecha de publicación", "date de publication", "data di pubblicazione"),
    "url": ("lien", "enlace"),
}  # fmt: skip
# English words of another meaning; taken only where another column has a name of OTHER_LANGUAGES.
_AMBIGUOUS: Mapping[str, str] = {"note": "score", "noten": "score", "nota": "score", "data": "pub_date"}
_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")
_NOT_WORD = re.compile(r"[\W_]+")
_SHOWN = 12  # columns that a message lists
_LONGEST = 40  # characters of a name that a message shows
_POSITION = re.compile(r"\d+")
_NAMEABLE = re.compile(r"[^,='\x00-\x1f]{1,40}")  # fits --columns and quotes
ColumnsOption = Mapping[str, "str | int"] | str | None


def name_key(name: object) -> str:
    """Return ``name`` without case, accents and punctuation."""
    return _NOT_WORD.sub("", fold_accents(str(name).casefold()))


def _bare_key(name: object) -> str:
    """Return the key of ``name`` without what stands in brackets; a name all in brackets is kept."""
    return name_key(_BRACKETED.sub(" ", str(name))) or name_key(name)


KEYS = {
    field: tuple(map(name_key, (*USUAL_NAMES[field], *OTHER_LANGUAGES.get(field, ())))) for field in CANONICAL
}
_ENGLISH = {name_key(name): field for field, names in USUAL_NAMES.items() for name in (field, *names)}
CANONICAL_OF = {key: field for field, keys in KEYS.items() for key in keys} | _ENGLISH


NO_COLUMN = "-"
"""Stands for the column of a canonical name that is not to be read, though one looks like it."""


def parse_columns(columns: ColumnsOption) -> dict[str, str | int]:
    """Read the user's word on columns.

    Parameters
    ----------
    columns : mapping, str or None
        ``{"artist": "Band", "score": 3}`` or ``"artist=Band,score=3"``: canonical name, or a usual name for it, to
        the source's name or position from 0; "-" where no column is to be taken for it.

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
        field = CANONICAL_OF.get(name_key(name))
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
    return any(_bare_key(name) in CANONICAL_OF for name in names)


def map_columns(
    names: Sequence[str],
    chosen: Mapping[str, str | int],
    source: str,
    *,
    unrecognized: Collection[int] = (),
    proposed: Mapping[str, int] = MappingProxyType({}),
) -> dict[str, int]:
    """Find the position of each canonical column.

    Parameters
    ----------
    names : sequence of str
        The source's columns.
    chosen : mapping
        What :func:`parse_columns` returned; :data:`NO_COLUMN` for one that is not to be read.
    source : str
        What messages call the source.
    unrecognized : collection of int
        Positions that are taken only where they are chosen.
    proposed : mapping of str to int
        Position for a canonical name that has none by its usual names.

    Returns
    -------
    dict of str to int
        Canonical name to position, in canonical order; absent ones are left out.

    Raises
    ------
    SchemaError
        If a chosen column does not exist, or neither artist, title nor text was found.
    """
    unread = {field for field, theirs in chosen.items() if theirs == NO_COLUMN and theirs not in names}
    asked = {field: theirs for field, theirs in chosen.items() if field not in unread}
    found = {field: _position(theirs, names, field, source) for field, theirs in asked.items()}
    taken, passed_over = set(found.values()), set(unrecognized)
    by_key: dict[str, int] = {}
    for key_of in (name_key, _bare_key):  # "Rating" before "Rating (readers)"
        for position, name in enumerate(names):
            if position not in taken and position not in passed_over:
                by_key.setdefault(key_of(name), position)
    for field in CANONICAL:
        if field not in found and field not in unread:
            position = next((by_key[key] for key in KEYS[field] if key in by_key), proposed.get(field))
            if position is not None and position not in found.values():
                found[field] = position
    _take_ambiguous(
        found, names, {key: at for key, at in by_key.items() if _AMBIGUOUS.get(key) not in unread}
    )
    _label_means_class(found, names, chosen)
    if not {"artist", "title", "text"} & found.keys():
        unknown = [name for position, name in enumerate(names) if position not in found.values()]
        raise SchemaError(
            f"{source}: no column for artist, title or text among {listed_names(names)}; "
            f"say which, e.g. --columns {columns_example(unknown)}"
        )
    return {field: found[field] for field in CANONICAL if field in found}


def _take_ambiguous(found: dict[str, int], names: Sequence[str], by_key: Mapping[str, int]) -> None:
    """Take "Note" for the score where another column shows that the header is not English."""
    keys = {_bare_key(names[position]) for position in found.values()}
    if not any(key in CANONICAL_OF and key not in _ENGLISH for key in keys):
        return
    for key, field in _AMBIGUOUS.items():
        if field not in found and key in by_key and by_key[key] not in found.values():
            found[field] = by_key[key]


def is_nameable(name: str) -> bool:
    """Return whether a column can be given to ``--columns`` by its name."""
    return bool(_NAMEABLE.fullmatch(name))


def columns_example(names: Sequence[str], *, text: str | None = None) -> str:
    """Return what could stand behind ``--columns``, quoted for a shell.

    Parameters
    ----------
    names : sequence of str
        Columns no use was found for.
    text : str, optional
        The one that looks like the text; the last if not given.

    Returns
    -------
    str
    """
    usable = [name for name in map(str, names) if is_nameable(name) and not name.isdigit()]
    text = text if text in usable else usable[-1] if usable else None
    artist = next((name for name in usable if name != text), None)
    pairs = [f"artist={artist}" if artist else "", f"text={text}" if text else ""]
    return f"'{','.join(filter(None, pairs)) or 'artist=NAME,text=NAME'}'"


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
        for key_of in (name_key, _bare_key):
            same = [position for position, name in enumerate(names) if key_of(name) == key_of(theirs)]
            if same and key_of(theirs):
                return same[0]
    elif 0 <= theirs < len(names):
        return theirs
    elif str(theirs) in names:  # a column that is called "2010"
        return names.index(str(theirs))
    raise SchemaError(f"{source}: no column {theirs!r} for {field}; the columns are {listed_names(names)}")


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def listed_names(names: Sequence[str]) -> str:
    """Return the first of ``names`` for a message."""
    shown = ", ".join(repr(_shortened(str(name))) for name in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown
