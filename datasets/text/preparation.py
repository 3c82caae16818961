"""Text preparation: from raw reviews to counts, a vocabulary and the words in text order.

One row of every result is one review, in the order given; a review without text is an empty row. Surface forms are
numbered through the whole vocabulary, word after word, so that a topic can show each word in the form that is most
frequent within it. Public names: :class:`PreparedText`, :func:`prepare_text`, :func:`read_vocabulary`.
"""

import hashlib
import importlib.metadata
import json
import logging
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from ...core.artifacts import load_artifact, save_artifact
from ...core.errors import BandscapeError, BandscapeWarning, ChecksumError, ParameterError
from ...core.executors import Executor
from ...core.files import TableWriter, read_sparse, read_table, write_sparse, write_table
from ...core.progress import ProgressCallback, report
from .chunks import Names, check_texts, text_chunks, useful_jobs
from .kept_chunks import forget_chunks, read_chunks
from .new_text import count_matrix, term_normalizer
from .settings import TextSettings
from .stream import WordStream, forget_units, join_streams
from .vocabulary import IndexedText, index_words

logger = logging.getLogger(__name__)

TEXT_VERSION = 4  # raise it when the same input would give another result
PACKAGES = ("gensim", "nltk", "stop-words")
_SETTINGS_KEY = b"bandscape.text_settings"
_COMMON_KEY = b"bandscape.too_common"
_KIND = "prepared-text"
_STAGE = "reading texts"
GROUP_REVIEWS = 65_536
"""Reviews of a row group of ``tokens.parquet``."""

VOCABULARY_SCHEMA = pa.schema(
    [
        pa.field("word", pa.string()),
        pa.field("display", pa.string()),
        pa.field("count", pa.int64()),
        pa.field("document_count", pa.int32()),
        pa.field("surfaces", pa.list_(pa.string())),
        pa.field("surface_counts", pa.list_(pa.int64())),
    ]
)
TOKENS_SCHEMA = pa.schema(
    [
        pa.field("review_id", pa.string()),
        pa.field("word_ids", pa.list_(pa.int32())),
        pa.field("surface_ids", pa.list_(pa.int32())),
    ]
)


@dataclass(frozen=True)
class PreparedText:
    """Reviews as words.

    Parameters
    ----------
    counts : csr_matrix of shape (n_reviews, n_words), int32
    vocabulary : DataFrame, n_words rows
        word (stem, or phrase such as "new_york"), display (its most frequent surface form), count, document_count,
        surfaces (list of str, most frequent first), surface_counts (list of int). Most frequent word first.
    tokens : DataFrame, n_reviews rows
        review_id, word_ids and surface_ids (int32 arrays in text order). ``surface_ids`` count through the lists of
        ``vocabulary.surfaces`` laid end to end.
    settings : TextSettings
        How it was made; :func:`prepare_new_text` and :func:`term_normalizer` need it.
    too_common : tuple of str
        Words that are in more than ``settings.max_document_share`` of the reviews and so not in the vocabulary, most
        frequent first.
    """

    counts: csr_matrix
    vocabulary: pd.DataFrame
    tokens: pd.DataFrame
    settings: TextSettings
    too_common: tuple[str, ...] = ()

    @property
    def n_tokens(self) -> int:
        """Number of tokens in all reviews."""
        return int(self.counts.data.sum())

    def review_ids(self) -> Iterator[list[str]]:
        """Yield the ids of the reviews, in pieces."""
        yield self.tokens["review_id"].tolist()

    def surface_counts(self) -> Iterator[csr_matrix]:
        """Yield how often each surface form occurs in each review, in pieces: int32, columns as ``surface_ids``."""
        n_surfaces = sum(map(len, self.vocabulary["surfaces"]))
        for start in range(0, len(self.tokens), GROUP_REVIEWS):
            ids = self.tokens["surface_ids"].iloc[start : start + GROUP_REVIEWS]
            yield count_matrix(_flat(ids), np.array([len(row) for row in ids], np.int64), n_surfaces)

    def normalizer(self, terms: Iterable[str] = ()) -> Callable[[str], str | None]:
        """Return the function from a user's term to a word of this vocabulary; see :func:`term_normalizer`."""
        return term_normalizer(self.settings, self.vocabulary, terms)

    def write(self, directory: str | Path) -> None:
        """Write ``vocabulary.parquet``, ``counts.npz`` and ``tokens.parquet`` into a folder, each atomically.

        Parameters
        ----------
        directory : path
            Made when needed. Settings and ``too_common`` are kept in the metadata of ``vocabulary.parquet``.
        """
        folder = Path(directory)
        folder.mkdir(parents=True, exist_ok=True)
        with TableWriter(folder / "tokens.parquet", TOKENS_SCHEMA) as writer:
            for start in range(0, max(len(self.tokens), 1), GROUP_REVIEWS):
                writer.write(_tokens_table(self.tokens.iloc[start : start + GROUP_REVIEWS]))
        write_sparse(folder / "counts.npz", self.counts)
        write_table(
            folder / "vocabulary.parquet", vocabulary_table(self.vocabulary, self.settings, self.too_common)
        )

    @classmethod
    def read(cls, directory: str | Path) -> "PreparedText":
        """Read what :meth:`write` wrote.

        Parameters
        ----------
        directory : path

        Returns
        -------
        PreparedText

        Raises
        ------
        SourceError
            If a file is missing.
        ChecksumError
            If a file is damaged, or the files do not belong together.
        """
        folder = Path(directory)
        vocabulary = read_table(folder / "vocabulary.parquet")
        tokens = read_table(folder / "tokens.parquet")
        prepared = _from_tables(vocabulary, tokens, folder)
        counts = read_sparse(folder / "counts.npz")
        if counts.shape != prepared.counts.shape or not all(
            np.array_equal(getattr(counts, part), getattr(prepared.counts, part))
            for part in ("indptr", "indices", "data")
        ):
            raise ChecksumError(f"{folder}: counts.npz and tokens.parquet differ; prepare the text again")
        return prepared


