"""Topic sampling against tomotopy: tokens per second on one and two threads, and quality at equal sweeps.

Both get the same token ids: the Pitchfork reviews as ``bandscape`` prepares them, or the AP corpus where those are not
in the data folder. Speeds are taken in alternation; a figure is the best of its repeats (other processes can only slow
one down) and a ratio the median of the rounds' own ratios, with their range. Quality is document-completion
perplexity of reviews held out of both fits, computed by one scorer from each model's word distributions and alpha.

Run ``python benchmarks/bench_lda.py``; the data folder is ``BANDSCAPE_DATA`` or ``../shared/data``.
"""

import os
import statistics
import tarfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import tomotopy
from scipy.sparse import csr_matrix

from bandscape.datasets import prepare_text, read_reviews
from bandscape.topics import KeywordLDA
from bandscape.topics.inference import completion_log_likelihood, infer_mixtures, split_documents
from bandscape.topics.keywords import make_free_topics
from bandscape.topics.priors import make_classic_priors
from bandscape.topics.sampler import BlockSampler

N_ROUNDS, SWEEPS_PER_ROUND, N_WARM_UP, SCALING_ROUNDS = 5, 3, 20, 30
QUALITY_TOPICS, QUALITY_SWEEPS, QUALITY_SEEDS = 50, 100, (0, 1, 2)
ALPHA, BETA = 0.1, 0.01


def read_counts(data_dir: Path) -> tuple[csr_matrix, str]:
    """Return the counts of the benchmark's corpus, and its name."""
    source = data_dir / "pitchfork" / "pitchfork.sqlite.xz"
    if source.exists():
        reviews = read_reviews(source).reviews
        reviews = reviews[reviews["text"].notna()]
        prepared = prepare_text(
            reviews["review_id"].tolist(), reviews["text"].tolist(), n_jobs=os.cpu_count() or 1
        )
        return prepared.counts, "Pitchfork"
    with tarfile.open(data_dir / "ap_lda" / "ap.tgz") as archive:
        stored = archive.extractfile("ap/ap.dat")
        assert stored is not None
        rows = [line.split()[1:] for line in stored.read().decode().splitlines()]
    pairs = [[int(number) for number in pair.split(":")] for row in rows for pair in row]
    words, values = np.array(pairs).T
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    return csr_matrix((values.astype(np.int32), words, indptr)), "AP"


def our_sampler(counts: csr_matrix, n_topics: int, n_jobs: int) -> BlockSampler:
    word_counts = np.asarray(counts.sum(axis=0)).ravel()
    priors = make_classic_priors(
        make_free_topics(n_topics), {}, word_counts, doc_topic_prior=ALPHA, topic_word_prior=BETA
    )
    sampler = BlockSampler(counts, priors, seed=0, n_jobs=n_jobs, is_exact=False)
    sampler.start(1.0)
    return sampler


def peer_model(counts: csr_matrix, n_topics: int, seed: int, optim_interval: int) -> tomotopy.LDAModel:
    model = tomotopy.LDAModel(k=n_topics, alpha=ALPHA, eta=BETA, seed=seed)
    model.optim_interval = optim_interval
    for row in range(counts.shape[0]):
        part = slice(counts.indptr[row], counts.indptr[row + 1])
        words = np.repeat(counts.indices[part], counts.data[part])
        if len(words):
            model.add_doc([str(word) for word in words])
    return model


def peer_train(model: tomotopy.LDAModel, n_sweeps: int, workers: int) -> None:
    scheme = tomotopy.ParallelScheme.NONE if workers == 1 else tomotopy.ParallelScheme.DEFAULT
    model.train(n_sweeps, workers=workers, parallel=scheme)


def seconds(function: Any) -> tuple[float, float]:
    """Return (wall, processor) seconds of a call."""
    wall, cpu = time.perf_counter(), time.process_time()
    function()
    return time.perf_counter() - wall, time.process_time() - cpu


