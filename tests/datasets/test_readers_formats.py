"""Every format reads to the same corpus; formats and columns are told by content, name or the user."""

import bz2
import datetime
import decimal
import gzip
import io
import json
import lzma
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
import zstandard

from bandscape.core.errors import BandscapeWarning, ParameterError, SchemaError
from bandscape.datasets.corpus import read_reviews
from bandscape.datasets.readers import read_source
from bandscape.datasets.readers.columns.mapping import map_columns, parse_columns
from bandscape.datasets.readers.detection import detect_format

FRAME = pd.DataFrame(
    {
        "Artist Name": ["Björk", "Low; Can", "Tyler, the Creator"],
        "Album": ['Post "1995"', "a,b|c;d\te", "Igor\nagain\r\nand again"],
        "Review-Text": ["schön,\n\n“gut”", "", "x" * 200_000],
        "GENRE": ["electronic,rock", "None", "rap"],
        "Rating": [9.5, 7.25, None],
        "Extra": [1, 2, 3],
    }
)


def check(corpus):
    """Assert that ``corpus`` holds the reviews of ``FRAME``."""
    reviews = corpus.reviews
    assert [list(ids) for ids in reviews["artist_ids"]] == [["bjork"], ["low", "can"], ["tyler-the-creator"]]
    assert reviews["title"].tolist() == FRAME["Album"].tolist()
    assert reviews["text"].fillna("").tolist() == FRAME["Review-Text"].tolist()
    assert [list(genres) for genres in reviews["genres"]] == [["electronic", "rock"], [], ["rap"]]
    assert reviews["score"].fillna(-1).tolist() == [9.5, 7.25, -1]
    assert len(corpus.rejects) == 0


def as_delimited(separator):
    return FRAME.to_csv(sep=separator, index=False, lineterminator="\n").encode()


def as_json_lines():
    return "".join(json.dumps(row) + "\n" for row in json.loads(FRAME.to_json(orient="records"))).encode()


def as_parquet(write=pq.write_table):
    sink = io.BytesIO()
    write(pa.Table.from_pandas(FRAME), sink)
    return sink.getvalue()


def as_arrow(new):
    sink = io.BytesIO()
    table = pa.Table.from_pandas(FRAME)
    with new(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


CONTENTS = {
    "csv": as_delimited(","),
    "tsv": as_delimited("\t"),
    "pipe": as_delimited("|"),
    "semicolon": as_delimited(";"),
    "jsonl": as_json_lines(),
    "json": FRAME.to_json(orient="records").encode(),
    "parquet": as_parquet(),
    "feather": as_parquet(lambda table, sink: feather.write_feather(table, sink, compression="zstd")),
    "arrow": as_arrow(pa.ipc.new_file),
    "arrows": as_arrow(pa.ipc.new_stream),
}
COMPRESSIONS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstandard.compress}


@pytest.mark.parametrize("format", CONTENTS)
def test_each_format_reads_to_the_same_corpus_whatever_the_name(tmp_path, format):
    for name in (f"reviews.{format}", "reviews", "reviews.data"):
        path = tmp_path / name
        path.write_bytes(CONTENTS[format])
        check(read_reviews(path))


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_compressed_sources_are_told_by_their_content(tmp_path, format, compression):
    for name in (f"reviews.{format}.{compression}", f"reviews.{format}"):
        path = tmp_path / name
        path.write_bytes(COMPRESSIONS[compression](CONTENTS[format]))
        check(read_reviews(path))


def test_several_compressed_pieces_in_one_file_are_one_source(tmp_path):
    half = len(CONTENTS["csv"]) // 2
    for compression, compress in COMPRESSIONS.items():
        path = tmp_path / f"reviews.csv.{compression}"
        path.write_bytes(compress(CONTENTS["csv"][:half]) + compress(CONTENTS["csv"][half:]))
        check(read_reviews(path))


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_the_only_file_of_a_zip_archive_is_read(tmp_path, format):
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"data/reviews.{format}", CONTENTS[format])
        archive.writestr("__MACOSX/._reviews.csv", b"\x00")
    check(read_reviews(path))