def prepare_text(
    review_ids: Sequence[str],
    texts: Sequence[str | None],
    *,
    artist_names: Sequence[Sequence[str]] | None = None,
    settings: TextSettings | None = None,
    n_jobs: int = 1,
    cache_dir: str | Path | None = None,
    on_progress: ProgressCallback | None = None,
    executor: Executor | None = None,
) -> PreparedText:
    """Turn raw review texts into words.

    Parameters
    ----------
    review_ids : sequence of str, length n_reviews
        Unique.
    texts : sequence of str or None, length n_reviews
        Plain text or scraped HTML; missing (None, NaN) where a review has none.
    artist_names : sequence of sequence of str, optional
        Per review, the names that must not become words of it; used if ``settings.mask_artists``.
    settings : TextSettings, optional
    n_jobs : int, >= 1
        Processes at most; little text is read by one. The result does not depend on it.
    cache_dir : path, optional
        Where results are kept under a hash of everything they depend on, those of a part of the texts until all are
        there: a run that was cut off goes on. A damaged entry is made again.
    on_progress : callable, optional
        Receives :class:`~bandscape.core.progress.Progress` in documents; a true answer stops.
    executor : Executor, optional
        Reads the texts, if they are many; processes of this machine when absent. The result is the same.

    Returns
    -------
    PreparedText

    Raises
    ------
    ParameterError
        If lengths differ, an id repeats, or an entry is of the wrong type.
    BandscapeError
        If ``on_progress`` asked to stop.

    Warns
    -----
    BandscapeWarning
        If no review has text, or no word is within the limits of ``settings``. ``counts`` then has no column.

    Notes
    -----
    Time is linear in the text. Memory beside the texts is about 80 bytes a token at the peak.
    """
    settings = settings if settings is not None else TextSettings()
    ids = _check_ids(review_ids)
    checked, names = check_texts(texts, artist_names, settings)
    if len(ids) != len(checked):
        raise ParameterError(f"review_ids and texts must be of one length; got {len(ids)} and {len(checked)}")
    n_jobs = useful_jobs(checked, n_jobs, executor)
    entry = None if cache_dir is None else Path(cache_dir) / _content_key(ids, checked, names, settings)
    prepared = None if entry is None else _load_cached(entry)
    if prepared is None:
        kept = None if entry is None else entry.with_name(f"{entry.name}.parts")
        indexed = index_words(
            _read_all(checked, names, settings, n_jobs, kept, on_progress, executor), settings
        )
        prepared = _assemble(ids, indexed, settings)
        warn_if_empty(len(prepared.vocabulary), len(checked), indexed.dropped)
        if entry is not None:
            _save_cached(entry, prepared)
        if kept is not None:
            forget_chunks(kept)
    return prepared


