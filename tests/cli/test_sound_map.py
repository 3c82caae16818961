"""`audio spectral` and `audio map`: what they write, that bad files stop nothing, and what is refused."""

import os

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile

from bandscape.embeddings.audio import SpectralAutoencoder

QUICK = ("--iterations", 60, "--threads", 1)
RATE = 22_050


def tone(hz, rng, seconds=0.2):
    t = np.arange(round(seconds * RATE)) / RATE
    return 0.4 * np.sin(2 * np.pi * hz * t) * np.exp(-t * 15) + 0.01 * rng.standard_normal(len(t))


@pytest.fixture
def sounds(tmp_path, rng):
    root = tmp_path / "sounds"
    for name, low in (("low", 200), ("high", 3000)):
        (root / name).mkdir(parents=True)
        for at in range(8):
            soundfile.write(root / name / f"{at}.wav", tone(low * rng.uniform(0.9, 1.1), rng), RATE)
    lines = [f"{name}/{at}.wav,{name}" for name in ("low", "high") for at in range(8)]
    (tmp_path / "labels.csv").write_text("\n".join(["path,label", *lines, "lost.wav,low"]))
    return root


def add_bad_files(root, rng):
    """Put every kind of bad and odd file there; return the ids of the bad ones, and of the odd ones that are read."""
    (root / "zero.wav").touch()
    soundfile.write(root / "head.wav", np.zeros(0), RATE)
    soundfile.write(root / "cut.flac", rng.uniform(-0.5, 0.5, RATE), RATE)
    (root / "cut.flac").write_bytes((root / "cut.flac").read_bytes()[:9000])
    (root / "random.wav").write_bytes(rng.bytes(4000))
    soundfile.write(root / "nan.wav", np.array([0.1, np.nan] * 500), RATE, subtype="FLOAT")
    os.mkfifo(root / "pipe.wav")
    (root / "folder.wav").mkdir()
    (root / "low" / "loop").symlink_to(root)
    (root / "gone.wav").symlink_to(root / "nowhere.wav")
    soundfile.write(root / "one.wav", np.array([0.5]), RATE)
    soundfile.write(root / "silence.wav", np.zeros(3000), RATE)
    soundfile.write(root / "eight.wav", rng.uniform(-0.2, 0.2, (3000, 8)), RATE)
    soundfile.write(root / "clipped.wav", np.sign(rng.standard_normal(3000)), 192_000)
    soundfile.write(root / "high" / "silence.wav", np.zeros(2000), 8000)
    bad = {"zero.wav", "head.wav", "cut.flac", "random.wav", "nan.wav", "pipe.wav", "gone.wav"}
    return bad, {"one.wav", "silence.wav", "eight.wav", "clipped.wav", "high/silence.wav"}


def test_spectral_writes_a_model_and_features_and_learns_once(sounds, tmp_path, run, caplog):
    words = (
        "audio",
        "spectral",
        sounds,
        "--out",
        tmp_path / "o",
        "--labels",
        tmp_path / "labels.csv",
        *QUICK,
    )
    first = run(*words, "--json").json
    assert (first["sounds"], first["quarantined"], first["unmatched_labels"], first["classes"]) == (
        16,
        0,
        1,
        2,
    )
    assert first["knn"] == {"spectral": 1.0, "mfcc": 1.0}
    features = pq.read_table(tmp_path / "o" / "features.parquet")
    assert features.column_names == ["track_id", "spectral", "mfcc"]
    assert [len(features[name][0]) for name in ("spectral", "mfcc")] == [72, 72]
    before = (tmp_path / "o" / "model" / "arrays.safetensors").stat().st_mtime_ns
    assert run(*words, "--json").json == first
    assert (tmp_path / "o" / "model" / "arrays.safetensors").stat().st_mtime_ns == before
    assert SpectralAutoencoder.load(tmp_path / "o" / "model").n_codes == 12
    model = tmp_path / "o" / "model" / "arrays.safetensors"
    whole = model.read_bytes()
    model.write_bytes(whole[:-9] + bytes([whole[-9] ^ 4]) + whole[-8:])
    run(*words)
    assert caplog.text.count("it is learnt again") == 1
    assert model.read_bytes() == whole
    before = model.stat().st_mtime_ns
    said = run(*words)
    assert caplog.text.count("it is learnt again") == 1
    assert "lost.wav" in said.err
    assert "learned codes" in said.out
    assert f"--labels {tmp_path / 'labels.csv'} --out map.html" in " ".join(said.out.split())
    assert "1 label of" in said.err
    assert "matches no file" in said.err
    (tmp_path / "one.csv").write_text(f"path,label\n{features['track_id'][0]},kick\n")
    said = run(*words[:6], tmp_path / "one.csv", *QUICK).out
    assert "two classes" in said
    assert "there is 1" in said
    assert run(*words, "--depth", 1, "--json").json["depth"] == 1
    assert (tmp_path / "o" / "model" / "arrays.safetensors").stat().st_mtime_ns != before


