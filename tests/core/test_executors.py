"""Executors: order, errors and bounds are the same here and on a Ray cluster; a cluster of ours is closed to others."""

import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psutil
import pytest
from scipy.sparse import csr_matrix

from bandscape.core.errors import BandscapeError, MissingExtraError, ParameterError, WorkerLostError
from bandscape.core.executors import LocalExecutor, RayExecutor, ray_cluster
from bandscape.core.executors import ray as ray_module

HERE = Path(__file__).resolve().parent


@pytest.fixture(params=["local", "ray"])
def executor(request):
    return LocalExecutor() if request.param == "local" else request.getfixturevalue("cluster")


def double(number, *shared):
    return [2 * number, *shared]


def fail_at_three(number):
    if number == 3:
        raise ParameterError("three must not be; got 3")
    return number


class Counter:
    """A member of a crew: a number that it adds to."""

    def __init__(self, start, step):
        self.value, self.step = start, step

    def add(self, times):
        self.value += int(times) * self.step
        return self.value

    def fail(self):
        raise ParameterError("it must not; got it")


def test_results_come_in_the_order_of_the_items(executor):
    done = []
    found = list(executor.map_ordered(json.loads, map(str, range(20)), n_jobs=2, on_done=done.append))
    assert found == list(range(20))
    assert done == list(range(1, 21))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_shared_arguments_reach_every_call(executor, n_jobs):
    if executor.name == "local":
        pytest.skip("functions of a test module are not importable in processes that are started afresh")
    found = list(executor.map_ordered(double, range(4), n_jobs=n_jobs, shared=("a", 1)))
    assert found == [[0, "a", 1], [2, "a", 1], [4, "a", 1], [6, "a", 1]]


def test_an_error_of_a_call_is_raised_as_it_was(executor):
    results = executor.map_ordered(json.loads, ["1", "{", "3"], n_jobs=2)
    assert next(results) == 1
    with pytest.raises(json.JSONDecodeError):
        next(results)


def test_items_are_read_a_few_ahead_only(executor):
    taken = []

    def items():
        for number in range(100):
            taken.append(number)
            yield str(number)

    results = executor.map_ordered(json.loads, items(), n_jobs=2)
    assert next(results) == 0
    assert len(taken) <= 5
    results.close()


def test_a_crew_keeps_its_state(executor):
    crew = executor.crew(Counter, lambda at: (10 * at, at + 1), 2)
    assert crew.size == 2
    assert crew.ask("add", 3) == [3, 16]
    assert crew.ask_each("add", [(1,), (2,)]) == [4, 20]
    with pytest.raises(ParameterError, match="it must not; got it"):
        crew.ask("fail")
    assert crew.ask("add", 0) == [4, 20]  # an error is no loss
    crew.close()


def test_a_killed_member_is_noticed_and_replaced(cluster):
    crew = cluster.crew(Counter, lambda at: (10 * at, 1), 2)
    crew.ask("add", 5)
    os.kill(crew.process_ids()[1], signal.SIGKILL)
    with pytest.raises(WorkerLostError, match="1 of 2 Ray workers"):
        crew.ask("add", 1)
    assert crew.replace_lost() == 1
    assert crew.ask("add", 0) == [6, 10]  # what the lost one held is gone
    assert crew.replace_lost() == 0
    for process in crew.process_ids():  # as when their machine goes
        os.kill(process, signal.SIGKILL)
    with pytest.raises(WorkerLostError, match="of 2 Ray workers"):
        crew.ask("add", 1)
    assert crew.replace_lost() == 2, "both are replaced at once: each loss found apart would cost a rewind"
    assert crew.ask("add", 0) == [0, 10]
    crew.close()


def test_a_worker_killed_while_its_version_is_asked_for_is_asked_again(cluster, tmp_path, monkeypatch):
    here, deaths, most = os.getpid(), tmp_path, 1

    def version():
        if os.getpid() != here and len(list(deaths.iterdir())) < most:
            (deaths / str(os.getpid())).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return "1"

    monkeypatch.setattr(ray_cluster, "_installed_version", version)
    ray_cluster.check_nodes(cluster._ray())
    assert len(list(deaths.iterdir())) == 1
    most = 100
    with pytest.raises(WorkerLostError, match=r"node 127\.0\.0\.1 of the Ray cluster does not work: "):
        ray_cluster.check_nodes(cluster._ray())


