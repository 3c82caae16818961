"""Lines above the header of a table, headers that come again, and what is said where no header is known."""

import pytest

from bandscape.core.errors import SchemaError
from bandscape.datasets.corpus import read_reviews
from bandscape.datasets.readers.delimited.header import find_header

HEADER = "Artist,Album,Score,Review"
ROWS = 'Mira Voss,Glass Hours,8.1,"Cold, then warm."\nTeo Lund,Low Tide,6.5,Slow.\nJo Ray,Ninth,7,Brisk.\n'
ABOVE = {
    "title": "My reviews 2003-2019\n",
    "title and blank lines": "All my reviews\n\n\n",
    "padded by a spreadsheet": "My reviews,,,\nas of May,,,\n,,,\n",
    "names of an export": "User:,mark\nExported,2020-01-01\n",
    "comments with separators": "# made by a tool, version 2, in May, too\n# see its page\n",
    "excel's separator and a title": "sep=,\nReviews\n",
}


def written(tmp_path, text, name="mine.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("above", ABOVE.values(), ids=ABOVE)
def test_the_header_is_found_below_lines_that_are_no_rows(tmp_path, above):
    corpus = read_reviews(written(tmp_path, f"{above}{HEADER}\n{ROWS}"))
    plain = read_reviews(written(tmp_path, f"{HEADER}\n{ROWS}", "plain.csv"))
    n_above = above.count("\n")
    columns = ["title", "score", "text"]
    assert corpus.reviews[columns].equals(plain.reviews[columns])
    assert corpus.mapping == plain.mapping
    assert corpus.reviews["review_id"].tolist() == [f"row-{n_above + row}" for row in (2, 3, 4)]
    assert corpus.rejects.empty
    (note,) = corpus.notes
    assert "above the header and" in note


def test_a_header_of_unknown_names_below_a_title_is_proposed_and_found_by_these(tmp_path):
    path = written(tmp_path, f"My reviews\n\nWho,What,Points given,Said\n{ROWS}")
    with pytest.raises(SchemaError, match=r"'My reviews' stands above .* --columns 'artist=Who,text=Said'$"):
        read_reviews(path)
    corpus = read_reviews(path, columns="artist=Who,text=Said")
    assert corpus.reviews["text"].tolist() == ["Cold, then warm.", "Slow.", "Brisk."]
    assert corpus.rejects.empty


def test_a_title_of_other_separators_does_not_hide_that_of_the_table(tmp_path):
    rows = ROWS.replace(",", ";").replace("Cold;", "Cold,")
    corpus = read_reviews(written(tmp_path, f"Album, 2019, mine\n{HEADER.replace(',', ';')}\n{rows}"))
    assert corpus.reviews["score"].tolist() == [8.1, 6.5, 7]


@pytest.mark.parametrize(
    "rows",
    [
        [["Artist", "Album"], ["Low", "Style"], ["Can", "Review"]],  # data that look like names
        [["Band", "Words"], ["Class", "Title"]],
        [["artist", "", "", ""], ["Low", "a", "b", "c"], ["album", "title", "review", "c"]],
    ],
)
def test_a_first_row_that_is_the_header_stays_it(rows):
    assert find_header(rows, {}).n_above == 0
    assert find_header(rows, {}).names == [cell.strip() for cell in rows[0]]


def test_short_rows_in_front_of_a_table_without_header_are_no_title():
    rows = [["1", "Low"], ["2", "Can", "x", "y"], ["3", "Neu", "style", "y"]]
    assert find_header(rows, {}).names is None


def test_a_header_that_comes_again_is_no_review(tmp_path):
    more = ROWS.replace("Mira", "Mara")
    corpus = read_reviews(written(tmp_path, f"{HEADER}\n{ROWS}{HEADER}\n{more}"))
    assert "artist" not in set(corpus.artists["artist_id"])
    assert corpus.rejects[["row", "reason"]].values.tolist()[0] == [5, "the header again; left out"]


def test_below_a_header_in_another_order_the_rows_are_read_by_it(tmp_path):
    turned = "album,REVIEW,Artist,Score\nEmber,Warm.,Mira Voss,9\nNinth,Dry.,Low,5\n"
    corpus = read_reviews(written(tmp_path, f"{HEADER}\n{ROWS}{turned}{HEADER}\nCan,Neu,4,Odd.\n"))
    last = corpus.reviews.iloc[-3:]
    assert [ids[0] for ids in last["artist_ids"]] == ["mira-voss", "low", "can"]
    assert last["title"].tolist() == ["Ember", "Ninth", "Neu"]
    assert last["text"].tolist() == ["Warm.", "Dry.", "Odd."]
    assert last["score"].tolist() == [9, 5, 4]
    assert corpus.rejects["row"].tolist() == [5, 8]
    assert corpus.notes == ("row 5 is the header again in another order; the rows below are read by it",)
