"""Rows of a table that are no review: sums, averages, and headings of sections ("1990s"), as spreadsheets have them.

A row is one only where that is clear: what stands first in it, or as its artist, is a word for a sum or an average and
it lacks at least half of what most rows have of artist, title, text, genres, years and date (a band called
"Total" has an album; a number in the place of the title is no title); or a decade or year stands alone in it.

Public names: :func:`split_totals`, :data:`SUM_WORDS`, :data:`SHARE_FILLED`, :data:`FEWEST_ROWS`.
"""

import re
from collections.abc import Mapping, Sequence

from ..columns.mapping import name_key

_TOLD_BY = ("artist", "title", "text", "genres", "years", "pub_date")
SHARE_FILLED = 0.5  # of the rows, for what the reviews have: sums and headings are rows, too
FEWEST_ROWS = 3  # rows that tell what the others have
SUM_WORDS = frozenset(map(name_key, (
    "total", "totals", "grand total", "subtotal", "sub total", "sum", "average", "avg", "mean", "median", "count",
    "overall average", "overall total", "summe", "gesamt", "gesamtsumme", "insgesamt", "durchschnitt", "mittelwert",
    "schnitt", "zwischensumme", "anzahl", "somme", "moyenne", "médiane", "total général", "suma", "promedio",
    "media", "total general", "somma", "totale", "média", "soma", "totaal", "gemiddelde", "som", "średnia", "razem",
    "итого", "всего", "среднее", "toplam", "ortalama", "合計", "平均", "総計", "小計",
)))  # fmt: skip
_SECTION = re.compile(
    r"(?:(?:1[89]|20)?\d0['’]?s|(?:1[89]|20)\d0er(?: jahre)?|(?:1[89]|20)\d\d)", re.IGNORECASE
)
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
        reason = _reason(row[1], usual, places.get("artist"), places.get("title"))
        if reason is None:
            kept.append(row)
        else:
            left.append((row, reason))
    return kept, left


def _usual_places(rows: Sequence[Row], places: Mapping[str, int]) -> list[int]:
    if len(rows) < FEWEST_ROWS:
        return []
    told_by = [places[field] for field in _TOLD_BY if field in places]
    n_filled = {at: sum(bool(cells[at].strip()) for _, cells in rows) for at in told_by}
    return [at for at, n in n_filled.items() if n >= SHARE_FILLED * len(rows)]


def _reason(cells: Sequence[str], usual: Sequence[int], artist: int | None, title: int | None) -> str | None:
    n_missing = sum(not cells[at].strip() or (at == title and cells[at].strip().isdigit()) for at in usual)
    if 2 * n_missing < len(usual):
        return None
    filled = [cell.strip() for cell in cells if cell.strip()]
    firsts = [*filled[:1], *([cells[artist]] if artist is not None else [])]
    if any(name_key(cell) in SUM_WORDS for cell in firsts):
        return "a sum or an average, not a review; left out"
    if len(filled) == 1 and _SECTION.fullmatch(filled[0]):
        return "the heading of a section, not a review; left out"
    return None
