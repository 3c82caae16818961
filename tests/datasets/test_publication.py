"""Rows that are no published review: drafts, deleted posts, revisions, and sums."""

import json
import sqlite3
from contextlib import closing

import pandas as pd
import pytest

from bandscape.datasets.corpus import read_reviews

STATES = ["publish", "draft", "private", "trash", "inherit", "auto-draft", ""]


def texts(n):
    return [f"Text {at} of this." for at in range(n)]


def test_posts_of_wordpress_that_are_none_are_left_out_and_drafts_are_told(tmp_path):
    pd.DataFrame({
        "ID": range(7), "post_title": [f"Title {at}" for at in range(7)], "post_content": texts(7),
        "post_status": STATES,
    }).to_csv(tmp_path / "wp.csv", index=False)  # fmt: skip
    corpus = read_reviews(tmp_path / "wp.csv")
    assert corpus.reviews["review_id"].tolist() == ["0", "1", "2", "6"]
    assert corpus.rejects[["row", "column", "value"]].values.tolist() == [
        [5, "status", "trash"], [6, "status", "inherit"], [7, "status", "auto-draft"],
    ]  # fmt: skip
    assert "drafts (post_status: draft), read as the others are: 2" in corpus.notes
    assert len(read_reviews(tmp_path / "wp.csv", columns="status=-").reviews) == 7


def test_pages_and_menus_of_wordpress_are_no_reviews(tmp_path):
    table = pd.DataFrame({
        "post_title": [f"Title {at}" for at in range(5)], "post_content": texts(5),
        "post_type": ["post", "page", "nav_menu_item", "review", None],
    })  # fmt: skip
    table.to_csv(tmp_path / "wp.csv", index=False)
    corpus = read_reviews(tmp_path / "wp.csv")
    assert corpus.reviews["title"].tolist() == ["Title 0", "Title 3", "Title 4"]
    assert corpus.rejects[["row", "column", "value"]].values.tolist() == [
        [3, "post_type", "page"], [4, "post_type", "nav_menu_item"],
    ]  # fmt: skip
    assert len(read_reviews(tmp_path / "wp.csv", columns="post_type=-").reviews) == 5
    table.assign(post_type="page").to_csv(tmp_path / "pages.csv", index=False)
    assert len(read_reviews(tmp_path / "pages.csv").reviews) == 5


@pytest.mark.parametrize(
    ("column", "values", "kept", "drafts"),
    [
        ("is_deleted", [False, True, False], [0, 2], 0),
        ("deleted", [0, 1, 0], [0, 2], 0),
        ("draft", [True, False, None], [0, 1, 2], 1),
        ("is_published", [True, False, False], [0, 1, 2], 2),
        ("published", [True, False, True], [0, 1, 2], 1),
        ("Status", ["owned", "wanted", "owned"], [0, 1, 2], 0),
    ],
)
def test_flags_say_by_their_names_what_they_mean(tmp_path, column, values, kept, drafts):
    rows = [{"id": at, "artist": "Low", column: values[at], "text": text} for at, text in enumerate(texts(3))]
    (tmp_path / "r.json").write_text(json.dumps(rows))
    corpus = read_reviews(tmp_path / "r.json")
    assert corpus.reviews["review_id"].tolist() == [str(at) for at in kept]
    assert corpus.reviews["pub_date"].isna().all()
    assert sum(note.startswith("drafts (") for note in corpus.notes) == bool(drafts)


def test_a_published_day_is_a_day(tmp_path):
    rows = [
        {"artist": "Low", "published": f"2020-01-0{at + 1}", "text": text} for at, text in enumerate(texts(3))
    ]
    (tmp_path / "r.json").write_text(json.dumps(rows))
    assert read_reviews(tmp_path / "r.json").reviews["pub_date"].notna().all()


def test_states_of_what_belongs_to_a_review_are_not_its_own(tmp_path):
    with closing(sqlite3.connect(tmp_path / "r.sqlite")) as database, database:
        database.executescript(
            "create table reviews(id integer primary key, artist text, body text);"
            "create table genres(review_id integer references reviews(id), genre text, status text);"
            "insert into reviews values (1, 'Low', 'One.'), (2, 'Can', 'Two.');"
            "insert into genres values (1, 'slow', 'deleted'), (2, 'kraut', 'deleted');"
        )
    assert len(read_reviews(tmp_path / "r.sqlite").reviews) == 2


def test_sums_in_json_and_parquet_are_no_reviews(tmp_path):
    rows = [
        {"artist": f"Artist {at}", "album": f"Album {at}", "score": 7, "text": text}
        for at, text in enumerate(texts(4))
    ]
    rows += [{"artist": "Total", "album": 4, "score": 28}, {"artist": "Average", "score": 7}]
    rows += [{"artist": "Total", "album": "Ground", "score": 6, "text": "A band of that name."}]
    (tmp_path / "r.jsonl").write_text("\n".join(map(json.dumps, rows)))
    pd.DataFrame(rows).astype({"album": str}).replace("nan", None).to_parquet(tmp_path / "r.parquet")
    for name in ("r.jsonl", "r.parquet"):
        corpus = read_reviews(tmp_path / name)
        assert corpus.reviews["title"].tolist() == ["Album 0", "Album 1", "Album 2", "Album 3", "Ground"]
        lost = corpus.rejects[corpus.rejects["column"].isna()]
        assert lost["row"].tolist() == [5, 6]
        assert lost["reason"].str.startswith("a sum or an average").all()
