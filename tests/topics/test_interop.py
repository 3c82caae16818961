"""Other tools take our models: scikit-learn (contract, pipelines, vectorizers), gensim, pyLDAvis, pandas."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from gensim.corpora import Dictionary
from gensim.matutils import Sparse2Corpus, corpus2csc
from gensim.models import LdaModel
from scipy.sparse import csr_matrix, issparse
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks
from sklearn.utils.validation import validate_data

from bandscape.core.errors import BandscapeWarning, ParameterError
from bandscape.topics import KeywordLDA, TopicPipeline
from bandscape.topics.checking import check_counts, check_vocabulary

WORDS = [f"w{at}" for at in range(20)]
TOPICS = [
    {"id": "first", "keywords": ["w12"]},
    {"id": "second", "keywords": ["w1", "w3"], "excluded": ["w19"]},
    {"id": "rest", "count": 2},
]
QUICK = {"n_sweeps": 60, "n_samples": 20}
TEXTS = [
    "hum fuzz hum drone",
    "a hook and a chorus",
    "drone, fuzz and hum",
    "chorus, hook, hook and dance",
] * 5
NAMED = [{"id": "noise", "keywords": ["hum"]}, {"id": "pop", "keywords": ["hook"]}]


@pytest.fixture
def model(block_counts):
    return KeywordLDA(topics=TOPICS, **QUICK).fit(block_counts, vocabulary=WORDS)


# scikit-learn's contract. Its checks bring fractions, which a model of counts refuses, so the checks run twice: on a
# model that rounds them first, where none may fail, and on the estimator itself, where these may, for that reason.

FRACTIONS = "the check's data are fractions; the estimator asks for whole numbers >= 0 and says so"
EXPECTED_FAILURES = dict.fromkeys(
    (
        "check_dict_unchanged",
        "check_dont_overwrite_parameters",
        "check_dtype_object",
        "check_estimator_sparse_array",
        "check_estimator_sparse_matrix",
        "check_estimator_sparse_tag",
        "check_estimators_dtypes",
        "check_estimators_fit_returns_self",
        "check_estimators_nan_inf",
        "check_estimators_overwrite_params",
        "check_estimators_pickle",
        "check_f_contiguous_array_estimator",
        "check_fit2d_1feature",
        "check_fit2d_1sample",
        "check_fit2d_predict1d",
        "check_fit_check_is_fitted",
        "check_fit_idempotent",
        "check_fit_score_takes_y",
        "check_methods_sample_order_invariance",
        "check_methods_subset_invariance",
        "check_n_features_in",
        "check_n_features_in_after_fitting",
        "check_pipeline_consistency",
        "check_readonly_memmap_input",
        "check_transformer_data_not_an_array",
        "check_transformer_general",
    ),
    FRACTIONS,
)


class RoundedLDA(KeywordLDA):
    """Rounds what it gets, where the estimator would refuse fractions."""

    def _check_counts(self, counts, *, reset):
        checked = validate_data(self, counts, accept_sparse="csr", ensure_all_finite=False, reset=reset)
        return check_counts(checked.rint() if issparse(checked) else np.rint(np.asarray(checked, float)))


@parametrize_with_checks([RoundedLDA(n_topics=2, n_sweeps=8, n_samples=4)])
def test_scikit_learn_contract_holds_for_whole_numbers(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_scikit_learn_contract_of_the_estimator_itself_fails_by_fractions_alone():
    estimator = KeywordLDA(n_topics=2, n_sweeps=8, n_samples=4)
    results = check_estimator(estimator, expected_failed_checks=EXPECTED_FAILURES, on_fail=None, on_skip=None)
    by_status = {
        status: [result for result in results if result["status"] == status]
        for status in ("passed", "skipped", "failed", "xfail")
    }
    assert [result["check_name"] for result in by_status["failed"]] == []
    assert {result["check_name"] for result in by_status["xfail"]} == set(EXPECTED_FAILURES)
    assert [result["check_name"] for result in by_status["skipped"]] == ["check_array_api_input"]
    assert len(by_status["passed"]) >= 15
    for result in by_status["xfail"]:
        error = result["exception"]
        causes = [str(error), str(error.__cause__), str(error.__context__)]
        assert any("counts must be whole numbers >= 0; got" in cause for cause in causes), result[
            "check_name"
        ]


# vocabularies and vectorizers


def test_every_form_of_vocabulary_names_the_columns():
    vectorizer = CountVectorizer()
    counts = vectorizer.fit_transform(TEXTS)
    words = vectorizer.get_feature_names_out()
    dictionary = Dictionary()
    dictionary.token2id = {word: at for at, word in enumerate(words)}
    forms = [vectorizer, vectorizer.vocabulary_, words, tuple(words), pd.Series(words), dictionary]
    for form in [*forms, pd.DataFrame({"word": words})]:
        assert check_vocabulary(form, counts.shape[1]).tolist() == words.tolist(), type(form)
    model = KeywordLDA(topics=NAMED, **QUICK).fit(counts, vocabulary=vectorizer)
    assert {row["status"] for row in model.keyword_report_} == {"present"}
    # and back: new texts are counted with the model's words
    again = CountVectorizer(vocabulary=model.vocabulary_)
    np.testing.assert_array_equal(again.transform(TEXTS).toarray(), counts.toarray())


@pytest.mark.parametrize(
    ("vocabulary", "message"),
    [
        ({"a": 0, "b": 2, "c": 3}, "each of 3 words its own column from 0 on"),
        ({"a": 0, "b": 0, "c": 1}, "each of 3 words its own column from 0 on"),
        ({0: "a", 1: "b"}, "vocabulary must name every column: 3 words; got 2"),
    ],
)
def test_mappings_that_do_not_number_the_columns_are_refused(vocabulary, message):
    with pytest.raises(ParameterError, match=message):
        KeywordLDA(n_topics=2).fit(np.ones((4, 3), int), vocabulary=vocabulary)


def test_an_unfitted_vectorizer_says_so():
    with pytest.raises(NotFittedError, match="Vocabulary not fitted"):
        KeywordLDA(n_topics=2).fit(np.ones((4, 3), int), vocabulary=CountVectorizer())


def test_keywords_without_names_of_columns_are_warned_of(block_counts):
    with pytest.warns(BandscapeWarning, match=r"keywords of 'first' cannot be found.*pass vocabulary="):
        KeywordLDA(topics=TOPICS, n_sweeps=2, n_samples=1).fit(block_counts)
    names = pd.DataFrame(block_counts.toarray(), columns=WORDS)
    model = KeywordLDA(topics=TOPICS, n_sweeps=2, n_samples=1).fit(names)  # a frame names its columns itself
    assert {row["status"] for row in model.keyword_report_} == {"present", "excluded"}


def test_a_plain_pipeline_takes_the_vectorizer_as_vocabulary():
    vectorizer = CountVectorizer()
    pipeline = Pipeline([("counts", vectorizer), ("topics", KeywordLDA(topics=NAMED, **QUICK))])
    mixtures = pipeline.fit(TEXTS, topics__vocabulary=vectorizer).transform(TEXTS)
    assert mixtures.argmax(axis=1).tolist() == [0, 1, 0, 1] * 5
    assert pipeline.get_feature_names_out().tolist() == ["noise", "pop"]


def test_grid_search_over_texts_finds_keywords_in_every_fold():
    lda = KeywordLDA(topics=NAMED, n_sweeps=30, n_samples=10, random_state=0)
    pipeline = TopicPipeline([("counts", CountVectorizer(min_df=2)), ("topics", lda)])
    search = GridSearchCV(pipeline, {"topics__topic_word_prior": [0.01, 5.0]}, cv=2, error_score="raise")
    search.fit(TEXTS)
    best = search.best_estimator_
    assert search.best_params_ == {
        "topics__topic_word_prior": 0.01
    }  # 5 pseudo-counts of every word blur the topics
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert {row["status"] for row in best["topics"].keyword_report_} == {"present"}
    assert best["topics"].vocabulary_.tolist() == best["counts"].get_feature_names_out().tolist()
    assert (
        lda.get_params() == KeywordLDA(topics=NAMED, n_sweeps=30, n_samples=10, random_state=0).get_params()
    )


def test_frames_come_out_of_a_pipeline():
    lda = KeywordLDA(topics=NAMED, **QUICK)
    pipeline = TopicPipeline([("counts", CountVectorizer()), ("topics", lda)]).set_output(transform="pandas")
    frame = pipeline.fit_transform(TEXTS)
    assert list(frame.columns) == ["noise", "pop"]
    np.testing.assert_allclose(frame.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(frame, pipeline.transform(TEXTS))


def test_a_pipeline_with_a_memory_finds_its_words(tmp_path):
    steps = [("counts", CountVectorizer()), ("topics", KeywordLDA(topics=NAMED, **QUICK))]
    for _ in range(2):  # the second fit takes the counts from the cache
        pipeline = TopicPipeline(steps, memory=str(tmp_path)).fit(TEXTS)
        assert {row["status"] for row in pipeline["topics"].keyword_report_} == {"present"}


# gensim


def row_cosines(first, second):
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return (first * second).sum(axis=1) / lengths


def as_corpus(counts):
    return Sparse2Corpus(csr_matrix(counts), documents_columns=False)


def test_gensim_has_the_same_topics_and_words(model):
    lda, dictionary = model.to_gensim()
    assert isinstance(lda, LdaModel)
    np.testing.assert_allclose(lda.get_topics(), model.topic_word_, atol=1e-10)
    assert [dictionary[at] for at in range(20)] == WORDS
    assert dictionary.doc2bow(["w3", "w3", "unknown"]) == [(3, 2)]
    assert dictionary.cfs[3] == model.word_counts_[3]
    shown = {word for word, _ in lda.show_topic(0, topn=5)}
    assert shown == set(model.topic_words_frame(5)["word"][:5])


@pytest.mark.parametrize("prior", ["classic", "proportional"])
def test_gensims_own_inference_gives_nearly_the_same_mixtures(block_counts, prior):
    model = KeywordLDA(topics=TOPICS, prior=prior, **QUICK).fit(block_counts[:150], vocabulary=WORDS)
    lda, _ = model.to_gensim()
    new = block_counts[150:]
    theirs = np.array([[share for _, share in lda[doc]] for doc in as_corpus(new)])
    ours = model.transform(new)
    assert theirs.shape == ours.shape
    # theirs are means, ours modes: where two topics share their words they divide them differently
    assert row_cosines(theirs, ours).min() > 0.98
    assert np.abs(theirs - ours).mean() < 0.02
    assert row_cosines(theirs[:, [1, 2, 3, 0]], ours).mean() < 0.7


def test_gensim_scores_saves_and_goes_on_learning(model, block_counts, tmp_path):
    lda, _ = model.to_gensim()
    corpus = list(as_corpus(block_counts))
    before = lda.log_perplexity(corpus)
    assert np.isfinite(before)
    fresh = LdaModel(num_topics=4, id2word=lda.id2word, random_state=0)
    assert before > fresh.log_perplexity(corpus) + 0.5
    lda.save(str(tmp_path / "lda.gensim"))
    loaded = LdaModel.load(str(tmp_path / "lda.gensim"))
    np.testing.assert_allclose(loaded.get_topics(), model.topic_word_, atol=1e-10)
    np.testing.assert_array_equal(loaded.expElogbeta, lda.expElogbeta)
    lda.update(corpus)
    assert row_cosines(lda.get_topics(), model.topic_word_).min() > 0.98


def test_gensim_gives_new_documents_the_weight_of_ours(model, block_counts):
    """A few more do not make it forget what it was given."""
    lda, _ = model.to_gensim()
    new = [[(0, 3), (1, 2)], [(2, 4)], *as_corpus(block_counts[:2])]
    expected = lda.state.sstats + model.to_gensim()[0].inference(new, collect_sstats=True)[1]
    lda.update(new)
    weights = lda.state.sstats.sum(axis=0) / expected.sum(axis=0)
    np.testing.assert_allclose(weights, weights[0], rtol=1e-6)
    assert row_cosines(lda.get_topics(), model.topic_word_).min() > 0.99


def test_a_gensim_corpus_can_be_fitted():
    documents = [text.replace(",", "").split() for text in TEXTS]
    dictionary = Dictionary(documents)
    bags = [dictionary.doc2bow(document) for document in documents]
    counts = corpus2csc(bags, num_terms=len(dictionary), dtype=np.int32).T
    model = KeywordLDA(topics=NAMED, **QUICK).fit(counts, vocabulary=dictionary)
    assert model.doc_topic_.argmax(axis=1).tolist() == [0, 1, 0, 1] * 5


# pyLDAvis


def with_gaps(block_counts):
    """A word and two documents that do not occur."""
    counts = block_counts.toarray()
    counts[:, 7] = 0
    counts[[0, 50]] = 0
    return KeywordLDA(topics=TOPICS, **QUICK).fit(counts, vocabulary=WORDS)


def test_pyldavis_gets_what_its_documentation_asks_for(block_counts):
    data = with_gaps(block_counts).to_pyldavis()
    n_docs, n_words = 198, 19
    assert data["topic_term_dists"].shape == (4, n_words)
    assert data["doc_topic_dists"].shape == (n_docs, 4)
    assert len(data["doc_lengths"]) == n_docs
    assert len(data["vocab"]) == len(data["term_frequency"]) == n_words
    assert "w7" not in data["vocab"]
    np.testing.assert_allclose(data["topic_term_dists"].sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(data["doc_topic_dists"].sum(axis=1), 1, rtol=1e-12)
    assert min(data["doc_lengths"]) > 0
    assert min(data["term_frequency"]) > 0
    assert sum(data["doc_lengths"]) == sum(data["term_frequency"])


def test_a_topic_without_words_that_occur_is_refused_by_name():
    held = {"held": np.array([0.0, 0.0, 1.0])}
    topics = [{"id": "free"}, {"id": "held", "frozen": True}]
    model = KeywordLDA(topics=topics, frozen_topic_word=held, n_sweeps=2, n_samples=1)
    model.fit([[3, 1, 0], [1, 2, 0]])
    with pytest.raises(ParameterError, match="topic 'held' has no word that occurs"):
        model.to_pyldavis()


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_pyldavis_itself_takes_it(block_counts):
    pyldavis = pytest.importorskip("pyLDAvis", reason="pyLDAvis is not installed: pip install bandscape[dev]")
    model = with_gaps(block_counts)
    prepared = pyldavis.prepare(**model.to_pyldavis(), R=5, n_jobs=1)
    assert prepared.topic_order == [1, 2, 3, 4]
    freq = prepared.topic_coordinates.sort_index()["Freq"]
    np.testing.assert_allclose(freq / 100, model.topic_share_, atol=0.01)
    best = prepared.topic_info.query("Category == 'Topic1'").sort_values("Freq")["Term"].iloc[-1]
    assert best in model.topic_words_frame(5)["word"][:5].tolist()
    if np.iscomplexobj(prepared.topic_coordinates[["x", "y"]].to_numpy()):
        pytest.skip(
            "pyLDAvis draws complex places with numpy 2.5, which its JSON cannot hold: docs/topics.md"
        )
    assert '"mdsDat"' in prepared.to_json()


# tables


def test_frames_hold_words_and_mixtures(model):
    words = model.topic_words_frame(3)
    assert list(words.columns) == ["topic", "share", "rank", "word", "p"]
    assert words["rank"].tolist() == [1, 2, 3] * 4
    assert words["topic"].unique().tolist() == ["first", "second", "rest_1", "rest_2"]
    assert words["p"].iloc[0] == model.topic_word_[0].max()
    mixtures = model.doc_topics_frame(index=[f"r{at}" for at in range(200)])
    assert mixtures.loc["r7", "second"] == model.doc_topic_[7, 1]
    assert mixtures.shape == (200, 4)
    with pytest.raises(ParameterError, match="index must name every document: 200 of them; got 2"):
        model.doc_topics_frame(index=["a", "b"])


@pytest.mark.parametrize("method", ["to_gensim", "to_pyldavis", "topic_words_frame", "doc_topics_frame"])
def test_an_unfitted_model_says_so(method):
    with pytest.raises(NotFittedError):
        getattr(KeywordLDA(), method)()


def test_counts_survive_saving_and_models_without_them_say_so(model, tmp_path):
    model.save(tmp_path / "model")
    loaded = KeywordLDA.load(tmp_path / "model")
    assert loaded.word_counts_.tolist() == model.word_counts_.tolist()
    assert loaded.doc_lengths_.tolist() == model.doc_lengths_.tolist()
    np.testing.assert_array_equal(loaded.to_gensim()[0].get_topics(), model.to_gensim()[0].get_topics())
    del loaded.word_counts_
    with pytest.raises(ParameterError, match=r"saved by an earlier version"):
        loaded.to_pyldavis()


def test_gensim_is_loaded_only_when_asked_for():
    program = "import sys, bandscape; bandscape.topics.KeywordLDA; print('gensim' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
    )
    assert run.stdout.strip() == "False"
