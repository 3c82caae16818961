"""Checks at the public door of the topic model: counts, vocabulary and parameters.

Public functions: :func:`check_counts`, :func:`check_enough_tokens`, :func:`check_vocabulary`, :func:`check_settings`,
:func:`check_frozen`, :func:`check_added`.
"""

import math
import numbers
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_matrix, issparse

from ..core.errors import BandscapeWarning, ParameterError
from .annealing import SmoothAnnealing, StepAnnealing
from .choosing import SAMPLERS
from .keywords import Topic
from .priors import PRIORS

BEGINNINGS = ("auto", "random", "keywords", "anchors", "both")
OPTIMIZED_PRIORS = ("auto", "both", "doc_topic", "topic_word")
MAX_TOPICS = 65_534
"""Topics are stored in 16 bits, one value of which is kept free."""
MAX_COUNT = 2**31 - 1


def check_counts(counts: Any) -> csr_matrix:
    """Return the counts as canonical int32 CSR without touching the input.

    Parameters
    ----------
    counts : sparse matrix or array of shape (n_docs, n_words)
        Whole numbers >= 0. Already two-dimensional.

    Returns
    -------
    csr_matrix, int32
        Sorted, repeats added up, no stored zeros. It shares the arrays of an input that already is all this.

    Raises
    ------
    ParameterError
        If an entry is NaN, infinite, negative, fractional or over 2**31 - 1; the message names its place. If a sparse
        matrix holds columns it does not have.
    """
    matrix = csr_matrix(counts) if issparse(counts) else csr_matrix(_dense(counts))
    _refuse_broken(matrix)
    is_whole = matrix.dtype.kind in "biu"
    if not is_whole:
        _refuse_entries(matrix, ~np.isfinite(matrix.data), "counts must be finite, without NaN or infinity")
    _refuse_entries(matrix, matrix.data < 0, "Negative values in data: counts must be whole numbers >= 0")
    if not is_whole:
        _refuse_entries(matrix, matrix.data != np.floor(matrix.data), "counts must be whole numbers >= 0")
    _refuse_entries(matrix, matrix.data > MAX_COUNT, "counts must be at most 2**31 - 1")
    if matrix.dtype == np.int32 and matrix.has_canonical_format and _is_plain(matrix):
        return matrix
    copy = csr_matrix(
        (matrix.data.astype(np.int64), matrix.indices.copy(), matrix.indptr.copy()), shape=matrix.shape
    )
    copy.sum_duplicates()
    copy.eliminate_zeros()
    if copy.nnz and copy.data.max() > MAX_COUNT:
        raise ParameterError(f"counts must be at most 2**31 - 1; got {copy.data.max()}")
    return csr_matrix((copy.data.astype(np.int32), copy.indices, copy.indptr), shape=copy.shape)


def check_enough_tokens(n_tokens: int, n_free: int) -> None:
    """Refuse more topics than tokens: some could not have a word of their own.

    Raises
    ------
    ParameterError
        If there are fewer tokens than topics that are not frozen.
    """
    if n_free > n_tokens:
        raise ParameterError(
            f"topics must be at most as many as the tokens of the counts; got {n_free} topics for {n_tokens} token(s): "
            "ask for fewer topics, or give more documents"
        )


def in_one_line(error: Exception) -> str:
    """Return the message of an error without the arrays that scikit-learn prints into it."""
    said, is_shown, rest = " ".join(str(error).split()).partition(": array=")
    return (
        f"{said}; {rest[rest.find('Reshape') :]}"
        if is_shown and "Reshape" in rest
        else said + is_shown + rest
    )


def _dense(counts: Any) -> NDArray[Any]:
    """Return an array of a type that sparse matrices can have."""
    array = np.asarray(counts)
    return array.astype(np.float32) if array.dtype == np.float16 else array


def _refuse_broken(matrix: csr_matrix) -> None:
    """Refuse a matrix whose rows or columns lie outside it: compiled code would read stray memory."""
    try:
        matrix.check_format(full_check=True)
    except ValueError as error:
        raise ParameterError(
            f"counts must be a sound sparse matrix; this one of shape {matrix.shape} is not: {error}"
        ) from error


def _is_plain(matrix: csr_matrix) -> bool:
    """Return whether the entries are positive, and the arrays of the kind our kernels are compiled for."""
    return bool(matrix.data.all()) and matrix.data.flags.writeable and matrix.indices.flags.writeable


def _refuse_entries(matrix: csr_matrix, bad: NDArray[np.bool_], requirement: str) -> None:
    if bad.any():
        entry = int(np.argmax(bad))
        row = int(np.searchsorted(matrix.indptr, entry, side="right")) - 1
        raise ParameterError(
            f"{requirement}; got {matrix.data[entry]} in row {row}, column {matrix.indices[entry]}"
        )


