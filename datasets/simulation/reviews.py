"""One block of simulated reviews: who, when, how good, and what the tables say of it.

Reviews are made in blocks of :data:`BLOCK` rows, each from its own random stream, so that a block is the same
whatever process makes it and whatever comes before. Equations are in :mod:`bandscape.datasets.simulation.simulate`.

Public names: :data:`BLOCK`, :class:`Block`, :func:`simulate_block`, :func:`truth_schema`.
"""

import datetime
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..schema import REVIEWS_SCHEMA
from .model import Plan, make_plan
from .names import TITLE_PARTS
from .settings import STAGE_REVIEWS, SimulationSettings, permute, stream
from .text import TextTables, draw_lengths, draw_topic_shares, make_text_tables, write_texts
from .words import GENRES

BLOCK = 4096

_FIRST_DAY = datetime.date(1999, 1, 5)
_N_DAYS = (datetime.date(2017, 1, 8) - _FIRST_DAY).days
_EPOCH_DAY = (_FIRST_DAY - datetime.date(1970, 1, 1)).days
_MISSING = {"text": 0.03, "genres": 0.10, "labels": 0.01, "years": 0.01, "author": 0.004, "score": 0.003}
_BASE_SCORE = 7.0


@dataclass(frozen=True)
class Block:
    """A block of reviews and what is true of it.

    Parameters
    ----------
    reviews : pyarrow.RecordBatch
        In the canonical schema.
    truth : pyarrow.RecordBatch
        See :func:`truth_schema`.
    codes : dict of str to ndarray
        The values behind the lists, for tallies: ``artist`` and ``row`` (one entry per credited artist), and per
        row ``score`` (NaN: unknown), ``author``, and ``genre``, ``label``, ``year`` of shape (n, 2); -1 is none.
    """

    reviews: pa.RecordBatch
    truth: pa.RecordBatch
    codes: dict[str, NDArray[Any]]


def truth_schema(n_topics: int) -> pa.Schema:
    """Return the columns of ``truth/reviews.parquet``, one row a review."""
    return pa.schema(
        [
            pa.field("review_id", pa.string(), nullable=False),
            pa.field("genre", pa.string(), nullable=False),
            pa.field("topic_shares", pa.list_(pa.float32(), n_topics), nullable=False),
            pa.field("n_words", pa.int32(), nullable=False),
            pa.field("score_artist", pa.float32(), nullable=False),
            pa.field("score_genre", pa.float32(), nullable=False),
            pa.field("score_author", pa.float32(), nullable=False),
            pa.field("score_noise", pa.float32(), nullable=False),
        ]
    )


@lru_cache(maxsize=2)
def _tables(settings: SimulationSettings) -> TextTables:
    return make_text_tables(make_plan(settings))


def simulate_block(settings: SimulationSettings, block: int) -> Block:
    """Make reviews ``block * BLOCK`` and on.

    Parameters
    ----------
    settings : SimulationSettings
    block : int

    Returns
    -------
    Block
    """
    plan = make_plan(settings)
    rng = stream(settings.seed, STAGE_REVIEWS, block)
    rows = np.arange(block * BLOCK, min((block + 1) * BLOCK, settings.n_reviews))
    places = permute(rows, settings.n_reviews, settings.seed)
    artist = np.searchsorted(plan.artists.first_review, places, side="right") - 1
    parts, score, author = _draw_scores(plan, artist, rng)
    codes = _draw_codes(plan, artist, score, author, rng)
    shares = draw_topic_shares(plan, artist, score, rng)
    lengths = draw_lengths(len(rows), settings.words_per_review, rng)
    lengths[_is_missing("text", len(rows), settings, rng)] = 0
    peer = _draw_peers(plan, artist, rng)
    texts, n_words = write_texts(plan, _tables(settings), lengths, shares, artist, peer, rng)
    review_id = pc.binary_join_element_wise(
        "r", pc.utf8_lpad(pa.array(rows + 1).cast(pa.string()), 8, "0"), ""
    )
    reviews = _reviews_batch(plan, review_id, codes, texts, rng)
    truth = _truth_batch(plan, review_id, artist, shares, n_words, parts)
    return Block(reviews, truth, codes)


def _is_missing(
    column: str, n: int, settings: SimulationSettings, rng: np.random.Generator
) -> NDArray[np.bool_]:
    return rng.random(n) < _MISSING[column] * settings.missing


