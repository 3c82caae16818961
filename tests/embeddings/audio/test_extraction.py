"""Folders of sounds: nothing stops the rest, nothing is read twice, labels find their files."""

import os

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile

from bandscape.core.errors import SchemaError, SourceError
from bandscape.datasets.audio_files import find_audio_files, match_labels, read_track_labels
from bandscape.embeddings.audio import SUFFIXES, AudioFile, extract_features


@pytest.fixture
def folder(tmp_path, rng):
    root = tmp_path / "music"
    for name in ("Coil/1.wav", "Coil/2.flac", "Elder Ones/1.wav"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(root / name, rng.uniform(-0.5, 0.5, 4000), 8000)
    (root / "Coil" / "noise.wav").write_bytes(rng.bytes(500))
    (root / "Coil" / "folder.wav").mkdir()
    (root / "notes.txt").write_text("no sound")
    os.mkfifo(root / "pipe.wav")
    (root / "Coil" / "loop").symlink_to(root)
    (root / "gone.wav").symlink_to(root / "nowhere.wav")
    (root / "self.wav").symlink_to("self.wav")
    return root


def files_of(folder):
    return [
        AudioFile(f.track_id, f.path, f.size, f.modified_ns, f.problem)
        for f in find_audio_files(folder, SUFFIXES)
    ]


def test_a_folder_is_walked_once_and_its_oddities_are_listed(folder):
    found = {file.track_id: file.problem for file in find_audio_files(folder, SUFFIXES)}
    assert set(found) == {
        "Coil/1.wav",
        "Coil/2.flac",
        "Coil/noise.wav",
        "Elder Ones/1.wav",
        "gone.wav",
        "pipe.wav",
        "self.wav",
    }
    assert "pipe" in found["pipe.wav"]
    assert "to itself" in found["self.wav"]
    assert "nowhere" in found["gone.wav"]
    with pytest.raises(SourceError, match="no such folder"):
        find_audio_files(folder / "x", SUFFIXES)


def test_bad_files_are_set_aside_with_a_reason_and_the_others_read(folder):
    found = extract_features(files_of(folder))
    assert found.tracks["track_id"].to_pylist() == ["Coil/1.wav", "Coil/2.flac", "Elder Ones/1.wav"]
    reasons = dict(zip(*found.quarantine.to_pydict().values(), strict=True))
    assert set(reasons) == {"Coil/noise.wav", "gone.wav", "pipe.wav", "self.wav"}
    assert all(reasons.values())
    assert np.isfinite(np.array(found.features["vector"].to_pylist())).all()


def test_processes_change_nothing(folder):
    assert (
        extract_features(files_of(folder)).features == extract_features(files_of(folder), n_jobs=2).features
    )


def test_a_stopped_extraction_goes_on_and_reads_only_what_is_missing(folder, tmp_path):
    first = extract_features(files_of(folder), cache=tmp_path / "cache", on_progress=lambda _event: True)
    assert first.stopped
    assert first.tracks.num_rows == 1
    second = extract_features(files_of(folder), cache=tmp_path / "cache")
    assert second.n_kept == 1
    assert second.features == extract_features(files_of(folder)).features
    assert extract_features(files_of(folder), cache=tmp_path / "cache").n_kept == 3


def test_a_changed_file_is_read_again_and_a_damaged_cache_is_not_believed(folder, tmp_path, rng):
    extract_features(files_of(folder), cache=tmp_path / "cache")
    soundfile.write(folder / "Coil/1.wav", rng.uniform(-0.5, 0.5, 5000), 8000)
    assert extract_features(files_of(folder), cache=tmp_path / "cache").n_kept == 2
    for part in (tmp_path / "cache").iterdir():
        part.write_bytes(b"damaged")
    assert extract_features(files_of(folder), cache=tmp_path / "cache").n_kept == 0


def test_one_percent_of_bad_files_does_not_stop_the_others(tmp_path, rng):
    for number in range(200):
        path = tmp_path / f"{number:03d}.wav"
        soundfile.write(path, rng.uniform(-0.5, 0.5, 400), 8000)
        if number % 100 == 7:
            path.write_bytes(path.read_bytes()[:20])
    found = extract_features(files_of(tmp_path))
    assert (found.tracks.num_rows, found.quarantine.num_rows) == (198, 2)


def test_labels_match_by_path_then_by_a_name_that_is_alone(tmp_path):
    table = tmp_path / "labels.csv"
    table.write_text("file,artist\nCoil/1.wav,coil\n2.flac,coil\n1.wav,?\nlost.wav,x\n")
    labels = read_track_labels(table, "artist")
    found, lost = match_labels(labels, ["Coil/1.wav", "Coil/2.flac", "Elder Ones/1.wav"])
    assert found == {"Coil/1.wav": "coil", "Coil/2.flac": "coil"}
    assert lost == ["1.wav", "lost.wav"]


@pytest.mark.parametrize(
    ("text", "message"), [("a,b\n1,2\n", "needs a column"), ("path,artist\nx,1\nx,2\n", "two values")]
)
def test_bad_label_tables_are_refused(tmp_path, text, message):
    (tmp_path / "l.csv").write_text(text)
    with pytest.raises(SchemaError, match=message):
        read_track_labels(tmp_path / "l.csv", "artist")


def test_the_tables_can_be_read_by_anyone(folder, tmp_path):
    found = extract_features(files_of(folder))
    pq.write_table(found.features, tmp_path / "f.parquet")
    assert pq.read_table(tmp_path / "f.parquet").schema.field("vector").type.value_type == "float"