def check_vocabulary(
    vocabulary: Any, n_words: int, feature_names: ArrayLike | None = None
) -> NDArray[np.object_]:
    """Return the words of the columns.

    Parameters
    ----------
    vocabulary : sequence of str, table with a column ``word``, fitted vectorizer, mapping, or None
        A vectorizer is asked for ``get_feature_names_out()``. A mapping goes from word to column (``vocabulary_`` of
        ``CountVectorizer``) or from column to word (gensim's ``Dictionary``). None takes ``feature_names``, or else
        makes up ``word_0``, ``word_1``, ...
    n_words : int
    feature_names : array of str, optional

    Raises
    ------
    ParameterError
        If the length differs from the number of columns, or a word is not text or occurs twice.
    """
    if vocabulary is not None:
        words = _words_of(vocabulary)
    elif feature_names is not None:
        words = list(np.asarray(feature_names))
    else:
        words = [f"word_{at}" for at in range(n_words)]
    if len(words) != n_words:
        raise ParameterError(f"vocabulary must name every column: {n_words} words; got {len(words)}")
    for word in words:
        if not isinstance(word, str):
            raise ParameterError(f"vocabulary must hold text; got {word!r}")
    result = np.empty(n_words, object)
    result[:] = [str(word) for word in words]
    if len(set(result.tolist())) < n_words:
        repeated = pd.Series(result)[pd.Series(result).duplicated()].iloc[0]
        raise ParameterError(f"vocabulary must not repeat a word; {repeated!r} occurs twice")
    return result


def _words_of(vocabulary: Any) -> list[Any]:
    """Return the words of any accepted form, in the order of their columns."""
    if isinstance(vocabulary, pd.DataFrame):
        if "word" not in vocabulary.columns:
            raise ParameterError(
                f"vocabulary table must have a column 'word'; got {list(vocabulary.columns)[:8]}"
            )
        return vocabulary["word"].tolist()
    if hasattr(vocabulary, "get_feature_names_out"):
        return list(vocabulary.get_feature_names_out())
    if not isinstance(vocabulary, Mapping):
        return list(vocabulary)
    by_column = {
        (value if isinstance(key, str) else key): (key if isinstance(key, str) else value)
        for key, value in vocabulary.items()
    }
    if sorted(by_column) != list(range(len(vocabulary))):
        raise ParameterError(
            f"vocabulary must give each of {len(vocabulary)} words its own column from 0 on; got {vocabulary!r:.80}"
        )
    return [by_column[column] for column in range(len(by_column))]


def warn_of_keywords_without_words(topics: tuple[Topic, ...]) -> None:
    """Warn that keywords or excluded words are given, but no names for the columns."""
    named = [topic.id for topic in topics if topic.keywords or topic.excluded]
    if named:
        warnings.warn(
            f"the keywords of {named[0]!r} cannot be found: the counts' columns have no names; "
            "pass vocabulary= to fit, or use TopicPipeline",
            BandscapeWarning,
            stacklevel=3,
        )


def check_settings(model: Any, topics: tuple[Topic, ...], n_words: int) -> None:
    """Check the constructor's parameters that need no data but their number of words.

    Raises
    ------
    ParameterError
        Naming the parameter, what was required and what came.
    """
    if model.prior not in PRIORS:
        raise ParameterError(f"prior must be one of {', '.join(map(repr, PRIORS))}; got {model.prior!r}")
    if model.begin not in BEGINNINGS:
        raise ParameterError(f"begin must be one of {', '.join(map(repr, BEGINNINGS))}; got {model.begin!r}")
    if model.begin in ("keywords", "anchors", "both") and model.prior != "classic":
        raise ParameterError(
            f"begin={model.begin!r} needs prior='classic', whose annealing it is made for; got prior={model.prior!r}"
        )
    if len(topics) > MAX_TOPICS:
        raise ParameterError(f"n_topics must be at most {MAX_TOPICS}; got {len(topics)}")
    if len(topics) > n_words:
        raise ParameterError(
            f"n_topics must be at most the number of words in the vocabulary; got {len(topics)} topics "
            f"for {n_words} word(s) (n_features={n_words}): ask for fewer topics, or keep more words"
        )
    for name in ("doc_topic_prior", "topic_word_prior"):
        if not (isinstance(getattr(model, name), str) and getattr(model, name) == "auto"):
            check_positive(getattr(model, name), name, len(topics))
    if not _is_real(model.keyword_strength) or not 0 <= model.keyword_strength < math.inf:
        raise ParameterError(f"keyword_strength must be a number >= 0; got {model.keyword_strength!r}")
    n_sweeps = check_int(model.n_sweeps, "n_sweeps", low=1)
    n_samples = check_int(model.n_samples, "n_samples", low=1)
    if n_samples > n_sweeps:
        raise ParameterError(f"n_samples must be at most n_sweeps ({n_sweeps}); got {n_samples}")
    check_int(model.optimize_interval, "optimize_interval", low=0)
    if model.optimized_priors not in OPTIMIZED_PRIORS:
        raise ParameterError(
            f"optimized_priors must be one of {', '.join(map(repr, OPTIMIZED_PRIORS))}; got {model.optimized_priors!r}"
        )
    if model.sampler not in SAMPLERS:
        raise ParameterError(
            f"sampler must be one of {', '.join(map(repr, SAMPLERS))}; got {model.sampler!r}"
        )
    annealing = model.annealing
    if annealing not in (None, "auto") and not isinstance(annealing, (StepAnnealing, SmoothAnnealing)):
        raise ParameterError(
            f"annealing must be 'auto', None, a StepAnnealing or a SmoothAnnealing; got {annealing!r}"
        )


