"""Topic shares by year, genre, score or any other group, as small multiples: those that vary most come first.

Public names: :func:`topic_shares`, :class:`TopicShares`, :data:`COLUMNS`.
"""

import html
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..core.errors import ParameterError, SchemaError
from .display import display_name
from .packing import packed
from .pages import OfflinePage
from .palette import PALETTES
from .topic_names import is_numbered

if TYPE_CHECKING:
    import plotly.graph_objects as go

COLUMNS = ("topic", "group", "share", "low", "high", "n_documents")
_ORDERED = ("year", "release_year", "score", "decade")
_FIGURE_TOPICS = 12
MOST_GROUPS = 30
"""Groups beside one another that a chart has room for, such as labels or authors."""


@dataclass(frozen=True, eq=False)
class TopicShares(OfflinePage):
    """Shares of topics in groups of documents, ready to be written or shown.

    Parameters
    ----------
    topics : list of str
        Those that vary most first.
    groups : list
        Numbers ascending, or labels in the frame's order.
    labels : list of str
        What the groups are called.
    shown : ndarray of int
        Groups that the pictures show.
    share, low, high : ndarray of shape (n_topics, n_groups), float64
        NaN where the frame says nothing.
    n_documents : ndarray of shape (n_groups,), int64
    overall : ndarray of shape (n_topics,), float64
        Mean over the groups, weighed by their documents.
    variation : ndarray of shape (n_topics,), float64
        How far the groups certainly lie apart, see :func:`topic_shares`.
    by : str
    ordered : bool
    payload : dict
        All that the page is given.
    """

    kind = "shares"
    caption = "topic shares"

    topics: list[str]
    groups: list[Any]
    labels: list[str]
    shown: NDArray[np.intp]
    share: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n_documents: NDArray[np.int64]
    overall: NDArray[np.float64]
    variation: NDArray[np.float64]
    by: str
    ordered: bool
    payload: dict[str, Any]

    @cached_property
    def figure(self) -> "go.Figure":
        """The twelve topics that vary most as a plain Plotly figure."""
        return _figure(self)


def topic_shares(
    frame: pd.DataFrame,
    *,
    by: str,
    words: Mapping[str, Sequence[str]] | None = None,
    ordered: bool | None = None,
    unit: str = "reviews",
    most: int = MOST_GROUPS,
    title: str | None = None,
    subtitle: str | None = None,
) -> TopicShares:
    """Make the picture of topic shares in groups of documents.

    Parameters
    ----------
    frame : DataFrame
        One row per topic and group: ``topic``, ``group``, ``share``, ``low``, ``high`` (in [0, 1]; NaN where not known)
        and ``n_documents``, as :func:`bandscape.topics.diagnostics.topic_shares_by` returns.
    by : str
        What the groups are: "year", "genre", "score", ...
    words : mapping of topic to sequence of str, or None
        A topic's first words.
    ordered : bool or None
        Whether the groups lie on a line (years, scores) or beside one another (genres); None takes years, scores and
        whatever else consists of numbers as ordered.
    unit : str
        What the documents are called.
    most : int, >= 1
        Of more groups beside one another the pictures show those with most documents, and the subtitle says so.
    title, subtitle : str or None

    Returns
    -------
    TopicShares
        Topics are sorted by the gap between the highest group's lower bound and the lowest group's upper bound: a topic
        whose intervals all overlap does not vary as far as anyone knows.

    Raises
    ------
    SchemaError
        If a column is missing or a topic has two rows for one group.
    ParameterError
        If there are no rows, or a share is outside [0, 1].
    """
    table = _check_frame(frame)
    groups = _groups(table["group"])
    counts = table.groupby("group", sort=False)["n_documents"].max()
    topics = list(dict.fromkeys(table["topic"]))
    share, low, high = (_matrix(table, column, topics, groups) for column in ("share", "low", "high"))
    n_documents = np.array([int(counts[group]) for group in groups], np.int64)
    variation = _variation(share, low, high)
    order = np.lexsort((-_range(share), -variation))
    topics, variation = [topics[row] for row in order], variation[order]
    share, low, high = share[order], low[order], high[order]
    lies_on_a_line = _is_ordered(by, groups) if ordered is None else ordered
    overall = _overall(share, n_documents)
    labels, shown = _labels(groups, by), _shown(n_documents, len(groups) if lies_on_a_line else most)
    payload = {
        "version": 1,
        "title": display_name(title or f"Topics by {by.replace('_', ' ')}", 120),
        "subtitle": display_name(subtitle or _counted(topics, groups, by, len(shown), unit), 160),
        "by": display_name(by.replace("_", " "), 40),
        "unit": display_name(unit, 40),
        "ordered": lies_on_a_line,
        "labels": [labels[at] for at in shown],
        "x": _positions(groups) if lies_on_a_line else list(range(len(shown))),
        "documents": packed(n_documents[shown], "uint32"),
        "ids": [display_name(topic, 48) for topic in topics],
        "numbered": [is_numbered(topic) for topic in topics],
        "firstWords": [
            [display_name(word, 40) for word in (words or {}).get(topic, ())][:8] for topic in topics
        ],
        "share": packed(share[:, shown], "float32"),
        "low": packed(low[:, shown], "float32"),
        "high": packed(high[:, shown], "float32"),
        "overall": packed(overall, "float32"),
        "variation": packed(variation, "float32"),
        "palettes": PALETTES,
    }
    return TopicShares(
        topics,
        groups,
        labels,
        shown,
        share,
        low,
        high,
        n_documents,
        overall,
        variation,
        by,
        lies_on_a_line,
        payload,
    )


