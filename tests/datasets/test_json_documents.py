"""A JSON file that is one object: its list of reviews is found, and one review stays one."""

import json
from unittest import mock

import pandas as pd
import pytest

from bandscape.core.errors import SourceError
from bandscape.datasets import import_corpus, load_corpus
from bandscape.datasets.corpus import read_reviews
from bandscape.datasets.readers.objects import json_arrays

REVIEWS = [{"artist": f"Band {n % 7}", "album": f"Record {n}", "review": f"loud {n}"} for n in range(40)]
USERS = [{"name": f"user {n}"} for n in range(90)]
COMMENTS = [{"author": "Cy", "text": "first"}] * 5
UNWRAPPED = "the file is one object; the reviews are the 40 items of its list "


def read(tmp_path, document, indent=None):
    path = tmp_path / "document.json"
    path.write_text(json.dumps(document, indent=indent))
    return read_reviews(path)


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"reviews": REVIEWS}, "'reviews'"),
        ({"count": 40, "data": {"by": {"page": REVIEWS}}, "ok": True}, "'data.by.page'"),
        (
            {"title": "All of it", "users": USERS, "reviews": REVIEWS},
            "'reviews'; other lists of objects are not read: 'users' 90",
        ),
        ({"old": REVIEWS[:3], "new": REVIEWS}, "'new'; other lists of objects are not read: 'old' 3"),
    ],
)
def test_the_list_of_reviews_within_an_object_is_read_as_if_it_stood_alone(tmp_path, document, told, indent):
    alone = read(tmp_path, REVIEWS)
    with mock.patch.object(json_arrays, "_PIECE", 50):
        corpus = read(tmp_path, document, indent)
        import_corpus(tmp_path / "document.json", tmp_path / "corpus")
    assert corpus.notes == (UNWRAPPED + told, *alone.notes)
    assert corpus.reviews.equals(alone.reviews)
    assert load_corpus(tmp_path / "corpus").reviews.equals(alone.reviews)


@pytest.mark.parametrize("indent", [None, 2])
def test_an_object_that_is_a_review_stays_one_and_its_lists_are_told(tmp_path, indent):
    corpus = read(tmp_path, {**REVIEWS[0], "comments": COMMENTS}, indent)
    assert corpus.reviews["text"].tolist() == ["loud 0"]
    assert any("read as one review, not its lists of objects ('comments' 5)" in note for note in corpus.notes)
    assert not any("one object" in note for note in read(tmp_path, REVIEWS[0], indent).notes)


def test_two_lines_are_two_reviews_whatever_lists_they_hold(tmp_path):
    path = tmp_path / "lines.jsonl"
    path.write_text("\n".join(json.dumps({"band": {"name": "Low"}, "x": REVIEWS, "id": n}) for n in "ab"))
    assert len(read_reviews(path).reviews) == 2


def test_a_table_by_columns_is_read_row_by_row_and_refused_if_not_of_one_length(tmp_path):
    table = {key: [review[key] for review in REVIEWS] for key in REVIEWS[0]}
    corpus = read(tmp_path, table)
    assert corpus.reviews.equals(read(tmp_path, REVIEWS).reviews)
    assert corpus.notes[0] == "the file is a table by columns, read as 40 reviews"
    for spoiled in ([], table["review"][:-1]):
        with pytest.raises(
            SourceError, match=rf"'artist' has 40 items, 'review' {len(spoiled)}; write an array"
        ):
            read(tmp_path, {**table, "review": spoiled})


def test_objects_by_keys_and_the_columns_of_pandas_are_reviews_and_a_nested_review_is_one(tmp_path):
    alone = read(tmp_path, REVIEWS).reviews
    by_key = read(tmp_path, {f"r{n}": review for n, review in enumerate(REVIEWS)})
    assert by_key.reviews.equals(alone)
    assert by_key.notes[0].startswith("the file is one object of 40 objects, read as a review each")
    (tmp_path / "document.json").write_text(pd.DataFrame(REVIEWS).to_json())
    assert read_reviews(tmp_path / "document.json").reviews.equals(alone)
    for review in (
        {"artist": {"name": "Low"}, "album": {"title": "a", "text": "b"}},
        {"meta": {"title": "a"}, "about": {"artist": "Low"}, "empty": [], "none": {}},
    ):
        assert len(read(tmp_path, review).reviews) == 1


def test_an_object_that_was_cut_off_is_told_where(tmp_path):
    path = tmp_path / "cut.json"
    path.write_text(json.dumps({"reviews": REVIEWS}, indent=1)[:-8])
    with pytest.raises(SourceError, match=r"read as one document: .* at character 3,\d\d\d"):
        read_reviews(path)


def test_posts_in_the_only_object_of_a_list_are_reviews_of_their_own(tmp_path):
    posts = [
        {"id": n, "title": f"Low Tide {n}", "html": "<p>x</p>", "plaintext": f"words {n}"} for n in range(4)
    ]
    inner = {"tags": [{"id": 1, "name": "folk"}], "posts": posts, "users": []}
    corpus = read(tmp_path, {"db": [{"meta": {"version": "5"}, "data": inner}]})
    assert corpus.reviews["text"].tolist() == [f"words {n}" for n in range(4)]
    assert corpus.reviews["title"].tolist() == [f"Low Tide {n}" for n in range(4)]
    assert any("the 4 items of its list 'db.data.posts'" in note for note in corpus.notes)


def test_lists_that_are_alike_are_all_read_and_their_names_are_a_column(tmp_path):
    lists = {"Low": [{"album": "Ones", "text": "Slow."}, {"album": "Hey What", "text": "Loud."}],
             "Can": [{"album": "Tago", "text": "Long.", "score": 9}],
        "Neu!": [{"album": "Neu", "text": "On."}]}  # fmt: skip
    (tmp_path / "r.json").write_text(json.dumps(lists))
    corpus = read_reviews(tmp_path / "r.json", columns="artist=key")
    assert [ids[0] for ids in corpus.reviews["artist_ids"]] == ["low", "low", "can", "neu"]
    assert corpus.reviews["title"].tolist() == ["Ones", "Hey What", "Tago", "Neu"]
    assert any("--columns artist=key" in note for note in read_reviews(tmp_path / "r.json").notes)


def test_posts_and_pages_are_not_read_as_one(tmp_path):
    posts = [{"title": "Ones", "text": "Slow."}, {"title": "Hey What", "text": "Loud."}]
    whole = {"posts": posts, "pages": [{"title": "About", "text": "We."}], "drafts": posts[:1]}
    (tmp_path / "r.json").write_text(json.dumps(whole))
    assert read_reviews(tmp_path / "r.json").reviews["title"].tolist() == ["Ones", "Hey What"]
