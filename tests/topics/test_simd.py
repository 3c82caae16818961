"""The draw and the hot loop. This file also runs under NUMBA_DISABLE_JIT=1, see test_without_compilation.py."""

import numpy as np
import pytest

from bandscape.topics import simd
from bandscape.topics.compiling import JIT_DISABLED
from bandscape.topics.simd import FIRST_OF_WORD, LANES

ALPHA = np.array([[0.5, 0.3], [0.5, 0.3]])
BETA = np.array([[0.2, 0.4, 0.2], [0.2, 0.1, 0.2]])
DOCS, WORDS = np.array([0, 1, 0, 1]), np.array([0, 0, 1, 2])


def make_rows(rng, n_topics):
    width = -(-n_topics // LANES) * LANES
    counts, phi = np.zeros(width, np.float32), np.zeros(width, np.float32)
    counts[:n_topics] = rng.integers(0, 4, n_topics) + 0.1
    phi[:n_topics] = rng.random(n_topics)
    return counts, phi, np.zeros(width + 2 * LANES, np.float32)


@pytest.mark.parametrize("n_topics", [1, 2, 5, 16, 17, 50, 200])
@pytest.mark.parametrize("has_own", [False, True])
def test_draw_hits_each_topic_in_proportion_to_its_weight(rng, n_topics, has_own):
    counts, phi, scratch = make_rows(rng, n_topics)
    own = int(rng.integers(n_topics)) if has_own else -1
    weights = (counts * phi).astype(float)
    if has_own:
        weights[own] = 0.25
    n_draws = 256 if JIT_DISABLED else 1 << 14
    hits = np.zeros(len(weights))
    for draw in range(n_draws):  # an even grid of uniforms: intervals, not chance
        uniform = np.float32((draw + 0.5) / n_draws)
        topic = simd.draw_topic(counts, 0, phi, 0, len(phi) // LANES, own, np.float32(0.25), uniform, scratch)
        hits[topic] += 1
    np.testing.assert_allclose(hits / n_draws, weights / weights.sum(), atol=2 / n_draws)
    assert scratch[(len(phi) // LANES + 1) * LANES] == pytest.approx(weights.sum(), rel=1e-5)


@pytest.mark.parametrize("n_topics", [3, 16, 50, 333])
def test_draw_equals_its_plain_twin_bit_for_bit(rng, n_topics):
    for _ in range(20 if JIT_DISABLED else 500):
        counts, phi, scratch = make_rows(rng, n_topics)
        other = scratch.copy()
        own, own_weight, uniform = int(rng.integers(-1, n_topics)), np.float32(0.3), np.float32(rng.random())
        arguments = (counts, 0, phi, 0, len(phi) // LANES, own, own_weight, uniform)
        assert simd.draw_topic(*arguments, scratch) == simd.draw_topic_plain(*arguments, other)
        vectors = len(phi)
        np.testing.assert_array_equal(scratch[:vectors], other[:vectors])
        assert scratch[vectors + LANES] == other[vectors + LANES]


def test_draw_reads_rows_at_an_offset(rng):
    counts, phi, scratch = make_rows(rng, 16)
    both = (
        np.concatenate([np.full(16, 7, np.float32), counts]),
        np.concatenate([phi, np.zeros(16, np.float32)]),
    )
    for uniform in np.linspace(0, 0.999, 50, dtype=np.float32):
        expected = simd.draw_topic(counts, 0, phi, 0, 1, -1, np.float32(0), uniform, scratch)
        assert simd.draw_topic(both[0], 16, both[1], 0, 1, -1, np.float32(0), uniform, scratch) == expected


def test_slow_draw_returns_only_topics_of_positive_weight():
    counts, phi = np.ones(16, np.float32), np.zeros(16, np.float32)
    phi[3], phi[9] = 1, 3
    draws = [
        simd.draw_topic_slowly(counts, 0, phi, 0, 12, -1, np.float32(0), np.float32(uniform))
        for uniform in np.linspace(0, 1 - 2**-24, 101)
    ]
    assert set(draws) == {3, 9}
    assert draws.count(3) == 26
    assert simd.draw_topic_slowly(counts, 0, phi, 0, 12, 3, np.float32(0), np.float32(0)) == 9


def test_streams_of_blocks_sweeps_and_seeds_differ():
    with np.errstate(over="ignore"):
        keys = {
            int(simd.block_key(np.uint64(seed), np.uint64(sweep), np.uint64(block)))
            for seed in range(4)
            for sweep in range(8)
            for block in range(8)
        }
    assert len(keys) == 4 * 8 * 8


def sample_copies(before, n_copies, key, docs=DOCS, words=WORDS, alpha=ALPHA, beta=BETA):
    """Draw one sweep from the state ``before`` in many copies of a tiny corpus; return (n_copies, n_tokens).

    Copies are further documents of one block: with phi given, they do not see one another.
    """
    n_topics, n_words = beta.shape
    topic_word = beta.copy()
    np.add.at(topic_word, (before, words), 1)
    totals = topic_word.sum(1)
    phi = np.zeros((n_words, LANES), np.float32)
    phi[:, :n_topics] = (topic_word / totals[:, None]).T
    ratio, share = np.zeros(LANES, np.float32), np.zeros(LANES, np.float32)
    ratio[:n_topics], share[:n_topics] = totals / (totals - 1), 1 / (totals - 1)
    n_docs = docs.max() + 1
    slots = (docs[:, None] + n_docs * np.arange(n_copies)).astype(np.uint16)
    new_word = np.r_[True, words[1:] != words[:-1]]
    slots[new_word, 0] |= FIRST_OF_WORD
    topics = np.repeat(before.astype(np.uint16), n_copies)
    doc_prior = np.zeros(LANES, np.float32)
    doc_prior[:n_topics] = alpha[0]
    scale = np.ones(n_docs * n_copies, np.float32)
    with np.errstate(over="ignore"):
        log_weight, n_moved = simd.sample_block(
            topics, slots.ravel(), words[new_word].astype(np.int32), False, phi, ratio, share, n_topics, doc_prior,
            scale, scale * np.float32(2.0**-20), np.uint64(key), np.zeros((len(scale), LANES), np.float32),
            np.zeros(3 * LANES, np.float32),
        )  # fmt: skip
    after = topics.reshape(len(words), n_copies).T.astype(int)
    assert n_moved == (after != before).sum()
    assert np.isfinite(log_weight)
    return after


def test_one_sweep_has_the_enumerated_transition_chances(dense_lda):
    states = dense_lda.all_states(4, 2)
    n_copies = 60 if JIT_DISABLED else 8000
    for number, before in enumerate(states):
        after = sample_copies(before, n_copies, key=12345 + 2 * number)
        frequencies = np.bincount(after @ [8, 4, 2, 1], minlength=16) / n_copies
        chances = dense_lda.sweep_chances(DOCS, WORDS, before, ALPHA, BETA)
        assert chances.sum() == pytest.approx(1)
        tolerance = 5 * np.sqrt(chances * (1 - chances) / n_copies) + 2 / n_copies
        assert (np.abs(frequencies - chances) < tolerance).all(), before


def test_first_token_of_a_sweep_has_the_collapsed_conditional(dense_lda):
    n_copies = 60 if JIT_DISABLED else 8000
    for number, before in enumerate(dense_lda.all_states(4, 2)):
        after = sample_copies(before, n_copies, key=999 + 2 * number)
        chance = dense_lda.collapsed_conditional(DOCS, WORDS, before, 0, ALPHA, BETA)[1]
        tolerance = 5 * np.sqrt(chance * (1 - chance) / n_copies) + 2 / n_copies
        assert abs(np.mean(after[:, 0]) - chance) < tolerance


def test_log_weight_is_the_log_of_the_unnormalized_conditionals(dense_lda):
    before = np.array([0, 1, 1, 0])
    alpha, beta = np.full((1, 1), 0.5), np.full((1, 3), 0.2)
    # one topic: every draw is certain, so the total weights are known
    docs, words = np.zeros(4, int), np.array([0, 0, 1, 2])
    before[:] = 0
    with np.errstate(over="ignore"):
        phi = np.zeros((3, LANES), np.float32)
        phi[:, 0] = (np.array([2, 1, 1]) + 0.2) / 4.6
        vectors = [np.zeros(LANES, np.float32) for _ in range(3)]
        vectors[0][0], vectors[1][0], vectors[2][0] = 4.6 / 3.6, 1 / 3.6, 0.5
        slots = np.array([FIRST_OF_WORD, 0, FIRST_OF_WORD, FIRST_OF_WORD], np.uint16)
        one = np.ones(1, np.float32)
        log_weight, _ = simd.sample_block(
            np.zeros(4, np.uint16), slots, np.arange(3, dtype=np.int32), False, phi, vectors[0], vectors[1], 1,
            vectors[2], one, one * np.float32(2.0**-20), np.uint64(7), np.zeros((1, LANES), np.float32),
            np.zeros(3 * LANES, np.float32),
        )  # fmt: skip
    expected = sum(np.log(3.5 * (count - 1 + 0.2) / 3.6) for count in (2, 2, 1, 1))
    assert log_weight == pytest.approx(expected, rel=1e-5)
    assert dense_lda.collapsed_conditional(docs, words, before, 0, alpha, beta) == pytest.approx([1.0])


def test_counting_a_token_in_and_out_leaves_the_prior_exact():
    counts = np.zeros((1, LANES), np.float32)
    prior = np.full(LANES, 0.1, np.float32)
    step = np.array([2.0 ** (10 - 24)], np.float32)
    slots = np.zeros(700, np.uint16)
    args = slots, False, prior, np.ones(1, np.float32), step, counts
    simd.fill_document_counts(np.zeros(700, np.uint16), *args)
    value = counts[0, 0]
    for _ in range(700):
        value -= np.float32(1)
    assert value == counts[0, 1]
    assert value == pytest.approx(0.1, abs=float(step[0]))
