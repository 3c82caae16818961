"""The spectral autoencoder: a few learned numbers in the place of the 513 magnitudes of a spectrum.

Magnitudes are log-compressed first: decibels below the loudest bin of the sound, cut at -80 and brought to 0 to 1, so
that a sound and the same sound played softer have the same codes, and how it dies away is in them. A network may
stretch its codes as it likes; they are turned and scaled afterwards so that distances between codes follow those
between the spectra they restore, as far as a linear map can. Public names: :class:`SpectralAutoencoder`,
:func:`compress`.

References
----------
G. Roma, O. Green, P. A. Tremblay: Adaptive mapping of sound collections for data-driven musical interfaces,
NIME 2019.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import validate_data
from threadpoolctl import threadpool_limits

from ....core.artifacts import load_artifact, save_artifact
from ....core.checkpoints import fingerprint
from ....core.errors import ParameterError
from ....core.progress import ProgressCallback, report
from ....core.randomness import RandomState, as_seed
from .spectral_network import layer_sizes, run_dense, start_dense, train_dense

_REACH_DB = 80.0
_SILENCE = 1e-5  # magnitude below which a bin is silent whatever the frame holds
_KIND = "spectral-autoencoder"
_OPTIONS = ("n_codes", "depth", "n_iterations", "batch_size", "learning_rate")
_LEVELS = "below the loudest of the sound"
_EVENTS = 50


def compress(magnitudes: ArrayLike, loudest: float | None = None) -> NDArray[np.float32]:
    """Return log-compressed spectra, 1 at the loudest bin, 0 where 80 dB below it.

    Parameters
    ----------
    magnitudes : array of shape (n_frames, n_bins), >= 0
    loudest : float, optional
        Magnitude of the loudest bin of the sound that these frames are of; without it these are all its frames.

    Returns
    -------
    ndarray of shape (n_frames, n_bins), float32, 0 to 1
        All zero for a silent sound.
    """
    values = np.maximum(np.asarray(magnitudes, np.float32), _SILENCE)
    top = max(float(values.max(initial=0.0)) if loudest is None else loudest, _SILENCE)
    if top <= _SILENCE:
        return np.zeros_like(values)
    levels = 1.0 + (20.0 / _REACH_DB) * np.log10(values / np.float32(top))
    return np.clip(levels, 0.0, 1.0).astype(np.float32)


class SpectralAutoencoder(TransformerMixin, BaseEstimator):
    """Learn a few codes for compressed spectra.

    Parameters
    ----------
    n_codes : int
    depth : int, >= 0
        Hidden layers between spectrum and codes, and as many on the way back; 0 is a linear code (PCA's, learnt).
    n_iterations, batch_size : int
    learning_rate : float
        At the start; it falls to zero on half a cosine.
    random_state : None, int, Generator or RandomState

    Attributes
    ----------
    weights_ : list of ndarray, float32
        Kernel and bias of each layer, encoder first.
    losses_ : ndarray of shape (n_iterations,)
    error_db_ : float
        Root mean square error of the restored levels, in decibels, over the frames learnt from (at most 20,000).
    seconds_ : float
    """

    def __init__(
        self,
        *,
        n_codes: int = 12,
        depth: int = 3,
        n_iterations: int = 3000,
        batch_size: int = 256,
        learning_rate: float = 2e-3,
        random_state: RandomState = 0,
    ) -> None:
        self.n_codes = n_codes
        self.depth = depth
        self.n_iterations = n_iterations
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.random_state = random_state

    def fit(
        self,
        X: ArrayLike,
        y: object = None,  # noqa: ARG002
        *,
        on_progress: ProgressCallback | None = None,
    ) -> SpectralAutoencoder:
        """Learn from compressed spectra.

        Parameters
        ----------
        X : array of shape (n_frames, n_bins), 0 to 1
            As :func:`compress` gives them; uint8 is taken as 255 steps of the same range.
        y : ignored
        on_progress : callable, optional
            A true answer ends the training; the network is usable.

        Returns
        -------
        SpectralAutoencoder

        Raises
        ------
        ParameterError
            If a parameter is out of range, or ``X`` has another shape or holds numbers outside 0 to 1.
        """
        frames = self._check(X)
        rng = np.random.default_rng(as_seed(self.random_state))
        begun = time.perf_counter()
        losses: list[float] = []

        def tell(iteration: int, loss: float) -> bool:
            losses.append(loss)
            done = iteration + 1
            if done % _EVENTS and done < self.n_iterations:
                return False
            return report(on_progress, "learning spectra", done, self.n_iterations, "iterations", loss=loss)

        self.weights_ = train_dense(
            start_dense(layer_sizes(frames.shape[1], self.n_codes, self.depth), rng),
            lambda _: _as_levels(frames[rng.integers(0, len(frames), self.batch_size)]),
            np.ones(frames.shape[1], np.float32),
            n_iterations=self.n_iterations,
            learning_rate=self.learning_rate,
            on_iteration=tell,
        )
        self.losses_, self.seconds_ = np.array(losses), time.perf_counter() - begun
        self._settle(_as_levels(frames[:: max(1, len(frames) // 20_000)]))
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.float32]:
        """Return the codes of compressed spectra, shape (n_frames, n_codes), float32.

        Parameters
        ----------
        X : array of shape (n_frames, n_bins)

        Raises
        ------
        ParameterError
            If it has other columns than those learnt from, or holds what is no number.
        """
        self._check_fitted()
        levels = _as_levels(self._check_frames(X, reset=False))
        with threadpool_limits(1, user_api="blas"):
            return self.codes_of(levels)

    def codes_of(self, levels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what :meth:`transform` does, of levels as float32, without checks.

        The threads of BLAS are left as they are: to set them costs more than a short sound, so callers do it once.
        """
        half = len(self.weights_) // 2
        return (run_dense(levels, self.weights_[:half]) - self._middle) @ self._turn

    def inverse_transform(self, codes: ArrayLike) -> NDArray[np.float32]:
        """Return the compressed spectra that codes stand for, shape (n_frames, n_bins), float32.

        Parameters
        ----------
        codes : array of shape (n_frames, n_codes)
        """
        self._check_fitted()
        half = len(self.weights_) // 2
        raw = (
            np.asarray(codes, np.float32) @ np.linalg.pinv(self._turn, rcond=1e-6).astype(np.float32)
            + self._middle
        )
        return run_dense(raw, self.weights_[half:])

    def fingerprint(self) -> str:
        """Return a digest of what decides the codes."""
        self._check_fitted()
        return fingerprint(*self.weights_, self._middle, self._turn)

    def save(self, directory: str | Path) -> None:
        """Save weights and parameters as a folder of JSON and safetensors."""
        self._check_fitted()
        arrays = {f"weight_{at:02d}": weight for at, weight in enumerate(self.weights_)}
        arrays |= {"middle": self._middle, "turn": self._turn}
        config = {name: getattr(self, name) for name in _OPTIONS}
        config |= {"error_db": self.error_db_, "levels": _LEVELS}
        save_artifact(directory, _KIND, config=config, arrays=arrays)

    @classmethod
    def load(cls, directory: str | Path) -> SpectralAutoencoder:
        """Load what :meth:`save` wrote; ``losses_`` and ``seconds_`` are not kept. TensorFlow is not needed.

        Raises
        ------
        ParameterError
            If it was learnt from levels of another kind, by an earlier version.
        """
        artifact = load_artifact(directory, _KIND)
        if artifact.config.get("levels") != _LEVELS:
            raise ParameterError(
                f"{directory}: was learnt by an earlier version, from levels below the loudest of each frame; now they"
                " are those below the loudest of the sound: learn it again"
            )
        model: Any = cls(**{name: artifact.config[name] for name in _OPTIONS})
        names = sorted(name for name in artifact.arrays if name.startswith("weight_"))
        model.weights_ = [artifact.arrays[name] for name in names]
        model.n_features_in_ = len(model.weights_[0])
        model._middle, model._turn = artifact.arrays["middle"], artifact.arrays["turn"]
        model.error_db_ = artifact.config["error_db"]
        return model

    # -- inner -----------------------------------------------------------------------------------------------

    def _check(self, X: ArrayLike) -> NDArray[np.float32] | NDArray[np.uint8]:
        for name, least in (("n_codes", 1), ("depth", 0), ("n_iterations", 1), ("batch_size", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise ParameterError(f"{name} must be an int >= {least}; got {value!r}")
        if not 0 < self.learning_rate < 1:
            raise ParameterError(f"learning_rate must be within 0 and 1; got {self.learning_rate!r}")
        frames = self._check_frames(X, reset=True)
        if frames.shape[1] <= self.n_codes:
            raise ParameterError(
                f"X must be (n_frames, n_bins) with frames, and more bins than n_codes={self.n_codes}; "
                f"got shape {frames.shape}, n_features={frames.shape[1]}"
            )
        if frames.dtype == np.uint8:
            return frames
        frames = frames.astype(np.float32)
        if not (np.isfinite(frames).all() and frames.min() >= 0 and frames.max() <= 1):
            raise ParameterError("X must hold levels within 0 to 1; compress() makes them of magnitudes")
        return frames

    def _check_frames(self, X: Any, *, reset: bool) -> Any:
        """Check shape and entries as scikit-learn does."""
        try:
            return validate_data(self, X, reset=reset)
        except ValueError as error:
            raise ParameterError(f"X cannot be used: {' '.join(str(error).split())}") from error

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []  # codes are float32
        return tags

    def _check_fitted(self) -> None:
        if not hasattr(self, "weights_"):
            raise NotFittedError("this SpectralAutoencoder has learnt nothing; call fit first")

    def _settle(self, levels: NDArray[np.float32]) -> None:
        """Find the error, and how codes are turned: by the root of A A', where A maps codes to restored spectra."""
        half = len(self.weights_) // 2
        with threadpool_limits(1, user_api="blas"):
            raw = run_dense(levels, self.weights_[:half])
            restored = run_dense(raw, self.weights_[half:])
        self.error_db_ = _REACH_DB * float(np.sqrt(np.square(restored - levels, dtype=np.float64).mean()))
        self._middle = raw.mean(axis=0)
        with threadpool_limits(1, user_api="blas"):
            linear = np.linalg.lstsq(
                (raw - self._middle).astype(np.float64), restored - restored.mean(axis=0), rcond=1e-6
            )[0]
            strength, axes = np.linalg.eigh(linear @ linear.T)
        strength, axes = strength[::-1], axes[:, ::-1]
        signs = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
        self._turn = (axes * signs * np.sqrt(np.maximum(strength, 0.0))).astype(np.float32)


def _as_levels(frames: NDArray) -> NDArray[np.float32]:
    return (
        frames.astype(np.float32) / np.float32(255) if frames.dtype == np.uint8 else frames.astype(np.float32)
    )
