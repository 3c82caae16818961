"""What the models find of a simulated corpus, against its truth: topics, genres and likeness of artists."""

import json

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from scipy.stats import spearmanr

from bandscape.datasets import load_corpus, prepare_text, simulate
from bandscape.embeddings import Artist2Vec, genre_at_k, genre_matrix
from bandscape.topics import KeywordLDA, check_topics, map_keywords

SWEEPS = {"n_sweeps": 150, "n_samples": 30, "n_jobs": 2}
FOUND = (
    0.8  # correlation over words; the topics the model finds reach 0.95 and more, strangers stay below 0.3
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return simulate(tmp_path_factory.mktemp("recovery"), n_reviews=1500, n_artists=150, random_state=0)


@pytest.fixture(scope="module")
def corpus(made):
    return load_corpus(made.directory)


@pytest.fixture(scope="module")
def text(corpus):
    return prepare_text(corpus.reviews["review_id"].tolist(), corpus.reviews["text"].tolist())


@pytest.fixture(scope="module")
def true_topic_word(made, text):
    """True probabilities of the vocabulary's words; words that the truth does not know have none."""
    truth, normalize = made.truth, text.normalizer()
    place = {word: column for column, word in enumerate(text.vocabulary["word"])}
    probabilities = np.zeros((len(truth.topic_ids), len(place)))
    for word, shares in zip(truth.words, truth.topic_word.T, strict=True):
        found = normalize(word)
        if found in place:
            probabilities[:, place[found]] += shares
    assert probabilities.sum(axis=1).min() > 0.85  # nearly all of every topic is in the vocabulary
    return probabilities


@pytest.fixture(scope="module")
def vectors(corpus):
    return Artist2Vec(random_state=0).fit(corpus.artists).vectors_


def correlations(topic_word, true_topic_word):
    """Correlate each topic with each true one over the words that both sides know."""
    known = true_topic_word.any(axis=0)
    both = np.corrcoef(topic_word[:, known], true_topic_word[:, known])
    return both[: len(topic_word), len(topic_word) :]


def matched(topic_word, true_topic_word):
    """Match topics one to one with true ones; return each true topic's match and correlation."""
    table = correlations(topic_word, true_topic_word)
    topics, true_topics = linear_sum_assignment(-table)
    order = np.argsort(true_topics)
    return topics[order], table[topics, true_topics][order]


def is_found_merged(topic_word, true_topic_word, weights):
    """Tell of each true topic whether some topic is its sum with another, rather than that other alone."""
    weighted = weights[:, None] * true_topic_word
    alone = correlations(topic_word, true_topic_word)
    merged = np.zeros(len(weights), bool)
    for topic in range(len(weights)):
        others = np.delete(np.arange(len(weights)), topic)
        sums = correlations(topic_word, weighted[topic] + weighted[others])
        merged[topic] = ((sums > FOUND) & (sums > alone[:, others])).any()
    return merged


def shuffled_words(probabilities, rng):
    return rng.permuted(probabilities, axis=1)


def test_keywords_bring_every_true_topic_to_its_own_place(made, text, true_topic_word, rng):
    wanted = json.loads(made.topics_path.read_text(encoding="utf-8"))
    topics, _ = map_keywords(check_topics(wanted), text.normalizer())
    model = KeywordLDA(topics=topics, prior="proportional", random_state=0, **SWEEPS)
    topic_word = model.fit(text.counts, vocabulary=text.vocabulary).topic_word_
    match, correlation = matched(topic_word, true_topic_word)
    np.testing.assert_array_equal(match, np.arange(len(match)))
    assert correlation.min() > 0.95
    assert matched(topic_word, shuffled_words(true_topic_word, rng))[1].max() < 0.4
    others = correlations(topic_word, true_topic_word)[~np.eye(len(match), dtype=bool)]
    assert others.max() < 0.4


def test_without_keywords_the_best_of_three_chains_finds_the_topics(made, text, true_topic_word, rng):
    n_topics = len(true_topic_word)
    chains = [
        KeywordLDA(n_topics=n_topics, random_state=seed, **SWEEPS).fit(text.counts) for seed in range(3)
    ]
    topic_word = max(chains, key=lambda chain: chain.trace_["log_likelihood"][-1]).topic_word_
    weights = np.array([topic["proportion"] for topic in made.truth.config["topics"]])

    is_alone = matched(topic_word, true_topic_word)[1] > FOUND
    assert is_alone.mean() > 0.7
    # a chain may put two like topics into one, and then splits another
    assert (is_alone | is_found_merged(topic_word, true_topic_word, weights)).all()

    shuffled = shuffled_words(true_topic_word, rng)
    assert not (matched(topic_word, shuffled)[1] > FOUND).any()
    for topic in range(n_topics):  # one topic lost among the true ones is not taken for merged
        one_lost = true_topic_word.copy()
        one_lost[topic] = shuffled[topic]
        assert not is_found_merged(topic_word, one_lost, weights)[topic]


def test_near_artists_share_a_genre(corpus, vectors, rng):
    genres, _ = genre_matrix(corpus.artists["genres"])
    result = genre_at_k(vectors.matrix, genres)
    assert result.value > 0.9
    assert result.chance < 0.35
    control = genre_at_k(vectors.matrix, rng.permutation(genres))
    assert abs(control.value - control.chance) < 0.05


def test_cosines_follow_the_true_likeness_of_artists(made, vectors, rng):
    artists = made.truth.artists.set_index("artist_id").loc[list(vectors.artist_ids)]
    positions = np.stack(artists["position"].to_list())
    positions /= np.linalg.norm(positions, axis=1, keepdims=True)
    cosines, likeness = vectors.matrix @ vectors.matrix.T, positions @ positions.T
    one, other = np.triu_indices(len(positions), 1)
    mixed = rng.permutation(len(positions))
    shuffled = likeness[np.ix_(mixed, mixed)]
    assert spearmanr(cosines[one, other], likeness[one, other])[0] > 0.25
    assert abs(spearmanr(cosines[one, other], shuffled[one, other])[0]) < 0.05

    np.fill_diagonal(cosines, -np.inf)
    nearest = np.argsort(-cosines, axis=1)[:, :10]
    chance = likeness[one, other].mean()
    assert np.take_along_axis(likeness, nearest, 1).mean() > chance + 0.3
    assert abs(np.take_along_axis(shuffled, nearest, 1).mean() - chance) < 0.1
