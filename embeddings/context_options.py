"""Contexts as people write them: ``genre=1,score=0.5,label=0.2`` or a JSON list of records.

Names that stand for a context of the default kind:

======================  ==================================================================
genre, label, author    tokens of that column
score, year             buckets of the mean score, of the years
genre-score             artists that share a genre and have near scores
topics                  topics of the texts, by their share (`ShareTokens`)
listeners               those who listened to the artist
listened-together       artists that share a listener
any other name          tokens of that column, or buckets if it holds numbers
======================  ==================================================================

Public: `parse_contexts`, `contexts_from_records`, `contexts_as_records`, `CONTEXT_NAMES`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ..core.errors import ParameterError
from .contexts import ArtistPairs, Context, GroupTokens, NumberTokens, ReviewPairs, ShareTokens
from .histories import LISTENERS

CONTEXT_NAMES: dict[str, Context] = {
    "genre": GroupTokens("genres"),
    "score": NumberTokens("mean_score", n_buckets=20, window=4),
    "genre-score": ArtistPairs("genres", near="mean_score", window=60),
    "label": GroupTokens("labels"),
    "year": NumberTokens("years", n_buckets=18, window=1),
    "author": GroupTokens("authors"),
    "topics": ShareTokens("topic_shares"),
    "listeners": GroupTokens(LISTENERS),
    "listened-together": ArtistPairs(LISTENERS, near=None),
}
_KINDS = {kind.__name__: kind for kind in (GroupTokens, NumberTokens, ShareTokens, ArtistPairs, ReviewPairs)}


def parse_contexts(text: str, artists: pd.DataFrame) -> tuple[Context, ...]:
    """Read ``name=weight,name=weight,...``.

    Parameters
    ----------
    text : str
        A name without a weight has weight 1.
    artists : DataFrame
        Tells whether another column holds numbers.

    Raises
    ------
    ParameterError
        If a name is neither known nor a column, is repeated, or a weight is no number > 0.
    """
    chosen: dict[str, Context] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, weight = (piece.strip() for piece in part.partition("="))
        if name in chosen:
            raise ParameterError(f"contexts: {name} is named twice; name it once")
        chosen[name] = dataclasses.replace(_named(name, artists), weight=_weight(name, weight))
    if not chosen:
        raise ParameterError("contexts must name at least one context, such as genre=1,score=0.5; got none")
    return tuple(chosen.values())


def _named(name: str, artists: pd.DataFrame) -> Context:
    if name in CONTEXT_NAMES:
        return CONTEXT_NAMES[name]
    if name not in artists.columns:
        raise ParameterError(
            f"contexts: {name!r} is neither one of {', '.join(CONTEXT_NAMES)} "
            f"nor a column of the artists table ({', '.join(map(str, artists.columns))})"
        )
    if pd.api.types.is_numeric_dtype(artists[name]) and not pd.api.types.is_bool_dtype(artists[name]):
        return NumberTokens(name)
    return GroupTokens(name)


def _weight(name: str, text: str) -> float:
    try:
        weight = float(text or 1)
    except ValueError:
        weight = math.nan
    if not (math.isfinite(weight) and weight > 0):
        raise ParameterError(f"contexts: the weight of {name} must be a number > 0; got {text!r}")
    return weight


def contexts_as_records(contexts: Sequence[Context]) -> list[dict[str, Any]]:
    """Give JSON-able records: ``kind`` and the fields of each context.

    Parameters
    ----------
    contexts : sequence of Context
    """
    return [{"kind": type(context).__name__, **dataclasses.asdict(context)} for context in contexts]


def contexts_from_records(records: Any) -> tuple[Context, ...]:
    """Make contexts from records as `contexts_as_records` gives.

    Parameters
    ----------
    records : list of dict

    Raises
    ------
    ParameterError
        If these are no such records; the place and the field are named.
    """
    if not isinstance(records, Sequence) or isinstance(records, str) or not records:
        raise ParameterError(
            'contexts must be a list of records such as {"kind": "GroupTokens", "column": "genres"}'
        )
    return tuple(_from_record(record, place) for place, record in enumerate(records, 1))


def _from_record(record: Any, place: int) -> Context:
    if not isinstance(record, Mapping) or record.get("kind") not in _KINDS:
        raise ParameterError(
            f"contexts: record {place} needs a kind, one of {', '.join(_KINDS)}; got {str(record)[:80]}"
        )
    kind = _KINDS[record["kind"]]
    known = [field.name for field in dataclasses.fields(kind)]
    unknown = sorted(set(record) - {"kind", *known})
    if unknown:
        raise ParameterError(
            f"contexts: record {place} ({kind.__name__}) has no field {unknown[0]!r}; its fields are {', '.join(known)}"
        )
    try:
        return kind(**{name: value for name, value in record.items() if name != "kind"})
    except TypeError as error:
        raise ParameterError(f"contexts: record {place} ({kind.__name__}) is incomplete: {error}") from error
