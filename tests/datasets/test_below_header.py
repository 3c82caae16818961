"""What stands directly below a header and is no review: the rule of a Markdown table, a row of units."""

import pytest

from bandscape.datasets.corpus import read_reviews

MARKDOWN = """# My list

| Artist | Album | Score | Review |
|:---|:--|---:|---|
| Lali Puna | *12 0* | **4** | The **cold** drums, see [here](https://a.example). |
| *NSYNC | `No` Strings_Attached | ***** | Warm tape hiss over beats. |
| Hauschka | Kamera | **6** | Warm. |
"""


def test_a_markdown_table_is_read_without_its_rule_and_marks(tmp_path):
    path = tmp_path / "list.md"
    path.write_text(MARKDOWN)
    corpus = read_reviews(path)
    assert corpus.reviews["title"].tolist() == ["12 0", "No Strings_Attached", "Kamera"]
    assert corpus.reviews["score"].tolist() == [4, 10, 6]
    assert sorted(corpus.artists["name"]) == ["*NSYNC", "Hauschka", "Lali Puna"]
    assert corpus.reviews["text"][0] == "The cold drums, see here."
    assert not len(corpus.rejects)


ROWS = "Low;Secret;6,5;05.03.19;Slow and long.\nMogwai;Glas;7,1;28.10.19;Loud.\nCan;Rest;5,5;01.02.19;Fine.\n"


def read(path, below):
    path.write_text(f"Künstler;Album;Note;Erschienen;Kritik\n{below}\n{ROWS}", encoding="utf-8")
    return read_reviews(path)


@pytest.mark.parametrize("units", [";;Punkte;TT.MM.JJ;Text", ";;(Punkte);;", ";;;Tag;"])
def test_a_row_of_units_is_no_review(tmp_path, units):
    corpus = read(tmp_path / "a.csv", units)
    assert len(corpus.reviews) == 3
    assert [list(years) for years in corpus.reviews["years"]] == [[2019]] * 3
    (reject,) = corpus.rejects.to_dict("records")
    assert reject["row"] == 2
    assert reject["reason"].startswith("units or kinds of the columns")


@pytest.mark.parametrize("review", ["Punkte;;;;Text", ";;;;A short text.", ";;7,5;;Text", ";Glas;;;Text"])
def test_a_first_row_that_may_be_a_review_is_kept(tmp_path, review):
    assert len(read(tmp_path / "a.csv", review).reviews) == 4
