"""The stereo autoencoder, on a small synthetic song."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from bandscape.core.checkpoints import Checkpoint
from bandscape.core.errors import ParameterError
from bandscape.embeddings.audio.song import stereo_network
from bandscape.embeddings.audio.song.sound_quality import block_pca, snr_by_band, snr_db
from bandscape.embeddings.audio.song.stereo_autoencoder import LENGTH, StereoAutoencoder
from bandscape.embeddings.audio.song.stereo_network import begin_with, start_weights


def make_song(n=30_000, seed=0):
    rng = np.random.default_rng(seed)
    t = np.arange(n) / 22_050
    left = sum(
        np.sin(2 * np.pi * f * t + p)
        for f, p in zip((220, 331, 442, 1500), rng.uniform(0, 6, 4), strict=True)
    )
    right = 0.7 * left + 0.4 * np.sin(2 * np.pi * 660 * t) + 0.05 * rng.standard_normal(n)
    return (0.2 * np.stack([left, right], axis=1)).astype(np.float32)


@pytest.fixture(scope="module")
def song():
    song = make_song()
    song.flags.writeable = False
    return song


@pytest.fixture(scope="module")
def model(song):
    return StereoAutoencoder(n_iterations=60).fit(song)


def test_a_song_is_restored_middle_and_side(model, song):
    restored = model.restore(song)
    assert restored.shape == song.shape
    assert snr_db(song, restored) > 24
    assert snr_db(song[:, 0] - song[:, 1], restored[:, 0] - restored[:, 1]) > 15


def test_training_lowers_the_error_and_keeps_a_frame_for_each_iteration(model):
    assert model.frames_.shape == (61, LENGTH, 2)
    assert model.losses_[-5:].mean() < 0.2 * model.losses_[:5].mean()
    first, last = (snr_db(model.sample_, model.frames_[at]) for at in (0, -1))
    assert last > first + 6


def test_edges_are_restored_as_well_as_the_middle(model, song):
    pieces = [song[at : at + 1024] for at in range(0, 28_000, 1500)]
    restored = [model.restore(piece) for piece in pieces]
    edge = np.r_[0:16, 1008:1024]
    at_edges = snr_db(np.stack(pieces)[:, edge], np.stack(restored)[:, edge])
    inside = snr_db(np.stack(pieces)[:, 16:1008], np.stack(restored)[:, 16:1008])
    assert abs(at_edges - inside) < 3  # half a decibel on a whole song; twenty short stretches scatter


@pytest.mark.parametrize("piece", [64, 1000])
def test_pieces_leave_no_seam(model, song, monkeypatch, piece):
    whole = model.restore(song[:5000])
    monkeypatch.setattr("bandscape.embeddings.audio.song.stereo_autoencoder._PIECE", piece)
    np.testing.assert_allclose(model.restore(song[:5000]), whole, atol=1e-5)


@pytest.mark.parametrize("length", [1, 3, 21, 1025])
def test_any_length_comes_back_with_that_length(model, song, length):
    restored = model.restore(song[:length])
    assert restored.shape == (length, 2)
    assert np.isfinite(restored).all()


def test_the_same_seed_gives_the_same_weights_and_a_saved_model_the_same_sound(model, song, tmp_path):
    again = StereoAutoencoder(n_iterations=3).fit(song)
    twice = StereoAutoencoder(n_iterations=3).fit(song)
    np.testing.assert_array_equal(again.frames_, twice.frames_)
    model.save(tmp_path / "m")
    loaded = StereoAutoencoder.load(tmp_path / "m")
    np.testing.assert_array_equal(loaded.restore(song), model.restore(song))


def test_orthogonal_weights_without_noise_lose_nothing(song, monkeypatch):
    monkeypatch.setattr("bandscape.embeddings.audio.song.stereo_network._NOISE", 0.0)
    model = StereoAutoencoder()
    model._make_network(0)
    begin_with(
        model._encoder, model._decoder, start_weights(64, "orthogonal", np.random.default_rng(0), song)
    )
    assert snr_db(song, model.restore(song)) > 100


def test_a_bottleneck_and_the_original_start_learn_too(song):
    for options in ({"n_channels": 4}, {"start": "glorot", "learning_rate": 1e-3}):
        model = StereoAutoencoder(n_iterations=40, **options).fit(song)
        assert model.losses_[-1] < 0.5 * model.losses_[0]
    assert StereoAutoencoder(n_channels=4, n_iterations=1).fit(song).encode(song).shape[1] == 4


@pytest.mark.parametrize("n_channels", [2, 4])
def test_a_bottleneck_is_better_than_a_linear_code_of_as_few_samples(song, n_channels):
    restored = StereoAutoencoder(n_channels=n_channels, n_iterations=100).fit(song).restore(song)
    assert snr_db(song, restored) > snr_db(song, block_pca(song, n_channels, 4)) + 0.3


@pytest.mark.parametrize("n_channels", [2, 5, 7])
def test_without_noise_a_bottleneck_begins_as_that_linear_code(song, n_channels, monkeypatch):
    monkeypatch.setattr(stereo_network, "_BOTTLENECK_NOISE", 0.0)
    loud = song + 0.05 * np.random.default_rng(3).standard_normal(song.shape).astype(np.float32)
    model = StereoAutoencoder(n_channels=n_channels, n_iterations=1, learning_rate=1e-9).fit(loud)
    best = snr_db(loud, block_pca(loud, n_channels, 4))  # with means, and of all blocks
    assert abs(snr_db(loud, model.restore(loud)) - best) < 0.05


def test_the_code_of_a_bottleneck_takes_both_signs_and_comes_back_from_a_folder(song, tmp_path):
    model = StereoAutoencoder(n_channels=3, n_iterations=2).fit(song)
    code = model.encode(song)
    assert (code < 0).any()
    assert (code > 0).any()
    model.save(tmp_path / "m")
    np.testing.assert_array_equal(StereoAutoencoder.load(tmp_path / "m").encode(song), code)
    original = StereoAutoencoder(n_channels=3, n_iterations=2, start="glorot").fit(song)
    assert (original.encode(song) >= 0).all()


def two_tunes(n=30_000):
    """A song whose best linear code changes with the notes that sound."""
    song = make_song(n)
    t = np.arange(n // 2) / 22_050
    song[: n // 2, 1] += np.asarray(0.3 * np.sin(2 * np.pi * 4300 * t), np.float32)
    song[n // 2 :, 0] += np.asarray(0.3 * np.sin(2 * np.pi * 3100 * t), np.float32)
    return song


def test_with_context_a_bottleneck_is_better_than_without():
    song = two_tunes()
    plain, wide = (
        StereoAutoencoder(n_channels=4, n_iterations=60, batch_size=10, n_context=layers).fit(song)
        for layers in (0, 3)
    )
    assert snr_db(song, wide.restore(song)) > snr_db(song, plain.restore(song)) + 0.5


def test_context_leaves_no_seam_and_comes_back_from_a_folder(tmp_path, monkeypatch):
    song = two_tunes()
    model = StereoAutoencoder(n_channels=5, n_iterations=8, batch_size=4, n_context=3).fit(song)
    whole = model.restore(song[:5001])
    assert whole.shape == (5001, 2)
    assert model.restore(song[:3]).shape == (3, 2)
    assert len(model.encode(song[:400])) == 100 + 4 + 2 * 7
    monkeypatch.setattr("bandscape.embeddings.audio.song.stereo_autoencoder._PIECE", 64)
    np.testing.assert_allclose(model.restore(song[:5001]), whole, atol=1e-5)
    monkeypatch.undo()
    model.save(tmp_path / "m")
    np.testing.assert_array_equal(StereoAutoencoder.load(tmp_path / "m").restore(song[:5001]), whole)
    again = StereoAutoencoder(n_channels=5, n_iterations=8, batch_size=4, n_context=3).fit(song)
    np.testing.assert_array_equal(again.restore(song[:5001]), whole)


def test_context_without_a_bottleneck_and_songs_too_short_for_it_are_refused(song):
    for options in ({}, {"n_channels": 4, "start": "glorot"}):
        with pytest.raises(ParameterError, match="n_context must be 0 without a bottleneck"):
            StereoAutoencoder(n_context=2, **options).fit(song)
    with pytest.raises(ParameterError, match="n_context must be an int within 0 to 8; got 9"):
        StereoAutoencoder(n_channels=4, n_context=9).fit(song)
    model = StereoAutoencoder(n_channels=4, n_context=3)
    assert model.shortest == 1024 + 2 * (8 + 8 * 7)
    with pytest.raises(ParameterError, match="n >= 1152"):
        model.fit(song[:1151])


def test_it_stops_when_asked(song):
    model = StereoAutoencoder().fit(song, on_progress=lambda event: event.done >= 2)
    assert len(model.losses_) == 2


@pytest.mark.parametrize(
    "samples", [np.zeros((5000, 2)), np.full((5000, 2), np.nan), np.ones((5000, 1)), np.ones((100, 2))]
)
def test_unusable_songs_are_refused(samples):
    with pytest.raises(ParameterError, match="samples must be"):
        StereoAutoencoder().fit(samples)


def test_wrong_parameters_and_no_song_are_refused(song):
    for wrong in ({"n_channels": 0}, {"start": "zeros"}, {"learning_rate": 2.0}, {"n_iterations": 0}):
        with pytest.raises(ParameterError, match=next(iter(wrong))):
            StereoAutoencoder(**wrong).fit(song)
    with pytest.raises(NotFittedError):
        StereoAutoencoder().encode(song)


def test_signal_to_noise_is_what_it_says(song):
    assert snr_db(song, song * 0.9) == pytest.approx(20, abs=1e-3)
    assert snr_db(song, song) == 150
    assert np.isnan(snr_db(np.zeros(3), np.ones(3)))
    assert all(v == pytest.approx(20, abs=1e-2) for v in snr_by_band(song, song * 0.9, 22_050).values())


def test_a_linear_code_of_full_rate_is_exact(song):
    assert snr_db(song[:29_952], block_pca(song[:29_952], 64, 32)) > 100
    assert snr_db(song[:29_952], block_pca(song[:29_952], 4, 32)) < 40


def test_a_training_that_was_stopped_goes_on_to_the_same_bytes(song, tmp_path):
    def options():
        return StereoAutoencoder(n_channels=8, n_iterations=6, batch_size=4)

    whole = options().fit(song)
    checkpoint = Checkpoint(tmp_path / "t.safetensors")

    def stop(event):
        if event.done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        options().fit(song, checkpoint=checkpoint, on_progress=stop)
    steps = []
    resumed = options().fit(song, checkpoint=checkpoint, on_progress=lambda event: steps.append(event.done))
    assert steps == [4, 5, 6]
    for name in ("losses_", "frames_", "sample_"):
        np.testing.assert_array_equal(getattr(resumed, name), getattr(whole, name))
    np.testing.assert_array_equal(resumed.encode(song), whole.encode(song))
    other = options().set_params(n_iterations=7)
    assert len(other.fit(song, checkpoint=checkpoint).losses_) == 7  # of other parameters: afresh
    assert other.frames_.shape[0] == 8
