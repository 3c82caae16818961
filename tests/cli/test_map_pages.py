"""`bandscape map` and `bandscape judge`: other layouts, the warm start, presets, questions for people."""

import json
import re
import shutil

import numpy as np
import pytest
import soundfile

from bandscape.cli import steps
from bandscape.cli.steps.maps import leads_somewhere
from bandscape.core.files import read_table
from bandscape.viz import read_layout
from bandscape.viz.alignment import mean_shift

from .conftest import bandscape


def payload_of(page):
    found = re.search(
        r'<script type="application/json" id="bandscape-data">(.*?)</script>', page.read_text("utf-8")
    )
    assert found is not None
    return json.loads(found[1])


def places_of(root):
    return read_layout(root / steps.LAYOUT)


@pytest.fixture(scope="module")
def mapped(demo_workspace, tmp_path_factory):
    """A workspace that the tests of this file may lay out anew."""
    return shutil.copytree(demo_workspace, tmp_path_factory.mktemp("mapped") / "ws")


@pytest.mark.parametrize(
    ("url", "leads"),
    [
        ("https://reviews.example/albums/1/", False), ("http://EXAMPLE.com/a", False), ("https://a.invalid:80/", False),
        ("", False), (None, False), ("http://[broken", False), ("https://pitchfork.com/reviews/1/", True),
        ("https://myexample.com/", True), ("https://example.de/", True),
    ],
)  # fmt: skip
def test_addresses_that_cannot_exist_are_not_offered(url, leads):
    assert leads_somewhere(url) is leads


def test_a_simulated_corpus_offers_no_reviews_to_read(mapped, tmp_path):
    page = tmp_path / "map.html"
    assert bandscape("map", mapped, "--out", page).code == 0
    assert not payload_of(page).get("links")


def test_a_layout_method_is_used_kept_and_named_on_the_page(mapped, tmp_path):
    page = tmp_path / "pca.html"
    assert bandscape("map", mapped, "--layout", "pca", "--out", page).code == 0
    assert payload_of(page)["layout"]["method"] == "pca"
    assert bandscape("map", mapped, "--out", page).code == 0
    assert payload_of(page)["layout"]["method"] == "pca", "the method used last stays"
    wrong = bandscape("map", mapped, "--layout", "tsnee", "--out", tmp_path / "no.html")
    assert wrong.code == 2
    assert "opentsne" in wrong.err
    assert not (tmp_path / "no.html").exists()


def test_of_many_artists_the_most_reviewed_are_dots_and_the_command_says_so(mapped, tmp_path):
    page = tmp_path / "few.html"
    done = bandscape("map", mapped, "--most", "7", "--out", page)
    assert done.code == 0
    payload = payload_of(page)
    assert payload["count"] == len(payload["names"]) == 7
    assert payload["total"] > 7
    assert f"7 of {payload['total']} artists are dots, those with most reviews" in " ".join(done.out.split())
    wrong = bandscape("map", mapped, "--most", "0", "--out", tmp_path / "no.html")
    assert wrong.code == 2
    assert "--most" in wrong.err
    assert not (tmp_path / "no.html").exists()


def test_the_tutorial_preset_opens_with_the_parts_of_the_picture(mapped, tmp_path):
    page = tmp_path / "tutorial.html"
    assert bandscape("map", mapped, "--preset", "tutorial", "--out", page).code == 0
    payload = payload_of(page)
    assert payload["preset"] == "tutorial"
    assert len(payload["groups"]["region"]["names"]) > 1


def test_a_topic_marked_as_noise_is_no_topic_of_the_map(demo_workspace, tmp_path):
    root = shutil.copytree(demo_workspace, tmp_path / "ws")
    page = tmp_path / "map.html"
    noise, *rest = json.loads(bandscape("topics", "show", root, "--json").out)["topics"]
    assert bandscape("topics", "edit", root, "--noise", noise["id"]).code == 0
    refitted = bandscape("topics", "refit", root, "--sweeps", 3)
    assert refitted.code == 0, refitted.err
    assert bandscape("map", root, "--out", page).code == 0
    topics = payload_of(page)["topics"]
    assert len(topics["names"]) == len(rest)
    assert topics["background"], "its share is kept for the last line of the card"


def test_known_artists_stay_when_vectors_change_and_move_when_told_to(workspace, tmp_path):
    first, ids = places_of(workspace)
    fitted = bandscape("artists", "fit", workspace, "--dim", 16, "--seed", 9)
    assert fitted.code == 0, fitted.err
    assert bandscape("map", workspace, "--out", tmp_path / "warm.html").code == 0
    warm, warm_ids = places_of(workspace)
    assert warm_ids == ids
    assert bandscape("map", workspace, "--fresh", "--out", tmp_path / "fresh.html").code == 0
    fresh, _ = places_of(workspace)
    assert not np.array_equal(warm.coordinates, fresh.coordinates)
    assert mean_shift(warm.coordinates, first.coordinates) < mean_shift(fresh.coordinates, first.coordinates)


def test_judge_writes_as_many_questions_as_asked_for_and_the_same_ones_again(demo_workspace, tmp_path):
    page, again = tmp_path / "judge.html", tmp_path / "again.html"
    answer = bandscape("judge", demo_workspace, "--trials", 12, "--out", page)
    assert answer.code == 0, answer.err
    payload = payload_of(page)
    assert len(payload["trials"]) == 12
    assert "12 questions" in answer.out
    assert {len(set(one["rows"])) for one in payload["trials"]} == {3}
    assert bandscape("judge", demo_workspace, "--trials", 12, "--out", again).code == 0
    assert payload_of(again)["trials"] == payload["trials"]


def test_judge_takes_the_sounds_of_its_first_questions_where_not_all_have_room(demo_workspace, tmp_path, rng):
    noise = rng.uniform(-0.5, 0.5, 8_000)
    for artist_id in read_table(demo_workspace / steps.ARTISTS, ["artist_id"])["artist_id"].to_pylist():
        (tmp_path / "audio" / artist_id).mkdir(parents=True)
        soundfile.write(tmp_path / "audio" / artist_id / "1.wav", noise, 8_000)
    page = tmp_path / "judge.html"
    options = ("--trials", 12, "--audio", tmp_path / "audio", "--sound-mb", 0.05)
    answer = bandscape("judge", demo_workspace, *options, "--out", page)
    assert answer.code == 0, answer.err
    payload = payload_of(page)
    asked = list(dict.fromkeys(row for one in payload["trials"] for row in one["rows"]))
    heard = len(payload["sounds"])
    assert 3 <= heard < len(asked)
    assert set(map(int, payload["sounds"])) == set(asked[:heard])


def test_judge_without_vectors_says_what_to_do(tmp_path):
    answer = bandscape("judge", tmp_path / "nowhere", "--out", tmp_path / "judge.html")
    assert answer.code == 1
    assert "not a workspace" in answer.error
    assert not (tmp_path / "judge.html").exists()


def test_two_workspaces_are_compared_on_the_artists_they_share(mapped, demo_workspace, tmp_path):
    page = tmp_path / "both.html"
    answer = bandscape("map", demo_workspace, "--compare", mapped, "--out", page)
    assert answer.code == 0, answer.err
    payload = payload_of(page)
    assert f"{len(payload['names'])} artists on both maps" in answer.out
    assert payload["said"] in " ".join(answer.out.split())
    wrong = bandscape("map", demo_workspace, "--compare", tmp_path / "none", "--out", tmp_path / "no.html")
    assert wrong.code == 1
    assert "not a workspace" in wrong.error
    assert not (tmp_path / "no.html").exists()
