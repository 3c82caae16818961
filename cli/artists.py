"""Commands about artists: fit, list, similar, analogy, explain, clusters, import, export."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ..core.errors import ParameterError
from ..core.workspace import Workspace
from . import steps
from .answers import MOST_TERMS, answer, shown_score, span_of, split_sum
from .console import NO_GENRE, as_word, clean, plural, print_json, print_table, progress_bars, say, warn
from .options import (
    Address,
    AsJson,
    ExecutorName,
    KeptSeed,
    Seed,
    SideFeatureFiles,
    Threads,
    Workers,
    WorkspacePath,
    n_threads,
    only_one,
    open_executor,
)

app = typer.Typer(help="Artist vectors: neighbors, analogies, clusters.", no_args_is_help=True)

Top = Annotated[int, typer.Option("--top", min=1, help="Number of answers.")]
Method = Annotated[
    str, typer.Option("--method", help="3cosadd (sums), 3cosmul (products) or 3cosavg (one average offset).")
]
MinReviews = Annotated[
    int, typer.Option("--min-reviews", min=0, help="Leave out artists with fewer reviews than this.")
]

Contexts = Annotated[
    str | None,
    typer.Option(
        "--contexts",
        help="What artists are learnt from, with weights: genre=1,score=1,genre-score=.5,year=.3,label=.3,author,"
        "topics,listeners,listened-together, or a column of --columns; or a .json file (docs/artists.md).",
    ),
]
Histories = Annotated[
    Path | None,
    typer.Option(
        "--histories", help="Who listened to whom: user_id and artists (lists) or artist (a row each)."
    ),
]
ArtistColumns = Annotated[
    list[Path] | None,
    typer.Option(
        "--columns", help="Further columns of artists (.parquet, .csv, .jsonl), by artist_id or name."
    ),
]


@app.command()
def fit(
    workspace: WorkspacePath,
    dim: Annotated[int, typer.Option("--dim", min=2, max=1024, help="Numbers in each vector.")] = 64,
    seed: Seed = 0,
    contexts: Contexts = None,
    histories: Histories = None,
    columns: ArtistColumns = None,
    side_features: SideFeatureFiles = None,
    projection: Annotated[
        str | None,
        typer.Option(
            "--projection",
            help="How side features place artists: joint (learnt in the same training, the default) or ridge (fitted "
            "afterwards).",
        ),
    ] = None,
    loss: Annotated[
        str | None,
        typer.Option(
            "--loss", help="What training minimizes: nce (the default), negative_sampling or softmax."
        ),
    ] = None,
    epochs: Annotated[
        float | None,
        typer.Option(
            "--epochs", help="Training length: how often each fact about an artist is drawn on average."
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            help="tutorial: the settings of the tutorial that this grew from; other options override them.",
        ),
    ] = None,
    optimizer: Annotated[
        str | None,
        typer.Option(
            "--optimizer", help="adagrad (the default; a step size for each vector) or sgd (one for all)."
        ),
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option("--learning-rate", help="First step size; with sgd, of the mean loss of a batch."),
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option("--batch-size", help="Most pairs of artist and fact in one training step.")
    ] = None,
    negatives: Annotated[
        int | None, typer.Option("--negatives", help="Noise outputs that each pair is told from (8).")
    ] = None,
    pull: Annotated[
        float | None,
        typer.Option(
            "--pull", help="Pull of the vectors toward zero (0.2); without any, subtraction is less clean."
        ),
    ] = None,
    schedule: Annotated[
        str | None,
        typer.Option(
            "--schedule", help="Learning rate over the training: linear (falling, the default) or constant."
        ),
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(
            "--patience",
            help="End early: after so many looks in a row (every 64 steps) without a better score on pairs held out "
            "of the training. By default all pairs are trained on, to the end.",
        ),
    ] = None,
    logs: Annotated[
        Path | None, typer.Option("--logs", help="Folder for curves of the training, shown by TensorBoard.")
    ] = None,
    executor: ExecutorName = "local",
    workers: Workers = None,
    address: Address = None,
) -> None:
    """Learn a vector for each artist from genres, scores, labels, years and reviewers, or from what you name."""
    names = tuple(side_features or ())
    sources = steps.ArtistSources(
        contexts, histories, only_one(columns, "--columns"), names, _projection(projection, names)
    )
    named = {"preset": preset, "optimizer": optimizer, "loss": loss, "epochs": epochs,
             "learning_rate": learning_rate, "batch_size": batch_size, "n_negatives": negatives, "l2": pull,
             "schedule": schedule, "patience": patience}  # fmt: skip
    training = {name: value for name, value in named.items() if value is not None}
    with (
        open_executor(executor, workers, address) as others,
        Workspace(workspace).writing() as opened,
        progress_bars() as on_progress,
    ):
        if others is not None:
            warn(
                "while they train, TensorFlow's workers listen on ports that ask for no token: for networks you trust"
            )
        record = steps.fit_artists(
            opened, dim=dim, random_state=seed, sources=sources, training=training, logs=logs,
            on_progress=on_progress, on_note=warn, executor=others,
        )  # fmt: skip
    verb = "unchanged" if record.skipped else f"done in {record.seconds:.1f} s"
    table = steps.load_vectors(opened)
    say(
        f"artists {verb}: {len(table.names):,} vectors of length {table.matrix.shape[1]} in {workspace / steps.VECTORS}"
    )
    say(
        f'next: bandscape artists similar {as_word(workspace)} "NAME"   or   '
        f"bandscape map {as_word(workspace)} --out map.html"
    )


def _projection(asked: str | None, names: tuple[str, ...]) -> str:
    """Return how side features are to place artists."""
    from ..embeddings.side_placing import PROJECTIONS

    if asked is None:
        return PROJECTIONS[0]
    if asked not in PROJECTIONS:
        raise ParameterError(f"--projection must be one of {', '.join(PROJECTIONS)}; got {clean(asked)!r}")
    if not names:
        raise ParameterError(
            "--projection says how side features place artists; name some by --side-features"
        )
    return asked


@app.command()
def place(
    workspace: WorkspacePath,
    side_features: SideFeatureFiles = None,
    top: Top = 5,
    as_json: AsJson = False,
) -> None:
    """Place artists that were never trained by their side features; show who is near."""
    names = tuple(side_features or ())
    if not names:
        raise ParameterError("--side-features must name a file with the features of the artists to place")
    found = steps.place_artists(Workspace(workspace), names, top=top)
    if as_json:
        print_json(found)
        return
    new = [entry for entry in found if not entry["trained"]]
    rows = [(entry["name"], ", ".join(near["name"] for near in entry["results"])) for entry in new or found]
    print_table([("artist", "left"), ("nearest by side features", "left")], rows)
    if new and len(new) < len(found):
        say(f"{plural(len(found) - len(new), 'other artist')} of the files have been trained and are left out here "
            "(--json has them)")  # fmt: skip


@app.command(name="cold-start")
def cold_start(
    workspace: WorkspacePath,
    side_features: SideFeatureFiles = None,
    contexts: Contexts = None,
    histories: Histories = None,
    columns: ArtistColumns = None,
    splits: Annotated[int, typer.Option("--splits", min=1, help="How many splits, each trained anew.")] = 3,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Measure what side features are worth: genres near artists left out of training, beside peers and chance.

    Vectors are learnt anew as those of the workspace were, or from the contexts you name.
    """
    if not side_features:
        raise ParameterError("--side-features must name a file of vectors by artist, topics or audio")
    if contexts is None and (histories or columns):
        raise ParameterError("--histories and --columns are for the contexts that --contexts names")
    sources = steps.ArtistSources(contexts, histories, only_one(columns, "--columns"), tuple(side_features))
    with progress_bars(quiet=as_json) as on_progress:
        found = steps.measure_side_features(
            Workspace(workspace), sources, n_splits=splits, random_state=seed, on_progress=on_progress
        )
    if as_json:
        print_json(found)
        return
    named = [("with side features", "with_features"), ("shuffled", "shuffled"),
             ("its answers, dealt to anybody (blind)", "blind"), ("without", "without"),
             ("kernel ridge, fitted after the training", "kernel_ridge"), ("linear ridge", "ridge"),
             ("nearest raw features", "raw"),
             ("always the commonest genre", "most_frequent"), ("always the same ten artists", "fixed"),
             ("chance", "chance"), ("trained artists, for comparison", "warm"),
             ("share of genres in common: with side features", "in_common"),
             ("… shuffled", "in_common_shuffled"), ("… kernel ridge", "in_common_kernel_ridge"),
             ("… always the same ten artists", "in_common_fixed"), ("… chance", "in_common_chance")]  # fmt: skip
    rows = [(label, *(f"{split[name]:.3f}" for split in found)) for label, name in named]
    headings = [("genre@10", "left"), *((f"split {split['split'] + 1}", "right") for split in found)]
    print_table(headings, rows)
    say(
        f"{found[0]['n_cold']:,} artists a split, left out of training; share of the ten nearest with a genre of theirs"
    )
    say(
        "artists of many genres share one with most, so that the same ten for everybody can win; the share in common "
        "(genres of both over genres of either) also counts what is too many"
    )
    say(
        "side features do not move artists that have been trained: theirs is the last row with, without and shuffled"
    )


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
        raise ParameterError(
            'an analogy needs something to add: a sum such as "coil - elder ones", or --plus'
        )
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