def test_frames_and_tables_are_read():
    check(read_reviews(FRAME))
    check(read_reviews(pa.Table.from_pandas(FRAME)))
    check(read_reviews(FRAME.astype({"GENRE": "category"})))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_other_unicode_encodings_are_told(tmp_path, format, encoding):
    path = tmp_path / "reviews.txt.dat"
    path.write_bytes(CONTENTS[format].decode().encode(encoding))
    check(read_reviews(path))


def test_latin_1_is_read_with_a_warning(tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_bytes("artist,title\nBjörk,Début\nSigur Rós,“Ágætis”\n".encode("cp1252"))
    with pytest.warns(
        BandscapeWarning, match=r"reviews.csv: not UTF-8 in 7 places, read there as Windows-1252"
    ):
        corpus = read_reviews(path)
    assert sorted(corpus.artists["name"]) == ["Björk", "Sigur Rós"]
    assert corpus.reviews["title"].tolist() == ["Début", "“Ágætis”"]


def test_a_stray_byte_does_not_spoil_the_other_letters(tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_bytes("artist\nBjörk\n".encode() + b"Sigur R\xf3s\n")
    with pytest.warns(BandscapeWarning, match="one place"):
        assert sorted(read_reviews(path).artists["name"]) == ["Björk", "Sigur Rós"]


# -- delimited text ----------------------------------------------------------------------------------------------


def csv(tmp_path, text, name="reviews.csv", **options):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8", newline="")
    return read_reviews(path, **options)


def test_positions_name_the_columns_of_a_file_without_header(tmp_path):
    corpus = csv(tmp_path, "3,Low,words\n4,Can,more\n", columns="artist=1,score=0,text=2")
    assert corpus.artists["name"].tolist() == ["Can", "Low"]
    assert corpus.reviews["review_id"].tolist() == ["row-1", "row-2"]
    assert corpus.mapping == {"artist": "1", "text": "2", "score": "0"}


def test_positions_work_with_a_header_too(tmp_path):
    for header in ("Künstler,Bewertung", "artist,score"):
        corpus = csv(tmp_path, f"{header}\nLow,8\nCan,9\n", columns={"artist": 0, "score": 1})
        assert corpus.artists["name"].tolist() == ["Can", "Low"]
        assert corpus.reviews["review_id"].tolist() == ["row-2", "row-3"]


def test_a_file_without_header_asks_for_positions(tmp_path):
    with pytest.raises(
        SchemaError, match=r"row 1 is not a header \(0: '3'; 1: 'Low'\); name the columns by position"
    ):
        csv(tmp_path, "3,Low\n4,Can\n")


def test_unusual_names_are_given_by_the_user(tmp_path):
    text = "Künstler;Bewertung;Text\nLow;8,5;gut\nCan;9,25;besser\n"
    corpus = csv(tmp_path, text, columns="artist=künstler,score=Bewertung")
    assert corpus.reviews["score"].tolist() == [8.5, 9.25]
    assert corpus.reviews["text"].tolist() == ["gut", "besser"]
    with pytest.raises(
        SchemaError, match=r"no column 'Band' for artist; the columns are 'Künstler', 'Bewertung', 'Text'"
    ):
        csv(tmp_path, text, columns="artist=Band")
    with pytest.raises(SchemaError, match="no column 3 for artist"):
        csv(tmp_path, text, columns="artist=3")


def test_rows_of_another_width_are_rejects_and_the_row_is_the_spreadsheets(tmp_path):
    text = 'artist,title,score\nLow,"a\nb",8\n\nCan,7\nNeu!,x,y,9\nFaust,IV,6,,\nLa Düsseldorf,Viva,7\n'
    corpus = csv(tmp_path, text)
    assert corpus.reviews["review_id"].tolist() == ["row-2", "row-6", "row-7"]
    assert corpus.rejects[["row", "reason"]].values.tolist() == [
        [4, "row has 2 cells instead of 3; left out"],
        [5, "row has 4 cells instead of 3; left out"],
    ]
    assert corpus.rejects["value"].tolist() == ["Can | 7", "Neu! | x | y | 9"]


def test_row_names_without_a_header_of_their_own_are_understood(tmp_path):
    corpus = csv(tmp_path, '"artist"\t"score"\n"1"\t"Low"\t8\n"2"\t"Can"\t9\n', name="r.tsv")
    assert corpus.artists["name"].tolist() == ["Can", "Low"]


def test_a_single_column_is_a_table(tmp_path):
    assert csv(tmp_path, "text\nfirst words\nmore words\n").n_texts == 2


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_all_line_ends_are_read(tmp_path, ends):
    assert len(csv(tmp_path, ends.join(["artist,score", "Low,8", "Can,9"])).reviews) == 2


def test_the_separator_is_found_among_the_others(tmp_path):
    for separator in "|;\t":
        text = f"artist{separator}text\nTyler, the Creator{separator}a, b, c\nLow{separator}d, e, f\n"
        assert len(csv(tmp_path, text, name="reviews.dat").artists) == 2


def test_nul_bytes_in_a_table_are_removed_and_noted(tmp_path):
    corpus = csv(tmp_path, "artist,title\nLow\x00,a\n" + "Can,b\n" * 100)
    assert sorted(corpus.artists["name"]) == ["Can", "Low"]
    assert corpus.rejects[["row", "column"]].values.tolist() == [[2, "artist"]]


def test_the_limit_of_the_csv_module_is_left_as_it_was(tmp_path):
    import csv as module

    before = module.field_size_limit()
    csv(tmp_path, "artist,text\nLow," + "x" * 300_000 + "\n")
    assert module.field_size_limit() == before


# -- JSON --------------------------------------------------------------------------------------------------------


def test_lines_that_are_no_objects_are_rejects(tmp_path):
    path = tmp_path / "reviews.jsonl"
    lines = [
        '{"artist": "Low", "score": 8}',
        "[1]",
        "{broken",
        "",
        '{"artist": ["Can", "Neu!"], "years": [1971, "1972"]}',
    ]
    path.write_text("\n".join(lines))
    corpus = read_reviews(path)
    assert [list(ids) for ids in corpus.reviews["artist_ids"]] == [["low"], ["can", "neu"]]
    assert [list(years) for years in corpus.reviews["years"]] == [[], [1971, 1972]]
    assert corpus.rejects["row"].tolist() == [2, 3]


def test_values_of_mixed_kinds_are_read_as_text(tmp_path):
    path = tmp_path / "reviews.jsonl"
    rows = [
        {"artist": 1975, "score": "8"},
        {"artist": "Low", "score": 7.5},
        {"artist": True, "score": {"a": 1}},
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    corpus = read_reviews(path)
    assert sorted(corpus.artists["name"]) == ["1975", "Low", "True"]
    assert corpus.reviews["score"].fillna(-1).tolist() == [8, 7.5, -1]
    assert corpus.rejects["column"].tolist() == ["score"]


def test_surrogates_and_deep_nesting_in_json_do_no_harm(tmp_path):
    path = tmp_path / "reviews.jsonl"
    deep = "[" * 100_000 + "]" * 100_000
    path.write_text('{"artist": "a\\ud800"}\n{"artist": ' + deep + "}\n" + '{"artist": ' + "9" * 6000 + "}\n")
    corpus = read_reviews(path)
    assert corpus.artists["name"].tolist() == ["a\ufffd"]
    assert len(corpus.rejects) == 2


# -- columns -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "mapping"),
    [
        (["Band", "Record", "Content"], {"artist": 0, "title": 1, "text": 2}),
        (["ARTIST", "Album.Title", "review"], {"artist": 0, "title": 1, "text": 2}),
        (["title", "album", "artist"], {"artist": 2, "title": 1}),
        (["text", "label"], {"text": 0, "genres": 1}),
        (["text", "label", "artist"], {"artist": 2, "text": 0, "labels": 1}),
        (["year_release", "band", "pub_date", "by", "BNM", "link"],
         {"artist": 1, "years": 0, "pub_date": 2, "best_new_music": 4, "url": 5}),
    ],
)  # fmt: skip
def test_usual_names_are_understood_without_case_and_punctuation(names, mapping):
    assert map_columns(names, {}, "x") == mapping


def test_the_user_overrides_and_a_column_is_used_once():
    assert map_columns(["artist", "album", "review"], parse_columns("title=review"), "x") == {
        "artist": 0,
        "title": 2,
    }
    assert parse_columns("Band=2, record_label = My Label") == {"artist": 2, "labels": "My Label"}
    assert parse_columns({"genre": "x"}) == {"genres": "x"}


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ("artist", "must read 'artist=Band,score=3'; got 'artist'"),
        ("artist=", "must read"),
        ("colour=3", "unknown column 'colour'; choose from review_id, artist"),
        ("artist=1,band=2", "artist is given twice"),
        ({"artist": None}, "must name a column or a position"),
        ({"artist": True}, "must name a column or a position"),
    ],
)
def test_columns_that_cannot_be_understood_are_refused(columns, message):
    with pytest.raises(ParameterError, match=message):
        read_reviews(FRAME, columns=columns)


