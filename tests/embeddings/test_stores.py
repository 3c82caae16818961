"""The same assertions for every store: Arrow files, PostgreSQL searched exactly, PostgreSQL by its index.

Cosines are equal to 1e-6; vectors here are drawn so that no two artists are that close to a tie, but where they are
the very same: then they go by the order of storing.
"""

import shutil
from dataclasses import dataclass, field

import numpy as np
import pytest

from bandscape.core.errors import ParameterError, UnknownNameError
from bandscape.embeddings import (
    ArrowStore,
    Crowd,
    Filter,
    IndexOptions,
    PostgresStore,
    VectorTable,
    ask_store,
    build_store,
    copy_to_postgres,
)
from bandscape.embeddings.stores.arrow_files import FILES
from bandscape.embeddings.stores.offered import meant

BACKENDS = ("arrow", "postgres exact", "postgres hnsw", "postgres ivf")
HOSTILE = ("'; DROP TABLE artists; --", '"); DELETE FROM store', "%s %(x)s {artists}", "\\x00' OR '1'='1", "a\tb\nc",
           "{a,\"b\"}", "🎸 \u202e", "$1", "NULL", "Ω" * 300, "y" * 10_000)  # fmt: skip


def a_table(n=300, dim=12, seed=2):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(n, dim)).astype(np.float32)
    matrix[7] = 0
    matrix[21] = matrix[20]
    names = [f"band {row}" for row in range(n)]
    names[:3] = ["bjrk", "Girls", "The Girls!"]
    names[3:5] = ["motrhead", "Die Ärzte"]
    names[30 : 30 + len(HOSTILE)] = HOSTILE
    genres = [["rock"] if row % 3 else ["jazz", "rap"] for row in range(n)]
    genres[30 : 30 + len(HOSTILE)] = [[name, "rock"] for name in HOSTILE]
    score = [np.nan if row == 9 else row / 30 for row in range(n)]
    return VectorTable(matrix, [f"id-{row}" for row in range(n)], names, genres, score, range(n))


def test_a_store_says_what_filters_can_ask_for(store):
    offered = store.offered()
    assert offered.genres["rock"] == sum("rock" in genres for genres in a_table().genres)
    assert offered.genres["jazz"] == offered.genres["rap"]
    assert offered.scores == pytest.approx((0, 299 / 30))
    assert offered.years == (1990, 2009)
    assert meant(Filter("ROCK"), offered) == Filter("rock")
    assert meant(Filter("rock", (7, 8), (1990, 1991)), offered) == Filter("rock", (7, 8), (1990, 1991))
    for only, words in (
        (Filter("xyzzy"), "no artist has the genre 'xyzzy'; there are rock, jazz"),
        (Filter(None, (11, 12)), "mean score from 11 to 12"),
        (Filter(None, None, (1900, 1950)), "they go from 1990 to 2009"),
    ):
        with pytest.raises(ParameterError, match=words):
            meant(only, offered)


def years_of(n):
    return [[1990 + row % 20, 1990 + (row + 5) % 20] if row % 4 else [] for row in range(n)]


def rows_of(table, rows):
    columns = (table.artist_ids, table.names, table.genres, table.mean_score, table.n_reviews)
    return VectorTable(table.matrix[rows], *([values[row] for row in rows] for values in columns))


@dataclass
class Backend:
    """Makes stores of one kind."""

    kind: str
    folder: object
    address: str = ""
    schema: str = ""
    opened: list = field(default_factory=list)

    def make(self, table, years, k=20):
        root = self.folder / f"store-{len(list(self.folder.iterdir()))}"
        root.mkdir()
        table.save(root / FILES[0])
        assert build_store(table, root, years=years, k=k)
        if self.kind == "arrow":
            return ArrowStore(root)
        kind = self.kind.split()[1]
        copy_to_postgres(
            ArrowStore(root), self.address, schema=self.schema, index=IndexOptions(kind, genres_from=90)
        )
        self.opened.append(PostgresStore(self.address, schema=self.schema, ef_search=400))
        return self.opened[-1]

    def close(self):
        for store in self.opened:
            store.close()


@pytest.fixture(params=BACKENDS)
def backend(request, tmp_path):
    if request.param == "arrow":
        yield Backend("arrow", tmp_path)
        return
    server = request.getfixturevalue("postgres_server")
    backend = Backend(request.param, tmp_path, server.address(), f"s{abs(hash(str(tmp_path)))}")
    yield backend
    backend.close()