@app.command("import")
def import_(
    workspace: WorkspacePath,
    source: Annotated[Path, typer.Argument(help="File of vectors in word2vec's format, text or binary.")],
) -> None:
    """Take vectors made elsewhere (gensim: save_word2vec_format) in the place of the learnt ones.

    A key is an artist's id or name. `artists fit` and `run` put learnt vectors back in their place.
    """
    with Workspace(workspace).writing() as opened:
        record, unused = steps.import_vectors(opened, source)
    table = steps.load_vectors(opened)
    verb = "unchanged" if record.skipped else "imported"
    known = int(table.known.sum())
    say(f"artists {verb}: {known:,} of {len(table):,} have a vector of length {table.dim}")
    if unused:
        shown = ", ".join(clean(key, 30) for key in unused[:5]) + (", ..." if len(unused) > 5 else "")
        say(f"note: {plural(len(unused), 'key is', 'keys are')} no artist's: {shown}")
    say(f"next: bandscape map {as_word(workspace)} --out map.html")


FORMATS = {".parquet": "parquet", ".txt": "word2vec", ".bin": "word2vec-binary"}


@app.command()
def export(
    workspace: WorkspacePath,
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write; a folder for the projector.")],
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="parquet, word2vec, word2vec-binary or projector; default: as the file is called "
            "(.parquet, .txt, .bin).",
        ),
    ] = None,
) -> None:
    """Write the vectors: Parquet (artist_id, name, genres, vector), word2vec for gensim, Embedding Projector."""
    table = steps.load_vectors(Workspace(workspace))
    writers: dict[str, Any] = {
        "parquet": table.export_parquet,
        "word2vec": table.export_word2vec,
        "word2vec-binary": table.export_word2vec_binary,
        "projector": table.export_projector,
    }
    wanted = format_ or FORMATS.get(out.suffix)
    if wanted is None:
        raise ParameterError(
            f"--out must end in .parquet, .txt or .bin, or name a --format; got {out.name!r}"
        )
    if wanted not in writers:
        raise ParameterError(f"--format must be one of {', '.join(writers)}; got {wanted!r}")
    if wanted == "projector" and out.exists() and not _is_projector(out):
        raise ParameterError(f"{out}: is no empty folder; the projector's two files need one of their own")
    writers[wanted](out)
    say(f"wrote {len(table.names):,} vectors to {out}")
    if wanted == "projector":
        say("next: load tensors.tsv and metadata.tsv at https://projector.tensorflow.org or in TensorBoard")


def _is_projector(path: Path) -> bool:
    """Tell whether a folder holds nothing but what an earlier export wrote."""
    return path.is_dir() and {child.name for child in path.iterdir()} <= {"tensors.tsv", "metadata.tsv"}
