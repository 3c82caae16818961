"""What artists are learnt from, named on the command line: contexts, histories, columns, side features."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bandscape.cli import steps
from bandscape.cli.main import main
from bandscape.core.files import read_json, read_table
from bandscape.core.workspace import Workspace
from bandscape.embeddings import (
    Artist2Vec,
    JointProjection,
    Recipe,
    SideProjection,
    load_projection,
    preset_parameters,
    tutorial_contexts,
)


def bandscape(*words):
    """Run the command in this process; return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    return ended.value.code or 0


@pytest.fixture(scope="module")
def press(tmp_path_factory):
    root = tmp_path_factory.mktemp("sources") / "press"
    assert bandscape("simulate", "--reviews", 300, "--artists", 60, "--out", root) == 0
    return root


def test_contexts_histories_and_columns_reach_the_model(press, tmp_path):
    artists = read_table(press / "corpus" / "artists.parquet").to_pandas()
    columns = tmp_path / "cities.csv"
    lines = [
        f"{artist_id},{'north' if place % 2 else 'south'}"
        for place, artist_id in enumerate(artists["artist_id"])
    ]
    columns.write_text("\n".join(["artist_id,city", *lines]), encoding="utf-8")
    code = bandscape("artists", "fit", press, "--dim", 8, "--contexts", "genre=1,city=.5,listeners=.2",
                     "--histories", press / "corpus" / "histories.parquet", "--columns", columns,
                     "--logs", tmp_path / "logs")  # fmt: skip
    assert code == 0
    names = Artist2Vec.load(press / "artists" / "model").output_names_
    assert {"city=north", "city=south"} <= set(names)
    assert any(name.startswith("listeners=user-") for name in names)
    assert list((tmp_path / "logs").glob("events.out.*"))


def test_listens_to_tracks_count_for_their_artists(press, tmp_path, capsys):
    names = read_table(press / "corpus" / "artists.parquet")["name"].to_pylist()
    listens = tmp_path / "listens.tsv"
    rows = [f"user {place % 5}\t{name} - Song {place}" for place, name in enumerate(names[:20])]
    listens.write_text("\n".join(["user_id\ttrack", *rows, "user 1\tNobody Known - Song"]), encoding="utf-8")
    fit = (
        "artists",
        "fit",
        press,
        "--dim",
        8,
        "--epochs",
        2,
        "--contexts",
        "listeners=1",
        "--histories",
        listens,
    )
    assert bandscape(*fit) == 0
    assert "listens.tsv: 1 listen is of artists the table does not have" in capsys.readouterr().err
    model = Artist2Vec.load(press / "artists" / "model")
    assert {f"listeners=user {user}" for user in range(5)} <= set(model.output_names_)
    assert model.artist_weights_.any(axis=1).sum() == 20


