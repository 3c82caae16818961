"""From streams of words to a vocabulary within limits, and each token's place in it.

The words may come in several streams, one after the other, and are gone through several times: a corpus need not be in
the memory as a whole. Public names: :class:`IndexedText`, :func:`index_words`, :class:`WordIndex`,
:func:`index_streams`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from .pair_counts import PairTally
from .phrases import choose_phrases, pair_codes, phrase_name, second_halves
from .settings import TextSettings
from .stopwords import connectors
from .stream import WordStream
from .units import HYPHEN, Joints

Streams = Callable[[], Iterable[WordStream]]


@dataclass(frozen=True)
class IndexedText:
    """A corpus as numbers, and the vocabulary they point into.

    Parameters
    ----------
    vocabulary : DataFrame
        One row a word, most frequent first: word, display, count, document_count, surfaces, surface_counts.
    word_ids, surface_ids : ndarray of shape (n_tokens,), int32
        Row in the vocabulary; number of the surface form, counted over all lists of ``surfaces``.
    lengths : ndarray of shape (n_documents,), int64
    dropped : dict of str to int
        How many distinct words fell to which limit.
    common : tuple of str
        The words that fell to ``max_document_share``, most frequent first.
    """

    vocabulary: pd.DataFrame
    word_ids: NDArray[np.int32]
    surface_ids: NDArray[np.int32]
    lengths: NDArray[np.int64]
    dropped: dict[str, int]
    common: tuple[str, ...]


@dataclass(frozen=True)
class _Joined:
    """Tokens after joining phrases: ids from ``n_words`` on are phrases."""

    word_ids: NDArray[np.int64]
    first_token: NDArray[np.int64]  # index of the (first) original token
    is_phrase: NDArray[np.bool_]
    documents: NDArray[np.int32]


@dataclass(frozen=True)
class _Census:
    """How often each word occurs, in how many documents, and how many documents have any word."""

    count: NDArray[np.int64]
    document_count: NDArray[np.int64]
    n_documents: int


@dataclass(frozen=True)
class _Joining:
    """Which words the surface forms are, and which pairs become phrases: ids from ``n_words`` on."""

    joints: Joints
    words: list[str]
    word_of_surface: NDArray[np.int32]
    phrases: NDArray[np.int64]

    @property
    def names(self) -> list[str]:
        return self.words + [phrase_name(code, self.words, self.joints) for code in self.phrases.tolist()]

    def join(self, stream: WordStream) -> "_Joined":
        """Join the phrases of consecutive documents."""
        word_ids = self.word_of_surface[stream.surface_ids]
        documents = np.repeat(np.arange(len(stream.lengths), dtype=np.int32), stream.lengths)
        codes = pair_codes(word_ids, stream.joints, len(self.words))
        return _join(word_ids, codes, self.phrases, documents, len(self.words))


@dataclass(frozen=True)
class WordIndex:
    """A vocabulary, and what it takes to find each token's place in it.

    Parameters
    ----------
    vocabulary, dropped, common
        As :class:`IndexedText`.
    """

    vocabulary: pd.DataFrame
    dropped: dict[str, int]
    common: tuple[str, ...]
    _joining: _Joining
    _rank: NDArray[np.int32]  # row in the vocabulary of each word and phrase, -1 without one
    _forms: NDArray[np.int64]  # codes of the surface forms of phrases, ascending
    _number: NDArray[np.int32]  # of each surface form, those of phrases behind the others

    @property
    def n_tokens(self) -> int:
        """Number of tokens of all streams that have a place."""
        return int(self.vocabulary["count"].sum())

    def place(self, stream: WordStream) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
        """Return ``word_ids``, ``surface_ids`` and ``lengths`` of one of the streams; see :class:`IndexedText`."""
        joined = self._joining.join(stream)
        word_ids = self._rank[joined.word_ids]
        forms = _surface_forms(stream, joined, self._forms, len(self._joining.word_of_surface))
        kept = word_ids >= 0
        lengths = np.bincount(joined.documents[kept], minlength=len(stream.lengths)).astype(np.int64)
        return word_ids[kept], self._number[forms[kept]], lengths


def index_words(stream: WordStream, settings: TextSettings) -> IndexedText:
    """Join phrases, apply the limits and number what stays.

    Parameters
    ----------
    stream : WordStream
    settings : TextSettings

    Returns
    -------
    IndexedText

    Notes
    -----
    Time O(n log n) in the number of tokens, memory about 60 bytes a token.
    """
    counts = np.bincount(stream.surface_ids, minlength=len(stream.surfaces))
    index = index_streams(stream.surfaces, stream.keys, counts, lambda: (stream,), settings)
    return IndexedText(index.vocabulary, *index.place(stream), index.dropped, index.common)


def index_streams(
    surfaces: list[str],
    keys: list[str],
    surface_counts: NDArray[np.int64],
    streams: Streams,
    settings: TextSettings,
    *,
    folder: Path | None = None,
) -> WordIndex:
    """Find the phrases and the vocabulary of a corpus that comes in several streams.

    Parameters
    ----------
    surfaces, keys : list of str, length n_surfaces
        All surface forms in alphabetical order, and the word each belongs to.
    surface_counts : ndarray of shape (n_surfaces,), int64
        Occurrences of each.
    streams : callable
        Called several times; gives the streams in order, each of whole documents, with ``surface_ids`` that count in
        ``surfaces``. Their own lists of surfaces are not looked at.
    settings : TextSettings
    folder : path, optional
        Where counts of pairs that do not fit into memory are put.

    Returns
    -------
    WordIndex

    Notes
    -----
    A phrase that does not meet the limits of the vocabulary is taken apart again and its words counted, until all
    phrases left are words of the vocabulary. So the vocabulary alone tells how a new text is to be joined.
    The streams are gone through four times or a little more. Memory is that of one stream, of the distinct surface
    forms and, without ``folder``, of the distinct pairs.
    """
    joints = Joints(connectors(settings))
    names, word_of_surface = np.unique(np.array(keys, dtype=object), return_inverse=True)
    words, word_of_surface = names.tolist(), word_of_surface.astype(np.int32)
    word_counts = np.bincount(word_of_surface, surface_counts, minlength=len(words)).astype(np.int64)
    phrases = np.zeros(0, dtype=np.int64)
    if settings.phrases and word_counts.any():
        phrases = _find_phrases(words, word_of_surface, word_counts, joints, streams, settings, folder)
    while True:
        joining = _Joining(joints, words, word_of_surface, phrases)
        names = joining.names
        census = _count(joining, len(names), streams)
        chosen, common, dropped = _choose(census, names, settings)
        is_kept = np.isin(np.arange(len(words), len(names)), chosen)
        if is_kept.all():
            break
        phrases = phrases[is_kept]
    rank = np.full(len(names), -1, dtype=np.int32)
    rank[chosen] = np.arange(len(chosen), dtype=np.int32)
    forms, number, lists = _number_forms(surfaces, joining, rank, streams, len(chosen))
    vocabulary = _vocabulary_frame([names[word] for word in chosen.tolist()], lists, census, chosen)
    return WordIndex(vocabulary, dropped, tuple(names[word] for word in common), joining, rank, forms, number)


def _find_phrases(
    words: list[str],
    word_of_surface: NDArray[np.int32],
    word_counts: NDArray[np.int64],
    joints: Joints,
    streams: Streams,
    settings: TextSettings,
    folder: Path | None,
) -> NDArray[np.int64]:
    tally = PairTally(word_counts, joints, min_count=settings.phrase_min_count, folder=folder)
    try:
        for stream in streams():
            tally.add(word_of_surface[stream.surface_ids], stream.joints)
        return choose_phrases(tally, words, threshold=settings.phrase_threshold)
    finally:
        tally.close()


def _join(
    word_ids: NDArray[np.int32],
    codes: NDArray[np.int64],
    phrases: NDArray[np.int64],
    documents: NDArray[np.int32],
    n_words: int,
) -> _Joined:
    is_second = second_halves(codes, phrases)
    joined_ids = word_ids.astype(np.int64)
    seconds = np.flatnonzero(is_second)
    joined_ids[seconds - 1] = n_words + np.searchsorted(phrases, codes[seconds])
    first_token = np.flatnonzero(~is_second)
    is_phrase = np.concatenate([is_second[1:], [False]])[first_token] if len(word_ids) else is_second
    return _Joined(joined_ids[first_token], first_token, is_phrase, documents[first_token])


def _count(joining: _Joining, n_names: int, streams: Streams) -> _Census:
    count, document_count, n_documents = np.zeros(n_names, np.int64), np.zeros(n_names, np.int64), 0
    for stream in streams():
        joined = joining.join(stream)
        lengths = np.bincount(joined.documents, minlength=len(stream.lengths))
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        ones = np.ones(len(joined.word_ids), dtype=np.int8)
        occurrences = csr_matrix((ones, joined.word_ids, offsets), shape=(len(lengths), n_names))
        occurrences.sum_duplicates()  # leaves each word once per document
        count += np.bincount(joined.word_ids, minlength=n_names)
        document_count += np.bincount(occurrences.indices, minlength=n_names)
        n_documents += int((lengths > 0).sum())
    return _Census(count, document_count, n_documents)


def _choose(
    census: _Census, names: list[str], settings: TextSettings
) -> tuple[NDArray[np.int64], list[int], dict[str, int]]:
    """Return the ids of the words within all limits and of those too common, and how many fell to each limit.

    Both most frequent first.
    """
    present = census.count > 0
    rare = present & (census.document_count < settings.min_document_count)
    common = present & ~rare & (census.document_count > settings.max_document_share * census.n_documents)
    by_frequency = sorted(
        np.flatnonzero(present & ~rare).tolist(),
        key=lambda word: (-census.count[word], -census.document_count[word], names[word]),
    )
    chosen = [word for word in by_frequency if not common[word]]
    too_common = [word for word in by_frequency if common[word]]
    dropped = {"min_document_count": int(rare.sum()), "max_document_share": int(common.sum())}
    if settings.max_vocabulary is not None:
        dropped["max_vocabulary"] = max(0, len(chosen) - settings.max_vocabulary)
        chosen = chosen[: settings.max_vocabulary]
    return np.array(chosen, dtype=np.int64), too_common, dropped


def _phrase_forms(stream: WordStream, joined: _Joined, n_surfaces: int) -> NDArray[np.int64]:
    """Return the code of the surface form of each phrase: its joint and both surfaces."""
    at = joined.first_token[joined.is_phrase]
    first, second = (stream.surface_ids[place].astype(np.int64) for place in (at, at + 1))
    return (stream.joints[at + 1].astype(np.int64) * n_surfaces + first) * n_surfaces + second


def _surface_forms(
    stream: WordStream, joined: _Joined, forms: NDArray[np.int64], n_surfaces: int
) -> NDArray[np.int64]:
    """Return the number of each joined token's surface form: a surface, or behind these one of ``forms``."""
    numbers = stream.surface_ids[joined.first_token].astype(np.int64)
    if joined.is_phrase.any():
        numbers[joined.is_phrase] = n_surfaces + np.searchsorted(
            forms, _phrase_forms(stream, joined, n_surfaces)
        )
    return numbers


