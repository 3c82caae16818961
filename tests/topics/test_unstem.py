"""Surface forms shown for stems."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from bandscape.core.errors import ParameterError
from bandscape.topics import choose_surfaces, count_surfaces, display_words, expected_surface_counts

SURFACES = ["guitar", "guitars", "play", "played", "plays"]
SURFACE_WORDS = [0, 0, 1, 1, 1]


def make_model(rng, n_docs=30):
    return rng.dirichlet(np.ones(2), 3), rng.dirichlet(np.ones(3), n_docs)


def test_expected_counts_equal_the_loops(dense_lda, rng):
    topic_word, doc_topic = make_model(rng)
    counts = rng.poisson(1, (30, 5))
    expected = expected_surface_counts(csr_matrix(counts), SURFACE_WORDS, topic_word, doc_topic, n_jobs=2)
    loops = dense_lda.surface_counts(counts, SURFACE_WORDS, topic_word, doc_topic)
    np.testing.assert_allclose(expected, loops, rtol=1e-5)
    np.testing.assert_allclose(expected.sum(axis=1), counts.sum(axis=0), rtol=1e-5)


def test_a_stem_shows_its_most_frequent_form_within_the_topic():
    # topic 0 writes "guitars", topic 1 "guitar", though "guitar" is more frequent overall
    doc_topic = np.repeat(np.eye(2), 10, axis=0)
    counts = np.zeros((20, 5), int)
    counts[:10, 1], counts[:10, 0] = 3, 1
    counts[10:, 0] = 9
    counts[10:, 3] = 1
    topic_word = np.array([[0.9, 0.1], [0.5, 0.5]])
    expected = expected_surface_counts(csr_matrix(counts), SURFACE_WORDS, topic_word, doc_topic)
    chosen = choose_surfaces(expected, SURFACE_WORDS, 2)
    shown = display_words(SURFACES, chosen, ["guitar", "play"])
    assert shown.tolist() == [["guitars", "play"], ["guitar", "played"]]


def test_a_word_without_forms_shows_itself():
    chosen = choose_surfaces(np.ones((1, 2)), [1], 3)
    assert display_words(["reverbs"], chosen, ["a", "reverb", "c"]).tolist() == [["a", "reverbs", "c"]] * 2
    assert (chosen[:, [0, 2]] == -1).all()


def test_surfaces_are_counted_per_document():
    counts = count_surfaces([[1, 1, 3], [], None, np.array([0])], 4)
    assert counts.toarray().tolist() == [[0, 2, 0, 1], [0] * 4, [0] * 4, [1, 0, 0, 0]]


def test_impossible_numbers_are_refused(rng):
    topic_word, doc_topic = make_model(rng, 1)
    with pytest.raises(ParameterError, match=r"surface_ids must be in 0\.\.3; got 0\.\.4"):
        count_surfaces([[0, 4]], 4)
    with pytest.raises(ParameterError, match=r"surface_words must be in 0\.\.1; got 0\.\.2"):
        expected_surface_counts(csr_matrix((1, 2)), [0, 2], topic_word, doc_topic)
    with pytest.raises(ParameterError, match=r"surface_counts must be \(documents, surfaces\) = \(1, 5\)"):
        expected_surface_counts(csr_matrix((2, 5)), SURFACE_WORDS, topic_word, doc_topic)


@given(st.data())
def test_the_chosen_form_is_the_first_of_the_most_frequent(data):
    n_words = data.draw(st.integers(1, 5))
    words = data.draw(st.lists(st.integers(0, n_words - 1), max_size=12))
    rows = st.lists(st.integers(0, 2), min_size=2, max_size=2)
    expected = np.array([data.draw(rows) for _ in words], np.float32).reshape(len(words), 2)

    chosen = choose_surfaces(expected, words, n_words)

    for topic in range(2):
        for word in range(n_words):
            own = [at for at in range(len(words)) if words[at] == word]
            best = max(own, key=lambda at: (expected[at, topic], -at), default=-1)
            assert chosen[topic, word] == best


def test_documents_in_pieces_and_as_a_whole_give_the_same_bytes(rng):
    topic_word, doc_topic = make_model(rng)
    counts = csr_matrix(rng.poisson(1, (30, 5)))
    whole = expected_surface_counts(counts, SURFACE_WORDS, topic_word, doc_topic)
    pieces = (counts[at : at + 7] for at in range(0, 30, 7))
    assert (expected_surface_counts(pieces, SURFACE_WORDS, topic_word, doc_topic) == whole).all()
    with pytest.raises(ParameterError, match=r"got \(20, 5\) and 3"):
        expected_surface_counts(iter([counts[:20]]), SURFACE_WORDS, topic_word, doc_topic)
    with pytest.raises(ParameterError, match=r"got \(60, 5\) and 3"):
        expected_surface_counts(iter([counts, counts]), SURFACE_WORDS, topic_word, doc_topic)
