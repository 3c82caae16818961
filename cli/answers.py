"""Questions to the vectors as they are typed, and their answers as they are printed."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import BandscapeError, ParameterError, UnknownNameError
from ..core.names import identity_key
from ..core.workspace import Workspace
from . import steps
from .console import LONGEST_NOTE, NO_GENRE, clean, plural, print_json, print_table, say, warn

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..embeddings import Answers

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
    names_topic = any(name.strip().lower().startswith("topic:") for name in (*plus, *minus))
    outdated = steps.earlier_topics_line(opened) if names_topic else None
    if outdated:
        warn(outdated)
    try:
        found = table.most_similar(
            positive=plus, negative=minus, topn=top, method=method, min_reviews=min_reviews
        )
    except UnknownNameError as error:
        steps.refuse_earlier_topic(opened, error.name)
        raise with_spaces(error, table.meaning) from error
    if not outdated and any(term["kind"] == "topic" for term in found.as_json()["query"]["terms"]):
        outdated = steps.earlier_topics_line(opened)
        if outdated:
            warn(outdated)
    few = f"{min_reviews:,} reviews or more; lower --min-reviews" if min_reviews else "a vector that is known"
    print_answers(found, by=steps.learnt_from(opened), few=few, as_json=as_json, outdated=outdated)


def print_answers(found: "Answers", *, by: str, few: str, as_json: bool, outdated: str | None = None) -> None:
    """Print answers as a table, with how each term was read and how far to trust them.

    Parameters
    ----------
    found : Answers
    by : str
        What the vectors were learnt from, in words.
    few : str
        What no other artist has, where there is no answer.
    as_json : bool
    outdated : str, optional
        What was said of topics of an earlier corpus; JSON holds it, too.
    """
    document: dict[str, Any] = found.as_json()
    if outdated:
        document["outdated"] = outdated
    if as_json:
        print_json(document)
        return
    calculated = len(found.plus) + len(found.minus) > 1
    rows = [_row(entry, calculated=calculated) for entry in document["results"]]
    headings = [("#", "right"), ("artist", "left"), ("cosine", "right"), ("genres", "left"), ("score", "right"),
                ("reviews", "right")]  # fmt: skip
    honesty = [("unfiltered", "right"), ("baseline", "right")] if calculated else []
    print_table([*headings, *honesty], rows)
    if not found:
        say(f"no other artist has {few}")
    judged = calculated and found.verdict is not None  # the line on trust counts who has what was asked for
    for line in [
        *_readings(document["query"]["terms"], 0 if judged else len(found)),
        *_twins(document["results"], calculated=calculated),
    ]:
        say(line)
    if calculated and found.verdict is not None:
        say(f"trust: {clean(found.verdict, LONGEST_NOTE)}")
    say(_what_was_asked(document["query"], calculated=calculated, by=by))


def with_spaces(error: UnknownNameError, look_up: "Callable[[str], object]") -> UnknownNameError:
    """Return the error with the sum that was meant, if its name is one without the spaces around its signs."""
    name = error.name[:200]
    if re.match(r"[+−–-]\S", name) and _is_known(name[1:], look_up):
        return UnknownNameError(
            f"unknown name {clean(name, 60)!r}; a sign counts with a space behind it: "
            f"{clean(f'{name[0]} {name[1:]}', 60)!r}",
            name=error.name,
            candidates=error.candidates,
        )
    parts = [one.strip() for one in re.split(r"([+−–-])", name)]
    if len(parts) < 3 or not all(parts):
        return error
    if not all(_is_known(one, look_up) for one in parts[::2]):
        return error
    return UnknownNameError(
        f"unknown name {clean(error.name, 60)!r}; a sign counts with spaces around it: {clean(' '.join(parts), 60)!r}",
        name=error.name,
        candidates=error.candidates,
    )


def _is_known(name: str, look_up: "Callable[[str], object]") -> bool:
    try:
        look_up(name)
    except BandscapeError:
        return False
    return True


def needs_something_to_add(subtracted: list[str]) -> ParameterError:
    """Return the error for a sum that adds nothing, with what to write."""
    if not subtracted:
        return ParameterError(
            'an analogy needs something to add: a sum such as "coil - elder ones", or --plus'
        )
    less = "".join(f" - {clean(name, 60)}" for name in subtracted[:3])
    return ParameterError(f'an analogy needs something to subtract from: write "NAME{less}"')


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


def _readings(terms: list[dict[str, Any]], n_results: int) -> list[str]:
    """Tell how each term was read that is no artist, is spelled otherwise, or could have been read otherwise.

    And how many of so many answers have it; of none, where that is told elsewhere.
    """
    lines = []
    for term in terms:
        is_spelled_so = _plain(term["text"]).endswith(_plain(term["name"]))
        if term["kind"] == "vector" or (term["kind"] == "artist" and is_spelled_so and not term["also"]):
            continue
        called = clean(term["name"] if is_spelled_so else term["text"], 60)
        what = f"the {_kind_of(term)}" + ("" if is_spelled_so else f" {clean(term['name'], 60)}")
        if term["kind"] != "artist":
            means = " with texts, by its share" if term["kind"] == "topic" else ", their mean"
            what += f" ({plural(term['n_artists'], 'artist')}{means if term['n_artists'] > 1 else ''})"
        has = _how_many_have(term["n_answers"], n_results)
        also = f"; write {' or '.join(map(clean, term['also']))} for the other" if term["also"] else ""
        lines.append(f"{called}: read as {what}{has}{also}")
    signs: dict[tuple[str, str], set[str]] = {}
    for term in terms:
        signs.setdefault((term["kind"], term["name"]), set()).add(term["sign"])
    return lines + [
        f"{clean(name)} is both added and subtracted" for (_, name), one in signs.items() if len(one) > 1
    ]


def _kind_of(term: dict[str, Any]) -> str:
    """Return what a term is called: a span of years is no year."""
    if term["kind"] != "year" or term["name"].isdigit():
        return str(term["kind"])
    return "decade" if term["name"].endswith("s") else "years"


def _plain(name: str) -> str:
    return identity_key(name[:200]).strip('"“”')


def _how_many_have(n_answers: int | None, n_results: int) -> str:
    """Say how many of the answers are of a group: what was added should be there, what was subtracted should not."""
    if n_answers is None or not n_results:
        return ""
    return f"; {n_answers or 'none'} of the {n_results} answers {'have' if n_answers > 1 else 'has'} it"


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
        what = clean(by, LONGEST_NOTE)
        return f"nearest to {clean(query['plus'][0])} by {what}; next: bandscape artists analogy (--plus, --minus)"
    question = " + ".join(map(clean, query["plus"])) + "".join(f" − {clean(name)}" for name in query["minus"])
    return f"{question}: unfiltered = rank with the inputs kept; baseline = rank near what was added alone"