def check_int(value: Any, name: str, *, low: int) -> int:
    """Return an int, or raise ParameterError."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or int(value) < low:
        raise ParameterError(f"{name} must be an int >= {low}; got {value!r}")
    return int(value)


def check_positive(value: Any, name: str, n_topics: int) -> None:
    """Accept one number > 0 or one per topic."""
    try:
        array = np.asarray(value, float)
    except (TypeError, ValueError):
        array = np.array(math.nan)
    if array.shape not in ((), (n_topics,)) or not np.isfinite(array).all() or not (array > 0).all():
        raise ParameterError(
            f"{name} must be a number > 0, or {n_topics} of them, one per topic; got {value!r:.80}"
        )


def check_frozen(
    rows: Mapping[str, ArrayLike] | None, topics: tuple[Topic, ...], n_words: int
) -> dict[int, NDArray[np.float64]]:
    """Return the word distributions of frozen topics by topic number, normalized.

    Raises
    ------
    ParameterError
        If a frozen topic has no row, a row has no frozen topic, or a row is not ``n_words`` numbers >= 0.
    """
    given = dict(rows or {})
    frozen: dict[int, NDArray[np.float64]] = {}
    for number, topic in enumerate(topics):
        if not topic.frozen:
            continue
        if topic.id not in given:
            raise ParameterError(
                f"topic {topic.id!r} is frozen but frozen_topic_word has no row for it; "
                "pass its row of an earlier model's topic_word_"
            )
        row = np.asarray(given.pop(topic.id), float)
        if row.shape != (n_words,) or not np.isfinite(row).all() or (row < 0).any() or not row.sum() > 0:
            raise ParameterError(
                f"frozen_topic_word[{topic.id!r}] must be {n_words} numbers >= 0 with a positive sum; "
                f"got {_what_is_wrong(row, n_words)}"
            )
        # what sums to 1 already stays as it is, so that a topic frozen over many rounds keeps its bits
        frozen[number] = row if abs(row.sum() - 1) < 1e-12 else row / row.sum()
    if given:
        raise ParameterError(f"frozen_topic_word names {next(iter(given))!r}, which is no frozen topic")
    return frozen


def check_added(
    rows: Mapping[str, ArrayLike] | None, topics: tuple[Topic, ...], n_words: int
) -> dict[int, NDArray[np.float64]]:
    """Return the added counts of topics by topic number.

    Raises
    ------
    ParameterError
        If there is no such topic, or a row is not ``n_words`` numbers >= 0.
    """
    number_of = {topic.id: number for number, topic in enumerate(topics)}
    added = {}
    for name, given in dict(rows or {}).items():
        row = np.asarray(given, float)
        if name not in number_of:
            raise ParameterError(f"added_counts names {name!r}, which is no topic")
        if row.shape != (n_words,) or not np.isfinite(row).all() or (row < 0).any():
            raise ParameterError(
                f"added_counts[{name!r}] must be {n_words} numbers >= 0; got {_what_is_wrong(row, n_words)}"
            )
        added[number_of[name]] = row
    return added


def _what_is_wrong(row: NDArray[np.float64], n_words: int) -> str:
    """Say what of a row of numbers cannot be used: its shape, an entry, or its sum."""
    if row.shape != (n_words,):
        return f"shape {row.shape}"
    wrong = np.flatnonzero(~(np.isfinite(row) & (row >= 0)))
    return f"{row[wrong[0]]} at {wrong[0]}" if wrong.size else "zeros alone"


def _is_real(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)
