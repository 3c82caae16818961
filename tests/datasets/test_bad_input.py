"""Sources that are missing, damaged or something else: one clear line each, and nothing written."""

import gzip
import lzma
import os
import pickle
import sqlite3
import warnings
import zipfile
from contextlib import closing
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from bandscape.core.errors import BandscapeError, SchemaError, SourceError
from bandscape.datasets import source_files
from bandscape.datasets.corpus import read_reviews
from bandscape.datasets.readers.decoding import streams
from bandscape.datasets.readers.texts import text_folder

TABLE = b"artist,title,text\n" + b"".join(
    b"artist %d,title,%d some words\n" % (row, row) for row in range(5000)
)


def check_line(error):
    """Assert that the message is one line of sane length that does not leak Python's own words."""
    message = str(error.value)
    assert "\n" not in message
    assert 20 < len(message) < 700
    assert "Traceback" not in message


def fails(kind, match, path, **options):
    with pytest.raises(kind, match=match) as error:
        read_reviews(path, **options)
    check_line(error)


def write(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.fixture
def parquet(tmp_path):
    path = tmp_path / "whole.parquet"
    pq.write_table(pa.table({"artist": [f"artist {row}" for row in range(5000)]}), path)
    return path.read_bytes()


@pytest.fixture
def sqlite(tmp_path):
    path = tmp_path / "whole.sqlite"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE reviews (reviewid INTEGER, title TEXT, artist TEXT)")
        connection.executemany(
            "INSERT INTO reviews VALUES (?, ?, ?)", [(row, "t" * 50, "a") for row in range(2000)]
        )
    return path.read_bytes()


def test_a_missing_file_is_named(tmp_path):
    fails(SourceError, "gone.csv: no such file; check the path", tmp_path / "gone.csv")


@pytest.mark.parametrize("name", ["a.csv", "a.sqlite", "a.parquet", "a.zip", "a.xz", "a"])
def test_an_empty_file_is_called_empty(tmp_path, name):
    fails(SourceError, f"{name}: empty; get the file again", write(tmp_path, name, b""))


@pytest.mark.parametrize("content", [gzip.compress(b"", mtime=0), b"\xef\xbb\xbf", b" \n\n\t"])
def test_a_file_with_nothing_in_it_is_refused(tmp_path, content):
    fails(SourceError, "empty|white space only", write(tmp_path, "a.csv", content))


def test_a_header_without_rows_is_refused(tmp_path):
    fails(
        SchemaError,
        "the header has 2 cells and no row follows it",
        write(tmp_path, "a.csv", b"artist,title\n"),
    )


def test_a_folder_without_texts_is_refused(tmp_path):
    write(tmp_path, "picture.png", b"\x89PNG")
    fails(SourceError, r"no .txt files in this folder, and no corpus/reviews.parquet", tmp_path)
    fails(SourceError, "a folder, not a csv file", tmp_path, format="csv")


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.sqlite", TABLE, "not a SQLite file, whatever its name"),
        ("a.parquet", TABLE, "not a Parquet file, whatever its name"),
        ("a.csv", bytes(range(256)) * 100, "no format bandscape reads"),
        ("a.csv", b"%PDF-1.7 ...", "a PDF; copy its text"),
        ("a.bin", b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "old Excel"),
        ("a.csv", b"<!DOCTYPE html><html>not found</html>", "a web page or XML"),
        ("a.pkl", pickle.dumps({"a": 1}), "a Python pickle, which is never opened"),
        ("a.tar", b"\x00" * 257 + b"ustar" + b"\x00" * 300, "a tar archive; unpack it"),
        ("a.txt", b"Just one text of some length.\nIt has lines; no columns.\n", "one text is no corpus"),
    ],
)
def test_a_file_of_another_kind_is_recognized(tmp_path, name, content, match):
    fails(SourceError, match, write(tmp_path, name, content))


@pytest.mark.parametrize("format", ["pitchfork", "parquet", "arrow", "jsonl"])
def test_a_format_the_user_names_wrongly_is_refused(tmp_path, format):
    fails(SourceError, "a.csv: no", write(tmp_path, "a.csv", TABLE), format=format)


def test_a_binary_file_is_no_table_even_if_the_user_says_so(tmp_path, parquet):
    fails(SourceError, "not a text file, so not csv", write(tmp_path, "a.parquet", parquet), format="csv")


