"""The page of a finished workspace answers as the command line does."""

import json

import numpy as np
import pandas as pd
import pytest

from bandscape.cli.main import _run
from bandscape.core import NameIndex, ParameterError, UnknownNameError
from bandscape.embeddings.groups import group_artists
from bandscape.embeddings.terms import TermIndex
from bandscape.viz import artist_map, write_html

LOOSELY = (
    "90s", "'90s", "90's", "1990's", "nineties", "00s", "20s", "year:90s", "genre:90s", "folk", "country", "genre:folk",
    "pop", "r&b", "warp records", "Warp", "label:warp recordings", "sub pop", "Sub Pop Records", "matador rec.",
    "matador", "kranky label", "records", "coil", "the coil", "zzz", "1999-1994",
)  # fmt: skip


@pytest.fixture(scope="module")
def named():
    n = 60
    genres = [["folk/country"], ["pop", "r&b/soul"], ["rock/pop"], ["jazz, blues"]]
    labels = [["Warp"], ["Sub Pop Records"], ["Matador", "Matador Records"], ["Kranky"]]
    return pd.DataFrame(
        {
            "artist_id": [f"id{at}" for at in range(n)],
            "name": ["coil", *(f"band {at}" for at in range(1, n))],
            "genres": [genres[at % 4] for at in range(n)],
            "labels": [labels[at % 4] for at in range(n)],
            "years": [[1994 + at % 9] for at in range(n)],
            "n_reviews": np.arange(n, 0, -1),
        }
    )


def test_loosely_written_terms_mean_to_the_page_what_they_mean_to_python(named, browser, tmp_path):
    rng = np.random.default_rng(0)
    n = len(named)
    drawn = artist_map(named, rng.normal(size=(n, 2)), rng.normal(size=(n, 8)).astype(np.float32))
    columns = (("genre", "genres"), ("label", "labels"), ("year", "years"))
    index = TermIndex(
        NameIndex(list(named["artist_id"]), list(named["name"])),
        {one: row for row, one in enumerate(named["artist_id"])},
        [group_artists(kind, named[column]) for kind, column in columns],
    )
    page = browser.new_page()
    page.goto(write_html(drawn, tmp_path / "map.html").as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    script = """text => { const found = bandscape.entities.lookUp(text);
        if (found.status !== "known") return null;
        const { kind, index } = found.entity;
        const members = kind === "artist" ? [index] : [...bandscape.vectorMath.members(found.entity)];
        return [kind, members.sort((a, b) => a - b)]; }"""
    for text in LOOSELY:
        try:
            meaning = index.find(text)
            expected = [meaning.kind, meaning.rows.tolist()]
        except (UnknownNameError, ParameterError):
            expected = None
        assert page.evaluate(script, text) == expected, text
    page.close()


def answers_of_the_page(browser, page_file, query):
    context = browser.new_context()
    page = context.new_page()
    page.goto(page_file.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    page.fill("#search", query)
    page.press("#search", "Enter")
    page.wait_for_selector("#answer-rows li")
    names = [line.strip() for line in page.locator("#answer-rows li .row-name").all_inner_texts()]
    context.close()
    return names


def test_the_page_and_the_command_line_give_the_same_answers(browser, tmp_path, capsys):
    root = tmp_path / "ws"
    words = ["demo", "--out", str(root), "--reviews", "200", "--artists", "60", "--seed", "4"]
    assert _run(words, debug=True) == 0
    capsys.readouterr()
    from bandscape.embeddings import VectorTable

    vectors = VectorTable.load(root / "artists" / "vectors.arrow")
    plus, minus = [name for name in vectors.names if name.isascii() and name.replace(" ", "").isalpha()][:2]
    query = ["artists", "analogy", str(root), "--plus", plus, "--minus", minus, "--json"]
    assert _run(query, debug=True) == 0
    said = [row["name"] for row in json.loads(capsys.readouterr().out)["results"]]
    shown = answers_of_the_page(browser, root / "maps" / "map.html", f'"{plus}" - "{minus}"')
    # the page's vectors are rounded to int8, so near ties may change places
    assert len(set(said) & set(shown)) >= 9
    assert shown[0] in said[:3]
