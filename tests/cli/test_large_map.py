"""A map of more artists than its page has, served by view: the answers, and the page in a real browser."""

import contextlib
import json
import urllib.error
import urllib.request
from urllib.parse import urlencode

import pytest

pytest.importorskip("dash")
pytest.importorskip("waitress")

from bandscape.cli.exploring.compose import Explorer
from bandscape.core.errors import WorkspaceError

from .conftest import running_explorer

MOST = 12


@pytest.fixture(scope="module")
def desk(demo_workspace):
    made = Explorer(demo_workspace, most_dots=MOST)
    yield made.maps
    made.close()


@pytest.fixture(scope="module")
def url(demo_workspace):
    with running_explorer(demo_workspace, "--most", MOST) as address:
        yield address


@pytest.fixture
def frame(browser, url):
    """Open the map of the explorer; nothing may go wrong, and nobody else may be asked."""
    contexts, troubles = [], []

    def open_map(fragment="", **options):
        options = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce", **options}
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.on("console", lambda m: troubles.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "request", lambda r: None if r.url.startswith((url, "data:", "blob:")) else troubles.append(r.url)
        )
        page.goto(f"{url}/map{fragment}")
        page.wait_for_selector("#main .framed.here")
        found = next(one for one in page.frames if "/framed/map" in one.url)
        found.wait_for_selector("html[data-ready]", state="attached")
        return found

    yield open_map
    for context in contexts:
        context.close()
    assert [one for one in troubles if "GPU stall due to ReadPixels" not in one] == []


def known(desk):
    served = desk.served()
    return served, desk.artists.table()


def ranks_of(answer):
    return [one["rankOnMap"] for one in answer["results"]]


def test_a_question_is_answered_as_by_the_artists_page(desk):
    served, table = known(desk)
    first, second = served.rows([0, 20])["names"]
    question = f"artist:{first} - artist:{second}"
    answer = desk.ask(served.version, question)
    expected = desk.artists.ask(question, 10, "3cosadd")["results"]
    assert answer["kind"] == "answers"
    assert answer["verdict"] == desk.artists.ask(question, 10, "3cosadd")["verdict"]
    assert answer["verdict"]["level"] in ("strong", "fair", "weak")
    assert desk.ask(served.version, "genre:rock")["verdict"] is None, "one term is no calculation"
    assert [served.artist_ids[rank] for rank in ranks_of(answer)] == [one["artist_id"] for one in expected]
    assert [one["baselineRank"] for one in answer["results"]] == [one["rank_baseline"] for one in expected]
    assert [(term["sign"], term["label"]) for term in answer["terms"]] == [(1, first), (-1, second)]
    assert answer["terms"][0]["place"] == served.places([0])[0].tolist()
    assert answer["baseline"]
    assert answer["rows"]["count"] >= 12, "the artists of the question and of the answer come along"
    assert table.names


def test_one_name_is_an_artist_with_its_neighbors(desk):
    served, table = known(desk)
    name = served.rows([20])["names"][0]
    answer = desk.ask(served.version, f"artist:{name}")
    assert (answer["kind"], answer["rank"]) == ("artist", 20)
    nearest = table.most_similar([f"artist:{served.artist_ids[20]}"], topn=10)
    assert [served.artist_ids[rank] for rank in ranks_of(answer)] == [one.artist_id for one in nearest]
    assert desk.near(served.version, 20)["results"] == answer["results"]


def test_a_genre_is_marked_where_one_of_its_artists_stands(desk):
    served, table = known(desk)
    genre = next(own[0] for own in table.genres if own)
    answer = desk.ask(served.version, f"genre:{genre} + artist:{served.rows([0])['names'][0]}")
    term = next(one for one in answer["terms"] if one["kind"] == "genre")
    members = [served.rank_of(table.artist_ids[row]) for row, own in enumerate(table.genres) if genre in own]
    assert term["place"] in served.places(members).tolist()
    assert term["rank"] is None


@pytest.mark.parametrize(
    ("question", "said"),
    [("", "at least one name"), ("- rock", "at least one name"), ("nobody at all", "nobody at all")],
)
def test_what_cannot_be_answered_says_why(desk, question, said):
    answer = desk.ask(desk.served().version, question)
    assert answer["kind"] == "problem"
    assert said in answer["said"]


