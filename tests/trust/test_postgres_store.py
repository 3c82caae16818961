"""A store in PostgreSQL when things go wrong: killed imports, two writers, a server that goes, refusals, passwords."""

import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from bandscape.core.errors import (
    BandscapeError,
    FormatVersionError,
    MissingExtraError,
    ParameterError,
    SchemaError,
    StoreError,
    StoreTimeoutError,
    UnknownNameError,
)
from bandscape.core.passwords import hide_passwords
from bandscape.embeddings import (
    ArrowStore,
    IndexOptions,
    PostgresStore,
    VectorTable,
    build_store,
    copy_to_postgres,
)
from bandscape.embeddings.stores import postgres_connection
from bandscape.embeddings.stores.arrow_files import FILES

from ..postgres_server import running_server

SECRET = "sec@ret/word:1"


def make_store(folder, n, name="one"):
    folder.mkdir(exist_ok=True)
    matrix = np.random.default_rng(0).normal(size=(n, 8))
    table = VectorTable(matrix, [f"id-{row}" for row in range(n)], [f"{name} {row}" for row in range(n)])
    table.save(folder / FILES[0])
    assert build_store(table, folder, k=5)
    return ArrowStore(folder)


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    root = tmp_path_factory.mktemp("stores")
    return make_store(root / "one", 40), make_store(root / "two", 60, "two")


def sql(server, statement, *values, address=None):
    import psycopg

    with psycopg.connect(address or server.address(), autocommit=True) as connection:
        cursor = connection.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


def tables(server, schema):
    found = sql(server, "SELECT tablename FROM pg_tables WHERE schemaname = %s", schema)
    return sorted(name for (name,) in found)


WORKER = """
import sys, time
from bandscape.embeddings import ArrowStore, IndexOptions, copy_to_postgres
def on_progress(progress):
    print(progress.stage, flush=True)
    if progress.stage == sys.argv[4]:
        time.sleep(3600)  # until it is killed
copy_to_postgres(ArrowStore(sys.argv[1]), sys.argv[2], schema=sys.argv[3], index=IndexOptions("hnsw"),
                 on_progress=on_progress)
"""


@pytest.mark.parametrize("stage", ["copying artists", "copying keys", "copying neighbors"])
def test_an_import_killed_at_any_stage_leaves_the_old_store(postgres_server, postgres_schema, stores, stage):
    address, schema = postgres_schema
    copy_to_postgres(stores[0], address, schema=schema)
    before = tables(postgres_server, schema)
    words = [sys.executable, "-c", WORKER, str(stores[1].directory), address, schema, stage]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        for line in child.stdout:
            if line.strip() == stage:
                child.kill()
                break
    with PostgresStore(address, schema=schema) as store:
        assert (len(store), store.get("one 3").artist_id, store.about().generation) == (40, "id-3", 1)
        assert len(store.neighbors("one 3", 5)) == 5
    assert tables(postgres_server, schema) == before
    about = retried(lambda: copy_to_postgres(stores[1], address, schema=schema))
    assert (about.artists, about.generation) == (60, 2)
    assert tables(postgres_server, schema) == ["artists_2", "keys_2", "neighbors_2", "store"]


def retried(work):
    """Do something again while the server has not yet noticed that a client died."""
    for _ in range(600):
        try:
            return work()
        except StoreError as error:
            if "another process" not in str(error):
                raise
            time.sleep(0.1)
    return work()


def test_readers_see_the_old_store_until_the_new_one_is_whole(postgres_schema, stores):
    address, schema = postgres_schema
    copy_to_postgres(stores[0], address, schema=schema)
    with PostgresStore(address, schema=schema) as store:
        seen = []
        copy_to_postgres(
            stores[1], address, schema=schema,
            on_progress=lambda progress: seen.append((progress.stage, len(store), store.get("id-3").name)) and None,
        )  # fmt: skip
        assert {stage for stage, *_ in seen} == {"copying artists", "copying keys", "copying neighbors"}
        assert {tuple(rest) for _, *rest in seen} == {(40, "one 3")}
        assert (store.get("id-3").name, len(store)) == ("two 3", 60)  # its old tables are gone


