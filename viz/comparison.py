"""Two maps of the same artists side by side: before and after, by metadata and by sound.

Row i of both layouts and of the table is the same artist. Public names: :func:`map_comparison`, :class:`MapComparison`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree  # pyright: ignore[reportAttributeAccessIssue]

from ..core.errors import ParameterError
from .alignment import aligned, mean_shift
from .display import display_name
from .packing import packed, quantized_plane
from .pages import OfflinePage
from .palette import PALETTES
from .payload import MapTable, check_artists

_NEAREST = 10


@dataclass(frozen=True, eq=False)
class MapComparison(OfflinePage):
    """The two maps, ready to be written or shown.

    Parameters
    ----------
    payload : dict
        All that the page is given.
    disparity : float
        Of the second map from the first after alignment; 0 is the same picture.
    neighbors_shared : float
        Mean share of an artist's ten nearest dots (fewer on small maps) that are the same on both.
    """

    kind = "comparison"
    caption = "two maps of the same artists"

    payload: dict[str, Any]
    disparity: float
    neighbors_shared: float


def map_comparison(
    artists: pd.DataFrame,
    first: ArrayLike,
    second: ArrayLike,
    *,
    labels: Sequence[str] = ("first", "second"),
    n_only: Sequence[int] = (0, 0),
    title: str = "Two maps",
) -> MapComparison:
    """Lay the second map on the first by Procrustes and show both.

    Parameters
    ----------
    artists : DataFrame
        Those on both maps; columns artist_id and name, and as far as known genres and n_reviews.
    first, second : array of shape (n, 2)
    labels : two str
    n_only : two int
        How many artists are on one of the maps alone; the page says so.
    title : str

    Returns
    -------
    MapComparison

    Raises
    ------
    SchemaError
        If ``artists`` lacks a column.
    ParameterError
        If there are fewer than three artists, or a layout is not one finite place for each.
    """
    table = check_artists(artists)
    if len(table) < 3:
        raise ParameterError(f"a comparison needs at least 3 artists on both maps; got {len(table)}")
    places = [_checked(one, len(table)) for one in (first, second)]
    places[1] = aligned(places[1], places[0])
    disparity, kept = mean_shift(places[1], places[0]), _neighbors_kept(*places)
    shared = float(np.mean(kept) / min(_NEAREST, len(table) - 1))
    # of the diameter, so that the figure does not depend on the unit of a layout
    moved = np.linalg.norm(places[1] - places[0], axis=1) / max(float(np.ptp(places[0], axis=0).max()), 1e-12)
    said = _said(len(table), n_only, labels, moved, shared, disparity)
    payload = _payload(table, places, moved, kept) | {
        "title": display_name(title, 120),
        "labels": [display_name(one, 60) for one in labels],
        "said": said,
        "compared": min(_NEAREST, len(table) - 1),
    }
    return MapComparison(payload, disparity, shared)


def _checked(layout: ArrayLike, n_artists: int) -> NDArray[np.float64]:
    places = np.asarray(layout, np.float64)
    if places.shape != (n_artists, 2) or not np.isfinite(places).all():
        raise ParameterError(f"a layout must be ({n_artists}, 2) finite numbers; got shape {places.shape}")
    return places


def _neighbors_kept(first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.int64]:
    """Count for each artist how many of its nearest dots on one map are among those on the other."""
    k = min(_NEAREST, len(first) - 1)
    near = [cKDTree(one).query(one, k + 1)[1][:, 1:] for one in (first, second)]
    return np.array([len(set(a) & set(b)) for a, b in zip(*near, strict=True)], np.int64)


def _said(
    count: int,
    n_only: Sequence[int],
    labels: Sequence[str],
    moved: NDArray[Any],
    shared: float,
    disparity: float,
) -> str:
    alone = " and ".join(
        f"{n:,} only in {display_name(one, 60)}" for n, one in zip(n_only, labels, strict=True) if n
    )
    return (
        f"{count:,} artists on both maps{f'; {alone}, not shown' if alone else ''}. "
        f"{100 * shared:.0f} % of an artist's {min(_NEAREST, count - 1)} nearest dots are the same on both. After "
        f"turning and scaling the second onto the first, half of the artists moved by {_share(np.median(moved))} of "
        "the map's width or more. "
        f"What is left of the distances after that (Procrustes disparity): {disparity:.3f} of the first map's spread, "
        "where 0 is the same picture."
    )


def _share(value: float) -> str:
    return f"{100 * value:.1f} %" if 0.0005 <= value < 0.1 else f"{100 * value:.0f} %"


def _payload(
    table: MapTable, places: Sequence[NDArray[Any]], moved: NDArray[Any], kept: NDArray[Any]
) -> dict[str, Any]:
    genres = [name for name, _ in Counter(own[0] for own in table.genres if own).most_common()]
    code_of = {name: code + 1 for code, name in enumerate(genres)}
    plane, _ = quantized_plane(np.vstack(places).astype(np.float32))
    return {
        "ids": table.artist_ids,
        "names": table.names,
        "genres": genres,
        "codes": packed(np.array([code_of[own[0]] if own else 0 for own in table.genres]), "uint16"),
        "reviews": packed(table.n_reviews, "uint16"),
        "planes": [packed(one, "uint16") for one in np.split(plane, 2)],
        "moved": packed(moved, "float32"),
        "kept": packed(kept, "uint8"),
        "palettes": PALETTES,
    }