def test_a_misspelled_name_is_offered_corrected_in_the_question(desk):
    served, _ = known(desk)
    name = served.rows([0])["names"][0]
    answer = desk.ask(served.version, f"{name}q + genre:rock")
    assert answer["kind"] == "problem"
    assert f"{name} + genre:rock" in answer["candidates"]


def test_a_page_of_an_earlier_map_is_told_to_reload(desk):
    for ask in (
        lambda: desk.view("old", (0, 1, 0, 1)),
        lambda: desk.find("old", "a", 3),
        lambda: desk.near("old", 0),
        lambda: desk.ask("old", "a"),
    ):
        with pytest.raises(WorkspaceError, match="reload"):
            ask()


def test_a_small_map_is_the_page_that_has_all(demo_workspace):
    made = Explorer(demo_workspace)
    with contextlib.closing(made):
        assert made.maps.page() == made.pages.map()
        assert "connect-src" not in made.maps.page()


def test_its_addresses_are_guarded_like_all_others(url, desk):
    version = desk.served().version

    def ask(path, **headers):
        request = urllib.request.Request(url + path, headers=headers)
        with urllib.request.urlopen(request, timeout=300) as answer:
            return answer.status, json.loads(answer.read())

    everywhere = {"v": version, "left": -1e9, "right": 1e9, "low": -1e9, "high": 1e9}
    status, found = ask(f"/map-data/view?{urlencode(everywhere)}")
    assert (status, found["complete"]) == (200, True)
    assert found["rows"]["count"] == found["inside"] - MOST
    for path, code in (
        ("/map-data/view", 409),
        (f"/map-data/spread?v={version}&left=nan&right=1&low=0&high=1", 409),
        (f"/map-data/view?v={version}&left=nan&right=1&low=0&high=1", 409),
        (f"/map-data/near?v={version}&rank=99999999", 409),
        (f"/map-data/near?v={version}&rank=-1", 409),
    ):
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask(path)
        assert refused.value.code == code
        refused.value.close()
    with pytest.raises(urllib.error.HTTPError) as foreign:
        ask("/map-data/find?q=a", Host="elsewhere.example")
    assert foreign.value.code == 400
    foreign.value.close()


def test_zooming_in_loads_the_artists_of_that_part(frame):
    page = frame()
    assert page.evaluate("bandscape.data.count") == MOST
    assert "12 of" in page.inner_text("#field-says")
    whole = page.evaluate("bandscape.data.total")
    notes = page.locator(".spread-of")
    assert notes.all_inner_texts() == [f"all {whole} artists"] * 2
    bars = """[...document.querySelectorAll('#year-filter rect')].map((one) => +one.getAttribute('height'))"""
    before = page.evaluate(bars)
    page.evaluate("bandscape.camera.step(1.3)")
    page.wait_for_function(f"bandscape.data.count > {MOST}")
    page.wait_for_function("/of this part/.test(document.querySelector('.spread-of').textContent)")
    assert page.evaluate(bars) != before, "the histograms tell of the part"
    page.wait_for_function("/of this part are dots/.test(document.getElementById('field-says').textContent)")
    loaded = page.evaluate("bandscape.data.count")
    drawn = "document.getElementById('plot').data.reduce((sum, one) => sum + one.x.length, 0)"
    page.wait_for_function(f"{drawn} === {loaded}")
    assert page.evaluate("bandscape.data.byReviews.length") == loaded
    order = "[...bandscape.data.byReviews].map((i) => bandscape.data.ranks[i])"
    assert page.evaluate(order) == sorted(page.evaluate(order))
    legend = page.evaluate("bandscape.chart.coloring().classes.reduce((sum, one) => sum + one.count, 0)")
    page.evaluate("bandscape.camera.fit()")
    page.wait_for_function("/^all/.test(document.querySelector('.spread-of').textContent)")
    assert page.evaluate(bars) == before
    assert legend == whole, "the legend counts all artists, whether they are loaded or not"


