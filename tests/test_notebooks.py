"""The notebooks in examples/ are kept without outputs, run, and show their figures."""

import json
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "examples").glob("*.ipynb"))
FIGURES = {
    "topics": ["map of topics", "differences between two rounds"],
    "artists_and_map": ["map of artists"],
}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert len(code) >= 5
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # those of Jupyter's own parts
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_its_figures(path):
    nbclient = pytest.importorskip(
        "nbclient", reason="nbclient is not installed: pip install 'bandscape[dev]'"
    )
    nbformat = pytest.importorskip(
        "nbformat", reason="nbformat is not installed: pip install 'bandscape[dev]'"
    )
    pytest.importorskip("ipykernel", reason="ipykernel is not installed: pip install 'bandscape[dev]'")
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(notebook, timeout=500, kernel_name="python3").execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert all(output.output_type != "error" for output in outputs)
    shown = [output.data.get("text/html", "") for output in outputs if "data" in output]
    for title in FIGURES[path.stem]:
        assert any("<iframe" in page and title in page for page in shown), title
