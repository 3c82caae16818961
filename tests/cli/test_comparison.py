"""`bandscape topics compare`: LDA against document clustering on a workspace."""

import json

import numpy as np
import pytest

from .conftest import bandscape

QUICK = ("--sweeps", 20, "--seeds", 1)
WAYS = {"LDA", "mixture of unigrams", "k-means", "NMF"}


@pytest.fixture(scope="module")
def sections(tmp_path_factory):
    """A workspace of 60 plainly different texts in two sections, and topics with keywords for them."""
    root = tmp_path_factory.mktemp("sections")
    rng = np.random.default_rng(0)
    words = {
        "bread": [
            "flour",
            "yeast",
            "dough",
            "oven",
            "crust",
            "butter",
            "loaf",
            "crumb",
            "rye",
            "bake",
            "knead",
            "salt",
        ],
        "sea": [
            "wave",
            "sail",
            "harbour",
            "storm",
            "anchor",
            "tide",
            "rope",
            "deck",
            "gull",
            "island",
            "captain",
            "salt",
        ],
    }
    rows = [
        {
            "id": str(at),
            "title": f"t{at}",
            "artist": "a",
            "genre": kind,
            "text": " ".join(rng.choice(words[kind], 40)),
        }
        for at in range(60)
        for kind in [("bread" if at % 2 else "sea")]
    ]
    rows[7]["genre"] = ""
    source = root / "texts.jsonl"
    source.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    answer = bandscape("import", source, "--out", root / "ws")
    assert answer.code == 0, answer.err
    config = root / "topics.json"
    config.write_text(
        json.dumps([{"id": "baking", "keywords": ["dough"]}, {"id": "sea", "keywords": ["sail"]}])
    )
    return root / "ws", config


def test_compare_prepares_the_texts_and_scores_every_way(sections):
    workspace, config = sections
    answer = bandscape("topics", "compare", workspace, "--config", config, "--json", *QUICK)
    assert answer.code == 0, answer.err
    found = answer.json
    assert (found["labels"], found["kinds"]) == ("genre", ["bread", "sea"])
    assert {row["method"] for row in found["methods"]} == WAYS | {"LDA with keywords"}
    assert len(found["runs"]) == 5
    for row in found["methods"]:
        assert row["n_docs"] == 59  # one has no genre
        assert row["n_groups"] == 2
        assert row["accuracy"] == 1
        assert row["accuracy_min"] <= row["accuracy"] <= row["accuracy_max"]
        assert {"purity", "nmi", "ari", "coherence", "seconds"} <= row.keys()


def test_compare_prints_one_table(sections):
    workspace, _ = sections
    answer = bandscape("topics", "compare", workspace, "--sweeps", 10, "--seeds", 2)
    lines = answer.out.splitlines()
    assert all(len(line) <= 100 for line in lines)
    assert sum("±" in line for line in lines) == len(WAYS) + 1
    assert "59 reviews with one genre of 2: bread, sea" in answer.out
    one = bandscape("topics", "compare", workspace, *QUICK, "--groups", 3)
    assert "±" not in one.out


def test_compare_works_on_the_demo_with_genres(demo_workspace):
    found = bandscape("topics", "compare", demo_workspace, "--json", *QUICK).json
    assert len(found["kinds"]) > 2
    assert {row["method"] for row in found["methods"]} == WAYS
    assert all(row["nmi"] > 0.02 for row in found["methods"])


def test_many_labels_are_compared_by_those_that_most_reviews_have(tmp_path):
    rows = ["id,title,genre,text"]
    counts = {"a": 12, "b": 9} | {f"rare {at}": 2 for at in range(60)}
    for kind, n_reviews in counts.items():
        rows += [
            f"{kind}{at},t,{kind},{('wave sail tide', 'loaf dough crust')[at % 2]}" for at in range(n_reviews)
        ]
    (tmp_path / "many.csv").write_text("\n".join(rows), encoding="utf-8")
    assert bandscape("import", tmp_path / "many.csv", "--out", tmp_path / "ws").code == 0
    refused = bandscape("topics", "compare", tmp_path / "ws", *QUICK)
    assert refused.code == 2
    assert "62 kinds" in refused.err
    assert "--kinds 50 takes those that most reviews have (117 of 141)" in refused.err
    found = bandscape("topics", "compare", tmp_path / "ws", "--kinds", 3, "--json", *QUICK).json
    assert found["kinds"] == ["a", "b", "rare 0"]
    assert {row["n_docs"] for row in found["runs"]} == {23}


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--labels", "colour"), 2, "by must be one of genre, year"),
        (("--labels", "label"), 1, "its reviews have no label"),
        (("--groups", "1"), 2, ""),
        (("--config", "missing.json"), 1, "missing.json"),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_line(sections, words, code, message):
    answer = bandscape("topics", "compare", sections[0], *words)
    assert answer.code == code, answer.err
    assert message in answer.err
    assert "Traceback" not in answer.err