def test_side_features_are_kept_and_place_others(press, tmp_path, capsys):
    artists = read_table(press / "corpus" / "artists.parquet").to_pandas()
    matrix = np.random.default_rng(0).normal(size=(len(artists), 4))
    sound = tmp_path / "sound.parquet"
    pq.write_table(pa.table({"artist_id": artists["artist_id"], "vector": list(matrix)}), sound)
    assert bandscape("artists", "fit", press, "--dim", 8, "--side-features", sound) == 0
    learnt = Artist2Vec.load(press / "artists" / "model")
    assert learnt.projection_ is not None
    joint = load_projection(press / "artists" / "side")
    np.testing.assert_array_equal(joint.infer([matrix[:3]]), learnt.projection_.infer([matrix[:3]]))
    capsys.readouterr()
    new = tmp_path / "new.parquet"
    pq.write_table(pa.table({"name": ["Somebody New"], "vector": [matrix[0]]}), new)
    assert bandscape("artists", "place", press, "--side-features", new, "--top", 3, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found[0]["artist"] == "Somebody New"
    assert len(found[0]["results"]) == 3
    assert bandscape("artists", "place", press, "--side-features", sound) == 0  # a file that is keyed by ids
    said = capsys.readouterr().out
    assert artists["name"][0] in said
    assert artists["artist_id"][0] not in said
    assert bandscape("artists", "cold-start", press, "--side-features", sound, "--splits", 1, "--json") == 0
    split = json.loads(capsys.readouterr().out)[0]
    assert 0 <= split["with_features"] <= 1
    assert split["n_cold"] >= 4
    assert 0 <= split["kernel_ridge"] <= 1
    assert bandscape("artists", "cold-start", press, "--side-features", sound, "--splits", 1) == 0
    shown = capsys.readouterr().out
    for heading, name in (("genre@10", "with_features"), ("genres in common", "in_common")):
        row = shown[shown.index(heading) :]
        assert f"{split[name]:.3f}" in row[row.index("with side features") :].splitlines()[0]


def test_side_features_that_tell_nobody_apart_are_told(press, tmp_path, capsys):
    artists = read_table(press / "corpus" / "artists.parquet").to_pandas()
    n = len(artists)
    table = {"artist_id": artists["artist_id"], "tempo": np.arange(n) % 7.0, "loudness": np.full(n, 3.0)}
    some, none = tmp_path / "some.parquet", tmp_path / "none.parquet"
    pq.write_table(pa.table(table), some)
    pq.write_table(pa.table({name: table[name] for name in ("artist_id", "loudness")}), none)
    files = ("--side-features", some, "--side-features", none)
    assert bandscape("artists", "fit", press, "--dim", 8, "--epochs", 2, *files) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "some.parquet: 1 of 2 features the same for all artists, which tells nothing: loudness" in said
    assert "none.parquet: all artists have the same numbers; none can be placed by them" in said


def test_projection_is_learnt_jointly_or_fitted_afterwards(press, tmp_path, capsys):
    artists = read_table(press / "corpus" / "artists.parquet").to_pandas()
    sound = tmp_path / "sound.parquet"
    matrix = np.random.default_rng(0).normal(size=(len(artists), 4))
    pq.write_table(pa.table({"artist_id": artists["artist_id"], "vector": list(matrix)}), sound)
    fit = ("artists", "fit", press, "--dim", 8, "--epochs", 2, "--side-features", sound)
    vectors = {}
    for words, kind in (((), JointProjection), (("--projection", "ridge"), SideProjection)):
        assert bandscape(*fit, *words) == 0
        assert type(load_projection(press / "artists" / "side")) is kind
        assert bandscape("artists", "place", press, "--side-features", sound, "--json") == 0
        vectors[kind] = Artist2Vec.load(press / "artists" / "model").artist_weights_
    assert vectors[JointProjection].tobytes() == vectors[SideProjection].tobytes()
    assert Workspace(press).steps()["artists"].parameters["projection"] == "ridge"
    capsys.readouterr()
    assert bandscape(*fit, "--projection", "mean") != 0
    assert "--projection must be one of joint, ridge; got 'mean'" in capsys.readouterr().err
    assert bandscape("artists", "fit", press, "--projection", "ridge") != 0
    assert "name some by --side-features" in capsys.readouterr().err


def test_cold_start_learns_as_the_vectors_of_the_workspace_were(press, tmp_path, monkeypatch):
    artists = read_table(press / "corpus" / "artists.parquet").to_pandas()
    file = tmp_path / "sound.parquet"
    pq.write_table(pa.table({"artist_id": artists["artist_id"], "x": np.arange(float(len(artists)))}), file)
    asked = []
    monkeypatch.setattr(
        "bandscape.embeddings.measure_cold_start", lambda *words, **_: asked.append(words[2]) or []
    )
    assert bandscape("artists", "fit", press, "--dim", 8, "--epochs", 2, "--contexts", "genre=3") == 0
    for more in ((), ("--contexts", "score")):
        steps.measure_side_features(
            Workspace(press), steps.ArtistSources(more[1] if more else None, side_features=(str(file),))
        )
    assert [(model.dim, [one.column for one in model.contexts]) for model in asked] == [
        (8, ["genres"]),
        (64, ["mean_score"]),
    ]


def test_an_artist_of_two_files_is_placed_once_whatever_it_is_called(press, tmp_path, capsys):
    artists = read_table(press / "corpus" / "artists.parquet").to_pandas()
    rng = np.random.default_rng(1)
    for key, file in (("name", "one"), ("artist_id", "two")):
        keys = [*artists[key], "Somebody New"]
        pq.write_table(
            pa.table({key: keys, "vector": list(rng.normal(size=(len(keys), 3)))}),
            tmp_path / f"{file}.parquet",
        )
    files = ("--side-features", tmp_path / "one.parquet", "--side-features", tmp_path / "two.parquet")
    assert bandscape("artists", "fit", press, "--dim", 8, "--epochs", 2, *files) == 0
    capsys.readouterr()
    assert bandscape("artists", "place", press, *files, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert sorted(entry["artist"] for entry in found) == sorted([*artists["name"], "Somebody New"])
    assert [entry["artist"] for entry in found if not entry["trained"]] == ["Somebody New"]
    assert bandscape("artists", "place", press, *files) == 0
    said = capsys.readouterr().out
    assert "Somebody New" in said
    assert f"{len(artists)} other artists of the files have been trained" in said


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--contexts", "genre=0"], "the weight of genre must be a number > 0"),
        (["--contexts", "nowhere.json"], "nowhere.json"),
        (["--contexts", "topics"], "has no topics"),
        (["--histories", "nowhere.csv"], "nowhere.csv: no such file"),
        (["--contexts", "listeners"], "listened-together need --histories FILE"),
        (
            ["--histories", "corpus/histories.parquet"],
            "--histories: nothing is learnt from it unless --contexts",
        ),
        (
            ["--columns", "cities.csv"],
            "nothing is learnt from cities.csv unless --contexts names one of its columns: city",
        ),
        (["--patience", "-1"], "patience must be an int >= 0"),
        (["--schedule", "cosine"], "schedule must be one of linear, constant"),
        (["--side-features", "nowhere.parquet"], "nowhere.parquet: no such file"),
        (["--loss", "hinge"], "loss must be one of nce"),
        (["--preset", "best"], "preset must be one of tutorial; got 'best'"),
        (["--optimizer", "adam"], "recipe.optimizer must be one of adagrad, sgd; got 'adam'"),
    ],
)
def test_bad_sources_are_one_clear_line_and_change_nothing(press, capsys, monkeypatch, options, message):
    monkeypatch.chdir(press)
    first = read_table(press / "corpus" / "artists.parquet")["artist_id"][0].as_py()
    (press / "cities.csv").write_text(f"artist_id,city\n{first},x\n", encoding="utf-8")
    before = read_json(press / "manifest.json")
    capsys.readouterr()
    assert bandscape("artists", "fit", press, *options) in (1, 2)
    error = capsys.readouterr().err.strip()
    assert message in " ".join(error.split())
    assert "Traceback" not in error
    assert read_json(press / "manifest.json") == before


