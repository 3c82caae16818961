"""The query bar's parser and arithmetic, in a real browser, against plain numpy."""

from itertools import pairwise

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
    artists["labels"] = [["Warp", "simon"] if i % 7 == 0 else ["4AD"] if i % 7 == 1 else [] for i in range(n)]
    artists["years"] = [[1989 + i % 5, 2001] if i % 2 else [] for i in range(n)]
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
        ("coil - warp + year:1990s", ["+a:coil", "-l:Warp", "+y:1990s"]),
        ("coil + 1991-1993 - 2001", ["+a:coil", "+y:1991–1993", "-y:2001"]),
        ("simon - label:simon", ["+a:simon", "-l:simon"]),
        ("1871-1883", ["+?1871-1883"]),
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


def test_a_misspelt_name_is_met_while_it_is_typed(page):
    page.fill("#search", "rock + raidohead")
    first = page.locator("#suggestions li").first
    assert first.locator("bdi").inner_text() == "radiohead"
    assert first.locator(".quiet").inner_text().startswith("did you mean · ")
    first.click()
    assert page.input_value("#search") == "rock + radiohead "
    page.fill("#search", "radio")  # begun, not misspelt
    assert "did you mean" not in page.inner_text("#suggestions")
    page.fill("#search", "qqqqqq")
    assert page.locator("#suggestions li").count() == 0
    page.fill("#search", "")


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("radioh", "radiohead"),
        ("rock + radioh", "rock + radiohead"),
        ("radiohead", "radiohead"),
        ("diohead", "diohead"),
        ("twins", "twins"),
    ],
)
def test_enter_takes_a_name_that_is_begun(page, typed, sent):
    page.fill("#search", typed)
    page.press("#search", "Enter")
    assert page.input_value("#search") == sent


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
    """Answer by plain numpy on the rounded vectors; a term is a row number, a genre, or whether each row belongs."""

    def direction(term):
        if isinstance(term, int):
            return rows[term]
        if isinstance(term, np.ndarray):
            return unit(rows[term].sum(axis=0))
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
        ("band 39 - warp", [39], [np.arange(300) % 7 == 0]),
        ("1990-1992 + coil", [(np.arange(300) % 2 == 1) & np.isin(np.arange(300) % 5, (1, 2, 3)), 1], []),
    ],
)
def test_answers_equal_numpy(page, names_page, text, plus, minus):
    _, artists, matrix = names_page
    rows = unit(quantized_rows(matrix, "int16").astype(np.float64))
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


def test_answers_stand_in_the_order_of_the_vectors_themselves(page, names_page):
    _, _, matrix = names_page
    rows = unit(matrix.astype(np.float64))
    for row in range(60, 100):
        exact = [i for i in np.argsort(-(rows @ rows[row]), kind="stable") if i != row][:10]
        assert page.evaluate(f"bandscape.vectorMath.nearest({row}).map(one => one.index)") == exact


def test_answers_that_rounding_cannot_tell_apart_say_so(browser, tmp_path, monkeypatch):
    """Of very many artists vectors are rounded to a byte; whatever two then swap places are called about equal."""
    rng = np.random.default_rng(5)
    matrix = rng.normal(size=(60, 8))[np.arange(1_200) % 60] + rng.normal(size=(1_200, 8)) * 0.02
    artists = pd.DataFrame(
        {"artist_id": [f"id{i}" for i in range(1_200)], "name": [f"b{i}" for i in range(1_200)]}
    )
    monkeypatch.setattr("bandscape.viz.payload.FINE_VECTORS", 1_000)
    page_file = write_html(artist_map(artists, rng.normal(size=(1_200, 2)), matrix), tmp_path / "map.html")
    page = browser.new_page()
    page.goto(page_file.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    rows = unit(matrix)
    swapped = told = 0
    for row in range(40):
        cosine = rows @ rows[row]
        found = page.evaluate(f"bandscape.vectorMath.nearest({row})")
        for above, below in pairwise(found):
            told += below["tied"]
            if cosine[below["index"]] > cosine[above["index"]] + 1e-9:
                swapped += 1
                assert below["tied"]
    assert 0 < swapped < told
    page.evaluate("bandscape.searchBar.run('artist:b0 + artist:b60')")
    assert "about equal with the one above" in page.inner_text("#answer-rows")
    page.close()


def test_the_filters_are_part_of_a_question_when_the_reader_says_so(page, names_page):
    _, artists, matrix = names_page
    page.evaluate("bandscape.searchBar.run('coil - elder ones')")
    assert page.locator("#only-shown").count() == 0  # nothing is filtered
    page.evaluate(
        "bandscape.filters.toggleClass(bandscape.chart.coloring().classes.findIndex(one => one.label === 'rock'))"
    )
    page.click("#only-shown")
    shown = page.locator("#answer-rows .row-name").all_inner_texts()
    genre_of = dict(zip(artists["name"], artists["genres"], strict=True))
    assert [genre_of[name] for name in shown] == [["rock"]] * 10
    rows = unit(quantized_rows(matrix, "int16").astype(np.float64))
    order = np.argsort(-(rows @ (rows[1] - rows[2])), kind="stable")
    assert (
        shown
        == [artists["name"][i] for i in order if i not in (1, 2) and artists["genres"][i] == ["rock"]][:10]
    )
    assert "Ranks are among the 100 artists that the filters show" in page.inner_text("#drawer")
    assert "only=shown" in page.evaluate("location.hash")
    page.evaluate("bandscape.filters.clear()")
    page.wait_for_function(
        "n => document.querySelector('#answer-rows .row-name').textContent === n",
        arg=artists["name"][next(i for i in order if i not in (1, 2))],
    )
    page.click("#only-shown")
    assert page.locator("#only-shown").count() == 0


def test_back_and_forward_go_through_what_was_asked(visit, names_page):
    page = visit(names_page[0])
    title = "() => document.querySelector('#drawer h2').innerText"
    guide = page.evaluate(title)
    page.evaluate("bandscape.searchBar.run('artist:coil')")
    page.evaluate("bandscape.searchBar.run('coil - elder ones')")
    answer = page.evaluate(title)
    page.evaluate("bandscape.events.emit('color', 'score')")
    page.evaluate("bandscape.searchBar.run('nobody zzz')")
    problem = page.evaluate(title)
    assert len({guide, "coil", answer, problem}) == 4
    for turn, expected in (("back", answer), ("back", "coil"), ("forward", answer), ("forward", problem)):
        page.evaluate(f"history.{turn}()")
        page.wait_for_function(f"expected => ({title})() === expected", arg=expected)
        assert "color=score" in page.evaluate("location.hash")  # no step, so it stays
        assert page.evaluate("document.querySelector('#search').value") == {
            answer: "coil - elder ones",
            "coil": "",
        }.get(expected, "nobody zzz")
    page.evaluate("history.go(-3)")
    page.wait_for_function(f"expected => ({title})() === expected", arg=guide)
    assert page.evaluate("document.querySelector('#search').value") == ""
    page.evaluate("location.hash = 'q=coil'")  # by hand
    page.wait_for_function(f"() => ({title})() === 'coil'")
