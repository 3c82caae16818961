"""The query bar's parser and arithmetic, in a real browser, against plain numpy."""

import numpy as np
import pandas as pd
import pytest

from bandscape.viz import artist_map, write_html
from bandscape.viz.packing import quantized_rows

NAMES = (
    "radiohead",
    "coil",
    "elder ones",
    "jay-z",
    "florence + the machine",
    "+/-",
    "a - b",
    "sigur rós",
    "The Beatles",
    'weird "al"',
    "electronic",
    "simon",
    "garfunkel",
    "simon + garfunkel",
    "twins",
    "twins",
    "d+",
    "!!!",
    "m–m",
)


@pytest.fixture(scope="session")
def names_page(tmp_path_factory):
    rng = np.random.default_rng(3)
    n = 300
    genres = [["rock"] if i % 3 == 0 else ["electronic", "rap"] if i % 3 == 1 else [] for i in range(n)]
    names = [*NAMES, *[f"band {i}" for i in range(len(NAMES), n)]]
    artists = pd.DataFrame({"artist_id": [f"id{i}" for i in range(n)], "name": names, "genres": genres})
    artists["n_reviews"] = np.arange(n, 0, -1)
    matrix = rng.normal(size=(n, 24)).astype(np.float32)
    matrix[40] = matrix[39]
    matrix[50] = 0
    places = rng.normal(size=(n, 2))
    write_html(artist_map(artists, places, matrix), path := tmp_path_factory.mktemp("names") / "map.html")
    return path, artists, matrix


@pytest.fixture(scope="session")
def page(browser, names_page):
    context = browser.new_context()
    page = context.new_page()
    page.goto(names_page[0].as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    yield page
    context.close()


def terms(page, text):
    """Return each term as its sign, the first letter of its kind and its label, or "?" and the text."""
    found = page.evaluate("text => bandscape.queryParser.parse(text)", text)
    meant = [
        f"{one['entity']['kind'][0]}:{one['entity']['label']}"
        if one["status"] == "known"
        else f"?{one['text']}"
        for one in found
    ]
    return [("+" if one["sign"] > 0 else "-") + said for one, said in zip(found, meant, strict=True)]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("radiohead", ["+a:radiohead"]),
        ("radiohead - rock + electronic", ["+a:radiohead", "-g:rock", "+g:electronic"]),
        ("radiohead − rock", ["+a:radiohead", "-g:rock"]),
        ("radiohead – rock", ["+a:radiohead", "-g:rock"]),
        ("  Radiohead -ROCK", ["+a:radiohead", "-g:rock"]),
        ("radiohead-rock", ["+a:radiohead", "-g:rock"]),
        ("- rock + coil", ["-g:rock", "+a:coil"]),
        ("jay-z", ["+a:jay-z"]),
        ("jay-z - rap", ["+a:jay-z", "-g:rap"]),
        ("florence + the machine - rock", ["+a:florence + the machine", "-g:rock"]),
        ("rock + florence + the machine", ["+g:rock", "+a:florence + the machine"]),
        ("+/-", ["+a:+/-"]),
        ("+/- - rock", ["+a:+/-", "-g:rock"]),
        ("d+ + rock", ["+a:d+", "+g:rock"]),
        ("a - b", ["+a:a - b"]),
        ("coil - a - b", ["+a:coil", "-a:a - b"]),
        ('"a - b" - coil', ["+a:a - b", "-a:coil"]),
        ("simon + garfunkel", ["+a:simon + garfunkel"]),
        ('"simon" + garfunkel', ["+a:simon", "+a:garfunkel"]),
        ("sigur ros", ["+a:sigur rós"]),
        ("sigur rs", ["+a:sigur rós"]),
        ("beatles + the coil", ["+a:The Beatles", "+a:coil"]),
        ('weird "al" - rock', ['+a:weird "al"', "-g:rock"]),
        ("electronic", ["+g:electronic"]),
        ("artist:electronic - genre:electronic", ["+a:electronic", "-g:electronic"]),
        ("!!! + m–m", ["+a:!!!", "+a:m–m"]),
        ("twins", ["+?twins"]),
        ("radiohed - rock", ["+?radiohed", "-g:rock"]),
        ("", []),
        ("+ - +", []),
    ],
)
def test_a_text_means(page, text, meant):
    assert terms(page, text) == meant


def test_unknown_and_ambiguous_names_list_candidates(page):
    found = page.evaluate("bandscape.queryParser.parse('radiohed - rock')")
    assert found[0]["candidates"][0]["label"] == "radiohead"
    found = page.evaluate("bandscape.queryParser.parse('twins')")
    assert found[0]["status"] == "ambiguous"
    assert len(found[0]["candidates"]) == 2
    page.evaluate("bandscape.searchBar.run('radiohed - rock')")
    assert "is not on this map. Did you mean" in page.inner_text("#drawer")
    page.click("#drawer .chip >> nth=0")
    assert page.input_value("#search") == "radiohead - rock"
    assert page.locator("#answer-rows li").count() == 10


