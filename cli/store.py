"""Commands of the store: build, get, similar."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..core.errors import ParameterError
from ..core.workspace import Workspace
from . import steps
from .console import clean, print_json, print_table, progress_bars, say
from .options import AsJson, WorkspacePath

if TYPE_CHECKING:
    from ..embeddings import Filter, StoredArtist

app = typer.Typer(help="Precomputed neighbors, memory-mapped: answers at once.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="An artist's name or id.")]


@app.command()
def build(
    workspace: WorkspacePath,
    k: Annotated[
        int, typer.Option("--neighbors", min=1, max=1000, help="Neighbors kept of each artist.")
    ] = 50,
) -> None:
    """Precompute the nearest artists of every artist."""
    with Workspace(workspace).writing() as opened, progress_bars() as on_progress:
        record = steps.build_neighbors(opened, k=k, on_progress=on_progress)
    verb = "unchanged" if record.skipped else f"built in {record.seconds:.1f} s"
    say(f"store {verb}: {len(steps.open_store(opened)):,} artists in {workspace / 'artists'}")
    say(f'next: bandscape store similar {workspace} "NAME"')


@app.command()
def get(workspace: WorkspacePath, name: Name, as_json: AsJson = False) -> None:
    """Show what the store has of an artist."""
    found = steps.open_store(Workspace(workspace)).get(name)
    if as_json:
        print_json({**_facts(found), "vector": found.vector.tolist()})
        return
    for key, value in _facts(found).items():
        say(f"{key}: {clean(', '.join(value) if isinstance(value, list) else value)}")


@app.command()
def similar(
    workspace: WorkspacePath,
    name: Name,
    top: Annotated[int, typer.Option("--top", min=1, help="Number of answers.")] = 10,
    genre: Annotated[str | None, typer.Option("--genre", help="Only artists of this genre.")] = None,
    score: Annotated[str | None, typer.Option("--score", help="Only mean scores from,to: 7,10.")] = None,
    years: Annotated[
        str | None, typer.Option("--years", help="Only artists with a year from,to: 1990,1999.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the artists nearest to one: as precomputed, or, with a filter, searched for exactly."""
    store = steps.open_store(Workspace(workspace))
    only = _filter(genre, score, years)
    if only is None:
        found = store.neighbors(name, top)
    else:
        asked = store.get(name)
        found = [pair for pair in store.search(asked.vector, top + 1, only) if pair[0].row != asked.row][:top]
    rows = [
        {"rank": rank, "cosine": cosine, **_facts(artist)}
        for rank, (artist, cosine) in enumerate(found, start=1)
    ]
    if as_json:
        print_json({"query": {"plus": [store.get(name).name], "minus": []}, "results": rows})
        return
    print_table(
        [("#", "right"), ("artist", "left"), ("cosine", "right"), ("genres", "left"), ("score", "right"),
         ("reviews", "right")],
        [(row["rank"], row["name"], f"{row['cosine']:.3f}", ", ".join(row["genres"]) or "unknown",
          None if row["mean_score"] is None else f"{row['mean_score']:.1f}", row["n_reviews"]) for row in rows],
    )  # fmt: skip
    say(f"nearest to {clean(store.get(name).name)}")


def _facts(artist: "StoredArtist") -> dict[str, Any]:
    fields = ("artist_id", "name", "genres", "mean_score", "n_reviews")
    return {field: list(artist.genres) if field == "genres" else getattr(artist, field) for field in fields}


def _filter(genre: str | None, score: str | None, years: str | None) -> "Filter | None":
    from ..embeddings import Filter

    if genre is None and score is None and years is None:
        return None
    low_high = None if score is None else _two(score, "--score")
    span = None if years is None else _two(years, "--years")
    return Filter(genre, low_high, None if span is None else (int(span[0]), int(span[1])))


def _two(text: str, option: str) -> tuple[float, float]:
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ParameterError(f"{option} must be two numbers such as 7,10; got {text[:60]!r}") from error
    if not (abs(low) <= abs(high) < 1e9 and low <= high):
        raise ParameterError(f"{option} must be two numbers, the smaller first; got {text[:60]!r}")
    return low, high
