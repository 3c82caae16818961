"""Files of many years and habits: what some call ``album`` and ``score``, others call ``title`` and ``rating``.

Where a file lacks the key that most have, the first of its other usual names that the file has is read. Marks that
seem to be on another scale are left, and so are names that say the same in all files while another says more.

Public names: :func:`with_synonyms`.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pyarrow as pa

from ...scores import read_numbers
from ..texts.markdown import Value
from .mapping import KEYS, name_key

_ALONE = frozenset(
    ["review_id", "text", "status", "post_type"]
)  # ids of two kinds may be equal; a draft is no page
_FEWEST_MARKS = 3  # that tell a scale
_SHORT_SCALE = 5.0
Records = Sequence[Mapping[str, Value]]


def with_synonyms(
    records: Records, names: Sequence[str], places: Mapping[str, int], asked: Collection[str]
) -> tuple[dict[str, list[Value]], set[str], list[str]]:
    """Return the columns of records, each gap filled by other names for the column.

    Parameters
    ----------
    records : sequence of mapping
        Front matter by key.
    names : sequence of str
        All keys.
    places : mapping of str to int
        As :func:`.map_columns` has it.
    asked : collection of str
        Columns that the user chose; these are left as they are.

    Returns
    -------
    columns : dict of str to list
    read : set of str
        Keys that filled gaps.
    notes : list of str
    """
    columns = {field: [record.get(names[place]) for record in records] for field, place in places.items()}
    read: set[str] = set()
    notes: list[str] = []
    for field in set(places) - set(asked) - _ALONE:
        main = names[places[field]]
        for other in _others(records, names, field, set(places.values())):
            gaps = [at for at, value in enumerate(columns[field]) if value is None and records[at].get(other)]
            values = [records[at].get(other) for at in gaps]
            if not gaps:
                continue
            if field == "score" and _on_other_scales(columns[field], values):
                notes.append(
                    f"{other!r}, the score of {len(gaps):,} files without {main!r}, seems to be on another scale, so "
                    f"it is not read: write one scale in all, or add --columns score={other} to read only these"
                )
                continue
            read.add(other)
            notes.append(
                f"{field} is read from {main!r} and, in {len(gaps):,} files without it, from {other!r}"
            )
            for at, value in zip(gaps, values, strict=True):
                columns[field][at] = value
    return columns, read, sorted(notes)


def _others(records: Records, names: Sequence[str], field: str, used: Collection[int]) -> list[str]:
    """Return the unused usual names of a field, in their order; last those that say the same in all files."""
    by_key = {name_key(name): name for at, name in enumerate(names) if at not in used}
    found = [by_key[key] for key in dict.fromkeys(KEYS[field]) if key in by_key]
    return sorted(found, key=lambda name: _is_constant(records, name))


def _is_constant(records: Records, name: str) -> bool:
    values = [str(record[name]) for record in records if record.get(name)]
    return len(values) > 1 and len(set(values)) == 1


def _on_other_scales(some: Sequence[Value], others: Sequence[Value]) -> bool:
    highest = [_highest(values) for values in (some, others)]
    known = [mark for mark in highest if mark is not None]
    return len(known) == 2 and min(known) <= _SHORT_SCALE < max(known)


def _highest(values: Sequence[Value]) -> float | None:
    texts = [value.strip() for value in values if isinstance(value, str)]
    numbers = read_numbers(pa.array(texts, pa.string()))
    finite = numbers[np.isfinite(numbers)]
    return float(finite.max()) if len(finite) >= _FEWEST_MARKS else None
