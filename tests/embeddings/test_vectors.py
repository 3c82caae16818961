import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandscape.core.errors import ChecksumError, ParameterError, SchemaError, SourceError, UnknownNameError
from bandscape.core.files import read_table, write_arrow
from bandscape.embeddings import VectorTable
from bandscape.embeddings.exports import one_word_keys, unique_names

HOSTILE = ["<script>alert(1)</script>", "=cmd()", "a\nb\tc\x00", "Ä" * 100_000, "", "The The", "!!!", "🎸"]


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(3)
    n = 200
    names = [f"band {row}" for row in range(n)]
    names[:4] = ["bjrk", "The Beatles", "girls", "the girls"]
    return VectorTable(
        matrix=rng.normal(size=(n, 12)),
        artist_ids=[f"id-{row}" for row in range(n)],
        names=names,
        genres=[("rock",) if row % 2 else ("jazz", "rap") for row in range(n)],
        mean_score=[np.nan if row == 7 else row / 20 for row in range(n)],
        n_reviews=range(1, n + 1),
    )


def brute_force(matrix, plus, minus, k):
    """Sort all rows by cosine to the sum, inputs dropped, one at a time."""
    query = sum(matrix[row] for row in plus) - sum((matrix[row] for row in minus), np.zeros(matrix.shape[1]))
    cosine = [float(row @ query / np.linalg.norm(query)) for row in matrix]
    order = sorted(range(len(matrix)), key=lambda row: -cosine[row])
    kept = [row for row in order if row not in {*plus, *minus}]
    return kept[:k], cosine, order


@pytest.mark.parametrize(
    ("plus", "minus"), [([5], []), ([5], [9]), ([5, 11], [9]), ([5, 11, 30], [9, 60]), ([], [9])]
)
def test_answers_equal_brute_force_and_gensim(table, plus, minus):
    answers = table.most_similar([f"id-{row}" for row in plus], [f"id-{row}" for row in minus], topn=15)
    rows, cosine, order = brute_force(table.matrix, plus, minus, 15)
    assert [answer.artist_id for answer in answers] == [f"id-{row}" for row in rows]
    np.testing.assert_allclose(
        [answer.cosine for answer in answers], [cosine[row] for row in rows], atol=1e-5
    )
    assert [answer.rank_unfiltered for answer in answers] == [1 + order.index(row) for row in rows]
    assert answers.unfiltered_winner == table.names[order[0]]
    if plus:
        alone, _, _ = brute_force(table.matrix, plus, [], len(table))
        alone = [row for row in alone if row not in minus]
        assert [answer.rank_baseline for answer in answers] == [1 + alone.index(row) for row in rows]
    peer = table.keyed_vectors().most_similar(
        [f"id-{row}" for row in plus], [f"id-{row}" for row in minus], topn=15
    )
    assert [key for key, _ in peer] == [answer.artist_id for answer in answers]
    np.testing.assert_allclose([value for _, value in peer], [answer.cosine for answer in answers], atol=1e-5)


@pytest.mark.filterwarnings("ignore:Call to deprecated:DeprecationWarning")
def test_multiplied_answers_equal_gensim(table):
    ours = table.most_similar(["id-5", "id-11"], ["id-9"], method="3cosmul")
    peer = table.keyed_vectors().most_similar_cosmul(["id-5", "id-11"], ["id-9"], topn=10)
    assert [key for key, _ in peer] == [answer.artist_id for answer in ours]
    np.testing.assert_allclose([value for _, value in peer], [answer.score for answer in ours], rtol=1e-4)


def test_query_artists_are_excluded_by_id_however_they_are_named(table):
    answers = table.most_similar(["BJÖRK"], ["beatles"], topn=500)
    ids = [answer.artist_id for answer in answers]
    assert len(ids) == 198
    assert {"id-0", "id-1"}.isdisjoint(ids)
    assert answers.plus == ("bjrk",)
    assert answers.minus == ("The Beatles",)


def test_vectors_are_terms_too(table):
    by_name = table.most_similar("id-5", "id-9", topn=500)
    mixed = table.most_similar([table.matrix[5] * 3], "id-9", topn=500)
    assert mixed.plus == ("(vector)",)
    ids = [answer.artist_id for answer in mixed]
    assert "id-5" in ids  # a bare vector names nobody, so nobody is excluded for it
    ids.remove("id-5")
    assert ids == [answer.artist_id for answer in by_name]
    assert [a.artist_id for a in table.most_similar(table.vector("id-5"), topn=1)] == ["id-5"]


def test_unknown_and_ambiguous_names_list_candidates(table):
    with pytest.raises(UnknownNameError, match="did you mean") as caught:
        table.most_similar("bandd 17")
    assert "band 17" in caught.value.candidates
    with pytest.raises(UnknownNameError, match="ambiguous"):
        table.most_similar("G.I.R.L.S.")
    assert table.row("the girls") == 3


