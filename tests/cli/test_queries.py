"""Queries of the command line: kinds of terms, explanations, vectors in and out."""

import pyarrow.parquet as pq
import pytest

from bandscape.cli.answers import _twins, split_sum
from bandscape.core.errors import ParameterError

from .conftest import bandscape


@pytest.fixture(scope="module")
def artists(demo_workspace):
    table = pq.read_table(demo_workspace / "corpus" / "artists.parquet").to_pandas()
    return table.sort_values("n_reviews", ascending=False)


def test_every_kind_of_term_is_answered_and_told(demo_workspace, artists):
    genre, label, year = (artists[column].iloc[0][0] for column in ("genres", "labels", "years"))
    topic = bandscape("topics", "show", demo_workspace, "--json").json["topics"][0]["id"]
    words = [f"genre:{genre}", f"label:{label}", f"year:{year}", f"topic:{topic}"]
    added = [word for term in words for word in ("--plus", term)]
    answer = bandscape("artists", "analogy", demo_workspace, *added, "--method", "3cosavg", "--json").json
    assert [term["kind"] for term in answer["query"]["terms"]] == ["genre", "label", "year", "topic"]
    assert len(answer["results"]) == 10
    said = bandscape("artists", "similar", demo_workspace, f"topic:{topic}")
    assert "read as the topic" in said.out


def test_the_answer_tells_how_loose_terms_were_read_and_how_many_answers_have_them(demo_workspace, artists):
    one, other = artists["name"].iloc[:2]
    genre = artists["genres"].iloc[0][0]
    asked = f"{one} - genre:{genre.upper()} + '90s - {one}"
    answer = bandscape("artists", "analogy", demo_workspace, asked)
    facts = {
        term["kind"]: term
        for term in bandscape("artists", "analogy", demo_workspace, asked, "--json").json["query"]["terms"]
    }
    assert "'90s: read as the decade 1990s (" in answer.out
    years = facts["year"]["n_answers"]
    assert f"{years or 'none'} of 10 answers ha{'s' if years < 2 else 've'} the years 1990s" in answer.out
    assert "of the 10 answers" not in answer.out  # once, in the line on trust
    alone = bandscape("artists", "similar", demo_workspace, f"genre:{genre}")
    assert "of the 10 answers ha" in alone.out
    assert f"{one} is both added and subtracted" in answer.out
    tight = bandscape("artists", "analogy", demo_workspace, f"{one} -{other}")
    assert tight.error.endswith(f"a sign counts with spaces around it: '{one} - {other}'")


def test_artists_are_found_by_a_part_of_their_name(demo_workspace, artists):
    whole = bandscape("artists", "list", demo_workspace, "--json", "--top", 5).json
    assert whole["found"] == len(artists)
    assert [row["n_reviews"] for row in whole["artists"]] == artists["n_reviews"].head(5).tolist()

    least = artists.iloc[-1]
    part = least["name"].upper()[:4]
    named = artists[[part.lower() in name.casefold() for name in artists["name"]]]
    found = bandscape("artists", "list", demo_workspace, part, "--json", "--top", 500).json["artists"]
    assert set(named["artist_id"]) <= {row["artist_id"] for row in found}
    assert (
        bandscape("artists", "list", demo_workspace, least["name"], "--json").json["artists"][0]["name"]
        == least["name"]
    )

    genre = artists["genres"].iloc[0][0]
    of_genre = bandscape(
        "artists", "list", demo_workspace, "--genre", genre.upper(), "--json", "--top", 1
    ).json
    assert of_genre["found"] == sum(genre in genres for genres in artists["genres"])
    assert len(of_genre["artists"]) == 1
    assert "0 artists with 'nobody here'" in bandscape("artists", "list", demo_workspace, "nobody here").out


def test_explain_prints_a_sum(demo_workspace, artists):
    one, other = artists["name"].iloc[:2]
    facts = bandscape("artists", "explain", demo_workspace, one, other, "--json").json
    assert sum(part["contribution"] for part in facts["parts"]) == pytest.approx(facts["cosine"], abs=1e-6)
    assert {"genres", "score", "topics", "common", "rest"} <= {part["context"] for part in facts["parts"]}
    assert "the sum" in bandscape("artists", "explain", demo_workspace, one, other).out


def test_vectors_go_out_and_come_back(workspace, tmp_path, artists):
    name = artists["name"].iloc[0]
    before = bandscape("artists", "similar", workspace, name, "--json").json
    assert bandscape("artists", "export", workspace, "--out", tmp_path / "v.bin").code == 0
    answer = bandscape("artists", "import", workspace, tmp_path / "v.bin")
    assert answer.code == 0, answer.err
    after = bandscape("artists", "similar", workspace, name, "--json").json
    assert [row["name"] for row in after["results"]] == [row["name"] for row in before["results"]]
    assert "unchanged" in bandscape("artists", "import", workspace, tmp_path / "v.bin").out


