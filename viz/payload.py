"""What the map page is given: one JSON value with typed arrays as base64, independent of any picture.

Row i of every array is artist i. Public names: :class:`MapTable`, :func:`check_artists`, :func:`map_payload`.
"""

import base64
import gzip
import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ..core.errors import ParameterError, SchemaError
from .artist_topics import ArtistTopics
from .display import display_name, display_names
from .layout import Layout
from .packing import packed, packed_lists, quantized_plane, quantized_rows
from .palette import PALETTES
from .query_terms import packed_terms
from .regions import RegionLabel

PAYLOAD_VERSION = 1
_TRUST_STEPS = 200
FINE_VECTORS = 25_000
"""Up to so many artists vectors travel as int16: their file has room for it (see ``docs/map.md``)."""


@dataclass(frozen=True, eq=False)
class MapTable:
    """The columns of the artists table a map shows, checked and aligned.

    Parameters
    ----------
    artist_ids, names : list of str
    genres : list of list of str
        Most frequent first.
    mean_score : ndarray of shape (n,), float64, NaN where unknown
    n_reviews : ndarray of shape (n,), int64
    first_year, last_year : ndarray of shape (n,), int64, 0 where unknown
    labels : list of list of str
        Record labels.
    years : list of list of int
    """

    artist_ids: list[str]
    names: list[str]
    genres: list[list[str]]
    mean_score: NDArray[np.float64]
    n_reviews: NDArray[np.int64]
    first_year: NDArray[np.int64]
    last_year: NDArray[np.int64]
    labels: list[list[str]]
    years: list[list[int]]

    def __len__(self) -> int:
        """Count the artists."""
        return len(self.names)

    def take(self, rows: NDArray[np.int64]) -> "MapTable":
        """Return the given rows in the given order."""
        picked = rows.tolist()
        return MapTable(
            [self.artist_ids[row] for row in picked],
            [self.names[row] for row in picked],
            [self.genres[row] for row in picked],
            self.mean_score[rows],
            self.n_reviews[rows],
            self.first_year[rows],
            self.last_year[rows],
            [self.labels[row] for row in picked],
            [self.years[row] for row in picked],
        )


def check_artists(artists: pd.DataFrame) -> MapTable:
    """Read the columns a map needs; all but ``artist_id`` and ``name`` may be missing.

    Raises
    ------
    SchemaError
        If ``artists`` is not a data frame, lacks a name column, or repeats an id.
    """
    if not isinstance(artists, pd.DataFrame):
        raise SchemaError(f"artists must be a pandas DataFrame; got {type(artists).__name__}")
    missing = [column for column in ("artist_id", "name") if column not in artists.columns]
    if missing:
        raise SchemaError(
            f"artists lacks the column {missing[0]}; got {', '.join(map(str, artists.columns))}"
        )
    ids = [str(one) for one in artists["artist_id"]]
    if len(set(ids)) < len(ids):
        repeated = next(one for one, count in Counter(ids).items() if count > 1)
        raise SchemaError(f"artists.artist_id must be unique; {display_name(repeated)!r} is repeated")
    years = [_years(value) for value in _column(artists, "years")]
    return MapTable(
        ids,
        display_names(artists["name"]),
        _genres(_column(artists, "genres")),
        _numbers(artists, "mean_score", float("nan")),
        _numbers(artists, "n_reviews", 0.0).astype(np.int64),
        np.array([min(own, default=0) for own in years], np.int64),
        np.array([max(own, default=0) for own in years], np.int64),
        [
            [str(label) for label in _listed(value) if label is not None]
            for value in _column(artists, "labels")
        ],
        years,
    )


def _column(artists: pd.DataFrame, name: str) -> Sequence[Any]:
    return artists[name].tolist() if name in artists.columns else [None] * len(artists)


def _genres(column: Sequence[Any]) -> list[list[str]]:
    shown = cache(lambda genre: display_name(genre, 40))  # few, and each of them many artists'
    return [
        [shown(genre) if isinstance(genre, str) else display_name(genre) for genre in _listed(value)]
        for value in column
    ]


def _numbers(artists: pd.DataFrame, name: str, missing: float) -> NDArray[np.float64]:
    column = pd.to_numeric(pd.Series(_column(artists, name), dtype=object), errors="coerce")
    values = column.to_numpy(np.float64, na_value=float("nan"))
    return np.where(np.isfinite(values), values, missing)


def _listed(value: Any) -> list[Any]:
    if value is None or isinstance(value, float):
        return []
    return [value] if isinstance(value, str) else list(value)


