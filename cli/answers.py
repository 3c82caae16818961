"""Questions to the vectors as they are typed, and their answers as they are printed."""

import re
from pathlib import Path
from typing import Any

from ..core.errors import ParameterError
from ..core.workspace import Workspace
from . import steps
from .console import NO_GENRE, clean, print_json, print_table, say

MOST_TERMS = 100
_NO_BREAK = "\0"  # stands for a blank between quotes while a sum is split
LEAST_TWINS, ALIKE_SCORES = (
    5,
    0.5,
)  # so many answers of the same genres, their scores so near, are told apart by little


def split_sum(question: str) -> tuple[list[str], list[str]]:
    """Return what a sum adds and what it subtracts; a sign counts only with white space around it, outside quotes.

    >>> split_sum('sunn o))) - metal + jay-z - "a - b"')
    (['sunn o)))', 'jay-z'], ['metal', '"a - b"'])
    """
    asked = question.strip()
    if re.search(r"(?:^|\s)[+−–-]$", asked):
        raise ParameterError(f"the sum ends with a sign; name what comes after it: {clean(asked, 60)} NAME")
    whole = re.sub(
        r'"[^"]*"', lambda quoted: quoted[0].replace(" ", _NO_BREAK), f"+ {asked}" if asked else ""
    )
    parts = re.split(r"(?:^|(?<=\s))([+−–-])\s+", whole)
    terms = [
        (sign, name.strip().replace(_NO_BREAK, " "))
        for sign, name in zip(parts[1::2], parts[2::2], strict=True)
        if name.strip()
    ]
    added = [name for sign, name in terms if sign == "+"]
    return added, [name for sign, name in terms if sign != "+"]


def answer(
    workspace: Path,
    *,
    plus: list[str],
    minus: list[str],
    top: int,
    as_json: bool,
    method: str = "3cosadd",
    min_reviews: int = 0,
) -> None:
    """Answer a query and print it."""
    opened = Workspace(workspace)
    table = steps.load_queries(opened)
    found = table.most_similar(
        positive=plus, negative=minus, topn=top, method=method, min_reviews=min_reviews
    )
    document = found.as_json()
    if as_json:
        print_json(document)
        return
    calculated = len(plus) + len(minus) > 1
    rows = [_row(entry, calculated=calculated) for entry in document["results"]]
    headings = [("#", "right"), ("artist", "left"), ("cosine", "right"), ("genres", "left"), ("score", "right"),
                ("reviews", "right")]  # fmt: skip
    honesty = [("unfiltered", "right"), ("baseline", "right")] if calculated else []
    print_table([*headings, *honesty], rows)
    if not found:
        few = (
            f"{min_reviews:,} reviews or more; lower --min-reviews"
            if min_reviews
            else "a vector that is known"
        )
        say(f"no other artist has {few}")
    for line in [*_readings(document["query"]["terms"]), *_twins(document["results"], calculated=calculated)]:
        say(line)
    if calculated and found.verdict is not None:
        say(f"trust: {found.verdict}")
    say(_what_was_asked(document["query"], calculated=calculated, by=steps.learnt_from(opened)))


def _row(entry: dict[str, Any], *, calculated: bool) -> tuple[Any, ...]:
    genres = ", ".join(entry["genres"]) or NO_GENRE
    score = shown_score(entry["mean_score"])
    facts = (entry["rank"], entry["name"], f"{entry['cosine']:.3f}", genres, score, entry["n_reviews"])
    return (*facts, entry["rank_unfiltered"], entry["rank_baseline"]) if calculated else facts


def shown_score(mean_score: float | None) -> str | None:
    """Return a mean score as tables show it."""
    return None if mean_score is None else f"{mean_score:.1f}"


def span_of(years: list[int]) -> str:
    """Return the first and last of ascending years, "1994–2001"; one year, or nothing, as it is."""
    return "" if not years else str(years[0]) if len(years) == 1 else f"{years[0]}–{years[-1]}"


def _readings(terms: list[dict[str, Any]]) -> list[str]:
    """Tell how each term was read that is no artist, or could have been read otherwise."""
    lines = []
    for term in terms:
        if term["kind"] not in ("artist", "vector") or term["also"]:
            of = "artists with texts, by its share" if term["kind"] == "topic" else "artists, their mean"
            what = (
                f"the {term['kind']} ({term['n_artists']:,} {of})"
                if term["kind"] != "artist"
                else "the artist"
            )
            also = f"; write {' or '.join(map(clean, term['also']))} for the other" if term["also"] else ""
            lines.append(f"{clean(term['name'])}: read as {what}{also}")
    return lines


def _twins(results: list[dict[str, Any]], *, calculated: bool) -> list[str]:
    """Say so where the answers differ in nothing that the vectors were learnt from."""
    scores = [entry["mean_score"] for entry in results if entry["mean_score"] is not None]
    genres = {frozenset(entry["genres"]) for entry in results}
    if calculated or len(results) < LEAST_TWINS or len(genres) > 1:
        return []
    if scores and max(scores) - min(scores) > ALIKE_SCORES:
        return []
    shared = "genres and nearly the same score" if scores else "genres"
    return [f"all {len(results)} have the same {shared}: the order among them says little"]


def _what_was_asked(query: dict[str, Any], *, calculated: bool, by: str) -> str:
    if not calculated:
        return f"nearest to {clean(query['plus'][0])} by {clean(by)}; next: bandscape artists analogy (--plus, --minus)"
    question = " + ".join(map(clean, query["plus"])) + "".join(f" − {clean(name)}" for name in query["minus"])
    return f"{question}: unfiltered = rank with the inputs kept; baseline = rank near the added artists alone"
