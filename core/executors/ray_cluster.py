"""A Ray cluster from outside: the environment it is started in, the token of our own, and who may join.

Public names: :func:`variables`, :func:`change_environment`, :func:`read_environment_again`, :func:`check_reachable`,
:func:`check_joined`, :func:`check_nodes`, :func:`private_folder`, :func:`end_half_started`, :data:`QUIET`,
:data:`OWN_CLUSTER`, :data:`THREADS`.
"""

import atexit
import contextlib
import importlib
import os
import secrets
import shutil
import socket
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import BandscapeError, WorkerLostError, first_line
from .ray_crew import READY_S

QUIET = {
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # else it warns of a coming change
}
OWN_CLUSTER = {
    "RAY_AUTH_MODE": "token",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # the switch of a node that is reached by the loopback address only
}
THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
)  # of a worker: there is one a processor
_REACHED_S = 10.0
_ALIVE = 0  # GcsNodeInfo.GcsNodeState


@contextlib.contextmanager
def variables(values: Mapping[str, str | None]) -> Iterator[None]:
    """Set environment variables for a while."""
    before = change_environment(values)
    try:
        yield
    finally:
        change_environment(before)


def change_environment(values: Mapping[str, str | None]) -> dict[str, str | None]:
    """Set variables, or remove those that are None; return what they were."""
    before = {name: os.environ.get(name) for name in values}
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    return before


def check_reachable(address: str) -> None:
    """Refuse an address at which nobody answers, for which Ray would wait minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not (host and port.isdigit()):
        return  # "auto", or what Ray says something about
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_REACHED_S).close()
    except (OSError, OverflowError) as error:
        raise BandscapeError(f"--address {address}: nothing answers there ({first_line(error)})") from error


def check_joined(address: str) -> None:
    """Refuse a cluster that has no node on this machine: Ray would wait a minute, and say that it cannot connect."""
    from ray._raylet import GcsClient  # pyright: ignore[reportAttributeAccessIssue]

    _, _, port = address.rpartition(":")
    if address.startswith("ray://") or not port.isdigit():
        return
    nodes = GcsClient(address=address).get_all_node_info(timeout=_REACHED_S).values()
    addresses = [node.node_manager_address for node in nodes if node.state == _ALIVE]
    if addresses and not any(_is_of_this_machine(host) for host in addresses):
        raise BandscapeError(
            f"--address {address}: this machine is no part of that Ray cluster; run the command on one that is, or let "
            f"this one join without processors (ray start --address {address} --num-cpus 0; ray stop leaves)"
        )


def _is_of_this_machine(host: str) -> bool:
    try:
        family = socket.getaddrinfo(host, None)[0][0]
        with socket.socket(family) as tried:
            tried.bind((host, 0))
    except OSError:
        return False
    return True


def end_half_started(error: BaseException) -> None:
    """End the processes of a node that could not begin: Ray's own shutdown knows nothing of it yet."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        end = getattr(frame.f_locals.get("self"), "kill_all_processes", None)
        if end is not None:
            with contextlib.suppress(Exception):  # some never began
                end(check_alive=False, allow_graceful=False)


def read_environment_again(*, loopback_only: bool) -> None:
    """Make Ray, where it has been imported already, see what the environment says now."""
    if "ray" not in sys.modules:
        return
    from ray._private import ray_constants
    from ray._raylet import AuthenticationTokenLoader, Config  # pyright: ignore[reportAttributeAccessIssue]

    Config.initialize("")
    AuthenticationTokenLoader.instance().reset_cache()
    ray_constants.ENABLE_RAY_CLUSTER = not loopback_only


def _installed_version() -> str:
    return importlib.import_module(__name__.split(".")[0]).__version__


def check_nodes(ray: Any) -> None:
    """Refuse a cluster whose machines lack this version of bandscape; a worker that is killed is asked again."""
    from ray.exceptions import RayError, RayTaskError
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    asked = {}
    for node in ray.nodes():
        if node["Alive"] and node["Resources"].get("CPU"):
            there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
            task = ray.remote(_installed_version).options(
                num_cpus=0, scheduling_strategy=there, max_retries=3
            )
            asked[node["NodeManagerAddress"]] = task.remote()
    ours = _installed_version()
    for host, task in asked.items():
        try:
            theirs = ray.get(task, timeout=READY_S)
        except RayTaskError as error:
            raise BandscapeError(
                f"node {host} of the Ray cluster cannot import bandscape ({first_line(error)}): pip install "
                f"'bandscape[ray]=={ours}' there"
            ) from error
        except RayError as error:
            raise WorkerLostError(
                f"node {host} of the Ray cluster does not work: {first_line(error)}"
            ) from error
        if theirs != ours:
            raise BandscapeError(
                f"node {host} of the Ray cluster has bandscape {theirs}, and this machine {ours}: install one version"
            )


@lru_cache(maxsize=1)
def private_folder() -> Path:
    """Return a folder of this process that only its user can enter, with the token of its clusters.

    Ray makes folders that everybody may write to: they lie inside. Its sockets need a short path.
    """
    short = Path("/tmp")
    folder = Path(tempfile.mkdtemp(prefix="bandscape-", dir=short if short.is_dir() else None))  # mode 0700
    handle = os.open(folder / "token", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(32))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
