"""Objects within records: their fields are columns by dotted paths."""

import json

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from bandscape.datasets import import_corpus, load_corpus
from bandscape.datasets.corpus import read_reviews

RECORDS = [
    {
        "id": f"r{number}",
        "album": {
            "title": f"Record {number}",
            "artist": {"name": name, "url": "x"},
            "label": {"name": "Lamp"},
        },
        "review": {"body": "<p>slow and loud</p>", "stars": 4 + number, "reviewer": "Cy"},
        "artist": {"id": 7},
    }
    for number, name in enumerate(["Low", "Can", "Low"])
]
MAPPING = {
    "review_id": "id", "artist": "album.artist.name", "title": "album.title", "text": "review.body",
    "score": "review.stars", "labels": "album.label.name", "author": "review.reviewer",
}  # fmt: skip


def written(tmp_path, kind, records):
    path = tmp_path / f"records.{kind}"
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(records), path)
    elif kind == "arrow":
        feather.write_feather(pa.Table.from_pylist(records), str(path))
    elif kind == "json":
        path.write_text(json.dumps(records))
    else:
        path.write_text("\n".join(map(json.dumps, records)))
    return path


@pytest.mark.parametrize("kind", ["jsonl", "json", "parquet", "arrow"])
def test_fields_of_objects_are_columns_at_once_and_piece_by_piece(tmp_path, kind):
    path = written(tmp_path, kind, RECORDS)
    corpus = read_reviews(path)
    assert corpus.mapping == MAPPING
    assert corpus.artists["name"].tolist() == ["Low", "Can"]
    assert corpus.reviews["score"].tolist() == [4, 5, 6]
    assert corpus.reviews["text"].tolist() == ["<p>slow and loud</p>"] * 3
    assert not any("holds objects" in note for note in corpus.notes)
    import_corpus(path, tmp_path / "corpus")
    stored = load_corpus(tmp_path / "corpus")
    assert stored.reviews.equals(corpus.reviews)
    assert stored.mapping == MAPPING


def mapping_of(tmp_path, record, **options):
    return read_reviews(written(tmp_path, "jsonl", [record]), **options).mapping


def test_a_column_with_a_dotted_name_comes_before_the_path(tmp_path):
    record = {"x.band": "Low", "x": {"band": "Can"}, "text": "loud"}
    corpus = read_reviews(written(tmp_path, "jsonl", [record]), columns="artist=x.band")
    assert corpus.artists["name"].tolist() == ["Low"]
    chosen = {"artist": "Low", "text": "a", "old": {"text": "b"}}
    corpus = read_reviews(written(tmp_path, "jsonl", [chosen]), columns="text=old.text")
    assert corpus.reviews["text"].tolist() == ["b"]


def test_the_more_usual_and_less_deep_field_is_taken_and_equals_are_told(tmp_path):
    record = {"a": {"deep": {"text": "x"}, "summary": "y"}, "b": {"text": "z"}, "c": {"artist": "Low"}}
    assert mapping_of(tmp_path, record) == {"artist": "c.artist", "text": "b.text"}
    corpus = read_reviews(
        written(tmp_path, "jsonl", [{"band": {"name": "Low"}, "album": {"artists": [{"name": "Can"}]}}])
    )
    assert any("add --columns artist=album.artists.name" in note for note in corpus.notes)
    record["a"]["text"] = "w"
    corpus = read_reviews(written(tmp_path, "jsonl", [record]))
    assert corpus.mapping["text"] == "a.text"
    assert any("add --columns text=b.text" in note for note in corpus.notes)


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
@pytest.mark.parametrize(
    ("record", "mapping"),
    [
        ({"artist": {"name": "Low"}, "disc": {"artists": [{"name": "Can"}]}}, {"artist": "artist.name"}),
        ({"disc": {"artist": {"name": "Can"}}, "band": {"name": "Low"}}, {"artist": "band.name"}),
        ({"x": {"y": {"genre": "a"}, "genres": ["b"]}, "text": "t"}, {"text": "text", "genres": "x.genres"}),
        ({"a": {"artist": "Low"}, "similar_artists": [{"name": "Can"}]}, {"artist": "a.artist"}),
        ({"similar": {"artists": [{"name": "Can"}]}, "text": "t"}, {"text": "text"}),
        ({"comments": [{"author": "Cy", "genre": "x"}], "text": "t"}, {"text": "text"}),
        ({"tracks": [{"artist": "Can"}], "track": {"title": "a"}}, {"title": "track.title"}),
        ({"albums": [{"artist": "Low"}], "text": "t"}, {"artist": "albums.artist", "text": "text"}),
        ({"albums": [{"artist": "Can"}], "a": {"b": {"band": "Low"}}}, {"artist": "a.b.band"}),
        ({"credit": {"artist-credit": [{"artist": {"name": "Low"}}]}}, {"artist": "credit.artist-credit.artist.name"}),
        ({"artist": {"name": "Low", "genre": "a"}}, {"artist": "artist.name", "genres": "artist.genre"}),
        (
            {"artist": {"name": "Low", "genre": "a"}, "x": {"y": {"tags": ["b"]}}},
            {"artist": "artist.name", "genres": "x.y.tags"},
        ),
    ],
)  # fmt: skip
def test_the_less_deep_of_equal_names_is_taken_and_nothing_of_what_is_beside(tmp_path, kind, record, mapping):
    assert read_reviews(written(tmp_path, kind, [record, record])).mapping == mapping


