"""The stereo autoencoder: one song learnt sample by sample by a small convolutional network.

As in its original: two convolutions of four taps and stride two with ReLU, 64 channels at a quarter of the rate,
mirrored deconvolutions, Adam, batches of 100 stretches of 1024 stereo samples of one song, 150 iterations. The
network sees eight more samples on both sides of each stretch, of which nothing is asked: zeros beyond the edge
would otherwise be learnt as if they were sound. A bottleneck may see more of the song around each code than the
original's ten samples, by layers that are no part of the original, or code long blocks by another network. Public
names: :class:`StereoAutoencoder`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from ....core.artifacts import load_artifact, save_artifact
from ....core.checkpoints import Checkpoint, fingerprint
from ....core.errors import ParameterError
from ....core.progress import ProgressCallback, report
from ....core.randomness import RandomState, as_seed
from .block_network import MOST_BLOCK, begin_blocks, build_block_network, least_samples
from .song_training import SongTraining
from .stereo_network import STARTS, begin_with, build_network, is_linear_code, reach, start_weights

LENGTH = 1024
CONTEXT = 8  # a multiple of four, and what a code can see
MOST_CONTEXT = 8  # layers
_PIECE = 65_536  # samples coded at a time
_LITTLE = (
    1e-12  # beside the gradients of what is left of a song when the linear code is exact to a few percent
)
_KIND = "stereo-autoencoder"
_PARAMETERS = ("n_channels", "n_iterations", "batch_size", "learning_rate", "start", "n_context", "n_block")


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
    n_context : int
        Layers of a second way by which a bottleneck (``n_channels`` below 8, start "orthogonal") sees more of the song
        around each code: ``2 ** n_context - 1`` codes on either side. 0 is the original's network.
    n_block : int, a power of two, <= 256
        Above 1 a bottleneck makes so many codes at once from so many times four samples, at the same rate, by another
        network: see :mod:`.block_network`. 1 is the original's network.
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
        n_context: int = 0,
        n_block: int = 1,
        random_state: RandomState = 0,
    ) -> None:
        self.n_channels = n_channels
        self.n_iterations = n_iterations
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.start = start
        self.n_context = n_context
        self.n_block = n_block
        self.random_state = random_state

    @property
    def shortest(self) -> int:
        """Samples that a song must have; for blocks twice as many of these as one has numbers."""
        least = LENGTH + 2 * self._seen
        return least if self.n_block == 1 else max(least, least_samples(self.n_block))

    @property
    def _reach(self) -> int:
        """Codes that the layers of context see on either side."""
        return reach(self.n_context)

    @property
    def _unit(self) -> int:
        """Samples of a block."""
        return 4 * self.n_block

    @property
    def _around(self) -> int:
        """Samples that the encoder is given on either side, and the decoder as codes."""
        return CONTEXT + 4 * self._reach if self.n_block == 1 else self._unit

    @property
    def _seen(self) -> int:
        """Samples that encoder and decoder together see on either side."""
        return CONTEXT + 8 * self._reach if self.n_block == 1 else 2 * self._unit

    def fit(
        self,
        samples: NDArray[np.floating],
        *,
        checkpoint: Checkpoint | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> StereoAutoencoder:
        """Learn a song.

        Parameters
        ----------
        samples : ndarray of shape (n_samples, 2)
            At least :attr:`shortest` of them, 1040 without context.
        checkpoint : Checkpoint, optional
            Where the training is kept now and then, and when it is interrupted; one of the same song and parameters
            is gone on from, to the same weights.
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
        seed = as_seed(self.random_state)
        rng = np.random.default_rng(seed)
        self._make_network(seed)
        if self.n_block == 1:
            begin_with(self._encoder, self._decoder, start_weights(self.n_channels, self.start, rng, song))
        else:
            begin_blocks(self._encoder, self._decoder, self.n_channels, self.n_block, song)
        self.sample_ = self._stretches(song, rng, 1)[0, self._seen : -self._seen]
        learning = self._begin()
        if checkpoint is not None:
            learning.resume(checkpoint, self._key(song, seed))
            for _ in learning.losses:  # what was drawn before
                self._starts(song, rng, self.batch_size)
        try:
            self._train(song, rng, learning, checkpoint, on_progress)
        except KeyboardInterrupt:
            if checkpoint is not None:
                learning.keep(checkpoint)
            raise
        self.frames_ = np.stack([*learning.frames, self.restore(self.sample_)])
        self.losses_, self.seconds_ = np.array(learning.losses), learning.seconds
        return self

    def encode(self, samples: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the code of a signal of any length, without seams.

        Parameters
        ----------
        samples : ndarray of shape (n_samples, 2)

        Returns
        -------
        ndarray of shape (ceil(n_samples / 4) + 4, n_channels), float32
            Two codes on each side lie beyond the signal, which is mirrored there; with context as many more as its
            layers see; with blocks one block, and whole blocks only.
        """
        self._check_fitted()
        sound = np.asarray(samples, np.float32)
        seen = self._around
        sound = np.pad(
            sound,
            ((seen * 2, seen * 2 + -len(sound) % self._unit), (0, 0)),
            mode="reflect" if len(sound) > 2 * seen + 4 else "edge",
        )
        return self._in_pieces(self._run_encoder, sound, seen, 1, 4)

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
        restored = self._in_pieces(self._run_decoder, np.asarray(code, np.float32), self._around // 4, 4, 1)
        return restored[:n_samples]

    def restore(self, samples: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the signal after coding and decoding, same shape, float32."""
        return self.decode(self.encode(samples), len(samples))

    def save(self, directory: str | Path) -> None:
        """Save weights and parameters as a folder of JSON and safetensors."""
        self._check_fitted()
        arrays = {f"weight_{at}": np.asarray(w) for at, w in enumerate(self._weights())}
        save_artifact(
            directory, _KIND, config={name: getattr(self, name) for name in _PARAMETERS}, arrays=arrays
        )

    @classmethod
    def load(cls, directory: str | Path) -> StereoAutoencoder:
        """Load what :meth:`save` wrote; ``frames_`` and ``losses_`` are not kept."""
        artifact = load_artifact(directory, _KIND)
        model = cls(**artifact.config)
        model._make_network(0)
        weights = [artifact.arrays[f"weight_{at}"] for at in range(len(artifact.arrays))]
        n_encoder = len(model._encoder.weights)
        model._encoder.set_weights(weights[:n_encoder])
        model._decoder.set_weights(weights[n_encoder:])
        return model

    def check(self) -> None:
        """Raise if a parameter is out of range.

        Raises
        ------
        ParameterError
        """
        for name in ("n_channels", "n_iterations", "batch_size"):
            if not isinstance(getattr(self, name), int) or getattr(self, name) < 1:
                raise ParameterError(f"{name} must be an int >= 1; got {getattr(self, name)!r}")
        if self.start not in STARTS:
            raise ParameterError(f"start must be one of {', '.join(STARTS)}; got {self.start!r}")
        if not 0 < self.learning_rate < 1:
            raise ParameterError(f"learning_rate must be within 0 and 1; got {self.learning_rate!r}")
        self._check_context()
        self._check_block()

    # -- inner -----------------------------------------------------------------------------------------------

    def _check(self, samples: NDArray[np.floating]) -> NDArray[np.float32]:
        self.check()
        song = np.asarray(samples, np.float32)
        if song.ndim != 2 or song.shape[1] != 2 or len(song) < self.shortest:
            raise ParameterError(
                f"samples must be stereo, (n, 2) with n >= {self.shortest}; got shape {song.shape}"
            )
        if not np.isfinite(song).all() or not song.any():
            raise ParameterError("samples must be finite and not all silent")
        return song

    def _check_context(self) -> None:
        layers = self.n_context
        if not isinstance(layers, int) or isinstance(layers, bool) or not 0 <= layers <= MOST_CONTEXT:
            raise ParameterError(f"n_context must be an int within 0 to {MOST_CONTEXT}; got {layers!r}")
        if layers and not is_linear_code(self.n_channels, self.start):
            raise ParameterError(
                f"n_context must be 0 without a bottleneck: n_channels below 8 and start 'orthogonal'; got {layers},"
                f" {self.n_channels} and {self.start!r}"
            )

    def _check_block(self) -> None:
        size = self.n_block
        if (
            not isinstance(size, int)
            or isinstance(size, bool)
            or not 1 <= size <= MOST_BLOCK
            or size & size - 1
        ):
            raise ParameterError(f"n_block must be a power of two within 1 to {MOST_BLOCK}; got {size!r}")
        if size > 1 and (self.n_context or not is_linear_code(self.n_channels, self.start)):
            raise ParameterError(
                f"n_block must be 1 without a bottleneck (n_channels below 8, start 'orthogonal'), and with n_context;"
                f" got {size}, {self.n_channels}, {self.start!r} and {self.n_context}"
            )

    def _check_fitted(self) -> None:
        if not hasattr(self, "_encoder"):
            raise NotFittedError("this StereoAutoencoder has learnt no song; call fit first")

    def _rate(self, iteration: int) -> float:
        if self.start == "glorot":
            return self.learning_rate
        return self.learning_rate * 0.5 * (1.0 + np.cos(np.pi * iteration / self.n_iterations))

    def _train(
        self,
        song: NDArray[np.float32],
        rng: np.random.Generator,
        learning: SongTraining,
        checkpoint: Checkpoint | None,
        on_progress: ProgressCallback | None,
    ) -> None:
        for iteration in range(len(learning.losses), self.n_iterations):
            frame = self.restore(self.sample_)
            learning.step(self._stretches(song, rng, self.batch_size), self._rate(iteration), frame)
            if checkpoint is not None and checkpoint.due():
                learning.keep(checkpoint)
            done = (iteration + 1, self.n_iterations, "iterations")
            if report(on_progress, "learning the song", *done, loss=learning.losses[-1]):
                break

    def _key(self, song: NDArray[np.float32], seed: int) -> str:
        return fingerprint(song, seed, {name: getattr(self, name) for name in _PARAMETERS})

    def _starts(self, song: NDArray[np.float32], rng: np.random.Generator, count: int) -> NDArray[np.int64]:
        last = len(song) - LENGTH - 2 * self._seen
        if self.n_block == 1:
            return rng.integers(0, last + 1, count)
        return (
            rng.integers(0, last // self._unit + 1, count) * self._unit
        )  # blocks lie as they will when coded

    def _stretches(
        self, song: NDArray[np.float32], rng: np.random.Generator, count: int
    ) -> NDArray[np.float32]:
        return song[self._starts(song, rng, count)[:, None] + np.arange(LENGTH + 2 * self._seen)]

    def _make_network(self, seed: int) -> None:
        linear = is_linear_code(self.n_channels, self.start)
        if self.n_block == 1:
            self._encoder, self._decoder = build_network(
                self.n_channels, linear_code=linear, n_context=self.n_context, seed=seed
            )
        else:
            self._encoder, self._decoder = build_block_network(self.n_channels, self.n_block, seed=seed)
        import tensorflow as tf  # after build_network, which quiets its log

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

    def _begin(self) -> SongTraining:
        shape = (self.batch_size, LENGTH + 2 * self._seen, 2)
        options = {} if self.n_block == 1 else {"epsilon": _LITTLE}
        return SongTraining(self._encoder, self._decoder, self.learning_rate, shape, self._seen, **options)

    def _in_pieces(
        self, run: Any, rows: NDArray[np.float32], context: int, up: int, down: int
    ) -> NDArray[np.float32]:
        """Run over pieces that overlap by their context, and leave the context out: no seam, bounded memory."""
        inner, out = len(rows) - 2 * context, []
        piece = -(-_PIECE // self._unit) * self._unit  # whole blocks
        for start in range(0, inner, piece):
            stop = min(start + piece, inner)
            made = run(rows[start : stop + 2 * context])
            cut = context * up // down
            out.append(made[cut : cut + (stop - start) * up // down])
        return np.concatenate(out)
