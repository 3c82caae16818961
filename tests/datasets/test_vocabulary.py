import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bandscape.core.errors import ParameterError
from bandscape.datasets.text.new_text import normalize_terms, prepare_new_text, term_normalizer
from bandscape.datasets.text.preparation import PreparedText, prepare_text
from bandscape.datasets.text.settings import TextSettings

ALL = TextSettings(
    min_document_count=1,
    max_document_share=1.0,
    phrase_min_count=2,
    phrase_threshold=0.2,
    max_vocabulary=None,
)
REVIEWS = [
    "Electric guitars, an electric guitar; drum'n'bass and drum & bass in New York.",
    "New York post-punk, post-punk! Lo-fi co-op reverb. Reverbs, R&B. Beyoncé, Beyonce.",
    "The sounds of the 80s: a sound wall.",
]


def prepare(texts: list[str], options: TextSettings = ALL) -> PreparedText:
    return prepare_text([str(n) for n in range(len(texts))], texts, settings=options)


# -- limits ----------------------------------------------------------------------------------------------------------


def test_limits_count_documents_with_words_only() -> None:
    texts = ["drum drum noise", "drum", "noise hum", "hum", "", "!!!"]
    options = dataclasses.replace(ALL, phrases=False)
    counted = prepare(texts, options).vocabulary.set_index("word")
    assert counted[["count", "document_count"]].to_dict("index") == {
        "drum": {"count": 3, "document_count": 2},
        "hum": {"count": 2, "document_count": 2},
        "nois": {"count": 2, "document_count": 2},
    }
    texts[3] = "drum"
    kept = prepare(texts, dataclasses.replace(options, min_document_count=2, max_document_share=0.5))
    assert kept.vocabulary["word"].tolist() == ["nois"]  # drum in 3 of 4, hum in 1


def test_the_most_frequent_words_stay_and_ties_break_by_documents_then_name() -> None:
    texts = ["cedar cedar birch birch ash", "ash alder", "oak"]
    options = dataclasses.replace(ALL, phrases=False, max_vocabulary=3)
    assert prepare(texts, options).vocabulary["word"].tolist() == ["ash", "birch", "cedar"]


# -- keywords --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "word"),
    [
        ("reverb", "reverb"),
        ("Reverbs", "reverb"),
        ("New York", "new_york"),
        ("new_york", "new_york"),
        ("NEW-YORK", "new_york"),
        (" new   york ", "new_york"),
        ("electric guitars", "electr_guitar"),
        ("electr_guitar", "electr_guitar"),
        ("drum and bass", "drum_and_bass"),
        ("drum 'n' bass", "drum_and_bass"),
        ("drum & bass", "drum_and_bass"),
        ("postpunk", "post_punk"),
        ("post/punk", "post_punk"),
        ("lofi", "lo-fi"),
        ("coop", "co-op"),
        ("r&b", "r&b"),
        ("beyonce", "beyonc"),
        ("BEYONCÉ", "beyonc"),
        ("80s", "80s"),
        ("wall of sound", None),  # sound and wall are words, but not this phrase
        ("guitar", None),  # only ever part of the phrase
        ("tuba", None),
        ("the", None),
        ("", None),
        ("!!!", None),
    ],
)
def test_a_term_finds_its_word(term: str, word: str | None) -> None:
    prepared = prepare(REVIEWS)
    assert prepared.normalizer()(term) == word
    assert normalize_terms([term], ALL, prepared.vocabulary) == {term: word}


def test_terms_read_together_find_what_they_find_alone() -> None:
    prepared = prepare(REVIEWS)
    terms = ["", "Drums", "new  york", "no such", "wall of sound", "!!!", "drum", "York", "New_York", "Drums"]
    together = prepared.normalizer(terms)
    assert [together(term) for term in terms] == [prepared.normalizer()(term) for term in terms]


