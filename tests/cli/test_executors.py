"""--executor: the same files from a Ray cluster, and one clear line for what cannot be."""

import json

import pytest

from bandscape.cli.steps.spectral import sound_files
from bandscape.core.files import sha256_of
from bandscape.datasets import TextSettings, prepare_text
from bandscape.datasets.text import chunks
from bandscape.embeddings.audio.content.mel_patches import PatchSettings, hear_sound
from bandscape.embeddings.audio.content.network import ContentNetwork
from bandscape.embeddings.audio.content.vectors import content_rows
from bandscape.topics import KeywordLDA, detect, detection_parts
from bandscape.viz import lay_out, neighbors

from .conftest import apart, bandscape


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    root = tmp_path_factory.mktemp("simulated") / "ws"
    answer = bandscape("simulate", "--reviews", 400, "--artists", 60, "--audio", "--out", root)
    assert answer.code == 0, answer.err
    return root


def digests(folder):
    """Return the sha256 of every file that says nothing about when it was made."""
    return {
        path.relative_to(folder).as_posix(): sha256_of(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json" and ".lock" not in path.name
    }


@pytest.mark.slow
def test_topics_fitted_by_ray_workers_are_the_same_files(simulated, tmp_path):
    pytest.importorskip("ray", reason="Ray is not installed")
    import shutil

    sweeps = ("--sweeps", 24, "--seed", 2)
    found = []
    for name, options in (("here", ()), ("there", ("--executor", "ray", "--workers", 2))):
        root = shutil.copytree(simulated, tmp_path / name)
        answer = apart("topics", "fit", root, *sweeps, *options)
        assert answer.code == 0, answer.err
        assert "topics round 1 done" in answer.out
        assert "ray" not in answer.err.lower()  # what Ray has to say is not for users
        found.append(digests(root / "topics"))
        config = json.loads((root / "topics" / "rounds" / "0001" / "model" / "config.json").read_text())
        assert config["sampler"] == "dense"  # else the workers would have had nothing to do
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--executor", "spark"), "--executor must be one of local, ray; got 'spark'"),
        (("--workers", "2"), "--workers is for --executor ray"),
        (("--address", "10.0.0.1:6379"), "--address is for --executor ray"),
    ],
)
@pytest.mark.parametrize("command", ["fit", "refit"])
def test_options_that_cannot_be_are_refused(simulated, command, options, says):
    answer = bandscape("topics", command, simulated, *options)
    assert answer.code != 0
    assert says in answer.error


def test_texts_read_by_workers_are_the_same_words(cluster, monkeypatch, tmp_path):
    monkeypatch.setattr(chunks, "WORTH_PROCESSES", 0)
    monkeypatch.setattr(chunks, "CHUNK_DOCUMENTS", 11)
    from bandscape.core.files import read_table
    from bandscape.datasets import simulate

    simulate(tmp_path / "ws", n_reviews=120, n_artists=20, random_state=1)
    reviews = read_table(tmp_path / "ws" / "corpus" / "reviews.parquet", ["review_id", "text"]).to_pandas()
    found = []
    for name, executor in (("here", None), ("there", cluster)):
        done = []
        prepared = prepare_text(
            reviews["review_id"].tolist(), reviews["text"].tolist(), settings=TextSettings(), executor=executor,
            on_progress=lambda event, done=done: done.append(event.done) and False,
        )  # fmt: skip
        assert len(done) > 5  # many chunks
        prepared.write(tmp_path / name)
        found.append(digests(tmp_path / name))
    assert found[0] == found[1]


def test_topics_detected_by_workers_are_the_same(cluster, monkeypatch, rng):
    monkeypatch.setattr(detection_parts, "_DOCUMENTS", 7)
    counts = rng.poisson(0.6, (90, 30))
    model = KeywordLDA(n_topics=5, n_sweeps=20, n_samples=5).fit(counts[:60])
    documents = [rng.integers(-1, 30, rng.integers(0, 25)) for _ in range(30)]
    for given in (documents, counts[60:]):
        here, there = detect(model, given), detect(model, given, executor=cluster)
        assert here.topic_ids == there.topic_ids
        for name in (
            "doc_topic",
            "unexplained",
            "n_words",
            "n_unknown",
            "word_topic",
            "word_p",
            "word_unexplained",
        ):
            assert getattr(here, name).tobytes() == getattr(there, name).tobytes(), name
            assert getattr(here, name).dtype == getattr(there, name).dtype, name
    assert hasattr(model, "doc_topic_")  # the model of the caller stays whole


def test_sounds_described_by_workers_are_the_same_tables(simulated, cluster, tmp_path):
    from bandscape.cli.steps.audio import extract_folder

    found = []
    for name, executor in (("here", None), ("there", cluster)):
        extracted = extract_folder(simulated / "audio", tmp_path / name, executor=executor)
        assert extracted.extraction.tracks.num_rows > 20
        found.append({f: d for f, d in digests(tmp_path / name).items() if not f.startswith(".cache")})
    assert found[0] == found[1]


def test_neighbors_found_by_workers_are_the_same_map(cluster, monkeypatch, rng):
    pytest.importorskip("openTSNE")
    monkeypatch.setattr(neighbors, "_BLOCK_VALUES", 4000)  # several blocks
    matrix = rng.normal(size=(120, 8))
    here, there = lay_out(matrix), lay_out(matrix, executor=cluster)
    assert here.coordinates.tobytes() == there.coordinates.tobytes()


def test_vectors_of_sounds_computed_by_workers_are_the_same(simulated, cluster, tmp_path):
    found, files = sound_files(simulated / "audio")
    files = files[:12]
    names = [file.path.split("/")[-2] for file in files]
    model = ContentNetwork(
        sample_rate_hz=8000,
        n_mels=16,
        patch_frames=24,
        n_channels=8,
        n_hidden=16,
        dim=8,
        n_iterations=3,
        batch_size=4,
    )
    heard = [hear_sound(file.path, PatchSettings(8000, 16)).levels for file in files]
    model.fit(heard, {"artist": names}, inputs={"hand": [name[:1] for name in names]})
    known = {"inputs": {"hand": ["a", None] * 6}}
    here, there = (content_rows(model, files, executor=executor, **known) for executor in (None, cluster))
    assert len(found) >= 12
    assert here.rows.num_rows == 12
    assert here.rows.equals(there.rows)