def test_an_artist_that_was_not_there_is_found_opened_and_kept_in_the_address(frame, desk):
    name = desk.served().rows([25])["names"][0]
    page = frame()
    page.focus("#search")
    page.type("#search", name)
    page.wait_for_selector("#suggestions [role=option]")
    page.press("#search", "ArrowDown")
    page.press("#search", "Enter")
    page.wait_for_function("!/How to read/.test(document.querySelector('#drawer h2').textContent)")
    assert page.inner_text("#drawer h2") == name
    assert page.locator("#drawer .rows .row-button").count() >= 10
    assert page.evaluate("bandscape.data.names[bandscape.overlay.marks.chosen]") == name
    again = frame(f"#artist={name}")
    again.wait_for_function("!/How to read/.test(document.querySelector('#drawer h2').textContent)")
    assert again.inner_text("#drawer h2") == name


def test_a_sum_is_answered_by_the_server_and_marked_on_the_map(frame, desk):
    first, second = desk.served().rows([0, 30])["names"]
    page = frame(f"#q={first} - {second}")
    page.wait_for_selector("#answer-rows")
    expected = desk.artists.ask(f"{first} - {second}", 10, "3cosadd")["results"]
    assert page.locator("#answer-rows .row-name").all_inner_texts() == [one["name"] for one in expected]
    assert page.evaluate("bandscape.overlay.marks.query.answers.length") == 10
    page.fill("#search", "nobody at all")
    page.press("#search", "Enter")
    page.wait_for_function("/Not sure/.test(document.querySelector('#drawer h2').textContent)")


def held_back(page, what):
    """Keep the first answer about ``what`` back; return the list it comes to, to be continued later."""
    kept = []

    def take(route):
        if kept:
            route.continue_()
        else:
            kept.append(route)

    page.route(f"**/map-data/{what}?*", take)
    return kept


def let_come(page, kept):
    """Let what was held back arrive, and what the page does with it be done."""
    with page.expect_response(kept[0].request.url):
        kept[0].continue_()
    page.evaluate("() => new Promise((done) => setTimeout(done, 100))")


def test_an_answer_that_comes_late_does_not_open_over_a_later_one_or_a_closed_card(frame):
    map_ = frame()
    kept = held_back(map_.page, "near")
    names = map_.evaluate("bandscape.data.names.slice(0, 2)")
    for index in (0, 1):
        map_.evaluate("index => bandscape.events.emit('artist', { index, from: 'map' })", index)
    map_.wait_for_selector(f"#drawer h2:has-text({json.dumps(names[1])})")
    let_come(map_.page, kept)
    assert map_.inner_text("#drawer h2") == names[1]
    kept = held_back(map_.page, "ask")
    map_.evaluate("name => bandscape.searchBar.run(`artist:${name}`)", names[0])
    map_.evaluate("bandscape.drawer.close()")
    let_come(map_.page, kept)
    assert map_.inner_text("#drawer h2") == "How to read this map"


def test_suggestions_that_come_after_the_question_was_sent_stay_away(frame):
    map_ = frame()
    kept = held_back(map_.page, "find")
    map_.fill("#search", "a")
    map_.press("#search", "Enter")
    map_.wait_for_selector("#drawer h2:has-text('Not sure')")
    map_.focus("#search")
    let_come(map_.page, kept)
    assert not map_.is_visible("#suggestions")


def test_a_view_within_a_known_part_says_what_is_there_while_another_part_is_under_way(frame):
    map_ = frame()
    map_.evaluate("bandscape.camera.step(1.3)")
    map_.wait_for_function("/of this part are dots/.test(document.getElementById('field-says').textContent)")
    kept = held_back(map_.page, "view")
    known = map_.evaluate("bandscape.camera.view()")
    map_.evaluate("bandscape.camera.step(1 / 1.1)")
    map_.wait_for_function("/loading/.test(document.getElementById('field-says').textContent)")
    map_.evaluate(
        "known => Plotly.relayout(bandscape.chart.element(), { 'xaxis.range': known.x, 'yaxis.range': known.y })",
        known,
    )
    map_.wait_for_function("/of this part are dots/.test(document.getElementById('field-says').textContent)")
    let_come(map_.page, kept)
    assert "of this part are dots" in map_.inner_text("#field-says")
