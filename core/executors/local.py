"""Processes and threads of this machine.

Public functions: :func:`map_ordered`, :func:`map_threads`, :func:`count_cores`.
"""

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import TypeVar

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
    """
    if n_jobs <= 1:
        for done, item in enumerate(items, start=1):
            result = function(item)
            if on_done is not None:
                on_done(done)
            yield result
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=n_jobs, mp_context=context) as pool:
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
        finally:
            for future in waiting:
                future.cancel()


def map_threads(
    function: Callable[[Item], Result], items: Iterable[Item], *, n_jobs: int = 1
) -> list[Result]:
    """Apply ``function`` to each item on threads and return the results in the order of the items.

    Parameters
    ----------
    function : callable
        One that releases the GIL, or the threads wait for one another.
    items : iterable
    n_jobs : int, >= 1

    Returns
    -------
    list
        One result an item.
    """
    items = list(items)
    if n_jobs == 1 or len(items) == 1:
        return [function(item) for item in items]
    with ThreadPoolExecutor(n_jobs) as pool:
        return list(pool.map(function, items))


def count_cores() -> int:
    """Count the processors this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)  # absent on macOS and Windows
    return len(affinity(0)) if affinity else os.cpu_count() or 1