def test_the_note_of_an_earlier_model_does_not_pass_for_a_later_one(sounds, tmp_path, run):
    out = tmp_path / "o"

    def learn(seed):
        assert run("audio", "spectral", sounds, "--out", out, *QUICK, "--seed", seed).code == 0
        return (out / "model" / "arrays.safetensors").read_bytes()

    first, note = learn(0), (out / "settings.json").read_bytes()
    assert learn(1) != first
    (out / "settings.json").write_bytes(
        note
    )  # as a process leaves it that dies before it notes what it saved
    assert learn(0) == first


@pytest.mark.usefixtures("few_iterations")
def test_the_note_of_an_earlier_layout_does_not_pass_for_a_later_one(sounds, tmp_path, run):
    def draw(*words):
        page = tmp_path / "m.html"
        assert run("audio", "map", sounds, "--out", page, "--title", "x", "--threads", 1, *words).code == 0
        return page.read_bytes()

    first, note = draw("--layout", "pca"), (tmp_path / "m-sounds" / "layouts.json").read_bytes()
    assert draw("--layout", "sklearn") != first
    (tmp_path / "m-sounds" / "layouts.json").write_bytes(note)
    assert draw("--layout", "pca") == first


def test_bad_files_are_set_aside_and_odd_ones_stay(sounds, tmp_path, run, rng):
    bad, odd = add_bad_files(sounds, rng)
    facts = run("audio", "spectral", sounds, "--out", tmp_path / "o", *QUICK, "--json").json
    assert (facts["sounds"], facts["quarantined"]) == (16 + len(odd), len(bad))
    quarantine = pq.read_table(tmp_path / "o" / "quarantine.parquet").to_pylist()
    assert {row["path"] for row in quarantine} == bad
    assert all(row["reason"] for row in quarantine)
    rows = pq.read_table(tmp_path / "o" / "features.parquet").to_pylist()
    assert odd < {row["track_id"] for row in rows}
    assert all(np.isfinite(row["spectral"]).all() and np.isfinite(row["mfcc"]).all() for row in rows)
    tracks = pq.read_table(tmp_path / "o" / "tracks.parquet").to_pandas()
    assert np.isfinite(tracks.select_dtypes("number").to_numpy()).all()
    page = tmp_path / "map.html"
    words = ("audio", "map", sounds, "--out", page, "--model", tmp_path / "o", "--place", sounds, "--json")
    mapped = run(*words).json
    assert (mapped["sounds"], mapped["placed"], mapped["quarantined"]) == (21, 21, 2 * len(bad))
    assert page.exists()


def test_one_percent_of_bad_files_does_not_stop_the_others(tmp_path, run, rng):
    root = tmp_path / "many"
    root.mkdir()
    for at in range(200):
        if at % 100:
            soundfile.write(root / f"{at}.wav", tone(rng.uniform(100, 4000), rng, 0.05), RATE)
        else:
            (root / f"{at}.wav").write_bytes(rng.bytes(100))
    assert run("audio", "spectral", root, "--out", tmp_path / "o", *QUICK, "--json").json["quarantined"] == 2
    words = ("--out", tmp_path / "m.html", "--model", tmp_path / "o", "--layout", "pca", "--sound-mb", 0)
    facts = run("audio", "map", root, *words, "--threads", 1, "--json").json
    assert (facts["sounds"], facts["quarantined"], facts["heard"]) == (198, 2, 0)


def test_map_shows_both_feature_sets_and_places_without_moving(sounds, tmp_path, run):
    page = tmp_path / "map.html"
    words = (
        "audio",
        "map",
        sounds,
        "--out",
        page,
        "--labels",
        "folder",
        "--model",
        tmp_path / "o",
        "--threads",
        1,
    )
    assert "audio spectral" in run(*words, code=2).err
    run("audio", "spectral", sounds, "--out", tmp_path / "o", *QUICK)
    first = run(*words, "--json").json
    assert first["knn"] == {"spectral": 1.0, "mfcc": 1.0}
    assert 0.5 < first["trustworthiness"] <= 1
    assert set(first["trustworthiness_by_features"]) == {"spectral", "mfcc"}
    places = (tmp_path / "o" / "layout_spectral.parquet").read_bytes()
    more = run(*words, "--place", sounds / "low", "--json").json
    assert (more["sounds"], more["placed"], more["heard"]) == (16, 8, 24)
    assert (tmp_path / "o" / "layout_spectral.parquet").read_bytes() == places
    again = run(*words, "--features", "mfcc").out
    assert "MFCC" in again


