"""Whether chains have settled: split R-hat, effective sample size, how many sweeps to leave out.

A chain is a row of draws of one number, such as the log-likelihood of each sweep. Two kinds of failure show: a chain
that still drifts (its halves differ) and chains that settled in different places. Public names: :func:`split_rhat`,
:func:`rank_rhat`, :func:`ess_bulk`, :func:`ess_tail`, :func:`choose_burn_in`, :func:`diagnose_traces`,
:class:`Convergence`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...core.errors import ParameterError

RHAT_LIMIT = 1.01
"""R-hat above which chains have not settled (Vehtari et al. 2021)."""
ESS_LIMIT = 100
"""Effective draws wanted per chain before R-hat and intervals mean much (Vehtari et al. 2021)."""
_RHAT_OF_FEW = 1.1  # with fewer draws than that, chance alone takes R-hat above RHAT_LIMIT
_FEWEST_DRAWS = 4  # of a half chain's variance, two
_STEEP = 3
_BATCH = 5  # of White, Cobb and Spratt (2000)
_NEARLY = (
    1.1  # the earliest cut as good as the best one: a level but sticky chain has its smallest error anywhere
)


@dataclass(frozen=True)
class Convergence:
    """What the log-likelihoods of some chains say about them.

    Parameters
    ----------
    n_chains, n_draws : int
        Chains, and sweeps of each that were looked at: those at the final temperature.
    burn_in : int or None
        Leading sweeps of those that still climb, by :func:`choose_burn_in` on the mean of the chains; None
        when they still climb at the end.
    rhat, split_rhat : float
        Rank-normalized and plain split R-hat of the sweeps after ``burn_in`` (of their later half when None).
    ess_bulk, ess_tail : float
        Effective draws among them, over all chains.
    mean, spread : float
        Mean log-likelihood a token, and its standard deviation.
    chain_means : tuple of float
    climb : float
        Slope of the mean chain over the later half of the sweeps: change of the log-likelihood a token in 100 sweeps.
    warnings : tuple of str
        One line each; empty when nothing speaks against the chains.
    """

    n_chains: int
    n_draws: int
    burn_in: int | None
    rhat: float
    split_rhat: float
    ess_bulk: float
    ess_tail: float
    mean: float
    spread: float
    chain_means: tuple[float, ...]
    climb: float
    warnings: tuple[str, ...]

    @property
    def has_converged(self) -> bool:
        """Whether nothing speaks against the chains."""
        return not self.warnings


def split_rhat(chains: ArrayLike) -> float:
    """Return the potential scale reduction of chains cut in halves; 1 when all halves agree.

    Parameters
    ----------
    chains : array of shape (n_chains, n_draws) or (n_draws,), n_draws >= 4
        Of an odd number of draws the middle one is left out.

    Returns
    -------
    float
        1 for draws that are all equal; infinite for chains that never move and differ; NaN where a draw is not finite.

    Raises
    ------
    ParameterError
        If there are fewer than four draws.

    References
    ----------
    Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), Rank-normalization, folding, and localization: an improved
    R-hat, Bayesian Analysis 16, equations 1 to 4.
    """
    return _rhat(_split(chains))


def rank_rhat(chains: ArrayLike) -> float:
    """Return the larger of the split R-hats of the draws' ranks and of their folded ranks.

    Ranks make it robust to heavy tails; folding, |draw - median|, makes it see chains that differ in spread alone.

    Parameters
    ----------
    chains : array of shape (n_chains, n_draws) or (n_draws,), n_draws >= 4

    Returns
    -------
    float
        See :func:`split_rhat`.

    Raises
    ------
    ParameterError
        If there are fewer than four draws.

    References
    ----------
    Vehtari et al. (2021), section 4.
    """
    halves = _split(chains)
    if not np.isfinite(halves).all():
        return float("nan")
    folded = np.abs(halves - np.median(halves))
    return max(_rhat(_normal_ranks(halves)), _rhat(_normal_ranks(folded)))


def ess_bulk(chains: ArrayLike) -> float:
    """Return how many independent draws tell as much about the middle of the distribution.

    Parameters
    ----------
    chains : array of shape (n_chains, n_draws) or (n_draws,), n_draws >= 4

    Returns
    -------
    float
        The number of draws when they are all equal; NaN where a draw is not finite.

    Raises
    ------
    ParameterError
        If there are fewer than four draws.

    References
    ----------
    Vehtari et al. (2021), section 3.2, with the autocovariances divided by the number of draws, as Stan and ArviZ do;
    Geyer (1992), Practical Markov chain Monte Carlo, Statistical Science 7 (initial monotone sequence).
    """
    return _ess(_normal_ranks(_split(chains)))


def ess_tail(chains: ArrayLike) -> float:
    """Return how many independent draws tell as much about the 5 % and the 95 % quantile: the smaller of the two.

    Parameters
    ----------
    chains : array of shape (n_chains, n_draws) or (n_draws,), n_draws >= 4

    Returns
    -------
    float
        See :func:`ess_bulk`.

    Raises
    ------
    ParameterError
        If there are fewer than four draws.

    References
    ----------
    Vehtari et al. (2021), section 4.3.
    """
    halves = _split(chains)
    if not np.isfinite(halves).all():
        return float("nan")
    low, high = np.quantile(np.asarray(chains, float), [0.05, 0.95])
    return min(_ess((halves <= low).astype(float)), _ess((halves <= high).astype(float)))


def choose_burn_in(trace: ArrayLike) -> int | None:
    """Choose how many leading draws to leave out: those that disturb the mean more than they inform it.

    Parameters
    ----------
    trace : array of shape (n_draws,)

    Returns
    -------
    int or None
        At most half of the draws; None when the later half still has a slope (of more than three standard errors,
        the draws' correlation reckoned with), or there are fewer than ten draws: the chain is too short to tell.

    References
    ----------
    White, Cobb and Spratt (2000), A comparison of five steady-state truncation heuristics for simulation, Proc. Winter
    Simulation Conference (MSER-5): the cut with the smallest standard error of the mean of what is left; here, the
    earliest within a tenth of it.
    """
    values = np.asarray(trace, float)
    n_batches = len(values) // _BATCH
    if n_batches < 2:
        return None
    slope, error = _late_slope(values)
    if abs(slope) > _STEEP * error:
        return None
    batches = values[len(values) - n_batches * _BATCH :].reshape(n_batches, _BATCH).mean(axis=1)
    centered = batches - batches.mean()  # keeps the difference of squares exact
    left = np.arange(n_batches, 0, -1)
    sums, squares = np.cumsum(centered[::-1])[::-1], np.cumsum(centered[::-1] ** 2)[::-1]
    score = ((squares - sums**2 / left) / left**2)[: n_batches // 2 + 1]
    cut = int(np.argmax(score <= _NEARLY * score.min()))
    return cut * _BATCH + (len(values) % _BATCH if cut else 0)


def _late_slope(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the slope per draw of the later half, and its standard error with correlated draws."""
    late = values[len(values) // 2 :]
    time = np.arange(len(late)) - (len(late) - 1) / 2
    spread = float(time @ time)
    slope = float(time @ late) / spread
    residuals = late - late.mean() - slope * time
    correlated = len(late) / _ess(residuals[None, :])
    error = np.sqrt(residuals @ residuals / max(len(late) - 2, 1) / spread * max(correlated, 1.0))
    return slope, float(error)


def diagnose_traces(traces: Sequence[Mapping[str, Any]]) -> Convergence:
    """Judge chains of one model by the log-likelihood of their sweeps.

    Parameters
    ----------
    traces : sequence of mapping
        ``trace_`` of fitted models: ``temperature`` and ``log_likelihood``, one entry a sweep. Only sweeps at the last
        temperature count: before, the chain is annealed and has no fixed distribution.

    Returns
    -------
    Convergence

    Raises
    ------
    ParameterError
        If there is no chain, or a chain has fewer than four sweeps at its final temperature.

    Notes
    -----
    The log-likelihood is one number: chains may agree on it and have found different topics, which only their
    matching shows (:func:`~bandscape.topics.diagnostics.fit_chains`). A single chain cannot know of places it never
    saw.
    """
    if not traces:
        raise ParameterError("traces must hold at least one chain")
    settled = [_final_sweeps(trace) for trace in traces]
    n_draws = min(len(draws) for draws in settled)
    if n_draws < _FEWEST_DRAWS:
        raise ParameterError(
            f"a chain needs at least {_FEWEST_DRAWS} sweeps at its final temperature; got {n_draws}: take more sweeps"
        )
    chains = np.array([draws[-n_draws:] for draws in settled])
    burn_in = choose_burn_in(chains.mean(axis=0))
    kept = chains[:, n_draws // 2 if burn_in is None else burn_in :]
    if kept.shape[1] < _FEWEST_DRAWS:
        kept = chains[:, -_FEWEST_DRAWS:]
    judged = Convergence(
        n_chains=len(chains),
        n_draws=n_draws,
        burn_in=burn_in,
        rhat=rank_rhat(kept),
        split_rhat=split_rhat(kept),
        ess_bulk=ess_bulk(kept),
        ess_tail=ess_tail(kept),
        mean=float(kept.mean()),
        spread=float(kept.std(ddof=1)),
        chain_means=tuple(kept.mean(axis=1).tolist()),
        climb=100 * _late_slope(chains.mean(axis=0))[0],
        warnings=(),
    )
    return replace(judged, warnings=tuple(_warnings(judged)))


def _final_sweeps(trace: Mapping[str, Any]) -> NDArray[np.float64]:
    """Return the log-likelihoods from where the temperature has its last value."""
    temperature = np.asarray(trace["temperature"], float)
    changes = np.flatnonzero(temperature != temperature[-1])
    return np.asarray(trace["log_likelihood"], float)[changes[-1] + 1 if len(changes) else 0 :]


def _warnings(judged: Convergence) -> list[str]:
    """Return one line for each thing that speaks against the chains; what follows from another is not said again."""
    lines = []
    if judged.burn_in is None:
        share = abs(np.expm1(-judged.climb))
        lines.append(
            f"the log-likelihood is not level after {judged.n_draws} sweeps at the final temperature: "
            f"{judged.climb:+.4f} a token in 100 sweeps, {share:.1%} of perplexity; take more sweeps"
        )
    wanted = ESS_LIMIT * judged.n_chains
    least = min(judged.ess_bulk, judged.ess_tail)
    limit = RHAT_LIMIT if least >= wanted else _RHAT_OF_FEW
    if judged.rhat > limit and (judged.n_chains > 1 or not lines):
        what = "chains differ, or still drift" if judged.n_chains > 1 else "the chain still drifts"
        lines.append(f"R-hat is {judged.rhat:.3f}, above {limit}: {what}; take more sweeps")
    if least < wanted and not lines:
        lines.append(
            f"{least:.0f} effective sweeps, fewer than {wanted}: R-hat and the mean are themselves uncertain"
        )
    return lines


def _split(chains: ArrayLike) -> NDArray[np.float64]:
    """Cut each chain in two; shape (2 * n_chains, n_draws // 2)."""
    draws = np.atleast_2d(np.asarray(chains, float))
    if draws.ndim != 2 or draws.shape[1] < _FEWEST_DRAWS:
        raise ParameterError(
            f"chains must be rows of at least {_FEWEST_DRAWS} draws; got an array of shape {draws.shape}"
        )
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, -half:]])


