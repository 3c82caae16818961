"""Three questions a map can answer, offered to the reader who does not know what to ask.

Public function: :func:`example_queries`.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Asked first where their artists exist: the first stands in every picture of this project, the second is the
# question of the tutorial it grew out of.
_FAMILIAR = (("radiohead", "- rock + electronic"), ("coil", "- elder ones"))


def example_queries(
    names: Sequence[str], genres: Sequence[Sequence[str]], n_reviews: NDArray[Any], n_examples: int = 3
) -> list[str]:
    """Choose queries whose terms all exist on the map.

    Parameters
    ----------
    names : sequence of str
    genres : sequence of sequence of str
    n_reviews : ndarray of int
        Well-known artists are preferred.

    Returns
    -------
    list of str
        At most ``n_examples``; fewer on a map with too few genres to calculate with.
    """
    common: list[str] = [genre for genre, _ in Counter(g for own in genres for g in own).most_common(8)]
    known = set(names) | set(common)
    examples = []
    for name, rest in _FAMILIAR:
        terms = rest.replace("+", "-").split("-")
        if name in known and all(term.strip() in known for term in terms if term.strip()):
            examples.append(f"{name} {rest}")
    examples += _made(
        names, genres, np.asarray(n_reviews), common, skip={e.split(" - ")[0] for e in examples}
    )
    return examples[:n_examples]


def _made(
    names: Sequence[str],
    genres: Sequence[Sequence[str]],
    n_reviews: NDArray[Any],
    common: list[str],
    skip: set[str],
) -> list[str]:
    """Move the best known artist of each genre into the next genre."""
    made = []
    used = set(skip) | set(common)
    for own, other in zip(common[1:] + common[:1], common[2:] + common[:2], strict=False):
        members = [
            row for row, these in enumerate(genres) if these and these[0] == own and names[row] not in used
        ]
        if own == other or not members:
            continue
        best_known = names[max(members, key=lambda row: int(n_reviews[row]))]
        if len(best_known) <= 24 and '"' not in best_known:
            made.append(f"{best_known} - {own} + {other}")
    return made
