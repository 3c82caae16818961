"""The numbers of the generative model, and its random streams.

Public names: :class:`SimulationSettings`, :func:`stream`, :func:`permute`.
"""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ParameterError


@dataclass(frozen=True)
class SimulationSettings:
    """The numbers of the generative model.

    Parameters
    ----------
    n_reviews, n_artists, n_topics : int
        Topics beyond the named ones get coined words.
    seed : int
    words_per_review : int
        Mean number of words that carry a topic; small words come on top.
    n_rare_words : int
        Coined words, capitalized, that belong to no topic.
    rare_share : float
        Share of rare words in the text of any topic.
    shared_share : float
        Share of the words that all topics have in common.
    own_mention_rate, peer_mention_rate : float
        Probability that a place in the text names the reviewed artist, or one like it.
    concentration : float
        Sum of the Dirichlet parameters of a review's topic shares.
    general_share : float
        Expected share of the topics that belong to no genre.
    position_noise : float
        Standard deviation, per dimension, of an artist around the center of its genres.
    second_genre, second_artist : float
        Probability of an artist having a second genre, and of a review having a second artist.
    quality_sd, author_sd, genre_sd, score_noise_sd : float
        Standard deviations of the parts of a score.
    missing : float
        1 for the usual shares of missing values (text 3 %, genre 10 %, ...), 0 for none.
    hostile_names : bool
        Whether a few artists have names such as ``"<b>Static</b>"``, which whatever shows them has to escape; else
        plain ones stand in their places.
    """

    n_reviews: int = 2000
    n_artists: int = 400
    n_topics: int = 24
    seed: int = 0
    words_per_review: int = 120
    n_rare_words: int = 1500
    rare_share: float = 0.03
    shared_share: float = 0.22
    own_mention_rate: float = 0.015
    peer_mention_rate: float = 0.006
    concentration: float = 6.0
    general_share: float = 0.3
    position_noise: float = 0.2
    second_genre: float = 0.3
    second_artist: float = 0.03
    quality_sd: float = 0.7
    author_sd: float = 0.25
    genre_sd: float = 0.25
    score_noise_sd: float = 0.7
    missing: float = 1.0
    hostile_names: bool = True

    def check(self) -> None:
        """Raise if a value is out of range.

        Raises
        ------
        ParameterError
            Naming the parameter, what is required and what came.
        """
        lowest = {"n_reviews": 1, "n_artists": 1, "n_topics": 2, "words_per_review": 1, "n_rare_words": 1}
        for name, least in lowest.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
                raise ParameterError(f"{name} must be an int >= {least}; got {value!r}")
        if self.n_artists > self.n_reviews:
            raise ParameterError(
                f"n_artists must be <= n_reviews, as every artist has a review; got {self.n_artists} > {self.n_reviews}"
            )
        if self.n_topics > 500:
            raise ParameterError(f"n_topics must be <= 500; got {self.n_topics}")
        shares = ("rare_share", "shared_share", "own_mention_rate", "peer_mention_rate", "general_share")
        for name in (*shares, "second_genre", "second_artist"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ParameterError(f"{name} must be within [0, 1); got {getattr(self, name)!r}")
        for one, other in (("rare_share", "shared_share"), ("own_mention_rate", "peer_mention_rate")):
            total = getattr(self, one) + getattr(self, other)
            if total >= 1.0:
                raise ParameterError(f"{one} and {other} must sum to less than 1; got {total:g}")
        for name in ("quality_sd", "author_sd", "genre_sd", "score_noise_sd", "position_noise", "missing"):
            if not 0.0 <= getattr(self, name) <= 10.0:
                raise ParameterError(f"{name} must be within 0 to 10; got {getattr(self, name)!r}")
        if not 0.01 <= self.concentration <= 1e6:
            raise ParameterError(f"concentration must be within 0.01 to 1e6; got {self.concentration!r}")

    def as_dict(self) -> dict[str, int | float]:
        """Return the settings as JSON-able values."""
        return {
            name: value.item() if isinstance(value, np.generic) else value
            for name, value in asdict(self).items()
        }


def stream(seed: int, stage: int, block: int = 0) -> np.random.Generator:
    """Return the random stream of one block of one stage, independent of all others (Philox, counter-based)."""
    return np.random.Generator(np.random.Philox(key=np.array([seed, (stage << 48) + block], dtype=np.uint64)))


STAGE_WORDS, STAGE_ARTISTS, STAGE_LABELS, STAGE_AUTHORS, STAGE_REVIEWS, STAGE_ORDER, STAGE_AUDIO = range(7)
STAGE_HISTORIES = 7


def permute(positions: NDArray[np.int64], n: int, seed: int) -> NDArray[np.int64]:
    """Map positions to their places in a pseudo-random permutation of ``range(n)``, without holding it.

    A four-round Feistel network on the smallest even number of bits that holds ``n``, walked until the value falls
    below ``n`` again.

    Parameters
    ----------
    positions : ndarray of int64, values in [0, n)
    n : int
    seed : int

    Returns
    -------
    ndarray of int64, values in [0, n)

    References
    ----------
    J. Black, P. Rogaway, "Ciphers with Arbitrary Finite Domains", CT-RSA 2002 (cycle walking).
    """
    half = max(1, (max(n - 1, 1).bit_length() + 1) // 2)
    keys = stream(seed, STAGE_ORDER).integers(0, 2**63, size=4, dtype=np.uint64)
    values = _feistel(positions.astype(np.uint64), half, keys)
    outside = np.flatnonzero(values >= n)
    while len(outside):
        values[outside] = _feistel(values[outside], half, keys)
        outside = outside[values[outside] >= n]
    return values.astype(np.int64)


def _feistel(values: NDArray[np.uint64], half: int, keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mask = np.uint64((1 << half) - 1)
    shift = np.uint64(half)
    left, right = values >> shift, values & mask
    for key in keys:
        mixed = (right ^ key) * np.uint64(0x9E3779B97F4A7C15)  # wraps around, as a hash should
        mixed = (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        left, right = right, left ^ ((mixed >> np.uint64(32)) & mask)
    return (left << shift) | right
