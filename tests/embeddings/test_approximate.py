"""Approximate search: it finds nearly all, its filters hold, and what it keeps is verified, or made anew."""

import numpy as np
import pytest

from bandscape.core.errors import BandscapeWarning, MissingExtraError
from bandscape.core.files import read_arrays, write_arrays
from bandscape.embeddings import ArrowStore, Filter, VectorTable, build_store
from bandscape.embeddings.store import FILES
from bandscape.embeddings.stores import approximate
from bandscape.embeddings.stores.approximate import APPROXIMATE, make_index, open_index

N = 4000


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(5)
    matrix = 0.4 * rng.normal(size=(N, 16)) + rng.normal(size=(60, 16))[rng.integers(0, 60, N)]
    matrix[7] = 0
    genres = [["rock"] if row % 2 else ["jazz"] if row % 50 == 0 else [] for row in range(N)]
    names = [f"band {row}" for row in range(N)]
    return VectorTable(matrix.astype(np.float32), [str(row) for row in range(N)], names, genres)


@pytest.fixture(scope="module")
def few(table):
    return table.matrix[:400]


@pytest.fixture(scope="module")
def index(table):
    return make_index(table.matrix)


@pytest.fixture(scope="module")
def folder(table, tmp_path_factory):
    root = tmp_path_factory.mktemp("store")
    table.save(root / FILES[0])
    assert build_store(table, root, k=5)
    return root


def exact(table, query, k, rows):
    products = table.matrix[rows].astype(np.float64) @ query
    return rows[np.argsort(-products, kind="stable")[:k]]


def recall(found, expected):
    return len(np.intersect1d(found, expected)) / len(expected)


def test_nearly_all_are_found_and_products_are_exact(table, index, rng):
    known = np.flatnonzero(table.known)
    shares = []
    for query in table.matrix[rng.choice(known, 100)] + 0.1 * rng.normal(size=(100, 16)).astype(np.float32):
        rows, products = index.search(query, 10)
        shares.append(recall(rows, exact(table, query.astype(np.float64), 10, known)))
        np.testing.assert_allclose(products, table.matrix[rows].astype(np.float64) @ query, rtol=1e-12)
        assert (np.diff(products) <= 0).all()
    assert index.recall >= approximate.WANTED
    assert np.mean(shares) >= 0.97
    assert 1 <= index.n_probed < len(index.centers)


def test_search_of_a_store_obeys_filters_and_is_exact_for_few(folder, table):
    store, plain = ArrowStore(folder, approximate=True), ArrowStore(folder)
    few, many = Filter(genre="jazz"), Filter(genre="rock")
    found = []
    for row in range(100, 160):
        query = table.matrix[row]
        answers = [[artist.row for artist, _ in one.search(query, 10, few)] for one in (store, plain)]
        assert answers[0] == answers[1]
        nearly, all_rock = (
            [artist.row for artist, _ in one.search(query, 10, many)] for one in (store, plain)
        )
        assert all(row % 2 for row in nearly)
        found.append(recall(nearly, all_rock))
        assert 7 not in [artist.row for artist, _ in store.search(query, 3000)]  # the zero vector
    assert np.mean(found) >= 0.95


def test_more_than_the_lists_hold_is_searched_exactly(folder, table):
    store, plain = ArrowStore(folder, approximate=True), ArrowStore(folder)
    found = [[a.row for a, _ in one.search(table.matrix[3], N)] for one in (store, plain)]
    assert found[0] == found[1]
    assert len(found[0]) == N - 1


def test_the_index_is_kept_and_read_again(table, tmp_path, monkeypatch):
    path = tmp_path / APPROXIMATE
    first = open_index(table.matrix, path)
    before = path.read_bytes()
    monkeypatch.setattr(approximate, "make_index", lambda *_args, **_options: pytest.fail("made again"))
    second = open_index(table.matrix, path)
    assert path.read_bytes() == before
    assert (second.n_probed, second.recall) == (first.n_probed, first.recall)
    for query in table.matrix[10:20]:
        np.testing.assert_array_equal(second.search(query, 10)[0], first.search(query, 10)[0])