@pytest.fixture(scope="module", params=BACKENDS)
def store(request, tmp_path_factory):
    folder, table = tmp_path_factory.mktemp("stores"), a_table()
    if request.param == "arrow":
        yield Backend("arrow", folder).make(table, years_of(300))
        return
    server = request.getfixturevalue("postgres_server")
    backend = Backend(request.param, folder, server.address(), f"read {request.param}")
    yield backend.make(table, years_of(300))
    backend.close()


@pytest.fixture(scope="module")
def table():
    return a_table()


def expected(table, query, rows, k):
    """Rows and cosines of brute force in double precision; ties by row."""
    unit = np.asarray(query, np.float64) / np.linalg.norm(query)
    cosine = table.matrix.astype(np.float64) @ unit
    best = sorted(rows, key=lambda row: (-round(cosine[row], 9), row))[:k]
    return best, cosine[best]


def passes(only, row, table):
    if row == 7:
        return False
    if only is None:
        return True
    score, years = table.mean_score[row], years_of(300)[row]
    return (
        (only.genre is None or only.genre in table.genres[row])
        and (only.score is None or only.score[0] <= score <= only.score[1])
        and (only.years is None or any(only.years[0] <= year <= only.years[1] for year in years))
    )


FILTERS = [
    None, Filter(), Filter(genre="rap"), Filter(genre="rock"), Filter(score=(2.0, 3.0)), Filter(score=(0.0, 10.0)),
    Filter(years=(1991, 1992)), Filter(years=(-(10**9), 10**9)), Filter(years=(1999, 1990)),
    Filter("rap", (0.0, 5.0), (1990, 1999)), Filter(genre="none such"), Filter(genre="' OR true --"),
    Filter(genre="\x00"), Filter(genre="\ud800"), *(Filter(genre=name) for name in HOSTILE),
]  # fmt: skip


@pytest.mark.parametrize("only", FILTERS, ids=lambda only: str(only)[:40])
@pytest.mark.parametrize("k", [1, 15, 400])
def test_search_is_brute_force_among_those_that_pass(store, table, only, k):
    query = table.matrix[50] - 0.3 * table.matrix[51]
    rows, cosine = expected(table, query, [row for row in range(300) if passes(only, row, table)], k)
    found = store.search(query * 7, k, only)
    assert [artist.row for artist, _ in found] == rows
    assert [value for _, value in found] == pytest.approx(list(cosine), abs=1e-6)


def test_ties_go_by_the_order_of_storing(store, table):
    found = store.search(table.matrix[20], 2)
    assert [artist.row for artist, _ in found] == [20, 21]
    assert [value for _, value in found] == pytest.approx([1, 1], abs=1e-6)


def test_neighbors_are_those_of_the_table(store, table):
    for name in ("id-5", "Björk", "girls", "id-20", HOSTILE[0]):
        asked = store.get(name).row
        rows, cosine = expected(table, table.matrix[asked], set(range(300)) - {7, asked}, 20)
        found = store.neighbors(name, 20)
        assert [artist.row for artist, _ in found] == rows
        assert [value for _, value in found] == pytest.approx(list(cosine), abs=1e-6)
    assert store.neighbors("id-7", 5) == []


def test_records_are_whole(store, table):
    found = store.get("BAND 12")
    assert (found.artist_id, found.name, found.genres, found.n_reviews) == (
        "id-12",
        "band 12",
        ("jazz", "rap"),
        12,
    )
    assert found.mean_score == pytest.approx(0.4, abs=1e-12)
    assert found.vector.tobytes() == table.matrix[12].tobytes()
    assert not found.vector.flags.writeable
    assert store.get("id-9").mean_score is None
    assert not store.get("id-7").vector.any()
    assert (len(store), store.dim, store.kept) == (300, 12, 20)


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: name[:10])
def test_hostile_names_are_stored_and_found_as_they_are(store, name):
    found = store.get(name)
    assert (found.name, found.genres) == (name, (name, "rock"))
    assert store.neighbors(name, 3)
    assert len(store) == 300


