import dataclasses
import functools
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import nltk.data
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandscape.core.errors import (
    BandscapeError,
    BandscapeWarning,
    ChecksumError,
    ParameterError,
    SourceError,
)
from bandscape.core.progress import Progress
from bandscape.datasets.text import chunks as text_chunks
from bandscape.datasets.text import preparation as text_module
from bandscape.datasets.text import stream as text_stream
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
    "Björk's drums are loud; the drum machine is louder. Drum machines drone in New York.",
    None,
    "The band plays drum and bass, and <b>drum 'n' bass</b> is what New York plays!",
    "",
    "Girls love girls. I don't know 1999 but the 80s were co-op pop: post-punk, post-punk, K-pop.",
    "!!! ... ---",
]
NAMES = [["bjrk"], [], ["the band"], [], ["girls"], ["!!!"]]


def prepare(texts: list[Any], options: TextSettings = ALL, **keywords: Any) -> PreparedText:
    return prepare_text([f"r{n}" for n in range(len(texts))], texts, settings=options, **keywords)


def same(first: PreparedText, second: PreparedText) -> bool:
    return (
        first.counts.shape == second.counts.shape
        and not (first.counts != second.counts).nnz
        and first.settings == second.settings
        and all(
            [list(map(_plain, row)) for row in one.itertuples(index=False)]
            == [list(map(_plain, row)) for row in two.itertuples(index=False)]
            for one, two in ((first.vocabulary, second.vocabulary), (first.tokens, second.tokens))
        )
    )


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, list | np.ndarray) else value


def check_invariants(prepared: PreparedText, n_reviews: int) -> None:
    """Check that counts, tokens, surfaces and vocabulary tell one story."""
    vocabulary, tokens, counts = prepared.vocabulary, prepared.tokens, prepared.counts
    assert counts.shape == (n_reviews, len(vocabulary)) == (len(tokens), len(vocabulary))
    assert counts.dtype == np.int32
    lengths = [len(words) for words in tokens["word_ids"]]
    assert np.asarray(counts.sum(axis=1)).ravel().tolist() == lengths
    assert lengths == [len(surfaces) for surfaces in tokens["surface_ids"]]
    assert np.asarray(counts.sum(axis=0)).ravel().tolist() == vocabulary["count"].tolist()
    assert np.diff(counts.tocsc().indptr).tolist() == vocabulary["document_count"].tolist()
    assert [sum(c) for c in vocabulary["surface_counts"]] == vocabulary["count"].tolist()
    assert [forms[0] for forms in vocabulary["surfaces"]] == vocabulary["display"].tolist()
    assert vocabulary["word"].is_unique
    word_of_surface = np.repeat(np.arange(len(vocabulary)), [len(forms) for forms in vocabulary["surfaces"]])
    surface_counts = np.zeros(len(word_of_surface), dtype=int)
    for words, surfaces in zip(tokens["word_ids"], tokens["surface_ids"], strict=True):
        assert words.dtype == surfaces.dtype == np.int32
        assert word_of_surface[surfaces].tolist() == words.tolist()
        np.add.at(surface_counts, surfaces, 1)
    assert surface_counts.tolist() == [n for counts in vocabulary["surface_counts"] for n in counts]
    ordered = sorted(
        zip(-vocabulary["count"], -vocabulary["document_count"], vocabulary["word"], strict=True)
    )
    assert [word for _, _, word in ordered] == vocabulary["word"].tolist()


# -- reference cases -------------------------------------------------------------------------------------------------


def test_reviews_become_words_in_order() -> None:
    prepared = prepare(REVIEWS, artist_names=NAMES)
    words = prepared.vocabulary["word"].to_numpy()
    texts = [words[ids].tolist() for ids in prepared.tokens["word_ids"]]
    assert texts == [
        ["drum", "loud", "drum_machin", "louder", "drum_machin", "drone", "new_york"],
        [],
        ["band", "play", "drum_and_bass", "drum_and_bass", "new_york", "play"],
        [],
        ["girl", "love", "girl", "80s", "co-op", "pop", "post_punk", "post_punk", "k-pop"],
        [],
    ]
    check_invariants(prepared, len(REVIEWS))
    assert prepared.tokens["review_id"].tolist() == [f"r{n}" for n in range(6)]
    assert prepared.n_tokens == 22


