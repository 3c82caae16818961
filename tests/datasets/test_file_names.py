"""Artists and titles in the names of files."""

import pytest

from bandscape.datasets.corpus import read_reviews
from bandscape.datasets.readers.texts.file_names import split_names

ALBUMS = [("Mira Voss", "Low Tide"), ("Teo Lund", "Glass - Hours"), ("1349", "Ninth"), ("Mira Voss", "Ember")]


def written(folder, names, *, lines="{title}\n{artist} plays slowly, {n} times.", ending="txt"):
    folder.mkdir(exist_ok=True)
    for n, (name, (artist, title)) in enumerate(zip(names, ALBUMS, strict=True)):
        text = lines.format(artist=artist, title=title, n=n)
        (folder / f"{name}.{ending}").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "form",
    ["{} - {}", "{} – {}", "{} — {}", "0{n} {} - {}", "0{n}. {} – {}", "{n} - {} - {}", "2019-05-1{n} {} - {}",
     "reviews/{} - {}", "{}_-_{}"],
)  # fmt: skip
@pytest.mark.parametrize("ending", ["txt", "md"])
def test_artist_and_title_are_told_by_the_name_where_the_texts_speak_of_the_artist(tmp_path, form, ending):
    names = [form.format(artist, title, n=n + 1) for n, (artist, title) in enumerate(ALBUMS)]
    (tmp_path / "reviews").mkdir()
    folder = written(
        tmp_path, names, ending=ending, lines=("" if ending == "txt" else "# ") + "{title}\n{artist}, {n}."
    )
    corpus = read_reviews(folder)
    found = sorted(
        zip((ids[0] for ids in corpus.reviews["artist_ids"]), corpus.reviews["title"], strict=True)
    )
    assert found == [
        ("1349", "Ninth"),
        ("mira-voss", "Ember"),
        ("mira-voss", "Low Tide"),
        ("teo-lund", "Glass - Hours"),
    ]
    assert sorted(corpus.reviews["text"]) == ["1349, 2.", "Mira Voss, 0.", "Mira Voss, 3.", "Teo Lund, 1."]
    assert any("read from the names of the files, such as" in note for note in corpus.notes)
    whole = read_reviews(folder, columns="artist=-")
    assert whole.artists.empty
    assert sorted(whole.reviews["title"]) == sorted(title for _, title in ALBUMS)


def test_a_first_line_that_is_no_title_stays_in_the_text(tmp_path):
    names = [f"{artist}_{title}" for artist, title in ALBUMS]
    folder = written(tmp_path / "a", names, lines="{artist} plays.\n\nSecond line {n}.")
    reviews = read_reviews(folder).reviews.sort_values("title")
    assert reviews["text"].tolist()[0] == "Mira Voss plays.\n\nSecond line 3."
    assert reviews["title"].tolist() == ["Ember", "Glass - Hours", "Low Tide", "Ninth"]


@pytest.mark.parametrize(
    ("names", "lines", "proposed"),
    [
        (["Mira Voss - a", "Teo Lund - b", "Can - c", "Low - d"], "Title\nwords of nobody {n}", True),
        (["Part 1 - a", "Part 1 - b", "Part 1 - c", "Part 1 - d"], "Part 1\nPart 1, {n}", True),
        (["low-hey", "can-neu", "a-b", "c-d"], "Title\nlow can a c {n}", False),
    ],
)
def test_names_that_the_texts_do_not_bear_out_are_offered_at_most(tmp_path, names, lines, proposed):
    corpus = read_reviews(written(tmp_path / "a", names, lines=lines))
    assert corpus.artists.empty
    assert any("--columns artist=filename,title=filename" in note for note in corpus.notes) == proposed


def test_numbers_that_are_names_stay_and_underscores_are_blanks():
    assert [name.artist for name in split_names(["1349 - a", "Low - b", "65daysofstatic - c"])] == [
        "1349", "Low", "65daysofstatic",
    ]  # fmt: skip
    assert split_names(["Mira_Voss_-_Low_Tide", "a/Teo_Lund_-_B"]) == [
        ("Mira Voss", "Low Tide"),
        ("Teo Lund", "B"),
    ]
    assert split_names(["Mira_Voss-Low_Tide", "Teo_Lund-B"]) == [("Mira Voss", "Low Tide"), ("Teo Lund", "B")]


def test_days_in_front_of_the_names_of_texts_are_dates(tmp_path):
    for day in ("2011-03-04", "2014-10-21", "2020-02-30"):
        (tmp_path / f"{day} post.txt").write_text(f"A title of {day}\nWords.")
    corpus = read_reviews(tmp_path)
    assert corpus.mapping["pub_date"] == "filename"
    assert corpus.reviews["pub_date"].isna().tolist() == [False, False, True]
    assert corpus.rejects["value"].tolist() == ["2020-02-30"]
