"""A column that is shifted or missing from a row on is told, with the row."""

import pandas as pd
import pytest

from bandscape.datasets.corpus import read_reviews

HEADER = ["artist", "album", "genre", "score", "label", "year", "reviewer", "review"]


def rows(n):
    return [
        [f"Band {i}", f"Record {i}", "folk", f"{i % 9}.5", "Amber", "2004", "Ann", f"A text {i}."]
        for i in range(n)
    ]


def notes_of(path, table):
    lines = [",".join(cells) for cells in (HEADER, *table)]
    path.write_text("\n".join(lines) + "\n")
    return [note for note in read_reviews(path).notes if "shifted" in note]


def without_genre(cells):
    return [*cells[:2], *cells[3:], ""]


def test_rows_without_one_of_their_cells_are_told_to_the_end_and_within(tmp_path):
    whole = rows(60)
    to_end = [*whole[:40], *map(without_genre, whole[40:])]
    (note,) = notes_of(tmp_path / "a.csv", to_end)
    assert note.startswith(
        "from row 42 to the end score and years cannot be read (score 'Amber' and years 'Ann'): "
    )
    assert "compare row 42 with those above it" in note
    within = [*whole[:10], *map(without_genre, whole[10:35]), *whole[35:]]
    within[20] = whole[20]  # one row was put right
    (note,) = notes_of(tmp_path / "a.csv", within)
    assert note.startswith("from row 12 to row 36 score and years cannot be read")


def test_of_a_folder_of_tables_the_table_is_named(tmp_path):
    tables = {"2019.csv": rows(30), "2020.csv": [*rows(5), *map(without_genre, rows(25))]}
    for name, table in tables.items():
        pd.DataFrame(table, columns=HEADER).to_csv(tmp_path / name, index=False)
    (note,) = (note for note in read_reviews(tmp_path).notes if "shifted" in note)
    assert note.startswith("from row 7 to row 31 of 2020.csv score and years cannot be read")


@pytest.mark.parametrize(
    "bad",
    [
        lambda i: i % 3 == 0,  # all over the table: slips
        lambda i: 10 <= i < 25,  # too few within
        lambda i: i >= 57,  # too few at the end
        lambda i: i < 60,  # the columns are others, as the note on lost values says
    ],
)
def test_other_rows_that_fail_are_no_shift(tmp_path, bad):
    table = [without_genre(cells) if bad(i) else cells for i, cells in enumerate(rows(60))]
    assert not notes_of(tmp_path / "a.csv", table)


def test_one_column_that_fails_is_no_shift(tmp_path):
    table = [[*cells[:3], "tba" if i >= 40 else cells[3], *cells[4:]] for i, cells in enumerate(rows(60))]
    assert not notes_of(tmp_path / "a.csv", table)
