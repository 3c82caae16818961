"""Left to right against all topic assignments of tiny documents, added up; what must not matter; limits."""

import hashlib
import itertools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.special import gammaln, logsumexp

from bandscape.core.errors import BandscapeError, ParameterError
from bandscape.topics import KeywordLDA
from bandscape.topics.diagnostics import left_to_right, score_held_out

HERE = Path(__file__).resolve().parent
TOPIC_WORD = np.random.default_rng(0).dirichlet(np.full(5, 0.3), 3)
PRIOR = np.array([0.2, 0.1, 0.4])
COUNTS = np.array([[2, 1, 1, 1, 1], [2, 1, 0, 0, 0], [0, 0, 0, 0, 1], [0, 0, 2, 4, 0], [0, 0, 0, 0, 0]])


def enumerate_assignments(row, topic_word, prior):
    """log p(words) as the sum over every assignment of topics of p(topics) p(words | topics)."""
    words = np.repeat(np.arange(len(row)), row)
    total = []
    for topics in itertools.product(range(len(prior)), repeat=len(words)):
        counts = np.bincount(topics, minlength=len(prior))
        log_prior = gammaln(prior.sum()) - gammaln(prior.sum() + len(words))
        log_prior += (gammaln(prior + counts) - gammaln(prior)).sum()
        total.append(log_prior + np.log(topic_word[list(topics), words]).sum())
    return logsumexp(total)


@pytest.mark.parametrize(("n_particles", "n_moves"), [(5, 16), (20, 2), (20, 0)])
def test_the_estimated_probability_is_unbiased(n_particles, n_moves):
    exact = np.array([enumerate_assignments(row, TOPIC_WORD, PRIOR) for row in COUNTS])
    copies = np.tile(COUNTS, (4000, 1))  # every row has random streams of its own
    logs = left_to_right(copies, TOPIC_WORD, PRIOR, n_particles=n_particles, n_moves=n_moves)
    ratios = np.exp(logs.reshape(4000, -1) - exact)
    error = ratios.std(axis=0) / np.sqrt(4000)
    assert (np.abs(ratios.mean(axis=0) - 1) <= 4 * error + 1e-5).all()
    assert error.max() < 0.05


def test_many_particles_come_close_in_a_single_run():
    exact = [enumerate_assignments(row, TOPIC_WORD, PRIOR) for row in COUNTS]
    assert left_to_right(COUNTS, TOPIC_WORD, PRIOR, n_particles=3000) == pytest.approx(exact, abs=0.15)


def test_documents_of_no_word_and_of_one_and_a_single_topic_are_exact():
    assert left_to_right(np.zeros((1, 5), int), TOPIC_WORD, PRIOR)[0] == 0
    one = left_to_right(np.eye(5, dtype=int), TOPIC_WORD, PRIOR, n_particles=1)
    assert one == pytest.approx(np.log(PRIOR / PRIOR.sum() @ TOPIC_WORD), abs=1e-5)
    alone = left_to_right(COUNTS, TOPIC_WORD[:1], PRIOR[:1], n_particles=1)
    assert alone == pytest.approx(COUNTS @ np.log(TOPIC_WORD[0]), rel=1e-5)


def test_a_prior_by_length_is_the_prior_times_the_length():
    twice = left_to_right(COUNTS[:1], TOPIC_WORD, 6 * PRIOR)
    assert np.array_equal(left_to_right(COUNTS[:1], TOPIC_WORD, PRIOR, by_length=True), twice)


def test_a_word_without_a_chance_makes_the_document_impossible_and_no_other():
    topic_word = np.array([[0.5, 0.5, 0.0], [0.9, 0.1, 0.0]])
    found = left_to_right([[1, 1, 0], [1, 1, 1], [3, 0, 0]], topic_word, [0.1, 0.1])
    assert found[1] == -np.inf
    assert np.isfinite(found[[0, 2]]).all()