def test_more_workers_than_processors_are_refused(cluster):
    with pytest.raises(BandscapeError, match=r"has 2 processors, and 3 workers .* at most 2"):
        cluster.crew(Counter, lambda at: (at, 1), 3)


@pytest.mark.parametrize("given", [{"n_workers": 0}, {"n_workers": 1.5}, {"n_workers": True}, {"threads": 0}])
def test_numbers_of_workers_are_checked(given):
    with pytest.raises(ParameterError, match=f"{next(iter(given))} must be an int >= 1"):
        RayExecutor(**given)


def test_without_ray_the_remedy_is_named(monkeypatch):
    monkeypatch.setattr(ray_module.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'bandscape\[ray\]'"):
        RayExecutor(2)


def test_our_cluster_listens_to_this_machine_only_and_keeps_its_token(cluster):
    import ray

    cluster.crew(Counter, lambda at: (at, 1), 1).close()
    assert [node["NodeManagerAddress"] for node in ray.nodes()] == ["127.0.0.1"]
    folder = Path(os.environ["RAY_AUTH_TOKEN_PATH"]).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "token").stat().st_mode) == 0o600
    assert len((folder / "token").read_text()) == 64
    assert os.environ["RAY_AUTH_MODE"] == "token"
    assert listening_addresses() <= {"127.0.0.1"}
    address = ray.get_runtime_context().gcs_address
    loopback = {"RAY_AUTH_MODE": "token", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
    with ThreadPoolExecutor(2) as at_once:  # a wrong token takes a while to be refused
        wrong = at_once.submit(join, address, RAY_AUTH_TOKEN="0" * 64, **loopback)
        right = join(address, **loopback, RAY_AUTH_TOKEN_PATH=str(folder / "token"))
    joined = wrong.result()
    assert joined.returncode == 3, joined.stdout + joined.stderr[-500:]
    assert f"--address {address}: no Ray cluster could be joined there" in joined.stdout
    assert right.stdout.split() == ["0", "1", "4"], right.stdout + right.stderr[-2000:]


@pytest.mark.parametrize("n_failures", [1, 2])
def test_a_cluster_that_starts_too_slowly_is_started_once_more_and_then_told_in_one_line(
    monkeypatch, n_failures
):
    calls, ended = [], []

    class Node:
        def __init__(self):
            calls.append(self)
            if len(calls) <= n_failures:
                raise Exception("The current node timed out during startup.\nThis could happen")

        def kill_all_processes(self, **_how):
            ended.append(self)

    monkeypatch.setattr(ray_module, "read_environment_again", lambda **_: None)
    monkeypatch.setattr(RayExecutor, "_begin", lambda *_: Node())
    before, executor = dict(os.environ), RayExecutor(2)
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(shutdown=list))
    if n_failures == 1:
        executor._start()
    else:
        with pytest.raises(
            BandscapeError, match=r"^Ray could not be started .*: The current node timed out.*$"
        ):
            executor._start()
    executor.close()
    assert len(calls) == 2
    assert ended == calls[:n_failures], "nothing of a start that failed is left to run"
    assert dict(os.environ) == before


def test_an_address_where_nobody_answers_is_told_at_once():
    joined = join("127.0.0.1:1")
    assert joined.returncode == 3, joined.stderr[-500:]
    assert joined.stdout.startswith("--address 127.0.0.1:1: nothing answers there")


