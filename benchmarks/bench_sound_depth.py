"""How deep the spectral autoencoder should be, and how long it should learn, for small and large collections.

Drawn drums of eight classes; the network learns from 80 or 1,600 sounds and codes 400 others. Run
``python -m benchmarks sound_depth``, in slices with ``BANDSCAPE_SLICE_S=200``.
"""

import tempfile
from functools import partial
from pathlib import Path

from benchmarks.bench_sound_map import files_in, measure, read_labels, row
from benchmarks.drum_sounds import write_drums
from benchmarks.slices import Slices

SIZES = (80, 1_600)
NETWORKS = ((0, 1_000), (1, 1_000), (3, 1_000), (3, 3_000), (5, 3_000))


def run(_data_dir: Path | None = None) -> list[dict]:
    rows, slices = [], Slices("sound_depth")
    with tempfile.TemporaryDirectory() as folder:
        table = write_drums(Path(folder, "measured"), 400, 1011)
        labels, measured = read_labels(table), files_in(Path(folder, "measured"))
        for size in SIZES:
            write_drums(Path(folder, str(size)), size, 11)
            learnt = files_in(Path(folder, str(size)))
            for depth, iterations in NETWORKS:
                work = partial(measure, learnt, measured, labels, 11, depth=depth, n_iterations=iterations)
                found = slices.part(f"{size} {depth} {iterations}", work)
                rows.append(
                    row(
                        f"{size:,} sounds, depth {depth}, {iterations:,} iterations",
                        found["learned"],
                        "5-NN on unseen",
                        peer=f"MFCC {found['mfcc']:.3f}",
                        note=f"restored to {found['error_db']:.2f} dB; on the map {found['learned map']:.3f}",
                    )
                )
    return rows
