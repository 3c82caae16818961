"""Small workspaces in every state, shared by the tests of crashes and damage."""

import pytest

from .jobs import make_files, make_starts


@pytest.fixture(scope="session")
def job_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    make_files(folder)
    return folder


@pytest.fixture(scope="session")
def starts(job_files, tmp_path_factory):
    """A workspace before each job (do not write to them) and, as "end", one after all."""
    return make_starts(tmp_path_factory.mktemp("starts"), job_files)