def _check_frame(frame: pd.DataFrame) -> pd.DataFrame:
    missing = [column for column in COLUMNS if column not in getattr(frame, "columns", ())]
    if missing:
        raise SchemaError(f"frame lacks the column {missing[0]}; it needs {', '.join(COLUMNS)}")
    if frame.empty:
        raise ParameterError("frame has no rows: there is no group of documents to show")
    table = frame.loc[:, list(COLUMNS)].copy()
    table["topic"] = table["topic"].astype(str)
    shares = table[["share", "low", "high"]].to_numpy(np.float64)
    if ((shares < -1e-9) | (shares > 1 + 1e-9)).any():
        raise ParameterError("shares must be from 0 to 1; some are not")
    if table.duplicated(["topic", "group"]).any():
        topic, group = table.loc[table.duplicated(["topic", "group"]), ["topic", "group"]].iloc[0].tolist()
        raise SchemaError(f"frame has two rows for topic {str(topic)[:80]!r} and group {str(group)[:80]}")
    return table


def _groups(column: pd.Series) -> list[Any]:
    found = list(dict.fromkeys(value.item() if isinstance(value, np.generic) else value for value in column))
    return sorted(found) if all(_is_number(value) for value in found) else found


def _shown(n_documents: NDArray[np.int64], most: int) -> NDArray[np.intp]:
    """Return the groups with most documents, in the order they have."""
    if most < 1:
        raise ParameterError(f"most must be an int >= 1; got {most}")
    return np.sort(np.argsort(-n_documents, kind="stable")[:most])


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_ordered(by: str, groups: Sequence[Any]) -> bool:
    return len(groups) > 1 and (by in _ORDERED or all(_is_number(group) for group in groups))


def _positions(groups: Sequence[Any]) -> list[float]:
    return [float(group) for group in groups] if all(map(_is_number, groups)) else list(range(len(groups)))


def _labels(groups: Sequence[Any], by: str) -> list[str]:
    """Return what a group is called; a bucket of scores, which has the name of its lower end, by both ends."""
    if by == "score" and len(groups) > 1 and all(map(_is_number, groups)):
        width = float(min(np.diff(groups)))
        return [f"{group:g}–{group + width:g}" for group in groups]
    return [f"{group:g}" if isinstance(group, float) else display_name(str(group), 40) for group in groups]


