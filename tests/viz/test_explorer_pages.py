"""The pages of the explorer: what they show of their sources, and what they ask of them."""

from dataclasses import replace
from urllib.parse import quote

import pytest

pytest.importorskip("dash")

from bandscape.core.errors import ParameterError, WorkspaceError
from bandscape.viz.explorer import make_app
from bandscape.viz.explorer.banner import banner, poll
from bandscape.viz.explorer.elements import find_all, text_of
from bandscape.viz.explorer.pages import PAGES

from .explorer_sources import CORPUS, DIFF, HOSTILE, IDLE, ROUNDS, act, draw, make_sources, overview


@pytest.fixture
def made(tmp_path):
    return make_sources(tmp_path)


@pytest.fixture
def client(made):
    return make_app(made[0]).server.test_client()


def opened(tmp_path, **topics):
    sources, asked = make_sources(tmp_path, **topics)
    return make_app(sources).server.test_client(), asked


def words_of(card):
    return {text_of(word): word[1]["class"].split() for word in find_all(card, "button", cls="word")}


def cards(main):
    return {card[1]["data-topic"]: card for card in find_all(main, "li", cls="card")}


def notice_of(answer):
    tree = answer.json["response"]["notice"]["tree"]
    return text_of(tree).removesuffix(" ×"), "problem" in tree[1]["class"]


def test_every_page_is_drawn_and_hostile_names_stay_text(client):
    for name in PAGES:
        main, _, key = draw(client, f"/{name}", "?q=coil+-+rock")
        assert main is not None
        assert key.startswith(name)
    main, _, _ = draw(client, "/corpus")
    assert HOSTILE[:60] in text_of(main)
    assert "no page <b> ." in text_of(draw(client, "/<b>")[0])


def test_what_is_drawn_already_is_not_sent_again(client):
    main, _, key = draw(client, "/topics")
    assert main is not None
    again, side, _ = draw(client, "/topics", "?see=history", drawn=key)
    assert again is None
    assert "Round 2 current" in text_of(side)
    assert draw(client, "/topics", "?order=share", drawn=key)[0] is not None


def test_the_wall_shows_words_by_relevance_keywords_and_what_waits(tmp_path):
    wish = {
        "text": "exclude shoegaze=Haze",
        "parts": [{"kind": "exclude", "topics": ["shoegaze"], "words": ["Haze", "fuzz"]}],
    }
    facts = overview(edits=[wish])
    facts["draft"]["names"] = {"shoegaze": ["dream pop"]}
    client, asked = opened(tmp_path, overview=lambda: facts)
    main, _, _ = draw(client, "/topics")
    assert ("prepare",) in asked
    wall = find_all(main, "ul", cls="wall")[0]
    assert wall[1]["data-round"] == "2"
    card = cards(main)["shoegaze"]
    words = words_of(card)
    assert list(words) == ["reverb", "haze"]
    assert "own" in words["reverb"]
    assert "wish-exclude" in words["haze"]
    assert "→ dream pop" in text_of(card)
    assert "− fuzz" in text_of(card)
    assert find_all(card, "span", cls="dot")[0][1]["class"] == "dot taken"
    sizes = [word[1]["style"]["font-size"] for word in find_all(card, "button", cls="word")]
    assert sizes == ["21.0px", "19.0px"]
    other = cards(main)[HOSTILE]
    assert "noise" in other[1]["class"].split()
    assert "rap" in text_of(other)


def test_after_a_refit_the_wall_lights_what_was_gained_and_strikes_what_was_lost(tmp_path):
    status = {**IDLE, "state": "finished", "round": 2, "parent": 1, "said": "Round 2 took 3 s"}
    client, _ = opened(tmp_path, status=lambda: status)
    main, _, _ = draw(client, "/topics")
    card = cards(main)["shoegaze"]
    assert "lit" in words_of(card)["haze"]
    assert "lit" in words_of(card)["fuzz"]  # not among the twelve, shown all the same
    assert "barely" not in text_of(card)  # only crossed the last rank
    assert [text_of(word) for word in find_all(card, "span", cls="struck")] == ["guitar"]
    changed = find_all(main, "section", cls="changed")[0]
    assert "✓ pin shoegaze=haze obeyed" in text_of(changed)
    assert "✗ exclude shoegaze=rap not obeyed" in text_of(changed)
    assert "Gone: old." in text_of(changed)
    assert not find_all(draw(client, "/topics", "?since=0")[0], "section", cls="changed")
    assert find_all(draw(client, "/topics", "?since=1")[0], "section", cls="changed")