def test_tokens_keep_the_surface_form_of_each_occurrence() -> None:
    prepared = prepare(["He sings. She sang, singing songs.", "They sing and sing"])
    forms = np.concatenate([np.array(forms, dtype=object) for forms in prepared.vocabulary["surfaces"]])
    assert forms[prepared.tokens["surface_ids"][0]].tolist() == ["sings", "sang", "singing", "songs"]
    row = prepared.vocabulary.set_index("word").loc["sing"]
    assert (row["display"], row["count"], list(row["surface_counts"])) == ("sing", 4, [2, 1, 1])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("the band's bands' band", ["band", "band", "band"]),
        ("don't can’t they've it's", []),
        ("naïve naive NAÏVE", ["naiv"] * 3),
        ("a co-op of well-known all-out lo-fi", ["co-op", "well-known", "all-out", "lo-fi"]),
        ("1999 7.5 2pac U2 80s 12-inch 4/4", ["2pac", "u2", "80s", "12-inch"]),
        ("R&B, U.S. and R.E.M.", ["r&b", "u.s.", "r.e.m."]),
        ("x" * 65 + " " + "q" * 64, ["q" * 64]),
        ("привет हिन्दी ελληνικά Ōkami", ["привет", "हिन्दी", "ελληνικα", "okami"]),
        ("music\x00noise snake_case", ["music", "nois", "snake", "case"]),
        ("see http://a.b/c?d=e or <a href='x'>link</a> &amp; fish", ["link", "fish"]),
    ],
)
def test_tokens_of_hard_texts(text: str, words: list[str]) -> None:
    options = dataclasses.replace(ALL, phrases=False, kept_words=("case",))
    prepared = prepare([text], options) if words else _empty([text], options)
    assert prepared.vocabulary["word"].to_numpy()[prepared.tokens["word_ids"][0]].tolist() == words


def _empty(texts: list[Any], options: TextSettings = ALL) -> PreparedText:
    with pytest.warns(BandscapeWarning):
        return prepare(texts, options)


def test_masking_is_a_choice() -> None:
    texts = ["Then Low play low notes."] * 2
    masked = prepare(texts, dataclasses.replace(ALL, phrases=False), artist_names=[["Low"]] * 2)
    plain = prepare(
        texts, dataclasses.replace(ALL, phrases=False, mask_artists=False), artist_names=[["Low"]] * 2
    )
    assert dict(zip(masked.vocabulary["word"], masked.vocabulary["count"], strict=True))["low"] == 2
    assert dict(zip(plain.vocabulary["word"], plain.vocabulary["count"], strict=True))["low"] == 4


# -- settings --------------------------------------------------------------------------------------------------------


def words_of(options: TextSettings, *texts: str) -> set[str]:
    return set(
        prepare(list(texts), options)["word"] if False else prepare(list(texts), options).vocabulary["word"]
    )


def test_each_setting_reaches_the_result() -> None:
    texts = ("The Singing guitars of 808 go on", "Singing a guitar is Low")
    base = dataclasses.replace(ALL, phrases=False)

    def words(**changes: Any) -> set[str]:
        return words_of(dataclasses.replace(base, **changes), *texts)

    assert words() == {"sing", "guitar", "low"}
    assert words(stemmer="none") == {"singing", "guitars", "guitar", "low"}
    assert words(remove_stop_words=False) == {"sing", "guitar", "low", "the", "of", "go", "on", "is"}
    assert words(extra_stop_words=("Low",)) == {"sing", "guitar"}
    assert words(kept_words=["go"]) == {"sing", "guitar", "low", "go"}
    assert words(min_word_length=4) == {"sing", "guitar"}
    assert words(keep_numbers=True) == {"sing", "guitar", "low", "808"}
    assert words(min_document_count=2) == {"sing", "guitar"}
    assert words(max_document_share=0.5) == {"low"}
    assert words(max_vocabulary=1) == {"guitar"}
    displays = prepare(list(texts), dataclasses.replace(base, lowercase=False)).vocabulary["display"]
    assert set(displays) == {"Singing", "guitar", "Low"}
    german = TextSettings(language="German", min_document_count=1, max_document_share=1.0)
    assert words_of(german, "Die Gitarren und die Gitarre") == {"gitarr"}
    french = dataclasses.replace(german, language="french")
    assert words_of(french, "L'amour et les amours") == {"amour"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"language": "klingon"}, "no stop words for language 'klingon'"),
        ({"language": "polish"}, "no stemmer for language 'polish'"),
        ({"language": 3}, "language must be"),
        ({"stemmer": "porter"}, "stemmer must be one of snowball, none"),
        ({"lowercase": 1}, "lowercase must be true or false"),
        ({"extra_stop_words": "the"}, "extra_stop_words must be a sequence"),
        ({"kept_words": (1,)}, "kept_words must hold only str"),
        ({"min_word_length": 0}, "min_word_length must be an int >= 1"),
        ({"min_document_count": 1.5}, "min_document_count must be an int >= 1"),
        ({"max_document_share": 0}, r"max_document_share must be in \(0, 1\]"),
        ({"max_document_share": float("nan")}, "max_document_share"),
        ({"max_vocabulary": 0}, "max_vocabulary must be an int >= 1"),
        ({"phrase_threshold": 2}, r"phrase_threshold must be in \[-1, 1\]"),
        ({"phrase_min_count": True}, "phrase_min_count must be an int >= 1"),
    ],
)
def test_bad_settings_are_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        TextSettings(**changes)


