"""Artists: who is near, what a sum of names leads to, and why two are near."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ....core.errors import BandscapeError, UnknownNameError
from ..elements import Element, el, name_el
from ..parts import bar, empty, heading, link, message, names, number_of, or_trouble, signed, table

if TYPE_CHECKING:
    from ..sources import Sources

_MOST = 100
_MOST_REVIEWS = 9999  # that answers can be asked to have
_DOTS = {"strong": "●●●", "fair": "●●○", "weak": "●○○"}
_KIND = re.compile(r"(artist|genre|topic|label|year):", re.IGNORECASE)
_SIGN = re.compile(r"\s[+−–-]\s")
_FIELDS = ("q", "method", "top", "min_reviews")
_METHODS = {"3cosadd": "sum (3CosAdd)", "3cosmul": "product (3CosMul)", "3cosavg": "mean of pairs (3CosAvg)"}


def key(_sources: "Sources", asked: Mapping[str, str]) -> str:
    """Return what the main column depends on: the question."""
    return repr([asked.get(name) for name in _FIELDS])


def main(sources: "Sources", asked: Mapping[str, str]) -> Element:
    """Return the field, and the answer where something was asked."""
    question = asked.get("q", "").strip()
    if not sources.corpus.has_done("artists"):
        return el("div", heading("Artists"), none_yet(sources, "No artists to ask yet"))
    return el(
        "div",
        heading(
            "Artists",
            "A name finds its neighbors; a sum calculates. Artists, genres, topics, labels and years are terms.",
        ),
        _form(sources, asked, question),
        or_trouble(
            lambda: _answer_or_tries(sources, asked, question),
            lambda unknown, name: link("artists", {**_kept(asked), "q": _mended(question, unknown, name)}),
        )
        if question
        else _examples(sources),
    )


def none_yet(sources: "Sources", title: str) -> Element:
    """Return what stands where artists have no vectors."""
    return empty(
        title,
        "Where an artist stands is learnt from genres, scores, labels, years and listeners. Learn it once, then ask "
        "who is near, calculate with names and draw the map.",
        command=f"bandscape artists fit {sources.place}",
    )


def side(sources: "Sources", asked: Mapping[str, str]) -> Element | None:
    """Return why two artists are near, where that was asked."""
    first, second = asked.get("a", ""), asked.get("b", "")
    return _explanation(sources, first, second, asked) if first and second else None


def _form(sources: "Sources", asked: Mapping[str, str], question: str) -> Element:
    method = asked.get("method", sources.artists.methods[0])
    options = [el("option", _METHODS.get(name, name), value=name) for name in sources.artists.methods]
    return el(
        "form",
        el(
            "div",
            el(
                "input",
                type="search",
                name="q",
                value=question,
                key=question,
                id="question",
                data_suggest="/suggest",
                placeholder=_sum_to_try(sources),
                aria_label="a name, or a sum of names",
                autocomplete="off",
                spellcheck="false",
                role="combobox",
                aria_expanded="false",
                aria_controls="suggestions",
                maxlength="400",
            ),
            el("ul", id="suggestions", role="listbox", hidden=True, aria_label="suggestions"),
            cls="field-box",
        ),
        el("select", *options, name="method", value=method, key=method, aria_label="how terms are combined"),
        el(
            "label",
            "reviews, at least ",
            el(
                "input",
                type="number",
                name="min_reviews",
                value=str(_least(asked) or ""),
                key=str(_least(asked)),
                min="0",
                max=str(_MOST_REVIEWS),
                placeholder="any",
            ),
            cls="least",
        ),
        el("button", "Ask", type="submit", cls="chip strong"),
        data_follow="/artists",
        cls="ask",
        role="search",
    )


def _sum_to_try(sources: "Sources") -> str:
    """Return a sum that these artists can answer; nothing where they have none."""
    try:
        return next((one for one in sources.artists.examples() if _SIGN.search(one)), "")
    except BandscapeError:  # the page says it
        return ""


def _examples(sources: "Sources") -> Element:
    tries = [
        el("li", el("a", question, href=link("artists", {"q": question})))
        for question in sources.artists.examples()
    ]
    return el(
        "section",
        el("h2", "Three tries"),
        el("ul", *tries, cls="tries"),
        el(
            "p",
            "An answer says how far to trust it: strong, fair or weak, and why; the rank it would have with the "
            "inputs left in, and its rank without the subtraction.",
            cls="quiet",
        ),
    )


def _answer_or_tries(sources: "Sources", asked: Mapping[str, str], question: str) -> Element:
    """Return the answer; where a name is unknown and like no other, that, and questions that have one."""
    try:
        return _answer(sources, asked, question)
    except UnknownNameError as error:
        if error.candidates:
            raise
        return el(
            "div",
            el("section", el("h2", "Not found"), message(str(error)), cls="trouble"),
            _examples(sources),
        )


def _answer(sources: "Sources", asked: Mapping[str, str], question: str) -> Element:
    top, least = number_of(asked, "top", 20, 1, _MOST), _least(asked)
    found = sources.artists.ask(question, top, asked.get("method", sources.artists.methods[0]), least)
    query, rows = found["query"], found["results"]
    calculated = len(query["plus"]) + len(query["minus"]) > 1
    single = query["plus"][0] if not calculated and _is_artist(query) else None
    columns = [
        ("#", "right"),
        ("artist", "left"),
        ("cosine", "right"),
        ("genres", "left"),
        ("score", "right"),
        ("reviews", "right"),
    ]
    columns += [("unfiltered", "right"), ("baseline", "right")] if calculated else []
    columns += [("why", "left")] if single else []
    cells = [_row(row, asked, calculated=calculated, single=single) for row in rows]
    return el(
        "section",
        el("h2", *_question(query)),
        _readings(query),
        _trust(found) if calculated else None,
        table(columns, cells, label="answers", cls="answers", named_by=1)
        if rows
        else el("p", _nobody(least)),
        el("p", _honesty(rows) if calculated and rows else None, cls="quiet"),
        el(
            "p",
            el("a", "on the map", href=f"/map#q={_for_hash(question)}", cls="chip"),
            el("a", "more", href=link("artists", {**_kept(asked), "top": min(top * 2, _MOST)}), cls="chip")
            if len(rows) == top and top < _MOST
            else None,
            cls="chips",
        ),
    )


def _least(asked: Mapping[str, str]) -> int:
    return number_of(asked, "min_reviews", 0, 0, _MOST_REVIEWS)


def _nobody(least: int) -> str:
    return (
        f"No other artist has {least:,} reviews or more; ask for fewer."
        if least
        else "No artist is left to answer."
    )


def _mended(question: str, unknown: str, name: str) -> str:
    """Return the question with what was perhaps meant in the place of a term that nobody is called."""
    term = name if _KIND.match(name) else f"artist:{name}"
    term = f'"{term}"' if _SIGN.search(term) else term
    asked = re.compile(rf"(?:{_KIND.pattern})?{re.escape(unknown.strip())}(?=\s|$)", re.IGNORECASE)
    mended = asked.sub(lambda _: term, question, count=1) if unknown.strip() else question
    return term if mended == question else mended


def _trust(found: Mapping[str, Any]) -> Element | None:
    """Return how far the answers can be trusted, in a word and with the reasons."""
    verdict = found.get("verdict")
    if not verdict:
        return None
    reasons = "; ".join(verdict["reasons"])
    return el(
        "p",
        el("span", _DOTS[verdict["level"]], cls="trust-dots", aria_hidden="true"),
        el("strong", f"trust: {verdict['level']}"),
        el("span", reasons, cls="quiet"),
        cls=f"trust {verdict['level']}",
    )


def _row(
    row: Mapping[str, Any], asked: Mapping[str, str], *, calculated: bool, single: str | None
) -> list[Any]:
    genres = names(row["genres"]) if row["genres"] else "no genre given"
    ask = el(
        "span",
        el("a", name_el(row["name"]), href=link("artists", {"q": f"artist:{row['name']}"})),
        el("span", genres, f" · {_reviews(row['n_reviews'])}", cls="quiet below"),
    )
    score = "–" if row["mean_score"] is None else f"{row['mean_score']:.1f}"
    cosine = el("span", bar(row["cosine"]), signed(row["cosine"]), cls="cosine")
    cells: list[Any] = [
        str(row["rank"]),
        ask,
        cosine,
        el("span", genres, cls="genres"),
        score,
        f"{row['n_reviews']:,}",
    ]
    if calculated:
        cells += [f"{row['rank_unfiltered']:,}", f"{row['rank_baseline']:,}"]
    if single:
        cells.append(
            el(
                "a",
                "why?",
                href=link("artists", {**_kept(asked), "a": single, "b": row["name"]}),
                cls="why",
                aria_label=f"why {row['name']} is near",
            )
        )
    return cells


def _reviews(count: int) -> str:
    return f"{count:,} review{'' if count == 1 else 's'}"


def _kept(asked: Mapping[str, str]) -> dict[str, str]:
    return {name: asked[name] for name in _FIELDS if asked.get(name)}


def _is_artist(query: Mapping[str, Any]) -> bool:
    return all(term["kind"] == "artist" for term in query["terms"])


def _question(query: Mapping[str, Any]) -> list[Any]:
    parts: list[Any] = []
    for sign, terms in (("+", query["plus"]), ("−", query["minus"])):
        for term in terms:
            parts += [el("span", f" {sign} ", cls="sign") if parts else None, name_el(term)]
    return parts


def _readings(query: Mapping[str, Any]) -> Element | None:
    """Return how the terms were read that are no artists, or could have been read otherwise."""
    lines = []
    for term in query["terms"]:
        if term["kind"] not in ("artist", "vector"):
            of = "artists with texts, by its share" if term["kind"] == "topic" else "artists, their mean"
            lines.append(
                el("span", name_el(term["name"]), f": the {term['kind']} ({term['n_artists']:,} {of})")
            )
        if term["also"]:
            lines.append(el("span", name_el(term["name"]), " could also be ", names(term["also"], 5)))
    said = [part for at, line in enumerate(lines) for part in ("; " if at else None, line)]
    return el("p", *said, cls="quiet") if lines else None


def _honesty(rows: list[dict[str, Any]]) -> str:
    moved = sum(row["rank"] != row["rank_baseline"] for row in rows)
    said = "the subtraction did nothing" if not moved else f"{moved} of {len(rows)} would stand elsewhere"
    return (
        "Unfiltered: the rank had the inputs not been left out. Baseline: the rank near the added terms alone; "
        f"by that, {said}."
    )


def _explanation(sources: "Sources", first: str, second: str, asked: Mapping[str, str]) -> Element:
    facts = sources.artists.explain(first, second)
    most = max((abs(part["contribution"]) for part in facts["parts"]), default=1) or 1
    parts = [
        el(
            "li",
            el("span", part["context"], cls="part-name"),
            bar(abs(part["contribution"]) / most, "less" if part["contribution"] < 0 else "more"),
            el("span", f"{part['contribution']:+.3f}".replace("-", "−"), cls="number"),
            el("span", name_el(part["shared"], 120), cls="quiet shared"),
        )
        for part in facts["parts"]
    ]
    return el(
        "section",
        el("p", el("a", "close", href=link("artists", _kept(asked)), cls="link"), cls="crumbs"),
        el("h2", "Why ", name_el(facts["a"]), " and ", name_el(facts["b"]), tabindex="-1"),
        el("p", f"Their cosine of {signed(facts['cosine'])} is the sum of:"),
        el("ul", *parts, cls="explained"),
        el(
            "p",
            name_el(facts["b"]),
            f" is neighbor {facts['rank_of_b']:,} of ",
            name_el(facts["a"]),
            f"; the other way round {facts['rank_of_a']:,}. These facts account for "
            f"{100 * facts['explained']:.0f} % of all vectors; "
            "a part counts from the average artist on.",
            cls="quiet",
        ),
    )


def _for_hash(question: str) -> str:
    from urllib.parse import quote

    return quote(question, safe="")
