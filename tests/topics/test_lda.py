"""The estimator: recovery, determinism, parameters, errors."""

import weakref

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from bandscape.core.errors import ParameterError
from bandscape.topics import KeywordLDA, SmoothAnnealing, StepAnnealing, Topic, lda, sampler

WORDS = [f"w{at}" for at in range(20)]
BLOCKS = [
    {"id": "first", "proportion": 1, "keywords": ["w12"]},
    {"id": "second", "proportion": 1, "keywords": ["w1", "w3"]},
    {"id": "rest", "proportion": 1, "count": 2},
]


def fit_blocks(counts, **options):
    options = {"topics": BLOCKS, "n_sweeps": 60, "n_samples": 20} | options
    return KeywordLDA(**options).fit(counts, vocabulary=WORDS)


@pytest.fixture(params=["exact", "blocks"])
def either_sampler(request, monkeypatch):
    """Run a test with the sampler of small corpora and with that of large ones."""
    monkeypatch.setattr(sampler, "EXACT_TOKENS", 10**9 if request.param == "exact" else 0)


@pytest.mark.usefixtures("either_sampler")
@pytest.mark.parametrize("prior", ["classic", "proportional"])
def test_block_corpus_is_recovered_and_seeded_topics_keep_their_place(block_counts, prior):
    # a short chain may end with two blocks in one topic; as usual, the likeliest of several chains is taken
    models = [fit_blocks(block_counts, prior=prior, n_sweeps=200, random_state=seed) for seed in range(8)]
    model = max(models, key=lambda model: model.trace_["log_likelihood"][-1])
    assert model.topic_ids_.tolist() == ["first", "second", "rest_1", "rest_2"]
    block_of = np.array([model.topic_word_[:, 5 * block : 5 * block + 5].sum(axis=1) for block in range(4)])
    owner = block_of.argmax(axis=0)
    assert owner[:2].tolist() == [2, 0]
    assert sorted(owner.tolist()) == [0, 1, 2, 3]
    # at temperature 0.1 the proportional prior itself puts 3/44 of each topic on the other blocks
    assert block_of.max(axis=0).min() > (0.98 if prior == "classic" else 0.85)
    np.testing.assert_allclose(model.topic_share_, 0.25, atol=0.03)
    truth = np.array([block_counts[:, 5 * block : 5 * block + 5].sum(axis=1) for block in owner]).T / 40
    assert np.abs(model.doc_topic_ - truth).max() < (0.05 if prior == "classic" else 0.12)


def test_a_keyword_may_seed_several_topics(rng):
    # "star" of films stands with 1-4, "star" of sport with 5-8
    counts = np.zeros((100, 9), np.int32)
    counts[:50, 0:5] = rng.poisson(2, (50, 5))
    counts[50:, [0, 5, 6, 7, 8]] = rng.poisson(2, (50, 5))
    topics = [
        {"id": "film", "keywords": ["w0", "w1"]},
        {"id": "sport", "keywords": ["w0", "w5"]},
    ]
    model = KeywordLDA(topics=topics, n_sweeps=40, n_samples=10).fit(counts, vocabulary=WORDS[:9])
    assert model.doc_topic_[:50, 0].min() > 0.8
    assert model.doc_topic_[50:, 1].min() > 0.8
    assert (model.topic_word_[:, 0] > 0.1).all()


def test_estimates_are_distributions_and_include_the_prior(random_counts):
    model = KeywordLDA(n_topics=7, n_sweeps=5, n_samples=2, topic_word_prior=0.5).fit(random_counts)
    np.testing.assert_allclose(model.topic_word_.sum(axis=1), 1)
    np.testing.assert_allclose(model.doc_topic_.sum(axis=1), 1, rtol=1e-5)
    assert model.topic_share_.sum() == pytest.approx(1)
    assert model.topic_word_.min() > 0
    assert model.components_ is model.topic_word_
    np.testing.assert_allclose(model.doc_topic_[[0, 17, 599]], 1 / 7, rtol=1e-6)
    assert model.topic_word_.shape == (7, 40)
    assert model.doc_topic_.shape == (600, 7)


