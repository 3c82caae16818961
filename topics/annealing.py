"""Annealing: how the priors shrink from sweep to sweep until samples are taken.

With priors small from the start the chain mixes badly; a high temperature makes the prior's mass comparable to the
data's, then cools. Public names: :class:`StepAnnealing`, :class:`SmoothAnnealing`, :data:`Annealing`.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.errors import ParameterError

_GROWTH = ((0.125, 0.25), (0.25, 0.125), (0.5, 0.125))
"""Part of the documents, and share of the sweeps that draw only these."""
_LEAST_TOKENS = 100_000
NAMED_HEAT = 0.2
"""Part of the usual first heat where keywords' tokens begin in their topics: enough to loosen topics that began
crossed, not so much that names are lost."""

ANCHORED_HEAT = 0.6
"""The same where topics without keywords begin at anchors, and those with keywords are drawn."""


@dataclass(frozen=True)
class StepAnnealing:
    """Cool by a factor every few sweeps (the original's schedule, for the proportional prior).

    Parameters
    ----------
    start : float, > 0
        First temperature.
    factor : float in (0, 1)
        From one level to the next.
    sweeps_per_level : int, >= 1
        Fewer where ``n_sweeps`` leaves no room for them all.
    final : float, > 0
        Temperature samples are taken at. Levels go on while the temperature exceeds it.
    """

    start: float = 1.0
    factor: float = 0.75
    sweeps_per_level: int = 10
    final: float = 0.1

    def temperatures(self, n_sweeps: int, n_samples: int, prior_load: float) -> NDArray[np.float64]:  # noqa: ARG002
        """Return the temperature of each sweep; the last ``n_samples`` have ``final``."""
        _check_positive(self.start, "StepAnnealing.start")
        _check_positive(self.final, "StepAnnealing.final")
        if not 0 < self.factor < 1 or self.sweeps_per_level < 1:
            raise ParameterError(
                "StepAnnealing needs factor in (0, 1) and sweeps_per_level >= 1; "
                f"got {self.factor} and {self.sweeps_per_level}"
            )
        levels = []
        level = float(self.start)
        while level > self.final:
            levels += [level] * self.sweeps_per_level
            level *= self.factor
        room = n_sweeps - n_samples
        if len(levels) > room:
            levels = [levels[at * len(levels) // room] for at in range(room)]
        return np.array(levels + [float(self.final)] * (n_sweeps - len(levels)))


@dataclass(frozen=True)
class SmoothAnnealing:
    """Cool the word prior quadratically to 1 while documents join (for the classic prior).

    Parameters
    ----------
    start : float >= 1 or None
        First temperature with all documents, times the part of them that takes part; None chooses it so that the
        word prior weighs a third of the tokens that take part.
    share : float in (0, 1]
        Part of the work spent cooling.
    is_growing : bool
        Whether the first sweeps draw an eighth, a quarter and a half of the documents: topics take shape as well, and
        a sweep costs as much less. A part has at least 100,000 tokens.
    """

    start: float | None = None
    share: float = 0.45
    is_growing: bool = True
    final = 1.0

    def parts(self, n_sweeps: int, n_samples: int, n_tokens: int) -> NDArray[np.float64]:
        """Return the part of the documents that each sweep draws; the last ``n_samples`` draw all."""
        stages = [stage for stage in _GROWTH if self.is_growing and stage[0] * n_tokens >= _LEAST_TOKENS]
        wanted = n_sweeps * sum(share for _, share in stages)
        fit = min(1.0, (n_sweeps - n_samples) / wanted) if wanted else 0.0
        growing = [part for part, share in stages for _ in range(int(share * n_sweeps * fit))]
        return np.array(growing + [1.0] * (n_sweeps - len(growing)))

    def temperatures(
        self, n_sweeps: int, n_samples: int, prior_load: float, parts: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """Return the temperature of each sweep; ``prior_load`` is the corpus' tokens over the word prior's."""
        start = max(prior_load / 3, 1.0) if self.start is None else float(self.start)
        _check_positive(start, "SmoothAnnealing.start")
        if not 0 < self.share <= 1:
            raise ParameterError(f"SmoothAnnealing.share must be in (0, 1]; got {self.share}")
        parts = np.ones(n_sweeps) if parts is None else parts
        work = np.cumsum(parts)
        n_cooling = min(self.share * work[-1], work[-1] - n_samples)
        if n_cooling <= 0:
            return np.ones(n_sweeps)
        left = np.clip(1 - (work - parts) / n_cooling, 0, None)
        heat = start - 1 if start < 1 else np.maximum(start * parts - 1, 0)
        return 1 + heat * left**2


Annealing = StepAnnealing | SmoothAnnealing


def _check_positive(value: float, name: str) -> None:
    if not (math.isfinite(value) and value > 0):
        raise ParameterError(f"{name} must be a number > 0; got {value!r}")
