"""Executors run independent pieces of work; ``local`` is the default."""

from .local import ThreadTeam, count_cores, map_ordered, map_threads

__all__ = ["ThreadTeam", "count_cores", "map_ordered", "map_threads"]
