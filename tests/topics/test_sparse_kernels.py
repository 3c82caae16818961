"""Topic lists, entries and the sparse draw. This file also runs under NUMBA_DISABLE_JIT=1."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bandscape.topics import kernels, sparse_kernels
from bandscape.topics.blocks import lay_blocks, padded
from bandscape.topics.compiling import JIT_DISABLED
from bandscape.topics.simd import FIRST_OF_WORD, LANES

ALPHA = np.array([[0.5, 0.3], [0.5, 0.3]])
BETA = np.array([[0.2, 0.4, 0.2], [0.2, 0.1, 0.2]])
DOCS, WORDS = np.array([0, 1, 0, 1]), np.array([0, 0, 1, 2])


def make_list(rng, n_topics, n_listed):
    """Return topics, counts and row of a list that starts at 16, and scratch."""
    width = padded(n_listed)
    topics, counts = np.full(LANES + width, n_topics, np.uint16), np.zeros(LANES + width, np.float32)
    topics[LANES : LANES + n_listed] = rng.permutation(n_topics)[:n_listed]
    counts[LANES : LANES + n_listed] = rng.integers(1, 5, n_listed)
    row = np.append(rng.random(n_topics), 0).astype(np.float32)
    return topics, counts, row, np.zeros(width + 2 * LANES, np.float32)


@pytest.mark.parametrize("n_listed", [1, 3, 16, 17, 90])
@pytest.mark.parametrize("has_own", [False, True])
def test_pick_hits_each_listed_topic_in_proportion_to_its_weight(rng, n_listed, has_own):
    topics, counts, row, scratch = make_list(rng, 200, n_listed)
    own = int(topics[LANES + n_listed // 2]) if has_own else -1
    weights = (counts * row[topics])[LANES:].astype(float)
    if has_own:
        weights[n_listed // 2] = (counts[LANES + n_listed // 2] - 1) * 0.25
    n_vectors = len(weights) // LANES
    own_at = sparse_kernels.weigh_list(topics, counts, LANES, n_vectors, row, own, np.float32(0.25), scratch)
    assert own_at == (n_listed // 2 if has_own else -1)
    total = scratch[2 * LANES - 1]
    assert total == pytest.approx(weights.sum(), rel=1e-5)
    n_draws = 256 if JIT_DISABLED else 1 << 14
    hits = np.zeros(len(weights))
    for draw in range(n_draws if total > 0 else 0):  # an even grid: intervals, not chance
        hits[sparse_kernels.pick_listed(scratch, n_vectors, np.float32((draw + 0.5) / n_draws) * total)] += 1
    if total > 0:
        np.testing.assert_allclose(hits / n_draws, weights / weights.sum(), atol=2 / n_draws)


@pytest.mark.parametrize("n_listed", [1, 16, 40, 333])
def test_list_kernels_equal_their_plain_twins_bit_for_bit(rng, n_listed):
    for _ in range(10 if JIT_DISABLED else 300):
        topics, counts, row, scratch = make_list(rng, 400, n_listed)
        other, n_vectors, own = scratch.copy(), padded(n_listed) // LANES, int(rng.integers(-1, 400))
        arguments = (topics, counts, LANES, n_vectors, row, own, np.float32(0.3))
        assert sparse_kernels.weigh_list(*arguments, scratch) == sparse_kernels.weigh_list_plain(
            *arguments, other
        )
        np.testing.assert_array_equal(scratch, other)
        target = np.float32(rng.random()) * scratch[2 * LANES - 1]
        picked = sparse_kernels.pick_listed(scratch, n_vectors, target)
        assert picked == sparse_kernels.pick_listed_plain(other, n_vectors, target)
        wanted = int(rng.integers(400))
        places = np.flatnonzero(topics[LANES:] == wanted)
        found = sparse_kernels.find_topic(topics, LANES, n_vectors, wanted)
        assert found == (places[0] if len(places) else -1)
        assert found == sparse_kernels.find_topic_plain(topics, LANES, n_vectors, wanted)


def test_slow_pick_returns_only_places_of_positive_weight():
    topics, counts = np.arange(16, dtype=np.uint16), np.zeros(16, np.float32)
    counts[[2, 5, 9]] = 1, 1, 3
    row = np.ones(17, np.float32)
    picks = [
        sparse_kernels.pick_listed_slowly(topics, counts, 0, 12, row, 2, np.float32(0.5), np.float32(uniform))
        for uniform in np.linspace(0, 1 - 2**-24, 101)
    ]  # topic 2 is the own one, and its only token is taken out
    assert set(picks) == {5, 9}
    assert picks.count(5) == 26
    counts[:] = 0
    assert (
        sparse_kernels.pick_listed_slowly(topics, counts, 0, 12, row, 2, np.float32(0.5), np.float32(0)) == -1
    )


def make_prior(doc_prior, smoothing, entries):
    """Return the arguments of a prior draw for one word with these entries {topic: phi}."""
    doc_prior, smoothing = np.array(doc_prior, np.float32), np.array(smoothing, np.float32)
    row = np.append(smoothing, 0).astype(np.float32)
    topics, surplus = np.array(list(entries), np.uint16), []
    for topic, phi in entries.items():
        row[topic] = phi
        surplus.append(doc_prior[topic] * max(row[topic] - smoothing[topic], 0))
    mass, of_smoothing = np.cumsum(surplus), np.cumsum(doc_prior * smoothing)
    return (
        topics, mass.astype(np.float32), 0, len(topics), doc_prior, smoothing, of_smoothing.astype(np.float32), row,
    )  # fmt: skip


def draw_many(arguments, own=-1, own_phi=0.0):
    n_draws = 2_000 if JIT_DISABLED else 200_000
    key, topics = np.uint64(0x1234567), np.empty(n_draws, int)
    with np.errstate(over="ignore"):
        for draw in range(n_draws):
            topics[draw], key = sparse_kernels.draw_from_prior(*arguments, own, np.float32(own_phi), key)
            key = np.uint64(key)
    doc_prior, row = arguments[4].astype(float), arguments[7].astype(float)[:-1]
    if own >= 0:
        row[own] = own_phi
    chances = doc_prior * row / (doc_prior * row).sum()
    found = np.bincount(topics, minlength=len(chances)) / n_draws
    assert (np.abs(found - chances) <= 5 * np.sqrt(chances * (1 - chances) / n_draws)).all(), found
    return found


PRIOR = [0.5, 1.0, 0.25, 0.25, 2.0]
SMOOTHING = [0.01, 0.02, 0.01, 0.0, 0.03]  # topic 3 is frozen


@pytest.mark.parametrize("own", [-1, 0, 1, 2, 4])
@pytest.mark.parametrize(
    "entries",
    [
        pytest.param({}, id="rare-word"),
        pytest.param({1: 0.3, 0: 0.05}, id="counted"),
        pytest.param({1: 0.3, 2: 0.0, 3: 0.04}, id="excluded-and-frozen"),
        pytest.param({4: 0.003, 0: 0.2}, id="keyword-below-the-ordinary-prior"),
    ],
)
def test_prior_draw_has_the_chances_of_alpha_times_phi(entries, own):
    arguments = make_prior(PRIOR, SMOOTHING, entries)
    draw_many(arguments, own, float(arguments[7][own]) * 0.4 if own >= 0 else 0)


def test_prior_draw_ends_when_nearly_everything_is_refused():
    n_topics = 300  # of which only two are left for this word
    entries = dict.fromkeys(range(n_topics - 2), 0.0)
    found = draw_many(make_prior(np.ones(n_topics), np.full(n_topics, 1e-3), entries))
    assert found[:-2].sum() == 0


def test_prior_draw_without_a_choice_keeps_the_own_topic():
    arguments = make_prior([1.0, 1.0], [0.0, 0.0], {1: 0.5})
    topic, _ = sparse_kernels.draw_from_prior(*arguments, 1, np.float32(0), np.uint64(7))
    assert topic == 1


@pytest.fixture
def corpus(rng):
    """A block layout of 60 documents over 12 words, with a topic for each token."""
    counts = csr_matrix(rng.poisson(0.6, (60, 12)).astype(np.int32))
    blocks = lay_blocks(counts, 20, rng)
    return blocks, rng.integers(0, 9, blocks.n_tokens).astype(np.uint16)


def rebuild_both(blocks, topics, listed, frozen_topics, doc_prior):
    """Return phi of the dense kernel, and rows, word masses and smoothing of the sparse one, for ten topics."""
    n_topics, n_words = 10, blocks.n_words
    totals = np.bincount(topics, minlength=n_topics) + 3.0
    inverse = (1 / totals).astype(np.float32)
    word_prior = np.linspace(0.1, 0.4, n_topics).astype(np.float32)
    words = np.array([word for word, _, _ in listed], np.int64)
    listed_at = np.searchsorted(words, np.arange(n_words + 1)).astype(np.int64)
    listed_topics = np.array([topic for _, topic, _ in listed], np.int32)
    listed_priors = np.array([prior for _, _, prior in listed], np.float32)
    frozen_topics = np.array(frozen_topics, np.int32)
    frozen_words = np.zeros((len(frozen_topics), n_words), np.float32)
    frozen_words[:, 1:4] = 1 / 3
    common = (
        0, n_words, blocks.block_starts, blocks.word_starts, 2, topics,
    )  # two of the three blocks have topics  # fmt: skip
    exceptions = (listed_at, listed_topics, listed_priors, frozen_topics, frozen_words, )  # fmt: skip
    phi = np.zeros((n_words, LANES), np.float32)
    pad = np.zeros(LANES - n_topics, np.float32)
    nowhere = np.zeros((0, 0), np.int32)
    kernels.rebuild_words(
        *common, nowhere, np.append(word_prior, pad), *exceptions, np.append(inverse, pad), phi
    )
    smoothing = word_prior * inverse
    smoothing[frozen_topics] = 0
    room = n_words * n_topics
    starts, stops = np.zeros(n_words, np.int64), np.zeros(n_words, np.int64)
    entry_topics, entry_phi, mass = (
        np.zeros(room, np.uint16),
        np.zeros(room, np.float32),
        np.zeros(room, np.float32),
    )
    word_mass = np.zeros(n_words, np.float32)
    sparse_kernels.rebuild_entries(
        *common, word_prior, *exceptions, inverse, doc_prior, smoothing, 5, starts, stops, entry_topics, entry_phi,
        mass, word_mass,
    )  # fmt: skip
    rows = np.tile(smoothing, (n_words, 1))
    for word in range(n_words):
        here = slice(starts[word], stops[word])
        assert len(set(entry_topics[here])) == stops[word] - starts[word]
        rows[word, entry_topics[here]] = entry_phi[here]
    return phi[:, :n_topics], rows, word_mass, mass


LISTED = [(0, 2, 5.0), (0, 3, 0.0), (2, 9, 0.0), (5, 1, 0.01), (5, 4, 2.5)]


@pytest.mark.parametrize("frozen_topics", [[], [4], [0, 9]])
def test_entries_over_smoothing_are_the_dense_word_probabilities(corpus, frozen_topics):
    doc_prior = np.linspace(0.02, 0.2, 10).astype(np.float32)
    phi, rows, word_mass, mass = rebuild_both(*corpus, LISTED, frozen_topics, doc_prior)
    np.testing.assert_array_equal(rows, phi)
    np.testing.assert_allclose(word_mass, phi @ doc_prior.astype(float), rtol=1e-5)
    assert (mass >= 0).all()


@pytest.mark.parametrize("first_pass", [True, False])
def test_documents_are_listed_by_topic_and_count(corpus, first_pass):
    blocks, topics = corpus
    tokens = blocks.tokens(1)
    docs = blocks.slots[tokens] & ~np.uint16(FIRST_OF_WORD)
    lengths = np.bincount(docs, minlength=20)
    token_starts = np.append(0, np.cumsum(lengths))
    list_starts = np.append(0, np.cumsum(-(-np.minimum(lengths, 9) // LANES) * LANES))
    room = int(list_starts[-1])
    list_topics, list_counts = np.full(room, 77, np.uint16), np.full(room, 77, np.float32)
    sizes = np.full(25, 77)
    sparse_kernels.list_documents(
        topics[tokens], blocks.slots[tokens], first_pass, 9, token_starts, list_starts, list_topics, list_counts,
        sizes, np.zeros(len(docs), np.uint16),
    )  # fmt: skip
    for doc in range(20):
        at = slice(list_starts[doc], list_starts[doc + 1])
        expected = np.zeros(10) if first_pass else np.bincount(topics[tokens][docs == doc], minlength=10)
        found = np.zeros(10)
        np.add.at(found, list_topics[at], list_counts[at])
        np.testing.assert_array_equal(found, expected)
        assert sizes[doc] == (expected > 0).sum()
        assert (list_topics[at][sizes[doc] :] == 9).all()


def sample_copies(before, n_copies, key, docs=DOCS, words=WORDS, alpha=ALPHA, beta=BETA):
    """Draw one sweep from the state ``before`` in many copies of a tiny corpus; return (n_copies, n_tokens).

    Copies are further documents of one block: with phi given, they do not see one another.
    """
    n_topics, n_words = beta.shape
    totals = np.bincount(before, minlength=n_topics) + beta.sum(1)
    inverse, doc_prior = (1 / totals).astype(np.float32), alpha[0].astype(np.float32)
    ratio, share = (totals / (totals - 1)).astype(np.float32), (1 / (totals - 1)).astype(np.float32)
    ordinary = beta[:, -1].astype(np.float32)
    smoothing = ordinary * inverse
    listed = np.argwhere(ordinary != beta.T).astype(np.int32)
    starts, stops = np.zeros(n_words, np.int64), np.zeros(n_words, np.int64)
    room = n_words * n_topics
    entry_topics, entry_phi, mass = (
        np.zeros(room, np.uint16),
        np.zeros(room, np.float32),
        np.zeros(room, np.float32),
    )
    word_mass = np.zeros(n_words, np.float32)
    sparse_kernels.rebuild_entries(
        0, n_words, np.array([0, len(words)]), np.searchsorted(words, np.arange(n_words + 1))[None].astype(np.int32),
        1, before.astype(np.uint16), ordinary, np.searchsorted(listed[:, 0], np.arange(n_words + 1)).astype(np.int64),
        np.ascontiguousarray(listed[:, 1]), beta[listed[:, 1], listed[:, 0]].astype(np.float32),
        np.zeros(0, np.int32), np.zeros((0, n_words), np.float32), inverse, doc_prior, smoothing, 0, starts, stops,
        entry_topics, entry_phi, mass, word_mass,
    )  # fmt: skip
    n_docs = (docs.max() + 1) * n_copies
    slots = (docs[:, None] + (docs.max() + 1) * np.arange(n_copies)).astype(np.uint16)
    new_word = np.r_[True, words[1:] != words[:-1]]
    slots[new_word, 0] |= FIRST_OF_WORD
    topics, slots = np.repeat(before.astype(np.uint16), n_copies), slots.ravel()
    token_starts = np.append(0, np.cumsum(np.tile(np.bincount(docs), n_copies)))
    list_starts = LANES * np.arange(n_docs + 1)
    lists = (
        np.zeros(LANES * n_docs, np.uint16), np.zeros(LANES * n_docs, np.float32), np.zeros(n_docs, np.int64),
    )  # fmt: skip
    sparse_kernels.list_documents(
        topics, slots, False, n_topics, token_starts, list_starts, *lists, np.zeros(len(topics), np.uint16)
    )
    smoothing_mass = np.cumsum(doc_prior * smoothing).astype(np.float32)
    with np.errstate(over="ignore"):
        log_weight, n_moved = sparse_kernels.sample_block_sparsely(
            topics, slots, words[new_word].astype(np.int32), False, starts, stops, entry_topics, entry_phi, mass,
            word_mass, smoothing, smoothing_mass, ratio, share, doc_prior, np.ones(n_docs, np.float32), list_starts,
            *lists, np.uint64(key), np.zeros(n_topics + 1, np.float32), np.zeros(3 * LANES, np.float32),
        )  # fmt: skip
    after = topics.reshape(len(words), n_copies).T.astype(int)
    assert n_moved == (after != before).sum()
    assert np.isfinite(log_weight)
    assert lists[1].sum() == len(topics)
    return after


def test_one_sweep_has_the_enumerated_transition_chances(dense_lda):
    n_copies = 60 if JIT_DISABLED else 8000
    for number, before in enumerate(dense_lda.all_states(4, 2)):
        after = sample_copies(before, n_copies, key=12345 + 2 * number)
        frequencies = np.bincount(after @ [8, 4, 2, 1], minlength=16) / n_copies
        chances = dense_lda.sweep_chances(DOCS, WORDS, before, ALPHA, BETA)
        tolerance = 5 * np.sqrt(chances * (1 - chances) / n_copies) + 2 / n_copies
        assert (np.abs(frequencies - chances) < tolerance).all(), before


def test_first_token_of_a_sweep_has_the_collapsed_conditional(dense_lda):
    n_copies = 60 if JIT_DISABLED else 8000
    for number, before in enumerate(dense_lda.all_states(4, 2)):
        after = sample_copies(before, n_copies, key=999 + 2 * number)
        chance = dense_lda.collapsed_conditional(DOCS, WORDS, before, 0, ALPHA, BETA)[1]
        tolerance = 5 * np.sqrt(chance * (1 - chance) / n_copies) + 2 / n_copies
        assert abs(after[:, 0].mean() - chance) < tolerance
