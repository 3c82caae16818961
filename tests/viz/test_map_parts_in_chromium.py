"""Topics, sounds, filters in the address, pictures, steady names, hostile names, accessibility: in a real browser."""

import numpy as np
import pandas as pd
import pytest

from bandscape.viz import artist_map, draw_trials, judging_page, lay_out, write_html

from .axe import PHONE, serious_violations
from .resting import settled

SOUND = b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" + bytes(413)


@pytest.fixture(scope="module")
def rich(corpus, tmp_path_factory):
    artists, matrix = corpus
    n = len(artists)
    shares = pd.DataFrame(
        {"drums · beat": np.linspace(0.05, 0.9, n), "noise": np.linspace(0.95, 0.1, n)},
        index=artists["artist_id"],
    ).iloc[20:]
    figure = artist_map(
        artists, lay_out(matrix, method="sklearn"), matrix, topic_shares=shares,
        topic_ids=["topic_3", "noise"], links={"id0042": "https://example.org/reviews/42"}, sounds={"id0042": SOUND},
    )  # fmt: skip
    return write_html(figure, tmp_path_factory.mktemp("rich") / "map.html"), shares


@pytest.fixture(scope="module")
def page(browser, rich):
    """One page for the tests that leave nothing behind."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    opened = context.new_page()
    faults = []
    opened.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.goto(rich[0].as_uri())
    opened.wait_for_selector("html[data-ready]", state="attached")
    yield opened
    context.close()
    assert faults == []


def ask(page, text):
    return page.evaluate("text => bandscape.vectorMath.answer(bandscape.queryParser.parse(text))", text)


def test_a_topic_alone_ranks_by_its_share(page, rich):
    found = ask(page, "topic:noise")
    order = [int(one[2:]) for one in rich[1].sort_values("noise", ascending=False, kind="stable").index[:10]]
    assert [one["index"] for one in found["results"]] == order
    assert all(one["cosine"] is None for one in found["results"])
    np.testing.assert_allclose(
        [one["shares"][0]["share"] for one in found["results"]], rich[1]["noise"].iloc[:10], atol=0.003
    )
    page.evaluate("bandscape.searchBar.run('topic:noise')")
    assert "share of the words" in page.inner_text("#drawer")
    assert page.locator("#answer-rows li").first.inner_text().count("%") == 1


def test_a_topic_called_by_its_words_is_found_by_its_number_too(page):
    expected = ask(page, "topic:drums · beat")["results"]
    assert len(expected) == 10
    for written in ("topic:3", "topic: 3", "topic_3", "topic:topic_3", "Topic:TOPIC_3"):
        assert ask(page, written)["results"] == expected, written
    assert ask(page, "topic:3 + jazz")["results"] == ask(page, 'jazz + "drums · beat"')["results"]
    assert page.evaluate("bandscape.queryParser.parse('topic:4')[0].status") == "unknown"
    assert page.evaluate("bandscape.queryParser.parse('3')[0].status") == "unknown"


def test_a_topic_in_a_sum_adds_its_share_to_the_cosine(page):
    alone = ask(page, "jazz")["results"]
    both = ask(page, 'jazz + "drums · beat"')["results"]
    assert [one["index"] for one in both] != [one["index"] for one in alone]
    most = page.evaluate(
        "Math.max(...Array.from(bandscape.data.topics.shares)) / bandscape.data.topics.steps"
    )
    scores = page.evaluate(
        """text => { const [a, t] = bandscape.queryParser.parse(text);
      return bandscape.vectorMath.answer([a, t], 240).results.map(r => r.cosine + r.shares[0].share / 0.9); }""",
        'jazz + "drums · beat"',
    )
    assert scores == sorted(scores, reverse=True)
    assert most == pytest.approx(0.9, abs=0.003), "the largest share anybody has counts as 1"


def test_colors_by_the_share_of_a_topic(page):
    page.select_option("#color-by", "share:noise")
    settled(page)
    counts = [int(text) for text in page.locator("#legend .number").all_inner_texts()]
    assert sum(counts) == 240
    assert counts[-1] == 20, "twenty have no text"
    assert "noise" in page.inner_text("#color-says")
    assert "color=share" in page.evaluate("location.hash")
    page.select_option("#color-by", "genre")


def test_a_card_shows_topics_link_and_sound(page):
    settled(page)
    page.evaluate("bandscape.events.emit('artist', { index: 42, from: 'search' })")
    link = page.locator("#drawer a[target=_blank]")
    assert link.get_attribute("href") == "https://example.org/reviews/42"
    assert page.locator("#drawer .topic-name").count() == 2
    page.evaluate(
        "Audio.prototype.play = function () { window.played = this.src; return Promise.resolve(); }"
    )
    page.click("#drawer .play")
    assert page.evaluate("window.played").startswith("data:audio/mpeg;base64,SUQz")
    assert page.get_attribute("#drawer .play", "aria-pressed") == "true"
    page.click("#drawer .play")
    assert page.get_attribute("#drawer .play", "aria-pressed") == "false"
    page.evaluate("bandscape.events.emit('artist', { index: 41, from: 'search' })")
    assert page.locator("#drawer .play").count() == 0


def test_a_changed_filter_asks_anew_but_not_over_a_card_opened_meanwhile(page):
    page.evaluate("bandscape.searchBar.run('topic:noise')")
    page.evaluate("""() => {
      bandscape.events.emit('filtered', null);
      bandscape.events.emit('artist', { index: 42, from: 'search' });
    }""")
    page.wait_for_timeout(400)  # a question waits 200 ms for the filters to come to rest
    assert page.inner_text("#drawer h2").strip() == page.evaluate("bandscape.data.names[42]")


def test_noise_is_the_last_line_of_a_card_and_no_color(visit, corpus, rich, tmp_path):
    artists, matrix = corpus
    figure = artist_map(artists, matrix[:, :2], matrix, topic_shares=rich[1], background_topics=["noise"])
    page = visit(write_html(figure, tmp_path / "map.html"), "#color=topic")
    assert page.locator("#legend .legend-name").all_inner_texts() == ["drums · beat", "no text"]
    assert "background does not count" in page.inner_text("#color-says")
    assert "noise" not in page.inner_text("#color-by")
    page.evaluate("bandscape.events.emit('artist', { index: 42, from: 'list' })")
    assert page.locator("#drawer .topic-name").all_inner_texts() == ["drums · beat"]
    whole = rich[1].loc["id0042"]
    assert f"background {round(100 * whole['noise'] / whole.sum())} %" in page.inner_text(
        "#drawer .background"
    )


def test_nothing_sounds_before_a_second_click(visit, rich):
    page = visit(
        rich[0],
        before="window.heard = 0; Audio.prototype.play = () => { window.heard++; return Promise.resolve(); };",
    )
    assert "a second one plays it" in page.inner_text("#drawer")
    click = "index => bandscape.events.emit('artist', { index, from: 'map' })"
    sounding = "[window.heard, bandscape.sound.playing()]"
    assert [page.evaluate(click, 42), page.evaluate(sounding)][1] == [0, None]
    assert [page.evaluate(click, 42), page.evaluate(sounding)][1] == [1, 42]
    assert page.get_attribute("#drawer .play", "aria-pressed") == "true"
    assert [page.evaluate(click, 42), page.evaluate(sounding)][1] == [1, None]
    page.focus("#canvas")
    page.keyboard.press(" ")
    assert page.evaluate(sounding) == [2, 42]
    assert [page.evaluate(click, 41), page.evaluate(sounding)][1] == [2, None], "another card, another sound"
    page.keyboard.press("Escape")
    assert [page.evaluate(click, 42), page.evaluate(sounding)][1] == [2, None], "a closed card is forgotten"


def test_listening_goes_on_to_the_nearest_that_was_not_heard(visit, corpus, tmp_path):
    artists, matrix = corpus
    sounds = {artists["artist_id"][i]: SOUND for i in (42, 46, 50, 43)}  # the last is of another genre
    figure = artist_map(artists, lay_out(matrix, method="pca"), matrix, sounds=sounds)
    players = (
        "window.players = [];"
        "Audio.prototype.play = function () { players.push(this); return Promise.resolve(); };"
    )
    page = visit(write_html(figure, tmp_path / "heard.html"), before=players)
    ended = "window.players.at(-1).onended()"
    state = "[bandscape.sound.playing(), bandscape.overlay.marks.chosen, bandscape.listening.isOn()]"
    page.evaluate("bandscape.events.emit('artist', { index: 42, from: 'list' })")
    near = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    rows, order = [46, 50, 43], [42]
    while rows:
        order.append(max(rows, key=lambda row: near[row] @ near[order[-1]]))
        rows.remove(order[-1])
    page.click(".listen-on")
    for row in order:
        assert page.evaluate(state) == [row, row, True]
        assert page.get_attribute(".listen-on", "aria-pressed") == "true"
        page.evaluate(ended)
    assert page.evaluate(state) == [None, order[-1], False], "all were heard"
    page.evaluate("bandscape.sound.play(42)")
    page.evaluate(ended)
    assert page.evaluate(state)[0] is None, "a sound that was asked for alone is followed by none"


def test_listening_on_needs_no_mouse_and_takes_no_focus_from_a_field(visit, corpus, tmp_path):
    artists, matrix = corpus
    sounds = {artists["artist_id"][i]: SOUND for i in (42, 46, 50, 54)}
    figure = artist_map(artists, lay_out(matrix, method="pca"), matrix, sounds=sounds)
    players = (
        "window.players = [];"
        "Audio.prototype.play = function () { players.push(this); return Promise.resolve(); };"
    )
    page = visit(write_html(figure, tmp_path / "heard.html"), before=players)
    assert "listen on" in page.inner_text("#drawer .keys")
    page.evaluate("bandscape.events.emit('artist', { index: 42, from: 'keyboard' })")
    page.keyboard.press(" ")  # on the heading of the card
    assert page.evaluate("[bandscape.sound.playing(), bandscape.listening.isOn()]") == [42, False]
    page.keyboard.press("n")
    assert page.evaluate("[bandscape.sound.playing(), bandscape.listening.isOn()]") == [42, True]
    page.focus(".listen-on")
    page.evaluate("window.players.at(-1).onended()")
    second = page.evaluate("bandscape.sound.playing()")
    assert second in (46, 50, 54)
    assert page.evaluate("document.activeElement.className").endswith("listen-on")
    page.keyboard.press("/")
    page.keyboard.type("jazz")
    page.evaluate("window.players.at(-1).onended()")
    assert page.evaluate("bandscape.sound.playing()") not in (42, second, None)
    assert page.evaluate("document.activeElement.id") == "search"
    assert page.input_value("#search") == "jazz"
    page.focus(".listen-on")
    page.keyboard.press("n")
    assert page.evaluate("[bandscape.sound.playing(), bandscape.listening.isOn()]") == [None, False]


def test_only_answered_questions_are_kept(visit, rich):
    page = visit(rich[0])
    for text in (
        "zzqx nobody",
        "rock - zzqx",
        "- rock",
        "rock - rock",
        "jazz - rock",
        "rock band 40",
        "zzqx",
    ):
        page.evaluate("text => bandscape.searchBar.run(text)", text)
    page.keyboard.press("Escape")
    assert page.locator("#asked a").all_inner_texts() == ["rock band 40", "jazz - rock"]


def test_table_and_card_use_one_word(visit, corpus, rich, tmp_path):
    artists, matrix = corpus
    clusters = pd.DataFrame({"artist_id": artists["artist_id"], "cluster": np.arange(len(artists)) % 3})
    clustered = write_html(artist_map(artists, matrix[:, :2], clusters=clusters), tmp_path / "map.html")
    for path, word in ((clustered, "cluster"), (rich[0], "map region")):
        page = visit(path)
        page.evaluate("bandscape.events.emit('artist', { index: 42, from: 'list' })")
        assert word in page.locator("#drawer .facts dt").all_inner_texts()
        page.keyboard.press("t")
        heads = page.locator("#table-head th").all_inner_texts()
        assert word in heads
        assert "group" not in heads


def test_questions_are_remembered_and_offered(page):
    for text in ("rock - jazz", "metal + rock"):
        page.evaluate("text => bandscape.searchBar.run(text)", text)
    page.keyboard.press("Escape")
    assert page.locator("#asked a").first.inner_text() == "metal + rock"
    page.fill("#search", "")
    page.press("#search", "ArrowDown")
    assert page.locator("#suggestions li").first.inner_text().startswith("metal + rock")
    page.press("#search", "ArrowDown")
    page.press("#search", "Enter")
    assert page.locator("#answer-rows li").count() == 10
    page.keyboard.press("Escape")


def test_names_do_not_flicker_while_the_map_moves(page):
    page.evaluate("bandscape.camera.frame([42])")
    settled(page)
    page.wait_for_function("bandscape.camera.zoom() > 3")
    settled(page)
    for _ in range(6):
        before = page.evaluate("bandscape.overlay.shown().names")
        size = page.evaluate("bandscape.camera.size()")
        page.evaluate("""() => { const { x, y } = bandscape.camera.view(); const d = (x[1] - x[0]) / 60;
          return Plotly.relayout(bandscape.chart.element(),
                 { 'xaxis.range': x.map(v => v + d), 'yaxis.range': y }); }""")
        settled(page)
        after = {one["index"] for one in page.evaluate("bandscape.overlay.shown().names")}
        inner = {one["index"] for one in before if one["box"]["left"] > size["width"] / 60 + 20}
        assert inner <= after
    page.evaluate("bandscape.camera.fit()")


def test_filters_lasso_and_view_come_back_from_the_address(visit, rich):
    page = visit(rich[0])
    page.evaluate("bandscape.filters.set('score', [5, 8])")
    page.evaluate("bandscape.filters.toggleClass(1)")
    page.evaluate("""() => { const { x, y } = bandscape.camera.whole(); const m = (x[0] + x[1]) / 2;
      bandscape.chart.enclose([[x[0], y[0]], [m, y[0]], [m, y[1]], [x[0], y[1]]], false); }""")
    page.evaluate("bandscape.camera.look(1, 2, 12)")
    page.wait_for_function("location.hash.includes('view=')")
    shown = page.evaluate("[...bandscape.data.names.keys()].filter(bandscape.filters.shows)")
    again = visit(rich[0], page.evaluate("location.hash"))
    settled(again)
    assert again.evaluate("[...bandscape.data.names.keys()].filter(bandscape.filters.shows)") == shown
    assert 0 < len(shown) < 240
    view = again.evaluate("bandscape.camera.view()")
    assert sum(view["x"]) / 2 == pytest.approx(1, abs=1e-3)
    assert view["x"][1] - view["x"][0] == pytest.approx(12, rel=1e-3)


def test_a_box_becomes_a_table(visit, rich):
    page = visit(rich[0])
    page.click("#box")
    box = page.locator("#canvas").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 80, box["y"] + box["height"] / 2, steps=8)
    page.mouse.up()
    page.wait_for_selector("#table-panel:not([hidden])")
    assert int(page.inner_text("#table-title").split()[0]) == page.evaluate(
        "bandscape.filters.state.lasso.size"
    )


def test_above_the_table_stands_what_sets_the_chosen_apart(visit, rich, corpus):
    page = visit(rich[0])
    artists, _ = corpus
    assert page.evaluate("bandscape.traits.find()") is None, "nothing is chosen"
    rows = [i for i, own in enumerate(artists["genres"]) if own == ["jazz"]][:24]
    page.evaluate(
        "rows => { bandscape.filters.set('lasso', new Set(rows)); bandscape.events.emit('lassoed'); }", rows
    )
    found = page.evaluate("bandscape.traits.find()")
    others = artists.drop(index=rows)
    expected = sum("jazz" in own for own in others["genres"]) / len(others)
    assert found["common"][0] == {"said": "jazz", "inside": 1.0, "outside": pytest.approx(expected)}
    assert found["scores"] == pytest.approx(
        [artists["mean_score"][rows].mean(), others["mean_score"].mean()], abs=0.005
    )
    assert page.inner_text("#table-traits").startswith("set apart by")
    said = " ".join(page.inner_text("#table-traits").split())
    assert f"jazz 100 % others {100 * expected:.0f} %" in said
    page.evaluate("bandscape.filters.clear()")
    assert page.inner_text("#table-traits") == ""
    page.evaluate("rows => bandscape.filters.set('lasso', new Set(rows))", rows[:4])
    assert page.evaluate("bandscape.traits.find()") is None, "of so few any likeness is chance"


def test_pictures_hold_all_dots_and_names(page):
    page.keyboard.press("Escape")
    settled(page)
    dots = page.evaluate("bandscape.picture.build().querySelectorAll('g > *').length")
    assert dots == 240
    said = page.evaluate("[...bandscape.picture.build().querySelectorAll('text')].map(t => t.textContent)")
    assert {one["text"] for one in page.evaluate("bandscape.overlay.shown().names")} <= set(said)
    size = page.evaluate("bandscape.picture.png().then(one => [one.type, one.size])")
    assert size[0] == "image/png"
    assert size[1] > 5_000
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#print > svg").count() == 1
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")


def test_the_print_is_dark_on_white_by_night_too(visit, rich):
    page = visit(rich[0], color_scheme="dark")
    ink = page.evaluate("bandscape.data.palettes.light.ink")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.get_attribute("#print text", "fill") == ink
    assert page.get_attribute("#print rect", "fill") == "none"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 27, 26)"
    assert page.evaluate("bandscape.theme.name()") == "dark", "the screen keeps its colors"


def test_pictures_show_an_open_artist_and_a_question_as_the_page_does(page):
    texts = "[...bandscape.picture.build().querySelectorAll('text')].map(t => t.textContent)"
    count = "which => bandscape.picture.build().querySelectorAll(which).length"
    page.evaluate("bandscape.main.openArtist({ index: 7, from: 'map' })")
    settled(page)
    chosen = page.evaluate("bandscape.overlay.shown().chosen")
    assert {one["text"] for one in chosen["names"]} <= set(page.evaluate(texts))
    assert page.evaluate(count, "circle[fill=none]") == page.evaluate(count, "svg path") + 1 == 11
    page.evaluate("bandscape.searchBar.run('rock band 4 - rock + jazz')")
    settled(page)
    assert {"+", "−", "1", "10", "rock band 4 - rock + jazz", "240 artists"} <= set(page.evaluate(texts))
    assert page.evaluate(count, "path[stroke-dasharray]") == 1, "the arrow"
    accent = page.evaluate("bandscape.data.palettes[bandscape.theme.name()].accent")
    assert page.evaluate(count, f"circle[r='10'][fill='{accent}']") == 3, "the terms are filled discs"
    page.keyboard.press("Escape")


def test_the_tutorial_preset_opens_by_region_with_the_first_300_named(visit, corpus, tmp_path):
    artists, matrix = corpus
    page = visit(
        write_html(artist_map(artists, lay_out(matrix), matrix, preset="tutorial"), tmp_path / "t.html")
    )
    assert page.input_value("#color-by") == "region"
    assert "parts of this map, by k-means" in page.inner_text("#color-says")


def test_two_hundred_hostile_names_run_nothing_and_distort_nothing(visit, corpus, tmp_path):
    artists, matrix = corpus
    artists = artists.copy()
    attacks = [
        "<script>window.owned=1</script>",
        "<img src=x onerror=window.owned=1>",
        "</script><script>window.owned=1</script>",
        "<svg/onload=window.owned=1>",
        "javascript:window.owned=1",
        "'-window.owned=1-'",
        "${window.owned=1}",
        "{{script}}",
        "<!--<script>",
        "]]><script>window.owned=1</script>",
        "<b>bold</b>",
        "<a href='javascript:window.owned=1'>x</a>",
        "\u202eevil",
        "\u2028window.owned=1",
        "=HYPERLINK(1)",
        "%3Cscript%3E",
        "<iframe srcdoc='<script>top.owned=1</script>'>",
        "<style>*{display:none}</style>",
        "<br><br><br>",
        "W" * 4000,
    ]
    artists.loc[:199, "name"] = [f"{attacks[i % 20]}{i // 20 or ''}" for i in range(200)]
    shares = pd.DataFrame({attacks[0]: 0.6, attacks[1]: 0.4}, index=artists["artist_id"])
    figure = artist_map(artists, lay_out(matrix), matrix, topic_shares=shares, title=attacks[0])
    page = visit(write_html(figure, tmp_path / "hostile.html"))
    page.evaluate("""() => { for (let i = 0; i < 200; i++) {
      bandscape.events.emit('hover', i); bandscape.events.emit('artist', { index: i, from: 'list' });
      bandscape.searchBar.run(bandscape.entities.written(bandscape.entities.artist(i)) + ' + rock');
      bandscape.suggestions.offer(bandscape.data.names[i]);
    } }""")
    page.evaluate("bandscape.picture.build(); window.dispatchEvent(new Event('beforeprint'));")
    page.evaluate("bandscape.table.open()")
    for key in ("name", "genres"):
        page.click(f"#table-head [data-key={key}]")
    settled(page)
    assert page.evaluate("window.owned") is None
    assert page.evaluate("document.querySelectorAll('body iframe, body img, main style').length") == 0
    assert page.evaluate("document.querySelectorAll('script').length") == 3
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("scheme", "window"), [("light", {"width": 1280, "height": 800}), ("dark", PHONE)])
def test_axe_finds_no_serious_violation_on_the_map(visit, rich, scheme, window):
    # axe needs its script to run in the page, which the page's own policy forbids
    page = visit(rich[0], color_scheme=scheme, viewport=window, bypass_csp=True)
    assert serious_violations(page) == []
    page.evaluate("bandscape.searchBar.run('rock - jazz')")
    assert serious_violations(page) == []
    page.evaluate("bandscape.events.emit('artist', { index: 42, from: 'search' })")
    assert serious_violations(page) == []
    page.keyboard.press("t")
    assert serious_violations(page) == []


def test_people_judge_by_keyboard_and_save_their_answers(visit, corpus, tmp_path):
    artists, matrix = corpus
    trials = draw_trials(matrix, artists["n_reviews"], n_trials=4, random_state=1)
    assert [one.kind for one in trials] == ["odd", "nearer", "odd", "nearer"]
    assert draw_trials(matrix, artists["n_reviews"], n_trials=4, random_state=1) == trials
    names = artists["name"].tolist()
    names[trials[0].rows[0]] = "<img src=x onerror=document.title='owned'>"
    made = judging_page(trials, artists["artist_id"].tolist(), names, sounds={}, title="Small")
    page = visit(write_html(made, tmp_path / "judge.html"), bypass_csp=True)
    assert serious_violations(page) == []
    assert page.locator(".answer").count() == 3
    page.keyboard.press("2")
    assert page.locator(".answer").count() == 2
    page.keyboard.press("0")
    page.click("#back")
    page.keyboard.press("1")
    page.keyboard.press("3")
    text = page.evaluate("bandscape.judge.csvText()").strip().split("\r\n")
    assert text[0] == "trial,kind,artist_1,artist_2,artist_3,answer,seconds"
    assert len(text) == 4
    ids = artists["artist_id"].tolist()
    assert text[1].split(",")[2:6] == [*(ids[row] for row in trials[0].rows), ids[trials[0].rows[1]]]
    assert text[2].split(",")[5] == ids[trials[1].rows[1]]
    page.keyboard.press("1")
    assert "That was all" in page.inner_text("#asked")
    assert "owned" not in page.title()
    page.reload()  # as if the page had been closed
    page.wait_for_selector("html[data-ready]", state="attached")
    assert "That was all" in page.inner_text("#asked")
    with page.expect_download() as saved:
        page.click("#save")
    page.click("#anew")
    assert page.inner_text("#count") == "question 1 of 4"
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    assert page.inner_text("#count") == "question 1 of 4"
    assert page.locator("#anew").is_hidden()
    from bandscape.embeddings.judgements import read_judgements

    assert len(read_judgements(saved.value.path())) == 4
