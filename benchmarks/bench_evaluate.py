"""What artist vectors are worth on the real Pitchfork artists, losses included: the table of docs/artists.md.

Ours (`Artist2Vec()` as it is) beside one-hot kNN, TruncatedSVD and gensim's Word2Vec, all told the same columns:
genres, mean scores, years, labels, reviewers. A probe holds its column out of all of them. Medians over five seeds with
their range; every figure has its chance level and the 95 % interval over artists of the median seed.

Contexts were chosen on half of the artists (`tuned`); the other half is asked about here, with other seeds. Artists
that were never trained are placed by album-mean audio features of a streaming service, on splits of other seeds.

Run ``python -m benchmarks evaluate``.
"""

import os
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bandscape.datasets import read_reviews
from bandscape.embeddings import (
    Artist2Vec,
    Figure,
    cold_start_figures,
    default_contexts,
    evaluate,
    rival_methods,
)
from bandscape.embeddings.rivals import Method

try:
    from benchmarks.bench_cold_start import album_means
except ImportError:  # run as a script
    from bench_cold_start import album_means

SEEDS = (100, 101, 102, 103, 104)  # smaller ones were looked at while choosing
N_SPLITS = 3
COLUMNS = ("genres", "mean_score", "years", "labels", "authors")
NAMES = {
    "genre_at_10": "genre@10 (told)",
    "algebra_strict": "genre algebra: g2 and not g1 (told)",
    "algebra_g1_left": "genre algebra: g1 left over (less is better)",
    "score_rho": "order of scores within a genre, rho (told)",
    "label_at_10": "label@10 (held out)",
    "half_decade_at_10": "half-decade@10 (held out)",
    "author_at_10": "same reviewer@10 (held out)",
    "cold_genre_at_10": "genre@10 of artists never trained",
    "seed_overlap_at_10": "ten nearest that two seeds agree on",
}
LESS_IS_BETTER = ("algebra_g1_left",)


def tuned(n_artists: int) -> np.ndarray:
    """The artists that were asked about while contexts were chosen; never asked about here."""
    return np.random.default_rng(123).random(n_artists) < 0.5


def methods(artists: pd.DataFrame) -> dict[str, Method]:
    """Ours and the rivals; what was fitted once is not fitted again."""
    found: dict[str, Method] = {"bandscape": lambda without, seed: fit_ours(artists, without, seed)}
    found |= rival_methods(artists, columns=COLUMNS)
    return {name: remembered(method, seeded=name != "one-hot") for name, method in found.items()}


def fit_ours(artists: pd.DataFrame, without: tuple[str, ...], seed: int) -> np.ndarray:
    contexts = [c for c in default_contexts() if {c.column, getattr(c, "near", None)}.isdisjoint(without)]
    return Artist2Vec(contexts=contexts, random_state=seed).fit(artists).vectors_.matrix


def remembered(method: Method, *, seeded: bool) -> Method:
    """The same method; the overlap with the next seed needs what that seed is evaluated with anyway."""
    kept: dict[Any, np.ndarray] = {}

    def ask(without: tuple[str, ...], seed: int) -> np.ndarray:
        key = (without, seed if seeded else 0)
        if key not in kept:
            kept[key] = np.asarray(method(without, seed), np.float32)
        return kept[key]

    return ask


def measure(artists: pd.DataFrame, say: Callable[[str], None]) -> dict[tuple[str, str], list[Figure]]:
    """All figures, by name and method: one a seed."""
    asked, found = ~tuned(len(artists)), {}
    for name, method in methods(artists).items():  # one after the other: matrices of the groups are large
        for seed in SEEDS:
            for figure in evaluate(artists, {name: method}, asked=asked, random_state=seed):
                found.setdefault((figure.name, name), []).append(figure)
            say(f"{name}, seed {seed}")
    return found


def cold(artists: pd.DataFrame, data_dir: Path) -> list[Figure]:
    """Artists never trained, placed by sound near the vectors of each method; three splits pooled."""
    features = album_means(data_dir / "audio_features" / "p4kxspotify_cleaned.csv.gz")
    learners = {
        name: lambda frame, seed, name=name: methods(frame)[name]((), seed)
        for name in ("bandscape", "one-hot", "TruncatedSVD", "gensim Word2Vec")
    }
    return cold_start_figures(artists, [features], learners, n_splits=N_SPLITS, random_state=SEEDS[0])


def run(data_dir: Path) -> list[dict[str, Any]]:
    artists = read_reviews(data_dir / "pitchfork" / "pitchfork.sqlite.xz").artists
    found = measure(artists, lambda line: print(line, file=sys.stderr, flush=True))
    single = cold(artists, data_dir)
    for figure in single:
        found[figure.name, figure.method] = [figure]
    rows = [as_row(name, found) for name in NAMES]
    controls = [figure for figure in single if figure.name != "cold_genre_at_10"]
    return rows + [
        {"name": f"artists never trained, {figure.name.split('_')[1]}", "value": figure.value, "unit": "",
         "peer": "", "ratio": None, "note": f"{interval(figure)}; beside {figure.chance:.3f}"}
        for figure in controls
    ]  # fmt: skip


def as_row(name: str, found: dict[tuple[str, str], list[Figure]]) -> dict[str, Any]:
    """One row for the results: ours, the best of the peers' medians as the ratio."""
    peers = {method: middle(figures) for (figure, method), figures in found.items() if figure == name}
    ours = peers.pop("bandscape")
    best = (min if name in LESS_IS_BETTER else max)(figure.value for figure in peers.values())
    values = [figure.value for figure in found[name, "bandscape"]]
    ratio = best / ours.value if name in LESS_IS_BETTER else ours.value / best
    chance = "" if np.isnan(ours.chance) else f"chance {ours.chance:.3f}; "
    return {
        "name": NAMES[name],
        "value": ours.value,
        "unit": "",
        "peer": "; ".join(f"{method} {spread(found[name, method])}" for method in peers),
        "ratio": None if name == "seed_overlap_at_10" else float(ratio),
        "note": f"{chance}seeds {min(values):.3f} to {max(values):.3f}; artists {interval(ours)}, n {ours.n:,}",
    }


def middle(figures: list[Figure]) -> Figure:
    """The figure of the median seed."""
    return sorted(figures, key=lambda figure: figure.value)[len(figures) // 2]


def spread(figures: list[Figure]) -> str:
    values = [figure.value for figure in figures]
    value = f"{statistics.median(values):.3f}"
    return value if max(values) - min(values) < 5e-4 else f"{value} ({min(values):.3f} to {max(values):.3f})"


def interval(figure: Figure) -> str:
    return f"[{figure.low:.3f}, {figure.high:.3f}]"


def main() -> None:
    default = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    for row in run(Path(os.environ.get("BANDSCAPE_DATA", default))):
        print(f"| {row['name']} | {row['value']:.3f} | {row['peer']} | {row['note']} |", flush=True)


if __name__ == "__main__":
    main()
