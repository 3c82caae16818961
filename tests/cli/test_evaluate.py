import json
import shutil

import pandas as pd
import pyarrow.parquet as pq

from bandscape.cli import steps
from bandscape.cli.evaluate import evaluate
from bandscape.core.workspace import Workspace
from bandscape.embeddings import VectorTable

from .conftest import bandscape


def test_evaluate_prints_one_flat_object_with_intervals_and_rivals(demo_workspace, tmp_path):
    names = pq.read_table(demo_workspace / "corpus" / "artists.parquet")["name"].to_pylist()
    rows = [(user, names[(user + step) % len(names)]) for user in range(20) for step in range(6)]
    pd.DataFrame(rows, columns=["user_id", "artist"]).to_csv(tmp_path / "heard.csv")
    before = (demo_workspace / "manifest.json").read_bytes()
    answer = bandscape("evaluate", demo_workspace, "--histories", tmp_path / "heard.csv", "--json")
    assert answer.code == 0, answer.err
    found = answer.json
    assert all(value is None or isinstance(value, int | float) for value in found.values())
    for name in ("genre_at_10", "algebra_strict", "label_at_10", "half_decade_at_10", "score_rho", "auc"):
        assert {name, f"{name}_low", f"{name}_high", f"{name}_chance", f"{name}_one_hot"} <= found.keys()
    assert found["genre_at_10"] > found["genre_at_10_chance"]
    assert (demo_workspace / "manifest.json").read_bytes() == before


def test_artists_never_trained_are_placed_by_the_side_features_named_or_learnt_with(
    demo_workspace, tmp_path, monkeypatch
):
    monkeypatch.setattr("bandscape.embeddings.evaluate", lambda *_a, **_k: [])  # of the others: see above
    answer = bandscape("evaluate", demo_workspace, "--no-rivals", "--side-features", "topics", "--json")
    assert answer.code == 0, answer.err
    cold = {name: value for name, value in answer.json.items() if name.startswith("cold_")}
    assert cold["cold_genre_at_10"] > cold["cold_genre_at_10_chance"]
    assert {
        "cold_shuffled_at_10",
        "cold_shuffled_at_10_chance",
        "cold_raw_at_10",
        "cold_kernel_ridge_at_10",
        "cold_commonest_at_10",
        "cold_in_common_at_10",
        "cold_fixed_at_10",
        "cold_in_common_fixed_at_10",
    } <= cold.keys()
    missing = bandscape("evaluate", demo_workspace, "--side-features", tmp_path / "none.parquet")
    assert missing.code == 1
    assert "none.parquet" in missing.error

    copied = tmp_path / "copy"
    shutil.copytree(demo_workspace, copied)
    with Workspace(copied).writing() as opened:
        sources = steps.ArtistSources(side_features=("topics",))
        steps.fit_artists(opened, sources=sources, training={"epochs": 20})
    figures = steps.evaluate_artists(Workspace(copied), rivals=False)
    assert "cold_genre_at_10" in {figure.name for figure in figures}


def test_bad_histories_and_options_are_one_line(demo_workspace, tmp_path):
    pd.DataFrame({"user": [1]}).to_parquet(tmp_path / "h.parquet")
    answer = bandscape("evaluate", demo_workspace, "--histories", tmp_path / "h.parquet", "--no-rivals")
    assert answer.code == 1
    assert "user_id" in answer.error
    pd.DataFrame({"user_id": [1], "artist_id": ["zz"]}).to_parquet(tmp_path / "n.parquet")
    assert (
        "none of its 1 listens"
        in bandscape("evaluate", demo_workspace, "--histories", tmp_path / "n.parquet").error
    )
    assert bandscape("evaluate", demo_workspace, "--json", "--markdown").code == 2


def test_imported_vectors_are_asked_as_they_are(demo_workspace, tmp_path):
    copied = tmp_path / "copy"
    shutil.copytree(demo_workspace, copied)
    assert bandscape("artists", "export", copied, "--out", tmp_path / "v.bin").code == 0
    assert bandscape("artists", "import", copied, tmp_path / "v.bin").code == 0
    answer = bandscape("evaluate", copied, "--no-rivals")
    assert answer.code == 0, answer.err
    assert "imported vectors are asked as they are" in answer.out
    assert "two seeds agree" not in answer.out
    refused = bandscape("evaluate", copied, "--side-features", "topics")
    assert "imported ones cannot be learnt anew" in refused.error


def test_what_people_said_is_set_beside_the_vectors(demo_workspace, tmp_path, monkeypatch, capsys):
    table = VectorTable.load(demo_workspace / "artists" / "vectors.arrow")
    monkeypatch.setattr(steps, "evaluate_artists", lambda *_a, **_k: [])
    first, near, *_, far = (
        table.artist_ids[0],
        *(one.artist_id for one in table.most_similar(table.names[0], topn=60)),
    )
    lines = [f"nearer,{first},{near},{far},{chosen}" for chosen in (near, near, far, "")]
    path = tmp_path / "said.csv"
    path.write_text("\n".join(["kind,artist_1,artist_2,artist_3,answer", *lines]))
    evaluate(demo_workspace, judgements=path, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["judgements"], found["judgements_skipped"], found["agreement_chance"]) == (3, 1, 0.5)
    assert abs(found["agreement"] - 2 / 3) < 1e-9
    assert found["agreement_low"] < 2 / 3 < found["agreement_high"]
    evaluate(demo_workspace, judgements=path)
    assert "agrees with people (3 answers)" in capsys.readouterr().out
    path.write_text("kind,artist_1\n")
    answer = bandscape("evaluate", demo_workspace, "--judgements", path)
    assert answer.code == 1
    assert "lacks the column" in answer.error