def test_a_second_writer_is_refused_and_told_so(postgres_schema, stores):
    address, schema = postgres_schema
    copy_to_postgres(stores[0], address, schema=schema)
    refused = []

    def on_progress(_progress):
        with PostgresStore(address, schema=schema) as store:
            for write in (
                lambda: copy_to_postgres(stores[0], address, schema=schema),
                lambda: store.remove(["id-1"]),
            ):
                with pytest.raises(StoreError, match="another process is writing"):
                    write()
                refused.append(write)
        return True

    assert copy_to_postgres(stores[1], address, schema=schema, on_progress=on_progress) is None
    assert len(refused) == 2
    with PostgresStore(address, schema=schema) as store:
        assert len(store) == 40


def test_an_import_that_is_stopped_changes_nothing(postgres_server, postgres_schema, stores):
    address, schema = postgres_schema
    assert copy_to_postgres(stores[0], address, schema=schema, on_progress=lambda _progress: True) is None
    assert tables(postgres_server, schema) == []
    with pytest.raises(StoreError, match="store build"):
        PostgresStore(address, schema=schema)


def test_a_server_that_goes_is_one_line_and_one_that_comes_back_is_used_again(stores):
    with running_server() as server:
        copy_to_postgres(stores[0], server.address())
        with PostgresStore(server.address(), timeout_s=30) as store:
            assert store.get("id-3").row == 3
            server.stop()
            with pytest.raises(StoreError, match="whether the server runs") as caught:
                store.get("id-3")
            assert server.password not in str(caught.value)
            server.start()
            assert store.get("id-3").row == 3
            sql(
                server,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bandscape'",
            )
            assert store.get("id-4").row == 4


def test_a_question_that_takes_too_long_is_given_up(postgres_schema, stores, monkeypatch):
    address, schema = postgres_schema
    copy_to_postgres(stores[0], address, schema=schema)
    monkeypatch.setattr("bandscape.embeddings.stores.postgres.COLUMNS", "pg_sleep(60), a.row")
    with PostgresStore(address, schema=schema, timeout_s=3) as store:
        with pytest.raises(StoreTimeoutError, match="no answer in time"):
            store.get("id-3")
        assert len(store) == 40


def test_who_comes_when_all_connections_are_lent_waits_and_is_told(postgres_schema, stores):
    address, schema = postgres_schema
    copy_to_postgres(stores[0], address, schema=schema)
    with PostgresStore(address, schema=schema, connections=1) as store:
        store._pool.timeout_s = 0.2
        lent, told = threading.Event(), threading.Event()

        def hold():
            with store._pool.borrowed():
                lent.set()
                told.wait(60)

        thread = threading.Thread(target=hold)
        thread.start()
        assert lent.wait(60)
        with pytest.raises(StoreTimeoutError, match="in use"):
            store.get("id-3")
        told.set()
        thread.join()
        assert store.get("id-3").row == 3


def test_many_threads_ask_at_once(postgres_schema, stores):
    address, schema = postgres_schema
    copy_to_postgres(stores[0], address, schema=schema)
    wrong = []
    with PostgresStore(address, schema=schema, connections=3) as store:

        def ask(number):
            for row in range(number, 40, 8):
                if (
                    store.get(f"id-{row}").row != row
                    or store.search(stores[0].matrix[row], 1)[0][0].row != row
                ):
                    wrong.append(row)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_a_reader_may_read_and_nothing_else_and_keeps_that_over_imports(
    postgres_server, postgres_schema, stores
):
    address, schema = postgres_schema
    sql(postgres_server, f"CREATE ROLE reader_{schema} LOGIN PASSWORD 'word'")
    reader = postgres_server.address(user=f"reader_{schema}", password="word")
    copy_to_postgres(stores[0], address, schema=schema)
    with pytest.raises(StoreError, match=r"permission denied.*must grant"):
        PostgresStore(reader, schema=schema)
    copy_to_postgres(stores[0], address, schema=schema, readers=(f"reader_{schema}",))
    copy_to_postgres(stores[1], address, schema=schema)
    with PostgresStore(reader, schema=schema) as store:
        assert len(store.neighbors("id-3", 5)) == 5
        with pytest.raises(StoreError, match="permission denied"):
            store.remove(["id-3"])
    with pytest.raises(StoreError, match="permission denied"):
        copy_to_postgres(stores[0], reader, schema=schema)
    with pytest.raises(StoreError, match="does not exist"):
        copy_to_postgres(stores[0], address, schema=schema, readers=('no"body',))


