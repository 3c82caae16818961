"""Workspaces as they are before each long job, made once for all slices of a benchmark."""

import shutil
from pathlib import Path

from tests.trust.jobs import JOBS, make_files, make_starts


def kept_starts(home: Path) -> tuple[dict[str, Path], Path]:
    """Return the workspace before each job, "end" for one after all, and the files they read, below ``home``."""
    if not (home / "whole").exists():
        shutil.rmtree(home, ignore_errors=True)
        (home / "files").mkdir(parents=True)
        make_files(home / "files")
        make_starts(home / "starts", home / "files")
        (home / "whole").touch()
    return {name: home / "starts" / name for name in [*JOBS, "end"]}, home / "files"
