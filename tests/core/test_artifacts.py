import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.sparse import random as random_sparse

from bandscape.core import (
    ChecksumError,
    FormatVersionError,
    ParameterError,
    SchemaError,
    SourceError,
    TableWriter,
    iterate_table,
    load_artifact,
    read_arrays,
    read_arrow,
    read_json,
    read_sparse,
    read_table,
    replace_directory,
    replace_file,
    save_artifact,
    sha256_of,
    write_arrays,
    write_arrow,
    write_json,
    write_sparse,
    write_table,
)

TABLE = pa.table(
    {"name": ["björk", "<script>", None], "genres": [["rock"], [], ["jazz", "pop"]], "n": [1, 2, 3]}
)


def test_a_failed_write_leaves_the_old_file_and_no_leftover(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"old": 1})
    with pytest.raises(RuntimeError), replace_file(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert read_json(path) == {"old": 1}
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_a_failed_folder_leaves_the_old_folder(tmp_path):
    target = tmp_path / "model"
    with replace_directory(target) as folder:
        (folder / "x").write_text("1")
    with pytest.raises(RuntimeError), replace_directory(target) as folder:
        (folder / "x").write_text("2")
        raise RuntimeError
    assert (target / "x").read_text() == "1"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    target = tmp_path / "model"
    for name in ("first", "second"):
        with replace_directory(target) as folder:
            (folder / name).write_text(name)
    assert [entry.name for entry in target.iterdir()] == ["second"]


@pytest.mark.parametrize(
    ("write", "read"), [(write_table, read_table), (write_arrow, read_arrow)], ids=["parquet", "arrow"]
)
def test_tables_round_trip_with_the_same_bytes(tmp_path, write, read):
    write(tmp_path / "one", TABLE)
    write(tmp_path / "two", TABLE)
    assert read(tmp_path / "one").equals(TABLE)
    assert sha256_of(tmp_path / "one") == sha256_of(tmp_path / "two")


def test_a_streamed_table_equals_one_written_at_once(tmp_path):
    with TableWriter(tmp_path / "t.parquet", TABLE.schema) as writer:
        writer.write(TABLE.slice(0, 1))
        writer.write(TABLE.slice(1).to_batches()[0])
    assert writer.n_rows == 3
    assert read_table(tmp_path / "t.parquet").equals(TABLE)
    batches = list(iterate_table(tmp_path / "t.parquet", columns=["n"], batch_size=2))
    assert [row for batch in batches for row in batch.column("n").to_pylist()] == [1, 2, 3]


def test_a_table_writer_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError), TableWriter(tmp_path / "t.parquet", TABLE.schema) as writer:
        writer.write(TABLE)
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=30)
@given(
    array=hnp.arrays(
        dtype=st.sampled_from([np.float32, np.int64, np.uint16, np.bool_]),
        shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5),
    ),
    text=st.text(max_size=20),
)
def test_arrays_round_trip(tmp_path_factory, array, text):
    path = tmp_path_factory.mktemp("arrays") / "a.safetensors"
    write_arrays(path, {"a": array}, metadata={"note": text})
    arrays, metadata = read_arrays(path)
    assert arrays["a"].dtype == array.dtype
    np.testing.assert_array_equal(arrays["a"], array)
    assert metadata == {"note": text}


def test_sparse_round_trip(tmp_path):
    matrix = random_sparse(30, 20, density=0.1, format="csr", random_state=0)
    write_sparse(tmp_path / "m.npz", matrix)
    assert (read_sparse(tmp_path / "m.npz") != matrix).nnz == 0


@pytest.mark.parametrize(
    ("write", "read", "value"),
    [
        (write_table, read_table, TABLE),
        (write_arrow, read_arrow, TABLE),
        (write_arrays, read_arrays, {"a": np.arange(1000)}),
        (write_sparse, read_sparse, random_sparse(50, 50, density=0.2, format="csr", random_state=0)),
    ],
    ids=["parquet", "arrow", "safetensors", "sparse"],
)
def test_a_truncated_file_is_a_checksum_error_and_a_missing_one_a_source_error(tmp_path, write, read, value):
    path = tmp_path / "file"
    with pytest.raises(SourceError, match="no such file"):
        read(path)
    write(path, value)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(ChecksumError, match="file"):
        read(path)


def test_a_missing_column_is_named(tmp_path):
    write_table(tmp_path / "t.parquet", TABLE)
    with pytest.raises(SchemaError, match="no column 'score'"):
        read_table(tmp_path / "t.parquet", ["name", "score"])
    with pytest.raises(SchemaError, match="no column 'score'"):
        list(iterate_table(tmp_path / "t.parquet", ["score"]))


def test_a_flipped_bit_in_a_parquet_page_is_found(tmp_path, rng):
    path = tmp_path / "t.parquet"
    table = pa.table({"x": rng.normal(size=20_000)})
    write_table(path, table)
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 4
    path.write_bytes(data)
    with pytest.raises(ChecksumError):
        read_table(path)


def test_an_artifact_round_trips(tmp_path):
    save_artifact(
        tmp_path / "m", "toy", config={"k": 2, "name": "é"}, arrays={"w": np.eye(2)}, tables={"t": TABLE}
    )
    artifact = load_artifact(tmp_path / "m", "toy")
    assert artifact.config == {"k": 2, "name": "é"}
    np.testing.assert_array_equal(artifact.arrays["w"], np.eye(2))
    assert artifact.tables["t"].equals(TABLE)


def test_an_artifact_set_aside_by_a_crash_is_still_found(tmp_path):
    save_artifact(tmp_path / "m", "toy", config={"k": 1})
    (tmp_path / "m").rename(tmp_path / ".m.previous")
    assert load_artifact(tmp_path / "m", "toy").config == {"k": 1}


def test_a_changed_artifact_file_is_refused(tmp_path):
    save_artifact(tmp_path / "m", "toy", config={"k": 1})
    (tmp_path / "m" / "config.json").write_text('{"k": 2}')
    with pytest.raises(ChecksumError, match=r"config\.json"):
        load_artifact(tmp_path / "m", "toy")


def test_a_missing_foreign_or_newer_artifact_says_so(tmp_path):
    with pytest.raises(SourceError, match="no toy is saved"):
        load_artifact(tmp_path / "m", "toy")
    save_artifact(tmp_path / "m", "other", config={})
    with pytest.raises(ParameterError, match="not a 'toy'"):
        load_artifact(tmp_path / "m", "toy")
    manifest = read_json(tmp_path / "m" / "manifest.json")
    write_json(tmp_path / "m" / "manifest.json", {**manifest, "format": 99})
    with pytest.raises(FormatVersionError, match="newer"):
        load_artifact(tmp_path / "m", "other")


def test_a_target_that_cannot_be_written_is_named_and_not_its_temporary_file(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        write_json(tmp_path / "nowhere" / "x.json", 1)
    assert caught.value.filename == str(tmp_path / "nowhere")
    with pytest.raises(IsADirectoryError) as caught:
        write_json(tmp_path, 1)
    assert caught.value.filename == str(tmp_path)


def test_json_refuses_nan(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "x.json", {"a": float("nan")})
    assert list(tmp_path.iterdir()) == []
