"""Applying a finished vocabulary: to new documents, and to the keywords a user types.

Public names: :func:`prepare_new_text`, :func:`term_normalizer`, :func:`normalize_terms`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ...core.errors import ParameterError
from ...core.executors.local import map_ordered
from .chunks import check_texts, text_chunks, useful_jobs
from .phrase_codes import pair_codes, phrase_code, second_halves
from .settings import TextSettings
from .stemming import fold
from .stopwords import connectors
from .stream import TextChunk, WordStream, read_words
from .units import Joints

_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_FORMS = ("surfaces", "surface_counts")  # columns of a vocabulary that knows how its words are written
Vocabulary = pd.DataFrame | Sequence[str]


def prepare_new_text(
    texts: Sequence[str | None],
    vocabulary: Vocabulary,
    settings: TextSettings,
    *,
    artist_names: Sequence[Sequence[str]] | None = None,
    n_jobs: int = 1,
) -> csr_matrix:
    """Count the words of a vocabulary in documents it was not made from.

    Parameters
    ----------
    texts : sequence of str or None, length n_documents
        A missing text gives an empty row.
    vocabulary : DataFrame with column ``word``, or sequence of str, length n_words
    settings : TextSettings
        Those the vocabulary was made with. Its limits play no part here.
    artist_names : sequence of sequence of str, optional
        Names to mask, per document, where ``settings.mask_artists`` says so.
    n_jobs : int, >= 1
        Processes at most; little text is read by one.

    Returns
    -------
    counts : csr_matrix of shape (n_documents, n_words), int32
        For the texts a vocabulary was made from (and the same names), equal to the counts made with it.

    Raises
    ------
    ParameterError
        If a text is no str, lengths differ, ``n_jobs`` is bad, or ``vocabulary`` has no words in the expected place.
    """
    mapper = VocabularyMapper(vocabulary, settings)
    checked, names = check_texts(texts, artist_names, settings)
    parts = [
        mapper.rows(s)
        for s in map_ordered(
            read_words, text_chunks(checked, names, settings), n_jobs=useful_jobs(checked, n_jobs)
        )
    ]
    ids = np.concatenate([np.zeros(0, np.int64), *(ids for ids, _ in parts)])
    lengths = np.concatenate([np.zeros(0, np.int64), *(lengths for _, lengths in parts)])
    return count_matrix(ids, lengths, len(mapper.words))


def count_matrix(word_ids: NDArray[np.integer], lengths: NDArray[np.int64], n_words: int) -> csr_matrix:
    """Return counts of shape (n_documents, n_words), int32, from the words of all documents in a row."""
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    index_type = np.int32 if len(word_ids) < 2**31 else np.int64
    counts = csr_matrix(
        (np.ones(len(word_ids), np.int32), word_ids.astype(index_type), offsets.astype(index_type)),
        shape=(len(lengths), n_words),
    )
    counts.sum_duplicates()
    return counts


def term_normalizer(
    settings: TextSettings, vocabulary: Vocabulary, terms: Iterable[str] = ()
) -> Callable[[str], str | None]:
    """Return a function that finds the vocabulary word a user means.

    Parameters
    ----------
    settings : TextSettings
        Those the vocabulary was made with.
    vocabulary : DataFrame with column ``word``, or sequence of str
    terms : iterable of str, optional
        Terms that are going to be asked for. Read together they take a hundredth of the time; the answers are the same.

    Returns
    -------
    callable
        From a term in any case, inflection and spacing ("Electric guitars", "post-punk", "postpunk", "new_york") to the
        word, or None where the vocabulary has none. All of a term must be found: "wall of sound" is not "wall".

    Raises
    ------
    ParameterError
        If ``vocabulary`` has no words in the expected place.
    """
    mapper = VocabularyMapper(vocabulary, settings)
    squeezed: dict[str, str] | None = None  # made when a term asks for it
    forms = _words_of_forms(vocabulary)
    distinct = dict.fromkeys(terms)
    unread = [term for term in distinct if not (_is_plain(term) and term in forms)]
    whole = _columns_of_terms(mapper, unread, settings)

    def normalize(term: str) -> str | None:
        nonlocal squeezed
        if _is_plain(term) and term in forms:
            return forms[term]
        if term not in whole:
            whole.update(_columns_of_terms(mapper, [term], settings))
        column = whole[term]
        if column >= 0:
            return mapper.words[column]
        typed = term.strip()
        exact = next((word for word in (typed, typed.lower()) if word in mapper.columns), None)
        if exact is None and squeezed is None:
            squeezed = _squeezed_forms(vocabulary)
        return exact or (squeezed or {}).get(_squeeze(term))

    return normalize


def normalize_terms(
    terms: Iterable[str], settings: TextSettings, vocabulary: Vocabulary
) -> dict[str, str | None]:
    """Map each of a user's terms to the vocabulary word, or to None; see :func:`term_normalizer`.

    Parameters
    ----------
    terms : iterable of str
    settings : TextSettings
        Those the vocabulary was made with.
    vocabulary : DataFrame with column ``word``, or sequence of str

    Returns
    -------
    dict of str to str or None
        In the order of ``terms``.

    Raises
    ------
    ParameterError
        If ``vocabulary`` has no words in the expected place.
    """
    asked = list(terms)
    normalize = term_normalizer(settings, vocabulary, asked)
    return {term: normalize(term) for term in asked}


class VocabularyMapper:
    """Numbers the words of streams by their place in a vocabulary, joining its phrases.

    Parameters
    ----------
    vocabulary : DataFrame with column ``word``, or sequence of str
    settings : TextSettings
    """

    def __init__(self, vocabulary: Vocabulary, settings: TextSettings) -> None:
        self.words = _words_of(vocabulary)
        self.columns = {word: column for column, word in enumerate(self.words)}
        joints = Joints(connectors(settings))
        parts = {
            part for word in self.words if "_" in word for part in (word.split("_")[0], word.split("_")[-1])
        }
        simple = sorted(parts.union(word for word in self.words if "_" not in word))
        self._numbers = {word: number for number, word in enumerate(simple)}
        self._column_of_number = np.array([self.columns.get(word, -1) for word in simple], dtype=np.int64)
        codes = [phrase_code(word, self._numbers, joints) for word in self.words]
        order = [column for column in np.argsort(codes).tolist() if codes[column] >= 0]
        self._phrases = np.array([codes[column] for column in order], dtype=np.int64)
        self._column_of_phrase = np.array(order, dtype=np.int64)

    def rows(self, stream: WordStream) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the columns of all known words in text order, and how many each document has."""
        columns, is_second = self.join(stream)
        known = ~is_second & (columns >= 0)
        documents = np.repeat(np.arange(len(stream.lengths)), stream.lengths)
        return columns[known], np.bincount(documents[known], minlength=len(stream.lengths))

    def join(self, stream: WordStream) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the column of each token, -1 where unknown, and whether it is the second half of a phrase."""
        number_of_surface = np.array([self._numbers.get(key, -1) for key in stream.keys], dtype=np.int32)
        numbers = number_of_surface[stream.surface_ids]
        codes = pair_codes(numbers, stream.joints, len(self._numbers))
        is_second = second_halves(codes, self._phrases)
        columns = np.append(self._column_of_number, -1)[numbers]
        seconds = np.flatnonzero(is_second)
        columns[seconds - 1] = self._column_of_phrase[np.searchsorted(self._phrases, codes[seconds])]
        return columns, is_second


def _columns_of_terms(mapper: VocabularyMapper, terms: list[str], settings: TextSettings) -> dict[str, int]:
    """Return the column of each term that is one word or phrase; -1 for a term that is not, or is unknown."""
    if not terms:
        return {}
    stream = read_words(TextChunk(tuple(terms), None, settings))
    columns, is_second = mapper.join(stream)
    of_term = np.repeat(np.arange(len(terms)), stream.lengths)[~is_second]
    n_columns = np.bincount(of_term, minlength=len(terms))
    found = np.full(len(terms), -1, np.int64)
    found[of_term] = columns[~is_second]
    found[n_columns != 1] = -1
    return dict(zip(terms, found.tolist(), strict=True))


def _words_of_forms(vocabulary: Any) -> dict[str, str]:
    """Map surface forms to the word they were read as; phrases are left out."""
    if not isinstance(vocabulary, pd.DataFrame) or not {"word", *_FORMS} <= set(vocabulary.columns):
        return {}
    pairs = zip(vocabulary["word"].tolist(), vocabulary["surfaces"].tolist(), strict=True)
    return {surface: word for word, surfaces in pairs if "_" not in word for surface in surfaces}


def _is_plain(term: str) -> bool:
    """Return whether a term is one word of letters: no need to load a stemmer for one that the corpus has."""
    return term.isascii() and term.isalpha() and term.islower()


def _squeeze(text: str) -> str:
    return _NOT_ALPHANUMERIC.sub("", fold(text))


def _squeezed_forms(vocabulary: Any) -> dict[str, str]:
    """Map surface forms without case, accents and separators to their words; where two meet, the frequent one wins."""
    best: dict[str, tuple[int, str]] = {}
    for word, surface, count in _counted_forms(vocabulary):
        key = _squeeze(surface)
        if key and count > best.get(key, (0, ""))[0]:
            best[key] = (count, word)
    return {key: word for key, (_, word) in best.items()}


def _counted_forms(vocabulary: Any) -> Iterator[tuple[str, str, int]]:
    """Yield (word, surface form, count) of a vocabulary that knows them."""
    columns = ("word", *_FORMS)
    if not isinstance(vocabulary, pd.DataFrame) or not set(columns) <= set(vocabulary.columns):
        return
    for word, surfaces, counts in zip(*(vocabulary[name] for name in columns), strict=True):
        yield from ((word, surface, count) for surface, count in zip(surfaces, counts, strict=True))


def _words_of(vocabulary: Any) -> list[str]:
    if isinstance(vocabulary, pd.DataFrame):
        if "word" not in vocabulary.columns:
            raise ParameterError(f"vocabulary needs a column 'word'; it has {list(vocabulary.columns)}")
        vocabulary = vocabulary["word"].tolist()
    words = list(vocabulary)
    if isinstance(vocabulary, str) or any(not isinstance(word, str) for word in words):
        raise ParameterError("vocabulary must be a table with a column 'word', or a sequence of str")
    return words
