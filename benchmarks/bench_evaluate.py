"""What artist vectors are worth on the real Pitchfork artists, losses included: the table of docs/artists.md.

Ours (`Artist2Vec()` as it is) beside one-hot kNN, TruncatedSVD and gensim's Word2Vec, all told the same columns:
genres, mean scores, years, labels, reviewers. A probe holds its column out of all of them. Medians over five seeds
(gensim's over two) with their range; every figure has its chance level and the 95 % interval over artists of the
median seed.

Contexts were chosen on half of the artists (`tuned`); the other half is asked about here, with other seeds. Artists
that were never trained are placed by album-mean audio features of a streaming service; each seed splits them anew.

Run ``python -m benchmarks evaluate``, in slices with ``BANDSCAPE_SLICE_S=200``: a seed of one method is a part, of 15
to 40 processor seconds, gensim's some five minutes. ``python -m benchmarks.bench_evaluate [SEED ...] [METHOD ...]``
measures some of them and prints the table of the docs from these.
"""

import dataclasses
import functools
import os
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bandscape.core.files import sha256_of
from bandscape.datasets import read_reviews
from bandscape.embeddings import (
    Artist2Vec,
    Figure,
    cold_start_figures,
    default_contexts,
    evaluate,
    rival_methods,
)
from bandscape.embeddings.cold_start import learn_jointly
from bandscape.embeddings.rivals import Method
from benchmarks.bench_cold_start import album_means
from benchmarks.slices import SliceOver, Slices

SEEDS = (100, 101, 102, 103, 104)  # smaller ones were looked at while choosing
COLUMNS = ("genres", "mean_score", "years", "labels", "authors")
METHODS = ("bandscape", "one-hot", "TruncatedSVD", "gensim Word2Vec")
SEEDS_OF = {"gensim Word2Vec": SEEDS[:2]}  # five minutes of processor a seed, and far from the others at each
NAMES = {
    "genre_at_10": "genre@10 (told)",
    "algebra_strict": "genre algebra: g2 and not g1 (told)",
    "algebra_g1_left": "genre algebra: g1 left over (less is better)",
    "score_rho": "order of scores within a genre, rho (told)",
    "label_at_10": "label@10 (held out)",
    "half_decade_at_10": "half-decade@10 (held out)",
    "author_at_10": "same reviewer@10 (held out)",
    "cold_genre_at_10": "genre@10 of artists never trained",
    "cold_in_common_at_10": "share of genres in common, artists never trained",
    "cold_kernel_ridge_at_10": "genre@10 by kernel ridge, fitted afterwards",
    "cold_shuffled_at_10": "... by shuffled features",
    "cold_raw_at_10": "... nearest by the features themselves",
    "cold_commonest_at_10": "... always the commonest genre",
    "cold_fixed_at_10": "... always the same ten artists",
    "cold_in_common_fixed_at_10": "share in common of always the same ten artists",
    "seed_overlap_at_10": "ten nearest that two seeds agree on",
    "train_s": "training, processor seconds",
}
LESS_IS_BETTER = ("algebra_g1_left", "train_s")
OF_NO_VECTORS = (
    "cold_raw_at_10",
    "cold_commonest_at_10",
    "cold_fixed_at_10",
    "cold_in_common_fixed_at_10",
)
ASKING = ("evaluation", "quality", "cold_start", "genre_likeness", "side_")
OURS = (
    "artist2vec",
    "context",
    "joint_",
    "losses",
    "memberships",
    "nce",
    "pair_draws",
    "recipes",
    "training",
)
RIVALS = ("memberships", "rivals")


@functools.cache
def load_artists(data_dir: Path) -> pd.DataFrame:
    return read_reviews(data_dir / "pitchfork" / "pitchfork.sqlite.xz").artists


def tuned(n_artists: int) -> np.ndarray:
    """The artists that were asked about while contexts were chosen; never asked about here."""
    return np.random.default_rng(123).random(n_artists) < 0.5


def methods(artists: pd.DataFrame) -> dict[str, Method]:
    """Ours and the rivals, each as a callable of what it is not told and of a seed."""
    rivals = rival_methods(artists, columns=COLUMNS)
    found = {"bandscape": lambda without, seed: fit_ours(artists, without, seed), **rivals}
    return {name: found[name] for name in METHODS}


def fit_ours(artists: pd.DataFrame, without: tuple[str, ...], seed: int) -> np.ndarray:
    contexts = [c for c in default_contexts() if {c.column, getattr(c, "near", None)}.isdisjoint(without)]
    return Artist2Vec(contexts=contexts, random_state=seed).fit(artists).vectors_.matrix


def timed(method: Method, spent: list[float]) -> Method:
    """The same method; the processor time of each fit is added to ``spent``."""

    def fit(without: tuple[str, ...], seed: int) -> np.ndarray:
        started = time.process_time()
        vectors = np.asarray(method(without, seed), np.float32)
        spent.append(time.process_time() - started)
        return vectors

    return fit