# -- `run` leaves them as they were learnt


@pytest.fixture(scope="module")
def learnt_once(tmp_path_factory):
    """Learn the artists of a small workspace from named contexts, columns and side features; keep a copy of all."""
    folder = tmp_path_factory.mktemp("learnt") / "now"
    root = folder / "ws"
    assert bandscape("simulate", "--reviews", 120, "--artists", 30, "--out", root) == 0
    ids = read_table(root / "corpus" / "artists.parquet")["artist_id"].to_pylist()
    columns, sound = folder / "cities.csv", folder / "sound.parquet"
    rows = [f"{artist_id},{('north', 'south')[place % 2]}" for place, artist_id in enumerate(ids)]
    columns.write_text("\n".join(["artist_id,city", *rows]), encoding="utf-8")
    matrix = np.random.default_rng(0).normal(size=(len(ids), 4))
    pq.write_table(pa.table({"artist_id": ids, "vector": list(matrix)}), sound)
    contexts = folder / "contexts.json"
    contexts.write_text(json.dumps([{"kind": "GroupTokens", "column": name} for name in ("genres", "city")]))
    options = [
        "--dim",
        8,
        "--epochs",
        20,
        "--contexts",
        contexts,
        "--columns",
        columns,
        "--side-features",
        sound,
    ]
    assert bandscape("artists", "fit", root, *options) == 0
    contexts.unlink()  # the record has its content
    return folder, Path(shutil.copytree(folder, folder.with_name("as learnt")))


