"""The map of artists: what is shown where, before any page is made of it.

Row i of the layout and of the vectors is row i of the artists table (or of the ids the vectors carry).
Public names: :func:`artist_map`, :class:`ArtistMap`.
"""

import html
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from ..core.errors import ParameterError, SchemaError
from .artist_topics import ArtistTopics, artist_topics
from .density import density_field
from .display import hover_text
from .districts import find_districts
from .examples import example_queries
from .layout import Layout
from .pages import OfflinePage
from .palette import PALETTES
from .payload import MapTable, check_artists, check_layout, map_payload
from .regions import find_regions, region_labels, short_names

_MOST_LINKED = 50_000  # addresses of 100,000 artists would weigh 1.5 MB and break the budget of 19
MOST_DOTS = 100_000  # a file of more is slow to open and to send
PRESETS = ("explore", "tutorial")
_LIGHT: Mapping[str, Any] = PALETTES["light"]


@dataclass(frozen=True, eq=False)
class ArtistMap(OfflinePage):
    """A map of artists, ready to be written or shown.

    Parameters
    ----------
    table : MapTable
    layout : Layout
    payload : dict
        All that the page is given (see :func:`bandscape.viz.payload.map_payload`).
    """

    kind = "map"
    caption = "map of artists"

    table: MapTable
    layout: Layout
    payload: dict[str, Any]

    @cached_property
    def figure(self) -> go.Figure:
        """The map as a plain Plotly figure for notebooks: one trace a genre, escaped hover texts."""
        return _figure(self.table, self.layout, self.payload)


def artist_map(
    artists: pd.DataFrame,
    layout: Layout | ArrayLike,
    vectors: Any = None,
    *,
    clusters: Any = None,
    title: str | None = None,
    subtitle: str | None = None,
    links: Mapping[str, str] | None = None,
    link_text: str = "open its page",
    sounds: Mapping[str, bytes] | None = None,
    topic_shares: pd.DataFrame | None = None,
    background_topics: Collection[str] = (),
    topic_ids: Sequence[str] | None = None,
    preset: str = "explore",
    examples: Sequence[str] | None = None,
    data_id: str | None = None,
    basis: str | None = None,
    most: int = MOST_DOTS,
) -> ArtistMap:
    """Make the interactive map of artists.

    Parameters
    ----------
    artists : DataFrame
        Columns artist_id and name, and as far as known genres, mean_score, n_reviews, years.
    layout : Layout or array of shape (n, 2)
        From :func:`lay_out`.
    vectors : object with ``matrix`` (and ``artist_ids``), array of shape (n, n_dims), or None
        What the query bar calculates with. When it carries the ids of some of the artists in another order,
        the layout is taken to be in that order too.
    clusters : DataFrame, object with such a ``table``, or None
        Columns artist_id and cluster, cluster_name and/or layout_cluster, layout_cluster_name. Without them
        the map is divided and named here.
    title : str or None
    subtitle : str or None
        Under the title, such as "8,633 artists, 18,389 reviews"; None counts the artists.
    links : mapping of artist_id to web address, or None
        Opened from an artist's card: a review, or a page of the artist. Left out above 50,000 artists.
    link_text : str
        What the card calls them.
    sounds : mapping of artist_id to bytes, or None
        An MP3 file for each artist that can be heard; they are put into the page as they are.
    topic_shares : DataFrame or None
        One row an artist (index: artist_id), one column a topic. The largest is a color; a topic in a query means
        artists by its share.
    background_topics : collection of str
        Columns of ``topic_shares`` that are noise: no color, no question, and only the last, gray line of a card.
    topic_ids : sequence of str or None
        What else a question may call each column of ``topic_shares`` ("topic_3", which is "topic:3", too).
    preset : {"explore", "tutorial"}
        "tutorial" opens with the parts that k-means finds on the layout in color and the 300 most reviewed named.
    examples : sequence of str or None
        Queries offered as links; None picks three that this map can answer.
    data_id : str or None
        A short mark of the data for the status line.
    basis : str or None
        What nearness rests on, in words that complete "Dots that lie together are ...", such as "artists with like
        genres, scores, labels and years". None says only that their vectors point the same way.
    most : int
        Artists that are dots, with name, vector and all else. Of more artists than these the most reviewed are dots,
        and a gray field behind them shows where all stand; search and questions know the dots, and the page says so.

    Returns
    -------
    ArtistMap

    Raises
    ------
    SchemaError
        If a table lacks its id column or the vectors carry an id that ``artists`` does not have.
    ParameterError
        If layout or vectors do not have one finite row per artist, the preset is none of the above, or ``most`` is
        no positive int.
    """
    if preset not in PRESETS:
        raise ParameterError(f"preset must be one of {', '.join(PRESETS)}; got {preset!r}")
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise ParameterError(f"most must be an int >= 1; got {most!r}")
    table = check_artists(artists)
    matrix, rows = _aligned_vectors(vectors, table)
    table = table if rows is None else table.take(rows)
    placed = check_layout(layout, len(table))
    topics = (
        None
        if topic_shares is None
        else artist_topics(table.artist_ids, topic_shares, background_topics, topic_ids)
    )
    groups = _groups(table, placed, getattr(clusters, "table", clusters), topics)
    regions = region_labels(placed.coordinates, *groups["region"], table.genres)
    districts = find_districts(placed.coordinates, groups["region"][0], table, topics)
    n_all, field = None, None
    if len(table) > most:
        n_all, field = len(table), density_field(placed.coordinates)
        dots = most_reviewed(table.n_reviews, most)
        table, placed = table.take(dots), placed.take(dots)
        matrix = None if matrix is None else matrix[dots]
        groups = {key: (codes[dots], names) for key, (codes, names) in groups.items()}
        topics = None if topics is None else topics.take(dots)
    payload = map_payload(
        table,
        placed,
        matrix,
        groups=groups,
        regions=regions,
        districts=districts,
        title=title or "Map of artists",
        subtitle=subtitle,
        links=None
        if links is None or len(table) > _MOST_LINKED
        else [links.get(one) for one in table.artist_ids],
        link_text=link_text,
        sounds=None if sounds is None else [sounds.get(one) for one in table.artist_ids],
        topics=topics,
        preset=preset,
        examples=list(examples) if examples is not None else _examples(table, matrix),
        data_id=data_id,
        basis=basis,
        field=field,
        n_all=n_all,
    )
    return ArtistMap(table, placed, payload)


