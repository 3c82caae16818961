"""Notes beside models of what these were learnt from, so that the same is not learnt twice.

A note names the model it is about: a process that dies between saving a model and noting it leaves the note of the
earlier one, and that must not pass for it. Public: `is_saved`, `note_learnt`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...core.files import sha256_of
from ...core.sealed_json import write_sealed_json

_SAVED = "saved"


def note_learnt(path: Path, facts: Mapping[str, Any], model: Path) -> None:
    """Write what the model in a folder was learnt from."""
    write_sealed_json(path, {**facts, _SAVED: _mark(model)})


def is_saved(note: Mapping[str, Any], model: Path) -> bool:
    """Tell whether a note is about the model that is there; notes of earlier versions name none."""
    mark = _mark(model)
    return note.get(_SAVED, mark) == mark


def _mark(model: Path) -> str:
    """Return a digest of a saved model: its manifest has those of all its files."""
    return sha256_of(model / "manifest.json")