def test_beside_the_wall_stand_evidence_suggestions_and_history(client):
    _, side, _ = draw(client, "/topics", "?see=evidence&topic=shoegaze")
    marks = [(text_of(mark), mark[1]["class"]) for mark in find_all(side, "mark")]
    assert marks == [(HOSTILE, "said slot-0 unsure"), ("banjo", "said slot-1")]
    _, side, _ = draw(client, "/topics", "?see=suggest&topic=shoegaze")
    (button,) = find_all(side, "button", data_do="edit")
    assert {name: button[1][f"data-{name}"] for name in ("kind", "word", "topic", "round")} == {
        "kind": "pin",
        "word": "fuzz",
        "topic": "shoegaze",
        "round": "2",
    }
    _, side, _ = draw(client, "/topics", "?see=history")
    (back,) = find_all(side, "button", data_do="use")
    assert (back[1]["data-round"], back[1]["data-number"]) == ("2", "1")


def test_an_answer_shows_the_honesty_columns_where_something_was_calculated(client):
    calculated, _, _ = draw(client, "/artists", "?q=coil+-+rock&method=3cosmul")
    heads = [text_of(head) for head in find_all(calculated, "th", scope="col")]
    assert heads[-2:] == ["unfiltered", "baseline"]
    assert "3 of 3 would stand elsewhere" in text_of(calculated)
    words = text_of(calculated)
    assert words.index("trust: fair some answers are far") < words.index("cosine")  # above the answers
    assert "rock : the genre (9 artists, their mean)" in text_of(calculated)
    plain, _, _ = draw(client, "/artists", "?q=coil")
    assert "unfiltered" not in text_of(plain)
    assert "trust" not in text_of(plain)
    assert len(find_all(plain, "a", cls="why")) == 3
    _, side, _ = draw(client, "/artists", "?q=coil&a=coil&b=low")
    assert "Why coil and low" in text_of(side)
    assert "+0.500" in text_of(side)


def test_answers_with_fewer_reviews_than_asked_for_are_left_out_and_the_wish_stays(client):
    some, _, _ = draw(client, "/artists", "?q=coil&min_reviews=2")
    assert all("min_reviews=2" in one[1]["href"] for one in find_all(some, "a", cls="why"))
    none, _, _ = draw(client, "/artists", "?q=coil+-+rock&min_reviews=3")
    assert "No other artist has 3 reviews or more; ask for fewer." in text_of(none)
    assert [one[1]["value"] for one in find_all(none, "input", name="min_reviews")] == ["3"]
    assert "Baseline" not in text_of(none)


@pytest.mark.parametrize(
    ("asked", "mended"),
    [
        ("nobody", "artist:Nobody's Wolf Child"),
        ("coil - nobody + rock", "coil - artist:Nobody's Wolf Child + rock"),
        ("coil - artist:nobody", "coil - artist:Nobody's Wolf Child"),
    ],
)
def test_an_unknown_name_is_answered_with_the_question_mended(client, asked, mended):
    main, _, _ = draw(client, "/artists", f"?q={quote(asked)}&top=40")
    assert "unknown artist 'nobody'" in text_of(main)
    (first, *_) = find_all(main, "a", href=f"/artists?q={quote(mended, safe='')}&top=40")
    assert text_of(first) == "Nobody's Wolf Child"


def test_a_name_like_no_other_leaves_questions_that_have_an_answer(client):
    main, _, _ = draw(client, "/artists", "?q=xyzzy")
    assert "no similar name is known" in text_of(main)
    assert find_all(main, "ul", cls="tries")


def test_topics_that_are_but_numbered_are_named_as_on_the_map(tmp_path):
    facts = overview()
    facts["topics"][0] |= {"called": "haze · reverb"}
    client, _ = opened(tmp_path, overview=lambda: facts)
    wall, side, _ = draw(client, "/topics", "?see=evidence&topic=shoegaze")
    assert "shoegaze · haze · reverb" in text_of(side)
    assert [card[1]["data-called"] for card in find_all(wall, "li", data_topic="shoegaze")] == [
        "haze · reverb"
    ]


def test_undo_is_offered_where_there_is_a_round_before(tmp_path):
    first = [{**ROUNDS[0], "current": True}]
    for history, offered in ((first, 0), (ROUNDS, 1)):
        client, _ = opened(tmp_path, history=lambda history=history: history)
        _, side, _ = draw(client, "/topics", "?see=history")
        assert len(find_all(side, "button", data_do="undo")) == offered


