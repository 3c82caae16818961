"""Executors run independent pieces of work; ``local`` is the default."""

from .local import count_cores, map_ordered, map_threads

__all__ = ["count_cores", "map_ordered", "map_threads"]
