"""Deep clustering: a network gives each cell of a spectrogram a vector, and cells of one source come to lie together.

Learnt from mixtures of a user's own sounds that are made while it learns; what a source *is* (a speaker, an
instrument) is said only by the folders. Sources are found by clustering the vectors, so mixtures of sources that were
never heard can be separated, and of more sources than it learnt with. Public names: :class:`DeepClustering`,
:data:`NETWORKS`.

References
----------
.. [1] Hershey, J. R., Chen, Z., Le Roux, J., Watanabe, S. (2016), Deep clustering: discriminative embeddings for
   segmentation and separation, ICASSP.
"""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from ....core.artifacts import load_artifact, save_artifact
from ....core.checkpoints import Checkpoint, fingerprint
from ....core.errors import ChecksumError, ParameterError
from ....core.progress import ProgressCallback, report
from ....core.randomness import RandomState, as_seed
from ..features.short_time import FRAME_MS, OVERLAP, frame_length, stft
from .harmonic_network import build_harmonic_network
from .network import Trainer, build_network, cell_weights, relative_levels
from .source_mixing import SourcePool, draw_mixture, draw_tones

_KIND = "deep-clustering"
NETWORKS = ("blstm", "harmonic")
_ALONE = 0.1  # share of mixtures that are one source alone, so that one is told from two
_WARM_UP = 50  # iterations
_MEASURED = 16  # mixtures that the level of each bin is measured on
_PARAMETERS = (
    "sample_rate_hz", "dim", "n_units", "n_layers", "max_sources", "n_iterations", "batch_size",
    "segment_frames", "learning_rate", "speed_range", "tone_range_db", "frame_ms", "network",
)  # fmt: skip
# what decides the shapes of the weights
_FORM = ("network", "sample_rate_hz", "frame_ms", "dim", "n_units", "n_layers")
_WEIGHT_POWER = 0.5  # of the magnitude of a cell in the loss: loud cells matter more to the ear, and to SDR


