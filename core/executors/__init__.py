"""Executors run independent pieces of work: ``local``, the default, or ``ray``, on a cluster."""

from .interface import Crew, Executor
from .local import LocalExecutor, ThreadTeam, count_cores, map_ordered, map_threads
from .ray import RayExecutor

__all__ = [
    "Crew",
    "Executor",
    "LocalExecutor",
    "RayExecutor",
    "ThreadTeam",
    "count_cores",
    "map_ordered",
    "map_threads",
]
