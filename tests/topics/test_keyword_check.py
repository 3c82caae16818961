"""Keywords looked up before a fit: absent, ambiguous, and what to write instead."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from bandscape.topics import check_topics, inspect_keywords, nearest_spellings, suggest_companions
from bandscape.topics.forms import unlike_forms

WORDS = ["guitar", "organ", "reverb", "synth", "drone", "song", "rare", "wall_of_sound"]
SURFACES = [["guitar", "guitars"], ["organ", "organic"], ["reverb"], ["synth"], ["drone"], ["song"], ["rare"],
            ["wall of sound"]]  # fmt: skip


@pytest.fixture(scope="module")
def corpus():
    """300 documents: organ beside synth, organic beside drone, reverb beside guitar, song nearly everywhere."""
    rng = np.random.default_rng(0)
    counts = np.zeros((300, len(WORDS)), int)
    surface_ids = []
    offsets = np.concatenate([[0], np.cumsum([len(forms) for forms in SURFACES])])
    for doc in range(300):
        kind = doc % 3
        words = {0: [0, 0, 2], 1: [1, 3, 3], 2: [1, 4, 4]}[kind]
        words = words + [5] * int(rng.random() < 0.9) + ([6] if doc < 4 else []) + [7] * (doc % 20 == 0)
        np.add.at(counts[doc], words, 1)
        forms = [offsets[word] + (1 if word == 1 and kind == 2 else doc % len(SURFACES[word]) if word == 0 else 0)
                 for word in words]  # fmt: skip
        surface_ids.append(np.array(forms))
    return csr_matrix(counts), surface_ids


@pytest.fixture(scope="module")
def vocabulary(corpus):
    _, surface_ids = corpus
    of_surface = np.bincount(np.concatenate(surface_ids), minlength=sum(map(len, SURFACES)))
    split = np.split(of_surface, np.cumsum([len(forms) for forms in SURFACES])[:-1])
    return pd.DataFrame({"word": WORDS, "surfaces": SURFACES, "surface_counts": split})


def normalize(term):
    known = {form: word for word, forms in zip(WORDS, SURFACES, strict=True) for form in forms}
    return known.get(term.lower())


def look_up(corpus, vocabulary, *topics, **options):
    counts, surface_ids = corpus
    options = {"normalize": normalize, "surface_ids": surface_ids, **options}
    rows = inspect_keywords(check_topics(list(topics)), counts, vocabulary, **options)
    return {(row["topic"], row["keyword"]): row for row in rows}


def test_counts_and_statuses(corpus, vocabulary):
    rows = look_up(
        corpus, vocabulary,
        {"id": "a", "keywords": ["Guitars", "reverb", "zither", "song", "rare"], "excluded": ["drone", "gong"]},
    )  # fmt: skip
    assert [row["status"] for row in rows.values()] == [
        "present", "present", "absent", "ambiguous", "ambiguous", "excluded", "excluded, absent",
    ]  # fmt: skip
    guitar = rows["a", "Guitars"]
    assert (guitar["word"], guitar["count"], guitar["documents"], guitar["why"]) == ("guitar", 200, 100, [])
    assert rows["a", "song"]["why"] == ["in 86 % of the documents, too many to tell them apart"]
    assert rows["a", "rare"]["why"] == ["in 4 documents only, too few to draw other words"]
    assert rows["a", "zither"]["count"] == 0


def test_a_word_of_several_topics_and_twins_are_ambiguous(corpus, vocabulary):
    rows = look_up(
        corpus,
        vocabulary,
        {"id": "a", "keywords": ["guitar", "guitars"]},
        {"id": "b", "keywords": ["guitar"]},
    )
    assert rows["a", "guitar"]["why"] == ["also a keyword of b", "the same word as 'guitars'"]
    assert rows["b", "guitar"]["why"] == ["also a keyword of a"]
    assert rows["b", "guitar"]["status"] == "ambiguous"


def test_forms_in_other_company_are_told(corpus, vocabulary):
    rows = look_up(corpus, vocabulary, {"id": "a", "keywords": ["organ", "guitar"]})
    assert rows["a", "organ"]["why"][-1] == "also stands for organic, in other company"
    assert rows["a", "guitar"]["status"] == "present"
    rows = look_up(corpus, vocabulary, {"id": "a", "keywords": ["Organic"]})
    assert rows["a", "Organic"]["why"][-1] == "also stands for organ, in other company"  # not for itself
    blind = look_up(corpus, vocabulary, {"id": "a", "keywords": ["organ"]}, surface_ids=None)
    assert not any("company" in why for why in blind["a", "organ"]["why"])


def test_suggestions_keep_company_or_are_spelled_alike(corpus, vocabulary):
    rows = look_up(corpus, vocabulary, {"id": "a", "keywords": ["reverb", "gitar", "wall of noise", "album"]},
                   too_common=["album"])  # fmt: skip
    assert rows["a", "reverb"]["suggestions"][0] == "guitar"
    assert rows["a", "gitar"]["suggestions"][0] == "guitar"
    assert "left out of the vocabulary" in rows["a", "album"]["why"][0]
    companions = suggest_companions(check_topics([{"id": "a", "keywords": ["reverb"]}])[0], corpus[0], WORDS)
    assert companions[0][0] == "guitar"
    assert 0 < companions[0][1] <= 1
    without = check_topics([{"id": "a", "keywords": ["reverb"], "excluded": ["guitar"]}])[0]
    assert "guitar" not in dict(suggest_companions(without, corpus[0], WORDS))


def test_a_phrase_names_the_part_that_is_known(corpus, vocabulary):
    rows = look_up(corpus, vocabulary, {"id": "a", "keywords": ["reverb tank", "wall of sound"]})
    assert rows["a", "reverb tank"]["why"] == ["no phrase of the vocabulary, which has only 'reverb'"]
    assert rows["a", "wall of sound"]["word"] == "wall_of_sound"


def test_a_word_that_stands_only_within_a_phrase_is_sent_to_the_phrase(corpus):
    _, surface_ids = corpus
    surfaces = [["Sinfonie entfaltet", *SURFACES[0][1:]], *SURFACES[1:]]
    flat = np.bincount(np.concatenate(surface_ids), minlength=sum(map(len, surfaces)))
    split = np.split(flat, np.cumsum([len(forms) for forms in surfaces])[:-1])
    vocabulary = pd.DataFrame({"word": WORDS, "surfaces": surfaces, "surface_counts": split})
    rows = look_up(corpus, vocabulary, {"id": "a", "keywords": ["sinfonie", "zither"]})
    assert rows["a", "sinfonie"]["why"] == ["only within 'Sinfonie entfaltet': name that"]
    assert rows["a", "sinfonie"]["suggestions"][0] == "Sinfonie entfaltet"
    assert rows["a", "zither"]["why"] == ["not in the vocabulary: in too few documents, or in none"]


@pytest.mark.timeout(60)  # one by one it would take hours
def test_a_hundred_thousand_keywords_are_looked_up_at_once(corpus, vocabulary):
    words = [f"word{number}" for number in range(100_000)]
    rows = look_up(corpus, vocabulary, {"id": "a", "keywords": [*words, "reverb"]})
    assert len(rows) == 100_001
    assert rows["a", "reverb"]["suggestions"]


def test_nearest_spellings_are_near():
    known = ["shoegaze", "showcase", "reverb", "revert", "new york"]
    assert nearest_spellings(["shoegase", "REVERB", "qqq", "new-york"], known) == [
        ["shoegaze", "showcase"], ["revert"], [], ["new york"],
    ]  # fmt: skip
    assert nearest_spellings([], known) == []
    assert nearest_spellings(["a"], []) == [[]]


def test_forms_used_alike_are_not_told_apart(rng):
    """Two forms scattered at random over the same documents."""
    counts = rng.poisson(0.4, (600, 50))
    forms = rng.integers(0, 2, (600, 1))
    counts[:, 0] = 1
    surface_counts = csr_matrix(np.hstack([forms, 1 - forms, counts[:, 1:]]))
    form_counts = [np.array([300, 300]), *[np.array([1])] * 49]
    names = [["rhyme", "rhymes"], *[["x"]] * 49]
    assert unlike_forms([0], csr_matrix(counts), surface_counts, form_counts, names) == {}
