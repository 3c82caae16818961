"""Workspaces as they are before each long job, made once for all slices of a benchmark.

Public names: :func:`kept_starts`, :func:`forget_starts`.
"""

import shutil
from pathlib import Path

from benchmarks.slices import Slices
from tests.trust.jobs import JOBS, make_files, make_starts


def kept_starts(slices: Slices) -> tuple[dict[str, Path], Path]:
    """Return the workspace before each job, "end" for one after all, and the files they read.

    They lie beside what the slices keep, and count as long as that does.
    """
    home = slices.path.with_name(f"{slices.path.stem}-workspaces")
    if not slices.parts or not (home / "whole").exists():
        shutil.rmtree(home, ignore_errors=True)
        (home / "files").mkdir(parents=True)
        make_files(home / "files")
        make_starts(home / "starts", home / "files")
        (home / "whole").touch()
    return {name: home / "starts" / name for name in [*JOBS, "end"]}, home / "files"


def forget_starts(slices: Slices) -> None:
    """Remove them, once all parts are measured."""
    if not slices.path.exists():
        shutil.rmtree(slices.path.with_name(f"{slices.path.stem}-workspaces"), ignore_errors=True)
