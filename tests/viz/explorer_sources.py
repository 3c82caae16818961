"""Sources for the explorer that know one small workspace by heart, and note what was asked of them."""

import json
from dataclasses import replace

from bandscape.core.errors import UnknownNameError, WorkspaceError
from bandscape.viz.explorer import (
    ArtistSource,
    CorpusSource,
    ExportSource,
    MapSource,
    PageSource,
    SoundSource,
    Sources,
    TopicSource,
)

HOSTILE = "<img src=x onerror=alert(1)></script><script>document.title='owned'</script>"
IDLE = {
    "state": "idle",
    "stage": "",
    "done": 0,
    "total": None,
    "seconds": 0.0,
    "left": None,
    "curve": [],
    "said": "",
    "round": None,
    "parent": None,
}


def topic(name, *words, share=0.2, **more):
    shown = [{"word": word, "size": 1 - at / 4} for at, word in enumerate(words)]
    return {
        "id": name,
        "share": share,
        "words": shown,
        "years": [0.1, None, 0.3],
        "called": more.pop("called", name),
        "keywords": [],
        "frozen": False,
        "noise": False,
        "excluded": [],
        **more,
    }


def map_source():
    def view(version, borders):
        return {"rows": {}, "inside": len(borders), "complete": version == "v1"}

    def find(version, text, count):
        return [{"label": text, "detail": version, "text": text, "kind": "artist"}][:count]

    def near(version, rank):
        raise WorkspaceError(f"{version}: the map has been made anew, and no artist has the rank {rank}")

    def ask(version, question):
        return {"kind": "problem", "said": f"{version}: {question}", "candidates": []}

    def spread(version, borders):
        return {"inside": len(borders), "score": [1], "year": [1]}

    return MapSource(view, find, near, ask, spread)


def overview(number=2, edits=(), **more):
    topics = [
        topic(
            "shoegaze",
            "reverb",
            "haze",
            keywords=[{"word": "reverb", "status": "taken", "says": "taken: 90 %"}],
        ),
        topic(HOSTILE, HOSTILE, "folk", share=0.04, noise=True, excluded=["rap"]),
    ]
    draft = {"edits": list(edits), "by_hand": False, "n_topics": 2, "names": {}, "version": "d1"}
    return {
        "round": number,
        "version": f"{number}.d1",
        "topics": topics,
        "years": [2000, 2002],
        "draft": draft,
        **more,
    }


def answer(question, top, method, min_reviews=0):
    if "xyzzy" in question:
        raise UnknownNameError("unknown name 'xyzzy'; no similar name is known", name="xyzzy")
    if "nobody" in question:
        raise UnknownNameError(
            "unknown artist 'nobody'", name="nobody", candidates=["Nobody's Wolf Child", HOSTILE]
        )
    row = {
        "rank": 1,
        "artist_id": "a",
        "name": HOSTILE,
        "cosine": 0.91,
        "genres": ["rock"],
        "mean_score": None,
        "n_reviews": 2,
        "rank_unfiltered": 1,
        "rank_baseline": 1 if method == "3cosadd" else 7,
    }
    minus = ["rock"] if " - " in question else []
    terms = [{"sign": "+", "name": "coil", "kind": "artist", "n_artists": 1, "also": []}]
    terms += (
        [{"sign": "-", "name": "rock", "kind": "genre", "n_artists": 9, "also": ["artist:rock"]}]
        if minus
        else []
    )
    verdict = {"level": "fair", "reasons": ["some answers are far"]}
    return {
        "query": {"plus": ["coil"], "minus": minus, "method": method, "terms": terms},
        "results": [] if min_reviews > row["n_reviews"] else [row] * min(top, 3),
        "verdict": None if min_reviews > row["n_reviews"] else verdict,
    }


def explanation(a, b):
    parts = [
        {"context": "genre", "contribution": 0.5, "shared": "rock", "a": "", "b": ""},
        {"context": "score", "contribution": -0.1, "shared": HOSTILE, "a": "7", "b": "2"},
    ]
    return {
        "a": a,
        "b": b,
        "cosine": 0.4,
        "rank_of_a": 3,
        "rank_of_b": 1200,
        "parts": parts,
        "explained": 0.8,
    }


