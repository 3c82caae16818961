"""Chains: who stands for whom, what is stable, intervals that hold, threads and stops that do not matter."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.special import expit
from sklearn.base import clone

from bandscape.core.errors import BandscapeError, ParameterError
from bandscape.topics import KeywordLDA, check_topics
from bandscape.topics.diagnostics import compare_chains, fit_chains, match_topics
from bandscape.topics.diagnostics.chains import fit_seeds, interval_of_another
from bandscape.topics.diagnostics.matching import (
    align_chains,
    count_distinct_topics,
    exchangeable_groups,
    topic_similarity,
)


def test_similarity_is_the_cosine():
    first, second = np.array([[0.6, 0.4, 0.0]]), np.array([[0.0, 0.5, 0.5], [0.6, 0.4, 0.0]])
    expected = 0.4 * 0.5 / np.sqrt(0.52 * 0.5)
    assert topic_similarity(first, second)[0] == pytest.approx([expected, 1])


def test_topics_with_the_same_words_are_counted_once():
    own = np.eye(3, 6) + 0.01
    again = np.vstack(
        [own, own[1] + [0, 0, 0, 0, 0.02, 0], own[2], np.full(6, 1 / 6), np.full(6, 1 / 6) + 1e-3]
    )
    assert count_distinct_topics(own, np.full(3, 1 / 3)) == 3
    again /= again.sum(axis=1, keepdims=True)
    assert count_distinct_topics(again, np.full(7, 1 / 7)) == 4
    left_to_the_prior = np.array([0.3, 0.3, 0.3, 0.02, 0.06, 0.01, 0.01])
    assert count_distinct_topics(again, left_to_the_prior) == 3


def test_a_permutation_is_found_and_the_sum_of_cosines_is_the_largest(rng):
    topics = rng.dirichlet(np.full(30, 0.1), 8)
    shuffled = rng.permutation(8)
    noisy = 0.9 * topics[shuffled] + 0.1 * rng.dirichlet(np.ones(30), 8)
    assert np.array_equal(shuffled[match_topics(topics, noisy)], np.arange(8))
    other = rng.dirichlet(np.ones(30), 8)
    cosines = topic_similarity(topics, other)
    rows, columns = linear_sum_assignment(-cosines)
    assert cosines[np.arange(8), match_topics(topics, other)].sum() == pytest.approx(
        cosines[rows, columns].sum()
    )


def test_only_topics_of_one_group_stand_for_one_another(rng):
    topics = rng.dirichlet(np.full(30, 0.1), 4)
    matched = match_topics(topics, topics[[1, 0, 3, 2]], [0, 1, 2, 2])
    assert matched.tolist() == [0, 1, 3, 2]


def test_named_topics_are_groups_of_their_own_and_those_of_one_count_share_one():
    topics = check_topics(
        [
            {"id": "noise", "proportion": 0.5},
            {"id": "rock", "proportion": 0.1, "keywords": ["guitar"]},
            {"id": "jazz", "proportion": 0.1, "keywords": ["guitar"]},
            {"id": "other", "count": 3, "proportion": 0.1},
            {"id": "quiet", "proportion": 0.1, "excluded": ["loud"]},
        ]
    )
    assert exchangeable_groups(topics).tolist() == [0, 1, 2, 3, 3, 3, 4]
    priors = [1, 1, 1, 1, 2, 1, 1]
    assert exchangeable_groups(topics, 0.1, "auto", priors).tolist() == [0, 1, 2, 3, 4, 3, 5]


def test_chains_are_aligned_to_the_first_whatever_their_order(rng):
    topics = rng.dirichlet(np.full(40, 0.05), 6)
    orders = [rng.permutation(6) for _ in range(4)]
    chains = [0.8 * topics[order] + 0.2 * rng.dirichlet(np.ones(40), 6) for order in orders]
    found = align_chains(chains)
    assert found[0].tolist() == list(range(6))
    for order, row in zip(orders, found, strict=True):
        assert np.array_equal(order[row], orders[0])


@pytest.fixture(scope="module")
def planted():
    """Counts of four topics with words of their own, and the model for them."""
    rng = np.random.default_rng(4)
    topic_word = np.kron(np.eye(4), np.full(6, 1 / 6))
    mixtures = rng.dirichlet([0.48, 0.24, 0.24, 0.24], 300)
    counts = np.array([rng.multinomial(80, mixture @ topic_word) for mixture in mixtures])
    words = [f"w{word}" for word in range(24)]
    model = KeywordLDA(
        topics=[{"id": "named", "keywords": ["w18"]}, {"id": "free", "count": 3}],
        n_sweeps=150, n_samples=30, keyword_strength=1.0,
    )  # fmt: skip
    return counts, words, model, mixtures


@pytest.fixture(scope="module")
def chains(planted):
    counts, words, model, _ = planted
    return fit_chains(model, counts, vocabulary=words, n_chains=4, n_jobs=2)


def test_planted_topics_are_found_by_every_chain_and_the_named_one_keeps_its_id(chains, planted):
    mixtures = planted[3]
    assert chains.n_chains == 4
    assert (chains.order[:, 0] == 0).all()
    assert sorted(chains.order[1].tolist()) == [0, 1, 2, 3]
    assert (chains.stability > 0.98).all()
    table = chains.topics_table()
    assert table["is_stable"].all()
    assert table["topic"].tolist() == ["named", "free_1", "free_2", "free_3"]
    assert table["share"][0] == pytest.approx(mixtures[:, 3].mean(), abs=0.01)
    assert table["share"].sum() == pytest.approx(1)
    assert ((table["low"] <= table["share"]) & (table["share"] <= table["high"])).all()
    assert chains.topic_word.sum(axis=1) == pytest.approx([1] * 4)
    assert chains.doc_topic.sum(axis=1) == pytest.approx([1] * 300, abs=1e-5)


def test_the_words_of_a_topic_have_intervals(chains):
    table = chains.words_table()
    named = table[table["topic"] == "named"].head(6)
    assert set(named["word"]) == {f"w{word}" for word in range(18, 24)}
    assert named["rank"].tolist() == [1, 2, 3, 4, 5, 6]
    assert named["p"].is_monotonic_decreasing
    assert named["word"].iloc[0] == "w18"  # the keyword
    assert ((named["low"] <= named["p"]) & (named["p"] <= named["high"])).all()
    assert (named["high"] - named["low"] < 0.03).all()


def test_the_first_chain_is_the_model_fitted_alone_and_threads_do_not_matter(planted, chains):
    counts, words, model, _ = planted
    alone = clone(model).fit(counts, vocabulary=words)
    assert np.array_equal(chains.shares[0], alone.topic_share_)
    begins = [model.begin, "random", "random", "random"]
    again = compare_chains(fit_seeds(model, counts, range(4), begins=begins, vocabulary=words, n_jobs=1))
    assert again.topic_word.tobytes() == chains.topic_word.tobytes()
    assert again.doc_topic.tobytes() == chains.doc_topic.tobytes()


def test_a_topic_that_is_not_in_the_data_is_not_stable(rng):
    """Documents of pure noise: what two chains call a topic has nothing in common."""
    counts = rng.poisson(0.6, (150, 60))
    model = KeywordLDA(n_topics=6, n_sweeps=60, n_samples=10, annealing=None)
    found = fit_chains(model, counts, n_chains=3)
    assert found.stability.mean() < 0.7
    assert not found.topics_table()["is_stable"].all()


def test_topics_that_only_their_beginning_holds_together_are_not_stable(rng, monkeypatch):
    """Three blocks of words for six topics: chains that begin at the same words agree on parts that are not there."""
    monkeypatch.setattr("bandscape.topics.anchoring.MOST_SHARE", 0.9)
    mixtures = rng.dirichlet(np.full(3, 0.3), 200)
    blocks = np.kron(np.eye(3), np.full(12, 1 / 12))
    counts = np.array([rng.multinomial(40, mixture @ blocks) for mixture in mixtures])
    topics = [{"id": "named", "keywords": ["w0"]}, {"id": "free", "count": 5}]
    model = KeywordLDA(topics=topics, prior="classic", n_sweeps=40, n_samples=10)
    words = [f"w{word}" for word in range(36)]
    alike = compare_chains(fit_seeds(model, counts, range(4), vocabulary=words))
    judged = fit_chains(model, counts, vocabulary=words)
    assert alike.topics_table()["is_stable"].all()
    assert judged.topics_table()["is_stable"].sum() <= 4
    assert np.array_equal(judged.shares[0], alike.shares[0])


def test_the_interval_of_another_chain_holds_it_as_often_as_it_says(rng):
    draws = expit(rng.normal(-3, 0.4, (5, 4000)))
    _, low, high = interval_of_another(draws[:4], 0.9)
    held = ((low <= draws[4]) & (draws[4] <= high)).mean()
    assert held == pytest.approx(0.9, abs=0.02)
    mean, low, high = interval_of_another(draws[:1], 0.9)
    assert np.array_equal(mean, draws[0])
    assert np.isnan(low).all()
    assert np.isnan(high).all()


def test_one_model_alone_is_compared_with_nothing(planted):
    counts, words, model, _ = planted
    alone = clone(model).set_params(n_sweeps=6, n_samples=1).fit(counts, vocabulary=words)
    found = compare_chains([alone])
    assert np.isnan(found.stability).all()
    assert found.topics_table()["share"].tolist() == alone.topic_share_.tolist()


def test_progress_is_one_bar_and_a_stop_ends_all_chains(planted):
    counts, words, model, _ = planted
    short = clone(model).set_params(n_sweeps=5, n_samples=1)
    events = []
    fit_chains(short, counts, vocabulary=words, n_chains=2, n_jobs=2, on_progress=events.append)
    assert [event.done for event in events] == list(range(1, 11))
    assert {event.total for event in events} == {10}
    with pytest.raises(BandscapeError, match="stopped before all chains"):
        fit_chains(short, counts, vocabulary=words, n_chains=2, on_progress=lambda event: event.done >= 3)


def test_a_chain_that_fails_ends_the_others(planted):
    counts, words, model, _ = planted

    def fail(event):
        if event.done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_seeds(model, counts, range(4), vocabulary=words, n_jobs=2, on_progress=fail)


def test_bad_input_is_named(planted):
    counts, words, model, _ = planted
    with pytest.raises(ParameterError, match="n_chains must be an int >= 2; got 1"):
        fit_chains(model, counts, n_chains=1)
    with pytest.raises(ParameterError, match="at least one fitted model"):
        compare_chains([])
    with pytest.raises(ParameterError, match="over the same words"):
        match_topics(np.eye(3), np.eye(4))
    with pytest.raises(ParameterError, match="confidence must be"):
        interval_of_another(np.ones((2, 2)) / 2, 2)
    short = clone(model).set_params(n_sweeps=2, n_samples=1)
    pair = [clone(short).fit(counts[:n], vocabulary=words) for n in (100, 200)]
    with pytest.raises(ParameterError, match="same topics, words and documents"):
        compare_chains(pair)
