"""How far people and vectors agree on which artists go together.

Public names: :func:`read_judgements`, :func:`judgement_agreement`.
"""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..core.errors import SchemaError, SourceError
from .vectors import VectorTable

COLUMNS = ("kind", "artist_1", "artist_2", "artist_3", "answer")
CHANCE = {"odd": 1 / 3, "nearer": 1 / 2}


def read_judgements(path: str | Path) -> pd.DataFrame:
    """Read the answers that the judging page saved.

    Parameters
    ----------
    path : path
        CSV with the columns kind, artist_1, artist_2, artist_3, answer (all artist ids; an empty answer is "cannot
        say"); others are kept.

    Returns
    -------
    DataFrame

    Raises
    ------
    SourceError
        If the file cannot be read.
    SchemaError
        If a column is missing, a kind is unknown, or an answer is none of the artists asked about.
    """
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise SourceError(f"{path}: cannot be read as CSV ({str(error).strip()})") from error
    missing = [column for column in COLUMNS if column not in frame.columns]
    if missing:
        raise SchemaError(
            f"{path}: lacks the column {missing[0]}; save it from the page of `bandscape judge`"
        )
    for column in COLUMNS[1:]:  # the page keeps spreadsheets from running an id as a formula
        frame[column] = frame[column].str.replace(r"^'(?=[=+\-@])", "", regex=True)
    for at, row in enumerate(frame[list(COLUMNS)].itertuples(index=False)):
        asked = (
            {row.artist_1, row.artist_2, row.artist_3} if row.kind == "odd" else {row.artist_2, row.artist_3}
        )
        if row.kind not in CHANCE or (row.answer and row.answer not in asked):
            raise SchemaError(
                f"{path}: row {at + 2}: kind must be odd or nearer, and the answer one of those asked about"
            )
    return frame


def judgement_agreement(judgements: pd.DataFrame, vectors: VectorTable) -> dict[str, Any]:
    """Compare people's answers with what the vectors say.

    Parameters
    ----------
    judgements : DataFrame
        From :func:`read_judgements`.
    vectors : VectorTable

    Returns
    -------
    dict
        ``judgements`` (answers compared), ``judgements_skipped`` (no answer, or an artist without a vector),
        ``agreement``, its 95 % interval ``agreement_low`` and ``agreement_high`` (Wilson), ``agreement_chance`` (what
        blind guesses would reach on these questions), and ``agreement_odd``, ``agreement_nearer`` with ``n_odd``,
        ``n_nearer``. Rates are None where nothing could be compared.

    References
    ----------
    E. Wilson: Probable inference, the law of succession, and statistical inference, JASA 1927.
    """
    row_of = {one: row for row, one in enumerate(vectors.artist_ids)}
    outcomes: dict[str, list[bool]] = {kind: [] for kind in CHANCE}
    for kind, first, second, third, answer in judgements[list(COLUMNS)].itertuples(index=False):
        rows = [row_of.get(one, -1) for one in (first, second, third)]
        if not answer or min(rows) < 0 or not vectors.known[rows].all():
            continue
        outcomes[kind].append(_said(kind, vectors.matrix[rows]) == (first, second, third).index(answer))
    compared = [one for kind in outcomes.values() for one in kind]
    low, high = _wilson(sum(compared), len(compared))
    chance = sum(CHANCE[kind] * len(found) for kind, found in outcomes.items())
    return {
        "judgements": len(compared),
        "judgements_skipped": len(judgements) - len(compared),
        "agreement": _rate(compared),
        "agreement_low": low,
        "agreement_high": high,
        "agreement_chance": chance / len(compared) if compared else None,
        **{f"agreement_{kind}": _rate(found) for kind, found in outcomes.items()},
        **{f"n_{kind}": len(found) for kind, found in outcomes.items()},
    }


def _said(kind: str, three: np.ndarray) -> int:
    """Return which of the three the vectors choose: the one outside the nearest pair, or the nearer to the first."""
    cosine = three.astype(np.float64) @ three.T.astype(np.float64)
    if kind == "nearer":
        return 1 if cosine[0, 1] >= cosine[0, 2] else 2
    return int(np.argmax([cosine[1, 2], cosine[0, 2], cosine[0, 1]]))


def _rate(found: list[bool]) -> float | None:
    return sum(found) / len(found) if found else None


def _wilson(hits: int, n: int, z: float = 1.959964) -> tuple[float | None, float | None]:
    if not n:
        return None, None
    share, weight = hits / n, z * z / n
    middle = (share + weight / 2) / (1 + weight)
    half = z * math.sqrt(share * (1 - share) / n + weight / (4 * n)) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)