def test_a_database_without_pgvector_says_who_can_add_it(postgres_server, postgres_schema, stores):
    _, schema = postgres_schema
    sql(postgres_server, f"CREATE DATABASE empty_{schema}")
    sql(postgres_server, f"CREATE ROLE weak_{schema} LOGIN PASSWORD 'word'")
    empty = postgres_server.address(f"empty_{schema}")
    with pytest.raises(StoreError, match="CREATE EXTENSION vector"):
        PostgresStore(empty)
    weak = postgres_server.address(f"empty_{schema}", f"weak_{schema}", "word")
    with pytest.raises(StoreError, match=r"CREATE EXTENSION vector|must grant"):
        copy_to_postgres(stores[0], weak)
    assert copy_to_postgres(stores[0], empty).artists == 40  # its owner may


def test_an_old_server_a_newer_format_and_foreign_tables_are_refused(
    postgres_server, postgres_schema, stores, monkeypatch
):
    address, schema = postgres_schema
    sql(postgres_server, "CREATE EXTENSION IF NOT EXISTS vector")
    sql(postgres_server, f"CREATE SCHEMA {schema}")
    sql(postgres_server, f"CREATE TABLE {schema}.store (x int)")
    for work in (
        lambda: PostgresStore(address, schema=schema),
        lambda: copy_to_postgres(stores[0], address, schema=schema),
    ):
        with pytest.raises(StoreError, match="another schema"):
            work()
    sql(postgres_server, f"DROP TABLE {schema}.store")
    copy_to_postgres(stores[0], address, schema=schema)
    sql(postgres_server, f"UPDATE {schema}.store SET format = 2")
    with pytest.raises(FormatVersionError, match="format 2; this bandscape reads 1: update bandscape"):
        PostgresStore(address, schema=schema)
    sql(postgres_server, f"UPDATE {schema}.store SET format = 0")
    with pytest.raises(FormatVersionError, match="format 0; this bandscape reads 1: build it again"):
        PostgresStore(address, schema=schema)
    sql(postgres_server, f"UPDATE {schema}.store SET format = 1")
    monkeypatch.setattr(postgres_connection, "OLDEST_SERVER", 99)
    with pytest.raises(StoreError, match="PostgreSQL 99 or later"):
        PostgresStore(address, schema=schema)


def test_schemas_of_any_name_are_quoted(postgres_server, stores):
    schema = 'a "b"; DROP TABLE x; -- {artists}'
    copy_to_postgres(stores[0], postgres_server.address(), schema=schema)
    with PostgresStore(postgres_server.address(), schema=schema) as store:
        assert store.search(stores[0].matrix[3], 1)[0][0].row == 3
        assert store.remove(["id-3"])
        with pytest.raises(UnknownNameError):
            store.get("id-3")
    for bad in ("", "x" * 64, "a\x00b", "a%sb", "\ud800" * 30):
        with pytest.raises(ParameterError, match="schema"):
            PostgresStore(postgres_server.address(), schema=bad)


def test_what_postgresql_cannot_hold_is_refused_whole(postgres_server, postgres_schema, tmp_path):
    address, schema = postgres_schema
    table = VectorTable(np.ones((2, 3)), ["a", "b"], ["fine", "nul\x00name"])
    table.save(tmp_path / FILES[0])
    build_store(table, tmp_path, k=1)
    with pytest.raises(SchemaError, match="NUL"):
        copy_to_postgres(ArrowStore(tmp_path), address, schema=schema)
    assert tables(postgres_server, schema) == []


