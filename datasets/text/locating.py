"""The words of a vocabulary in new documents, in text order: as numbers, and with their places in the raw text.

Words the vocabulary does not have are there too, as -1; stop words, masked names and punctuation are not.
Public names: :class:`LocatedWords`, :func:`number_words`, :func:`locate_words`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.executors import Executor, LocalExecutor
from .chunks import check_texts, text_chunks, useful_jobs
from .new_text import Vocabulary, VocabularyMapper
from .settings import TextSettings
from .stream import WordStream, read_placed_words, read_words

_FEW_CHARACTERS = 200_000  # of a chunk whose words are located: three numbers a character are kept


@dataclass(frozen=True, eq=False)
class LocatedWords:
    """The content words of one document.

    Parameters
    ----------
    word_ids : ndarray of shape (n_tokens,), int32
        Row of the vocabulary; -1 for a word it does not have.
    starts, ends : ndarray of shape (n_tokens,), int64
        Where each word stands: ``text[start:end]``. A phrase reaches from its first word to its last.
    """

    word_ids: NDArray[np.int32]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


def number_words(
    texts: Sequence[str | None],
    vocabulary: Vocabulary,
    settings: TextSettings,
    *,
    artist_names: Sequence[Sequence[str]] | None = None,
    too_common: Sequence[str] = (),
    n_jobs: int = 1,
    executor: Executor | None = None,
) -> list[NDArray[np.int32]]:
    """Return the content words of documents as numbers, in text order.

    Parameters
    ----------
    texts : sequence of str or None, length n_documents
    vocabulary : DataFrame with column ``word``, or sequence of str
    settings : TextSettings
        Those the vocabulary was made with.
    artist_names : sequence of sequence of str, optional
        Names to mask, per document, where ``settings.mask_artists`` says so.
    too_common : sequence of str
        Words left out as stop words are: :attr:`PreparedText.too_common`.
    n_jobs : int, >= 1
        Processes at most; little text is read by one.
    executor : Executor, optional
        Reads the texts, if they are many; processes of this machine when absent. The result is the same.

    Returns
    -------
    list of ndarray of int32
        Per document, the row of the vocabulary of each word or phrase; -1 for words it does not have.

    Raises
    ------
    ParameterError
        If a text is no str, lengths differ, ``n_jobs`` is bad, or ``vocabulary`` has no words in the expected place.
    """
    mapper = VocabularyMapper(vocabulary, settings)
    checked, names = check_texts(texts, artist_names, settings)
    ignored = frozenset(too_common)
    found: list[NDArray[np.int32]] = []
    chunks = text_chunks(checked, names, settings)
    jobs = useful_jobs(checked, n_jobs, executor)
    for stream in (executor or LocalExecutor()).map_ordered(read_words, chunks, n_jobs=jobs):
        columns, first, _ = _words(stream, mapper, ignored)
        cuts = np.searchsorted(first, np.cumsum(stream.lengths)[:-1])
        found += np.split(columns[first].astype(np.int32), cuts)
    return found


def locate_words(
    texts: Sequence[str | None],
    vocabulary: Vocabulary,
    settings: TextSettings,
    *,
    artist_names: Sequence[Sequence[str]] | None = None,
    too_common: Sequence[str] = (),
) -> list[LocatedWords]:
    """Find the content words of documents and where they stand in the raw texts.

    Parameters
    ----------
    texts, vocabulary, settings, artist_names, too_common
        As for :func:`number_words`.

    Returns
    -------
    list of LocatedWords
        One per document; the same words as :func:`number_words` finds.

    Raises
    ------
    ParameterError
        As :func:`number_words`.

    Examples
    --------
    >>> text = "Guitars &amp; drum machines: a drum machine!"
    >>> (found,) = locate_words([text], ["guitar", "drum_machin"], TextSettings())
    >>> [text[start:end] for start, end in zip(found.starts, found.ends)]
    ['Guitars', 'drum machines', 'drum machine']
    """
    mapper = VocabularyMapper(vocabulary, settings)
    checked, names = check_texts(texts, artist_names, settings)
    ignored = frozenset(too_common)
    found: list[LocatedWords] = []
    for chunk in text_chunks(checked, names, settings, _FEW_CHARACTERS):
        stream, spans = read_placed_words(chunk)
        columns, first, last = _words(stream, mapper, ignored)
        words = LocatedWords(columns[first].astype(np.int32), spans[first, 0], spans[last, 1])
        cuts = np.searchsorted(first, np.cumsum(stream.lengths)[:-1])
        parts = (np.split(part, cuts) for part in (words.word_ids, words.starts, words.ends))
        found += [LocatedWords(*document) for document in zip(*parts, strict=True)]
    return found


def _words(
    stream: WordStream, mapper: VocabularyMapper, ignored: frozenset[str]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the column of every token, and the first and last token of each word."""
    columns, is_second = mapper.join(stream)
    left_out = np.array([key in ignored for key in stream.keys], bool)[stream.surface_ids] & (columns < 0)
    first = np.flatnonzero(~is_second & ~left_out)
    last = first + np.append(is_second, False)[first + 1]
    return columns, first, last
