"""The documentation site is built from the code, its links lead somewhere, and its guides do what they say."""

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / "docs" / "site"
TINY = "--reviews 240 --artists 60"


def load(name, monkeypatch):
    """Import one of the site's tools, which find each other in their own folder."""
    monkeypatch.syspath_prepend(TOOLS)
    spec = importlib.util.spec_from_file_location(f"site_{name}", TOOLS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def links(monkeypatch):
    return load("links", monkeypatch)


@pytest.fixture
def needs_mkdocs():
    """Skip where the site cannot be built, fail where it has to be."""
    if not all(importlib.util.find_spec(name) for name in ("mkdocs", "material", "mkdocstrings")):
        if os.environ.get("BANDSCAPE_REQUIRE_SITE"):
            pytest.fail("BANDSCAPE_REQUIRE_SITE is set, but mkdocs-material or mkdocstrings is not installed")
        pytest.skip("mkdocs-material and mkdocstrings are not installed: pip install 'bandscape[docs]'")


def site_of(folder, **pages):
    for name, body in pages.items():
        (folder / f"{name}.html").write_text(f"<html><body>{body}</body></html>", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("role", "identifier", "shown"),
    [
        (":func:<code>~bandscape.viz.payload.map_payload</code>", "bandscape.viz.map_payload", "map_payload"),
        (":class:<code>bandscape.core.executors.local.Local</code>", "bandscape.core.executors.Local", None),
        (":meth:<code>Layout.take</code>", "bandscape.viz.Layout.take", "Layout.take"),
    ],
)
def test_roles_of_docstrings_become_links_to_the_names_of_packages(role, identifier, shown, monkeypatch):
    pytest.importorskip("mkdocs")
    hooks = load("hooks", monkeypatch)
    made = hooks.ROLE.sub(lambda found: hooks.role_link(found, "bandscape.viz"), f"<p>see {role}</p>")
    shown = shown or role.partition("<code>")[2].removesuffix("</code>")
    assert made == f'<p>see <autoref identifier="{identifier}" optional><code>{shown}</code></autoref></p>'


def test_a_whole_site_has_no_faults(tmp_path, links):
    site = site_of(
        tmp_path,
        index='<a href="other.html#part">x</a> <a href="other.html#topic=shoegaze">y</a> <a href="https://example.org">z</a>',
        other='<h2 id="part">part</h2><a href="#part">up</a>',
    )
    assert links.site_faults(site) == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<a href="gone.html">x</a>', "index.html: gone.html does not exist"),
        ('<a href="#gone">x</a>', "index.html: #gone has no such anchor"),
        ('<a href="other.html#gone">x</a>', "index.html: other.html#gone has no such anchor"),
        ('<img src="gone.png">', "index.html: gone.png does not exist"),
        ('<script src="https://cdn.example/x.js"></script>', "index.html loads https://cdn.example/x.js"),
        ('<link rel="stylesheet" href="//fonts.example/x.css">', "index.html loads //fonts.example/x.css"),
    ],
)
def test_each_fault_of_a_site_is_named(tmp_path, links, body, fault):
    assert links.site_faults(site_of(tmp_path, index=body, other="<p>")) == [fault]


def test_commands_of_a_page_are_those_after_a_prompt(monkeypatch):
    consoles = load("consoles", monkeypatch)
    page = "```console\n$ bandscape topics show ws   # why\nanswer\n$ make demo\n```\n```text\n$ bandscape no\n```\n"
    assert consoles.commands_of(page) == ["bandscape topics show ws   # why"]


def test_a_command_that_fails_is_named_with_what_it_said(tmp_path, monkeypatch):
    consoles = load("consoles", monkeypatch)
    with pytest.raises(RuntimeError, match=r"bandscape topics show nowhere\nerror: .*nowhere"):
        consoles.run_commands(["bandscape topics show nowhere"], tmp_path)


def test_every_public_name_has_an_entry_in_the_reference(monkeypatch):
    api = load("api", monkeypatch)
    for package in api.PACKAGES:
        page, names = api.api_page(package), api.public_names(package)
        assert len(names) > 5
        for name in names:
            assert f"::: bandscape.{package}.{name}\n" in page


def test_no_package_with_public_names_is_left_out_of_the_reference(monkeypatch):
    api = load("api", monkeypatch)
    for room in ("core", "datasets", "topics", "embeddings", "viz"):
        for init in (ROOT / room).rglob("__init__.py"):
            package = ".".join(init.parent.relative_to(ROOT).parts)
            tree = ast.parse(init.read_text(encoding="utf-8"))
            if any(
                isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"
                for node in tree.body
            ):
                assert package in api.PACKAGES or package in INNER, (
                    f"add {package} to PACKAGES, and to mkdocs.yml"
                )


INNER = {
    "datasets.readers",
    "datasets.simulation",
    "datasets.text",
}  # re-exported, or not for users


@pytest.mark.slow
@pytest.mark.usefixtures("needs_mkdocs")
def test_the_site_is_built_without_faults_and_with_its_gallery(tmp_path):
    command = [sys.executable, ROOT / "docs" / "build_site.py", "--size", TINY]
    command += ["--out", tmp_path / "site", "--gallery", tmp_path / "gallery"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=550)
    assert run.returncode == 0, run.stdout + run.stderr
    site = tmp_path / "site"
    assert "bandscape.topics.KeywordLDA" in (site / "api" / "topics.html").read_text(encoding="utf-8")
    for page in (
        "map",
        "topics",
        "evidence",
        "years",
        "genres",
        "diff",
        "trace",
        "comparison",
        "judge",
        "song/training",
    ):
        assert (site / "gallery" / f"{page}.html").stat().st_size > 10_000


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", ["getting_started", "guides/critic", "guides/label", "guides/researcher", "guides/crate_digger"]
)
def test_a_guide_does_what_it_says(page):
    run = subprocess.run(
        [sys.executable, TOOLS / "guides.py", f"{page}.md"], capture_output=True, text=True, timeout=500
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "as they say" in run.stdout
