"""Many words are judged as one is, and long lists of keywords take no longer than their occurrences ask for."""

import numpy as np
import pytest
from scipy.sparse import csc_matrix

from bandscape.topics import DocumentCoOccurrence, company, company_topics
from bandscape.topics.company import company_by_word


@pytest.fixture
def counts(rng):
    dense = rng.poisson(0.15, (400, 90))
    dense[:, 3] = 1  # in every document
    dense[:, 5] = 0  # in none
    return csc_matrix(dense)


@pytest.mark.parametrize("at_once", [300, 2_000_000])
def test_words_judged_together_are_judged_as_one_by_one(counts, rng, monkeypatch, at_once):
    monkeypatch.setattr(company, "_AT_ONCE", at_once)
    n_docs, n_words = counts.shape
    word_topic = rng.dirichlet(np.ones(n_words), 7)
    others = rng.dirichlet(np.ones(7), n_docs), rng.random(n_docs) * 90 + 1, rng.random(7) * 500
    found = company_by_word(counts, word_topic, *others)
    alone = [company_topics(counts[:, [word]], word_topic[:, word], *others) for word in range(n_words)]
    np.testing.assert_allclose(found, alone, atol=1e-12)
    assert not found[5].any()


def test_the_companions_of_many_words_are_those_of_each(counts):
    together = DocumentCoOccurrence(counts)
    words = [*range(90), *range(90), *range(90)]  # more than are counted at once
    found = together.companions_of_each(words, n_words=4, exclude=[1, 2])
    for word, best in zip(words, found, strict=True):
        assert best == [other for other, _ in together.companions([word], n_words=4, exclude=[1, 2])]
    assert any(found)
    assert together.companions_of_each([]) == []
