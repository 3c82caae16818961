"""Texts to be judged, from anything."""

import zipfile

import pandas as pd
import pytest

from bandscape.core.errors import BandscapeWarning, ParameterError, SchemaError, SourceError
from bandscape.datasets import read_texts, texts_of_bytes


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "news" / "b").mkdir(parents=True)
    (tmp_path / "news" / "one.txt").write_text("A headline\nand a text")
    (tmp_path / "news" / "b" / "two.txt").write_text("")
    (tmp_path / "news" / "bad.txt").write_bytes(b"\x00\x01\x02\x03\x04\x05 binary")
    return tmp_path / "news"


def test_every_file_of_a_folder_is_a_document_with_its_headline(folder):
    found = read_texts(folder)
    assert found.names == ("b/two", "one")
    assert found.texts == ("", "A headline\n\nand a text")
    assert found.n_rejected == 1
    with zipfile.ZipFile(folder.parent / "news.zip", "w") as archive:
        archive.write(folder / "one.txt", "one.txt")
    assert read_texts(folder.parent / "news.zip").texts == ("A headline\n\nand a text",)


def test_a_plain_file_is_one_document_or_one_per_line(folder):
    file = folder / "one.txt"
    assert read_texts(file).texts == ("A headline\nand a text",)
    assert read_texts(file).names == ("one.txt",)
    assert read_texts(file, lines=True).names == ("line-1", "line-2")
    assert texts_of_bytes(b"a\n\n b", "stdin", lines=True).names == ("line-1", "line-3")
    with pytest.warns(BandscapeWarning, match="stdin: not UTF-8"):
        assert texts_of_bytes("ü".encode("latin-1"), "stdin").texts == ("ü",)


def test_rows_of_a_table_are_documents_and_none_is_left_out(tmp_path):
    rows = {"id": ["a", None, "a"], "band": ["Low", "various artists", None], "body": ["x y", None, "x y"]}
    pd.DataFrame(rows).to_csv(tmp_path / "t.csv", index=False)
    found = read_texts(tmp_path / "t.csv")
    assert found.names == ("a", "row-3", "a")
    assert found.texts == ("x y", "", "x y")
    assert found.artists == (("Low",), (), ())


def test_the_column_of_the_text_can_be_named(tmp_path):
    pd.DataFrame({"band": ["Low"], "words_written": ["x y"]}).to_csv(tmp_path / "t.csv", index=False)
    for column in ("words_written", "1", "text=words_written"):
        assert read_texts(tmp_path / "t.csv", column=column).texts == ("x y",)
    with pytest.raises(ParameterError, match=r"t\.csv: no column looks like text, only artist \(band\)"):
        read_texts(tmp_path / "t.csv")
    with pytest.raises(SchemaError, match="no column 'nope'"):
        read_texts(tmp_path / "t.csv", column="nope")


def test_what_cannot_be_read_is_said(folder):
    with pytest.raises(SourceError, match="no such file or folder"):
        read_texts(folder / "nothing")
    with pytest.raises(ParameterError, match="plain text; leave it out"):
        read_texts(folder / "one.txt", column="body")
    with pytest.raises(ParameterError, match="in plain text only"):
        read_texts(folder, lines=True)
    with pytest.raises(SourceError, match="not a text"):
        texts_of_bytes(b"\x00\x01\x02\x03\x04\x05\x06", "stdin")
    (folder / "x.tar").write_bytes(b"\0" * 257 + b"ustar" + b"\0" * 300)
    with pytest.raises(SourceError, match="tar archive"):
        read_texts(folder / "x.tar")
