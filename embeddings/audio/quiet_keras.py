"""Keras without what TensorFlow writes to the terminal while it is loaded.

Its libraries say on the standard error, before any setting of its log is heard, that they use oneDNN. Public names:
:func:`import_keras`.
"""

import os
import sys
from typing import Any


def import_keras() -> Any:
    """Return the module ``keras``, with TensorFlow loaded; what is written meanwhile to descriptor 2 is lost."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if "tensorflow" not in sys.modules:
        kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            import tensorflow  # noqa: F401 (what is not importable raises as ever)
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)
    import keras

    return keras
