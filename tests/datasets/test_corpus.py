"""The corpus as a value and on disk; what is read equals what was written in any format."""

import dataclasses
import datetime
import doctest
import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bandscape.core.errors import ChecksumError, ParameterError, SchemaError, SourceError
from bandscape.datasets import TextSettings, prepare_text
from bandscape.datasets import corpus as corpus_module
from bandscape.datasets.corpus import Corpus, load_corpus, read_reviews, write_corpus

FRAME = pd.DataFrame(
    {
        "artist": ["Low", "Can", None],
        "text": ["a b", None, "c"],
        "genre": ["rock", None, "jazz"],
        "score": [8, 99, None],
        "date": ["2001-02-03", None, None],
    }
)


@pytest.fixture
def corpus():
    return read_reviews(FRAME)


def assert_same(first, second):
    for name in ("reviews", "artists", "rejects"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name))
    assert (first.mapping, first.source, first.notes) == (second.mapping, second.source, second.notes)


def test_a_corpus_survives_the_disk(corpus, tmp_path):
    write_corpus(corpus, tmp_path / "new" / "corpus")
    assert sorted(path.name for path in (tmp_path / "new" / "corpus").iterdir()) == [
        "artists.parquet",
        "rejects.parquet",
        "reviews.parquet",
    ]
    assert_same(load_corpus(tmp_path / "new" / "corpus"), corpus)


def test_a_workspace_is_loaded_and_read_alike(corpus, tmp_path):
    write_corpus(corpus, tmp_path / "corpus")
    assert_same(load_corpus(tmp_path), corpus)
    assert_same(read_reviews(tmp_path), corpus)
    assert_same(read_reviews(str(tmp_path), format="workspace"), corpus)
    with pytest.raises(ParameterError, match="is a workspace, whose columns are known"):
        read_reviews(tmp_path, columns="artist=x")


def test_the_same_source_gives_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        write_corpus(read_reviews(FRAME), tmp_path / name)
    for name in ("reviews", "artists", "rejects"):
        file = f"{name}.parquet"
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_corpus_that_pandas_wrote_to_a_table_reads_back(tmp_path):
    lists = pd.DataFrame(
        {
            "artist": [["Low", "Can"], ["Neu!"]],
            "genre": [["rock", "pop/r&b"], []],
            "year": [[1, 2], [1971, 1972]],
        }
    )
    first = read_reviews(lists)
    first.reviews.to_csv(tmp_path / "a.csv", index=False)
    first.reviews.to_json(tmp_path / "a.jsonl", orient="records", lines=True, date_format="iso")
    for name in ("a.csv", "a.jsonl"):
        again = read_reviews(tmp_path / name).reviews
        assert [list(ids) for ids in again["artist_ids"]] == [["low", "can"], ["neu"]]
        assert [list(genres) for genres in again["genres"]] == [["rock", "pop/r&b"], []]
        assert [list(years) for years in again["years"]] == [[], [1971, 1972]]


def test_counts_are_prepared_on_first_use_and_have_a_row_a_review(corpus):
    reviews = corpus.reviews.assign(text=["slow drone organ", "slow guitar", "drone guitar organ"])
    many = pd.concat([reviews.assign(review_id=[f"{name}-{at}" for name in "abc"]) for at in range(6)])
    fresh = dataclasses.replace(corpus, reviews=many.reset_index(drop=True))
    assert "words" not in fresh.summary()
    assert fresh.counts.shape == (18, len(fresh.vocabulary))
    assert {"drone", "organ"} <= set(fresh.vocabulary["word"])
    assert fresh.counts is fresh.counts
    assert "words" in fresh.summary()


def test_stored_words_are_read_and_those_of_other_reviews_refused(corpus, tmp_path):
    settings = TextSettings(min_document_count=1, max_document_share=1.0)
    ids = corpus.reviews["review_id"].tolist()
    prepared = prepare_text(ids, ["drone organ", None, "organ"], settings=settings)
    write_corpus(corpus, tmp_path)
    prepared.write(tmp_path)
    loaded = load_corpus(tmp_path)
    assert (loaded.counts != prepared.counts).nnz == 0
    assert set(loaded.vocabulary["word"]) == {"drone", "organ"}
    prepare_text(["x", "y", "z"], ["drone organ", None, "organ"], settings=settings).write(tmp_path)
    with pytest.raises(SchemaError, match="other reviews"):
        load_corpus(tmp_path).counts  # noqa: B018 - reading it is the test


def test_prepared_text_of_an_earlier_corpus_does_not_stay(corpus, tmp_path):
    for name in ("counts.npz", "tokens.parquet", "vocabulary.parquet"):
        (tmp_path / name).write_bytes(b"old")
    write_corpus(corpus, tmp_path)
    assert load_corpus(tmp_path).text_folder is None
    assert len(list(tmp_path.iterdir())) == 3


def test_the_example_in_the_documentation_is_right():
    assert doctest.testmod(corpus_module) == (0, 3)


