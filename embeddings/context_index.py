"""Contexts and an artists table as the arrays that pairs are drawn from while training.

A `ContextIndex` holds four integers per (artist, group) membership. The pairs themselves are never written down.

Public: `ContextIndex`, `index_contexts`, `NO_SKIP`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..core.errors import NothingSharedError, SchemaError
from .contexts import (
    ArtistPairs,
    Context,
    GroupTokens,
    NumberTokens,
    ReviewPairs,
    ShareTokens,
    check_contexts,
    is_number,
)
from .memberships import as_floats, as_list, memberships, numbers

NO_SKIP = np.int32(2**31 - 1)


@dataclass(frozen=True)
class ContextIndex:
    """Everything a pair sampler needs, as arrays.

    Parameters
    ----------
    entries : ndarray of shape (n_entries, 4), int32
        One membership a row: artist, first member it may be paired with, how many it may be paired with,
        and the member to step over (the artist itself; `NO_SKIP` if none).
    members : ndarray of shape (n_members,), int32
        Output number of every member of every group.
    context_first : ndarray of shape (n_contexts + 1,), int64
        Entries of context ``c`` are ``context_first[c]:context_first[c + 1]``.
    context_share : ndarray of shape (n_contexts,), float64
        Share of pairs drawn from each context; sums to 1.
    n_artists, n_outputs : int
    token_names : tuple of str
        ``"column=value"`` of the outputs that are tokens; they are numbered first.
    output_artist : ndarray, int32
        Row of the artist behind each later output.
    """

    entries: np.ndarray
    members: np.ndarray
    context_first: np.ndarray
    context_share: np.ndarray
    n_artists: int
    n_outputs: int
    token_names: tuple[str, ...]
    output_artist: np.ndarray

    def has_context(self) -> np.ndarray:
        """Tell which artists are paired with anything, as booleans of shape (n_artists,)."""
        mask = np.zeros(self.n_artists, dtype=bool)
        mask[self.entries[:, 0]] = True
        return mask

    def output_share(self) -> np.ndarray:
        """Compute how often each output is drawn as the partner, exactly: shape (n_outputs,), float64."""
        weight = np.repeat(self.context_share, np.diff(self.context_first))
        weight = weight / np.repeat(np.diff(self.context_first), np.diff(self.context_first))
        first, count, skip = (self.entries[:, i].astype(np.int64) for i in (1, 2, 3))
        each = weight / count
        steps_over = skip < NO_SKIP
        change = np.zeros(len(self.members) + 1)
        np.add.at(change, first, each)
        np.add.at(change, first + count + steps_over, -each)
        share = np.cumsum(change[:-1])
        np.subtract.at(share, skip[steps_over], each[steps_over])
        return np.bincount(self.members, weights=np.maximum(share, 0.0), minlength=self.n_outputs)


def index_contexts(artists: pd.DataFrame, contexts: Sequence[Context]) -> ContextIndex:
    """Turn contexts and an artists table into the arrays that pairs are drawn from.

    Parameters
    ----------
    artists : DataFrame
        One artist a row, with the columns the contexts name.
    contexts : sequence of Context
        At least one. A context the table says nothing about (no label at all, say) is left out and its
        share goes to the others.

    Returns
    -------
    ContextIndex

    Raises
    ------
    ParameterError
        If a context is malformed, or no two artists have anything in common.
    SchemaError
        If a column is missing or holds no numbers where numbers are needed.
    """
    check_contexts(contexts, artists.columns)
    parts = [part for context in contexts for part in _build_parts(artists, context)]
    if not parts:
        columns = ", ".join(sorted({context.column for context in contexts}))
        raise NothingSharedError(
            f"artists: no two artists share anything in the columns {columns}, so no vectors can be learnt; "
            f"got {len(artists)} artists; fill these columns or name other contexts"
        )
    return _join_parts(parts, len(artists))


@dataclass(frozen=True)
class _Part:
    """One context's entries; members are token numbers within ``tokens``, or artist rows if it is None."""

    entries: np.ndarray
    members: np.ndarray
    tokens: tuple[str, ...] | None
    weight: float


