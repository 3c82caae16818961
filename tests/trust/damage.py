"""Bits flipped and files cut, in every kind of file a workspace holds, and what reading them says then.

``python -m tests.trust.damage WORKSPACE SCRATCH FLIPS TRUNCATIONS [SEED [KIND ...]]`` prints one JSON object: for each
kind of file how many damages were refused with an error of ours, were without effect (the same content was read), went
unseen (other content was read) or ended in another error. A process of its own, since a bad reader could take its
interpreter along.
"""

import json
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bandscape.cli import steps
from bandscape.cli.steps.content import model_of
from bandscape.cli.steps.spectral import sound_settings
from bandscape.cli.steps.track_store import read_center, write_track_store
from bandscape.core import (
    BandscapeError,
    Checkpoint,
    ChecksumError,
    Workspace,
    read_arrays,
    read_arrow,
    read_json,
    read_sparse,
    read_table,
    write_sealed_json,
)
from bandscape.core.manifest import StepRecord, read_journal, write_journal
from bandscape.datasets import PreparedText, load_corpus, load_truth
from bandscape.embeddings import ArrowStore, Artist2Vec, VectorTable
from bandscape.embeddings.audio import ContentNetwork, SpectralAutoencoder
from bandscape.embeddings.audio.separation.deep_clustering import DeepClustering
from bandscape.embeddings.audio.song.stereo_autoencoder import StereoAutoencoder
from bandscape.topics import KeywordLDA
from bandscape.viz import read_layout

from .jobs import command

Loader = Callable[[Path], Any]


def plain(value: Any) -> Any:
    """Return content in a form that can be compared exactly."""
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, value.tolist())
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool | type(None) | bytes) else repr(value)


def table(path: Path) -> Any:
    found = read_table(path)
    return found.to_pydict(), str(found.schema), dict(found.schema.metadata or {})


def arrow(path: Path) -> Any:
    found = read_arrow(path)
    return found.to_pydict(), str(found.schema), dict(found.schema.metadata or {})


def sparse(path: Path) -> Any:
    found = read_sparse(path)
    return [found.indptr, found.indices, found.data, found.shape]


def corpus(folder: Path) -> Any:
    found = load_corpus(folder)
    frames = (found.reviews, found.artists, found.rejects)
    return [frame.to_json() for frame in frames], found.mapping, found.notes, found.source


def prepared(folder: Path) -> Any:
    found = PreparedText.read(folder)
    return found.vocabulary.to_json(), found.tokens.to_json(), found.counts.data, found.settings.to_json()


def topic_model(folder: Path) -> Any:
    found = KeywordLDA.load(folder)
    return [
        found.topic_word_,
        found.doc_topic_,
        found.vocabulary_,
        found.topic_ids_,
        found.get_params(deep=False),
    ]


def artist_model(folder: Path) -> Any:
    found = Artist2Vec.load(folder)
    return [found.vectors_.matrix, found.vectors_.names, found.get_params(deep=False)]


def vectors(path: Path) -> Any:
    found = VectorTable.load(path)
    return [found.matrix, found.names, found.artist_ids, found.genres, found.mean_score, found.n_reviews]


def store(folder: Path) -> Any:
    found = ArrowStore(folder)
    return [
        [one.name, value]
        for row in range(3)
        for one, value in found.neighbors(found.artist(row).artist_id, 3)
    ]


def layout(path: Path) -> Any:
    found, ids = read_layout(path)
    return [found.coordinates, found.seed, found.method, found.trustworthiness, ids]


def manifest(root: Path) -> Any:
    return Workspace(root).manifest()


def history(root: Path) -> Any:
    rounds = steps.list_rounds(Workspace(root))
    if any(one["damaged"] for one in rounds):  # listed as such, for the list leads to the others
        raise ChecksumError("a round is listed as damaged")
    return rounds


def wanted_topics(root: Path) -> Any:
    draft = steps.read_draft(Workspace(root))
    if draft.is_by_hand:  # a change of this file is an edit by hand: seen, and said by every command
        raise BandscapeError("edited by hand")
    return draft.topics


def reports(root: Path) -> Any:
    return steps.current_topics(Workspace(root))


def journal(stage: Path) -> Any:
    return read_journal(stage)


def checkpoint(path: Path) -> Any:
    found = Checkpoint(path).load()
    if found is None:
        raise BandscapeError("ignored: the job starts afresh")
    return found