def measure_speed(counts: csr_matrix, n_topics: int, corpus: str) -> list[dict]:
    """Time sweeps of both, one and two threads, in alternation."""
    ours = {n_jobs: our_sampler(counts, n_topics, n_jobs) for n_jobs in (1, 2)}
    peers = {workers: peer_model(counts, n_topics, 1, optim_interval=0) for workers in (1, 2)}
    numbers = iter(range(1, 10**6))

    def run_ours(n_jobs: int, n_sweeps: int) -> None:
        for _ in range(n_sweeps):
            ours[n_jobs].sweep(next(numbers), 1.0)

    for n in (1, 2):
        run_ours(n, N_WARM_UP)
        peer_train(peers[n], N_WARM_UP, n)
    times: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for _ in range(N_ROUNDS):
        for n in (1, 2):
            times.setdefault(("ours", n), []).append(seconds(lambda n=n: run_ours(n, SWEEPS_PER_ROUND)))
            times.setdefault(("peer", n), []).append(
                seconds(lambda n=n: peer_train(peers[n], SWEEPS_PER_ROUND, n))
            )
    per_token = 1e9 / (SWEEPS_PER_ROUND * int(counts.sum()))
    # one thread: processor time, which a busy machine disturbs least; two threads: the clock on the wall
    nanoseconds = {key: [pair[key[1] == 1] * per_token for pair in pairs] for key, pairs in times.items()}
    name = f"{corpus}, K={n_topics}"
    rows = []
    for n, word in ((1, "one thread"), (2, "two threads")):
        ratios = [
            peer / our for our, peer in zip(nanoseconds["ours", n], nanoseconds["peer", n], strict=True)
        ]
        rows.append(
            {
                "name": f"{name}, {word}",
                "value": min(nanoseconds["ours", n]),
                "unit": "ns/token/sweep",
                "peer": f"tomotopy {min(nanoseconds['peer', n]):.1f}",
                "ratio": statistics.median(ratios),
                "note": f"{spread(ratios)} over {N_ROUNDS} rounds, {'processor' if n == 1 else 'wall'} time",
            }
        )
    return rows


