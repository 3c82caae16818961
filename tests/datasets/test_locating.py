"""Words of new texts in text order, and where they stand in the raw text."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandscape.core.errors import ParameterError
from bandscape.datasets import TextSettings, locate_words, number_words, prepare_text
from bandscape.datasets.text.cleaning import clean_text, clean_tracked

ALL = TextSettings(
    min_document_count=1,
    max_document_share=1.0,
    phrase_min_count=2,
    phrase_threshold=0.2,
    max_vocabulary=None,
)
REVIEWS = [
    "Björk's drums are loud; the drum machine is louder. Drum machines drone in New York.",
    None,
    "The band plays drum &amp; bass, and <b>drum 'n' bass</b> is what New York plays!",
    "",
    "Cafe\u0301 post-punk, <script>hidden words</script>post\u2010punk, l\u2019amour and roots.\\x94 http://a.b/drum",
]
NAMES = [["bjrk"], [], ["the band"], [], []]
# what cleaning reacts to, in all orders
PARTS = [
    "&amp;", "&eacute;", " #39;", "\\x94", "[#script:foo]||", "<b>", "<p>", "<script>x<y</script>", "<STYLE>",
    "http://a.b/c ", "a@b.com", "\u2019", "\u2014", "e\u0301", "e\u0323\u0301", "\u1100\u1161\u11a8", "_",
    " 'n' ", "-n-", "\u00ad", "\u200b", " ", "\n", "\u0130", "\u09c7\u09be", ";", "&", "drum", "bass", "'s", "-",
]  # fmt: skip


@pytest.fixture(scope="module")
def prepared():
    return prepare_text([f"r{n}" for n in range(len(REVIEWS))], REVIEWS, artist_names=NAMES, settings=ALL)


def found_in(text, vocabulary, **options):
    (words,) = locate_words([text], vocabulary, ALL, **options)
    names = [vocabulary[word] if word >= 0 else None for word in words.word_ids]
    return [(text[a:b], name) for a, b, name in zip(words.starts, words.ends, names, strict=True)]


def test_known_words_are_those_of_the_preparation_in_text_order(prepared):
    numbered = number_words(REVIEWS, prepared.vocabulary, ALL, artist_names=NAMES)
    located = locate_words(REVIEWS, prepared.vocabulary, ALL, artist_names=NAMES)
    for row, (numbers, words) in enumerate(zip(numbered, located, strict=True)):
        assert np.array_equal(numbers, words.word_ids)
        assert np.array_equal(numbers[numbers >= 0], prepared.tokens["word_ids"].iloc[row])
        assert (words.starts < words.ends).all()
        assert (words.starts[1:] >= words.ends[:-1]).all()


def test_each_word_stands_where_it_is_said_to(prepared):
    vocabulary = prepared.vocabulary["word"].tolist()
    first = found_in(REVIEWS[0], vocabulary, artist_names=[["bjrk"]])
    assert ("Drum machines", "drum_machin") in first
    assert ("New York", "new_york") in first
    assert not any("Björk" in text for text, _ in first), "a masked name is no word"
    second = [text for text, _ in found_in(REVIEWS[2], vocabulary)]
    assert "drum &amp; bass" in second
    assert "drum 'n' bass" in second
    third = found_in(REVIEWS[4], vocabulary)
    assert [text for text, _ in third] == [
        "Cafe\u0301",
        "post-punk",
        "post\u2010punk",
        "l\u2019amour",
        "roots",
    ]


def test_unknown_words_are_numbered_minus_one_and_common_ones_left_out():
    vocabulary = ["guitar"]
    text = "Guitars and zithers on this album"
    assert found_in(text, vocabulary) == [("Guitars", "guitar"), ("zithers", None), ("album", None)]
    assert found_in(text, vocabulary, too_common=["album"]) == [("Guitars", "guitar"), ("zithers", None)]
    assert number_words([text], vocabulary, ALL, too_common=["album"])[0].tolist() == [0, -1]


def test_words_too_common_are_kept_with_the_prepared_text(tmp_path):
    texts = [f"album number {word}" for word in ("guitar", "drum", "bass", "voice", "piano", "organ")]
    prepared = prepare_text(
        list("abcdef"),
        texts,
        settings=TextSettings(min_document_count=1, max_document_share=0.5, phrases=False),
    )
    assert prepared.too_common == ("album", "number")
    prepared.write(tmp_path)
    assert type(prepared).read(tmp_path).too_common == ("album", "number")


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PARTS), max_size=25))
def test_tracked_cleaning_says_the_same_and_where_it_was(parts):
    text = "".join(parts)
    cleaned, starts, ends = clean_tracked(text)
    assert cleaned == clean_text(text)
    assert len(cleaned) == len(starts) == len(ends)
    assert (starts < ends).all()
    assert (np.diff(starts) >= 0).all()
    assert (np.diff(ends) >= 0).all()
    assert ends.max(initial=0) <= len(text)


@settings(max_examples=100)
@given(st.lists(st.text(max_size=60), max_size=4))
def test_any_text_can_be_read_and_located(texts):
    located = locate_words(texts, ["drum", "bass", "drum_bass"], ALL)
    numbered = number_words(texts, ["drum", "bass", "drum_bass"], ALL)
    assert len(located) == len(numbered) == len(texts)
    for text, words, numbers in zip(texts, located, numbered, strict=True):
        assert np.array_equal(words.word_ids, numbers)
        assert words.ends.max(initial=0) <= len(text)


def test_a_single_text_is_refused():
    with pytest.raises(ParameterError, match="texts must be a sequence of str"):
        locate_words("one text", ["one"], ALL)
