"""What is fixed before the first review of a simulated corpus is written: words, topics, artists, labels, authors.

The equations are in :mod:`bandscape.datasets.simulate`. Everything here is a function of
:class:`SimulationSettings` alone; a :class:`Plan` grows with the number of artists, never with that of reviews.

Public names: :class:`SimulationSettings`, :class:`Plan`, :func:`make_plan`, :func:`stream`, :func:`permute`.
"""

from dataclasses import asdict, dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..core.errors import ParameterError
from .simulate_names import make_artist_names, make_label_names, make_person_names
from .simulate_words import GENRES, KINDS, SHARED_WORDS, TOPICS, TopicSpec, Word, make_words, parse_words

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


# -- words and topics ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Topics:
    """Topics, their words, and tables to draw from them.

    Parameters
    ----------
    ids : tuple of str, length n_topics
    genre : ndarray of shape (n_topics,), int
        Index into ``GENRES``; -1 for topics of no genre.
    score_slope : ndarray of shape (n_topics,)
    words : tuple of Word, length n_words
    topic_word : ndarray of shape (n_topics, n_words), float64
        Rows sum to 1.
    surfaces : tuple of str, length n_surfaces
        Forms, in the order of the words.
    surface_word, surface_kind : ndarray of shape (n_surfaces,), int32
        Word of each form, and index into ``KINDS``.
    topic_surface : ndarray of shape (n_topics, n_surfaces), float64
        Probability of each form; sums to ``topic_word`` over the forms of a word.
    """

    ids: tuple[str, ...]
    genre: NDArray[np.int64]
    score_slope: NDArray[np.float64]
    words: tuple[Word, ...]
    topic_word: NDArray[np.float64]
    surfaces: tuple[str, ...]
    surface_word: NDArray[np.int32]
    surface_kind: NDArray[np.int32]
    topic_surface: NDArray[np.float64]


def make_topics(settings: SimulationSettings) -> Topics:
    """Make the words and the topic-word distributions (equations 6 and 7)."""
    rng = stream(settings.seed, STAGE_WORDS)
    specs, own, shared, rare = _word_lists(settings, rng)
    words = tuple(dict.fromkeys(word for words in (*own, shared, rare) for word in words))
    place = {word.name: index for index, word in enumerate(words)}
    rare_part = _zipf(len(rare), 1.0, shift=2) * settings.rare_share
    topic_word = np.zeros((len(specs), len(words)))
    for topic, own_words in enumerate(own):
        own_share = 1.0 - settings.shared_share - settings.rare_share
        topic_word[topic, [place[word.name] for word in own_words]] += own_share * _zipf(
            len(own_words), 0.8, shift=2
        )
        shared_part = _zipf(len(shared), 1.0, shift=2) * rng.gamma(4.0, size=len(shared))
        topic_word[topic, [place[word.name] for word in shared]] += (
            settings.shared_share * shared_part / shared_part.sum()
        )
        topic_word[topic, [place[word.name] for word in rare]] += rare_part
    topic_word /= topic_word.sum(axis=1, keepdims=True)
    surface_word = np.repeat(np.arange(len(words)), [len(word.forms) for word in words]).astype(np.int32)
    return Topics(
        ids=tuple(spec.id for spec in specs),
        genre=np.array([GENRES.index(spec.genre) if spec.genre else -1 for spec in specs]),
        score_slope=np.array([spec.score_slope for spec in specs]),
        words=words,
        topic_word=topic_word,
        surfaces=tuple(form for word in words for form in word.forms),
        surface_word=surface_word,
        surface_kind=np.array([KINDS.index(kind) for word in words for kind in word.kinds], dtype=np.int32),
        topic_surface=_spread_over_forms(topic_word, surface_word, rng),
    )


def _word_lists(
    settings: SimulationSettings, rng: np.random.Generator
) -> tuple[list[TopicSpec], list[list[Word]], list[Word], list[Word]]:
    shared = parse_words(SHARED_WORDS)
    named = [parse_words(spec.words) for spec in TOPICS]
    taken = {word.name for words in (*named, shared) for word in words}
    specs, own = list(TOPICS[: settings.n_topics]), named[: settings.n_topics]
    for number in range(len(specs) + 1, settings.n_topics + 1):
        words = make_words(40, "n", rng, taken)
        genre = GENRES[number % 10] if number % 10 < len(GENRES) else None  # every tenth belongs to no genre
        specs.append(TopicSpec(f"topic_{number}_{words[0].name}", genre, ""))
        own.append(words)
    return specs, own, shared, make_words(settings.n_rare_words, "t", rng, taken)


def _zipf(n: int, exponent: float, shift: float = 0.0) -> NDArray[np.float64]:
    weights = (np.arange(1, n + 1) + shift) ** -exponent  # Zipf-Mandelbrot
    return weights / weights.sum()


def _spread_over_forms(
    topic_word: NDArray[np.float64], surface_word: NDArray[np.int32], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Split each word's probability over its forms, differently in every topic (a flat Dirichlet of weight 2)."""
    weights = rng.standard_gamma(2.0, size=(len(topic_word), len(surface_word)))
    first = np.flatnonzero(np.diff(surface_word, prepend=-1))
    totals = np.add.reduceat(weights, first, axis=1)
    return weights / totals[:, surface_word] * topic_word[:, surface_word]


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
        names=tuple(make_artist_names(n, rng)),
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
    weights = _zipf(n, 0.7) * np.where(home[None, :] == np.arange(len(GENRES))[:, None], 6.0, 1.0)
    limits = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    return tuple(make_person_names(n, rng)), settings.author_sd * rng.standard_normal(n), limits