def test_an_index_of_other_vectors_is_made_anew_with_a_word(table, tmp_path):
    path = tmp_path / APPROXIMATE
    open_index(table.matrix, path)
    other = table.matrix[::-1].copy()
    with pytest.warns(BandscapeWarning, match="made of other vectors; the index is made anew"):
        index = open_index(other, path)
    assert 5 in index.search(other[5], 10)[0]
    assert 5 in open_index(other, path).search(other[5], 10)[0]  # now without a word


def test_damage_is_never_used(few, tmp_path, rng):
    path = tmp_path / APPROXIMATE
    made = open_index(few, path)
    whole = path.read_bytes()
    places = [*rng.integers(0, len(whole), 12).tolist(), 0, 8, len(whole) - 1]
    damaged = [
        whole[:place] + bytes([whole[place] ^ (1 << place % 8)]) + whole[place + 1 :] for place in places
    ]
    for content in [*damaged, whole[:100], whole[:-1], b"", b"IxFI" + whole]:
        path.write_bytes(content)
        with pytest.warns(BandscapeWarning, match="made anew"):
            again = open_index(few, path)
        np.testing.assert_array_equal(again.lists, made.lists)
        assert path.read_bytes() == whole


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("lists", lambda lists: lists + np.int32(10**6)),
        ("lists", lambda lists: np.full_like(lists, -2)),
        ("lists", lambda lists: lists[:-1]),
        ("lists", lambda lists: lists.astype(np.int64)),
        ("centers", lambda centers: centers * np.float32(np.nan)),
        ("centers", lambda centers: centers[:, :-1]),
        ("centers", lambda centers: centers[:0]),
    ],
)
def test_a_well_sealed_file_of_nonsense_is_not_used(few, tmp_path, field, change):
    path = tmp_path / APPROXIMATE
    open_index(few, path)
    arrays, about = read_arrays(path)
    write_arrays(path, {**arrays, field: change(arrays[field])}, about)
    with pytest.warns(BandscapeWarning, match="made anew"):
        assert open_index(few, path) is not None


def test_a_format_to_come_is_not_used(few, tmp_path):
    path = tmp_path / APPROXIMATE
    open_index(few, path)
    arrays, about = read_arrays(path)
    write_arrays(path, arrays, {**about, "format": "2"})
    with pytest.warns(BandscapeWarning, match="not an index of this version"):
        open_index(few, path)


def test_what_cannot_be_kept_is_told(few, tmp_path):
    with pytest.warns(BandscapeWarning, match="cannot be kept"):
        assert open_index(few, tmp_path / "none" / APPROXIMATE) is not None


def test_a_stop_leaves_nothing(few, tmp_path):
    assert open_index(few, tmp_path / APPROXIMATE, on_progress=lambda _event: True) is None
    assert list(tmp_path.iterdir()) == []


def test_tables_of_one_and_of_none(rng):
    for n in (0, 1, 12):
        matrix = rng.normal(size=(n, 4)).astype(np.float32)
        index = make_index(matrix)
        found = index.search(np.ones(4, np.float32), 1)
        assert (found is None) == (n == 0)
    assert make_index(np.zeros((3, 4), np.float32)).search(np.ones(4, np.float32), 1) is None


def test_without_faiss_the_extra_is_named(folder, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "faiss", None)
    with pytest.raises(MissingExtraError, match=r"bandscape\[ann\]"):
        ArrowStore(folder, approximate=True)


def test_a_changed_store_has_an_index_of_its_own(folder, table, tmp_path):
    for name in FILES:
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    store = ArrowStore(tmp_path, approximate=True)
    store.put(VectorTable(table.matrix[5:6], ["new"], ["new"]))
    assert [artist.artist_id for artist, _ in store.search(table.matrix[5], 2)] == ["5", "new"]
    assert len(store.index.lists) == N + 1