EDIT = {
    "edit": "pin shoegaze=haze",
    "obeyed": True,
    "reason": "haze: 10% to 90% of its tokens",
    "topics": ["shoegaze"],
}
DIFF = [
    {
        "topic": "shoegaze",
        "was": ["shoegaze"],
        "is_gone": False,
        "share_before": 0.1,
        "share_after": 0.2,
        "alike": 0.7,
        "gained": ["haze", "fuzz", "barely"],
        "lost": ["guitar"],
        "clear": ["haze", "fuzz", "guitar"],
        "moved_documents": 8,
        "obeyed": True,
        "edits": [EDIT, {**EDIT, "edit": "exclude shoegaze=rap", "obeyed": False, "reason": "still there"}],
    },
    {
        "topic": "old",
        "was": ["old"],
        "is_gone": True,
        "share_before": 0.1,
        "share_after": 0.0,
        "alike": 0.0,
        "gained": [],
        "lost": [],
        "clear": [],
        "moved_documents": 2,
        "obeyed": None,
        "edits": [],
    },
]
ROUNDS = [
    {
        "round": 1,
        "parent": None,
        "depth": 0,
        "date": "2026-01-01T10:00:00",
        "topics": 2,
        "sweeps": 200,
        "log_likelihood": None,
        "edits": [],
        "new_reviews": 0,
        "current": False,
    },
    {
        "round": 2,
        "parent": 1,
        "depth": 0,
        "date": "2026-01-01T11:00:00",
        "topics": 2,
        "sweeps": 30,
        "log_likelihood": -8.1,
        "edits": [EDIT],
        "new_reviews": 0,
        "current": True,
    },
]
EVIDENCE = {
    "topic": "shoegaze",
    "share": 0.2,
    "slots": {"shoegaze": 0, "folk": 1},
    "texts": [
        {
            "title": HOSTILE,
            "subtitle": "2001",
            "pieces": [
                {"text": "All ", "topics": []},
                {"text": HOSTILE, "topics": [{"id": "shoegaze", "p": 0.4}]},
                {"text": " banjo", "topics": [{"id": "folk", "p": 0.9}]},
                {"text": " rare", "topics": [{"id": "other", "p": 0.9}]},
            ],
        }
    ],
}
CORPUS = {
    "figures": {"reviews": 1200, "rejects": 60},
    "source": HOSTILE,
    "mapping": {"artist": "band"},
    "notes": ["no texts"],
    "histograms": [
        {
            "title": "Scores",
            "bars": [
                {"label": "0 to 5", "count": 3, "edge": "0"},
                {"label": "5 to 10", "count": 0, "edge": ""},
            ],
            "note": "",
        }
    ],
    "genres": [{"label": "rock", "count": 9}],
    "steps": [
        {"name": name, "finished": "2026-01-01T10:00:00", "seconds": 1.0}
        for name in ("import", "text", "artists", "layout")
    ],
    "reasons": [{"column": "score", "reason": "not a number", "count": 60}],
}


class Asked(list):
    """What was asked, in order; ``refuse`` is raised by every change when it is set."""

    refuse = None

    def note(self, name, said="done"):
        def call(*arguments):
            self.append((name, *arguments))
            if self.refuse is not None:
                raise self.refuse
            return said

        return call


