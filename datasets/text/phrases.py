"""Pairs of words that belong together: "new york", "post-punk", "drum and bass".

Pairs are scored on words (stems), so that "electric guitar" and "electric guitars" are one phrase, and only along
joints: never across punctuation, a sentence end or a stop word that is no connector. gensim's ``Phrases`` scores them
by normalized pointwise mutual information; the counting, its slow part, is done here on arrays of numbers. Pairs that
writers mostly hyphenate ("dream-pop") are phrases by their own testimony, whatever the score of two common words.

Public names: :func:`find_phrases`, :func:`choose_phrases`; those of :mod:`.phrase_codes`.

References
----------
G. Bouma, "Normalized (pointwise) mutual information in collocation extraction", GSCL 2009.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .pair_counts import PairTally
from .phrase_codes import pair_codes, phrase_code, phrase_name, second_halves
from .units import Joints

__all__ = ["choose_phrases", "find_phrases", "pair_codes", "phrase_code", "phrase_name", "second_halves"]

_MARGIN = 1e-6  # of the score: gensim has the last word on what is near the threshold


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
    tally = PairTally(np.bincount(word_ids, minlength=len(words)), joints, min_count=min_count)
    tally.add(word_ids, joint_numbers)
    return choose_phrases(tally, words, threshold=threshold)


def choose_phrases(tally: PairTally, words: Sequence[str], *, threshold: float) -> NDArray[np.int64]:
    """Choose the pairs that become phrases from counts; see :func:`find_phrases`.

    Parameters
    ----------
    tally : PairTally
        Of all texts.
    words : sequence of str
    threshold : float

    Returns
    -------
    codes : ndarray of int64, sorted
    """
    from gensim.models.phrases import Phrases

    model = Phrases(scoring="npmi", min_count=tally.min_count, threshold=threshold, delimiter="_")
    model.vocab = dict(zip(words, tally.word_counts.tolist(), strict=True))
    model.corpus_word_count = int(tally.word_counts.sum()) + tally.n_inside
    hyphenated, names = [np.zeros(0, np.int64)], {}
    for codes, counts, hyphens in tally.frequent():
        hyphenated.append(codes[hyphens > counts / 2])
        likely = _likely(codes, counts, tally, model.corpus_word_count, threshold)
        likely_names = [phrase_name(code, words, tally.joints) for code in codes[likely].tolist()]
        names |= dict(zip(likely_names, codes[likely].tolist(), strict=True))
        model.vocab.update(zip(likely_names, counts[likely].tolist(), strict=True))
    scored = np.array([names[name] for name in model.export_phrases()], dtype=np.int64)
    return np.union1d(scored, np.concatenate(hyphenated))


def _likely(
    codes: NDArray[np.int64], counts: NDArray[np.int64], tally: PairTally, n_words: int, threshold: float
) -> NDArray[np.bool_]:
    """Mark the pairs whose score is not clearly below the threshold: few of millions need a name."""
    rest, second = np.divmod(codes, len(tally.word_counts))
    first = rest % len(tally.word_counts)
    together = counts / n_words
    apart = (tally.word_counts[first] / n_words) * (tally.word_counts[second] / n_words)
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.log(together / apart) / -np.log(together)
    return ~(scores < threshold - _MARGIN)
