"""Records that hold several reviews."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bandscape.datasets import import_corpus, load_corpus
from bandscape.datasets.corpus import read_reviews

RECORDS = [
    {"artist": "Low", "reviews": [{"album": "Hey What", "score": 9.0, "text": "Loud."},
                                  {"album": "Ones", "score": 8.0, "text": "Slow."}]},
    {"artist": "Can", "reviews": [{"album": "Future Days", "score": 9.5, "text": "Water."}]},
    {"artist": "Neu!", "reviews": []},
]  # fmt: skip


@pytest.mark.parametrize("kind", ["json", "parquet", "on disk"])
def test_each_item_of_a_list_of_reviews_is_one(tmp_path, kind):
    if kind == "json":
        (tmp_path / "r.json").write_text(json.dumps(RECORDS))
        corpus = read_reviews(tmp_path / "r.json")
    else:
        pq.write_table(pa.Table.from_pylist(RECORDS), tmp_path / "r.parquet")
        if kind == "on disk":
            import_corpus(tmp_path / "r.parquet", tmp_path / "corpus")
            corpus = load_corpus(tmp_path / "corpus")
        else:
            corpus = read_reviews(tmp_path / "r.parquet")
    rows = zip(corpus.reviews["artist_ids"], corpus.reviews["title"], corpus.reviews["score"], strict=True)
    found = [(*ids, title, None if score != score else score) for ids, title, score in rows]
    assert found[:3] == [("low", "Hey What", 9.0), ("low", "Ones", 8.0), ("can", "Future Days", 9.5)]
    assert [artist for artist, *_ in found[3:]] == ["neu"]
    assert any("each item of 'reviews' is read as one" in note for note in corpus.notes)


def test_a_long_list_is_copied_once_and_not_for_each_of_its_items(tmp_path):
    items = [{"album": f"Album {number}", "text": "x" * 100} for number in range(5000)]
    one = pa.table({"artist": ["Low", "Can"], "reviews": [items, items[:1]]})
    pq.write_table(one, tmp_path / "r.parquet")
    reviews = read_reviews(tmp_path / "r.parquet").reviews  # 5,000 copies of the list would be 2.5 GB
    assert reviews["title"].tolist() == [item["album"] for item in (*items, items[0])]


@pytest.mark.parametrize(
    "record",
    [
        {"artist": "Low", "title": "Ones", "body": [{"kind": "p", "text": "One."}, {"kind": "p", "text": "Two."}]},
        {"artist": "Low", "text": "Own.", "ratings": [{"author": "Ida", "score": 8}, {"author": "Per", "score": 7}]},
        {"artist": "Low", "title": "Ones", "text": "Own.", "comments": [{"author": "a", "text": "b"}] * 2},
        {"artists": [{"name": "Low"}, {"name": "Can"}], "genres": [{"name": "slow"}], "text": "Own."},
    ],
)  # fmt: skip
def test_blocks_of_text_ratings_comments_and_names_make_no_reviews(tmp_path, record):
    (tmp_path / "r.jsonl").write_text(json.dumps(record))
    assert len(read_reviews(tmp_path / "r.jsonl").reviews) == 1
