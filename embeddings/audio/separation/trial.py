"""A model of separation tried on mixtures of known sources.

Public names: :class:`SeparationTrial`, :func:`try_separation`.
"""

from dataclasses import dataclass

import numpy as np

from ....core.progress import ProgressCallback, report
from .deep_clustering import DeepClustering
from .quality import SeparationScore, score_separation
from .source_mixing import SourcePool, draw_mixture
from .windows import UNCLEAR, Clarity, separate


@dataclass(frozen=True)
class SeparationTrial:
    """Scores of mixtures.

    Parameters
    ----------
    scores : tuple of SeparationScore
    clarities : tuple of float
        How clearly the network itself told the sources of each mixture apart, 0 to 1; empty where it was not asked.
    """

    scores: tuple[SeparationScore, ...]
    clarities: tuple[float, ...] = ()

    def mean(self, name: str) -> float:
        """Return the mean of one field of the scores."""
        return float(np.mean([getattr(score, name) for score in self.scores]))

    def facts(self) -> dict[str, float]:
        """Return the means in dB, the share of the binary ceiling, the least gain, and how many mixtures there were.

        Where clarities are known also their mean, and how many mixtures were unclear.
        """
        gain, ceiling = self.mean("si_sdr_gain_db"), self.mean("binary_gain_db")
        names = ("si_sdr_gain_db", "sdr_gain_db", "si_sdr_db", "sdr_db", "binary_gain_db", "ratio_gain_db")
        return (
            {name: round(self.mean(name), 2) for name in names}
            | {
                "share_of_binary": round(gain / ceiling, 3),
                "least_si_sdr_gain_db": round(min(score.si_sdr_gain_db for score in self.scores), 2),
                "mixtures": len(self.scores),
            }
            | self._said_by_the_network()
        )

    def _said_by_the_network(self) -> dict[str, float]:
        if not self.clarities:
            return {}
        unclear = sum(clarity < UNCLEAR for clarity in self.clarities)
        return {"clarity": round(float(np.mean(self.clarities)), 3), "unclear_mixtures": unclear}


def try_separation(
    model: DeepClustering,
    pool: SourcePool,
    *,
    n_mixtures: int = 20,
    n_sources: int = 2,
    duration_s: float = 4.0,
    masks: str = "soft",
    random_state: int = 0,
    on_progress: ProgressCallback | None = None,
) -> SeparationTrial:
    """Separate random mixtures of a pool's sounds, which the model should not have learnt from.

    Parameters
    ----------
    model : DeepClustering
    pool : SourcePool
        At the model's rate, at least ``n_sources`` classes.
    n_mixtures, n_sources : int
    duration_s : float
        Length of a mixture; sources are played as they are, up to 5 dB apart.
    masks : {"soft", "hard"}
    random_state : int
    on_progress : callable, optional

    Returns
    -------
    SeparationTrial
    """
    rng, scores, clarities = np.random.default_rng(random_state), [], []
    for done in range(n_mixtures):
        sources = draw_mixture(pool, n_sources, round(duration_s * pool.sample_rate_hz), rng)
        clarity = Clarity()
        mixture = sources.sum(axis=0)
        parts = separate(model, mixture, n_sources, masks=masks, random_state=done, clarity=clarity)
        clarities.append(clarity.value or 0.0)
        scores.append(score_separation(sources, parts, n_fft=model.n_fft))
        if report(on_progress, "separating mixtures of known sources", done + 1, n_mixtures, "mixtures"):
            break
    return SeparationTrial(tuple(scores), tuple(clarities))
