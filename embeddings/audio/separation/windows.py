"""A mixture of any length separated in windows that overlap; memory does not grow with its length.

Each window is clustered on its own. Which of its sources is which of the window before is decided on the stretch that
both cover: the order under which the sounds agree best, and, where the stretch is too quiet to tell, the order under
which the centers lie nearest. The two versions are faded into one another, so sources still add up to the mixture.
Public names: :func:`separate_pieces`, :func:`separate`, :func:`count_sources`, :class:`Clarity`, :data:`UNCLEAR`.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from ....core.errors import ParameterError
from ..features.short_time import stft
from .deep_clustering import DeepClustering
from .embedding_clusters import SHARPNESS, estimate_count, find_centers, memberships
from .masks import apply_masks
from .network import cell_weights

WINDOW_S, OVERLAP_S = 6.0, 1.5
MOST_SOURCES = 8
MASKS = ("soft", "hard")
_QUIET = 1e-8  # power below which a window is silent: -80 dB
_CENTER_WEIGHT = 1.0  # power of a cell's magnitude when centers are found
_CENTERS_COUNT = 0.1  # of the agreement of centers, beside that of sounds
# clarity below which sources were hardly told apart: of 84 mixtures of two voices, by three networks, those above
# gained 5.4 dB (8 % less than 2), those below 1.4 (63 % less than 2)
UNCLEAR = 0.45


class Clarity:
    """How clearly cells belong to one source, gathered over the windows of a mixture.

    What the network itself says of its success, without the true sources.
    """

    def __init__(self) -> None:
        self._sum = self._weight = 0.0

    def add(self, shares: NDArray[np.floating], weights: NDArray[np.floating]) -> None:
        """Add the cells of a window.

        Parameters
        ----------
        shares : ndarray of shape (n_sources, n_cells)
            Soft, adding up to 1.
        weights : ndarray of shape (n_cells,), >= 0
        """
        if len(shares) < 2:
            return
        chance = 1.0 / len(shares)
        self._sum += float(weights @ (shares.max(axis=0) - chance)) / (1.0 - chance)
        self._weight += float(weights.sum())

    @property
    def value(self) -> float | None:
        """From 0, all cells shared evenly, to 1, each cell of one source; None of a single source, and of silence."""
        return self._sum / self._weight if self._weight else None


def separate_pieces(
    model: DeepClustering,
    pieces: Iterable[NDArray[np.float32]],
    n_sources: int,
    *,
    masks: str = "soft",
    window_s: float = WINDOW_S,
    random_state: int = 0,
    clarity: Clarity | None = None,
) -> Iterator[NDArray[np.float32]]:
    """Separate a signal that comes in pieces.

    Parameters
    ----------
    model : DeepClustering
    pieces : iterable of ndarray of shape (n, n_channels), float32
        At the model's rate.
    n_sources : int
        1 to 8, and at most the length of an embedding.
    masks : {"soft", "hard"}
        Shares of a cell, or all of it for one source.
    window_s : float
        Seconds separated at a time, at least three times the overlap of neighboring windows (1.5 s at most).
    random_state : int
    clarity : Clarity, optional
        Gathers how clearly the sources are told apart.

    Yields
    ------
    ndarray of shape (n_sources, n, n_channels), float32
        The lengths add up to that of the signal, and the sources to the signal.

    Raises
    ------
    ParameterError
        If an option is out of range.
    """
    _check_options(model, n_sources, masks, window_s)
    rate = model.sample_rate_hz
    length = round(window_s * rate)
    lap = min(round(OVERLAP_S * rate), length // 3)
    sharpness = SHARPNESS if masks == "soft" else None
    state = _Tracker(model, n_sources, sharpness, np.random.default_rng(random_state), clarity or Clarity())
    for window, first, last in _windows(pieces, length, lap):
        parts = state.take(window, 0 if first else lap)
        if not last:
            state.tail = parts[:, len(window) - lap :]
            parts = parts[:, : len(window) - lap]
        yield parts


def separate(
    model: DeepClustering,
    samples: NDArray[np.floating],
    n_sources: int,
    *,
    masks: str = "soft",
    random_state: int = 0,
    clarity: Clarity | None = None,
) -> NDArray[np.float32]:
    """Separate a whole signal.

    Parameters
    ----------
    model : DeepClustering
    samples : ndarray of shape (n_samples,) or (n_samples, n_channels)
        At the model's rate, at least one frame long.
    n_sources : int
    masks : {"soft", "hard"}
    random_state : int
    clarity : Clarity, optional

    Returns
    -------
    ndarray of shape (n_sources, *samples.shape), float32

    Raises
    ------
    ParameterError
        If the signal is shorter than a frame, or an option is out of range.
    """
    sound = np.asarray(samples, np.float32)
    if sound.ndim not in (1, 2) or len(sound) < model.n_fft:
        raise ParameterError(
            f"samples must be (n,) or (n, n_channels) with n >= {model.n_fft}, one frame; got shape {sound.shape}"
        )
    piece = sound if sound.ndim == 2 else sound[:, None]
    parts = list(
        separate_pieces(model, [piece], n_sources, masks=masks, random_state=random_state, clarity=clarity)
    )
    return np.concatenate(parts, axis=1).reshape(n_sources, *sound.shape)


def count_sources(
    model: DeepClustering,
    pieces: Iterable[NDArray[np.float32]],
    *,
    most: int = MOST_SOURCES,
    window_s: float = WINDOW_S,
    random_state: int = 0,
) -> int:
    """Estimate how many sources a signal has: the number that most of its seconds show, of those that show any.

    Parameters
    ----------
    model : DeepClustering
    pieces : iterable of ndarray of shape (n, n_channels), float32
    most : int
    window_s : float
    random_state : int

    Returns
    -------
    int
        1 to ``most``; 0 where all is silent.
    """
    rng, votes = np.random.default_rng(random_state), np.zeros(most + 1)
    length = round(window_s * model.sample_rate_hz)
    for window, _first, _last in _windows(pieces, length, 0):
        mono = window.mean(axis=1)
        if _is_silent(mono) or len(mono) < model.n_fft:
            continue
        points, weights = _cells(model, mono)
        votes[estimate_count(points, weights, most, rng)] += float(np.sqrt(np.mean(np.square(mono))))
    return int(votes.argmax()) if votes.any() else 0


class _Tracker:
    """What one window must know of the one before."""

    def __init__(
        self, model: DeepClustering, n_sources: int, sharpness: float | None, rng: np.random.Generator,
        clarity: Clarity,
    ) -> None:  # fmt: skip
        self._model, self._n_sources, self._sharpness, self._rng = model, n_sources, sharpness, rng
        self._clarity = clarity
        self._centers: NDArray[np.float32] | None = None
        self.tail = np.empty((n_sources, 0, 1), np.float32)

    def take(self, window: NDArray[np.float32], lap: int) -> NDArray[np.float32]:
        """Separate a window, (n_sources, n, n_channels), in the order of the one before, faded in over its tail."""
        parts, centers = self._separated(window)
        if lap:
            order = self._order(parts[:, :lap], centers)
            parts = parts[order]
            centers = None if centers is None else centers[order]
            rise = (np.arange(lap, dtype=np.float32) / lap)[:, None]
            parts[:, :lap] = rise * parts[:, :lap] + (1.0 - rise) * self.tail
        if centers is not None:
            self._centers = centers
        return parts

    def _separated(
        self, window: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        mono = window.mean(axis=1)
        if _is_silent(mono):
            return np.repeat(window[None] / np.float32(self._n_sources), self._n_sources, axis=0), None
        points, weights = _cells(self._model, mono)
        centers = find_centers(points, weights, min(self._n_sources, int((weights > 0).sum())), self._rng)
        soft = memberships(points, centers, sharpness=SHARPNESS)
        self._clarity.add(soft, weights)
        shares = soft if self._sharpness else memberships(points, centers)
        n_bins = self._model.n_fft // 2 + 1
        masks = shares.reshape(len(centers), -1, n_bins)
        parts = apply_masks(window, masks)
        if len(parts) < self._n_sources:  # hardly a cell sounds: the rest are silent
            parts = np.concatenate(
                [parts, np.zeros((self._n_sources - len(parts), *window.shape), np.float32)]
            )
            centers = None
        return parts, centers

    def _order(self, head: NDArray[np.float32], centers: NDArray[np.float32] | None) -> NDArray[np.intp]:
        """Return for each source of the window before which of this window goes on with it."""
        from scipy.optimize import linear_sum_assignment

        before, now = (x.reshape(self._n_sources, -1).astype(np.float64) for x in (self.tail, head))
        energy = float(np.square(before.sum(axis=0)).sum())
        agreement = before @ now.T / max(energy, 1e-12 + _QUIET * before.shape[1])
        if self._centers is not None and centers is not None:
            agreement = agreement + _CENTERS_COUNT * (self._centers @ centers.T)
        return linear_sum_assignment(agreement, maximize=True)[1]


def _cells(
    model: DeepClustering, mono: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    magnitudes = np.abs(stft(mono, model.n_fft))
    return model.embed(magnitudes).reshape(-1, model.dim), cell_weights(magnitudes, _CENTER_WEIGHT).ravel()


def _windows(
    pieces: Iterable[NDArray[np.float32]], length: int, lap: int
) -> Iterator[tuple[NDArray[np.float32], bool, bool]]:
    """Cut pieces into windows that overlap by ``lap``; the last one holds the rest.

    Yields the window, whether it is the first, and whether it is the last.
    """
    waiting: list[NDArray[np.float32]] = []
    count, first = 0, True
    for piece in pieces:
        waiting.append(piece)
        count += len(piece)
        while count >= 2 * length:  # so that the rest is never a sliver
            whole = np.concatenate(waiting)
            yield whole[:length], first, False
            waiting, first = [whole[length - lap :]], False
            count = len(waiting[0])
    if count:
        whole = np.concatenate(waiting)
        if count > length + length // 2:
            yield whole[:length], first, False
            whole, first = whole[length - lap :], False
        yield whole, first, True


def _is_silent(mono: NDArray[np.float32]) -> bool:
    return float(np.mean(np.square(mono, dtype=np.float64))) < _QUIET


def _check_options(model: DeepClustering, n_sources: int, masks: str, window_s: float) -> None:
    most = min(MOST_SOURCES, model.dim)
    if not isinstance(n_sources, int | np.integer) or not 1 <= n_sources <= most:
        raise ParameterError(f"n_sources must be an int within 1 to {most} for this model; got {n_sources!r}")
    if masks not in MASKS:
        raise ParameterError(f"masks must be one of {', '.join(MASKS)}; got {masks!r}")
    if not 0.5 <= window_s <= 60:
        raise ParameterError(f"window_s must be within 0.5 to 60; got {window_s!r}")
