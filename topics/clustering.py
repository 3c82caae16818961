"""LDA against document clustering: the same documents, the same number of groups, one table of scores.

A clustering gives each document one group; a topic model gives it shares of topics, of which the largest counts here.
Public functions: :func:`cluster_scores`, :func:`compare_clusterings`, :func:`summarize_comparison`.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix

from ..core.errors import ParameterError
from ..core.progress import ProgressCallback, report
from .blocks import shape_of
from .checking import check_counts, check_int
from .diagnostics import top_word_ids, topic_coherence
from .keywords import Topic, check_topics
from .lda import KeywordLDA
from .unigrams import MixtureOfUnigrams

SCORES = ("accuracy", "purity", "nmi", "ari", "coherence")
N_TOP = 10
"""Words a group that its coherence is judged by."""

Grouping = tuple[NDArray[np.integer], NDArray[np.floating]]
"""Group of each document, and a weight per group and word."""
Method = Callable[[csr_matrix, int], Grouping]
"""From counts and a seed to groups."""


def cluster_scores(labels: ArrayLike, groups: ArrayLike) -> dict[str, float]:
    """Compare groups with labels, whatever the groups are called.

    Parameters
    ----------
    labels : array of shape (n_docs,), int or str
        What each document is.
    groups : array of shape (n_docs,), int
        The group it was put into.

    Returns
    -------
    dict
        ``accuracy``: share of documents whose group is the one assigned to their label, one group a label, by the
        assignment that makes it largest. ``purity``: share of documents that have the most frequent label of their
        group. ``nmi``: mutual information over the mean of the two entropies. ``ari``: Rand index adjusted for
        chance. All at most 1; the last is 0 for groups made at random.

    Raises
    ------
    ParameterError
        If the lengths differ or there are no documents.

    References
    ----------
    Manning, Raghavan and Schütze (2008), Introduction to information retrieval, section 16.3. Hubert and Arabie
    (1985), Comparing partitions, Journal of Classification 2. Kuhn (1955), The Hungarian method for the assignment
    problem.
    """
    from scipy.optimize import linear_sum_assignment
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    kinds, label_of = np.unique(np.asarray(labels), return_inverse=True)
    names, group_of = np.unique(np.asarray(groups), return_inverse=True)
    if len(label_of) != len(group_of) or not len(label_of):
        raise ParameterError(
            f"labels and groups must have one entry a document; got {len(label_of)} and {len(group_of)}"
        )
    table = np.zeros((len(kinds), len(names)), np.int64)
    np.add.at(table, (label_of, group_of), 1)
    return {
        "accuracy": float(table[linear_sum_assignment(-table)].sum() / len(label_of)),
        "purity": float(table.max(axis=0).sum() / len(label_of)),
        "nmi": float(normalized_mutual_info_score(label_of, group_of)),
        "ari": float(adjusted_rand_score(label_of, group_of)),
    }


def compare_clusterings(
    counts: Any,
    labels: Iterable[Any],
    *,
    n_groups: int | None = None,
    topics: Sequence[Topic | Mapping[str, Any]] | None = None,
    vocabulary: Any = None,
    seeds: Sequence[int] = (0, 1, 2),
    n_starts: int = 5,
    n_sweeps: int = 200,
    n_jobs: int | None = 1,
    on_progress: ProgressCallback | None = None,
) -> pd.DataFrame:
    """Group labeled documents in several ways, without looking at the labels, and score every way by them.

    The ways: LDA (without keywords, classic prior), mixture of unigrams, k-means and NMF on TF-IDF weights, each
    with ``n_groups``; and LDA with keywords where ``topics`` are given (proportional prior), of which the topics that
    have keywords count.

    Parameters
    ----------
    counts : csr_matrix or array of shape (n_docs, n_words)
        Whole numbers >= 0. A document without words, or without a label, is left out.
    labels : sequence of length n_docs
        One label a document; None or NaN where it has none.
    n_groups : int, optional
        As many as there are labels when absent.
    topics : sequence of Topic or dict, optional
        Topics with keywords, see :func:`~bandscape.topics.check_topics`; needs ``vocabulary``.
    vocabulary : sequence of str or as ``KeywordLDA.fit`` takes it, optional
    seeds : sequence of int
        Every way is run once with each.
    n_starts : int
        Chains of LDA and starts of the mixture and of k-means, in each run; the one that explains the documents best
        is kept. NMF and LDA with keywords start once: their start is given.
    n_sweeps : int
        Of LDA.
    n_jobs : int or None
        Threads of LDA.
    on_progress : callable, optional
        Called after each run; a true answer stops, and the runs so far are returned.

    Returns
    -------
    pandas.DataFrame
        One row a run: ``method``, ``seed``, ``n_groups``, ``n_docs``, the scores of :func:`cluster_scores`,
        ``coherence`` (mean NPMI of the groups' ten best words within these documents) and ``seconds`` (processor time).

    Raises
    ------
    ParameterError
        If fewer than two labels are left, or an argument cannot be used.

    References
    ----------
    Nigam et al. (2000), Machine Learning 39 (mixture of unigrams). Xu, Liu and Gong (2003), Document clustering based
    on non-negative matrix factorization, SIGIR. Röder, Both and Hinneburg (2015), WSDM (coherence).
    """
    kept, matrix, truth = _labeled_documents(counts, labels)
    n_groups = check_int(len(set(truth.tolist())) if n_groups is None else n_groups, "n_groups", low=2)
    if n_groups > min(shape_of(matrix)):
        raise ParameterError(
            f"n_groups must be at most the labeled documents and their words {shape_of(matrix)}; got {n_groups}"
        )
    check_int(n_starts, "n_starts", low=1)
    methods = _methods(n_groups, n_starts, n_sweeps, n_jobs)
    if topics is not None:
        methods = _steered_method(topics, vocabulary, n_sweeps, n_jobs) | methods
    rows = []
    for seed in seeds:
        for name, group in methods.items():
            started = time.process_time()
            groups, weights = group(matrix, seed)
            seconds = time.process_time() - started
            coherence = topic_coherence(top_word_ids(weights, N_TOP), matrix)
            scores = cluster_scores(truth, groups) | {"coherence": float(np.nanmean(coherence))}
            rows.append(
                {"method": name, "seed": seed, "n_groups": len(weights), "n_docs": len(kept), **scores}
            )
            rows[-1]["seconds"] = seconds
            if report(on_progress, "comparing", len(rows), len(methods) * len(seeds), "runs"):
                return pd.DataFrame(rows)
    return pd.DataFrame(rows)


def summarize_comparison(runs: pd.DataFrame) -> pd.DataFrame:
    """Return mean, smallest and largest of every score, over the seeds.

    Parameters
    ----------
    runs : DataFrame
        As of :func:`compare_clusterings`.

    Returns
    -------
    pandas.DataFrame
        One row a method, most accurate first: ``method``, ``n_groups``, ``n_docs``, ``n_seeds``, then for each score
        its mean, ``SCORE_min`` and ``SCORE_max``, and ``seconds`` (mean).
    """
    rows = []
    for method, part in runs.groupby("method", sort=False):
        row = {"method": method, "n_groups": part["n_groups"].iloc[0], "n_docs": part["n_docs"].iloc[0]}
        row["n_seeds"] = len(part)
        for score in SCORES:
            row |= {
                score: part[score].mean(),
                f"{score}_min": part[score].min(),
                f"{score}_max": part[score].max(),
            }
        rows.append(row | {"seconds": part["seconds"].mean()})
    return pd.DataFrame(rows).sort_values("accuracy", ascending=False, kind="stable", ignore_index=True)


def _labeled_documents(
    counts: Any, labels: Iterable[Any]
) -> tuple[NDArray[np.int64], csr_matrix, NDArray[np.object_]]:
    """Return the numbers, counts and labels of the documents that have both words and a label."""
    matrix = check_counts(counts)
    given, n_docs = pd.Series(list(labels), dtype=object), shape_of(matrix)[0]
    if len(given) != n_docs:
        raise ParameterError(f"labels must have one entry a document, {n_docs}; got {len(given)}")
    kept = np.flatnonzero(given.notna().to_numpy() & (np.diff(matrix.indptr) > 0))
    truth = given.iloc[kept].astype(str).to_numpy(object)
    if len(set(truth.tolist())) < 2:
        raise ParameterError(
            f"labels must tell at least two kinds of documents apart; got {sorted(set(truth.tolist()))!r:.80} "
            f"in {len(kept)} documents that have words"
        )
    return kept, csr_matrix(matrix[kept]), truth


def _methods(n_groups: int, n_starts: int, n_sweeps: int, n_jobs: int | None) -> dict[str, Method]:
    """Return the ways to group documents that know nothing but their number of groups."""

    def by_lda(counts: csr_matrix, seed: int) -> Grouping:
        rng = np.random.default_rng([seed, n_starts])
        options = _lda_options(n_sweeps, n_jobs)
        chains = [
            KeywordLDA(n_topics=n_groups, random_state=int(rng.integers(2**31)), **options).fit(counts)
            for _ in range(n_starts)
        ]
        n_samples = options["n_samples"]
        model = max(chains, key=lambda chain: chain.trace_["log_likelihood"][-n_samples:].mean())
        return model.doc_topic_.argmax(axis=1), model.topic_word_

    def by_mixture(counts: csr_matrix, seed: int) -> Grouping:
        model = MixtureOfUnigrams(n_clusters=n_groups, n_starts=n_starts, random_state=seed).fit(counts)
        return model.labels_, model.cluster_word_

    def by_k_means(counts: csr_matrix, seed: int) -> Grouping:
        from sklearn.cluster import KMeans

        options: dict[str, Any] = {"n_init": n_starts, "random_state": seed}
        model: Any = KMeans(n_groups, **options).fit(_tf_idf(counts))
        return model.labels_, model.cluster_centers_

    def by_nmf(counts: csr_matrix, seed: int) -> Grouping:
        from sklearn.decomposition import NMF

        # this start is fixed by the data, so that seeds hardly matter
        options: dict[str, Any] = {"n_components": n_groups, "init": "nndsvda", "max_iter": 500, "tol": 1e-3}
        model = NMF(random_state=seed, **options)
        return model.fit_transform(_tf_idf(counts)).argmax(axis=1), model.components_

    return {"LDA": by_lda, "mixture of unigrams": by_mixture, "k-means": by_k_means, "NMF": by_nmf}


def _steered_method(topics: Any, vocabulary: Any, n_sweeps: int, n_jobs: int | None) -> dict[str, Method]:
    """Return the way that groups by the topics which have keywords."""
    checked = check_topics(topics)
    named = [at for at, topic in enumerate(checked) if topic.keywords]
    if vocabulary is None or not named:
        raise ParameterError("topics must have keywords, and the vocabulary they are words of")

    def by_keywords(counts: csr_matrix, seed: int) -> Grouping:
        model = KeywordLDA(
            topics=checked, prior="proportional", random_state=seed, **_lda_options(n_sweeps, n_jobs)
        ).fit(counts, vocabulary=vocabulary)
        return model.doc_topic_[:, named].argmax(axis=1), model.topic_word_[named]

    return {"LDA with keywords": by_keywords}


def _lda_options(n_sweeps: int, n_jobs: int | None) -> dict[str, Any]:
    return {"n_sweeps": n_sweeps, "n_samples": max(1, n_sweeps // 4), "n_jobs": n_jobs}


def _tf_idf(counts: csr_matrix) -> csr_matrix:
    """Return TF-IDF weights, rows of length 1, with the logarithm of the counts."""
    from sklearn.feature_extraction.text import TfidfTransformer

    return csr_matrix(TfidfTransformer(sublinear_tf=True).fit_transform(counts))
