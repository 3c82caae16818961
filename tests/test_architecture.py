"""The arrows between the rooms, and what may be imported when."""

import ast
import graphlib
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import LONGEST

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("core", "datasets", "topics", "embeddings", "viz", "cli")
MAY_IMPORT = {
    "core": {"core"},
    "datasets": {"datasets", "core"},
    "topics": {"topics", "core"},
    "embeddings": {"embeddings", "core"},
    "viz": {"viz", "core"},
    "cli": {"cli", "core", "datasets", "topics", "embeddings", "viz", ""},
}
HEAVY = {"tensorflow", "keras", "numba", "plotly", "dash", "gensim", "sklearn", "openTSNE", "ray", "pandas"}


def modules():
    return [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def imported_rooms(path: Path) -> set[str]:
    """Rooms that a module imports, relatively or absolutely, at any depth of its code."""
    package = path.relative_to(ROOT).parent.parts
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = package[: len(package) - node.level + 1]
            names = [node.module] if node.module else [alias.name for alias in node.names]
            for name in names:
                target = (*base, *name.split("."))
                found.add(target[0] if target[0] in ROOMS else "")
        elif isinstance(node, ast.ImportFrom | ast.Import):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
            assert not any(name.split(".")[0] == "bandscape" for name in names), f"{path}: import relatively"
            assert "datasets" not in names, f"{path}: `import datasets` would be another package"
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_rooms_it_may(path):
    room = path.relative_to(ROOT).parts[0]
    assert imported_rooms(path) <= MAY_IMPORT[room]


def test_the_walk_sees_relative_imports_of_every_form():
    assert imported_rooms(ROOT / "cli" / "main.py") >= {"core", "cli", ""}


def test_every_relative_import_leads_to_a_module_that_is_there():
    # those within functions run when a command is used, if no test uses it, at the user's
    lost = []
    for path in modules():
        folder = path.relative_to(ROOT).parent
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                base = ROOT.joinpath(*folder.parts[: len(folder.parts) - node.level + 1])
                target = base.joinpath(*(node.module or "").split("."))
                if not (target / "__init__.py").is_file() and not Path(f"{target}.py").is_file():
                    lost.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert lost == []


def imported_files(path: Path) -> set[Path]:
    """Files of the rooms that a module imports when it runs; packages' own names are loaded on first use."""
    found = set()
    package = path.parent
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        id(node)
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and ast.unparse(branch.test) == "TYPE_CHECKING"
        for node in ast.walk(branch)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level and id(node) not in for_types:
            base = (package, *package.parents)[node.level - 1].joinpath(*(node.module or "").split("."))
            found |= {base.with_suffix(".py"), *(base / f"{alias.name}.py" for alias in node.names)}
    return {file for file in found if file.is_file() and file.name != "__init__.py"}


def test_no_two_files_need_each_other():
    graph = {path: imported_files(path) for path in modules() if path.name != "__init__.py"}
    assert sum(map(len, graph.values())) > 2 * len(graph)  # the walk sees them
    graphlib.TopologicalSorter(graph).prepare()  # a CycleError names the circle


def top_level_imports(path: Path) -> set[str]:
    names = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_packages_are_imported_where_they_belong(path):
    room = path.relative_to(ROOT).parts[0]
    names = top_level_imports(path)
    assert not names & {"tensorflow", "keras", "ray", "dash"}, "import it inside the function that needs it"
    if room != "viz":
        assert "plotly" not in names
    if room in {"core", "cli"}:
        assert not names & HEAVY


def compiles_functions(code: str) -> bool:
    """Tell whether a module decorates a function with ``@compiled``, or with a decorator of numba itself."""
    decorators = [
        decorator.func if isinstance(decorator, ast.Call) else decorator
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
    ]
    names = {node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in decorators}
    return bool(names & {"compiled", "njit", "jit", "vectorize", "guvectorize"})


KERNELS = [path for path in modules() if compiles_functions(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("path", KERNELS, ids=lambda path: str(path.relative_to(ROOT)))
def test_kernels_import_numpy_and_numba_and_one_another_only(path):
    assert top_level_imports(path) <= {"math", "typing", "numpy", "numba", "llvmlite"}
    beside = {kernel.stem for kernel in KERNELS if kernel.parent == path.parent} | {"compiling"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            allowed = {(1, name) for name in beside}
            if path.parent.parent != ROOT:  # kernels of a sub-package may use those of its room
                above = {kernel.stem for kernel in KERNELS if kernel.parent == path.parent.parent} | {
                    "compiling"
                }
                allowed |= {(2, name) for name in above}
            assert (node.level, node.module) in allowed, f"line {node.lineno}"


def test_the_search_for_kernels_sees_every_way_to_compile():
    assert {path.name for path in KERNELS} >= {"kernels.py", "exact.py", "simd.py"}
    assert compiles_functions("@compiled\ndef count(): ...")
    assert compiles_functions("@numba.njit(cache=True)\ndef count(): ...")
    assert not compiles_functions("@cache\ndef compiled(): ...")


def loaded_after(code: str) -> set[str]:
    program = f"import sys; {code}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
    )
    return set(run.stdout.split())


def test_importing_bandscape_loads_nothing_heavy():
    assert not loaded_after("import bandscape; bandscape.__version__") & HEAVY


def test_the_command_line_starts_without_heavy_packages():
    code = "from bandscape.cli.main import _run; _run(['--version'], debug=True)"
    assert not loaded_after(code) & (HEAVY | {"scipy", "fastapi", "pydantic", "uvicorn"})


@pytest.mark.parametrize("room", ["core", "datasets", "topics", "embeddings", "viz"])
def test_rooms_are_loaded_on_first_use_and_never_load_tensorflow(room):
    loaded = loaded_after(f"import bandscape; bandscape.{room}.__all__")
    assert not loaded & {"tensorflow", "keras"}


@pytest.mark.parametrize("room", ["datasets", "topics"])
def test_names_that_are_loaded_on_first_use_are_listed_and_found(room):
    package = importlib.import_module(f"bandscape.{room}")
    assert set(package.__all__) <= set(dir(package))
    assert [name for name in package.__all__ if not hasattr(package, name)] == []
    with pytest.raises(AttributeError, match="no_such_name"):
        package.no_such_name  # noqa: B018


def test_a_command_about_topics_does_not_load_what_it_does_not_use(tmp_path):
    code = f"from bandscape.cli.main import _run; _run(['topics', 'show', {str(tmp_path)!r}], debug=False)"
    code += "; import bandscape.topics.rounds, bandscape.datasets; bandscape.datasets.StoredText"
    code += "; import scipy.stats; print(type(scipy.stats).__name__)"
    program = f"import sys; {code}; print('bandscape.datasets.readers' in sys.modules, 'nltk' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert run.stdout.splitlines()[-2:] == ["_Waiting", "False False"], run.stderr


def test_test_files_that_are_to_begin_first_exist():
    assert [name for name in LONGEST if not (ROOT / "tests" / name).is_file()] == []


def test_no_artifact_is_pickled():
    forbidden = (
        "import pickle",
        "joblib.dump",
        "joblib.load",
        "allow_pickle=True",
        "import dill",
        "cloudpickle",
    )
    for path in modules():
        text = path.read_text(encoding="utf-8")
        assert not [word for word in forbidden if word in text], path