def test_an_artist_or_author_keeps_its_own_address_and_number(tmp_path):
    record = {
        "artist": {"name": "Low", "id": 3, "url": "u", "bio": {"text": "t"}},
        "user": {"name": "Cy", "id": 1},
    }
    assert mapping_of(tmp_path, record) == {"artist": "artist.name", "author": "user.name"}


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_a_list_of_objects_with_names_is_joint_artists(tmp_path, kind):
    records = [{"artists": [{"name": "Low"}, {"name": "Can"}], "text": "x"}, {"artists": [], "text": "y"}]
    corpus = read_reviews(written(tmp_path, kind, records))
    assert [sorted(ids) for ids in corpus.reviews["artist_ids"]] == [["can", "low"], []]


def test_a_plain_name_beside_objects_is_a_name_and_objects_that_stay_are_told(tmp_path):
    records = [{"artist": {"name": "Low"}, "text": "x"}, {"artist": "Can", "text": {"de": "y", "en": "z"}}]
    corpus = read_reviews(written(tmp_path, "jsonl", records))
    told = [note for note in corpus.notes if "holds objects" in note]
    assert ["'artist.name'" in note or "'text.de', 'text.en'" in note for note in told] == [True, True]
    corpus = read_reviews(written(tmp_path, "jsonl", records), columns="artist=artist.name,text=text.en")
    assert sorted(corpus.artists["name"]) == ["Can", "Low"]
    assert corpus.reviews["text"].tolist()[1] == "z"


def test_depth_and_number_of_fields_are_bounded(tmp_path):
    deep = {"artist": "Low", "x": {}}
    inner = deep["x"]
    for _ in range(100):
        inner["x"] = {"text": "t"}
        inner = inner["x"]
    corpus = read_reviews(
        written(tmp_path, "jsonl", [deep, {"artist": "Can", "y": {str(n): n for n in range(5000)}}])
    )
    assert corpus.mapping == {"artist": "artist", "text": "x.x.text"}
    assert any("more than 8 deep" in note for note in corpus.notes)
    assert any("only the first 1,000 fields" in note for note in corpus.notes)
    path = tmp_path / "deep.jsonl"
    path.write_text('{"artist": "Low"}\n' + '{"a":' * 100_000 + "1" + "}" * 100_000)
    corpus = read_reviews(path)
    assert corpus.rejects[["row", "reason"]].values.tolist() == [[2, "nested too deeply; row left out"]]


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_the_keys_of_maps_are_genres_at_once_and_piece_by_piece(tmp_path, kind):
    maps = [[("Jazz", 0.7), ("Dub", 0.3)], None, [], [("Rock", 1.0)]] * 3
    table = pa.table(
        {
            "artist": [f"Band {n}" for n in range(12)],
            "genres": pa.array(maps, pa.map_(pa.string(), pa.float64())),
        }
    )
    path = tmp_path / f"maps.{kind}"
    if kind == "parquet":
        pq.write_table(table, path, row_group_size=5)
    else:
        feather.write_feather(table, str(path), chunksize=5)
    corpus = read_reviews(path)
    assert [list(names) for names in corpus.reviews["genres"][:4]] == [["Jazz", "Dub"], [], [], ["Rock"]]
    assert corpus.notes == ("column 'genres' holds maps: their keys are read as genres, not their values",)
    import_corpus(path, tmp_path / "corpus")
    assert load_corpus(tmp_path / "corpus").reviews.equals(corpus.reviews)


def test_the_address_of_a_picture_is_not_that_of_the_review(tmp_path):
    path = tmp_path / "base.json"
    fields = {"Artist": ["Low"], "Album": "Hey", "Cover": [{"url": "https://x.example/a.png"}]}
    path.write_text(json.dumps({"records": [{"id": "rec1", "fields": fields}]}))
    corpus = read_reviews(path)
    assert corpus.mapping["artist"] == "fields.Artist"
    assert "url" not in corpus.mapping


def test_a_name_with_an_underscore_in_front_loses_against_a_field_of_the_record(tmp_path):
    hits = [
        {"_id": str(n), "_score": 1.5, "_source": {"artist": "Low", "rating": 8, "text": "w"}}
        for n in range(3)
    ]
    (tmp_path / "found.json").write_text(json.dumps({"max_score": 1.5, "hits": {"hits": hits}}))
    corpus = read_reviews(tmp_path / "found.json")
    assert (corpus.mapping["score"], corpus.mapping["review_id"]) == ("_source.rating", "_id")
    (tmp_path / "alone.jsonl").write_text(
        "\n".join(json.dumps({"artist": "Low", "_score": 7}) for _ in range(3))
    )
    assert read_reviews(tmp_path / "alone.jsonl").mapping["score"] == "_score"


def test_paragraphs_of_a_text_stay_apart():
    table = pa.table({"artist": ["Low"], "body": [["One.", "Two, three."]], "genres": [["a", "b"]]})
    corpus = read_reviews(table)
    assert corpus.reviews["text"].tolist() == ["One.\n\nTwo, three."]


def test_an_object_is_no_genre_and_votes_are_no_scores(tmp_path):
    rows = [{"reviewText": f"Text {n}.", "style": {"Format:": " Audio CD"}, "score": 4 * n, "ups": 4 * n,
             "author": author}
            for n, author in enumerate(["[deleted]", "Ida", "Per"])]  # fmt: skip
    rows[2]["reviewText"] = "[removed]"
    (tmp_path / "r.jsonl").write_text("\n".join(map(json.dumps, rows)))
    corpus = read_reviews(tmp_path / "r.jsonl")
    assert not {"genres", "score"} & corpus.mapping.keys()
    assert corpus.reviews["author"].isna().tolist() == [True, False]
    assert corpus.rejects["row"].tolist() == [3]
    assert read_reviews(tmp_path / "r.jsonl", columns="score=score").reviews["score"].tolist() == [0.0, 4.0]
