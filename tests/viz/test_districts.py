"""Small captions of a map: what the artists of a spot share, and others of their genre do not."""

import numpy as np
import pandas as pd
import pytest

from bandscape.viz import artist_map, write_html
from bandscape.viz.artist_topics import artist_topics
from bandscape.viz.districts import find_districts
from bandscape.viz.payload import check_artists

from .resting import settled

SPOTS = np.array([[0, 0], [10, 0], [20, 0], [30, 0]])


def four_spots(rng, n=280):
    """Rock in four spots: high scores, other scores of 1991 to 1993, some that are jazz too, and the rest."""
    spot = np.arange(n) % 4
    years = np.where(spot == 1, rng.integers(1991, 1994, n), rng.integers(1960, 2020, n))
    artists = pd.DataFrame(
        {
            "artist_id": [f"id{i}" for i in range(n)],
            "name": [f"band {i}" for i in range(n)],
            "genres": [["rock", "jazz"] if one == 2 else ["rock"] for one in spot],
            "mean_score": np.where(spot == 0, rng.uniform(8, 8.6, n), rng.uniform(3, 9, n)),
            "n_reviews": 1,
            "years": [[int(year)] for year in years],
            "labels": [["Warp"] if one == 3 and i % 2 else [] for i, one in enumerate(spot)],
        }
    )
    return artists, SPOTS[spot] + rng.normal(size=(n, 2))


def by_spot(found):
    return {int(np.linalg.norm(SPOTS - [one.x, one.y], axis=1).argmin()): one for one in found}


def test_a_spot_is_called_by_what_sets_it_apart(rng):
    artists, places = four_spots(rng)
    found = by_spot(find_districts(places, np.zeros(280, int), check_artists(artists)))
    assert found[0].name in {"score 8.2", "score 8.3", "score 8.4"}
    assert found[1].name == "1991–1993"
    assert found[2].name == "+ jazz"
    assert found[3].name == "on Warp"
    for at, one in found.items():
        assert np.linalg.norm(SPOTS[at] - [one.x, one.y]) < 0.5
        assert one.radius == pytest.approx(np.sqrt(2), rel=0.2)


def test_artists_scattered_at_random_have_no_captions(rng):
    artists, places = four_spots(rng)
    assert find_districts(rng.permutation(places), np.zeros(280, int), check_artists(artists)) == []


def test_spots_are_called_by_their_topic_unless_it_is_the_genre(rng):
    artists, places = four_spots(rng)
    shares = pd.DataFrame(
        0.1, index=artists["artist_id"], columns=["rock · riffs · loud", "hymns · organ · choir", "words"]
    )
    shares.iloc[0::4, 0] = shares.iloc[1::4, 1] = shares.iloc[2::4, 2] = shares.iloc[3::4, 2] = 0.8
    table = check_artists(artists.assign(genres=[["rock"]] * 280, years=None, mean_score=np.nan, labels=None))
    found = find_districts(places, np.zeros(280, int), table, artist_topics(table.artist_ids, shares))
    assert by_spot(found)[1].name == "hymns · organ"
    assert not any("rock" in one.name for one in found)


def test_a_stranger_among_a_regions_genre_is_called_by_its_own(rng):
    artists, places = four_spots(rng)
    jazz = np.arange(280) % 4 == 1
    artists["genres"] = [["jazz"] if one else ["rock"] for one in jazz]
    found = find_districts(places, np.zeros(280, int), check_artists(artists))
    assert by_spot(found)[1].name.startswith("jazz")


def test_what_a_whole_region_shares_sets_no_part_of_it_apart(rng):
    artists, places = four_spots(rng)
    artists["genres"] = [["rock", "jazz"]] * 200 + [["rock"]] * 80
    found = find_districts(places, np.where(np.arange(280) < 200, 0, 1), check_artists(artists))
    assert found
    assert not any("jazz" in one.name for one in found)


@pytest.mark.parametrize("n", [0, 1, 11])
def test_a_handful_has_no_districts(rng, n):
    artists, places = four_spots(rng)
    assert find_districts(places[:n], np.zeros(n, int), check_artists(artists[:n])) == []


def test_captions_appear_when_their_spot_is_wider_than_they_are(visit, rng, tmp_path):
    artists, places = four_spots(rng)
    page = visit(write_html(artist_map(artists, places), tmp_path / "spots.html"))
    shown = "bandscape.overlay.shown().districts"
    assert page.evaluate(shown) == []
    page.evaluate("bandscape.camera.scaleAt(4, 0.3, 0.5)")
    page.wait_for_function(f"{shown}.length > 0")
    assert page.evaluate(
        f"{shown}.every(({{ name }}) => bandscape.data.districts.some((one) => one.name === name))"
    )
    page.evaluate("bandscape.searchBar.run('band 7')")
    page.wait_for_function(f"{shown}.length === 0")
    settled(page)