def test_rejects_are_paged_and_chosen_by_reason(client):
    main, _, _ = draw(client, "/corpus", "?column=score&reason=not+a+number&first=25")
    assert "26 to 50 of 60" in text_of(main)
    (chip,) = find_all(main, "a", aria_current="true")
    assert chip[1]["href"] == "/corpus?column=score&reason=not%20a%20number"


def test_a_workspace_that_may_only_be_read_says_so_and_offers_no_refit(tmp_path):
    for read_only in (False, True):
        sources, asked = make_sources(tmp_path)
        sources = replace(sources, is_read_only=lambda read_only=read_only: read_only)
        line = text_of(banner(poll(sources), "/topics"))
        wall = text_of(PAGES["topics"].main(sources, {}))
        assert ("may only be read" in line) == read_only
        assert ("Press a word" in wall) != read_only
        assert ("prepare" in repr(asked)) != read_only
        assert banner(poll(sources), "/corpus") is None


def test_what_is_missing_is_said_with_the_command_that_makes_it(tmp_path, monkeypatch):
    nothing = {
        "round": None,
        "version": "none",
        "topics": [],
        "years": None,
        "draft": {"edits": [], "by_hand": False, "n_topics": 0, "names": {}, "version": ""},
    }
    client, _ = opened(tmp_path, overview=lambda: nothing, history=list)
    assert "bandscape topics fit my-workspace" in text_of(draw(client, "/topics")[0])
    monkeypatch.setitem(CORPUS, "figures", {"reviews": 3, "with text": 0})
    assert "no review here has one" in text_of(draw(client, "/topics")[0])
    for page, step, command in (
        ("/map", "layout", "bandscape map my-workspace"),
        ("/map", "artists", "bandscape artists fit my-workspace"),
        ("/artists", "artists", "bandscape artists fit my-workspace"),
    ):
        assert "No " not in text_of(draw(client, page)[0])
        with monkeypatch.context() as without:
            without.setitem(CORPUS, "steps", [one for one in CORPUS["steps"] if one["name"] != step])
            main = draw(client, page)[0]
        assert [text_of(one) for one in find_all(main, "code")] == [command]
    assert "No topics have been fitted yet" in text_of(draw(client, "/compare")[0])
    rounds = [{**ROUNDS[0], "round": number} for number in (1, 2, 3)]
    client, _ = opened(tmp_path, history=lambda: rounds)
    (compared,) = find_all(draw(client, "/compare")[0], "iframe")
    assert "first=2&second=3" in repr(compared)  # the last two, without asking
    assert "No sound is called like this" in text_of(draw(client, "/sounds", "?q=zz")[0])
    assert "iframe" in repr(draw(client, "/sounds")[0])
    assert "audio" in repr(draw(client, "/sounds", "?see=list")[0])


@pytest.mark.parametrize(
    ("asked", "edit"),
    [
        ({"kind": "pin", "word": "haze, fuzz"}, {"edit": "pin", "topic": "t", "words": ["haze", "fuzz"]}),
        ({"kind": "exclude", "word": "rap"}, {"edit": "exclude", "topic": "t", "words": ["rap"]}),
        ({"kind": "allow", "word": "rap"}, {"edit": "allow", "topic": "t", "words": ["rap"]}),
        (
            {"kind": "move", "word": "rap", "to": "u"},
            {"edit": "move", "word": "rap", "topic": "t", "to": "u"},
        ),
        ({"kind": "rename", "to": " New name "}, {"edit": "rename", "topic": "t", "to": "New name"}),
        ({"kind": "split", "parts": "3"}, {"edit": "split", "topic": "t", "n_parts": 3}),
        ({"kind": "merge", "to": "u"}, {"edit": "merge", "topics": ["t", "u"]}),
        ({"kind": "freeze"}, {"edit": "freeze", "topic": "t"}),
        ({"kind": "thaw"}, {"edit": "thaw", "topic": "t"}),
        ({"kind": "noise"}, {"edit": "noise", "topic": "t"}),
    ],
)
def test_a_press_becomes_an_edit_that_carries_its_round(made, client, asked, edit):
    assert notice_of(act(client, do="edit", round="2", topic="t", **asked)) == ("done", False)
    assert made[1] == [("edit", 2, [edit])]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"do": "eval"},
        {"do": ["edit"]},
        {"do": "edit", "round": 2},
        {"do": "edit", "kind": "pin", "topic": "t", "word": "x"},
        {"do": "edit", "kind": "pin", "topic": "t", "word": "x", "round": "-1"},
        {"do": "edit", "kind": "pin", "topic": "t", "word": "x" * 201, "round": "2"},
        {"do": "edit", "kind": "pin", "topic": {"a": 1}, "word": "x", "round": "2"},
        {"do": "edit", "kind": "__class__", "topic": "t", "round": "2"},
        {"do": "edit", "kind": "split", "topic": "t", "round": "2"},
        {"do": "refit", "round": "2", "sweeps": "100000"},
        {"do": "refit", "round": "2", "sweeps": "1e3"},
        {"do": "withdraw", "round": "2", "draft": "d1", "number": "0"},
        {"do": "use", "round": "2", "number": None},
    ],
    ids=str,
)
def test_an_action_that_is_none_is_refused_in_one_line(made, client, asked):
    said, is_problem = notice_of(act(client, **asked))
    assert is_problem
    assert "\n" not in said
    assert made[1] == []


