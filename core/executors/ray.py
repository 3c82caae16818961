"""Work on a Ray cluster: one of this machine that is started for the purpose, or one that exists.

Ray is imported, and a cluster started or joined, when the first piece of work is handed out. A cluster of our own
listens on the loopback address only, asks for a token that only this user can read, has no dashboard, reports nothing
to anybody, and ends with the executor. Public names: :class:`RayExecutor`.
"""

import importlib.util
import logging
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from ..errors import BandscapeError, MissingExtraError, ParameterError, WorkerLostError, first_line
from .local import count_cores
from .ray_cluster import (
    OWN_CLUSTER,
    QUIET,
    THREADS,
    change_environment,
    check_joined,
    check_nodes,
    check_reachable,
    end_half_started,
    private_folder,
    read_environment_again,
    variables,
)
from .ray_crew import RayCrew
from .ray_failures import cause_of

Item = TypeVar("Item")
Result = TypeVar("Result")


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
            raise cause_of(error) from error
        except failures.RayError as error:
            raise WorkerLostError(
                f"a worker of the Ray cluster ended at each try: {first_line(error)}"
            ) from error

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
                f"the Ray cluster has {cores:.0f} {'processor' if cores == 1 else 'processors'}, and {size} workers of "
                f"{self.threads} thread(s) were asked for: ask for at most {max(int(cores // self.threads), 1)}"
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
        folder = private_folder()
        own = {**QUIET, **OWN_CLUSTER, "RAY_AUTH_TOKEN_PATH": str(folder / "token")}
        self._set_environment({**own, "RAY_AUTH_TOKEN": None})  # that would go before the file
        read_environment_again(loopback_only=True)
        for is_last in (False, True):  # a busy machine may take longer than the 30 s that Ray gives it
            try:
                return self._begin(folder / "ray")
            except Exception as error:  # Ray raises plain ones
                end_half_started(error)
                if is_last:
                    self.close()
                    raise BandscapeError(
                        f"Ray could not be started on this machine: {first_line(error)}"
                    ) from error
                sys.modules["ray"].shutdown()
        return None

    def _begin(self, folder: Path) -> None:
        import ray

        with variables(
            dict.fromkeys(THREADS, "1")
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
        check_reachable(address)
        self._set_environment(QUIET)
        read_environment_again(loopback_only=False)
        import ray
        from ray.exceptions import RayError

        try:
            check_joined(address)
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
        except (RuntimeError, OSError, ConnectionError, ValueError, RayError) as error:
            raise BandscapeError(
                f"--address {address}: no Ray cluster could be joined there ({first_line(error)}); is it running, and "
                "is its token in RAY_AUTH_TOKEN, RAY_AUTH_TOKEN_PATH or ~/.ray/auth_token?"
            ) from error
        try:
            check_nodes(ray)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the cluster that was started, or leave the one that was joined."""
        if self._is_ours and "ray" in sys.modules:
            sys.modules["ray"].shutdown()
        self._is_ours = False
        change_environment(self._before)
        self._before = {}

    def _set_environment(self, values: Mapping[str, str | None]) -> None:
        """Set variables until the executor is closed, since Ray reads some of them late."""
        self._before = change_environment(values)


def _call(function: Callable[..., Any], item: Any, *shared: Any) -> Any:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(
        1, user_api="blas"
    ):  # a call has one processor, and sums depend on how they are divided
        return function(item, *shared)
