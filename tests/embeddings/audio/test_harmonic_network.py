"""The network of deep clustering that looks for voices by their pitch."""

import numpy as np
import pytest

from bandscape.core.artifacts import load_artifact, save_artifact
from bandscape.core.checkpoints import Checkpoint
from bandscape.core.errors import ChecksumError, ParameterError
from bandscape.embeddings.audio.quiet_keras import import_keras
from bandscape.embeddings.audio.separation import harmonic_network
from bandscape.embeddings.audio.separation.deep_clustering import DeepClustering
from bandscape.embeddings.audio.separation.harmonic_network import (
    N_PITCHES,
    build_harmonic_network,
    pitch_combs,
)
from bandscape.embeddings.audio.separation.network import Trainer
from bandscape.embeddings.audio.separation.source_mixing import SourcePool
from bandscape.embeddings.audio.separation.trial import try_separation
from bandscape.embeddings.audio.separation.windows import separate

from .separable import RATE, TINY, make_pool

SMALL = TINY | {"network": "harmonic", "n_units": 8, "batch_size": 4, "frame_ms": 64, "segment_frames": 20}


def voice(pitch_hz, seed, seconds=4.0):
    """Sing notes around a pitch, with harmonics up to half the rate, sounding three times out of four."""
    rng, step = np.random.default_rng(seed), RATE // 4
    out, t = np.zeros(round(seconds * RATE), np.float32), np.arange(step) / RATE
    for start in range(0, len(out) - step, step):
        if rng.uniform() < 0.75:
            hz = pitch_hz * rng.uniform(0.94, 1.06)
            partials = np.arange(1, int(RATE / 2 / hz))
            tones = np.sin(2 * np.pi * hz * partials[:, None] * t) / np.sqrt(partials)[:, None]
            out[start : start + step] += tones.sum(axis=0) * np.hanning(step)
    return out * np.float32(0.1)


def voices(seed):
    sounds = {name: [voice(hz, seed + at) for at in (0, 1)] for name, hz in (("low", 110), ("high", 240))}
    return SourcePool.of(sounds, RATE)


def trained(n_iterations, **options):
    return DeepClustering(**(SMALL | {"n_iterations": n_iterations} | options)).fit(make_pool())


@pytest.fixture(scope="module")
def model():
    return trained(3)


def test_a_comb_is_high_at_the_harmonics_of_its_pitch_and_low_between_them():
    combs = pitch_combs(1025, 8000)  # bins of 3.9 Hz
    pitches = np.geomspace(70, 420, N_PITCHES)
    hz = np.linspace(0, 4000, 1025)
    for comb, pitch in zip(combs.T, pitches, strict=True):
        at, between = (np.abs(hz - pitch * (k + off)).argmin() for k, off in ((3, 0.0), (3, 0.5)))
        assert comb[at] > 0.5
        assert comb[between] < 0.01
        assert comb[hz < 0.4 * pitch].max() == 0


def test_the_comb_of_a_voice_answers_most():
    spectrum = np.zeros(513, np.float32)
    combs = pitch_combs(513, 8000)
    pitches = np.geomspace(70, 420, N_PITCHES)
    for pitch in pitches[[10, 24, 40]]:
        spectrum[:] = 0
        spectrum[np.round(np.arange(pitch, 3000, pitch) / (4000 / 512)).astype(int)] = 1
        weights = (combs - combs.mean(axis=0)) / np.linalg.norm(combs - combs.mean(axis=0), axis=0)
        assert pitches[(spectrum @ weights).argmax()] == pitch


def test_the_fused_normalization_is_that_of_keras_in_training_and_after(rng):
    keras = import_keras()
    cells = (3.0 + 2.0 * rng.standard_normal((4, 30, 20, 3))).astype(np.float32)
    layers = [
        kind(momentum=0.5)
        for kind in (harmonic_network._fused_normalization(), keras.layers.BatchNormalization)
    ]
    for training in (True, True, False):
        ours, theirs = (np.asarray(layer(cells, training=training)) for layer in layers)
        np.testing.assert_allclose(ours, theirs, atol=2e-3)
    for ours, theirs in zip(*(layer.get_weights() for layer in layers), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-3)


@pytest.mark.parametrize(("n_frames", "n_bins"), [(1, 17), (7, 65), (20, 129)])
def test_it_gives_each_cell_of_any_number_of_frames_a_vector_of_unit_length(rng, n_frames, n_bins):
    network = build_harmonic_network(n_bins, 5, 4, 2, 0, sample_rate_hz=8000)
    said = np.asarray(network(rng.standard_normal((2, n_frames, n_bins)).astype(np.float32)))
    assert said.shape == (2, n_frames * n_bins, 5)
    np.testing.assert_allclose(np.linalg.norm(said, axis=2), 1, atol=1e-4)


