"""Texts with separators and no quotes at the end of a row: "Low,Hey What,9,Quiet, then loud" has one cell too many.

They are whole where the text is the last column and a score or a year stands before it: a separator in an earlier cell
would have moved a word into its place, and the number to where the text begins.

Public names: :class:`UnquotedTexts`.
"""

import re
from collections.abc import Mapping, Sequence

_NUMBER = re.compile(r"\s*(?:\d+(?:[.,]\d+)?(?:\s*/\s*\d+|\s*%)?)?\s*")
_OF_NUMBERS = ("score", "years")


class UnquotedTexts:
    """Puts the cells of such texts together again, and counts them.

    Parameters
    ----------
    places : mapping of str to int
        Where the canonical columns are.
    width : int
        Cells a row has.
    delimiter : str
    """

    def __init__(self, places: Mapping[str, int], width: int, delimiter: str) -> None:
        before = [places.get(field) for field in _OF_NUMBERS]
        self._are_told = places.get("text") == width - 1 and width - 2 in before
        self._width, self._delimiter = width, delimiter
        self._n_joined, self._example = 0, ""

    def joined(self, cells: Sequence[str]) -> list[str] | None:
        """Return a row of the usual width for one with surplus cells, or None where nothing tells what they are."""
        last = self._width - 1
        if not self._are_told or len(cells) <= self._width or not _NUMBER.fullmatch(cells[last - 1]):
            return None
        if _NUMBER.fullmatch(cells[last]):  # "8,5": a number with a comma
            return None
        text = self._delimiter.join(cells[last:])
        self._n_joined, self._example = self._n_joined + 1, self._example or text
        return [*cells[:last], text]

    def notes(self) -> list[str]:
        """Return a note on the texts, or nothing."""
        if not self._n_joined:
            return []
        rows = "1 row has" if self._n_joined == 1 else f"{self._n_joined:,} rows have"
        return [
            f"{rows} separators in a text without quotes; all behind the number before it is read as the text, such "
            f"as {self._example[:60]!r}"
        ]
