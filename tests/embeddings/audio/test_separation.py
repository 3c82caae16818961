"""Mixtures of any length, and how many sources they have."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bandscape.core.errors import ParameterError
from bandscape.embeddings.audio.files.sound_writer import SoundWriter
from bandscape.embeddings.audio.separation.quality import si_sdr_db
from bandscape.embeddings.audio.separation.windows import (
    UNCLEAR,
    Clarity,
    _windows,
    count_sources,
    separate,
    separate_pieces,
)

from .separable import RATE, bursts, trained


@pytest.fixture(scope="module")
def model():
    return trained(80)


@pytest.fixture(scope="module")
def sources():
    return np.stack([bursts(100, 600, 70, 14.0), bursts(1000, 1900, 71, 14.0)])


@settings(max_examples=60)
@given(
    lengths=st.lists(st.integers(1, 400), min_size=1, max_size=9),
    length=st.integers(8, 100),
    share=st.floats(0, 0.34),
)
@example(lengths=[1], length=8, share=0.25)  # all of it is shorter than an overlap
def test_windows_cover_a_signal_once_but_for_their_overlap(lengths, length, share):
    lap = int(share * length)
    signal = np.arange(sum(lengths), dtype=np.float32)[:, None]
    pieces = np.split(signal, np.cumsum(lengths)[:-1])
    windows = list(_windows(pieces, length, lap))
    assert [first for _, first, _ in windows] == [True] + [False] * (len(windows) - 1)
    assert [last for *_, last in windows] == [False] * (len(windows) - 1) + [True]
    joined = np.concatenate([window if first else window[lap:] for window, first, _ in windows])
    np.testing.assert_array_equal(joined, signal)
    assert all(len(window) <= 1.5 * length + lap for window, *_ in windows)
    assert all(len(window) > lap for window, first, _ in windows if not first)  # more than the overlap is new


@pytest.mark.parametrize("masks", ["soft", "hard"])
def test_sources_add_up_to_the_mixture_in_every_channel(model, sources, masks):
    mixture = np.stack([sources.sum(axis=0), 0.5 * sources[0] + sources[1]], axis=1)[:20_000]
    parts = separate(model, mixture, 2, masks=masks)
    assert parts.shape == (2, 20_000, 2)
    np.testing.assert_allclose(parts.sum(axis=0), mixture, atol=1e-4)


def test_a_source_keeps_its_place_through_all_windows(model, sources):
    mixture = sources.sum(axis=0)
    parts = np.concatenate(list(separate_pieces(model, [mixture[:, None]], 2, window_s=1.5)), axis=1)[..., 0]
    whole = [max(si_sdr_db(source, part) for part in parts) for source in sources]
    assert min(whole) > 8  # one exchanged window would cost more
    own = int(np.argmax([si_sdr_db(sources[0], part) for part in parts]))
    for start in range(0, mixture.size - 4000, 4000):
        stretch = slice(start, start + 4000)
        right, wrong = (si_sdr_db(sources[0, stretch], parts[at, stretch]) for at in (own, 1 - own))
        assert right > wrong


def test_the_result_does_not_depend_on_the_pieces_and_is_the_same_again(model, sources):
    mixture = sources.sum(axis=0)[:, None]
    whole = np.concatenate(list(separate_pieces(model, [mixture], 2, window_s=2)), axis=1)
    pieces = np.concatenate(list(separate_pieces(model, np.split(mixture, 50), 2, window_s=2)), axis=1)
    np.testing.assert_array_equal(pieces, whole)


def test_a_silent_stretch_stays_silent_and_sources_find_their_place_behind_it(model, sources):
    quiet = sources.copy()
    quiet[:, 12_000:40_000] = 0
    parts = np.concatenate(list(separate_pieces(model, [quiet.sum(axis=0)[:, None]], 2, window_s=1)), axis=1)[
        ..., 0
    ]
    assert np.isfinite(parts).all()
    assert np.abs(parts[:, 16_000:36_000]).max() < 1e-6
    own = int(np.argmax([si_sdr_db(quiet[0, :12_000], part[:12_000]) for part in parts]))
    assert si_sdr_db(quiet[0, 40_000:], parts[own, 40_000:]) > 5


def test_the_number_of_sources_is_estimated(model, sources):
    both, silence = sources.sum(axis=0)[:, None], np.zeros((9000, 1), np.float32)
    assert count_sources(model, [both]) == 2
    assert count_sources(model, [sources[0][:, None]]) == 1
    assert count_sources(model, [silence, both, silence]) == 2
    assert count_sources(model, [silence]) == 0


@pytest.mark.parametrize("n", [1, 3])
def test_one_source_is_the_mixture_and_more_than_learnt_add_up_too(model, sources, n):
    mixture = sources.sum(axis=0)[:8000]
    np.testing.assert_allclose(separate(model, mixture, n).sum(axis=0), mixture, atol=1e-4)


def test_clarity_is_how_far_cells_belong_to_one_source(model, sources):
    known = Clarity()
    assert known.value is None
    known.add(np.array([[1.0, 0.5], [0.0, 0.5]]), np.array([3.0, 1.0]))
    assert known.value == pytest.approx(0.75)
    known.add(np.full((4, 2), 0.25), np.array([2.0, 2.0]))
    assert known.value == pytest.approx(0.375)
    both, one, soft, hard = sources.sum(axis=0), *(Clarity() for _ in range(3))
    separate(model, both, 1, clarity=one)
    assert one.value is None
    separate(model, both, 2, clarity=soft)
    separate(model, both, 2, masks="hard", clarity=hard)
    assert hard.value == soft.value
    assert UNCLEAR < soft.value < 1


def test_what_cannot_be_separated_is_refused(model):
    sound = np.ones(4000, np.float32)
    for wrong in (0, 7, 2.5):
        with pytest.raises(ParameterError, match="within 1 to 6 for this model"):
            separate(model, sound, wrong)
    with pytest.raises(ParameterError, match="masks must be one of soft, hard"):
        separate(model, sound, 2, masks="fuzzy")
    with pytest.raises(ParameterError, match="n >= 128, one frame"):
        separate(model, sound[:127], 2)
    with pytest.raises(ParameterError, match="window_s"):
        next(separate_pieces(model, [sound[:, None]], 2, window_s=0))


def test_clicks_with_fewer_cells_than_sources_and_silence_are_finite(model):
    click = np.zeros((3000, 1), np.float32)
    for sound in (click, click + 0, np.ones((128, 1), np.float32) * 1e-3):
        parts = np.concatenate(list(separate_pieces(model, [sound], 3)), axis=1)
        np.testing.assert_allclose(parts.sum(axis=0), sound, atol=1e-6)


def test_sound_written_in_pieces_is_what_was_written(tmp_path, rng):
    import soundfile

    sound = rng.uniform(-1.2, 1.2, (5000, 2))
    with SoundWriter(tmp_path / "a.wav", RATE, 2) as writer:
        for piece in np.split(sound, 5):
            writer.write(piece)
    read, rate = soundfile.read(tmp_path / "a.wav")
    assert rate == RATE
    np.testing.assert_allclose(read, sound.clip(-1, 1), atol=2e-4)
    with pytest.raises(ParameterError, match=r"\.wav or \.flac; got 'a.mp3'"):
        SoundWriter(tmp_path / "a.mp3", RATE, 1)
