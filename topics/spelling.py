"""Words spelled nearly like a given one.

Public function: :func:`nearest_spellings`.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

_CANDIDATES = 30  # words of the most common letter groups that are compared letter by letter
_AT_ONCE = 256
_ALIKE = 0.75  # least ratio of matching letters


def nearest_spellings(terms: Sequence[str], known: Sequence[str], *, n_words: int = 3) -> list[list[str]]:
    """Return the known words most like each term.

    Parameters
    ----------
    terms : sequence of str
    known : sequence of str
        Of equally alike words the one that comes first is preferred: put frequent words first.
    n_words : int
        Words per term at most.

    Returns
    -------
    list of list of str, one per term
        Best first; empty where nothing shares three letters in four.

    Notes
    -----
    The 30 words that share most groups of two and three letters are compared by matching blocks of letters. Time
    O(len(known)) a term.
    """
    if not len(terms) or not len(known):
        return [[] for _ in terms]
    groups: dict[str, int] = {}
    forms = list(known)
    table = _group_table([word.lower() for word in forms], groups, grow=True)
    sizes = np.asarray(table.sum(axis=1)).ravel()
    found: list[list[str]] = []
    for at in range(0, len(terms), _AT_ONCE):
        part = [term.lower() for term in terms[at : at + _AT_ONCE]]
        asked = _group_table(part, groups, grow=False)
        shared = np.asarray((asked @ table.T).todense())
        own = np.array([max(len(_groups(term)), 1) for term in part])
        likeness = 2 * shared / (own[:, None] + sizes[None, :])
        found += [_best(term, row, forms, n_words) for term, row in zip(part, likeness, strict=True)]
    return found


def _best(term: str, likeness: NDArray[np.floating], known: list[str], n_words: int) -> list[str]:
    candidates = np.argsort(-likeness, kind="stable")[:_CANDIDATES]
    scored: list[tuple[float, int]] = []
    for at in candidates.tolist():
        word: str = known[at].lower()
        if likeness[at] > 0 and word != term:
            scored.append((-_ratio(term, word), at))
    return [known[at] for score, at in sorted(scored)[:n_words] if -score >= _ALIKE]


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _groups(word: str) -> set[str]:
    """Return the groups of two and three letters of a word, its beginning and end marked."""
    framed = f"^{word}$"
    return {framed[at : at + size] for size in (2, 3) for at in range(len(framed) - size + 1)}


def _group_table(words: Sequence[str], groups: dict[str, int], *, grow: bool) -> csr_matrix:
    """Return which word has which group, shape (n_words, n_groups); new groups are numbered where ``grow``."""
    rows, columns = [], []
    for row, word in enumerate(words):
        for group in _groups(word[:64]):
            column = groups.setdefault(group, len(groups)) if grow else groups.get(group, -1)
            if column >= 0:
                rows.append(row)
                columns.append(column)
    ones = np.ones(len(rows), np.float32)
    return csr_matrix((ones, (rows, columns)), shape=(len(words), max(len(groups), 1)))
