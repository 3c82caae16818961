"""Which sampler is taken, and what does not fit into memory."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bandscape.core import memory
from bandscape.core.errors import BandscapeWarning, ParameterError
from bandscape.topics import KeywordLDA, choosing, lda
from bandscape.topics.choosing import SAMPLERS, choose_sampler, expected_topics_per_document
from bandscape.topics.keywords import make_free_topics
from bandscape.topics.priors import make_classic_priors, make_proportional_priors


def make_priors(n_topics, alpha=0.1, prior="classic"):
    topics, word_counts = make_free_topics(n_topics), np.ones(10, np.int64)
    if prior == "proportional":
        return make_proportional_priors(topics, {}, word_counts).at(0.1)
    return make_classic_priors(topics, {}, word_counts, doc_topic_prior=alpha)


REVIEWS = np.full(10_000, 250)


@pytest.mark.parametrize("wanted", SAMPLERS[1:])
def test_what_is_asked_for_is_taken(wanted):
    assert choose_sampler(wanted, REVIEWS, make_priors(50)) == wanted


@pytest.mark.parametrize("prior", ["classic", "proportional"])
@pytest.mark.parametrize("length", [10, 60, 250, 3000])
def test_many_topics_are_sampled_sparsely_and_few_densely(length, prior):
    lengths = np.full(3_000, length)
    kinds = [choose_sampler("auto", lengths, make_priors(k, 0.1, prior)) for k in (20, 50, 200, 1000, 5000)]
    assert kinds[:2] == ["dense", "dense"]
    assert kinds[-1] == "sparse"
    assert kinds == sorted(kinds)  # once sparse, sparse for all larger numbers


def test_concentrated_documents_are_sampled_sparsely_earlier():
    assert choose_sampler("auto", REVIEWS, make_priors(200, 0.005)) == "sparse"
    assert choose_sampler("auto", REVIEWS, make_priors(200, 0.25)) == "dense"


def test_small_and_empty_corpora_are_sampled_exactly():
    assert choose_sampler("auto", np.full(100, 200), make_priors(5000)) == "exact"
    assert choose_sampler("auto", np.zeros(3, np.int64), make_priors(5)) == "exact"


def test_expected_topics_are_those_of_documents_drawn_from_the_prior(rng):
    priors = make_priors(40)
    drawn = [len(np.unique(rng.choice(40, 80, p=rng.dirichlet(priors.doc_prior)))) for _ in range(2000)]
    assert expected_topics_per_document(80, priors) == pytest.approx(np.mean(drawn), rel=0.03)
    assert expected_topics_per_document(80, make_priors(1)) == 1
    by_length = make_priors(40, prior="proportional")
    drawn = [
        len(np.unique(rng.choice(40, 80, p=rng.dirichlet(80 * by_length.doc_prior)))) for _ in range(2000)
    ]
    assert expected_topics_per_document(80, by_length) == pytest.approx(np.mean(drawn), rel=0.03)


def test_estimator_takes_the_sampler_it_is_told(random_counts):
    shares = {}
    for sampler in SAMPLERS:
        model = KeywordLDA(n_topics=6, n_sweeps=5, n_samples=2, sampler=sampler).fit(random_counts)
        assert model.sampler_ == ("exact" if sampler == "auto" else sampler)
        assert model.topic_word_.dtype == (np.float32 if sampler == "sparse" else np.float64)
        np.testing.assert_allclose(model.topic_word_.sum(axis=1, dtype=float), 1, rtol=1e-6)
        np.testing.assert_allclose(model.doc_topic_.sum(axis=1), 1, rtol=1e-5)
        shares[sampler] = model.topic_share_.tobytes()
    assert shares["auto"] == shares["exact"]
    assert len(set(shares.values())) == 3


def test_unknown_sampler_is_refused(random_counts):
    with pytest.raises(
        ParameterError, match="sampler must be one of 'auto', 'exact', 'dense', 'sparse'; got 'fast'"
    ):
        KeywordLDA(n_topics=3, sampler="fast").fit(random_counts)


def test_threads_do_not_change_a_sparse_fit(random_counts):
    models = [
        KeywordLDA(n_topics=20, n_sweeps=6, n_samples=2, sampler="sparse", n_jobs=n_jobs).fit(random_counts)
        for n_jobs in (1, 3)
    ]
    assert models[0].topic_word_.tobytes() == models[1].topic_word_.tobytes()
    assert models[0].doc_topic_.tobytes() == models[1].doc_topic_.tobytes()


@pytest.mark.parametrize(
    ("sampler", "remedy"), [("dense", 'sampler="sparse" needs less'), ("sparse", "fewer topics")]
)
def test_a_fit_too_large_for_memory_is_refused_before_anything_is_made(
    random_counts, monkeypatch, sampler, remedy
):
    monkeypatch.setattr(memory, "available_memory", lambda: 1000)
    monkeypatch.setattr(lda, "make_sampler", None)
    with pytest.raises(ParameterError, match=f"7 topics of 40 words in 600 documents need about .*{remedy}"):
        KeywordLDA(n_topics=7, sampler=sampler).fit(random_counts)


def test_mixtures_too_large_for_memory_are_refused(random_counts, monkeypatch):
    model = KeywordLDA(n_topics=7, n_sweeps=2, n_samples=1).fit(random_counts)
    monkeypatch.setattr(memory, "available_memory", lambda: 1000)
    with pytest.raises(ParameterError, match=r"7 topics for 600 documents .* in parts"):
        model.transform(random_counts)


def test_the_sparse_estimate_depends_on_topics_by_the_results_only(monkeypatch):
    needs = []
    monkeypatch.setattr(choosing, "check_memory", lambda need, *_: needs.append(need))
    for n_topics in (10, 1000):
        choosing.check_fit_memory("sparse", csr_matrix(np.ones((50, 60), np.int32)), n_topics)
    assert needs[1] - needs[0] == 990 * (60 + 50) * 4


def test_a_fit_that_takes_much_memory_says_so_before_it_begins(random_counts, monkeypatch):
    monkeypatch.setattr(choosing, "MUCH_BYTES", 1000)
    with pytest.warns(
        BandscapeWarning, match=r"3 topics of .* GiB of memory at least; .* ask for fewer topics"
    ):
        KeywordLDA(n_topics=3, n_sweeps=2, n_samples=1).fit(random_counts)
