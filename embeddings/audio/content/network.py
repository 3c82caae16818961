"""The content network: a vector for a sound that holds all that its labels say, learnt from several at once.

Log-mel patches go through convolutions over time, pooling over time by mean, maximum and root mean square, and a hidden
layer; the patches of a sound become one by their mean or by a GRU; what a text says and what is known besides may be
joined; the vector then has to say classes (genre, artist, digit), tags, numbers (score, year) and vectors (those of
artists) alike. Labels that are missing are masked. Public names: :class:`ContentNetwork`.

References
----------
.. [1] van den Oord, A., Dieleman, S., Schrauwen, B. (2013), Deep content-based music recommendation, NIPS.
.. [2] Oramas, S., et al. (2017), A deep multimodal approach for cold-start music recommendation, DLRS.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from ....core.artifacts import load_artifact, save_artifact
from ....core.checkpoints import Checkpoint, fingerprint
from ....core.errors import ChecksumError, ParameterError
from ....core.progress import ProgressCallback
from ....core.randomness import RandomState, as_seed
from ..files.reading import CHUNK_FRAMES
from .augmentation import Variety
from .layers import ContentLayers, ContentTrainer, NetworkShape, pools_for
from .mel_patches import PatchSettings, stream_patches
from .targets import Label, Target, make_target
from .training import ContentRun, LabelledPatches
from .words import KnownValues, Vocabulary

_KIND = "content-network"
POOLINGS = ("mean", "rnn")
_PARAMETERS = (
    "sample_rate_hz", "n_mels", "patch_frames", "n_channels", "n_hidden", "dim", "pooling", "dropout",
    "n_iterations", "batch_size", "learning_rate", "patience",
)  # fmt: skip
_AT_ONCE = 32  # patches


class ContentNetwork(BaseEstimator):
    """Learn vectors of sounds from labels of several kinds together.

    Parameters
    ----------
    sample_rate_hz, n_mels : int
    patch_frames : int or None
        Length of a patch in steps of 10 ms; None takes what nine of ten sounds fit into, from 0.8 to 3 s.
    n_channels : int
        Of each of the three convolutions.
    n_hidden, dim : int
        Units of the hidden layer; length of a vector.
    pooling : {"mean", "rnn"}
        How the patches of a long sound become one: averaged, or read in order by a GRU.
    dropout : float
    variety : Variety, optional
        How sounds are made different while it learns.
    n_iterations, batch_size : int
    learning_rate : float
        The highest; it rises over 50 iterations and falls to zero on half a cosine.
    patience : int or None
        Ends the training when the loss on the held-out part was no better so many times, measured every 50
        iterations, and takes the best weights; None goes on to the end.
    random_state : None, int, Generator or RandomState

    Attributes
    ----------
    targets_ : tuple of Target
        What it says, in order.
    losses_, held_out_losses_ : ndarray, float64
        Of each batch; of each look at the held-out part.
    settings_ : PatchSettings
    vocabulary_ : Vocabulary or None
    inputs_ : tuple of KnownValues
    seconds_ : float
    """

    def __init__(
        self,
        *,
        sample_rate_hz: int = 22_050,
        n_mels: int = 40,
        patch_frames: int | None = None,
        n_channels: int = 256,
        n_hidden: int = 512,
        dim: int = 256,
        pooling: str = "mean",
        dropout: float = 0.1,
        variety: Variety | None = None,
        n_iterations: int = 1200,
        batch_size: int = 64,
        learning_rate: float = 1e-3,
        patience: int | None = None,
        random_state: RandomState = 0,
    ) -> None:
        self.sample_rate_hz = sample_rate_hz
        self.n_mels = n_mels
        self.patch_frames = patch_frames
        self.n_channels = n_channels
        self.n_hidden = n_hidden
        self.dim = dim
        self.pooling = pooling
        self.dropout = dropout
        self.variety = variety
        self.n_iterations = n_iterations
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.patience = patience
        self.random_state = random_state

    def fit(
        self,
        sounds: Sequence[NDArray[np.uint8]],
        labels: Mapping[str, Sequence[Label]],
        *,
        kinds: Mapping[str, str] | None = None,
        weights: Mapping[str, float] | None = None,
        texts: Sequence[str | None] | None = None,
        inputs: Mapping[str, Sequence[str | None]] | None = None,
        held_out: Sequence[int] | None = None,
        checkpoint: Checkpoint | None = None,
        on_progress: ProgressCallback | None = None,
    ) -> "ContentNetwork":
        """Learn from sounds and their labels.

        Parameters
        ----------
        sounds : sequence of ndarray of shape (n_frames, n_mels), uint8
            Levels by :func:`~bandscape.embeddings.audio.content.mel_patches.hear_sound`.
        labels : mapping of str to sequence of length n_sounds
            Classes, tags (``rock|pop``), numbers or vectors; None where unknown.
        kinds : mapping of str to str, optional
            "class", "tags", "number" or "vector" where it shall not be guessed.
        weights : mapping of str to float, optional
            Of the loss of a label; 1 if it is not named.
        texts : sequence of str or None, optional
            A review or the lyrics of each sound.
        inputs : mapping of str to sequence, optional
            What is known of each sound besides, such as its year; None where it is not.
        held_out : sequence of int, optional
            Sounds not learnt from, on which the loss is looked at.
        checkpoint : Checkpoint, optional
            Gone on from if it is of the same sounds, labels and parameters; written now and then, and on Ctrl-C.
        on_progress : callable, optional
            A true answer ends the training; the network is usable.

        Returns
        -------
        ContentNetwork

        Raises
        ------
        ParameterError
            If a parameter is out of range, lengths differ, or a label says nothing.
        """
        self.check()
        begun = time.perf_counter()
        held = sorted(set(held_out or ()))
        self._check_data(sounds, labels, texts, inputs, held)
        learnt = np.setdiff1d(np.arange(len(sounds)), held)
        seed = as_seed(self.random_state)
        self._describe(sounds, labels, kinds or {}, texts, inputs or {}, learnt)
        data = LabelledPatches(sounds, self._encoded(labels), self._known(texts, inputs, len(sounds)))
        self._make_layers(seed)
        loss_weights = [(weights or {}).get(target.name, 1.0) for target in self.targets_]
        trainer = ContentTrainer(self._layers, loss_weights)
        key = fingerprint(seed, data.digest(), loss_weights, held, asdict(self._variety), self.get_params())
        run = ContentRun(self, trainer, data, learnt, np.array(held, np.int64), seed, key, checkpoint)
        run.go(on_progress)
        self.losses_, self.held_out_losses_ = np.array(run.losses), np.array(run.held_out_losses)
        self.seconds_ = time.perf_counter() - begun
        return self

    def check(self) -> None:
        """Raise if a parameter is out of range.

        Raises
        ------
        ParameterError
        """
        least = {"n_channels": 1, "n_hidden": 1, "dim": 2, "n_iterations": 1, "batch_size": 1}
        for name, low in least.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < low:
                raise ParameterError(f"{name} must be an int >= {low}; got {value!r}")
        if self.pooling not in POOLINGS:
            raise ParameterError(f"pooling must be one of {', '.join(POOLINGS)}; got {self.pooling!r}")
        for name, most in (("dropout", 0.9), ("learning_rate", 1.0)):
            if not (0 if name == "dropout" else 1e-9) <= getattr(self, name) < most:
                raise ParameterError(f"{name} must be within 0 to {most}; got {getattr(self, name)!r}")
        if self.patience is not None and (not isinstance(self.patience, int) or self.patience < 1):
            raise ParameterError(f"patience must be None or an int >= 1; got {self.patience!r}")
        PatchSettings(self.sample_rate_hz, self.n_mels, self.patch_frames or 200).check()
        self._variety.check()

    def hear(self, path: str | Path, *, chunk_frames: int = CHUNK_FRAMES) -> NDArray[np.float32]:
        """Return what the network hears in each patch of a file, shape (n_patches, n_hidden).

        Parameters
        ----------
        path : path
        chunk_frames : int
            Samples read at a time; the result does not depend on it (to 1e-5).

        Raises
        ------
        SourceError
            If it cannot be read or holds no samples.
        """
        self._check_fitted()
        heard, waiting = [], []
        for patch in stream_patches(path, self.settings_, chunk_frames=chunk_frames):
            waiting.append(patch)
            if len(waiting) == _AT_ONCE:
                heard.append(self._hear(waiting))
                waiting = []
        if waiting:
            heard.append(self._hear(waiting))
        return np.concatenate(heard)

    def transform(
        self,
        paths: Sequence[str | Path],
        *,
        texts: Sequence[str | None] | None = None,
        inputs: Mapping[str, Sequence[str | None]] | None = None,
        chunk_frames: int = CHUNK_FRAMES,
    ) -> NDArray[np.float32]:
        """Return a vector for each file, of any length, shape (n, dim).

        Parameters
        ----------
        paths : sequence of path
        texts, inputs
            As in :meth:`fit`; without them all are absent.
        chunk_frames : int
            Samples read at a time.

        Raises
        ------
        SourceError
            If a file cannot be read or holds no samples.
        """
        return self._say(paths, texts, inputs, chunk_frames)[0]

    def predict(
        self,
        paths: Sequence[str | Path],
        *,
        texts: Sequence[str | None] | None = None,
        inputs: Mapping[str, Sequence[str | None]] | None = None,
    ) -> dict[str, NDArray[np.float32]]:
        """Return what is said of each file: probabilities of ``names`` of the target, or numbers in their own unit.

        Parameters
        ----------
        paths, texts, inputs
            As in :meth:`transform`.

        Returns
        -------
        dict of str to ndarray of shape (n, size of the target)
        """
        said = self._say(paths, texts, inputs, CHUNK_FRAMES)[1:]
        return {target.name: target.decode(one) for target, one in zip(self.targets_, said, strict=True)}

    def say(
        self,
        heard: Sequence[NDArray[np.float32]],
        *,
        texts: Sequence[str | None] | None = None,
        inputs: Mapping[str, Sequence[str | None]] | None = None,
    ) -> list[NDArray[np.float32]]:
        """Return vectors, and what each head says, of sounds that :meth:`hear` heard.

        Parameters
        ----------
        heard : sequence of ndarray of shape (n_patches, n_hidden)
        texts, inputs
            As in :meth:`transform`.
        """
        self._check_fitted()
        rows = [self._say_one(patches, at, texts, inputs) for at, patches in enumerate(heard)]
        return [np.concatenate(column) for column in zip(*rows, strict=True)]

    def fingerprint(self) -> str:
        """Return a digest of what decides the vectors."""
        self._check_fitted()
        return fingerprint(*self._layers.state(), asdict(self.settings_))

    def save(self, directory: str | Path) -> None:
        """Save weights and parameters as a folder of JSON and safetensors."""
        self._check_fitted()
        arrays = {f"state_{at:03d}": value for at, value in enumerate(self._layers.state())}
        arrays |= {"losses": self.losses_, "held_out_losses": np.append(self.held_out_losses_, np.nan)}
        words = None if self.vocabulary_ is None else list(self.vocabulary_.words)
        config = {name: getattr(self, name) for name in _PARAMETERS} | {
            "variety": asdict(self._variety),
            "settings": asdict(self.settings_),
            "targets": [target.facts() for target in self.targets_],
            "words": words,
            "inputs": [asdict(one) for one in self.inputs_],
        }
        save_artifact(directory, _KIND, config=config, arrays=arrays)

    @classmethod
    def load(cls, directory: str | Path) -> "ContentNetwork":
        """Load what :meth:`save` wrote.

        Raises
        ------
        SourceError, ParameterError, ChecksumError, FormatVersionError
            If there is none, it is of another kind, damaged, or of a newer format.
        """
        artifact = load_artifact(directory, _KIND)
        config, arrays = artifact.config, artifact.arrays
        try:
            model = cls(**{name: config[name] for name in _PARAMETERS}, variety=Variety(**config["variety"]))
            model.settings_ = PatchSettings(**config["settings"]).check()
            model.targets_ = tuple(Target.of_facts(facts) for facts in config["targets"])
            model.vocabulary_ = None if config["words"] is None else Vocabulary(tuple(config["words"]))
            model.inputs_ = tuple(
                KnownValues(one["name"], tuple(one["values"]), one["numbers"]) for one in config["inputs"]
            )
            model._make_layers(0)
            model._layers.restore([arrays[name] for name in sorted(arrays) if name.startswith("state_")])
            model.losses_, model.held_out_losses_ = arrays["losses"], arrays["held_out_losses"][:-1]
        except (KeyError, ValueError, TypeError) as error:
            raise ChecksumError(f"{directory}: is no whole model ({error}); train it again") from error
        return model

    # -- inner -----------------------------------------------------------------------------------------------

    @property
    def _variety(self) -> Variety:
        return self.variety or Variety()

    def _check_fitted(self) -> None:
        if not hasattr(self, "losses_"):
            raise NotFittedError("this ContentNetwork has learnt nothing; call fit first")

    def _check_data(
        self,
        sounds: Sequence[Any],
        labels: Mapping[str, Sequence[Any]],
        texts: Any,
        inputs: Any,
        held: list[int],
    ) -> None:
        n = len(sounds)
        columns = dict(labels) | dict(inputs or {}) | ({} if texts is None else {"texts": texts})
        for name, column in columns.items():
            if len(column) != n:
                raise ParameterError(f"{name} must have {n} entries, one a sound; got {len(column)}")
        if not labels:
            raise ParameterError("labels must hold at least one label to learn; got none")
        both = sorted(set(labels) & set(inputs or {}))
        if both:
            raise ParameterError(
                f"{both[0]} is a label and an input; it would only be passed on: leave one out"
            )
        if held and (held[0] < 0 or held[-1] >= n):
            raise ParameterError(f"held_out must be rows within 0 to {n - 1}; got {held[0]} to {held[-1]}")
        if n - len(held) < 2:
            raise ParameterError(f"at least two sounds to learn from are needed; got {n - len(held)}")
        for at, sound in enumerate(sounds):
            if sound.dtype != np.uint8 or sound.ndim != 2 or not len(sound) or sound.shape[1] != self.n_mels:
                raise ParameterError(
                    f"sounds must be uint8 of shape (n_frames, {self.n_mels}), by hear_sound; the one at {at} is"
                    f" {sound.dtype} of shape {sound.shape}"
                )

    def _describe(
        self, sounds: Any, labels: Any, kinds: Any, texts: Any, inputs: Any, learnt: NDArray[np.int64]
    ) -> None:
        """Find settings, targets, words and values, of the part learnt from alone."""
        frames = self.patch_frames
        if frames is None:
            frames = int(np.clip(np.quantile([len(sounds[at]) for at in learnt], 0.9), 80, 300))
        self.settings_ = PatchSettings(self.sample_rate_hz, self.n_mels, frames).check()
        self.targets_ = tuple(
            make_target(name, [column[at] for at in learnt], kinds.get(name))
            for name, column in labels.items()
        )
        self.vocabulary_ = None if texts is None else Vocabulary.of([texts[at] for at in learnt])
        self.inputs_ = tuple(
            KnownValues.of(name, [column[at] for at in learnt]) for name, column in inputs.items()
        )

    def _make_layers(self, seed: int) -> None:
        shape = NetworkShape(
            self.settings_.patch_frames, self.n_mels, self.n_channels, self.n_hidden, self.dim,
            pools_for(self.settings_.patch_frames), self.pooling,
            tuple((target.kind, target.size) for target in self.targets_),
            0 if self.vocabulary_ is None else self.vocabulary_.size,
            tuple(one.size for one in self.inputs_), self.dropout,
        )  # fmt: skip
        self._layers = ContentLayers(shape, seed)

    def _encoded(self, labels: Mapping[str, Sequence[Label]]) -> list[tuple[Any, Any]]:
        return [target.encode(labels[target.name]) for target in self.targets_]

    def _known(self, texts: Any, inputs: Any, n: int) -> dict[str, NDArray[np.int32]]:
        """Return what is known besides the sound, as the head takes it."""
        found: dict[str, NDArray[np.int32]] = {}
        if self.vocabulary_ is not None:
            found["words"] = self.vocabulary_.encode([None] * n if texts is None else texts)
        if self.inputs_:
            columns = [one.encode((inputs or {}).get(one.name, [None] * n)) for one in self.inputs_]
            found["values"] = np.stack(columns, axis=1)
        return found

    def _hear(self, patches: list[NDArray[np.float32]]) -> NDArray[np.float32]:
        return self._layers.hear(np.stack(patches))

    def _say(self, paths: Any, texts: Any, inputs: Any, chunk_frames: int) -> list[NDArray[np.float32]]:
        return self.say(
            [self.hear(path, chunk_frames=chunk_frames) for path in paths], texts=texts, inputs=inputs
        )

    def _say_one(self, patches: Any, at: int, texts: Any, inputs: Any) -> list[NDArray[np.float32]]:
        text = None if texts is None else [texts[at]]
        value = None if inputs is None else {name: [column[at]] for name, column in inputs.items()}
        batch = {"present": np.ones((1, len(patches)), np.float32), **self._known(text, value, 1)}
        return self._layers.say(patches[None], batch)
