"""Processes and threads of this machine.

Public names: :class:`LocalExecutor`, :func:`map_ordered`, :class:`ThreadTeam`, :func:`map_threads`,
:func:`count_cores`.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.connection import wait as wait_for_end
from typing import Any, TypeVar

from ..errors import ParameterError

Item = TypeVar("Item")
Result = TypeVar("Result")


def map_ordered(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    n_jobs: int = 1,
    on_done: Callable[[int], None] | None = None,
) -> Iterator[Result]:
    """Apply ``function`` to each item and yield the results in the order of the items.

    With ``n_jobs > 1`` the work runs in fresh processes (never forked: TensorFlow and numba hold threads). At most
    two items a process wait at a time, so that a long input is never held in memory as a whole.

    Parameters
    ----------
    function : callable
        Picklable by name when ``n_jobs > 1``.
    items : iterable
    n_jobs : int, >= 1
    on_done : callable, optional
        Called with the number of results yielded so far, before each is yielded.

    Yields
    ------
    object
        One result an item.

    Raises
    ------
    ParameterError
        If a process ended before its work was done, as those of a script without a main guard do.
    """
    if n_jobs <= 1:
        for done, item in enumerate(items, start=1):
            result = function(item)
            if on_done is not None:
                on_done(done)
            yield result
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(n_jobs, context, initializer=_begin_worker) as pool:
        waiting: deque[Future[Result]] = deque()
        done = 0
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) >= 2 * n_jobs:
                    result = waiting.popleft().result()
                    done += 1
                    if on_done is not None:
                        on_done(done)
                    yield result
            while waiting:
                result = waiting.popleft().result()
                done += 1
                if on_done is not None:
                    on_done(done)
                yield result
        except BrokenProcessPool as error:
            raise ParameterError(
                f"n_jobs={n_jobs}: a process ended before its work was done. A script must keep its work under "
                '`if __name__ == "__main__":`, since every process imports it; else memory ran out: use n_jobs=1'
            ) from error
        finally:
            for future in waiting:
                future.cancel()


def _begin_worker() -> None:
    """Let Ctrl-C, which reaches every process of the terminal, end the parent only: it cancels the work in order."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when its parent has been killed: it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for_end([parent.sentinel])
        os._exit(1)


class LocalExecutor:
    """The executor of this machine: processes for items, threads of this process for stateful work.

    Parameters
    ----------
    n_partitions : int, >= 0
        Members of a crew made in this process, one after another: a rehearsal of what a cluster does, without one.
        0 lets threads do the work, which is quicker.
    """

    name = "local"

    def __init__(self, n_partitions: int = 0) -> None:
        self.n_partitions = n_partitions

    def map_ordered(
        self,
        function: Callable[..., Result],
        items: Iterable[Item],
        *,
        n_jobs: int = 1,
        shared: tuple[Any, ...] = (),
        on_done: Callable[[int], None] | None = None,
    ) -> Iterator[Result]:
        """Apply ``function`` to each item; see :func:`map_ordered`."""
        called = partial(_call_with, function, shared) if shared else function
        return map_ordered(called, items, n_jobs=n_jobs, on_done=on_done)

    def crew(
        self, build: Callable[..., Any], part: Callable[[int], tuple[Any, ...]], size: int
    ) -> "LocalCrew":
        """Make a crew of objects of this process."""
        return LocalCrew(build, part, size)

    def close(self) -> None:
        """Do nothing."""


def _call_with(function: Callable[..., Result], shared: tuple[Any, ...], item: Any) -> Result:
    return function(item, *shared)


class LocalCrew:
    """Members that are objects of this process, asked in turn; none of them ends before its time.

    Parameters
    ----------
    build, part, size
        As for :meth:`~bandscape.core.executors.interface.Executor.crew`.
    """

    def __init__(self, build: Callable[..., Any], part: Callable[[int], tuple[Any, ...]], size: int) -> None:
        self._members = [build(*part(at)) for at in range(size)]

    @property
    def size(self) -> int:
        """Number of members."""
        return len(self._members)

    def ask(self, method: str, *shared: Any) -> list[Any]:
        """Call a method of every member with the same arguments."""
        return self.ask_each(method, [shared] * self.size)

    def ask_each(self, method: str, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Call a method of every member with arguments of its own."""
        return [getattr(m, method)(*given) for m, given in zip(self._members, arguments, strict=True)]

    def hosts(self) -> list[str]:
        """Return this machine, once for each member."""
        return ["127.0.0.1"] * self.size

    def replace_lost(self) -> int:
        """Return 0."""
        return 0

    def close(self) -> None:
        """Forget the members."""
        self._members = []


class ThreadTeam:
    """Threads that stay between calls: for work handed out many times a second.

    The calling thread is one of them. Threads end when the team is no longer referred to.

    Parameters
    ----------
    n_jobs : int, >= 1
    """

    def __init__(self, n_jobs: int) -> None:
        self.n_jobs = n_jobs
        self._others = ThreadPoolExecutor(n_jobs - 1) if n_jobs > 1 else None

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """Apply ``function`` to each item, each taken by the next free thread.

        Parameters
        ----------
        function : callable
            One that releases the GIL, or the threads wait for one another.
        items : iterable

        Returns
        -------
        list
            One result an item, in their order.
        """
        items = list(items)
        if self._others is None or len(items) <= 1:
            return [function(item) for item in items]
        waiting, results = deque(enumerate(items)), {}

        def work() -> None:
            while True:
                try:
                    at, item = waiting.popleft()
                except IndexError:
                    return
                try:
                    results[at] = function(item)
                except BaseException:
                    waiting.clear()  # nobody starts another item
                    raise

        helpers = [self._others.submit(work) for _ in range(min(self.n_jobs, len(items)) - 1)]
        try:
            work()
        finally:
            wait(helpers)
        for helper in helpers:
            helper.result()
        return [results[at] for at in range(len(items))]


def map_threads(
    function: Callable[[Item], Result], items: Iterable[Item], *, n_jobs: int = 1
) -> list[Result]:
    """Apply ``function`` to each item on threads that are there for this call only; see :meth:`ThreadTeam.map`."""
    return ThreadTeam(n_jobs).map(function, items)


def count_cores() -> int:
    """Count the processors this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # absent on macOS and Windows
    return len(affinity(0)) if affinity else os.cpu_count() or 1