def test_a_workbook_is_recognized(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    fails(SourceError, "an Excel workbook; save the sheet as CSV", tmp_path / "a.xlsx")


# -- cut off and damaged -----------------------------------------------------------------------------------------

COMPRESS = {"gz": gzip.compress, "xz": lzma.compress, "zst": zstandard.compress}


@pytest.mark.parametrize("kind", COMPRESS)
@pytest.mark.parametrize("share", [0.3, 0.999])
def test_cut_off_compressed_files_are_called_so(tmp_path, kind, share):
    content = COMPRESS[kind](TABLE)
    path = write(tmp_path, f"a.csv.{kind}", content[: int(len(content) * share)])
    fails(SourceError, "compressed data are cut off or damaged .*; get the file again", path)


@pytest.mark.parametrize("kind", COMPRESS)
def test_damaged_compressed_files_are_called_so(tmp_path, kind):
    content = bytearray(COMPRESS[kind](TABLE))
    content[len(content) // 2 : len(content) // 2 + 40] = b"x" * 40
    with pytest.raises(BandscapeError) as error:
        read_reviews(write(tmp_path, f"a.csv.{kind}", bytes(content)))
    check_line(error)


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_a_cut_off_database_is_called_so(tmp_path, sqlite, share):
    content = sqlite[: int(len(sqlite) * share)]
    fails(
        SourceError, "cut off: .* bytes are there; get the file again", write(tmp_path, "a.sqlite", content)
    )
    fails(SourceError, "cut off", write(tmp_path, "a.sqlite.xz", lzma.compress(content)))


def test_a_damaged_database_is_called_so(tmp_path, sqlite):
    content = bytearray(sqlite)
    content[4096:] = b"\xff" * (len(content) - 4096)
    fails(SourceError, "damaged SQLite database", write(tmp_path, "a.sqlite", bytes(content)))
    fails(SourceError, "not an SQLite database", write(tmp_path, "b.sqlite", sqlite[:60]))


@pytest.mark.parametrize("share", [0.3, 0.99])
def test_a_cut_off_parquet_file_is_called_so(tmp_path, parquet, share):
    path = write(tmp_path, "a.parquet", parquet[: int(len(parquet) * share)])
    fails(SourceError, "not a whole Parquet file .*; get the file again", path)


def test_a_cut_off_arrow_file_is_called_so(tmp_path):
    table = pa.table({"artist": [f"artist {row}" for row in range(5000)]})
    for new, name in ((pa.ipc.new_file, "a.arrow"), (pa.ipc.new_stream, "a.arrows")):
        sink = pa.BufferOutputStream()
        with new(sink, table.schema) as writer:
            writer.write_table(table)
        content = sink.getvalue().to_pybytes()
        fails(SourceError, "not a whole Arrow file", write(tmp_path, name, content[: len(content) // 2]))


def test_a_cut_off_archive_is_called_so(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "title\nwords " * 1000)
    path.write_bytes(path.read_bytes()[:-30])
    fails(SourceError, "a.zip: compressed data are cut off or damaged", path)


def test_a_damaged_member_of_an_archive_is_called_so(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "title\nwords " * 1000)
    path.write_bytes(path.read_bytes().replace(b"words", b"wards", 1))
    fails(SourceError, "a.zip: compressed data are cut off or damaged", path)


@pytest.mark.parametrize("content", [b'[{"artist": "Low"}', b'[{"artist": "Low"} {"artist": 1}]'])
def test_a_cut_off_json_array_is_called_so(tmp_path, content):
    fails(SourceError, "not valid JSON", write(tmp_path, "a.json", content))


def test_a_quote_that_is_never_closed_costs_its_row_and_no_other(tmp_path):
    rest = b"".join(b"band %d,text %d\n" % (number, number) for number in range(100))
    content = b'artist,text\nLow,"two\nlines"\nCan,"never closed\n' + rest
    corpus = read_reviews(write(tmp_path, "a.csv", content))
    assert corpus.reviews["text"].tolist()[0] == "two\nlines"
    assert corpus.reviews["text"].tolist()[1:] == [f"text {number}" for number in range(100)]
    assert corpus.rejects[["row", "value"]].values.tolist() == [[3, 'Can,"never closed']]
    assert "a quote is opened and never closed" in corpus.rejects["reason"][0]


def test_a_file_cut_off_within_quotes_keeps_what_came_before(tmp_path):
    corpus = read_reviews(write(tmp_path, "a.csv", b'artist,text\nLow,fine\nCan,"cut o'))
    assert corpus.reviews["text"].tolist() == ["fine"]
    assert corpus.rejects["row"].tolist() == [3]


def test_several_open_quotes_are_each_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr("bandscape.datasets.readers.delimited.records._LONGEST_RECORD", 200)
    rows = [b"band %d,text %d\n" % (number, number) for number in range(100)]
    content = b"".join([b"artist,text\n", b'Can,"open\n', *rows[:50], b'Neu,"open\n', *rows[50:]])
    corpus = read_reviews(write(tmp_path, "a.csv", content))
    assert corpus.rejects["row"].tolist() == [2, 53]
    assert len(corpus.reviews) == 100


@pytest.mark.parametrize("content", [b'artist,"text\nLow,fine\n', b"artist,text\n" + b'Can,"open \n' * 601])
def test_an_open_quote_in_the_header_or_in_very_many_rows_is_refused(tmp_path, content, monkeypatch):
    monkeypatch.setattr("bandscape.datasets.readers.delimited.records._LONGEST_RECORD", 5)
    fails(SchemaError, "a quote is opened and never closed", write(tmp_path, "a.csv", content))


def test_rows_that_all_differ_from_the_header_are_refused(tmp_path):
    content = b"artist,title,score\n" + b"a,b\n" * 10
    fails(SchemaError, "the header has 3 cells and all 10 rows differ", write(tmp_path, "a.csv", content))


# -- archives that mean harm -------------------------------------------------------------------------------------


def test_an_archive_that_swells_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(text_folder, "BOMB_BYTES", 1 << 20)
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"0" * (8 << 20))
    fails(SourceError, "bomb.zip: unpacks to 8,388,608 bytes, over 300 times its size", path)


@pytest.mark.parametrize("kind", COMPRESS)
def test_a_compressed_file_that_swells_is_stopped(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(streams, "BOMB_BYTES", 1 << 20)
    path = write(tmp_path, f"a.csv.{kind}", COMPRESS[kind](b"artist\n" + b"0" * (32 << 20)))
    fails(SourceError, "unpacks to more than 300 times its size", path)


@pytest.mark.parametrize("name", ["../outside.txt", "/outside.txt", "a/../../outside.txt", "..\\outside.txt"])
def test_member_names_that_point_outside_are_rejects_and_nothing_is_written(tmp_path, name):
    folder = tmp_path / "in" / "here"
    folder.mkdir(parents=True)
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, "evil\nwords")
        archive.writestr("good.txt", "Title\nwords")
    before = sorted(tmp_path.rglob("*"))
    corpus = read_reviews(path)
    assert corpus.reviews["review_id"].tolist() == ["good"]
    assert corpus.rejects["reason"].tolist() == ["name points outside the archive; left out"]
    assert sorted(tmp_path.rglob("*")) == before
    assert not Path("/outside.txt").exists()


def test_an_archive_of_several_tables_asks_for_one(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", "artist\nLow")
        archive.writestr("b.csv", "artist\nLow")
    fails(SourceError, "holds 2 files; unpack it and name one, e.g. a.csv", tmp_path / "a.zip")


def test_an_archive_with_a_password_is_refused(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "Title\nwords")
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # set the bit that says encrypted
        content[content.index(signature) + offset] |= 1
    path.write_bytes(content)
    fails(SourceError, "a.zip: is encrypted; unpack it with its password", path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_links_and_repeated_names_of_an_archive_stand_in_rejects(tmp_path):
    link, nameless = zipfile.ZipInfo("link.txt"), zipfile.ZipInfo("\0b.txt")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "One\nfirst words")
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a.txt", "Two\nlast words")
        archive.writestr(nameless, "Three\nwords without a name")
    corpus = read_reviews(tmp_path / "a.zip")
    assert corpus.reviews["text"].tolist() == ["last words"]
    assert corpus.rejects[["value", "reason"]].to_numpy().tolist() == [
        ["a.txt", "a later file of the archive has the same name; left out"],
        ["link.txt", "a link, not a text; left out"],
    ]


# -- anything else -----------------------------------------------------------------------------------------------


STARTS = [
    b"", b"PK\x03\x04", b"\x1f\x8b", b"BZh9", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"PAR1", b"ARROW1\x00\x00",
    b"SQLite format 3\x00", b"\xff\xff\xff\xff", b"FEA1", b'{"artist": ', b"[{", b"artist,title\n", b"\xff\xfe",
]  # fmt: skip


def message_of(path):
    """Return the message of our error, or None if the file could be read; other errors pass."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            read_reviews(path)
        except BandscapeError as error:
            return str(error)
    return None


@pytest.mark.parametrize("start", STARTS)
def test_random_bytes_never_raise_anything_but_our_errors(tmp_path, rng, start):
    for size in (1, 40, 3000):
        message = message_of(write(tmp_path, "a.dat", start + rng.bytes(size)))
        assert message is None or "\n" not in message


@pytest.mark.parametrize("name", ["a.csv.gz", "a.parquet", "a.sqlite", "a.csv"])
def test_every_cut_of_a_small_file_is_an_error_of_ours_or_a_corpus(tmp_path, sqlite, parquet, name):
    contents = {
        "a.csv.gz": gzip.compress(TABLE[:300]),
        "a.parquet": parquet,
        "a.sqlite": sqlite,
        "a.csv": TABLE[:300],
    }
    content = contents[name]
    for end in range(1, len(content), max(1, len(content) // 40)):
        message = message_of(write(tmp_path, name, content[:end]))
        assert message is None or (name in message and "\n" not in message)


def test_a_frame_without_rows_is_refused():
    with pytest.raises(SourceError, match="data frame: holds no rows"):
        read_reviews(pd.DataFrame({"artist": []}))


def test_a_listener_that_says_stop_ends_the_import(tmp_path):
    with pytest.raises(BandscapeError, match=r"stopped while reading a\.csv; nothing was written"):
        read_reviews(write(tmp_path, "a.csv", TABLE), on_progress=lambda event: event.done > 0)


def test_a_single_text_is_called_that_whatever_its_format_and_a_dump_of_sql_is_none(tmp_path):
    (tmp_path / "one.txt").write_text("Low Tide\nwords and more words\n")
    with pytest.raises(SourceError, match="one text is no corpus"):
        read_reviews(tmp_path / "one.txt", format="texts")
    rows = "".join(f"{n}\tLow\tAlbum {n}\tgood words\n" for n in range(9))
    for commands in (
        "INSERT INTO reviews VALUES (1);\n",
        f"COPY public.reviews (id, artist, title, body) FROM stdin;\n{rows}\\.\n",
    ):
        (tmp_path / "mine.sql").write_text(f"-- words\nCREATE TABLE reviews (id);\n{commands}")
        with pytest.raises(SourceError, match="a dump of SQL commands"):
            read_reviews(tmp_path / "mine.sql")


def test_a_sum_may_count_the_albums(tmp_path):
    (tmp_path / "sheet.csv").write_text(
        "Artist,Album,Year,Stars\nLow,Hey,1994,9\nCan,Soon,1998,8\nTotal,1996,1996,7\nTotal,3,,24\n"
    )
    corpus = read_reviews(tmp_path / "sheet.csv")
    assert corpus.reviews["title"].tolist() == ["Hey", "Soon", "1996"]
    assert corpus.rejects["value"].tolist() == ["Total | 3 | 24"]


def test_sums_and_headings_of_sections_are_rejected_with_their_reason_and_bands_called_so_stay(tmp_path):
    (tmp_path / "sheet.csv").write_text(
        "Artist,Album,Year,Rating,Review\n1990s,,,,\nLow,Hey,1994,9,words\nCan,Live,1998,8,words\n2000s,,,,\n"
        "Total,Glass Hours,2001,7,words\n1990s,Cookies,2007,6,words\nTOTAL:,4,,,\nDurchschnitt,,,7.5,\nAvg,,2001,2,w\n"
    )
    corpus = read_reviews(tmp_path / "sheet.csv")
    assert corpus.artists["name"].tolist() == ["1990s", "Avg", "Can", "Low", "Total"]
    rejects = corpus.rejects[corpus.rejects["reason"].str.contains("not a review")]
    assert rejects["row"].tolist() == [2, 5, 8, 9]
    assert rejects["value"].tolist() == ["1990s", "2000s", "TOTAL: | 4", "Durchschnitt | 7.5"]


def test_a_quote_that_only_a_later_row_seems_to_close_loses_its_line_and_says_so(tmp_path):
    (tmp_path / "open.csv").write_text(
        'Artist,Album,Review,Score\nLow,Hey,"one, ""two"",\nthree,four,five,6\n",7\n'
        'Can,Live,"never closed,8\nMira,Tide,strange as "ever" and loud,9\nTeo,Lund,"a ""b"" c",5\n'
    )
    corpus = read_reviews(tmp_path / "open.csv")
    assert corpus.reviews["score"].tolist() == [7, 9, 5]
    assert corpus.reviews["title"].tolist() == ["Hey", "Tide", "Lund"]
    (reject,) = corpus.rejects.to_dict("records")
    assert (reject["row"], reject["value"]) == (3, 'Can,Live,"never closed,8')
    assert reject["reason"].startswith("a quote is opened and never closed")


def test_a_pipe_is_refused_and_nobody_waits_for_it(tmp_path):
    pipe = tmp_path / "reviews.csv"
    os.mkfifo(pipe)
    for read in (read_reviews, source_files):
        with pytest.raises(SourceError, match="a pipe or device, not a file; write it to a file first"):
            read(pipe)


def test_lists_nested_without_end_are_told(tmp_path):
    (tmp_path / "deep.json").write_text("[" * 100_000)
    with pytest.raises(
        SourceError, match=r"deep.json: (?:lists or objects are nested too deeply|not valid JSON)"
    ):
        read_reviews(tmp_path / "deep.json")
