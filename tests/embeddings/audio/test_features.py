"""Features: the same numbers as librosa's, however the sound is cut."""

import sys

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from bandscape.core.errors import ParameterError
from bandscape.embeddings.audio import (
    FeatureSettings,
    FeatureStream,
    deltas,
    describe_audio,
    describe_signal,
    feature_names,
    log_mel,
    mel_filters,
    mfcc,
)


@pytest.fixture
def signal(rng):
    t = np.arange(22_050) / 22_050
    return (0.3 * np.sin(2 * np.pi * 440 * t**1.5) + 0.05 * rng.standard_normal(len(t))).astype(np.float32)


@pytest.mark.parametrize("scale", ["slaney", "htk"])
def test_filters_are_those_of_librosa(scale):
    librosa = pytest.importorskip("librosa")
    theirs = librosa.filters.mel(sr=22_050, n_fft=1024, n_mels=64, htk=scale == "htk")
    np.testing.assert_allclose(mel_filters(22_050, 1024, 64, scale=scale), theirs, atol=1e-7)


@pytest.mark.parametrize("scale", ["slaney", "htk"])
def test_log_mel_mfcc_and_deltas_are_those_of_librosa(signal, scale):
    librosa = pytest.importorskip("librosa")
    s = FeatureSettings(mel_scale=scale)
    power = librosa.feature.melspectrogram(
        y=signal, sr=22_050, n_fft=1024, hop_length=512, n_mels=64, htk=scale == "htk", pad_mode="constant"
    )
    decibels = librosa.power_to_db(power, top_db=None)
    np.testing.assert_allclose(log_mel(signal, s), decibels.T, atol=0.01)
    cepstra = librosa.feature.mfcc(S=decibels, n_mfcc=20).T
    np.testing.assert_allclose(mfcc(signal, s), cepstra, atol=0.01)
    np.testing.assert_allclose(deltas(cepstra), librosa.feature.delta(cepstra, axis=0), atol=1e-4)


@settings(max_examples=25)
@given(st.lists(st.integers(0, 90_000), max_size=4), st.integers(0, 200_000))
def test_the_vector_does_not_depend_on_the_cuts(sizes, length):
    samples = np.random.default_rng(length).uniform(-0.5, 0.5, length).astype(np.float32)
    stream, start = FeatureStream(), 0
    for size in sizes:
        stream.push(samples[start : start + size])
        start += size
    stream.push(samples[start:])
    np.testing.assert_array_equal(stream.finish(), describe_signal(samples))


def test_the_stream_is_the_statistics_of_the_whole(signal):
    vector = dict(zip(feature_names(), describe_signal(signal), strict=True))
    cepstra = mfcc(signal)
    assert vector["mfcc_03_mean"] == pytest.approx(cepstra[:, 3].mean(), abs=1e-3)
    assert vector["mfcc_03_max"] == pytest.approx(cepstra[:, 3].max(), abs=1e-3)
    assert vector["delta_05_std"] == pytest.approx(deltas(cepstra)[:, 5].std(), abs=1e-4)
    assert vector["mel_07_std"] == pytest.approx(log_mel(signal)[:, 7].std(), abs=1e-3)


def test_a_file_gives_the_same_vector_at_any_chunk_size(tmp_path, signal):
    soundfile.write(tmp_path / "x.wav", np.stack([signal, -0.5 * signal], 1), 44_100)
    first = describe_audio(tmp_path / "x.wav").vector
    for size in (100, 12_345):
        again = describe_audio(tmp_path / "x.wav", chunk_frames=size).vector
        np.testing.assert_array_equal(again, first)


@pytest.mark.parametrize("samples", [np.zeros(50_000), np.ones(1), np.zeros(0), np.ones(3000)])
def test_silence_and_single_samples_have_finite_vectors(samples):
    assert np.isfinite(describe_signal(samples.astype(np.float32))).all()


def test_settings_out_of_range_are_refused():
    for wrong in ({"mel_scale": "bark"}, {"n_fft": 7}, {"n_mfcc": 99}, {"sample_rate_hz": 10}):
        with pytest.raises(ParameterError):
            describe_signal(np.zeros(100, np.float32), FeatureSettings(**wrong))


@pytest.mark.slow
def test_ten_hours_are_read_in_bounded_memory(tmp_path):
    psutil = pytest.importorskip("psutil")
    if sys.platform != "linux":
        pytest.skip("needs sparse files")
    path, n = tmp_path / "long.wav", 10 * 3600 * 8000
    soundfile.write(path, np.zeros(1, np.int16), 8000)
    head = bytearray(path.read_bytes()[:44])
    head[4:8], head[40:44] = (36 + 2 * n).to_bytes(4, "little"), (2 * n).to_bytes(4, "little")
    path.write_bytes(bytes(head))
    with path.open("r+b") as file:
        file.truncate(44 + 2 * n)
    before = psutil.Process().memory_info().rss
    described = describe_audio(path, FeatureSettings(sample_rate_hz=8000))
    assert described.duration_s == 36_000
    assert psutil.Process().memory_info().rss - before < 200e6


@pytest.mark.parametrize(
    ("name", "samples", "peak", "warning"),
    [
        ("one", np.array([[0.5]]), 0.5, "only 1 sample, less than a frame"),
        ("silence", np.zeros((44_100, 1)), 0.0, "silent"),
        ("canceling", 0.5 * np.outer(np.sin(np.arange(44_100) / 9), [1, -1]), 0.5, "its channels cancel"),
        ("click", np.eye(1, 44_100, 20_000).T * 0.5, 0.5, None),
    ],
)
def test_the_peak_is_the_files_and_odd_signals_are_flagged(tmp_path, name, samples, peak, warning):
    soundfile.write(tmp_path / f"{name}.wav", samples, 44_100, subtype="FLOAT")
    found = describe_audio(tmp_path / f"{name}.wav")
    assert found.peak == pytest.approx(peak, abs=1e-3)
    assert found.warning == warning if warning is None else found.warning.startswith(warning)
    assert np.isfinite(found.vector).all()