def most_reviewed(n_reviews: NDArray[Any], most: int) -> NDArray[np.int64]:
    """Return the rows of the artists with most reviews, in the order of the table; of equal ones the first."""
    return np.sort(np.argsort(-np.asarray(n_reviews, np.int64), kind="stable")[:most])


def _aligned_vectors(vectors: Any, table: MapTable) -> tuple[NDArray[Any] | None, NDArray[np.int64] | None]:
    """Return the matrix and, where the vectors carry other rows than the table, the table rows they mean."""
    if vectors is None:
        return None, None
    matrix = np.asarray(getattr(vectors, "matrix", vectors))
    if matrix.ndim != 2 or not np.issubdtype(matrix.dtype, np.number) or not np.isfinite(matrix).all():
        raise ParameterError(f"vectors must be a finite matrix, one row an artist; got shape {matrix.shape}")
    ids = getattr(vectors, "artist_ids", None)
    if ids is None:
        if len(matrix) != len(table):
            raise ParameterError(
                f"vectors must have one row per artist; got {len(matrix)} rows for {len(table)} artists"
            )
        return matrix, None
    return matrix, _rows_of([str(one) for one in ids], table)


def _rows_of(ids: list[str], table: MapTable) -> NDArray[np.int64] | None:
    if ids == table.artist_ids:
        return None
    row_of = {one: row for row, one in enumerate(table.artist_ids)}
    unknown = [one for one in ids if one not in row_of]
    if unknown:
        raise SchemaError(
            f"vectors hold {len(unknown)} ids that artists lacks, the first is {unknown[0][:80]!r}"
        )
    return np.array([row_of[one] for one in ids], np.int64)


_Group = tuple[NDArray[np.int64], list[str]]


