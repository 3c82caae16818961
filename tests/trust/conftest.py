"""Small workspaces in every state, shared by the tests of crashes and damage."""

import pytest

from .jobs import JOBS, make_files, make_learnt, make_starts


@pytest.fixture(scope="session")
def job_files(made_once):
    return made_once("job files", make_files)


@pytest.fixture(scope="session")
def starts(job_files, made_once):
    """A workspace before each job (do not write to them) and, as "end", one after all."""
    folder = made_once("starts", lambda folder: make_starts(folder, job_files))
    return {name: folder / name for name in (*JOBS, "end")}


@pytest.fixture(scope="session")
def learnt(starts, job_files, made_once):
    """A workspace in which all jobs of `LEARNING` were done once, with another seed (do not write to it)."""
    return made_once("learnt", lambda folder: make_learnt(starts["end"], folder / "ws", job_files)) / "ws"
