"""What stands beside the wall of topics: reviews that speak for one, words to add or exclude, the history."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..elements import Element, el, name_el
from ..parts import link, number_of, percent, signed

if TYPE_CHECKING:
    from ..sources import Sources

_REVIEWS, _MOST_REVIEWS = 3, 30


def _close(asked: Mapping[str, str]) -> Element:
    kept = {name: value for name, value in asked.items() if name not in ("see", "topic", "n")}
    return el("p", el("a", "close", href=link("topics", kept), cls="link"), cls="crumbs")


def _called(sources: "Sources") -> dict[str, str]:
    return {topic["id"]: topic["called"] for topic in sources.topics.overview()["topics"]}


def _named(topic: str, called: Mapping[str, str]) -> Element:
    """Return a topic's name and, where that is but a number, how the map calls it."""
    words = called.get(topic, topic)
    more = el("span", " · ", name_el(words, 60), cls="quiet") if words != topic else None
    return el("span", name_el(topic, 40), more, cls="called")


def evidence(sources: "Sources", asked: Mapping[str, str]) -> Element:
    """Return the reviews with most words of a topic, each word marked."""
    count = number_of(asked, "n", _REVIEWS, 1, _MOST_REVIEWS)
    found = sources.topics.evidence(asked["topic"], count)
    slots = sorted(found["slots"].items(), key=lambda pair: pair[1])
    called = _called(sources)
    legend = [
        el(
            "li",
            el("span", cls=f"swatch slot-{slot}"),
            _named(topic, called),
            cls="quiet" if slot else None,
        )
        for topic, slot in slots
    ]
    texts = [
        el(
            "article",
            el("h3", name_el(text["title"], 160)),
            el("p", name_el(text["subtitle"], 160), cls="quiet facts"),
            el("p", *[_piece(piece, found["slots"]) for piece in text["pieces"]], cls="text"),
        )
        for text in found["texts"]
    ]
    more = link("topics", {**asked, "n": min(2 * count, _MOST_REVIEWS)})
    return el(
        "section",
        _close(asked),
        el("h2", "Reviews that speak for ", name_el(found["topic"], 48), tabindex="-1", key=found["topic"]),
        el("p", f"Those with most words of it; it has {percent(found['share'])} of all words.", cls="quiet"),
        el("ul", *legend, cls="slots"),
        *texts,
        el("p", el("a", "more reviews", href=more, cls="chip"))
        if len(texts) == count < _MOST_REVIEWS
        else None,
        cls="evidence",
    )


def _piece(piece: Mapping[str, Any], slots: Mapping[str, int]) -> Any:
    named = piece["topics"]
    if not named or named[0]["id"] not in slots:
        return piece["text"]
    said = ", ".join(f"{one['id']} {percent(one['p'])}" for one in named)
    unsure = " unsure" if named[0]["p"] < 0.5 else ""
    return el("mark", piece["text"], cls=f"said slot-{slots[named[0]['id']]}{unsure}", title=said)


def suggestions(sources: "Sources", asked: Mapping[str, str]) -> Element:
    """Return words to add to a topic and to exclude from it."""
    topic = asked["topic"]
    found, number = sources.topics.suggest(topic), str(sources.topics.overview()["round"])

    def rows(words: list[dict[str, str]], kind: str, verb: str) -> Element:
        if not words:
            return el("p", "None.", cls="quiet")
        return el(
            "ul",
            *[
                el(
                    "li",
                    el(
                        "button",
                        verb,
                        cls="chip",
                        data_do="edit",
                        data_kind=kind,
                        data_topic=topic,
                        data_word=one["word"],
                        data_round=number,
                        aria_label=f"{verb} {one['word']}",
                    ),
                    el("span", name_el(one["word"], 30), cls="suggested"),
                    el("span", name_el(one["why"], 160), cls="quiet"),
                )
                for one in words
            ],
            cls="suggestions-list",
        )

    return el(
        "section",
        _close(asked),
        el("h2", "Words for ", name_el(topic, 48), tabindex="-1", key=topic),
        el("h3", "to add"),
        rows(found["add"], "pin", "pin"),
        el("h3", "to exclude"),
        rows(found["exclude"], "exclude", "exclude"),
    )


def history(sources: "Sources", asked: Mapping[str, str]) -> Element:
    """Return the rounds, the last one first, with what made each and a way back to it."""
    rounds = sources.topics.history()
    current = next((row["round"] for row in rounds if row["current"]), None)
    rows = [_round(row, current, asked) for row in sorted(rounds, key=lambda row: -row["round"])]
    return el(
        "section",
        _close(asked),
        el("h2", "History", tabindex="-1"),
        el("p", "Nothing is deleted: any round can be the current one again.", cls="quiet"),
        el(
            "p",
            el(
                "button",
                "Undo: back to the round before",
                cls="chip",
                data_do="undo",
                data_round=str(current),
            ),
        )
        if any(row["current"] and row["parent"] for row in rounds)
        else None,
        el("ol", *rows, cls="rounds"),
    )


def _round(row: Mapping[str, Any], current: int | None, asked: Mapping[str, str]) -> Element:
    likelihood = row["log_likelihood"]
    likely = "" if likelihood is None else f", log-likelihood {signed(likelihood)} a word"
    obeyed = [
        el(
            "li",
            el("span", "✓" if edit["obeyed"] else "✗", cls="mark", aria_hidden="true"),
            name_el(edit["edit"], 80),
            title=edit["reason"],
            cls="obeyed" if edit["obeyed"] else "not-obeyed",
        )
        for edit in row["edits"]
    ]
    made = "fitted from scratch" if row["parent"] is None else f"from round {row['parent']}"
    if row["new_reviews"]:
        made += f", took up {row['new_reviews']:,} new reviews"
    number = row["round"]
    said = f"{made}; {row['topics']} topics, {row['sweeps']} sweeps{likely}"
    if row.get("damaged"):
        said = "damaged, so not to be used"
    return el(
        "li",
        el("h3", f"Round {number}", el("span", "current", cls="tag") if number == current else None),
        el(
            "p",
            f"{said}; {row['date'][:16].replace('T', ' ')}",
            cls="quiet",
        ),
        el("ul", *obeyed, cls="verdicts") if obeyed else None,
        el(
            "p",
            el(
                "button",
                "use this one",
                cls="chip",
                data_do="use",
                data_round=str(current),
                data_number=str(number),
            )
            if number != current and not row.get("damaged")
            else None,
            el(
                "a",
                "compare with the current one",
                cls="chip",
                href=link("topics", {**asked, "see": "history", "since": number}),
            )
            if number != current and not row.get("damaged")
            else None,
            el(
                "a",
                "what it changed",
                cls="chip",
                href=link("compare", {"first": row["parent"], "second": number}),
            )
            if row["parent"]
            else None,
            cls="chips",
        ),
        key=str(number),
    )
