"""Sounds asked for by name: the paths of those that may be meant, whatever their files are called."""

import numpy as np
import pytest

from bandscape.cli.steps.similar_sounds import similar_sounds
from bandscape.cli.steps.track_store import write_track_store
from bandscape.core import AmbiguousNameError, UnknownNameError

IDS = ["kit 1/kick.wav", "kit 1/snare.wav", "kit 2/kick.wav", "kit 2/Hat.open.flac", "kit 3/ride.wav"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    root = tmp_path_factory.mktemp("similar")
    write_track_store(
        root / "store", IDS, np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32), k=4
    )
    return root


def test_a_file_name_that_is_unique_is_understood_with_its_extension(home):
    for name in ("snare.wav", "snare", "kit 1/snare.wav"):
        assert similar_sounds(home, name, top=2)[0] == "kit 1/snare.wav"
    assert similar_sounds(home, "hat.open.flac", top=2)[0] == "kit 2/Hat.open.flac"


@pytest.mark.parametrize("name", ["kick.wav", "kick"])
def test_a_name_of_several_sounds_is_answered_with_their_paths(home, name):
    with pytest.raises(
        AmbiguousNameError, match=r"2 sounds are called .*: 'kit 1/kick.wav', 'kit 2/kick.wav'"
    ):
        similar_sounds(home, name)


def test_an_unknown_name_is_answered_with_paths(home):
    with pytest.raises(
        UnknownNameError, match=r"unknown name 'kik'; similar: 'kit 1/kick.wav', 'kit 2/kick.wav'"
    ):
        similar_sounds(home, "kik")


def test_retrieval_is_measured_by_the_similarity_that_answers(home):
    from bandscape.cli.steps.content_probes import _centered

    rows = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    units = _centered(rows)
    units = units / np.linalg.norm(units, axis=1, keepdims=True)
    for at, name in enumerate(IDS):
        for row in similar_sounds(home, name, top=4)[1]:
            assert row["cosine"] == pytest.approx(float(units[at] @ units[IDS.index(row["sound"])]), abs=1e-3)
