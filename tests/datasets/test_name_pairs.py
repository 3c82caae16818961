"""Artists in a column of first and one of last names."""

import pytest

from bandscape.datasets.corpus import read_reviews

OF_SITE = """RYM Album, First Name,Last Name,First Name localized, Last Name localized,Title,Release_Date,Rating
"1","Mira","Voss","","","Glass &amp; Hours","1999","8"
"2","","Low &amp; High","","","The &quot;Great&quot; Tide","2005","9"
"3","Jun","Tanaka","","","async","2017","7",
RYM Album, First Name,Last Name,First Name localized, Last Name localized,Title,Release_Date,Rating
"4","","Low &amp; High","","","Ninth","2007","9"
"""
BANDS = "First Name,Last Name,Album\nMira,Voss,Tide\n,Low,Hey\n,Can,Neu\n"
PEOPLE = "First Name,Last Name,Album\nMira,Voss,Tide\nTeo,Lund,Hey\n"


def read(tmp_path, text, **options):
    path = tmp_path / "mine.csv"
    path.write_text(text)
    return read_reviews(path, **options)


def test_first_and_last_names_of_an_export_are_one_artist_and_entities_letters(tmp_path):
    corpus = read(tmp_path, OF_SITE)
    assert sorted(corpus.artists["name"]) == ["Jun Tanaka", "Low & High", "Mira Voss"]
    assert corpus.reviews["title"].tolist() == ["Glass & Hours", 'The "Great" Tide', "async", "Ninth"]
    assert corpus.rejects["reason"].tolist() == ["the header again; left out"]
    note = next(note for note in corpus.notes if "two columns" in note)
    assert "'First Name' and 'Last Name', which are put together, such as 'Mira Voss'" in note
    assert not any("not used" in note and "'Last Name'," in note for note in corpus.notes)


@pytest.mark.parametrize(
    ("text", "columns", "artists"),
    [
        (BANDS, None, ["Can", "Low", "Mira Voss"]),
        (BANDS, "artist=Last Name", ["Can", "Low", "Voss"]),
        (BANDS, "artist=-", []),
        (PEOPLE, None, []),  # may be those who write
        (PEOPLE.replace("Album", "Band"), None, ["Hey", "Tide"]),
    ],
)
def test_only_where_bands_have_no_first_name_are_other_columns_taken_so(tmp_path, text, columns, artists):
    assert sorted(read(tmp_path, text, columns=columns).artists["name"]) == artists
