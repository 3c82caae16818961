"""How fast artist vectors are trained and what they keep, on the real Pitchfork artists.

The aims: after at most 20 s of training on two cores genre@10 of .95 and more (chance and one-hot genres beside
it), arithmetic on genres that removes the genre it subtracts, near scores near; and more pairs a second than
gensim's Word2Vec on the same pairs. Speed is wall time of the training loop alone, runs alternate; the cost of
importing TensorFlow and compiling is its own row. Quality is measured with three seeds.

Run ``python benchmarks/bench_artists.py [--designs]``; the data folder is ``BANDSCAPE_DATA`` or
``../shared/data``. ``--designs`` also measures other choices of contexts (a minute more).
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bandscape.datasets import read_reviews
from bandscape.embeddings import (
    Artist2Vec,
    ArtistPairs,
    GroupTokens,
    NumberTokens,
    default_contexts,
    genre_at_k,
    genre_matrix,
    index_contexts,
    measure,
    one_hot,
)
from bandscape.embeddings.artist2vec import plan_training
from bandscape.embeddings.nce import NceTrainer
from benchmarks.rows import row

SEEDS = (0, 1, 2)
N_ROUNDS = 3
GENSIM_PAIRS = 2_000_000
N_NEGATIVES = 8
DIM = 64
GENRES, SCORE = GroupTokens("genres"), NumberTokens("mean_score", n_buckets=20, window=4)
DESIGNS: dict[str, tuple[dict[str, Any], Sequence[Any]]] = {
    "default": ({}, default_contexts()),
    "default, no pull to zero": ({"l2": 0.0}, default_contexts()),
    "default, half the pull": ({"l2": 0.1}, default_contexts()),
    "default, negative sampling": ({"loss": "negative_sampling"}, default_contexts()),
    "genre tokens": ({}, (GENRES,)),
    "genre + score tokens": ({}, (GENRES, SCORE)),
    "genre + score tokens, no pull": ({"l2": 0.0}, (GENRES, SCORE)),
    "genre x score pairs": ({}, (ArtistPairs("genres"),)),
    "genre x score pairs, no pull": ({"l2": 0.0}, (ArtistPairs("genres"),)),
    "genre + score tokens, pairs": ({}, (GENRES, SCORE, ArtistPairs("genres", weight=0.5))),
    "default without authors": ({}, default_contexts()[:-1]),
    "all alike": (
        {},
        (
            GENRES,
            SCORE,
            ArtistPairs("genres", weight=0.5),
            NumberTokens("years", n_buckets=18, window=2),
            GroupTokens("labels"),
            GroupTokens("authors"),
        ),
    ),
}
IMPORT = (
    "import time; t = time.perf_counter(); "
    "from bandscape.embeddings.devices import load_tensorflow; tf = load_tensorflow(); tf.constant(1.0); "
    "print(time.perf_counter() - t)"
)


def run(data_dir: Path, *, designs: bool = False) -> list[dict[str, Any]]:
    artists = read_reviews(data_dir / "pitchfork" / "pitchfork.sqlite.xz").artists
    rows = speed(artists)
    rows += start_up(artists)
    fits = [timed_fit(artists, seed) for seed in SEEDS]
    rows += quality(artists, [model for model, _ in fits], [seconds for _, seconds in fits])
    rows += coil([model for model, _ in fits])
    return rows + (compare_designs(artists) if designs else [])


# -- speed


def speed(artists: pd.DataFrame) -> list[dict[str, Any]]:
    """Training loops on the pairs of the default contexts, alternating with gensim on the same pairs."""
    model = Artist2Vec(dim=DIM, n_negatives=N_NEGATIVES)
    index = index_contexts(artists, default_contexts())
    trainer = NceTrainer(index, plan_training(model, len(index.entries), 0))
    trainer.advance(0, 8)
    sentences, names = pair_sentences(trainer, GENSIM_PAIRS // 2)
    rates: dict[str, list[float]] = {"ours": [], "gensim": []}
    for _ in range(N_ROUNDS):
        started = time.perf_counter()
        trainer.advance(8, 384)
        rates["ours"].append(384 * trainer.settings.batch_size / (time.perf_counter() - started))
        rates["gensim"].append(gensim_rate(sentences, names))
    ours, peer = (statistics.median(rates[name]) for name in ("ours", "gensim"))
    spread = ", ".join(f"{rate / 1e6:.2f}" for rate in rates["ours"])
    return [
        row(
            "training, pairs",
            ours / 1e6,
            "M/s",
            peer=f"gensim Word2Vec, the same pairs, 2 workers: {peer / 1e6:.2f}",
            ratio=ours / peer,
            note=f"dim {DIM}, {N_NEGATIVES} negatives; rounds {spread}",
        )
    ]


def pair_sentences(trainer: NceTrainer, count: int) -> tuple[list[list[str]], list[str]]:
    """Pairs as two-word sentences; gensim trains each of them in both directions."""
    drawn: list[list[str]] = []
    step = 0
    while len(drawn) < count:
        artist, output, _ = trainer.batch(step)
        drawn += [[f"a{a}", f"o{o}"] for a, o in zip(artist, output, strict=True)]
        step += 1
    return drawn[:count], sorted({word for pair in drawn[:count] for word in pair})


def gensim_rate(sentences: list[list[str]], names: list[str]) -> float:
    """Pairs a second of gensim's training loop; building its vocabulary is not counted."""
    from gensim.models import Word2Vec

    peer = Word2Vec(
        vector_size=DIM, sg=1, negative=N_NEGATIVES, window=1, min_count=1, sample=0, workers=2, seed=0
    )
    peer.build_vocab(corpus_iterable=[names])
    started = time.perf_counter()
    peer.train(corpus_iterable=sentences, total_examples=len(sentences), epochs=1)
    return 2 * len(sentences) / (time.perf_counter() - started)


