"""A guard of the process: no pickle is opened, whoever asks.

What a pickle names is imported and called, so a file from a stranger could run anything. Nothing here stores or reads
one; should a library be led to, it is stopped before the first name is looked up. Public name: :func:`forbid_pickles`.
"""

import sys
from typing import Any

from .errors import SourceError

# messages between processes of ours, numba's cache of compiled code beside the package, and gensim, which asks in
# memory whether a function of its own could be pickled
_EXCEPT = (
    "multiprocessing/",
    "concurrent/futures/",
    "joblib/externals/",
    "/ray/",
    "numba/core/caching.py",
    "numba/core/serialize.py",
    "gensim/models/phrases.py",
)


def forbid_pickles() -> None:
    """Refuse, from here to the end of the process, to look up what a pickle names.

    Meant for programs, not for libraries: it cannot be taken back (:pep:`578`).
    """
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "pickle.find_class":
        return
    frame = sys._getframe(1)
    while frame is not None:
        if any(part in frame.f_code.co_filename.replace("\\", "/") for part in _EXCEPT):
            return
        frame = frame.f_back
    raise SourceError(
        f"a pickle was to be opened, which could run anything ({'.'.join(map(str, arguments))}); give the data in"
        " another format"
    )