def test_one_topic_has_the_smoothed_frequencies(random_counts):
    model = KeywordLDA(n_topics=1, n_sweeps=2, n_samples=1, topic_word_prior=0.25).fit(random_counts)
    expected = np.asarray(random_counts.sum(axis=0)).ravel() + 0.25
    np.testing.assert_allclose(model.topic_word_[0], expected / expected.sum())


def test_samples_are_averaged(random_counts):
    # p(word | topic) of one sample is (integer + beta) / (integer + B); an average of several is not
    options = {"n_topics": 3, "n_sweeps": 30, "optimize_interval": 0}
    one, many = (KeywordLDA(**options, n_samples=n_samples).fit(random_counts) for n_samples in (1, 20))
    counts = one.doc_topic_ * (np.asarray(random_counts.sum(axis=1)) + 0.3) - 0.1
    np.testing.assert_allclose(counts, np.rint(counts), atol=1e-4)
    counts = many.doc_topic_ * (np.asarray(random_counts.sum(axis=1)) + 0.3) - 0.1
    assert np.abs(counts - np.rint(counts)).max() > 0.1


def same_model(first, second):
    names = ("topic_word_", "doc_topic_", "topic_share_")
    traces = all(first.trace_[name].tobytes() == second.trace_[name].tobytes() for name in first.trace_)
    return traces and all(getattr(first, name).tobytes() == getattr(second, name).tobytes() for name in names)


@pytest.mark.usefixtures("either_sampler")
@pytest.mark.parametrize("prior", ["classic", "proportional"])
def test_same_seed_gives_same_bytes_at_any_number_of_threads(random_counts, prior):
    models = [
        KeywordLDA(n_topics=20, prior=prior, n_sweeps=6, n_samples=3, n_jobs=n_jobs).fit(random_counts)
        for n_jobs in (1, 2, 4, 1)
    ]
    assert all(same_model(models[0], model) for model in models[1:])
    mixtures = [model.transform(random_counts).tobytes() for model in models]
    assert len(set(mixtures)) == 1


def test_other_seeds_give_other_models(random_counts):
    first, second = (
        KeywordLDA(n_topics=5, n_sweeps=4, n_samples=2, random_state=seed).fit(random_counts)
        for seed in (0, 1)
    )
    assert not same_model(first, second)


def test_refit_equals_fresh_fit_and_input_is_untouched(random_counts, block_counts):
    for array in (random_counts.data, random_counts.indices, random_counts.indptr):
        array.setflags(write=False)
    fresh = KeywordLDA(n_topics=5, n_sweeps=4, n_samples=2).fit(random_counts)
    again = (
        KeywordLDA(n_topics=5, n_sweeps=4, n_samples=2).fit(block_counts, vocabulary=WORDS).fit(random_counts)
    )
    assert same_model(fresh, again)


def test_forms_of_the_input_do_not_matter(random_counts):
    options = {"n_topics": 5, "n_sweeps": 4, "n_samples": 2}
    expected = KeywordLDA(**options).fit(random_counts)
    dense = random_counts.toarray()
    shuffled = random_counts.tocoo()
    order = np.random.default_rng(1).permutation(shuffled.nnz)
    shuffled = csr_matrix(
        (shuffled.data[order], (shuffled.row[order], shuffled.col[order])), shape=shuffled.shape
    )
    for counts in (
        dense,
        dense.astype(float),
        dense.tolist(),
        random_counts.tocsc(),
        shuffled,
        random_counts.astype("u1"),
    ):
        assert same_model(expected, KeywordLDA(**options).fit(counts))


