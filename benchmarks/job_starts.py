"""Workspaces as they are before each long job, made once for all slices of a benchmark."""

import shutil
from pathlib import Path

from tests.trust.jobs import JOBS, LEARNING, make_files, make_learnt, make_starts


def kept_starts(home: Path) -> tuple[dict[str, Path], Path]:
    """Return the workspace before each job, "end" for one after all, and the files they read, below ``home``.

    Before those that learn, it is one in which all of them were done with another seed.
    """
    if not (home / "whole").exists():
        shutil.rmtree(home, ignore_errors=True)
        (home / "files").mkdir(parents=True)
        make_files(home / "files")
        make_starts(home / "starts", home / "files")
        make_learnt(home / "starts" / "end", home / "starts" / "learnt", home / "files")
        (home / "whole").touch()
    starts = {name: home / "starts" / name for name in [*JOBS, "end"]}
    return {**starts, **dict.fromkeys(LEARNING, home / "starts" / "learnt")}, home / "files"
