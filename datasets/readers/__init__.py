"""Readers of one source format each; :func:`read_source` chooses among them.

They are alike. They take ``source`` (SourceFile, or Path of a folder), ``columns`` (the user's word on columns, as
:func:`parse_columns` returns it) and ``on_progress``, and return a RawTable. They raise SourceError if the source is
empty, cut off, damaged or another format, and SchemaError if no column can be used. Their docstrings say what is
particular to each.

Public names: :func:`read_source`, :data:`FORMATS`, :class:`RawTable`, :class:`RejectLog`.
"""

from .detection import FORMATS
from .raw import RawTable, RejectLog
from .sources import read_source

__all__ = ["FORMATS", "RawTable", "RejectLog", "read_source"]
