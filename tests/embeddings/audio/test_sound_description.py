"""Sounds as numbers: what one hears, in the right units, for any length, rate and number of channels."""

import numpy as np
import pytest
import soundfile

from bandscape.core.errors import ParameterError, SourceError
from bandscape.embeddings.audio import SpectralAutoencoder, compress
from bandscape.embeddings.audio.features.description import mfcc as mfcc_rows
from bandscape.embeddings.audio.files import reading
from bandscape.embeddings.audio.sounds import sound_description, spectral_autoencoder
from bandscape.embeddings.audio.sounds.sound_description import SoundSettings, code_sound, describe_sound
from bandscape.embeddings.audio.sounds.sound_words import name_sound_groups

RATE = 22_050


@pytest.fixture
def write(tmp_path):
    def write(samples, rate=RATE, name="x.wav"):
        soundfile.write(tmp_path / name, samples, rate, subtype="FLOAT")
        return tmp_path / name

    return write


def sine(hz, seconds=0.5, level=0.5):
    return level * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)


def test_descriptors_are_those_of_a_known_sound(write, rng):
    tone = describe_sound(write(sine(1000, level=1.0))).descriptors
    assert tone["brightness_hz"] == pytest.approx(1000, abs=30)
    assert tone["loudness_db"] == pytest.approx(-3.0, abs=0.3)
    assert tone["duration_s"] == 0.5
    assert -60 <= tone["noisiness_db"] < -40
    noise = describe_sound(write(0.1 * rng.standard_normal(RATE))).descriptors
    assert noise["noisiness_db"] == pytest.approx(-2.5, abs=0.4)
    assert noise["loudness_db"] == pytest.approx(-20.0, abs=0.3)
    swell = sine(500, 1.0) * np.linspace(0, 1, RATE)
    assert describe_sound(write(swell)).descriptors["attack_s"] == pytest.approx(0.9, abs=0.08)


@pytest.mark.parametrize(("n_samples", "rate"), [(1, 44_100), (88, 44_100), (8000, 8000), (100_001, 48_000)])
def test_the_length_is_that_of_the_file(write, n_samples, rate):
    sound = describe_sound(write(np.full(n_samples, 0.1), rate), n_frames=0)
    assert sound.descriptors["duration_s"] == n_samples / rate


@pytest.mark.parametrize("hz", [60, 440, 5000])
def test_a_steady_tone_begins_at_once(write, hz):
    wobbling = sine(hz, 1.5) * (1.0 + 0.02 * sine(3, 1.5, level=1.0))
    assert describe_sound(write(wobbling)).descriptors["attack_s"] < 0.03


def test_noise_of_a_lower_rate_is_as_noisy(write, rng):
    low = describe_sound(write(0.1 * rng.standard_normal(8000), 8000)).descriptors["noisiness_db"]
    assert low == pytest.approx(-2.5, abs=0.6)


