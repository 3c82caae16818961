"""Rows of a source that are no published review, as blogs and databases keep them beside the others.

A column of states (WordPress' ``post_status``, Ghost's ``status``) has words, one of drafts (``draft``, ``is_draft``),
of deleted rows (``is_deleted``) or of published ones (``is_published``) yes and no. Drafts are read as the others are,
with a note; what was deleted, and revisions and attachments, which WordPress keeps as posts of their own ("inherit"),
are left out.

Public names: :func:`left_aside`.
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
    texts = as_strings(column).values
    encoded = (texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts).dictionary_encode()
    cells = encoded.dictionary.to_pylist()
    states = [_state(cell, name_key(called.rpartition(".")[2])) for cell in cells]
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    gone = np.isin(codes, [at for at, state in enumerate(states) if state in _GONE])
    drafts = np.isin(codes, [at for at, state in enumerate(states) if state in _DRAFT])
    places = np.flatnonzero(gone)
    column.log.add(
        column.rows[places],
        "status",
        texts.take(pa.array(places)),
        "deleted, or no post of its own; left out (--columns status=- reads it)",
    )
    if not drafts.any():
        return gone, []
    first = cells[codes[np.flatnonzero(drafts)[0]]]
    return gone, [f"drafts ({called}: {first}), read as the others are: {int(drafts.sum()):,}"]


def _state(cell: str, key: str) -> str:
    if key not in _FLAGS or (answer := read_yes_no(cell)) is None:
        return name_key(cell)
    tells, state = _FLAGS[key]
    return state if answer == tells else ""
