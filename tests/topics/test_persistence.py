"""Saved models and interrupted fits."""

import json

import numpy as np
import pandas as pd
import pytest

from bandscape.core import large_arrays
from bandscape.core.checkpoints import Checkpoint
from bandscape.core.errors import ChecksumError, SourceError
from bandscape.topics import KeywordLDA, StepAnnealing

WORDS = [f"w{at}" for at in range(20)]
TOPICS = [
    {"id": "a", "proportion": 0.4, "keywords": ["w1", {"w2": 3}, "gone"], "excluded": ["w9"]},
    {"id": "b", "proportion": 0.2, "frozen": True},
    {"id": "c", "proportion": 0.2, "count": 2},
]


def make_model(**options):
    base = {"topics": TOPICS, "frozen_topic_word": {"b": np.arange(20)}, "n_sweeps": 12, "n_samples": 5}
    return KeywordLDA(**(base | options))


def assert_same(first, second):
    for name in ("topic_word_", "components_", "doc_topic_", "topic_share_", "doc_prior_"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes(), name
    assert first.trace_.keys() == second.trace_.keys()
    for name in first.trace_:
        np.testing.assert_array_equal(first.trace_[name], second.trace_[name])
    assert first.topics_ == second.topics_
    assert first.keyword_report_ == second.keyword_report_
    assert first.vocabulary_.tolist() == second.vocabulary_.tolist()
    assert first.topic_ids_.tolist() == second.topic_ids_.tolist()
    assert (first.seed_, first.n_sweeps_, first.n_features_in_) == (
        second.seed_,
        second.n_sweeps_,
        second.n_features_in_,
    )


@pytest.mark.parametrize("sampler", ["auto", "sparse"])
@pytest.mark.parametrize("prior", ["classic", "proportional"])
def test_models_survive_a_folder(tmp_path, block_counts, prior, sampler):
    model = make_model(
        prior=prior, sampler=sampler, annealing=StepAnnealing(final=0.5), doc_topic_prior=[0.1, 0.2, 0.3, 0.4]
    )
    model.fit(block_counts, vocabulary=WORDS)
    model.save(tmp_path / "model")
    loaded = KeywordLDA.load(tmp_path / "model")
    assert_same(model, loaded)
    np.testing.assert_array_equal(loaded.transform(block_counts), model.transform(block_counts))
    assert loaded.perplexity(block_counts) == model.perplexity(block_counts)
    assert loaded.annealing == model.annealing
    assert loaded.sampler_ == model.sampler_ == ("exact" if sampler == "auto" else sampler)
    assert_same(loaded.fit(block_counts, vocabulary=WORDS), model)


def test_feature_names_survive_a_folder(tmp_path, block_counts):
    frame = pd.DataFrame(block_counts.toarray(), columns=WORDS)
    model = KeywordLDA(n_topics=3, n_sweeps=2, n_samples=1, random_state=np.random.default_rng(3)).fit(frame)
    model.save(tmp_path / "model")
    loaded = KeywordLDA.load(tmp_path / "model")
    assert loaded.feature_names_in_.tolist() == WORDS
    np.testing.assert_array_equal(loaded.transform(frame), model.transform(frame))
    assert_same(loaded.fit(frame), model)  # the generator is kept as the seed drawn from it


def test_folders_hold_no_pickle_and_are_verified(tmp_path, block_counts):
    folder = tmp_path / "model"
    KeywordLDA(n_topics=2, n_sweeps=2, n_samples=1).fit(block_counts).save(folder)
    assert {file.name for file in folder.iterdir()} == {
        "config.json",
        "arrays.safetensors",
        "vocabulary.parquet",
        "manifest.json",
    }
    config = json.loads((folder / "config.json").read_text())
    assert config["parameters"]["n_topics"] == 2
    arrays = folder / "arrays.safetensors"
    data = bytearray(arrays.read_bytes())
    data[-3] ^= 1
    arrays.write_bytes(bytes(data))
    with pytest.raises(ChecksumError):
        KeywordLDA.load(folder)
    with pytest.raises(SourceError):
        KeywordLDA.load(tmp_path / "nothing")


class CrashError(Exception):
    pass


def crash_at(sweep):
    def on_progress(event):
        if event.done == sweep:
            raise CrashError

    return on_progress


@pytest.mark.parametrize("sampler", ["exact", "dense", "sparse"])
@pytest.mark.parametrize("sweep", [1, 6, 9])
def test_interrupted_fits_resume_to_the_same_bytes(tmp_path, random_counts, sweep, sampler):
    options = {"n_topics": 9, "n_sweeps": 12, "n_samples": 5, "sampler": sampler}
    model = KeywordLDA(**options, n_jobs=2)
    expected = KeywordLDA(**options).fit(random_counts)
    checkpoint = Checkpoint(tmp_path / "chain.safetensors", every_s=0)
    with pytest.raises(CrashError):
        model.fit(random_counts, checkpoint=checkpoint, on_progress=crash_at(sweep + 1))
    assert checkpoint.path.exists()
    done = []
    model.fit(random_counts, checkpoint=checkpoint, on_progress=lambda event: done.append(event.done))
    assert done == list(range(sweep + 1, 13))
    assert_same(model, expected)
    assert not checkpoint.path.exists()


def test_mixtures_that_lie_in_a_file_are_the_same_bytes(tmp_path, random_counts, monkeypatch):
    options = {"n_topics": 9, "n_sweeps": 12, "n_samples": 5}
    expected = KeywordLDA(**options).fit(random_counts)
    monkeypatch.setattr(large_arrays, "MAPPED_BYTES", 1)
    checkpoint = Checkpoint(tmp_path / "chain.safetensors", every_s=0)
    with pytest.raises(CrashError):
        KeywordLDA(**options).fit(random_counts, checkpoint=checkpoint, on_progress=crash_at(10))
    model = KeywordLDA(**options).fit(random_counts, checkpoint=checkpoint)
    assert isinstance(model.doc_topic_.base.base, np.memmap)
    assert_same(model, expected)
    assert not any(tmp_path.iterdir())


def test_a_stopped_fit_leaves_a_checkpoint_to_go_on_from(tmp_path, random_counts):
    path = tmp_path / "chain.safetensors"
    model = KeywordLDA(n_topics=4, n_sweeps=8, n_samples=3)
    model.fit(random_counts, checkpoint=path, on_progress=lambda event: event.done == 4)
    assert model.n_sweeps_ == 4
    assert path.exists()
    model.fit(random_counts, checkpoint=path)
    assert_same(model, KeywordLDA(n_topics=4, n_sweeps=8, n_samples=3).fit(random_counts))


@pytest.mark.parametrize(
    "change",
    [{"random_state": 1}, {"doc_topic_prior": 0.2}, {"n_topics": 5}, {"n_sweeps": 9}, {"sampler": "sparse"}],
)
def test_checkpoints_of_other_fits_are_not_taken_up(tmp_path, random_counts, change):
    path = tmp_path / "chain.safetensors"
    options = {"n_topics": 4, "n_sweeps": 8, "n_samples": 3}
    KeywordLDA(**options).fit(random_counts, checkpoint=path, on_progress=lambda event: event.done == 4)
    done = []
    other = KeywordLDA(**(options | change))
    other.fit(random_counts, checkpoint=path, on_progress=lambda event: done.append(event.done))
    assert done[0] == 1
    assert_same(other, KeywordLDA(**(options | change)).fit(random_counts))


def test_checkpoints_of_other_counts_are_not_taken_up(tmp_path, random_counts):
    path = tmp_path / "chain.safetensors"
    model = KeywordLDA(n_topics=4, n_sweeps=8, n_samples=3)
    model.fit(random_counts, checkpoint=path, on_progress=lambda event: event.done == 4)
    done = []
    changed = random_counts.copy()
    changed.data[5] += 1
    model.fit(changed, checkpoint=path, on_progress=lambda event: done.append(event.done))
    assert done[0] == 1
