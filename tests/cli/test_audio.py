"""The commands about sound."""

import errno
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile

from bandscape.cli.main import main
from bandscape.cli.steps.paths import ARTISTS
from bandscape.core.workspace import Workspace
from bandscape.embeddings import load_projection
from bandscape.embeddings.audio import feature_names

from .conftest import bandscape


@pytest.fixture
def music(tmp_path, rng):
    for name in ("one/a.wav", "one/b.wav", "two/a.wav"):
        (tmp_path / "music" / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(tmp_path / "music" / name, rng.uniform(-0.3, 0.3, (4000, 2)), 8000)
    (tmp_path / "music" / "bad.wav").write_bytes(b"no sound")
    return tmp_path / "music"


@pytest.fixture
def demo_without_sound(tmp_path):
    words = ("simulate", "--reviews", 60, "--artists", 20, "--out", tmp_path / "quiet")
    assert bandscape(*words).code == 0
    return tmp_path / "quiet"


def test_features_of_a_folder_are_tables_and_a_second_run_reads_nothing(music, tmp_path):
    answer = bandscape("audio", "features", music, "--out", tmp_path / "out")
    assert answer.code == 0, answer.err
    assert "bad.wav" in answer.err
    tracks = pq.read_table(tmp_path / "out" / "tracks.parquet").to_pylist()
    assert [(t["track_id"], t["artist"], t["artist_from"]) for t in tracks] == [
        ("one/a.wav", "one", "folder"), ("one/b.wav", "one", "folder"), ("two/a.wav", "two", "folder"),
    ]  # fmt: skip
    facts = bandscape("audio", "features", music, "--out", tmp_path / "out", "--json").json
    names = json.loads(
        pq.read_schema(tmp_path / "out" / "features.parquet").metadata[b"bandscape.feature_names"]
    )
    assert names == feature_names()
    assert len(names) == len(pq.read_table(tmp_path / "out" / "features.parquet")["vector"][0])
    assert facts == {"tracks": 3, "artists": 2, "quarantined": 1, "odd": 0, "kept": 3, "unmatched": 0}


def test_features_take_no_folder_that_holds_other_things(music, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "tracks.parquet").write_text("precious")
    (mine / "features.parquet").write_text("precious")
    for out in (mine, music):
        before = sorted(out.rglob("*"))
        answer = bandscape("audio", "features", music, "--out", out)
        assert answer.code == 2
        assert "holds other things" in answer.error
        assert sorted(out.rglob("*")) == before
    assert {file.read_text() for file in mine.iterdir()} == {"precious"}
    own = tmp_path / "own"
    assert bandscape("audio", "features", music, "--out", own).code == 0
    assert "holds other things" in bandscape("audio", "spectral", music, "--out", own).error


def test_tables_of_features_are_all_written_or_none(music, tmp_path, monkeypatch):
    written = []

    def full_disk(file):
        written.append(file)
        if len(written) == 3:  # the second of the folder's tables, behind the cache
            raise OSError(errno.ENOSPC, "no space left", str(file))

    monkeypatch.setattr("bandscape.core.files.parquet.seal_file", full_disk)
    assert bandscape("audio", "features", music, "--out", tmp_path / "out").code
    assert len(written) == 3
    assert {entry.name for entry in (tmp_path / "out").iterdir()} == {".cache", ".lock"}
    monkeypatch.undo()
    assert bandscape("audio", "features", music, "--out", tmp_path / "out").code == 0


def test_labels_that_match_no_file_are_said_and_win_over_folders(music, tmp_path):
    (tmp_path / "who.csv").write_text("path,artist\none/a.wav,Coil\nlost.wav,Nobody\n")
    answer = bandscape("audio", "features", music, "--out", tmp_path / "o", "--artists", tmp_path / "who.csv")
    assert answer.code == 0, answer.err
    assert "lost.wav" in answer.err
    assert pq.read_table(tmp_path / "o" / "tracks.parquet")["artist"].to_pylist() == ["Coil", None, None]


def test_a_table_that_names_no_sound_is_refused(music, tmp_path):
    words = ("audio", "features", music, "--out", tmp_path / "o", "--artists", tmp_path / "who.csv")
    for text, message in (
        ("path,artist\nlost.wav,Coil\n", "none of its paths names one of the 4 sounds"),
        ("path,artist\n", "has no rows"),
        ("", "has no columns: it is empty"),
    ):
        (tmp_path / "who.csv").write_text(text)
        assert message in " ".join(bandscape(*words).error.split())
        assert not (tmp_path / "o").exists()


def test_folders_without_sound_are_refused(tmp_path, music):
    (tmp_path / "empty").mkdir()
    assert (
        "no sound files" in bandscape("audio", "features", tmp_path / "empty", "--out", tmp_path / "o").error
    )
    assert "--out must be a folder" in bandscape("audio", "features", music, "--out", music / "bad.wav").error
    assert (
        "mel scale"
        in bandscape("audio", "features", music, "--out", tmp_path / "o", "--mel-scale", "x").error
    )
    assert not (tmp_path / "o").exists()


def test_join_makes_one_vector_an_artist(workspace):
    answer = bandscape("audio", "join", workspace, "--json")
    assert answer.code == 0, answer.err
    artists = pq.read_table(workspace / "corpus/artists.parquet")["artist_id"].to_pylist()
    table = pq.read_table(workspace / "audio/features.parquet")
    assert answer.json["artists"] == len(artists)
    assert table["artist_id"].to_pylist() == sorted(artists)
    assert np.isfinite(np.array(table["vector"].to_pylist())).all()
    before = (workspace / "audio/features.parquet").read_bytes()
    assert bandscape("audio", "join", workspace).code == 0
    assert (workspace / "audio/features.parquet").read_bytes() == before


def test_the_sound_of_an_artist_is_nearer_to_itself_than_to_others(workspace):
    assert bandscape("audio", "join", workspace).code == 0
    tracks = pq.read_table(workspace / "audio/tracks.parquet")["artist"].to_pylist()
    vectors = np.array(pq.read_table(workspace / "audio/track_features.parquet")["vector"].to_pylist())
    standard = (vectors - vectors.mean(0)) / (vectors.std(0) + 1e-9)
    distance = ((standard[:, None] - standard[None]) ** 2).sum(-1)
    np.fill_diagonal(distance, np.inf)
    nearest = [tracks[at] == artist for at, artist in zip(distance.argmin(1), tracks, strict=True)]
    assert np.mean(nearest) > 0.3  # chance is 1 in 119; two clips share a timbre, not a melody


def test_vectors_of_another_model_are_joined_by_track(workspace, tmp_path):
    import pyarrow as pa

    ids = ["a000001/1.flac", "a000001/2.flac", "a000002/1.flac", "lost.flac"]
    columns = {"id": ids, "vector": [[1.0, 0], [0, 1.0], [2.0, 2.0], [5.0, 1.0]], "model": ["clap"] * 4,
               "version": ["2"] * 4, "sample_rate_hz": [48_000] * 4}  # fmt: skip
    pq.write_table(pa.table(columns), tmp_path / "v.parquet")
    words = ("audio", "join", workspace, "--audio", workspace / "audio", "--vectors", tmp_path / "v.parquet")
    facts = bandscape(*words, "--json").json
    assert (facts["artists"], facts["tracks"], facts["model"]) == (2, 3, "clap")
    pq.write_table(pa.table({"id": ids}), tmp_path / "v.parquet")
    assert "lacks the column 'vector'" in bandscape(*words).error
    pq.write_table(pa.table(columns | {"id": ["k1", "k2", "k3", "k4"]}), tmp_path / "v.parquet")
    refused = bandscape("audio", "join", workspace, "--vectors", tmp_path / "v.parquet").error
    assert "such as 'k1', is an artist's here, such as 'a0" in refused
    assert "with --audio" in refused


def test_sounds_of_nobody_here_are_refused_with_whose_they_are(workspace, music):
    refused = bandscape("audio", "join", workspace, "--audio", music).error
    assert "they are said to be of 'one', 'two'" in refused
    assert "--artists CSV" in refused


def test_listens_to_joined_sounds_count_for_their_artists(workspace, tmp_path):
    assert bandscape("audio", "join", workspace).code == 0
    tracks = pq.read_table(workspace / "audio/tracks.parquet").to_pylist()[:12]
    rows = [f"u{place % 3},{track['track_id']}" for place, track in enumerate(tracks)]
    (tmp_path / "listens.csv").write_text("\n".join(["user_id,track", *rows]), encoding="utf-8")
    words = ("--dim", 4, "--epochs", 1, "--contexts", "listeners=1", "--histories", tmp_path / "listens.csv")
    fitted = bandscape("artists", "fit", workspace, *words)
    assert fitted.code == 0, fitted.err
    assert "warning" not in fitted.err
    step = Workspace(workspace).steps()["artists"]
    assert "audio/tracks.parquet" in step.inputs


def test_joined_sound_places_artists_and_is_part_of_explanations(workspace, capsys):
    def answer(*words):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        said = capsys.readouterr()
        assert not ended.value.code, said.err
        return said.out

    file = workspace / "audio/features.parquet"
    assert "--side-features audio" in answer("audio", "join", workspace)
    answer("artists", "fit", workspace, "--dim", 8, "--epochs", 2, "--side-features", file)
    by_file = (workspace / "artists/vectors.arrow").read_bytes()
    answer("artists", "fit", workspace, "--dim", 8, "--epochs", 2, "--side-features", "audio")
    assert (workspace / "artists/vectors.arrow").read_bytes() == by_file
    fitted = load_projection(workspace / "artists/side").tables[0]
    assert (fitted["source"], len(fitted["columns"])) == ("features.parquet", 32)
    assert fitted["model"].startswith("bandscape")
    artists = pq.read_table(workspace / "corpus/artists.parquet").to_pydict()
    placed = json.loads(answer("artists", "place", workspace, "--side-features", "audio", "--json"))
    assert [entry["artist"] for entry in placed] == sorted(artists["artist_id"])
    words = ("artists", "cold-start", workspace, "--side-features", "audio", "--splits", 1, "--json")
    assert 0 <= json.loads(answer(*words))[0]["with_features"] <= 1
    parts = json.loads(answer("artists", "explain", workspace, *artists["name"][:2], "--json"))["parts"]
    sound = next(part for part in parts if part["context"] == "sound")
    assert sound["shared"].startswith("cosine")


def test_the_demo_joins_its_sounds_and_its_map_plays_them(demo_workspace, browser):
    joined = pq.read_table(demo_workspace / "audio/features.parquet")
    assert joined.num_rows == pq.read_table(demo_workspace / "corpus/artists.parquet").num_rows
    page = browser.new_page()
    page.goto((demo_workspace / "maps/map.html").as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    assert page.evaluate("Object.keys(bandscape.data.sounds).length") == joined.num_rows
    page.mouse.click(5, 5)  # browsers play nothing before the reader has touched the page
    begun = page.evaluate("""() => {
      const { play } = HTMLMediaElement.prototype;
      return new Promise((done) => {
        HTMLMediaElement.prototype.play = function () {
          const begun = play.call(this);
          begun.then(() => done("begun"), (error) => done(error.message));
          return begun;
        };
        bandscape.sound.toggle(Number(Object.keys(bandscape.data.sounds)[0]));
      });
    }""")
    assert begun == "begun"
    assert page.evaluate("bandscape.sound.playing() !== null"), page.inner_text("#announcer")
    page.close()


def test_sound_that_was_not_joined_is_said(demo_without_sound):
    answer = bandscape("artists", "fit", demo_without_sound, "--side-features", "audio")
    assert "run `bandscape audio join" in answer.error
    known = pq.read_table(demo_without_sound / ARTISTS)["artist_id"].to_pylist()
    one = {"artist_id": known[:1], "vector": [[1.0, 2.0]]}
    pq.write_table(pa.table(one), demo_without_sound / "one.parquet")
    answer = bandscape(
        "artists", "fit", demo_without_sound, "--side-features", demo_without_sound / "one.parquet"
    )
    assert "at least 20 artists" in answer.error
    assert not list(demo_without_sound.glob(".checkpoints/*"))
    assert not (demo_without_sound / "artists").exists()


def test_autoencoder_writes_what_it_promises(tmp_path, rng):
    t = np.arange(20_000) / 8000
    song = np.stack([np.sin(2 * np.pi * 220 * t), np.sin(2 * np.pi * 331 * t)], axis=1) * 0.4
    soundfile.write(tmp_path / "s.wav", song, 8000)
    out = tmp_path / "out"
    answer = bandscape("audio", "autoencoder", tmp_path / "s.wav", "--out", out, "--iterations", 5, "--json")
    assert answer.code == 0, answer.err
    wanted = {
        "snr_db",
        "snr_inner_db",
        "snr_side_db",
        "pca_snr_db",
        "pca_4_snr_db",
        "pca_samples",
        "seconds",
        "iterations",
        "animation",
        "page",
        "cut",
    }
    assert wanted <= set(answer.json)
    assert (out / "animation.gif").read_bytes()[:3] == b"GIF"
    assert soundfile.info(out / "restored.flac").frames == 20_000
    assert answer.json["page"] == str(out / "training.html")
    assert (out / "training.html").read_text().count("data:audio/wav;base64,") == 2
    assert json.loads((out / "figures.json").read_text())["iterations"] == 5
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").write_text("keep")
    assert (
        "other things"
        in bandscape("audio", "autoencoder", tmp_path / "s.wav", "--out", tmp_path / "other").error
    )
    assert (
        "not a sound file"
        in bandscape("audio", "autoencoder", tmp_path / "other" / "mine.txt", "--out", out).error
    )


@pytest.mark.parametrize(
    ("sound", "message"),
    [(np.full((1039, 2), 0.1), "too short to learn from, 0.130 s"), (np.zeros((9000, 2)), "is silent")],
)
def test_songs_with_nothing_to_learn_are_one_line_and_write_nothing(tmp_path, capsys, sound, message):
    soundfile.write(tmp_path / "s.wav", sound, 8000)
    with pytest.raises(SystemExit) as ended:
        main(["audio", "autoencoder", str(tmp_path / "s.wav"), "--out", str(tmp_path / "out")])
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]
    assert ended.value.code == 1
    assert len(said) == 1
    assert message in " ".join(said)
    assert not (tmp_path / "out").exists()


def test_mono_and_the_cut_of_a_long_song_are_said(tmp_path, rng, monkeypatch):
    monkeypatch.setattr("bandscape.cli.steps.song.MOST_S", 1.0)
    soundfile.write(tmp_path / "s.wav", rng.uniform(-0.3, 0.3, 9000), 8000)
    answer = bandscape(
        "audio", "autoencoder", tmp_path / "s.wav", "--out", tmp_path / "out", "--iterations", 1
    )
    assert answer.code == 0, answer.err
    said = " ".join(answer.err.split())
    assert "has one channel" in said
    assert "longer than ten minutes; only the first ten" in said
    figures = json.loads((tmp_path / "out" / "figures.json").read_text())
    assert (figures["mono"], figures["cut"], figures["learnt_from_s"]) == (True, True, 1.0)
    assert soundfile.info(tmp_path / "out" / "restored.flac").frames == 8000


def test_context_is_for_bottlenecks(tmp_path, rng):
    soundfile.write(tmp_path / "s.wav", rng.uniform(-0.3, 0.3, (1100, 2)), 8000)
    words = ["audio", "autoencoder", tmp_path / "s.wav", "--out", tmp_path / "out", "--context", 2]
    for more in ([], ["--channels", 4, "--start", "glorot"]):
        refused = bandscape(*words, *more)
        assert refused.code == 2
        assert "--context needs a bottleneck: --channels below 8" in " ".join(refused.err.split())
    assert bandscape(*words, "--channels", 4, "--iterations", 1).code == 0
    model = json.loads((tmp_path / "out" / "model" / "config.json").read_text())
    assert (model["n_context"], model["batch_size"]) == (2, 25)


def test_blocks_are_for_bottlenecks_and_long_songs(tmp_path, rng):
    soundfile.write(tmp_path / "s.wav", rng.uniform(-0.3, 0.3, (5000, 2)), 8000)
    words = ["audio", "autoencoder", tmp_path / "s.wav", "--out", tmp_path / "out", "--iterations", 1]
    refused = bandscape(*words, "--block", 8)
    assert refused.code == 2
    assert "--block needs a bottleneck: --channels below 8" in " ".join(refused.err.split())
    both = bandscape(*words, "--block", 8, "--context", 1, "--channels", 4)
    assert both.code == 2
    assert "give one of them" in both.err
    odd = bandscape(*words, "--block", 48, "--channels", 4)
    assert odd.code == 2
    assert "--block must be a power of two, such as 16, 64 or 256; got 48" in " ".join(odd.err.split())
    short = bandscape(*words, "--block", 64, "--channels", 4)
    assert short.code == 1
    assert "at least 262,144 samples" in " ".join(short.err.split())
    assert "a smaller one needs less" in " ".join(short.err.split())
    answer = bandscape(*words, "--block", 8, "--channels", 4)
    assert answer.code == 0, answer.err
    assert "(PCA of 4 samples)" in answer.out
    assert "(PCA of 32 samples)" in answer.out
    assert answer.out.strip().endswith("restored.flac")
    figures = json.loads((tmp_path / "out" / "figures.json").read_text())
    assert figures["snr_db"] > figures["pca_snr_db"] > figures["pca_4_snr_db"]
    model = json.loads((tmp_path / "out" / "model" / "config.json").read_text())
    assert (model["n_block"], model["batch_size"]) == (8, 25)
    assert "--block 64" in bandscape(*words, "--channels", 4).out


def test_channels_that_are_left_out_or_alike_are_said(tmp_path, rng):
    one = rng.uniform(-0.3, 0.3, 2000)
    soundfile.write(tmp_path / "s.wav", np.stack([one, one, -one], axis=1), 8000)
    answer = bandscape(
        "audio", "autoencoder", tmp_path / "s.wav", "--out", tmp_path / "out", "--iterations", 1
    )
    assert answer.code == 0, answer.err
    said = " ".join(answer.err.split())
    assert "has 3 channels; the first two were learnt" in said
    assert "two channels of" in said
    assert "are alike, so there is no side signal" in said
    assert json.loads((tmp_path / "out" / "figures.json").read_text())["song_channels"] == 3
