"""The text of simulated reviews: topics drawn per word, written out with small words and punctuation.

Nothing here loops over words. A text is a row of *pieces* (separator with small words, then a word or a name), each
piece an index into one table of strings; Arrow gathers the strings, and a text is a slice of what it gathered.

Public names: :class:`TextTables`, :func:`make_text_tables`, :func:`draw_topic_shares`, :func:`write_texts`.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .model import Plan
from .topics import Topics
from .words import CONNECTORS, KINDS, PREVIOUS_OF, SHARED_WORDS, parse_words

_PREVIOUS = tuple(CONNECTORS)
_NAME = KINDS.index("name")
_SEPARATORS = ("", ". ", ".\n\n", " ", ", ")  # text start, sentence, paragraph, word, comma
_N_CHOICES = 8
_SENTENCE_ENDS, _PARAGRAPH_ENDS, _COMMA = 0.11, 0.014, 0.06  # probability after each word


@dataclass(frozen=True)
class TextTables:
    """What texts are drawn and written with.

    Parameters
    ----------
    pieces : pyarrow.StringArray
        Connectors, then surface forms, then artist names, then the full stop.
    connector : ndarray of shape (n_separators, n_previous, n_kinds, n_choices), int32
        Piece of each connector.
    previous_of : ndarray of shape (n_kinds,), int8
        What each kind is to the connector after it.
    surface_kind : ndarray of shape (n_surfaces,), int8
    first_surface, first_name, full_stop : int
        Pieces.
    alias_start, alias_size : ndarray of shape (n_topics,), int64
        Where the alias table of a topic lies in the next three.
    alias_limit : ndarray of float64
        Probability of keeping the drawn slot.
    alias_keep, alias_other : ndarray of int32
        Surface of the slot, and the one to take otherwise.
    """

    pieces: pa.StringArray
    connector: NDArray[np.int32]
    previous_of: NDArray[np.int8]
    surface_kind: NDArray[np.int8]
    first_surface: int
    first_name: int
    full_stop: int
    alias_start: NDArray[np.int64]
    alias_size: NDArray[np.int64]
    alias_limit: NDArray[np.float64]
    alias_keep: NDArray[np.int32]
    alias_other: NDArray[np.int32]


def make_text_tables(plan: Plan) -> TextTables:
    """Prepare the tables that every block of reviews shares."""
    connectors, connector = _connector_table()
    topics = plan.topics
    pieces = [*connectors, *topics.surfaces, *plan.artists.names, "."]
    tables = [_alias_table(row) for row in topics.topic_surface]
    sizes = np.array([len(limit) for limit, _, _ in tables])
    return TextTables(
        pieces=pa.array(pieces, pa.string()),
        connector=connector,
        previous_of=np.array([_PREVIOUS.index(PREVIOUS_OF[kind]) for kind in KINDS], dtype=np.int8),
        surface_kind=topics.surface_kind.astype(np.int8),
        first_surface=len(connectors),
        first_name=len(connectors) + len(topics.surfaces),
        full_stop=len(pieces) - 1,
        alias_start=np.cumsum(sizes) - sizes,
        alias_size=sizes,
        alias_limit=np.concatenate([limit for limit, _, _ in tables]),
        alias_keep=np.concatenate([keep for _, keep, _ in tables]).astype(np.int32),
        alias_other=np.concatenate([other for _, _, other in tables]).astype(np.int32),
    )


def _connector_table() -> tuple[list[str], NDArray[np.int32]]:
    strings: dict[str, int] = {}
    table = np.zeros((len(_SEPARATORS), len(_PREVIOUS), len(KINDS), _N_CHOICES), dtype=np.int32)
    for s, separator in enumerate(_SEPARATORS):
        for p, previous in enumerate(_PREVIOUS):
            for k, kind in enumerate(KINDS):
                for c, choice in enumerate(CONNECTORS[previous][kind].split("|")):
                    string = separator + (choice + " " if choice else "")
                    table[s, p, k, c] = strings.setdefault(string, len(strings))
    return list(strings), table


def _alias_table(
    probabilities: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Build a table that draws from ``probabilities`` with one uniform number and no search.

    References
    ----------
    A. J. Walker, "An efficient method for generating discrete random variables with general distributions",
    ACM TOMS 3 (1977); the linear construction is M. D. Vose's, IEEE TSE 17 (1991).
    """
    support = np.flatnonzero(probabilities)
    n = len(support)
    limit = (probabilities[support] * (n / probabilities[support].sum())).tolist()
    other = list(range(n))
    small = [i for i in range(n) if limit[i] < 1.0]
    large = [i for i in range(n) if limit[i] >= 1.0]
    while small and large:
        low, high = small.pop(), large[-1]
        other[low] = high
        limit[high] -= 1.0 - limit[low]
        if limit[high] < 1.0:
            small.append(large.pop())
    for rest in (*small, *large):  # what rounding left over
        limit[rest] = 1.0
    return np.array(limit), support, support[other]


