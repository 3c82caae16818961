"""Counting pairs of words in bounded memory: what does not fit is put on the disk in sorted runs and merged at the end.

A pair can only be frequent if both of its words are, so pairs with a rarer word are not counted at all. Public names:
:class:`PairTally`.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...core.spool import Spool
from .phrase_codes import NO_PAIR, pair_codes
from .units import HYPHEN, NO_JOINT, Joints

MOST_PAIRS = 1 << 22
"""Distinct pairs that are held in memory, of 24 bytes each; merging takes three times that for a moment."""

_Counts = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


class PairTally:
    """How often each pair of neighboring words occurs, and how often with a hyphen between.

    Parameters
    ----------
    word_counts : ndarray of shape (n_words,), int64
        Occurrences of each word in all texts.
    joints : Joints
    min_count : int
        Pairs that occur less often are of no interest.
    folder : path, optional
        Where runs are put; without it everything stays in memory.

    Attributes
    ----------
    n_inside : int
        Connector words between the content words seen.
    """

    def __init__(
        self, word_counts: NDArray[np.int64], joints: Joints, *, min_count: int, folder: Path | None = None
    ) -> None:
        self.word_counts, self.joints, self.min_count = word_counts, joints, min_count
        self.n_inside = 0
        self._folder, self._limit = folder, MOST_PAIRS
        self._held: list[_Counts] = []
        self._runs: list[Spool] = []

    def add(self, word_ids: NDArray[np.int32], joint_numbers: NDArray[np.int16]) -> None:
        """Count the pairs of consecutive documents.

        Parameters
        ----------
        word_ids : ndarray of shape (n_tokens,), int32
        joint_numbers : ndarray of shape (n_tokens,), int16
        """
        self.n_inside += int(self.joints.n_words_inside[joint_numbers[joint_numbers != NO_JOINT]].sum())
        frequent = np.where(self.word_counts[word_ids] >= self.min_count, word_ids, -1)
        codes = pair_codes(frequent, joint_numbers, len(self.word_counts))
        is_pair = codes != NO_PAIR
        codes, inverse, counts = np.unique(codes[is_pair], return_inverse=True, return_counts=True)
        hyphens = np.bincount(inverse, joint_numbers[is_pair] == HYPHEN, minlength=len(codes))
        self._held.append((codes, counts, hyphens.astype(np.int64)))
        if sum(len(held) for held, *_ in self._held) > self._limit:
            self._compact()

    def frequent(self) -> Iterator[_Counts]:
        """Yield the codes of the frequent pairs in ascending order, with how often they occur, also with a hyphen.

        Yields
        ------
        codes, counts, hyphens : ndarray of int64
            One part of the codes after the other.
        """
        if not self._runs:
            yield self._enough(_merged(self._held))
            return
        self._spill(_merged(self._held))
        cursors = [0] * len(self._runs)
        while pieces := self._next_pieces(cursors):
            yield self._enough(_merged(pieces))

    def close(self) -> None:
        """Give the room on the disk back."""
        for run in self._runs:
            run.close()

    def _enough(self, counted: _Counts) -> _Counts:
        kept = counted[1] >= self.min_count
        return counted[0][kept], counted[1][kept], counted[2][kept]

    def _compact(self) -> None:
        merged = _merged(self._held)
        self._held = [merged]
        if len(merged[0]) > self._limit // 2:
            if self._folder is None:
                self._limit = 2 * len(merged[0])
            else:
                self._spill(merged)
                self._held = []

    def _spill(self, counted: _Counts) -> None:
        run = Spool(self._folder, np.int64)
        run.append(np.stack(counted, axis=1).ravel())
        self._runs.append(run)

    def _next_pieces(self, cursors: list[int]) -> list[_Counts]:
        """Return the next rows of every run up to a code that all of them have reached; move the cursors there."""
        size = max(MOST_PAIRS // len(self._runs), 1)
        blocks = [
            run.read(3 * at, 3 * (at + size)).reshape(-1, 3)
            for run, at in zip(self._runs, cursors, strict=True)
        ]
        unfinished = [block[-1, 0] for block, run, at in zip(blocks, self._runs, cursors, strict=True)
                      if 3 * (at + len(block)) < len(run)]  # fmt: skip
        last = min(unfinished, default=np.iinfo(np.int64).max)
        pieces = []
        for number, block in enumerate(blocks):
            n_rows = int(np.searchsorted(block[:, 0], last, side="right"))
            cursors[number] += n_rows
            if n_rows:
                pieces.append((block[:n_rows, 0], block[:n_rows, 1], block[:n_rows, 2]))
        return pieces


def _merged(pieces: list[_Counts]) -> _Counts:
    """Add up the counts of equal codes."""
    if len(pieces) == 1:
        return pieces[0]
    empty = np.zeros(0, np.int64)
    codes, counts, hyphens = (
        (np.concatenate([empty, *part]) for part in zip(*pieces, strict=True)) if pieces else [empty] * 3
    )
    order = np.argsort(codes, kind="stable")
    codes = codes[order]
    first = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]]) if len(codes) else np.zeros(0, np.int64)
    if not len(codes):
        return codes, counts, hyphens
    return codes[first], np.add.reduceat(counts[order], first), np.add.reduceat(hyphens[order], first)
