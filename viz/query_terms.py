"""What a question may name besides artists, genres and groups: record labels and years, packed for the page.

Public function: :func:`packed_terms`.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from ..core.names import identity_key
from .display import display_name
from .packing import packed_lists

ALL_LABELS = 25_000
"""Of more artists only the most frequent labels are terms: the others would break the budget of the file."""
MOST_LABELS = 255


def packed_terms(labels: Sequence[Sequence[str]], years: Sequence[Sequence[int]]) -> dict[str, Any]:
    """Pack the labels and the years of artists; a kind that nobody has is left out.

    Parameters
    ----------
    labels : sequence of length n, of sequences of str
        Spellings that differ in case, accents or spacing are one label.
    years : sequence of length n, of sequences of int

    Returns
    -------
    dict
        "label" (``names``, and the packed lists of codes) and "year" (the same; names are years as text).
    """
    terms: dict[str, Any] = {}
    spelled, codes = _labels(labels, None if len(labels) <= ALL_LABELS else MOST_LABELS)
    if spelled:
        terms["label"] = {"names": spelled, **packed_lists(codes, len(spelled))}
    known = sorted({year for own in years for year in own})
    if known:
        code_of = {year: code for code, year in enumerate(known)}
        own_codes = [sorted({code_of[year] for year in own}) for own in years]
        terms["year"] = {"names": [str(year) for year in known], **packed_lists(own_codes, len(known))}
    return terms


def _labels(labels: Sequence[Sequence[str]], most: int | None) -> tuple[list[str], list[list[int]]]:
    """Return the labels, most frequent first, and the codes of each artist's."""
    spelling: dict[str, str] = {}
    none: set[str] = set()
    keys: list[set[str]] = []
    for own in labels:
        if not own:
            keys.append(none)
            continue
        named = {identity_key(one): one for one in own if one and one.strip()}
        for key, one in named.items():
            spelling.setdefault(key, one)
        keys.append(set(named) - {""})
    counts = Counter(key for own in keys for key in sorted(own))
    kept = [key for key, _ in counts.most_common(most)]
    code_of = {key: code for code, key in enumerate(kept)}
    codes = [sorted(code_of[key] for key in own if key in code_of) for own in keys]
    return [display_name(spelling[key], 60) for key in kept], codes
