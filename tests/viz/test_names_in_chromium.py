"""Names typed on the page are found as the command line finds them."""

import numpy as np
import pandas as pd
import pytest

from bandscape.core.errors import UnknownNameError
from bandscape.core.names import NameIndex, lookup_keys
from bandscape.viz import artist_map, write_html

NAMES = (
    "jay z",
    "the beatles",
    "mumiy troll",
    "sigur rs",
    "guns n' roses",
    "simon & garfunkel",
    "godspeed you! black emperor",
    "björk",
    "a$ap rocky",
    "motörhead",
    "múm",
    "straße",
    "twins",
    "twins",
    "coil",
    "bjrk 2",
    "die ärzte",
)
TYPED = (
    "jay-z",
    "JAY-Z",
    "jayz",
    "Beatles",
    "The  Beatles",
    "mumiytroll",
    "Sigur Rós",
    "guns n roses",
    "Guns N’ Roses",
    "simon and garfunkel",
    "godspeed you black emperor",
    "bjork",
    "Björk",
    "aap rocky",
    "motorhead",
    "mum",
    "strasse",
    "bjork 2",
    "die aerzte",
    "Die Ärzte",
    "coil",
)


@pytest.fixture(scope="module")
def names_page(tmp_path_factory):
    n = len(NAMES)
    artists = pd.DataFrame(
        {"artist_id": [f"id{i}" for i in range(n)], "name": NAMES, "genres": [["rock"]] * n}
    )
    matrix = np.random.default_rng(0).normal(size=(n, 8)).astype(np.float32)
    figure = artist_map(artists, np.random.default_rng(1).normal(size=(n, 2)), matrix)
    return write_html(figure, tmp_path_factory.mktemp("typed") / "map.html")


def test_typed_names_are_found_as_the_command_line_finds_them(visit, names_page):
    page = visit(names_page)
    index = NameIndex([f"id{i}" for i in range(len(NAMES))], NAMES)
    for typed in TYPED:
        found = page.evaluate("text => bandscape.queryParser.parse(text)", typed)
        assert [one["status"] for one in found] == ["known"], typed
        assert f"id{found[0]['entity']['index']}" == index.resolve(typed), typed
    with pytest.raises(UnknownNameError):
        index.resolve("jay q")
    assert page.evaluate("bandscape.queryParser.parse('jay q')")[0]["status"] == "unknown"


def test_lookup_keys_are_those_of_the_core(visit, names_page):
    page = visit(names_page)
    for name in [
        *NAMES,
        *TYPED,
        "The Ødegård & Łódź Æon's",
        "!!!",
        "+/-",
        "the the",
        "Мумий Тролль",
        "ＦＵＬＬ",
        "m–m",
    ]:
        assert page.evaluate("text => bandscape.entities.lookupKeys(text)", name) == list(
            lookup_keys(name)
        ), name


def test_a_typed_hyphen_is_suggested_and_opens(visit, names_page):
    page = visit(names_page)
    page.fill("#search", "jay-z")
    assert page.locator("#suggestions [role=option]").first.inner_text().startswith("jay z")
    page.press("#search", "Enter")
    assert page.inner_text("#drawer h2") == "jay z"


def test_what_enter_would_find_is_suggested_however_it_is_spelled(visit, names_page):
    page = visit(names_page)
    for typed, name in (("Sigur Rós", "sigur rs"), ("die aerzte", "die ärzte"), ("bjork 2", "bjrk 2")):
        page.fill("#search", typed)
        assert page.locator("#suggestions [role=option]").first.inner_text().startswith(name)


def test_signs_may_be_words_where_no_name_has_them(visit, names_page):
    page = visit(names_page)

    def read(text):
        found = page.evaluate("text => bandscape.queryParser.parse(text)", text)
        return [(one["sign"], one["text"], one["status"]) for one in found]

    assert read("coil minus rock Plus múm") == [
        (1, "coil", "known"),
        (-1, "rock", "known"),
        (1, "múm", "known"),
    ]
    assert read("nobody minus nothing") == [(1, "nobody minus nothing", "unknown")]


def test_artists_of_one_name_are_told_apart_by_id(visit, names_page):
    page = visit(names_page)
    page.evaluate("bandscape.searchBar.run('twins')")
    assert page.locator("#drawer .chip").count() == 2
    page.locator("#drawer .chip").nth(1).click()
    assert page.inner_text("#drawer h2") == "twins"


@pytest.mark.parametrize("text", ["- coil", "-coil", "- rock - coil"])
def test_a_subtraction_alone_is_refused(visit, names_page, text):
    page = visit(names_page)
    page.evaluate("text => bandscape.searchBar.run(text)", text)
    assert page.inner_text("#drawer h2") == "Something must be added"
    assert page.locator("#answer-rows").count() == 0
