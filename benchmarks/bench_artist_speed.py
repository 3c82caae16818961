"""How fast artist vectors are trained beside gensim on sentences, beside the tutorial's loop, and at a million artists.

The aims: three times gensim's Word2Vec (2 workers) on sentences of 40 artists and five times it at a million artists,
thirty times the tutorial's loop, and a step at a million artists that costs at most three times one at ten thousand.
Wall time of the training loops alone; the runs alternate. Artists are synthetic: one of nine genres, a score.

The training is compiled by XLA in single precision. What this is worth on the CPU is measured beside it: the same graph
without XLA, and products of bfloat16 with sums of float32 (mixed precision), with and without.

Run ``python -m benchmarks artist_speed``; ``python -m benchmarks.bench_artist_speed`` measures the options alone.
"""

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd

from bandscape.embeddings import Artist2Vec, GroupTokens, NumberTokens, index_contexts, pair_draws
from bandscape.embeddings.artist2vec import plan_training
from bandscape.embeddings.devices import load_tensorflow
from bandscape.embeddings.nce import NceTrainer, row_sums

DIM, N_NEGATIVES, SENTENCE = 64, 8, 40
N_GENRES = 9
N_ROUNDS = 3
SMALL, LARGE = 10_000, 1_000_000
STEPS = {SMALL: 64, LARGE: 32}
TUTORIAL_STEPS = 600
GENSIM_WORDS = {SMALL: 400_000, LARGE: 80_000}
CONTEXTS = (GroupTokens("genres"), NumberTokens("mean_score", n_buckets=20, window=4))


def run(data_dir: Path) -> list[dict[str, Any]]:  # noqa: ARG001 - every benchmark is called so
    ours = {size: make_trainer(size) for size in (SMALL, LARGE)}
    racers: dict[str, Callable[[], float]] = {
        "ours": lambda: our_rate(ours[SMALL], SMALL),
        "ours, 1M": lambda: our_rate(ours[LARGE], LARGE),
        "gensim, 40": gensim_racer(SMALL),
        "gensim, 40, 1M": gensim_racer(LARGE),
        "tutorial": tutorial_racer(SMALL),
    }
    rates: dict[str, list[float]] = {name: [] for name in racers}
    for _ in range(N_ROUNDS):
        for name, race in racers.items():
            rates[name].append(race())
    middle = {name: statistics.median(values) for name, values in rates.items()}
    load = f"load {os.getloadavg()[0]:.1f}"
    sentences = f"gensim, {SENTENCE}-artist sentences"
    rows = [
        row(f"pairs, {SMALL:,} artists", "ours", "gensim, 40", sentences, rates, load),
        row(f"pairs, {LARGE:,} artists", "ours, 1M", "gensim, 40, 1M", sentences, rates, load),
        row(f"pairs, {SMALL:,} artists, the tutorial", "ours", "tutorial", "the tutorial's loop", rates, load),
    ]  # fmt: skip
    batch = {size: ours[size].settings.batch_size for size in ours}
    cost = {SMALL: batch[SMALL] / middle["ours"], LARGE: batch[LARGE] / middle["ours, 1M"]}
    rows.append(
        {"name": f"a step at {LARGE:,} artists", "value": 1000 * cost[LARGE], "unit": "ms",
         "peer": f"at {SMALL:,}: {1000 * cost[SMALL]:.2f} ms", "ratio": cost[SMALL] / cost[LARGE],
         "note": f"batches of {batch[SMALL]:,} and {batch[LARGE]:,} pairs; {load}"}
    )  # fmt: skip
    return rows + options()


