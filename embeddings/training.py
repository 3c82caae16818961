"""The loop of a training: many steps a graph call, progress, early stop, checkpoints.

Public: `train`, `STEPS_PER_CALL`.
"""

from __future__ import annotations

import dataclasses
import logging
import math
from collections.abc import Sequence

import numpy as np

from ..core.checkpoints import Checkpoint, fingerprint
from ..core.errors import ParameterError
from ..core.progress import ProgressCallback, report
from .context_index import ContextIndex
from .nce import NceSettings, Trainer

logger = logging.getLogger(__name__)

STEPS_PER_CALL = 64


def train(
    trainer: Trainer,
    index: ContextIndex,
    on_progress: ProgressCallback | None,
    checkpoint: Checkpoint | None,
    more: Sequence[np.ndarray] = (),
) -> tuple[int, list[tuple[float, float]]]:
    """Run the steps of a trainer, from its checkpoint if there is one.

    Parameters
    ----------
    trainer : Trainer
    index : ContextIndex
        What it draws from.
    on_progress : callable, optional
        Called after each graph call; a true answer ends the training.
    checkpoint : Checkpoint, optional
        Where to go on from and to save to; deleted after the last step.
    more : sequence of ndarray
        What else the result depends on.

    Returns
    -------
    steps : int
        Steps done in all.
    trace : list of (float, float)
        Pairs seen and loss after each graph call.

    Raises
    ------
    ParameterError
        If the training diverges.
    """
    settings = trainer.settings
    job = {"job": _fingerprint(index, settings, more)}
    step, trace = _resume(trainer, checkpoint, job)
    stop = False
    while step < settings.n_steps and not stop:
        n = min(STEPS_PER_CALL, settings.n_steps - step)
        trainer.advance(step, n)
        step += n
        trace.append((step * settings.batch_size, trainer.loss()))
        if not math.isfinite(trace[-1][1]):
            raise ParameterError(
                f"diverged within {step:,} steps; learning_rate must be lower than {settings.learning_rate:g}"
            )
        stop = report(
            on_progress,
            "training artist vectors",
            step * settings.batch_size,
            settings.n_steps * settings.batch_size,
            "pairs",
            loss=trace[-1][1],
        )
        settled = _has_settled(trace, settings.patience)
        if checkpoint is not None and not settled and (stop or checkpoint.due()):
            checkpoint.save(trainer.arrays(), {**job, "step": step, "trace": trace})
        if settled:
            break
    if checkpoint is not None and (step == settings.n_steps or _has_settled(trace, settings.patience)):
        checkpoint.delete()
    return step, trace


def _has_settled(trace: list[tuple[float, float]], patience: int) -> bool:
    """Tell whether the last ``patience`` losses were all no lower than one before them."""
    losses = [loss for _, loss in trace]
    return 0 < patience < len(losses) and min(losses[-patience:]) >= min(losses[:-patience])


def _resume(
    trainer: Trainer, checkpoint: Checkpoint | None, job: dict[str, str]
) -> tuple[int, list[tuple[float, float]]]:
    stored = checkpoint.load() if checkpoint is not None else None
    if stored is None:
        return 0, []
    arrays, state = stored
    if state.get("job") != job["job"]:
        logger.info("checkpoint of another job is ignored: %s", checkpoint)
        return 0, []
    trainer.restore(arrays)
    return int(state["step"]), [(float(pairs), float(loss)) for pairs, loss in state["trace"]]


def _fingerprint(index: ContextIndex, settings: NceSettings, more: Sequence[np.ndarray]) -> str:
    parts = (index.entries, index.members, index.context_first, index.context_share, *more)
    return fingerprint("artist2vec", *parts, index.n_outputs, dataclasses.asdict(settings))
