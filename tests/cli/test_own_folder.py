"""Folders that commands about sound write to: one process at a time, and nothing left of what never began."""

import numpy as np
import pytest
import soundfile

from bandscape.core.locking import locked

from .conftest import bandscape

COMMANDS = {
    "features": ("features", "SOUNDS"),
    "spectral": ("spectral", "SOUNDS"),
    "autoencoder": ("autoencoder", "SONG"),
    "train-separator": ("train-separator", "SOUNDS"),
    "separate": ("separate", "SONG", "--model", "SOUNDS"),
}


@pytest.fixture
def words(request, tmp_path):
    sounds = tmp_path / "sounds"
    sounds.mkdir()
    soundfile.write(sounds / "a.wav", np.sin(np.arange(8000) / 9), 8000)
    places = {"SOUNDS": sounds, "SONG": sounds / "a.wav"}
    return ["audio", *(places.get(word, word) for word in COMMANDS[request.param])]


@pytest.mark.parametrize("words", COMMANDS, indirect=True)
def test_a_folder_that_another_process_writes_to_is_left_alone(words, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    half = out / ".tracks.parquet.0123456789ab.tmp"
    half.write_text("of the other process")
    with locked(out):
        answer = bandscape(*words, "--out", out)
    assert (answer.code, answer.out) == (1, "")
    assert f"{out}: another process is writing to it; wait for it to end" in answer.error
    assert half.exists()


def test_a_folder_that_nothing_was_put_into_is_taken_away_again(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    answer = bandscape("audio", "features", empty, "--out", tmp_path / "out")
    assert answer.code == 1
    assert not (tmp_path / "out").exists()