def test_every_weight_learns(rng):
    network = build_harmonic_network(65, 5, 4, 2, 0, sample_rate_hz=RATE)
    before = [value.numpy() for value in network.trainable_variables]
    trainer = Trainer(network, 2)
    for _ in range(2):  # the first step of a few waits for what another weight has learnt
        shown = rng.standard_normal((3, 12, 65)).astype(np.float32)
        trainer.step(shown, rng.integers(0, 2, shown.shape), np.ones(shown.shape, np.float32), 1e-3)
    still = [
        value.path
        for value, start in zip(network.trainable_variables, before, strict=True)
        if np.array_equal(value.numpy(), start)
    ]
    assert still == []


def test_it_learns_to_separate_two_voices_by_their_pitch():
    parameters = SMALL | {"n_units": 16, "batch_size": 8, "segment_frames": 32, "speed_range": 0.02}
    model = DeepClustering(**parameters, n_iterations=60).fit(voices(1))
    facts = try_separation(model, voices(31), n_mixtures=5, duration_s=2.0).facts()
    assert facts["si_sdr_gain_db"] > 4
    assert facts["si_sdr_gain_db"] < facts["binary_gain_db"] + 0.5


def test_the_same_seed_learns_the_same_and_another_seed_another(model):
    again, other = trained(3), trained(3, random_state=1)
    np.testing.assert_array_equal(again.losses_, model.losses_)
    for first, second in zip(again.weights(), model.weights(), strict=True):
        np.testing.assert_array_equal(first, second)
    assert not np.allclose(other.losses_, model.losses_)


def test_a_training_that_is_stopped_goes_on_to_the_same_bytes(tmp_path):
    whole = trained(6)
    whole.save(tmp_path / "whole")

    def stop(event):
        if event.done >= 3:
            raise KeyboardInterrupt

    checkpoint = Checkpoint(tmp_path / "c", every_s=1e9)
    with pytest.raises(KeyboardInterrupt):
        DeepClustering(**SMALL, n_iterations=6).fit(make_pool(), checkpoint=checkpoint, on_progress=stop)
    seen = []
    again = DeepClustering(**SMALL, n_iterations=6).fit(
        make_pool(), checkpoint=checkpoint, on_progress=lambda event: seen.append(event.done)
    )
    assert seen == [4, 5, 6]
    again.save(tmp_path / "again")
    files = [(tmp_path / name / "arrays.safetensors").read_bytes() for name in ("whole", "again")]
    assert files[0] == files[1]


def test_a_saved_model_separates_alike(model, tmp_path):
    model.save(tmp_path / "m")
    loaded = DeepClustering.load(tmp_path / "m")
    assert loaded.get_params() == model.get_params()
    sound = voice(110, 4, 1.0) + voice(240, 5, 1.0)
    np.testing.assert_array_equal(separate(loaded, sound, 2), separate(model, sound, 2))


def test_weights_come_back_in_their_order_under_the_names_that_were_written_before(model, tmp_path):
    """Two digits as they were, so that weight_100 stood before weight_11, had there been so many."""
    model.save(tmp_path / "m")
    found = load_artifact(tmp_path / "m", "deep-clustering")
    old = {
        f"weight_{int(name[7:]):02d}" if name.startswith("weight_") else name: value
        for name, value in found.arrays.items()
    }
    save_artifact(tmp_path / "old", "deep-clustering", config=found.config, arrays=old)
    for first, second in zip(DeepClustering.load(tmp_path / "old").weights(), model.weights(), strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_folder_that_names_no_network_holds_lstms(tmp_path):
    lstms = DeepClustering(**TINY, n_iterations=2).fit(make_pool())
    lstms.save(tmp_path / "m")
    found = load_artifact(tmp_path / "m", "deep-clustering")
    assert found.config["network"] == "blstm"
    config = {name: value for name, value in found.config.items() if name != "network"}
    save_artifact(tmp_path / "m", "deep-clustering", config=config, arrays=found.arrays)
    loaded = DeepClustering.load(tmp_path / "m")
    assert loaded.network == "blstm"
    save_artifact(tmp_path / "m", "deep-clustering", config=config | {"network": "harp"}, arrays=found.arrays)
    with pytest.raises(ChecksumError, match=r"no whole model .network must be one of blstm, harmonic"):
        DeepClustering.load(tmp_path / "m")


def test_networks_that_do_not_exist_or_do_not_fit_are_refused(model):
    with pytest.raises(ParameterError, match="network must be one of blstm, harmonic; got 'harp'"):
        DeepClustering(**(SMALL | {"network": "harp"})).fit(make_pool())
    with pytest.raises(ParameterError, match="network must be that of the model to start from, harmonic"):
        DeepClustering(**(SMALL | {"network": "blstm"})).fit(make_pool(), start=model)
