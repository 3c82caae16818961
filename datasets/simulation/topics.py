"""The topics of a simulated corpus: words, their forms, and how likely each is.

The equations are in :mod:`bandscape.datasets.simulation.simulate`. Public names: :class:`Topics`, :func:`make_topics`,
:func:`zipf`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .settings import STAGE_WORDS, SimulationSettings, stream
from .words import GENRES, KINDS, SHARED_WORDS, TOPICS, TopicSpec, Word, make_words, parse_words


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
    rare_part = zipf(len(rare), 1.0, shift=2) * settings.rare_share
    topic_word = np.zeros((len(specs), len(words)))
    for topic, own_words in enumerate(own):
        own_share = 1.0 - settings.shared_share - settings.rare_share
        topic_word[topic, [place[word.name] for word in own_words]] += own_share * zipf(
            len(own_words), 0.8, shift=2
        )
        shared_part = zipf(len(shared), 1.0, shift=2) * rng.gamma(4.0, size=len(shared))
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


def zipf(n: int, exponent: float, shift: float = 0.0) -> NDArray[np.float64]:
    """Return Zipf-Mandelbrot probabilities of ``n`` ranks."""
    weights = (np.arange(1, n + 1) + shift) ** -exponent
    return weights / weights.sum()


def _spread_over_forms(
    topic_word: NDArray[np.float64], surface_word: NDArray[np.int32], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Split each word's probability over its forms, differently in every topic (equation 7)."""
    first = np.flatnonzero(np.diff(surface_word, prepend=-1))
    strength = np.full(len(surface_word), 2.0)
    strength[first] = 4.0  # the dictionary form is the usual one more often than not
    weights = rng.standard_gamma(strength, size=(len(topic_word), len(surface_word)))
    totals = np.add.reduceat(weights, first, axis=1)
    return weights / totals[:, surface_word] * topic_word[:, surface_word]