def test_settings_round_trip_and_refuse_unknown_fields() -> None:
    options = TextSettings(extra_stop_words=("émile", "b"), max_vocabulary=None)
    assert TextSettings.from_json(options.to_json()) == options
    for bad in ("{", "[]", '{"colour": 1}'):
        with pytest.raises(ParameterError):
            TextSettings.from_json(bad)


def test_language_lists_are_those_of_the_packages() -> None:
    from nltk.stem.snowball import SnowballStemmer
    from stop_words import get_stop_words

    from bandscape.datasets.text.settings import STOP_WORD_LANGUAGES
    from bandscape.datasets.text.stemming import STEMMED_LANGUAGES

    assert set(STEMMED_LANGUAGES) == set(SnowballStemmer.languages) - {"porter"}
    assert all(get_stop_words(language) for language in STOP_WORD_LANGUAGES)


# -- invariants ------------------------------------------------------------------------------------------------------

_PIECES = (
    "Low|low|Girls|girls|drum|drums|bass|'n'|&|and|of|the|post-punk|New York|new york|Björk|Bjork's|.|,|!|-|'s|1999|80s"
    "|<b>|</p>|&amp;|\xad|\n\n|R&B|U.S.|don't|lo-fi|k-pop|wall-of-sound|x_y|é|天|ß|\x00|a|'|--"
)
PIECES = st.sampled_from(_PIECES.split("|"))
TEXTS = st.lists(
    st.one_of(st.none(), st.lists(PIECES, max_size=14).map(" ".join), st.text(max_size=30)), max_size=7
)
NAME_LISTS = st.lists(
    st.sampled_from(["low", "girls", "bjrk", "new york", "!!!", "", "the bass"]), max_size=2
)


@pytest.mark.filterwarnings("ignore::bandscape.core.errors.BandscapeWarning")
@settings(max_examples=150)
@given(st.data())
def test_any_texts_keep_the_invariants_whatever_the_chunks(data: st.DataObject) -> None:
    texts = data.draw(TEXTS)
    names = data.draw(st.lists(NAME_LISTS, min_size=len(texts), max_size=len(texts)))
    options = dataclasses.replace(
        ALL,
        lowercase=data.draw(st.booleans()),
        phrase_min_count=data.draw(st.integers(1, 3)),
        phrase_threshold=data.draw(st.sampled_from([-1.0, 0.0, 0.3])),
        min_document_count=data.draw(st.integers(1, 2)),
        max_document_share=data.draw(st.sampled_from([0.5, 1.0])),
        max_vocabulary=data.draw(st.sampled_from([None, 3])),
    )
    prepared = prepare(texts, options, artist_names=names)
    check_invariants(prepared, len(texts))
    text_stream._unit_table.cache_clear()  # what the process has seen before must not matter either
    chunks = functools.partial(text_module.text_chunks, max_characters=data.draw(st.integers(1, 40)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_module, "text_chunks", chunks)
        assert same(prepare(texts, options, artist_names=names), prepared)


def test_number_of_processes_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        text_module, "text_chunks", functools.partial(text_module.text_chunks, max_characters=100)
    )
    monkeypatch.setattr(text_chunks, "WORTH_PROCESSES", 0)
    texts, names = REVIEWS * 5, NAMES * 5
    alone, two = prepare(texts, artist_names=names), prepare(texts, artist_names=names, n_jobs=2)
    assert same(alone, two)
    check_invariants(two, len(texts))