def test_zero_vectors_are_neither_asked_nor_answered():
    table = VectorTable([[1.0, 0.0], [0.0, 0.0], [-1.0, 0.0]], ["a", "b", "c"], ["a", "b", "c"])
    assert [answer.artist_id for answer in table.most_similar("a")] == ["c"]
    with pytest.raises(ParameterError, match="'b' has no vector"):
        table.most_similar("a", "b")


def test_ties_go_by_row():
    table = VectorTable(np.ones((6, 3)), list("abcdef"), list("abcdef"))
    answers = table.most_similar("c", topn=3)
    assert [answer.artist_id for answer in answers] == ["a", "b", "d"]
    assert [answer.rank_unfiltered for answer in answers] == [1, 2, 4]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "at least one artist"),
        ({"positive": "id-1", "topn": 0}, "topn must be an int >= 1; got 0"),
        (
            {"positive": "id-1", "method": "cosine"},
            "method must be one of 3cosadd, 3cosmul, 3cosavg; got 'cosine'",
        ),
        ({"positive": "id-1", "negative": "id-1"}, "cancels out"),
        ({"positive": [np.zeros(12)]}, "zero vector"),
        ({"positive": [np.ones(5)]}, "12 finite numbers"),
        ({"positive": [np.full(12, np.nan)]}, "12 finite numbers"),
        ({"positive": [3]}, "12 finite numbers; got int"),
    ],
)
def test_unusable_queries_are_refused(table, arguments, message):
    with pytest.raises(ParameterError, match=message):
        table.most_similar(**arguments)


def test_json_has_the_promised_fields(table):
    text = json.dumps(table.analogy("id-5", "id-9", topn=2).as_json(), allow_nan=False)
    value = json.loads(text)
    assert value["query"]["plus"] == ["band 5"]
    assert value["query"]["minus"] == ["band 9"]
    first = value["results"][0]
    assert first["rank"] == 1
    assert {"artist_id", "name", "cosine", "genres", "mean_score", "n_reviews"} <= first.keys()
    everything = table.most_similar("id-5", topn=199).as_json()["results"]
    assert next(answer for answer in everything if answer["artist_id"] == "id-7")["mean_score"] is None


def test_answers_behave_as_a_sequence_and_as_a_frame(table):
    answers = table.most_similar("id-5")
    assert len(answers) == len(list(answers)) == 10
    frame = answers.to_frame()
    assert list(frame["rank"]) == list(range(1, 11))
    assert frame["artist_id"][0] == answers[0].artist_id
    empty = VectorTable(np.ones((1, 2)), ["a"], ["a"]).most_similar("a")
    assert len(empty) == 0
    assert "cosine" in empty.to_frame().columns


def test_table_is_read_only_and_normalized(table):
    np.testing.assert_allclose(np.linalg.norm(table.matrix, axis=1), 1.0, rtol=1e-6)
    assert table.matrix.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        table.matrix[0, 0] = 1.0


def test_input_arrays_stay_writable():
    matrix, scores = np.ones((2, 2), np.float32), np.ones(2)
    VectorTable(matrix, ["a", "b"], ["a", "b"], mean_score=scores)
    assert matrix.flags.writeable
    assert scores.flags.writeable


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"matrix": np.ones(3)}, "shape"),
        ({"matrix": [[np.inf, 0.0], [1.0, 0.0]]}, "finite"),
        ({"names": ["a"]}, "names must have 2 entries"),
        ({"artist_ids": ["a", "a"]}, "unique"),
        ({"mean_score": [1.0]}, "mean_score must have 2 entries"),
    ],
)
def test_unusable_tables_are_refused(changes, message):
    values = {"matrix": np.eye(2), "artist_ids": ["a", "b"], "names": ["a", "b"], **changes}
    with pytest.raises(SchemaError, match=message):
        VectorTable(**values)


# -- storage


def assert_same_table(left, right):
    assert left.matrix.tobytes() == right.matrix.tobytes()
    assert (left.artist_ids, left.names, left.genres) == (right.artist_ids, right.names, right.genres)
    np.testing.assert_array_equal(left.mean_score, right.mean_score)
    np.testing.assert_array_equal(left.n_reviews, right.n_reviews)


def test_arrow_round_trip_with_hostile_names(tmp_path):
    n = len(HOSTILE)
    table = VectorTable(
        np.vstack([np.eye(n)[:-1], np.zeros(n)]),
        [f"{row}\n" for row in range(n)],
        HOSTILE,
        [HOSTILE[:row] for row in range(n)],
        [None] + [1.0] * (n - 1),
        [2**31 - 1] * n,
    )
    table.save(tmp_path / "vectors.arrow")
    assert_same_table(VectorTable.load(tmp_path / "vectors.arrow"), table)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.text(max_size=20),
            st.lists(st.text(max_size=5), max_size=3),
            st.one_of(st.none(), st.floats(0, 10)),
            st.lists(st.floats(-1e3, 1e3, width=32), min_size=3, max_size=3),
        ),
        max_size=8,
    )
)
def test_any_table_survives_storage(tmp_path_factory, rows):
    table = VectorTable(
        np.array([row[3] for row in rows], np.float32).reshape(-1, 3),
        [str(number) for number in range(len(rows))],
        [row[0] for row in rows],
        [row[1] for row in rows],
        [row[2] for row in rows],
        range(len(rows)),
    )
    path = tmp_path_factory.mktemp("table") / "vectors.arrow"
    table.save(path)
    assert_same_table(VectorTable.load(path), table)