def test_a_frame_names_the_words(block_counts):
    frame = pd.DataFrame(block_counts.toarray(), columns=WORDS)
    model = KeywordLDA(topics=BLOCKS, n_sweeps=5, n_samples=2).fit(frame)
    assert model.vocabulary_.tolist() == WORDS
    assert model.keyword_report_[0] == {
        "topic": "first",
        "keyword": "w12",
        "count": int(block_counts[:, 12].sum()),
        "status": "present",
    }


def test_vocabulary_may_be_a_table(block_counts):
    table = pd.DataFrame({"word": WORDS, "count": 1})
    assert fit_blocks(block_counts).vocabulary_.tolist() == WORDS
    model = KeywordLDA(n_topics=2, n_sweeps=2, n_samples=1).fit(block_counts, vocabulary=table)
    assert model.vocabulary_.tolist() == WORDS


def test_absent_keywords_are_reported_and_not_fatal(block_counts):
    topics = [{"id": "a", "keywords": ["w1", "unheard"]}, {"id": "b"}]
    for prior in ("classic", "proportional"):
        model = fit_blocks(block_counts, topics=topics, prior=prior, n_sweeps=3, n_samples=1)
        assert [row["status"] for row in model.keyword_report_] == ["present", "absent"]


@pytest.mark.usefixtures("either_sampler")
@pytest.mark.parametrize("prior", ["classic", "proportional"])
def test_excluded_words_have_probability_zero(block_counts, prior):
    topics = [{"id": "a", "excluded": ["w0", "w1"]}, {"id": "b", "count": 3}]
    model = fit_blocks(block_counts, topics=topics, prior=prior, n_sweeps=20, n_samples=10)
    assert (model.topic_word_[0, :2] == 0).all()
    assert (model.topic_word_[1:] > 0).all()


@pytest.mark.usefixtures("either_sampler")
def test_frozen_topic_keeps_its_row_and_explains_documents(block_counts):
    row = np.zeros(20)
    row[5:10] = 2.0
    topics = [{"id": "free", "count": 3}, {"id": "held", "frozen": True}]
    model = fit_blocks(block_counts, topics=topics, frozen_topic_word={"held": row})
    np.testing.assert_array_equal(model.topic_word_[3], row / 10)
    assert model.topic_share_[3] == pytest.approx(0.25, abs=0.03)


def test_progress_is_reported_each_sweep_and_may_stop(block_counts):
    events = []
    model = KeywordLDA(n_topics=3, n_sweeps=10, n_samples=5).fit(block_counts, on_progress=events.append)
    assert [(event.done, event.total, event.unit) for event in events] == [
        (at, 10, "sweeps") for at in range(1, 11)
    ]
    np.testing.assert_array_equal(model.trace_["sweep"], np.arange(1, 11))
    assert (np.diff(model.trace_["temperature"]) <= 0).all()
    stopped = KeywordLDA(n_topics=3, n_sweeps=10, n_samples=5).fit(
        block_counts, on_progress=lambda event: event.done == 3
    )
    assert stopped.n_sweeps_ == 3
    np.testing.assert_allclose(stopped.topic_word_.sum(axis=1), 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_topics", 4),
        ("topics", BLOCKS),
        ("prior", "proportional"),
        ("doc_topic_prior", 3.0),
        ("topic_word_prior", 2.0),
        ("annealing", None),
        ("annealing", SmoothAnnealing(start=50.0)),
        ("n_sweeps", 9),
        ("n_samples", 4),
        ("random_state", 5),
    ],
)
def test_each_parameter_changes_the_result(block_counts, name, value):
    options = {"n_topics": 3, "n_sweeps": 8, "n_samples": 2}
    base = KeywordLDA(**options).fit(block_counts, vocabulary=WORDS)
    changed = KeywordLDA(**(options | {name: value})).fit(block_counts, vocabulary=WORDS)
    assert base.topic_word_.tobytes() != changed.topic_word_.tobytes()


