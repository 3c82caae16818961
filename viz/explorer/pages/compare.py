"""Compare: two rounds of topics, or the map of this workspace and that of another, side by side."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..elements import Element, el, name_el
from ..parts import empty, frame, heading, link, number_of

if TYPE_CHECKING:
    from ..sources import Sources


def key(sources: "Sources", asked: Mapping[str, str]) -> str:
    """Return what the main column depends on."""
    return repr([asked.get(name) for name in ("first", "second", "with")] + [len(sources.topics.history())])


def side(_sources: "Sources", _asked: Mapping[str, str]) -> None:
    """Return nothing: the frames have all the room."""


def main(sources: "Sources", asked: Mapping[str, str]) -> Element:
    """Return what can be compared, and the comparison that was chosen."""
    return el(
        "div",
        heading("Compare", "Two rounds of topics, or two maps."),
        el("div", _rounds(sources, asked), _maps(sources, asked), cls="choices"),
        _frame(sources, asked),
        cls="compare",
    )


def _rounds(sources: "Sources", asked: Mapping[str, str]) -> Element:
    rounds = [row["round"] for row in sources.topics.history()]
    if len(rounds) < 2:
        return el(
            "section",
            el("h2", "Rounds"),
            el(
                "p",
                *(
                    ["There is one round so far; a ", el("a", "refit", href="/topics"), " makes another."]
                    if rounds
                    else ["No topics have been fitted yet."]
                ),
                cls="quiet",
            ),
        )
    selects = [
        _select(name, rounds, number_of(asked, name, one))
        for name, one in zip(("first", "second"), _last_two(rounds), strict=True)
    ]
    return el(
        "section",
        el("h2", "Rounds"),
        el(
            "form",
            selects[0],
            " → ",
            selects[1],
            el("button", "Compare", type="submit", cls="chip"),
            data_follow="/compare",
            cls="ask",
        ),
    )


def _last_two(rounds: list[int]) -> list[int]:
    """Return what is compared unless something else is asked for; zeros where there is but one."""
    return rounds[-2:] if len(rounds) > 1 else [0, 0]


def _select(name: str, rounds: list[int], value: int) -> Element:
    options = [el("option", f"round {number}", value=str(number)) for number in rounds]
    return el(
        "select", *options, name=name, value=str(value), key=f"{name} {value}", aria_label=f"{name} round"
    )


def _maps(sources: "Sources", asked: Mapping[str, str]) -> Element:
    others = sources.pages.comparisons()
    if not others:
        return el(
            "section",
            el("h2", "Maps"),
            el(
                "p",
                "To see another workspace's map beside this one: ",
                el("code", f"bandscape explore {sources.place} --compare OTHER"),
                cls="quiet",
            ),
        )
    chips = [
        el(
            "a",
            name_el(other, 60),
            href=link("compare", {"with": other}),
            cls="chip",
            aria_current="true" if asked.get("with") == other else None,
        )
        for other in others
    ]
    return el("section", el("h2", "Maps"), el("p", *chips, cls="chips"))


def _frame(sources: "Sources", asked: Mapping[str, Any]) -> Element:
    if asked.get("with"):
        if asked["with"] not in sources.pages.comparisons():
            return empty(
                "No such workspace", "Only workspaces named with --compare can be put beside this one."
            )
        return frame(link("framed/comparison", {"with": asked["with"]}), "two maps side by side")
    rounds = [row["round"] for row in sources.topics.history()]
    first, second = (
        number_of(asked, name, one) for name, one in zip(("first", "second"), _last_two(rounds), strict=True)
    )
    if first and second:
        if first == second:
            return empty("One round twice", "Choose two different rounds.")
        return frame(
            link("framed/diff", {"first": first, "second": second}), "what changed between two rounds"
        )
    return el("p", "Choose above what to compare.", cls="quiet") if sources.pages.comparisons() else el("p")
