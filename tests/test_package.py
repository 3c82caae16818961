"""The wheel installs into a fresh environment and works from there; the sdist holds the whole repository."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


FOLDERS = (
    "core",
    "datasets",
    "topics",
    "embeddings",
    "viz",
    "cli",
    "tests",
    "docs",
    "examples",
    "benchmarks",
    ".ci",
)
FILES = ("mkdocs.yml", "Makefile", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "pyproject.toml",
         "MANIFEST.in", "py.typed", "__init__.py", "__main__.py", ".gitignore", ".pre-commit-config.yaml")  # fmt: skip
NOT_SOURCE = (
    ".venv",
    ".git",
    ".hypothesis",
    ".*_cache",
    "__pycache__",
    "*.egg-info",
    "dist",
    "build",
    "demo",
    "*.part",
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Copy the checkout, so that building leaves nothing in it."""
    folder = tmp_path_factory.mktemp("source") / "bandscape"
    return shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_SOURCE))


@pytest.fixture(scope="module")
def sources(copy):
    """Paths of what belongs in the sdist, listed before anything is built."""
    inside = [path for folder in FOLDERS for path in (copy / folder).rglob("*") if path.is_file()]
    return {path.relative_to(copy).as_posix() for path in inside} | set(FILES)


@pytest.fixture(scope="module")
def distributions(copy, sources, tmp_path_factory):  # the sources are listed first
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--outdir", str(folder), str(copy)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=500)
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    return folder


@pytest.mark.slow
def test_the_wheel_holds_every_room_and_the_page_assets_only(distributions):
    names = zipfile.ZipFile(next(distributions.glob("*.whl"))).namelist()
    for wanted in ("bandscape/py.typed", "bandscape/core/workspace.py", "bandscape/cli/main.py"):
        assert wanted in names
    assert any(name.startswith("bandscape/viz/assets/") and name.endswith(".js") for name in names)
    assert not [name for name in names if "tests/" in name or "benchmarks/" in name]


@pytest.mark.slow
def test_the_sdist_holds_the_whole_repository_and_nothing_else(distributions, sources):
    with tarfile.open(next(distributions.glob("*.tar.gz"))) as archive:
        names = {entry.name.partition("/")[2] for entry in archive.getmembers() if entry.isfile()}
    made_by_the_build = {"PKG-INFO", "setup.cfg"}
    assert sources - names == set()
    assert {name for name in names - sources if ".egg-info/" not in name} == made_by_the_build


@pytest.mark.slow
def test_the_wheel_works_in_a_fresh_environment(distributions, tmp_path):
    """The new environment borrows the dependencies of this one, but not the checkout."""
    venv.create(tmp_path / "env", with_pip=True)
    scripts = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / "python"
    wheel = next(distributions.glob("*.whl"))
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", wheel], check=True, timeout=300)
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    # a path file in a folder that is itself added by a path file is not read: the editable install stays outside
    (Path(site) / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    run = subprocess.run(
        [scripts / "bandscape", "--version"], capture_output=True, text=True, cwd=tmp_path, timeout=120
    )
    assert run.stdout.startswith("bandscape 0."), run.stderr
    code = (
        "import bandscape; from bandscape.datasets import read_reviews; from bandscape.topics import KeywordLDA;"
        "from bandscape.embeddings import Artist2Vec; from bandscape.viz import lay_out;"
        "from bandscape.core import Workspace; print(bandscape.__file__)"
    )
    run = subprocess.run([python, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert run.returncode == 0, run.stderr
    assert str(tmp_path) in run.stdout