def test_keyword_strength_and_annealing_of_the_other_scheme_reach_the_sampler(block_counts):
    weak, strong = (fit_blocks(block_counts, keyword_strength=value) for value in (0.0, 50.0))
    assert strong.topic_word_[0, 12] > 0.9
    assert weak.topic_word_[0, 12] < 0.3
    stepped = fit_blocks(block_counts, annealing=StepAnnealing(start=4.0, final=2.0))
    assert stepped.trace_["temperature"][[0, -1]].tolist() == [4.0, 2.0]


def test_proportions_set_the_expected_sizes(block_counts):
    topics = [{"id": "large", "proportion": 0.9}, {"id": "small", "proportion": 0.1}]
    model = fit_blocks(block_counts, topics=topics, prior="proportional", annealing=StepAnnealing(final=0.9))
    assert model.topic_share_[0] > 0.7


def test_score_is_minus_the_logarithm_of_perplexity(block_counts):
    model = fit_blocks(block_counts)
    assert model.perplexity(block_counts) == pytest.approx(np.exp(-model.score(block_counts)))
    # each document has two of the four blocks of five equal words
    assert 9 < model.perplexity(block_counts) < 12
    uniform = KeywordLDA(n_topics=1, n_sweeps=2, n_samples=1).fit(block_counts)
    assert uniform.perplexity(block_counts) == pytest.approx(20, rel=0.02)
    assert np.isnan(model.perplexity(np.eye(20, dtype=int)))


def test_clone_has_the_same_parameters():
    model = KeywordLDA(topics=[Topic("a"), Topic("b")], annealing=StepAnnealing(), doc_topic_prior=[0.1, 0.2])
    assert clone(model).get_params() == model.get_params()


def test_feature_names_out_and_frames_out(block_counts):
    model = fit_blocks(block_counts, n_sweeps=2, n_samples=1)
    ids = ["first", "second", "rest_1", "rest_2"]
    assert model.get_feature_names_out().tolist() == ids
    assert list(model.set_output(transform="pandas").transform(block_counts).columns) == ids


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_topics": 0}, "n_topics must be an int >= 1; got 0"),
        ({"n_topics": 2.0}, "n_topics must be an int >= 1; got 2.0"),
        (
            {"n_topics": 21},
            r"n_topics must be at most the number of words in the vocabulary; got 21 topics for 20",
        ),
        ({"n_topics": 65_535}, "n_topics must be at most 65534; got 65535"),
        (
            {"topics": [{"id": "a", "count": 21}]},
            "at most the number of words in the vocabulary; got 21 topics",
        ),
        ({"topics": "noise"}, "topics must be a list"),
        ({"prior": "other"}, "prior must be one of 'classic', 'proportional'; got 'other'"),
        ({"doc_topic_prior": 0}, "doc_topic_prior must be a number > 0, or 2 of them, one per topic; got 0"),
        ({"doc_topic_prior": [0.1]}, "doc_topic_prior must be a number > 0, or 2 of them"),
        ({"topic_word_prior": float("nan")}, "topic_word_prior must be a number > 0"),
        ({"topic_word_prior": "much"}, "topic_word_prior must be a number > 0"),
        ({"keyword_strength": -1}, "keyword_strength must be a number >= 0; got -1"),
        (
            {"annealing": "slow"},
            "annealing must be 'auto', None, a StepAnnealing or a SmoothAnnealing; got 'slow'",
        ),
        ({"n_sweeps": 0}, "n_sweeps must be an int >= 1; got 0"),
        ({"n_samples": 0}, "n_samples must be an int >= 1; got 0"),
        ({"n_samples": 11}, r"n_samples must be at most n_sweeps \(10\); got 11"),
        ({"n_jobs": 0}, "n_jobs must be an int >= 1, or -1"),
        ({"random_state": "x"}, "random_state must be None, an int >= 0"),
        (
            {"topics": [{"id": "a", "frozen": True}]},
            "topic 'a' is frozen but frozen_topic_word has no row for it",
        ),
        ({"frozen_topic_word": {"z": [1]}}, "frozen_topic_word names 'z', which is no frozen topic"),
        (
            {"topics": [{"id": "a", "frozen": True}], "frozen_topic_word": {"a": [1.0]}},
            r"frozen_topic_word\['a'\] must be 20 numbers >= 0",
        ),
        ({"topics": [{"id": "a", "excluded": ["w3"]}]}, "leave no topic for 1 word"),
    ],
)
def test_unusable_parameters_are_refused_in_fit(block_counts, options, message):
    model = KeywordLDA(**({"n_topics": 2, "n_sweeps": 10, "n_samples": 2} | options))
    with pytest.raises(ParameterError, match=message):
        model.fit(block_counts, vocabulary=WORDS)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0.5, r"counts must be whole numbers >= 0.*got 0\.5 in row 3, column 2"),
        (-1.0, r"Negative values in data.*>= 0; got -1\.0 in row 3, column 2"),
        (float("nan"), "finite.* got nan in row 3, column 2"),
        (float("inf"), "got inf in row 3, column 2"),
        (2.0**31, r"counts must be at most 2\*\*31 - 1"),
    ],
)
@pytest.mark.parametrize("form", [np.asarray, csr_matrix])
def test_entries_that_are_no_counts_are_refused(value, message, form):
    counts = np.ones((5, 4))
    counts[3, 2] = value
    model = KeywordLDA(n_topics=2, n_sweeps=2, n_samples=1)
    with pytest.raises(ParameterError, match=message):
        model.fit(form(counts))
    model.fit(np.ones((5, 4), int))
    with pytest.raises(ParameterError, match=message):
        model.transform(form(counts))


