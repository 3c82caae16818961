"""The map of topics: discs by likeness, words by relevance. Public names: :func:`topic_map`, :class:`TopicMap`."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..core.errors import ParameterError
from ..core.randomness import RandomState
from .display import display_name, hover_text
from .pages import OfflinePage
from .palette import PALETTES
from .relevance import relevance
from .topic_layout import TopicLayout, lay_out_topics
from .topic_payload import TopicTable, check_topic_table, topic_payload

if TYPE_CHECKING:
    import plotly.graph_objects as go

_MOST_SHOWN = 100
_USUAL_WEIGHT = 0.6


@dataclass(frozen=True, eq=False)
class TopicMap(OfflinePage):
    """A map of topics, ready to be written or shown.

    Parameters
    ----------
    table : TopicTable
    layout : TopicLayout
    payload : dict
        All that the page is given (see :func:`bandscape.viz.topic_payload.topic_payload`).
    """

    kind = "topics"
    caption = "map of topics"

    table: TopicTable
    layout: TopicLayout
    payload: dict[str, Any]

    @cached_property
    def figure(self) -> "go.Figure":
        """The discs as a plain Plotly figure."""
        return _figure(self.table, self.layout)


def topic_map(
    topic_word: ArrayLike,
    topic_share: ArrayLike,
    words: Any,
    *,
    topic_ids: Sequence[str] | None = None,
    word_counts: ArrayLike | None = None,
    keywords: Mapping[str, Sequence[int]] | None = None,
    n_words: int = 30,
    title: str | None = None,
    subtitle: str | None = None,
    data_id: str | None = None,
    random_state: RandomState = 0,
    n_jobs: int = 1,
) -> TopicMap:
    """Make the interactive map of topics: what pyLDAvis shows, in one file that works offline.

    Parameters
    ----------
    topic_word : array of shape (n_topics, n_words)
        p(word | topic).
    topic_share : array of shape (n_topics,)
        Share of the corpus' tokens; the areas of the discs.
    words : sequence of str of length n_words, or array of shape (n_topics, n_words)
        The vocabulary, or what to show for each word in each topic.
    topic_ids : sequence of str or None
        Names; None numbers them.
    word_counts : array of shape (n_words,) or None
        How often each word occurs in the corpus; None takes the model's own marginal distribution.
    keywords : mapping of topic id to sequence of int, or None
        Columns of the words that seed a topic; they are marked.
    n_words : int, 5 to 100
        Words shown for a topic at a time.
    title, subtitle : str or None
    data_id : str or None
        A short mark of the data for the status line.
    random_state : None, int, Generator or RandomState
        Of the layout; the same seed gives the same bytes.
    n_jobs : int, at least 1
        Threads; the result does not depend on it.

    Returns
    -------
    TopicMap

    Raises
    ------
    ParameterError
        If the shapes do not agree, or a number is negative or not finite.

    Notes
    -----
    Time O(n_topics² n_words). Every word that is among the ``n_words`` most relevant at any step of the slider is in
    the file, so the order shown is exact at every step.

    References
    ----------
    C. Sievert, K. Shirley: LDAvis, a method for visualizing and interpreting topics, 2014.

    Examples
    --------
    >>> from bandscape.viz import topic_map
    >>> picture = topic_map([[0.6, 0.4, 0], [0, 0.3, 0.7]], [0.5, 0.5], ["hum", "fuzz", "hook"])
    >>> picture.payload["subtitle"]
    '2 topics over 3 words'
    """
    if not 5 <= n_words <= _MOST_SHOWN:
        raise ParameterError(f"n_words must be from 5 to {_MOST_SHOWN}; got {n_words!r}")
    table = check_topic_table(topic_word, topic_share, words, topic_ids=topic_ids, word_counts=word_counts)
    layout = lay_out_topics(table.topic_word, table.topic_share, random_state=random_state, n_jobs=n_jobs)
    payload = topic_payload(
        table,
        layout,
        n_words=n_words,
        keywords=keywords,
        title=title or "Map of topics",
        subtitle=subtitle,
        data_id=data_id,
    )
    return TopicMap(table, layout, payload)


def _figure(table: TopicTable, layout: TopicLayout) -> "go.Figure":
    """Draw the discs in true proportion, with escaped hover texts."""
    import plotly.graph_objects as go

    palette = PALETTES["light"]
    shapes, texts = [], []
    for topic, (center, radius) in enumerate(zip(layout.centers, layout.radii, strict=True)):
        (x, y), r = center.tolist(), float(radius)
        shapes.append(
            {"type": "circle", "x0": x - r, "x1": x + r, "y0": y - r, "y1": y + r, "line": {"width": 0},
             "fillcolor": palette["categories"][0], "opacity": 0.55}
        )  # fmt: skip
        name = display_name(table.ids[topic])
        texts.append(hover_text(name, f"{100 * table.topic_share[topic]:.1f} %", _first_words(table, topic)))
    names = [html.escape(display_name(one), quote=False) for one in table.ids]
    figure = go.Figure(
        go.Scatter(
            x=layout.centers[:, 0], y=layout.centers[:, 1], mode="text", text=names, hovertext=texts,
            hoverinfo="text", showlegend=False,
        )
    )  # fmt: skip
    axis = {"visible": False}
    figure.update_layout(
        shapes=shapes, xaxis=axis, yaxis={**axis, "scaleanchor": "x"}, template="plotly_white", height=640,
        paper_bgcolor=palette["paper"], plot_bgcolor=palette["paper"], margin={"l": 0, "r": 0, "t": 0, "b": 0},
    )  # fmt: skip
    return figure


def _first_words(table: TopicTable, topic: int) -> str:
    order = np.argsort(-relevance(table.topic_word[topic], table.word_share, _USUAL_WEIGHT), kind="stable")[
        :8
    ]
    texts = table.words[topic if len(table.words) > 1 else 0]
    return ", ".join(display_name(texts[word], 40) for word in order)
