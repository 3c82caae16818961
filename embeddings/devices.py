"""Where TensorFlow trains: a GPU where it sees one, or the processor.

Public: `find_device`, `load_tensorflow`, `DEVICES`, `CPU`.
"""

from __future__ import annotations

import os
import sys
import warnings
from functools import cache
from typing import Any

from ..core.errors import BandscapeWarning, ParameterError

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
    """Import TensorFlow without its start-up chatter on stderr, and without oneDNN.

    oneDNN's sums depend on the number of threads. It is on or off from TensorFlow's import to the end of the process.

    Warns
    -----
    BandscapeWarning
        Once, if TensorFlow is there already, with oneDNN.
    """
    is_there = "tensorflow" in sys.modules
    if not is_there:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    import tensorflow as tf

    if is_there:
        _warn_of_onednn()
    return tf


@cache
def _warn_of_onednn() -> None:
    try:
        from tensorflow.python.util import _pywrap_util_port as build
    except ImportError:  # moved: the public interface has no word for it
        return
    if build.IsMklEnabled():
        warnings.warn(
            "TensorFlow was loaded with oneDNN, whose sums depend on the number of threads: the last digits may differ "
            "from those of the commands; set TF_ENABLE_ONEDNN_OPTS=0 before TensorFlow is imported",
            BandscapeWarning,
            stacklevel=3,
        )
