"""Rows of a source that are no published review, as blogs and databases keep them beside the others.

A column of states (WordPress' ``post_status``, Ghost's ``status``) has words, one of drafts (``draft``, ``is_draft``),
of deleted rows (``is_deleted``) or of published ones (``is_published``) yes and no. Drafts are read as the others are,
with a note; what was deleted, and revisions and attachments, which WordPress keeps as posts of their own ("inherit"),
are left out. So are its pages, menus and templates, which a column ``post_type`` tells from the posts.

Public names: :func:`left_aside`, :func:`no_posts`.
"""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .cells import read_yes_no
from .columns import Column, as_strings
from .readers.columns.mapping import name_key

_DRAFT = frozenset(["draft", "drafts", "pending", "private", "future", "scheduled", "unpublished", "inprogress",
                    "entwurf", "brouillon", "borrador", "bozza"])  # fmt: skip
_GONE = frozenset(["trash", "trashed", "deleted", "removed", "inherit", "revision", "autodraft", "spam"])
_NO_POSTS = frozenset(["page", "attachment", "revision", "navmenuitem", "customcss", "customizechangeset",
                       "oembedcache", "userrequest", "wpblock", "wptemplate", "wptemplatepart", "wpglobalstyles",
                       "wpnavigation", "wpfontfamily", "wpfontface"])  # fmt: skip
_FLAGS = {"draft": (True, "draft"), "isdraft": (True, "draft"), "ispublished": (False, "draft"),
          "published": (False, "draft"), "deleted": (True, "deleted"), "isdeleted": (True, "deleted")}  # fmt: skip


def left_aside(column: Column, called: str) -> tuple[NDArray[np.bool_], list[str]]:
    """Return which rows are no review, which then stand in rejects, and a note on drafts.

    Parameters
    ----------
    column : Column
        States of the rows.
    called : str
        The source's name of the column.
    """
    cells, codes = _encoded(column)
    states = [_state(cell, name_key(called.rpartition(".")[2])) for cell in cells]
    gone = np.isin(codes, [at for at, state in enumerate(states) if state in _GONE])
    drafts = np.isin(codes, [at for at, state in enumerate(states) if state in _DRAFT])
    _leave_out(column, gone, "deleted, or no post of its own")
    if not drafts.any():
        return gone, []
    first = cells[codes[np.flatnonzero(drafts)[0]]]
    return gone, [f"drafts ({called}: {first}), read as the others are: {int(drafts.sum()):,}"]


def no_posts(column: Column) -> NDArray[np.bool_]:
    """Return which rows are pages, menus and such, which then stand in rejects; none where there is nothing else.

    Parameters
    ----------
    column : Column
        Types of the rows, as in WordPress' ``post_type``.
    """
    cells, codes = _encoded(column)
    others = np.isin(codes, [at for at, cell in enumerate(cells) if name_key(cell) in _NO_POSTS])
    if others.all():
        return np.zeros_like(others)
    _leave_out(column, others, "no post")
    return others


def _encoded(column: Column) -> tuple[list[str], NDArray[np.int64]]:
    """Return the different cells of a column, and which of them each row has; -1 where it has none."""
    texts = as_strings(column).values
    encoded = (texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts).dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)


def _leave_out(column: Column, rows: NDArray[np.bool_], reason: str) -> None:
    places = np.flatnonzero(rows)
    column.log.add(
        column.rows[places],
        column.name,
        as_strings(column).values.take(pa.array(places)),
        f"{reason}; left out (--columns {column.name}=- reads it)",
    )


def _state(cell: str, key: str) -> str:
    if key not in _FLAGS or (answer := read_yes_no(cell)) is None:
        return name_key(cell)
    tells, state = _FLAGS[key]
    return state if answer == tells else ""
