"""Rows of a table that are no review: sums, averages, headings of sections ("1990s"), and lines below the header.

A row is one only where that is clear: what stands first in it, or as its artist, is a word for a sum or an average and
it lacks at least half of what most rows have of artist, title, text, genres, years and date (a band called
"Total" has an album); or a decade or year stands alone in it; or it has only short words, one of them for the score
("Punkte").

Public names: :func:`split_totals`.
"""

import re
from collections.abc import Mapping, Sequence

from .mapping import name_key

_TOLD_BY = ("artist", "title", "text", "genres", "years", "pub_date")
_SHARE_FILLED = 0.5  # of the rows, for what the reviews have: sums and headings are rows, too
_FEWEST = 3  # rows that tell what the others have
_SUMS = frozenset(map(name_key, (
    "total", "totals", "grand total", "subtotal", "sub total", "sum", "average", "avg", "mean", "median", "count",
    "overall average", "overall total", "summe", "gesamt", "gesamtsumme", "insgesamt", "durchschnitt", "mittelwert",
    "schnitt", "zwischensumme", "anzahl", "somme", "moyenne", "médiane", "total général", "suma", "promedio",
    "media", "total general", "somma", "totale", "média", "soma", "totaal", "gemiddelde", "som", "średnia", "razem",
    "итого", "всего", "среднее", "toplam", "ortalama", "合計", "平均", "総計", "小計",
)))  # fmt: skip
_SECTION = re.compile(
    r"(?:(?:1[89]|20)?\d0['’]?s|(?:1[89]|20)\d0er(?: jahre)?|(?:1[89]|20)\d\d)", re.IGNORECASE
)
_LONGEST_UNIT = 20  # characters
_RULE = re.compile(r":?[-=_]{2,}:?")
Row = tuple[int, list[str]]


def split_totals(rows: Sequence[Row], places: Mapping[str, int]) -> tuple[list[Row], list[tuple[Row, str]]]:
    """Part rows of one width in those that may be reviews and those that are clearly none.

    Parameters
    ----------
    rows : sequence of (int, list of str)
        Number and cells.
    places : mapping of str to int
        Where the canonical columns are.

    Returns
    -------
    kept : list of (int, list of str)
    left : list of ((int, list of str), str)
        The others, and why they are left out.
    """
    usual = _usual_places(rows, places)
    if len(usual) < 2:
        return list(rows), []
    kept: list[Row] = []
    left: list[tuple[Row, str]] = []
    for row in rows:
        reason = _reason(row[1], usual, places)
        if reason is None:
            kept.append(row)
        else:
            left.append((row, reason))
    return kept, left


def _usual_places(rows: Sequence[Row], places: Mapping[str, int]) -> list[int]:
    if len(rows) < _FEWEST:
        return []
    told_by = [places[field] for field in _TOLD_BY if field in places]
    n_filled = {at: sum(bool(cells[at].strip()) for _, cells in rows) for at in told_by}
    return [at for at, n in n_filled.items() if n >= _SHARE_FILLED * len(rows)]


def _reason(cells: Sequence[str], usual: Sequence[int], places: Mapping[str, int]) -> str | None:
    if _RULE.fullmatch(cells[usual[0]].strip()) and all(
        _RULE.fullmatch(cell.strip()) for cell in cells if cell.strip()
    ):
        return "a line between header and rows, not a review; left out"
    if 2 * sum(not cells[at].strip() for at in usual) < len(usual):
        return None
    filled = [cell.strip() for cell in cells if cell.strip()]
    firsts = [*filled[:1], *([cells[places["artist"]]] if "artist" in places else [])]
    if any(name_key(cell) in _SUMS for cell in firsts):
        return "a sum or an average, not a review; left out"
    if len(filled) == 1 and _SECTION.fullmatch(filled[0]):
        return "the heading of a section, not a review; left out"
    if _are_units(filled, cells[places["score"]] if "score" in places else ""):
        return "a row of units below the header, not a review; left out"
    return None


def _are_units(filled: Sequence[str], score: str) -> bool:
    """Return whether cells are short words without figures, that of the score as well: "Punkte", "DD.MM.YY"."""
    return bool(score.strip()) and all(
        len(cell) <= _LONGEST_UNIT and not any(map(str.isdigit, cell)) for cell in filled
    )
