"""The map of a folder of sounds: both feature sets laid out and measured, one of them shown, later sounds placed."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import BandscapeError, BandscapeWarning, ParameterError
from ...core.files import sha256_of
from ...core.progress import ProgressCallback, report
from ...core.sealed_json import read_sealed_json, write_sealed_json
from .pages import check_own_page, write_page
from .spectral import (
    FEATURE_SETS,
    MODEL,
    Labels,
    SoundTable,
    describe_more,
    known,
    learn_spectra,
    sound_files,
)

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ...viz import Layout

_NEAR = 8
_MOST_CLUSTERS = 12
_LAYOUTS = "layouts.json"
_SAYS_NEIGHBORS = (
    "5-NN: share of sounds whose five nearest others vote for their class, by the features (each column divided by"
    " the root of its spread, each statistic over time with the same weight) and on the picture. "
)
_SAYS_TRUST = "Trust: whether near dots were near by the features."


@dataclass(frozen=True, eq=False)
class MapOptions:
    """How the map is made.

    Parameters
    ----------
    features : {"spectral", "mfcc"}
    method : str
        Of the layout.
    perplexity : float or None
    n_clusters : int or None
    seed : int
    sound_mb : float
        What all sounds in the page may weigh.
    title : str
    """

    features: str = "spectral"
    method: str = "opentsne"
    perplexity: float | None = None
    n_clusters: int | None = None
    seed: int = 0
    sound_mb: float = 40.0
    title: str = ""
    depth: int | None = None
    n_iterations: int | None = None


@dataclass(frozen=True, eq=False)
class _Placed:
    """A feature set as places: scaled features of the base, its layout, and of later sounds."""

    rows: "np.ndarray"
    layout: "Layout"
    later_rows: "np.ndarray"
    later_places: "np.ndarray"


def write_sound_map(
    folder: Path,
    page: Path,
    *,
    home: Path | None = None,
    labels: Labels | None = None,
    place: Path | None = None,
    options: MapOptions | None = None,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
) -> tuple[SoundTable, dict[str, Any]]:
    """Write the map of a folder of sounds; return its sounds and the figures.

    Parameters
    ----------
    folder : path
    page : path
    home : path, optional
        Folder with a model that :func:`learn_spectra` wrote; without it one is learnt, beside the page.
    labels : Labels, optional
    place : path, optional
        Folder of sounds to be placed on the map without learning or moving anything.
    options : MapOptions, optional
    """
    chosen = options or MapOptions()
    _check(page, home, chosen)
    own = home or page.with_name(f"{page.stem}-sounds")
    run: dict[str, Any] = {"n_jobs": n_jobs, "on_progress": on_progress}
    if home is None:
        sounds, _ = learn_spectra(
            folder, own, labels=labels, depth=chosen.depth, n_iterations=chosen.n_iterations,
            random_state=chosen.seed, **run,
        )  # fmt: skip
    else:
        sounds = describe_more(folder, own, labels=labels, **run)
    later = None if place is None else describe_more(place, own, learning=False, **run)
    places = {
        name: _lay_out(name, sounds, later, own, chosen, on_progress, placing=name == chosen.features)
        for name in FEATURE_SETS
    }
    shown = places[chosen.features]
    table = _page_table(sounds, later, place, shown, chosen)
    heard = _players(table, [folder, place], chosen, **run)
    figures = _figures(sounds, places)
    _write_page(page, table, shown, heard, figures, chosen, _outlines(sounds, later))
    return sounds, _facts(sounds, later, figures, chosen, page, own, len(heard))


def _check(page: Path, home: Path | None, chosen: MapOptions) -> None:
    from ...viz import METHODS

    if chosen.features not in FEATURE_SETS:
        raise ParameterError(f"--features must be one of {', '.join(FEATURE_SETS)}; got {chosen.features!r}")
    if chosen.method not in METHODS:
        raise ParameterError(f"--layout must be one of {', '.join(METHODS)}; got {chosen.method!r}")
    check_own_page(page)
    if home is not None and (chosen.depth is not None or chosen.n_iterations is not None):
        raise ParameterError("--depth and --iterations are for learning; with --model nothing is learnt")
    if home is not None and not (home / MODEL).is_dir():
        raise ParameterError(f"--model must be a folder that `bandscape audio spectral` wrote; {home} is not")


def _lay_out(
    name: str,
    sounds: SoundTable,
    later: SoundTable | None,
    own: Path,
    chosen: MapOptions,
    on_progress: ProgressCallback | None,
    *,
    placing: bool,
) -> _Placed:
    import numpy as np

    from ...embeddings.audio.sounds.sound_collection import FeatureScale
    from ...viz import place_new

    features = sounds.features[name]
    scale = FeatureScale.of(features)
    rows = scale.apply(features)
    layout = _kept_layout(own, name, rows, sounds.tracks["track_id"].to_pylist(), chosen, on_progress)
    new = np.empty((0, rows.shape[1])) if later is None else scale.apply(later.features[name])
    if not placing or not len(new):
        return _Placed(rows, layout, new, np.empty((0, 2)))
    return _Placed(rows, layout, new, place_new(layout, rows, new))


def _kept_layout(
    own: Path,
    name: str,
    rows: "np.ndarray",
    ids: Sequence[str],
    chosen: MapOptions,
    on_progress: ProgressCallback | None,
) -> "Layout":
    """Take the layout that was made of the same rows in the same way, or make it and keep it."""
    from ...core.checkpoints import fingerprint
    from ...viz import lay_out, read_layout, write_layout

    digest = fingerprint(rows, list(ids), chosen.method, chosen.perplexity, chosen.seed)
    path = own / f"layout_{name}.parquet"
    try:
        with warnings.catch_warnings(action="error", category=BandscapeWarning):  # not sealed: laid out anew
            made = read_sealed_json(own / _LAYOUTS, remedy="draw the map again")
    except (BandscapeError, BandscapeWarning, OSError):
        made = {}
    try:
        if made.get(name) == f"{digest} {sha256_of(path)}":  # not one that was never noted
            return read_layout(path)[0]
    except (BandscapeError, OSError):
        pass
    layout = lay_out(
        rows, method=chosen.method, metric="euclidean", perplexity=chosen.perplexity, random_state=chosen.seed,
        on_progress=on_progress,
    )  # fmt: skip
    write_layout(path, layout, ids, id_column="track")
    write_sealed_json(own / _LAYOUTS, {**made, name: f"{digest} {sha256_of(path)}"})
    return layout


def _page_table(
    sounds: SoundTable, later: SoundTable | None, place: Path | None, shown: _Placed, chosen: MapOptions
) -> "pd.DataFrame":
    """Return the rows of the page: file (its path below its folder), source (0 or 1), track_id, groups, measures."""
    import pandas as pd

    base = sounds.tracks.to_pandas().assign(source=0)
    base["file"] = base["track_id"]
    base["cluster"] = _clusters(base, shown.rows, chosen)
    if later is None or place is None:
        return base
    more = later.tracks.to_pandas().assign(source=1)
    more["file"] = more["track_id"]
    more["track_id"] = _apart(set(base["track_id"]), [f"{place.name}/{one}" for one in more["track_id"]])
    more["cluster"] = _nearest_value(shown.rows, shown.later_rows, base["cluster"].to_list())
    return pd.concat([base, more], ignore_index=True)


def _apart(taken: set[str], names: Sequence[str]) -> list[str]:
    """Return names that none of the taken has."""
    found = []
    for name in names:
        free = name
        while free in taken:
            free += " (placed)"
        taken.add(free)
        found.append(free)
    return found


def _clusters(base: "pd.DataFrame", rows: "np.ndarray", chosen: MapOptions) -> list[str]:
    from ...embeddings.audio.sounds.sound_words import name_sound_groups
    from ...embeddings.clusters import cluster_rows

    n_classes = base["class"].nunique()
    usual = n_classes if n_classes > 1 else round((len(base) / 2) ** 0.5)
    count = chosen.n_clusters or max(1, min(usual, _MOST_CLUSTERS, len(base)))
    codes = cluster_rows(rows, count, random_state=chosen.seed)
    names = name_sound_groups(
        codes, {key: base[key].to_numpy() for key in base if base[key].dtype == "float64"}
    )
    return [names[code] for code in codes]


def _nearest_value(rows: "np.ndarray", later: "np.ndarray", values: Sequence[str]) -> list[str]:
    from sklearn.neighbors import NearestNeighbors

    nearest = (
        NearestNeighbors(n_neighbors=1, algorithm="brute").fit(rows).kneighbors(later, return_distance=False)
    )
    return [values[int(at)] for at in nearest[:, 0]]


def _players(
    table: "pd.DataFrame",
    folders: Sequence[Path | None],
    chosen: MapOptions,
    *,
    n_jobs: int,
    on_progress: ProgressCallback | None,
) -> dict[str, bytes]:
    """Return the beginnings of sounds, placed ones first, the others in a drawn order, up to the weight allowed."""
    import numpy as np

    from ...core.executors.local import map_ordered

    if chosen.sound_mb <= 0:
        return {}
    paths = {f.track_id: f.path for f in sound_files(folders[0])[0]} if folders[0] else {}
    more = {f.track_id: f.path for f in sound_files(folders[1])[0]} if folders[1] else {}
    order = np.random.default_rng(chosen.seed).permutation(len(table))
    order = sorted(order, key=lambda at: -int(table["source"].iat[at]))
    where = [(paths, more)[table["source"].iat[at]].get(table["file"].iat[at], "") for at in order]
    jobs = n_jobs if len(order) > 50 * n_jobs else 1
    found: dict[str, bytes] = {}
    weight = 0
    for done, (at, sound) in enumerate(
        zip(order, map_ordered(partial(_mp3), where, n_jobs=jobs), strict=False)
    ):
        weight += len(sound)
        if weight > chosen.sound_mb * 1e6:
            break
        if sound:
            found[table["track_id"].iat[at]] = sound
        report(on_progress, "making sounds small", done + 1, len(order), "sounds")
    return found


def _mp3(path: str) -> bytes:
    from ...embeddings.audio.files.players import beginning_as_mp3

    try:
        return beginning_as_mp3(path)
    except (BandscapeError, RuntimeError, OSError, ValueError, TypeError):
        return b""


def _figures(sounds: SoundTable, places: dict[str, _Placed]) -> dict[str, dict[str, float | None]]:
    from ...embeddings.audio.sounds.label_neighbors import neighbor_accuracy

    classes = sounds.tracks["class"].to_pylist()
    return {
        name: {
            "knn": known(neighbor_accuracy(one.rows, classes)),
            "map_knn": known(neighbor_accuracy(one.layout.coordinates, classes)),
            "trustworthiness": known(one.layout.trustworthiness),
        }
        for name, one in places.items()
    }


def _outlines(sounds: SoundTable, later: SoundTable | None) -> "np.ndarray":
    import numpy as np

    return sounds.outlines if later is None else np.vstack([sounds.outlines, later.outlines])


def _write_page(
    page: Path,
    table: "pd.DataFrame",
    shown: _Placed,
    heard: dict[str, bytes],
    figures: dict[str, dict[str, float | None]],
    chosen: MapOptions,
    outlines: "np.ndarray",
) -> None:
    import numpy as np

    from ...viz import sound_map
    from ...viz.neighbors import exact_neighbors

    everything = np.vstack([shown.rows, shown.later_rows])
    count = min(_NEAR, len(everything) - 1)
    near = exact_neighbors(everything, count)[0] if count else np.empty((len(everything), 0), np.int64)
    rows = [
        {"name": said, "shown": name == chosen.features, **figures[name]}
        for name, said in FEATURE_SETS.items()
    ]
    has_classes = any(one["knn"] is not None for one in rows)
    says = _SAYS_NEIGHBORS + _SAYS_TRUST if has_classes else _SAYS_TRUST
    made = sound_map(
        table, shown.layout, near, placed=shown.later_places, players=heard, outlines=outlines, figures=rows,
        figures_say=says, title=chosen.title or "Sounds", features=FEATURE_SETS[chosen.features],
    )  # fmt: skip
    write_page(made, page)


def _facts(
    sounds: SoundTable,
    later: SoundTable | None,
    figures: dict[str, dict[str, float | None]],
    chosen: MapOptions,
    page: Path,
    own: Path,
    n_heard: int,
) -> dict[str, Any]:
    from ...embeddings.audio.sounds.label_neighbors import commonest_share

    by_set = {
        what: {name: one[what] for name, one in figures.items()}
        for what in ("knn", "map_knn", "trustworthiness")
    }
    return {
        "sounds": sounds.tracks.num_rows,
        "quarantined": sounds.quarantine.num_rows + (0 if later is None else later.quarantine.num_rows),
        "placed": 0 if later is None else later.tracks.num_rows,
        "heard": n_heard,
        "unmatched_labels": len(sounds.unmatched),
        "knn": by_set["knn"],
        "chance": known(commonest_share(sounds.tracks["class"].to_pylist())),
        "map_knn": by_set["map_knn"],
        "trustworthiness": figures[chosen.features]["trustworthiness"],
        "trustworthiness_by_features": by_set["trustworthiness"],
        "features": chosen.features,
        "page": str(page),
        "model": str(own),
    }
