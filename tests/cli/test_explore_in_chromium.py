"""The explorer in a real browser: pages without errors, steering from press to verdict, two tabs, reloads, keys."""

import shutil

import pytest

pytest.importorskip("dash")
pytest.importorskip("waitress")

from bandscape.core import Workspace

from .conftest import running_explorer

PAGES = ("corpus", "topics", "artists", "map", "sounds", "compare", "export")


@pytest.fixture(scope="module")
def steered(demo_workspace, tmp_path_factory):
    """Give a copy of the finished workspace that these tests change."""
    return shutil.copytree(demo_workspace, tmp_path_factory.mktemp("steered") / "ws")


@pytest.fixture(scope="module")
def url(steered):
    with running_explorer(steered) as address:
        yield address


@pytest.fixture
def tab(browser, url):
    """Open addresses in tabs of their own; no page may have logged an error or asked anybody else for anything."""
    contexts, troubles = [], []

    def open_tab(path="/", **options):
        context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce", **options}
        )
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console", lambda said: troubles.append(said.text) if said.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "request",
            lambda request: (
                troubles.append(request.url) if not request.url.startswith((url, "data:", "blob:")) else None
            ),
        )
        page.goto(url + path)
        page.wait_for_selector("#main h1, #main .framed.here")
        return page

    yield open_tab
    for context in contexts:
        context.close()
    assert [one for one in troubles if "GPU stall due to ReadPixels" not in one] == []


def go(page, name):
    """Follow a link of the rail, until the page it leads to is drawn and no longer the one before."""
    page.click(f"#rail a[href='/{name}']")
    page.wait_for_selector(f"#rail a.current[href='/{name}']")
    page.wait_for_selector("html:not([data-waiting])")
    page.wait_for_selector("#main h1, #main .framed.here")


def test_every_page_is_drawn_within_the_rules_for_scripts(tab):
    page = tab("/corpus")
    for name in PAGES:
        go(page, name)
    assert page.url.endswith("/export")
    page.go_back()
    page.wait_for_selector("#rail a.current[href='/compare']")


def test_a_word_is_pressed_and_the_refit_says_whether_it_was_obeyed(tab, steered):
    page = tab("/topics")
    card = page.locator(".card").first
    name, word = card.get_attribute("data-topic"), card.locator(".word").first.get_attribute("data-word")
    card.locator(".word").first.click()
    page.click(".menu-item:has-text('Pin')")
    page.wait_for_selector(f".waiting:has-text('pin {name}={word}')")
    page.wait_for_selector(".card .word.wish-pin")
    card.get_by_role("button", name=f"change {name}").click()
    page.get_by_label("new name").fill("the first one")
    page.keyboard.press("Enter")
    page.wait_for_selector(".to-be:has-text('the first one')")

    other = tab("/topics")  # another tab sees what waits, and takes one of the two back
    other.wait_for_selector(".waiting >> nth=1")
    other.locator(".take-back").nth(1).click()
    other.wait_for_selector(".waiting >> nth=1", state="detached")
    page.wait_for_selector(".waiting >> nth=1", state="detached")
    page.reload()
    page.wait_for_selector(f".waiting:has-text('pin {name}={word}')")

    page.get_by_label("sweeps").fill("6")
    page.get_by_role("button", name="Refit with 1 edit").click()
    page.wait_for_selector(".banner.running")
    page.wait_for_selector(f".changed .obeyed:has-text('pin {name}={word}')")
    assert page.locator(".wall").get_attribute("data-round") == "2"
    other.wait_for_selector(".wall[data-round='2']")
    assert Workspace(steered).values()["topics_round"] == 2

    page.click(".tools >> text=history")
    page.wait_for_selector("#side h3:has-text('Round 2')")
    page.get_by_role("button", name="use this one").click()
    page.wait_for_selector(".wall[data-round='1']")


def test_an_edit_of_a_tab_that_shows_an_older_round_is_refused(tab, steered):
    page = tab("/topics")
    number = Workspace(steered).values()["topics_round"]
    page.evaluate("document.getElementById('wall').dataset.round = '77'")
    page.locator(".word").first.click()
    page.click(".menu-item:has-text('Exclude')")
    page.wait_for_selector(
        f".notice-line.problem:has-text('asked of round 77, but round {number} is the current one')"
    )
    assert page.locator(".waiting").count() == 0
    page.get_by_role("button", name="dismiss").click()
    page.wait_for_selector(".notice-line", state="detached")