def _join_parts(parts: list[_Part], n_artists: int) -> ContextIndex:
    token_names = tuple(name for part in parts for name in part.tokens or ())
    artist_parts = [part.members for part in parts if part.tokens is None]
    output_artist = np.unique(np.concatenate(artist_parts)) if artist_parts else np.empty(0, np.int64)
    entries, members, n_members, n_tokens = [], [], 0, 0
    for part in parts:
        moved = part.entries.astype(np.int64)
        moved[:, 1] += n_members
        moved[:, 3] = np.where(moved[:, 3] == NO_SKIP, NO_SKIP, moved[:, 3] + n_members)
        entries.append(moved)
        if part.tokens is None:
            members.append(len(token_names) + np.searchsorted(output_artist, part.members))
        else:
            members.append(n_tokens + part.members)
            n_tokens += len(part.tokens)
        n_members += len(part.members)
    weights = np.array([part.weight for part in parts])
    return ContextIndex(
        entries=np.concatenate(entries).astype(np.int32),
        members=np.concatenate(members).astype(np.int32),
        context_first=np.cumsum([0] + [len(part.entries) for part in parts]),
        context_share=weights / weights.sum(),
        n_artists=n_artists,
        n_outputs=len(token_names) + len(output_artist),
        token_names=token_names,
        output_artist=output_artist.astype(np.int32),
    )


def _build_parts(artists: pd.DataFrame, context: Context) -> list[_Part]:
    if isinstance(context, ReviewPairs):
        return _review_parts(artists, context)
    part = _build_part(artists, context)
    return [] if part is None else [part]


def _build_part(
    artists: pd.DataFrame, context: GroupTokens | NumberTokens | ShareTokens | ArtistPairs
) -> _Part | None:
    if isinstance(context, GroupTokens):
        return _group_part(artists, context)
    if isinstance(context, NumberTokens):
        return _number_part(artists, context)
    if isinstance(context, ShareTokens):
        return _share_part(artists, context)
    return _pair_part(artists, context)


def _group_part(artists: pd.DataFrame, context: GroupTokens) -> _Part | None:
    rows, codes, names = memberships(artists[context.column])
    size = np.bincount(codes, minlength=len(names))
    kept = size >= context.min_artists
    if not kept.any():
        return None
    renumbered = np.cumsum(kept) - 1
    inside = kept[codes]
    rows, codes = rows[inside], renumbered[codes[inside]]
    tokens = tuple(f"{context.column}={name}" for name, keep in zip(names, kept, strict=True) if keep)
    entries = np.stack([rows, codes, np.ones_like(rows), np.full_like(rows, NO_SKIP)], axis=1)
    return _Part(entries, np.arange(len(tokens)), tokens, context.weight)


def _number_part(artists: pd.DataFrame, context: NumberTokens) -> _Part | None:
    rows, values = numbers(artists[context.column], context.column)
    if len(values) < 2:
        return None
    edges = np.unique(
        np.quantile(values, np.arange(1, context.n_buckets) / context.n_buckets, method="lower")
    )
    used, codes = np.unique(np.searchsorted(edges, values, side="left"), return_inverse=True)
    if len(used) < 2:
        return None
    first = np.maximum(codes - context.window, 0)
    last = np.minimum(codes + context.window, len(used) - 1)
    low = [values[codes == code].min() for code in range(len(used))]
    tokens = tuple(f"{context.column}>={value:g}" for value in low)
    entries = np.stack([rows, first, last - first + 1, np.full_like(rows, NO_SKIP)], axis=1)
    return _Part(entries, np.arange(len(used)), tokens, context.weight)


def _share_part(artists: pd.DataFrame, context: ShareTokens) -> _Part | None:
    kept = [_large_shares(value, context) for value in artists[context.column]]
    names = sorted({name for shares in kept for name in shares})
    number = {name: place for place, name in enumerate(names)}
    rows = np.flatnonzero([bool(shares) for shares in kept])
    if len(rows) < 2:
        return None
    members = np.concatenate(
        [
            np.repeat([number[name] for name in kept[row]], _slots(list(kept[row].values()), context.n_slots))
            for row in rows
        ]
    )
    first = np.arange(len(rows)) * context.n_slots
    entries = np.stack(
        [rows, first, np.full_like(rows, context.n_slots), np.full_like(rows, NO_SKIP)], axis=1
    )
    return _Part(entries, members, tuple(f"{context.column}={name}" for name in names), context.weight)


def _large_shares(value: Any, context: ShareTokens) -> dict[str, float]:
    """Shares of one artist, by name, those too small left out."""
    if not isinstance(value, Mapping):
        if value is None or value is pd.NA or value != value:
            return {}
        raise SchemaError(
            f"artists: column {context.column} must hold mappings of group to share; got {type(value).__name__}"
        )
    shares = dict(zip(map(str, value), as_floats(list(value.values()), context.column), strict=True))
    if any(share < 0 or share == np.inf for share in shares.values()):
        raise SchemaError(f"artists: column {context.column} must hold shares >= 0")
    return {name: share for name, share in sorted(shares.items()) if share > 0 and share >= context.min_share}