def measure(data_dir: Path, seed: int, name: str) -> list[Figure]:
    """All figures of one method with one seed."""
    artists = load_artists(data_dir)
    spent: list[float] = []
    method = {name: timed(methods(artists)[name], spent)}
    figures = evaluate(artists, method, asked=~tuned(len(artists)), random_state=seed)
    figures.append(Figure(name, "train_s", spent[0], spent[0], spent[0], float("nan"), len(artists)))
    features = album_means(data_dir / "audio_features" / "p4kxspotify_cleaned.csv.gz")
    learner = {name: lambda frame, seed: methods(frame)[name]((), seed)}
    jointly = learn_jointly(Artist2Vec()) if name == METHODS[0] else None
    figures += cold_start_figures(
        artists, [features], learner, jointly=jointly, n_splits=1, random_state=seed
    )
    return [figure for figure in figures if name == METHODS[0] or figure.name not in OF_NO_VECTORS]


def part(data_dir: Path, seed: int, name: str) -> list[Figure]:
    """The figures of one method with one seed."""
    slices = slices_of(data_dir, name)
    found = slices.part(
        f"{seed} {name}", lambda: [as_record(figure) for figure in measure(data_dir, seed, name)]
    )
    return [Figure(**{field: as_number(value) for field, value in one.items()}) for one in found]


@functools.cache
def slices_of(data_dir: Path, name: str) -> Slices:
    """The parts of a method, which depend on its code, on how it is asked, and on the data."""
    kinds = (*ASKING, *(OURS if name == METHODS[0] else RIVALS))
    data = sha256_of(data_dir / "pitchfork" / "pitchfork.sqlite.xz")
    return Slices("evaluate", sources=[f"embeddings/{kind}*.py" for kind in kinds], about=[name, data])


def as_record(figure: Figure) -> dict[str, Any]:
    """The fields of a figure; JSON has no NaN."""
    fields = dataclasses.asdict(figure)
    return {name: None if value != value else value for name, value in fields.items()}


def as_number(value: Any) -> Any:
    return float("nan") if value is None else value


Found = dict[tuple[str, str], list[Figure]]


def gather(data_dir: Path, seeds: Sequence[int] = SEEDS, names: Sequence[str] = METHODS) -> Found:
    """All figures, by name and method: one a seed."""
    found: Found = {}
    for seed in seeds:
        for name in names:
            if seed not in SEEDS_OF.get(name, SEEDS):
                continue
            for figure in part(data_dir, seed, name):
                found.setdefault((figure.name, name), []).append(figure)
    return found


def run(data_dir: Path) -> list[dict[str, Any]]:
    found = gather(data_dir)
    return [as_row(name, found) for name in NAMES]


def as_row(name: str, found: Found) -> dict[str, Any]:
    """One row for the results: ours, the best of the peers' medians as the ratio."""
    peers = {method: middle(found[name, method]) for method in METHODS[1:] if (name, method) in found}
    ours = middle(found[name, "bandscape"])
    best = (min if name in LESS_IS_BETTER else max)((one.value for one in peers.values()), default=None)
    values = [figure.value for figure in found[name, "bandscape"]]
    ratio = None
    if best and ours.value and name not in ("seed_overlap_at_10", "train_s"):
        ratio = float(best / ours.value if name in LESS_IS_BETTER else ours.value / best)
    chance = "" if np.isnan(ours.chance) else f"chance {ours.chance:.3f}; "
    return {
        "name": NAMES[name],
        "value": ours.value,
        "unit": "s" if name == "train_s" else "",
        "peer": "; ".join(f"{method} {spread(found[name, method])}" for method in peers),
        "ratio": ratio,
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


def markdown(found: Found) -> str:
    """The table of the docs: the median seed's value and interval over artists, the best in bold."""
    shown = [name for name in METHODS if ("genre_at_10", name) in found]
    lines = ["| | chance | " + " | ".join(shown) + " |", "|---|---:|" + "---:|" * len(shown)]
    for name, words in NAMES.items():
        each = {method: middle(found[name, method]) for method in shown if (name, method) in found}
        if not each:  # asked of ours alone
            continue
        values = [figure.value for figure in each.values()]
        best = min(values) if name in LESS_IS_BETTER else max(values)
        cells = [cell(each[one], best, alone=len(each) == 1) if one in each else "" for one in shown]
        chance = next(iter(each.values())).chance
        lines.append(
            f"| {words} | {'' if np.isnan(chance) else f'{chance:.3f}'} | " + " | ".join(cells) + " |"
        )
    return "\n".join(lines)


def cell(figure: Figure, best: float, *, alone: bool) -> str:
    half = (figure.high - figure.low) / 2
    text = f"{figure.value:.1f}" if figure.name == "train_s" else f"{figure.value:.3f} ±{half:.3f}"
    return f"**{text}**" if figure.value == best and not alone else text


def main(wanted: list[str]) -> None:
    default = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    unknown = [word for word in wanted if word not in (*map(str, SEEDS), *METHODS)]
    if unknown:
        sys.exit(
            f"error: no {unknown[0]!r}; there are seeds {', '.join(map(str, SEEDS))} and {', '.join(METHODS)}"
        )
    seeds = [seed for seed in SEEDS if str(seed) in wanted] or SEEDS
    names = [name for name in METHODS if name in wanted] or METHODS
    try:
        print(markdown(gather(Path(os.environ.get("BANDSCAPE_DATA", default)), seeds, names)))
    except SliceOver as over:
        sys.exit(f"{over}; run the same command again")


if __name__ == "__main__":
    main(sys.argv[1:])
