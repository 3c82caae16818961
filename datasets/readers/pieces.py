"""Columns that grow piece by piece: in memory, or on the disk and mapped, for sources larger than the memory.

Public names: :class:`Pieces`, :class:`PiecesOnDisk`.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa

from .raw import in_memory, unify


class Pieces:
    """Columns in memory."""

    on_disk = False

    def __init__(self) -> None:
        self._held: dict[str, list[pa.Array]] = {}

    def add(self, name: str, piece: pa.Array) -> None:
        """Append a piece to a column; pieces of one column may be of different kinds."""
        self._held.setdefault(name, []).append(piece)

    def take(self, name: str) -> pa.ChunkedArray:
        """Return a column as it is by now, of one kind, and forget its pieces."""
        return unify(self._held.pop(name, []))

    def park(self, worked_out: Iterable[pa.Array]) -> pa.ChunkedArray:
        """Return a column that is worked out piece by piece, moved to where columns are kept."""
        return in_memory(worked_out)


class PiecesOnDisk(Pieces):
    """Columns in files of a folder, mapped into memory when they are taken.

    Parameters
    ----------
    folder : path
        Must outlive the columns; whoever made it removes it.
    """

    on_disk = True

    def __init__(self, folder: str | Path) -> None:
        super().__init__()
        self._folder, self._n_files, self._n_parked = Path(folder), 0, 0
        self._writers: dict[tuple[str, pa.DataType], tuple[Path, pa.ipc.RecordBatchFileWriter]] = {}
        self._order: dict[str, list[pa.DataType]] = {}

    def add(self, name: str, piece: pa.Array) -> None:
        """Append a piece to a column."""
        if (name, piece.type) not in self._writers:
            path = self._folder / f"{self._n_files:06d}.arrow"
            self._n_files += 1
            self._writers[name, piece.type] = path, pa.ipc.new_file(str(path), pa.schema([("", piece.type)]))
        self._writers[name, piece.type][1].write_batch(pa.record_batch([piece], names=[""]))
        self._order.setdefault(name, []).append(piece.type)

    def take(self, name: str) -> pa.ChunkedArray:
        """Return a column, mapped, and forget its pieces."""
        readers = {}
        for kind in set(self._order.get(name, ())):
            path, writer = self._writers.pop((name, kind))
            writer.close()
            readers[kind] = _mapped_pieces(path)
        return unify([next(readers[kind]) for kind in self._order.pop(name, [])])

    def park(self, worked_out: Iterable[pa.Array]) -> pa.ChunkedArray:
        """Return a column that is worked out piece by piece, mapped from the disk."""
        self._n_parked += 1
        name = f"parked {self._n_parked}"
        for piece in worked_out:
            self.add(name, piece)
        return self.take(name)


def _mapped_pieces(path: Path) -> Iterator[pa.Array]:
    reader = pa.ipc.open_file(pa.memory_map(str(path)))
    for number in range(reader.num_record_batches):
        yield reader.get_batch(number).column(0)
