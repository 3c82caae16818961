"""The line above the page: edits that wait, a refit under way, what came of it.

Public functions: :func:`poll`, :func:`banner`.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...core.errors import BandscapeError
from .elements import Element, el, name_el
from .parts import bar, curve, link, signed

if TYPE_CHECKING:
    from .sources import Facts, Sources

_SWEEPS = 30
_SHOWN_EDITS = 40


def poll(sources: "Sources") -> "Facts":
    """Return how things stand: ``status`` of the refit, ``round``, ``draft``, ``version``, ``trouble``."""
    status = sources.topics.status()
    try:
        facts = sources.topics.overview()
    except BandscapeError as error:
        none = {"edits": [], "by_hand": False, "version": ""}
        facts = {"version": str(error), "round": None, "draft": none, "trouble": str(error)}
    version = f"{facts['version']} {status['state'] if status['state'] == 'finished' else ''}"
    return {
        "status": status,
        "round": facts["round"],
        "draft": facts["draft"],
        "trouble": facts.get("trouble"),
        "version": version,
        "read_only": sources.is_read_only(),
        "is_running": status["state"] == "running",
    }


def banner(now: Mapping[str, Any], pathname: str) -> Element | None:
    """Return the line, or None where there is nothing to say."""
    on_topics = pathname.strip("/") == "topics"
    if now["is_running"]:
        return _running(now["status"])
    if now["trouble"]:
        return el(
            "section", el("span", name_el(now["trouble"], 400), cls="problem"), cls="banner", key="trouble"
        )
    if now["round"] is None:
        return None
    if now["read_only"]:
        return _only_read() if on_topics else None
    waiting = now["draft"]["edits"] or now["draft"]["by_hand"]
    if waiting:
        return _waiting(now) if on_topics else _waits_elsewhere(now)
    return _idle(now) if on_topics else None


def _running(status: Mapping[str, Any]) -> Element:
    done, total = status["done"], status["total"]
    part = done / total if total else 0.0
    counted = f"sweep {done:,.0f} of {total:,.0f}" if total else status["stage"]
    left = "" if status["left"] is None else f"about {_time(status['left'])} left"
    return el(
        "section",
        el(
            "div",
            el("strong", "Refitting"),
            el("span", counted, cls="number"),
            el("span", f"{_time(status['seconds'])} so far", cls="quiet"),
            el("span", left, cls="quiet"),
            el("button", "Cancel", cls="chip", data_do="cancel"),
            cls="chips",
        ),
        el(
            "div",
            bar(part, "progress" if total else "progress unknown"),
            el(
                "span",
                curve(status["curve"], width=160, height=32, label="log-likelihood"),
                el("span", f"log-likelihood {signed(status['curve'][-1])} a word", cls="quiet")
                if status["curve"]
                else el("span", status["stage"], cls="quiet")
                if total  # else it stands above
                else None,
                cls="likelihood",
            ),
            cls="progress-line",
        ),
        cls="banner running",
        aria_label="refit under way",
        key="running",
    )


def _waiting(now: Mapping[str, Any]) -> Element:
    draft, number = now["draft"], str(now["round"])
    chips = [
        el(
            "li",
            name_el(edit["text"], 80),
            el(
                "button",
                "×",
                cls="take-back",
                data_do="withdraw",
                data_round=number,
                data_draft=draft["version"],
                data_number=str(at),
                aria_label=f"take back {edit['text'][:60]}",
            ),
            cls="waiting",
            key=f"{at} {edit['text']}",
        )
        for at, edit in enumerate(draft["edits"][:_SHOWN_EDITS], start=1)
    ]
    if draft["by_hand"]:
        chips.append(el("li", "changes of topics.json by hand", cls="waiting", key="hand"))
    count = len(draft["edits"]) + draft["by_hand"]
    return el(
        "section",
        el("ul", *chips, cls="chips", aria_label="edits that wait"),
        el(
            "div",
            _refit_form(number, f"Refit with {count} edit{'s' if count > 1 else ''}"),
            el(
                "button",
                "Forget them",
                cls="chip",
                data_do="forget",
                data_round=number,
                data_draft=draft["version"],
            ),
            _trouble(now["status"]),
            cls="chips",
        ),
        cls="banner waits",
        aria_label="edits that wait for a refit",
        key="waiting",
    )


def _only_read() -> Element:
    said = "This workspace may only be read: look, ask and export; nothing can be changed."
    return el("section", el("span", said, cls="quiet"), cls="banner idle", key="read-only")


def _idle(now: Mapping[str, Any]) -> Element:
    status, number = now["status"], str(now["round"])
    just_made = status["state"] == "finished" and status["round"] == now["round"]
    return el(
        "section",
        el(
            "div",
            el("span", name_el(status["said"], 300), cls="done")
            if just_made
            else el("span", "No edits wait.", cls="quiet"),
            _refit_form(number, "Go on sampling"),
            el("button", "Undo", cls="chip", data_do="undo", data_round=number) if just_made else None,
            _trouble(status),
            cls="chips",
        ),
        cls="banner idle",
        key="idle",
    )


def _refit_form(number: str, label: str) -> Element:
    return el(
        "form",
        el("button", label, type="submit", cls="chip strong"),
        el(
            "label",
            el(
                "input",
                type="number",
                name="sweeps",
                value=str(_SWEEPS),
                min="1",
                max="2000",
                aria_label="sweeps",
            ),
            " sweeps",
            cls="quiet",
        ),
        data_do="refit",
        data_round=number,
        cls="refit",
    )


def _trouble(status: Mapping[str, Any]) -> Element | None:
    if status["state"] not in ("failed", "canceled") or not status["said"]:
        return None
    return el("span", name_el(status["said"], 300), cls="problem" if status["state"] == "failed" else "quiet")


def _waits_elsewhere(now: Mapping[str, Any]) -> Element:
    count = len(now["draft"]["edits"]) or 1
    said = f"{count} edit{'s' if count > 1 else ''} of the topics wait{'' if count > 1 else 's'} for a refit"
    return el("section", el("a", said, href=link("topics")), cls="banner elsewhere", key="elsewhere")


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
