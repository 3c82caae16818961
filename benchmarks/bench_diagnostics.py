"""What judging topics costs, on the 11,083 real Pitchfork texts, and coherence against gensim's.

A model of 50 topics is fitted to the reviews less 1,000, which are held out. Both sides of a ratio get the same top
words, the same token ids and one thread; times are processor time, the best of three where they are short.

Run ``python benchmarks/bench_diagnostics.py``; the data folder is ``BANDSCAPE_DATA`` or ``../shared/data``.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from gensim.corpora import Dictionary
from gensim.models.coherencemodel import CoherenceModel
from scipy.sparse import csr_matrix

from bandscape.datasets import prepare_text, read_reviews
from bandscape.topics import KeywordLDA
from bandscape.topics.diagnostics import (
    compare_chains,
    diagnose_traces,
    fit_seeds,
    frex,
    group_documents,
    left_to_right,
    relevance,
    top_word_ids,
    topic_coherence,
    topic_differences,
    topic_shares_by,
    topic_trends,
)
from benchmarks.rows import row

N_TOPICS, N_HELD_OUT, N_CHAINS = 50, 1000, 4


def cpu_seconds(function: Callable[[], Any], repeats: int = 1) -> tuple[float, Any]:
    """Return the least processor time of some calls, and the last result."""
    times, result = [], None
    for _ in range(repeats):
        started = time.process_time()
        result = function()
        times.append(time.process_time() - started)
    return min(times), result


def gensim_coherence(top: Any, texts: list[Any], n_words: int, measure: str, window: int | None) -> Any:
    """Return gensim's coherence of each topic, one process."""
    names = [str(word) for word in range(n_words)]
    dictionary = Dictionary()
    dictionary.token2id = {name: word for word, name in enumerate(names)}
    dictionary.id2token = dict(enumerate(names))
    topics = [[names[word] for word in words] for words in top]
    if measure == "u_mass":
        bags = [
            list(zip(*map(np.ndarray.tolist, np.unique(text, return_counts=True)), strict=True))
            for text in texts
        ]
        model = CoherenceModel(topics=topics, corpus=bags, dictionary=dictionary, coherence=measure)
    else:
        model = CoherenceModel(
            topics=topics, texts=[[names[word] for word in text] for text in texts], dictionary=dictionary,
            coherence=measure, window_size=window, processes=1,
        )  # fmt: skip
    seconds, values = cpu_seconds(model.get_coherence_per_topic)
    return seconds, np.array(values)


def measure_coherence(model: KeywordLDA, counts: csr_matrix, texts: list[Any]) -> list[dict]:
    """Time ours and gensim's, in turn, and say how far they are apart."""
    top = top_word_ids(model.topic_word_, 10)
    whole = max(map(len, texts))
    rows = []
    for name, measure, reference, theirs, window in (
        ("NPMI by documents", "npmi", counts, "c_npmi", whole),
        ("UMass by documents", "u_mass", counts, "u_mass", None),
        ("C_v by windows of 110", "c_v", texts, "c_v", None),
    ):
        topic_coherence(top, reference, measure)  # compiles
        ours_s, ours = cpu_seconds(lambda r=reference, m=measure: topic_coherence(top, r, m), 3)
        theirs_s, values = gensim_coherence(top, texts, counts.shape[1], theirs, window)
        apart = f"largest difference {np.abs(ours - values).max():.1g}"
        if measure == "c_v":
            apart += f", correlation {np.corrcoef(ours, values)[0, 1]:.3f}: gensim loses repeated words of a window"
        rows.append(
            row(f"{name}, {len(top)} topics", ours_s, "s", f"gensim {theirs_s:.2f}", theirs_s / ours_s, apart)
        )
    return rows


def measure_held_out(model: KeywordLDA, test: csr_matrix) -> list[dict]:
    """Time both held-out scores, and measure how much too low the logarithm of left to right is."""
    few = test[:100]
    tokens, few_tokens = int(test.sum()), int(few.sum())

    def score(counts: csr_matrix, **options: Any) -> Any:
        return left_to_right(counts, model.topic_word_, model.doc_prior_, **options)

    score(few[:2])
    seconds, found = cpu_seconds(lambda: score(test))
    _, surer = cpu_seconds(lambda: score(few, n_particles=400, n_moves=64))
    gap = (surer - found[:100]).sum() / few_tokens
    spread = np.std([score(few, random_state=seed).sum() / few_tokens for seed in range(1, 5)])
    completion_s, perplexity = cpu_seconds(lambda: model.perplexity(test))
    return [
        row("left to right, one thread", test.shape[0] / seconds, "reviews/s",
            note=f"{test.shape[0]} reviews, {tokens:,} tokens in {seconds:.1f} s; perplexity"
            f" {np.exp(-found.sum() / tokens):,.0f}"),
        row("... log p a token below that of 8 x the particles, 4 x the moves", gap, "nats", note="100 reviews"),
        row("... standard deviation over seeds", float(spread), "nats/token", note="the same 100 reviews, 4 seeds"),
        row("document completion", test.shape[0] / completion_s, "reviews/s", note=f"perplexity {perplexity:,.0f}"),
    ]  # fmt: skip


