"""The loop around the sampler: temperatures, samples, progress, checkpoints.

Public names: :class:`Chain`, :func:`run_chain`.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ..core.checkpoints import Checkpoint
from ..core.progress import ProgressCallback, report
from .optimization import Optimization
from .sampler import BlockSampler, SampleSums

_TRACE_FIELDS = ("sweep", "temperature", "log_likelihood", "moved", "doc_prior", "word_prior", "part")


@dataclass
class Chain:
    """What a run of sweeps left behind.

    Parameters
    ----------
    sums : SampleSums
        Counts of the samples taken.
    trace : list of tuple
        (sweep, temperature, log_likelihood, moved, doc_prior, word_prior, part) of each sweep done: doc_prior and
        word_prior are the sum of alpha and the mean of beta it was drawn with, part is that of the documents.
    """

    sums: SampleSums
    trace: list[tuple[float, ...]] = field(default_factory=list)

    @property
    def temperature(self) -> float:
        """Temperature of the last sweep."""
        return self.trace[-1][1]

    def trace_arrays(self) -> dict[str, NDArray[np.float64]]:
        """Return the trace by column."""
        columns = np.array(self.trace, float).reshape(-1, len(_TRACE_FIELDS)).T
        return {name: column.copy() for name, column in zip(_TRACE_FIELDS, columns, strict=True)}


def run_chain(
    sampler: BlockSampler,
    temperatures: NDArray[np.float64],
    n_samples: int,
    key: str,
    *,
    parts: NDArray[np.float64] | None = None,
    optimization: Optimization | None = None,
    start: NDArray[np.uint16] | None = None,
    on_progress: ProgressCallback | None = None,
    checkpoint: Checkpoint | None = None,
) -> Chain:
    """Run a chain to its end, or until ``on_progress`` asks to stop.

    Parameters
    ----------
    sampler : BlockSampler
        Changed: holds the last state.
    temperatures : ndarray of shape (n_sweeps,), float64
    n_samples : int
        The last so many sweeps are summed up. A chain stopped before them has its last state as the only sample.
    key : str
        Fingerprint of everything the chain depends on; a checkpoint with another one is not taken up.
    parts : ndarray of shape (n_sweeps,), float64, optional
        Part of the documents each sweep draws, never falling; all of them when absent.
    optimization : Optimization, optional
        When the sampler's priors are fitted to its state.
    start : ndarray of shape (n_tokens,), uint16, optional
        Topics to start from, in the order of the sampler's blocks; drawn when absent.
    on_progress : callable, optional
    checkpoint : Checkpoint, optional
        Removed at the end, kept when stopped.

    Returns
    -------
    Chain
    """
    parts = np.ones(len(temperatures)) if parts is None else parts
    chain = _take_up(sampler, checkpoint, key)
    if not chain.trace and start is not None:
        sampler.restore(start)
    elif not chain.trace:
        sampler.start(float(temperatures[0]), float(parts[0]))
    for number in range(len(chain.trace) + 1, len(temperatures) + 1):
        temperature, part = float(temperatures[number - 1]), float(parts[number - 1])
        info = sampler.sweep(number, temperature, part)
        used = sampler.priors.at(temperature)
        levels = (float(used.doc_prior.sum()), float(used.word_prior.mean()))
        chain.trace.append((number, temperature, info.log_likelihood, info.moved, *levels, part))
        if optimization is not None and sampler.is_complete and optimization.is_due(number, temperatures):
            sampler.gather()
            sampler.priors = optimization.of(sampler, temperature)
        if number > len(temperatures) - n_samples:
            sampler.collect(chain.sums)
        finished = number == len(temperatures)
        stop = report(
            on_progress, "sampling topics", number, len(temperatures), "sweeps",
            log_likelihood=info.log_likelihood, temperature=temperature,
        )  # fmt: skip
        if checkpoint is not None and not finished and (stop or checkpoint.due()):
            _save(sampler, chain, checkpoint, key)
        if stop:
            break
    else:
        if checkpoint is not None:
            checkpoint.delete()
    if not sampler.is_complete:  # stopped while documents were still joining
        sampler.start(chain.temperature)
    if chain.sums.n_samples == 0:
        sampler.collect(chain.sums)
    sampler.gather()
    return chain


def _save(sampler: BlockSampler, chain: Chain, checkpoint: Checkpoint, key: str) -> None:
    sampler.gather()
    sums = chain.sums
    priors = {"doc_prior": sampler.priors.doc_prior, "word_prior": sampler.priors.word_prior}
    arrays = {"topics": sampler.topics, "trace": np.array(chain.trace, float), **priors}
    if sums.n_samples:
        arrays |= {"word_topic": sums.word_topic, "doc_topic": sums.doc_topic}
    checkpoint.save(arrays, {"key": key, "n_samples": sums.n_samples, "n_assigned": sampler.n_assigned})


def _take_up(sampler: BlockSampler, checkpoint: Checkpoint | None, key: str) -> Chain:
    """Return the chain a checkpoint holds, the sampler restored to it, or a new one."""
    stored = checkpoint.load() if checkpoint is not None else None
    sums = sampler.make_sums(None if checkpoint is None else checkpoint.path.parent)
    if stored is None or stored[1].get("key") != key:
        return Chain(sums)
    arrays, state = stored
    sampler.restore(arrays["topics"], int(state["n_assigned"]))
    sampler.priors = replace(sampler.priors, doc_prior=arrays["doc_prior"], word_prior=arrays["word_prior"])
    if state["n_samples"]:
        sums.doc_topic[:] = arrays["doc_topic"]
        sums = SampleSums(arrays["word_topic"], sums.doc_topic, int(state["n_samples"]))
    return Chain(sums, [tuple(row) for row in arrays["trace"].tolist()])
