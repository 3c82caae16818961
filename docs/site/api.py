"""Make the reference of the Python names: a page for each package, a heading for each public name.

The names are those of ``__all__``, read without importing anything.
"""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {  # and what they are for
    "datasets": "Reviews from files, simulated corpora, downloads, text preparation.",
    "topics": "Topics steered by keywords.",
    "topics.rounds": "Edits of topics, refits, and what they changed.",
    "topics.diagnostics": "How good and how sure topics are, and how they differ between groups.",
    "embeddings": "Artist vectors: learnt, asked, explained, measured.",
    "embeddings.audio": "Sound files, and the features of artists made from them.",
    "viz": "Layouts, the map of artists, pictures of topics.",
    "viz.explorer": "The explorer, as an app that is given its answers.",
    "core": "Errors, randomness, artifacts, progress, names, the workspace.",
    "core.files": "Single files in open formats, replaced as a whole and verified when read.",
    "core.executors": "Where work is done: this machine, or a Ray cluster.",
}


def public_names(package: str) -> list[str]:
    """Return ``__all__`` of a package of bandscape, less modules."""
    folder = ROOT.joinpath(*package.split("."))
    tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    lists = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
    ]
    return [name for name in ast.literal_eval(lists[0]) if not (folder / name).is_dir()]


def api_page(package: str) -> str:
    """Return the page of a package: classes first, then functions, then constants."""
    names = public_names(package)
    kinds = {
        "Classes": [name for name in names if name[0].isupper() and not name.isupper()],
        "Functions": [name for name in names if name[0].islower()],
        "Constants": [name for name in names if name.isupper()],
    }
    lines = [f"# bandscape.{package}", "", PACKAGES[package], ""]
    for kind, members in kinds.items():
        if members:
            lines += [f"## {kind}", ""]
            lines += [f"::: bandscape.{package}.{name}\n" for name in sorted(members)]
    return "\n".join(lines)


def api_index() -> str:
    """Return the page that lists the packages and all their names."""
    lines = [
        "# Python reference",
        "",
        "What can be imported, by room, from the docstrings. How the rooms play together: [From Python](../python.md).",
        "",
    ]
    for package, purpose in PACKAGES.items():
        page = f"{package}.md"
        names = " · ".join(
            f"[`{name}`]({page}#bandscape.{package}.{name})"
            for name in sorted(public_names(package), key=str.lower)
        )
        lines += [f"## [bandscape.{package}]({page})", "", purpose, "", names, ""]
    return "\n".join(lines)
