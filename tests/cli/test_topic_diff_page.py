"""The page of what changed between two rounds, from rows as the command prints them."""

from bandscape.cli.steps import write_topic_diff
from bandscape.core import Workspace
from bandscape.core.files import read_table

from .conftest import bandscape


def test_the_page_of_a_difference_names_both_rounds(demo_workspace, tmp_path):
    rows = [{"topic": "a", "gained": ["hum"], "lost": [], "moved_documents": 24, "obeyed": None, "edits": []}]
    out = tmp_path / "new" / "diff.html"
    write_topic_diff(Workspace(demo_workspace), rows, 1, 1, out)
    page = out.read_text(encoding="utf-8")
    assert "A simulated music press: round 1 → round 1" in page
    reviews_with_words = read_table(demo_workspace / "topics/rounds/0001/doc_topics.parquet").num_rows
    assert f'"documents":{reviews_with_words},' in page


def test_the_command_writes_it(demo_workspace, tmp_path):
    out = tmp_path / "diff.html"
    answer = bandscape("topics", "diff", demo_workspace, 1, 1, "--out", out)
    assert answer.code == 0, answer.err
    assert f"all of it as a picture: {out}" in answer.out
    assert '"edits":[' in out.read_text(encoding="utf-8")
