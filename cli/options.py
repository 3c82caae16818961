"""Arguments and options that several commands share, so that they read and behave alike."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..core.errors import ParameterError

if TYPE_CHECKING:
    from ..core.executors import Executor

EXECUTORS = ("local", "ray")

WorkspacePath = Annotated[Path, typer.Argument(metavar="WORKSPACE", help="Folder of the workspace.")]
OutPath = Annotated[
    Path, typer.Option("--out", "-o", metavar="WORKSPACE", help="Folder of the workspace to write.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
Seed = Annotated[
    int, typer.Option("--seed", min=0, max=2**63 - 1, help="The same seed gives the same result.")
]
KeptSeed = Annotated[
    int | None,
    typer.Option(
        "--seed",
        min=0,
        max=2**63 - 1,
        help="The same seed gives the same result; without it, the one used last.",
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        "--threads", min=1, help="Threads or processes, all cores without it; the result is the same."
    ),
]
ExecutorName = Annotated[
    str,
    typer.Option(
        "--executor",
        help="Where the work is done: local, or ray, on a cluster (needs the extra ray). The result is the same.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", min=1, help="Workers with --executor ray; one for each processor without it."),
]
Address = Annotated[
    str | None,
    typer.Option(
        "--address",
        help="Ray cluster to join, such as 10.0.0.1:6379; without it one is started on this machine, for this machine "
        "only.",
    ),
]
SourceFormat = Annotated[
    str | None,
    typer.Option("--format", help="Format of the source, when it is not detected: see docs/readers.md."),
]
Columns = Annotated[
    str | None,
    typer.Option(
        "--columns",
        help="Which of your columns is which: artist=band,text=body,score=3 (a number is a position, from 0).",
    ),
]
ScoreRange = Annotated[
    str | None,
    typer.Option(
        "--score-range", help="Lowest and highest score of the source: 0,100 or 1,5; 0,10 without it."
    ),
]
Language = Annotated[
    str | None,
    typer.Option(
        "--language",
        help="Language of the reviews: german or de, french, ...; without it the one used last, at first English.",
    ),
]
Separators = Annotated[
    list[str] | None,
    typer.Option(
        "--artist-separator", help='What separates artists in one cell, such as " & "; repeat for several.'
    ),
]
SideFeatureFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--side-features",
        help="Parquet of vectors by artist_id or name, or 'topics', or 'audio' (of audio join): what places artists "
        "without a vector. Repeat for several.",
    ),
]
NReviews = Annotated[int, typer.Option("--reviews", min=1, help="Number of reviews.")]
NArtists = Annotated[int, typer.Option("--artists", min=1, help="Number of artists.")]
Replace = Annotated[
    bool, typer.Option("--replace", help="Put these reviews in the place of others that the workspace holds.")
]


def read_score_range(text: str) -> tuple[float, float]:
    """Return the two numbers of ``--score-range``.

    Raises
    ------
    ParameterError
        If they are not two numbers.
    """
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ParameterError(f"--score-range must be two numbers such as 0,100; got {text!r}") from error
    return low, high


def n_threads(threads: int | None) -> int:
    """Return the number of threads to use."""
    from ..core.executors.local import count_cores

    return threads if threads is not None else count_cores()


def open_executor(
    name: str, workers: int | None, address: str | None
) -> "AbstractContextManager[Executor | None]":
    """Return the executor of ``--executor``, closed when its block is left; None is this machine.

    Raises
    ------
    ParameterError
        If there is no such executor, or the options of another were given.
    MissingExtraError
        If Ray is not installed.
    """
    if name not in EXECUTORS:
        raise ParameterError(f"--executor must be one of {', '.join(EXECUTORS)}; got {name!r}")
    if name == "local":
        given = [
            text for text, value in (("--workers", workers), ("--address", address)) if value is not None
        ]
        if given:
            raise ParameterError(f"{given[0]} is for --executor ray; without it, say --threads")
        return nullcontext()
    from ..core.executors import RayExecutor

    return RayExecutor(workers, address=address)
