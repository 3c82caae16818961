"""Codes of pairs of words: numbers in the place of names.

A phrase is a *code*, ``(joint * n_words + first) * n_words + second``; a hyphen or possessive s counts as a space.

Public names: :func:`pair_codes`, :func:`phrase_name`, :func:`phrase_code`, :func:`second_halves`, :data:`NO_PAIR`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .units import HYPHEN, NO_JOINT, OWNED, SPACE, Joints

NO_PAIR = -1


def pair_codes(word_ids: NDArray[np.int32], joints: NDArray[np.int16], n_words: int) -> NDArray[np.int64]:
    """Return for each token the code of the pair it forms with the token before; -1 where they do not hang together.

    Parameters
    ----------
    word_ids : ndarray of shape (n_tokens,), int32
        Negative ids mark unknown words.
    joints : ndarray of shape (n_tokens,), int16
    n_words : int

    Returns
    -------
    codes : ndarray of shape (n_tokens,), int64
    """
    codes = np.full(len(word_ids), NO_PAIR, dtype=np.int64)
    joint = np.where((joints == HYPHEN) | (joints == OWNED), SPACE, joints).astype(np.int64)[1:]
    first, second = word_ids[:-1].astype(np.int64), word_ids[1:].astype(np.int64)
    paired = (joint != NO_JOINT) & (first >= 0) & (second >= 0)
    codes[1:][paired] = ((joint * n_words + first) * n_words + second)[paired]
    return codes


def phrase_name(code: int, words: Sequence[str], joints: Joints) -> str:
    """Return the word a phrase becomes: its words and connectors joined by ``_``."""
    rest, second = divmod(code, len(words))
    joint, first = divmod(rest, len(words))
    return "_".join([words[first], *joints.texts[joint].split(), words[second]])


def phrase_code(name: str, numbers: Mapping[str, int], joints: Joints) -> int:
    """Return the code of a phrase, given the number of each word; -1 if ``name`` is none or has unknown words."""
    first, *inside, second = name.split("_") if "_" in name else ("", "")
    joint = joints.number(inside)
    if joint == NO_JOINT or first not in numbers or second not in numbers:
        return NO_PAIR
    return (joint * len(numbers) + numbers[first]) * len(numbers) + numbers[second]


def second_halves(codes: NDArray[np.int64], phrases: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mark the tokens that are joined to the token before, from left to right without overlap.

    Parameters
    ----------
    codes : ndarray of shape (n_tokens,), int64
        From :func:`pair_codes`.
    phrases : ndarray of int64, sorted

    Returns
    -------
    is_second : ndarray of shape (n_tokens,), bool
    """
    if not len(phrases):
        return np.zeros(len(codes), dtype=bool)
    nearest = np.minimum(np.searchsorted(phrases, codes), len(phrases) - 1)
    hits = phrases[nearest] == codes
    index = np.arange(len(codes))
    run_starts = hits & ~np.concatenate([[False], hits[:-1]])
    start = np.maximum.accumulate(np.where(run_starts, index, 0))
    # In "a b c d" with three pairs, a takes b; then c, not b, may take d.
    return hits & ((index - start) % 2 == 0)