def options() -> list[dict[str, Any]]:
    """The default beside the other ways to run its graph on the CPU: processor time, at the small size."""
    racers = {
        "XLA, float32": make_trainer(SMALL),
        "XLA, bfloat16": make_trainer(SMALL, HalfTrainer),
        "no XLA, float32": make_trainer(SMALL, PlainTrainer),
        "no XLA, bfloat16": make_trainer(SMALL, PlainHalfTrainer),
    }
    rates: dict[str, list[float]] = {name: [] for name in racers}
    for _ in range(N_ROUNDS):
        for name, trainer in racers.items():
            started = time.process_time()
            trainer.advance(2, STEPS[SMALL])
            spent = time.process_time() - started
            rates[name].append(STEPS[SMALL] * trainer.settings.batch_size / spent)
    usual, *others = racers
    return [
        row(f"pairs a processor second, {usual}", usual, name, name, rates, f"load {os.getloadavg()[0]:.1f}")
        for name in others
    ]


class HalfTrainer(NceTrainer):
    """Products in bfloat16, vectors and their updates in float32."""

    def _gradients(self, artist: Any, output: Any, noise: Any) -> tuple[Any, ...]:
        tf, settings = self._tf, self.settings
        half, full = tf.bfloat16, tf.float32
        h32, w32 = (
            tf.gather(self._variables[side], rows) for side, rows in (("artist", artist), ("output", output))
        )
        h, w, v = (tf.cast(one, half) for one in (h32, w32, tf.gather(self._variables["output"], noise)))
        blocks = tf.reshape(h, [noise.shape[0], settings.block_size, settings.dim])
        offset = tf.constant(settings.offset, full)
        positive = tf.sigmoid(tf.cast(row_sums(tf, h * w, h.shape[1]), full) - offset) - 1.0
        negative = tf.sigmoid(tf.cast(tf.matmul(blocks, v, transpose_b=True), full) - offset)
        near, far = tf.cast(positive, half), tf.cast(negative, half)
        d_h = tf.cast(near * w + tf.reshape(tf.matmul(far, v), tf.shape(h)), full) + settings.l2 * h32
        d_w = tf.cast(near * h, full) + settings.l2 * w32
        d_v = tf.cast(tf.reshape(tf.matmul(far, blocks, transpose_a=True), [-1, settings.dim]), full)
        return d_h, d_w, d_v, positive, tf.reshape(tf.reduce_sum(negative, axis=1), [-1, 1])


class PlainTrainer(NceTrainer):
    """The same graph, run operation by operation; its random numbers are of the kind that has an operation."""

    def __init__(self, index: Any, settings: Any) -> None:
        super().__init__(index, settings)
        self._advance = self._tf.function(self._run_steps, jit_compile=False, autograph=False)

    def advance(self, first_step: int, n_steps: int) -> None:
        """Train; the first call traces the graph."""
        with mock.patch.object(pair_draws, "random_bits", philox_bits):
            super().advance(first_step, n_steps)


class PlainHalfTrainer(PlainTrainer, HalfTrainer):
    """Both."""


def philox_bits(tf: Any, seed: int, step: Any, stream: int, count: int) -> Any:
    key = tf.stack([tf.constant(seed, tf.int64), step * 2 + stream])
    return tf.random.stateless_uniform([count], key, minval=None, maxval=None, dtype=tf.uint32, alg="philox")


def row(name: str, us: str, them: str, peer: str, rates: dict[str, list[float]], load: str) -> dict[str, Any]:
    ours, theirs = statistics.median(rates[us]), statistics.median(rates[them])
    rounds = "; ".join(
        f"{who} {', '.join(f'{rate / 1e6:.3f}' for rate in rates[name])}"
        for who, name in (("ours", us), ("peer", them))
    )
    return {"name": name, "value": ours / 1e6, "unit": "M/s", "peer": f"{peer}: {theirs / 1e6:.3f}",
            "ratio": ours / theirs, "note": f"dim {DIM}; rounds {rounds}; {load}"}  # fmt: skip


def make_artists(size: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "genres": [f"g{genre}" for genre in rng.integers(0, N_GENRES, size)],
            "mean_score": np.round(rng.normal(7, 1.2, size).clip(0, 10), 1),
        }
    )


def make_trainer(size: int, kind: type[NceTrainer] = NceTrainer) -> NceTrainer:
    """A compiled trainer of full batches; both sizes take the same."""
    index = index_contexts(make_artists(size), CONTEXTS)
    model = Artist2Vec(dim=DIM, n_negatives=N_NEGATIVES, batch_size=4096)
    trainer = kind(index, plan_training(model, len(index.entries), 0))
    trainer.advance(0, 2)
    return trainer


