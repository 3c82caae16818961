"""The stores by their older address; see `stores`."""

from .stores.arrow import ArrowStore
from .stores.arrow_files import CODES, FILES, build_store, write_codes
from .stores.interface import Filter, StoredArtist, VectorStore
from .stores.nearest import nearest_rows

__all__ = [
    "CODES",
    "FILES",
    "ArrowStore",
    "Filter",
    "StoredArtist",
    "VectorStore",
    "build_store",
    "nearest_rows",
    "write_codes",
]