def digest_of_estimates(n_jobs=1):
    rng = np.random.default_rng(3)
    topic_word = rng.dirichlet(np.full(40, 0.1), 18)
    counts = csr_matrix(rng.poisson(0.5, (30, 40)))
    found = left_to_right(
        counts, topic_word, np.full(18, 0.1), n_particles=6, n_moves=4, random_state=7, n_jobs=n_jobs
    )
    return hashlib.sha256(found.tobytes()).hexdigest()


def test_threads_and_compilation_do_not_matter():
    digest = digest_of_estimates()
    assert digest_of_estimates(n_jobs=3) == digest
    program = "import test_diagnostics_heldout as tests; print(tests.digest_of_estimates())"
    run = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, cwd=HERE,
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    assert run.stdout.strip() == digest


def test_seeds_matter_and_the_input_is_left_alone():
    counts = csr_matrix(COUNTS)
    counts.data.flags.writeable = False
    first = left_to_right(counts, TOPIC_WORD, PRIOR, random_state=1)
    assert np.array_equal(first, left_to_right(counts, TOPIC_WORD, PRIOR, random_state=1))
    assert not np.array_equal(first, left_to_right(counts, TOPIC_WORD, PRIOR, random_state=2))


def test_more_particles_and_moves_raise_the_estimate_of_long_documents(rng):
    """The logarithm of an unbiased estimate is too low; how much, its variance says."""
    topic_word = rng.dirichlet(np.full(100, 0.05), 10)
    mixtures = rng.dirichlet(np.full(10, 0.2), 20)
    counts = np.array([rng.multinomial(150, mixture @ topic_word) for mixture in mixtures])
    few, many = (
        left_to_right(counts, topic_word, np.full(10, 0.2), n_particles=n, n_moves=m).mean()
        for n, m in ((1, 0), (100, 16))
    )
    assert few < many - 1


def test_the_true_topics_score_higher_than_others_by_both_ways(rng):
    topic_word = rng.dirichlet(np.full(50, 0.1), 4)
    counts = np.array([rng.multinomial(60, rng.dirichlet(np.full(4, 0.3)) @ topic_word) for _ in range(300)])
    model = KeywordLDA(n_topics=4, n_sweeps=60, n_samples=10).fit(counts[:200])
    poor = KeywordLDA(n_topics=1, n_sweeps=5, n_samples=2).fit(counts[:200])
    good, bad = (score_held_out(one, counts[200:], n_particles=10) for one in (model, poor))
    assert good.n_documents == 100
    assert good.n_tokens == 6000
    assert good.left_to_right > bad.left_to_right + 5 * good.error
    assert good.completion > bad.completion
    assert good.completion_perplexity == pytest.approx(model.perplexity(counts[200:]))
    assert good.left_to_right_perplexity == pytest.approx(np.exp(-good.left_to_right))


def test_bad_input_is_named_and_a_stop_is_obeyed(block_counts):
    with pytest.raises(ParameterError, match="counts have 5 words; topic_word must be"):
        left_to_right(COUNTS, TOPIC_WORD[:, :4], PRIOR)
    with pytest.raises(ParameterError, match="doc_prior must be > 0"):
        left_to_right(COUNTS, TOPIC_WORD, [0.1, 0, 0.1])
    with pytest.raises(ParameterError, match="n_particles must be an int >= 1; got 0"):
        left_to_right(COUNTS, TOPIC_WORD, PRIOR, n_particles=0)
    with pytest.raises(ParameterError, match=r"n_moves must be an int >= 0; got 1\.5"):
        left_to_right(COUNTS, TOPIC_WORD, PRIOR, n_moves=1.5)
    with pytest.raises(ParameterError, match="whole numbers"):
        left_to_right(COUNTS + 0.5, TOPIC_WORD, PRIOR)
    model = KeywordLDA(n_topics=2, n_sweeps=3, n_samples=1).fit(block_counts)
    with pytest.raises(ParameterError, match="nothing to score"):
        score_held_out(model, np.zeros((2, 20), int))
    with pytest.raises(BandscapeError, match="stopped after 64 of 200 documents"):
        score_held_out(model, block_counts, n_particles=1, on_progress=lambda _event: True)