def draw_topic_shares(
    plan: Plan, artist: NDArray[np.int64], score: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw the topic shares of reviews (equations 4 and 5).

    Parameters
    ----------
    plan : Plan
    artist : ndarray of shape (n,), int64
    score : ndarray of shape (n,), float64
    rng : numpy.random.Generator

    Returns
    -------
    shares : ndarray of shape (n, n_topics), float64
        Rows sum to 1.
    """
    topics, settings = plan.topics, plan.settings
    liking = np.exp(12.0 * plan.artists.position[artist] @ plan.topic_direction.T)
    base = np.full(liking.shape, 0.05 / len(topics.ids))
    general = topics.genre < 0
    base[:, general] += settings.general_share / max(general.sum(), 1)
    for genre in range(plan.artists.mixture.shape[1]):
        members = topics.genre == genre
        weights = liking[:, members] / liking[:, members].sum(axis=1, keepdims=True)
        base[:, members] += (
            (0.95 - settings.general_share) * plan.artists.mixture[artist, genre, None] * weights
        )
    tilt = np.exp(topics.score_slope * (score[:, None] - 7.0))
    shares = rng.standard_gamma(settings.concentration * base * tilt)
    shares[:, 0] += 1e-300  # a row of zeros would need all gammas to underflow
    return shares / shares.sum(axis=1, keepdims=True)


def draw_lengths(n: int, mean: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw lengths of texts in words: log-normal, of the given mean, at most twenty times it."""
    spread = 0.4
    lengths = np.exp(np.log(mean) - spread**2 / 2 + spread * rng.standard_normal(n))
    return np.clip(np.rint(lengths), 1, 20 * mean).astype(np.int64)


def write_texts(
    plan: Plan,
    tables: TextTables,
    lengths: NDArray[np.int64],
    shares: NDArray[np.float64],
    artist: NDArray[np.int64],
    peer: NDArray[np.int64],
    rng: np.random.Generator,
) -> tuple[pa.StringArray, NDArray[np.int64]]:
    """Write the texts of a block of reviews (equation 8).

    Parameters
    ----------
    plan : Plan
    tables : TextTables
    lengths : ndarray of shape (n,), int64
        Places in each text: words and names; 0 makes a null text.
    shares : ndarray of shape (n, n_topics), float64
    artist, peer : ndarray of shape (n,), int64
        Whom the review is about, and whom it compares them with.
    rng : numpy.random.Generator

    Returns
    -------
    texts : pyarrow.StringArray, length n
    n_words : ndarray of shape (n,), int64
        Places that carry a topic's word.
    """
    n, total = len(lengths), int(lengths.sum())
    doc = np.repeat(np.arange(n), lengths)
    surface = _draw_surfaces(tables, shares, doc, rng)
    what = rng.random(total)
    own, settings = what < plan.settings.own_mention_rate, plan.settings
    peers = ~own & (what < settings.own_mention_rate + settings.peer_mention_rate)
    word = surface + tables.first_surface
    word[own] = tables.first_name + artist[doc[own]]
    word[peers] = tables.first_name + peer[doc[peers]]
    kind = tables.surface_kind[surface]
    kind[own | peers] = _NAME
    pieces = _with_connectors(tables, doc, lengths, word, kind, rng)
    named = np.bincount(doc[own | peers], minlength=n)
    return _gather(tables.pieces, pieces, lengths), lengths - named


def _draw_surfaces(
    tables: TextTables, shares: NDArray[np.float64], doc: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw a topic from the review's shares, then a surface form from the topic, for each place."""
    n_topics = shares.shape[1]
    limits = np.cumsum(shares, axis=1)
    limits[:, -1] = 1.0
    flat = (limits + np.arange(len(shares))[:, None]).ravel()  # doc d covers (d, d + 1]
    place = np.searchsorted(flat, rng.random(len(doc)) + doc, side="right")
    topic = np.minimum(place - doc * n_topics, n_topics - 1)
    scaled = rng.random(len(doc)) * tables.alias_size[topic]
    slot = scaled.astype(np.int64)
    keep = scaled - slot < tables.alias_limit[(at := slot + tables.alias_start[topic])]
    return np.where(keep, tables.alias_keep[at], tables.alias_other[at]).astype(np.int64)


def _with_connectors(
    tables: TextTables,
    doc: NDArray[np.int64],
    lengths: NDArray[np.int64],
    word: NDArray[np.int64],
    kind: NDArray[np.int8],
    rng: np.random.Generator,
) -> NDArray[np.int32]:
    """Interleave connectors and words; a full stop ends each text."""
    total = len(word)
    first = np.zeros(total, dtype=bool)
    first[(np.cumsum(lengths) - lengths)[lengths > 0]] = True
    stop = rng.random(total)
    separator = np.full(total, 3, dtype=np.int8)
    separator[stop < _SENTENCE_ENDS + _COMMA] = 4
    separator[stop < _SENTENCE_ENDS] = 1
    separator[stop < _PARAGRAPH_ENDS] = 2
    separator[first] = 0
    previous = np.zeros(total, dtype=np.int8)
    previous[1:] = tables.previous_of[kind[:-1]]
    previous[separator < 3] = 0
    choice = (rng.random(total) * _N_CHOICES).astype(np.int8)
    at = 2 * np.arange(total) + doc  # one full stop per earlier text comes before
    pieces = np.full(2 * total + len(lengths), tables.full_stop, dtype=np.int32)
    pieces[at] = tables.connector[separator, previous, kind, choice]
    pieces[at + 1] = word
    return pieces


def _gather(strings: pa.StringArray, pieces: NDArray[np.int32], lengths: NDArray[np.int64]) -> pa.StringArray:
    """Join pieces to texts: the gathered strings lie one after another, so only offsets are needed."""
    gathered = strings.take(pa.array(pieces))
    offsets = np.frombuffer(gathered.buffers()[1], dtype=np.int32, count=len(pieces) + 1)
    ends = np.concatenate([[0], np.cumsum(2 * lengths + 1)])
    valid = np.packbits(lengths > 0, bitorder="little")
    buffers = [pa.py_buffer(valid), pa.py_buffer(np.ascontiguousarray(offsets[ends])), gathered.buffers()[2]]
    return pa.StringArray.from_buffers(len(lengths), buffers[1], buffers[2], buffers[0])


def seed_keywords(topics: Topics, n: int = 6) -> list[list[str]]:
    """Return the likeliest words of each topic that no other topic likes better and that are not words of all.

    Parameters
    ----------
    topics : Topics
    n : int

    Returns
    -------
    list of list of str
        Names of words; phrases are joined by ``_``.
    """
    best = topics.topic_word.argmax(axis=0) == np.arange(len(topics.ids))[:, None]
    shared = {word.name for word in parse_words(SHARED_WORDS)}
    own = np.array([word.name not in shared for word in topics.words])
    ranked = np.argsort(-topics.topic_word * (best & own), axis=1, kind="stable")[:, :n]
    return [[topics.words[word].name for word in row] for row in ranked]
