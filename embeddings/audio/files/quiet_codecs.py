"""Codecs in C that talk on the terminal, silenced while they work. Public names: :func:`quiet_codecs`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_STDERR = 2
_lock = Lock()
_within = 0
_kept = -1


@contextmanager
def quiet_codecs() -> Iterator[None]:
    """Send to nowhere what is written to the process's standard error in the block, by any thread.

    mpg123 (inside libsndfile) says there what it thinks of an MP3; what matters of it comes back as an error.
    Keep the block short: it must not hold what the user should see.
    """
    _begin()
    try:
        yield
    finally:
        _end()


def _begin() -> None:
    global _within, _kept
    with _lock:
        _within += 1
        if _within > 1:
            return
        try:
            _kept = os.dup(_STDERR)
        except OSError:  # it is closed: nobody hears
            _kept = -1
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, _STDERR)
        os.close(nowhere)


def _end() -> None:
    global _within, _kept
    with _lock:
        _within -= 1
        if _within or _kept < 0:
            return
        os.dup2(_kept, _STDERR)
        os.close(_kept)
        _kept = -1
