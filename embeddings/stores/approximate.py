"""Nearly exact search in a tenth of the time, by faiss (extra ``[ann]``), and the file that keeps its index.

Rows are put into lists, each round a center (`IVF` [1]_); a question looks only at the lists whose centers are nearest.
Their rows are compared by bytes, and the best of them, four for each answer, by products in double precision: who is
overlooked is a matter of chance, the cosines and the order of the answers are not. How many lists are looked at is
measured when the index is made: as many as find 99 of 100 of the ten nearest, of rows and of sums of rows.

What is kept are the centers and the list of every row, as safetensors with a sha256 of its content and of the vectors
it was made of. faiss' own format, whose reader trusts what it reads, is never written and never read. The file is a
cache: where it is absent, damaged, or of other vectors, it is made again.

Public: `ApproximateIndex`, `open_index`, `make_index`, `APPROXIMATE`.

References
----------
.. [1] Jegou, Douze, Schmid (2011), Product quantization for nearest neighbor search, section IV.
.. [2] Douze et al. (2024), The Faiss library.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ...core.errors import BandscapeWarning, ChecksumError, MissingExtraError, SourceError
from ...core.files import read_arrays, write_arrays
from ...core.progress import ProgressCallback, report
from ..coarse_search import best_of
from .nearest import nearest_rows

APPROXIMATE = "approximate.safetensors"
FORMAT = "1"
WANTED = 0.99  # of the ten nearest
K, N_ASKED = 10, 200
LISTS_PER_ROOT = 4  # lists for each root of the number of rows
MOST_LISTS = 16_384
ROWS_PER_CENTER, ROUNDS = 64, 8
COMPARED = 4  # candidates compared in double precision for each answer
LEAST_SHARE = 0.25  # where fewer pass a filter, exact search is as quick
_ROWS_AT_ONCE = 65_536


@dataclass(frozen=True, eq=False)
class ApproximateIndex:
    """Lists of rows with near directions.

    Parameters
    ----------
    matrix : ndarray of shape (n, dim), float32
        Rows of length 1, or zero.
    centers : ndarray of shape (n_lists, dim), float32
    lists : ndarray of shape (n,), int32
        List of each row; -1 for zero rows, which are never found.
    n_probed : int, >= 1
        Lists looked at for a question.
    recall : float
        Share of the ten nearest that so many lists found when the index was made.
    """

    matrix: np.ndarray
    centers: np.ndarray
    lists: np.ndarray
    n_probed: int
    recall: float

    def search(
        self, query: np.ndarray, k: int, allowed: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """Find rows with large dot products, best first.

        Parameters
        ----------
        query : ndarray of shape (dim,), float32
        k : int, >= 1
        allowed : ndarray of int, optional
            The only rows that may be answers, ascending.

        Returns
        -------
        (rows, products) or None
            int64 and float64 of shape (k,). None where exact search is called for: less than a quarter of the rows
            may be answers, or fewer than ``k`` were found.
        """
        share = 1.0 if allowed is None else len(allowed) / max(len(self.matrix), 1)
        if share < LEAST_SHARE or not len(self.matrix):
            return None
        found = self._candidates(query, COMPARED * k, allowed, int(np.ceil(self.n_probed / share)))
        if len(found) < k:
            return None
        return best_of(self.matrix, np.asarray(query, np.float64), np.sort(found), k)

    def _candidates(
        self, query: np.ndarray, count: int, allowed: np.ndarray | None, n_probed: int
    ) -> np.ndarray:
        """Rows that may be among the nearest."""
        faiss = load_faiss()
        chosen = None
        if allowed is not None:
            mask = np.zeros(len(self.matrix), np.bool_)
            mask[allowed] = True
            chosen = faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
        options = faiss.SearchParametersIVF(nprobe=min(n_probed, len(self.centers)), sel=chosen)
        _, rows = self._faiss.search(np.ascontiguousarray(query[None], np.float32), count, params=options)
        return rows[0][rows[0] >= 0]

    @cached_property
    def _faiss(self) -> Any:
        """The index as faiss has it: rows in bytes, by their lists."""
        faiss = load_faiss()
        n_lists, dim = self.centers.shape
        around = faiss.IndexFlatIP(dim)
        around.add(self.centers)
        kind, metric = faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
        index = faiss.IndexIVFScalarQuantizer(around, dim, n_lists, kind, metric, False)
        index.train(self.matrix[np.unique(np.linspace(0, len(self.matrix) - 1, _ROWS_AT_ONCE).astype(int))])
        for rows in _blocks(np.flatnonzero(self.lists >= 0)):
            vectors, owners = np.ascontiguousarray(self.matrix[rows]), self.lists[rows].astype(np.int64)
            pointers = [faiss.swig_ptr(array) for array in (vectors, rows, owners)]
            index.add_core(len(rows), *pointers)
        return index


def open_index(
    matrix: np.ndarray, path: str | Path, *, on_progress: ProgressCallback | None = None
) -> ApproximateIndex | None:
    """Return the index of rows that a file keeps; make and keep it where that cannot be used.

    Parameters
    ----------
    matrix : ndarray of shape (n, dim), float32
        Rows of length 1, or zero.
    path : path
        Warns where it is damaged, of other vectors, or cannot be written; then the index is that of this process.
    on_progress : callable, optional
        A true answer stops.

    Returns
    -------
    ApproximateIndex or None
        None if it was stopped; nothing is written then.

    Raises
    ------
    MissingExtraError
        If faiss is not installed.
    """
    load_faiss()
    digest = hashlib.sha256(np.ascontiguousarray(matrix).data).hexdigest()
    try:
        return _read(matrix, Path(path), digest)
    except SourceError:  # there is none yet
        pass
    except ChecksumError as error:
        warnings.warn(f"{error}; the index is made anew", BandscapeWarning, stacklevel=2)
    index = make_index(matrix, on_progress=on_progress)
    if index is not None:
        _keep(index, Path(path), digest)
    return index


def _read(matrix: np.ndarray, path: Path, digest: str) -> ApproximateIndex:
    """The kept index; SourceError if there is none, ChecksumError if it is none of these rows."""
    arrays, about = read_arrays(path)
    if about.get("format") != FORMAT:
        raise ChecksumError(f"{path}: not an index of this version")
    if about.get("vectors") != digest:
        raise ChecksumError(f"{path}: made of other vectors")
    try:
        index = ApproximateIndex(
            matrix, arrays["centers"], arrays["lists"], int(about["n_probed"]), float(about["recall"])
        )
    except (KeyError, ValueError) as error:
        raise ChecksumError(f"{path}: not a usable index ({error})") from error
    if not _is_usable(index):
        raise ChecksumError(f"{path}: its lists do not fit the vectors")
    return index


def _is_usable(index: ApproximateIndex) -> bool:
    """Tell whether shapes, types and numbers are such that nothing outside the arrays is looked at."""
    centers, lists = index.centers, index.lists
    fitting = centers.ndim == 2 and centers.shape[1] == index.matrix.shape[1] and len(centers) > 0
    fitting = fitting and lists.shape == (len(index.matrix),) and index.n_probed >= 1
    fitting = fitting and centers.dtype == np.float32 and lists.dtype == np.int32
    return bool(
        fitting
        and np.isfinite(centers).all()
        and lists.min(initial=0) >= -1
        and lists.max(initial=-1) < len(centers)
    )


def _keep(index: ApproximateIndex, path: Path, digest: str) -> None:
    about = {
        "format": FORMAT,
        "vectors": digest,
        "n_probed": str(index.n_probed),
        "recall": repr(index.recall),
    }
    try:
        write_arrays(path, {"centers": index.centers, "lists": index.lists}, about)
    except OSError as error:
        warnings.warn(
            f"{path}: cannot be kept ({error}); it is made anew next time", BandscapeWarning, stacklevel=3
        )


def make_index(matrix: np.ndarray, *, on_progress: ProgressCallback | None = None) -> ApproximateIndex | None:
    """Put rows into lists, and measure how many of these must be looked at.

    Parameters
    ----------
    matrix : ndarray of shape (n, dim), float32
        Rows of length 1, or zero.
    on_progress : callable, optional
        A true answer stops.

    Returns
    -------
    ApproximateIndex or None
        None if it was stopped.

    Raises
    ------
    MissingExtraError
        If faiss is not installed.

    Notes
    -----
    Time O(n^1.5 dim), memory a byte a number more than ``matrix``.
    """
    rows = np.flatnonzero(np.any(matrix, axis=1))
    n_lists = max(1, min(MOST_LISTS, int(LISTS_PER_ROOT * np.sqrt(len(rows))), len(rows) // 8))
    centers = _find_centers(matrix, rows, n_lists)
    if report(on_progress, "finding centers", len(rows), len(rows), "artists"):
        return None
    lists = _nearest_centers(matrix, rows, centers, on_progress)
    if lists is None:
        return None
    return _measured(ApproximateIndex(matrix, centers, lists, 1, 0.0), rows)


def _find_centers(matrix: np.ndarray, rows: np.ndarray, n_lists: int) -> np.ndarray:
    """Centers of directions by k-means on a sample of the rows."""
    if n_lists == 1:
        return np.zeros((1, matrix.shape[1]), np.float32)
    chosen = np.random.default_rng(0).permutation(rows)[: ROWS_PER_CENTER * n_lists]
    options = {"niter": ROUNDS, "seed": 0, "spherical": True, "min_points_per_centroid": 1}
    means = load_faiss().Kmeans(matrix.shape[1], n_lists, max_points_per_centroid=ROWS_PER_CENTER, **options)
    means.train(np.ascontiguousarray(matrix[chosen]))
    return np.asarray(means.centroids, np.float32)


def _nearest_centers(
    matrix: np.ndarray, rows: np.ndarray, centers: np.ndarray, on_progress: ProgressCallback | None
) -> np.ndarray | None:
    around = load_faiss().IndexFlatIP(centers.shape[1])
    around.add(centers)
    lists, done = np.full(len(matrix), -1, np.int32), 0
    for block in _blocks(rows):
        _, nearest = around.search(np.ascontiguousarray(matrix[block]), 1)
        lists[block] = nearest[:, 0]
        done += len(block)
        if report(on_progress, "putting artists into lists", done, len(rows), "artists"):
            return None
    return lists


def _measured(index: ApproximateIndex, rows: np.ndarray) -> ApproximateIndex:
    """The index with as many lists looked at as it takes."""
    if not len(rows):
        return index
    queries = _questions(index.matrix, rows)
    asked = [(query, nearest_rows(index.matrix, query, K, rows)[0]) for query in queries]
    n_probed = 1
    while True:
        tried = ApproximateIndex(index.matrix, index.centers, index.lists, n_probed, 0.0)
        tried.__dict__["_faiss"] = index._faiss
        recall = float(np.mean([_shared(tried.search(query, K), nearest) for query, nearest in asked]))
        if recall >= WANTED or n_probed >= len(index.centers):
            return ApproximateIndex(index.matrix, index.centers, index.lists, n_probed, recall)
        n_probed = min(len(index.centers), n_probed + max(1, n_probed // 4))


def _shared(found: tuple[np.ndarray, np.ndarray] | None, nearest: np.ndarray) -> float:
    """Share of the nearest that were found; all where exact search would be asked instead."""
    return 1.0 if found is None else len(np.intersect1d(found[0], nearest)) / len(nearest)


def _questions(matrix: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Rows, and sums as analogies ask for them: each of length 1."""
    first, second, third = matrix[np.random.default_rng(1).choice(rows, (3, N_ASKED))]
    half = N_ASKED // 2
    sums = np.concatenate([first[:half], (first - second + third)[half:]])
    length = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.where(length > 0, sums / np.maximum(length, 1e-12), first).astype(np.float32)


def _blocks(rows: np.ndarray) -> Iterator[np.ndarray]:
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        yield np.ascontiguousarray(rows[first : first + _ROWS_AT_ONCE], np.int64)


def load_faiss() -> Any:
    """Import faiss, or raise :class:`MissingExtraError`."""
    try:
        import faiss
    except ImportError as error:
        raise MissingExtraError("approximate search needs faiss; pip install 'bandscape[ann]'") from error
    return faiss
