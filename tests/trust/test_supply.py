"""What is never done: unpickling, unpacking as an archive says, talking to the network, building other bytes."""

import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bandscape.core import BandscapeError
from bandscape.datasets import read_reviews

from .malformed import cases

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("core", "datasets", "topics", "embeddings", "viz", "cli")
NEVER_IMPORTED = {
    "pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "joblib",
    "shelve",
    "marshal",
    "jsonpickle",
    "yaml",
    "torch",
}
NEVER_CALLED = {
    "read_pickle", "to_pickle", "unpack_archive", "extractall", "eval", "exec", "system", "popen", "mktemp",
    "load_model",
}  # fmt: skip
OURS = {"load_model": {"topics/storage.py", "topics/lda.py"}}
CONNECTING = {
    "socket",
    "urllib",
    "http",
    "requests",
    "pooch",
    "ftplib",
    "smtplib",
    "websockets",
    "aiohttp",
    "httpx",
}
MAY_CONNECT = {
    "core/executors/ray_cluster.py",  # asks whether anybody answers at the --address that was given
    "embeddings/nce_replicas.py",  # looks for a free port; TensorFlow connects the processes of one training
    "datasets/download.py",
    "datasets/fetch.py",
    "cli/explore.py",
    "cli/serve.py",
    "cli/serving/app.py",
    "cli/serving/limits.py",
    "cli/serving/listening.py",
    "cli/steps/general_separator.py",  # asks pooch where caches lie
}


def modules():
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            module = node.module or ""
            yield (
                module if module == "urllib.parse" else module.split(".")[0]
            )  # takes addresses apart, opens none