def test_a_refused_change_says_why(made, client):
    made[1].refuse = WorkspaceError("my-workspace: another process is writing to it; wait for it to end")
    assert notice_of(act(client, do="undo", round="2")) == (str(made[1].refuse), True)
    made[1].refuse = ZeroDivisionError("secret")
    said, is_problem = notice_of(act(client, do="undo", round="2"))
    assert is_problem
    assert "secret" not in said


def standing(made, pathname="/topics", **changes):
    now = poll(made[0])
    return banner({**now, **changes}, pathname)


def test_the_line_above_shows_what_waits_and_takes_it_back(made):
    draft = {
        "edits": [{"text": "pin a=b", "parts": []}, {"text": "freeze c", "parts": []}],
        "by_hand": True,
        "version": "d7",
    }
    shown = standing(made, draft=draft)
    assert "Refit with 3 edits" in text_of(shown)
    assert "topics.json by hand" in text_of(shown)
    places = [
        (one[1]["data-number"], one[1]["data-draft"]) for one in find_all(shown, "button", data_do="withdraw")
    ]
    assert places == [("1", "d7"), ("2", "d7")]
    assert "2 edits of the topics wait for a refit" in text_of(standing(made, "/artists", draft=draft))
    assert standing(made, "/artists") is None


def test_the_line_above_follows_a_refit_everywhere(made):
    status = {
        **IDLE,
        "state": "running",
        "stage": "sampling topics",
        "done": 12,
        "total": 30,
        "seconds": 4.2,
        "left": 6.3,
        "curve": [-8.5, -8.4],
    }
    for pathname in ("/topics", "/map"):
        shown = standing(made, pathname, status=status, is_running=True)
        assert "sweep 12 of 30" in text_of(shown)
        assert "about 6 s left" in text_of(shown)
        assert "−8.400" in text_of(shown)
        assert find_all(shown, "button", data_do="cancel")
    starting = standing(
        made, status={**status, "done": 0, "total": None, "left": None, "curve": []}, is_running=True
    )
    assert "sampling topics" in text_of(starting)


def test_a_refit_that_failed_says_so(made):
    failed = {**IDLE, "state": "failed", "said": "out of memory"}
    assert text_of(find_all(standing(made, status=failed), cls="problem")[0]) == "out of memory"
    ended = standing(made, status={**IDLE, "state": "canceled", "said": ""})
    assert "no name" not in text_of(ended)


def test_the_diff_of_the_samples_is_what_the_rounds_give():
    from bandscape.topics.rounds import TopicDiff

    fields = set(TopicDiff("a", (), False, 0, 0, 0, (), (), None).to_json()) | {"obeyed", "edits"}
    assert all(set(row) == fields for row in DIFF)


def test_a_page_that_cannot_be_shown_keeps_its_heading(tmp_path):
    def broken():
        raise WorkspaceError("topics: damaged; run `bandscape topics fit <ws>`")

    client, _ = opened(tmp_path, overview=broken)
    main, _, _ = draw(client, "/topics")
    assert [text_of(one) for one in find_all(main, "h1")] == ["Topics"]
    assert "topics: damaged; run" in text_of(main)
    assert [text_of(one) for one in find_all(main, "code")] == ["bandscape topics fit <ws>"]


def test_without_dates_there_is_no_curve(tmp_path):
    facts = {**overview(), "years": None}
    client, _ = opened(tmp_path, overview=lambda: facts)
    main, _, _ = draw(client, "/topics")
    assert find_all(main, "li", cls="card")
    assert not find_all(main, "span", cls="curve")


def test_sources_raise_parameter_errors_as_lines(tmp_path):
    def refuse(*_):
        raise ParameterError("this was asked of round 1")

    client, _ = opened(tmp_path, edit=refuse)
    assert notice_of(act(client, do="edit", kind="freeze", topic="t", round="1")) == (
        "this was asked of round 1",
        True,
    )