def _matrix(
    table: pd.DataFrame, column: str, topics: Sequence[str], groups: Sequence[Any]
) -> NDArray[np.float64]:
    wide = table.pivot(index="topic", columns="group", values=column)
    return wide.reindex(index=topics, columns=groups).to_numpy(np.float64)


def _range(share: NDArray[np.float64]) -> NDArray[np.float64]:
    known = np.isfinite(share)
    return np.where(known, share, -np.inf).max(axis=1) - np.where(known, share, np.inf).min(axis=1)


def _variation(
    share: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the gap between the highest lower bound and the lowest upper bound, 0 where all intervals overlap."""
    known = np.isfinite(share) & np.isfinite(low) & np.isfinite(high)
    gap = np.where(known, low, -np.inf).max(axis=1) - np.where(known, high, np.inf).min(axis=1)
    return np.maximum(np.where(known.any(axis=1), gap, 0.0), 0.0)


def _overall(share: NDArray[np.float64], n_documents: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean over groups, weighed by their documents."""
    weight = np.where(np.isfinite(share), n_documents, 0).astype(np.float64)
    total = weight.sum(axis=1)
    return (np.nan_to_num(share) * weight).sum(axis=1) / np.where(total > 0, total, 1.0)


def _counted(topics: Sequence[str], groups: Sequence[Any], by: str, n_shown: int, unit: str) -> str:
    what = "score ranges" if by == "score" else f"{by.replace('_', ' ')}s"
    where = f"{len(groups):,} {what}"
    if n_shown < len(groups):
        where = f"the {n_shown:,} of {len(groups):,} {what} with most {unit}"
    return f"{len(topics):,} topics in {where}, those that vary most first"


def _figure(shares: TopicShares) -> "go.Figure":
    from plotly.subplots import make_subplots

    rows = min(len(shares.topics), _FIGURE_TOPICS)
    n_columns = min(3, rows)
    n_rows = -(-rows // n_columns)
    names = [html.escape(display_name(topic, 40), quote=False) for topic in shares.topics[:rows]]
    figure = make_subplots(n_rows, n_columns, subplot_titles=names, vertical_spacing=0.35 / n_rows)
    labels = [html.escape(str(label), quote=False) for label in shares.payload["labels"]]
    for row in range(rows):
        for trace in _traces(shares, row, labels):
            figure.add_trace(trace, row=row // n_columns + 1, col=row % n_columns + 1)
    paper = PALETTES["light"]["paper"]
    figure.update_layout(
        showlegend=False, template="plotly_white", height=220 * n_rows + 40, paper_bgcolor=paper,
        plot_bgcolor=paper, margin={"l": 48, "r": 16, "t": 40, "b": 32},
    )  # fmt: skip
    figure.update_yaxes(tickformat=".1%", rangemode="tozero", nticks=4)
    return figure


def _traces(shares: TopicShares, row: int, labels: Sequence[str]) -> list[Any]:
    """Return the band and the line of a topic, or its dots with whiskers."""
    import plotly.graph_objects as go

    color = str(PALETTES["light"]["categories"][0])
    if not shares.ordered:
        share, low, high = (part[row, shares.shown] for part in (shares.share, shares.low, shares.high))
        error = {
            "type": "data", "array": high - share, "arrayminus": share - low,
            "color": color, "thickness": 1.2, "width": 0,
        }  # fmt: skip
        marker = {"color": color, "size": 7}
        return [go.Scatter(x=list(labels), y=share, error_y=error, mode="markers", marker=marker)]
    x = shares.payload["x"]
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    return [
        go.Scatter(x=x, y=shares.high[row], **edge),
        go.Scatter(x=x, y=shares.low[row], fill="tonexty", fillcolor="rgba(64,121,195,0.2)", **edge),
        go.Scatter(x=x, y=shares.share[row], mode="lines+markers", line={"color": color}, text=list(labels)),
    ]
