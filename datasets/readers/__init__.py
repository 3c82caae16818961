"""Readers of one source format each; :func:`read_source` chooses among them.

Public names: :func:`read_source`, :data:`FORMATS`, :class:`RawTable`, :class:`RejectLog`.
"""

from .detection import FORMATS
from .raw import RawTable, RejectLog
from .sources import read_source

__all__ = ["FORMATS", "RawTable", "RejectLog", "read_source"]
