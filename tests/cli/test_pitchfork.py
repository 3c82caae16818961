"""The real Pitchfork reviews from the compressed SQLite to the map."""

import json

import pytest

from bandscape.datasets import PreparedText

from .conftest import apart, bandscape

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pitchfork(pitchfork_xz, tmp_path_factory):
    root = tmp_path_factory.mktemp("pitchfork") / "ws"
    answer = apart("run", pitchfork_xz, "--out", root, timeout=900)
    assert answer.code == 0, answer.err
    return root


def test_every_row_is_accounted_for(pitchfork):
    info = bandscape("info", pitchfork, "--json").json
    assert info["reviews"] == 18_389
    assert info["texts"] == 11_083
    assert 8_600 <= info["artists"] <= 8_633
    assert info["rejects"] >= 4


def test_the_vocabulary_is_one_for_topics(pitchfork):
    prepared = PreparedText.read(pitchfork / "corpus")
    vocabulary = prepared.vocabulary
    assert 10_000 <= len(vocabulary) <= 20_000
    assert prepared.n_tokens > 2_500_000
    normalize = prepared.normalizer()
    wanted = [
        "guitars",
        "shoegaze",
        "reverb",
        "hip-hop",
        "New York",
        "post-rock",
        "drum'n'bass",
        "singer-songwriter",
    ]
    assert all(normalize(term) for term in wanted)
    assert not {"the", "album's", "br", "nbsp", "script"} & set(vocabulary["display"].head(2_000))
    for word, forms in zip(vocabulary["word"], vocabulary["surfaces"], strict=True):
        assert [normalize(form) for form in forms] == [word] * len(forms)


def test_topics_are_about_music_and_not_band_names(pitchfork):
    topics = bandscape("topics", "show", pitchfork, "--json").json["topics"]
    words = {entry["word"] for topic in topics for entry in topic["words"]}
    assert len({"guitar", "guitars", "rap", "beats", "vocals", "jazz", "piano", "synth"} & words) >= 5
    assert len(topics) == 50


def test_coil_without_elder_ones_is_rock_or_electronic_and_not_experimental(pitchfork):
    answer = bandscape(
        "artists", "analogy", pitchfork, "--plus", "coil", "--minus", "elder ones", "--json"
    ).json
    genres = [set(row["genres"]) for row in answer["results"]]
    assert sum(bool(g & {"rock", "electronic"}) for g in genres) >= 8
    assert sum("experimental" not in g for g in genres) >= 8


def test_names_with_deleted_letters_are_found(pitchfork):
    for query, stored in {"Björk": "bjrk", "Sigur Rós": "sigur rs", "THE BEATLES": "the beatles"}.items():
        answer = bandscape("artists", "similar", pitchfork, query, "--json").json
        assert answer["query"]["plus"] == [stored]


def test_the_map_is_small_enough_to_send(pitchfork):
    page = pitchfork / "maps" / "map.html"
    assert page.stat().st_size <= 6.5e6
    assert json.loads((pitchfork / "manifest.json").read_text())["steps"]["layout"]
