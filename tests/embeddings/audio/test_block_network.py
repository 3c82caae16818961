"""The stereo autoencoder with codes of long blocks."""

import numpy as np
import pytest

from bandscape.core.checkpoints import Checkpoint
from bandscape.core.errors import ParameterError
from bandscape.embeddings.audio.song import block_network
from bandscape.embeddings.audio.song.sound_quality import block_pca, snr_db
from bandscape.embeddings.audio.song.stereo_autoencoder import StereoAutoencoder


@pytest.fixture(scope="module")
def song():
    """Two tunes with hiss, one behind the other."""
    rng = np.random.default_rng(5)
    t = np.arange(20_000) / 22_050
    tunes = [
        np.stack([np.sin(2 * np.pi * hz * t), np.sin(2 * np.pi * (1.5 * hz + 3.0) * t)], axis=1)
        for hz in (440.0, 3100.0)
    ]
    song = 0.2 * np.concatenate(tunes) + 0.05 * rng.standard_normal((40_000, 2))
    song = np.asarray(song, np.float32)
    song.flags.writeable = False
    return song


def blocks_of(n_block=8, **options):
    return StereoAutoencoder(**({"n_channels": 3, "n_block": n_block, "batch_size": 10} | options))


def linear_db(song, n_channels, n_block):
    restored = block_pca(song, n_channels * n_block, 4 * n_block)
    return snr_db(song[: len(restored)], restored)


@pytest.mark.parametrize("n_channels", [2, 6])
def test_blocks_are_better_than_linear_codes_of_four_samples_and_of_the_same_blocks(song, n_channels):
    model = blocks_of(n_channels=n_channels, n_iterations=120).fit(song)
    found = snr_db(song, model.restore(song))
    assert found > linear_db(song, n_channels, 1) + 1.0
    assert found > linear_db(song, n_channels, 8) + 0.3


def test_untrained_it_is_no_worse_than_the_linear_code_and_training_improves_it(song):
    begun = blocks_of(n_iterations=1, learning_rate=1e-12).fit(song)
    at_first = snr_db(song, begun.restore(song))
    assert at_first > linear_db(song, 3, 8) - 0.01
    assert snr_db(song, blocks_of(n_iterations=60).fit(song).restore(song)) > at_first + 0.05


def test_the_way_back_is_that_of_least_squares(song, monkeypatch):
    monkeypatch.setattr(block_network, "_PIECE", 100)  # in pieces, with the codes beside each
    model = blocks_of(n_iterations=1, learning_rate=1e-12).fit(song)
    found = snr_db(song, model.restore(song)[: len(song)])
    blocks = song.astype(np.float64).reshape(-1, 64)
    directions = np.linalg.eigh(blocks.T @ blocks)[1][:, ::-1][:, :24]
    code = np.pad(blocks @ directions, ((1, 1), (0, 0)))
    three = np.concatenate([code[:-2], code[1:-1], code[2:]], axis=1)
    best = three @ np.linalg.lstsq(three, blocks, rcond=None)[0]
    assert found == pytest.approx(snr_db(song, best.reshape(-1, 2)), abs=0.02)


def test_edges_of_blocks_are_restored_as_well_as_their_middles(song):
    model = blocks_of(n_block=16, n_iterations=60).fit(song)
    error = np.square(model.restore(song) - song, dtype=np.float64).reshape(-1, 64, 2).mean(axis=(0, 2))
    edges, middle = np.r_[error[:4], error[-4:]].mean(), error[4:-4].mean()
    assert abs(10 * np.log10(edges / middle)) < 0.5


@pytest.mark.parametrize("length", [1, 3, 32, 1025, 5001])
def test_any_length_comes_back_without_seams(song, length, monkeypatch):
    model = blocks_of(n_iterations=3).fit(song)
    whole = model.restore(song[:length])
    assert whole.shape == (length, 2)
    monkeypatch.setattr("bandscape.embeddings.audio.song.stereo_autoencoder._PIECE", 70)
    np.testing.assert_allclose(model.restore(song[:length]), whole, atol=1e-5)


def test_the_code_has_the_rate_of_any_bottleneck_and_comes_back_from_a_folder(song, tmp_path):
    model = blocks_of(n_iterations=3).fit(song)
    code = model.encode(song)
    assert code.shape == (10_000 + 2 * 8, 3)
    model.save(tmp_path / "m")
    loaded = StereoAutoencoder.load(tmp_path / "m")
    np.testing.assert_array_equal(loaded.encode(song), code)
    np.testing.assert_array_equal(loaded.restore(song), model.restore(song))
    again = blocks_of(n_iterations=3).fit(song)
    np.testing.assert_array_equal(again.restore(song), model.restore(song))
    assert model.frames_.shape == (4, 1024, 2)


def test_a_stopped_training_of_blocks_goes_on_to_the_same_bytes(song, tmp_path):
    whole = blocks_of(n_iterations=5).fit(song)
    checkpoint = Checkpoint(tmp_path / "t.safetensors")

    def stop(event):
        if event.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        blocks_of(n_iterations=5).fit(song, checkpoint=checkpoint, on_progress=stop)
    steps = []
    resumed = blocks_of(n_iterations=5).fit(
        song, checkpoint=checkpoint, on_progress=lambda event: steps.append(event.done)
    )
    assert steps == [3, 4, 5]
    np.testing.assert_array_equal(resumed.restore(song), whole.restore(song))


@pytest.mark.parametrize("n_channels", [2, 5])
def test_a_song_of_which_a_code_holds_all_makes_no_infinite_numbers(n_channels):
    t = np.arange(9000) / 22_050
    one = np.asarray(0.3 * np.sin(2 * np.pi * 300 * t) * (t > 0.1), np.float32)
    song = np.stack([one, one], axis=1)
    restored = blocks_of(n_channels=n_channels, n_iterations=3).fit(song).restore(song)
    assert snr_db(song, restored) > 40


def test_blocks_without_a_bottleneck_and_songs_too_short_for_them_are_refused(song):
    for options in ({"n_channels": 8}, {"start": "glorot"}, {"n_context": 2}):
        with pytest.raises(ParameterError, match="n_block must be 1 without a bottleneck"):
            blocks_of(**options).fit(song)
    for wrong in (0, 3, 512, True, 8.0):
        with pytest.raises(ParameterError, match="n_block must be a power of two within 1 to 256"):
            blocks_of(n_block=wrong).fit(song)
    assert blocks_of(n_block=64).shortest == 2 * 8 * 64 * 256
    with pytest.raises(ParameterError, match="n >= 65536"):
        blocks_of(n_block=32).fit(song)
