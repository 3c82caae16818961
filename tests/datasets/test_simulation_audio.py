"""Synthesized clips are sound files whose timbre follows from where the artist stands, and from nothing else."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bandscape.core.errors import ParameterError
from bandscape.core.progress import Progress
from bandscape.datasets.simulation.audio import TIMBRE_RANGES, scale_timbre, synthesize, timbre_of
from bandscape.datasets.simulation.simulate import AudioSettings, SimulatedCorpus, simulate

RATE = 22_050
PLAIN = {"tempo_bpm": 120.0, "root_hz": 110.0, "rolloff": 1.5, "detune": 0.004, "attack_s": 0.01}
PLAIN |= {"noise": 0.0, "drums": 0.0, "width": 0.3}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> SimulatedCorpus:
    return simulate(tmp_path_factory.mktemp("sound"), n_reviews=150, n_artists=120, audio=True)


@pytest.fixture(scope="module")
def clips(corpus: SimulatedCorpus) -> pd.DataFrame:
    return corpus.truth.table("audio").to_pandas()


def make(seed: int = 0, **changes: float) -> np.ndarray:
    return synthesize(PLAIN | changes, AudioSettings(), np.random.default_rng(seed))


def spectrum(clip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    power = np.abs(np.fft.rfft(clip.mean(axis=1))) ** 2
    return np.fft.rfftfreq(len(clip), 1 / RATE), power / power.sum()


# -- one clip ------------------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(
    places=st.lists(st.floats(0, 1), min_size=len(TIMBRE_RANGES), max_size=len(TIMBRE_RANGES)),
    duration_s=st.sampled_from([0.1, 0.5, 2.0]),
    rate=st.sampled_from([8000, 22_050, 48_000]),
)
def test_every_timbre_makes_a_clean_clip(places: list[float], duration_s: float, rate: int) -> None:
    how = AudioSettings(duration_s=duration_s, sample_rate_hz=rate)
    clip = synthesize(scale_timbre(np.array(places)), how, np.random.default_rng(0))
    assert clip.shape == (round(duration_s * rate), 2)
    assert clip.dtype == np.float32
    assert np.isfinite(clip).all()
    assert np.abs(clip).max() == pytest.approx(0.8, abs=1e-3)
    assert (clip[0] == 0).all()
    assert (clip[-1] == 0).all()
    assert np.abs(clip[: rate // 500]).max() < 0.25  # faded, no click


def test_a_flatter_rolloff_sounds_brighter() -> None:
    def centroid(rolloff: float) -> float:
        frequency, power = spectrum(make(rolloff=rolloff))
        return float(frequency @ power)

    assert centroid(0.7) > 2 * centroid(1.5) > 3 * centroid(2.4) / 2


def test_the_root_is_the_lowest_pitch() -> None:
    for root_hz in (82.0, 165.0, 330.0):
        frequency, power = spectrum(make(root_hz=root_hz, detune=0.0))
        assert power[frequency < 0.85 * root_hz].sum() < 0.03
        assert power[(frequency > 0.95 * root_hz) & (frequency < 2.5 * root_hz)].sum() > 0.5


def test_noise_fills_the_gaps_between_harmonics() -> None:
    def floor(noise: float) -> float:
        _, power = spectrum(make(noise=noise))
        return float(np.median(power))

    assert floor(0.35) > 30 * floor(0.0)


def test_drums_beat_at_the_tempo() -> None:
    for tempo_bpm in (80.0, 120.0, 160.0):
        low = np.abs(make(tempo_bpm=tempo_bpm, drums=0.9, root_hz=330.0).mean(axis=1))
        envelope = np.convolve(low, np.ones(441) / 441, "same")
        envelope -= envelope.mean()
        correlation = np.fft.irfft(np.abs(np.fft.rfft(envelope, 2 * len(envelope))) ** 2)
        beat = RATE * 60 / tempo_bpm
        lags = np.arange(int(0.8 * beat), int(1.2 * beat))
        assert lags[correlation[lags].argmax()] == pytest.approx(beat, rel=0.03)


def test_width_is_the_share_of_the_side_signal() -> None:
    def side(width: float) -> float:
        clip = make(width=width, noise=0.2)
        return float(np.std(clip[:, 0] - clip[:, 1]) / np.std(clip.sum(axis=1)))

    assert side(0.0) == pytest.approx(0.0, abs=1e-6)
    assert side(0.9) > 2 * side(0.4) > 0.1


def test_a_slow_attack_delays_the_peak_of_a_note() -> None:
    def peak_s(attack_s: float) -> float:
        clip = np.abs(make(attack_s=attack_s, root_hz=330.0, detune=0.0).mean(axis=1))
        envelope = np.convolve(clip, np.ones(300) / 300, "same")
        step = round(RATE / 4)  # half a beat at 120 per minute
        notes = envelope[step : 7 * step].reshape(6, step)  # the first note is faded in
        return float(notes.argmax(axis=1).mean() / RATE)

    assert peak_s(0.004) < 0.03
    assert peak_s(0.12) == pytest.approx(0.12, abs=0.03)


# -- the mapping ---------------------------------------------------------------------------------------------------


def test_timbre_is_the_documented_function_of_position(clips: pd.DataFrame, corpus: SimulatedCorpus) -> None:
    places = timbre_of(corpus.truth.positions, corpus.truth.config["settings"]["seed"])
    assert places.shape == (120, len(TIMBRE_RANGES))
    for place, name in enumerate(TIMBRE_RANGES):
        mean = clips.groupby("artist_id")[name].mean()
        expected = np.array([scale_timbre(row)[name] for row in places])
        assert np.corrcoef(mean[corpus.truth.artists["artist_id"]], expected)[0, 1] > 0.97
        assert clips[name].std() > 0.1 * abs(TIMBRE_RANGES[name][1] - TIMBRE_RANGES[name][0])
        assert places[:, place].std() > 0.15


def measured(corpus: SimulatedCorpus, clips: pd.DataFrame) -> np.ndarray:
    """Measure each artist's sound by what a listener could: band energies, their change, and the side signal."""
    rows = []
    for path in clips.drop_duplicates("artist_id")["path"]:
        sound, _ = soundfile.read(corpus.directory / path)
        frames = np.lib.stride_tricks.sliding_window_view(sound.mean(axis=1), 1024)[::512] * np.hanning(1024)
        power = np.abs(np.fft.rfft(frames, axis=1)) ** 2
        edges = np.unique(np.geomspace(1, power.shape[1] - 1, 25).astype(int))
        bands = np.log(np.add.reduceat(power, edges, axis=1) + 1e-4)
        side = np.log(np.std(sound[:, 0] - sound[:, 1]) + 1e-3)
        rows.append([*bands.mean(axis=0), *bands.std(axis=0), 3 * side])
    features = np.array(rows)
    return (features - features.mean(axis=0)) / features.std(axis=0)