def test_inputs_are_not_changed() -> None:
    texts, names = list(REVIEWS), [list(entry) for entry in NAMES]
    prepare(texts, artist_names=names)
    assert texts == REVIEWS
    assert names == NAMES


def test_pandas_and_arrays_are_accepted() -> None:
    frame = pd.DataFrame({"id": [f"r{n}" for n in range(6)], "text": REVIEWS})
    names = pd.Series([np.array(entry, dtype=object) for entry in NAMES], dtype=object)
    prepared = prepare_text(frame["id"], frame["text"], artist_names=names, settings=ALL)
    assert same(prepared, prepare(REVIEWS, artist_names=NAMES))


def test_a_text_longer_than_the_tokenizer_likes_is_cut_between_words() -> None:
    long_text = "noise drums " * 20_000 + "z" * 300_000
    prepared = prepare([long_text], dataclasses.replace(ALL, phrases=False))
    assert dict(zip(prepared.vocabulary["word"], prepared.vocabulary["count"], strict=True)) == {
        "drum": 20_000,
        "nois": 20_000,
    }


# -- nothing to work with --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("texts", [[], [None, None], ["", "  \n"], [float("nan"), "!!! 1999 the and"]])
def test_no_words_at_all_warns_and_gives_no_column(texts: list[Any]) -> None:
    with pytest.warns(BandscapeWarning, match=f"none of the {len(texts)} reviews has any words"):
        prepared = prepare(texts)
    check_invariants(prepared, len(texts))
    assert prepared.counts.shape == (len(texts), 0)


def test_limits_that_leave_nothing_are_named() -> None:
    with pytest.warns(BandscapeWarning, match="min_document_count: 2, max_document_share: 1"):
        prepared = prepare(
            ["drum bass"] + ["noise"] * 3,
            dataclasses.replace(ALL, min_document_count=2, max_document_share=0.5),
        )
    check_invariants(prepared, 4)
    assert prepared.counts.shape == (4, 0)


def test_one_document() -> None:
    check_invariants(prepare(["A drum, a drum, a bass."]), 1)
    with pytest.warns(BandscapeWarning, match="no word is within the limits"):
        prepare_text(["a"], ["A drum, a drum, a bass."])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"review_ids": ["a"], "texts": ["x", "y"]}, "must be of one length; got 1 and 2"),
        ({"review_ids": ["a", "a"], "texts": ["x", "y"]}, "unique; 'a' repeats"),
        ({"review_ids": [1], "texts": ["x"]}, r"review_ids\[0\] must be a str"),
        ({"review_ids": ["a"], "texts": [3]}, r"texts\[0\] must be a str or missing; got int"),
        ({"review_ids": ["a"], "texts": "x"}, "sequence of str"),
        ({"review_ids": ["a"], "texts": ["x"], "artist_names": []}, "got 0 for 1 texts"),
        ({"review_ids": ["a"], "texts": ["x"], "artist_names": ["low"]}, r"artist_names\[0\] must be a list"),
        ({"review_ids": ["a"], "texts": ["x"], "artist_names": [[1]]}, "must hold only str"),
        ({"review_ids": ["a"], "texts": ["x"], "n_jobs": 0}, "n_jobs must be an int >= 1; got 0"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        prepare_text(**arguments)


# -- progress --------------------------------------------------------------------------------------------------------


def test_progress_counts_reviews_and_can_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        text_module, "text_chunks", functools.partial(text_module.text_chunks, max_characters=1)
    )
    events: list[Progress] = []
    prepare(REVIEWS, on_progress=lambda event: events.append(event))
    assert [event.done for event in events] == [0, 1, 2, 3, 4, 5, 6]
    assert {(event.total, event.unit) for event in events} == {(6, "reviews")}
    with pytest.raises(BandscapeError, match="stopped"):
        prepare(REVIEWS, on_progress=lambda event: event.done >= 3)


# -- on disk ---------------------------------------------------------------------------------------------------------


def test_written_and_read_again_it_is_the_same(tmp_path: Path) -> None:
    prepared = prepare(REVIEWS, artist_names=NAMES)
    prepared.write(tmp_path / "corpus")
    assert sorted(file.name for file in (tmp_path / "corpus").iterdir()) == [
        "counts.npz", "tokens.parquet", "vocabulary.parquet",
    ]  # fmt: skip
    assert same(PreparedText.read(tmp_path / "corpus"), prepared)


def test_an_empty_result_is_written_and_read_too(tmp_path: Path) -> None:
    prepared = _empty([None, ""])
    prepared.write(tmp_path)
    assert same(PreparedText.read(tmp_path), prepared)