class DeepClustering(BaseEstimator):
    """Learn embeddings of the cells of spectrograms by which sources separate.

    Parameters
    ----------
    sample_rate_hz : int
        Rate of the sounds; half of it is the highest frequency heard.
    dim : int
        Length of an embedding.
    n_units, n_layers : int
        Units of each direction of the LSTMs, and how many are stacked.
    max_sources : int
        Mixtures learnt from have two to so many sources (and some have one).
    n_iterations, batch_size : int
    segment_frames : int
        Length of a mixture, in steps of a quarter of a frame.
    learning_rate : float
        The highest; it rises over 50 iterations and falls to zero on half a cosine.
    speed_range : float
        Sources are played faster or slower by up to this share.
    tone_range_db : float
        Each source is heard through a random smooth filter whose gains have this standard deviation: another
        microphone, another room.
    frame_ms : int
        Length of a frame. The harmonics of a voice of 110 Hz are told apart in 64 ms, not in 32; what is short is
        cut out better by 32.
    network : {"blstm", "harmonic"}
        LSTMs alone, or convolutions and LSTMs joined by combs at the pitches of voices: see :mod:`.harmonic_network`.
    random_state : None, int, Generator or RandomState

    Attributes
    ----------
    losses_ : ndarray of shape (n_iterations,), float64
        Affinity loss of each batch.
    classes_ : list of str
        What it learnt from.
    seconds_, cpu_seconds_ : float
        Of this call, without what a checkpoint had done before.
    """

    def __init__(
        self,
        *,
        sample_rate_hz: int = 8000,
        dim: int = 20,
        n_units: int = 128,
        n_layers: int = 2,
        max_sources: int = 2,
        n_iterations: int = 1200,
        batch_size: int = 16,
        segment_frames: int = 100,
        learning_rate: float = 1.5e-3,
        speed_range: float = 0.1,
        tone_range_db: float = 3.0,
        frame_ms: int = FRAME_MS,
        network: str = "blstm",
        random_state: RandomState = 0,
    ) -> None:
        self.sample_rate_hz = sample_rate_hz
        self.dim = dim
        self.n_units = n_units
        self.n_layers = n_layers
        self.max_sources = max_sources
        self.n_iterations = n_iterations
        self.batch_size = batch_size
        self.segment_frames = segment_frames
        self.learning_rate = learning_rate
        self.speed_range = speed_range
        self.tone_range_db = tone_range_db
        self.frame_ms = frame_ms
        self.network = network
        self.random_state = random_state

    @property
    def n_fft(self) -> int:
        """Samples of a frame; a step is a quarter of it."""
        return frame_length(self.sample_rate_hz, self.frame_ms)

    @property
    def hop(self) -> int:
        """Samples from frame to frame."""
        return self.n_fft // OVERLAP

    def fit(
        self,
        pool: SourcePool,
        *,
        start: "DeepClustering | None" = None,
        checkpoint: Checkpoint | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> "DeepClustering":
        """Learn from the sounds of a pool.

        Parameters
        ----------
        pool : SourcePool
            At least ``max_sources`` classes.
        start : DeepClustering, optional
            A model of the same rate and size whose weights are learnt on from: what it knows of sound in general need
            not be found in a small pool.
        checkpoint : Checkpoint, optional
            Gone on from if it is of the same sounds and parameters; written now and then, and when it is interrupted.
        on_progress : callable, optional
            A true answer ends the training; the network is usable.

        Returns
        -------
        DeepClustering

        Raises
        ------
        ParameterError
            If a parameter is out of range, the pool has another rate or too few classes, or ``start`` another form.
        """
        self._check_pool(pool)
        self._check_start(start)
        seed = as_seed(self.random_state)
        self._make_network(seed)
        self._trainer = Trainer(self._network, self.max_sources)
        self.classes_ = pool.names
        begun, begun_cpu = time.perf_counter(), time.process_time()
        before = [] if start is None else start.weights()
        key = fingerprint(pool.digest(), seed, *before, *(getattr(self, name) for name in _PARAMETERS))
        losses = self._resume(checkpoint, key)
        if not losses and start is not None:
            self._network.set_weights(before)
            self._mean, self._spread = start._mean, start._spread
        elif not losses:
            self._measure_levels(pool, seed)
        self._train(pool, seed, losses, key, checkpoint, on_progress)
        self.losses_ = np.array(losses)
        self.seconds_, self.cpu_seconds_ = time.perf_counter() - begun, time.process_time() - begun_cpu
        return self

    def check(self) -> None:
        """Raise if a parameter is out of range.

        Raises
        ------
        ParameterError
        """
        if self.network not in NETWORKS:
            raise ParameterError(f"network must be one of {', '.join(NETWORKS)}; got {self.network!r}")
        least = {"dim": 2, "n_units": 1, "n_layers": 1, "max_sources": 2, "n_iterations": 1, "batch_size": 1}
        for name, low in (least | {"segment_frames": 8, "frame_ms": 8}).items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < low:
                raise ParameterError(f"{name} must be an int >= {low}; got {value!r}")
        if not 4000 <= self.sample_rate_hz <= 48_000:
            raise ParameterError(f"sample_rate_hz must be within 4000 to 48000; got {self.sample_rate_hz!r}")
        if self.frame_ms > 256:
            raise ParameterError(f"frame_ms must be within 8 to 256; got {self.frame_ms!r}")
        if not 0 < self.learning_rate < 1:
            raise ParameterError(f"learning_rate must be within 0 and 1; got {self.learning_rate!r}")
        if not 0 <= self.speed_range <= 0.5:
            raise ParameterError(f"speed_range must be within 0 to 0.5; got {self.speed_range!r}")
        if not 0 <= self.tone_range_db <= 20:
            raise ParameterError(f"tone_range_db must be within 0 to 20; got {self.tone_range_db!r}")

    def embed(self, magnitudes: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the embedding of each cell.

        Parameters
        ----------
        magnitudes : ndarray of shape (n_frames, n_bins)
            Of a spectrum by :func:`stft` with ``n_fft``.

        Returns
        -------
        ndarray of shape (n_frames, n_bins, dim), float32
            Rows of unit length.
        """
        self._check_fitted()
        said = self._run(self._shown(magnitudes[None]))
        return said.reshape(*magnitudes.shape, self.dim)

    def weights(self) -> list[NDArray[np.float32]]:
        """Return copies of the network's weights."""
        self._check_fitted()
        return self._network.get_weights()

    def save(self, directory: str | Path) -> None:
        """Save weights and parameters as a folder of JSON and safetensors."""
        self._check_fitted()
        arrays = {f"weight_{at:03d}": w for at, w in enumerate(self._network.get_weights())}
        arrays |= {"level_mean": self._mean, "level_spread": self._spread, "losses": self.losses_}
        config = {name: getattr(self, name) for name in _PARAMETERS} | {"classes": self.classes_}
        save_artifact(directory, _KIND, config=config, arrays=arrays)

    @classmethod
    def load(cls, directory: str | Path) -> "DeepClustering":
        """Load what :meth:`save` wrote.

        Raises
        ------
        SourceError, ParameterError, ChecksumError, FormatVersionError
            If there is none, it is of another kind, damaged, or of a newer format.
        """
        artifact = load_artifact(directory, _KIND)
        try:
            older = {"frame_ms": FRAME_MS, "network": NETWORKS[0]}  # models that name none
            config = older | artifact.config
            model = cls(**{name: config[name] for name in _PARAMETERS})
            model.check()
            model._make_network(0)
            model._network.set_weights(_in_order(artifact.arrays, "weight_"))
            model._mean, model._spread = artifact.arrays["level_mean"], artifact.arrays["level_spread"]
            model.losses_, model.classes_ = artifact.arrays["losses"], list(artifact.config["classes"])
        except (KeyError, ValueError, TypeError) as error:
            raise ChecksumError(f"{directory}: is no whole model ({error}); train it again") from error
        return model

    # -- inner -----------------------------------------------------------------------------------------------

    def _check_pool(self, pool: SourcePool) -> None:
        self.check()
        if pool.sample_rate_hz != self.sample_rate_hz:
            raise ParameterError(
                f"pool must be at {self.sample_rate_hz} Hz, the model's rate; got {pool.sample_rate_hz} Hz"
            )
        if len(pool.names) < self.max_sources:
            raise ParameterError(
                f"pool must have at least max_sources = {self.max_sources} classes; got {len(pool.names)}"
            )

    def _check_start(self, start: "DeepClustering | None") -> None:
        if start is None:
            return
        start._check_fitted()
        for name in _FORM:
            if getattr(self, name) != getattr(start, name):
                raise ParameterError(
                    f"{name} must be that of the model to start from, {getattr(start, name)}; got {getattr(self, name)}"
                )

    def _check_fitted(self) -> None:
        if not hasattr(self, "losses_"):
            raise NotFittedError("this DeepClustering has learnt nothing; call fit first")

    def _make_network(self, seed: int) -> None:
        n_bins = self.n_fft // 2 + 1
        form = (n_bins, self.dim, self.n_units, self.n_layers, seed)
        if self.network == "harmonic":
            self._network = build_harmonic_network(*form, sample_rate_hz=self.sample_rate_hz)
        else:
            self._network = build_network(*form)
        import tensorflow as tf  # after the network was built, which quiets its log

        shape = [tf.TensorSpec((None, None, n_bins))]
        forward = tf.function(self._network, input_signature=shape, jit_compile=False)
        self._run = lambda shown: forward(tf.constant(shown)).numpy()

    def _shown(self, magnitudes: NDArray[np.floating]) -> NDArray[np.float32]:
        return np.asarray((relative_levels(magnitudes) - self._mean) / self._spread, np.float32)

    def _measure_levels(self, pool: SourcePool, seed: int) -> None:
        rng = np.random.default_rng([seed, 2**32])
        levels = relative_levels(np.abs(self._draw(pool, _MEASURED, rng).sum(axis=1)))
        self._mean = levels.mean(axis=(0, 1))
        self._spread = np.maximum(levels.std(axis=(0, 1)), 1.0).astype(np.float32)

    def _draw(self, pool: SourcePool, count: int, rng: np.random.Generator) -> NDArray[np.complex64]:
        """Draw mixtures as spectra of their sources: (count, max_sources, frames, bins), zero where none is."""
        n_samples = (self.segment_frames - 1) * self.hop
        sounds = np.zeros((count, self.max_sources, n_samples), np.float32)
        for mixture in sounds:
            n_sources = 1 if rng.uniform() < _ALONE else int(rng.integers(2, self.max_sources + 1))
            mixture[:n_sources] = draw_mixture(pool, n_sources, n_samples, rng, speed_range=self.speed_range)
        spectra = stft(sounds, self.n_fft)
        if self.tone_range_db:
            tones = draw_tones((count, self.max_sources), spectra.shape[-1], self.tone_range_db, rng)
            spectra *= tones[:, :, None]
        return spectra

    def _batch(
        self, pool: SourcePool, seed: int, iteration: int
    ) -> tuple[NDArray[np.float32], NDArray[np.integer], NDArray[np.float32]]:
        """Make the batch of an iteration, which nothing but the seed and its number decide."""
        sources = self._draw(pool, self.batch_size, np.random.default_rng([seed, iteration]))
        mixed = np.abs(sources.sum(axis=1))
        return self._shown(mixed), np.abs(sources).argmax(axis=1), cell_weights(mixed, _WEIGHT_POWER)

    def _rate(self, iteration: int) -> float:
        warm = min(1.0, (iteration + 1) / _WARM_UP)
        return self.learning_rate * warm * 0.5 * (1.0 + np.cos(np.pi * iteration / self.n_iterations))

    def _train(
        self,
        pool: SourcePool,
        seed: int,
        losses: list[float],
        key: str,
        checkpoint: Checkpoint | None,
        on_progress: ProgressCallback | None,
    ) -> None:
        """Append a loss an iteration; batches are made in a thread while the network learns."""
        with ThreadPoolExecutor(1) as mixing:
            coming = mixing.submit(self._batch, pool, seed, len(losses))
            try:
                for iteration in range(len(losses), self.n_iterations):
                    batch = coming.result()
                    coming = mixing.submit(self._batch, pool, seed, iteration + 1)
                    losses.append(self._trainer.step(*batch, self._rate(iteration)))
                    if checkpoint is not None and checkpoint.due():
                        self._keep(checkpoint, key, losses)
                    shown = float(np.mean(losses[-20:]))
                    done = (iteration + 1, self.n_iterations, "batches")
                    if report(on_progress, "learning to separate", *done, loss=shown):
                        break
            except KeyboardInterrupt:
                if checkpoint is not None and losses:
                    self._keep(checkpoint, key, losses)
                raise

    def _keep(self, checkpoint: Checkpoint, key: str, losses: list[float]) -> None:
        arrays = {f"state_{at:03d}": value for at, value in enumerate(self._trainer.state())}
        arrays |= {"losses": np.array(losses), "level_mean": self._mean, "level_spread": self._spread}
        checkpoint.save(arrays, {"key": key})

    def _resume(self, checkpoint: Checkpoint | None, key: str) -> list[float]:
        found = checkpoint.load() if checkpoint is not None else None
        if found is None or found[1].get("key") != key:
            return []
        arrays = found[0]
        self._trainer.restore(_in_order(arrays, "state_"))
        self._mean, self._spread = arrays["level_mean"], arrays["level_spread"]
        return arrays["losses"].tolist()


def _in_order(arrays: Mapping[str, NDArray[Any]], prefix: str) -> list[NDArray[Any]]:
    """Return the arrays of a list that was written with numbers for names, however many digits these have."""
    numbered = {
        int(name.removeprefix(prefix)): value for name, value in arrays.items() if name.startswith(prefix)
    }
    return [numbered[at] for at in sorted(numbered)]
