"""What surrounds an artist: the contexts that artist vectors are learnt from.

A context tells which *outputs* an artist may be paired with. An output is either a *token* (a genre, a
score bucket, a label, ...) or another artist. Contexts are small frozen descriptions; `context_index` turns them and an
artists table into the arrays that pairs are drawn from.

Conventions: a row of the artists table is an artist; a missing genre is no genre; every membership of a
context is equally likely; the weights of the contexts are the shares of the drawn pairs.

Public: `GroupTokens`, `NumberTokens`, `ShareTokens`, `ArtistPairs`, `ReviewPairs`, `Context`, `default_contexts`,
`check_contexts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.errors import ParameterError, SchemaError


@dataclass(frozen=True)
class GroupTokens:
    """Pair an artist with each group it belongs to (its genres, labels, years, authors, ...).

    Parameters
    ----------
    column : str
        Column of the artists table; lists or single values. Nulls and blanks are no group.
    weight : float, > 0
        Relative share of the training pairs.
    min_artists : int, >= 1
        Groups with fewer artists are left out: they bring no two artists together.
    """

    column: str
    weight: float = 1.0
    min_artists: int = 2


@dataclass(frozen=True)
class NumberTokens:
    """Pair an artist with buckets of a number, so that near numbers share buckets.

    The values are cut into buckets of about equal size (equal values stay together). An artist is paired
    with its own bucket and with up to ``window`` buckets on either side, which is what keeps the order.

    Parameters
    ----------
    column : str
        Column of the artists table; numbers or lists of numbers. Nulls are no number.
    weight : float, > 0
        Relative share of the training pairs.
    n_buckets : int, >= 2
        Upper limit; ties may leave fewer.
    window : int, >= 0
        Buckets to either side that also count.
    """

    column: str = "mean_score"
    weight: float = 1.0
    n_buckets: int = 20
    window: int = 4


@dataclass(frozen=True)
class ShareTokens:
    """Pair an artist with the groups it has shares of (the topics of its texts), in proportion to them.

    Parameters
    ----------
    column : str
        Column of the artists table: a mapping of group to share for each artist; nulls have none.
    weight : float, > 0
        Relative share of the training pairs; every artist with shares is equally likely.
    min_share : float, within [0, 1)
        Smaller shares are left out; they say little about an artist.
    n_slots : int, >= 1
        Shares are rounded to whole multiples of one n-th of their sum.
    """

    column: str = "topic_shares"
    weight: float = 1.0
    min_share: float = 0.05
    n_slots: int = 32


@dataclass(frozen=True)
class ArtistPairs:
    """Pair two artists that share a group and, if asked, have near numbers (genre x score).

    Parameters
    ----------
    column : str
        Column with the groups; lists or single values.
    weight : float, > 0
        Relative share of the training pairs.
    near : str or None
        Column with one number per artist that must be near too; None pairs the whole group. Artists
        without the number take no part.
    window : int, >= 1
        How many ranks, within the group, count as near. Always widened to whole ties, so that the order of
        equal scores in the table has no effect.
    """

    column: str = "genres"
    weight: float = 1.0
    near: str | None = "mean_score"
    window: int = 60


@dataclass(frozen=True)
class ReviewPairs:
    """Pair the artists of two reviews of a group: every group is equally likely, then each of its reviews.

    An artist with many reviews is drawn as often as it has them, and may be paired with itself. Groups of one review
    are left out, and artists without a group take no part.

    Parameters
    ----------
    column : str
        Column with the groups; lists or single values. Numbers are rounded to whole ones.
    weight : float, > 0
        Relative share of the training pairs, over all groups.
    counts : str or None
        Column with how many reviews the artist has: a number, or a list of one for each of its groups; None counts 1.
    """

    column: str = "genres"
    weight: float = 1.0
    counts: str | None = "genre_counts"


Context = GroupTokens | NumberTokens | ShareTokens | ArtistPairs | ReviewPairs


def default_contexts() -> tuple[Context, ...]:
    """Give the contexts an `Artist2Vec` uses when none are named.

    Genre and score as tokens carry the arithmetic (tokens subtract cleanly), genre x score pairs bring
    artists of a genre with near scores closer; years, labels and reviewers order what would be ties, and let
    the vectors tell of one what was learnt from the others. ``benchmarks/bench_artists.py --designs`` measures
    this choice beside others, ``benchmarks/bench_evaluate.py`` beside other methods.

    Returns
    -------
    tuple of Context
    """
    return (
        GroupTokens("genres", weight=2.2),
        NumberTokens("mean_score", weight=1.7, n_buckets=20, window=4),
        ArtistPairs("genres", weight=0.8, near="mean_score", window=60),
        NumberTokens("years", weight=1.4, n_buckets=18, window=1),
        GroupTokens("labels", weight=0.7),
        GroupTokens("authors", weight=1.1),
    )


def check_contexts(contexts: Sequence[Context], columns: Sequence[str]) -> None:
    """Raise ParameterError or SchemaError, naming the field, if a context cannot be used on a table."""
    if not contexts:
        raise ParameterError("contexts must name at least one context; got none")
    for context in contexts:
        if not isinstance(context, Context):
            raise ParameterError(
                "contexts must be GroupTokens, NumberTokens, ShareTokens, ArtistPairs or ReviewPairs; "
                f"got {type(context).__name__}"
            )
        _check_fields(context)
        wanted = [context.column, getattr(context, "near", None), getattr(context, "counts", None)]
        missing = [name for name in wanted if name is not None and name not in columns]
        if missing:
            raise SchemaError(f"artists: column {missing[0]} is missing; {type(context).__name__} needs it")


def _check_fields(context: Context) -> None:
    lowest = {
        "min_artists": 1,
        "n_buckets": 2,
        "n_slots": 1,
        "window": 1 if isinstance(context, ArtistPairs) else 0,
    }
    kind = type(context).__name__
    if not (is_number(context.weight) and np.isfinite(context.weight) and context.weight > 0):
        raise ParameterError(f"{kind}.weight must be a number > 0; got {context.weight}")
    if isinstance(context, ShareTokens) and not (is_number(context.min_share) and 0 <= context.min_share < 1):
        raise ParameterError(f"{kind}.min_share must be a number within [0, 1); got {context.min_share!r}")
    for field, low in lowest.items():
        value = getattr(context, field, low)
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < low:
            raise ParameterError(f"{kind}.{field} must be an int >= {low}; got {value!r}")


def is_number(value: Any) -> bool:
    """Tell whether a value is a number; True and False are none."""
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
