"""The verdict that the page of the map gives on its answers: the one that the vectors give, or none."""

import numpy as np
import pytest

from bandscape.embeddings import VectorTable, group_artists
from bandscape.viz import artist_map, write_html

from .conftest import make_artists

N = 600  # so that "near what was added" is a smaller part of all than the ten answers

SCENE = 20


def labels_of(i):
    """A third of the scene is on one label, one of it on another, and artists far from it on a third."""
    in_scene = i < 4 * SCENE and i % 4 == 0
    return ["third"] * (in_scene and i % 3 == 0) + ["lone"] * (i == 4) + ["apart"] * (i > N - 50)


@pytest.fixture(scope="module")
def made():
    artists, matrix = make_artists(N)
    rng = np.random.default_rng(1)
    matrix = matrix + rng.normal(size=matrix.shape).astype(np.float32)  # else genres are all there is
    scene = 3 * rng.normal(size=matrix.shape[1]) + 0.3 * rng.normal(size=(SCENE, matrix.shape[1]))
    matrix[: 4 * SCENE : 4] = scene  # a few who stand out from all others
    artists["labels"] = [labels_of(i) for i in range(N)]
    columns = (artists[name].tolist() for name in ("artist_id", "name", "genres", "mean_score", "n_reviews"))
    ids, names, genres, scores, reviews = columns
    table = VectorTable(matrix, ids, names, [tuple(one) for one in genres], scores, reviews)
    table = table.with_terms([group_artists(kind, artists[f"{kind}s"]) for kind in ("label", "year")])
    return artists, matrix, table


@pytest.fixture(scope="module")
def page(made, browser, tmp_path_factory):
    artists, matrix, _ = made
    places = np.random.default_rng(0).normal(size=(N, 2))
    path = write_html(artist_map(artists, places, matrix), tmp_path_factory.mktemp("verdict") / "map.html")
    opened = browser.new_page()
    opened.goto(path.as_uri())
    opened.wait_for_selector("html[data-ready]", state="attached")
    yield opened
    opened.close()


def questions(table, n=60):
    """Sums and differences of artists and genres, near and far."""
    names = list(table.names)
    rng = np.random.default_rng(2)
    genres = ["genre:rock", "genre:electronic", "genre:jazz", "genre:metal"]
    for number in range(n):
        alike = names[: 4 * SCENE : 4]
        pool = (names, [*rng.choice(names, 2), *genres], alike)[number % 3]
        terms = list(rng.choice(pool, 2 + number % 4, replace=False))
        n_plus = 1 + int(rng.integers(len(terms)))
        yield terms[:n_plus], terms[n_plus:]
    for sign in "+-":  # groups had by all, some, one and none of the answers
        for group in (
            "genre:rock",
            "genre:jazz",
            "label:third",
            "label:lone",
            "label:apart",
            "year:1999",
            "year:1990s",
        ):
            alike = list(rng.choice(names[: 4 * SCENE : 4], 3, replace=False))
            yield ([*alike, group], []) if sign == "+" else (alike, [group])


def test_the_page_judges_as_the_vectors_do(page, made):
    _, _, table = made
    seen, told = set(), set()
    judge = """text => { const answered = bandscape.vectorMath.answer(bandscape.queryParser.parse(text));
        return answered && bandscape.verdict.judge(answered); }"""
    for plus, minus in questions(table):
        text = " + ".join(plus) + "".join(f" - {one}" for one in minus)
        found, expected = page.evaluate(judge, text), table.most_similar(plus, minus).verdict.as_json()
        for figure in ("left", "above"):
            assert found.pop(figure) == pytest.approx(expected.pop(figure), abs=0.02), text
        for figure in ("have_added", "have_subtracted"):
            assert found.pop(figure) == pytest.approx(expected.pop(figure), abs=0.001), text
        assert found == expected, text
        seen.add(found["level"])
        told.update(reason.partition(" of 10 answers ")[2] for reason in found["reasons"])
    assert seen == {"strong", "fair", "weak"}
    assert {
        "has the label lone (1 could)",
        "has the label apart",
        "still have rock",
        "have the years 1990s",
    } <= told


def test_the_verdict_stands_above_the_answers_of_a_calculation_only(page):
    page.evaluate("bandscape.searchBar.run('rock band 0 - jazz band 2 + metal')")
    line = page.locator("#drawer-content .verdict-line")
    assert line.locator("strong").inner_text().split()[:1] == ["trust:"]
    assert line.evaluate("one => one.nextElementSibling.id") == "answer-rows"
    page.evaluate("bandscape.searchBar.run('genre:metal')")
    page.wait_for_selector("#answer-rows")
    assert line.count() == 0


def test_a_page_that_has_not_all_vectors_gives_no_verdict(visit, made, tmp_path):
    artists, matrix, _ = made
    places = np.random.default_rng(0).normal(size=(N, 2))
    fewer = artist_map(artists, places, matrix, most=200)
    page = visit(write_html(fewer, tmp_path / "map.html"))
    terms = "[1, 3].map((index) => ({ sign: 2 - index, entity: { kind: 'artist', index } }))"
    assert page.evaluate(f"bandscape.vectorMath.answer({terms}).measured") is None
    assert page.evaluate(f"bandscape.vectorMath.answer({terms}).results.length") == 10
