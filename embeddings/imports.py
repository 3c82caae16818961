"""Read vectors that other programs made: word2vec's text and binary formats, gensim's `KeyedVectors`.

Conventions: a key is an artist's id or name; we write a blank inside a key as "_". Others leave it as it is, which in
binary files ends the key: there, the blank counts that likely numbers follow.

Public: `read_word2vec`, `match_vectors`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..core.errors import SourceError
from ..core.names import NameIndex, identity_key

LARGEST_DIM = 65_536
LONGEST_KEY = 10_000  # bytes
LIKELY = (1e-12, 1e9)  # sizes of numbers in vectors; of letters read as numbers few are within


@dataclass(frozen=True, eq=False)
class MatchedVectors:
    """Foreign vectors laid out by artist.

    Parameters
    ----------
    matrix : ndarray of shape (n_artists, dim), float32
        A row of zeros where the file has none.
    n_found : int
        Artists that have a vector.
    unused : tuple of str
        Keys that are no artist's.
    repeated : tuple of str
        Keys of artists that had a vector already, which was kept.
    """

    matrix: np.ndarray
    n_found: int
    unused: tuple[str, ...]
    repeated: tuple[str, ...] = ()


def read_word2vec(path: str | Path) -> tuple[list[str], np.ndarray]:
    """Read word2vec's format, text or binary; which of them is seen from the first row.

    Parameters
    ----------
    path : path

    Returns
    -------
    keys : list of str, length n
    matrix : ndarray of shape (n, dim), float32

    Raises
    ------
    SourceError
        If the file is missing, of another format, cut short, or holds numbers that are not finite.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise SourceError(f"{path}: no such file") from error
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from error
    head, _, body = data.partition(b"\n")
    count, dim = _check_head(path, head, len(body))
    keys, matrix = (_read_text if _is_text(body, dim) else _read_binary)(path, body, count, dim)
    if not np.isfinite(matrix).all():
        raise SourceError(f"{path}: every number must be finite; got NaN or infinity")
    return keys, matrix


def match_vectors(
    keys: Sequence[str], matrix: np.ndarray, artist_ids: Sequence[str], names: Sequence[str]
) -> MatchedVectors:
    """Give each artist the vector whose key is its id or its name.

    Parameters
    ----------
    keys : sequence of str, length n
    matrix : ndarray of shape (n, dim)
    artist_ids, names : sequence of str, length n_artists

    Returns
    -------
    MatchedVectors

    Raises
    ------
    SourceError
        If no key is an artist's.
    """
    index = NameIndex(artist_ids, names)
    spelled = {"_".join(one.split()): row for row, one in reversed(list(enumerate(artist_ids)))}
    laid_out = np.zeros((len(artist_ids), matrix.shape[1]), dtype=np.float32)
    filled = np.zeros(len(artist_ids), dtype=bool)
    unused, repeated = [], []
    for key, vector in zip(keys, matrix, strict=True):
        rows = [spelled[key]] if key in spelled else index.strict(key) or index.strict(key.replace("_", " "))
        if len(rows) != 1 or filled[rows[0]]:
            (unused if len(rows) != 1 else repeated).append(key)
            continue
        laid_out[rows[0]], filled[rows[0]] = vector, True
    if not filled.any():
        shown = ", ".join(repr(identity_key(key)[:30]) for key in list(keys)[:3])
        raise SourceError(f"no key of the vectors is the id or name of an artist; the first are {shown}")
    return MatchedVectors(laid_out, int(filled.sum()), tuple(unused), tuple(repeated))


def _check_head(path: Path, head: bytes, n_bytes: int) -> tuple[int, int]:
    parts = head.split()
    if head[:1] == b"\x80" or head[:2] == b"PK":
        raise SourceError(
            f"{path}: looks like a pickle or archive, which is not read because it can run code; "
            "save it with gensim's save_word2vec_format"
        )
    if len(head) > 100 or len(parts) != 2 or not all(part.isdigit() for part in parts):
        raise SourceError(
            f"{path}: not word2vec's format: the first line must be two numbers, rows and length"
        )
    count, dim = int(parts[0]), int(parts[1])
    if not (count >= 1 and 1 <= dim <= LARGEST_DIM) or count * (2 * dim + 1) > n_bytes + 2 * dim:
        raise SourceError(
            f"{path}: {count} vectors of length {dim} announced, and only {n_bytes:,} bytes follow"
        )
    return count, dim


def _is_text(body: bytes, dim: int) -> bool:
    try:
        first = body.partition(b"\n")[0].decode("utf-8").rstrip().rsplit(" ", dim)[1:]
        return len([float(part) for part in first]) > 0
    except ValueError:
        return False


def _read_text(path: Path, body: bytes, count: int, dim: int) -> tuple[list[str], np.ndarray]:
    keys: list[str] = []
    matrix = np.empty((count, dim), dtype=np.float32)
    lines = body.split(b"\n")
    for number in range(count):
        parts = lines[number].rstrip().rsplit(b" ", dim) if number < len(lines) else []
        try:
            if len(parts) != dim + 1:
                raise ValueError(f"{len(parts)} parts")
            matrix[number] = [float(part) for part in parts[1:]]
        except ValueError as error:
            raise SourceError(f"{path}: line {number + 2}: a key and {dim} numbers are needed") from error
        keys.append(parts[0].decode("utf-8", "replace"))
    return keys, matrix


def _read_binary(path: Path, body: bytes, count: int, dim: int) -> tuple[list[str], np.ndarray]:
    keys: list[str] = []
    matrix = np.empty((count, dim), dtype=np.float32)
    at = 0
    for number in range(count):
        end = _end_of_key(body, at, dim)
        if end < 0:
            raise SourceError(f"{path}: cut short or not word2vec's format at vector {number + 1} of {count}")
        keys.append(body[at:end].lstrip(b"\n").decode("utf-8", "replace"))
        matrix[number] = np.frombuffer(body, "<f4", dim, end + 1)
        at = end + 1 + 4 * dim
    return keys, matrix


def _end_of_key(body: bytes, at: int, dim: int) -> int:
    """Find the blank behind a key: the first that likely numbers follow, or the first of all; -1 if it is cut short."""
    first = end = body.find(b" ", at, at + LONGEST_KEY)
    while end >= 0 and end + 1 + 4 * dim <= len(body):
        sizes = np.abs(np.frombuffer(body, "<f4", dim, end + 1))
        if np.all((sizes == 0) | ((sizes >= LIKELY[0]) & (sizes <= LIKELY[1]))):
            return end
        end = body.find(b" ", end + 1, at + LONGEST_KEY)
    return first if 0 <= first <= len(body) - 1 - 4 * dim else -1
