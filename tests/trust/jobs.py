"""The long jobs, small enough to be run hundreds of times: what crash tests cut off, run again and compare.

Every job is a function of a workspace and of the folder that `make_files` fills. ``python -m tests.trust.jobs`` runs
them in processes of their own, forked from one that has imported everything (with the word ``learning``, TensorFlow
as well), so that a job begins when it is asked for: see `serve`.
"""

import contextlib
import hashlib
import io
import json
import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from bandscape.cli import steps
from bandscape.cli.main import _run
from bandscape.core import Checkpoint, Workspace, sha256_of

Job = Callable[[Path, Path], None]


def command(*words: object) -> None:
    """Run a command in this process; it must end well."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        code = _run([str(word) for word in words], debug=True)
    assert code == 0, words


def make_files(folder: Path) -> None:
    """Make a small source of reviews, sounds, and new reviews."""
    command("simulate", "--out", folder / "press", "--reviews", 90, "--artists", 24, "--seed", 5, "--audio")
    shutil.copy(folder / "press" / "corpus" / "reviews.parquet", folder / "reviews.parquet")
    for artist in list((folder / "press" / "audio").iterdir())[10:]:
        shutil.rmtree(artist)
    command("simulate", "--out", folder / "later", "--reviews", 24, "--artists", 24, "--seed", 6)


def import_(root: Path, files: Path) -> None:
    command("import", files / "reviews.parquet", "--out", root)


def text(root: Path, _files: Path) -> None:
    with Workspace(root).writing() as workspace:
        steps.prepare_corpus_text(workspace)


def topics(root: Path, _files: Path) -> None:
    command("topics", "fit", root, "--topics", 4, "--sweeps", 12, "--threads", 1)


def edit(root: Path, _files: Path) -> None:
    if not len(steps.read_draft(Workspace(root)).edits):
        topic = steps.current_topics(Workspace(root))["topics"][0]["id"]
        command("topics", "edit", root, "--rename", f"{topic}=noise")


def refit(root: Path, _files: Path) -> None:
    if _round(root) == 1:  # else it is done: a further one would go on from there
        command("topics", "refit", root, "--sweeps", 8, "--threads", 1)


def update(root: Path, files: Path) -> None:
    if _round(root) == 2:
        command("topics", "update", root, files / "later" / "corpus" / "reviews.parquet")


def undo(root: Path, _files: Path) -> None:
    if _round(root) == 3:
        command("topics", "undo", root)


def _round(root: Path) -> int:
    """Return the current round; a writer first publishes what a kill left ready, and that may be the next one."""
    with Workspace(root).writing() as workspace:
        return steps.current_round(workspace)


def artists(root: Path, _files: Path) -> None:
    command("artists", "fit", root, "--dim", 8, "--seed", 1, "--epochs", 2)


def layout(root: Path, _files: Path) -> None:
    with Workspace(root).writing() as workspace:
        steps.lay_out_artists(workspace, random_state=0)


def clusters(root: Path, _files: Path) -> None:
    with Workspace(root).writing() as workspace:
        steps.cluster_artists(workspace, random_state=0)


def store(root: Path, _files: Path) -> None:
    command("store", "build", root, "--neighbors", 5)


def sound(root: Path, files: Path) -> None:
    with Workspace(root).writing() as workspace:
        steps.join_audio(workspace, files / "press" / "audio")


def features(root: Path, files: Path) -> None:
    steps.extract_folder(files / "press" / "audio", root / "features")


def page(root: Path, _files: Path) -> None:
    command("map", root, "--out", root / "maps" / "map.html")


JOBS: dict[str, Job] = {
    "import": import_, "text": text, "topics": topics, "edit": edit, "refit": refit, "update": update,
    "undo": undo, "artists": artists, "layout": layout, "clusters": clusters, "store": store,
    "sound": sound, "features": features, "map": page,
}  # fmt: skip
"""In an order in which each finds what it needs."""


def index(root: Path, _files: Path, _seed: int = 1) -> None:
    command("store", "build", root, "--neighbors", 5, "--approximate")


def chains(root: Path, _files: Path, _seed: int = 1) -> None:
    command("topics", "chains", root, "--chains", 2, "--threads", 1)


def autoencoder(root: Path, files: Path, seed: int = 1) -> None:
    command("audio", "autoencoder", _sound(files), "--out", root / "song", "--iterations", 20, "--seed", seed)


def spectral(root: Path, files: Path, seed: int = 1) -> None:
    words = ("--iterations", 30, "--depth", 1, "--threads", 1, "--seed", seed)
    command("audio", "spectral", files / "press" / "audio", "--out", root / "spectra", *words)


def content(root: Path, files: Path, seed: int = 1) -> None:
    words = ("--labels", files / "press", "--columns", "genre", "--iterations", 4, "--dims", 8, "--mels", 20)
    words = (*words, "--threads", 1, "--seed", seed)
    command("audio", "content", files / "press" / "audio", "--out", root / "content", *words)


def separator(root: Path, files: Path, seed: int = 1) -> None:
    words = ("--iterations", 4, "--units", 8, "--layers", 1, "--batch", 2, "--seed", seed)
    command("audio", "train-separator", files / "press" / "audio", "--out", root / "separator", *words)


def separate(root: Path, files: Path, seed: int = 1) -> None:
    words = ("--model", root / "separator", "--sources", 2, "--seed", seed)
    command("audio", "separate", _sound(files), "--out", root / "parts", *words)


def sound_map(root: Path, files: Path, seed: int = 1) -> None:
    words = ("--model", root / "spectra", "--threads", 1, "--seed", seed)
    command("audio", "map", files / "press" / "audio", "--out", root / "sounds.html", *words)


def _sound(files: Path) -> Path:
    return sorted((files / "press" / "audio").rglob("*.flac"))[0]


LEARNING: dict[str, Callable[..., None]] = {
    "index": index, "chains": chains, "autoencoder": autoencoder, "spectral": spectral, "content": content,
    "separator": separator, "separate": separate, "sound map": sound_map,
}  # fmt: skip
"""Those that make folders and indexes beside a whole workspace, most of them by learning; again with another seed."""


def make_starts(folder: Path, files: Path) -> dict[str, Path]:
    """Return, for each job, a workspace as it is before it; and under "end" one after all."""
    root, starts = folder / "now", {}
    for name, job in JOBS.items():
        starts[name] = folder / name
        if root.exists():
            shutil.copytree(root, starts[name])
        job(root, files)
    shutil.move(root, folder / "end")
    return {**starts, "end": folder / "end"}


def make_learnt(start: Path, root: Path, files: Path) -> None:
    """Copy a whole workspace and do all of `LEARNING` in it once, with an earlier seed."""
    shutil.copytree(start, root)
    for job in LEARNING.values():
        job(root, files, 0)


def state_after(name: str, starts: dict[str, Path]) -> Path:
    """Return the workspace as an undisturbed run of a job left it."""
    order = [*JOBS, "end"]
    return starts[order[order.index(name) + 1]]


def outcome(root: Path) -> dict[str, object]:
    """Return what must be the same however often a job was cut off: every file, and what the manifest says of them."""
    files = {
        path.relative_to(root).as_posix(): digest_of(path, root)
        for path in sorted(root.rglob("*"))
        if path.is_file() and path != root / "manifest.json" and not _is_hidden(path.relative_to(root))
    }
    workspace = Workspace(root)
    said = {
        name: (one.parameters, one.inputs, one.outputs, one.versions)
        for name, one in workspace.steps().items()
    }
    return {"files": files, "steps": said, "values": workspace.values()}


def digest_of(path: Path, root: Path) -> str:
    """Return what a file below ``root`` holds; of figures all but the seconds it took and where it lies."""
    if path.name not in ("figures.json", "separation.json"):
        return sha256_of(path)
    facts = json.loads(path.read_text().replace(str(root), ""))
    return hashlib.sha256(repr({**facts, "seconds": 0, "cpu_seconds": 0}).encode()).hexdigest()


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def kept(root: Path) -> str:
    """Return a digest of all that decides how a job goes on: the outcome so far, checkpoints, caches."""
    digest = hashlib.sha256(repr(sorted(outcome(root)["files"].items())).encode())  # type: ignore[attr-defined]
    digest.update(repr(Workspace(root).values()).encode())
    for name in (".checkpoints", ".cache", "features/.cache"):
        for path in sorted((root / name).rglob("*")):
            if path.is_file():
                digest.update(f"{path.parent.relative_to(root)} {sha256_of(path)}".encode())
    return digest.hexdigest()


def leftovers(root: Path) -> list[str]:
    """Return what a finished command must not leave."""
    odd = [
        path
        for path in root.rglob(".*")
        if path.suffix in (".tmp", ".previous") or path.name.startswith(".tmp")
    ]
    return [str(path) for path in [*odd, *(root / ".staging").glob("*"), *(root / ".checkpoints").glob("*")]]


def checkpoint_always() -> None:
    """Let long jobs keep a checkpoint whenever they could."""
    Checkpoint.due = lambda _self: True  # type: ignore[method-assign]


def serve() -> None:
    """Run jobs, one after another, each in a process forked when everything is imported.

    A line ``JOB<tab>WORKSPACE<tab>FILES`` begins one; "begun" answers. ``kill`` ends it at once, ``wait`` lets it end;
    both answer with its exit code, as `subprocess` would tell it.
    """
    print("ready", flush=True)
    for line in sys.stdin:
        job = os.fork()
        if not job:
            _do(*line.rstrip("\n").split("\t"))
        print("begun", flush=True)
        if sys.stdin.readline() == "kill\n":
            os.kill(job, signal.SIGKILL)  # not waited for yet: nobody else can have its number
        print(os.waitstatus_to_exitcode(os.waitpid(job, 0)[1]), flush=True)


def _do(name: str, root: str, files: str) -> None:
    """Run one job, apart from the pipes of the server, and end."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    try:
        {**JOBS, **LEARNING}[name](Path(root), Path(files))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    checkpoint_always()
    if sys.argv[1:] == ["learning"]:
        import tensorflow  # noqa: F401
    import bandscape.datasets
    import bandscape.topics
    import bandscape.viz  # noqa: F401

    serve()
