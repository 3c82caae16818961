"""What was said of a source: kept in the record of the step, and told again when it is read once more."""

from dataclasses import replace

import pytest

from bandscape.cli.steps import ImportOptions

SAID = ImportOptions(
    format="csv",
    columns="artist=band name,text=3",
    score_range=(1.0, 5.5),
    artist_separators=(" & ", "/"),
    keep_artists=("Earth, Wind & Fire",),
    date_order="day",
    encoding="cp1251",
    fill_down=("artist",),
)


@pytest.mark.parametrize("name", SAID.given())
def test_each_option_comes_back_from_the_record(name):
    one = ImportOptions(**{name: SAID.given()[name]})
    assert ImportOptions.of_record({"source": "reviews.csv", **one.recorded()}) == one
    assert ImportOptions().or_else(one) == one
    assert one.without(one) == ImportOptions()


def test_what_was_not_said_leaves_the_record_of_older_steps_valid():
    assert ImportOptions().recorded() == {
        "format": None,
        "columns": None,
        "score_range": [0.0, 10.0],
        "artist_separators": [],
    }


def test_what_is_said_now_goes_before_what_was_said_then():
    now = ImportOptions(score_range=(0.0, 10.0), keep_artists=("Simon & Garfunkel",))
    assert now.or_else(SAID) == replace(SAID, score_range=(0.0, 10.0), keep_artists=("Simon & Garfunkel",))
    assert SAID.without(now) == replace(SAID, score_range=None, keep_artists=())


def test_words_are_those_of_the_command_line():
    assert SAID.as_words() == (
        "--format csv --columns 'artist=band name,text=3' --score-range 1,5.5 --artist-separator ' & ' "
        "--artist-separator / --keep-artist 'Earth, Wind & Fire' --date-order day --encoding cp1251 --fill-down artist"
    )
