"""Names by their beginning or by that of a word in them, among hundreds of thousands. Public: `NameSearch`."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate


class NameSearch:
    """Find names; all of them are one text, which Python searches at memory speed.

    Parameters
    ----------
    keys : sequence of str
        In the order of importance, folded as what is typed will be.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        lines = [f"\n{' '.join(key.split())}" for key in keys]
        self._text = "".join(lines)
        self._starts = list(accumulate((len(line) for line in lines), initial=0))

    def find(self, typed: str, count: int) -> list[int]:
        """Return the places of at most ``count`` names: those that begin so, then those in which a word does."""
        typed = " ".join(typed.split())
        if not typed:
            return []
        found: dict[int, None] = {}
        for mark in ("\n", " "):
            for place in self._places(mark + typed):
                found.setdefault(place)
                if len(found) == count:
                    return list(found)
        return list(found)

    def _places(self, wanted: str) -> Iterator[int]:
        """Return each name that has the text once, in order."""
        at = self._text.find(wanted)
        while at >= 0:
            place = bisect_right(self._starts, at) - 1
            yield place
            at = self._text.find(wanted, self._starts[place + 1])
