"""Topics go on with another corpus: what they are called and about stays, whatever became of reviews and words."""

import numpy as np
import pytest

from bandscape.core.errors import ParameterError
from bandscape.topics import KeywordLDA
from bandscape.topics.rounds import TopicEdits, bring_to_corpus, judge_edits, refit

from .test_rounds_refit import BLOCKS, WORDS, make_counts


@pytest.fixture(scope="module", params=["classic", "proportional"])
def former(request):
    topics = [{"id": name, "keywords": [f"w{10 * at}"] if at < 3 else []} for at, name in enumerate(BLOCKS)]
    model = KeywordLDA(topics=topics, prior=request.param, n_sweeps=120, n_samples=30, random_state=1)
    return model.fit(make_counts(), vocabulary=WORDS)


def corrected(seed=0):
    """Give the corpus with a tenth of the reviews gone, some new, a word gone, one new, and the words shuffled."""
    counts = np.vstack([make_counts().toarray()[30:], make_counts(seed=9, n_docs=10).toarray()])
    order = np.random.default_rng(seed).permutation(60)
    words = [f"new_{at}" if at == 15 else WORDS[at] for at in order if at != 25]
    return counts[:, order[order != 25]], words


def cosines(one, other):
    """Return the cosine of each topic's words with those of the topic of the same id, over all words of either."""
    words = sorted(set(one.vocabulary_) | set(other.vocabulary_))
    rows = np.zeros((2, len(one.topic_ids_), len(words)))
    for at, model in enumerate((one, other)):
        rows[at][:, [words.index(word) for word in model.vocabulary_]] = model.topic_word_
    rows /= np.linalg.norm(rows, axis=2, keepdims=True)
    return (rows[0] * rows[1]).sum(axis=1)


def test_topics_without_keywords_too_keep_id_and_meaning(former):
    counts, words = corrected()
    model = refit(bring_to_corpus(former, counts, words), counts)
    assert model.topic_ids_.tolist() == BLOCKS
    assert cosines(former, model).min() > 0.85  # 0.93 is the most where one of eight words was lost
    assert model.topic_word_[1, words.index("new_15")] > 0.05  # the new word went to the topic of its company


def test_edits_are_obeyed_in_the_new_corpus_and_frozen_words_stay(former):
    counts, words = corrected()
    frozen = refit(former, make_counts(), TopicEdits().freeze("block_4"))
    brought = bring_to_corpus(frozen, counts, words)
    edits = TopicEdits().rename("block_0", "drone").exclude("drone", "w3")
    model = refit(brought, counts, edits)
    assert all(verdict.obeyed for verdict in judge_edits(brought, model, counts, edits))
    shared = [word for word in words if word in WORDS]
    then = frozen.topic_word_[4, [WORDS.index(word) for word in shared]]
    now = model.topic_word_[4, [words.index(word) for word in shared]]
    np.testing.assert_allclose(now / now.sum(), then / then.sum())


def test_the_model_given_stays_as_it_is_and_threads_change_nothing(former):
    counts, words = corrected()
    before = former.topic_word_.copy(), former.token_topics_.copy(), former.get_params()["topics"]
    one, two = (bring_to_corpus(former, counts, words, n_jobs=jobs) for jobs in (1, 2))
    np.testing.assert_array_equal(one.token_topics_, two.token_topics_)
    np.testing.assert_array_equal(before[0], former.topic_word_)
    np.testing.assert_array_equal(before[1], former.token_topics_)
    assert former.get_params()["topics"] is before[2]


def test_a_corpus_of_other_words_is_refused(former):
    with pytest.raises(ParameterError, match="know none of the 60 words"):
        bring_to_corpus(former, make_counts(), [f"mot{at}" for at in range(60)])