def test_every_written_entity_is_read_as_itself(page):
    wrong = page.evaluate("""[...bandscape.data.names.keys()].filter(i => {
      const entity = bandscape.entities.artist(i);
      const found = bandscape.queryParser.parse(bandscape.entities.written(entity));
      const one = found.length === 1 && found[0].sign === 1;
      return !(one && (found[0].entity === entity || found[0].status === 'ambiguous'));
    }).map(i => bandscape.data.names[i])""")
    assert wrong == []


def test_a_long_text_of_signs_is_read_quickly(page):
    # reading every cut of 5,000 would take for ever; the reading is cut short instead
    assert page.evaluate("bandscape.queryParser.parse('a+'.repeat(5000)).length") >= 1


def unit(rows):
    return rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12)


def reference(rows, plus, minus, genres, excluded):
    """Answer by plain numpy on the rounded vectors; a term is a row number or a genre."""

    def direction(term):
        if isinstance(term, int):
            return rows[term]
        return unit(rows[[term in own for own in genres]].sum(axis=0))

    query = unit(sum(direction(t) for t in plus) - sum(direction(t) for t in minus))
    cosine = (rows @ query).round(12)  # equal rows are equal, in whatever order they were summed
    order = [i for i in np.lexsort((np.arange(len(rows)), -cosine)) if i not in excluded]
    baseline = (rows @ unit(sum(direction(t) for t in plus))).round(12)
    behind = [i for i in np.lexsort((np.arange(len(rows)), -baseline)) if i not in excluded]
    return order[:10], cosine, behind


@pytest.mark.parametrize(
    ("text", "plus", "minus"),
    [
        ("radiohead - rock + genre:electronic", [0, "electronic"], ["rock"]),
        ("coil - elder ones", [1], [2]),
        ("coil - elder ones + jay-z", [1, 3], [2]),
        ("rock + rap", ["rock", "rap"], []),
        ("band 39 - band 20", [39], [20]),
    ],
)
def test_answers_equal_numpy(page, names_page, text, plus, minus):
    _, artists, matrix = names_page
    rows = unit(quantized_rows(matrix).astype(np.float64))
    excluded = {term for term in [*plus, *minus] if isinstance(term, int)}
    order, cosine, behind = reference(rows, plus, minus, artists["genres"].tolist(), excluded)
    found = page.evaluate("text => bandscape.vectorMath.answer(bandscape.queryParser.parse(text))", text)
    assert [one["index"] for one in found["results"]] == order
    np.testing.assert_allclose([one["cosine"] for one in found["results"]], cosine[order], atol=1e-12)
    assert [one["rank"] for one in found["results"]] == list(range(1, 11))
    everyone = list(np.lexsort((np.arange(len(rows)), -cosine)))
    open_ranks = [1 + everyone.index(i) for i in order]
    assert [one["openRank"] for one in found["results"]] == open_ranks
    if minus:
        assert [one["baselineRank"] for one in found["results"]] == [behind.index(i) + 1 for i in order]
        assert found["baseline"] == behind[:10]
    else:
        assert all(one["baselineRank"] is None for one in found["results"])


def test_inputs_never_answer_and_the_row_says_what_that_hid(page):
    page.evaluate("bandscape.searchBar.run('coil - elder ones')")
    shown = page.locator("#answer-rows .row-name").all_inner_texts()
    assert len(shown) == 10
    assert not {"coil", "elder ones"} & set(shown)
    assert "if inputs could answer" in page.locator("#answer-rows li").first.inner_text()
    assert "Without the subtraction" in page.inner_text("#drawer")
    assert "drawing aid" in page.inner_text("#drawer")
    marks = page.evaluate("bandscape.overlay.marks.query")
    assert [one["sign"] for one in marks["inputs"]] == [1, -1]
    assert len(marks["answers"]) == 10


def test_terms_that_cancel_out_are_said_to(page):
    page.evaluate("bandscape.searchBar.run('band 39 - band 40')")
    assert "Nothing is left" in page.inner_text("#drawer h2")


def test_rounding_keeps_most_float_answers(page, names_page):
    _, _, matrix = names_page
    rows = unit(matrix.astype(np.float64))
    kept = []
    for row in range(60, 100):
        exact = [i for i in np.argsort(-(rows @ rows[row])) if i != row][:10]
        found = page.evaluate(f"bandscape.vectorMath.nearest({row}).map(one => one.index)")
        kept.append(len(set(exact) & set(found)) / 10)
    assert np.mean(kept) > 0.95