def our_rate(trainer: NceTrainer, size: int) -> float:
    started = time.perf_counter()
    trainer.advance(2, STEPS[size])
    return STEPS[size] * trainer.settings.batch_size / (time.perf_counter() - started)


def gensim_racer(size: int) -> Callable[[], float]:
    """Sentences of 40 artists of a genre; a word is trained with up to five on either side."""
    from gensim.models import Word2Vec

    rng = np.random.default_rng(1)
    n_sentences = GENSIM_WORDS[size] // SENTENCE
    genres = rng.integers(0, N_GENRES, n_sentences)[:, None]
    drawn = rng.integers(0, size // N_GENRES, (n_sentences, SENTENCE)) * N_GENRES + genres
    sentences = [[str(artist) for artist in line] for line in drawn]
    window = 5
    peer = Word2Vec(
        vector_size=DIM, sg=1, negative=N_NEGATIVES, window=window, shrink_windows=False, min_count=1,
        sample=0, workers=2, seed=0,
    )  # fmt: skip
    peer.build_vocab(corpus_iterable=[[str(artist) for artist in range(size)]])
    pairs = n_sentences * sum(
        min(place, window) + min(SENTENCE - 1 - place, window) for place in range(SENTENCE)
    )

    def race() -> float:
        started = time.perf_counter()
        peer.train(corpus_iterable=sentences, total_examples=n_sentences, epochs=1)
        return pairs / (time.perf_counter() - started)

    return race


def tutorial_racer(size: int) -> Callable[[], float]:
    """The tutorial's training in plain TensorFlow: pairs drawn in Python, batches of 64 fed to `nce_loss`."""
    tf = load_tensorflow()
    rng = np.random.default_rng(2)
    artists = make_artists(size)
    by_genre = [group.index.to_numpy() for _, group in artists.groupby("genres")]
    by_score = [group.index.to_numpy() for _, group in artists.groupby(artists["mean_score"].round())]
    by_score = [group for group in by_score if len(group) > 1]
    vectors = tf.Variable(rng.uniform(-1, 1, (size, DIM)).astype(np.float32))
    weights = tf.Variable(tf.random.stateless_truncated_normal([size, DIM], [0, 0], stddev=1 / DIM**0.5))
    biases = tf.Variable(tf.zeros([size]))
    optimizer = tf.keras.optimizers.SGD(1.0)

    def one_pair() -> tuple[int, int]:
        groups = by_genre if rng.integers(10) < 8 else by_score
        group = groups[rng.integers(len(groups))]
        first = second = rng.integers(len(group))
        while second == first:
            second = rng.integers(len(group))
        return int(group[first]), int(group[second])

    @tf.function
    def step(artist: Any, partner: Any) -> Any:
        with tf.GradientTape() as tape:
            inputs = tf.nn.embedding_lookup(vectors, artist)
            losses = tf.nn.nce_loss(weights, biases, partner, inputs, num_sampled=16, num_classes=size)
            loss = tf.reduce_mean(losses)
        sides = [vectors, weights, biases]
        optimizer.apply_gradients(zip(tape.gradient(loss, sides), sides, strict=True))
        return loss

    def train(n_steps: int) -> None:
        for _ in range(n_steps):
            pairs = np.array([one_pair() for _ in range(64)])
            step(tf.constant(pairs[:, 0]), tf.constant(pairs[:, 1:])).numpy()

    def race() -> float:
        started = time.perf_counter()
        train(TUTORIAL_STEPS)
        return TUTORIAL_STEPS * 64 / (time.perf_counter() - started)

    train(2)
    return race


if __name__ == "__main__":
    for found in options():
        print(
            f"{found['name']}: {found['value']:.3f} {found['unit']} | {found['peer']} | {found['ratio']:.2f}"
        )
        print(f"  {found['note']}")
