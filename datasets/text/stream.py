"""From raw texts to streams of content words.

Words that carry content keep their order; each has a *joint* to the content word before it:

    NO_JOINT (-1)   punctuation, a stop word, a masked name or the start of the text lies between
    SPACE (0)       nothing lies between ("new york")
    HYPHEN (1)      one hyphenated word ("post-punk")
    OWNED (2)       the word before has a possessive s ("valentine's day")
    3 ...           one or two connector words lie between ("drum and bass", "end of the night")

Phrases are later made along joints only. A chunk of documents is read by itself, so that chunks can go to other
processes and the result cannot depend on how the corpus was cut.

Public names: :class:`TextChunk`, :class:`WordStream`, :func:`read_words`, :func:`read_placed_words`,
:class:`Lexicon`, :func:`join_streams`, :func:`forget_units`.
"""

import threading
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .cleaning import clean_text, clean_tracked
from .masking import NameFinder
from .settings import TextSettings
from .stopwords import connectors
from .units import (
    FIRST_CONNECTED,
    FIRST_CONNECTOR,
    GAP,
    HYPHEN,
    HYPHEN_UNIT,
    NO_JOINT,
    OWNED,
    POSSESSIVE,
    SPACE,
    UnitTable,
)

if TYPE_CHECKING:
    from nltk.tokenize import RegexpTokenizer

_PIECE_CHARACTERS = 100_000
_READING = threading.Lock()  # threads of a process share its table of units
_TABLE_LIMIT = 2_000_000  # distinct tokens a process remembers before it starts afresh


@dataclass(frozen=True)
class TextChunk:
    """Consecutive documents to read.

    Parameters
    ----------
    texts : tuple of str
    names : tuple of tuple of str, or None
        Names to mask, per document.
    settings : TextSettings
    """

    texts: tuple[str, ...]
    names: tuple[tuple[str, ...], ...] | None
    settings: TextSettings


@dataclass(frozen=True)
class WordStream:
    """Content words of consecutive documents.

    Parameters
    ----------
    surfaces, keys : list of str, length n_surfaces
        Distinct surface forms, and the word each belongs to.
    surface_ids : ndarray of shape (n_tokens,), int32
    joints : ndarray of shape (n_tokens,), int16
        How each token hangs on the one before.
    lengths : ndarray of shape (n_documents,), int64
        Tokens per document.
    """

    surfaces: list[str]
    keys: list[str]
    surface_ids: NDArray[np.int32]
    joints: NDArray[np.int16]
    lengths: NDArray[np.int64]


def read_words(chunk: TextChunk) -> WordStream:
    """Clean, cut, mask and classify a chunk of documents.

    Parameters
    ----------
    chunk : TextChunk

    Returns
    -------
    WordStream

    Notes
    -----
    Time is linear in the text. A process keeps a table of the distinct tokens it has seen, so that stemming and
    classification cost once per form and process, not per occurrence.
    """
    with _READING:
        return _read_words(chunk)


def read_placed_words(chunk: TextChunk) -> tuple[WordStream, NDArray[np.int64]]:
    """Read a chunk as :func:`read_words` does, and find where each word stands.

    Parameters
    ----------
    chunk : TextChunk

    Returns
    -------
    stream : WordStream
    spans : ndarray of shape (n_tokens, 2), int64
        Start and end of each content word in the raw text of its document.

    Notes
    -----
    About three times as slow as :func:`read_words`.
    """
    with _READING:
        return _read_placed_words(chunk)


def forget_units() -> None:
    """Free what this process remembers of the tokens it has seen; results do not depend on it."""
    with _READING:
        _unit_table.cache_clear()


