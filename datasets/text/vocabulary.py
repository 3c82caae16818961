"""From streams of words to a vocabulary within limits, and each token's place in it.

Public names: :class:`IndexedText`, :func:`index_words`.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from .phrases import find_phrases, pair_codes, phrase_name, second_halves
from .settings import TextSettings
from .stopwords import connectors
from .stream import WordStream
from .units import Joints


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
    A phrase that does not meet the limits of the vocabulary is taken apart again and its words counted, until all
    phrases left are words of the vocabulary. So the vocabulary alone tells how a new text is to be joined.
    Time O(n log n) in the number of tokens, memory about 60 bytes a token.
    """
    joints = Joints(connectors(settings))
    words, word_of_surface = np.unique(np.array(stream.keys, dtype=object), return_inverse=True)
    words = words.tolist()
    word_ids = word_of_surface.astype(np.int32)[stream.surface_ids]
    documents = np.repeat(np.arange(len(stream.lengths), dtype=np.int32), stream.lengths)
    codes = pair_codes(word_ids, stream.joints, len(words))
    phrases = np.zeros(0, dtype=np.int64)
    if settings.phrases and len(word_ids):
        phrases = find_phrases(
            word_ids, stream.joints, words, joints,
            min_count=settings.phrase_min_count, threshold=settings.phrase_threshold,
        )  # fmt: skip
    while True:
        names = words + [phrase_name(code, words, joints) for code in phrases.tolist()]
        joined = _join(word_ids, codes, phrases, documents, len(words))
        census = _census(joined, len(names), len(stream.lengths))
        chosen, common, dropped = _choose(census, names, settings)
        is_kept = np.isin(np.arange(len(words), len(names)), chosen)
        if is_kept.all():
            break
        phrases = phrases[is_kept]
    surfaces, surface_ids = _joined_surfaces(stream, joined, joints)
    rank = np.full(len(names), -1, dtype=np.int32)
    rank[chosen] = np.arange(len(chosen), dtype=np.int32)
    final_ids = rank[joined.word_ids]
    kept = final_ids >= 0
    final_ids, surface_ids = final_ids[kept], surface_ids[kept]
    surface_ids, lists = _number_surfaces(final_ids, surface_ids, surfaces, len(chosen))
    vocabulary = _vocabulary_frame([names[word] for word in chosen.tolist()], lists, census, chosen)
    lengths = np.bincount(joined.documents[kept], minlength=len(stream.lengths)).astype(np.int64)
    return IndexedText(
        vocabulary, final_ids, surface_ids, lengths, dropped, tuple(names[word] for word in common)
    )


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


def _census(joined: _Joined, n_names: int, n_documents: int) -> _Census:
    lengths = np.bincount(joined.documents, minlength=n_documents)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    ones = np.ones(len(joined.word_ids), dtype=np.int8)
    occurrences = csr_matrix((ones, joined.word_ids, offsets), shape=(n_documents, n_names))
    occurrences.sum_duplicates()  # leaves each word once per document
    return _Census(
        count=np.bincount(joined.word_ids, minlength=n_names),
        document_count=np.bincount(occurrences.indices, minlength=n_names),
        n_documents=int((lengths > 0).sum()),
    )


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


def _joined_surfaces(
    stream: WordStream, joined: _Joined, joints: Joints
) -> tuple[list[str], NDArray[np.int64]]:
    """Return the surface forms of words and phrases, and the number of each joined token's."""
    n = len(stream.surfaces)
    surface_ids = stream.surface_ids[joined.first_token].astype(np.int64)
    at = joined.first_token[joined.is_phrase]
    if not len(at):
        return stream.surfaces, surface_ids
    first, second = (stream.surface_ids[place].astype(np.int64) for place in (at, at + 1))
    forms, numbers = np.unique(
        (stream.joints[at + 1].astype(np.int64) * n + first) * n + second, return_inverse=True
    )
    surface_ids[joined.is_phrase] = n + numbers
    surfaces = list(stream.surfaces)
    for form in forms.tolist():
        rest, second_surface = divmod(form, n)
        joint, first_surface = divmod(rest, n)
        surfaces.append(surfaces[first_surface] + joints.texts[joint] + surfaces[second_surface])
    return surfaces, surface_ids


def _number_surfaces(
    word_ids: NDArray[np.int32], surface_ids: NDArray[np.int64], surfaces: list[str], n_words: int
) -> tuple[NDArray[np.int32], list[list[tuple[str, int]]]]:
    """Number surface forms word by word, most frequent first; return each token's and (form, count) per word."""
    forms, first, inverse, counts = np.unique(
        surface_ids, return_index=True, return_inverse=True, return_counts=True
    )
    word_of_form = word_ids[first].tolist()
    texts = [surfaces[form] for form in forms.tolist()]
    order = sorted(range(len(forms)), key=lambda form: (word_of_form[form], -counts[form], texts[form]))
    number = np.empty(len(forms), dtype=np.int32)
    number[order] = np.arange(len(forms), dtype=np.int32)
    lists: list[list[tuple[str, int]]] = [[] for _ in range(n_words)]
    for form in order:
        lists[word_of_form[form]].append((texts[form], int(counts[form])))
    return number[inverse], lists


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