def called(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield (
                (node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")),
                node,
            )


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_is_unpickled_unpacked_or_run(path):
    tree, name = ast.parse(path.read_text(encoding="utf-8")), path.relative_to(ROOT).as_posix()
    assert not set(imported(tree)) & NEVER_IMPORTED
    assert name in MAY_CONNECT or not set(imported(tree)) & CONNECTING
    for function, call in called(tree):
        assert function not in NEVER_CALLED or name in OURS.get(function, ()), f"line {call.lineno}"
        owner = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        options = {one.arg: ast.unparse(one.value) for one in call.keywords}
        if (owner, function) in {("np", "load"), ("numpy", "load")}:
            assert options.get("allow_pickle") == "False", f"line {call.lineno}"
        assert options.get("shell") != "True", f"line {call.lineno}"
        assert options.get("verify") != "False", f"line {call.lineno}: certificates are checked"


HOOK = """
import os, sys
# numba's cache of compiled code, which lies beside the package; messages between our own processes; gensim asks in
# memory whether a function of its own could be pickled
ALLOWED = ("numba/core/caching.py", "numba/core/serialize.py", "multiprocessing/", "concurrent/futures/",
           "gensim/models/phrases.py")
def hook(event, args):
    if event in ("pickle.find_class", "marshal.loads"):
        if sys._getframe(1).f_code.co_filename.startswith(("<frozen importlib", "<frozen zipimport")):
            return  # Python's own compiled modules
        frame, files = sys._getframe(1), []
        while frame is not None:
            files.append(frame.f_code.co_filename)
            frame = frame.f_back
        if any(part in file for file in files for part in ALLOWED):
            return
        told = f"{event} {args if event == 'pickle.find_class' else ''} from {files[:3]}"
    elif event in ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        if event in ("socket.connect", "socket.bind", "socket.sendto") and isinstance(args[1], (str, bytes)):
            return  # a pipe between processes of this machine
        if event == "socket.bind" and args[1] == ("::1", 0):
            return  # urllib3 asks, when it is imported, whether this machine knows IPv6
        told = f"{event} {args[1:] if event.endswith(('connect', 'bind', 'sendto')) else args}"
    else:
        return
    descriptor = os.open(os.environ["SEEN_BY_HOOK"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(descriptor, told.encode() + b"\\n")
    os.close(descriptor)
sys.addaudithook(hook)
"""


@pytest.fixture
def hooked(tmp_path):
    """Environment in which every Python process writes down what it unpickles and where it connects to."""
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK)
    paths = [str(tmp_path / "hook"), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "SEEN_BY_HOOK": str(tmp_path / "seen")}


def seen(environment):
    path = Path(environment["SEEN_BY_HOOK"])
    return path.read_text().splitlines() if path.exists() else []


def test_a_whole_run_unpickles_nothing_and_opens_no_connection(hooked, job_files, tmp_path):
    words = ["run", job_files / "reviews.parquet", "--out", tmp_path / "ws", "--threads", 1]
    command = [sys.executable, "-m", "bandscape", *map(str, words)]
    done = subprocess.run(command, env=hooked, cwd=ROOT, capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "ws" / "maps" / "map.html").exists()
    assert seen(hooked) == []


def test_loading_everything_unpickles_nothing(hooked, learnt, tmp_path):
    command = [sys.executable, "-m", "tests.trust.damage", str(learnt), str(tmp_path), "0", "0"]
    done = subprocess.run(command, env=hooked, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) > 20
    assert seen(hooked) == []


def test_the_hook_sees_a_pickle_and_a_connection(hooked):
    code = (
        "import marshal, pickle, socket, collections; pickle.loads(pickle.dumps(collections.Counter()))\n"
        "marshal.loads(marshal.dumps(1))\n"
        "try: socket.create_connection(('127.0.0.1', 9), timeout=1)\nexcept OSError: pass"
    )
    subprocess.run([sys.executable, "-c", code], env=hooked, check=True, timeout=300)
    assert any("'Counter'" in line for line in seen(hooked))
    assert any("marshal.loads" in line for line in seen(hooked))
    assert any("socket.connect" in line for line in seen(hooked))


OPENS_A_PICKLE = """
import atexit, sys
def open_one():
    import collections, pickle
    try:
        print("opened", pickle.loads(pickle.dumps(collections.Counter("a"))))
    except Exception as error:
        print(type(error).__name__, error)
atexit.register(open_one)
"""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-m", "bandscape", "--version"), "SourceError a pickle was to be opened"),
        (
            ("-c", "from bandscape.cli.main import app"),
            "opened Counter",
        ),  # a program of one's own is left alone
    ],
)
def test_a_command_opens_no_pickle_whichever_library_is_led_to(tmp_path, words, said):
    (tmp_path / "sitecustomize.py").write_text(OPENS_A_PICKLE)
    paths = [str(tmp_path), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run(
        [sys.executable, *words], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.stdout.splitlines()[-1].startswith(said), done.stderr


def test_messages_between_processes_pass_the_guard(tmp_path):
    (tmp_path / "work.py").write_text(
        "import collections\nfrom concurrent.futures import ProcessPoolExecutor\n"
        "from bandscape.core.unpickling import forbid_pickles\n"
        "if __name__ == '__main__':\n    forbid_pickles()\n"
        "    with ProcessPoolExecutor(1) as pool: print(pool.submit(collections.Counter, 'aab').result())\n"
    )
    done = subprocess.run(
        [sys.executable, tmp_path / "work.py"],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.stdout == "Counter({'a': 2, 'b': 1})\n", done.stderr


def test_archives_with_evil_names_write_nothing_anywhere(tmp_path):
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    for name, file, data in cases("zip of texts"):
        if name.startswith(("a member", "a link")):
            (inside / file).write_bytes(data)
            try:
                corpus = read_reviews(inside / file)
            except BandscapeError:
                continue
            assert not corpus.reviews["text"].str.contains("root:").any()
    assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.rglob("*"))] == [
        "a",
        "a/b",
        "a/b/r.zip",
    ]
    assert not Path("/tmp/evil.txt").exists()


def test_every_dependency_has_a_lower_bound_and_none_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]
    for requirement in wanted:
        bare = requirement.split(";")[0]
        assert ">=" in bare, requirement
        assert not any(sign in bare for sign in ("==", "<", "~=", " @ ")), requirement


def test_parsers_of_foreign_bytes_have_a_reason_for_their_bound():
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    for package in ("keras", "nltk", "pillow", "pyarrow", "requests", "soundfile", "safetensors"):
        (line,) = [line for line in lines if line.strip().startswith(f'"{package}>=')]
        assert "#" in line, line


@pytest.mark.slow
def test_what_is_built_is_the_same_bytes_when_another_user_builds_it(tmp_path):
    digests = []
    for at, (name, umask) in enumerate((("one", 0o022), ("another", 0o077))):
        ignored = shutil.ignore_patterns(
            ".venv", ".git", ".*_cache", "__pycache__", "*.egg-info", "dist", "build"
        )
        source = shutil.copytree(ROOT, tmp_path / name / "bandscape", ignore=ignored)
        for path in source.rglob("*"):
            if path.is_file():
                path.chmod((path.stat().st_mode & 0o111 | 0o666) & ~umask)
            os.utime(path, (1_700_000_000 + 1000 * at, 1_700_000_000 + 1000 * at))
        command = ["make", "wheel", "-o", ".venv/dev.ready", f"BIN={Path(sys.executable).parent}"]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
        subprocess.run(
            command, cwd=source, env=environment, umask=umask, check=True, capture_output=True, timeout=500
        )
        built = sorted((source / "dist").iterdir())
        assert [path.suffix for path in built] == [".whl", ".gz"]
        digests.append([hashlib.sha256(path.read_bytes()).hexdigest() for path in built])
    assert digests[0] == digests[1]