def measure_chains(model: KeywordLDA, counts: csr_matrix) -> list[dict]:
    """Fit further chains and compare them."""
    started = time.perf_counter()
    others = fit_seeds(model, counts, range(1, N_CHAINS), n_jobs=2)
    wall = time.perf_counter() - started
    models = [model, *others]
    seconds, chains = cpu_seconds(lambda: compare_chains(models))
    table = chains.topics_table()
    found = diagnose_traces([one.trace_ for one in models])
    return [
        row(f"{N_CHAINS - 1} further chains, two threads", wall, "s", note=f"{model.n_sweeps} sweeps each"),
        row(f"matching and comparing {N_CHAINS} chains", seconds, "s"),
        row("... topics alike in all (mean cosine from 0.7)", int(table["is_stable"].sum()), f"of {len(table)}",
            note=f"{table['share'][table['is_stable']].sum():.0%} of the tokens; mean"
            f" {table['stability'].mean():.2f}"),
        row("... R-hat of the log-likelihood", found.rhat, "", note=f"{found.n_draws} sweeps at the final temperature;"
            f" {found.climb:+.4f} a token in 100 sweeps; chains' means differ by {np.ptp(found.chain_means):.4f}"),
    ]  # fmt: skip


def measure_tables(model: KeywordLDA, counts: csr_matrix, reviews: Any) -> list[dict]:
    """Time rankings of words and summaries by groups."""
    word_counts = np.asarray(counts.sum(axis=0)).ravel()
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    rows = [
        row("FREX", cpu_seconds(lambda: frex(model.topic_word_, word_counts=word_counts), 3)[0], "s"),
        row("relevance", cpu_seconds(lambda: relevance(model.topic_word_, word_counts), 3)[0], "s"),
    ]
    for by in ("genre", "year", "score", "author"):
        groups = group_documents(reviews, by)
        seconds, table = cpu_seconds(lambda g=groups: topic_shares_by(model.doc_topic_, g, lengths), 3)
        rows.append(row(f"topic shares by {by}", seconds, "s", note=f"{table['group'].nunique()} groups"))
    genres = group_documents(reviews, "genre")
    seconds, tests = cpu_seconds(lambda: topic_differences(model.doc_topic_, genres))
    note = f"1,999 permutations; {int((tests['p_adjusted'] < 0.05).sum())} topics differ, adjusted"
    rows.append(row("test of difference between genres", seconds, "s", note=note))
    years = [np.nan if year is None else year for year in group_documents(reviews, "year")]
    seconds, tests = cpu_seconds(lambda: topic_trends(model.doc_topic_, years))
    note = f"{int((tests['p_adjusted'] < 0.05).sum())} topics grow or shrink, adjusted"
    return [*rows, row("trends over years", seconds, "s", note=note)]


def run(data_dir: Path) -> list[dict]:
    reviews = read_reviews(data_dir / "pitchfork" / "pitchfork.sqlite.xz").reviews
    reviews = reviews[reviews["text"].notna()]
    ids, bodies = reviews["review_id"].tolist(), reviews["text"].tolist()
    prepared = prepare_text(ids, bodies, n_jobs=os.cpu_count() or 1)
    kept = np.flatnonzero(np.diff(prepared.counts.indptr))
    shuffled = np.random.default_rng(0).permutation(kept)
    test, train = np.sort(shuffled[:N_HELD_OUT]), np.sort(shuffled[N_HELD_OUT:])
    counts = prepared.counts[train]
    texts = [np.asarray(words) for words in prepared.tokens["word_ids"].to_numpy()[train]]
    model = KeywordLDA(n_topics=N_TOPICS, n_jobs=2).fit(counts)
    return [
        *measure_coherence(model, counts, texts),
        *measure_held_out(model, prepared.counts[test]),
        *measure_tables(model, counts, reviews.iloc[train]),
        *measure_chains(model, counts),
    ]


def main() -> None:
    """Print the figures."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    for line in run(Path(os.environ.get("BANDSCAPE_DATA", default))):
        ratio = f"{line['ratio']:.1f}x" if line["ratio"] else ""
        value = f"{line['value']:>10.4g} {line['unit']:<11}"
        print(f"{line['name']:<66} {value} {line['peer']:<14} {ratio:>7}  {line['note']}")


if __name__ == "__main__":
    main()
