"""Patches, variety, words, probes and retrieval: the parts of the content network that need no network."""

import itertools

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from bandscape.core.errors import ParameterError, SourceError
from bandscape.embeddings.audio.content.augmentation import Variety, plain, vary
from bandscape.embeddings.audio.content.mel_patches import (
    PatchSettings,
    cut_patches,
    hear_sound,
    relative_patch,
    stream_patches,
)
from bandscape.embeddings.audio.content.quality import probe_label, retrieve_label
from bandscape.embeddings.audio.content.words import KnownValues, Vocabulary, without_text, words_of
from bandscape.embeddings.audio.features.description import log_mel
from bandscape.embeddings.audio.sounds.label_neighbors import commonest_share


@settings(max_examples=60)
@given(n_frames=st.integers(1, 90), length=st.integers(16, 30), cuts=st.lists(st.integers(0, 90), max_size=6))
def test_patches_are_those_of_the_whole_however_it_is_cut(n_frames, length, cuts):
    rows = np.random.default_rng(n_frames).uniform(-60, 0, (n_frames, 3)).astype(np.float32)
    edges = sorted({0, n_frames, *(cut for cut in cuts if cut < n_frames)})
    pieces = [rows[a:b] for a, b in itertools.pairwise(edges)]
    starts = list(range(0, max(n_frames - length, 0) + 1, length // 2))
    if n_frames > length and starts[-1] + length < n_frames:
        starts.append(n_frames - length)
    found = list(cut_patches(pieces, length))
    assert len(found) == len(starts)
    for start, patch in zip(starts, found, strict=True):
        assert patch.shape == (length, 3)
        part = rows[start : start + length]
        np.testing.assert_array_equal(patch[: len(part)], relative_patch(part))
        assert not patch[len(part) :].any()


def test_a_patch_is_relative_to_its_loudest_cell_and_silence_stays_silent():
    patch = relative_patch(np.array([[-20.0, -60.0], [-100.0, -99.0]]))
    np.testing.assert_allclose(patch, [[1.0, 0.5], [0.0, 0.0125]], atol=1e-6)
    assert not relative_patch(np.full((4, 3), -100.0)).any()


def test_a_sound_is_heard_as_the_log_mel_spectrum_and_a_file_without_sound_refused(tmp_path, rng):
    sound = rng.normal(0, 0.1, 8000).astype(np.float32)
    soundfile.write(tmp_path / "s.wav", sound, 8000, subtype="FLOAT")
    s = PatchSettings(8000, 16, 200)
    heard = hear_sound(tmp_path / "s.wav", s)
    wanted = relative_patch(log_mel(sound, s.features))
    np.testing.assert_allclose(heard.levels / 255.0, wanted, atol=0.003)
    (patch,) = stream_patches(tmp_path / "s.wav", s)
    np.testing.assert_allclose(patch[: len(wanted)], wanted, atol=1e-5)
    np.testing.assert_allclose(plain(heard.levels, 200), patch, atol=0.003)
    short = hear_sound(tmp_path / "s.wav", s, most_s=0.25)
    assert short.levels.shape == (25, 16)
    np.testing.assert_array_equal(short.statistics, heard.statistics)
    soundfile.write(tmp_path / "none.wav", np.zeros(0), 8000)
    with pytest.raises(SourceError, match=r"none\.wav"):
        hear_sound(tmp_path / "none.wav", s)


def test_settings_and_variety_out_of_range_are_refused():
    for wrong in ({"sample_rate_hz": 100}, {"n_mels": 4}, {"n_mels": 500}, {"patch_frames": 3}):
        with pytest.raises(ParameterError, match=next(iter(wrong))):
            PatchSettings(**wrong).check()
    for wrong in ({"speed": 0.9}, {"warp": -1}, {"tone_db": 99}, {"noise": 2}, {"masks": 9}):
        with pytest.raises(ParameterError, match=next(iter(wrong))):
            Variety(**wrong).check()


@settings(max_examples=40)
@given(n_frames=st.integers(1, 80), seed=st.integers(0, 1000), much=st.booleans())
def test_what_is_made_different_keeps_its_shape_and_range(n_frames, seed, much):
    rng = np.random.default_rng(seed)
    levels = rng.integers(0, 256, (n_frames, 12)).astype(np.uint8)
    variety = Variety(0.3, 0.3, 6.0, 0.5, 2) if much else Variety(0, 0, 0, 0, 0)
    patch = vary(levels, 30, variety, rng)
    assert patch.shape == (30, 12)
    assert patch.dtype == np.float32
    assert np.isfinite(patch).all()
    assert patch.min() >= 0
    assert patch.max() <= 1
    if not much and n_frames < 30:  # stands somewhere in the patch, unchanged but for its level
        assert np.count_nonzero(patch.any(axis=1)) <= n_frames
    assert not vary(np.zeros_like(levels), 30, variety, rng).any()


def test_words_are_counted_by_text_and_unknown_ones_left_out():
    texts = ["Loud loud drums", "quiet drums, loud", None, "solo"]
    vocabulary = Vocabulary.of(texts)
    assert vocabulary.words == ("drums", "loud")
    np.testing.assert_array_equal(
        vocabulary.encode(["drums unknown loud", None, "solo"]), [[2, 3], [1, 0], [1, 0]]
    )
    np.testing.assert_array_equal(without_text(vocabulary.encode(["drums loud"])), [[1, 0]])
    assert words_of("It's 1994; a NOISY rëcord") == ["it's", "noisy", "rëcord"]


def test_values_never_seen_are_absent_and_years_stand_together():
    years = KnownValues.of("year", ["1991", "1994", "2003", None])
    assert years.values == ("1990", "2000")
    np.testing.assert_array_equal(years.encode(["1992", "2001", "1950", None, "x"]), [1, 2, 0, 0, 0])
    genres = KnownValues.of("genre", ["rock", "7", ""])
    assert genres.values == ("7", "rock")


def test_average_precision_and_recall_are_those_of_the_definition(rng):
    rows = rng.normal(size=(30, 5))
    labels = [str(value) for value in rng.integers(0, 3, 30)]
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    found = retrieve_label(rows, labels, np.ones(30, bool))
    precision, recall = [], []
    for at in range(30):
        others = np.delete(np.arange(30), at)
        right = np.array([labels[other] == labels[at] for other in others])
        nearness = units[others] @ units[at]
        precision.append(average_precision_score(right, nearness))
        recall.append(right[np.argsort(-nearness)[:10]].sum() / right.sum())
    assert found["map"].value == pytest.approx(np.mean(precision))
    assert found["recall_at_10"].value == pytest.approx(np.mean(recall))
    assert found["map"].low < found["map"].value < found["map"].high


def test_sounds_of_the_own_group_are_no_answers():
    """Each artist's sounds lie together, apart from others of the genre: without them neighbors say nothing."""
    artists = np.repeat(np.arange(12), 4)
    genres = [str(artist % 2) for artist in artists]
    rows = np.eye(12)[artists] + np.random.default_rng(0).normal(0, 1e-3, (48, 12))
    with_own = retrieve_label(rows, genres, np.ones(48, bool))["recall_at_10"]
    without = retrieve_label(rows, genres, np.ones(48, bool), groups=artists.tolist())["map"]
    assert with_own.value > with_own.chance + 0.05
    assert abs(without.value - without.chance) < 0.15


def test_a_probe_reads_what_is_there_and_says_chance_where_nothing_is(rng):
    classes = rng.integers(0, 4, 200)
    labels = [str(one) for one in classes]
    unseen = np.arange(200) >= 120
    good = probe_label(np.eye(4)[classes] + rng.normal(0, 0.1, (200, 4)), labels, unseen)
    blind = probe_label(rng.normal(size=(200, 4)), labels, unseen)
    assert (good.value, good.how, good.n) == (1.0, "learnt", 80)
    assert abs(blind.value - 0.25) < 0.15
    new = [f"{'new' if late else 'old'} {one}" for late, one in zip(unseen, labels, strict=True)]
    assert probe_label(np.eye(4)[classes], new, unseen).how == "within"
    number = probe_label(np.eye(4)[classes], [float(one) for one in classes], unseen, kind="number")
    assert number.value > 0.99
    tags = [f"a|{one}" for one in labels]
    assert probe_label(np.eye(4)[classes], tags, unseen, kind="tags").value > 0.95
    assert np.isnan(probe_label(np.eye(4)[classes], [None] * 200, unseen).value)


def test_chance_is_never_below_the_best_constant_answer():
    """Where the commonest taught class is the rarest asked about, its score would be next to nothing."""
    labels = ["rare"] * 40 + ["a"] * 20 + ["b"] * 15 + ["rare"] * 2 + ["a"] * 20 + ["b"] * 18
    unseen = np.arange(len(labels)) >= 75
    nothing = np.zeros((len(labels), 2))
    found = probe_label(nothing, labels, unseen)
    assert (found.n, found.chance) == (40, 0.5)
    assert found.value == 2 / 40  # a probe that knows nothing says what it was taught most
    tags = [f"{one}|all" for one in labels]
    assert probe_label(nothing, tags, unseen, kind="tags").chance == pytest.approx(0.75)
    assert commonest_share(labels[75:]) == 0.5
