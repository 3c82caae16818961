"""Deep clustering, on sounds that a tiny network learns to separate."""

import json
import shutil

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from bandscape.core.checkpoints import Checkpoint
from bandscape.core.errors import ChecksumError, FormatVersionError, ParameterError, SourceError
from bandscape.embeddings.audio.separation.deep_clustering import DeepClustering
from bandscape.embeddings.audio.separation.source_mixing import SourcePool
from bandscape.embeddings.audio.separation.trial import try_separation
from bandscape.embeddings.audio.separation.windows import separate

from .separable import RATE, TINY, bursts, make_pool, trained


@pytest.fixture(scope="module")
def model():
    return trained()


def test_it_separates_sounds_it_never_heard_and_says_what_perfect_masks_reach(model):
    trial = try_separation(model, make_pool(seed=50), n_mixtures=5, duration_s=1.5)
    facts = trial.facts()
    assert facts["si_sdr_gain_db"] > 10
    assert facts["si_sdr_gain_db"] < facts["binary_gain_db"] + 0.5
    assert facts["share_of_binary"] > 0.6
    assert facts["mixtures"] == 5


def test_the_loss_falls_and_embeddings_are_of_unit_length(model, rng):
    assert model.losses_[-10:].mean() < 0.4 * model.losses_[0]
    rows = model.embed(rng.uniform(size=(23, model.n_fft // 2 + 1)))
    assert rows.shape == (23, model.n_fft // 2 + 1, 6)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=2), 1, atol=1e-4)


def test_the_level_of_a_mixture_does_not_matter(model):
    sound = bursts(100, 600, 9, 1.0) + bursts(1000, 1900, 8, 1.0)
    loud, quiet = separate(model, sound, 2), separate(model, sound * 0.01, 2)
    np.testing.assert_allclose(quiet * 100, loud, atol=1e-3)


def test_the_same_seed_learns_the_same_and_another_seed_another():
    one, two, other = (trained(3), trained(3), trained(3, random_state=1))
    for first, second in zip(one._network.get_weights(), two._network.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)
    assert not np.allclose(one.losses_, other.losses_)


def test_a_training_that_is_stopped_goes_on_to_the_same_bytes(tmp_path):
    whole = trained(8)

    def stop(event):
        if event.done >= 5:
            raise KeyboardInterrupt

    checkpoint = Checkpoint(tmp_path / "c", every_s=1e9)
    parameters = TINY | {"n_iterations": 8}
    with pytest.raises(KeyboardInterrupt):
        DeepClustering(**parameters).fit(make_pool(), checkpoint=checkpoint, on_progress=stop)
    seen = []
    again = DeepClustering(**parameters).fit(
        make_pool(), checkpoint=checkpoint, on_progress=lambda event: seen.append(event.done)
    )
    assert seen == [6, 7, 8]
    np.testing.assert_array_equal(again.losses_, whole.losses_)
    for first, second in zip(again._network.get_weights(), whole._network.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_checkpoint_of_other_sounds_or_parameters_is_not_gone_on_from(tmp_path):
    checkpoint = Checkpoint(tmp_path / "c", every_s=0)
    DeepClustering(**TINY, n_iterations=2).fit(make_pool(), checkpoint=checkpoint)
    for pool, parameters in ((make_pool(seed=9), {}), (make_pool(), {"random_state": 3})):
        seen = []
        model = DeepClustering(**TINY, n_iterations=2, **parameters)
        model.fit(pool, checkpoint=checkpoint, on_progress=lambda event, seen=seen: seen.append(event.done))
        assert seen[0] == 1


def test_a_listener_can_end_the_training_and_the_model_is_usable():
    model = DeepClustering(**TINY, n_iterations=50).fit(
        make_pool(), on_progress=lambda event: event.done >= 2
    )
    assert len(model.losses_) == 2
    assert np.isfinite(separate(model, bursts(100, 1900, 1, 0.5), 2)).all()


def test_a_saved_model_separates_alike_and_holds_no_pickle(model, tmp_path):
    model.save(tmp_path / "m")
    assert {f.name for f in (tmp_path / "m").iterdir()} == {
        "config.json",
        "arrays.safetensors",
        "manifest.json",
    }
    loaded = DeepClustering.load(tmp_path / "m")
    assert loaded.get_params() | {"random_state": 0} == model.get_params()
    assert loaded.classes_ == ["high", "low"]
    sound = bursts(100, 1900, 4, 1.0)
    np.testing.assert_array_equal(separate(loaded, sound, 2), separate(model, sound, 2))


def test_the_length_of_a_frame_is_the_models_and_a_model_that_names_none_has_32_ms(model, tmp_path):
    from bandscape.core.artifacts import load_artifact, save_artifact

    longer = trained(60, frame_ms=64, segment_frames=20)
    assert (model.n_fft, longer.n_fft, longer.hop) == (128, 256, 64)
    longer.save(tmp_path / "longer")
    assert DeepClustering.load(tmp_path / "longer").n_fft == 256
    facts = try_separation(longer, make_pool(seed=50), n_mixtures=3, duration_s=1.5).facts()
    assert facts["si_sdr_gain_db"] > 8
    with pytest.raises(ParameterError, match="frame_ms must be that of the model to start from, 32; got 64"):
        DeepClustering(**TINY, frame_ms=64).fit(make_pool(), start=model)
    model.save(tmp_path / "old")
    found = load_artifact(tmp_path / "old", "deep-clustering")
    config = {name: value for name, value in found.config.items() if name != "frame_ms"}
    save_artifact(tmp_path / "old", "deep-clustering", config=config, arrays=found.arrays)
    assert DeepClustering.load(tmp_path / "old").n_fft == model.n_fft


def test_folders_that_hold_no_whole_model_are_refused(model, tmp_path):
    model.save(tmp_path / "m")
    with pytest.raises(SourceError, match="no deep-clustering is saved there"):
        DeepClustering.load(tmp_path / "none")
    for name, damage, kind in (
        ("cut", lambda f: (f / "arrays.safetensors").write_bytes(b"x" * 50), ChecksumError),
        ("gone", lambda f: (f / "config.json").unlink(), ChecksumError),
        ("text", lambda f: (f / "manifest.json").write_text("{"), ChecksumError),
        ("new", lambda f: rewrite(f / "manifest.json", format=99), FormatVersionError),
        ("kind", lambda f: rewrite(f / "manifest.json", kind="keyword-lda"), ParameterError),
    ):
        shutil.copytree(tmp_path / "m", tmp_path / name)
        damage(tmp_path / name)
        with pytest.raises(kind, match=name):
            DeepClustering.load(tmp_path / name)


def test_a_model_that_fits_its_sums_but_not_its_network_is_refused(model, tmp_path):
    from bandscape.core.artifacts import load_artifact, save_artifact

    model.save(tmp_path / "m")
    found = load_artifact(tmp_path / "m", "deep-clustering")
    arrays = dict(found.arrays)
    del arrays["weight_000"]
    save_artifact(tmp_path / "m", "deep-clustering", config=found.config, arrays=arrays)
    with pytest.raises(ChecksumError, match="no whole model"):
        DeepClustering.load(tmp_path / "m")
    save_artifact(tmp_path / "m", "deep-clustering", config=found.config | {"dim": "x"}, arrays=found.arrays)
    with pytest.raises(ChecksumError, match="no whole model"):
        DeepClustering.load(tmp_path / "m")


def rewrite(path, **values):
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_wrong_parameters_are_refused_before_anything_is_learnt():
    pool = make_pool()
    wrong = [
        {"dim": 1}, {"n_units": 0}, {"n_layers": True}, {"max_sources": 1}, {"n_iterations": 0}, {"batch_size": 1.5},
        {"segment_frames": 2}, {"sample_rate_hz": 100}, {"learning_rate": 1.0}, {"speed_range": 0.9},
        {"frame_ms": 7}, {"frame_ms": 257},
    ]  # fmt: skip
    for one in wrong:
        with pytest.raises(ParameterError, match=next(iter(one))):
            DeepClustering(**(TINY | one)).fit(pool)
    with pytest.raises(ParameterError, match="8000 Hz, the model's rate; got 4000 Hz"):
        DeepClustering(**(TINY | {"sample_rate_hz": 8000})).fit(pool)
    with pytest.raises(ParameterError, match="max_sources = 3 classes; got 2"):
        DeepClustering(**(TINY | {"max_sources": 3})).fit(pool)


def test_it_is_an_estimator_and_says_when_it_has_learnt_nothing():
    model = clone(DeepClustering(dim=5))
    assert model.get_params()["dim"] == 5
    with pytest.raises(NotFittedError):
        model.embed(np.zeros((3, 129)))


def test_three_sources_are_learnt_from_where_they_are_asked_for():
    sounds = {
        name: [bursts(low, low + 250, at)]
        for at, (name, low) in enumerate({"a": 100, "b": 700, "c": 1500}.items())
    }
    model = DeepClustering(**(TINY | {"max_sources": 3, "n_iterations": 60})).fit(SourcePool.of(sounds, RATE))
    trial = try_separation(model, SourcePool.of(sounds, RATE), n_mixtures=3, n_sources=3, duration_s=1.0)
    assert trial.mean("si_sdr_gain_db") > 6


def test_learning_goes_on_from_a_model_of_the_same_form_only(model):
    again = DeepClustering(**TINY, n_iterations=2).fit(make_pool(seed=20), start=model)
    assert again.losses_[0] < 0.6 * model.losses_[0]
    with pytest.raises(ParameterError, match="n_units must be that of the model to start from, 12; got 13"):
        DeepClustering(**(TINY | {"n_units": 13})).fit(make_pool(), start=model)