def arrays(path: Path) -> Any:
    return read_arrays(path)


def recorded(path: str) -> Loader:
    """Return what reads a JSON file that the manifest knows."""
    return lambda root: read_json(Workspace(root).intact(path))


def content_model(folder: Path) -> Any:
    found = ContentNetwork.load(folder)
    return [found.fingerprint(), found.get_params(deep=False), found.losses_]


def separator(folder: Path) -> Any:
    found = DeepClustering.load(folder)
    return [
        found._network.get_weights(),
        found._mean,
        found._spread,
        found.classes_,
        found.get_params(deep=False),
    ]


def spectral_model(folder: Path) -> Any:
    found = SpectralAutoencoder.load(folder)
    return [found.weights_, found._middle, found._turn, found.error_db_, found.get_params(deep=False)]


def song_model(folder: Path) -> Any:
    found = StereoAutoencoder.load(folder)
    return [found._encoder.get_weights(), found._decoder.get_weights(), found.get_params(deep=False)]


def changed_store(root: Path) -> Any:
    found = steps.open_store(Workspace(root))
    return [found.matrix, [found.artist(row).name for row in range(len(found))], store(root / "store")]


def truth(folder: Path) -> Any:
    found = load_truth(folder)
    return {name: value for name, value in vars(found).items() if name != "directory"}


ROUND = "topics/rounds/0001"
KINDS: dict[str, tuple[str, str, Loader]] = {
    # what it is called: (file that is damaged, what is read, how)
    "manifest": ("manifest.json", ".", manifest),
    "journal": (".staging/s/commit.json", ".staging/s", journal),
    "checkpoint": (".checkpoints/s.safetensors", ".checkpoints/s.safetensors", checkpoint),
    "reviews": ("corpus/reviews.parquet", "corpus", corpus),
    "artists": ("corpus/artists.parquet", "corpus", corpus),
    "rejects": ("corpus/rejects.parquet", "corpus", corpus),
    "tokens": ("corpus/tokens.parquet", "corpus", prepared),
    "vocabulary": ("corpus/vocabulary.parquet", "corpus", prepared),
    "counts": ("corpus/counts.npz", "corpus/counts.npz", sparse),
    "topics.json": ("topics/topics.json", ".", wanted_topics),
    "round": (f"{ROUND}/round.json", ".", history),
    "topic report": ("topics/rounds/0002/summary.json", ".", reports),
    "document topics": (f"{ROUND}/doc_topics.parquet", f"{ROUND}/doc_topics.parquet", table),
    "topic model: manifest": (f"{ROUND}/model/manifest.json", f"{ROUND}/model", topic_model),
    "topic model: config": (f"{ROUND}/model/config.json", f"{ROUND}/model", topic_model),
    "topic model: arrays": (f"{ROUND}/model/arrays.safetensors", f"{ROUND}/model", topic_model),
    "topic model: words": (f"{ROUND}/model/vocabulary.parquet", f"{ROUND}/model", topic_model),
    "arrays alone": (f"{ROUND}/model/arrays.safetensors", f"{ROUND}/model/arrays.safetensors", arrays),
    "artist model: arrays": ("artists/model/arrays.safetensors", "artists/model", artist_model),
    "vectors": ("artists/vectors.arrow", "artists/vectors.arrow", vectors),
    "neighbors": ("artists/neighbours.arrow", "artists", store),
    "keys": ("artists/keys.arrow", "artists", store),
    "arrow alone": ("artists/keys.arrow", "artists/keys.arrow", arrow),
    "clusters": ("artists/clusters.parquet", "artists/clusters.parquet", table),
    "layout": ("maps/artists.parquet", "maps/artists.parquet", layout),
    "features": ("audio/features.parquet", "audio/features.parquet", table),
    "sound center": ("sounds/store/center.json", "sounds/store", read_center),
    "sound vectors": ("sounds/store/vectors.arrow", "sounds/store/vectors.arrow", vectors),
    "sound model": ("sounds/learnt.json", "sounds", model_of),
    "sound settings": ("sounds/settings.json", "sounds", sound_settings),
    "track features": ("features/features.parquet", "features/features.parquet", table),
    "joined sound": ("audio/joined.json", ".", recorded("audio/joined.json")),
    "keyword report": (f"{ROUND}/keywords.json", ".", recorded(f"{ROUND}/keywords.json")),
    "update": ("topics/rounds/0003/update.json", ".", recorded("topics/rounds/0003/update.json")),
    "silhouettes": ("artists/clusters.json", ".", recorded("artists/clusters.json")),
    "chains": ("topics/chains/0002/words.parquet", "topics/chains/0002/words.parquet", table),
    "store changes": ("store/vectors.arrow", ".", changed_store),
    "store changes: neighbors": ("store/neighbours.arrow", ".", changed_store),
    "codes": ("artists/codes.arrow", "artists/codes.arrow", arrow),
    "approximate index": ("artists/approximate.safetensors", "artists/approximate.safetensors", arrays),
    "song model: arrays": ("song/model/arrays.safetensors", "song/model", song_model),
    "song model: config": ("song/model/config.json", "song/model", song_model),
    "spectral model: arrays": ("spectra/model/arrays.safetensors", "spectra/model", spectral_model),
    "content model: arrays": ("content/model/arrays.safetensors", "content/model", content_model),
    "content model: config": ("content/model/config.json", "content/model", content_model),
    "content vectors": ("content/content.parquet", "content/content.parquet", table),
    "separator: arrays": ("separator/arrays.safetensors", "separator", separator),
    "separator: config": ("separator/config.json", "separator", separator),
    "truth: arrays": ("simulated/truth/model.safetensors", "simulated", truth),
    "truth: config": ("simulated/truth/config.json", "simulated", truth),
    "histories": ("simulated/corpus/histories.parquet", "simulated/corpus/histories.parquet", table),
}


