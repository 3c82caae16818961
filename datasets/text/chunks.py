"""Checking texts at the door and cutting them into pieces of bounded size.

Public names: :func:`check_texts`, :func:`text_chunks`, :func:`chunks_of`, :func:`check_jobs`,
:func:`useful_jobs`.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ...core.errors import ParameterError
from ...core.executors import Executor
from .settings import TextSettings
from .stream import TextChunk

CHUNK_CHARACTERS = 2_000_000
CHUNK_DOCUMENTS = 5_000
WORTH_PROCESSES = 10_000_000  # characters; below, starting processes takes longer than they save

Names = list[tuple[str, ...]]


def check_texts(
    texts: Sequence[Any], artist_names: Sequence[Any] | None, settings: TextSettings
) -> tuple[list[str], Names | None]:
    """Return texts as str (missing ones empty) and the names to mask, if any are to be.

    Raises
    ------
    ParameterError
        If ``texts`` is a single str, an entry is neither str nor missing, or the lengths differ.
    """
    if isinstance(texts, str | bytes):
        raise ParameterError("texts must be a sequence of str, one per review; got a single one")
    checked = [_as_text(text, row) for row, text in enumerate(texts)]
    if artist_names is None or not settings.mask_artists:
        return checked, None
    names = [_as_names(entry, row) for row, entry in enumerate(artist_names)]
    if len(names) != len(checked):
        raise ParameterError(
            f"artist_names must have one entry per text; got {len(names)} for {len(checked)} texts"
        )
    return checked, names


def text_chunks(
    texts: Sequence[str], names: Names | None, settings: TextSettings, max_characters: int = CHUNK_CHARACTERS
) -> Iterator[TextChunk]:
    """Yield consecutive documents, few enough to be held several times over."""
    named = itertools.repeat(None) if names is None else names
    yield from chunks_of(zip(texts, named, strict=False), settings, max_characters)


def chunks_of(
    documents: Iterable[tuple[str, tuple[str, ...] | None]],
    settings: TextSettings,
    max_characters: int = CHUNK_CHARACTERS,
) -> Iterator[TextChunk]:
    """Yield consecutive documents as :func:`text_chunks` does, from (text, names to mask) one after the other."""
    held: list[tuple[str, tuple[str, ...] | None]] = []
    n_characters = 0
    for text, names in documents:
        if held and (n_characters + len(text) > max_characters or len(held) >= CHUNK_DOCUMENTS):
            yield _chunk(held, settings)
            held, n_characters = [], 0
        held.append((text, names))
        n_characters += len(text)
    if held:
        yield _chunk(held, settings)


def check_jobs(n_jobs: int) -> None:
    """Raise ParameterError unless ``n_jobs`` is an int of at least 1."""
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, int) or n_jobs < 1:
        raise ParameterError(f"n_jobs must be an int >= 1; got {n_jobs!r}")


def useful_jobs(texts: Sequence[str], n_jobs: int, executor: Executor | None = None) -> int:
    """Return how many processes to use, at most ``n_jobs``: one for little text, two where others do the work.

    Raises
    ------
    ParameterError
        If ``n_jobs`` is no int of at least 1.
    """
    check_jobs(n_jobs)
    return jobs_of(n_jobs, executor) if sum(map(len, texts)) >= WORTH_PROCESSES else 1


def jobs_of(n_jobs: int, executor: Executor | None) -> int:
    """Return how many processes work on much text: two at least where others do the work."""
    return max(n_jobs, 2) if executor is not None and executor.n_partitions else n_jobs


def _chunk(held: list[tuple[str, tuple[str, ...] | None]], settings: TextSettings) -> TextChunk:
    names = tuple(names for _, names in held if names is not None)
    return TextChunk(tuple(text for text, _ in held), names if len(names) == len(held) else None, settings)


def _as_text(text: Any, row: int) -> str:
    if isinstance(text, str):
        return text
    if text is None or text != text or type(text).__name__ == "NAType":  # None, NaN, pandas.NA
        return ""
    raise ParameterError(f"texts[{row}] must be a str or missing; got {type(text).__name__}")


def _as_names(entry: Any, row: int) -> tuple[str, ...]:
    if entry is None or isinstance(entry, float):
        return ()
    if isinstance(entry, str):
        raise ParameterError(f"artist_names[{row}] must be a list of names; got the str {entry[:60]!r}")
    names = tuple(entry)
    if any(not isinstance(name, str) for name in names):
        raise ParameterError(f"artist_names[{row}] must hold only str; got {str(names)[:80]}")
    return names
