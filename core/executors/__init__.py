"""Executors run independent pieces of work; ``local`` is the default."""

from .local import map_ordered

__all__ = ["map_ordered"]