def _years(value: Any) -> list[int]:
    return [int(year) for year in _listed(value) if year is not None and 0 < float(year) < 65_536]


def map_payload(
    table: MapTable,
    layout: Layout,
    vectors: NDArray[Any] | None,
    *,
    groups: Mapping[str, tuple[ArrayLike, Sequence[str]]],
    regions: Sequence[RegionLabel],
    districts: Sequence[RegionLabel] = (),
    title: str,
    subtitle: str | None = None,
    links: Sequence[str | None] | None = None,
    link_text: str = "open its page",
    sounds: Sequence[bytes | None] | None = None,
    topics: ArtistTopics | None = None,
    preset: str = "explore",
    examples: Sequence[str] = (),
    data_id: str | None = None,
    basis: str | None = None,
    field: Mapping[str, Any] | None = None,
    n_all: int | None = None,
) -> dict[str, Any]:
    """Pack a map.

    Parameters
    ----------
    table : MapTable
    layout : Layout
    vectors : ndarray of shape (n, n_dims) or None
        Rounded to int8, or to int16 up to :data:`FINE_VECTORS` artists; without them the page can search but not
        calculate.
    groups : mapping
        For each of "cluster", "region", "topic" that exists: a code for every artist (-1 or out of range is
        unknown) and the names of the codes.
    regions : sequence of RegionLabel
    districts : sequence of RegionLabel
        Captions of parts of regions, read closer in.
    title : str
    subtitle : str or None
        None counts the artists.
    links : sequence of str or None, or None
        A web address for each artist's card; only http and https are kept.
    link_text : str
        What the card calls it.
    sounds : sequence of bytes or None, or None
        An MP3 file an artist.
    topics : ArtistTopics or None
    preset : str
    examples : sequence of str
        Queries offered as links.
    data_id : str or None
        Shown in the status line; None takes six digits of the hash of all that is shown.
    basis : str or None
        Completes "Dots that lie together are ..."; None says what the layout alone can vouch for.
    field : mapping or None
        Where all artists stand (see :func:`bandscape.viz.density.density_field`), when ``table`` has only some.
    n_all : int or None
        How many all are; None when ``table`` has all.

    Returns
    -------
    dict
        Ready for :func:`json.dumps`.
    """
    vocabulary = [genre for genre, _ in Counter(g for own in table.genres for g in own).most_common()]
    code_of = {genre: code for code, genre in enumerate(vocabulary)}
    plane, grid = quantized_plane(layout.coordinates)
    payload: dict[str, Any] = {
        "version": PAYLOAD_VERSION,
        "title": display_name(title, 120),
        "subtitle": display_name(subtitle or _counted(len(table) if n_all is None else n_all), 120),
        "count": len(table),
        "total": len(table) if n_all is None else n_all,
        "field": None if field is None else dict(field),
        "names": table.names,
        "ids": _told_ids(table),
        "plane": packed(plane, "uint16"),
        "grid": grid,
        "genres": {"names": vocabulary, **packed_lists(_codes(table.genres, code_of), len(vocabulary))},
        "score": packed(
            np.where(np.isnan(table.mean_score), 0, np.rint(table.mean_score * 100) + 1), "uint16"
        ),
        "reviews": packed(table.n_reviews, "uint16" if table.n_reviews.max(initial=0) < 65_536 else "uint32"),
        "firstYear": packed(table.first_year, "uint16"),
        "yearSpan": packed(table.last_year - table.first_year, "uint8"),
        "trust": packed(np.rint(layout.neighbor_kept * _TRUST_STEPS), "uint8"),
        "trustSteps": _TRUST_STEPS,
        "groups": {key: _packed_group(codes, names) for key, (codes, names) in groups.items()},
        "regions": [
            {"x": one.x, "y": one.y, "name": display_name(one.name, 48), "size": one.size} for one in regions
        ],
        "districts": [
            {
                "x": one.x,
                "y": one.y,
                "radius": one.radius,
                "name": display_name(one.name, 64),
                "size": one.size,
            }
            for one in districts
        ],
        "vectors": None if vectors is None else _packed_vectors(vectors),
        "dimensions": 0 if vectors is None else int(vectors.shape[1]),
        "terms": {} if vectors is None else packed_terms(table.labels, table.years),
        "layout": _layout_facts(layout),
        "basis": display_name(basis or _basis(layout), 200),
        "links": None if links is None else _packed_links(links),
        "linkText": f"{display_name(link_text, 40)} ↗",
        "sounds": {} if sounds is None else packed_sounds(sounds),
        "topics": None
        if topics is None
        else topics.packed()
        | {
            "names": [display_name(n, 48) for n in topics.names],
            "ids": [display_name(n, 48) for n in topics.ids],
        },
        "preset": preset,
        "examples": [display_name(example, 200) for example in examples],
        "palettes": PALETTES,
    }
    payload["dataId"] = display_name(data_id, 24) if data_id else _data_id(payload)
    return payload


