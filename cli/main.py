"""The ``bandscape`` command: its groups, its global options, and how errors end it."""

import errno
import io
import logging
import os
import platform
import sys
import time
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import __version__
from ..core.errors import NO_ROOM, BandscapeError, ChecksumError, ParameterError
from ..core.events import log_event
from ..core.passwords import hide_passwords
from ..core.unpickling import forbid_pickles
from ..core.workspace import Workspace
from . import (
    artists,
    audio,
    corpus,
    doctor,
    evaluate,
    explore,
    info,
    logs,
    maps,
    pipeline,
    serve,
    store,
    topics,
)
from .console import as_word, fail, warn
from .given_once import given_once
from .minus_first import minus_first
from .plain_help import plain_help
from .steps.paths import CURRENT_ROUND

INTERRUPTED = 130
_COMMANDS = {
    "import": "import SOURCE --out WORKSPACE",
    "text": "topics fit WORKSPACE",
    "topics": "topics fit WORKSPACE",
    "chains": "topics chains WORKSPACE",
    "artists": "artists fit WORKSPACE",
    "layout": "map WORKSPACE",
    "clusters": "artists clusters WORKSPACE",
    "store": "store build WORKSPACE",
    "audio": "audio join WORKSPACE",
}  # fmt: skip  (steps of a workspace, and what does them)

app = typer.Typer(
    name="bandscape",
    help="Topics you steer, artists you can calculate with, maps to share: from music writing.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog="Exit codes: 0 done, 1 failed, 2 wrong use, 130 stopped by Ctrl-C. Start with `bandscape demo`.",
)
pipeline.register(app)
corpus.register(app)
info.register(app)
app.add_typer(topics.app, name="topics")
app.add_typer(artists.app, name="artists")
app.add_typer(store.app, name="store")
app.add_typer(audio.app, name="audio")
maps.register(app)
evaluate.register(app)
explore.register(app)
serve.register(app)
doctor.register(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"bandscape {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error and detailed logs.")
    ] = False,
    log_json: Annotated[
        str | None,
        typer.Option(
            "--log-json",
            metavar="FILE",
            help="Append what happens to a file, one JSON object a line (or set BANDSCAPE_LOG_JSON).",
        ),
    ] = None,
) -> None:
    """Topics you steer, artists you can calculate with, maps to share: from music writing."""


def root_command() -> Any:
    """Return the command with all below it, as users see it."""
    return minus_first(given_once(plain_help(typer.main.get_command(app))))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit.

    Parameters
    ----------
    arguments : sequence of str, optional
        Default: those of the process.
    """
    if arguments is None:  # the process is the command's
        forbid_pickles()
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without the letter shows "?"
            stream.reconfigure(errors="replace")
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    logging.basicConfig(
        level=logging.DEBUG if debug else logging.WARNING, format="%(levelname)s: %(message)s"
    )
    for handler in logging.getLogger().handlers:  # what goes to a file is not shown here as well
        handler.setLevel(logging.DEBUG if debug else logging.WARNING)
    for noisy in ("absl", "filelock", "gensim", "h5py", "numba", "openTSNE", "smart_open", "tensorflow"):
        logging.getLogger(noisy).setLevel(logging.WARNING if debug else logging.ERROR)
    warnings.showwarning = lambda message, *_rest, **_options: warn(str(message))
    try:
        words, log = logs.take_log_option(words)
        if log is not None:
            logs.start_log(log)
    except ParameterError as error:
        sys.exit(_explain(error))
    sys.exit(_run_logged(words, debug=debug))


def _open_closed_streams() -> None:
    """Let what the caller closed (``>&-``) lead nowhere; else the next file opened would get what is written to it."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - to the end


def _run_logged(words: list[str], *, debug: bool) -> int:
    started = time.perf_counter()
    facts = {"version": __version__, "python": platform.python_version(), "folder": str(Path.cwd())}
    shown = [hide_passwords(word) for word in words]
    log_event("command_started", message=" ".join(shown), arguments=shown, **facts)
    code = _run(words, debug=debug)
    log_event("command_finished", exit_code=code, seconds=round(time.perf_counter() - started, 3))
    return code


def _run(words: list[str], *, debug: bool) -> int:
    try:
        code = root_command()(args=words, prog_name="bandscape", standalone_mode=False) or 0
        return _stopped() if code == INTERRUPTED else code  # Typer turns Ctrl-C into this code
    except (KeyboardInterrupt, typer.Abort):
        return _stopped()
    except typer.Exit as end:
        return end.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as error:
        if debug:
            raise
        return _explain(error)


def _stopped() -> int:
    fail("stopped; what is finished is kept, run the same command again to go on")
    return INTERRUPTED


def _command_for(error: BandscapeError) -> str:
    """Return the command that does the step an error asks for, behind a colon."""
    step, _, number = error.step.partition("/")
    if number and isinstance(
        error, ChecksumError
    ):  # a round; one like it would lack the edits that led to it
        return ": bandscape topics use goes to another round (see topics history), bandscape topics fit makes one"
    root = as_word(error.root or "WORKSPACE")
    if step in ("text", "topics") and error.root and _has_round(error.root):
        return f": bandscape topics refit {root} goes on from the last round, bandscape topics fit {root} begins anew"
    command = _COMMANDS.get(step, "").replace("WORKSPACE", root)
    return f": bandscape {command}, or bandscape run {root} --out {root}" if command else ""


def _has_round(root: str) -> bool:
    try:
        return Workspace(root).values().get(CURRENT_ROUND) is not None
    except BandscapeError:
        return False


# Typer brings click along under a name of its own; this is its root of errors about how a command was called.
_UsageProblem: Any = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


def _explain(error: Any) -> int:
    if isinstance(error, _UsageProblem):
        error.show()
        return error.exit_code
    if isinstance(error, BandscapeError):
        fail(f"{error}{_command_for(error)}")
        return 2 if isinstance(error, ParameterError) else 1
    if isinstance(error, MemoryError):
        fail("out of memory; use fewer reviews, topics or dimensions")
        return 1
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        lack = (
            "too large a file for this disk or its limits"
            if error.errno == errno.EFBIG
            else "no space left to write it"
        )
        fail(
            f"{error.filename or 'file system'}: {lack}; nothing is half written: make room and run "
            "the same command again"
        )
        return 1
    if isinstance(error, OSError) and error.strerror:
        fail(f"{error.filename or 'file system'}: {error.strerror}")
        return 1
    if isinstance(error, UnicodeEncodeError) and error.encoding.startswith("utf"):  # a path of odd bytes
        fail(f"{error.object}: a name that is not UTF-8, which Arrow cannot open; rename it")
        return 1
    log_event("bug", traceback="".join(traceback.format_exception(error)))
    fail(f"{type(error).__name__}: {error} (this is a bug; run again with --debug and report it)")
    return 1