def test_no_usable_column_names_those_that_are_there():
    with pytest.raises(
        SchemaError, match="no column for artist, title or text among 'Rating', 'Extra'; say which"
    ):
        read_reviews(FRAME[["Rating", "Extra"]])


def test_a_header_without_artist_is_answered_with_the_option_to_give(tmp_path):
    file = tmp_path / "zine.csv"
    file.write_text("Who is it,Mark,Body\nKettle,7,Slow and warm songs.\n")
    note = read_reviews(file).notes[0]
    assert "none was taken for the artist" in note
    assert "--columns 'artist=Who is it'" in note


def test_the_mapping_and_unused_columns_are_told():
    corpus = read_reviews(FRAME)
    assert corpus.mapping["artist"] == "Artist Name"
    assert "columns not used: 'Extra'" in corpus.notes
    assert "artist=Artist Name" in repr(corpus)


def test_an_unknown_format_lists_the_known_ones():
    with pytest.raises(ParameterError, match=r"format must be one of pitchfork, csv, .*; got 'xls'"):
        read_reviews(FRAME, format="xls")


def test_columns_of_unusual_types_are_read_as_well_as_they_can_be(tmp_path):
    day = datetime.date(2001, 2, 3)
    table = pa.table(
        {
            "artist": pa.array(["Low", "Can"]).dictionary_encode(),
            "title": pa.array([{"a": 1}, None]),
            "text": pa.array(["x", "y"], pa.large_string()),
            "score": pa.array([decimal.Decimal("7.5"), None]),
            "genre": pa.array([["rock"], None], pa.list_(pa.string(), 1)),
            "label": pa.array([[{"a": 1}], []]),
            "year": pa.array([[2001.0, None], []], pa.large_list(pa.float64())),
            "date": pa.array([datetime.datetime(2001, 2, 3, 23, 59), None], pa.timestamp("ns", "UTC")),
            "author": pa.array([datetime.timedelta(1), None]),
            "bnm": pa.array([day, None]),
            "link": pa.array([b"a\xff", None]),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    for source in (table, tmp_path / "a.parquet"):
        corpus = read_reviews(source)
        first = corpus.reviews.iloc[0]
        assert sorted(corpus.artists["name"]) == ["Can", "Low"]
        assert (first["score"], list(first["genres"]), list(first["years"])) == (7.5, ["rock"], [2001])
        assert first["pub_date"].date() == day
        assert first["title"] == '{"a": 1}'
        assert corpus.rejects["column"].tolist() == ["best_new_music"]


@pytest.mark.parametrize("field", ["score", "date", "year", "bnm", "genre", "title", "text", "id"])
@pytest.mark.parametrize(
    "values",
    [
        [True, None],
        [1, 2],
        [1.5, float("nan")],
        [datetime.date(2001, 1, 1), None],
        [b"x", None],
        [["a"], []],
        [{}, 1],
    ],
)
def test_any_kind_of_value_in_any_column_is_a_value_or_a_reject(field, values):
    frame = pd.DataFrame({"artist": ["Low", "Can"], field: pd.Series(values, dtype=object)})
    assert len(read_reviews(frame).reviews) == 2


def test_many_repeated_ids_are_pointed_out():
    corpus = read_reviews(pd.DataFrame({"id": [1, 1, 1, 2], "artist": list("abcd")}))
    assert "2 of 4 rows repeat a review id; if it is no id, --columns review_id=- keeps them" in corpus.notes


# -- texts -------------------------------------------------------------------------------------------------------


def test_a_folder_of_texts_takes_the_first_line_as_title_and_folders_as_genres(tmp_path):
    (tmp_path / "sport").mkdir()
    (tmp_path / "tech" / "deep").mkdir(parents=True)
    (tmp_path / "sport" / "1.txt").write_text("Title\n\nBody\nmore\n")
    (tmp_path / "tech" / "deep" / "2.TXT").write_bytes("\ufeffZwei\r\nText".encode())
    (tmp_path / "tech" / "3.txt").write_text("only one line")
    (tmp_path / "tech" / ".hidden.txt").write_text("no")
    (tmp_path / "tech" / "picture.png").write_bytes(b"\x89PNG")
    corpus = read_reviews(tmp_path)
    assert corpus.reviews["review_id"].tolist() == ["sport/1", "tech/3", "tech/deep/2"]
    assert corpus.reviews["title"].fillna("").tolist() == ["Title", "", "Zwei"]
    assert corpus.reviews["text"].tolist() == ["Body\nmore", "only one line", "Text"]
    assert [list(genres) for genres in corpus.reviews["genres"]] == [["sport"], ["tech"], ["deep"]]
    assert len(corpus.artists) == 0


def test_texts_that_are_empty_or_binary_are_rejects(tmp_path):
    (tmp_path / "a.txt").write_text("Title\nBody")
    (tmp_path / "b.txt").write_text(" \n")
    (tmp_path / "c.txt").write_bytes(bytes(range(32)) * 10)
    corpus = read_reviews(tmp_path)
    assert corpus.reviews["review_id"].tolist() == ["a"]
    assert corpus.rejects["row"].tolist() == [2, 3]


def test_an_archive_of_texts_reads_as_its_folder(tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    path = tmp_path / "texts.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(5):
            (folder / f"{number}.txt").write_text(f"Title {number}\nBody")
            archive.write(folder / f"{number}.txt", f"{number}.txt")
    unpacked, packed = read_reviews(folder), read_reviews(path)
    pd.testing.assert_frame_equal(unpacked.reviews, packed.reviews)


def test_row_numbers_point_into_the_source(tmp_path):
    raw = read_source(FRAME)
    assert np.array_equal(raw.rows, [1, 2, 3])
    path = tmp_path / "r.csv"
    path.write_bytes(CONTENTS["csv"])
    assert np.array_equal(read_source(path).rows, [2, 3, 4])
    assert detect_format(path)[0] == "csv"


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (["歌手", "专辑", "流派", "评分", "日期", "作者", "评论"],
         ["周云", "海边", "民谣、摇滚", "8分", "2011年3月4日", "李默", "安静。"]),
        (["Исполнитель", "Альбом", "Жанр", "Оценка", "Дата", "Автор", "Рецензия"],
         ["Марлоу", "Соль", "фолк; рок", "8 из 10", "04.03.2011", "Ида", "Тихая запись."]),
    ],
)  # fmt: skip
def test_names_of_columns_are_known_in_chinese_and_russian(tmp_path, header, row):
    (tmp_path / "r.csv").write_text(f"{','.join(header)}\n{','.join(row)}\n", encoding="utf-8")
    corpus = read_reviews(tmp_path / "r.csv")
    assert [*corpus.mapping] == ["artist", "title", "text", "genres", "score", "author", "pub_date"]
    review = corpus.reviews.iloc[0]
    assert (review["score"], len(review["genres"]), f"{review['pub_date']:%Y-%m-%d}") == (
        8.0,
        2,
        "2011-03-04",
    )