@pytest.fixture
def few_iterations(monkeypatch):
    monkeypatch.setitem(SpectralAutoencoder.__init__.__kwdefaults__, "n_iterations", 30)


@pytest.mark.usefixtures("few_iterations")
def test_the_same_seed_gives_the_same_page_and_the_model_lies_beside(sounds, tmp_path, run):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        run(
            "audio",
            "map",
            sounds,
            "--out",
            tmp_path / name / "m.html",
            "--layout",
            "pca",
            "--title",
            "x",
            "--threads",
            1,
        )
    assert (tmp_path / "a" / "m.html").read_bytes() == (tmp_path / "b" / "m.html").read_bytes()
    assert SpectralAutoencoder.load(tmp_path / "a" / "m-sounds" / "model").n_iterations == 30


@pytest.mark.parametrize("count", [1, 2, 3])
def test_very_few_sounds_have_a_map(tmp_path, run, rng, count):
    (tmp_path / "few").mkdir()
    for at in range(count):
        soundfile.write(tmp_path / "few" / f"{at}.wav", tone(300, rng), RATE)
    run("audio", "spectral", tmp_path / "few", "--out", tmp_path / "o", *QUICK)
    words = ("--model", tmp_path / "o", "--place", tmp_path / "few", "--json")
    facts = run("audio", "map", tmp_path / "few", "--out", tmp_path / "m.html", *words).json
    assert (facts["sounds"], facts["placed"], facts["knn"]["spectral"]) == (count, count, None)


def test_identical_sounds_have_a_map(tmp_path, run, rng):
    (tmp_path / "same").mkdir()
    for at in range(12):
        soundfile.write(tmp_path / "same" / f"{at}.wav", tone(300, np.random.default_rng(0)), RATE)
    run("audio", "spectral", tmp_path / "same", "--out", tmp_path / "o", *QUICK)
    for layout in ("opentsne", "pca"):
        words = ("--out", tmp_path / "m.html", "--model", tmp_path / "o", "--layout", layout, "--json")
        assert run("audio", "map", tmp_path / "same", *words).json["sounds"] == 12


def test_what_cannot_be_mapped_is_one_line_and_leaves_nothing(sounds, tmp_path, run, rng):
    def error(*words):
        return run("audio", *words, code=1).error

    def misuse(*words):
        return run("audio", *words, code=2).error

    (tmp_path / "empty").mkdir()
    (tmp_path / "silent").mkdir()
    (tmp_path / "broken").mkdir()
    soundfile.write(tmp_path / "silent" / "s.wav", np.zeros(4000), RATE)
    (tmp_path / "broken" / "b.wav").write_bytes(rng.bytes(99))
    o, page = tmp_path / "o", tmp_path / "m.html"
    assert "no sound files there" in error("spectral", tmp_path / "empty", "--out", o)
    assert "no such folder" in error("spectral", tmp_path / "nowhere", "--out", o)
    assert "every sound is silent" in error("spectral", tmp_path / "silent", "--out", o)
    assert "b.wav" in error("spectral", tmp_path / "broken", "--out", o)
    assert "holds other things" in misuse("spectral", sounds, "--out", sounds)
    assert "needs a column" in error("spectral", sounds, "--out", o, "--labels", tmp_path / "labels.csv",
                                     "--label-column", "kit")  # fmt: skip
    assert "no file" in misuse("map", sounds, "--out", page, "--labels", tmp_path / "gone.csv")
    assert "--features must be one of" in misuse("map", sounds, "--out", page, "--features", "x")
    assert "--layout must be one of" in misuse("map", sounds, "--out", page, "--layout", "x")
    assert "is a folder" in misuse("map", sounds, "--out", sounds)
    first = sounds / "low" / "0.wav"
    before = first.read_bytes()
    assert "--out must end in .html" in misuse("map", sounds, "--out", first)
    other = tmp_path / "other.html"
    other.write_bytes(before)
    assert f"{other} is neither: give another name" in misuse("map", sounds, "--out", other)
    assert (first.read_bytes(), other.read_bytes()) == (before, before)
    (o / "model").mkdir(parents=True)
    words = ("map", sounds, "--out", page, "--model", o, "--iterations", 9)
    assert "with --model nothing is learnt" in misuse(*words)
    assert not page.exists()
    assert not (o / "features.parquet").exists()
