"""Topics: a wall of cards, one a topic; press a word to steer.

Beside the wall, as the address asks: the reviews that speak for a topic, words to add or exclude, the history of
rounds. After a refit the wall shows what it changed: words gained are lit, words lost are struck, and each edit says
whether it was obeyed.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..elements import Element, el, name_el
from ..parts import curve, empty, heading, link, number_of, percent
from . import topic_sides

if TYPE_CHECKING:
    from ..sources import Facts, Sources

_GAINED, _LOST = 6, 6


def key(sources: "Sources", asked: Mapping[str, str]) -> str:
    """Return what the wall depends on: the round, the edits that wait, and what is compared with what."""
    facts = sources.topics.overview()
    return f"{facts['version']} {_since(sources, asked, facts)} {asked.get('order', '')}"


def main(sources: "Sources", asked: Mapping[str, str]) -> Element:
    """Return the wall."""
    facts = sources.topics.overview()
    if facts["round"] is None:
        return el("div", heading("Topics"), _none_yet(sources))
    read_only = sources.is_read_only()
    if not read_only:
        sources.topics.prepare()
    since = _since(sources, asked, facts)
    changes = {row["topic"]: row for row in sources.topics.diff(since, facts["round"])} if since else {}
    topics = facts["topics"]
    if asked.get("order") == "share":
        topics = sorted(topics, key=lambda topic: -topic["share"])
    return el(
        "div",
        heading(
            "Topics",
            f"Round {facts['round']}, {len(topics)} topics."
            + ("" if read_only else " Press a word to pin it, to exclude it or to move it."),
        ),
        _tools(asked, facts, since),
        _what_changed(changes, since, facts["round"]) if since else None,
        el(
            "ul",
            *[_card(topic, facts, changes.get(topic["id"])) for topic in topics],
            cls="wall",
            id="wall",
            data_round=str(facts["round"]),
        ),
    )


def _none_yet(sources: "Sources") -> Element:
    if sources.corpus.overview()["figures"].get("with text") == 0:
        return empty(
            "No texts, no topics",
            "Topics are found in the texts of reviews, and no review here has one. Artists and their map need none.",
        )
    return empty(
        "No topics yet",
        "Topics are found in the texts of the reviews. Fit them once, then steer them here.",
        command=f"bandscape topics fit {sources.place}",
    )


def side(sources: "Sources", asked: Mapping[str, str]) -> Element | None:
    """Return what stands beside the wall, if anything was asked for."""
    see = asked.get("see")
    if see == "history":
        return topic_sides.history(sources, asked)
    if see == "evidence" and asked.get("topic"):
        return topic_sides.evidence(sources, asked)
    if see == "suggest" and asked.get("topic"):
        return topic_sides.suggestions(sources, asked)
    return None


def _since(sources: "Sources", asked: Mapping[str, str], facts: "Facts") -> int | None:
    """Return the round to compare with: the one asked for, else the parent of a refit that has just ended."""
    if facts["round"] is None:
        return None
    if "since" in asked:
        number = number_of(asked, "since", 0)
        return number if number and number != facts["round"] else None
    status = sources.topics.status()
    just_made = status["state"] == "finished" and status["round"] == facts["round"]
    return status["parent"] if just_made and not facts["draft"]["edits"] else None


def _tools(asked: Mapping[str, str], facts: "Facts", since: int | None) -> Element:
    by_share = asked.get("order") == "share"
    return el(
        "p",
        el("a", "history", href=link("topics", {**asked, "see": "history", "topic": None}), cls="chip"),
        el(
            "a",
            "in their order" if by_share else "largest first",
            href=link("topics", {**asked, "order": None if by_share else "share"}),
            cls="chip",
        ),
        el("a", "hide what changed", href=link("topics", {**asked, "since": "0"}), cls="chip")
        if since
        else None,
        el(
            "span",
            el("span", cls="dot taken"),
            "keyword taken",
            el("span", cls="dot ignored"),
            "ignored",
            el("span", cls="dot stolen"),
            "stolen",
            cls="quiet key",
        )
        if any(t["keywords"] for t in facts["topics"])
        else None,
        cls="chips tools",
    )


def _what_changed(changes: "Mapping[str, Facts]", since: int, number: int) -> Element:
    """Return which edits were obeyed, and what became of topics that are gone."""
    seen: dict[str, Facts] = {}
    for row in changes.values():
        for edit in row["edits"]:
            seen.setdefault(edit["edit"], edit)
    verdicts = [
        el(
            "li",
            el("span", "✓" if edit["obeyed"] else "✗", cls="mark", aria_hidden="true"),
            el("span", name_el(edit["edit"], 100), cls="edit"),
            el(
                "span",
                "obeyed: " if edit["obeyed"] else "not obeyed: ",
                name_el(edit["reason"], 160),
                cls="quiet",
            ),
            cls="obeyed" if edit["obeyed"] else "not-obeyed",
        )
        for edit in seen.values()
    ]
    gone = [row["topic"] for row in changes.values() if row["is_gone"]]
    moved = sum(row["moved_documents"] or 0 for row in changes.values()) // 2
    return el(
        "section",
        el("h2", f"Round {since} → {number}"),
        el("ul", *verdicts, cls="verdicts")
        if verdicts
        else el("p", "No edits: the sampling went on from where it stood."),
        el(
            "p",
            f"{moved:,} reviews have another leading topic. ",
            el("span", "Lit", cls="lit"),
            " words came among the first twenty and are at least half as frequent again; ",
            el("span", "struck", cls="struck"),
            " ones left them.",
            f" Gone: {', '.join(gone)}." if gone else None,
            cls="quiet",
        ),
        cls="changed",
    )


def _card(topic: "Facts", facts: "Facts", change: "Facts | None") -> Element:
    name, wishes = topic["id"], _wishes(topic["id"], facts["draft"])
    clear = set(change["clear"]) if change else set()
    gained = clear & set(change["gained"]) if change else set()
    words = [_word(word, topic, wishes, lit=word["word"] in gained) for word in topic["words"]]
    shown = {word["word"] for word in topic["words"]}
    more = [word for word in change["gained"] if word in clear - shown][:_GAINED] if change else []
    lost = [word for word in change["lost"] if word in clear][:_LOST] if change else []
    return el(
        "li",
        _head(topic, facts["draft"], change),
        el(
            "p",
            *words,
            *[_word({"word": word, "size": 0.0}, topic, wishes, lit=True) for word in more],
            cls="words",
        ),
        el(
            "p",
            *[el("span", name_el(word, 30), cls="struck") for word in lost],
            cls="words lost",
            aria_label="words lost",
        )
        if lost
        else None,
        _seeds(topic, wishes),
        el(
            "div",
            el(
                "span",
                curve(topic["years"], label=_years_said(topic, facts)) if facts["years"] else None,
                el("span", f"{facts['years'][0]}–{facts['years'][1]}", cls="quiet years")
                if facts["years"]
                else None,
                cls="over-time",
            ),
            el(
                "span",
                el("a", "reviews", href=link("topics", {"see": "evidence", "topic": name})),
                el("a", "suggestions", href=link("topics", {"see": "suggest", "topic": name})),
                cls="card-links",
            ),
            cls="card-foot",
        ),
        cls=" ".join(
            ["card"] + [kind for kind in ("noise", "frozen") if topic[kind]] + (["edited"] if wishes else [])
        ),
        data_topic=name,
        data_called=topic["called"],
        id=f"topic-{name}",
        key=name,
    )


def _head(topic: "Facts", draft: "Facts", change: "Facts | None") -> Element:
    names = draft["names"].get(topic["id"], [topic["id"]])
    tags = [kind for kind in ("noise", "frozen") if topic[kind] and topic["id"] != kind]
    before = change["share_before"] if change else topic["share"]
    grown = abs(topic["share"] - before) >= 0.0005
    return el(
        "div",
        el("h2", name_el(topic["id"], 48)),
        el(
            "span",
            "→ ",
            *[part for at, name in enumerate(names) for part in (" + " if at else None, name_el(name, 40))],
            cls="to-be",
        )
        if names != [topic["id"]]
        else None,
        *[el("span", tag, cls="tag") for tag in tags],
        el(
            "span",
            f"{percent(before)} → " if grown and percent(before) != percent(topic["share"]) else None,
            percent(topic["share"]),
            cls="share number",
            title="share of all words",
        ),
        el(
            "button",
            "⋯",
            cls="tool more",
            data_menu="topic",
            aria_haspopup="dialog",
            aria_label=f"change {topic['id']}",
        ),
        cls="card-head",
    )


def _word(word: "Facts", topic: "Facts", wishes: Mapping[str, str], *, lit: bool) -> Element:
    text = word["word"]
    wish = wishes.get(text.casefold())
    own = {one["word"].casefold() for one in topic["keywords"]}
    kinds = [
        "word",
        f"wish-{wish}" if wish else None,
        "lit" if lit else None,
        "own" if text.casefold() in own else None,
    ]
    said = {"pin": "to be pinned", "exclude": "to be excluded", "allow": "to be let go"}.get(wish or "")
    return el(
        "button",
        name_el(text, 30),
        cls=" ".join(filter(None, kinds)),
        data_menu="word",
        data_word=text,
        aria_haspopup="dialog",
        title=said,
        style={"font-size": f"{13 + 8 * word['size']:.1f}px"},
    )


def _seeds(topic: "Facts", wishes: Mapping[str, str]) -> Element | None:
    shown = {word["word"].casefold() for word in topic["words"]}
    rows = [
        el(
            "li",
            el(
                "button",
                el("span", cls=f"dot {one['status']}", aria_hidden="true"),
                name_el(one["word"], 30),
                cls="seed"
                + (" wish-allow" if wishes.get(one["word"].casefold()) in ("allow", "exclude") else ""),
                data_menu="word",
                data_word=one["word"],
                data_own="keyword",
                title=one["says"],
                aria_haspopup="dialog",
            ),
        )
        for one in topic["keywords"]
    ]
    rows += [
        el(
            "li",
            el(
                "button",
                el("span", "−", aria_hidden="true"),
                name_el(word, 30),
                cls="seed excluded",
                data_menu="word",
                data_word=word,
                data_own="excluded",
                title="excluded from this topic",
                aria_haspopup="dialog",
            ),
        )
        for word in topic["excluded"]
    ]
    marks = {"pin": "+", "exclude": "−", "allow": "○"}
    rows += [
        el(
            "li",
            el(
                "span",
                el("span", marks.get(wish, "·"), aria_hidden="true"),
                name_el(word, 30),
                cls=f"seed waits wish-{wish}",
                title="waits for the refit",
            ),
        )
        for word, wish in wishes.items()
        if word not in shown
    ]
    return el("ul", *rows, cls="seeds", aria_label="keywords and exclusions") if rows else None


def _wishes(name: str, draft: "Facts") -> dict[str, str]:
    """Return what waits for the words of a topic: word (case folded) to pin, exclude or allow."""
    found: dict[str, str] = {}
    for edit in draft["edits"]:
        for part in edit["parts"]:
            if name in part["topics"]:
                found |= {word.casefold(): part["kind"] for word in part["words"]}
    return found


def _years_said(topic: "Facts", facts: "Facts") -> str:
    if not facts["years"]:
        return ""
    known = [(share, at) for at, share in enumerate(topic["years"]) if share is not None]
    if not known:
        return ""
    share, at = max(known)
    return f"share by year, most in {facts['years'][0] + at} with {percent(share)}"