def _rhat(chains: NDArray[np.float64]) -> float:
    n_draws = chains.shape[1]
    within = float(chains.var(axis=1, ddof=1).mean())
    between = n_draws * float(chains.mean(axis=1).var(ddof=1))
    if np.isfinite(chains).all() and np.ptp(chains) == 0:
        return 1.0
    if within == 0:
        return float("inf")
    return float(np.sqrt((between / within + n_draws - 1) / n_draws))


def _normal_ranks(chains: NDArray[np.float64]) -> NDArray[np.float64]:
    """Replace draws by the normal scores of their ranks over all chains (Vehtari et al. 2021, equation 14)."""
    if not np.isfinite(chains).all():
        return np.full_like(chains, np.nan)
    from scipy import stats

    ranks = stats.rankdata(chains, method="average").reshape(chains.shape)
    return stats.norm.ppf((ranks - 0.375) / (chains.size + 0.25))


def _ess(chains: NDArray[np.float64]) -> float:
    """Return the effective sample size of chains (rows), by Geyer's initial monotone sequence."""
    n_chains, n_draws = chains.shape
    if not np.isfinite(chains).all():
        return float("nan")
    if np.ptp(chains) == 0:
        return float(chains.size)
    covariances = np.array([_autocovariance(chain) for chain in chains])
    within = covariances[:, 0].mean() * n_draws / (n_draws - 1)
    total = within * (n_draws - 1) / n_draws
    if n_chains > 1:
        total += chains.mean(axis=1).var(ddof=1)
    correlation = 1 - (within - covariances.mean(axis=0)) / total
    correlation[0] = 1.0
    time = max(_correlation_time(correlation), 1 / np.log10(chains.size))
    return float(chains.size / time)


def _autocovariance(chain: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the autocovariance at lags 0 to n_draws - 1, each sum divided by n_draws."""
    n_draws = len(chain)
    size = 1 << (2 * n_draws - 1).bit_length()
    spectrum = np.fft.rfft(chain - chain.mean(), size)
    return np.fft.irfft(spectrum * spectrum.conj(), size)[:n_draws] / n_draws


def _correlation_time(correlation: NDArray[np.float64]) -> float:
    """Return -1 + 2 times the sum of Geyer's pairs before the first that is not positive, made monotone.

    The even lag of that pair is added once where it is positive, which serves antithetic chains. The pair that
    would need the very last lags ends the sum in any case.
    """
    n_lags = len(correlation)
    n_pairs = 1 + max(n_lags - 3, 0) // 2
    pairs = correlation[: 2 * n_pairs].reshape(n_pairs, 2).sum(axis=1)
    ends = np.flatnonzero(pairs[1:] <= 0)
    last = 1 + int(ends[0]) if len(ends) else n_pairs - 1
    kept = np.minimum.accumulate(pairs[:last])
    return float(-1 + 2 * kept.sum() + max(correlation[2 * last], 0.0))