def test_mfcc_means_are_those_of_the_features_without_the_level(write):
    from bandscape.embeddings.audio.features.description import FeatureSettings

    signal = (sine(700) + sine(2900, level=0.2)).astype(np.float32)
    rows = mfcc_rows(signal, FeatureSettings(hop=256, n_mfcc=13))[:, 1:]
    thirds = describe_sound(write(signal)).mfcc.reshape(6, 12)[3:]
    assert thirds[1] == pytest.approx(rows[len(rows) // 3 + 1 : 2 * len(rows) // 3].mean(axis=0), abs=0.6)


def test_cuts_between_pieces_change_nothing(write, rng, monkeypatch):
    path = write(rng.uniform(-0.5, 0.5, 30_000) * np.linspace(1, 0, 30_000))
    whole = describe_sound(path, n_frames=8)
    monkeypatch.setattr("bandscape.embeddings.audio.sounds.sound_description.CHUNK_FRAMES", 777)
    cut = describe_sound(path, n_frames=8)
    assert cut.mfcc == pytest.approx(whole.mfcc, abs=1e-3)
    assert (cut.outline == whole.outline).all()
    assert cut.frames.shape == whole.frames.shape == (8, 513)
    assert reading.CHUNK_FRAMES > 777


def test_frames_to_learn_from_are_few_spread_and_not_silent(write):
    signal = np.concatenate([sine(400, 1.0), np.zeros(3 * RATE)])
    frames = describe_sound(write(signal), n_frames=16).frames
    assert 8 <= len(frames) <= 16
    assert (frames.max(axis=1) > 0).all()
    assert (np.abs(frames[:-1].argmax(axis=1) - 400 * 1024 / RATE) < 1.5).all()


@pytest.mark.parametrize("samples", [np.zeros(1), np.zeros(5000), np.array([0.7]), np.ones(100) * 0.2])
def test_silence_and_single_samples_have_finite_numbers(write, samples):
    path = write(samples)
    sound = describe_sound(path)
    assert np.isfinite([*sound.descriptors.values(), *sound.mfcc]).all()
    model = SpectralAutoencoder(n_codes=4, depth=0, n_iterations=2).fit(np.full((30, 513), 0.4, np.float32))
    assert np.isfinite(code_sound(path, model)).all()


def test_eight_channels_and_high_rates_sound_as_one(write):
    mono = describe_sound(write(sine(440))).mfcc
    eight = describe_sound(write(np.repeat(sine(440)[:, None], 8, axis=1), name="8.wav")).mfcc
    assert eight == pytest.approx(mono, abs=1e-3)


def test_codes_are_statistics_of_the_codes_of_frames(write, rng):
    from bandscape.embeddings.audio.features.framing import FrameStream, magnitudes
    from bandscape.embeddings.audio.features.temporal import temporal_statistics

    signal = rng.uniform(-0.3, 0.3, 6000).astype(np.float32)
    model = SpectralAutoencoder(n_codes=4, depth=1, n_iterations=3)
    model.fit(rng.uniform(0, 1, (50, 513)).astype(np.float32))
    stream = FrameStream(1024, 256)
    spectra = magnitudes(np.concatenate([stream.push(signal), stream.finish()]))
    expected = temporal_statistics(model.transform(compress(spectra)), np.sqrt((spectra**2).sum(1)))
    assert code_sound(write(signal), model) == pytest.approx(expected, abs=1e-4)


def fading_noise(rng, seconds):
    signal = rng.uniform(-0.5, 0.5, 22_050) * np.exp(-np.arange(22_050) / 22_050 / seconds)
    return signal.astype(np.float32)


def test_codes_say_how_a_sound_dies_away_but_not_how_loud_it_is(write, rng):
    model = SpectralAutoencoder(n_codes=2, depth=0, n_iterations=60)
    short, long = (write(fading_noise(rng, seconds), name=f"{seconds}.wav") for seconds in (0.05, 0.5))
    frames = np.concatenate([describe_sound(path).frames for path in (short, long)])
    model.fit(frames)
    assert frames.max(axis=1).min() < 128 < frames.max()
    codes = {path: code_sound(path, model) for path in (short, long)}
    assert np.abs(codes[short] - codes[long]).max() > 1
    softer = write(0.25 * fading_noise(np.random.default_rng(3), 0.2), name="softer.wav")
    as_loud = write(fading_noise(np.random.default_rng(3), 0.2), name="as_loud.wav")
    assert code_sound(softer, model) == pytest.approx(code_sound(as_loud, model), abs=0.05)


def test_a_long_sound_that_is_read_twice_has_the_codes_of_one_that_is_held(write, rng, monkeypatch):
    model = SpectralAutoencoder(n_codes=3, depth=1, n_iterations=3)
    model.fit(rng.uniform(0, 1, (50, 513)).astype(np.float32))
    path = write(fading_noise(rng, 0.3))
    held = code_sound(path, model)
    monkeypatch.setattr(sound_description, "_HELD", 10)
    np.testing.assert_array_equal(code_sound(path, model), held)


def test_a_model_of_levels_below_each_frames_loudest_is_refused(tmp_path, rng, monkeypatch):
    monkeypatch.setattr(spectral_autoencoder, "_LEVELS", None)
    SpectralAutoencoder(n_codes=2, depth=0, n_iterations=2).fit(
        rng.uniform(0, 1, (30, 513)).astype(np.float32)
    ).save(tmp_path / "m")
    monkeypatch.undo()
    with pytest.raises(ParameterError, match=r"earlier version.*learn it again"):
        SpectralAutoencoder.load(tmp_path / "m")


def test_files_without_samples_and_bad_settings_are_said(write):
    with pytest.raises(SourceError, match="holds no samples"):
        describe_sound(write(np.zeros(0)))
    with pytest.raises(ParameterError, match="n_fft"):
        describe_sound(write(np.zeros(9)), SoundSettings(n_fft=100))


def test_groups_are_named_by_what_sets_them_apart():
    descriptors = {
        "brightness_hz": np.array([100, 110, 5000, 5100.0]),
        "noisiness_db": np.array([-3, -15, -14, -4.0]),
    }
    assert name_sound_groups([0, 0, 1, 1], descriptors) == ["dark", "bright"]
    assert name_sound_groups([0, 1], {"brightness_hz": np.zeros(2)}) == ["middling", "middling (2)"]
    assert (
        name_sound_groups([], descriptors | {"brightness_hz": np.zeros(0), "noisiness_db": np.zeros(0)}) == []
    )


def test_only_noise_is_called_noisy():
    groups = [0, 0, 1, 1]
    tones, hisses = np.array([-58, -57, -41, -40.0]), np.array([-15, -14, -3, -2.0])
    assert name_sound_groups(groups, {"noisiness_db": tones}) == ["tonal", "middling"]
    assert name_sound_groups(groups, {"noisiness_db": hisses}) == ["middling", "noisy"]


def test_groups_called_alike_are_told_apart_by_something_else():
    brightness = np.array([100, 101, 102, 103, 5000, 5001, 5002, 5003.0])
    length = np.array([0.1, 0.2, 2.0, 2.1, 1.0, 1.0, 1.0, 1.0])
    groups = [0, 0, 1, 1, 2, 2, 3, 3]
    alone = name_sound_groups(groups, {"brightness_hz": brightness})
    assert alone == ["very dark", "dark", "bright", "very bright"]
    named = name_sound_groups(groups, {"brightness_hz": brightness, "duration_s": length})
    assert [set(name.split(", ")) for name in named] == [
        {"dark", "short"}, {"dark", "long"}, {"bright"}, {"very bright"},
    ]  # fmt: skip


def test_a_word_that_tells_namesakes_apart_is_true_of_its_group():
    """Of two dark groups that are long, one a little more, neither is called short."""
    brightness = np.array([1, 1, 2, 2, 90, 90, 91, 91.0])
    length = np.array([2.0, 1.0, 2.1, 1.4, 1.2, 1.2, 1.2, 1.3])
    named = name_sound_groups([0, 0, 1, 1, 2, 2, 2, 2], {"brightness_hz": brightness, "duration_s": length})
    assert len(set(named)) == 3
    rank = np.argsort(np.argsort(length, kind="stable"))
    for name, rows in zip(named, ([0, 1], [2, 3], [4, 5, 6, 7]), strict=True):
        middle = rank[rows].mean() - rank.mean()
        assert "short" not in name or middle < 0
        assert "long" not in name or middle > 0