def test_a_corpus_says_what_it_holds(corpus):
    text = repr(corpus)
    for part in (
        "3 (2 with text)",
        "2 (1 genres)",
        "2001-02-03",
        "score=score",
        "no artist is named in 1 review",
    ):
        assert part in text
    assert "3 (2 with text)" in corpus._repr_html_()


def test_hostile_names_do_not_reach_terminal_or_page(corpus):
    nasty = dataclasses.replace(corpus, source="<script>x\x1b[31m", mapping={"artist": "<b>\x07"})
    assert "\x1b" not in repr(nasty)
    assert "\x07" not in repr(nasty)
    assert "<script>" not in nasty._repr_html_()
    assert "&lt;b&gt;" in nasty._repr_html_()


def test_a_folder_without_corpus_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"no corpus .* run `bandscape import` first"):
        load_corpus(tmp_path)


def test_damaged_and_foreign_tables_are_refused(corpus, tmp_path):
    write_corpus(corpus, tmp_path)
    whole = (tmp_path / "artists.parquet").read_bytes()
    (tmp_path / "artists.parquet").write_bytes(whole[:-20])
    with pytest.raises(ChecksumError, match=r"artists.parquet: damaged"):
        load_corpus(tmp_path)
    (tmp_path / "artists.parquet").write_bytes((tmp_path / "rejects.parquet").read_bytes())
    with pytest.raises(SchemaError, match=r"artists.parquet: missing columns artist_id, name"):
        load_corpus(tmp_path)


def test_a_corpus_that_does_not_fit_is_not_written(corpus, tmp_path):
    bad = dataclasses.replace(corpus, artists=corpus.artists.drop(columns="name"))
    with pytest.raises(SchemaError, match="missing column name"):
        write_corpus(bad, tmp_path / "corpus")
    assert not (tmp_path / "corpus").exists()


def test_a_corpus_cannot_be_changed_by_accident(corpus):
    with pytest.raises(dataclasses.FrozenInstanceError):
        corpus.source = "other"
    assert isinstance(corpus, Corpus)


# -- round trips -------------------------------------------------------------------------------------------------

# Line ends and NUL aside, any character may stand in a name or text.
_CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r")
_TEXT = st.text(_CHARACTERS, min_size=1, max_size=40).filter(lambda text: text.strip() not in ("", r"\N"))
_NAME = _TEXT.map(str.strip).filter(lambda name: not (name.startswith("[") or ";" in name))
_WORD = st.text("abcdefgh", min_size=1, max_size=8)
_ROW = st.fixed_dictionaries(
    {
        "artist": st.lists(_NAME, min_size=1, max_size=3),
        "title": st.none() | _NAME,
        "score": st.none() | st.integers(0, 100).map(lambda tenths: tenths / 10),
        "genres": st.lists(_WORD, max_size=3, unique=True),
        "years": st.lists(st.integers(1000, datetime.date.today().year + 1), max_size=2, unique=True),
        "pub_date": st.none() | st.dates().filter(lambda day: day.year >= 1000),
        "best_new_music": st.none() | st.booleans(),
        "text": st.none() | _TEXT,
    }
)


def _cells(rows):
    """Return the rows as a flat table has them: lists as JSON, days as text."""
    flat = []
    for number, row in enumerate(rows):
        cells = {"id": f"r{number}", **row}
        for name in ("artist", "genres", "years"):
            cells[name] = json.dumps(row[name], ensure_ascii=number % 2 == 0)
        cells["pub_date"] = row["pub_date"].isoformat() if row["pub_date"] else None
        flat.append(cells)
    return flat


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(rows=st.lists(_ROW, min_size=1, max_size=8))
def test_reviews_are_the_same_whatever_format_they_travel_in(rows, tmp_path):
    flat = _cells(rows)
    pd.DataFrame(flat).to_csv(tmp_path / "a.csv", index=False)
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(cells) + "\n" for cells in flat), encoding="utf-8")
    pq.write_table(
        pa.Table.from_pylist([{"id": f"r{number}", **row} for number, row in enumerate(rows)]),
        tmp_path / "a.parquet",
    )
    first, *others = [read_reviews(tmp_path / name) for name in ("a.parquet", "a.jsonl", "a.csv")]
    assert first.reviews["review_id"].tolist() == [f"r{number}" for number in range(len(rows))]
    assert len(first.rejects) == 0
    for row, review in zip(rows, first.reviews.to_dict("records"), strict=True):
        assert list(review["genres"]) == row["genres"]
        assert list(review["years"]) == row["years"]
        assert (None if pd.isna(review["score"]) else review["score"]) == row["score"]
        assert (None if pd.isna(review["text"]) else review["text"]) == row["text"]
        assert (None if pd.isna(review["title"]) else review["title"]) == row["title"]
    for other in others:
        pd.testing.assert_frame_equal(other.reviews, first.reviews)
        pd.testing.assert_frame_equal(other.artists, first.artists)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(rows=st.lists(_ROW, min_size=1, max_size=8))
def test_any_corpus_survives_the_disk(rows, tmp_path):
    corpus = read_reviews(pd.DataFrame(rows))
    write_corpus(corpus, tmp_path)
    assert_same(load_corpus(tmp_path), corpus)
