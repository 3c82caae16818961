"""What is fixed before the first review of a simulated corpus is written: words, topics, artists, labels, authors.

The equations are in :mod:`bandscape.datasets.simulation.simulate`. Everything here is a function of
:class:`SimulationSettings` alone; a :class:`Plan` grows with the number of artists, never with that of reviews.

Public names: :class:`Plan`, :class:`Artists`, :func:`make_plan`.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .names import make_artist_names, make_label_names, make_person_names
from .settings import STAGE_ARTISTS, STAGE_AUTHORS, STAGE_LABELS, SimulationSettings, stream
from .topics import Topics, make_topics, zipf
from .words import GENRES

N_DIMENSIONS = 12
GENRE_SHARES = np.array([0.20, 0.14, 0.11, 0.12, 0.11, 0.10, 0.09, 0.07, 0.06])

# Cosine of the genre centers (upper triangle, order of GENRES): which genres lie near one another.
GENRE_COSINES = {
    ("rock", "experimental"): 0.15,
    ("rock", "pop/r&b"): 0.2,
    ("rock", "metal"): 0.25,
    ("rock", "folk/country"): 0.3,
    ("electronic", "experimental"): 0.3,
    ("electronic", "pop/r&b"): 0.2,
    ("electronic", "rap"): 0.1,
    ("experimental", "jazz"): 0.2,
    ("experimental", "metal"): 0.1,
    ("rap", "pop/r&b"): 0.35,
    ("jazz", "global"): 0.15,
    ("pop/r&b", "jazz"): 0.1,
    ("folk/country", "global"): 0.15,
}


# -- artists, labels, authors --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Artists:
    """What is true of each artist; arrays have ``n_artists`` rows.

    Parameters
    ----------
    names : tuple of str
    genre, second_genre : ndarray of int8
        Index into ``GENRES``; the second is -1 for most.
    mixture : ndarray of shape (n_artists, n_genres), float64
    position : ndarray of shape (n_artists, N_DIMENSIONS), float64
    quality : ndarray of float64
    first_review : ndarray of int64, length n_artists + 1
        Artist ``a`` has the places ``first_review[a]`` to ``first_review[a + 1]`` of the (permuted) reviews.
    debut : ndarray of float64 in [0, 1)
        When the artist's first review can be, as a share of the time span.
    labels : ndarray of shape (n_artists, 2), int32
    by_likeness : ndarray of int64
        Artists ordered by genre, then along one direction within it.
    rank : ndarray of int64
        Inverse of ``by_likeness``.
    """

    names: tuple[str, ...]
    genre: NDArray[np.int8]
    second_genre: NDArray[np.int8]
    mixture: NDArray[np.float64]
    position: NDArray[np.float64]
    quality: NDArray[np.float64]
    first_review: NDArray[np.int64]
    debut: NDArray[np.float64]
    labels: NDArray[np.int32]
    by_likeness: NDArray[np.int64]
    rank: NDArray[np.int64]


def genre_cosines() -> NDArray[np.float64]:
    """Return the cosines of the genre centers, shape (n_genres, n_genres)."""
    cosines = np.eye(len(GENRES))
    for (one, other), value in GENRE_COSINES.items():
        i, j = GENRES.index(one), GENRES.index(other)
        cosines[i, j] = cosines[j, i] = value
    return cosines


def make_genre_centers(rng: np.random.Generator) -> NDArray[np.float64]:
    """Place the genres at random, of unit length, with the angles of :func:`genre_cosines` (equation 1)."""
    basis = np.linalg.qr(rng.standard_normal((N_DIMENSIONS, N_DIMENSIONS)))[0][: len(GENRES)]
    return (np.linalg.cholesky(genre_cosines()) @ basis).astype(np.float64)


def make_artists(
    settings: SimulationSettings, centers: NDArray[np.float64], label_genre: NDArray[np.int64]
) -> Artists:
    """Draw the artists (equations 2 and 3)."""
    rng = stream(settings.seed, STAGE_ARTISTS)
    n = settings.n_artists
    genre = rng.choice(len(GENRES), size=n, p=GENRE_SHARES)
    nearby = np.exp(4.0 * genre_cosines()) * (1.0 - np.eye(len(GENRES)))
    limits = np.cumsum(nearby / nearby.sum(axis=1, keepdims=True), axis=1)
    partner = (rng.random(n)[:, None] > limits[genre]).sum(axis=1).clip(max=len(GENRES) - 1)
    share = np.where(rng.random(n) < settings.second_genre, rng.uniform(0.2, 0.45, n), 0.0)
    mixture = np.zeros((n, len(GENRES)))
    mixture[np.arange(n), genre] = 1.0 - share
    mixture[np.arange(n), partner] += share
    position = mixture @ centers + settings.position_noise * rng.standard_normal((n, N_DIMENSIONS))
    popularity = np.exp(rng.standard_normal(n))
    extra = rng.multinomial(settings.n_reviews - n, popularity / popularity.sum())
    likeness = np.lexsort((position @ rng.standard_normal(N_DIMENSIONS), genre))
    return Artists(
        names=tuple(make_artist_names(n, rng, hostile=settings.hostile_names)),
        genre=genre.astype(np.int8),
        second_genre=np.where(share > 0, partner, -1).astype(np.int8),
        mixture=mixture,
        position=position,
        quality=settings.quality_sd * rng.standard_normal(n),
        first_review=np.concatenate([[0], np.cumsum(extra + 1)]),
        debut=rng.random(n) * 0.9,
        labels=_draw_labels(genre, partner, label_genre, rng),
        by_likeness=likeness,
        rank=np.argsort(likeness),
    )


def _draw_labels(
    genre: NDArray[np.int64],
    partner: NDArray[np.int64],
    label_genre: NDArray[np.int64],
    rng: np.random.Generator,
) -> NDArray[np.int32]:
    """Draw two labels an artist from those of its genres, the first labels of a genre being the largest."""
    sizes = np.bincount(label_genre, minlength=len(GENRES))
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])  # label_genre is sorted
    home = np.stack([genre, np.where(rng.random(len(genre)) < 0.5, genre, partner)], axis=1)
    rank = (sizes[home] * rng.random(home.shape) ** 2.0).astype(np.int64)  # density ~ 1/sqrt(rank)
    return (starts[home] + rank).astype(np.int32)


@dataclass(frozen=True)
class Plan:
    """All that reviews are drawn from.

    Parameters
    ----------
    settings : SimulationSettings
    topics : Topics
    artists : Artists
    genre_centers : ndarray of shape (n_genres, N_DIMENSIONS)
    genre_effect : ndarray of shape (n_genres,)
        Score points.
    topic_direction : ndarray of shape (n_topics, N_DIMENSIONS)
        Which artists of a genre prefer the topic.
    label_names, author_names : tuple of str
    author_effect : ndarray of shape (n_authors,)
    author_limits : ndarray of shape (n_genres, n_authors)
        Cumulative probability of each author, given the genre.
    """

    settings: SimulationSettings
    topics: Topics
    artists: Artists
    genre_centers: NDArray[np.float64]
    genre_effect: NDArray[np.float64]
    topic_direction: NDArray[np.float64]
    label_names: tuple[str, ...]
    author_names: tuple[str, ...]
    author_effect: NDArray[np.float64]
    author_limits: NDArray[np.float64]


@lru_cache(maxsize=2)
def make_plan(settings: SimulationSettings) -> Plan:
    """Draw everything that comes before the reviews; kept, as worker processes ask for it block by block."""
    settings.check()
    rng = stream(settings.seed, STAGE_LABELS)
    centers = make_genre_centers(rng)
    topics = make_topics(settings)
    directions = _topic_directions(topics.genre, centers, rng)
    n_labels = max(2 * len(GENRES), settings.n_artists // 3)
    label_genre = np.sort(np.arange(n_labels) % len(GENRES))
    names, effect, limits = _make_authors(settings)
    return Plan(
        settings=settings,
        topics=topics,
        artists=make_artists(settings, centers, label_genre),
        genre_centers=centers,
        genre_effect=settings.genre_sd * rng.standard_normal(len(GENRES)),
        topic_direction=directions,
        label_names=tuple(make_label_names(n_labels, rng)),
        author_names=names,
        author_effect=effect,
        author_limits=limits,
    )


def _topic_directions(
    genre: NDArray[np.int64], centers: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw a direction per topic at right angles to its genre's center: no topic suits the whole genre best."""
    directions = rng.standard_normal((len(genre), N_DIMENSIONS))
    bound = genre >= 0
    along = (directions[bound] * centers[genre[bound]]).sum(axis=1, keepdims=True)
    directions[bound] -= along * centers[genre[bound]]
    return (directions / np.linalg.norm(directions, axis=1, keepdims=True)).astype(np.float64)


def _make_authors(
    settings: SimulationSettings,
) -> tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.float64]]:
    """Draw authors: some write much more than others, each mostly about one genre."""
    rng = stream(settings.seed, STAGE_AUTHORS)
    n = int(np.clip(settings.n_reviews // 60, 12, 400))
    home = rng.choice(len(GENRES), size=n, p=GENRE_SHARES)
    weights = zipf(n, 0.7) * np.where(home[None, :] == np.arange(len(GENRES))[:, None], 6.0, 1.0)
    limits = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    return tuple(make_person_names(n, rng)), settings.author_sd * rng.standard_normal(n), limits
