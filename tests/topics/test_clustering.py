"""Scores of groupings, and the comparison of ways to group documents."""

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from bandscape.core.errors import ParameterError
from bandscape.topics import cluster_scores, compare_clusterings, summarize_comparison
from bandscape.topics.clustering import SCORES

METHODS = {"LDA", "mixture of unigrams", "k-means", "NMF"}


def test_scores_equal_those_worked_out_by_hand():
    labels = ["a"] * 4 + ["b"] * 4
    groups = [5, 5, 5, 9, 9, 9, 9, 9]  # one "a" went astray
    scores = cluster_scores(labels, groups)
    assert scores["accuracy"] == scores["purity"] == 7 / 8
    mutual = 3 / 8 * math.log2(2) + 1 / 8 * math.log2(0.4) + 4 / 8 * math.log2(1.6)
    entropy = -(3 / 8 * math.log2(3 / 8) + 5 / 8 * math.log2(5 / 8))
    assert scores["nmi"] == pytest.approx(mutual / ((1 + entropy) / 2))
    pairs, expected = 3 + 6, (6 + 6) * (3 + 10) / 28
    assert scores["ari"] == pytest.approx((pairs - expected) / ((12 + 13) / 2 - expected))


def test_scores_do_not_depend_on_names_and_know_splits_from_merges(rng):
    labels = np.repeat(np.arange(3), 10)
    assert set(cluster_scores(labels, 7 - labels).values()) == {1.0}
    split = cluster_scores(labels, np.arange(30) // 5)  # six pure groups of five
    assert split["purity"] == 1
    assert split["accuracy"] == 0.5
    merged = cluster_scores(labels, np.zeros(30, int))
    assert merged["accuracy"] == merged["purity"] == pytest.approx(1 / 3)
    assert merged["ari"] == merged["nmi"] == 0
    random = [cluster_scores(labels, rng.integers(0, 3, 30))["ari"] for _ in range(200)]
    assert abs(np.mean(random)) < 0.02


@pytest.mark.parametrize(("labels", "groups"), [([1, 2], [1]), ([], [])])
def test_unequal_lengths_are_refused(labels, groups):
    with pytest.raises(ParameterError, match="one entry a document"):
        cluster_scores(labels, groups)


@pytest.fixture
def labeled(rng):
    """150 documents of three kinds over 60 words; some have no label, one has no words."""
    word = rng.dirichlet(np.full(60, 0.15), 3)
    kinds = np.repeat(np.arange(3), 50)
    counts = np.array([rng.multinomial(30, 0.9 * word[kind] + 0.1 / 60) for kind in kinds])
    labels = [f"kind {kind}" for kind in kinds]
    labels[3], labels[60], labels[149] = None, float("nan"), "kind 2"
    counts[149] = 0
    return counts, labels, word


def test_every_way_finds_plain_clusters(labeled):
    counts, labels, word = labeled
    names = [f"w{at}" for at in range(60)]
    topics = [
        {"id": f"topic {kind}", "keywords": [names[at] for at in np.argsort(-word[kind])[:3]]}
        for kind in range(3)
    ] + [{"id": "rest"}]
    events = []
    runs = compare_clusterings(
        counts, labels, topics=topics, vocabulary=names, seeds=(0, 1), n_sweeps=80, on_progress=events.append
    )
    assert set(runs["method"]) == METHODS | {"LDA with keywords"}
    assert len(runs) == len(events) == 10
    assert (runs["n_docs"] == 147).all()
    assert (runs["n_groups"] == 3).all()
    assert (runs["accuracy"] > 0.9).all()
    assert (runs["seconds"] > 0).all()
    assert runs["coherence"].between(-1, 1).all()
    table = summarize_comparison(runs)
    assert table["accuracy"].is_monotonic_decreasing
    assert (table["n_seeds"] == 2).all()
    for score in SCORES:
        assert (table[f"{score}_min"] <= table[score]).all()
        assert (table[score] <= table[f"{score}_max"]).all()
    row = table.set_index("method").loc["k-means"]
    assert row["accuracy"] == runs.query("method == 'k-means'")["accuracy"].mean()


def test_shuffled_labels_are_not_found(labeled, rng):
    counts, labels, _ = labeled
    runs = compare_clusterings(counts, rng.permutation(np.array(labels, object)), seeds=(0,), n_sweeps=30)
    assert runs["ari"].abs().max() < 0.1


def test_a_stop_returns_the_runs_so_far(labeled):
    counts, labels, _ = labeled
    runs = compare_clusterings(
        counts, labels, n_groups=2, n_sweeps=5, on_progress=lambda event: event.done == 2
    )
    assert len(runs) == 2
    assert (runs["n_groups"] == 2).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": ["a"]}, "labels must have one entry a document, 150; got 1"),
        ({"labels": ["a"] * 150}, "labels must tell at least two kinds of documents apart; got .'a'. in 149"),
        ({"labels": [None] * 150}, "at least two kinds"),
        ({"n_groups": 1}, "n_groups must be an int >= 2; got 1"),
        ({"n_groups": 61}, "n_groups must be at most the labeled documents and their words"),
        ({"topics": [{"id": "a", "keywords": ["w1"]}]}, "topics must have keywords, and the vocabulary"),
        (
            {"topics": [{"id": "a"}], "vocabulary": [f"w{at}" for at in range(60)]},
            "topics must have keywords",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(labeled, options, message):
    counts, labels, _ = labeled
    with pytest.raises(ParameterError, match=message):
        compare_clusterings(counts, **({"labels": labels} | options))


@pytest.mark.slow
def test_news_are_grouped_by_their_sections(data_dir):
    path = data_dir / "bbc" / "bbc.parquet"
    if not path.exists():
        pytest.skip(f"{path.name} is not in the data folder")
    news = pd.read_parquet(path)
    counts = CountVectorizer(stop_words="english", min_df=5, max_df=0.5).fit_transform(news["text"])
    table = summarize_comparison(compare_clusterings(counts, news["label"].tolist(), seeds=(0, 1))).set_index(
        "method"
    )
    assert table.loc["LDA", "accuracy"] > 0.8
    assert table.loc["LDA", "accuracy"] > table.loc["mixture of unigrams", "accuracy"] - 0.1
    assert (table["nmi"] > 0.5).all()
