"""Work on a Ray cluster: one of this machine that is started for the purpose, or one that exists.

Ray is imported, and a cluster started or joined, when the first piece of work is handed out. A cluster of our own
listens on the loopback address only, asks for a token that only this user can read, has no dashboard, reports nothing
to anybody, and ends with the executor. Public names: :class:`RayExecutor`, :class:`RayCrew`.
"""

import atexit
import contextlib
import importlib
import importlib.util
import logging
import os
import secrets
import shutil
import socket
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from ..errors import BandscapeError, MissingExtraError, ParameterError, WorkerLostError
from .local import count_cores

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
Result = TypeVar("Result")

_READY_S = 120.0  # a machine that joins a cluster late may take as long
_QUIET = {
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # else it warns of a coming change
}
_OWN_CLUSTER = {
    "RAY_AUTH_MODE": "token",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # the switch of a node that is reached by the loopback address only
}
_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
)  # of a worker: there is one a processor
_REACHED_S = 10.0


class RayExecutor:
    """Hands work to the workers of a Ray cluster.

    Parameters
    ----------
    n_workers : int, optional
        Processes that work at a time; without it one for each processor, of this machine or of the cluster.
    threads : int, >= 1
        Threads of each member of a crew, and so processors it takes.
    address : str, optional
        Of a cluster that runs ("10.0.0.1:6379", "auto"); it is joined with the token that Ray finds in
        ``RAY_AUTH_TOKEN``, ``RAY_AUTH_TOKEN_PATH`` or ``~/.ray/auth_token``. Without it a cluster of this machine is
        started.

    Raises
    ------
    MissingExtraError
        If Ray is not installed.
    ParameterError
        If a number is not usable.

    Notes
    -----
    Close it, or use it in a ``with`` block. Where Ray has been initialized by the caller, that connection is used and
    left open.
    """

    name = "ray"

    def __init__(self, n_workers: int | None = None, *, threads: int = 1, address: str | None = None) -> None:
        for value, what in ((n_workers, "n_workers"), (threads, "threads")):
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
                raise ParameterError(f"{what} must be an int >= 1; got {value!r}")
        if importlib.util.find_spec("ray") is None:
            raise MissingExtraError(
                "the ray executor needs Ray, which is not installed: pip install 'bandscape[ray]'"
            )
        self.threads, self.address = threads, address
        self._n_workers, self._is_ours = n_workers, False
        self._before: dict[str, str | None] = {}  # what the environment said

    def __enter__(self) -> "RayExecutor":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def n_partitions(self) -> int:
        """Members to cut stateful work into."""
        if self._n_workers is None:
            if self.address is None:
                self._n_workers = max(count_cores() // self.threads, 1)
            else:
                cores = int(self._ray().cluster_resources().get("CPU", 0))
                self._n_workers = max(cores // self.threads, 1)
        return self._n_workers

    def map_ordered(
        self,
        function: Callable[..., Result],
        items: Iterable[Item],
        *,
        n_jobs: int = 1,
        shared: tuple[Any, ...] = (),
        on_done: Callable[[int], None] | None = None,
    ) -> Iterator[Result]:
        """Apply ``function`` to each item, here if ``n_jobs`` is 1 and else on the cluster.

        A call whose worker ended is made again, so the function must do the same each time. See
        :meth:`~bandscape.core.executors.interface.Executor.map_ordered`.
        """
        results = (
            (function(item, *shared) for item in items)
            if n_jobs <= 1
            else self._map_remotely(function, items, shared)
        )
        for done, result in enumerate(results, start=1):
            if on_done is not None:
                on_done(done)
            yield result

    def _map_remotely(
        self, function: Callable[..., Result], items: Iterable[Item], shared: tuple[Any, ...]
    ) -> Iterator[Result]:
        ray = self._ray()
        remote = ray.remote(_call).options(num_cpus=1)
        shared = tuple(ray.put(value) for value in shared)
        waiting: deque[Any] = deque()
        try:
            for item in items:
                waiting.append(remote.remote(function, item, *shared))
                if len(waiting) >= 2 * self.n_partitions:
                    yield self._result(waiting.popleft())
            while waiting:
                yield self._result(waiting.popleft())
        finally:
            for task in waiting:
                ray.cancel(task)

    def _result(self, task: Any) -> Any:
        import ray.exceptions as failures

        try:
            return self._ray().get(task)
        except failures.RayTaskError as error:
            raise _cause_of(error) from error
        except failures.RayError as error:
            raise WorkerLostError(f"a worker of the Ray cluster ended at each try: {_line(error)}") from error

    def crew(self, build: Callable[..., Any], part: Callable[[int], tuple[Any, ...]], size: int) -> "RayCrew":
        """Make a crew of actors.

        Raises
        ------
        BandscapeError
            If the cluster has fewer processors than they need.
        """
        ray = self._ray()
        cores = ray.cluster_resources().get("CPU", 0)
        if cores < size * self.threads:
            raise BandscapeError(
                f"the Ray cluster has {cores:.0f} processors and {size} workers of {self.threads} thread(s) were asked "
                f"for: ask for at most {max(int(cores // self.threads), 1)}"
            )
        return RayCrew(build, part, size, self.threads)

    def _ray(self) -> Any:
        """Return the module, connected."""
        is_connected = "ray" in sys.modules and sys.modules["ray"].is_initialized()
        if not is_connected:
            self._is_ours = True
            if self.address is None:
                self._start()
            else:
                self._join(self.address)
        import ray

        return ray

    def _start(self) -> None:
        """Start a cluster of this machine."""
        folder = _private_folder()
        own = {**_QUIET, **_OWN_CLUSTER, "RAY_AUTH_TOKEN_PATH": str(folder / "token")}
        self._set_environment({**own, "RAY_AUTH_TOKEN": None})  # that would go before the file
        _read_environment_again(loopback_only=True)
        try:
            self._begin(folder / "ray")
        except (RuntimeError, OSError, ConnectionError) as error:
            self.close()
            raise BandscapeError(f"Ray could not be started on this machine: {_line(error)}") from error

    def _begin(self, folder: Path) -> None:
        import ray

        with _variables(
            dict.fromkeys(_THREADS, "1")
        ):  # the workers inherit them; this process goes on with its own
            ray.init(
                address="local",  # whatever RAY_ADDRESS says
                num_cpus=self.n_partitions * self.threads,
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
                _node_ip_address="127.0.0.1",
                _temp_dir=str(folder),
            )

    def _join(self, address: str) -> None:
        """Connect to a cluster that exists, and see whether it can do our work."""
        _check_reachable(address)
        self._set_environment(_QUIET)
        _read_environment_again(loopback_only=False)
        import ray
        from ray.exceptions import RayError

        try:
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
        except (RuntimeError, OSError, ConnectionError, ValueError, RayError) as error:
            raise BandscapeError(
                f"--address {address}: no Ray cluster could be joined there ({_line(error)}); is it running, and is "
                "its token in RAY_AUTH_TOKEN, RAY_AUTH_TOKEN_PATH or ~/.ray/auth_token?"
            ) from error
        try:
            _check_nodes(ray)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the cluster that was started, or leave the one that was joined."""
        if self._is_ours and "ray" in sys.modules:
            sys.modules["ray"].shutdown()
        self._is_ours = False
        _change_environment(self._before)
        self._before = {}

    def _set_environment(self, values: Mapping[str, str | None]) -> None:
        """Set variables until the executor is closed, since Ray reads some of them late."""
        self._before = _change_environment(values)


@contextlib.contextmanager
def _variables(values: Mapping[str, str | None]) -> Iterator[None]:
    """Set environment variables for a while."""
    before = _change_environment(values)
    try:
        yield
    finally:
        _change_environment(before)


def _change_environment(values: Mapping[str, str | None]) -> dict[str, str | None]:
    """Set variables, or remove those that are None; return what they were."""
    before = {name: os.environ.get(name) for name in values}
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    return before


def _check_reachable(address: str) -> None:
    """Refuse an address at which nobody answers, for which Ray would wait minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not (host and port.isdigit()):
        return  # "auto", or what Ray says something about
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_REACHED_S).close()
    except (OSError, OverflowError) as error:
        raise BandscapeError(f"--address {address}: nothing answers there ({_line(error)})") from error


def _read_environment_again(*, loopback_only: bool) -> None:
    """Make Ray, where it has been imported already, see what the environment says now."""
    if "ray" not in sys.modules:
        return
    from ray._private import ray_constants
    from ray._raylet import AuthenticationTokenLoader, Config  # pyright: ignore[reportAttributeAccessIssue]

    Config.initialize("")
    AuthenticationTokenLoader.instance().reset_cache()
    ray_constants.ENABLE_RAY_CLUSTER = not loopback_only


class RayCrew:
    """Members that are Ray actors.

    An actor that ends is not restarted by Ray: what it held is gone, and only who asked knows what it has to hold
    now. See :meth:`~bandscape.core.executors.interface.Executor.crew`.

    Parameters
    ----------
    build, part, size
        As for an executor's ``crew``.
    threads : int
        Processors a member takes.
    """

    def __init__(
        self, build: Callable[..., Any], part: Callable[[int], tuple[Any, ...]], size: int, threads: int
    ) -> None:
        import ray

        self._build, self._part = build, part
        self._kind = ray.remote(_Member).options(num_cpus=threads, max_restarts=0, max_task_retries=0)
        self._members: list[Any] = [self._make(at) for at in range(size)]
        self._lost: set[int] = set()
        self._wait_until_ready(range(size))

    @property
    def size(self) -> int:
        """Number of members."""
        return len(self._members)

    def ask(self, method: str, *shared: Any) -> list[Any]:
        """Call a method of every member with the same arguments."""
        import ray

        kept = tuple(ray.put(value) for value in shared)
        return self.ask_each(method, [kept] * self.size)

    def ask_each(self, method: str, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Call a method of every member with arguments of its own."""
        import ray

        calls = [m.ask.remote(method, *given) for m, given in zip(self._members, arguments, strict=True)]
        numbers = {call: at for at, call in enumerate(calls)}
        answers: dict[int, Any] = {}
        errors: list[BaseException] = []
        waiting = calls
        while waiting and not self._lost:  # where one is lost the others may wait for it
            done, waiting = ray.wait(waiting, num_returns=1)
            for call in done:
                answers[numbers[call]], error = self._answer(numbers[call], call)
                errors += [error] if error is not None else []
        if self._lost:
            raise WorkerLostError(f"{len(self._lost)} of {self.size} Ray workers ended before their time")
        if errors:
            raise errors[0]
        return [answers[at] for at in range(self.size)]

    def _answer(self, at: int, call: Any) -> tuple[Any, BaseException | None]:
        """Return what a member answered and what it raised, one of them None; remember one that has ended."""
        import ray
        import ray.exceptions as failures

        try:
            return ray.get(call), None
        except failures.RayTaskError as error:
            return None, _cause_of(error)
        except (failures.RayActorError, failures.ObjectLostError, failures.NodeDiedError) as error:
            logger.info("Ray worker %d ended: %s", at, _line(error))
            self._lost.add(at)
            return None, None

    def replace_lost(self) -> int:
        """Make new members in the place of those that ended."""
        import ray

        lost, self._lost = sorted(self._lost), set()
        for at in lost:
            with contextlib.suppress(Exception):  # it is dead, or out of reach and must not come back
                ray.kill(self._members[at], no_restart=True)
            self._members[at] = self._make(at)
        self._wait_until_ready(lost)
        return len(lost)

    def close(self) -> None:
        """End the members."""
        import ray

        for member in self._members if ray.is_initialized() else ():
            with contextlib.suppress(Exception):  # ended already
                ray.kill(member, no_restart=True)
        self._members = []

    def process_ids(self) -> list[int]:
        """Return the process of each member, on its machine."""
        import ray

        return ray.get([member.process_id.remote() for member in self._members])

    def hosts(self) -> list[str]:
        """Return the address of each member's machine."""
        import ray

        return ray.get([member.host.remote() for member in self._members])

    def _make(self, at: int) -> Any:
        import ray

        return self._kind.remote(self._build, *(ray.put(value) for value in self._part(at)))

    def _wait_until_ready(self, numbers: Iterable[int]) -> None:
        """Wait for new members; one that fails to begin is found lost when it is asked."""
        import ray

        calls = [self._members[at].process_id.remote() for at in numbers]
        ready, late = ray.wait(calls, num_returns=len(calls), timeout=_READY_S) if calls else ([], [])
        if late:
            raise BandscapeError(
                f"{len(late)} of {self.size} Ray workers did not begin within {_READY_S:.0f} s ({len(ready)} did): are "
                "the cluster's processors busy with other work? `ray status` tells"
            )


class _Member:
    """The actor around an object."""

    def __init__(self, build: Callable[..., Any], *arguments: Any) -> None:
        self._state = build(*arguments)

    def ask(self, method: str, *arguments: Any) -> Any:
        return getattr(self._state, method)(*arguments)

    def process_id(self) -> int:
        return os.getpid()

    def host(self) -> str:
        import ray

        return ray.util.get_node_ip_address()


def _call(function: Callable[..., Any], item: Any, *shared: Any) -> Any:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(
        1, user_api="blas"
    ):  # a call has one processor, and sums depend on how they are divided
        return function(item, *shared)


def _cause_of(error: Any) -> BaseException:
    """Return what a call raised on the cluster, as the same call would have raised it here."""
    cause = getattr(error, "cause", None)
    return cause if isinstance(cause, BaseException) else BandscapeError(_line(error))


def _line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(error).__name__


def _installed_version() -> str:
    return importlib.import_module(__name__.split(".")[0]).__version__


def _check_nodes(ray: Any) -> None:
    """Refuse a cluster whose machines lack this version of bandscape."""
    from ray.exceptions import RayError
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    asked = {}
    for node in ray.nodes():
        if node["Alive"] and node["Resources"].get("CPU"):
            there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
            task = ray.remote(_installed_version).options(
                num_cpus=0, scheduling_strategy=there, max_retries=0
            )
            asked[node["NodeManagerAddress"]] = task.remote()
    ours = _installed_version()
    for host, task in asked.items():
        try:
            theirs = ray.get(task, timeout=_READY_S)
        except RayError as error:
            raise BandscapeError(
                f"node {host} of the Ray cluster cannot import bandscape ({_line(error)}): pip install "
                f"'bandscape[ray]=={ours}' there"
            ) from error
        if theirs != ours:
            raise BandscapeError(
                f"node {host} of the Ray cluster has bandscape {theirs}, and this machine {ours}: install one version"
            )


@lru_cache(maxsize=1)
def _private_folder() -> Path:
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
