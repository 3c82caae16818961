"""Pairs of words that belong together: "new york", "post-punk", "drum and bass".

Pairs are scored on words (stems), so that "electric guitar" and "electric guitars" are one phrase, and only along
joints: never across punctuation, a sentence end or a stop word that is no connector. gensim's ``Phrases`` scores them
by normalized pointwise mutual information; the counting, its slow part, is done here on arrays of numbers. Pairs that
writers mostly hyphenate ("dream-pop") are phrases by their own testimony, whatever the score of two common words.
A phrase is a *code*, ``(joint * n_words + first) * n_words + second``; a hyphen or
possessive s counts as a space.

Public names: :func:`pair_codes`, :func:`find_phrases`, :func:`phrase_name`, :func:`phrase_code`, :func:`second_halves`.

References
----------
G. Bouma, "Normalized (pointwise) mutual information in collocation extraction", GSCL 2009.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .units import HYPHEN, NO_JOINT, OWNED, SPACE, Joints

_NO_PAIR = -1


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
    codes = np.full(len(word_ids), _NO_PAIR, dtype=np.int64)
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
        return _NO_PAIR
    return (joint * len(numbers) + numbers[first]) * len(numbers) + numbers[second]


def find_phrases(
    word_ids: NDArray[np.int32],
    joint_numbers: NDArray[np.int16],
    words: Sequence[str],
    joints: Joints,
    *,
    min_count: int,
    threshold: float,
) -> NDArray[np.int64]:
    """Choose the pairs that become phrases.

    Parameters
    ----------
    word_ids : ndarray of shape (n_tokens,), int32
    joint_numbers : ndarray of shape (n_tokens,), int16
    words : sequence of str
        Name of each word id; without ``_``.
    joints : Joints
    min_count : int
    threshold : float
        The score must exceed it, unless more than half of the occurrences are hyphenated.

    Returns
    -------
    codes : ndarray of int64, sorted

    Notes
    -----
    Without hyphens, the same phrases as ``gensim.models.Phrases(sentences, scoring="npmi")`` finds in sentences of the
    content words and the connectors between them.
    """
    from gensim.models.phrases import Phrases

    codes = pair_codes(word_ids, joint_numbers, len(words))
    is_pair = codes != _NO_PAIR
    codes, inverse, counts = np.unique(codes[is_pair], return_inverse=True, return_counts=True)
    hyphens = np.bincount(inverse, weights=joint_numbers[is_pair] == HYPHEN, minlength=len(codes))
    frequent = counts >= min_count
    names = {phrase_name(code, words, joints): code for code in codes[frequent].tolist()}
    model = Phrases(scoring="npmi", min_count=min_count, threshold=threshold, delimiter="_")
    word_counts = np.bincount(word_ids, minlength=len(words)).tolist()
    model.vocab = dict(zip(words, word_counts, strict=True))
    model.vocab.update(zip(names, counts[frequent].tolist(), strict=True))
    inside = joints.n_words_inside[joint_numbers[joint_numbers != NO_JOINT]].sum()
    model.corpus_word_count = len(word_ids) + int(inside)
    scored = np.array([names[name] for name in model.export_phrases()], dtype=np.int64)
    return np.union1d(scored, codes[frequent & (hyphens > counts / 2)])


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