def _draw_scores(
    plan: Plan, artist: NDArray[np.int64], rng: np.random.Generator
) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.float64], NDArray[np.int64]]:
    """Draw the author, then the score and its parts (equation 3)."""
    n = len(artist)
    limits = plan.author_limits[plan.artists.genre[artist]]
    author = (rng.random(n)[:, None] > limits).sum(axis=1).clip(max=len(plan.author_names) - 1)
    parts = {
        "score_artist": plan.artists.quality[artist],
        "score_genre": plan.artists.mixture[artist] @ plan.genre_effect,
        "score_author": plan.author_effect[author],
        "score_noise": plan.settings.score_noise_sd * rng.standard_normal(n),
    }
    score = np.round(np.clip(_BASE_SCORE + np.sum(list(parts.values()), axis=0), 0.0, 10.0), 1).astype(
        np.float64
    )
    return parts, score, author


def _draw_peers(plan: Plan, artist: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw an artist a few places away in the order of likeness; oneself only when alone."""
    n = len(plan.artists.names)
    away = rng.integers(1, 1 + min(8, max(n - 1, 1)), size=len(artist)) * rng.choice(
        [-1, 1], size=len(artist)
    )
    rank = plan.artists.rank[artist]
    target = rank + away
    target = np.where((target < 0) | (target >= n), rank - away, target)
    target = np.where((target < 0) | (target >= n), (rank + 1) % n, target)
    return plan.artists.by_likeness[target]


def _draw_codes(
    plan: Plan,
    artist: NDArray[np.int64],
    score: NDArray[np.float64],
    author: NDArray[np.int64],
    rng: np.random.Generator,
) -> dict[str, NDArray[Any]]:
    settings, n = plan.settings, len(artist)
    guest = np.where(rng.random(n) < settings.second_artist, _draw_peers(plan, artist, rng), artist)
    with_guest = np.flatnonzero(guest != artist)
    genre = np.stack([plan.artists.genre[artist], plan.artists.second_genre[artist]], axis=1).astype(np.int64)
    genre[rng.random(n) < 0.3, 1] = -1
    genre[_is_missing("genres", n, settings, rng)] = -1
    label = plan.artists.labels[artist].astype(np.int64)
    label = np.where((rng.random(n) < 0.25)[:, None], label[:, ::-1], label)
    label[(rng.random(n) > 0.05) | (label[:, 0] == label[:, 1]), 1] = -1
    label[_is_missing("labels", n, settings, rng)] = -1
    debut = plan.artists.debut[artist]
    day = (_N_DAYS * (debut + (1.0 - debut) * rng.random(n))).astype(np.int32)
    year = _draw_years(day, settings, rng)
    return {
        "artist": np.concatenate([artist, guest[with_guest]]),
        "row": np.concatenate([np.arange(n), with_guest]),
        "score": np.where(_is_missing("score", n, settings, rng), np.nan, score),
        "author": np.where(_is_missing("author", n, settings, rng), -1, author),
        "genre": genre,
        "label": label,
        "year": year,
        "day": day,
    }


def _draw_years(
    day: NDArray[np.int32], settings: SimulationSettings, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw years of release: that of the review, sometimes the one before; reissues have the first one as well."""
    n = len(day)
    dates = np.datetime64(_FIRST_DAY) + day.astype("timedelta64[D]")
    released = dates.astype("datetime64[Y]").astype(np.int64) + 1970 - (rng.random(n) < 0.08)
    original = released - rng.integers(3, 40, size=n)
    reissue = rng.random(n) < 0.06
    years = np.where(
        reissue[:, None], np.stack([original, released], 1), np.stack([released, np.full(n, -1)], 1)
    )
    years[_is_missing("years", n, settings, rng)] = -1
    return years


# -- tables --------------------------------------------------------------------------------------------------------


def _reviews_batch(
    plan: Plan,
    review_id: pa.StringArray,
    codes: dict[str, NDArray[Any]],
    texts: pa.StringArray,
    rng: np.random.Generator,
) -> pa.RecordBatch:
    n = len(review_id)
    score, author = codes["score"], codes["author"]
    title = _draw_titles(plan, codes["artist"][:n], rng)
    recommended = (score >= 8.3) & (rng.random(n) < 0.7)
    columns = {
        "review_id": review_id,
        "title": title,
        "artist_ids": _artist_lists(codes["artist"], codes["row"], n),
        "score": pa.array(score, from_pandas=True),
        "genres": _string_lists(codes["genre"], GENRES),
        "labels": _string_lists(codes["label"], plan.label_names),
        "years": _lists(codes["year"], lambda kept: pa.array(kept, pa.int32())),
        "author": pa.array(plan.author_names).take(pa.array(author, mask=author < 0)),
        "pub_date": pa.array((codes["day"] + _EPOCH_DAY).astype(np.int32)).cast(pa.date32()),
        "best_new_music": pa.array(recommended),
        "url": _urls(review_id, title),
        "text": texts,
    }
    return pa.RecordBatch.from_arrays([columns[name] for name in REVIEWS_SCHEMA.names], schema=REVIEWS_SCHEMA)


def artist_ids(artists: NDArray[np.int64]) -> pa.StringArray:
    """Return the ids of artists, given by number."""
    numbers = pc.utf8_lpad(pa.array(artists + 1).cast(pa.string()), 6, "0")
    return pc.binary_join_element_wise("a", numbers, "")


def _artist_lists(artist: NDArray[np.int64], row: NDArray[np.int64], n: int) -> pa.ListArray:
    order = np.argsort(row, kind="stable")  # the main artist comes first
    offsets = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=n))]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), artist_ids(artist[order]))