def copy_of(workspace: Path, scratch: Path) -> Path:
    """Return a copy that also has a journal, a checkpoint and what commands of sound keep beside their models."""
    root = Path(shutil.copytree(workspace, scratch / "ws"))
    command("simulate", "--out", root / "simulated", "--reviews", 60, "--artists", 12)
    command("store", "remove", root, steps.load_vectors(Workspace(root)).artist_ids[0])
    stage = root / ".staging" / "s"
    stage.mkdir(parents=True)
    write_journal(stage, StepRecord("s", {"seed": 1}, {}, {"a/b": "0" * 64}), {"round": 2}, ["a/c"])
    Checkpoint(root / ".checkpoints" / "s.safetensors").save({"x": np.arange(300.0)}, {"sweep": 3})
    vectors = np.random.default_rng(0).normal(size=(12, 8)).astype(np.float32)
    (root / "sounds").mkdir()
    write_track_store(root / "sounds" / "store", [f"{at}.wav" for at in range(12)], vectors, k=3)
    write_sealed_json(root / "sounds" / "learnt.json", {"model": "somewhere/a model"})
    spectra = {"sample_rate_hz": 22_050, "n_fft": 1024, "hop": 256}
    write_sealed_json(root / "sounds" / "settings.json", {"spectra": spectra, "learnt_from": "0" * 64})
    return root


def damages(data: bytes, n_flips: int, n_cuts: int, rng: random.Random) -> list[bytes]:
    """Return copies with one bit flipped, and cut copies."""
    made = []
    for _ in range(n_flips):
        copy = bytearray(data)
        copy[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        made.append(bytes(copy))
    return made + [data[: rng.randrange(len(data))] for _ in range(n_cuts)]


def try_kind(root: Path, kind: str, n_flips: int, n_cuts: int, rng: random.Random) -> dict[str, Any]:
    """Damage one kind of file again and again; return what came of it."""
    name, what, load = KINDS[kind]
    path = root / name
    data = path.read_bytes()
    good = plain(load(root / what))
    found: dict[str, Any] = {"refused": 0, "same": 0, "unseen": 0, "other": []}
    for damaged in damages(data, n_flips, n_cuts, rng):
        path.write_bytes(damaged)
        try:
            same = plain(load(root / what)) == good
            found["same" if same else "unseen"] += 1
        except BandscapeError as error:
            found["refused"] += 1
            if "\n" in str(error):
                found["other"].append(f"more than a line: {error}")
        except Exception as error:  # what must not come
            found["other"].append(f"{type(error).__name__}: {error}"[:200])
    path.write_bytes(data)
    return found


def main(workspace: str, scratch: str, n_flips: str, n_cuts: str, seed: str = "0", *kinds: str) -> None:
    root = copy_of(Path(workspace), Path(scratch))
    found = {}
    for kind in kinds or KINDS:
        rng = random.Random(f"{seed} {kind}")
        found[kind] = try_kind(root, kind, int(n_flips), int(n_cuts), rng)
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
