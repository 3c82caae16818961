"""The doctor command: whether this machine is ready, and whether a workspace is whole."""

import importlib
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any

import typer

from ..core.errors import BandscapeError, ParameterError, SourceError
from ..core.integrity import check_workspace
from ..core.workspace import Workspace
from .console import plural, print_json, print_table, say
from .options import AsJson
from .steps.paths import CURRENT_ROUND, round_step

PACKAGES = ("numpy", "scipy", "pandas", "pyarrow", "numba", "scikit-learn", "gensim", "nltk", "openTSNE", "plotly",
            "tensorflow")  # fmt: skip
MODULES = {"scikit-learn": "sklearn"}
_ROUNDS = f"step {round_step(0)}".removesuffix("0000")  # of all checks of rounds, the beginning


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the root command."""
    app.command()(doctor)


def doctor(
    workspace: Annotated[
        Path | None, typer.Argument(metavar="WORKSPACE", help="Also check this one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check that this machine has what bandscape needs and, if one is named, that a workspace is whole."""
    findings = [*machine_findings(), *(workspace_findings(workspace) if workspace else [])]
    healthy = all(finding["ok"] for finding in findings)
    if as_json:
        print_json({"ok": healthy, "checks": findings})
    else:
        rows = [(_mark(finding), finding["check"], finding["detail"]) for finding in findings]
        print_table([("", "left"), ("check", "left"), ("detail", "left")], rows, longest=300)
        stale = sum(" earlier " in finding["detail"] and finding.get("note", False) for finding in findings)
        well = f"nothing is damaged, but {plural(stale, 'step')} of an earlier corpus or round: see the notes"
        say((well if stale else "all is well") if healthy else "something is wrong: see the lines marked BAD")
    if not healthy:
        raise typer.Exit(1)


def _mark(finding: dict[str, Any]) -> str:
    if not finding["ok"]:
        return "BAD"
    return "note" if finding.get("note") else "ok"


def machine_findings() -> list[dict[str, Any]]:
    """Check Python, packages, processor, memory and disk."""
    findings = [
        _finding(
            "Python", sys.version_info >= (3, 11), f"{platform.python_version()} (3.11 or newer is needed)"
        ),
        *(_package(name) for name in PACKAGES),
        _finding("processor", True, f"{os.cpu_count()} cores, {platform.machine()}, {_vector_width()}"),
    ]
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    findings.append(
        _finding("free disk here", free > 1, f"{free:.1f} GB (1 GB is enough for the Pitchfork data)")
    )
    if hasattr(os, "sysconf"):
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
        findings.append(
            _finding("memory", memory > 3, f"{memory:.1f} GB (3 GB is enough for the Pitchfork data)")
        )
    return findings


def _package(name: str) -> dict[str, Any]:
    try:
        if name == "tensorflow":  # it talks to stderr below Python
            subprocess.run([sys.executable, "-c", "import tensorflow"], check=True, capture_output=True)
        else:
            importlib.import_module(MODULES.get(name, name))
        found = next((version(n) for n in (name, f"{name}-cpu") if _installed(n)), "version unknown")
        return _finding(name, True, found)
    except Exception as error:  # whatever goes wrong inside a package is the finding
        return _finding(name, False, f"{type(error).__name__}: {error}; install it again with pip")


def _installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def _vector_width() -> str:
    from llvmlite import binding

    features = binding.get_host_cpu_features()
    widths = {"avx512f": "512-bit vectors", "avx2": "256-bit vectors", "neon": "128-bit vectors"}
    return next(
        (text for name, text in widths.items() if features.get(name)), "narrow vectors (sampling is slower)"
    )


def workspace_findings(path: Path) -> list[dict[str, Any]]:
    """Check a workspace: every recorded file against its sha256, leftovers, lock, checkpoints, versions."""
    current = f"step {round_step(_current_round(path))}"
    found = []
    for one in check_workspace(path):
        if not one.ok and one.check.startswith(_ROUNDS):
            is_used = one.check == current
            remedy = (
                "`topics use` goes to another round, `topics fit` makes one"
                if is_used
                else "it is not the current round, and nothing needs it"
            )
            detail = f"{one.detail.partition(';')[0]}; {remedy}"
            one = replace(one, ok=not is_used, is_note=not is_used, detail=detail)
        found.append(_finding(one.check, one.ok, one.detail) | {"note": one.is_note})
    return found + _topic_config_findings(path)


def _topic_config_findings(path: Path) -> list[dict[str, Any]]:
    """Check topics.json, which people change by hand, so that no step answers for it."""
    from .steps.drafts import read_draft

    try:
        opened = Workspace(path)
        if _current_round(path):
            read_draft(opened)
    except (ParameterError, SourceError) as error:
        detail = f"{error}; mend it, or `topics undo` puts that of the current round in its place"
        return [_finding("topics.json", False, detail) | {"note": False}]
    except BandscapeError:
        pass  # damage that is told above
    return []


def _current_round(path: Path) -> int:
    try:
        return Workspace(path).values().get(CURRENT_ROUND) or 0
    except BandscapeError:
        return 0  # the check says so


def _finding(check: str, ok: bool, detail: str) -> dict[str, Any]:
    return {"check": check, "ok": bool(ok), "detail": detail}
