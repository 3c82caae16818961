"""The spectral autoencoder: learns, repeats itself, is saved and loaded, and says what it cannot take."""

import subprocess
import sys

import numpy as np
import pytest
from scipy.special import expit
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import check_estimator

from bandscape.core.errors import ParameterError
from bandscape.embeddings.audio import SpectralAutoencoder, compress
from bandscape.embeddings.audio.sounds.spectral_network import layer_sizes, run_dense, start_dense


@pytest.fixture(scope="module")
def levels():
    """Make spectra that lie on a curved surface of two dimensions."""
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(600, 2))
    raw = np.tanh(2 * hidden @ rng.normal(size=(2, 40))) + 0.02 * rng.normal(size=(600, 40))
    return ((raw - raw.min()) / np.ptp(raw)).astype(np.float32)


@pytest.fixture(scope="module")
def model(levels):
    options = {"n_codes": 2, "depth": 2, "n_iterations": 800, "batch_size": 64, "learning_rate": 0.02}
    return SpectralAutoencoder(**options).fit(levels)


def test_compression_is_decibels_below_the_loudest_bin():
    spectra = np.array([[1.0, 0.1, 1e-9], [0, 0, 0], [0.01, 0.001, 0.0]])
    assert compress(spectra) == pytest.approx(np.array([[1, 0.75, 0], [0, 0, 0], [0.5, 0.25, 0]]), abs=1e-6)
    assert compress(spectra[2:], 1.0) == pytest.approx(compress(spectra)[2:], abs=1e-6)
    assert compress(spectra[2:])[0, 0] == 1
    assert not compress(np.zeros((2, 3))).any()


def test_the_codes_of_a_louder_sound_are_the_same(rng):
    spectra = rng.uniform(0.01, 1, (5, 30))
    assert compress(spectra) == pytest.approx(compress(0.3 * spectra), abs=1e-6)


def test_a_curved_surface_is_restored_better_than_by_pca(levels, model):
    restored = model.inverse_transform(model.transform(levels))
    centered = levels - levels.mean(0)
    _, _, axes = np.linalg.svd(centered, full_matrices=False)
    linear = centered @ axes[:2].T @ axes[:2]
    assert np.square(restored - levels).mean() < 0.6 * np.square(linear - centered).mean()
    assert model.error_db_ == pytest.approx(80 * np.sqrt(np.square(restored - levels).mean()), rel=1e-3)
    assert model.losses_[-1] < model.losses_[0]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(levels, model):
    params = model.get_params()
    again = SpectralAutoencoder(**params).fit(levels)
    assert all((a == b).all() for a, b in zip(model.weights_, again.weights_, strict=True))
    assert (model.transform(levels) == again.transform(levels)).all()
    other = SpectralAutoencoder(**params | {"random_state": 1, "n_iterations": 2}).fit(levels)
    assert (other.weights_[0] != model.weights_[0]).any()


def test_a_saved_model_codes_the_same_without_tensorflow(levels, model, tmp_path):
    model.save(tmp_path / "model")
    np.save(tmp_path / "levels.npy", levels)
    script = f"""
import sys, numpy as np
from bandscape.embeddings.audio import SpectralAutoencoder
model = SpectralAutoencoder.load({str(tmp_path / "model")!r})
np.save({str(tmp_path / "codes.npy")!r}, model.transform(np.load({str(tmp_path / "levels.npy")!r})))
assert "tensorflow" not in sys.modules and "keras" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=300)
    assert (np.load(tmp_path / "codes.npy") == model.transform(levels)).all()
    assert SpectralAutoencoder.load(tmp_path / "model").fingerprint() == model.fingerprint()


def test_depth_and_codes_decide_the_layers_and_zero_depth_is_linear():
    assert layer_sizes(513, 12, 2) == [513, 147, 42, 12]
    assert layer_sizes(513, 12, 0) == [513, 12]
    weights = start_dense([6, 2], np.random.default_rng(0))
    rows = np.random.default_rng(1).normal(size=(4, 6)).astype(np.float32)
    assert run_dense(rows, weights[:2]) == pytest.approx(rows @ weights[0], abs=1e-6)


def test_bytes_stand_for_levels(levels, model):
    in_steps = np.rint(255 * levels).astype(np.uint8)
    assert model.transform(in_steps) == pytest.approx(model.transform(in_steps / np.float32(255)), abs=1e-5)


def test_training_that_is_stopped_is_usable(levels):
    model = SpectralAutoencoder(n_codes=2, depth=0, n_iterations=500)
    model.fit(levels, on_progress=lambda event: event.done >= 100)
    assert len(model.losses_) == 100
    assert np.isfinite(model.transform(levels)).all()


def test_a_constant_collection_has_finite_codes():
    model = SpectralAutoencoder(n_codes=2, depth=1, n_iterations=5).fit(np.full((20, 30), 0.5, np.float32))
    assert np.isfinite(model.transform(np.zeros((3, 30), np.float32))).all()


@pytest.mark.parametrize(
    ("options", "frames", "said"),
    [
        ({"n_codes": 0}, np.zeros((4, 20)), "n_codes must be an int >= 1"),
        ({"depth": -1}, np.zeros((4, 20)), "depth must be an int >= 0"),
        ({"learning_rate": 2.0}, np.zeros((4, 20)), "learning_rate"),
        ({}, np.zeros((0, 20)), "0 sample"),
        ({}, np.zeros((4, 12)), "more bins than n_codes"),
        ({}, np.full((4, 20), np.nan), "contains NaN"),
        ({}, np.full((4, 20), 3.0), "within 0 to 1"),
    ],
)
def test_what_it_cannot_take_is_said(options, frames, said):
    with pytest.raises(ParameterError, match=said):
        SpectralAutoencoder(**options).fit(frames)


def test_another_width_and_an_untrained_model_are_refused(model):
    with pytest.raises(ParameterError, match="expecting 40 features"):
        model.transform(np.zeros((2, 39), np.float32))
    with pytest.raises(NotFittedError):
        SpectralAutoencoder().transform(np.zeros((2, 40)))


class OfAnyNumbers(SpectralAutoencoder):
    """Brings what it gets to 0 to 1, where the estimator would refuse it: scikit-learn's checks are of any numbers."""

    def _check_frames(self, X, *, reset):
        return expit(super()._check_frames(X, reset=reset))


UNEQUAL_SUMS = {
    "check_methods_sample_order_invariance": "float32 products of other shapes differ in the last bit",
    "check_methods_subset_invariance": "float32 products of other shapes differ in the last bit",
}


@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_contract_holds():
    estimator = OfAnyNumbers(n_codes=1, depth=0, n_iterations=2)
    results = check_estimator(estimator, expected_failed_checks=UNEQUAL_SUMS, on_fail=None, on_skip=None)
    failed = {one["check_name"]: one["exception"] for one in results if one["status"] == "failed"}
    assert failed == {}
    assert sum(one["status"] == "passed" for one in results) > 40
