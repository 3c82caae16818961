"""Vectors of artists out of vectors of tracks, and those of other models."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bandscape.core.errors import ParameterError, SchemaError
from bandscape.embeddings.audio import average_by_artist, read_foreign_vectors, whiten

ABOUT = {"model": "clap", "version": "1", "sample_rate_hz": 48_000}


def foreign(path, **columns):
    table = {"id": ["a", "b"], "vector": [[1.0, 2.0], [3.0, 4.0]], "model": ["m", "m"], "version": ["1", "1"],
             "rate": [48_000, 48_000]} | columns  # fmt: skip
    pq.write_table(pa.table({k: v for k, v in table.items() if v is not None}), path)
    return path


def test_whitened_columns_have_unit_variance_and_no_correlation(rng):
    rows = rng.standard_normal((200, 6)) @ rng.standard_normal((6, 6)) + 5
    white = whiten(rows).astype(float)
    np.testing.assert_allclose(white.T @ white / 200, np.eye(white.shape[1]), atol=1e-4)
    assert np.array_equal(whiten(rows), whiten(rows * 3 + 1)) or np.allclose(
        whiten(rows), whiten(rows * 3 + 1), atol=1e-3
    )
    assert whiten(rows, n_dims=2).shape == (200, 2)
    assert not whiten(np.ones((4, 3))).any()


def test_an_artist_is_the_mean_of_its_tracks():
    side = average_by_artist(
        ["x", "y", "z"], np.array([[1.0, 0], [3, 2], [9, 9]]), {"x": "a", "y": "a"}, about=ABOUT
    )
    assert side.artist_ids == ["a"]
    np.testing.assert_array_equal(side.vectors, [[2, 1]])
    table = side.as_table()
    assert table["n_tracks"].to_pylist() == [2]
    assert table.schema.metadata[b"model"] == b"clap"
    with pytest.raises(ParameterError, match="none of the 1 tracks"):
        average_by_artist(["x"], np.ones((1, 2)), {}, about=ABOUT)


def test_foreign_vectors_are_read_with_what_made_them(tmp_path):
    ids, vectors, about = read_foreign_vectors(foreign(tmp_path / "v.parquet"))
    assert ids == ["a", "b"]
    np.testing.assert_array_equal(vectors, [[1, 2], [3, 4]])
    assert about == {"model": "m", "version": "1", "sample_rate_hz": 48_000}


@pytest.mark.parametrize(
    ("columns", "message"),
    [({"model": None}, "model"), ({"version": ["1", "2"]}, "one value"), ({"id": ["a", "a"]}, "twice"),
     ({"id": ["a", None]}, "no id"), ({"vector": [[1.0], [1.0, 2.0]]}, "one length"),
     ({"vector": [[1.0], [float("nan")]]}, "'b' is not finite")],
)  # fmt: skip
def test_foreign_vectors_that_cannot_be_compared_are_refused(tmp_path, columns, message):
    with pytest.raises(SchemaError, match=message):
        read_foreign_vectors(foreign(tmp_path / "v.parquet", **columns))