def _packed_vectors(vectors: NDArray[Any]) -> dict[str, str]:
    """Round few vectors finely, so that the page orders answers as the vectors themselves do."""
    dtype = "int16" if len(vectors) <= FINE_VECTORS else "int8"
    return packed(quantized_rows(vectors, dtype), dtype)


def _counted(n_artists: int) -> str:
    return f"{n_artists:,} artist{'' if n_artists == 1 else 's'}"


def _codes(lists: Sequence[Sequence[str]], code_of: Mapping[str, int]) -> list[list[int]]:
    return [[code_of[one] for one in own] for own in lists]


def _packed_group(codes: ArrayLike, names: Sequence[str]) -> dict[str, Any]:
    values = np.asarray(codes).astype(np.int64)
    known = (values >= 0) & (values < len(names))
    return {
        "names": [display_name(name, 48) for name in names],
        "codes": packed(
            np.where(known, values + 1, 0), "uint8" if len(names) < 255 else "uint16"
        ),  # 0 = unknown
    }


def _layout_facts(layout: Layout) -> dict[str, Any]:
    trust = None if math.isnan(layout.trustworthiness) else round(layout.trustworthiness, 4)
    facts = {"method": layout.method, "perplexity": layout.perplexity, "seed": layout.seed}
    return facts | {"metric": layout.metric, "trustworthiness": trust}


def _basis(layout: Layout) -> str:
    if layout.method == "given":
        return "artists that the given places put side by side"
    alike = "point the same way" if layout.metric == "cosine" else "are alike"
    return f"mostly artists whose vectors {alike}"


def _safe_link(link: object) -> str | None:
    usable = isinstance(link, str) and len(link) <= 2_000 and link.lower().startswith(("https://", "http://"))
    usable = usable and not any(sign.isspace() for sign in str(link))
    return link if usable and isinstance(link, str) else None


def _packed_links(links: Sequence[object]) -> dict[str, Any]:
    """Return what all addresses begin with, once, and the rest of each; None where there is no usable one."""
    safe = [_safe_link(link) for link in links]
    start = _shared_start([link for link in safe if link is not None])
    rest = "\n".join("" if link is None else f"={link[len(start) :]}" for link in safe)
    # addresses are half as much text as all names: packed, 10,000 artists keep their budget
    return {
        "start": start,
        "gzip": base64.b64encode(gzip.compress(rest.encode(), 9, mtime=0)).decode("ascii"),
    }


def _shared_start(texts: Sequence[str]) -> str:
    """Return what all texts begin with."""
    low, high = min(texts, default=""), max(texts, default="")  # what these two share, all in between share
    length = next(
        (at for at, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), min(len(low), len(high))
    )
    return low[:length]


def _told_ids(table: MapTable) -> list[str | None] | None:
    """Return the ids, None for each that is its name with hyphens, and None at all where ids are the names."""
    if table.artist_ids == table.names:
        return None
    pairs = zip(table.artist_ids, table.names, strict=True)
    return [None if one == name.replace(" ", "-") else display_name(one) for one, name in pairs]


def packed_sounds(sounds: Sequence[bytes | None]) -> dict[str, str]:
    """Return the sounds that there are, as base64, by row."""
    return {str(row): base64.b64encode(one).decode("ascii") for row, one in enumerate(sounds) if one}


def _data_id(payload: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()[:6]


def check_layout(layout: Layout | ArrayLike, n_artists: int) -> Layout:
    """Accept a :class:`Layout` or a plain (n, 2) array, and say so when it is not one place per artist.

    Raises
    ------
    ParameterError
        On another shape or a place that is not finite.
    """
    if isinstance(layout, Layout):
        checked = layout
    else:
        places = np.asarray(layout, np.float32)
        if places.ndim != 2 or places.shape[1] != 2:
            raise ParameterError(f"layout must have the shape (n, 2); got {places.shape}")
        checked = Layout(places, "given", None, 0, "cosine", float("nan"), np.ones(len(places), np.float32))
    if len(checked) != n_artists:
        raise ParameterError(
            f"layout must have one place per artist; got {len(checked)} places for {n_artists} artists"
        )
    if not np.isfinite(checked.coordinates).all():
        raise ParameterError("layout must be finite; some places are not")
    return checked
