"""A table of artist vectors and what can be asked of it: neighbors, analogies, exports.

Conventions: a row is an artist; vectors have length 1 (an artist about which nothing is known has the zero
vector: it is never an answer and cannot be asked for); similarity is the cosine.

Public: `VectorTable`, `unit_vectors`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from ..core.errors import ParameterError, SchemaError
from ..core.files import read_arrow, write_arrow
from ..core.linear import unit_rows
from ..core.names import NameIndex
from .answers import METHODS, Answer, Answers, Ranking, Term, rank_rows
from .exports import make_keyed_vectors, unique_names, write_projector, write_vector_parquet, write_word2vec
from .groups import ArtistGroups, TopicProfiles, group_artists
from .terms import Meaning, TermIndex
from .verdicts import JUDGED, AskedGroup, judge_answers

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

COLUMNS = ("artist_id", "name", "genres", "mean_score", "n_reviews", "vector")

KEYS = ("artist_id", "name")

Query = str | np.ndarray


@dataclass(frozen=True, eq=False)
class VectorTable:
    """Vectors of artists with the few facts that answers show.

    Parameters
    ----------
    matrix : ndarray of shape (n, dim)
        One vector a row; stored as float32, scaled to length 1, read-only. Zero rows stay zero.
    artist_ids : sequence of str, unique
    names : sequence of str
    genres : sequence of sequence of str, optional
        Most frequent first.
    mean_score : sequence of float, optional
        0-10; NaN or None if unknown.
    n_reviews : sequence of int, optional
    groups : sequence of ArtistGroups, optional
        What else may be a term, labels and years say; genres always may. Not saved with the table.
    topics : TopicProfiles, optional
        Of the same artists, so that topics may be terms. Not saved with the table.

    Raises
    ------
    SchemaError
        If the lengths differ, an id occurs twice or a vector is not finite.
    """

    matrix: np.ndarray
    artist_ids: Sequence[str]
    names: Sequence[str]
    genres: Sequence[Sequence[str]] = ()
    mean_score: Any = None
    n_reviews: Any = None
    groups: Sequence[ArtistGroups] = ()
    topics: TopicProfiles | None = None

    def __post_init__(self) -> None:
        matrix = unit_vectors(np.asarray(self.matrix))
        n = len(matrix)
        score = np.full(n, np.nan) if self.mean_score is None else np.array(self.mean_score, dtype=np.float64)
        reviews = (
            np.zeros(n, np.int32) if self.n_reviews is None else np.array(self.n_reviews, dtype=np.int32)
        )
        columns = {
            "matrix": matrix,
            "artist_ids": tuple(str(value) for value in self.artist_ids),
            "names": tuple("" if _is_null(value) else str(value) for value in self.names),
            "genres": tuple(tuple(values) for values in self.genres) if len(self.genres) else ((),) * n,
            "mean_score": score,
            "n_reviews": reviews,
        }
        for name, values in columns.items():
            if len(values) != n:
                raise SchemaError(f"vectors: {name} must have {n} entries, one a vector; got {len(values)}")
            if isinstance(values, np.ndarray):
                values.flags.writeable = False
            object.__setattr__(self, name, values)
        if len(set(columns["artist_ids"])) != n:
            raise SchemaError("vectors: artist_ids must be unique; an id occurs twice")
        for group in self.groups:
            if group.n_artists != n:
                raise SchemaError(f"vectors: the groups by {group.kind} must be of {n} artists")
        if self.topics is not None and len(self.topics.n_texts) != n:
            raise SchemaError(f"vectors: topics must be of {n} artists; got {len(self.topics.n_texts)}")

    def with_terms(
        self, groups: Sequence[ArtistGroups] = (), topics: TopicProfiles | None = None
    ) -> VectorTable:
        """Give the same table with more things that a query may name.

        Parameters
        ----------
        groups : sequence of ArtistGroups
            Of the artists of this table, row by row; see `group_artists`.
        topics : TopicProfiles, optional
            Of the artists of this table, row by row.

        Returns
        -------
        VectorTable
        """
        return replace(self, groups=tuple(groups), topics=topics)

    @classmethod
    def from_artists(cls, artists: pd.DataFrame, matrix: np.ndarray) -> VectorTable:
        """Join vectors with the artists table they were learnt from, row by row.

        Parameters
        ----------
        artists : DataFrame
            artist_id and name; genres, mean_score and n_reviews where there are any.
        matrix : ndarray of shape (len(artists), dim)
        """
        genres: list[Sequence[str]] = []
        if "genres" in artists.columns:
            genres = [() if _is_null(value) else tuple(value) for value in artists["genres"]]
        score = artists.get("mean_score")
        return cls(
            matrix=matrix,
            artist_ids=tuple(artists["artist_id"]),
            names=tuple(artists["name"]),
            genres=genres,
            mean_score=None if score is None else pd.to_numeric(score).to_numpy(np.float64, na_value=np.nan),
            n_reviews=artists["n_reviews"].to_numpy() if "n_reviews" in artists.columns else None,
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} artists, dim={self.dim})"

    def __len__(self) -> int:
        return len(self.artist_ids)

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self.matrix.shape[1]

    @cached_property
    def known(self) -> np.ndarray:
        """Which artists have a vector, as booleans."""
        return np.any(self.matrix, axis=1)

    def most_similar(
        self,
        positive: Query | Sequence[Query] | None = (),
        negative: Query | Sequence[Query] | None = (),
        *,
        topn: int = 10,
        method: str = "3cosadd",
        min_reviews: int = 0,
    ) -> Answers:
        """Find the artists nearest to the positive terms and farthest from the negative ones.

        Parameters
        ----------
        positive, negative : str, ndarray of shape (dim,), sequence of these, or None for nothing
            Artists by name or id (case, accents, punctuation and a leading "the" are forgiven), genres and what
            `with_terms` added (``"rock"``, or ``"genre:rock"`` where an artist is called so), or vectors. A group
            stands for the mean of its artists' unit vectors.
        topn : int, >= 1
        method : {"3cosadd", "3cosmul", "3cosavg"}
            Cosine to the mean of the unit vectors, negative ones counted negatively; or the product of
            (shifted) cosines to the positive terms over that to the negative ones; or the first positive term
            moved by the mean of the others less the mean of the negative ones.
        min_reviews : int, >= 0
            Artists with fewer are no answers, and do not count in ranks.

        Returns
        -------
        Answers
            Never an artist of the query; fewer than ``topn`` if the table is small.

        Raises
        ------
        UnknownNameError
            If a name is unknown or ambiguous; candidates are listed.
        ParameterError
            If there is no term, a term has no vector, or the terms cancel out.

        References
        ----------
        .. [1] Levy, Goldberg (2014), Linguistic regularities, equations 2 and 4.
        .. [2] Rogers et al. (2017), The (too many) problems of analogical reasoning with word vectors.

        Notes
        -----
        A topic is answered from the texts: the artists also lie in a space whose axes are the topics
        (`TopicProfiles.directions`), and a query with topics is asked in both spaces at once, each of weight one
        half. A query of topics alone ranks by their share, among artists with a text.
        """
        if method not in METHODS:
            raise ParameterError(f"method must be one of {', '.join(METHODS)}; got {method!r}")
        if isinstance(topn, bool) or not isinstance(topn, (int, np.integer)) or topn < 1:
            raise ParameterError(f"topn must be an int >= 1; got {topn!r}")
        if isinstance(min_reviews, bool) or not isinstance(min_reviews, (int, np.integer)) or min_reviews < 0:
            raise ParameterError(f"min_reviews must be an int >= 0; got {min_reviews!r}")
        added, subtracted = self._meanings(positive), self._meanings(negative)
        if not added and not subtracted:
            raise ParameterError("a query needs at least one artist; got none")
        space = self._space([meaning for meaning, _ in (*added, *subtracted)])
        plus, minus = ([self._as_term(*one, space) for one in terms] for terms in (added, subtracted))
        usable = space.usable & (self.n_reviews >= min_reviews) if min_reviews else space.usable
        ranking = rank_rows(
            space.matrix, plus, minus, topn=max(int(topn), JUDGED), method=method, usable=usable
        )
        results = tuple(self._answer(ranking, place) for place in range(len(ranking.rows)))
        terms = (*(("+", meaning) for meaning, _ in added), *(("-", meaning) for meaning, _ in subtracted))
        return Answers(
            plus=tuple(term.label for term in plus),
            minus=tuple(term.label for term in minus),
            results=results[:topn],
            unfiltered_winner=None if ranking.winner is None else self.names[ranking.winner],
            method=method,
            terms=terms,
            verdict=judge_answers(results[:JUDGED], ranking, _asked_groups(terms, ranking, usable)),
            n_members=tuple(_n_members(meaning, ranking.rows[:topn]) for _, meaning in terms),
        )

    analogy = most_similar

    def vector(self, term: Query) -> np.ndarray:
        """Look up the unit vector of an artist by name or id.

        Raises
        ------
        UnknownNameError, ParameterError
            As `most_similar`.
        """
        ((meaning, vector),) = self._meanings(term)
        if meaning.topic is not None:
            raise ParameterError(
                f"{meaning.text[:60]!r} is a topic: it has a place among texts, not among the vectors"
            )
        return self._as_term(meaning, vector, _Space(self.matrix, self.known, True, False)).vector

    def meaning(self, term: str) -> Meaning:
        """Tell what a term of a query is taken for.

        Raises
        ------
        UnknownNameError, ParameterError
            As `most_similar`.
        """
        return self._terms.find(term)

    def row(self, name: str) -> int:
        """Look up the row of an artist by name or id.

        Raises
        ------
        UnknownNameError
            If the name is unknown or ambiguous; candidates are listed.
        """
        return self._row_of[self._names.resolve(name)]

    def to_frame(self) -> pd.DataFrame:
        """Give the table as a DataFrame; ``vector`` holds arrays."""
        return pd.DataFrame(
            {
                "artist_id": list(self.artist_ids),
                "name": list(self.names),
                "genres": [list(values) for values in self.genres],
                "mean_score": self.mean_score,
                "n_reviews": self.n_reviews,
                "vector": list(self.matrix),
            }
        )

    def to_arrow(self) -> pa.Table:
        """Give the table as Arrow, vectors as fixed-size lists of float32."""
        values = pa.array(self.matrix.reshape(-1), pa.float32())
        return pa.table(
            {
                "artist_id": pa.array(self.artist_ids, pa.string()),
                "name": pa.array(self.names, pa.string()),
                "genres": pa.array([list(genres) for genres in self.genres], pa.list_(pa.string())),
                "mean_score": pa.array(self.mean_score, pa.float64(), from_pandas=True),
                "n_reviews": pa.array(self.n_reviews, pa.int32()),
                "vector": pa.FixedSizeListArray.from_arrays(values, self.dim),
            }
        )

    @classmethod
    def from_arrow(cls, table: pa.Table) -> VectorTable:
        """Read the table `to_arrow` gives.

        Raises
        ------
        SchemaError
            If a column is missing or the vectors differ in length.
        """
        missing = [name for name in COLUMNS if name not in table.column_names]
        if missing:
            raise SchemaError(f"vectors: column {missing[0]} is missing")
        vectors = table["vector"].combine_chunks()
        if not pa.types.is_fixed_size_list(vectors.type):
            raise SchemaError(f"vectors: column vector must be a fixed-size list; got {vectors.type}")
        flat = vectors.flatten().to_numpy(zero_copy_only=False)
        return cls(
            matrix=flat.reshape(len(vectors), vectors.type.list_size),
            artist_ids=table["artist_id"].to_pylist(),
            names=table["name"].to_pylist(),
            genres=[values or () for values in table["genres"].to_pylist()],
            mean_score=table["mean_score"].to_numpy(zero_copy_only=False),
            n_reviews=table["n_reviews"].to_numpy(),
        )

    def save(self, path: str | Path) -> None:
        """Write the table as an Arrow IPC file that can be memory-mapped."""
        write_arrow(path, self.to_arrow())

    @classmethod
    def load(cls, path: str | Path) -> VectorTable:
        """Read what `save` wrote.

        Raises
        ------
        SourceError, ChecksumError, SchemaError
            If the file is missing, damaged, or holds another table.
        """
        return cls.from_arrow(read_arrow(path))

    def export_parquet(self, path: str | Path) -> None:
        """Write artist_id, name, genres and vector (list of float32) as Parquet."""
        write_vector_parquet(path, self.to_arrow())

    def export_word2vec(self, path: str | Path) -> None:
        """Write word2vec's text format, keyed by artist id (blanks become "_", repeats get a number)."""
        write_word2vec(path, self.artist_ids, self.matrix)

    def export_word2vec_binary(self, path: str | Path) -> None:
        """Write word2vec's binary format, keyed as by `export_word2vec`."""
        write_word2vec(path, self.artist_ids, self.matrix, binary=True)

    def export_projector(self, directory: str | Path) -> None:
        """Write ``tensors.tsv`` and ``metadata.tsv`` for the Embedding Projector into a folder."""
        score = ["" if np.isnan(value) else f"{value:.2f}" for value in self.mean_score]
        columns = {
            "name": self.names,
            "artist_id": self.artist_ids,
            "genre": [genres[0] if genres else "" for genres in self.genres],
            "genres": [", ".join(genres) for genres in self.genres],
            "mean_score": score,
            "n_reviews": [str(number) for number in self.n_reviews],
        }
        write_projector(directory, columns, self.matrix)

    def keyed_vectors(self, key: str = "artist_id") -> KeyedVectors:
        """Give gensim's `KeyedVectors`.

        Parameters
        ----------
        key : {"artist_id", "name"}
            What to look up by. Names that occur twice are followed by their id in parentheses.

        Raises
        ------
        ParameterError
            If ``key`` is neither.
        """
        if key not in KEYS:
            raise ParameterError(f"key must be one of {', '.join(KEYS)}; got {key!r}")
        keys = self.artist_ids if key == "artist_id" else unique_names(self.names, self.artist_ids)
        return make_keyed_vectors(keys, self.matrix)

    @cached_property
    def _names(self) -> NameIndex:
        return NameIndex(self.artist_ids, self.names, weights=[float(n) for n in self.n_reviews])

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {artist_id: row for row, artist_id in enumerate(self.artist_ids)}

    @cached_property
    def _terms(self) -> TermIndex:
        genres = group_artists("genre", pd.Series(list(self.genres), dtype=object))
        return TermIndex(self._names, self._row_of, (genres, *self.groups), self.topics)

    def _meanings(self, terms: Query | Sequence[Query] | None) -> list[tuple[Meaning, np.ndarray | None]]:
        """Each term as what it means, and as its numbers where it was given as such."""
        if isinstance(terms, str) or (
            isinstance(terms, np.ndarray) and terms.ndim == 1 and terms.dtype.kind in "fiu"
        ):
            terms = [terms]
        terms = () if terms is None else terms  # as gensim takes it
        return [
            (self._terms.find(term), None) if isinstance(term, str) else self._bare_vector(term)
            for term in terms
        ]

    def _bare_vector(self, term: Any) -> tuple[Meaning, np.ndarray]:
        vector = np.asarray(term)
        if vector.shape != (self.dim,) or vector.dtype.kind not in "fiu" or not np.isfinite(vector).all():
            raise ParameterError(
                f"a term must be a name or {self.dim} finite numbers; got {type(term).__name__}"
            )
        if not vector.any():
            raise ParameterError("a term must not be the zero vector")
        return Meaning("(vector)", "vector", "(vector)", np.empty(0, np.int64)), unit_vectors(
            vector[None, :]
        )[0]

    def _space(self, meanings: Sequence[Meaning]) -> _Space:
        """The space a query is asked in: vectors, topics, or both side by side."""
        on_topics = [meaning.topic is not None for meaning in meanings]
        if self.topics is None or not any(on_topics):
            return _Space(self.matrix, self.known, True, False)
        if all(on_topics):
            return _Space(self.topics.directions, self.topics.known, False, True)
        return _Space(self._both_spaces, self.known, True, True)

    @cached_property
    def _both_spaces(self) -> np.ndarray:
        if self.topics is None:
            return self.matrix
        return np.hstack([self.matrix, self.topics.directions]) * np.float32(np.sqrt(0.5))

    def _as_term(self, meaning: Meaning, vector: np.ndarray | None, space: _Space) -> Term:
        row = int(meaning.rows[0]) if meaning.kind == "artist" else None
        placed = np.zeros(space.matrix.shape[1], dtype=np.float32)
        if meaning.topic is not None:
            placed[meaning.topic + (self.dim if space.vectors else 0)] = 1.0
        else:
            placed[: self.dim] = self._center(meaning) if vector is None else vector
        members = meaning.rows if row is None and meaning.topic is None else np.empty(0, np.int64)
        return Term(meaning.name, row, placed, members)

    def _center(self, meaning: Meaning) -> np.ndarray:
        """The direction of an artist or a group: the mean of the unit vectors of its artists."""
        if len(meaning.rows) == 1:
            center = self.matrix[meaning.rows[0]]
        else:
            center = unit_vectors(self.matrix[meaning.rows].mean(axis=0)[None, :])[0]
        if not center.any():
            raise ParameterError(
                f"{meaning.name[:60]!r} has no vector: nothing in the table links it to another artist"
            )
        return center

    def _answer(self, ranking: Ranking, place: int) -> Answer:
        row = int(ranking.rows[place])
        mean = float(self.mean_score[row])
        return Answer(
            rank=place + 1,
            artist_id=self.artist_ids[row],
            name=self.names[row],
            cosine=float(ranking.cosine[place]),
            genres=tuple(self.genres[row]),
            mean_score=None if np.isnan(mean) else mean,
            n_reviews=int(self.n_reviews[row]),
            rank_unfiltered=int(ranking.rank_unfiltered[place]),
            rank_baseline=int(ranking.rank_baseline[place]),
            score=float(ranking.score[place]),
            gap=None if np.isnan(ranking.gap[place]) else float(ranking.gap[place]),
        )


