"""The simple methods any artist vectors must be compared with, told the same columns.

All of them start from the *group matrix*: a column for each genre, label, year, reviewer, bucket of a number that at
least two artists have. One-hot kNN takes its rows as they are; TruncatedSVD and gensim's Word2Vec make vectors of it.

Public: `Method`, `rival_methods`, `group_matrix`, `RIVAL_COLUMNS`.

References
----------
.. [1] Mikolov et al. (2013), Distributed representations of words and phrases; as in gensim's Word2Vec.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import numpy as np
import pandas as pd
from scipy.sparse import csc_matrix, csr_matrix, hstack

from .memberships import memberships

Method = Callable[[tuple[str, ...], int], np.ndarray]
Learner = Callable[[pd.DataFrame, int], np.ndarray]
"""Vectors, one a row of the table, learnt from it with a seed."""

RIVAL_COLUMNS = ("genres", "mean_score", "years", "labels")
DIM = 64
N_BUCKETS = 20
SENTENCE = 40
EPOCHS = 40  # of gensim's Word2Vec; with 10 it has not converged


def rival_methods(
    artists: pd.DataFrame, *, columns: Sequence[str] = RIVAL_COLUMNS, dim: int = DIM
) -> dict[str, Method]:
    """Give the simple methods any vectors must be compared with, fitted to the same groups.

    Parameters
    ----------
    artists : DataFrame
    columns : sequence of str
        What they are told, less what a probe holds out; columns the table lacks are left out.
    dim : int
        Length of the vectors of those that have one.

    Returns
    -------
    dict of str to callable
        ``method(without, seed)`` by name: "one-hot" (the groups themselves), "TruncatedSVD" of them, and gensim's
        "Word2Vec" on them as sentences.
    """
    told = cache(lambda name: group_matrix(artists, [name]))

    def groups(without: tuple[str, ...]) -> csr_matrix:
        kept = [told(name) for name in columns if name in artists.columns and name not in without]
        return csr_matrix(hstack(kept)) if kept else group_matrix(artists, [])

    return {
        "one-hot": lambda without, _seed: groups(without).toarray(),
        "TruncatedSVD": lambda without, seed: _svd(groups(without), dim, seed),
        "gensim Word2Vec": lambda without, seed: _word2vec(groups(without), dim, seed),
    }


def group_matrix(artists: pd.DataFrame, columns: Sequence[str]) -> csr_matrix:
    """Make the matrix of who belongs to which group of two artists and more.

    Parameters
    ----------
    artists : DataFrame
    columns : sequence of str
        Lists and single values become groups, numbers 20 buckets of about equal size, mappings of group to share
        keep the shares. Columns the table lacks are left out.

    Returns
    -------
    csr_matrix of shape (n_artists, n_groups), float32
        One column of zeros if there are no groups.
    """
    blocks = [_block(artists[name]) for name in columns if name in artists.columns]
    kept = [block[:, np.flatnonzero(np.diff(csc_matrix(block).indptr) > 1)] for block in blocks]
    if not sum(block.shape[1] for block in kept):
        return csr_matrix((len(artists), 1), dtype=np.float32)
    return csr_matrix(hstack(kept))


def _block(column: pd.Series) -> csr_matrix:
    """The groups of one column, those of a single artist too."""
    if any(isinstance(value, Mapping) for value in column):
        return _shares(column)
    if pd.api.types.infer_dtype(column, skipna=True) in ("floating", "integer", "mixed-integer-float"):
        column = pd.qcut(pd.to_numeric(column), N_BUCKETS, labels=False, duplicates="drop")
    rows, codes, names = memberships(column.astype(object))
    return csr_matrix((np.ones(len(rows), np.float32), (rows, codes)), shape=(len(column), len(names)))


def _shares(column: pd.Series) -> csr_matrix:
    given = [value if isinstance(value, Mapping) else {} for value in column]
    place = {name: number for number, name in enumerate(sorted({str(name) for one in given for name in one}))}
    rows = np.repeat(np.arange(len(given)), [len(one) for one in given])
    codes = [place[str(name)] for one in given for name in one]
    values = np.array([share for one in given for share in one.values()], dtype=np.float32)
    return csr_matrix((values, (rows, codes)), shape=(len(given), len(place)))


def _svd(groups: csr_matrix, dim: int, seed: int) -> np.ndarray:
    from sklearn.decomposition import TruncatedSVD

    n_components = max(1, min(dim, min(groups.get_shape()) - 1))
    return TruncatedSVD(n_components, random_state=seed % 2**32).fit_transform(groups)


def _word2vec(groups: csr_matrix, dim: int, seed: int) -> np.ndarray:
    """Each group is cut into shuffled sentences of 40 artists; one worker, so that it is reproducible."""
    from gensim.models import Word2Vec

    rng = np.random.default_rng(seed)
    by_group = csc_matrix(groups)
    sentences = []
    for first, last in zip(by_group.indptr[:-1], by_group.indptr[1:], strict=True):
        members = rng.permutation(by_group.indices[first:last])
        sentences += [
            [str(row) for row in members[at : at + SENTENCE]] for at in range(0, len(members), SENTENCE)
        ]
    vectors = np.zeros((groups.get_shape()[0], dim), dtype=np.float32)
    if not sentences:
        return vectors
    model = Word2Vec(
        sentences,
        vector_size=dim,
        sg=1,
        negative=8,
        window=SENTENCE,
        min_count=1,
        epochs=EPOCHS,
        workers=1,
        seed=seed % 2**31,
    )
    rows = [int(str(key)) for key in model.wv.index_to_key]
    vectors[rows] = model.wv.vectors
    return vectors
