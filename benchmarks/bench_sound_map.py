"""The sound map: learned codes beside MFCCs on drums and spoken digits, and how long ten thousand sounds take.

Accuracy is that of a vote of five neighbors, each sound left out in turn; both feature sets have the same statistics
over time and the same scaling. The network learns from one half of the sounds and is measured on the other: on drums
drawn with another seed, on three speakers never heard. The real drum machine clips (42 with one of the
five labels that have at least six) are too few to be halved: the network learns from all 72 without their labels.
Means over three seeds; notes give the range. Run ``python -m benchmarks sound_map``, in slices with
``BANDSCAPE_SLICE_S=200``; the time of ten thousand sounds is one part, taken on a machine that does nothing else
(alone: ``python -m benchmarks.bench_sound_map``).
"""

import csv
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.drum_sounds import write_drums
from benchmarks.rows import row
from benchmarks.slices import Slices

SEEDS = (11, 12, 13)
N_DRUMS, N_MANY = 400, 10_000
MEASURED = {
    "": "5-NN",
    " mean": "5-NN, 12 means alone",
    " map": "5-NN on the map",
    " trust": "trustworthiness",
}
HEARD, UNHEARD = ("george", "jackson", "lucas"), ("nicolas", "theo", "yweweler")


def files_in(folder: Path, names: list[str] | None = None) -> list:
    from bandscape.datasets.audio_files import find_audio_files
    from bandscape.embeddings.audio import AudioFile

    found = find_audio_files(folder, (".wav",))
    return [
        AudioFile(f.track_id, f.path, f.size, f.modified_ns)
        for f in found
        if names is None or f.track_id in names
    ]


def measure(
    learnt: list, measured: list, labels: dict[str, str], seed: int, **options: int
) -> dict[str, float]:
    """Learn from some files; return accuracies on others, by features and on their map."""
    from bandscape.embeddings.audio import (
        FeatureScale,
        SpectralAutoencoder,
        code_sounds,
        describe_sounds,
        neighbor_accuracy,
        training_frames,
    )
    from bandscape.viz import lay_out

    frames = training_frames(describe_sounds(learnt).rows)
    model = SpectralAutoencoder(random_state=seed, **options).fit(frames)
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder, "model"))
        coded = code_sounds(measured, Path(folder, "model")).rows
    sets = {"learned": coded["spectral"], "mfcc": describe_sounds(measured, learning=False).rows["mfcc"]}
    classes = [labels.get(one) for one in coded["track_id"].to_pylist()]
    found = {"error_db": model.error_db_}
    for name, column in sets.items():
        features = np.array(column.to_pylist())
        rows = FeatureScale.of(features).apply(features)
        layout = lay_out(rows, metric="euclidean", random_state=seed)
        found[name] = neighbor_accuracy(rows, classes)
        found[f"{name} map"] = neighbor_accuracy(layout.coordinates, classes)
        found[f"{name} trust"] = layout.trustworthiness
        found[f"{name} mean"] = neighbor_accuracy(standardized(features[:, :12]), classes)
    return {name: float(value) for name, value in found.items()}


def standardized(rows: np.ndarray) -> np.ndarray:
    return (rows - rows.mean(axis=0)) / np.maximum(rows.std(axis=0), 1e-9)


def drawn_drums(seed: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        parts = [Path(folder, name) for name in ("learnt", "measured")]
        tables = [write_drums(part, N_DRUMS, seed + at * 1000) for at, part in enumerate(parts)]
        return measure(*(files_in(part) for part in parts), read_labels(tables[1]), seed)


def read_labels(table: Path) -> dict[str, str]:
    with table.open() as file:
        return {line["path"]: line["label"] for line in csv.DictReader(file)}


def real_drums(data_dir: Path, seed: int) -> dict[str, float]:
    with (data_dir / "drums" / "clips.csv").open() as file:
        labels = {line["file"]: line["label"] for line in csv.DictReader(file)}
    many = {label for label, count in Counter(labels.values()).items() if count >= 6}
    files = files_in(data_dir / "drums", list(labels))
    return measure(files, files, {file: label for file, label in labels.items() if label in many}, seed)


def digits(data_dir: Path, seed: int) -> dict[str, float]:
    files = files_in(data_dir / "fsdd")
    labels = {file.track_id: file.track_id[0] for file in files}

    def said_by(who: tuple[str, ...]) -> list:
        return [file for file in files if file.track_id.split("_")[1] in who]

    return measure(said_by(HEARD), said_by(UNHEARD), labels, seed)


def accuracy_rows(data_dir: Path, slices: Slices) -> list[dict]:
    cases = {
        "drums drawn with another seed, 8 classes": drawn_drums,
        "drum machine clips, 5 labels": lambda seed: real_drums(data_dir, seed),
        "digits of three speakers never heard": lambda seed: digits(data_dir, seed),
    }
    rows = []
    for case, work in cases.items():
        found = [slices.part(f"{case} {seed}", partial(work, seed)) for seed in SEEDS]
        for what, said in MEASURED.items():
            ours = [one[f"learned{what}"] for one in found]
            peer = float(np.mean([one[f"mfcc{what}"] for one in found]))
            note = f"{min(ours):.3f} to {max(ours):.3f}"
            rows.append(
                row(
                    f"{case}, {said}",
                    float(np.mean(ours)),
                    "learned codes",
                    peer=f"MFCC {peer:.3f}",
                    note=note,
                )
            )
    return rows


def speed_rows() -> list[dict]:
    from bandscape.cli.steps import Labels, write_sound_map

    begun: dict[str, float] = {}  # of each stage, in order

    def tell(event) -> None:
        begun.setdefault(event.stage, time.perf_counter())

    with tempfile.TemporaryDirectory() as folder:
        table = write_drums(Path(folder, "many"), N_MANY, 1)
        begun["start"] = time.perf_counter()
        _, facts = write_sound_map(
            Path(folder, "many"),
            Path(folder, "map.html"),
            labels=Labels(str(table)),
            n_jobs=2,
            on_progress=tell,
        )
        begun["end"] = time.perf_counter()
        size = Path(folder, "map.html").stat().st_size / 1e6
    spent = ", ".join(
        f"{stage} {after - before:.0f} s"
        for (stage, before), after in zip(begun.items(), list(begun.values())[1:], strict=False)
    )
    note = f"{spent}; {facts['heard']:,} sounds in the page; map 5-NN {facts['map_knn']['spectral']}"
    return [
        row(f"{N_MANY:,} sounds to a page", begun["end"] - begun["start"], "s", note=note),
        row(f"page of {N_MANY:,} sounds", size, "MB"),
    ]


def run(data_dir: Path) -> list[dict]:
    slices = Slices("sound_map")
    return accuracy_rows(data_dir, slices) + slices.part("ten thousand", speed_rows)


if __name__ == "__main__":  # the time of ten thousand sounds alone
    for one in speed_rows():
        print(f"{one['name']:32} {one['value']:8.1f} {one['unit']:4} {one['note']}")