def _check_ids(review_ids: Sequence[Any]) -> list[str]:
    ids = list(review_ids)
    seen: set[str] = set()
    for row, entry in enumerate(ids):
        if not isinstance(entry, str):
            raise ParameterError(f"review_ids[{row}] must be a str; got {str(entry)[:80]!r}")
        if entry in seen:
            raise ParameterError(f"review_ids must be unique; {entry[:80]!r} repeats")
        seen.add(entry)
    return ids


def _read_all(
    texts: list[str],
    names: Names | None,
    settings: TextSettings,
    n_jobs: int,
    kept: Path | None,
    on_progress: ProgressCallback | None,
    executor: Executor | None,
) -> WordStream:
    """Read all texts, in chunks over processes, and report how many are done."""
    chunks = text_chunks(texts, names, settings)

    def streams() -> Iterator[WordStream]:
        done = 0
        announce_texts(on_progress, 0, len(texts))
        for stream in read_chunks(chunks, n_jobs=n_jobs, kept=kept, executor=executor):
            done += len(stream.lengths)
            yield stream
            announce_texts(on_progress, done, len(texts))

    try:
        return join_streams(streams())
    finally:
        forget_units()


def announce_texts(on_progress: ProgressCallback | None, done: int, n_reviews: int) -> None:
    """Send one event; raise if the listener asked to stop."""
    if report(on_progress, _STAGE, done, n_reviews, "reviews"):
        raise BandscapeError("text preparation was stopped before its end")


def _assemble(review_ids: list[str], indexed: IndexedText, settings: TextSettings) -> PreparedText:
    offsets = np.concatenate([[0], np.cumsum(indexed.lengths)]).tolist()
    spans = list(pairwise(offsets))
    tokens = pd.DataFrame(
        {
            "review_id": pd.Series(review_ids, dtype=str),
            "word_ids": pd.Series([indexed.word_ids[a:b] for a, b in spans], dtype=object),
            "surface_ids": pd.Series([indexed.surface_ids[a:b] for a, b in spans], dtype=object),
        }
    )
    counts = count_matrix(indexed.word_ids, indexed.lengths, len(indexed.vocabulary))
    return PreparedText(counts, indexed.vocabulary, tokens, settings, indexed.common)


def warn_if_empty(n_words: int, n_texts: int, dropped: Mapping[str, int]) -> None:
    """Warn of a vocabulary without words, saying why it has none."""
    if n_words:
        return
    if not any(dropped.values()):
        message = f"none of the {n_texts} reviews has any words; there is nothing to find topics in"
    else:
        fallen = ", ".join(f"{limit}: {n}" for limit, n in dropped.items() if n)
        rarer = (
            "; or take rarer words: `topics fit --min-reviews 1`, in Python "
            "prepare_text(..., settings=TextSettings(min_document_count=1))"
        )
        message = f"no word is within the limits (words that fell to {fallen}); give more reviews"
        message += rarer if dropped.get("min_document_count") else ""
    warnings.warn(message, BandscapeWarning, stacklevel=3)


# -- on disk -----------------------------------------------------------------------------------------------------


def vocabulary_table(vocabulary: pd.DataFrame, settings: TextSettings, too_common: Sequence[str]) -> pa.Table:
    """Return the table of ``vocabulary.parquet``; see :class:`PreparedText`."""
    columns = {
        name: vocabulary[name].tolist() if vocabulary[name].dtype == object else vocabulary[name].to_numpy()
        for name in VOCABULARY_SCHEMA.names
    }
    metadata = {
        _SETTINGS_KEY: settings.to_json().encode(),
        _COMMON_KEY: json.dumps(tuple(too_common), ensure_ascii=False).encode(),
    }
    schema = VOCABULARY_SCHEMA.with_metadata(metadata)
    return pa.table(columns, schema=schema)


def _tokens_table(tokens: pd.DataFrame) -> pa.Table:
    lengths = np.array([len(words) for words in tokens["word_ids"]], np.int64)
    words, surfaces = (_flat(tokens[name]) for name in ("word_ids", "surface_ids"))
    return tokens_table(tokens["review_id"].tolist(), words, surfaces, lengths)


def _flat(lists: pd.Series) -> NDArray[np.int32]:
    return np.concatenate([np.zeros(0, np.int32), *lists])


