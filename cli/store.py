"""Commands of the store: build, get, similar, analogy, put, remove."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..core.errors import ParameterError, UnknownNameError
from ..core.scores import rounded_mean
from ..core.workspace import Workspace
from . import steps
from .answers import MOST_TERMS, needs_something_to_add, print_answers, split_sum, with_spaces
from .console import NO_GENRE, as_word, clean, plural, print_json, print_table, progress_bars, say, warn
from .options import AsJson, WorkspacePath

if TYPE_CHECKING:
    from ..embeddings import ArrowStore, Filter, PostgresStore, StoredArtist
    from ..embeddings.stores.interface import Found, VectorStore

app = typer.Typer(
    help="Neighbors computed ahead, kept in files or in PostgreSQL, so that answers come at once.",
    no_args_is_help=True,
)
Name = Annotated[str, typer.Argument(help="An artist's name or id.")]
Place = Annotated[
    str,
    typer.Argument(
        metavar="STORE",
        help="Folder of a workspace, or postgresql://USER@HOST/DATABASE; postgresql:// alone is what "
        "BANDSCAPE_STORE_URL or PGHOST, PGUSER, ... say.",
    ),
]
Approximate = Annotated[
    bool,
    typer.Option(
        "--approximate",
        help="Search by an index of faiss, kept beside the store: several times as quick, one answer of a hundred "
        "may be overlooked.",
    ),
]
Schema = Annotated[str, typer.Option("--schema", help="Schema of the store in PostgreSQL.")]


@app.command()
def build(
    workspace: WorkspacePath,
    k: Annotated[
        int, typer.Option("--neighbors", min=1, max=1000, help="Neighbors kept of each artist.")
    ] = 50,
    approximate: Annotated[
        bool,
        typer.Option(
            "--approximate",
            help="Make the index of approximate search as well; worth it from 100,000 artists.",
        ),
    ] = False,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="ADDRESS", help="Copy it to PostgreSQL as well: postgresql://USER@HOST/DATABASE."
        ),
    ] = None,
    schema: Schema = "bandscape",
    index: Annotated[
        str,
        typer.Option(
            "--index",
            help="How PostgreSQL searches: ivf (lists of near vectors), hnsw (a graph), exact (no index) or auto.",
        ),
    ] = "auto",
    index_memory: Annotated[
        int,
        typer.Option(
            "--index-memory",
            min=1,
            metavar="MB",
            help="Megabytes of memory that the server may use to build the index.",
        ),
    ] = 1024,
    index_workers: Annotated[
        int | None,
        typer.Option(
            "--index-workers",
            min=0,
            help="Parallel workers that build the index; default: the server's own setting.",
        ),
    ] = None,
    reader: Annotated[
        list[str] | None,
        typer.Option("--reader", help="PostgreSQL role that may read the store. Can be repeated."),
    ] = None,
) -> None:
    """Precompute the nearest artists of every artist; with --to, copy all of it to PostgreSQL."""
    if to is not None:
        check_address(to, schema)
    with Workspace(workspace).writing() as opened, progress_bars() as on_progress:
        record = steps.build_neighbors(opened, k=k, on_progress=on_progress)
        store = steps.open_store(opened, approximate=approximate, on_progress=on_progress)
    verb = "unchanged" if record.skipped else f"built in {record.seconds:.1f} s"
    say(f"store {verb}: {len(store):,} artists in {store.directory}")
    if store.index is not None:
        looked = f"{store.index.n_probed:,} of {plural(len(store.index.centers), 'list')} looked at"
        say(f"approximate search: {looked}, {store.index.recall:.1%} of the ten nearest found in a trial")
    if to is None:
        say(f'next: bandscape store similar {as_word(workspace)} "NAME"')
        return
    from ..embeddings import IndexOptions

    options = IndexOptions(index, memory_mb=index_memory, workers=index_workers)
    _copy(store, to, schema, options, tuple(reader or ()))


def _copy(store: "ArrowStore", address: str, schema: str, options: Any, readers: tuple[str, ...]) -> None:
    from ..embeddings import copy_to_postgres

    with progress_bars() as on_progress:
        about = copy_to_postgres(
            store, address, schema=schema, index=options, readers=readers, on_progress=on_progress
        )
    if about is None:
        raise KeyboardInterrupt
    kind = "exact search" if about.index_kind == "exact" else "an index"
    say(
        f"copied to {_shown(address, schema)}: {about.artists:,} artists, {kind}, generation {about.generation}"
    )
    say('next: bandscape store similar postgresql:// "NAME", or bandscape serve --store postgresql://, with the '
        "address in BANDSCAPE_STORE_URL")  # fmt: skip


@app.command()
def get(place: Place, name: Name, schema: Schema = "bandscape", as_json: AsJson = False) -> None:
    """Show what the store has of an artist."""
    found = _open_place(place, schema, approximate=False).get(name)
    if as_json:
        print_json({**_facts(found), "vector": found.vector.tolist()})
        return
    for key, value in _facts(found).items():
        shown = ", ".join(value) if isinstance(value, list) else value
        say(f"{key}: {'–' if shown in (None, '') else clean(shown)}")


@app.command()
def similar(
    place: Place,
    name: Name,
    top: Annotated[int, typer.Option("--top", min=1, help="Number of answers.")] = 10,
    genre: Annotated[str | None, typer.Option("--genre", help="Only artists of this genre.")] = None,
    score: Annotated[
        str | None, typer.Option("--score", help="Only artists with a mean score from,to: 7,10.")
    ] = None,
    years: Annotated[
        str | None, typer.Option("--years", help="Only artists with a year from,to: 1990,1999.")
    ] = None,
    approximate: Approximate = False,
    schema: Schema = "bandscape",
    as_json: AsJson = False,
) -> None:
    """List the artists nearest to one: as precomputed, or, with a filter, searched for."""
    only = _filter(genre, score, years)
    store = _open_place(place, schema, approximate=approximate)
    asked = store.get(name)
    found, read_as = (store.neighbors(name, top), None) if only is None else _others(store, asked, top, only)
    rows = [
        {"rank": rank, "cosine": cosine, **_facts(artist)}
        for rank, (artist, cosine) in enumerate(found, start=1)
    ]
    if as_json:
        print_json({"query": {"plus": [asked.name], "minus": []}, "results": rows})
        return
    print_table(
        [("#", "right"), ("artist", "left"), ("cosine", "right"), ("genres", "left"), ("score", "right"),
         ("reviews", "right")],
        [(row["rank"], row["name"], f"{row['cosine']:.3f}", ", ".join(row["genres"]) or NO_GENRE,
          None if row["mean_score"] is None else f"{row['mean_score']:.1f}", row["n_reviews"]) for row in rows],
    )  # fmt: skip
    if not rows and only is not None:
        say("no other artist has all of " + ", ".join(f"{name} {clean(value)}" for name, value in
            (("--genre", genre), ("--score", score), ("--years", years)) if value is not None))  # fmt: skip
    if read_as is not None:
        say(f"{clean(genre)}: read as the genre {clean(read_as)}")
    say(f"nearest to {clean(asked.name)}")


@app.command()
def analogy(
    place: Place,
    question: Annotated[
        str, typer.Argument(help="A sum of artists, spaces around its signs: 'radiohead - coldplay + bjork'.")
    ],
    top: Annotated[int, typer.Option("--top", min=1, help="Number of answers.")] = 10,
    approximate: Approximate = False,
    schema: Schema = "bandscape",
    as_json: AsJson = False,
) -> None:
    """Calculate with the artists of a store. Genres, labels, years and topics are terms of `artists analogy`.

    In a store of more than 20,000 artists the rank near the added artists alone (baseline), and what the line on trust
    goes by, are estimates from an even sample.
    """
    from ..embeddings import ask_store

    plus, minus = split_sum(question)
    if not plus:
        raise needs_something_to_add(minus)
    if len(plus) + len(minus) > MOST_TERMS:
        raise ParameterError(f"a query has at most {MOST_TERMS} terms; got {len(plus) + len(minus)}")
    store = _open_place(place, schema, approximate=approximate)
    try:
        found = ask_store(store, plus, minus, topn=top)
    except UnknownNameError as error:
        raise with_spaces(error, store.get) from error
    print_answers(found, by="the vectors of the store", few="a vector that is known", as_json=as_json)


@app.command()
def put(
    place: Place,
    source: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Parquet with artist_id, name, vector; genres, mean_score, n_reviews, years if there are any.",
        ),
    ],
    schema: Schema = "bandscape",
) -> None:
    """Add artists to a store, or replace those of the same id. The neighbors of all are as if built anew."""
    from ..embeddings.stores.additions import read_additions
    from ..embeddings.stores.postgres_connection import is_address

    table, years = read_additions(source)
    if is_address(place):
        with _opened(place, schema) as store, progress_bars() as on_progress:
            if not store.put(table, years=years, on_progress=on_progress):
                raise KeyboardInterrupt
            total, shown = len(store), _shown(place, schema)
    else:
        with Workspace(place).writing() as opened, progress_bars() as on_progress:
            record = steps.put_artists(opened, source, on_progress=on_progress)
        total, shown = len(steps.open_store(opened)), place
        if record.skipped:
            say(f"unchanged: {total:,} in {shown}")
            return
    say(f"{plural(len(table), 'artist')} put in; {total:,} in {shown}")


@app.command()
def remove(
    place: Place,
    artist_ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids of artists.")],
    schema: Schema = "bandscape",
) -> None:
    """Take artists away from a store. The neighbors of all are as if built anew."""
    from ..embeddings.stores.postgres_connection import is_address

    if is_address(place):
        with _opened(place, schema) as store, progress_bars() as on_progress:
            if not store.remove(artist_ids, on_progress=on_progress):
                raise KeyboardInterrupt
            said = f"{plural(len(set(artist_ids)), 'artist')} taken away; {len(store):,} in {_shown(place, schema)}"
    else:
        with Workspace(place).writing() as opened, progress_bars() as on_progress:
            record = steps.remove_artists(opened, artist_ids, on_progress=on_progress)
        said = (
            f"{'unchanged' if record.skipped else 'taken away'}: {len(steps.open_store(opened)):,} in {place}"
        )
    say(said)


def _open_place(place: str, schema: str, *, approximate: bool) -> "ArrowStore | PostgresStore":
    """Return the store of a workspace or at an address; warn of a password that others can see."""
    from ..embeddings.stores.postgres_connection import is_address

    if is_address(place):
        no_index_of_postgres(approximate)
        return _opened(place, schema)
    if "://" in place:
        raise ParameterError("STORE must be a folder or an address that begins with postgresql://")
    with progress_bars(quiet=not approximate) as on_progress:
        return steps.open_store(Workspace(place), approximate=approximate, on_progress=on_progress)


def no_index_of_postgres(approximate: bool) -> None:
    """Refuse approximate search by faiss in a store that PostgreSQL searches."""
    if approximate:
        raise ParameterError(
            "--approximate is for stores in files; PostgreSQL has an index of its own (store build --index)"
        )


def _opened(place: str, schema: str) -> "PostgresStore":
    from ..embeddings import PostgresStore

    check_address(place, schema)
    return PostgresStore(place, schema=schema, connections=1, timeout_s=60.0)


def check_address(place: str, schema: str) -> None:
    """Refuse what is no address, and warn of a password in it that others can see."""
    from ..embeddings.stores.postgres_connection import SCHEMES, Address, is_address

    if not is_address(place):
        raise ParameterError("--to must be an address such as postgresql://USER@HOST/DATABASE")
    if Address.of(place, schema=schema).has_password and place.strip() not in SCHEMES:
        warn("a password in a command can be seen by others on this machine; keep the address in BANDSCAPE_STORE_URL, "
             "or the password in PGPASSWORD or ~/.pgpass")  # fmt: skip


def _shown(place: str, schema: str) -> str:
    from ..embeddings.stores.postgres_connection import Address

    return f"{Address.of(place, schema=schema)} (schema {clean(schema)})"


def _others(
    store: "VectorStore", asked: "StoredArtist", top: int, only: "Filter"
) -> "tuple[Found, str | None]":
    """Return the nearest that pass; if nobody does, by the genre that is meant, and that; raise if nobody can."""
    from ..embeddings.stores.offered import meant

    found, read_as = store.search(asked.vector, top + 1, only), None
    if not found and (mended := meant(only, store.offered())) != only:
        found, read_as = store.search(asked.vector, top + 1, mended), mended.genre
    return [pair for pair in found if pair[0].row != asked.row][:top], read_as


def _facts(artist: "StoredArtist") -> dict[str, Any]:
    fields = ("artist_id", "name", "genres", "mean_score", "n_reviews")
    facts = {field: getattr(artist, field) for field in fields}
    return {**facts, "genres": list(artist.genres), "mean_score": rounded_mean(artist.mean_score)}


def _filter(genre: str | None, score: str | None, years: str | None) -> "Filter | None":
    from ..embeddings import Filter

    if genre is None and score is None and years is None:
        return None
    low_high = None if score is None else _two(score, "--score", example="7,10")
    span = None if years is None else _two(years, "--years", example="1990,1999")
    return Filter(genre, low_high, None if span is None else (int(span[0]), int(span[1])))


def _two(text: str, option: str, *, example: str) -> tuple[float, float]:
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ParameterError(f"{option} must be two numbers such as {example}; got {text[:60]!r}") from error
    if not (abs(low) <= abs(high) < 1e9 and low <= high):
        raise ParameterError(f"{option} must be two numbers, the smaller first; got {text[:60]!r}")
    return low, high
