"""Text in other encodings: told by its letters, refused with the remedy, read with it; what nobody sees in names."""

import shlex

import pytest

from bandscape.core.errors import BandscapeWarning, ParameterError, SourceError
from bandscape.core.names import identity_key
from bandscape.datasets import read_texts, texts_of_bytes
from bandscape.datasets.corpus import read_reviews
from bandscape.datasets.readers.decoding.foreign_bytes import foreign_encoding

TEXTS = {
    "japanese": "宇多田ヒカル,初恋,声が近く、静かな夜に聞こえる音がとても美しい。\n",
    "simplified": "王菲,浮躁,这是一张安静而勇敢的专辑，声音很近，至今仍然有力。\n",
    "traditional": "王菲,浮躁,這是一張安靜而勇敢的專輯，聲音很近，至今仍然有力。\n",
    "korean": "산울림,아니 벌써,조용하고 용감한 음반이며 목소리가 아주 가깝다.\n",
    "russian": "Аквариум,Треугольник,Спокойная и смелая пластинка; голос очень близко.\n",
    "greek": "Ξύλινα Σπαθιά,Ξεσσαλονίκη,Ένας ήσυχος δίσκος με ωραίες φωνές και κιθάρες.\n",
    "polish": "Myslovitz,Miłość w czasach popkultury,Piękna płyta o której się pamięta; łagodny głos.\n",
    "french": "Björk,Début,Très beau disque déjà écouté mille fois à l’été et où l’on rêve.\n",
    "german": "Die Ärzte,Böse,Schöne Lieder über große Gefühle – für alle Tage.\n",
    "english": "The Who’s,Don’t,“It’s good” – he said… and that’s that. Café naïve.\n",
    "spanish": "Café Tacvba,Ré,¡Qué canción! ¿Dónde está el corazón? Años después aún suena.\n",
    "icelandic": "Sigur Rós,Þú,Þetta er góð plata með fallegum söng og mörgum góðum hljóðum.\n",
}
FOREIGN = [
    ("japanese", "shift_jis"), ("japanese", "euc_jp"), ("simplified", "gb18030"), ("traditional", "big5"),
    ("korean", "euc_kr"), ("russian", "cp1251"), ("russian", "koi8_r"), ("russian", "cp866"), ("greek", "cp1253"),
    ("polish", "cp1250"), ("french", "mac_roman"), ("german", "mac_roman"), ("english", "mac_roman"),
    ("spanish", "mac_roman"), ("french", "cp850"), ("german", "cp850"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "encoding"), FOREIGN)
def test_what_is_neither_utf8_nor_western_is_told_refused_and_read_with_the_remedy(
    tmp_path, language, encoding
):
    text = f"artist,album,review\n{TEXTS[language]}"
    data = text.encode(encoding, "ignore")
    path = tmp_path / "mine.csv"
    path.write_bytes(data)
    with pytest.raises(
        SourceError, match=f"mine.csv: not UTF-8, it looks like {encoding}: add --encoding"
    ) as error:
        read_reviews(path)
    words = shlex.split(str(error.value).partition("add ")[2])
    corpus = read_reviews(path, encoding=words[words.index("--encoding") + 1])
    assert corpus.artists["name"].tolist() == [data.decode(encoding).splitlines()[1].split(",")[0]]


@pytest.mark.parametrize("language", ["french", "german", "english", "spanish", "icelandic"])
@pytest.mark.parametrize("times", [1, 30])
def test_western_text_is_never_taken_for_another(language, times):
    data = TEXTS[language].encode("cp1252") * times
    assert foreign_encoding([data[:70], data[70:]]) is None
    signs = "don´t, can´t, won´t; Mª José, Brand®, n.º 5, 20°, l·l: «yes» ¿no? À ÉTÉ ÇA"
    assert foreign_encoding([signs.encode("cp1252") * times]) is None


def test_a_folder_of_texts_is_told_and_one_file_of_many_is_left_out(tmp_path):
    for n in range(2):
        (tmp_path / f"{n}.txt").write_bytes(f"title {n}\n{TEXTS['russian']}".encode("cp1251"))
    with pytest.raises(
        SourceError, match=r"none of 2 texts can be read; 0.txt: not UTF-8, it looks like cp1251"
    ):
        read_reviews(tmp_path)
    texts = read_reviews(tmp_path, encoding="cp1251").reviews["text"]
    assert all(text == TEXTS["russian"].strip() for text in texts)
    (tmp_path / "2.txt").write_text("title\nplain words\n")
    corpus = read_reviews(tmp_path)
    assert corpus.reviews["text"].tolist() == ["plain words"]
    assert corpus.rejects["value"].tolist() == ["0.txt", "1.txt"]


TURKISH = "Duman,Belki Alışman Lazım,güzel bir albüm\nİncesaz,Eylül Şarkıları,değişik ve sıcak\n"


def test_turkish_letters_are_told_with_their_encoding_and_icelandic_ones_are_not(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_bytes(("artist,album,review\n" + TURKISH).encode("cp1254"))
    with pytest.warns(BandscapeWarning, match="it looks Turkish: add --encoding cp1254$"):
        read_reviews(path)
    assert read_reviews(path, encoding="cp1254").reviews["title"].tolist()[0] == "Belki Alışman Lazım"
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "a.txt").write_bytes(TURKISH.encode("cp1254"))
    with pytest.warns(BandscapeWarning, match="texts: .*--encoding cp1254$"):
        read_texts(folder)
    for source in (folder, folder / "a.txt"):
        (text,) = read_texts(source, encoding="cp1254").texts
        assert "İncesaz" in text
    assert texts_of_bytes(TURKISH.encode("cp1254"), "stdin", encoding="cp1254").texts == (TURKISH,)
    path.write_bytes((f"artist,album,review\n{TEXTS['icelandic']}").encode("cp1252"))
    with pytest.warns(BandscapeWarning, match="if letters look wrong$"):
        read_reviews(path)


def test_the_users_word_is_checked_and_where_it_is_wrong_told(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_bytes(b"artist,score\nCaf\xe9 Blue,8\nLow,7\n")
    with pytest.raises(ParameterError, match=r"must be one that Python knows.*got 'klingon'"):
        read_reviews(path, encoding="klingon")
    with pytest.warns(BandscapeWarning, match="not utf-8-sig in one place, where \ufffd stands"):
        read_reviews(path, encoding="utf-8")
    with pytest.raises(ParameterError, match="is for texts and tables of text"):
        (tmp_path / "a.parquet").write_bytes(b"PAR1")
        read_reviews(tmp_path / "a.parquet", encoding="cp1252")


def test_what_nobody_sees_makes_no_twins(tmp_path):
    names = ["Mira Voss", "Mira\u200b Voss", "Mi\u00adra Voss", "\ufeffMira Voss\u2060", "Mira Voss\u200e"]
    path = tmp_path / "mine.csv"
    path.write_text(
        "artist,album\n" + "".join(f"{name},{at}\n" for at, name in enumerate(names)), encoding="utf-8"
    )
    assert read_reviews(path).artists["name"].tolist() == ["Mira Voss"]
    assert {identity_key(name) for name in names} == {"mira voss"}


def test_letters_of_a_mac_are_told_at_the_end_of_a_quoted_cell():
    cells = "".join(f'"Song {number} caf\u00e9","Bj\u00f6rk"\n' for number in range(9))
    assert foreign_encoding([cells.encode("mac_roman")]) == "mac_roman"
    assert foreign_encoding([cells.encode("cp1252")]) is None