def tokens_table(
    review_ids: Sequence[str],
    word_ids: NDArray[np.int32],
    surface_ids: NDArray[np.int32],
    lengths: NDArray[np.int64],
) -> pa.Table:
    """Return rows of ``tokens.parquet`` from the tokens of consecutive reviews; see :class:`PreparedText`."""
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    lists = [pa.ListArray.from_arrays(offsets, ids) for ids in (word_ids, surface_ids)]
    return pa.table([pa.array(review_ids, pa.string()), *lists], schema=TOKENS_SCHEMA)


def read_vocabulary(path: str | Path) -> tuple[pd.DataFrame, TextSettings, tuple[str, ...]]:
    """Read ``vocabulary.parquet`` alone, which is all that reading new texts takes.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    vocabulary : DataFrame
    settings : TextSettings
    too_common : tuple of str
        As the fields of :class:`PreparedText`.

    Raises
    ------
    SourceError
        If the file is missing.
    ChecksumError
        If it is damaged or has other columns.
    """
    table = read_table(path)
    return table.to_pandas(), *_settings_of(table, Path(path))


def _settings_of(vocabulary: pa.Table, source: Path) -> tuple[TextSettings, tuple[str, ...]]:
    metadata = vocabulary.schema.metadata or {}
    stored = metadata.get(_SETTINGS_KEY)
    if stored is None or not vocabulary.schema.equals(VOCABULARY_SCHEMA):
        raise ChecksumError(f"{source}: the vocabulary has other columns; prepare the text again")
    return TextSettings.from_json(stored.decode()), tuple(json.loads(metadata.get(_COMMON_KEY, b"[]")))


def _from_tables(vocabulary: pa.Table, tokens: pa.Table, source: Path) -> PreparedText:
    """Build the result from its tables, checking that they belong together."""
    settings, too_common = _settings_of(vocabulary, source)
    if not tokens.schema.equals(TOKENS_SCHEMA):
        raise ChecksumError(f"{source}: the tokens have other columns; prepare the text again")
    words, surfaces = tokens["word_ids"].combine_chunks(), tokens["surface_ids"].combine_chunks()
    word_ids = words.flatten().to_numpy()
    n_surfaces = int(
        np.sum(vocabulary["surfaces"].combine_chunks().value_lengths().to_numpy(zero_copy_only=False))
    )
    if (
        not words.value_lengths().equals(surfaces.value_lengths())
        or not _all_below(word_ids, vocabulary.num_rows)
        or not _all_below(surfaces.flatten().to_numpy(), n_surfaces)
    ):
        raise ChecksumError(f"{source}: tokens and vocabulary do not fit together; prepare the text again")
    lengths = words.value_lengths().to_numpy(zero_copy_only=False).astype(np.int64)
    counts = count_matrix(word_ids, lengths, vocabulary.num_rows)
    return PreparedText(counts, vocabulary.to_pandas(), tokens.to_pandas(), settings, too_common)


def _all_below(ids: np.ndarray, limit: int) -> bool:
    return not len(ids) or (ids.min() >= 0 and ids.max() < limit)


# -- cache -------------------------------------------------------------------------------------------------------


def _content_key(review_ids: list[str], texts: list[str], names: Names | None, settings: TextSettings) -> str:
    """Return a sha256 over everything the result depends on."""
    digest = hashlib.sha256(settings.to_json().encode())
    versions = [f"{package} {importlib.metadata.version(package)}" for package in PACKAGES]
    digest.update(repr((TEXT_VERSION, versions, len(texts), names is None)).encode())
    for row, (review_id, text) in enumerate(zip(review_ids, texts, strict=True)):
        head = repr((review_id, len(text), names[row] if names is not None else ()))
        digest.update(head.encode("utf-8", "surrogatepass"))
        digest.update(text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _load_cached(entry: Path) -> PreparedText | None:
    if not entry.exists():
        return None
    try:
        tables = load_artifact(entry, _KIND).tables
        return _from_tables(tables["vocabulary"], tables["tokens"], entry)
    except (BandscapeError, KeyError) as error:
        logger.warning("cached text ignored: %s", error)
        return None


def _save_cached(entry: Path, prepared: PreparedText) -> None:
    if not len(prepared.vocabulary):  # so that the warning is given every time
        return
    tables = {
        "vocabulary": vocabulary_table(prepared.vocabulary, prepared.settings, prepared.too_common),
        "tokens": _tokens_table(prepared.tokens),
    }
    try:
        save_artifact(entry, _KIND, config={"version": TEXT_VERSION}, tables=tables)
    except OSError as error:
        logger.warning("the prepared text could not be cached: %s", error)
