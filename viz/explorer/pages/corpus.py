"""Corpus: what was read, what could not be used, how it is spread."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..elements import Element, el, name_el
from ..parts import bar, heading, histogram, link, number_of, pager, table

if TYPE_CHECKING:
    from ..sources import Sources

_ROWS = 25


def key(_sources: "Sources", asked: Mapping[str, str]) -> str:
    """Return what the main column depends on: the rows of the rejects that are shown."""
    return repr(sorted(asked.items()))


def side(_sources: "Sources", _asked: Mapping[str, str]) -> None:
    """Return nothing: all of it stands in the main column."""


def main(sources: "Sources", asked: Mapping[str, str]) -> Element:
    """Return figures, histograms, rejects and steps."""
    facts = sources.corpus.overview()
    return el(
        "div",
        heading("What was read", name_el(facts["source"], 120)),
        _figures(facts["figures"]),
        el(
            "div",
            *[histogram(one["title"], one["bars"], one["note"]) for one in facts["histograms"]],
            _genres(facts["genres"]),
            cls="histograms",
        ),
        _rejects(sources, facts, asked),
        _columns(facts),
        _steps(facts["steps"]),
    )


def _figures(figures: Mapping[str, int]) -> Element:
    boxes = [el("div", el("dd", f"{value:,}"), el("dt", name)) for name, value in figures.items()]
    return el("dl", *boxes, cls="figures")


def _genres(genres: list[dict[str, Any]]) -> Element | None:
    if not genres:
        return None
    most = genres[0]["count"] or 1
    rows = [
        el(
            "li",
            name_el(one["label"], 40),
            bar(one["count"] / most),
            el("span", f"{one['count']:,}", cls="number"),
        )
        for one in genres
    ]
    return el(
        "section",
        el("h2", "Genres"),
        el("ul", *rows, cls="lying-bars"),
        el("p", "reviews", cls="quiet"),
        cls="histogram",
    )


def _rejects(sources: "Sources", facts: Mapping[str, Any], asked: Mapping[str, str]) -> Element:
    reasons = facts["reasons"]
    if not reasons:
        return el(
            "section", el("h2", "Rejects"), el("p", "Every value that was read could be used.", cls="quiet")
        )
    column, reason = asked.get("column") or None, asked.get("reason") or None
    first = number_of(asked, "first", 0)
    found = sources.corpus.rejects(column, reason, first, _ROWS)
    chips = [
        el(
            "a",
            el("span", f"{one['column'] or 'whole row'}:", cls="quiet"),
            name_el(one["reason"], 60),
            el("span", f"{one['count']:,}", cls="quiet"),
            href=link("corpus", {"column": one["column"], "reason": one["reason"]}),
            cls="chip",
            aria_current="true" if (one["column"], one["reason"]) == (column, reason) else None,
        )
        for one in reasons
    ]
    rows = [
        (
            name_el(row["source"] or "", 40),
            f"{row['row']:,}" if row["row"] is not None else "–",
            row["column"] or "whole row",
            name_el(row["value"] or "", 60),
            name_el(row["reason"], 120),
        )
        for row in found["rows"]
    ]
    columns = [
        ("source", "left"),
        ("row", "right"),
        ("column", "left"),
        ("value", "left"),
        ("reason", "left"),
    ]
    return el(
        "section",
        el("h2", "Rejects"),
        el("p", "Values that could not be used. Nothing else was left out.", cls="quiet"),
        el("p", *chips, el("a", "all", href="/corpus", cls="chip") if reason else None, cls="chips"),
        table(columns, rows, label="rejects", cls="rejects"),
        pager("corpus", {"column": column, "reason": reason}, first, _ROWS, found["total"]),
    )


def _columns(facts: Mapping[str, Any]) -> Element | None:
    pairs = [
        el("div", el("dt", ours), el("dd", name_el(theirs, 60))) for ours, theirs in facts["mapping"].items()
    ]
    notes = [el("li", name_el(note, 300)) for note in facts["notes"]]
    if not pairs and not notes:
        return None
    return el(
        "section",
        el("h2", "How the columns were read"),
        el("dl", *pairs, cls="pairs") if pairs else None,
        el("ul", *notes) if notes else None,
    )


def _steps(steps: list[dict[str, Any]]) -> Element:
    rows = [(one["name"], one["finished"][:16].replace("T", " "), f"{one['seconds']:.1f} s") for one in steps]
    return el(
        "section",
        el("h2", "Steps done"),
        table([("step", "left"), ("finished (UTC)", "left"), ("took", "right")], rows, label="steps done"),
    )
