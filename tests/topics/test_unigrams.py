"""Mixture of unigrams: against the slow reference, recovery, contract, errors."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix, issparse
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import validate_data

from bandscape.core.errors import ParameterError
from bandscape.topics import MixtureOfUnigrams, cluster_scores
from bandscape.topics.checking import check_counts


class RoundedMixture(MixtureOfUnigrams):
    """The contract checks bring fractions; a count model wants whole numbers."""

    def _check_counts(self, counts, *, reset):
        checked = validate_data(self, counts, accept_sparse="csr", ensure_all_finite=False, reset=reset)
        return check_counts(checked.rint() if issparse(checked) else np.rint(np.asarray(checked, float)))


def expected_failures(_estimator):
    return {
        "check_clustering": "its points are standardized, so that half of their coordinates are negative: no counts"
    }


@parametrize_with_checks([RoundedMixture(n_clusters=2)], expected_failed_checks=expected_failures)
def test_scikit_learn_contract(estimator, check):
    check(estimator)


def test_iterations_equal_the_reference(reference_mixture, rng):
    counts = rng.poisson(0.7, (12, 6))
    counts[4] = 0
    options = {"n_clusters": 3, "smoothing": 0.3, "n_starts": 1, "tolerance": 1e-300}
    model = MixtureOfUnigrams(**options, max_iterations=5, random_state=7).fit(counts)
    start = MixtureOfUnigrams(**options)._first_words(csr_matrix(counts), np.random.default_rng(7))
    share, word, objectives = [1 / 3] * 3, start.tolist(), []
    for _ in range(5):
        objectives.append(reference_mixture.objective(counts.tolist(), share, word, 0.3))
        share, word = reference_mixture.step(counts.tolist(), share, word, 0.3)
    np.testing.assert_allclose(model.objective_, objectives, rtol=1e-10)
    np.testing.assert_allclose(model.cluster_share_, share, rtol=1e-8)
    np.testing.assert_allclose(model.cluster_word_, word, rtol=1e-8)
    beliefs = [reference_mixture.posterior(row, share, word)[0] for row in counts.tolist()]
    np.testing.assert_allclose(model.responsibilities_, beliefs, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(model.responsibilities_[4], model.cluster_share_)  # no words, no news


def test_objective_never_falls_and_more_starts_are_no_worse(rng):
    counts = rng.poisson(0.5, (80, 30))
    one = MixtureOfUnigrams(n_clusters=5, n_starts=1, random_state=3).fit(counts)
    many = MixtureOfUnigrams(n_clusters=5, n_starts=8, random_state=3).fit(counts)
    assert (np.diff(one.objective_) >= -1e-9).all()
    assert many.objective_[-1] >= one.objective_[-1]


def test_clusters_are_recovered_and_new_documents_join_them(rng):
    word = rng.dirichlet(np.full(60, 0.3), 4)
    truth = np.repeat(np.arange(4), 50)
    counts = np.array([rng.multinomial(40, word[kind]) for kind in truth])
    model = MixtureOfUnigrams(n_clusters=4, smoothing=0.05).fit(counts[::2])
    assert cluster_scores(truth[::2], model.labels_)["accuracy"] > 0.98
    assert cluster_scores(truth[1::2], model.predict(counts[1::2]))["accuracy"] > 0.98
    np.testing.assert_array_equal(model.predict(counts[::2]), model.labels_)
    np.testing.assert_allclose(model.cluster_word_.sum(axis=1), 1)
    assert np.abs(np.sort(model.cluster_share_) - 0.25).max() < 0.02


def test_same_seed_gives_same_bytes_and_input_is_untouched(random_counts):
    random_counts.data.flags.writeable = False
    first, second = (MixtureOfUnigrams(n_clusters=3, n_starts=2).fit(random_counts) for _ in range(2))
    assert first.cluster_word_.tobytes() == second.cluster_word_.tobytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_clusters": 0}, "n_clusters must be an int >= 1; got 0"),
        ({"n_clusters": 7}, r"n_clusters must be at most the number of documents \(n_samples=6\); got 7"),
        ({"n_starts": 0}, "n_starts must be an int >= 1"),
        ({"max_iterations": 0}, "max_iterations must be an int >= 1"),
        ({"smoothing": 0}, "smoothing must be a number > 0; got 0"),
        ({"tolerance": float("nan")}, "tolerance must be a number > 0; got nan"),
    ],
)
def test_unusable_parameters_are_refused(options, message):
    with pytest.raises(ParameterError, match=message):
        MixtureOfUnigrams(**({"n_clusters": 2} | options)).fit(np.ones((6, 3), int))


def test_fractions_are_refused_and_an_unfitted_model_says_so():
    with pytest.raises(ParameterError, match=r"whole numbers >= 0; got 0\.5 in row 0, column 1"):
        MixtureOfUnigrams(n_clusters=2).fit(np.array([[1, 0.5], [0, 1]]))
    with pytest.raises(NotFittedError):
        MixtureOfUnigrams().predict(np.ones((2, 2), int))