@pytest.mark.parametrize(
    "options",
    [{"kind": "tree"}, {"m": 1}, {"m": 64, "ef_construction": 64}, {"memory_mb": 0}, {"workers": -1}],
    ids=str,
)
def test_unusable_options_are_refused(options):
    with pytest.raises(ParameterError):
        IndexOptions(**options)
    with pytest.raises(ParameterError, match="2,000"):
        IndexOptions("hnsw").chosen(10, 2001)
    with pytest.raises(ParameterError, match=r"0\.8"):
        IndexOptions("ivf").chosen(10, 64, (0, 7))
    assert IndexOptions().chosen(20_000, 64, (0, 7)) == "hnsw"


ADDRESSES = [
    "postgresql://user:{}@127.0.0.1:1/db", "postgresql://user:{}@[::1/db",
    "postgresql://user:{}@no.such.host.invalid/db", "postgresql://user:{}/db",
    "postgresql://user@127.0.0.1:1/db?password={}", "host=127.0.0.1 port=1 password={} dbname=x",
    "postgresql://u:{} x@h/d",
    "postgresql://u:{}@127.0.0.1:notaport/d", "postgresql://u:{}@127.0.0.1/d?nosuch=1", "postgresql://u:{}\x00@h/d",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_error_tells_a_password(address):
    pytest.importorskip("psycopg")
    for secret in ("geheimnis", "sec%40ret%2Fword"):
        with pytest.raises(BandscapeError) as caught:
            PostgresStore(address.format(secret), timeout_s=5)
        error = caught.value
        while error is not None:  # with --debug all of these are shown
            assert secret not in str(error)
            assert secret not in repr(error)
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def test_a_store_and_its_address_show_no_password(postgres_server, postgres_schema, stores):
    address, schema = postgres_schema
    copy_to_postgres(stores[0], address, schema=schema)
    with PostgresStore(address, schema=schema) as store:
        for shown in (repr(store), repr(store.address), str(store.address), repr(vars(store)["address"])):
            assert postgres_server.password not in shown


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("postgresql://a:b@h/d", "postgresql://a:***@h/d"),
        (f"postgresql://a:{SECRET}@h:5/d x", "postgresql://a:***@h:5/d x"),
        ("postgresql://a@h/d", "postgresql://a@h/d"),
        ("postgresql://h/d?password=x&a=b", "postgresql://h/d?password=***&a=b"),
        ("host=h password='a b' user=c", "host=h password=*** user=c"),
        ("https://example.org/a:b", "https://example.org/a:b"),
        ("name: a@b", "name: a@b"),
    ],
)
def test_passwords_are_hidden_in_texts(text, hidden):
    assert hide_passwords(text) == hidden


def test_a_bare_address_stands_for_the_environment(postgres_server, postgres_schema, stores, monkeypatch):
    address, schema = postgres_schema
    monkeypatch.setenv("BANDSCAPE_STORE_URL", address)
    copy_to_postgres(stores[0], "postgresql://", schema=schema)
    monkeypatch.delenv("BANDSCAPE_STORE_URL")
    names = {"PGHOST": "127.0.0.1", "PGPORT": str(postgres_server.port), "PGUSER": "postgres",
             "PGPASSWORD": postgres_server.password, "PGDATABASE": "postgres"}  # fmt: skip
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    with PostgresStore("postgresql://", schema=schema) as store:
        assert len(store) == 40


def test_a_missing_driver_is_one_line_with_the_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'bandscape\[postgres\]'"):
        PostgresStore("postgresql://h/d")


def test_importing_the_room_loads_no_driver():
    code = "import sys, bandscape.embeddings as e; e.PostgresStore; print('psycopg' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert run.stdout.strip() == "False"