def join(address, **environment):
    """Try, in another process, to have a cluster work."""
    code = (
        "import sys, math\n"
        "from bandscape.core.errors import BandscapeError\n"
        "from bandscape.core.executors import RayExecutor\n"
        "try:\n"
        f"    with RayExecutor(2, address={address!r}) as executor:\n"
        "        print(*executor.map_ordered(int, ['0', '1', '4'], n_jobs=2))\n"
        "except BandscapeError as error:\n"
        "    print(error)\n"
        "    sys.exit(3)\n"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    return subprocess.run(
        [sys.executable, "-c", code], env=kept | environment, capture_output=True, text=True, check=False, timeout=200
    )  # fmt: skip


def listening_addresses():
    """Return the addresses of this machine that the cluster's processes accept connections at."""
    psutil = pytest.importorskip("psutil")
    found = set()
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        try:
            connections = process.net_connections(kind="tcp")
        except psutil.Error:
            continue
        found |= {one.laddr.ip.removeprefix("::ffff:") for one in connections if one.status == "LISTEN"}
    assert found, "no process of the cluster listens at all"
    return found


LONG_WORK = """
import os, sys, time
from bandscape.core.executors import map_ordered
def work(item):
    return os.getpid()
if __name__ == "__main__":
    print(*set(map_ordered(work, range(8), n_jobs=2)), flush=True)
    for _ in map_ordered(time.sleep, [0.01] * 4 + [3600], n_jobs=2):
        print("working", flush=True)
"""


def test_workers_of_a_killed_process_end_with_it(tmp_path):
    script = tmp_path / "work.py"
    script.write_text(LONG_WORK)
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert process.stdout.readline() == "working\n"
        workers = [psutil.Process(process.pid), *psutil.Process(process.pid).children()][1:]
        process.kill()
    _, alive = psutil.wait_procs(workers, timeout=120)
    assert len(workers) >= 2
    assert not alive


def test_work_of_this_machine_never_imports_ray():
    code = (
        "import sys, numpy as np, bandscape\n"
        "from bandscape.core.executors import LocalExecutor, RayExecutor\n"
        "from bandscape.topics import KeywordLDA\n"
        "counts = np.random.default_rng(0).poisson(1.0, (60, 30))\n"
        "for executor in (None, LocalExecutor(), LocalExecutor(2)):\n"
        "    KeywordLDA(n_topics=3, n_sweeps=4, n_samples=2, sampler='dense').fit(counts, executor=executor)\n"
        "RayExecutor(2).close()\n"
        "assert list(LocalExecutor().map_ordered(int, '123', n_jobs=1)) == [1, 2, 3]\n"
        "print('ray' in sys.modules)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=200
    )
    assert run.stdout.split() == ["False"]


class KillingExecutor:
    """A cluster whose workers are killed from outside."""

    def __init__(self, cluster):
        self.cluster, self.name, self.threads = cluster, "ray", 1
        self.n_partitions = cluster.n_partitions

    def crew(self, build, part, size):
        self.made = self.cluster.crew(build, part, size)
        return self.made

    def kill(self, at):
        os.kill(self.made.process_ids()[at], signal.SIGKILL)


def fitted(folder, executor=None, on_progress=None, n_sweeps=30):
    from bandscape.topics import KeywordLDA

    counts = csr_matrix(np.random.default_rng(0).poisson(0.5, (600, 40)).astype(np.int32))
    model = KeywordLDA(n_topics=6, sampler="dense", n_sweeps=n_sweeps, n_samples=8, optimize_interval=7)
    model.fit(counts, executor=executor, on_progress=on_progress)
    model.save(folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


@pytest.mark.sample
def test_a_worker_killed_while_it_draws_changes_no_byte(tmp_path, cluster):
    killing = KillingExecutor(cluster)

    def kill_soon(event):
        if event.done == 17:
            threading.Timer(0.002, killing.kill, [1]).start()

    found = fitted(tmp_path / "there", killing, kill_soon, n_sweeps=22)
    assert found == fitted(tmp_path / "here", n_sweeps=22)


@pytest.mark.slow
@pytest.mark.timeout(1800)  # twenty processes are started
def test_twenty_kills_change_no_byte(tmp_path, cluster):
    killing, kills = KillingExecutor(cluster), []

    def kill_often(event):
        if event.done % 6 == 5 and len(kills) < 20:
            kills.append(event.done)
            if len(kills) % 4:
                killing.kill(len(kills) % 2)
            else:  # while it draws
                threading.Timer(0.002, killing.kill, [len(kills) % 8 // 4]).start()

    found = fitted(tmp_path / "there", killing, kill_often, n_sweeps=130)
    assert len(kills) == 20
    assert found == fitted(tmp_path / "here", n_sweeps=130)
