"""SDR and SI-SDR against their definitions and mir_eval; masks; perfect masks."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bandscape.core.errors import ParameterError
from bandscape.embeddings.audio.features.short_time import stft
from bandscape.embeddings.audio.separation.masks import apply_masks, ideal_binary_mask, ideal_ratio_mask
from bandscape.embeddings.audio.separation.quality import (
    best_order,
    score_separation,
    sdr_db,
    si_sdr_db,
)


def make_sources(rng, n=12_000, count=2):
    t = np.arange(n) / 8000
    tones = [
        np.sin(2 * np.pi * f * t) * (1 + np.sin(2 * np.pi * 3 * t + f)) for f in (300, 900, 2100)[:count]
    ]
    return np.stack(tones) * 0.2 + 0.01 * rng.standard_normal((count, n))


def test_sdr_is_that_of_mir_eval(rng):
    import mir_eval

    sources = make_sources(rng)
    mixed = np.array([[1.0, 0.2], [0.3, 0.8]]) @ sources
    estimates = np.apply_along_axis(np.convolve, 1, mixed, [0.8, 0.3, -0.1])[:, :12_000]
    estimates += 0.01 * rng.standard_normal(estimates.shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # mir_eval announces the end of this module
        theirs, _, _, order = mir_eval.separation.bss_eval_sources(sources, estimates[::-1])
    assert best_order(sources, estimates[::-1]).tolist() == list(order) == [1, 0]
    ours = [sdr_db(s, e) for s, e in zip(sources, estimates, strict=True)]
    np.testing.assert_allclose(ours, theirs, atol=0.01)


def test_si_sdr_is_its_definition_and_sdr_with_one_tap(rng):
    clean, noise = rng.standard_normal((2, 4000))
    heard = 0.7 * clean + 0.2 * noise
    scaled = (heard @ clean) / (clean @ clean) * clean
    wanted = 10 * np.log10((scaled @ scaled) / ((heard - scaled) @ (heard - scaled)))
    assert si_sdr_db(clean, heard) == pytest.approx(wanted, abs=1e-6)
    assert sdr_db(clean, heard, n_taps=1) == si_sdr_db(clean, heard)
    assert sdr_db(clean, heard) >= si_sdr_db(clean, heard)


@settings(max_examples=20)
@given(gain=st.floats(1e-3, 1e3), seed=st.integers(0, 50))
def test_a_gain_changes_neither_ratio(gain, seed):
    clean, noise = np.random.default_rng(seed).standard_normal((2, 2000))
    for ratio in (si_sdr_db, sdr_db):
        assert ratio(clean, gain * (clean + noise)) == pytest.approx(ratio(clean, clean + noise), abs=1e-4)


def test_silence_has_no_ratio_and_an_exact_copy_the_highest(rng):
    clean = rng.standard_normal(3000)
    assert np.isnan(sdr_db(np.zeros(3000), clean))
    assert sdr_db(clean, np.zeros(3000)) == -150
    assert si_sdr_db(clean, clean) > 100
    with pytest.raises(ParameterError, match="two mono signals of one length"):
        sdr_db(clean, clean[:-1])


def test_perfect_masks_divide_the_mixture_and_separate_it(rng):
    sources = make_sources(rng, count=3)
    spectra = stft(sources, 256)
    for mask in (ideal_binary_mask(spectra), ideal_ratio_mask(spectra)):
        np.testing.assert_allclose(mask.sum(axis=0), 1, atol=1e-5)
        parts = apply_masks(sources.sum(axis=0), mask)
        np.testing.assert_allclose(parts.sum(axis=0), sources.sum(axis=0), atol=1e-4)
        assert min(si_sdr_db(s, p) for s, p in zip(sources, parts, strict=True)) > 10


def test_channels_are_masked_alike(rng):
    sources = make_sources(rng)
    mask = ideal_ratio_mask(stft(sources, 256))
    mixture = sources.sum(axis=0)
    parts = apply_masks(np.stack([mixture, 0.5 * mixture], axis=1), mask)
    assert parts.shape == (2, 12_000, 2)
    np.testing.assert_allclose(parts[..., 1], 0.5 * parts[..., 0], atol=1e-5)


def test_a_score_finds_the_order_and_measures_the_gain_over_the_mixture(rng):
    sources = make_sources(rng)
    good = sources[::-1] + 0.1 * sources
    score = score_separation(sources, good)
    assert score.order == (1, 0)
    assert score.si_sdr_db == pytest.approx(20, abs=1)
    assert score.si_sdr_gain_db == pytest.approx(score.si_sdr_db - 0, abs=1)
    assert score_separation(sources, np.stack([sources.sum(axis=0)] * 2)).si_sdr_gain_db == pytest.approx(0)
    assert score.binary_gain_db > 15
    with pytest.raises(ParameterError, match="at least as many"):
        score_separation(sources, good[:1])
    with pytest.raises(ParameterError, match="not be silent"):
        score_separation(np.stack([sources[0], 0 * sources[0]]), good)
