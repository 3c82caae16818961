"""The pages of shares, traces and differences in a real browser: no console error, no network request."""

import csv
import io

import numpy as np
import pandas as pd
import pytest

from bandscape.viz import topic_diff, topic_shares, trace_plot, write_html

HOSTILE = "<img src=x onerror=\"document.title='owned'\">"


def make_frame(groups, n_topics=30, seed=0):
    """Topic k varies the more the smaller k is; one topic has a hostile name."""
    rng = np.random.default_rng(seed)
    rows = []
    for k in range(n_topics):
        name = HOSTILE if k == 2 else f"topic_{k}" if k % 2 else f"name {k}"
        for g, group in enumerate(groups):
            share = 0.02 + 0.002 * (n_topics - k) * (g % 3) + rng.uniform(0, 0.001)
            rows.append((name, group, share, share - 0.003, share + 0.003, 50 + g))
    return pd.DataFrame(rows, columns=["topic", "group", "share", "low", "high", "n_documents"])


@pytest.fixture(scope="module")
def by_year(tmp_path_factory):
    frame = make_frame([1999, 2000, 2001, 2004, 2005, 2006])
    words = {f"topic_{k}": [f"word{k}", "hum", "fuzz", "hook"] for k in range(30)}
    picture = topic_shares(frame, by="year", words=words, title="Over the years")
    return frame, write_html(picture, tmp_path_factory.mktemp("shares") / "years.html")


@pytest.fixture(scope="module")
def by_genre(tmp_path_factory):
    frame = make_frame(["jazz", HOSTILE, "rock & roll", "metal"])
    return frame, write_html(
        topic_shares(frame, by="genre"), tmp_path_factory.mktemp("shares") / "genres.html"
    )


def test_the_first_twelve_are_shown_and_then_more(visit, by_year):
    page = visit(by_year[1])
    assert page.locator(".card").count() == 12
    assert page.inner_text(".card h2") == "name 0"
    assert page.locator(".card").nth(1).locator("h2").inner_text() == "word1, hum, fuzz"
    page.click("#more")
    assert page.locator(".card").count() == 30
    assert page.locator("#more").is_hidden()
    assert (
        page.evaluate("document.activeElement.textContent") == page.locator(".card h2").nth(12).inner_text()
    )


def test_a_line_is_broken_where_years_are_missing(visit, by_year):
    page = visit(by_year[1])
    card = page.locator(".card").first
    assert card.locator("polyline.series").count() == 2
    assert card.locator("polygon.band").count() == 2
    points = card.locator("polyline.series").first.get_attribute("points").split()
    assert len(points) == 3


def test_the_height_of_a_point_is_its_share(visit, by_year):
    frame, path = by_year
    page = visit(path)
    runs = page.locator(".card").first.locator("polyline.series").all()
    y = np.array([float(p.split(",")[1]) for run in runs for p in run.get_attribute("points").split()])
    shares = frame[frame.topic == "name 0"].share.to_numpy()
    slope, base = np.polyfit(shares, y, 1)
    assert slope < 0
    np.testing.assert_allclose(y, slope * shares + base, atol=0.11)


def test_values_are_read_by_mouse_and_by_keyboard(visit, by_year):
    frame, path = by_year
    page = visit(path)
    chart = page.locator(".card .chart").first
    box = chart.bounding_box()
    chart.hover(position={"x": box["width"] - 14, "y": 60})
    last = frame[(frame.topic == "name 0") & (frame.group == 2006)].iloc[0]
    said = page.inner_text(".card .reading")
    assert said.startswith(f"2006: {100 * last.share:.1f} %")
    assert said.endswith("55 reviews")
    page.mouse.move(2, 2)
    assert page.inner_text(".card .reading").endswith("on the whole")
    chart.focus()
    page.keyboard.press("ArrowRight")
    assert page.inner_text(".card .reading").startswith("1999")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#announcer").startswith("2000")


def test_search_sort_and_address(visit, by_year):
    page = visit(by_year[1], "#q=hum&sort=name&scale=same&theme=dark")
    assert page.input_value("#search") == "hum"
    assert page.is_checked("#same")
    assert page.get_attribute("html", "data-theme") == "dark"
    assert page.inner_text("#shown-count") == "15 of 30 topics"
    names = page.locator(".card h2").all_inner_texts()
    assert names == sorted(names)
    page.fill("#search", "no such topic")
    assert page.locator(".card").count() == 0
    assert page.locator("#nothing").is_visible()
    page.fill("#search", "")
    assert "q=" not in page.evaluate("location.hash")


def test_a_card_opens_wide_and_closes(visit, by_year):
    page = visit(by_year[1])
    page.locator(".card h2 button").nth(2).click()
    wide = page.locator(".card.wide")
    assert wide.count() == 1
    assert wide.locator("button").get_attribute("aria-expanded") == "true"
    assert wide.bounding_box()["width"] > 1000
    assert "topic=" in page.evaluate("location.hash")
    page.keyboard.press("Escape")
    assert page.locator(".card.wide").count() == 0


