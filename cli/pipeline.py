"""The commands that do everything: run, demo."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from ..core.errors import NothingSharedError, SourceError
from ..core.executors import Executor
from ..core.progress import ProgressCallback
from ..core.workspace import StepRecord, Workspace
from . import steps
from .answers import answer
from .console import as_word, clean, progress_bars, say, warn
from .corpus import corpus_line, read_source, say_what_was_read
from .options import (
    Address,
    Columns,
    DateOrder,
    Encoding,
    ExecutorName,
    FilledDown,
    KeptArtists,
    Language,
    NArtists,
    NReviews,
    OutPath,
    Replace,
    ScoreRange,
    Seed,
    Separators,
    SourceFormat,
    Threads,
    Workers,
    n_threads,
    open_executor,
    read_import_options,
)
from .topics.fitting import show, warn_about_keywords
from .topics.rounds import REFIT_SWEEPS

_SHOWN_TOPICS = 5


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the root command."""
    app.command()(demo)
    app.command()(run)


def demo(
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Folder of the workspace to write.")
    ] = Path("demo"),
    reviews: NReviews = 2000,
    artists: NArtists = 400,
    seed: Seed = 0,
    threads: Threads = None,
) -> None:
    """Simulate a corpus with sound, find its topics, learn its artists, draw its map: the whole of it at once."""
    started = time.perf_counter()
    with Workspace.create(out) as workspace, progress_bars() as on_progress:
        record = steps.simulate_corpus(
            workspace,
            n_reviews=reviews,
            n_artists=artists,
            random_state=seed,
            audio=True,
            hostile_names=False,
            on_progress=on_progress,
        )
        say(corpus_line(workspace, record))
        _join(workspace, None, threads, on_progress)
        n_heard = model(
            workspace, seed=seed, threads=threads, on_progress=on_progress, title="A simulated music press"
        )
    show(out, top=8)
    answer(out, plus=[steps.best_known_artist(Workspace(out))], minus=[], top=5, as_json=False)
    page = out / steps.MAP
    say(
        f"done in {time.perf_counter() - started:.0f} s; open {page} in a browser (no network needed):"
        f" click an artist to see it, once more to hear it ({n_heard:,} can be heard)"
    )
    say("next: bandscape run YOUR.csv --out my-workspace")


def run(
    source: Annotated[
        Path, typer.Argument(help="File, archive or folder with reviews, or a simulated workspace.")
    ],
    out: OutPath,
    topics_config: Annotated[
        Path | None,
        typer.Option(
            "--topics-config",
            help="Your own topics: a topics.json with ids, proportions and keywords (docs/topics.md).",
        ),
    ] = None,
    format_: SourceFormat = None,
    columns: Columns = None,
    score_range: ScoreRange = None,
    artist_separator: Separators = None,
    keep_artist: KeptArtists = None,
    date_order: DateOrder = None,
    encoding: Encoding = None,
    fill_down: FilledDown = None,
    language: Language = None,
    replace: Replace = False,
    audio: Annotated[
        Path | None,
        typer.Option("--audio", help="Folder of sounds, one folder an artist: also join their sound."),
    ] = None,
    seed: Seed = 0,
    threads: Threads = None,
    executor: ExecutorName = "local",
    workers: Workers = None,
    address: Address = None,
) -> None:
    """From reviews to topics, artist vectors and a map; what is done already is skipped, what was cut off goes on."""
    started = time.perf_counter()
    if audio is not None and not audio.is_dir():
        raise SourceError(f"--audio must be a folder of sound files; {audio} is none")
    wanted = steps.read_topic_config(topics_config) if topics_config else None
    options = read_import_options(
        source_format=format_, columns=columns, score_range=score_range, artist_separators=artist_separator,
        keep_artists=keep_artist, date_order=date_order, encoding=encoding, fill_down=fill_down,
    )  # fmt: skip
    language = steps.check_language(language)
    with (
        open_executor(executor, workers, address) as others,
        Workspace.create(out) as workspace,
        progress_bars() as on_progress,
    ):
        if not _is_itself(source, workspace):
            record = read_source(workspace, source, options, replace=replace, on_progress=on_progress)
        else:
            record = workspace.steps()["import"]
        steps.keep_language(workspace, language)
        say_what_was_read(workspace, record)
        if audio is not None:
            _join(workspace, audio, threads, on_progress)
        model(
            workspace, config=wanted, seed=seed, threads=threads, audio=audio, on_progress=on_progress, executor=others
        )  # fmt: skip
    page = out / steps.MAP
    made = f"the map is {page}" if page.exists() else f"the tables are in {out / 'corpus'}"
    for line in _topics_found(Workspace(out)):
        say(line)
    say(f"done in {time.perf_counter() - started:.0f} s; {made}")
    say(_next(Workspace(out)))


