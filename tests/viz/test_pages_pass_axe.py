"""Every kind of page, on a screen by day and on a phone by night: axe-core finds nothing serious, nothing sticks out.

The map of artists has more states; they are tried where its parts are.
"""

import io

import numpy as np
import pandas as pd
import pytest
import soundfile

from bandscape.viz import (
    EvidenceDocument,
    draw_trials,
    evidence_page,
    judging_page,
    lay_out,
    map_comparison,
    sound_map,
    topic_diff,
    topic_map,
    topic_shares,
    trace_plot,
    write_html,
)
from bandscape.viz.neighbors import exact_neighbors
from bandscape.viz.separation_page import separation_page
from bandscape.viz.training_page import training_page

from .axe import PHONE, serious_violations
from .resting import settled

LONG = "A rather long title that a phone has no room for: what was made of everything"


@pytest.fixture(scope="module")
def sound():
    written = io.BytesIO()
    soundfile.write(written, np.random.default_rng(0).uniform(-0.1, 0.1, (800, 2)), 8000, format="WAV")
    return written.getvalue()


def shares(groups, by):
    rng = np.random.default_rng(0)
    values = rng.uniform(0.02, 0.2, (4, len(groups)))
    rows = [
        (f"topic_{k}", group, share, share / 2, 2 * share, 50)
        for k, shares_of in enumerate(values)
        for group, share in zip(groups, shares_of, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["topic", "group", "share", "low", "high", "n_documents"])
    return topic_shares(frame, by=by, title=LONG)


def trace():
    sweep = np.arange(1, 41)
    records = {"sweep": sweep, "log_likelihood": -8 - 1 / sweep, "moved": 0.5 + 1 / (2 * sweep)}
    return trace_plot(records, n_samples=10, notes=["take more sweeps"], title=LONG)


def differences():
    entry = {"topic": "topic_1", "gained": ["haze"], "lost": ["rap"], "moved_documents": 1, "obeyed": True,
             "share_before": 0.1, "share_after": 0.2, "words": ["fuzz", "hum"]}  # fmt: skip
    edits = [{"edit": "pin topic_1=haze", "obeyed": False}]
    rows = [entry, {**entry, "topic": "topic_2", "was": []}]
    return topic_diff(rows, edits=edits, n_documents=900, title=LONG)


def evidence():
    pieces = [("a word ", [(0, 0.9)]), ("of another ", [(1, 0.9)]), ("and of none", [])]
    document = EvidenceDocument("low: hey what", "2021 · score 8.0", pieces, [(0, 0.5), (1, 0.2)])
    return evidence_page([document], ["shoegaze", "noise"], asked=0, words=[["fuzz"], ["hum"]], title=LONG)


def comparison(corpus):
    places = np.random.default_rng(0).normal(size=(240, 2))
    return map_comparison(corpus[0], places, places[:, ::-1], labels=("before", "after"), title=LONG)


def judging(corpus, sound):
    artists, matrix = corpus
    trials = draw_trials(matrix, artists["n_reviews"], n_trials=2, random_state=1)
    heard = {trials[0].rows[0]: sound}
    return judging_page(
        trials, artists["artist_id"].tolist(), artists["name"].tolist(), sounds=heard, title=LONG
    )


def sounds():
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(30, 6))
    table = pd.DataFrame(
        {"track_id": [f"kit/{i:02d}.wav" for i in range(30)], "class": ["kick", "snare", "hat"] * 10}
    )
    near = exact_neighbors(matrix, 5)[0]
    layout = lay_out(matrix, method="pca", metric="euclidean")
    return sound_map(table, layout, near, features="learned codes", title=LONG)


def training(sound):
    original = np.sin(np.arange(256)[:, None] / np.array([8.0, 5.0]))
    frames = np.linspace(0, 1, 4)[:, None, None] * original
    return training_page(frames, original, 8000, sounds={"before": sound, "after": sound}, subtitle=LONG)


def separation(sound):
    levels, owners = np.full((40, 20), -80.0), np.zeros((40, 20), int)
    levels[:20, :10], levels[20:, 10:], owners[20:, 10:] = 0.0, -30.0, 1
    return separation_page(levels, owners, duration_s=4, highest_hz=4000, mixture=sound,
                           sounds={"drums": sound, "voice": sound}, title=LONG)  # fmt: skip


KINDS = {
    "years": lambda _: shares([1999, 2000, 2001], "year"),
    "labels": lambda _: shares(["MMMMMMMMMMMM records", "iiiiiiiiiiiiii records", "warp"], "label"),
    "trace": lambda _: trace(),
    "differences": lambda _: differences(),
    "evidence": lambda _: evidence(),
    "comparison": lambda given: comparison(given["corpus"]),
    "judging": lambda given: judging(given["corpus"], given["sound"]),
    "topics": lambda given: topic_map(**given["samples"].make_topics(), title=LONG),
    "sounds": lambda _: sounds(),
    "training": lambda given: training(given["sound"]),
    "separation": lambda given: separation(given["sound"]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_passes_on_a_screen_and_on_a_phone(visit, tmp_path, corpus, samples, sound, kind):
    made = KINDS[kind]({"corpus": corpus, "samples": samples, "sound": sound})
    page = visit(write_html(made, tmp_path / "page.html"), bypass_csp=True, color_scheme="light")
    assert serious_violations(page) == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(PHONE)
    settled(page)
    assert serious_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_names_beside_dots_stay_within_the_picture(visit, tmp_path):
    page = visit(write_html(KINDS["labels"](None), tmp_path / "page.html"))
    edges = """() => [...document.querySelectorAll('.row-text')].map((one) =>
        one.getBoundingClientRect().left - one.closest('svg').getBoundingClientRect().left)"""
    assert min(page.evaluate(edges)) >= 0
    shown = page.locator(".dot-chart").first.locator(".row-text").all_text_contents()
    assert shown[0].endswith("…")
    assert shown[2] == "warp"
