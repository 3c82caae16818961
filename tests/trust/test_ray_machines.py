"""A Ray cluster of several machines: the same topics, a machine that is lost, and one that is no part of it."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from ..ray_hosts import PATIENCE_S, network, why_not

RAY = Path(sys.executable).with_name("ray")
PORT = 6379
FIT = """
import hashlib, sys
from contextlib import nullcontext
import numpy as np
from bandscape.core.errors import BandscapeError
from bandscape.core.executors import RayExecutor
from bandscape.topics import KeywordLDA

counts = np.random.default_rng(3).poisson(0.4, size=(2000, 300))
address = sys.argv[1]
try:
    with RayExecutor(2, address=address) if address != "here" else nullcontext() as executor:
        model = KeywordLDA(n_topics=12, n_sweeps=400, sampler="dense", random_state=0)
        model.fit(counts, executor=executor, on_progress=lambda event: print("sweep", event.done, flush=True))
    print(hashlib.sha256(model.topic_word_.tobytes() + model.doc_topic_.tobytes()).hexdigest())
except BandscapeError as error:
    print(error)
    sys.exit(3)
"""


@pytest.fixture(scope="module")
def environment():
    """The environment of a cluster with a token, without what this machine says of Ray."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    return kept | {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_USAGE_STATS_ENABLED": "0",
    }


@pytest.fixture
def machines():
    pytest.importorskip("ray", reason="Ray is not installed")
    if (reason := why_not()) is not None:
        pytest.skip(reason)
    with network("head", "other", "laptop", "reserve") as made:
        yield made


@pytest.fixture
def fit(tmp_path):
    script = tmp_path / "fit.py"
    script.write_text(FIT)
    return [sys.executable, str(script)]


def join(machine, head, environment, cores):
    """Make a machine a part of the cluster."""
    where = (
        ("--head", "--port", str(PORT), "--include-dashboard", "false")
        if machine is head
        else ("--address", f"{head.address}:{PORT}")
    )
    done = machine.run(
        RAY, "start", *where, "--node-ip-address", machine.address, "--num-cpus", str(cores), "--temp-dir", "/mnt",
        "--object-store-memory", "200000000", "--disable-usage-stats", env=environment,
    )  # fmt: skip
    assert done.returncode == 0, (done.stdout + done.stderr)[-1000:]


@pytest.mark.slow
def test_topics_drawn_by_two_machines_are_the_same_when_one_is_lost(machines, environment, fit):
    head, other, laptop, reserve = machines
    address = f"{head.address}:{PORT}"
    here = subprocess.run([*fit, "here"], capture_output=True, text=True, check=True, timeout=PATIENCE_S)

    join(head, head, environment, 1)
    join(other, head, environment, 1)
    refused = laptop.run(*fit, address, env=environment)
    assert refused.returncode == 3, refused.stderr[-1000:]
    assert refused.stdout.startswith(
        f"--address {address}: this machine is no part of that Ray cluster; run the"
    )

    join(
        laptop, head, environment, 0
    )  # the way out that the line names: a part of the cluster that draws nothing
    with laptop.start(
        *fit, address, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == "sweep 1\n", started.communicate()
        assert any("_Member" in name for name in other.names_of_processes()), "the other machine has its part"
        assert not any("_Member" in name for name in laptop.names_of_processes())
        join(reserve, head, environment, 1)
        assert started.poll() is None, "it was done before its machine was lost: it must take longer"
        other.end()
        out, err = started.communicate(timeout=PATIENCE_S)
    assert started.returncode == 0, (out + err)[-1000:]
    assert out.splitlines()[-1] == here.stdout.splitlines()[-1]
