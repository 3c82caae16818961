"""Bytes that are not UTF-8 as a whole: what is Windows-1252 in them, and what is UTF-8 all the same."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandscape.core.errors import BandscapeWarning
from bandscape.datasets import read_reviews
from bandscape.datasets.readers.decoding import streams
from bandscape.datasets.readers.decoding.mixed_bytes import whole_characters

# words as Western languages write them: small letters, and capitals that no closing quote can follow to an accent
LETTERS = "abcßäöüéèçñåøæ"
WORDS = st.lists(
    st.tuples(st.text(LETTERS, min_size=1), st.sampled_from(("“", "…", "»", "”", "–", " ", ", "))), min_size=1
)


@given(WORDS)
def test_windows_1252_is_read_as_a_whole(words):
    text = "ä " + "".join(word + sign for word, sign in words)
    assert streams.decode(text.encode("cp1252")) == text


@pytest.mark.parametrize(
    "text", ["Иван Дорн – Владимир", "椎名林檎、東京事変", "Žagar ėąī Łódź", "Spaß“ 🦊 Fuß»"]
)
def test_stray_bytes_cost_a_utf_8_text_no_other_letter(text):
    stray = text.encode() + b" Rosal\xeda"
    assert streams.decode(stray) == f"{text} Rosalía"


def test_the_file_as_a_whole_decides_wherever_its_blocks_are_cut(tmp_path, monkeypatch):
    path = tmp_path / "r.csv"
    content = "artist,title,text\nSpaß“,Fuß»,Spaß…\nÄrger,Öl,Übel\n"
    path.write_bytes(content.encode("cp1252"))
    for size in range(1, 9):
        monkeypatch.setattr(streams, "_BLOCK", size)
        with pytest.warns(BandscapeWarning, match="r.csv: not UTF-8 in 9 places"):
            reviews = read_reviews(path).reviews
        assert reviews.iloc[0][["title", "text"]].tolist() == ["Fuß»", "Spaß…"]


def test_files_of_a_folder_are_read_each_by_itself(tmp_path):
    (tmp_path / "a.txt").write_bytes("Spaß“\nFuß» für alle".encode("cp1252"))
    (tmp_path / "b.txt").write_text("Spaß“\nВладимир", encoding="utf-8")
    with pytest.warns(BandscapeWarning, match="not UTF-8 in 5 places"):
        reviews = read_reviews(tmp_path).reviews
    assert reviews["title"].tolist() == ["Spaß“", "Spaß“"]
    assert reviews["text"].tolist() == ["Fuß» für alle", "Владимир"]


@given(st.text("aß語🦊“"), st.integers(1, 5))
def test_blocks_are_cut_between_characters(text, size):
    stream = io.BytesIO(text.encode())
    blocks = list(whole_characters(iter(lambda: stream.read(size), b"")))
    assert "".join(block.decode() for block in blocks) == text
