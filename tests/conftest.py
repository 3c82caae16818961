"""Fixtures that every room's tests share."""

import os
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Give the folder of real data, or skip; where the folder was named outright its absence is a failure."""
    named = os.environ.get("BANDSCAPE_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if folder.is_dir():
        return folder
    if named:
        pytest.fail(f"BANDSCAPE_DATA={named} is not a folder")
    pytest.skip("the real data are not here; set BANDSCAPE_DATA to their folder")


@pytest.fixture(scope="session")
def pitchfork_xz(data_dir: Path) -> Path:
    path = data_dir / "pitchfork" / "pitchfork.sqlite.xz"
    if not path.exists():
        pytest.skip(f"{path.name} is not in the data folder")
    return path
