"""Where TensorFlow trains: a GPU where it sees one, or the processor.

Public: `find_device`, `load_tensorflow`, `DEVICES`, `CPU`.
"""

from __future__ import annotations

import os
from typing import Any

from ..core.errors import ParameterError

DEVICES = ("auto", "cpu", "gpu")
CPU, GPU = "/CPU:0", "/GPU:0"


def find_device(wanted: str) -> str:
    """Return TensorFlow's name of the device to train on.

    Parameters
    ----------
    wanted : {"auto", "cpu", "gpu"}
        "auto" is the first GPU that TensorFlow sees, or else the processor.

    Returns
    -------
    str
        ``"/CPU:0"`` or ``"/GPU:0"``.

    Raises
    ------
    ParameterError
        If a GPU is wanted and TensorFlow sees none.
    """
    if wanted == "cpu":
        return CPU
    if load_tensorflow().config.list_logical_devices("GPU"):
        return GPU
    if wanted == "gpu":
        raise ParameterError(
            "device gpu: TensorFlow sees no GPU here; use cpu or auto, or install a TensorFlow for GPUs "
            "(docs/artists.md)"
        )
    return CPU


def load_tensorflow() -> Any:
    """Import TensorFlow without its start-up chatter on stderr."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    import tensorflow as tf

    return tf