def _lists(codes: NDArray[np.int64], values_of: Any) -> pa.ListArray:
    """Turn rows of codes (-1: none) into lists."""
    kept = codes >= 0
    offsets = np.concatenate([[0], np.cumsum(kept.sum(axis=1))]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values_of(codes[kept]))


def _string_lists(codes: NDArray[np.int64], names: tuple[str, ...]) -> pa.ListArray:
    return _lists(codes, lambda kept: pa.array(names).take(pa.array(kept)))


def _draw_titles(plan: Plan, artist: NDArray[np.int64], rng: np.random.Generator) -> pa.StringArray:
    n = len(artist)

    def drawn(part: str) -> pa.StringArray:
        return pa.array(TITLE_PARTS[part]).take(pa.array(rng.integers(0, len(TITLE_PARTS[part]), n)))

    adjective, noun, thing, other = drawn("adjectives"), drawn("nouns"), drawn("things"), drawn("nouns")
    number = pa.array(rng.integers(2, 10, n)).cast(pa.string())
    forms = [
        pc.binary_join_element_wise(adjective, noun, " "),
        pc.binary_join_element_wise(noun, "of the", thing, " "),
        pc.binary_join_element_wise("The", thing, " "),
        pc.binary_join_element_wise(noun, "and", other, " "),
        pc.binary_join_element_wise(adjective, thing, "EP", " "),
        pc.binary_join_element_wise(noun, ", Vol. ", number, ""),
        pa.array(plan.artists.names).take(pa.array(artist)),
    ]
    kind = rng.choice(len(forms), size=n, p=[0.3, 0.2, 0.15, 0.15, 0.08, 0.06, 0.06])
    return pc.choose(pa.array(kind), *forms)


def _urls(review_id: pa.StringArray, title: pa.StringArray) -> pa.StringArray:
    slug = pc.utf8_trim(pc.replace_substring_regex(pc.ascii_lower(title), "[^a-z0-9]+", "-"), "-")
    return pc.binary_join_element_wise("https://reviews.example/albums/", review_id, "-", slug, "/", "")


def _truth_batch(
    plan: Plan,
    review_id: pa.StringArray,
    artist: NDArray[np.int64],
    shares: NDArray[np.float64],
    n_words: NDArray[np.int64],
    parts: dict[str, NDArray[np.float64]],
) -> pa.RecordBatch:
    flat = pa.array(shares.astype(np.float32).ravel())
    columns = {
        "review_id": review_id,
        "genre": pa.array(GENRES).take(pa.array(plan.artists.genre[artist])),
        "topic_shares": pa.FixedSizeListArray.from_arrays(flat, shares.shape[1]),
        "n_words": pa.array(n_words, pa.int32()),
        **{name: pa.array(part.astype(np.float32)) for name, part in parts.items()},
    }
    schema = truth_schema(shares.shape[1])
    return pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)
