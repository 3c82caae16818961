"""Arguments and options that several commands share, so that they read and behave alike."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from ..core.errors import ParameterError
from .steps import ImportOptions
from .steps.pages import check_own_page

if TYPE_CHECKING:
    from ..core.executors import Executor

_Value = TypeVar("_Value")
EXECUTORS = ("local", "ray")

WorkspacePath = Annotated[Path, typer.Argument(metavar="WORKSPACE", help="Folder of the workspace.")]
OutPath = Annotated[
    Path, typer.Option("--out", "-o", metavar="WORKSPACE", help="Folder of the workspace to write.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


def page_to_write(help_: str) -> Any:
    """Return the option --out of a command that writes a page; foreign files are refused before anything is done."""
    return typer.Option("--out", "-o", metavar="FILE", callback=_own_page, help=help_)


def _own_page(out: Path | None) -> Path | None:
    if out is not None:
        check_own_page(out)
    return out


Seed = Annotated[
    int,
    typer.Option(
        "--seed", min=0, max=2**63 - 1, help="The number chance starts from: the same seed, the same result."
    ),
]
KeptSeed = Annotated[
    int | None,
    typer.Option(
        "--seed",
        min=0,
        max=2**63 - 1,
        help="The number chance starts from: the same seed, the same result; default: the one used last.",
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        "--threads",
        min=1,
        help="Processor cores to use; default: all. The result is the same with any number.",
    ),
]
SoundFolder = Annotated[
    Path | None,
    typer.Option(
        "--audio",
        metavar="FOLDER",
        help="Folder of sounds, one folder an artist; default: audio/ in the workspace.",
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
    typer.Option("--workers", min=1, help="Workers with --executor ray; default: one for each processor."),
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
    typer.Option(
        "--format",
        help="Format of the source, where it is not recognized: pitchfork, csv, tsv, pipe, semicolon, jsonl, parquet, "
        "arrow, texts or workspace.",
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--columns",
        help="Which of your columns is which, NAME=YOURS: artist=band,text=body,score=3 (a number is a position, "
        "from 0). Names: review_id, artist, title, text, genres, score, labels, years, author, pub_date, "
        "best_new_music, url, status, post_type, score_max. Can be repeated.",
    ),
]
ScoreRange = Annotated[
    str | None,
    typer.Option(
        "--score-range",
        help="Worst and best score that the source can give: 0,100 or 1,5; 6,1 for school grades; default: 0,10.",
    ),
]
DateOrder = Annotated[
    str | None,
    typer.Option(
        "--date-order",
        help="What comes first in dates such as 03/04/2012: day or month; default: told by the column, else month.",
    ),
]
Language = Annotated[
    str | None,
    typer.Option(
        "--language",
        help="Language of the reviews: german or de, french, ...; default: the one used last, at first English.",
    ),
]
Separators = Annotated[
    list[str] | None,
    typer.Option(
        "--artist-separator", help='What separates artists in one cell, such as " & "; repeat for several.'
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        "--encoding",
        help="What text is written in, where it is neither UTF-8, UTF-16 nor Western: shift_jis, gb18030, cp1251, "
        "mac_roman, ...",
    ),
]
FilledDown = Annotated[
    list[str] | None,
    typer.Option(
        "--fill-down",
        metavar="COLUMN",
        help="Fill blank cells from the row above, where merged cells of a spreadsheet left them: artist, or "
        "artist,genres. Can be repeated; - for none.",
    ),
]
KeptArtists = Annotated[
    list[str] | None,
    typer.Option(
        "--keep-artist",
        metavar="NAME",
        help='A name that is one artist though it looks like several, "Earth, Wind & Fire"; repeat for several.',
    ),
]
SideFeatureFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--side-features",
        help="What tells where artists belong that nothing was learnt about: a Parquet file of vectors by artist_id or "
        "name, or the word topics, or audio (made by `audio join`). Can be repeated.",
    ),
]
NReviews = Annotated[int, typer.Option("--reviews", min=1, help="Number of reviews.")]
NArtists = Annotated[int, typer.Option("--artists", min=1, help="Number of artists.")]
Replace = Annotated[
    bool, typer.Option("--replace", help="Put these reviews in the place of others that the workspace holds.")
]


def read_import_options(
    *,
    source_format: str | None,
    columns: Sequence[str] | None,
    score_range: str | None,
    artist_separators: Sequence[str] | None,
    keep_artists: Sequence[str] | None,
    date_order: str | None,
    encoding: str | None,
    fill_down: Sequence[str] | None,
) -> ImportOptions:
    """Return what the options of `import` and `run` say of the source.

    Raises
    ------
    ParameterError
        If ``--score-range`` is not two numbers.
    """
    return ImportOptions(
        format=source_format,
        columns=joined(columns),
        score_range=None if score_range is None else _read_score_range(score_range),
        artist_separators=tuple(artist_separators or ()),
        keep_artists=tuple(keep_artists or ()),
        date_order=date_order,
        encoding=encoding,
        fill_down=tuple(fill_down or ()),
    )


def _read_score_range(text: str) -> tuple[float, float]:
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ParameterError(f"--score-range must be two numbers such as 0,100; got {text!r}") from error
    return low, high


def joined(values: Sequence[str] | None) -> str | None:
    """Return what a list such as ``--columns`` was given in several parts as one text; None if it was not given."""
    return ",".join(values) if values else None


def only_one(values: Sequence[_Value] | None, option: str) -> _Value | None:
    """Return the value of an option that is given once; None if it was not given.

    Raises
    ------
    ParameterError
        If it was given several times, of which all but one would be lost.
    """
    if values and len(values) > 1:
        raise ParameterError(f"{option} can be given once; got {', '.join(map(str, values))}")
    return values[0] if values else None


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