def test_files_that_are_missing_damaged_or_strangers_are_refused(tmp_path: Path) -> None:
    first, second = prepare(REVIEWS), prepare(["other words"])
    with pytest.raises(SourceError):
        PreparedText.read(tmp_path)
    first.write(tmp_path)
    second.write(tmp_path / "other")
    vocabulary = (tmp_path / "vocabulary.parquet").read_bytes()
    (tmp_path / "vocabulary.parquet").write_bytes((tmp_path / "other" / "vocabulary.parquet").read_bytes())
    with pytest.raises(ChecksumError, match="do not fit together"):
        PreparedText.read(tmp_path)
    (tmp_path / "vocabulary.parquet").write_bytes(vocabulary[:-20])
    with pytest.raises(ChecksumError):
        PreparedText.read(tmp_path)
    (tmp_path / "vocabulary.parquet").write_bytes(vocabulary)
    (tmp_path / "counts.npz").write_bytes((tmp_path / "other" / "counts.npz").read_bytes())
    with pytest.raises(ChecksumError, match=r"counts.npz and tokens.parquet differ"):
        PreparedText.read(tmp_path)
    (tmp_path / "vocabulary.parquet").write_bytes((tmp_path / "tokens.parquet").read_bytes())
    with pytest.raises(ChecksumError, match="other columns"):
        PreparedText.read(tmp_path)


# -- cache -----------------------------------------------------------------------------------------------------------


def test_the_cache_is_used_only_for_the_same_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    read_all = text_module._read_all
    monkeypatch.setattr(text_module, "_read_all", lambda *a: calls.append(1) or read_all(*a))
    first = prepare(REVIEWS, artist_names=NAMES, cache_dir=tmp_path)
    assert same(prepare(REVIEWS, artist_names=NAMES, cache_dir=tmp_path, n_jobs=2), first)
    assert len(calls) == 1
    prepare([*REVIEWS[:-1], "more"], artist_names=NAMES, cache_dir=tmp_path)
    prepare(REVIEWS, artist_names=[*NAMES[:-1], ["x"]], cache_dir=tmp_path)
    prepare(REVIEWS, cache_dir=tmp_path)
    prepare(REVIEWS, dataclasses.replace(ALL, min_word_length=3), artist_names=NAMES, cache_dir=tmp_path)
    prepare_text(list("abcdef"), REVIEWS, artist_names=NAMES, settings=ALL, cache_dir=tmp_path)
    monkeypatch.setattr(text_module, "TEXT_VERSION", 0)
    prepare(REVIEWS, artist_names=NAMES, cache_dir=tmp_path)
    assert len(calls) == 7


def test_a_damaged_cache_entry_is_made_again(tmp_path: Path) -> None:
    first = prepare(REVIEWS, cache_dir=tmp_path)
    (entry,) = tmp_path.iterdir()
    for name in ("tokens.parquet", "vocabulary.parquet", "manifest.json", "config.json"):
        content = (entry / name).read_bytes()
        (entry / name).write_bytes(content[: len(content) // 2])
        assert same(prepare(REVIEWS, cache_dir=tmp_path), first)
        assert (entry / name).read_bytes() == content  # repaired


def test_an_unwritable_cache_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert same(prepare(REVIEWS, cache_dir=tmp_path / "file" / "cache"), prepare(REVIEWS))


# -- no network, no downloaded data ----------------------------------------------------------------------------------


def test_neither_network_nor_downloaded_nltk_data_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any, **keywords: Any) -> None:
        raise AssertionError(f"touched: {arguments} {keywords}")

    monkeypatch.setattr(nltk.data, "find", refuse)
    monkeypatch.setattr(nltk.data, "load", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    text_stream._unit_table.cache_clear()
    text_stream._tokenizers.cache_clear()
    check_invariants(prepare(REVIEWS, artist_names=NAMES), len(REVIEWS))


def test_it_works_in_a_fresh_process_without_nltk_data(tmp_path: Path) -> None:
    code = (
        "from bandscape.datasets.text.preparation import prepare_text, TextSettings\n"
        "p = prepare_text(['a'], ['drums drum'], settings=TextSettings(min_document_count=1, max_document_share=1.0))\n"
        "print(p.vocabulary.word.tolist(), p.n_tokens)"
    )
    environment = {**os.environ, "NLTK_DATA": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['drum'] 2"