def _gather_forms(joining: _Joining, streams: Streams, n_surfaces: int) -> NDArray[np.int64]:
    """Return the codes of all surface forms of phrases, ascending."""
    forms = np.zeros(0, np.int64)
    if len(joining.phrases):
        for stream in streams():
            forms = np.union1d(forms, _phrase_forms(stream, joining.join(stream), n_surfaces))
    return forms


def _number_forms(
    surfaces: list[str], joining: _Joining, rank: NDArray[np.int32], streams: Streams, n_words: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], list[list[tuple[str, int]]]]:
    """Number surface forms word by word, most frequent first.

    Returns
    -------
    forms : ndarray of int64
        Codes of the surface forms of phrases.
    number : ndarray of int32
        Of each surface and each of ``forms``; 0 where it has no word.
    lists : list of list of (str, int)
        Forms and their counts, per word.
    """
    n_surfaces = len(surfaces)
    forms = _gather_forms(joining, streams, n_surfaces)
    counts = np.zeros(n_surfaces + len(forms), np.int64)
    word_of_form = np.zeros(len(counts), np.int32)
    for stream in streams():
        joined = joining.join(stream)
        word_ids, numbers = rank[joined.word_ids], _surface_forms(stream, joined, forms, n_surfaces)
        kept = word_ids >= 0
        counts += np.bincount(numbers[kept], minlength=len(counts))
        word_of_form[numbers[kept]] = word_ids[kept]
    used = np.flatnonzero(counts)
    texts = [_form_text(form, surfaces, forms, joining.joints) for form in used.tolist()]
    words, n_times = word_of_form[used].tolist(), counts[used].tolist()
    order = sorted(range(len(used)), key=lambda at: (words[at], -n_times[at], texts[at]))
    number = np.zeros(len(counts), np.int32)
    number[used[order]] = np.arange(len(order), dtype=np.int32)
    lists: list[list[tuple[str, int]]] = [[] for _ in range(n_words)]
    for at in order:
        lists[words[at]].append((texts[at], n_times[at]))
    return forms, number, lists


def _form_text(form: int, surfaces: list[str], forms: NDArray[np.int64], joints: Joints) -> str:
    if form < len(surfaces):
        return surfaces[form]
    rest, second = divmod(int(forms[form - len(surfaces)]), len(surfaces))
    joint, first = divmod(rest, len(surfaces))
    halves = surfaces[first], surfaces[second]
    if joint == HYPHEN and not all(half.isalnum() for half in halves):
        return " - ".join(halves)  # "york-lo-fi" and "york-u.s." would be read as one word
    return joints.texts[joint].join(halves)


def _vocabulary_frame(
    names: list[str], lists: list[list[tuple[str, int]]], census: _Census, chosen: NDArray[np.int64]
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "word": pd.Series(names, dtype=str),
            "display": pd.Series([forms[0][0] for forms in lists], dtype=str),
            "count": census.count[chosen].astype(np.int64),
            "document_count": census.document_count[chosen].astype(np.int32),
            "surfaces": pd.Series([[form for form, _ in forms] for forms in lists], dtype=object),
            "surface_counts": pd.Series(
                [np.array([n for _, n in forms], np.int64) for forms in lists], dtype=object
            ),
        }
    )