def test_the_table_has_all_numbers_and_saves_them(visit, by_genre):
    frame, path = by_genre
    page = visit(path)
    page.keyboard.press("t")
    assert page.locator("#table-body tr").count() == 30
    first = page.locator("#table-body tr").first.locator("td").all_inner_texts()
    own = frame[frame.topic == "name 0"]
    assert [float(text) for text in first[1:5]] == pytest.approx((100 * own.share).tolist(), abs=0.06)
    assert page.locator("#table-body .tinted").first.evaluate("e => e.style.backgroundColor") != ""
    with page.expect_download() as download:
        page.click("#save-csv")
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))
    assert len(rows) == len(frame)
    assert float(rows[0]["share"]) == pytest.approx(own.share.iloc[0], abs=1e-6)


def test_groups_without_order_are_dots_with_intervals(visit, by_genre):
    page = visit(by_genre[1])
    card = page.locator(".card").first
    assert card.locator("svg.dot-chart circle").count() == 4
    assert card.locator("svg.dot-chart .whisker").count() == 4
    assert "<img" in card.locator("svg").text_content()
    assert page.locator("img").count() == 0
    assert page.title() == "Topics by genre"


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_nothing_sticks_out_sideways(visit, by_year, by_genre, tmp_path, width):
    files = [by_year[1], by_genre[1]]
    files += [write_html(trace_plot(make_traces()), tmp_path / "trace.html")]
    files += [write_html(topic_diff(make_diffs()), tmp_path / "diff.html")]
    for path in files:
        page = visit(path, viewport={"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path.name


def make_traces(n=50):
    trace = {
        "log_likelihood": -8 - np.exp(-np.arange(n) / 9),
        "moved": np.linspace(0.9, 0.5, n),
        "temperature": np.linspace(4, 1, n),
    }
    return [trace, {key: values * 1.01 for key, values in trace.items()}]


def test_traces_of_several_chains_are_read_together(visit, tmp_path):
    notes = ["R-hat 1.2 is high", HOSTILE]
    plot = trace_plot(make_traces(), names=["first", HOSTILE], n_samples=10, notes=notes)
    page = visit(write_html(plot, tmp_path / "trace.html"))
    assert page.locator("#charts svg").count() == 3
    assert page.locator("#charts polyline.series").count() == 6
    assert page.locator("#charts .shade").count() == 3
    assert page.locator("#notes li").all_inner_texts() == notes
    page.focus("#charts")
    for key in ("ArrowRight", "ArrowRight", "PageDown"):
        page.keyboard.press(key)
    assert page.inner_text("#reading").startswith(
        "sweep 12: log-likelihood a token −8.295, −8.378 · moved tokens 81 %"
    )
    page.check("#later")
    assert page.locator("#charts polyline.series").first.get_attribute("points").count(",") == 45
    with page.expect_download() as download:
        page.click("#save-csv")
    assert len(download.value.path().read_text(encoding="utf-8-sig").splitlines()) == 101
    assert page.locator("#summary tbody tr").count() == 2
    assert page.locator("img").count() == 0


def make_diffs():
    return [
        {"topic": f"topic {k}", "was": [f"topic {k}"], "gained": [f"gain{k}"], "lost": [f"loss{k}"],
         "moved_documents": 10 * k, "share_before": 0.02, "share_after": 0.03, "alike": 0.9 - k / 100}
        for k in range(40)
    ]  # fmt: skip


def test_differences_show_words_edits_and_moved_documents(visit, tmp_path):
    diffs = make_diffs()
    diffs[0] |= {
        "topic": HOSTILE,
        "gained": [HOSTILE],
        "obeyed": [{"edit": "pin x=y", "obeyed": False, "reason": "why"}],
    }
    diffs[1] |= {"was": [], "alike": None}
    edits = [
        {"edit": "pin a=b", "obeyed": True},
        {"edit": "exclude a=c", "obeyed": False, "reason": "3 left"},
    ]
    picture = topic_diff(diffs, edits=edits, before="round 1", after="round 2", n_documents=1000)
    page = visit(write_html(picture, tmp_path / "diff.html"))
    assert page.inner_text("#edits h2") == "1 of 2 edits obeyed"
    assert page.locator("#edits .not-obeyed").inner_text().endswith("exclude a=c 3 left")
    first = page.locator(".card").first
    assert first.locator("h2").inner_text() == f"{HOSTILE} was topic 0"
    assert first.locator("s").inner_text() == "loss0"
    assert page.locator("img").count() == 0
    page.select_option("#sort", "moved")
    assert page.locator(".card").first.locator("h2").inner_text().startswith("topic 39")
    assert "390 reviews moved (39\u00a0%)" in page.locator(".card").first.inner_text()
    page.fill("#search", "gain7")
    assert page.locator(".card").count() == 1
    page.fill("#search", "")
    page.click("#more")
    assert page.locator(".card").count() == 40
