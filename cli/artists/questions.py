"""Questions to the vectors: list, similar, analogy, clusters, explain."""

from typing import Annotated

import typer

from ...core.errors import ParameterError
from ...core.workspace import Workspace
from .. import steps
from ..answers import MOST_TERMS, answer, needs_something_to_add, shown_score, span_of, split_sum
from ..console import NO_GENRE, as_word, clean, plural, print_json, print_table, progress_bars, say
from ..options import (
    AsJson,
    KeptSeed,
    Threads,
    WorkspacePath,
    n_threads,
)
from .group import Method, MinReviews, Top, app


@app.command("list")
def list_(
    workspace: WorkspacePath,
    text: Annotated[str, typer.Argument(help="Part of the name; without it, all.", show_default=False)] = "",
    genre: Annotated[str | None, typer.Option("--genre", help="Only artists of this genre.")] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="Number of artists.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the artists of the corpus, the most reviewed first: who is in there, and how they are spelled."""
    found, n_found = steps.list_artists(Workspace(workspace), text, genre=genre, top=top)
    if as_json:
        print_json({"found": n_found, "artists": found})
        return
    rows = [
        (row["name"], ", ".join(row["genres"]) or NO_GENRE, shown_score(row["mean_score"]), row["n_reviews"],
         span_of(row["years"]), row["artist_id"])
        for row in found
    ]  # fmt: skip
    if rows:
        headings = [("artist", "left"), ("genres", "left"), ("score", "right"), ("reviews", "right"),
                    ("years", "left"), ("id", "left")]  # fmt: skip
        print_table(headings, rows)
    asked = "".join(
        [f" with {clean(text)!r} in the name" if text else "", f" of genre {clean(genre)}" if genre else ""]
    )
    more = f", the {len(found)} most reviewed shown (--top)" if n_found > len(found) else ""
    say(f"{plural(n_found, 'artist')}{asked}{more}")


@app.command()
def similar(
    workspace: WorkspacePath,
    name: Annotated[
        str,
        typer.Argument(
            help="An artist (case, accents, punctuation and 'the' do not matter), genre, topic, label or year."
        ),
    ],
    top: Top = 10,
    min_reviews: MinReviews = 0,
    as_json: AsJson = False,
) -> None:
    """List the artists nearest to one, or to a genre, topic, label or year (genre:rock, year:1990s)."""
    answer(workspace, plus=[name], minus=[], top=top, min_reviews=min_reviews, as_json=as_json)


@app.command()
def analogy(
    workspace: WorkspacePath,
    question: Annotated[
        str | None,
        typer.Argument(
            help="A sum, spaces around its signs: 'radiohead - rock + electronic'. Quote names with signs."
        ),
    ] = None,
    plus: Annotated[
        list[str] | None,
        typer.Option("--plus", help="Artist, genre, topic, label or year to add. Can be repeated."),
    ] = None,
    minus: Annotated[
        list[str] | None, typer.Option("--minus", help="The same, to subtract. Can be repeated.")
    ] = None,
    top: Top = 10,
    min_reviews: MinReviews = 0,
    method: Method = "3cosadd",
    as_json: AsJson = False,
) -> None:
    """Calculate with artists, genres, topics, labels and years: "radiohead - rock + electronic".

    A name that several kinds have is told apart by its kind: genre:rock, topic:shoegaze, label:warp, year:1999,
    year:1990s, artist:rock.
    Each answer also shows its rank had the inputs not been left out (unfiltered),
    and its rank near the added artists alone (baseline).
    Where the baseline is the same, the subtraction did nothing.
    The last line but one says how far to trust the answers: strong, fair or weak, and why.
    """
    added, subtracted = split_sum(question or "")
    added, subtracted = [*added, *(plus or [])], [*subtracted, *(minus or [])]
    if not added:
        raise needs_something_to_add(subtracted)
    if len(added) + len(subtracted) > MOST_TERMS:
        raise ParameterError(f"a query has at most {MOST_TERMS} terms; got {len(added) + len(subtracted)}")
    answer(
        workspace,
        plus=added,
        minus=subtracted,
        top=top,
        method=method,
        min_reviews=min_reviews,
        as_json=as_json,
    )


@app.command()
def clusters(
    workspace: WorkspacePath,
    k: Annotated[
        int | None,
        typer.Option(
            "--k",
            min=1,
            help="Number of clusters; default: the one used last, at first two for each genre.",
        ),
    ] = None,
    seed: KeptSeed = None,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Group artists by k-means, on the vectors and on the map's layout, with names in words."""
    opened = Workspace(workspace)
    before = record = opened.steps().get("clusters")
    is_asked_anew = k is not None or seed is not None or not opened.is_sound(steps.CLUSTERS)
    if is_asked_anew:  # what is there already is shown in a read-only folder, too
        with opened.writing(), progress_bars(quiet=as_json) as on_progress:
            steps.lay_out_artists(
                opened, random_state=seed, n_jobs=n_threads(threads), on_progress=on_progress
            )
            record = steps.cluster_artists(opened, n_clusters=k, random_state=seed)
    facts = steps.cluster_facts(opened)
    if as_json:
        print_json(facts)
        return
    for kind in ("vectors", "layout"):
        part = facts[kind]
        rows = [(entry["name"], entry["size"], ", ".join(entry["artists"])) for entry in part["clusters"]]
        shown = "–" if part["silhouette"] is None else f"{part['silhouette']:.2f}"
        print_table(
            [("cluster", "left"), ("artists", "right"), ("most reviewed of its main genre", "left")], rows,
            title=f"on the {kind} (silhouette {shown})",
        )  # fmt: skip
    n_made, asked = max(len(part["clusters"]) for part in facts.values()), record and record.parameters["k"]
    if asked and asked > n_made:
        say(
            f"note: {asked:,} clusters were asked for; more than {n_made:,} are not to be had of these artists"
        )
    say(f"clusters of each artist in {workspace / steps.CLUSTERS}")
    if before is not None and record is not None and not record.skipped:
        was = before.parameters["k"] or "the default number"
        say(f"these replace the earlier ones (k: {was}); `bandscape map {as_word(workspace)}` draws them")


@app.command()
def explain(
    workspace: WorkspacePath,
    a: Annotated[str, typer.Argument(help="An artist.")],
    b: Annotated[str, typer.Argument(help="Another artist.")],
    as_json: AsJson = False,
) -> None:
    """Say why two artists are near: their cosine as a sum over genres, score, years, labels, topics, sound."""
    facts = steps.explanation_facts(Workspace(workspace), a, b)
    if as_json:
        print_json(facts)
        return
    rows = [
        (
            part["context"],
            f"{part['contribution']:+.3f}",
            part["shared"],
            part["a"] or None,
            part["b"] or None,
        )
        for part in facts["parts"]
    ]
    rows.append(("cosine", f"{facts['cosine']:+.3f}", "the sum", None, None))
    print_table(
        [("", "left"), ("adds", "right"), ("in common", "left"), (clean(facts["a"], 24), "left"),
         (clean(facts["b"], 24), "left")], rows, longest=70,
    )  # fmt: skip
    ranks = f"{clean(facts['b'])} is neighbor {facts['rank_of_b']:,} of {clean(facts['a'])}"
    say(f"{ranks}; the other way round {facts['rank_of_a']:,}")
    say(
        f"these facts account for {facts['explained']:.0%} of all vectors; a part counts from the average artist on"
    )
