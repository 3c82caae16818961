"""Nobody writes past core: what writes a file does so inside `replace_file` or `replace_directory`, or has a reason."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("core", "datasets", "topics", "embeddings", "viz", "cli")
WRITING = {
    "write_text", "write_bytes", "to_csv", "to_parquet", "to_feather", "to_json", "to_excel", "savez", "tofile",
    "savez_compressed", "savetxt", "copyfile", "copy2", "copytree", "move", "symlink", "hardlink_to",
}  # fmt: skip
REASONS = {
    "embeddings/audio/files/quiet_codecs.py:_begin": "opens the null device, which keeps nothing",
    "datasets/simulation/audio.py:_write_clips": "into the staging folder of the step, which is synced as a whole",
    "datasets/download.py:_receive": "a part file that is meant to be gone on with; it is checked and replaced later",
    "datasets/readers/decoding/streams.py:on_disk": "a copy in a temporary folder, for SQLite, removed after use",
    "datasets/fetch.py:_unpack": "gets a temporary file of replace_file",
    "datasets/fetch.py:_unzip": "gets a temporary file of replace_file",
    "cli/logs.py:__init__": "a log is appended to",
    "core/borrowing.py:_link": "a copy of a workspace in a temporary folder, removed after use",
    "core/borrowing.py:_link_file": "the same",
    "cli/steps/song.py:wav_bytes": "into memory",
    "embeddings/audio/files/players.py:beginning_as_mp3": "into memory",
    "core/executors/ray_cluster.py:private_folder": "a token in a temporary folder, removed when the process ends",
    "embeddings/audio/content/vectors.py:_model": "a model that was sent, in a temporary folder, to be loaded",
    "embeddings/audio/quiet_keras.py:import_keras": "nowhere: what TensorFlow says while it is loaded is thrown away",
    "core/seals.py:seal_file": "gets a temporary file of replace_file",
    "cli/exploring/export_files.py:_of_artists": "a file of a temporary folder, sent and removed",
}


def writes(tree):
    """Yield (function, line, whether inside a replacement) of each call that writes a file."""

    def walk(node, function, is_safe):
        if isinstance(node, ast.FunctionDef):
            function = node.name
        if isinstance(node, ast.With):
            is_safe = is_safe or any("replace_" in ast.unparse(item.context_expr) for item in node.items)
        if isinstance(node, ast.Call) and is_writing(node):
            yield function, node.lineno, is_safe
        for child in ast.iter_child_nodes(node):
            yield from walk(child, function, is_safe)

    yield from walk(tree, "", False)


def is_writing(call):
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    owner = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    if name == "open":
        modes = [
            one.value
            for one in [*call.args, *(k.value for k in call.keywords)]
            if isinstance(one, ast.Constant)
        ]
        is_low = owner == "os" and "O_WRONLY" in ast.unparse(call)
        return is_low or any(
            isinstance(mode, str) and set(mode) & set("wax+") and len(mode) < 4 for mode in modes
        )
    if name == "write":
        return owner in ("soundfile", "sf")
    if name == "move":
        return owner == "shutil"
    if name == "to_json":  # pandas writes when it is given a path
        return bool(call.args)
    return name in WRITING and bool(owner)


def modules():
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def test_every_write_is_a_replacement_or_has_a_reason():
    found, needed = [], set()
    for path in modules():
        where = path.relative_to(ROOT).as_posix()
        for function, line, is_safe in writes(ast.parse(path.read_text(encoding="utf-8"))):
            if not is_safe and f"{where}:{function}" in REASONS:
                needed.add(f"{where}:{function}")
            elif not is_safe and not where.startswith("core/files/"):
                found.append(f"{where}:{line} in {function}")
    assert found == [], "write through core.files or inside core.replacement.replace_file"
    assert needed == set(REASONS), "reasons that nothing needs any more"


@pytest.mark.parametrize(
    "code",
    ["open(p, 'w')", "p.open('wb')", "open(p, mode='a')", "p.write_text('x')", "soundfile.write(p, x, 1)",
     "os.open(p, os.O_WRONLY)", "frame.to_parquet(p)", "np.savez(p, x)"],
)  # fmt: skip
def test_the_search_sees(code):
    assert [is_safe for _, _, is_safe in writes(ast.parse(f"def f():\n {code}"))] == [False]
    inside = f"def f():\n with replace_file(p) as t:\n  {code}"
    assert [is_safe for _, _, is_safe in writes(ast.parse(inside))] == [True]


@pytest.mark.parametrize("code", ["open(p)", "p.open('rb')", "stream.write(x)", "archive.open('name')"])
def test_the_search_leaves_alone(code):
    assert list(writes(ast.parse(f"def f():\n {code}"))) == []
