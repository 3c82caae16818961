"""The corpus: reviews, artists and rejects as data frames, from any source, and on disk.

Public names: :class:`Corpus`, :func:`read_reviews`, :func:`write_corpus`, :func:`load_corpus`,
:func:`read_about`.
"""

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..core.errors import ChecksumError, ParameterError, SchemaError, SourceError
from ..core.files import TableWriter, read_metadata, read_table, write_table
from ..core.progress import ProgressCallback
from .artist_table import make_artists
from .dates import check_date_order
from .identity import assign_artists
from .import_notes import artist_notes, id_notes, lost_notes
from .missing_names import without_na
from .readers.detection import check_format, is_workspace
from .readers.progress import announce
from .readers.raw import RawTable
from .readers.sources import read_source
from .schema import REJECTS_SCHEMA, as_frame, check_artists, check_rejects, check_reviews
from .shifted_rows import shifted_notes
from .text import PreparedText, prepare_text
from .validation import clean_reviews

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

METADATA_KEY = b"bandscape"
GROUP_REVIEWS = 65_536
"""Reviews of a row group of ``reviews.parquet``."""
_PREPARED = ("counts.npz", "tokens.parquet", "vocabulary.parquet")


@dataclass(frozen=True, eq=False, repr=False)
class Corpus:
    """Reviews and what is known of them.

    Parameters
    ----------
    reviews : pandas.DataFrame
        One row per review; columns of :data:`REVIEWS_SCHEMA`.
    artists : pandas.DataFrame
        One row per artist, most reviewed first; columns of :data:`ARTISTS_SCHEMA`.
    rejects : pandas.DataFrame
        What could not be used; columns of :data:`REJECTS_SCHEMA`.
    mapping : mapping of str to str
        Canonical column to the column of the source it was read from.
    source : str
        Name of the source.
    notes : tuple of str
        What a user should know of the import.
    text_folder : path or None
        Where the prepared text of these reviews is stored, if it is.
    """

    reviews: pd.DataFrame
    artists: pd.DataFrame
    rejects: pd.DataFrame
    mapping: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    notes: tuple[str, ...] = ()
    text_folder: Path | None = None

    @cached_property
    def prepared(self) -> PreparedText:
        """The reviews as words: read from ``text_folder``, else prepared now with the usual settings, once.

        For other settings, or several processes, call :func:`bandscape.datasets.prepare_text`.
        """
        if self.text_folder is not None:
            prepared = PreparedText.read(self.text_folder)
            if prepared.tokens["review_id"].tolist() == self.reviews["review_id"].tolist():
                return prepared
            raise SchemaError(f"{self.text_folder}: holds the words of other reviews; prepare the text again")
        names = dict(zip(self.artists["artist_id"], self.artists["name"], strict=True))
        return prepare_text(
            self.reviews["review_id"].tolist(),
            [text if isinstance(text, str) else None for text in self.reviews["text"]],
            artist_names=[[names[one] for one in ids if one in names] for ids in self.reviews["artist_ids"]],
        )

    @property
    def counts(self) -> "csr_matrix":
        """Word counts, shape (n_reviews, n_words), int32; a review without text is an empty row."""
        return self.prepared.counts

    @property
    def vocabulary(self) -> pd.DataFrame:
        """One row per word; column ``word`` names the columns of ``counts``."""
        return self.prepared.vocabulary

    @property
    def n_texts(self) -> int:
        """Number of reviews with text."""
        return int(self.reviews["text"].notna().sum())

    def summary(self) -> dict[str, str]:
        """Return what the corpus holds, by heading, in words."""
        dates = self.reviews["pub_date"].dropna()
        n_genres = len({genre for genres in self.artists["genres"] for genre in genres})
        lines = {
            "reviews": f"{len(self.reviews):,} ({self.n_texts:,} with text)",
            "artists": f"{len(self.artists):,} ({n_genres:,} genres)",
            "rejects": f"{len(self.rejects):,}",
        }
        if len(dates):
            lines["published"] = f"{dates.min():%Y-%m-%d} to {dates.max():%Y-%m-%d}"
        if "prepared" in self.__dict__:  # a repr prepares nothing
            lines["words"] = f"{self.prepared.n_tokens:,} ({len(self.vocabulary):,} in the vocabulary)"
        if self.mapping:
            lines["columns"] = ", ".join(f"{ours}={theirs}" for ours, theirs in self.mapping.items())
        if self.notes:
            lines["notes"] = "; ".join(self.notes)
        return lines

    def __repr__(self) -> str:
        lines = [f"  {heading:<10} {_visible(value)}" for heading, value in self.summary().items()]
        return "\n".join([f"Corpus {_visible(self.source)}".rstrip(), *lines])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th style='text-align:left'>{heading}</th><td style='text-align:left'>{html.escape(value)}</td></tr>"
            for heading, value in self.summary().items()
        )
        return f"<table><caption>Corpus {html.escape(self.source)}</caption>{rows}</table>"


