"""A sealed file with one bit changed, whichever, is refused."""

import pyarrow as pa
import pytest

from bandscape.core import (
    BandscapeError,
    BandscapeWarning,
    ChecksumError,
    SourceError,
    read_arrow,
    read_sealed_json,
    read_table,
    write_arrow,
    write_json,
    write_sealed_json,
    write_table,
)


@pytest.mark.parametrize(("write", "read"), [(write_table, read_table), (write_arrow, read_arrow)])
def test_no_flipped_bit_goes_unseen(tmp_path, write, read):
    table = pa.table({"artist_id": ["a", "b", "a"], "cluster": pa.array([1, 2, 1], pa.int32())})
    table = table.replace_schema_metadata({b"note": b"kept"})
    write(tmp_path / "whole", table)
    data = (tmp_path / "whole").read_bytes()
    damaged = tmp_path / "damaged"
    for bit in range(8 * len(data)):
        copy = bytearray(data)
        copy[bit // 8] ^= 1 << bit % 8
        damaged.write_bytes(copy)
        with pytest.raises(BandscapeError):
            read(damaged)
    assert read(tmp_path / "whole").equals(table, check_metadata=True)


def test_no_flipped_bit_of_a_sealed_json_goes_unseen(tmp_path):
    path, value = tmp_path / "x.json", {"center": [0.25, -1.5e-7], "name": "caf\u00e9", "parts": {"a": None}}
    write_sealed_json(path, value)
    data = path.read_bytes()
    for bit in range(8 * len(data)):
        copy = bytearray(data)
        copy[bit // 8] ^= 1 << bit % 8
        path.write_bytes(copy)
        try:
            found = read_sealed_json(path, remedy="make it again")
        except ChecksumError:
            continue
        assert found == value
    for length in range(len(data) - 2):
        path.write_bytes(data[:length])
        with pytest.raises(ChecksumError):
            read_sealed_json(path, remedy="make it again")


def test_a_json_without_a_seal_is_read_with_a_remedy(tmp_path):
    write_json(tmp_path / "x.json", {"center": [1.0]})
    with pytest.warns(BandscapeWarning, match=r"damage would go unseen; to seal it, make it again"):
        assert read_sealed_json(tmp_path / "x.json", remedy="make it again") == {"center": [1.0]}
    with pytest.raises(SourceError, match="no such file; make it again"):
        read_sealed_json(tmp_path / "y.json", remedy="make it again")
