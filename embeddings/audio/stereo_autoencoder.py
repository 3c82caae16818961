"""The stereo autoencoder: one song learnt sample by sample by a small convolutional network.

As in its original: two convolutions of four taps and stride two with ReLU, 64 channels at a quarter of the rate,
mirrored deconvolutions, Adam, batches of 100 stretches of 1024 stereo samples of one song, 150 iterations. The
network sees eight more samples on both sides of each stretch, of which nothing is asked: zeros beyond the edge
would otherwise be learnt as if they were sound. Public names: :class:`StereoAutoencoder`.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from ...core.artifacts import load_artifact, save_artifact
from ...core.errors import ParameterError
from ...core.progress import ProgressCallback, report
from ...core.randomness import RandomState, as_seed
from .stereo_network import STARTS, build_network, is_linear_code, start_weights

LENGTH = 1024
CONTEXT = 8  # a multiple of four, and what a code can see
SHORTEST = LENGTH + 2 * CONTEXT  # samples of a song
_PIECE = 65_536  # samples coded at a time
_KIND = "stereo-autoencoder"


class StereoAutoencoder(BaseEstimator):
    """Code and restore the samples of one song.

    Parameters
    ----------
    n_channels : int
        Numbers of the code for every four samples (eight numbers) of stereo; below 8 it is a bottleneck, whose code
        has no ReLU unless ``start`` is "glorot".
    n_iterations, batch_size : int
    learning_rate : float
        At the start; it falls to zero on half a cosine with ``start="orthogonal"``, and stays with "glorot".
    start : {"orthogonal", "glorot"}
        How the weights begin; "glorot" is the original's.
    random_state : None, int, Generator or RandomState

    Attributes
    ----------
    frames_ : ndarray of shape (n_iterations + 1, LENGTH, 2), float32
        ``sample_`` as restored before each iteration, and after the last.
    sample_ : ndarray of shape (LENGTH, 2), float32
        One random stretch of the song.
    losses_ : ndarray of shape (n_iterations,)
        Mean squared error of each batch.
    seconds_ : float
        Of the iterations, without building the graph.
    """

    def __init__(
        self,
        *,
        n_channels: int = 64,
        n_iterations: int = 150,
        batch_size: int = 100,
        learning_rate: float = 3e-3,
        start: str = "orthogonal",
        random_state: RandomState = 0,
    ) -> None:
        self.n_channels = n_channels
        self.n_iterations = n_iterations
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.start = start
        self.random_state = random_state

    def fit(
        self, samples: NDArray[np.floating], *, on_progress: ProgressCallback | None = None
    ) -> StereoAutoencoder:
        """Learn a song.

        Parameters
        ----------
        samples : ndarray of shape (n_samples, 2)
            At least 1040 of them.
        on_progress : callable, optional
            A true answer ends the training; the network is usable.

        Returns
        -------
        StereoAutoencoder

        Raises
        ------
        ParameterError
            If the song is too short, not stereo, not finite or silent, or a parameter is out of range.
        """
        song = self._check(samples)
        rng = np.random.default_rng(as_seed(self.random_state))
        self._make_network(start_weights(self.n_channels, self.start, rng, song))
        self.sample_ = self._stretches(song, rng, 1)[0, CONTEXT:-CONTEXT]
        step = self._training_step()
        step(
            np.zeros((self.batch_size, LENGTH + 2 * CONTEXT, 2), np.float32), np.float32(0)
        )  # builds the graph
        losses, frames, spent = [], [], 0.0
        for iteration in range(self.n_iterations):
            frames.append(self.restore(self.sample_))
            begun = time.perf_counter()
            rate = np.float32(self._rate(iteration))
            losses.append(float(step(self._stretches(song, rng, self.batch_size), rate)))
            spent += time.perf_counter() - begun
            if report(
                on_progress,
                "learning the song",
                iteration + 1,
                self.n_iterations,
                "iterations",
                loss=losses[-1],
            ):
                break
        self.frames_ = np.stack([*frames, self.restore(self.sample_)])
        self.losses_, self.seconds_ = np.array(losses), spent
        return self

    def encode(self, samples: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the code of a signal of any length, without seams.

        Parameters
        ----------
        samples : ndarray of shape (n_samples, 2)

        Returns
        -------
        ndarray of shape (ceil(n_samples / 4) + 4, n_channels), float32
            Two codes on each side lie beyond the signal, which is mirrored there.
        """
        self._check_fitted()
        sound = np.asarray(samples, np.float32)
        sound = np.pad(
            sound,
            ((CONTEXT * 2, CONTEXT * 2 + -len(sound) % 4), (0, 0)),
            mode="reflect" if len(sound) > 20 else "edge",
        )
        return self._in_pieces(self._run_encoder, sound, CONTEXT, 1, 4)

    def decode(self, code: NDArray[np.floating], n_samples: int) -> NDArray[np.float32]:
        """Return the signal of a code.

        Parameters
        ----------
        code : ndarray of shape (n_codes, n_channels)
            As :meth:`encode` gives it.
        n_samples : int
            Length of the original.

        Returns
        -------
        ndarray of shape (n_samples, 2), float32
        """
        self._check_fitted()
        restored = self._in_pieces(self._run_decoder, np.asarray(code, np.float32), 2, 4, 1)
        return restored[:n_samples]

    def restore(self, samples: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the signal after coding and decoding, same shape, float32."""
        return self.decode(self.encode(samples), len(samples))

    def save(self, directory: str | Path) -> None:
        """Save weights and parameters as a folder of JSON and safetensors."""
        self._check_fitted()
        names = ("n_channels", "n_iterations", "batch_size", "learning_rate", "start")
        arrays = {f"weight_{at}": np.asarray(w) for at, w in enumerate(self._weights())}
        save_artifact(directory, _KIND, config={name: getattr(self, name) for name in names}, arrays=arrays)

    @classmethod
    def load(cls, directory: str | Path) -> StereoAutoencoder:
        """Load what :meth:`save` wrote; ``frames_`` and ``losses_`` are not kept."""
        artifact = load_artifact(directory, _KIND)
        model = cls(**artifact.config)
        model._make_network([artifact.arrays[f"weight_{at}"] for at in range(len(artifact.arrays))])
        return model

    # -- inner -----------------------------------------------------------------------------------------------

    def _check(self, samples: NDArray[np.floating]) -> NDArray[np.float32]:
        for name in ("n_channels", "n_iterations", "batch_size"):
            if not isinstance(getattr(self, name), int) or getattr(self, name) < 1:
                raise ParameterError(f"{name} must be an int >= 1; got {getattr(self, name)!r}")
        if self.start not in STARTS:
            raise ParameterError(f"start must be one of {', '.join(STARTS)}; got {self.start!r}")
        if not 0 < self.learning_rate < 1:
            raise ParameterError(f"learning_rate must be within 0 and 1; got {self.learning_rate!r}")
        song = np.asarray(samples, np.float32)
        if song.ndim != 2 or song.shape[1] != 2 or len(song) < SHORTEST:
            raise ParameterError(
                f"samples must be stereo, (n, 2) with n >= {SHORTEST}; got shape {song.shape}"
            )
        if not np.isfinite(song).all() or not song.any():
            raise ParameterError("samples must be finite and not all silent")
        return song

    def _check_fitted(self) -> None:
        if not hasattr(self, "_encoder"):
            raise NotFittedError("this StereoAutoencoder has learnt no song; call fit first")

    def _rate(self, iteration: int) -> float:
        if self.start == "glorot":
            return self.learning_rate
        return self.learning_rate * 0.5 * (1.0 + np.cos(np.pi * iteration / self.n_iterations))

    def _stretches(
        self, song: NDArray[np.float32], rng: np.random.Generator, count: int
    ) -> NDArray[np.float32]:
        length = LENGTH + 2 * CONTEXT
        starts = rng.integers(0, len(song) - length + 1, count)
        return song[starts[:, None] + np.arange(length)]

    def _make_network(self, weights: list[NDArray[Any]]) -> None:
        linear = is_linear_code(self.n_channels, self.start)
        self._encoder, self._decoder = build_network(self.n_channels, linear_code=linear)
        import tensorflow as tf  # after build_network, which quiets its log

        self._encoder.set_weights(weights[:4])
        self._decoder.set_weights(weights[4:])
        options: dict[str, Any] = {"reduce_retracing": True, "jit_compile": False}
        shape = (None, None)
        encode = tf.function(self._encoder, input_signature=[tf.TensorSpec((*shape, 2))], **options)
        decode = tf.function(
            self._decoder, input_signature=[tf.TensorSpec((*shape, self.n_channels))], **options
        )
        self._run_encoder = lambda piece: encode(tf.constant(piece[None])).numpy()[0]
        self._run_decoder = lambda piece: decode(tf.constant(piece[None])).numpy()[0]

    def _weights(self) -> list[NDArray[Any]]:
        return [*self._encoder.get_weights(), *self._decoder.get_weights()]

    def _training_step(self) -> Any:
        import keras
        import tensorflow as tf

        optimizer: Any = keras.optimizers.Adam(self.learning_rate)
        variables = [*self._encoder.trainable_variables, *self._decoder.trainable_variables]
        optimizer.build(variables)

        @tf.function(jit_compile=False)  # XLA on a CPU makes it five times slower
        def step(batch: Any, rate: Any) -> Any:
            optimizer.learning_rate.assign(rate)
            with tf.GradientTape() as tape:
                error = self._decoder(self._encoder(batch)) - batch
                loss = tf.reduce_mean(tf.square(error[:, CONTEXT:-CONTEXT]))
            optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
            return loss

        return lambda batch, rate: step(tf.constant(batch), tf.constant(rate)).numpy()

    def _in_pieces(
        self, run: Any, rows: NDArray[np.float32], context: int, up: int, down: int
    ) -> NDArray[np.float32]:
        """Run over pieces that overlap by their context, and leave the context out: no seam, bounded memory."""
        inner, out = len(rows) - 2 * context, []
        for start in range(0, inner, _PIECE):
            stop = min(start + _PIECE, inner)
            piece = run(rows[start : stop + 2 * context])
            cut = context * up // down
            out.append(piece[cut : cut + (stop - start) * up // down])
        return np.concatenate(out)