def _visible(text: str) -> str:
    """Escape control characters, so that a name cannot steer the terminal."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def read_reviews(
    source: str | Path | pd.DataFrame | pa.Table,
    *,
    format: str | None = None,
    columns: Mapping[str, str | int] | str | None = None,
    score_range: tuple[float, float] = (0.0, 10.0),
    artist_separators: Sequence[str] = (),
    keep_artists: Sequence[str] = (),
    date_order: str | None = None,
    encoding: str | None = None,
    fill_down: Sequence[str] | str = (),
    on_progress: ProgressCallback | None = None,
) -> Corpus:
    """Read reviews from nearly anything.

    Parameters
    ----------
    source : path, pandas.DataFrame or pyarrow.Table
        The Kaggle Pitchfork database; CSV, TSV, bar or semicolon separated text; JSON Lines or a JSON array; Parquet,
        Arrow or Feather; all of these also compressed or alone in a zip archive; a folder or zip archive of ``.txt``
        or ``.md`` files; a workspace.
    format : str, optional
        One of :data:`FORMATS`; detected from the content if not given.
    columns : mapping or str, optional
        Which column of the source holds what, where the guess in :attr:`Corpus.mapping` is wrong:
        ``{"artist": "Band", "score": 3}`` or ``"artist=Band,score=3"``; a number is a position from 0. Of a folder or
        archive of texts, ``folder`` and ``filename``: ``"artist=folder"``.
    score_range : (float, float)
        Worst and best score of the source; scores are brought to 0 to 10. One such as "4/5" or "85%" has its own.
    artist_separators : sequence of str
        Strings that separate several artists in one cell, such as ``" & "``. A name that comes again while a part of
        it stands nowhere else ("Earth, Wind & Fire") stays whole, with a note.
    keep_artists : sequence of str
        Names that are one artist, though they look like several.
    date_order : {"day", "month"}, optional
        What comes first in dates such as 03/04/2012; told by the column if not given.
    encoding : str, optional
        What text is written in, such as ``"shift_jis"`` or ``"mac_roman"``; UTF-8, UTF-16 and Western text are told by
        their bytes.
    fill_down : sequence of str
        Columns whose blank cells have the value of the row above, as where a spreadsheet's cells were merged:
        ``["artist"]``; told by the values if not given, ``["-"]`` for none.
    on_progress : callable, optional
        Called with :class:`~bandscape.core.progress.Progress`; a true answer stops the import with an error.

    Returns
    -------
    Corpus

    Raises
    ------
    ParameterError
        If an option cannot be understood.
    SourceError
        If the source is missing, empty, damaged or of another format.
    SchemaError
        If no column can be used, or no row.

    Examples
    --------
    >>> import pandas as pd
    >>> corpus = read_reviews(pd.DataFrame({"Band": ["Low", "Can"], "Rating": [8.5, 11]}))
    >>> corpus.artists["name"].tolist(), corpus.rejects["reason"].tolist()
    (['Can', 'Low'], ['not within 0 to 10; set to null'])
    """
    if not isinstance(source, pd.DataFrame | pa.Table):
        source = path = Path(source).expanduser()
        if check_format(format) in (None, "workspace") and path.is_dir() and is_workspace(path):
            if columns is not None:
                raise ParameterError(
                    f"columns: {path.name} is a workspace, whose columns are known; leave it out"
                )
            return load_corpus(path)
    check_date_order(date_order)
    raw = read_source(
        source,
        format=format,
        columns=columns,
        encoding=encoding,
        fill_down=fill_down,
        on_progress=on_progress,
    )
    announce(on_progress, f"checking {raw.source}", 0, len(raw.rows))
    corpus = _corpus_of(make_tables(raw, score_range, artist_separators, date_order, keep_artists))
    announce(on_progress, f"checking {raw.source}", len(raw.rows), len(raw.rows))
    return corpus


@dataclass(frozen=True)
class CorpusTables:
    """A corpus as Arrow tables that fit their schemas.

    Parameters
    ----------
    reviews, artists, rejects : pyarrow.Table
    mapping, source, notes
        As :class:`Corpus`.
    """

    reviews: pa.Table
    artists: pa.Table
    rejects: pa.Table
    mapping: Mapping[str, str]
    source: str
    notes: tuple[str, ...]

    def metadata(self) -> dict[str, str]:
        """Return what is stored with each table."""
        about = {"source": self.source, "mapping": dict(self.mapping), "notes": list(self.notes)}
        return {METADATA_KEY.decode(): json.dumps(about, ensure_ascii=True)}


def make_tables(
    raw: RawTable,
    score_range: tuple[float, float],
    artist_separators: Sequence[str],
    date_order: str | None = None,
    keep_artists: Sequence[str] = (),
) -> CorpusTables:
    """Clean what a reader found and give the artists their ids; see :func:`read_reviews`."""
    raw = without_na(raw, keep_artists)
    clean = clean_reviews(
        raw, score_range=score_range, artist_separators=artist_separators, date_order=date_order
    )
    if not clean.table.num_rows:
        raise SchemaError(
            f"{raw.source}: none of {len(raw.rows):,} rows has an artist, title, text or url "
            f"(read from {', '.join(f'{ours}={theirs}' for ours, theirs in raw.mapping.items())}); use --columns"
        )
    names = clean.table["artists"]
    assigned = assign_artists(
        names, joined=raw.joined_artists, park=raw.park, separators=artist_separators, whole=keep_artists
    )
    at = clean.table.column_names.index("artists")
    reviews = check_reviews(clean.table.set_column(at, "artist_ids", assigned.artist_ids), source=raw.source)
    n_nameless = pc.sum(pc.equal(pc.list_value_length(names), 0)).as_py()
    rejects = clean.rejects.table()
    notes = (
        *clean.notes,
        *lost_notes(reviews, rejects),
        *shifted_notes(rejects, raw.rows, raw.source),
        *id_notes(reviews),
        *raw.notes,
        *artist_notes(assigned, n_nameless),
    )
    artists = make_artists(reviews, assigned.names)
    return CorpusTables(reviews, artists, rejects, dict(raw.mapping), raw.source, notes)


def _corpus_of(tables: CorpusTables) -> Corpus:
    return Corpus(
        reviews=as_frame(tables.reviews),
        artists=as_frame(tables.artists),
        rejects=as_frame(tables.rejects),
        mapping=tables.mapping,
        source=tables.source,
        notes=tables.notes,
    )


def write_corpus(corpus: Corpus, directory: str | Path) -> None:
    """Write a corpus: ``reviews.parquet``, ``artists.parquet``, ``rejects.parquet``, and prepared text if there is any.

    Parameters
    ----------
    corpus : Corpus
    directory : path
        Made if it does not exist; each file is replaced whole. Prepared text of an earlier corpus is removed, other
        files are left alone.

    Raises
    ------
    SchemaError
        If a table does not fit its schema; nothing is written then.
    """
    directory = Path(directory)
    tables = CorpusTables(
        check_reviews(corpus.reviews),
        check_artists(corpus.artists),
        check_rejects(corpus.rejects),
        corpus.mapping,
        corpus.source,
        corpus.notes,
    )
    write_tables(tables, directory)


def write_tables(tables: CorpusTables, directory: str | Path) -> None:
    """Write checked tables as :func:`write_corpus` does, the reviews some thousand at a time."""
    directory, metadata = Path(directory), tables.metadata()
    directory.mkdir(parents=True, exist_ok=True)
    for name in _PREPARED:
        (directory / name).unlink(missing_ok=True)
    for name, table in (("artists", tables.artists), ("rejects", tables.rejects)):
        write_table(directory / f"{name}.parquet", table.replace_schema_metadata(metadata))
    # last: a folder with reviews is a corpus
    reviews = tables.reviews.replace_schema_metadata(metadata)
    with TableWriter(directory / "reviews.parquet", reviews.schema) as writer:
        for start in range(0, max(reviews.num_rows, 1), GROUP_REVIEWS):
            writer.write(reviews.slice(start, GROUP_REVIEWS).combine_chunks())


def load_corpus(directory: str | Path) -> Corpus:
    """Load a corpus written by :func:`write_corpus` or ``bandscape simulate``.

    Parameters
    ----------
    directory : path
        The folder of ``reviews.parquet``, or the workspace above it.

    Returns
    -------
    Corpus
        With the prepared text, read on first use, if there is one.

    Raises
    ------
    SourceError
        If there is no corpus.
    SchemaError
        If a table does not fit its schema, or tables do not fit each other.
    ChecksumError
        If a file is damaged.
    """
    directory = Path(directory)
    if (directory / "corpus" / "reviews.parquet").is_file():
        directory = directory / "corpus"
    if not (directory / "reviews.parquet").is_file():
        raise SourceError(f"{directory}: no corpus (reviews.parquet) here; run `bandscape import` first")
    stored = read_table(directory / "reviews.parquet")
    reviews = check_reviews(stored, source=str(directory / "reviews.parquet"))
    artists_path, rejects_path = directory / "artists.parquet", directory / "rejects.parquet"
    artists = check_artists(read_table(artists_path), source=str(artists_path))
    rejects = REJECTS_SCHEMA.empty_table()
    if rejects_path.is_file():
        rejects = check_rejects(read_table(rejects_path), source=str(rejects_path))
    about = _about(stored.schema.metadata or {})
    return Corpus(
        as_frame(reviews),
        as_frame(artists),
        as_frame(rejects),
        mapping=about.get("mapping", {}),
        source=about.get("source", ""),
        notes=tuple(about.get("notes", ())),
        text_folder=directory if all((directory / name).is_file() for name in _PREPARED) else None,
    )


def read_about(directory: str | Path) -> dict[str, Any]:
    """Read how a stored corpus was understood, without reading the corpus.

    Parameters
    ----------
    directory : path
        The folder :func:`write_corpus` wrote to.

    Returns
    -------
    dict
        ``source`` (str), ``mapping`` (canonical column to theirs) and ``notes`` (list of str); empty where unknown.

    Raises
    ------
    SourceError, ChecksumError
        If the table of reviews is missing or damaged.
    """
    empty = {"source": "", "mapping": {}, "notes": []}
    return {**empty, **_about(read_metadata(Path(directory) / "reviews.parquet"))}


def _about(metadata: Mapping[bytes, bytes]) -> dict[str, Any]:
    text = metadata.get(METADATA_KEY, b"{}")
    try:
        about = json.loads(text)
    except ValueError as error:
        raise ChecksumError("reviews.parquet: its notes are damaged; import again") from error
    return about if isinstance(about, dict) else {}