def measure_scaling(counts: csr_matrix, n_topics: int, corpus: str) -> list[dict]:
    """Time single sweeps of one thread, of two, and of two samplers at once that share nothing.

    The last is what the machine itself allows: twice the work of one sampler, without a word between the threads.
    """
    one, two, other = (our_sampler(counts, n_topics, n_jobs) for n_jobs in (1, 2, 1))
    numbers = iter(range(1, 10**6))

    def sweep(sampler: BlockSampler) -> None:
        sampler.sweep(next(numbers), 1.0)

    def sweep_both() -> None:
        threads = [threading.Thread(target=sweep, args=(sampler,)) for sampler in (one, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    for _ in range(N_WARM_UP):
        for sampler in (one, two, other):
            sweep(sampler)
    walls: dict[str, list[float]] = {"one": [], "two": [], "both": []}
    for _ in range(SCALING_ROUNDS):
        walls["one"].append(seconds(lambda: sweep(one))[0])
        walls["two"].append(seconds(lambda: sweep(two))[0])
        walls["both"].append(seconds(sweep_both)[0])
    best = {name: min(times) for name, times in walls.items()}
    gains = sorted(single / double for single, double in zip(walls["one"], walls["two"], strict=True))
    quarters = statistics.quantiles(gains, n=4)
    return [
        {
            "name": f"{corpus}, K={n_topics}, two threads over one",
            "value": best["one"] / best["two"],
            "unit": "x",
            "peer": f"two samplers that share nothing: {2 * best['one'] / best['both']:.2f}",
            "ratio": best["both"] / best["two"] / 2,
            "note": f"best of {SCALING_ROUNDS} sweeps each, in turns, wall time (median of pairs {quarters[1]:.2f}, "
            f"middle half {quarters[0]:.2f} to {quarters[2]:.2f}); states equal: {states_are_equal(counts, n_topics)}",
        }
    ]


def spread(ratios: list[float]) -> str:
    return f"{min(ratios):.2f} to {max(ratios):.2f}"


def states_are_equal(counts: csr_matrix, n_topics: int) -> bool:
    """Return whether one and two threads leave every token with the same topic."""
    states = []
    for n_jobs in (1, 2):
        sampler = our_sampler(counts, n_topics, n_jobs)
        sampler.sweep(1, 1.0)
        states.append(sampler.topics.tobytes())
    return states[0] == states[1]


def perplexity(topic_word: np.ndarray, alpha: np.ndarray, test: csr_matrix) -> float:
    """Score word distributions and an alpha on held-out documents: the one scorer both models get."""
    observed, held_out = split_documents(test, np.random.default_rng(7))
    mixtures = infer_mixtures(observed, topic_word, alpha, n_jobs=2)
    return float(np.exp(-completion_log_likelihood(held_out, mixtures, topic_word)))


def peer_topic_word(model: tomotopy.LDAModel, n_words: int) -> np.ndarray:
    """Return tomotopy's word distributions over our columns, its prior eta added."""
    counts = np.zeros((model.k, n_words))
    columns = [int(word) for word in model.used_vocabs]
    totals = np.asarray(model.get_count_by_topics(), float)
    for topic in range(model.k):
        counts[topic, columns] = model.get_topic_word_dist(topic, normalize=False)
        counts[topic] *= totals[topic] / max(counts[topic].sum(), 1e-300)
    return (counts + BETA) / (counts + BETA).sum(axis=1, keepdims=True)


def measure_quality(counts: csr_matrix, corpus: str) -> list[dict]:
    """Fit both on nine tenths of the documents with equal sweeps; score the rest."""
    order = np.random.default_rng(0).permutation(counts.shape[0])
    n_test = counts.shape[0] // 10
    test, train = counts[order[:n_test]], counts[order[n_test:]]
    scores: dict[str, list[float]] = {"ours": [], "peer": [], "ours s": [], "peer s": []}
    for seed in QUALITY_SEEDS:
        model = KeywordLDA(
            n_topics=QUALITY_TOPICS, doc_topic_prior=ALPHA, topic_word_prior=BETA, n_sweeps=QUALITY_SWEEPS,
            n_samples=QUALITY_SWEEPS // 4, random_state=seed,
        )  # fmt: skip
        scores["ours s"].append(seconds(lambda model=model: model.fit(train))[1])
        scores["ours"].append(perplexity(model.topic_word_, model.doc_prior_, test))
        peer = peer_model(train, QUALITY_TOPICS, seed + 1, optim_interval=10)
        scores["peer s"].append(seconds(lambda peer=peer: peer_train(peer, QUALITY_SWEEPS, 1))[1])
        alpha = np.asarray(peer.alpha, float)
        scores["peer"].append(perplexity(peer_topic_word(peer, counts.shape[1]), alpha, test))
    ratios = [peer / our for our, peer in zip(scores["ours"], scores["peer"], strict=True)]
    times = [peer / our for our, peer in zip(scores["ours s"], scores["peer s"], strict=True)]
    name = f"{corpus}, K={QUALITY_TOPICS}, {QUALITY_SWEEPS} sweeps"
    return [
        {
            "name": f"{name}, perplexity (less is better)",
            "value": statistics.median(scores["ours"]),
            "unit": "",
            "peer": f"tomotopy, alpha optimized, {statistics.median(scores['peer']):.0f}",
            "ratio": statistics.median(ratios),
            "note": f"{spread(ratios)} over {len(ratios)} seeds; {n_test} held-out documents, one scorer",
        },
        {
            "name": f"{name}, fit on one thread",
            "value": statistics.median(scores["ours s"]),
            "unit": "s",
            "peer": f"tomotopy {statistics.median(scores['peer s']):.1f} s",
            "ratio": statistics.median(times),
            "note": f"{spread(times)} over {len(times)} seeds, processor time",
        },
    ]


def run(data_dir: Path) -> list[dict]:
    counts, corpus = read_counts(data_dir)
    counts = counts[np.asarray(counts.sum(axis=1)).ravel() > 0]
    rows = []
    for n_topics in (50, 200):
        rows += measure_speed(counts, n_topics, corpus)
        rows += measure_scaling(counts, n_topics, corpus)
    return rows + measure_quality(counts, corpus)


def main() -> None:
    """Print the figures."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    for row in run(Path(os.environ.get("BANDSCAPE_DATA", default))):
        value = f"{row['value']:9.2f} {row['unit']:<15}"
        print(f"{row['name']:<52} {value} {row['peer']:<36} {row['ratio']:.2f}  {row['note']}")


if __name__ == "__main__":
    main()
