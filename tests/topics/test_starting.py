"""Starting from the topics of an earlier chain: order of the tokens, drawing what is missing, going on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from bandscape.core.errors import ParameterError
from bandscape.topics import KeywordLDA, sampler
from bandscape.topics.blocks import lay_blocks
from bandscape.topics.keywords import check_topics, make_free_topics
from bandscape.topics.priors import make_classic_priors
from bandscape.topics.starting import check_start, complete_start, topics_by_block, topics_by_row
from bandscape.topics.token_kernels import MISSING


@pytest.fixture(params=["exact", "blocks"])
def either_sampler(request, monkeypatch):
    monkeypatch.setattr(sampler, "EXACT_TOKENS", 10**9 if request.param == "exact" else 0)


@settings(max_examples=40)
@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 10**6))
def test_topics_survive_the_way_into_blocks_and_back(n_docs, n_words, seed):
    rng = np.random.default_rng(seed)
    counts = csr_matrix(rng.poisson(0.7, (n_docs, n_words)).astype(np.int32))
    blocks = lay_blocks(counts, int(rng.integers(1, n_docs + 1)), rng)
    entries = np.repeat(np.arange(counts.nnz), counts.data)
    by_row = rng.integers(0, 9, len(entries)).astype(np.uint16)
    by_row = by_row[np.lexsort((by_row, entries))]
    by_block = topics_by_block(counts, blocks, by_row)
    np.testing.assert_array_equal(topics_by_row(counts, blocks, by_block), by_row)
    docs, words = blocks.token_docs_and_words()
    table = np.zeros((n_docs, n_words, 9), int)
    np.add.at(table, (docs, words, by_block), 1)
    expected = np.zeros_like(table)
    rows = np.repeat(np.arange(n_docs), np.diff(counts.indptr))
    np.add.at(expected, (rows[entries], counts.indices[entries], by_row), 1)
    np.testing.assert_array_equal(table, expected)


def test_the_state_does_not_depend_on_the_layout_of_blocks(random_counts):
    states = []
    for docs_per_block in (7, 600):
        blocks = lay_blocks(random_counts, docs_per_block, np.random.default_rng(1))
        docs, words = blocks.token_docs_and_words()
        states.append(topics_by_row(random_counts, blocks, ((docs + words) % 5).astype(np.uint16)))
    np.testing.assert_array_equal(*states)


def make_priors(counts, topics, n_words):
    word_counts = np.asarray(counts.sum(axis=0)).ravel()
    return make_classic_priors(topics, {f"w{at}": at for at in range(n_words)}, word_counts)


def test_only_missing_and_banned_tokens_are_drawn(random_counts, rng):
    topics = check_topics([{"id": "a", "excluded": ["w3"]}, {"id": "b"}, {"id": "c"}])
    priors = make_priors(random_counts, topics, 40)
    start = rng.integers(0, 3, random_counts.sum()).astype(np.uint16)
    words = np.repeat(random_counts.indices, random_counts.data)
    start[words == 8] = MISSING
    before = start.copy()
    done = complete_start(random_counts, start, priors, {}, seed=1)
    np.testing.assert_array_equal(start, before)
    redrawn = (words == 8) | ((words == 3) & (start == 0))
    np.testing.assert_array_equal(done[~redrawn], start[~redrawn])
    assert (done[redrawn] < 3).all()
    assert not (done[words == 3] == 0).any()
    assert 0.2 < (done[words == 8] == 0).mean() < 0.5
    for n_jobs in (1, 2, 4):
        again = complete_start(random_counts, start, priors, {}, seed=1, n_jobs=n_jobs)
        np.testing.assert_array_equal(again, done)
    assert (complete_start(random_counts, start, priors, {}, seed=2) != done).any()


def test_missing_tokens_are_drawn_from_their_conditional():
    # document 0 has 9 tokens of topic 0 and 3 of topic 1; word 1 occurs 4 and 2 times in them, elsewhere
    counts = csr_matrix(np.array([[12, 1], [0, 6]] + [[12, 1]] * 4000, np.int32))
    given_topics = [0] * 9 + [1] * 3
    start = np.array(
        [*given_topics, MISSING, *[0] * 4, *[1] * 2, *[*given_topics, MISSING] * 4000], np.uint16
    )
    priors = make_priors(counts, make_free_topics(2), 2)
    done = complete_start(counts, start, priors, {}, seed=0)
    drawn = done[np.repeat(counts.indices, counts.data) == 1][7:]
    totals = np.array([9, 3]) * 4001 + np.array([4, 2]) + 0.02
    weights = (np.array([9, 3]) + 0.1) * (np.array([4, 2]) + 0.01) / totals
    assert (drawn == 0).mean() == pytest.approx(weights[0] / weights.sum(), abs=0.025)


def test_missing_tokens_of_frozen_topics_follow_the_frozen_words(random_counts):
    topics = check_topics([{"id": "a"}, {"id": "held", "frozen": True}])
    row = np.zeros(40)
    row[5] = 1.0
    start = np.full(random_counts.sum(), MISSING, np.uint16)
    done = complete_start(random_counts, start, make_priors(random_counts, topics, 40), {1: row}, seed=0)
    words = np.repeat(random_counts.indices, random_counts.data)
    assert (done[words != 5] == 0).all()
    assert (done[words == 5] == 1).mean() > 0.5


def words_of(topics):
    return [f"w{at}" for at in range(topics)]


@pytest.mark.usefixtures("either_sampler")
def test_a_warm_fit_goes_on_where_the_chain_stood(block_counts):
    options = {"n_topics": 4, "doc_topic_prior": 0.2}
    parent = KeywordLDA(**options, n_sweeps=100, n_samples=20, random_state=3).fit(block_counts)
    assert parent.token_topics_.dtype == np.uint8
    assert parent.token_topics_.shape == (block_counts.sum(),)
    warm = KeywordLDA(**options, n_sweeps=4, n_samples=2).fit(block_counts, start=parent.token_topics_)
    assert (warm.trace_["temperature"] == 1).all()
    assert (warm.token_topics_ == parent.token_topics_).mean() > 0.9
    cosines = (warm.topic_word_ * parent.topic_word_).sum(axis=1) / np.sqrt(
        (warm.topic_word_**2).sum(axis=1) * (parent.topic_word_**2).sum(axis=1)
    )
    assert cosines.min() > 0.98
    assert warm.trace_["log_likelihood"][0] > parent.trace_["log_likelihood"][0] + 0.1


@pytest.mark.usefixtures("either_sampler")
def test_warm_fits_have_the_same_bytes_at_any_number_of_threads(random_counts, tmp_path):
    parent = KeywordLDA(n_topics=5, n_sweeps=5, n_samples=2).fit(random_counts)
    start = parent.token_topics_.astype(int)
    start[::3] = -1
    models = [
        KeywordLDA(n_topics=5, n_sweeps=4, n_samples=2, n_jobs=jobs).fit(random_counts, start=start)
        for jobs in (1, 2, 4)
    ]
    assert len({model.topic_word_.tobytes() + model.token_topics_.tobytes() for model in models}) == 1
    # stopped after every sweep and taken up again: the same bytes
    path = tmp_path / "chain.safetensors"
    for _ in range(4):
        last = KeywordLDA(n_topics=5, n_sweeps=4, n_samples=2)
        last.fit(random_counts, start=start, checkpoint=path, on_progress=lambda _event: True)
    assert last.topic_word_.tobytes() == models[0].topic_word_.tobytes()


def test_the_state_is_saved_and_loaded(random_counts, tmp_path):
    model = KeywordLDA(n_topics=300, n_sweeps=2, n_samples=1)
    wide = csr_matrix(np.hstack([random_counts.toarray()] * 8))
    model.fit(wide).save(tmp_path / "model")
    assert model.token_topics_.dtype == np.uint16
    loaded = KeywordLDA.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.token_topics_, model.token_topics_)
    assert loaded.token_topics_.dtype == np.uint16


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (
            np.zeros(3, int),
            r"start must hold a whole number for each of the \d+ tokens.*got int64 of shape \(3,\)",
        ),
        (lambda n: np.zeros(n), "got float64"),
        (lambda n: np.full(n, 2), r"start must hold topics in -1\.\.1; got 2\.\.2"),
        (lambda n: np.full(n, -2), r"got -2\.\.-2"),
    ],
)
def test_an_unusable_start_is_refused(random_counts, start, message):
    start = start(int(random_counts.sum())) if callable(start) else start
    with pytest.raises(ParameterError, match=message):
        KeywordLDA(n_topics=2, n_sweeps=2, n_samples=1).fit(random_counts, start=start)


def test_a_start_is_checked_and_copied():
    given_start = np.array([0, -1, 1])
    assert check_start(given_start, 3, 2).tolist() == [0, MISSING, 1]
    assert given_start.tolist() == [0, -1, 1]
    assert check_start(np.zeros(0, int), 0, 2).tolist() == []
