import numpy as np
import pytest

from bandscape.core.errors import BandscapeError, ChecksumError, ParameterError, SourceError, UnknownNameError
from bandscape.embeddings import ArrowStore, Filter, VectorTable, build_store
from bandscape.embeddings.store import CODES, FILES, nearest_rows


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(2)
    matrix = rng.normal(size=(300, 12)).astype(np.float32)
    matrix[7] = 0
    names = [f"band {row}" for row in range(300)]
    names[:3] = ["bjrk", "Girls", "The Girls!"]
    genres = [["rock"] if row % 3 else ["jazz", "rap"] for row in range(300)]
    score = [np.nan if row == 9 else row / 30 for row in range(300)]
    return VectorTable(matrix, [f"id-{row}" for row in range(300)], names, genres, score, range(300))


@pytest.fixture(scope="module")
def folder(table, tmp_path_factory):
    root = tmp_path_factory.mktemp("store")
    table.save(root / FILES[0])
    assert build_store(table, root, years=[[1990 + row % 20] for row in range(300)], k=20)
    return root


@pytest.fixture(scope="module")
def store(folder):
    return ArrowStore(folder)


def test_neighbors_and_exact_search_equal_the_table(store, table):
    for name in ("id-5", "Björk", "girls"):
        expected = [(a.artist_id, a.cosine) for a in table.most_similar(name, topn=20)]
        found = [(a.artist_id, cosine) for a, cosine in store.neighbors(name, 20)]
        assert [one for one, _ in found] == [one for one, _ in expected]
        assert [cosine for _, cosine in found] == pytest.approx([cosine for _, cosine in expected], abs=1e-5)
        searched = [a.artist_id for a, _ in store.search(store.get(name).vector * 3, 21)][1:]
        assert searched == [one for one, _ in expected]


@pytest.mark.parametrize(
    ("only", "test"),
    [
        (Filter(genre="rap"), lambda row: row % 3 == 0),
        (Filter(score=(2.0, 3.0)), lambda row: row != 9 and 2 <= row / 30 <= 3),
        (Filter(years=(1991, 1992)), lambda row: row % 20 in (1, 2)),
        (
            Filter("rap", (0.0, 5.0), (1990, 1999)),
            lambda row: row % 3 == 0 and row <= 150 and row % 20 < 10 and row != 9,
        ),
        (Filter(genre="none such"), lambda row: row < 0),
    ],
)
def test_filters_are_exact(store, table, only, test):
    query = table.matrix[50]
    rows = [row for row in range(300) if test(row) and row != 7]
    expected = sorted(rows, key=lambda row: -float(table.matrix[row] @ query))[:15]
    assert [artist.row for artist, _ in store.search(query, 15, only)] == expected


def test_search_by_bytes_answers_as_without_them(folder, table, monkeypatch, tmp_path):
    monkeypatch.setattr("bandscape.embeddings.stores.arrow.CODED_FROM", 1)
    by_bytes = ArrowStore(folder)
    for name in FILES:
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    plain = ArrowStore(tmp_path)  # as built before there were codes
    for only in (None, Filter(genre="rock"), Filter(genre="rap", score=(2.0, 3.0))):
        for query in (table.matrix[50], table.matrix[3] - table.matrix[4]):
            answers = [
                [(a.row, cosine) for a, cosine in one.search(query, 15, only)] for one in (by_bytes, plain)
            ]
            assert [row for row, _ in answers[0]] == [row for row, _ in answers[1]]
            assert [c for _, c in answers[0]] == pytest.approx([c for _, c in answers[1]], abs=1e-6)
    (tmp_path / CODES).write_bytes((folder / CODES).read_bytes()[:-200])
    with pytest.raises(BandscapeError):
        ArrowStore(tmp_path)


def test_ties_go_by_row_across_blocks(monkeypatch):
    monkeypatch.setattr("bandscape.embeddings.stores.nearest.BLOCK", 7)
    matrix = np.ones((50, 2), np.float32)
    matrix[30] = 2
    assert nearest_rows(matrix, np.ones(2, np.float32), 4)[0].tolist() == [30, 0, 1, 2]
    few = np.array([3, 9, 30, 44])
    assert nearest_rows(matrix, np.ones(2, np.float32), 3, few)[0].tolist() == [30, 3, 9]


def test_records_and_vectors_are_views_of_the_file(store, table):
    found = store.get("BAND 12")
    assert (found.artist_id, found.genres, found.n_reviews) == ("id-12", ("jazz", "rap"), 12)
    assert found.vector.tobytes() == table.matrix[12].tobytes()
    assert not found.vector.flags.owndata
    assert store.get("id-9").mean_score is None
    assert [a.row for a, _ in store.neighbors("id-7")] == []


@pytest.mark.parametrize("name", ["", "nobody at all", "x" * 10**6, "\x00", "🎸"])
def test_unknown_names_are_one_short_line(store, name):
    with pytest.raises(UnknownNameError) as caught:
        store.get(name)
    assert len(str(caught.value)) < 300


def test_candidates_and_ambiguous_names_are_told(store):
    with pytest.raises(UnknownNameError, match=r"did you mean band 17\d?,"):
        store.get("band 17x")
    with pytest.raises(UnknownNameError, match="ambiguous"):
        store.get("the g.i.r.l.s")


def test_unusable_questions_are_refused(store):
    for vector in (np.zeros(12), np.ones(5), np.full(12, np.nan), ["a"] * 12):
        with pytest.raises(ParameterError):
            store.search(vector)
    with pytest.raises(ParameterError, match="from 1 to 20"):
        store.neighbors("id-1", 21)


def test_damaged_files_raise_typed_errors_or_answer(folder, table, tmp_path, rng):
    for name in FILES:
        whole = (folder / name).read_bytes()
        for other in FILES:
            (tmp_path / other).write_bytes((folder / other).read_bytes())
        for cut in rng.integers(0, len(whole), 40):
            (tmp_path / name).write_bytes(whole[:cut])
            with pytest.raises(BandscapeError):
                ArrowStore(tmp_path)
        (tmp_path / name).unlink()
        with pytest.raises(SourceError):
            ArrowStore(tmp_path)


def test_files_of_another_table_are_refused(folder, table, tmp_path):
    for name in FILES:
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    VectorTable(table.matrix[:50], table.artist_ids[:50], table.names[:50]).save(tmp_path / FILES[0])
    with pytest.raises(ChecksumError, match="do not belong together"):
        ArrowStore(tmp_path)
