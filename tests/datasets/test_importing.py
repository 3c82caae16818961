"""Import out of core: the bytes that reading into memory and writing gives, and no more memory for more texts."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from bandscape.core.errors import BandscapeError, ParameterError, SchemaError, SourceError
from bandscape.core.files import write_table
from bandscape.datasets import corpus as corpus_module
from bandscape.datasets import import_corpus, importing, load_corpus, read_reviews, simulate, write_corpus
from bandscape.datasets.readers import arrow_files
from bandscape.datasets.readers.delimited import tables as delimited
from bandscape.datasets.readers.objects import json_arrays, json_lines
from bandscape.datasets.readers.pieces import Pieces, PiecesOnDisk
from bandscape.datasets.readers.sqlite import pitchfork
from bandscape.datasets.readers.texts import text_folder

KINDS = (
    "a.csv", "a.jsonl", "no ids.jsonl", "a.json", "a.parquet", "a.feather", "a.arrows", "a.sqlite", "texts",
)  # fmt: skip
TABLES = ("reviews.parquet", "artists.parquet", "rejects.parquet")


def rows(n_rows=60, *, with_ids=True):
    """Reviews of every kind of trouble: repeats, missing and mixed values, spellings, dates and scores on scales."""
    made = []
    for at in range(n_rows):
        row = {
            "artist": ["The Fall", "fall, The", "Björk", "Can/Neu!", "Can", "Neu!", None][at % 7],
            "album": f"record {at % 11}" if at % 5 else None,
            "genre": ["Rock", "rock", "ROCK;Jazz", None][at % 4],
            "score": [7.5, "8/10", "★★★★", "eleven", 12, None][at % 6],
            "review": ["  ", "a loud\x00 record", f"number {at % 9} is quiet", None][at % 4],
            "date": ["12/06/2017", "25/12/2017", "no day"][at % 3],
            "author": f"by: writer {at % 3}",
        }
        if with_ids:
            row["id"] = at // 2 if at % 10 == 1 else at
        made.append(row)
    return made


def write_source(folder, kind):
    table = rows(with_ids=kind != "no ids.jsonl")
    path = folder / kind
    if kind.endswith(".jsonl"):
        path.write_text("\n".join([*map(json.dumps, table), "{broken"]))
        return path
    frame = pd.DataFrame(table).astype({"score": "string"} | ({"id": "float64"} if "id" in table[0] else {}))
    if kind.endswith(".csv"):
        frame.to_csv(path, index=False)
    elif kind.endswith(".json"):
        path.write_text(json.dumps([*table, "no object"], indent=1))
    elif kind.endswith(".sqlite"):
        write_pitchfork(path, table)
    elif kind == "texts":
        for at, row in enumerate(table):
            text = path / str(at % 4) / f"{at}.txt"
            text.parent.mkdir(parents=True, exist_ok=True)
            text.write_bytes(b"\x00\x01" * 9 if at % 5 == 4 else f"{row['album']}\n{row['review']}".encode())
    elif kind.endswith(".parquet"):
        pq.write_table(pa.Table.from_pandas(frame), path, row_group_size=13)
    elif kind.endswith(".feather"):
        feather.write_feather(frame, str(path), chunksize=11)
    else:
        whole = pa.Table.from_pandas(frame)
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, whole.schema) as writer:
            writer.write_table(whole, max_chunksize=9)
    return path


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(arrow_files, "_BATCH_ROWS", 7)
    for module in (delimited, json_lines):
        monkeypatch.setattr(module, "_CHUNK_ROWS", 7)
    monkeypatch.setattr(json_arrays, "_PIECE", 50)
    for module in (text_folder, pitchfork):
        monkeypatch.setattr(module, "_PIECE_TEXTS", 7)
    monkeypatch.setattr(pitchfork, "_PIECE_ROWS", 7)


def write_pitchfork(path, table):
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE reviews (reviewid, title, score, author, pub_date)")
        for name in ("artists", "genres", "content"):
            database.execute(f"CREATE TABLE {name} (reviewid, {name.removesuffix('s')})")
        for at, row in enumerate(table):
            given = (row["id"], row["album"], row["score"], row["author"], row["date"])
            database.execute("INSERT INTO reviews VALUES (?, ?, ?, ?, ?)", given)
            child = row["id"] if at % 13 else -at  # of no review
            for name, key in (("artists", "artist"), ("genres", "genre"), ("content", "review")):
                database.execute(f"INSERT INTO {name} VALUES (?, ?)", (child, row[key]))


def contents(folder):
    return {name: (folder / name).read_bytes() for name in TABLES}


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("kind", KINDS)
def test_imported_and_read_whole_are_the_same_bytes(tmp_path, kind):
    source = write_source(tmp_path, kind)
    import_corpus(source, tmp_path / "imported")
    write_corpus(read_reviews(source), tmp_path / "whole")
    assert contents(tmp_path / "imported") == contents(tmp_path / "whole")
    assert sorted(path.name for path in (tmp_path / "imported").iterdir()) == sorted(TABLES)
    assert len(load_corpus(tmp_path / "imported").rejects) > 10


def test_a_workspace_is_copied_in_the_bytes_of_reading_and_writing_it(tmp_path, monkeypatch):
    simulate(tmp_path / "press", n_reviews=120, n_artists=20)
    for size in (1 << 16, 50):
        for module in (importing, corpus_module):
            monkeypatch.setattr(module, "GROUP_REVIEWS", size)
        import_corpus(tmp_path / "press", tmp_path / "imported")
        write_corpus(load_corpus(tmp_path / "press"), tmp_path / "whole")
        assert contents(tmp_path / "imported") == contents(tmp_path / "whole")


@pytest.mark.parametrize("size", [1 << 16, 10])
def test_a_workspace_that_repeats_an_id_is_refused(tmp_path, monkeypatch, size):
    monkeypatch.setattr(importing, "GROUP_REVIEWS", size)  # the two rows stand in one group, or in two
    simulate(tmp_path / "press", n_reviews=40, n_artists=9)
    path = tmp_path / "press" / "corpus" / "reviews.parquet"
    table = pq.read_table(path)
    write_table(path, pa.concat_tables([table, table.slice(3, 1)]))
    with pytest.raises(SchemaError, match=r"review_id must be unique; '.*' is repeated"):
        import_corpus(tmp_path / "press", tmp_path / "out")
    with pytest.raises(ParameterError, match="is a workspace"):
        import_corpus(tmp_path / "press", tmp_path / "out", columns="artist=0")


def test_a_failed_or_stopped_import_leaves_nothing(tmp_path):
    source = write_source(tmp_path, "a.csv")
    with pytest.raises(SourceError, match="no such file"):
        import_corpus(tmp_path / "absent.csv", tmp_path / "out")
    with pytest.raises(BandscapeError, match="stopped while"):
        import_corpus(source, tmp_path / "out", on_progress=lambda event: event.done > 20)
    assert not list((tmp_path / "out").iterdir())


def test_columns_on_the_disk_are_those_in_memory(tmp_path):
    parts = [pa.array([1, 2]), pa.array(["x", None]), pa.nulls(2), pa.array([], pa.int64()), pa.array([3])]
    found = []
    for pieces in (Pieces(), PiecesOnDisk(tmp_path)):
        for part in parts:
            pieces.add("mixed", part)
        for part in parts[:1]:
            pieces.add("numbers", part)
        parked = pieces.park([pa.array([["a"]]), pa.array([[]], pa.list_(pa.string()))])
        found.append(
            [pieces.take("mixed").to_pylist(), pieces.take("numbers").to_pylist(), parked.to_pylist()]
        )
    assert found[0] == found[1]
    assert found[0][0] == ["1", "2", "x", None, None, None, "3"]


MEMORY = """
import sys, threading
from pathlib import Path
from bandscape.datasets import corpus, import_corpus
from bandscape.datasets.readers import arrow_files
corpus.GROUP_REVIEWS, arrow_files._BATCH_ROWS = 100, 100
peak, ended = [0], threading.Event()
def watch():
    while not ended.wait(0.004):
        peak[0] = max(peak[0], int(Path("/proc/self/status").read_text().split("RssAnon:")[1].split()[0]))
