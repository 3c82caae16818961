"""Rounds of topics: edit, refit, diff, history, undo, use."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ...core.errors import ParameterError
from ...core.workspace import Workspace
from .. import steps
from ..console import as_word, clean, plural, print_json, print_table, progress_bars, say, warn
from ..options import (
    Address,
    AsJson,
    ExecutorName,
    KeptSeed,
    Threads,
    Workers,
    WorkspacePath,
    n_threads,
    open_executor,
    page_to_write,
)
from .edit_options import FORMS, read_edits
from .fitting import warn_about_keywords
from .group import app

REFIT_SWEEPS = 30
SHOWN_ROWS = 30
_WHOLE = 400  # characters of an edit
LEAST_KNOWN = 0.8  # of the words of a new corpus, by the topics of an earlier one


def _edit_option(name: str, text: str) -> Any:
    return typer.Option(f"--{name}", metavar=FORMS[name], help=text)


@app.command()
def edit(
    workspace: WorkspacePath,
    pin: Annotated[list[str] | None, _edit_option("pin", "Make words keywords of a topic.")] = None,
    exclude: Annotated[list[str] | None, _edit_option("exclude", "Ban words from a topic.")] = None,
    allow: Annotated[
        list[str] | None, _edit_option("allow", "Take back pins and exclusions of words.")
    ] = None,
    move: Annotated[
        list[str] | None, _edit_option("move", "Ban a word from one topic and pin it to another.")
    ] = None,
    freeze: Annotated[list[str] | None, _edit_option("freeze", "Hold a topic's words as they are.")] = None,
    thaw: Annotated[
        list[str] | None, _edit_option("thaw", "Let a frozen topic's words change again.")
    ] = None,
    merge: Annotated[
        list[str] | None, _edit_option("merge", "Make one topic of several, called as the first.")
    ] = None,
    split: Annotated[list[str] | None, _edit_option("split", "Make N topics of one.")] = None,
    rename: Annotated[list[str] | None, _edit_option("rename", "Call a topic otherwise.")] = None,
    noise: Annotated[list[str] | None, _edit_option("noise", "Mark a topic as noise.")] = None,
) -> None:
    """Ask for changes of the topics; they wait for `topics refit`, and stand in topics/topics.json until then.

    Each option can be given several times. Words may be spelled as in the reviews.
    Without options, what waits is shown.
    """
    options = {
        "rename": rename, "allow": allow, "thaw": thaw, "pin": pin, "exclude": exclude, "move": move, "noise": noise,
        "merge": merge, "split": split, "freeze": freeze,
    }  # fmt: skip
    given = {name: values for name, values in options.items() if values}
    if not given:
        show_draft(Workspace(workspace))
        return
    with Workspace(workspace).writing() as opened:
        ids = [topic["id"] for topic in steps.read_draft(opened).topics]
        draft, unknown = steps.edit_topics(opened, read_edits(given, ids))
    if unknown:
        warn(f"words that the vocabulary lacks (rare, or only within a phrase): {', '.join(unknown)}")
    say_draft(workspace, draft)
    _say_refusals(draft, merge or [])


def _say_refusals(draft: steps.Draft, merges: Sequence[str]) -> None:
    """Say which words merged topics go on refusing, as one of them did."""
    named = {topic.strip() for merge in merges for topic in merge.split(",")}
    for topic in draft.topics:
        if topic["id"] in named and topic.get("excluded"):
            words = clean(", ".join(topic["excluded"]), 60)
            say(f"note: {clean(topic['id'], 40)} refuses {words}, as before the merge; --allow lets them in")


def show_draft(workspace: Workspace) -> None:
    """Say which edits wait."""
    draft = steps.read_draft(workspace)
    if draft.is_empty:
        say(f"no edits wait; round {draft.parent} has {len(draft.topics)} topics")
        say(
            f"next: bandscape topics edit {as_word(workspace.root)} --pin TOPIC=WORD   or   --help for all edits"
        )
        return
    say_draft(workspace.root, draft)


def say_draft(root: Path, draft: steps.Draft) -> None:
    """Say which edits wait and what to do with them."""
    for number, waiting in enumerate(draft.edits, start=1):
        say(f"{number:>3}  {clean(waiting, 90)}")
    if draft.is_by_hand:
        say("  +  changes of topics.json by hand")
    say(
        f"these wait for a refit of round {draft.parent}, to {len(draft.topics)} topics; "
        f"the configuration is {root / steps.TOPIC_CONFIG}"
    )
    say(
        f"next: bandscape topics refit {as_word(root)}   or   bandscape topics undo {as_word(root)} (forgets them)"
    )


@app.command()
def refit(
    workspace: WorkspacePath,
    sweeps: Annotated[
        int,
        typer.Option(
            "--sweeps", min=1, help="Gibbs sweeps; more of them, or another refit, improve further."
        ),
    ] = REFIT_SWEEPS,
    seed: KeptSeed = None,
    threads: Threads = None,
    executor: ExecutorName = "local",
    workers: Workers = None,
    address: Address = None,
) -> None:
    """Go on from the current round with the edits that wait: a new round.

    Only what the edits touch starts anew. Without edits the chain just goes on.
    After another import it goes on with the new reviews: topics keep their ids and what they are about.
    """
    with (
        open_executor(executor, workers, address) as others,
        Workspace(workspace).writing() as opened,
        progress_bars() as on_progress,
    ):
        record = steps.refit_topics(
            opened, n_sweeps=sweeps, random_state=seed, n_jobs=n_threads(threads), on_progress=on_progress,
            executor=others,
        )  # fmt: skip
    number = steps.current_round(opened)
    facts = steps.round_facts(opened, number)
    n_new = steps.round_facts(opened, facts["parent"]).get("new_reviews")
    if n_new:
        warn(
            f"a refit goes by the reviews of the corpus: the {n_new:,} that round {facts['parent']} took up are not "
            f"in it; import all of them together to keep them"
        )
    warn_about_keywords(opened)
    if "corpus_change" in facts:
        say_change(facts["corpus_change"])
    print_verdicts(facts["edits"])
    verb = "unchanged" if record.skipped else f"done in {record.seconds:.1f} s"
    obeyed = f", {_obeyed(facts['edits'])}" if facts["edits"] else ""
    say(
        f"topics round {number} {verb}, from round {facts['parent']}: {facts['topics']} topics, "
        f"log-likelihood {facts['log_likelihood']:.3f} a word{obeyed}"
    )
    say(
        f"next: bandscape topics diff {as_word(workspace)}   or   topics show, topics undo, topics refit (goes on)"
    )


def say_change(change: Mapping[str, Any]) -> None:
    """Say what another corpus did to the topics; warn where it is hardly the same any more."""
    for line in steps.change_lines(change):
        say(clean(line, 400))
    is_same = change["same"] is None or 2 * change["same"] >= min(change["reviews"], change["reviews_before"])
    if change["known_share"] < LEAST_KNOWN or not is_same:
        warn(
            f"the topics knew {100 * change['known_share']:.0f} % of the words"
            + ("" if is_same else f", and {change['same']:,} of the reviews")
            + ": for other reviews altogether, `bandscape topics fit` begins anew"
        )


def print_verdicts(edits: Sequence[Mapping[str, Any]]) -> None:
    """Print what became of each edit."""
    if edits:
        rows = [(edit["edit"], "yes" if edit["obeyed"] else "NO", edit["reason"]) for edit in edits]
        print_table([("edit", "left"), ("obeyed", "left"), ("what came of it", "left")], rows, longest=_WHOLE)


def _obeyed(edits: Sequence[Mapping[str, Any]]) -> str:
    return f"{sum(edit['obeyed'] for edit in edits)} of {len(edits)} edits obeyed"


@app.command()
def history(workspace: WorkspacePath, as_json: AsJson = False) -> None:
    """List the rounds: which came from which, by which edits, and how well each explains the words."""
    rounds = steps.list_rounds(Workspace(workspace))
    if as_json:
        print_json(rounds)
        return
    rows = [
        (
            f"{'  ' * row['depth']}{row['round']}{' *' if row['current'] else ''}",
            row["parent"],
            row["date"][:16].replace("T", " "),
            row["topics"],
            row["sweeps"],
            None if row["log_likelihood"] is None else f"{row['log_likelihood']:.3f}",
            _what_was_done(row),
        )
        for row in rounds
    ]
    columns = [
        ("round", "left"), ("from", "right"), ("made (UTC)", "left"), ("topics", "right"), ("sweeps", "right"),
        ("log-lik.", "right"), ("what", "left"),
    ]  # fmt: skip
    print_table(columns, rows, longest=_WHOLE)
    say(
        f"log-lik.: of a word; * is the current round; `bandscape topics use {as_word(workspace)} N` goes to another"
    )


def _what_was_done(row: Mapping[str, Any]) -> str:
    if row["damaged"]:
        return "damaged, so not to be used"
    if row["parent"] is None:
        return "fitted from scratch"
    if row["new_reviews"]:
        return f"took up {plural(row['new_reviews'], 'new review')}"
    if not row["edits"]:
        return "went on"
    asked = "; ".join(edit["edit"].replace(",", ", ") for edit in row["edits"])  # blanks, to be broken at
    return f"{_obeyed(row['edits'])}: {asked}"


@app.command()
def undo(workspace: WorkspacePath) -> None:
    """Forget the edits that wait; without any, go back to the round that was current before."""
    with Workspace(workspace).writing() as opened:
        left = steps.current_round(opened)
        number, n_dropped = steps.undo_round(opened)
    if n_dropped:
        say(f"{n_dropped} edit{'s' if n_dropped > 1 else ''} forgotten; round {number} is as it was")
        return
    if steps.round_facts(opened, left)["parent"] != number:
        warn(
            f"round {left} was a fit of its own, no refit of round {number}: its topics and their names are not in "
            f"this one; back with bandscape topics use {as_word(workspace)} {left}"
        )
    draws = (
        "" if warn_of_earlier_corpus(opened, number) else f", `bandscape map {as_word(workspace)}` draws it"
    )
    say(
        f"round {number} is the current one again; `bandscape topics history {as_word(workspace)}` lists all{draws}"
    )


def warn_of_earlier_corpus(workspace: Workspace, number: int) -> bool:
    """Warn of a round of an earlier corpus, and whether maps have its topics; return whether they do not."""
    outdated = steps.outdated_line(workspace, number)
    if outdated is None:
        return False
    found = steps.fit_of_round(workspace, number)
    maps = "maps go by its topics" if found.is_usable else "maps leave its topics out"
    warn(f"{outdated}; until then {maps}: {found.reason}")
    return not found.is_usable


@app.command()
def use(
    workspace: WorkspacePath,
    number: Annotated[
        int, typer.Argument(metavar="ROUND", help="Number of a round, as in `topics history`.")
    ],
) -> None:
    """Make a round the current one: show, refit, map and the others use it."""
    with Workspace(workspace).writing() as opened:
        steps.use_round(opened, number)
    warn_of_earlier_corpus(opened, number)
    say(f"round {number} is the current one; next: bandscape topics show {as_word(workspace)}")


@app.command()
def diff(
    workspace: WorkspacePath,
    first: Annotated[
        int | None, typer.Argument(metavar="A", help="Earlier round; the one before B without it.")
    ] = None,
    second: Annotated[
        int | None, typer.Argument(metavar="B", help="Later round; the current one without it.")
    ] = None,
    top: Annotated[
        int,
        typer.Option(
            "--top", min=1, max=100, help="Words of each topic that are compared, the most probable."
        ),
    ] = 20,
    out: Annotated[Path | None, page_to_write("The HTML file to write, if you want the picture.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what changed between two rounds: words gained and lost, reviews moved, edits obeyed or not."""
    opened = Workspace(workspace)
    later = steps.current_round(opened) if second is None else second
    earlier = _round_before(opened, later) if first is None else first
    rows = steps.diff_topics(opened, earlier, later, n_words=top)
    if out is not None:
        steps.write_topic_diff(opened, rows, earlier, later, out)
    if as_json:
        print_json(rows)
        return
    print_diff(rows)
    n_changed = sum(bool(row["clear"]) for row in rows)
    say(
        f"round {earlier} to round {later}: words 1.5-fold up or down in {n_changed} of {len(rows)} topics; "
        "--json has all"
    )
    # an edit of two topics stands with each of them
    failed = {
        (edit_["edit"], edit_["reason"]): None
        for row in rows
        for edit_ in row["edits"]
        if not edit_["obeyed"]
    }
    for wanted, reason in failed:
        say(f"not obeyed: {clean(wanted, 60)} ({clean(reason, 60)})")
    if out is not None:
        say(f"all of it as a picture: {out}; open it in a browser")


