"""Where topics stand: near means like words. Public names: :func:`lay_out_topics`, :class:`TopicLayout`."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.randomness import RandomState, as_seed
from .discs import spread_discs
from .divergence import embed_divergence, jensen_shannon
from .layout import lay_out
from .trust import trustworthiness

_NEIGHBORS = 5


@dataclass(frozen=True, eq=False)
class TopicLayout:
    """Topics as discs on a plane.

    Parameters
    ----------
    centers : ndarray of shape (n_topics, 2), float64
        The longer half-side of the picture is 1.
    radii : ndarray of shape (n_topics,), float64
        Areas are proportional to shares; no disc covers another.
    divergence : ndarray of shape (n_topics, n_topics), float64
        Jensen-Shannon, in nats.
    method : str
        "opentsne", "sklearn" or "pca", see :func:`~bandscape.viz.lay_out`.
    perplexity : float or None
    seed : int
    trustworthiness : float
        Of the places after the discs were moved apart, over five neighbors; NaN below four topics.
    """

    centers: NDArray[np.float64]
    radii: NDArray[np.float64]
    divergence: NDArray[np.float64]
    method: str
    perplexity: float | None
    seed: int
    trustworthiness: float

    def __len__(self) -> int:
        """Count the topics."""
        return len(self.centers)

    def nearest(self, n: int = _NEIGHBORS) -> NDArray[np.int64]:
        """Return the n topics most like each topic, shape (n_topics, min(n, n_topics - 1)), nearest first."""
        apart = self.divergence + np.diag(np.full(len(self), np.inf))
        return np.argsort(apart, axis=1, kind="stable")[:, : min(n, len(self) - 1)]


def lay_out_topics(
    topic_word: NDArray[np.floating],
    topic_share: NDArray[np.floating],
    *,
    random_state: RandomState = 0,
    n_jobs: int = 1,
) -> TopicLayout:
    """Place topics by how alike their word distributions are.

    The Jensen-Shannon divergences of all pairs are the squared distances of points in as many dimensions as needed;
    these points are laid out by t-SNE (by their principal coordinates below eight topics), and the discs are then
    moved apart.

    Parameters
    ----------
    topic_word : ndarray of shape (n_topics, n_words)
        Rows sum to 1.
    topic_share : ndarray of shape (n_topics,)
    random_state : None, int, Generator or RandomState
    n_jobs : int
        Threads; the result does not depend on it.

    Returns
    -------
    TopicLayout
    """
    seed = as_seed(random_state)
    divergence = jensen_shannon(topic_word, n_jobs=n_jobs)
    points = embed_divergence(divergence)
    placed = lay_out(points, metric="euclidean", random_state=seed, n_jobs=n_jobs)
    centers, radii = spread_discs(_lying(placed.coordinates), topic_share)
    trust = trustworthiness(points, centers, n_neighbors=_NEIGHBORS)
    return TopicLayout(centers, radii, divergence, placed.method, placed.perplexity, seed, trust)


def _lying(coordinates: NDArray[np.floating]) -> NDArray[np.float64]:
    """Turn a layout, whose directions mean nothing, so that its longest extent is level."""
    centered = np.asarray(coordinates, np.float64) - np.mean(coordinates, axis=0)
    (xx, xy), (_, yy) = centered.T @ centered
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    return centered @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