def test_a_corpus_without_tokens_is_refused():
    with pytest.raises(ParameterError, match="counts hold no tokens"):
        KeywordLDA(n_topics=2).fit(csr_matrix((5, 4), dtype=int))


@pytest.mark.parametrize(
    ("vocabulary", "message"),
    [
        (["a", "b"], "vocabulary must name every column: 3 words; got 2"),
        (["a", "b", "a"], "vocabulary must not repeat a word; 'a' occurs twice"),
        (["a", "b", 3], "vocabulary must hold text; got 3"),
        (
            pd.DataFrame({"stem": ["a", "b", "c"]}),
            r"vocabulary table must have a column 'word'; got \['stem'\]",
        ),
    ],
)
def test_unusable_vocabularies_are_refused(vocabulary, message):
    with pytest.raises(ParameterError, match=message):
        KeywordLDA(n_topics=2).fit(np.ones((4, 3), int), vocabulary=vocabulary)


@pytest.mark.parametrize("method", ["transform", "score", "perplexity"])
def test_an_unfitted_model_says_so(method):
    with pytest.raises(NotFittedError):
        getattr(KeywordLDA(), method)(np.ones((2, 3), int))


def test_long_documents_and_rare_priors_stay_exact():
    counts = np.array([[300_000, 1], [1, 300_000]], np.int32)
    model = KeywordLDA(n_topics=2, n_sweeps=6, n_samples=3, doc_topic_prior=1e-9).fit(counts)
    np.testing.assert_allclose(model.doc_topic_.sum(axis=1), 1, rtol=1e-5)
    assert np.isfinite(model.trace_["log_likelihood"]).all()


def test_the_sampler_is_gone_when_the_estimates_are_made(block_counts, monkeypatch):
    made, alive = [], []
    make, estimate = lda.make_sampler, lda.estimate_topic_word

    def remember(*arguments, **options):
        sampler = make(*arguments, **options)
        made.append(weakref.ref(sampler))
        return sampler

    def look(*arguments):
        alive.append(made[-1]())
        return estimate(*arguments)

    monkeypatch.setattr(lda, "make_sampler", remember)
    monkeypatch.setattr(lda, "estimate_topic_word", look)
    KeywordLDA(n_topics=2, n_sweeps=4, n_samples=2, sampler="dense").fit(block_counts)
    assert alive == [None]
