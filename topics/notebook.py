"""How a fitted model shows itself in a notebook. Public names: :class:`ShowsTopics`, :func:`topics_html`."""

import html
from typing import Any

import numpy as np

from .report import top_words

_MOST_TOPICS = 20
_MOST_WORDS = 10
_LONGEST = 40
_CELL = "padding:2px 12px 2px 0;text-align:left;vertical-align:top"
_NUMBER = "padding:2px 12px 2px 0;text-align:right;vertical-align:top;white-space:nowrap"


class ShowsTopics:
    """Adds the topics of a fitted model below scikit-learn's own picture of the estimator."""

    def _repr_html_inner(self) -> str:
        return super()._repr_html_inner() + topics_html(self)  # pyright: ignore[reportAttributeAccessIssue]

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        bundle = super()._repr_mimebundle_(**kwargs)  # pyright: ignore[reportAttributeAccessIssue]
        if "text/html" in bundle:
            bundle["text/html"] += topics_html(self)
        return bundle


def topics_html(model: Any) -> str:
    """Return a small table of the largest topics: share, and the most probable words, keywords in bold.

    Parameters
    ----------
    model : KeywordLDA

    Returns
    -------
    str
        HTML without script, every word escaped; nothing for a model that is not fitted.
    """
    if not hasattr(model, "topic_word_"):
        return ""
    order = np.argsort(-model.topic_share_, kind="stable")[:_MOST_TOPICS]
    rows = "".join(_row(model, int(topic)) for topic in order)
    n_left = len(model.topic_share_) - len(order)
    rest = f'<caption style="caption-side:bottom;text-align:left">and {n_left:,} smaller topics</caption>'
    head = f'<tr><th style="{_CELL}">topic</th><th style="{_NUMBER}">share</th><th style="{_CELL}">words</th></tr>'
    return (
        '<table style="border-collapse:collapse;margin-top:8px;font-variant-numeric:tabular-nums">'
        f"{rest if n_left else ''}<thead>{head}</thead><tbody>{rows}</tbody></table>"
    )


def _row(model: Any, topic: int) -> str:
    keywords = {word for word, _ in model.topics_[topic].keywords}
    words = [model.vocabulary_[word] for word in top_words(model.topic_word_[topic], _MOST_WORDS)]
    shown = ", ".join(f"<b>{_text(word)}</b>" if word in keywords else _text(word) for word in words)
    share = f"{100 * model.topic_share_[topic]:.1f} %"
    return (
        f'<tr><td style="{_CELL}">{_text(model.topic_ids_[topic])}</td>'
        f'<td style="{_NUMBER}">{share}</td><td style="{_CELL}">{shown}</td></tr>'
    )


def _text(word: object) -> str:
    """Return a word on one line, escaped and not too long."""
    line = "".join(sign if sign.isprintable() else " " for sign in str(word)[: 2 * _LONGEST]).strip()
    return html.escape(line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…")