def test_frames_join_and_come_back(table, artists_of):
    frame = table.to_frame()
    joined = VectorTable.from_artists(frame.drop(columns="vector"), np.stack(frame["vector"].tolist()))
    assert joined.names == table.names
    artists = artists_of([["a"], ["b"]]).assign(
        genres=[None, np.array(["x"])], mean_score=pd.array([None, 5.0])
    )
    assert VectorTable.from_artists(artists, np.eye(2)).genres == ((), ("x",))


def test_other_files_are_refused(tmp_path):
    with pytest.raises(SourceError, match="no such file"):
        VectorTable.load(tmp_path / "nothing.arrow")
    (tmp_path / "text.arrow").write_text("hello")
    with pytest.raises(ChecksumError, match="damaged or not Arrow"):
        VectorTable.load(tmp_path / "text.arrow")
    write_arrow(tmp_path / "other.arrow", pa.table({"artist_id": ["a"]}))
    with pytest.raises(SchemaError, match="column name is missing"):
        VectorTable.load(tmp_path / "other.arrow")


def test_parquet_export_has_the_promised_columns(table, tmp_path):
    table.export_parquet(tmp_path / "vectors.parquet")
    stored = read_table(tmp_path / "vectors.parquet")
    assert stored.column_names == ["artist_id", "name", "genres", "vector"]
    assert stored.schema.field("vector").type == pa.list_(pa.float32())
    np.testing.assert_array_equal(np.stack(stored["vector"].to_numpy(zero_copy_only=False)), table.matrix)


def test_word2vec_export_is_read_by_gensim(table, tmp_path):
    from gensim.models import KeyedVectors

    hostile = VectorTable(table.matrix[:3], ["a b\nc", "a_b c", "x"], ["", "", ""])
    hostile.export_word2vec(tmp_path / "vectors.txt")
    read = KeyedVectors.load_word2vec_format(str(tmp_path / "vectors.txt"))
    assert read.index_to_key == ["a_b_c", "a_b_c_2", "x"]
    np.testing.assert_allclose(read.vectors, hostile.matrix, atol=1e-7)


def test_keyed_vectors_by_name_stay_unique(table):
    keyed = table.keyed_vectors("name")
    assert keyed["bjrk"].tobytes() == table.matrix[0].tobytes()
    with pytest.raises(ParameterError, match="artist_id, name"):
        table.keyed_vectors("genre")


@given(st.lists(st.text(alphabet="ab ()_12\n", max_size=6), max_size=12))
def test_keys_are_unique_words(names):
    ids = [f"i{number}" for number in range(len(names))]
    assert len(set(unique_names(names, ids))) == len(names)
    keys = one_word_keys(names)
    assert len(set(keys)) == len(keys)
    assert all(len(key.split()) == 1 for key in keys)


def test_importing_the_room_loads_no_tensorflow():
    code = (
        "import sys; import bandscape.embeddings as e; e.Artist2Vec(); "
        "print(*[m for m in ('tensorflow', 'keras', 'gensim', 'numba', 'plotly') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_genre_is_a_term_unless_an_artist_bears_its_name():
    artists = pd.DataFrame(
        {
            "artist_id": ["a", "b", "c", "jazz"],
            "name": ["A", "B", "C", "Jazz"],
            "genres": [["Drone"], ["drone", "rock"], ["rock"], []],
            "n_reviews": [1, 1, 1, 1],
            "mean_score": [5.0, 5.0, 5.0, 5.0],
        }
    )
    table = VectorTable.from_artists(artists, np.eye(4, dtype=np.float32))
    answers = table.most_similar(positive=["drone"], negative=["C"], topn=4)
    assert answers.plus == ("drone",)
    assert {answer.name for answer in answers[:2]} == {"A", "B"}
    assert {answer.name for answer in answers} == {"A", "B", "Jazz"}, "a genre's artists may answer"
    assert table.most_similar(positive=["jazz"], topn=1).plus == ("Jazz",)
    with pytest.raises(UnknownNameError):
        table.most_similar(positive=["metal"])


def test_none_is_nothing_as_in_gensim():
    table = VectorTable(np.eye(3) + 0.1, ["a", "b", "c"], ["A", "B", "C"])
    assert [one.name for one in table.most_similar("a", None)] == [
        one.name for one in table.most_similar("a")
    ]
    with pytest.raises(ParameterError, match="at least one artist"):
        table.most_similar(None)