@pytest.fixture
def learnt(learnt_once):
    """Give a workspace as it was learnt, and the table of columns: both in their place, which the record names."""
    folder, kept = learnt_once
    shutil.rmtree(folder)
    shutil.copytree(kept, folder)
    return folder / "ws", folder / "cities.csv"


def step_of(root):
    return read_json(root / "manifest.json")["steps"]["artists"]


def test_run_keeps_artists_that_were_learnt_otherwise(learnt, capsys, monkeypatch):
    root, columns = learnt
    before = step_of(root)
    monkeypatch.chdir(root.parent.parent)  # wherever it is called from
    columns.rename(columns.with_name("elsewhere.csv"))  # not needed for what holds
    assert bandscape("run", root, "--out", root) == 0
    assert "artists unchanged" in capsys.readouterr().out
    assert step_of(root) == before


def test_run_learns_them_from_the_same_when_it_has_to(learnt):
    root, columns = learnt
    before = step_of(root)
    assert bandscape("run", root, "--out", root, "--seed", 4) == 0
    after = step_of(root)
    assert after["parameters"] == {**before["parameters"], "seed": 4}
    assert after["outputs"] != before["outputs"]
    assert {"city=north", "city=south"} <= set(Artist2Vec.load(root / "artists" / "model").output_names_)
    assert (root / "artists" / "side" / "manifest.json").is_file()
    columns.unlink()
    assert bandscape("run", root, "--out", root, "--seed", 5) == 1
    assert step_of(root) == after


def test_a_lost_table_is_one_clear_line(learnt, capsys):
    root, columns = learnt
    columns.unlink()
    capsys.readouterr()
    assert bandscape("run", root, "--out", root, "--seed", 4) == 1
    error = " ".join(capsys.readouterr().err.split())
    assert "its artists were learnt with --columns" in error
    assert "which is gone; put it back, or run `bandscape artists fit" in error


def test_run_keeps_imported_vectors(learnt, tmp_path):
    root, _ = learnt
    file = tmp_path / "vectors.txt"
    ids = read_table(root / "corpus" / "artists.parquet")["artist_id"].to_pylist()
    lines = [f"{artist_id} {place} 1" for place, artist_id in enumerate(ids)]
    file.write_text("\n".join([f"{len(ids)} 2", *lines]))
    assert bandscape("artists", "import", root, file) == 0
    before = step_of(root)
    assert bandscape("run", root, "--out", root, "--seed", 9) == 0
    assert step_of(root) == before


def test_the_tutorial_is_a_preset_that_options_differ_from(tmp_path):
    root = tmp_path / "ws"
    assert bandscape("simulate", "--reviews", 80, "--artists", 20, "--out", root) == 0
    assert bandscape("artists", "fit", root, "--preset", "tutorial", "--dim", 8, "--epochs", 2) == 0
    model = Artist2Vec.load(root / "artists" / "model")
    expected = preset_parameters("tutorial")
    recipe = replace(expected.pop("recipe"), n_steps=None)  # --epochs takes its place
    assert model.recipe == recipe
    expected |= {"dim": 8, "contexts": list(tutorial_contexts())}
    assert {name: getattr(model, name) for name in expected} == expected
    before = step_of(root)
    assert bandscape("run", root, "--out", root, "--seed", 2) == 0
    assert step_of(root)["parameters"] == {**before["parameters"], "seed": 2}
    assert bandscape("artists", "fit", root, "--optimizer", "sgd", "--learning-rate", 2, "--dim", 8) == 0
    model = Artist2Vec.load(root / "artists" / "model")
    assert (model.recipe, model.learning_rate) == (Recipe(optimizer="sgd"), 2.0)