watcher = threading.Thread(target=watch)
watcher.start()
import_corpus(Path(sys.argv[1]), Path(sys.argv[2]))
ended.set()
watcher.join()
print(peak[0] // 1024)
"""
TEXT_MIB = 57
GROWTH_MIB = 28
"""What 57 MiB of text more may cost of private memory; whole in the memory they take it several times over."""
GIVEN_BACK = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "65536",
}
"""What is freed goes back to the system at once: what is held is measured, not what an allocator keeps by chance."""


def texts_of_one_length(n_reviews, length, rng):
    return [rng.integers(97, 122, length, np.uint8).tobytes().decode() for _ in range(n_reviews)]


def all_of_one_length_but_one(n_reviews, length, rng):
    first, *others = texts_of_one_length(n_reviews, length, rng)
    return [first[:-1], *others]


def texts_twice(n_reviews, length, rng):
    return texts_of_one_length(n_reviews // 2, length, rng) * 2


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize(
    ("texts", "named"), [(texts_of_one_length, True), (all_of_one_length_but_one, True), (texts_twice, False)]
)
def test_memory_does_not_grow_with_the_texts(tmp_path, texts, named):
    peaks, n_reviews, rng = [], 3000, np.random.default_rng(0)
    for length in (100, 100 + (TEXT_MIB << 20) // n_reviews):
        source = tmp_path / f"{length}.parquet"
        columns = {
            "artist": ["one", "two"] * (n_reviews // 2), "title": ["Untitled"] * n_reviews,
            "review": texts(n_reviews, length, rng),
        }  # fmt: skip
        table = pa.table({"id": range(n_reviews), **columns} if named else columns)
        pq.write_table(table, source, row_group_size=100, compression="none", use_dictionary=False)
        command = [sys.executable, "-c", MEMORY, str(source), str(tmp_path / f"out-{length}")]
        ran = subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=300, env=os.environ | GIVEN_BACK
        )
        peaks.append(int(ran.stdout))
    assert peaks[1] - peaks[0] < GROWTH_MIB, peaks
    n_stored = pq.ParquetFile(tmp_path / f"out-{length}" / "reviews.parquet").metadata.num_rows
    assert n_stored == (n_reviews if named else n_reviews // 2)
