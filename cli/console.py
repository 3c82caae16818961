"""What commands say: results on stdout, everything else on stderr; plain in pipes and under NO_COLOR.

Public names: :func:`say`, :func:`warn`, :func:`fail`, :func:`decibels`, :func:`print_json`, :func:`print_table`,
:func:`progress_bars`, :func:`clean`, :func:`tame`,
:func:`plural`, :data:`NO_GENRE`, :data:`LONGEST_NOTE`.
"""

import codecs
import json
import shlex
import sys
import time
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..core.events import log_event
from ..core.progress import Progress, ProgressCallback

WIDTH = 100
_ONE_LINE = 60  # characters of a value
NO_GENRE = "no genre given"
_LOG_EVERY_S = 10.0
LONGEST_NOTE = 2000  # characters; the remedy stands at the end of a note


def clean(text: object, width: int = 60) -> str:
    """Make foreign text safe to show in a terminal: no control or bidirectional characters, at most ``width`` long.

    Names come from files and may hold escape sequences.
    """
    shown = " ".join(tame(str(text)[: 4 * width]).split())
    return shown if len(shown) <= width else shown[: width - 1] + "…"


def tame(text: str) -> str:
    """Put a blank in the place of each control and bidirectional character but the end of a line."""
    return "".join(
        char if char == "\n" or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"} else " "
        for char in text
    )


def as_word(value: object) -> str:
    """Return a path or a name as one word of a shell, for commands that messages propose."""
    return shlex.quote(tame(str(value)).replace("\n", " "))


def say(text: str, *, err: bool = False) -> None:
    """Print one line of plain text, to stdout or stderr."""
    stream = sys.stderr if err else sys.stdout
    encoding = stream.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), file=stream, flush=True)


def warn(text: str) -> None:
    """Print a warning line on stderr."""
    log_event("warning", message=clean(text, LONGEST_NOTE))
    say(f"warning: {clean(text, LONGEST_NOTE)}", err=True)


def fail(text: str) -> None:
    """Print an error line on stderr."""
    log_event("error", message=clean(text, LONGEST_NOTE))
    say(f"error: {clean(text, LONGEST_NOTE)}", err=True)


def plural(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun: "1 review", "2,000 reviews"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def shown_size(path: Path) -> str:
    """Return the size of a file for people: "25 kB", "4.5 MB"."""
    size = path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"


def decibels(value: float | None, sign: str = "") -> str | None:
    """Return a level with one digit, ``sign="+"`` before gains, too; None for what was not measured."""
    return None if value is None else f"{round(value, 1) + 0.0:{sign}.1f}"  # no -0.0


def print_json(value: Any) -> None:
    """Print one JSON document on stdout; non-ASCII stays readable where stdout can hold it, NaN becomes null."""
    holds_all = codecs.lookup(sys.stdout.encoding or "utf-8").name.startswith("utf")
    say(json.dumps(_without_nan(value), ensure_ascii=not holds_all, indent=1, allow_nan=False))


def _without_nan(value: Any) -> Any:
    if hasattr(value, "item"):  # numpy scalars
        value = value.item()
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    if isinstance(value, dict):
        return {str(key): _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return value


def print_table(
    columns: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[object]],
    *,
    title: str = "",
    longest: int = _ONE_LINE,
) -> None:
    """Print a table no wider than 100 columns.

    Parameters
    ----------
    columns : sequence of (heading, "left" or "right")
    rows : sequence of sequences
        Values are made safe to show; None shows as a dash.
    title : str
        Printed above, if any.
    longest : int
        Characters of a value at most; the rest is cut. A word of a longer value that its column is too narrow for goes
        on in the next line; else it is cut.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=min(WIDTH, Console().width) if sys.stdout.isatty() else WIDTH, highlight=False)
    table = Table(box=SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False)
    for heading, side in columns:
        justify = "right" if side == "right" else "left"
        overflow = "fold" if longest > _ONE_LINE and side == "left" else "ellipsis"
        table.add_column(heading, justify=justify, no_wrap=side == "right", overflow=overflow)
    for row in rows:
        table.add_row(*(Text("–" if value is None else clean(value, longest)) for value in row))
    console.print(table)


@contextmanager
def progress_bars(*, quiet: bool = False) -> Iterator[ProgressCallback]:
    """Yield a callback that shows each stage as a bar with rate and time left, on stderr.

    Outside a terminal each stage is one line when it begins, so that logs stay short.
    """
    if quiet:
        yield _logged(lambda _event: None)
        return
    if not sys.stderr.isatty():
        yield _logged(_plain_progress())
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    bars = Bars(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[count]}"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[values]}"),
        console=Console(stderr=True, width=None),
    )
    tasks: dict[str, TaskID] = {}

    def show(event: Progress) -> None:
        if event.stage not in tasks:
            tasks[event.stage] = bars.add_task(event.stage, total=event.total, count="", rate="", values="")
        task = tasks[event.stage]
        speed = bars.tasks[bars.task_ids.index(task)].speed
        of_total = f"/{event.total:,.0f}" if event.total else ""
        bars.update(
            task,
            completed=event.done,
            total=event.total,
            count=f"{event.done:,.0f}{of_total} {event.unit}",
            rate=f"{speed:,.0f}/s" if speed else "",
            values="  ".join(f"{name} {value:.4g}" for name, value in event.values.items()),
        )

    with bars:
        yield _logged(show)


def _logged(show: ProgressCallback) -> ProgressCallback:
    """Also log each stage when it begins, every ten seconds, and when it ends."""
    last: dict[str, float] = {}

    def tell(event: Progress) -> bool | None:
        now = time.monotonic()
        is_last = event.total is not None and event.done >= event.total
        if is_last or now - last.get(event.stage, -_LOG_EVERY_S) >= _LOG_EVERY_S:
            last[event.stage] = now
            log_event(
                "progress", stage=event.stage, done=event.done, total=event.total, unit=event.unit,
                values={name: value if value == value else None for name, value in event.values.items()},
            )  # fmt: skip
        return show(event)

    return tell


def _plain_progress() -> ProgressCallback:
    seen: set[str] = set()

    def show(event: Progress) -> None:
        if event.stage not in seen:
            seen.add(event.stage)
            of_total = f" ({event.total:,.0f} {event.unit})" if event.total else ""
            say(f"{event.stage}{of_total} ...", err=True)

    return show