@pytest.mark.parametrize(
    "name",
    ["", "nobody at all", "x" * 10**6, "\x00", "🎱", "\ud800 \udfff", "%", "_", "\\", "no'such", "{}", "%s"],
)
def test_unknown_names_are_one_short_line(store, name):
    with pytest.raises(UnknownNameError) as caught:
        store.get(name)
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("term", ["Rap", "genre:rap"])
def test_a_genre_among_the_terms_is_told_as_one(store, term):
    with pytest.raises(UnknownNameError, match="is a genre, and a store calculates with artists alone"):
        ask_store(store, ["band 199", term])


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("band 17x", ("band 179", "band 178", "band 177", "band 176", "band 175")),
        ("BAND 299 xx", ("band 299",)),
        ("girlsand", ("The Girls!", "Girls")),
        ("zzz", ()),
    ],
)
def test_candidates_are_the_same(store, name, near):
    with pytest.raises(UnknownNameError) as caught:
        store.get(name)
    assert caught.value.candidates == near


def test_ambiguous_names_list_the_same_candidates(store):
    with pytest.raises(UnknownNameError, match="ambiguous") as caught:
        store.get("the g.i.r.l.s")
    assert caught.value.candidates == ("Girls (id id-1)", "The Girls! (id id-2)")
    assert [store.get(name).row for name in ("Girls", "The Girls!", "girls", "BJÖRK")] == [1, 2, 1, 0]


def test_spellings_are_forgiven_as_in_the_table(store, table):
    """Letters that the table has lost, and umlauts it has spelled out."""
    for name in ("bjork", "Bjoerk", "björk", "Motorhead", "MOTÖRHEAD", "Die Aerzte", "die Ärzte"):
        assert store.get(name).row == table.row(name), name


def test_unusable_questions_are_refused(store):
    for vector in (np.zeros(12), np.ones(5), np.full(12, np.nan), ["a"] * 12, np.ones((1, 12))):
        with pytest.raises(ParameterError):
            store.search(vector)
    for k in (0, 21):
        with pytest.raises(ParameterError, match="from 1 to 20"):
            store.neighbors("id-1", k)
    with pytest.raises(ParameterError):
        store.search(np.ones(12), 0)


def whole(store, ids):
    """All that a store says of artists, by id."""
    facts = {}
    for one in ids:
        found = store.get(one)
        near = [(artist.artist_id, round(cosine, 5)) for artist, cosine in store.neighbors(one, 20)]
        facts[one] = (
            found.name,
            found.genres,
            found.mean_score,
            found.n_reviews,
            found.vector.tobytes(),
            near,
        )
    return facts


def test_a_store_that_was_added_to_is_as_if_built_of_all(backend, table):
    years = years_of(300)
    store = backend.make(rows_of(table, range(280)), years[:280])
    changed = table.matrix.copy()
    changed[40] = -changed[41]
    names = list(table.names)
    names[40] = "Renamed"
    final = VectorTable(changed, table.artist_ids, names, table.genres, table.mean_score, table.n_reviews)
    assert store.put(rows_of(final, [285, 40, *range(280, 285), *range(286, 300)]), years=[
        years[row] for row in [285, 40, *range(280, 285), *range(286, 300)]])  # fmt: skip
    fresh = backend.make(final, years) if backend.kind == "arrow" else None
    assert len(store) == 300
    assert store.get("renamed").artist_id == "id-40"
    with pytest.raises(UnknownNameError):
        store.get(table.names[40])
    order = [store.get(one).row for one in ("id-285", "id-280", "id-299")]
    assert order == [280, 281, 299]  # new ones come after the old, as given
    reference = fresh or _arrow(final, years, backend)
    ids = ["id-3", "id-40", "id-41", "id-285", "id-299", "id-7", "id-100"]
    assert whole(store, ids) == whole(reference, ids)
    found = store.search(changed[285], 10, Filter("rock", None, (1990, 2000)))
    assert [a.artist_id for a, _ in found] == [
        a.artist_id for a, _ in reference.search(changed[285], 10, Filter("rock", None, (1990, 2000)))
    ]


def _arrow(table, years, backend):
    return Backend("arrow", backend.folder).make(table, years)


def test_a_store_that_was_taken_from_is_as_if_built_of_the_rest(backend, table):
    years = years_of(300)
    store = backend.make(table, years)
    gone = ["id-50", "id-7", "id-20", "id-299"]
    assert store.remove(gone)
    rows = [row for row in range(300) if f"id-{row}" not in gone]
    reference = _arrow(rows_of(table, rows), [years[row] for row in rows], backend)
    ids = [f"id-{row}" for row in (0, 3, 21, 51, 298)]
    assert whole(store, ids) == whole(reference, ids)
    assert len(store) == 296
    for one in gone:
        with pytest.raises(UnknownNameError):
            store.get(one)
    with pytest.raises(UnknownNameError, match="id-50"):
        store.remove(["id-1", "id-50"])
    assert store.get("id-1").row == 1
    found = [a.artist_id for a, _ in store.search(table.matrix[50], 296)]
    assert found == [a.artist_id for a, _ in reference.search(table.matrix[50], 296)]


