"""Regions of a map and their names in words, for the large faint lettering that is read from afar.

Coordinates are (n, 2); a region is a cluster of places on the map. Public names: :func:`find_regions`,
:func:`region_labels`, :func:`short_names`, :class:`RegionLabel`.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree  # pyright: ignore[reportAttributeAccessIssue]
from threadpoolctl import threadpool_limits

_PLACES_PER_REGION = 600
_FEW = 40
_COMMON = 0.35  # a genre names a region when at least this share of its artists have it
_TOLD_APART = re.compile(r"(?: – .+|, near .+| \(.+\))$")  # as in assets/captions.js
_LONGEST_ARTIST = 24  # of letters in a caption; the rest of a long name only covers dots
_TOO_FEW = 0.25  # of the mean number of a region's artists: less is no region to the eye
_MIDDLES = 1_000  # places that the thickest spot is looked for around
_LIFTED = 2.0  # a second genre is worth saying when it is this much more common than elsewhere


@dataclass(frozen=True)
class RegionLabel:
    """One name on the map: where it stands, what it says, how many artists it covers, and how far they reach around."""

    x: float
    y: float
    name: str
    size: int
    radius: float = 0.0


def find_regions(
    coordinates: NDArray[np.float32],
    genres: Sequence[Sequence[str]],
    names: Sequence[str],
    n_reviews: NDArray[Any],
    *,
    seed: int = 0,
) -> tuple[NDArray[np.int32], list[str]]:
    """Divide the map by k-means and name each part by its genres.

    Parameters
    ----------
    coordinates : ndarray of shape (n, 2)
    genres : sequence of sequence of str
    names : sequence of str
    n_reviews : ndarray of int
        Parts with the same genres are told apart by their most reviewed artist ("rock, near wilco").
    seed : int

    Returns
    -------
    region : ndarray of shape (n,), int32
        All zero on maps of fewer than forty artists: they are one part.
    region_names : list of str
    """
    n_points = len(coordinates)
    if n_points < _FEW:
        return np.zeros(n_points, np.int32), ["everything"] if n_points else []
    from sklearn.cluster import KMeans

    n_regions = int(np.clip(round(n_points / _PLACES_PER_REGION), 3, 24))
    with threadpool_limits(1):  # one thread: the same division everywhere
        # float64: places that differ by rounding must not move a border between machines
        kmeans = KMeans(n_regions, n_init=2, random_state=seed)  # pyright: ignore[reportArgumentType]
        region = kmeans.fit_predict(coordinates.astype(np.float64))
    order = np.argsort(-np.bincount(region, minlength=n_regions), kind="stable")
    rank = np.empty(n_regions, np.int32)
    rank[order] = np.arange(n_regions)
    region = rank[region]
    return region, _region_names(region, n_regions, genres, names, np.asarray(n_reviews))


def region_labels(
    coordinates: NDArray[np.float32],
    region: NDArray[Any],
    region_names: Sequence[str],
    genres: Sequence[Sequence[str]],
) -> list[RegionLabel]:
    """Find the place of each region's name: where its artists, above all those of its genres, stand thickest."""
    if len([name for name in region_names if name]) < 2:
        return []  # a single region is the whole map: its name says nothing the title does not
    places = np.asarray(coordinates, np.float64)
    extent = float(np.ptp(places, axis=0).max()) if len(places) else 0.0
    labels = []
    for code, name in enumerate(region_names):
        members = np.flatnonzero(np.asarray(region) == code)
        if len(members) <= _TOO_FEW * len(places) / len(region_names) or not name:
            continue
        said = _genres_said(name, {genres[row][0] for row in members.tolist() if len(genres[row])})
        meant = np.array([bool(len(genres[row])) and genres[row][0] in said for row in members.tolist()])
        x, y = _thickest(places[members[meant]] if meant.any() else places[members], 0.05 * extent)
        labels.append(RegionLabel(x, y, name, len(members)))
    return labels


def short_names(names: Sequence[str]) -> list[str]:
    """Shorten the artists by whom groups are told apart: "rock (a | b | c)" is "rock (a)", unless two would be one.

    Parameters
    ----------
    names : sequence of str

    Returns
    -------
    list of str
    """
    shorter = [_short_name(name) for name in names]
    taken = Counter(shorter)
    return [short if taken[short] == 1 else name for short, name in zip(shorter, names, strict=True)]


def _short_name(name: str) -> str:
    head, bracket, artist = name.partition(" (")
    if not bracket or not artist.endswith(")"):
        return name
    artist = re.split(r" \| ", artist[:-1])[0]
    if len(artist) > _LONGEST_ARTIST:
        artist = artist[: _LONGEST_ARTIST - 1].rstrip() + "…"
    return f"{head} ({artist})"


def _genres_said(name: str, genres: set[str]) -> set[str]:
    """Return the genres a region's name consists of; the artist it is told apart by ("near ...") does not count."""
    head = _TOLD_APART.sub("", name)
    return {one for one in genres if re.search(rf"(?<![\w/&]){re.escape(one)}(?![\w/&])", head)}


def _thickest(places: NDArray[np.float64], radius: float) -> tuple[float, float]:
    """Return the middle of the disc of the given radius, around one of some places, that holds most of them."""
    tree = cKDTree(places)
    middles = places[:: -(-len(places) // _MIDDLES)]
    around = tree.query_ball_point(middles, max(radius, 1e-9), return_length=True)
    best = places[tree.query_ball_point(middles[int(np.argmax(around))], max(radius, 1e-9))]
    return float(best[:, 0].mean()), float(best[:, 1].mean())


def _region_names(
    region: NDArray[Any],
    n_regions: int,
    genres: Sequence[Sequence[str]],
    names: Sequence[str],
    n_reviews: NDArray[Any],
) -> list[str]:
    everywhere = Counter(genre for own in genres for genre in own)
    found = []
    for code in range(n_regions):
        members = np.flatnonzero(region == code)
        here = Counter(genre for member in members.tolist() for genre in genres[member])
        n_with_genre = sum(1 for member in members.tolist() if genres[member])
        found.append(_genre_name(here, everywhere, len(members), len(region), n_with_genre))
    taken = Counter(found)
    for code, name in enumerate(found):
        if taken[name] > 1:
            members = np.flatnonzero(region == code)
            best_known = members[np.argmax(n_reviews[members])]
            found[code] = f"{name}, near {names[int(best_known)]}"
    return found


def _genre_name(
    here: Counter[str], everywhere: Counter[str], n_here: int, n_everywhere: int, n_with_genre: int
) -> str:
    """Join the common genres of a region, and one that is rare elsewhere."""
    common = [genre for genre, count in here.most_common(2) if count >= _COMMON * n_here]
    lifts = {
        genre: (count / n_here) / (everywhere[genre] / n_everywhere)
        for genre, count in here.items()
        if count >= 0.2 * n_here and genre not in common
    }
    special = max(lifts, key=lambda genre: lifts[genre], default=None)
    if special is not None and lifts[special] >= _LIFTED and len(common) < 2:
        common.append(special)
    if common:
        return " · ".join(common)
    return "mixed genres" if n_with_genre >= n_here / 2 else "no genre given"