def _groups(
    table: MapTable, layout: Layout, clusters: pd.DataFrame | None, topics: ArtistTopics | None
) -> dict[str, _Group]:
    groups: dict[str, _Group] = {}
    if clusters is not None and "cluster" in clusters.columns:
        groups["cluster"] = _cluster_group(table, clusters, "cluster")
    if clusters is not None and "layout_cluster" in clusters.columns:
        groups["region"] = _cluster_group(table, clusters, "layout_cluster")
    else:
        region, names = find_regions(layout.coordinates, table.genres, table.names, table.n_reviews)
        groups["region"] = (region.astype(np.int64), names)
    if topics is not None and topics.names:
        groups["topic"] = (topics.largest(), topics.names)
    return groups


def _cluster_group(table: MapTable, clusters: pd.DataFrame, column: str) -> _Group:
    if "artist_id" not in clusters.columns:
        raise SchemaError("clusters lacks the column artist_id")
    frame = clusters.dropna(subset=[column])
    code_of = dict(zip(frame["artist_id"].astype(str), frame[column].astype(int), strict=True))
    codes = np.array([code_of.get(one, -1) for one in table.artist_ids], np.int64)
    named = f"{column}_name"
    said = dict(zip(frame[column].astype(int), frame[named], strict=True)) if named in frame.columns else {}
    word = "cluster" if column == "cluster" else "region"
    names = [str(said.get(code, f"{word} {code + 1}")) for code in range(int(codes.max(initial=-1)) + 1)]
    return codes, short_names(names)


def _examples(table: MapTable, matrix: NDArray[Any] | None) -> list[str]:
    return [] if matrix is None else example_queries(table.names, table.genres, table.n_reviews)


def _figure(table: MapTable, layout: Layout, payload: Mapping[str, Any]) -> go.Figure:
    """Draw one scattergl trace for each genre, unknown first so that it lies behind."""
    vocabulary = payload["genres"]["names"]
    first = np.array([vocabulary.index(own[0]) if own else -1 for own in table.genres], np.int64)
    sizes = point_sizes(table.n_reviews)
    hover = np.array(
        [
            hover_text(
                name, ", ".join(own[:4]), "" if np.isnan(score) else f"{score:.1f} · {reviews} reviews"
            )
            for name, own, score, reviews in zip(
                table.names, table.genres, table.mean_score, table.n_reviews, strict=True
            )
        ],
        dtype=object,
    )
    figure = go.Figure()
    for code in [-1, *range(len(vocabulary))]:
        rows = np.flatnonzero(first == code)
        if not len(rows):
            continue
        figure.add_trace(
            go.Scattergl(
                x=layout.coordinates[rows, 0],
                y=layout.coordinates[rows, 1],
                mode="markers",
                name=html.escape(vocabulary[code], quote=False) if code >= 0 else "no genre",
                marker={"size": sizes[rows], "color": _color(code), "opacity": 0.7, "line": {"width": 0}},
                text=hover[rows],
                hoverinfo="text",
            )
        )
    return figure.update_layout(**_figure_layout(str(payload["title"])))


def point_sizes(n_reviews: NDArray[Any]) -> NDArray[np.float32]:
    """Return marker diameters of 3 to 9 pixels that grow with the square root of the number of reviews."""
    reviews = np.maximum(np.asarray(n_reviews, np.float64), 1.0)
    most = max(float(np.quantile(reviews, 0.998)), 2.0) if len(reviews) else 2.0
    return (3 + 6 * np.sqrt(np.clip((reviews - 1) / (most - 1), 0, 1))).astype(np.float32)


def _color(code: int) -> str:
    categories = _LIGHT["categories"]
    return _LIGHT["unknown"] if code < 0 else categories[code % len(categories)]


def _figure_layout(title: str) -> dict[str, Any]:
    bare = {"visible": False, "showgrid": False, "zeroline": False}
    return {
        "title": {"text": html.escape(title, quote=False)},
        "template": "none",
        "paper_bgcolor": _LIGHT["paper"],
        "plot_bgcolor": _LIGHT["paper"],
        "font": {"color": _LIGHT["ink"], "family": "system-ui, sans-serif"},
        "xaxis": bare,
        "yaxis": bare | {"scaleanchor": "x"},
        "dragmode": "pan",
        "hovermode": "closest",
        "spikedistance": 0,  # 159 ms a mouse move over empty ground without it (plotly.js #8036)
        "legend": {"itemsizing": "constant"},
        "margin": {"l": 8, "r": 8, "t": 48, "b": 8},
    }
