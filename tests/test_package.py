"""The wheel installs into a fresh environment and works from there."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def distributions(tmp_path_factory):
    """Build from a copy, so that the checkout stays clean."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=500)
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    return folder


@pytest.mark.slow
def test_wheel_and_sdist_hold_every_room_and_the_page_assets(distributions):
    names = zipfile.ZipFile(next(distributions.glob("*.whl"))).namelist()
    for wanted in ("bandscape/py.typed", "bandscape/core/workspace.py", "bandscape/cli/main.py"):
        assert wanted in names
    assert any(name.startswith("bandscape/viz/assets/") and name.endswith(".js") for name in names)
    assert not [name for name in names if "tests/" in name or "benchmarks/" in name]
    with tarfile.open(next(distributions.glob("*.tar.gz"))) as archive:
        assert any(name.endswith("pyproject.toml") for name in archive.getnames())


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
