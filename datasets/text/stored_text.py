"""Prepared text that stays on the disk until it is asked for, so that a large corpus fits.

Public names: :class:`StoredText`.
"""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ...core.errors import ChecksumError
from ...core.files import iterate_table, read_sparse, read_table
from .new_text import count_matrix
from .preparation import GROUP_REVIEWS, TOKENS_SCHEMA, PreparedText, read_vocabulary


class StoredText(PreparedText):
    """The files of :meth:`PreparedText.write`, each read when it is first needed.

    Parameters
    ----------
    directory : path
        The folder with ``vocabulary.parquet``, ``counts.npz`` and ``tokens.parquet``. Whether they belong together is
        not checked as :meth:`PreparedText.read` does; a workspace knows it from its records.

    Raises
    ------
    SourceError
        If the vocabulary is missing.
    ChecksumError
        If it is damaged; damage of the other files shows when they are read.
    """

    def __init__(self, directory: str | Path) -> None:
        self._directory = Path(directory)
        vocabulary, settings, too_common = read_vocabulary(self._directory / "vocabulary.parquet")
        for name, value in (("vocabulary", vocabulary), ("settings", settings), ("too_common", too_common)):
            object.__setattr__(self, name, value)

    @cached_property
    def counts(self) -> csr_matrix:  # pyright: ignore[reportIncompatibleVariableOverride]
        """As of :class:`PreparedText`; those of a large corpus are mapped, not read."""
        counts = read_sparse(self._directory / "counts.npz")
        if counts.shape[1] != len(self.vocabulary):  # pyright: ignore[reportOptionalSubscript]
            raise ChecksumError(
                f"{self._directory}: counts.npz and vocabulary.parquet differ; prepare the text again"
            )
        return counts

    @cached_property
    def tokens(self) -> pd.DataFrame:  # pyright: ignore[reportIncompatibleVariableOverride]
        """As of :class:`PreparedText`: some hundred bytes a review and 8 a token; :meth:`batches` needs no memory."""
        table = read_table(self._directory / "tokens.parquet")
        if not table.schema.equals(TOKENS_SCHEMA):
            raise ChecksumError(f"{self._directory}: the tokens have other columns; prepare the text again")
        return table.to_pandas()

    def review_ids(self) -> Iterator[list[str]]:
        """Yield the ids of the reviews, some thousand at a time."""
        for batch in iterate_table(self._directory / "tokens.parquet", ["review_id"], GROUP_REVIEWS):
            yield batch.column(0).to_pylist()

    def surface_counts(self) -> Iterator[csr_matrix]:
        """Yield how often each surface form occurs in each review, some thousand reviews at a time."""
        n_surfaces = sum(map(len, self.vocabulary["surfaces"]))
        for batch in iterate_table(self._directory / "tokens.parquet", ["surface_ids"], GROUP_REVIEWS):
            lists = batch.column(0)
            yield count_matrix(flat_ids(lists, n_surfaces), list_lengths(lists), n_surfaces)


def flat_ids(lists: pa.ListArray, limit: int) -> NDArray[np.int32]:
    """Return the items of all lists in a row.

    Raises
    ------
    ChecksumError
        If one is not in 0..limit-1.
    """
    ids = lists.flatten().to_numpy(zero_copy_only=False)
    if len(ids) and (ids.min() < 0 or ids.max() >= limit):
        raise ChecksumError(f"tokens.parquet: a number is not in 0..{limit - 1}; prepare the text again")
    return ids


def list_lengths(lists: pa.ListArray) -> NDArray[np.int64]:
    """Return the length of each list."""
    return lists.value_lengths().to_numpy(zero_copy_only=False).astype(np.int64)