def test_a_question_is_asked_by_keyboard_explained_and_kept_in_the_address(tab):
    page = tab("/artists")
    page.keyboard.press("/")
    page.keyboard.type("a")
    page.wait_for_selector("#suggestions li")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector(".answers tbody tr")
    page.locator("a.why").first.click()
    page.wait_for_selector("#side .explained li")
    before = page.url, page.locator("#side h2").inner_text(), page.locator(".answers tbody").inner_text()
    page.reload()
    page.wait_for_selector("#side .explained li")
    assert (
        page.url,
        page.locator("#side h2").inner_text(),
        page.locator(".answers tbody").inner_text(),
    ) == before
    page.keyboard.press("Escape")
    page.wait_for_selector("#side .explained li", state="detached")


def test_the_map_in_its_frame_keeps_its_question_in_the_address(tab):
    page = tab("/map#q=genre:rock")
    frame = page.frame_locator("iframe[name=map]")
    frame.locator("#answer-rows li").first.wait_for()
    frame.locator("#color-by").select_option("year")
    page.wait_for_url(lambda url: "q=genre" in url and "color=year" in url)
    frame.locator("#color-by").select_option("score")
    page.click("#rail a[href='/corpus']")  # before the address is looked at the next time
    page.wait_for_selector("#main h1")
    page.click("#rail a[href='/map']")
    frame.locator("#answer-rows li").first.wait_for()
    assert "q=genre" in page.url
    assert "color=score" in page.url
    assert frame.locator("#color-by").input_value() == "score"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_violation(tab, scheme):
    from axe_playwright_python.sync_playwright import Axe

    # axe needs its script to run in the page, which the page's own policy forbids
    page = tab("/corpus", color_scheme=scheme, bypass_csp=True)
    name = None
    for path in (
        "/corpus",
        "/topics",
        "/topics?see=history",
        "/topics?see=evidence",
        "/artists?q=genre:rock",
        "/sounds",
        "/compare",
        "/export",
    ):
        page.evaluate(
            "address => bandscapeGo(address)", path + (f"&topic={name}" if "evidence" in path else "")
        )
        page.wait_for_selector("html:not([data-waiting])")
        if path == "/topics":
            name = page.locator(".card").first.get_attribute("data-topic")
            page.locator(".word").first.click()
        found = Axe().run(page).response["violations"]
        serious = [one for one in found if one["impact"] in ("serious", "critical")]
        assert [(path, one["id"], one["nodes"][0]["html"]) for one in serious] == []
        page.keyboard.press("Escape")


def test_the_map_of_sounds_plays_what_the_explorer_has_and_the_address_keeps_the_sound(tab):
    page = tab("/sounds")
    framed = page.frame_locator("iframe[name=sounds]")
    framed.locator("#canvas").focus()
    with page.expect_response(lambda answer: "/sound/" in answer.url) as heard:
        page.keyboard.press("ArrowRight")
    assert heard.value.status in (200, 206)
    page.keyboard.press("Enter")
    name = framed.locator("#drawer-content h2").inner_text()
    page.wait_for_url(lambda url: "#sound=" in url)
    page.reload()
    framed.locator("#drawer-content h2").get_by_text(name, exact=True).wait_for()
    page.click("text=as a list")
    page.wait_for_selector(".sounds audio")


def test_day_and_night_are_kept(tab):
    page = tab("/corpus", color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    day = page.evaluate(ground)
    page.click("#theme")
    night = page.evaluate(ground)
    assert night != day
    page.reload()
    page.wait_for_selector("#main h1")
    assert page.evaluate(ground) == night


def test_no_page_is_wider_than_a_phone(tab):
    page = tab("/corpus", viewport={"width": 390, "height": 800})
    for name in PAGES:
        go(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
        assert page.evaluate("document.getElementById('main-column').scrollWidth") <= 390, name
    page.goto(page.url.replace("/export", "/topics"))
    page.locator(".word").first.click()
    box = page.locator(".menu").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


def test_an_element_that_is_not_allowed_does_not_come_to_be(tab):
    """Even if a view could write one: the browser's part draws only what it knows."""
    page = tab("/corpus")
    page.evaluate(
        """dash_clientside.set_props("side", { tree: ["div", { onclick: "document.title='owned'", class: "seen" },
            ["script", {}, "document.title='owned'"], ["img", { src: "x", onerror: "document.title='owned'" }],
            ["a", { href: "javascript:document.title='owned'", id: "link" }, "<b>text</b>"],
            ["p", { dangerouslySetInnerHTML: { __html: "<img src=x onerror=alert(1)>" } }, "plain"]] })"""
    )
    page.wait_for_selector("#side .seen")
    assert page.evaluate("document.querySelector('#side .seen').children.length") == 2
    assert page.locator("#side #link").get_attribute("href") is None
    assert page.locator("#side").inner_text().split() == ["<b>text</b>", "plain"]
    page.click("#side .seen")
    assert page.title() == "What was read · bandscape"