def test_artists_that_are_alike_sound_alike(corpus: SimulatedCorpus, clips: pd.DataFrame, rng) -> None:
    features, positions = measured(corpus, clips), corpus.truth.positions
    one, other = np.triu_indices(len(positions), 1)

    def distances(points: np.ndarray) -> np.ndarray:
        return np.linalg.norm(points[one] - points[other], axis=1)

    agreement = stats.spearmanr(distances(features), distances(positions)).statistic
    by_chance = stats.spearmanr(distances(rng.permutation(features)), distances(positions)).statistic
    assert agreement > 0.25
    assert abs(by_chance) < 0.1


# -- files ---------------------------------------------------------------------------------------------------------


def test_files_are_what_the_truth_says(corpus: SimulatedCorpus, clips: pd.DataFrame) -> None:
    assert len(clips) == 240
    assert set(clips["artist_id"]) == set(corpus.truth.artists["artist_id"])
    on_disk = {str(path.relative_to(corpus.directory)) for path in corpus.directory.rglob("*.flac")}
    assert on_disk == set(clips["path"])
    assert clips["path"][0] == "audio/a000001/1.flac"
    for row in clips.head(20).itertuples():
        sound, rate = soundfile.read(corpus.directory / row.path)
        assert (rate, sound.shape) == (row.sample_rate_hz, (44_100, 2))
        assert np.isfinite(sound).all()
        assert np.abs(sound).max() < 1.0


def test_clips_of_an_artist_are_alike_but_not_the_same(corpus: SimulatedCorpus, clips: pd.DataFrame) -> None:
    sounds = [soundfile.read(corpus.directory / path)[0] for path in clips["path"][:40]]
    digests = {hashlib.sha256(sound.tobytes()).hexdigest() for sound in sounds}
    assert len(digests) == 40
    within = clips.groupby("artist_id")["root_hz"].std().mean()
    assert 0 < within < 0.3 * clips["root_hz"].std()


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_the_same_seed_gives_the_same_bytes_for_any_number_of_processes(tmp_path: Path, n_jobs: int) -> None:
    how = AudioSettings(clips_per_artist=1, duration_s=0.3, sample_rate_hz=8000)
    first = simulate(tmp_path / "first", n_reviews=12, n_artists=10, audio=how)
    second = simulate(tmp_path / "second", n_reviews=12, n_artists=10, audio=how, n_jobs=n_jobs)
    files = sorted(path.relative_to(first.directory) for path in first.directory.rglob("*.*"))
    assert sum(path.suffix == ".flac" for path in files) == 10
    for path in files:
        assert (first.directory / path).read_bytes() == (second.directory / path).read_bytes(), path


def test_stopping_keeps_the_clips_written_so_far(tmp_path: Path) -> None:
    def stop_at_third_artist(progress: Progress) -> bool:
        return progress.stage == "synthesizing clips" and progress.done == 3

    how = AudioSettings(duration_s=0.2)
    corpus = simulate(tmp_path, n_reviews=12, n_artists=10, audio=how, on_progress=stop_at_third_artist)
    assert not corpus.complete
    assert corpus.n_reviews == 12
    assert len(list((tmp_path / "audio").rglob("*.flac"))) == corpus.truth.table("audio").num_rows == 6


def test_a_corpus_without_sound_drops_the_clips_of_an_earlier_one(tmp_path: Path) -> None:
    simulate(tmp_path, n_reviews=4, n_artists=2, audio=AudioSettings(duration_s=0.2))
    simulate(tmp_path, n_reviews=4, n_artists=2)
    assert not (tmp_path / "audio").exists()


def test_a_folder_of_the_users_own_sounds_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "audio").mkdir()
    (tmp_path / "audio" / "mine.wav").write_bytes(b"mine")
    simulate(tmp_path, n_reviews=4, n_artists=2)
    with pytest.raises(ParameterError, match=r"audio was not made by simulate and would be lost"):
        simulate(tmp_path, n_reviews=4, n_artists=2, audio=True)
    assert (tmp_path / "audio" / "mine.wav").read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("how", "message"),
    [
        (AudioSettings(clips_per_artist=0), "clips_per_artist must be within 1 to 1000; got 0"),
        (AudioSettings(duration_s=float("nan")), "duration_s must be within 0.1 to 3600; got nan"),
        (AudioSettings(sample_rate_hz=1), "sample_rate_hz must be within 8000 to 192000; got 1"),
    ],
)
def test_numbers_out_of_range_are_refused(tmp_path: Path, how: AudioSettings, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        simulate(tmp_path / "out", n_reviews=4, n_artists=2, audio=how)
    assert not (tmp_path / "out").exists()