@dataclass(frozen=True, eq=False)
class _Space:
    """Where a query is asked: its matrix, who may answer, and which coordinates it has."""

    matrix: np.ndarray
    usable: np.ndarray
    vectors: bool
    topics: bool


def _asked_groups(
    terms: Sequence[tuple[str, Meaning]], ranking: Ranking, usable: np.ndarray
) -> list[AskedGroup]:
    """How many of the answers have the groups of a calculation; one alone asks who is near it, not who has it."""
    if len(terms) < 2:
        return []
    others = usable.copy()
    others[[int(meaning.rows[0]) for _, meaning in terms if meaning.kind == "artist"]] = False
    groups = []
    for sign, meaning in terms:
        n_answers = _n_members(meaning, ranking.rows[:JUDGED])
        if n_answers is not None:
            groups.append(
                AskedGroup(sign, meaning.kind, meaning.name, n_answers, int(others[meaning.rows].sum()))
            )
    return groups


def _n_members(meaning: Meaning, rows: np.ndarray) -> int | None:
    """How many of the answers have what a term names; None where it is no genre, label or year."""
    return int(np.isin(rows, meaning.rows).sum()) if meaning.kind in ("genre", "label", "year") else None


def unit_vectors(matrix: np.ndarray) -> np.ndarray:
    """Check vectors and scale them to length 1 as float32; zero rows stay zero.

    Raises
    ------
    SchemaError
        If the matrix is not two-dimensional or not finite.
    """
    if matrix.ndim != 2:
        raise SchemaError(f"vectors: a matrix of shape (n, dim) is needed; got shape {matrix.shape}")
    wide = matrix.astype(np.float64)
    if not np.isfinite(wide).all():
        raise SchemaError("vectors: every number must be finite; got NaN or infinity")
    is_unit = np.abs(np.einsum("ij,ij->i", wide, wide) - 1) < 2e-6  # such rows keep their bytes
    return np.where(is_unit[:, None], wide, unit_rows(wide)).astype(np.float32)


def _is_null(value: Any) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NA
