"""A table of artist vectors and what can be asked of it: neighbors, analogies, exports.

Conventions: a row is an artist; vectors have length 1 (an artist about which nothing is known has the zero
vector: it is never an answer and cannot be asked for); similarity is the cosine.

Public: `VectorTable`, `unit_vectors`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from ..core.errors import ParameterError, SchemaError, UnknownNameError
from ..core.files import read_arrow, write_arrow
from ..core.linear import unit_rows
from ..core.names import NameIndex, identity_key
from .answers import METHODS, Answer, Answers, Ranking, Term, rank_rows
from .exports import make_keyed_vectors, unique_names, write_vector_parquet, write_word2vec

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
        positive: Query | Sequence[Query] = (),
        negative: Query | Sequence[Query] = (),
        *,
        topn: int = 10,
        method: str = "3cosadd",
    ) -> Answers:
        """Find the artists nearest to the positive terms and farthest from the negative ones.

        Parameters
        ----------
        positive, negative : str, ndarray of shape (dim,), or sequence of these
            Artists by name or id (case, accents, punctuation and a leading "the" are forgiven), genres (a name
            that is no artist's), or vectors.
        topn : int, >= 1
        method : {"3cosadd", "3cosmul"}
            Cosine to the mean of the unit vectors, negative ones counted negatively, or the product of
            (shifted) cosines to the positive terms over that to the negative ones.

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
        """
        if method not in METHODS:
            raise ParameterError(f"method must be one of {', '.join(METHODS)}; got {method!r}")
        if isinstance(topn, bool) or not isinstance(topn, (int, np.integer)) or topn < 1:
            raise ParameterError(f"topn must be an int >= 1; got {topn!r}")
        plus, minus = self._terms(positive), self._terms(negative)
        if not plus and not minus:
            raise ParameterError("a query needs at least one artist; got none")
        ranking = rank_rows(self.matrix, plus, minus, topn=int(topn), method=method)
        return Answers(
            plus=tuple(term.label for term in plus),
            minus=tuple(term.label for term in minus),
            results=tuple(self._answer(ranking, place) for place in range(len(ranking.rows))),
            unfiltered_winner=None if ranking.winner is None else self.names[ranking.winner],
            method=method,
        )

    analogy = most_similar

    def vector(self, term: Query) -> np.ndarray:
        """Look up the unit vector of an artist by name or id.

        Raises
        ------
        UnknownNameError, ParameterError
            As `most_similar`.
        """
        return self._term(term).vector

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

    def _terms(self, terms: Query | Sequence[Query]) -> list[Term]:
        if isinstance(terms, str) or (
            isinstance(terms, np.ndarray) and terms.ndim == 1 and terms.dtype.kind in "fiu"
        ):
            terms = [terms]
        return [self._term(term) for term in terms]

    def _term(self, term: Query) -> Term:
        if isinstance(term, str):
            try:
                row = self.row(term)
            except UnknownNameError as error:
                center = self._genre_center(term)
                if center is None:
                    raise self._with_genres(error) from None
                return Term(term, None, center)
            if not self.known[row]:
                raise ParameterError(
                    f"{self.names[row][:60]!r} has no vector: nothing in the table links it to another artist"
                )
            return Term(self.names[row], row, self.matrix[row])
        vector = np.asarray(term)
        if vector.shape != (self.dim,) or vector.dtype.kind not in "fiu" or not np.isfinite(vector).all():
            raise ParameterError(
                f"a term must be a name or {self.dim} finite numbers; got {type(term).__name__}"
            )
        if not vector.any():
            raise ParameterError("a term must not be the zero vector")
        return Term("(vector)", None, unit_vectors(vector[None, :])[0])

    def _genre_center(self, genre: str) -> np.ndarray | None:
        """The direction of a genre: the mean of the unit vectors of its artists; None if there are none."""
        key = identity_key(genre)
        rows = [row for row, genres in enumerate(self.genres) if key in map(identity_key, genres)]
        center = self.matrix[rows].mean(axis=0) if rows else np.zeros(self.dim)
        return unit_vectors(center[None, :])[0] if center.any() else None

    def _with_genres(self, error: UnknownNameError) -> UnknownNameError:
        """Say also which genres may have been meant."""
        genres = sorted({genre for genres in self.genres for genre in genres})
        known = NameIndex(genres, genres)
        found = known.candidates(error.name)
        if not found or "ambiguous" in str(error):
            return error
        return UnknownNameError(
            f"{error}; or the genre {', '.join(found)}?".replace(
                "no similar name is known; or", "did you mean"
            ),
            name=error.name,
            candidates=(*error.candidates, *found),
        )

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
        )


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
