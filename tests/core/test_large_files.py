"""Files of more than fits: spools, mapped sparse matrices, nulls from statistics, checkpoints that cost much."""

import zipfile

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix, random_array

from bandscape.core import checkpoints
from bandscape.core.checkpoints import Checkpoint, fingerprint
from bandscape.core.errors import ChecksumError, SchemaError, SourceError
from bandscape.core.files import (
    TableWriter,
    count_nulls,
    iterate_table,
    read_metadata,
    read_table,
    sparse,
    write_table,
)
from bandscape.core.files.sparse import read_sparse, write_sparse, write_spooled_sparse
from bandscape.core.spool import Spool


@settings(max_examples=40)
@given(st.lists(st.lists(st.integers(-9, 9), max_size=6), max_size=6), st.integers(0, 20), st.integers(0, 20))
def test_a_spool_gives_back_what_was_appended(tmp_path_factory, parts, start, length):
    whole = np.array([one for part in parts for one in part], np.int32)
    with Spool(tmp_path_factory.mktemp("spool"), np.int32) as spool:
        for part in parts:
            spool.append(np.array(part, np.int64))
        assert len(spool) == len(whole)
        assert spool.array().tolist() == whole.tolist()
        assert spool.read(start, start + length).tolist() == whole[start : start + length].tolist()


def test_a_spool_leaves_nothing_behind(tmp_path):
    spool = Spool(tmp_path, np.int8)
    spool.append(np.arange(9))
    assert not list(tmp_path.iterdir())
    spool.close()


@pytest.fixture
def large():
    """A matrix that counts as large."""
    matrix = csr_matrix(random_array((70, 30), density=0.2, format="csr", rng=np.random.default_rng(0)))
    matrix.data = np.ceil(9 * matrix.data).astype(np.int32)
    return matrix


@pytest.mark.parametrize("limit", [9, 1 << 24])
def test_spooled_and_whole_matrices_are_the_same_bytes(large, tmp_path, monkeypatch, limit):
    monkeypatch.setattr(sparse, "MAPPED_ENTRIES", limit)
    write_sparse(tmp_path / "whole.npz", large)
    spools = []
    for part in (large.data, large.indices, large.indptr):
        spools.append(Spool(tmp_path, part.dtype))
        for piece in np.array_split(part, 4):
            spools[-1].append(piece)
    write_spooled_sparse(tmp_path / "spooled.npz", *spools, large.shape)
    for spool in spools:
        spool.close()
    assert (tmp_path / "spooled.npz").read_bytes() == (tmp_path / "whole.npz").read_bytes()
    found = read_sparse(tmp_path / "spooled.npz")
    assert not (found != large).nnz
    assert (found.dtype, found.indices.dtype) == (large.dtype, large.indices.dtype)


def test_large_matrices_are_mapped_aligned_and_may_be_written_into(large, tmp_path, monkeypatch):
    monkeypatch.setattr(sparse, "MAPPED_ENTRIES", 9)
    path = tmp_path / "m.npz"
    write_sparse(path, large)
    found, content = read_sparse(path), path.read_bytes()
    assert isinstance(found.data.base, np.ndarray)
    assert {part.ctypes.data % 64 for part in (found.data, found.indices, found.indptr)} == {0}
    found.data[:] = 7  # in memory only
    assert path.read_bytes() == content
    with np.load(path, allow_pickle=False) as parts:  # any reader of npz can open it
        assert parts["data"].tolist() == large.data.tolist()
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None