def _round_before(workspace: Workspace, number: int) -> int:
    numbers = {row["round"]: row["parent"] for row in steps.list_rounds(workspace)}
    parent = numbers.get(number)
    if parent is None:
        others = [other for other in numbers if other != number]
        place = as_word(workspace.root)
        remedy = (
            f"name two rounds: bandscape topics diff {place} {min(max(others), number)} {max(*others, number)}"
            if others
            else f"there is no other yet; `bandscape topics edit {place}`, then `topics refit`, makes one"
        )
        raise ParameterError(f"round {number} was made from no other; {remedy}")
    return parent


def _clear_words(row: Mapping[str, Any], side: str) -> str | None:
    """Return the words gained or lost whose probability changed much; the others only crossed the last rank."""
    clear = set(row["clear"])
    return ", ".join([word for word in row[side] if word in clear][:6]) or None


def print_diff(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the topics that changed: those with edits first, then by how little is left of what they were."""
    changed = [row for row in rows if row["clear"] or row["edits"]]
    changed.sort(key=lambda row: (not row["edits"], row["alike"]))
    table = [
        (
            row["topic"] if not row["is_gone"] else f"{row['topic']} (gone)",
            f"{100 * row['share_before']:.1f} > {100 * row['share_after']:.1f} %",
            row["moved_documents"],
            _clear_words(row, "gained"),
            _clear_words(row, "lost"),
            {True: "yes", False: "NO", None: None}[row["obeyed"]],
        )
        for row in changed[:SHOWN_ROWS]
    ]
    columns = [
        ("topic", "left"), ("share", "right"), ("reviews moved", "right"), ("gained", "left"), ("lost", "left"),
        ("obeyed", "left"),
    ]  # fmt: skip
    if table:
        print_table(columns, table)
    if len(changed) > SHOWN_ROWS:
        say(f"and {len(changed) - SHOWN_ROWS} more, see --json")