def start_up(artists: pd.DataFrame) -> list[dict[str, Any]]:
    """Import in a fresh process; what the first compiled calls cost."""
    done = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True)
    index = index_contexts(artists, default_contexts())
    started = time.perf_counter()
    trainer = NceTrainer(index, plan_training(Artist2Vec(), len(index.entries), 0))
    trainer.advance(0, 1)
    trainer.loss()
    compiling = time.perf_counter() - started
    return [
        row("importing TensorFlow", float(done.stdout), "s", note="fresh process"),
        row("tracing and compiling", compiling, "s", note="once a fit; includes one step and one loss"),
    ]


# -- quality


def timed_fit(artists: pd.DataFrame, seed: int, **params: Any) -> tuple[Artist2Vec, float]:
    started = time.perf_counter()
    model = Artist2Vec(dim=DIM, random_state=seed, **params).fit(artists)
    return model, time.perf_counter() - started


def quality(artists: pd.DataFrame, models: list[Artist2Vec], seconds: list[float]) -> list[dict[str, Any]]:
    """Figures of the default model, medians over seeds, beside chance and one-hot genres."""
    figures = pd.DataFrame([measure(model.vectors_.matrix, artists) for model in models])
    plain = measure(one_hot(genre_matrix(artists["genres"])[0]), artists)
    middle = figures.median()
    chance = {
        "genre_at_10": f"chance {middle['genre_at_10_chance']:.3f}",
        "algebra_strict": f"base rate {middle['algebra_base_rate']:.3f}; "
        f"nearest to X alone {middle['algebra_nearest_to_x']:.3f}",
    }
    spread = ", ".join(f"{value:.1f}" for value in seconds)
    rows = [
        row("fit, default", statistics.median(seconds), "s", note=f"{models[0].n_pairs_:,} pairs; {spread}")
    ]
    for name in (
        "genre_at_10",
        "algebra_has_g2",
        "algebra_g1_left",
        "algebra_strict",
        "score_shared_genre",
        "score_same_genres",
    ):
        seeds = ", ".join(f"{value:.3f}" for value in figures[name])
        note = "; ".join(filter(None, [f"seeds: {seeds}", chance.get(name, "")]))
        rows.append(row(name, middle[name], "", peer=f"one-hot genres: {plain[name]:.3f}", note=note))
    return rows


def coil(models: list[Artist2Vec]) -> list[dict[str, Any]]:
    """``coil - elder ones``: share of ten answers that are rock or electronic and not experimental."""
    rows = []
    for model in models:
        answers = model.vectors_.most_similar("coil", "elder ones")
        right = [{"rock", "electronic"} & set(a.genres) and "experimental" not in a.genres for a in answers]
        shown = ", ".join(f"{a.name} ({'/'.join(a.genres)})" for a in answers[:4])
        rows.append(
            row(f"coil - elder ones, seed {model.seed_}", np.mean(np.array(right, bool)), "", note=shown)
        )
    return rows


def compare_designs(artists: pd.DataFrame) -> list[dict[str, Any]]:
    """The same figures for other contexts; medians over the seeds."""
    rows = []
    for name, (params, contexts) in DESIGNS.items():
        fits = [timed_fit(artists, seed, contexts=contexts, **params) for seed in SEEDS]
        middle = pd.DataFrame([measure(model.vectors_.matrix, artists) for model, _ in fits]).median()
        labels = statistics.median(label_at_10(artists, model) for model, _ in fits)
        note = (
            f"g1 left {middle['algebra_g1_left']:.3f}, has g2 {middle['algebra_has_g2']:.3f}, "
            f"genre@10 {middle['genre_at_10']:.3f}, rho shared genre {middle['score_shared_genre']:.3f}, "
            f"rho same genres {middle['score_same_genres']:.3f}, label@10 {labels:.3f}, "
            f"fit {statistics.median(seconds for _, seconds in fits):.1f} s"
        )
        rows.append(row(f"design: {name}", middle["algebra_strict"], "strict algebra", note=note))
    return rows


def label_at_10(artists: pd.DataFrame, model: Artist2Vec) -> float:
    """Share of the ten nearest that share a label, over artists whose label has others (not held out)."""
    labels, _ = genre_matrix(artists["labels"])
    shared = labels[:, labels.sum(axis=0) > 1]
    return genre_at_k(model.vectors_.matrix, shared, n_queries=300).value


def main() -> None:
    default = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    data_dir = Path(os.environ.get("BANDSCAPE_DATA", default))
    for result in run(data_dir, designs="--designs" in sys.argv[1:]):
        peer, ratio = result["peer"], result["ratio"]
        beside = f"  | {peer}" if peer else ""
        beside += f"  | {ratio:.2f}x" if ratio else ""
        print(
            f"{result['name']}: {result['value']:.3f} {result['unit']}{beside}  | {result['note']}",
            flush=True,
        )


if __name__ == "__main__":
    main()
