"""Short-time spectra and the way back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandscape.embeddings.audio.features.framing import FrameStream, magnitudes
from bandscape.embeddings.audio.features.short_time import frame_length, istft, stft


@settings(max_examples=25)
@given(n_samples=st.integers(1, 900), channels=st.integers(1, 3), seed=st.integers(0, 99))
def test_the_way_back_returns_the_signal(n_samples, channels, seed):
    sound = np.random.default_rng(seed).standard_normal((channels, n_samples)).astype(np.float32)
    back = istft(stft(sound, 64), n_samples)
    np.testing.assert_allclose(back, sound, atol=2e-5)


def test_it_agrees_with_librosa_and_with_the_frames_of_the_features(rng):
    import librosa

    sound = rng.standard_normal(5000).astype(np.float32)
    ours = stft(sound, 256)
    theirs = librosa.stft(sound, n_fft=256, hop_length=64, window="hann", center=True, pad_mode="constant")
    np.testing.assert_allclose(ours, theirs.T, atol=1e-4)
    frames = FrameStream(256, 64)
    spectra = np.concatenate([magnitudes(frames.push(sound)), magnitudes(frames.finish())])
    np.testing.assert_allclose(np.abs(ours), spectra, atol=1e-4)


@pytest.mark.parametrize("rate", [4000, 8000, 11_025, 22_050, 44_100, 48_000])
def test_a_frame_is_32_ms_and_four_steps(rate):
    assert frame_length(rate) % 4 == 0
    assert frame_length(rate) / rate == pytest.approx(0.032, rel=0.02)
