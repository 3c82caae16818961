"""The map of sounds: one offline page on which near sounds sound alike. Public names: :func:`sound_map`,
:class:`SoundMap`, :data:`MEASURES`.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..core.errors import ParameterError, SchemaError
from .display import display_name, display_names
from .layout import Layout
from .packing import packed
from .pages import OfflinePage, make_page
from .palette import PALETTES

GROUPS = ("class", "genre", "cluster", "folder", "artist")
MEASURES = {
    "duration_s": ("length", "s", "length"),
    "brightness_hz": ("brightness", "Hz", "brightness, the center of the spectrum"),
    "loudness_db": ("loudness", "dB", "loudness, the power below full scale"),
    "noisiness_db": ("noisiness", "dB", "noisiness, −60 dB a tone, −2.5 dB noise"),
    "attack_s": ("attack", "s", "time from onset to loudest moment"),
}
_OUTLINE = 64
_METHODS = {
    "opentsne": "t-SNE",
    "sklearn": "t-SNE",
    "umap": "UMAP",
    "pacmap": "PaCMAP",
    "pca": "principal components",
}


@dataclass(frozen=True, eq=False)
class SoundMap(OfflinePage):
    """A map of sounds, ready to be written by :func:`bandscape.viz.write_html`.

    Parameters
    ----------
    payload : dict
        All that the page is given.
    """

    kind = "sounds"
    caption = "map of sounds"

    payload: dict[str, Any]

    def page(self) -> str:
        """Return the page; one whose sounds lie at addresses may ask its server for them."""
        return make_page(
            self.kind, self.title, self.payload, asks_its_server="soundAddresses" in self.payload
        )


def sound_map(
    sounds: pd.DataFrame,
    layout: Layout,
    neighbors: NDArray[np.integer],
    *,
    placed: NDArray[np.floating] | None = None,
    players: Mapping[str, bytes] | None = None,
    addresses: Mapping[str, str] | None = None,
    outlines: NDArray[np.uint8] | None = None,
    figures: Sequence[Mapping[str, Any]] = (),
    figures_say: str = "",
    title: str = "Sounds",
    features: str = "features",
) -> SoundMap:
    """Make the page.

    Parameters
    ----------
    sounds : DataFrame
        ``track_id`` (unique), and any of ``name`` (how it is shown, else its id), ``class``, ``genre``, ``cluster``,
        ``folder``, ``artist`` (str or null) and the columns of :data:`MEASURES` (numbers). First the sounds of the
        layout, then the placed ones.
    layout : Layout
    neighbors : ndarray of shape (n_sounds, k), int
        Rows most like each by the features.
    placed : ndarray of shape (n_placed, 2), optional
        Where later sounds stand.
    players : mapping of track_id to bytes, optional
        MP3.
    addresses : mapping of track_id to str, optional
        Where a server has the sounds, instead of ``players``: then the page is none that can be sent by mail.
    outlines : ndarray of shape (n_sounds, 64), uint8, optional
        Loudness over time; cards have no wave without it.
    figures : sequence of mapping
        A row of the table of figures each: ``name``, ``knn``, ``map_knn``, ``trustworthiness`` (None shows a dash),
        ``shown`` whether the map is made of these.
    figures_say : str
        How the figures were measured.
    title : str
    features : str
        What the places were made of.

    Returns
    -------
    SoundMap

    Raises
    ------
    SchemaError
        If ``track_id`` is missing or repeated.
    ParameterError
        If lengths do not fit.
    """
    later = np.empty((0, 2)) if placed is None else np.asarray(placed, np.float64)
    _check(sounds, len(layout) + len(later), neighbors, outlines)
    if not len(sounds):
        raise ParameterError("sounds must have at least one row")
    ids = sounds["track_id"].astype(str).tolist()
    places = np.vstack([layout.coordinates, later]) if len(later) else np.asarray(layout.coordinates)
    row_of = {one: row for row, one in enumerate(ids)}
    heard = {row_of[one]: sound for one, sound in (players or {}).items() if one in row_of}
    lying = {str(row_of[one]): where for one, where in (addresses or {}).items() if one in row_of}
    trust = np.concatenate([layout.neighbor_kept, np.full(len(later), np.nan)])
    groups = {
        name: packed_group(sounds[name]) for name in GROUPS if name in sounds and sounds[name].notna().any()
    }
    return SoundMap(
        {
            "version": 1,
            "title": display_name(title, 120),
            "subtitle": _subtitle(len(ids), len(later), len(heard) or len(lying)),
            "madeBy": _made_by(layout, features),
            "ids": ids,
            "names": display_names(sounds["name"].astype(str).tolist() if "name" in sounds else ids),
            "place": packed(_on_grid(places), "uint16"),
            "placed": packed(np.arange(len(ids)) >= len(layout), "uint8"),
            "trust": packed(trust, "float32"),
            "groups": groups,
            "color": next(iter(groups), "brightness_hz"),
            "measures": [_measure(sounds, key) for key in MEASURES if key in sounds],
            "outlines": None if outlines is None else packed(outlines, "uint8"),
            "near": packed(np.asarray(neighbors), "uint32"),
            "sounds": {
                str(row): base64.b64encode(sound).decode("ascii") for row, sound in sorted(heard.items())
            },
            **({"soundAddresses": lying} if lying else {}),
            "layout": {"method": layout.method, "says": f"{_METHODS[layout.method]} on {features}"},
            "figures": [dict(row) for row in figures],
            "figuresSay": figures_say,
            "palettes": PALETTES,
        }
    )


def packed_group(values: "pd.Series[Any]") -> dict[str, Any]:
    """Return the names of a column and one code a row, 0 where it is null."""
    codes, names = pd.factorize(values.astype("string"), sort=True)
    return {"names": display_names(names.tolist()), "codes": packed(codes + 1, "uint16")}


def _check(
    sounds: pd.DataFrame, n_expected: int, neighbors: NDArray[np.integer], outlines: NDArray[np.uint8] | None
) -> None:
    if "track_id" not in sounds:
        raise SchemaError(f"sounds need the column 'track_id'; has {', '.join(map(str, sounds.columns))}")
    repeated = sounds["track_id"][sounds["track_id"].duplicated()]
    if len(repeated):
        raise SchemaError(f"track_id {repeated.iloc[0]!r} is there twice")
    if len(sounds) != n_expected:
        raise ParameterError(f"sounds must have a row a place; got {len(sounds)} for {n_expected} places")
    if neighbors.ndim != 2 or len(neighbors) != n_expected:
        raise ParameterError(f"neighbors must have {n_expected} rows; got shape {neighbors.shape}")
    if outlines is not None and outlines.shape != (n_expected, _OUTLINE):
        raise ParameterError(f"outlines must be ({n_expected}, {_OUTLINE}); got shape {outlines.shape}")


def _on_grid(places: NDArray[np.floating]) -> NDArray[np.uint16]:
    """Bring both axes by one scale to 0..65535, the map in the middle."""
    points = np.asarray(places, np.float64)
    low, high = points.min(axis=0), points.max(axis=0)
    half = max(float((high - low).max()) / 2.0, 1e-12)
    return np.rint(((points - (low + high) / 2.0) / half + 1.0) * 32_767.5).clip(0, 65_535).astype(np.uint16)


def _measure(sounds: pd.DataFrame, key: str) -> dict[str, Any]:
    label, unit, says = MEASURES[key]
    values = packed(sounds[key].to_numpy(np.float64), "float32")
    return {"key": key, "label": label, "unit": unit, "says": says, "values": values}


def _subtitle(n_sounds: int, n_placed: int, n_heard: int) -> str:
    parts = [f"{n_sounds:,} sound{'' if n_sounds == 1 else 's'}"]
    if n_placed:
        parts.append(f"{n_placed:,} of them placed later")
    if n_heard < n_sounds:
        parts.append(f"{n_heard:,} can be heard")
    return ", ".join(parts)


def _made_by(layout: Layout, features: str) -> str:
    parts = [f"{_METHODS[layout.method]} of {features}", f"seed {layout.seed}"]
    if not np.isnan(layout.trustworthiness):
        parts.insert(1, f"trust {layout.trustworthiness:.2f}")
    return " · ".join(parts)
