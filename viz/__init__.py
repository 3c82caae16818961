"""Layouts and the interactive map of artists: one offline HTML file with search, filters and vector arithmetic."""

from .export import write_html
from .layout import METHODS, Layout, lay_out, read_layout, write_layout
from .maps import ArtistMap, artist_map

__all__ = [
    "METHODS",
    "ArtistMap",
    "Layout",
    "artist_map",
    "lay_out",
    "read_layout",
    "write_html",
    "write_layout",
]
