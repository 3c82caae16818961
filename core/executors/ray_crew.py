"""Crews of a Ray cluster: actors that keep a part of some work, and are missed when they end.

Public names: :class:`RayCrew`, :data:`READY_S`.
"""

import contextlib
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..errors import BandscapeError, WorkerLostError, first_line
from .ray_failures import cause_of

logger = logging.getLogger(__name__)

READY_S = 120.0
"""Seconds that members, and machines that join a cluster late, may take to begin."""
LOOK_S = 2.0
"""Seconds that are waited for word of the other members when one has ended."""


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
            return None, cause_of(error)
        except (failures.RayActorError, failures.ObjectLostError, failures.NodeDiedError) as error:
            logger.info("Ray worker %d ended: %s", at, first_line(error))
            self._lost.add(at)
            return None, None

    def replace_lost(self) -> int:
        """Make new members in the place of those that ended."""
        import ray

        self._find_lost()
        lost, self._lost = sorted(self._lost), set()
        for at in lost:
            with contextlib.suppress(Exception):  # it is dead, or out of reach and must not come back
                ray.kill(self._members[at], no_restart=True)
            self._members[at] = self._make(at)
        self._wait_until_ready(lost)
        return len(lost)

    def _find_lost(self) -> None:
        """Look for others that have ended: a machine that is gone takes several along, and each costs a rewind."""
        import ray

        if self._lost:
            calls = {member.process_id.remote(): at for at, member in enumerate(self._members)}
            ended, _ = ray.wait(
                list(calls), num_returns=len(calls), timeout=LOOK_S
            )  # who works answers later
            for call in ended:
                self._answer(calls[call], call)

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
        ready, late = ray.wait(calls, num_returns=len(calls), timeout=READY_S) if calls else ([], [])
        if late:
            raise BandscapeError(
                f"{len(late)} of {self.size} Ray workers did not begin within {READY_S:.0f} s ({len(ready)} did): are "
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
