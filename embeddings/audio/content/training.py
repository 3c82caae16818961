"""The training of a content network: batches drawn and varied, looked at on sounds held out, kept and gone on from.

Public names: :class:`LabelledPatches`, :class:`ContentRun`.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....core.checkpoints import Checkpoint, fingerprint
from ....core.progress import ProgressCallback, report
from .augmentation import Variety, plain, vary
from .layers import ContentTrainer
from .words import without_text

if TYPE_CHECKING:
    from .network import ContentNetwork

_WARM_UP = 50  # iterations
_CHECK_EVERY = 50  # iterations, of the loss on the part held out
_PATCHES = 4  # of a sound in training, at most, where a GRU goes over them
_ABSENT = 0.3  # share of texts and values left out while it learns, so that it can do without


class LabelledPatches:
    """Sounds, what is wanted of them, and what is known besides, drawn from by rows."""

    def __init__(
        self, sounds: Sequence[NDArray[np.uint8]], targets: list[tuple[Any, Any]], known: dict[str, Any]
    ) -> None:
        self.sounds, self.targets, self.known = sounds, targets, known

    def digest(self) -> str:
        """Return a hash of all that is learnt from."""
        parts = [part for pair in self.targets for part in pair]
        return fingerprint(*self.sounds, *parts, *self.known.values())

    def wanted(self, rows: NDArray[np.int64]) -> tuple[list[Any], list[Any]]:
        """Return for each target what is wanted of these sounds, and where it is known."""
        return [wanted[rows] for wanted, _ in self.targets], [known[rows] for _, known in self.targets]

    def varied(
        self, rows: NDArray[np.int64], n_patches: int, length: int, variety: Variety, rng: np.random.Generator
    ) -> dict[str, Any]:
        """Return a batch to learn from: patches made different, texts and values left out now and then."""
        shape = (len(rows), n_patches, length, self.sounds[0].shape[1])
        patches, present = np.zeros(shape, np.float32), np.zeros(shape[:2], np.float32)
        for at, row in enumerate(rows):
            sound = self.sounds[row]
            count = min(n_patches, int(np.ceil(len(sound) / length)))
            for place in range(count):
                part = sound[len(sound) * place // count : len(sound) * (place + 1) // count]
                patches[at, place] = vary(part if len(part) else sound, length, variety, rng)
            present[at, :count] = 1.0
        batch = {
            "patches": patches,
            "present": present,
            **{name: all[rows] for name, all in self.known.items()},
        }
        if "words" in batch:
            gone = rng.uniform(size=len(rows)) < _ABSENT
            batch["words"] = np.where(gone[:, None], without_text(batch["words"]), batch["words"])
        if "values" in batch:
            batch["values"] = batch["values"] * (rng.uniform(size=batch["values"].shape) >= _ABSENT)
            batch["values"] = batch["values"].astype(np.int32)
        return batch

    def as_is(self, rows: NDArray[np.int64], length: int) -> dict[str, Any]:
        """Return the first patch of each sound, unchanged."""
        patches = np.stack([plain(self.sounds[row], length) for row in rows])[:, None]
        known = {name: every[rows] for name, every in self.known.items()}
        return {"patches": patches, "present": np.ones((len(rows), 1), np.float32), **known}


class ContentRun:
    """One training: batches made in a thread, looked at on the part held out, kept and gone on from."""

    def __init__(
        self, model: "ContentNetwork", trainer: ContentTrainer, data: LabelledPatches, learnt: Any, held: Any,
        seed: int, key: str, checkpoint: Checkpoint | None,
    ) -> None:  # fmt: skip
        self.model, self.trainer, self.data, self.learnt, self.held = model, trainer, data, learnt, held
        self.seed, self.key, self.checkpoint = seed, key, checkpoint
        self.losses: list[float] = []
        self.held_out_losses: list[float] = []
        self.best: list[NDArray[Any]] = []

    def go(self, on_progress: ProgressCallback | None) -> None:
        """Train to the end, or until it is stopped or no longer gets better."""
        self._resume()
        total = self.model.n_iterations
        with ThreadPoolExecutor(1) as making:
            coming = making.submit(self._batch, len(self.losses))
            try:
                while len(self.losses) < total and not self._is_worse():
                    batch, wanted, known = coming.result()
                    coming = making.submit(self._batch, len(self.losses) + 1)
                    self.losses.append(self.trainer.step(batch, wanted, known, self._rate(len(self.losses))))
                    self._look()
                    if self.checkpoint is not None and self.checkpoint.due():
                        self._keep()
                    shown = {"loss": float(np.mean(self.losses[-20:]))}
                    if report(on_progress, "learning labels", len(self.losses), total, "batches", **shown):
                        break
            except KeyboardInterrupt:
                if self.losses:
                    self._keep()
                raise
        if self.model.patience is not None and self.best:
            self.model._layers.restore(self.best)

    def _batch(self, iteration: int) -> tuple[Any, Any, Any]:
        """Make the batch of an iteration, which nothing but the seed and its number decide."""
        rng = np.random.default_rng([self.seed, iteration])
        rows = rng.choice(self.learnt, self.model.batch_size)
        n_patches = _PATCHES if self.model.pooling == "rnn" else 1
        length = self.model.settings_.patch_frames
        batch = self.data.varied(rows, n_patches, length, self.model._variety, rng)
        return batch, *self.data.wanted(rows)

    def _rate(self, iteration: int) -> float:
        warm = min(1.0, (iteration + 1) / _WARM_UP)
        return (
            self.model.learning_rate
            * warm
            * 0.5
            * (1.0 + np.cos(np.pi * iteration / self.model.n_iterations))
        )

    def _look(self) -> None:
        if not len(self.held) or len(self.losses) % _CHECK_EVERY:
            return
        length, losses = self.model.settings_.patch_frames, []
        for start in range(0, len(self.held), 256):
            rows = self.held[start : start + 256]
            losses.append(
                self.trainer.measure(self.data.as_is(rows, length), *self.data.wanted(rows)) * len(rows)
            )
        self.held_out_losses.append(float(np.sum(losses)) / len(self.held))
        if self.model.patience is not None and min(self.held_out_losses) == self.held_out_losses[-1]:
            self.best = self.model._layers.state()

    def _is_worse(self) -> bool:
        patience = self.model.patience
        if patience is None or not self.held_out_losses:
            return False
        return len(self.held_out_losses) - 1 - int(np.argmin(self.held_out_losses)) >= patience

    def _keep(self) -> None:
        if self.checkpoint is None:
            return
        arrays = {f"state_{at:03d}": value for at, value in enumerate(self.trainer.state())}
        arrays |= {f"best_{at:03d}": value for at, value in enumerate(self.best)}
        state = {"key": self.key, "losses": self.losses, "held_out_losses": self.held_out_losses}
        self.checkpoint.save(arrays, state)

    def _resume(self) -> None:
        found = self.checkpoint.load() if self.checkpoint is not None else None
        if found is None or found[1].get("key") != self.key:
            return
        arrays, state = found
        self.trainer.restore([arrays[name] for name in sorted(arrays) if name.startswith("state_")])
        self.best = [arrays[name] for name in sorted(arrays) if name.startswith("best_")]
        self.losses, self.held_out_losses = state["losses"], state["held_out_losses"]
