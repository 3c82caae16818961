"""What is said of columns that no use was found for: which they are, and which might be the artist, genres or text.

Public names: :func:`unused_columns`.
"""

import shlex
from collections.abc import Mapping, Sequence

from .proposals import Values, candidates, is_nameable, listed_names, pair_of, texts_of

_WORDS = {"artist": "the artist", "genres": "the genres", "text": "the text"}


def unused_columns(
    names: Sequence[str], places: Mapping[str, int], values: Values | None = None
) -> list[str]:
    """Return a note that lists the columns no use was found for, or nothing.

    Parameters
    ----------
    names : sequence of str
        The source's columns; "" for one that is not spoken of.
    places : mapping of str to int
        As :func:`.map_columns` has it.
    values : callable, optional
        Gives the first values of the column at a place.
    """
    unused = [place for place, name in enumerate(names) if place not in places.values() and name]
    if not unused:
        return []
    note = f"columns not used: {listed_names([names[place] for place in unused])}"
    usable = [place for place in unused if is_nameable(names[place])]
    texts = {place: texts_of(values(place)) if values else [] for place in usable}
    found = candidates(texts, places, dict(enumerate(names)))
    if not found:
        return [note]
    missing = [_WORDS[field] for field in found]
    listed = " and ".join(filter(None, [", ".join(missing[:-1]), missing[-1]]))
    why = f" ({names[found['text']]!r} holds long texts)" if "text" in found else ""
    option = shlex.quote(",".join(pair_of(field, names[place]) for field, place in found.items()))
    others = [
        f"{field}=" for field in ("genres", "score", "labels", "years") if field not in {*found, *places}
    ]
    likewise = f" (likewise {', '.join(others)})" if others else ""
    return [f"{note}; none was taken for {listed}{why}: if one is, add --columns {option}{likewise}"]
