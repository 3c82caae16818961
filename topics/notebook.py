"""How models, and what changed from round to round, show themselves in a notebook.

Public names: :class:`ShowsTopics`, :func:`topics_html`, :func:`diffs_html`, :func:`verdicts_html`, :func:`edits_html`,
:func:`chains_html`.
All give HTML without script in which every word is escaped.
"""

import html
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .report import top_words

_MOST_TOPICS = 20
_MOST_WORDS = 10
_LONGEST = 40
_LONGEST_REASON = 300
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
        Nothing for a model that is not fitted.
    """
    if not hasattr(model, "topic_word_"):
        return ""
    order = np.argsort(-model.topic_share_, kind="stable")[:_MOST_TOPICS]
    n_left = len(model.topic_share_) - len(order)
    return _table(
        [("topic", _CELL), ("share", _NUMBER), ("words", _CELL)],
        (_topic_row(model, int(topic)) for topic in order),
        f"and {n_left:,} smaller topics" if n_left else "",
    )


def diffs_html(diffs: Sequence[Any]) -> str:
    """Return a table of what changed in each topic, those that changed most first.

    Parameters
    ----------
    diffs : sequence of TopicDiff
        Words whose probability clearly changed are in bold.

    Returns
    -------
    str
    """
    order = sorted(diffs, key=lambda diff: diff.alike)
    n_left = len(order) - _MOST_TOPICS
    knows_documents = any(diff.moved_documents is not None for diff in diffs)
    heads = [("topic", _CELL), ("share", _NUMBER), ("alike", _NUMBER)]
    heads += [("documents moved", _NUMBER)] if knows_documents else []
    heads += [("words gained", _CELL), ("words lost", _CELL)]
    rows = (_diff_row(diff, knows_documents=knows_documents) for diff in order[:_MOST_TOPICS])
    return _table(heads, rows, f"and {n_left:,} topics that changed less" if n_left > 0 else "")


def verdicts_html(verdicts: Sequence[Any]) -> str:
    """Return a table of what became of each edit.

    Parameters
    ----------
    verdicts : sequence of Verdict

    Returns
    -------
    str
    """
    heads = [("edit", _CELL), ("obeyed", _CELL), ("topics", _CELL), ("why", _CELL)]
    rows = (
        [
            _text(one.edit, _LONGEST_REASON), "yes" if one.obeyed else "<b>no</b>",
            ", ".join(_text(topic) for topic in one.topics), _text(one.reason, _LONGEST_REASON),
        ]
        for one in verdicts
    )  # fmt: skip
    return _table(heads, rows, f"{sum(one.obeyed for one in verdicts)} of {len(verdicts)} edits obeyed")


def edits_html(edits: Iterable[Any]) -> str:
    """Return the edits as a numbered list, in the order they are made.

    Parameters
    ----------
    edits : iterable of Edit

    Returns
    -------
    str
    """
    lines = "".join(f"<li>{_text(edit, _LONGEST_REASON)}</li>" for edit in edits)
    return f"<ol>{lines}</ol>" if lines else "<p>no edits</p>"


def chains_html(chains: Any) -> str:
    """Return a table of the topics that several chains found, largest first: share, its interval, how alike they are.

    Parameters
    ----------
    chains : Chains

    Returns
    -------
    str
    """
    table = chains.topics_table()
    order = np.argsort(-table["share"].to_numpy(), kind="stable")
    heads = [
        ("topic", _CELL),
        ("share", _NUMBER),
        ("in one more chain", _NUMBER),
        ("stability", _NUMBER),
        ("words", _CELL),
    ]
    rows = (
        [
            _text(table["topic"].iloc[at]), f"{100 * table['share'].iloc[at]:.1f} %",
            _interval(table["low"].iloc[at], table["high"].iloc[at]), f"{chains.stability[at]:.2f}",
            _words(chains.vocabulary[chains.top_words[at, :_MOST_WORDS]], ()),
        ]
        for at in order[:_MOST_TOPICS].tolist()
    )  # fmt: skip
    n_left = len(order) - _MOST_TOPICS
    caption = f"{chains.n_chains} chains" + (f"; and {n_left:,} smaller topics" if n_left > 0 else "")
    return _table(heads, rows, caption)


def _interval(low: float, high: float) -> str:
    return f"{100 * low:.1f}–{100 * high:.1f} %" if np.isfinite([low, high]).all() else "–"


def _topic_row(model: Any, topic: int) -> list[str]:
    keywords = {word for word, _ in model.topics_[topic].keywords}
    words = [model.vocabulary_[word] for word in top_words(model.topic_word_[topic], _MOST_WORDS)]
    share = f"{100 * model.topic_share_[topic]:.1f} %"
    return [_text(model.topic_ids_[topic]), share, _words(words, keywords)]


def _diff_row(diff: Any, *, knows_documents: bool) -> list[str]:
    before, after = (f"{100 * share:.1f} %" for share in (diff.share_before, diff.share_after))
    was = [] if diff.was == (diff.topic,) else [_text(topic) for topic in diff.was]
    told = "gone" if diff.is_gone else f"was {', '.join(was)}" if was else "" if diff.was else "new"
    moved = "–" if diff.moved_documents is None else f"{diff.moved_documents:,}"
    return [
        _text(diff.topic) + f" ({told})" * bool(told),
        before if diff.is_gone else f"{before} → {after}" if diff.was else after,
        f"{100 * diff.alike:.0f} %" if diff.was and not diff.is_gone else "–",
        *([moved] if knows_documents else []),
        _words(diff.gained[:_MOST_WORDS], diff.clear),
        _words(diff.lost[:_MOST_WORDS], diff.clear),
    ]


def _table(heads: Sequence[tuple[str, str]], rows: Iterable[Sequence[str]], caption: str = "") -> str:
    """Return a table of cells that are HTML already; a heading comes with the style of its column."""
    styles = [style for _, style in heads]
    head = "".join(f'<th style="{style}">{name}</th>' for name, style in heads)
    lines = (
        "".join(f'<td style="{style}">{cell}</td>' for style, cell in zip(styles, row, strict=True))
        for row in rows
    )
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    below = f'<caption style="caption-side:bottom;text-align:left">{caption}</caption>' if caption else ""
    return (
        '<table style="border-collapse:collapse;margin-top:8px;font-variant-numeric:tabular-nums">'
        f"{below}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _words(words: Iterable[object], strong: Iterable[object]) -> str:
    bold = set(strong)
    return ", ".join(f"<b>{_text(word)}</b>" if word in bold else _text(word) for word in words)


def _text(word: object, longest: int = _LONGEST) -> str:
    """Return a word on one line, escaped and not too long."""
    line = "".join(sign if sign.isprintable() else " " for sign in str(word)[: 2 * longest]).strip()
    return html.escape(line if len(line) <= longest else f"{line[: longest - 1]}…")
