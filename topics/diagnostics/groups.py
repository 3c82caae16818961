"""What documents are grouped by: from a table of reviews to one label, or several, a document.

Public names: :func:`group_documents`, :data:`GROUPINGS`, and :class:`Membership`, :func:`as_membership` for the
functions that work on groups.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ...core.errors import ParameterError

GROUPINGS = ("genre", "year", "release_year", "score", "best_new_music", "author", "label")
_LIST_COLUMNS = {"genre": "genres", "label": "labels", "release_year": "years"}


@dataclass(frozen=True)
class Membership:
    """Which documents belong to which groups.

    Parameters
    ----------
    labels : list
        One a group: numbers ascending, or texts in alphabetical order, or the order of a categorical.
    matrix : csr_matrix of shape (n_groups, n_docs), float64
        1 where the document belongs to the group; a document may belong to several or to none.
    """

    labels: list[Any]
    matrix: csr_matrix

    def documents(self, group: int) -> NDArray[Any]:
        """Return the documents of a group."""
        return self.matrix.indices[self.matrix.indptr[group] : self.matrix.indptr[group + 1]]


def group_documents(table: pd.DataFrame, by: str, *, score_width: float = 1.0) -> list[Any]:
    """Return what each review is grouped by.

    Parameters
    ----------
    table : DataFrame
        Rows of the canonical reviews table.
    by : {"genre", "year", "release_year", "score", "best_new_music", "author", "label"}
        "year" is the year of publication. A review has one or several genres, labels and years of release.
    score_width : float, > 0
        Width of the buckets of the score; a bucket is named by its lower end, and the highest score, 10, belongs to
        the last whole bucket.

    Returns
    -------
    list, one entry a row
        A label, a list of labels, or None where the table does not say.

    Raises
    ------
    ParameterError
        If ``by`` is none of these, the table lacks its column, or ``score_width`` is not above 0.
    """
    if by not in GROUPINGS:
        raise ParameterError(f"by must be one of {', '.join(GROUPINGS)}; got {by!r}")
    column = _LIST_COLUMNS.get(by, "pub_date" if by == "year" else by)
    if column not in table:
        raise ParameterError(f"the reviews have no column {column!r}, which grouping by {by} needs")
    values = table[column]
    if by in _LIST_COLUMNS:
        return [None if value is None or isinstance(value, float) else list(value) for value in values]
    if by == "year":
        return [None if pd.isna(date) else int(date.year) for date in values]
    if by == "score":
        return _score_buckets(values.to_numpy(float, na_value=np.nan), score_width)
    return [None if pd.isna(value) else value for value in values]


def _score_buckets(scores: NDArray[np.float64], width: float) -> list[float | None]:
    if not (np.isfinite(width) and width > 0):
        raise ParameterError(f"score_width must be a number > 0; got {width!r}")
    last = max(np.ceil(10 / width - 1e-9) - 1, 0)
    buckets = np.minimum(np.floor(scores / width + 1e-9), last) * width
    return [None if np.isnan(bucket) else round(float(bucket), 9) for bucket in buckets]


def as_membership(groups: Iterable[Any], n_docs: int) -> Membership:
    """Turn labels, or lists of labels, into groups.

    Parameters
    ----------
    groups : sequence of length n_docs
        A label, a list of labels (a repeated one counts once), or None/NaN for a document that is left out.
        The groups of a pandas categorical keep its order.
    n_docs : int

    Raises
    ------
    ParameterError
        If the length differs, or no document has a group.
    """
    order = _categories(groups)
    rows = [_labels_of(entry) for entry in groups]
    if len(rows) != n_docs:
        raise ParameterError(f"groups must have one entry per document, {n_docs}; got {len(rows)}")
    present = dict.fromkeys(label for row in rows for label in row)
    if not present:
        raise ParameterError("no document has a group: every entry of groups is missing")
    labels = [label for label in order if label in present] if order is not None else _sorted(present)
    index = {label: at for at, label in enumerate(labels)}
    pairs = [(index[label], doc) for doc, row in enumerate(rows) for label in row]
    group, doc = np.array(pairs).T
    return Membership(labels, csr_matrix((np.ones(len(pairs)), (group, doc)), shape=(len(labels), n_docs)))


def _categories(groups: Any) -> list[Any] | None:
    """Return the categories of a pandas categorical in their order, None for anything else."""
    values = getattr(groups, "array", groups)
    return list(values.categories) if isinstance(values, pd.Categorical) else None


def _labels_of(entry: Any) -> list[Any]:
    """Return the labels of one document, without repeats and missing ones."""
    if isinstance(entry, (list, tuple, set, frozenset, np.ndarray)):
        return list(dict.fromkeys(label for item in entry for label in _labels_of(item)))
    if entry is None or entry is pd.NA or entry is pd.NaT or entry != entry:
        return []
    return [entry.item() if isinstance(entry, np.generic) else entry]


def _sorted(labels: Iterable[Any]) -> list[Any]:
    try:
        return sorted(labels)
    except TypeError:  # numbers and texts together
        return sorted(labels, key=str)


def check_doc_topic(doc_topic: Any, topic_ids: Sequence[Any] | None) -> tuple[NDArray[np.float64], list[str]]:
    """Return the mixtures as float64 and the names of the topics: given, of the data frame's columns, or numbers.

    Raises
    ------
    ParameterError
        If the mixtures are not a table of numbers >= 0, or the names do not fit.
    """
    names = (
        list(doc_topic.columns) if topic_ids is None and isinstance(doc_topic, pd.DataFrame) else topic_ids
    )
    mixtures = np.asarray(doc_topic, float)
    if mixtures.ndim != 2 or not np.isfinite(mixtures).all() or (mixtures < 0).any():
        raise ParameterError(
            f"doc_topic must be a table of finite numbers >= 0, one row a document; got shape {mixtures.shape}"
        )
    names = range(mixtures.shape[1]) if names is None else names
    if len(names) != mixtures.shape[1]:
        raise ParameterError(f"topic_ids must name {mixtures.shape[1]} topics; got {len(names)}")
    return mixtures, [str(name) for name in names]