def make_sources(tmp_path, **topics):
    """Return sources and what was asked of them; ``topics`` replaces callables of the topics."""
    asked = Asked()
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    clip = tmp_path / "clip.flac"
    clip.write_bytes(b"fLaC")

    def export(key, folder):
        if key == "made":
            (folder / "made.html").write_text("<script>alert(1)</script>")
            return folder / "made.html"
        return secret if key == "topics-txt" else None

    def rejects(column, reason, first, count):
        rows = [
            {"source": "a.csv", "row": at, "column": "score", "value": HOSTILE, "reason": "not a number"}
            for at in range(60)
        ]
        return {"total": 60, "rows": rows[first : first + count]}

    def sounds(text, first, count):
        rows = [{"key": "1", "artist": HOSTILE, "name": "1.flac", "seconds": 2.0}]
        return (
            {"total": len(rows), "artists": 1, "quarantined": 1, "mapped": 1, "rows": rows}
            if "zz" not in text
            else {"total": 0, "artists": 0, "quarantined": 0, "mapped": 1, "rows": []}
        )

    def page():
        return "<!DOCTYPE html><title>map</title>"

    def no_diff(first, second):
        raise WorkspaceError("there is no round 9 <i>")

    source = TopicSource(
        overview=overview,
        edit=asked.note("edit"),
        withdraw=asked.note("withdraw"),
        forget=asked.note("forget"),
        undo=asked.note("undo"),
        use=asked.note("use"),
        history=lambda: ROUNDS,
        diff=lambda *_: DIFF,
        evidence=lambda *_: EVIDENCE,
        suggest=lambda _: {"add": [{"word": "fuzz", "why": "often"}], "exclude": []},
        start=asked.note("start"),
        cancel=asked.note("cancel"),
        status=lambda: IDLE,
        prepare=asked.note("prepare"),
    )
    return Sources(
        title=HOSTILE,
        place="my-workspace",
        corpus=CorpusSource(lambda: CORPUS, rejects),
        topics=replace(source, **topics),
        artists=ArtistSource(
            answer,
            explanation,
            lambda text, _: [{"label": HOSTILE, "detail": "rock", "text": text}],
            lambda: ["coil - rock"],
        ),
        maps=map_source(),
        pages=PageSource(page, lambda: ["other"], lambda _: page(), no_diff),
        sounds=SoundSource(sounds, lambda key: clip if key == "1" else None, page),
        exports=ExportSource(
            lambda: [
                {"key": "topics-txt", "name": "topics.txt", "group": "Topics", "says": "words", "bytes": 6},
                {"key": "made", "name": "made.html", "group": "Topics", "says": "a page", "bytes": None},
            ],
            export,
        ),
    ), asked


HOST = "127.0.0.1:8050"
OWN = {"Origin": f"http://{HOST}"}


def call_back(client, inputs, states=(), body=None, headers=OWN):
    """Send what the page sends when ``inputs`` ((id, property), value) changed; return the answer."""
    listed = client.get("/_dash-dependencies", base_url=f"http://{HOST}").json
    first = inputs[0][0]
    found = next(one for one in listed if (one["inputs"][0]["id"], one["inputs"][0]["property"]) == first)
    names = [part.rpartition(".") for part in found["output"].strip(".").split("...")]
    sent = {
        "output": found["output"],
        "outputs": [{"id": name, "property": part} for name, _, part in names],
        "inputs": [{"id": name, "property": part, "value": value} for (name, part), value in inputs],
        "state": [{"id": name, "property": part, "value": value} for (name, part), value in states],
        "changedPropIds": [".".join(inputs[0][0])],
    }
    data = json.dumps(sent) if body is None else body
    return client.post(
        "/_dash-update-component",
        base_url=f"http://{HOST}",
        data=data,
        headers=headers,
        content_type="application/json",
    )


def act(client, body=None, headers=OWN, **asked):
    """Ask for an action as the page does; return the answer."""
    states = [(("address", "pathname"), "/topics"), (("version", "data"), "")]
    return call_back(client, [(("asked", "data"), asked)], states, body, headers)


def draw(client, path, search="", drawn=""):
    """Return what an address shows: the elements of the main and of the side column."""
    inputs = [(("address", "pathname"), path), (("address", "search"), search), (("version", "data"), "")]
    answer = call_back(client, inputs, [(("drawn", "data"), drawn)])
    assert answer.status_code == 200, answer.text
    shown = answer.json["response"]
    return shown.get("main", {}).get("tree"), shown.get("side", {}).get("tree"), shown["drawn"]["data"]