def test_the_projector_gets_its_two_files_and_nothing_else_is_overwritten(demo_workspace, tmp_path, artists):
    out = tmp_path / "projector"
    for _ in range(2):
        assert bandscape("artists", "export", demo_workspace, "--out", out, "--format", "projector").code == 0
    assert {path.name for path in out.iterdir()} == {"tensors.tsv", "metadata.tsv"}
    (out / "mine.txt").write_text("x")
    answer = bandscape("artists", "export", demo_workspace, "--out", out, "--format", "projector")
    assert answer.code == 2
    assert (out / "mine.txt").exists()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["similar", "WS", ""], 2, "must be a name"),
        (["similar", "WS", "label:zzzzqq"], 1, "unknown label"),
        (["analogy", "WS", "--plus", "genre:rock", "--minus", "genre:rock"], 2, "cancels out"),
        (["analogy", "WS", "--plus", "genre:rock", "--method", "x"], 2, "3cosavg"),
        (["analogy", "WS", *["--plus", "genre:rock"] * 101], 2, "at most 100 terms"),
        (["similar", "WS", "x" * 100_000], 1, "unknown name"),
    ],
)
def test_unusable_queries_end_in_one_line(demo_workspace, words, code, says):
    answer = bandscape("artists", *[demo_workspace if word == "WS" else word for word in words])
    assert answer.code == code, answer.err
    assert says in answer.error


def test_a_bad_vector_file_leaves_the_workspace_as_it_was(workspace, tmp_path):
    (tmp_path / "bad.txt").write_text("2 3\nx 1 2\n")
    before = (workspace / "manifest.json").read_bytes()
    answer = bandscape("artists", "import", workspace, tmp_path / "bad.txt")
    assert answer.code == 1
    assert "bad.txt" in answer.error
    assert (workspace / "manifest.json").read_bytes() == before


def test_answers_that_differ_in_nothing_learnt_are_said_to():
    alike = [{"genres": ["rock", "jazz"][:: 1 - 2 * (at % 2)], "mean_score": 7 + at / 20} for at in range(10)]
    assert "the same genres and nearly the same score" in _twins(alike, calculated=False)[0]
    assert _twins(alike, calculated=True) == []
    assert _twins(alike[:4], calculated=False) == []
    assert _twins([*alike, {"genres": ["rock"], "mean_score": 7}], calculated=False) == []
    assert _twins([*alike, {"genres": ["rock", "jazz"], "mean_score": 7.6}], calculated=False) == []
    assert "the same genres:" in _twins([{"genres": [], "mean_score": None}] * 5, calculated=False)[0]


def test_a_sum_may_begin_with_a_minus(demo_workspace, artists):
    name, genre = artists["name"].iloc[0], artists["genres"].iloc[0][0]
    found = bandscape("artists", "analogy", demo_workspace, f"- genre:{genre} + {name}", "--json").json[
        "query"
    ]
    assert (found["plus"], found["minus"]) == ([name], [genre])
    assert (
        bandscape("artists", "analogy", demo_workspace, "--minus", f"genre:{genre}", "--plus", name).code == 0
    )
    tight = bandscape("artists", "analogy", demo_workspace, f"-{genre} + {name}")
    assert tight.error.endswith(f"a sign counts with a space behind it: '- {genre}'")


@pytest.mark.parametrize(
    ("asked", "remedy"),
    [
        ("- rock", 'something to subtract from: write "NAME - rock"'),
        ("-rock", 'there is no option -rock; to subtract rock, write "NAME - rock"'),
    ],
)
def test_a_subtraction_alone_is_told_what_to_write(demo_workspace, asked, remedy):
    for kind in ("artists", "store"):
        answer = bandscape(kind, "analogy", demo_workspace, asked)
        assert answer.code in (1, 2)
        assert answer.error.endswith(remedy)


def test_the_line_on_trust_counts_what_was_asked_for(demo_workspace, artists):
    one, genre = artists["name"].iloc[0], artists["genres"].iloc[0][0]
    found = bandscape("artists", "analogy", demo_workspace, f"{one} - genre:{genre}", "--json").json
    (term,) = [term for term in found["query"]["terms"] if term["kind"] == "genre"]
    assert found["verdict"]["have_subtracted"] == term["n_answers"] / 10
    line = bandscape("artists", "analogy", demo_workspace, f"{one} - genre:{genre}").out
    assert f"trust: {found['verdict']['level']} (" in line
    assert f"{term['n_answers'] or 'none'} of 10 answers {'still ha' if term['n_answers'] else 'has'}" in line


def test_a_sum_keeps_quoted_names_whole_and_does_not_end_with_a_sign():
    assert split_sum('"a - b" - coil + jay-z') == (['"a - b"', "jay-z"], ["coil"])
    assert split_sum("") == ([], [])
    for asked in ("coil +", "coil - low −", "-"):
        with pytest.raises(ParameterError, match="ends with a sign"):
            split_sum(asked)