def _join(
    workspace: Workspace, audio: Path | None, threads: int | None, on_progress: ProgressCallback
) -> None:
    record = steps.join_audio(workspace, audio, n_jobs=n_threads(threads), on_progress=on_progress)
    facts = steps.joined_facts(workspace)
    heard = (
        f"{facts['artists']:,} of {facts['of_artists']:,} artists, {facts['quarantined']:,} files set aside"
    )
    learned = f"; with the content network of {facts['content']}" if "content" in facts else ""
    say(f"{_line('audio', record)}: {heard}{learned}")


def _topics_found(workspace: Workspace) -> list[str]:
    """Return a line with the largest topics, if there are any: those that gather noise say nothing."""
    if not steps.has_topics(workspace):
        return []
    topics = sorted(steps.called_topics(workspace), key=lambda topic: -topic["share"])
    largest = [f"{topic['label']} {100 * topic['share']:.0f} %" for topic in topics[:_SHOWN_TOPICS]]
    more = f" and {len(topics) - _SHOWN_TOPICS} more" if len(topics) > _SHOWN_TOPICS else ""
    return [f"topics: {clean('; '.join(largest), 300)}{more}"]


def _next(workspace: Workspace) -> str:
    """Return what one might do next with what was made."""
    root = workspace.root
    ways = [f"bandscape topics show {as_word(root)}"] if steps.has_topics(workspace) else []
    if workspace.has(steps.VECTORS):
        ways.append(
            f"bandscape artists similar {as_word(root)} {as_word(steps.best_known_artist(workspace))}"
        )
    return "next: " + "   or   ".join(ways or [f"bandscape info {as_word(root)}"])


def model(
    workspace: Workspace,
    *,
    config: list[dict[str, Any]] | None = None,
    seed: int = 0,
    threads: int | None = None,
    title: str | None = None,
    audio: Path | None = None,
    on_progress: ProgressCallback | None = None,
    executor: Executor | None = None,
) -> int:
    """Do every step after the import, one line for each; return how many artists can be heard on the map."""
    jobs = n_threads(threads)
    if steps.has_texts(workspace):
        record = steps.prepare_corpus_text(workspace, n_jobs=jobs, on_progress=on_progress, executor=executor)
        say(_line("text", record))
    if steps.has_texts(workspace) and steps.count_words(workspace):
        record = None if config else steps.kept_round(workspace, random_state=seed)
        kept = None if config else steps.kept_topic_config(workspace)
        if record is None and kept and _is_outdated(workspace):
            record = steps.refit_topics(
                workspace, n_sweeps=REFIT_SWEEPS, random_state=seed, n_jobs=jobs, on_progress=on_progress,
                executor=executor,
            )  # fmt: skip
        record = record or steps.fit_topics(
            workspace, config=config or kept, prior=steps.kept_prior(workspace) if kept else None,
            random_state=seed, n_jobs=jobs, on_progress=on_progress, executor=executor,
        )  # fmt: skip
        say(_line("topics", record))
        warn_about_keywords(workspace)
    else:
        lack = "too little text" if steps.has_texts(workspace) else "no review has a text"
        warn(f"{lack} to find topics in; artists and map go on")
    if steps.count_artists(workspace) < 2:
        warn(
            "the reviews name fewer than two artists, so there are no vectors and no map; if a column of the source "
            "names them, say which: --columns artist=NAME"
        )
        return 0
    try:
        say(_line("artists", steps.keep_artists(workspace, random_state=seed, on_progress=on_progress)))
    except NothingSharedError as error:
        warn(f"no vectors and no map: {error}")
        return 0
    record = steps.lay_out_artists(workspace, random_state=seed, n_jobs=jobs, on_progress=on_progress)
    say(_line("layout", record))
    say(_line("clusters", steps.cluster_artists(workspace, random_state=seed)))
    return steps.write_map(workspace, workspace.root / steps.MAP, title=title, audio=audio).n_sounding


def _is_outdated(workspace: Workspace) -> bool:
    """Return whether there is a round, of an earlier corpus."""
    number = workspace.values().get(steps.CURRENT_ROUND)
    return number is not None and steps.outdated_by(workspace, number) is not None


def _line(step: str, record: StepRecord) -> str:
    return f"{step} unchanged" if record.skipped else f"{step} done in {record.seconds:.1f} s"


def _is_itself(source: Path, workspace: Workspace) -> bool:
    return source.resolve() == workspace.root.resolve() and workspace.has(steps.REVIEWS)