@pytest.mark.parametrize("limit", [1, 1 << 24], ids=["mapped", "compressed"])
def test_no_single_flipped_bit_gives_another_matrix(tmp_path, monkeypatch, limit):
    monkeypatch.setattr(sparse, "MAPPED_ENTRIES", limit)
    path = tmp_path / "m.npz"
    matrix = csr_matrix(random_array((3, 5), density=0.4, rng=np.random.default_rng(0)))
    write_sparse(path, matrix)
    content, n_refused = path.read_bytes(), 0
    with path.open("r+b", buffering=0) as stream:
        for bit in range(8 * len(content)):
            at = bit // 8
            stream.seek(at)
            stream.write(bytes([content[at] ^ 1 << bit % 8]))
            try:
                found = read_sparse(path)
            except ChecksumError:
                n_refused += 1
            else:
                assert (found.shape, found.indices.dtype) == (matrix.shape, matrix.indices.dtype)
                assert (found.dtype, found.toarray().tolist()) == (matrix.dtype, matrix.toarray().tolist())
            stream.seek(at)
            stream.write(content[at : at + 1])
    assert n_refused > 4 * len(content)  # the others change dates and such of the archive


def test_a_header_that_only_a_tokenizer_complains_of_is_damage(tmp_path):
    path = tmp_path / "m.npz"
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (3,) ".ljust(117) + b"\n"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("data", "indices", "indptr", "shape"):
            archive.writestr(f"{name}.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(ChecksumError, match="damaged or not a sparse matrix"):
        read_sparse(path)


def test_nulls_are_counted_without_reading_the_column(tmp_path):
    table = pa.table(
        {"a": ["x", None, None], "b": [[1], [], [2, 3]], "c": [1.0, 2.0, None]}, metadata={"note": "n"}
    )
    with TableWriter(tmp_path / "t.parquet", table.schema) as writer:
        writer.write(table)
        writer.write(table.slice(0, 2))
    assert count_nulls(tmp_path / "t.parquet", "a") == (5, 3)
    assert count_nulls(tmp_path / "t.parquet", "c") == (5, 1)
    assert read_metadata(tmp_path / "t.parquet") == {b"note": b"n"}
    with pytest.raises(SchemaError, match="has no column 'z'"):
        count_nulls(tmp_path / "t.parquet", "z")
    with pytest.raises(SourceError, match="no such file"):
        count_nulls(tmp_path / "none.parquet", "a")


def test_tables_written_in_pieces_are_sealed_too(tmp_path):
    table = pa.table({"a": list(range(50))})
    with TableWriter(tmp_path / "pieces.parquet", table.schema) as writer:
        writer.write(table)
    write_table(tmp_path / "whole.parquet", table)
    content = (tmp_path / "whole.parquet").read_bytes()
    assert (tmp_path / "pieces.parquet").read_bytes() == content
    place = len(content) - 30  # in the footer, which Parquet itself does not check
    damaged = bytearray(content)
    damaged[place] ^= 1
    (tmp_path / "pieces.parquet").write_bytes(damaged)
    for read in (read_table, lambda path: list(iterate_table(path))):
        with pytest.raises(ChecksumError):
            read(tmp_path / "pieces.parquet")


def test_a_checkpoint_that_takes_long_is_saved_less_often(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(checkpoints.time, "monotonic", lambda: now[0])
    checkpoint = Checkpoint(tmp_path / "c.safetensors", every_s=10)
    write = checkpoints.write_arrays
    monkeypatch.setattr(
        checkpoints, "write_arrays", lambda *a, **k: (now.__setitem__(0, now[0] + 8), write(*a, **k))
    )
    now[0] = 11.0
    assert checkpoint.due()
    checkpoint.save({"a": np.arange(3)}, {})
    now[0] += 79
    assert not checkpoint.due()
    now[0] += 2
    assert checkpoint.due()


def test_fingerprints_do_not_depend_on_how_an_array_lies_in_memory():
    array = np.arange(24, dtype=np.int32).reshape(4, 6)
    assert fingerprint(array) == fingerprint(np.asfortranarray(array)) != fingerprint(array.T)
    assert fingerprint(array[:, ::2]) == fingerprint(array[:, ::2].copy())
    assert fingerprint(np.zeros(0)) != fingerprint(np.zeros(0, np.float32))