class Lexicon:
    """The distinct surface forms of a corpus, gathered stream by stream.

    They are numbered as they come; :meth:`finish` brings them into alphabetical order.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._keys: list[str] = []
        self._counts = np.zeros(1024, np.int64)

    def add(self, stream: WordStream) -> NDArray[np.int32]:
        """Take up the forms of a stream; return the numbers of its tokens' forms."""
        renumber = np.zeros(len(stream.surfaces), dtype=np.int32)
        for local, (surface, key) in enumerate(zip(stream.surfaces, stream.keys, strict=True)):
            number = self._numbers.setdefault(surface, len(self._numbers))
            if number == len(self._keys):
                self._keys.append(key)
            renumber[local] = number
        if len(self._keys) > len(self._counts):
            self._counts = np.concatenate([self._counts, np.zeros(len(self._keys), np.int64)])
        self._counts[renumber] += np.bincount(stream.surface_ids, minlength=len(renumber))
        return renumber[stream.surface_ids]

    def finish(self) -> tuple[list[str], list[str], NDArray[np.int64], NDArray[np.int32]]:
        """Return surfaces, keys and counts in alphabetical order, and the place there of each number given."""
        surfaces = sorted(self._numbers)
        order = np.array([self._numbers[surface] for surface in surfaces], dtype=np.int64)
        rank = np.empty(len(order), dtype=np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        return surfaces, [self._keys[at] for at in order.tolist()], self._counts[order], rank


def join_streams(streams: Iterable[WordStream]) -> WordStream:
    """Put streams one after the other; surfaces are numbered in alphabetical order.

    Parameters
    ----------
    streams : iterable of WordStream

    Returns
    -------
    WordStream
    """
    lexicon = Lexicon()
    ids, joints, lengths = [np.zeros(0, np.int32)], [np.zeros(0, np.int16)], [np.zeros(0, np.int64)]
    for stream in streams:
        ids.append(lexicon.add(stream))
        joints.append(stream.joints)
        lengths.append(stream.lengths)
    surfaces, keys, _, rank = lexicon.finish()
    return WordStream(
        surfaces, keys, rank[np.concatenate(ids)], np.concatenate(joints), np.concatenate(lengths)
    )


def _read_words(chunk: TextChunk) -> WordStream:
    table = _current_table(chunk.settings)
    documents = [table.token_ids(_tokenize(clean_text(text))) for text in chunk.texts]
    return _content(chunk, table, documents)[0]


def _read_placed_words(chunk: TextChunk) -> tuple[WordStream, NDArray[np.int64]]:
    table = _current_table(chunk.settings)
    documents, spans = [], [np.empty((0, 2), np.int64)]
    for text in chunk.texts:
        cleaned, starts, ends = clean_tracked(text)
        tokens = _tokenize(cleaned)
        documents.append(table.token_ids(tokens))
        within = _unit_spans(table, documents[-1], tokens, cleaned)
        spans.append(np.stack([starts[within[:, 0]], ends[within[:, 1] - 1]], axis=1))
    stream, content = _content(chunk, table, documents)
    return stream, np.concatenate(spans)[content]


def _unit_spans(
    table: UnitTable, token_ids: NDArray[np.int32], tokens: list[str], text: str
) -> NDArray[np.int64]:
    """Return the spans in a cleaned text of the units its tokens are made of, shape (n_units, 2)."""
    units, counts = table.expand(token_ids)
    spans, unit, at = [], 0, 0
    for token, n_units in zip(tokens, counts.tolist(), strict=True):
        start = text.index(token, at)  # all that is not blank belongs to a token
        at = start + len(token)
        if n_units == 1:
            spans.append((start, at))
        else:
            for part in map(table.text, units[unit : unit + n_units].tolist()):
                start = text.index(part, start)
                spans.append((start, start + len(part)))
                start += len(part)
        unit += n_units
    return np.array(spans, np.int64).reshape(-1, 2)


def _content(
    chunk: TextChunk, table: UnitTable, documents: list[NDArray[np.int32]]
) -> tuple[WordStream, NDArray[np.int64]]:
    """Mask names and return the content words of the documents' tokens, and their places among all units."""
    units, lengths = _units(table, documents)
    codes = table.codes()[units]
    ends = np.cumsum(lengths)
    if chunk.names is not None:
        finder = NameFinder(table)
        for end, length, names in zip(ends.tolist(), lengths.tolist(), chunk.names, strict=True):
            if names and length:
                start = end - length
                codes[start + np.array(finder.positions(units[start:end], names), dtype=np.int64)] = GAP
    content = np.flatnonzero(codes >= 0)
    n_connectors = len(connectors(chunk.settings))
    first = np.searchsorted(content, np.concatenate([[0], ends]))
    used, surface_ids = np.unique(codes[content], return_inverse=True)
    stream = WordStream(
        surfaces=[table.surfaces[surface] for surface in used],
        keys=[table.keys[surface] for surface in used],
        surface_ids=surface_ids.astype(np.int32),
        joints=_joints(codes, table.flags()[units], content, first[:-1], n_connectors),
        lengths=np.diff(first),
    )
    return stream, content


def _units(
    table: UnitTable, documents: list[NDArray[np.int32]]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the units of all documents one after the other, and how many each has."""
    units, counts = table.expand(np.concatenate([np.zeros(0, np.int32), *documents]))
    ends = np.cumsum([len(document) for document in documents], dtype=np.int64)
    unit_ends = np.concatenate([[0], np.cumsum(counts)])[ends]
    return units, np.diff(unit_ends, prepend=0)


def _current_table(settings: TextSettings) -> UnitTable:
    """Return the process's table of units; a large one is started afresh."""
    table = _unit_table(settings)
    if len(table) > _TABLE_LIMIT:
        _unit_table.cache_clear()
        table = _unit_table(settings)
    return table


def _joints(
    codes: NDArray[np.int32],
    flags: NDArray[np.uint8],
    content: NDArray[np.int64],
    first: NDArray[np.int64],
    n_connectors: int,
) -> NDArray[np.int16]:
    """Return the joint of each content unit, from the units that lie between it and the content unit before."""
    joints = np.full(len(content), NO_JOINT, dtype=np.int16)
    n_between = np.diff(content, prepend=-1) - 1
    touching = n_between == 0
    joints[touching] = np.where(flags[content[touching] - 1] & POSSESSIVE, OWNED, SPACE)
    one = np.flatnonzero(n_between == 1)
    before = codes[content[one] - 1]
    joints[one[before == HYPHEN_UNIT]] = HYPHEN
    is_connector = before <= FIRST_CONNECTOR
    joints[one[is_connector]] = FIRST_CONNECTED + FIRST_CONNECTOR - before[is_connector]
    two = np.flatnonzero(n_between == 2)
    numbers = [FIRST_CONNECTOR - codes[content[two] - back] for back in (2, 1)]
    both = (numbers[0] >= 0) & (numbers[1] >= 0)
    joints[two[both]] = FIRST_CONNECTED + n_connectors + numbers[0][both] * n_connectors + numbers[1][both]
    joints[first[first < len(joints)]] = NO_JOINT
    return joints


@lru_cache(maxsize=2)
def _unit_table(settings: TextSettings) -> UnitTable:
    return UnitTable(settings)


def _tokenize(text: str) -> list[str]:
    latin_tokenizer, tokenizer = _tokenizers()
    try:
        text.encode("latin-1")
        tokenizer = latin_tokenizer
    except UnicodeEncodeError:
        pass
    if len(text) <= _PIECE_CHARACTERS:
        return tokenizer.tokenize(text)
    return [token for piece in _pieces(text) for token in tokenizer.tokenize(piece)]


def _pieces(text: str) -> Iterator[str]:
    """Cut a long text between words: NLTK gives up on a call that takes seconds."""
    start = 0
    while len(text) - start > _PIECE_CHARACTERS:
        stop = text.rfind(" ", start, start + _PIECE_CHARACTERS)
        stop = stop if stop > start else start + _PIECE_CHARACTERS
        yield text[start:stop]
        start = stop
    yield text[start:]


@lru_cache(maxsize=1)
def _tokenizers() -> "tuple[RegexpTokenizer, RegexpTokenizer]":
    """Return NLTK tokenizers for Latin-1 text, and (a third as fast) for any text."""
    from nltk.tokenize import RegexpTokenizer

    def tokenizer(word: str) -> RegexpTokenizer:
        initials = r"(?:[^\W\d]\.){2,}"  # u.s. r.e.m.
        compound = rf"{word}(?:['&-]{word})*"  # don't, post-punk, r&b
        return RegexpTokenizer(rf"{initials}|{compound}|[^\w\s]+|\n\s*\n")

    return tokenizer(r"\w+"), tokenizer(rf"\w[\w{_combining_marks()}]*")


def _combining_marks() -> str:
    """Return all combining marks as ranges of a character class: Indic and Arabic words contain them."""
    ranges: list[list[int]] = []
    for code in range(0x300, 0x20000):
        if unicodedata.category(chr(code))[0] == "M":
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
