"""Files of office programs, pages and feeds: what each is and what to do; tables in JSON's other ways."""

import json
import zipfile

import pandas as pd
import pytest

from bandscape.core.errors import SourceError
from bandscape.datasets.corpus import read_reviews
from bandscape.datasets.readers.texts.markdown import read_markdown

ODF = "application/vnd.oasis.opendocument."
ARCHIVES = {
    "a.docx": ({"word/document.xml": "<w/>", "_rels/.rels": ""}, "a Word document; save it as plain text"),
    "a.xlsx": ({"xl/workbook.xml": "<w/>", "_rels/.rels": ""}, "an Excel workbook; save the sheet as CSV"),
    "renamed.csv": ({"xl/workbook.bin": "x"}, "an Excel workbook; save the sheet as CSV"),
    "a.ods": (
        {"mimetype": f"{ODF}spreadsheet", "content.xml": ""},
        "a LibreOffice sheet .ODS.; save the sheet as CSV",
    ),
    "a.odt": (
        {"mimetype": f"{ODF}text", "content.xml": ""},
        "a LibreOffice document .ODT.; save it as plain text",
    ),
    "a.epub": ({"mimetype": "application/epub+zip", "x.xhtml": ""}, "an e-book .EPUB.; convert it"),
    "a.numbers": ({"Index/Document.iwa": "x"}, "a file of Numbers or Pages; export it as CSV"),
}
FILES = {
    "a.pdf": (b"%PDF-1.7 x", "a PDF; copy its text or save it as plain text"),
    "a.rtf": (b"{\\rtf1 hello}", "Rich Text .RTF.; save it as plain text"),
    "a.html": (b"\n<!DOCTYPE html><html>", "a web page or XML, not a table; .* save it as CSV"),
    "table.csv": (b"<table><tr><td>artist, album</td></tr></table>", "a web page or XML, not a table"),
    "wp.xml": (
        b'<?xml version="1.0"?>\n<rss version="2.0"><channel>',
        "an export of a blog .XML.*CSV or JSON",
    ),
}


@pytest.mark.parametrize("name", [*ARCHIVES, *FILES])
def test_a_file_that_is_no_source_is_called_what_it_is_with_what_to_do(tmp_path, name):
    path = tmp_path / name
    if name in FILES:
        content, match = FILES[name]
        path.write_bytes(content)
    else:
        members, match = ARCHIVES[name]
        with zipfile.ZipFile(path, "w") as archive:
            for member, text in members.items():
                archive.writestr(member, text)
    with pytest.raises(SourceError, match=match):
        read_reviews(path)
    if name == "a.pdf":
        with pytest.raises(SourceError, match=r"documents \('a.pdf'\) are read when saved as plain text"):
            read_reviews(tmp_path)


# -- JSON ----------------------------------------------------------------------------------------------------------

RECORDS = [{"artist": f"Band {n}", "title": f"T{n}", "score": n + 0.5} for n in range(4)]
COLUMNS = {key: [record[key] for record in RECORDS] for key in RECORDS[0]}
ROWS = [list(record.values()) for record in RECORDS]
WAYS = {
    "by columns": COLUMNS,
    "by columns, with a count": {**COLUMNS, "count": 4, "next": None},
    "by columns, below a key": {"ok": True, "reviews": COLUMNS},
    "names and rows": {"columns": list(COLUMNS), "index": [0, 1, 2, 3], "data": ROWS},
    "described names and rows": {"fields": [{"name": key} for key in COLUMNS], "rows": ROWS},
    "rows below names": [list(COLUMNS), *ROWS],
    "pandas split": json.loads(pd.DataFrame(RECORDS).to_json(orient="split")),
}


@pytest.mark.parametrize("way", WAYS)
def test_tables_in_json_are_read_whatever_way_they_are_written(tmp_path, way):
    path = tmp_path / "arrays.json"
    path.write_text(json.dumps(WAYS[way]))
    reviews = read_reviews(path).reviews
    assert reviews["title"].tolist() == COLUMNS["title"]
    assert reviews["score"].tolist() == COLUMNS["score"]
    assert [ids[0] for ids in reviews["artist_ids"]] == ["band-0", "band-1", "band-2", "band-3"]


def test_rows_that_do_not_fit_the_names_are_told(tmp_path):
    path = tmp_path / "arrays.json"
    path.write_text(json.dumps({"columns": ["artist", "title"], "data": [["a", "b"], ["c"]]}))
    with pytest.raises(SourceError, match="row 2 of 'data' has 1 values, but 'columns' names 2 columns"):
        read_reviews(path)
    path.write_text(json.dumps([["artist", "title"], ["a", "b"], ["c"], "x"]))
    corpus = read_reviews(path)
    assert corpus.reviews["review_id"].tolist() == ["row-2"]
    assert corpus.rejects["row"].tolist() == [3, 4]


def test_one_review_with_lists_of_its_own_stays_one(tmp_path):
    path = tmp_path / "one.json"
    path.write_text(json.dumps({"artist": ["A", "B"], "title": "Both", "genres": ["x", "y"]}))
    assert read_reviews(path).reviews["title"].tolist() == ["Both"]


# -- Markdown, ids ---------------------------------------------------------------------------------------------------


def test_front_matter_of_json_is_read_and_where_it_is_damaged_told(tmp_path):
    front = '{\n  "title": "Low Tide",\n  "artist": ["Mira", "Teo"],\n  "params": {"score": 8.5}, "draft": false\n}\n'
    assert read_markdown(f"{front}\nSome **words**.\n") == {
        "title": "Low Tide", "artist": ["Mira", "Teo"], "score": "8.5", "draft": "false", "text": "Some words."
    }  # fmt: skip
    (tmp_path / "a.md").write_text(front + "\nwords\n")
    (tmp_path / "b.md").write_text(front.replace('"title": ', '"title" ') + "\nwords\n")
    corpus = read_reviews(tmp_path)
    assert corpus.reviews["score"].tolist()[0] == 8.5
    assert corpus.rejects["reason"].tolist() == [
        "front matter is no JSON, not read: Expecting ':' delimiter: line 2 column 11 (char 12)"
    ]


def test_genres_that_are_ids_are_told():
    table = pd.DataFrame(
        {"artist": list("abcd"), "categories": ["12", "15,7", "12", "7"], "label": list("wxyz")}
    )
    (note,) = read_reviews(table).notes
    assert note.startswith("genres are numbers such as '12', '15', '7': if they are ids")
    assert note.endswith("--columns genres=-")
    assert not read_reviews(table.assign(categories=["rock", "2 step", "1980", "folk"])).notes


def test_authors_that_are_scores_are_told():
    table = pd.DataFrame({"artist": list("abcd"), "critic": ["8.1", "7", "6.5", "9"]})
    (note,) = read_reviews(table).notes
    assert note.startswith("authors are numbers such as '8.1', '7', '6.5'")
    assert "--columns author=-,score=NAME" in note
    assert not read_reviews(table.assign(critic=["1"] * 4)).notes


def test_tables_in_folders_below_are_told(tmp_path):
    (tmp_path / "year=2011").mkdir()
    (tmp_path / "year=2011" / "part-0.parquet").write_bytes(b"PAR1")
    with pytest.raises(SourceError, match=r"tables lie in folders below it \('year=2011/part-0.parquet'\)"):
        read_reviews(tmp_path)