def test_putting_nothing_new_changes_nothing_and_putting_what_does_not_fit_is_refused(backend, table):
    store = backend.make(rows_of(table, range(60)), years_of(60))
    before = whole(store, ["id-3", "id-20"])
    assert store.put(rows_of(table, [3, 20]), years=[years_of(60)[3], years_of(60)[20]])
    assert whole(store, ["id-3", "id-20"]) == before
    with pytest.raises(ParameterError, match="12 numbers"):
        store.put(VectorTable(np.ones((1, 5)), ["new"], ["new"]))
    with pytest.raises(ParameterError, match="years"):
        store.put(rows_of(table, [70]), years=[])
    assert not store.put(rows_of(table, [70]), on_progress=lambda _progress: True)
    assert len(store) == 60
    with pytest.raises(UnknownNameError):
        store.get("id-70")


def test_an_arrow_store_among_other_files_is_not_replaced(table, tmp_path):
    store = Backend("arrow", tmp_path).make(rows_of(table, range(30)), years_of(30))
    (store.directory / "notes.txt").write_text("mine")
    with pytest.raises(ParameterError, match=r"notes\.txt"):
        store.put(rows_of(table, [40]))
    assert (store.directory / "notes.txt").read_text() == "mine"
    shutil.rmtree(store.directory)


@pytest.mark.parametrize(("kind", "method"), [("hnsw", "hnsw"), ("ivf", "ivfflat")])
def test_the_indexes_of_all_and_of_a_genre_are_followed(postgres_server, table, tmp_path, kind, method):
    psycopg = pytest.importorskip("psycopg")
    schema = f"followed {kind}"
    backend = Backend(f"postgres {kind}", tmp_path, postgres_server.address(), schema)
    store = backend.make(table, years_of(300))
    assert store.about().indexed == {
        "rock": sum("rock" in one for one in table.genres),
        "jazz": 96,
        "rap": 96,
    }
    for only in (None, Filter("rap"), Filter("rap", (1, 9)), Filter("none such")):
        store.search(table.matrix[4], 5, only)
    store.close()
    with psycopg.connect(postgres_server.address()) as connection:
        connection.execute("SELECT pg_stat_force_next_flush()")
        used = connection.execute(
            "SELECT pg_get_indexdef(i.indexrelid), i.idx_scan > 0 FROM pg_stat_user_indexes i "
            "JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam "
            "WHERE i.schemaname = %s AND m.amname = %s",
            (schema, method),
        ).fetchall()
    assert len(used) == 4
    for told, is_used in used:
        assert is_used == ("rap" in told or "genres" not in told), told


def test_a_sample_is_even_and_says_how_many_there_are(store, table):
    vectors, n_known = store.sample(1000)
    assert n_known == len(vectors) == 299
    np.testing.assert_allclose(vectors, table.matrix[table.known], atol=1e-6)
    some, about = store.sample(50)
    assert 49 <= len(some) <= 50
    assert about == pytest.approx(299, abs=7)
    found = {tuple(np.round(vector, 5)) for vector in some}
    assert found <= {tuple(np.round(vector, 5)) for vector in table.matrix}


def test_ranks_and_verdicts_of_a_sample_are_near_those_of_all(store):
    whole, part = (Crowd(*store.sample(n)) for n in (1000, 100))
    assert (whole.is_whole, part.is_whole) == (True, False)
    for plus, minus in ((["id-3"], ["id-4"]), (["id-3", "id-5"], [])):
        exact, near = (ask_store(store, plus, minus, crowd=crowd) for crowd in (whole, part))
        assert [one.artist_id for one in exact] == [one.artist_id for one in near]
        for one, other in zip(exact, near, strict=True):
            assert other.rank_baseline == pytest.approx(one.rank_baseline, abs=40)
        assert near.verdict.above == pytest.approx(exact.verdict.above, abs=0.5)
        assert near.verdict.left == exact.verdict.left