def test_a_plain_list_of_words_is_a_vocabulary_too() -> None:
    normalize = term_normalizer(ALL, ["new_york", "drum", "u.s."])
    assert [normalize(term) for term in ("New York", "drums", "U.S.", "york")] == [
        "new_york",
        "drum",
        "u.s.",
        None,
    ]


@pytest.mark.parametrize("vocabulary", [pd.DataFrame({"term": ["a"]}), "drum", [1, 2]])
def test_what_is_no_vocabulary_is_refused(vocabulary: object) -> None:
    with pytest.raises(ParameterError, match="vocabulary"):
        term_normalizer(ALL, vocabulary)  # type: ignore[arg-type]


# -- new documents ---------------------------------------------------------------------------------------------------


def test_new_documents_are_counted_on_the_old_vocabulary() -> None:
    prepared = prepare(REVIEWS)
    new = prepare_new_text(
        ["A new YORK tuba; reverb reverbs", None, "", "york-new"], prepared.vocabulary, ALL
    )
    assert new.shape == (4, len(prepared.vocabulary))
    assert new.dtype == np.int32
    words = prepared.vocabulary["word"].to_numpy()
    found = [dict(zip(words[row.indices], row.data.tolist(), strict=True)) for row in new]
    assert found == [{"new_york": 1, "reverb": 2}, {}, {}, {}]


def test_new_documents_may_have_names_masked() -> None:
    prepared = prepare(["They play low notes", "low low"], dataclasses.replace(ALL, phrases=False))
    texts, names = ["Here Low play low"], [["low"]]
    column = prepared.vocabulary["word"].tolist().index("low")
    masked = prepare_new_text(texts, prepared.vocabulary, prepared.settings, artist_names=names)
    assert masked[0, column] == 1
    assert prepare_new_text(texts, prepared.vocabulary, prepared.settings)[0, column] == 2


def test_no_documents_or_no_words_are_fine() -> None:
    assert prepare_new_text([], ["drum"], ALL).shape == (0, 1)
    assert prepare_new_text(["drum"], [], ALL).shape == (1, 0)


_PIECES = (
    "new york|New-York|york|drum|drums|and|of the|bass|post-punk|punk|'n'|'s|.|,|Low|low's|lo-fi|k-pop|R&B|U.S.|80s"
    "|Björk|x_y|goes|university|universe|ß|-"
)
PIECES = st.sampled_from(_PIECES.split("|"))
TEXTS = st.lists(st.lists(PIECES, max_size=12).map(" ".join), min_size=1, max_size=6)


@pytest.mark.filterwarnings("ignore::bandscape.core.errors.BandscapeWarning")
@settings(max_examples=150)
@given(TEXTS, st.integers(1, 2), st.sampled_from([None, 2, 4]), st.sampled_from([-1.0, 0.2]), st.booleans())
@example(["york - lo-fi new york lo-fi"], 1, None, -1.0, False)
@example(["york - U.S. new york U.S."], 1, None, -1.0, True)
def test_the_vocabulary_alone_reproduces_the_counts_and_knows_all_its_forms(
    texts: list[str], min_document_count: int, max_vocabulary: int | None, threshold: float, lowercase: bool
) -> None:
    options = dataclasses.replace(
        ALL,
        min_document_count=min_document_count,
        max_vocabulary=max_vocabulary,
        phrase_threshold=threshold,
        lowercase=lowercase,
    )
    prepared = prepare(texts, options)
    again = prepare_new_text(texts, prepared.vocabulary, options)
    assert (again != prepared.counts).nnz == 0
    normalize = prepared.normalizer()
    read_as_text = term_normalizer(options, prepared.vocabulary["word"].tolist())  # which knows no forms
    for word, forms in zip(prepared.vocabulary["word"], prepared.vocabulary["surfaces"], strict=True):
        assert [normalize(form) for form in forms] == [word] * len(forms)
        assert [read_as_text(form) for form in forms] == [word] * len(forms)
        assert normalize(word) is not None
