"""What runs work elsewhere has to offer.

An executor maps a function over items, and keeps *crews*: objects that stay where they were made, each with a part of
the data, and are asked again and again. What an executor is cannot change a result. Public names: :class:`Executor`,
:class:`Crew`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Crew(Protocol):
    """Members that each hold a part of some work; a member that ended is noticed when the crew is asked."""

    @property
    def size(self) -> int:
        """Number of members."""
        ...

    def ask(self, method: str, *shared: Any) -> list[Any]:
        """Call a method of every member with the same arguments, at the same time.

        Parameters
        ----------
        method : str
        *shared
            Sent to a machine once; members must not change them.

        Returns
        -------
        list
            The answers, in the order of the members.

        Raises
        ------
        WorkerLostError
            If a member ended. The others have answered by then, or will before they hear anything else.
        """
        ...

    def ask_each(self, method: str, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Call a method of every member with arguments of its own; see :meth:`ask`."""
        ...

    def hosts(self) -> list[str]:
        """Return the address of each member's machine."""
        ...

    def replace_lost(self) -> int:
        """Make new members in the place of those that ended, with what these were made of; return how many."""
        ...

    def close(self) -> None:
        """End the members."""
        ...


class Executor(Protocol):
    """Where work is done.

    Attributes
    ----------
    name : str
        "local" or "ray".
    n_partitions : int
        Members to cut stateful work into; 0 where threads of this process do it.
    """

    name: str

    @property
    def n_partitions(self) -> int:
        """Members to cut stateful work into; 0 where threads of this process do it."""
        ...

    def map_ordered(
        self,
        function: Callable[..., Result],
        items: Iterable[Item],
        *,
        n_jobs: int = 1,
        shared: tuple[Any, ...] = (),
        on_done: Callable[[int], None] | None = None,
    ) -> Iterator[Result]:
        """Apply ``function`` to each item and yield the results in the order of the items.

        Parameters
        ----------
        function : callable
            Picklable by name.
        items : iterable
            Read a few ahead of the results, never as a whole.
        n_jobs : int, >= 1
            Processes of this machine; 1 says that the work is too little for any other place.
        shared : tuple
            Further arguments of every call, sent to a machine once.
        on_done : callable, optional
            Called with the number of results yielded so far, before each is yielded.

        Yields
        ------
        object
            One result an item.
        """
        ...

    def crew(self, build: Callable[..., Any], part: Callable[[int], tuple[Any, ...]], size: int) -> Crew:
        """Make a crew.

        Parameters
        ----------
        build : callable
            Picklable by name; makes a member.
        part : callable
            From the number of a member to the arguments it is built from; called again when it has to be replaced.
        size : int, >= 1
        """
        ...

    def close(self) -> None:
        """Let go of processes and connections."""
        ...
