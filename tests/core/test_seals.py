"""A sealed file with one bit changed, whichever, is refused."""

import pyarrow as pa
import pytest

from bandscape.core import BandscapeError, read_arrow, read_table, write_arrow, write_table


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
