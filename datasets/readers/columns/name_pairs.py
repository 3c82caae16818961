"""Artists whose first and last names stand in two columns, as RateYourMusic exports them; a band has a last name only.

Two such columns are an artist's only where the export is of this kind, or where some rows have a last name alone and
none a first name alone: else they may be the reviewer's.

Public names: :class:`NamePair`, :func:`find_name_pair`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from .mapping import CANONICAL_OF, name_key

_OF_RATE_YOUR_MUSIC = frozenset(["rymalbum", "lastnamelocalized"])


@dataclass(frozen=True)
class NamePair:
    """Where the two columns are, and what they are called together.

    Parameters
    ----------
    first, last : int
    name : str
    """

    first: int
    last: int
    name: str
    field = "artist"

    @property
    def places(self) -> tuple[int, int]:
        """Where the two columns are."""
        return self.first, self.last

    def joined(self, cells: Sequence[str]) -> str:
        """Return the whole name of a row."""
        return " ".join(filter(None, (cells[self.first].strip(), cells[self.last].strip())))

    def note(self, rows: Sequence[Sequence[str]]) -> str:
        """Say that the columns are put together, with the first name."""
        shown = next((f", such as {self.joined(row)!r}" for row in rows if row[self.first].strip()), "")
        return (
            f"the artist stands in two columns, {self.name.replace(' + ', ' and ')}, which are put together{shown}; "
            "if it is no artist, add --columns artist=-"
        )


def find_name_pair(names: Sequence[str], rows: Sequence[Sequence[str]]) -> NamePair | None:
    """Return the columns that hold the artist's names, or None.

    Parameters
    ----------
    names : sequence of str
        The header.
    rows : sequence of sequence of str
        The first rows.
    """
    places = {name_key(name): at for at, name in reversed(list(enumerate(names)))}
    has_artist = any(CANONICAL_OF.get(key) == "artist" for key in places)
    if has_artist or not {"firstname", "lastname"} <= places.keys():
        return None
    first, last = places["firstname"], places["lastname"]
    filled = {
        (bool(row[first].strip()), bool(row[last].strip())) for row in rows if len(row) > max(first, last)
    }
    are_bands = (False, True) in filled and (True, False) not in filled
    if not are_bands and _OF_RATE_YOUR_MUSIC.isdisjoint(places):
        return None
    return NamePair(first, last, f"{names[first]!r} + {names[last]!r}")
