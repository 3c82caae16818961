"""A Ray cluster of several machines: the same results, a machine that is lost or no part of it, Ctrl-C."""

import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
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

READ = """
import hashlib, sys
from contextlib import nullcontext
from pathlib import Path
import numpy as np
from bandscape.core.executors import RayExecutor
from bandscape.core.files import read_table
from bandscape.datasets import prepare_text, simulate
from bandscape.datasets.text import chunks
from bandscape.topics import KeywordLDA, detect, detection_parts

chunks.WORTH_PROCESSES, chunks.CHUNK_DOCUMENTS, detection_parts._DOCUMENTS = 0, 11, 7
address, folder = sys.argv[1], Path(sys.argv[2])
simulate(folder / "ws", n_reviews=120, n_artists=20, random_state=1)
reviews = read_table(folder / "ws" / "corpus" / "reviews.parquet", ["review_id", "text"]).to_pandas()
with RayExecutor(2, address=address) if address != "here" else nullcontext() as executor:
    text = prepare_text(reviews["review_id"].tolist(), reviews["text"].tolist(), executor=executor)
    text.write(folder / "text")
    model = KeywordLDA(n_topics=5, n_sweeps=20, n_samples=5, random_state=0).fit(text.counts)
    found = detect(model, text.counts, executor=executor)
whole = hashlib.sha256(found.doc_topic.tobytes() + found.unexplained.tobytes())
for path in sorted((folder / "text").iterdir()):
    whole.update(path.read_bytes() if path.name != "manifest.json" else b"")
print(whole.hexdigest())
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


@pytest.mark.slow
def test_an_interrupted_command_leaves_a_cluster_that_reads_texts_as_one_machine_does(
    machines, environment, fit, tmp_path
):
    head, other, laptop, _ = machines
    address = f"{head.address}:{PORT}"
    script = tmp_path / "read.py"
    script.write_text(READ)
    read = [sys.executable, str(script)]
    for folder in ("here", "there"):
        (tmp_path / folder).mkdir()
    here = subprocess.run(
        [*read, "here", str(tmp_path / "here")],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )

    for machine, cores in ((head, 1), (other, 1), (laptop, 0)):
        join(machine, head, environment, cores)
    with laptop.start(
        *fit, address, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == "sweep 1\n", started.communicate()
        assert any("_Member" in name for name in other.names_of_processes())
        (command,) = (
            child
            for child in psutil.Process(started.pid).children(recursive=True)
            if child.cmdline()[1:2] == fit[1:]
        )
        command.send_signal(signal.SIGINT)  # Ctrl-C
        _, err = started.communicate(timeout=PATIENCE_S)
    assert started.returncode != 0
    assert "KeyboardInterrupt" in err
    until = time.monotonic() + PATIENCE_S
    while left := [
        name
        for machine in machines
        for name in machine.names_of_processes()
        if "_Member" in name or fit[1] in name
    ]:
        assert time.monotonic() < until, left
        time.sleep(0.5)

    there = laptop.run(*read, address, str(tmp_path / "there"), env=environment)
    assert there.returncode == 0, there.stderr[-1000:]
    assert there.stdout == here.stdout
