"""The truth beside a simulated corpus: written by the simulation, loaded by tests and benchmarks.

The files are listed in :mod:`bandscape.datasets.simulation.simulate`.

Public names: :class:`Truth`, :func:`load_truth`, :func:`write_truth`, :class:`Counted`.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from ...core.errors import FormatVersionError
from ...core.files import read_arrays, read_table, write_arrays, write_json, write_table
from ...core.sealed_json import read_sealed_json, write_sealed_json
from .model import Plan
from .reviews import Block, artist_ids
from .text import seed_keywords
from .words import GENRES

TRUTH_FORMAT = 1
_MOST_FOR_NEIGHBORS = 20_000  # artists; comparing all pairs takes time by the square
_N_NEIGHBORS = 10
_COMPARED_ROWS = 1024  # at a time
_SORTED_ROWS = 32  # at a time; their order takes as much memory as their cosines, twice


@dataclass
class Counted:
    """Running sums over the reviews written.

    Parameters
    ----------
    n_reviews, n_words : int
    topic_words : ndarray of shape (n_topics,), float64
        Expected number of words per topic.
    """

    n_reviews: int
    n_words: int
    topic_words: NDArray[np.float64]

    def add(self, block: Block) -> None:
        """Count one block."""
        n_words = block.truth.column("n_words").to_numpy()
        shares = block.truth.column("topic_shares").values.to_numpy().reshape(len(n_words), -1)
        self.n_reviews += len(n_words)
        self.n_words += int(n_words.sum())
        self.topic_words += (n_words[:, None] * shares.astype(np.float64)).sum(axis=0)


def write_truth(truth: Path, plan: Plan, counted: Counted, complete: bool) -> None:
    """Write everything but the tables of reviews and clips, which are written as they are made.

    Parameters
    ----------
    truth : Path
        The folder.
    plan : Plan
    counted : Counted
    complete : bool
        Whether all that was asked for was written.
    """
    topics = plan.topics
    arrays = {
        "topic_word": topics.topic_word,
        "genre_centers": plan.genre_centers,
        "genre_effect": plan.genre_effect,
        "topic_direction": plan.topic_direction,
    }
    write_arrays(truth / "model.safetensors", arrays)
    forms = [list(word.forms) for word in topics.words]
    vocabulary = {"word": [word.name for word in topics.words], "surfaces": forms}
    write_table(truth / "vocabulary.parquet", pa.table(vocabulary))
    write_table(truth / "topic_words.parquet", _topic_words_table(plan))
    write_table(truth / "artists.parquet", _artists_table(plan))
    authors = {"author": list(plan.author_names), "effect": plan.author_effect}
    write_table(truth / "authors.parquet", pa.table(authors))
    described = _described_topics(plan, counted)
    fields = ("id", "proportion", "keywords")
    write_json(truth / "topics.json", [{name: topic[name] for name in fields} for topic in described])
    config = {
        "format": TRUTH_FORMAT,
        "settings": plan.settings.as_dict(),
        "n_reviews": counted.n_reviews,
        "n_words": counted.n_words,
        "complete": complete,
        "genres": list(GENRES),
        "topics": described,
    }
    write_sealed_json(truth / "config.json", config)


def _described_topics(plan: Plan, counted: Counted) -> list[dict[str, Any]]:
    shares = counted.topic_words / max(counted.topic_words.sum(), 1e-9)
    return [
        {
            "id": topic_id,
            "genre": GENRES[genre] if genre >= 0 else None,
            "proportion": round(float(share), 6),
            "keywords": keywords,
        }
        for topic_id, genre, share, keywords in zip(
            plan.topics.ids, plan.topics.genre, shares, seed_keywords(plan.topics), strict=True
        )
    ]


def _topic_words_table(plan: Plan, n: int = 100) -> pa.Table:
    """List the likeliest words of each topic with their likeliest form there."""
    topics = plan.topics
    n = min(n, len(topics.words))
    best = np.lexsort(
        (-topics.topic_surface, np.broadcast_to(topics.surface_word, topics.topic_surface.shape))
    )
    first = np.flatnonzero(np.diff(topics.surface_word, prepend=-1))
    display = best[:, first]  # within a word's run of forms, the likeliest comes first
    ranked = np.argsort(-topics.topic_word, axis=1, kind="stable")[:, :n]
    topic = np.repeat(np.arange(len(topics.ids)), n)
    word = ranked.ravel()
    return pa.table(
        {
            "topic": pa.array(topics.ids).take(pa.array(topic)),
            "word": pa.array([w.name for w in topics.words]).take(pa.array(word)),
            "probability": topics.topic_word[topic, word],
            "display": pa.array(topics.surfaces).take(pa.array(display[topic, word])),
        }
    )


def _artists_table(plan: Plan) -> pa.Table:
    artists, n = plan.artists, len(plan.artists.names)
    second = pa.array(artists.second_genre.astype(np.int64), mask=artists.second_genre < 0)
    neighbors, cosines = _neighbors(artists.position)
    return pa.table(
        {
            "artist_id": artist_ids(np.arange(n)),
            "name": pa.array(artists.names),
            "genre": pa.array(GENRES).take(pa.array(artists.genre.astype(np.int64))),
            "second_genre": pa.array(GENRES).take(second),
            "genre_mixture": _fixed_lists(artists.mixture),
            "position": _fixed_lists(artists.position),
            "quality": artists.quality,
            "neighbors": neighbors,
            "cosines": cosines,
        }
    )


def _fixed_lists(matrix: NDArray[np.float64]) -> pa.FixedSizeListArray:
    return pa.FixedSizeListArray.from_arrays(pa.array(matrix.ravel()), matrix.shape[1])


def _neighbors(position: NDArray[np.float64]) -> tuple[pa.Array, pa.Array]:
    """Find the truly nearest artists by cosine; null where there are too many artists to compare."""
    n, k = len(position), min(_N_NEIGHBORS, len(position) - 1)
    if n > _MOST_FOR_NEIGHBORS or k == 0:
        return pa.nulls(n, pa.list_(pa.string())), pa.nulls(n, pa.list_(pa.float64()))
    unit = position / np.linalg.norm(position, axis=1, keepdims=True)
    nearest, cosines = np.empty((n, k), dtype=np.int64), np.empty((n, k))
    held = np.empty((min(_COMPARED_ROWS, n), n))
    for start in range(0, n, _COMPARED_ROWS):
        rows = np.arange(start, min(start + _COMPARED_ROWS, n))
        cosine = np.matmul(unit[rows], unit.T, out=held[: len(rows)])
        cosine[np.arange(len(rows)), rows] = -2.0
        for first in range(0, len(rows), _SORTED_ROWS):
            part = cosine[first : first + _SORTED_ROWS]
            order = np.argsort(-part, axis=1, kind="stable")[:, :k]
            here = rows[first : first + _SORTED_ROWS]
            nearest[here], cosines[here] = order, np.take_along_axis(part, order, axis=1)
    offsets = pa.array(np.arange(0, n * k + 1, k, dtype=np.int32))
    ids = artist_ids(nearest.ravel())
    return pa.ListArray.from_arrays(offsets, ids), pa.ListArray.from_arrays(
        offsets, pa.array(cosines.ravel())
    )


@dataclass(frozen=True)
class Truth:
    """What is true of a simulated corpus.

    Parameters
    ----------
    directory : Path
    config : dict
        Settings, counts, genres, topics.
    words : tuple of str
    topic_ids : tuple of str
    topic_word : ndarray of shape (n_topics, n_words), float64
        Rows sum to 1.
    genre_centers : ndarray of shape (n_genres, n_dimensions), float64
    genre_effect : ndarray of shape (n_genres,), float64
        Score points.
    """

    directory: Path
    config: dict[str, Any]
    words: tuple[str, ...]
    topic_ids: tuple[str, ...]
    topic_word: NDArray[np.float64]
    genre_centers: NDArray[np.float64]
    genre_effect: NDArray[np.float64]

    @cached_property
    def artists(self) -> pd.DataFrame:
        """One row an artist, with the columns of ``truth/artists.parquet``."""
        return self.table("artists").to_pandas()

    @cached_property
    def vocabulary(self) -> pd.DataFrame:
        """One row a word, in the order of ``topic_word``: word, surfaces."""
        return self.table("vocabulary").to_pandas()

    @cached_property
    def positions(self) -> NDArray[np.float64]:
        """Positions of the artists, shape (n_artists, n_dimensions)."""
        return np.stack(self.artists["position"].to_list())

    def topic_shares(self) -> NDArray[np.float32]:
        """Read the topic shares of all reviews, shape (n_reviews, n_topics)."""
        column = self.table("reviews", ["topic_shares"]).column(0).combine_chunks()
        return column.values.to_numpy().reshape(-1, len(self.topic_ids))

    def similarity(self, one: str, other: str) -> float:
        """Return the true similarity of two artists, given by id: the cosine of their positions."""
        place = {artist_id: row for row, artist_id in enumerate(self.artists["artist_id"])}
        x, y = self.positions[place[one]], self.positions[place[other]]
        return float(x @ y / np.linalg.norm(x) / np.linalg.norm(y))

    def table(self, name: str, columns: list[str] | None = None) -> pa.Table:
        """Read a table of the truth: reviews, artists, authors, users, vocabulary, topic_words or audio."""
        return read_table(self.directory / f"{name}.parquet", columns)


def load_truth(directory: str | Path) -> Truth:
    """Load the truth of a simulated corpus.

    Parameters
    ----------
    directory : path
        As given to :func:`simulate`.

    Returns
    -------
    Truth

    Raises
    ------
    SourceError
        If no truth lies there.
    FormatVersionError
        If it was written in a newer format.
    ChecksumError
        If a file is damaged.
    """
    folder = Path(directory) / "truth"
    config = read_sealed_json(folder / "config.json", remedy="simulate again")
    if config["format"] > TRUTH_FORMAT:
        raise FormatVersionError(
            f"{folder}: written in truth format {config['format']}, this version reads up to {TRUTH_FORMAT}; "
            "upgrade bandscape or simulate again"
        )
    arrays, _ = read_arrays(folder / "model.safetensors")
    return Truth(
        directory=folder,
        config=config,
        words=tuple(read_table(folder / "vocabulary.parquet", ["word"]).column(0).to_pylist()),
        topic_ids=tuple(topic["id"] for topic in config["topics"]),
        topic_word=arrays["topic_word"],
        genre_centers=arrays["genre_centers"],
        genre_effect=arrays["genre_effect"],
    )