def _slots(shares: Sequence[float], n_slots: int) -> np.ndarray:
    """Divide the slots in proportion to the shares, by largest remainders."""
    wanted = np.asarray(shares) / np.sum(shares) * n_slots
    slots = np.floor(wanted).astype(np.int64)
    last = np.argsort(slots - wanted, kind="stable")[: n_slots - slots.sum()]
    slots[last] += 1
    return slots


def _pair_part(artists: pd.DataFrame, context: ArtistPairs) -> _Part | None:
    rows, groups, _ = memberships(artists[context.column])
    value = np.zeros(len(artists))
    if context.near is not None:
        value = as_floats(list(artists[context.near]), context.near)
        inside = np.isfinite(value[rows])
        rows, groups = rows[inside], groups[inside]
    company = np.bincount(groups, minlength=1)[groups] > 1
    rows, groups = rows[company], groups[company]
    order = np.lexsort((rows, value[rows], groups))
    rows, groups = rows[order], groups[order]
    first, last = _near_ranges(groups, value[rows], context.window if context.near is not None else None)
    count = last - first  # the artist itself does not count
    entries = np.stack([rows, first, count, np.arange(len(rows))], axis=1)
    return _Part(entries, rows, None, context.weight) if len(entries) else None


def _review_parts(artists: pd.DataFrame, context: ReviewPairs) -> list[_Part]:
    """One part a group, so that groups and not reviews are equally likely."""
    groups: dict[str, list[int]] = {}
    counts = [1] * len(artists) if context.counts is None else list(artists[context.counts])
    for row, (value, count) in enumerate(zip(artists[context.column], counts, strict=True)):
        names = _group_names(value)
        for name, times in zip(names, _review_counts(count, len(names), context), strict=True):
            if name:
                groups.setdefault(name, []).extend([row] * times)
    usable = [np.array(groups[name]) for name in sorted(groups) if len(set(groups[name])) > 1]
    return [_review_part(rows, context.weight / len(usable)) for rows in usable]


def _review_part(rows: np.ndarray, weight: float) -> _Part:
    places = np.arange(len(rows))
    entries = np.stack([rows, np.zeros_like(rows), np.full_like(rows, len(rows) - 1), places], axis=1)
    return _Part(entries, rows, None, weight)


def _group_names(value: Any) -> list[str]:
    """Names of an artist's groups, blank where there is none; numbers rounded."""
    return [
        "" if pd.isna(one) else f"{np.rint(one):g}" if is_number(one) else str(one).strip()
        for one in as_list(value)
    ]


def _review_counts(count: Any, n_groups: int, context: ReviewPairs) -> list[int]:
    """How many reviews an artist has in each of its groups."""
    counts = as_list(count)
    each = list(counts) if isinstance(count, (list, tuple, np.ndarray)) else list(counts) * n_groups
    values = as_floats(each, str(context.counts))
    if len(values) < n_groups or not (np.isfinite(values).all() and (values >= 0).all()):
        raise SchemaError(
            f"artists: column {context.counts} must hold a number >= 0 of reviews for each of {context.column}"
        )
    return [int(value) for value in values[:n_groups]]


def _near_ranges(groups: np.ndarray, values: np.ndarray, window: int | None) -> tuple[np.ndarray, np.ndarray]:
    """First and last place, within the group, that count as near; inputs sorted by group, then value."""
    place = np.arange(len(groups))
    group_first, group_last = _runs(groups[1:] != groups[:-1], len(groups))
    if window is None:
        return group_first, group_last
    tie_first, tie_last = _runs((groups[1:] != groups[:-1]) | (values[1:] != values[:-1]), len(groups))
    first = tie_first[np.maximum(tie_first[place] - window, group_first)]
    last = tie_last[np.minimum(tie_last[place] + window, group_last)]
    return first, last


def _runs(changes: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """First and last place of the run that each place lies in; ``changes[i]``: a run starts at i + 1."""
    starts = np.concatenate([[0], np.flatnonzero(changes) + 1]) if length else np.empty(0, np.int64)
    lengths = np.diff(np.append(starts, length))
    return np.repeat(starts, lengths), np.repeat(starts + lengths - 1, lengths)
