"""Learning to separate, and separating, from the command line."""

import json
import shutil

import numpy as np
import pytest
import soundfile

RATE = 4000
SMALL = ["--rate", RATE, "--dims", 6, "--units", 12, "--layers", 1, "--batch", 8]


def bursts(low_hz, high_hz, seed, seconds=3.0, rate=RATE):
    """Tones within a band, another every eighth of a second, sounding three times out of four."""
    rng, step = np.random.default_rng(seed), rate // 8
    out = np.zeros(round(seconds * rate))
    t = np.arange(step) / rate
    for start in range(0, len(out) - step, step):
        if rng.uniform() < 0.75:
            tones = [np.sin(2 * np.pi * hz * t) for hz in rng.uniform(low_hz, high_hz, 4)]
            out[start : start + step] += np.sum(tones, axis=0) * np.hanning(step)
    return out * 0.1


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("sources")
    for name, low, high, seed in (("low", 100, 600, 1), ("high", 1000, 1900, 2)):
        for take in (0, 1):
            path = root / "train" / name / f"{take}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, bursts(low, high, 10 * seed + take), RATE)
    (root / "train" / "low" / "bad.wav").write_bytes(b"no sound")
    soundfile.write(root / "train" / "loose.wav", bursts(100, 600, 5), RATE)
    return root / "train"


@pytest.fixture(scope="module")
def trained(folders):
    """Train one model in this process; the answer and its folder."""
    import contextlib
    import io

    from bandscape.cli.main import _run

    model = folders.parent / "model"
    words = ["audio", "train-separator", folders, "--out", model, *SMALL, "--iterations", 150, "--json"]
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert _run([str(word) for word in words], debug=False) == 0
    return json.loads(said.getvalue()), model


@pytest.fixture
def mix(tmp_path):
    """A mixture of sources that were not trained on, and the two."""
    sources = [bursts(100, 600, 77, 4.0), bursts(1000, 1900, 78, 4.0)]
    for name, sound in zip(("low", "high", "mix"), (*sources, sum(sources)), strict=True):
        soundfile.write(tmp_path / f"{name}.wav", sound, RATE)
    return tmp_path / "mix.wav"


def test_training_says_what_it_learnt_from_and_how_well_it_separates(trained, folders):
    facts, model = trained
    assert facts["classes"] == ["high", "low"]
    assert {row["path"] for row in facts["quarantined"]} == {"low/bad.wav", "loose.wav"}
    assert (facts["files"], facts["left_out"], facts["iterations"]) == (6, 0, 150)
    assert facts["quality"]["si_sdr_gain_db"] > 6
    assert facts["quality"]["si_sdr_gain_db"] < facts["quality"]["binary_gain_db"] + 1
    assert not list(model.parent.glob("*.safetensors"))  # the checkpoint is gone
    assert {path.name for path in model.iterdir()} == {"arrays.safetensors", "config.json", "manifest.json"}


def test_sources_are_also_heard_as_others_and_with_simulated_voices(folders, tmp_path, run):
    words = ["audio", "train-separator", folders, "--out", tmp_path / "m", *SMALL, "--iterations", 2]
    said = run(*words, "--variants", 2, "--voices", 3)
    assert said.code == 0
    assert "learnt 9 sources (2 variants of each and 3 simulated voices among them)" in said.out
    facts = run(*words, "--variants", 1, "--json").json
    assert facts["classes"] == ["high", "low"]
    assert facts["learnt_from"] == 4


def test_a_mixture_becomes_a_file_for_each_source_a_picture_and_a_page(trained, mix, run):
    out = mix.parent / "out"
    truths = ["--truth", mix.parent / "low.wav", "--truth", mix.parent / "high.wav"]
    facts = run(
        "audio", "separate", mix, "--model", trained[1], "--sources", 2, "--out", out, *truths, "--json"
    ).json
    assert facts["sources"] == [str(out / "source_1.wav"), str(out / "source_2.wav")]
    parts = np.stack([soundfile.read(path)[0] for path in facts["sources"]])
    np.testing.assert_allclose(parts.sum(axis=0), soundfile.read(mix)[0], atol=2e-4)
    assert facts["quality"]["si_sdr_gain_db"] > 6
    assert facts["quality"]["share_of_binary"] < 1.05
    assert (facts["n_sources"], facts["estimated"], facts["channels"], facts["duration_s"]) == (
        2,
        False,
        1,
        4.0,
    )
    assert (out / "spectrogram.png").read_bytes()[:4] == b"\x89PNG"
    assert (out / "separated.html").read_text().count("data:audio/wav;base64,") == 3
    assert json.loads((out / "separation.json").read_text()) == facts
    words = ("audio", "separate", mix, "--model", trained[1], "--out", out, *truths, "--json")
    counted = run(*words).json
    assert (counted["n_sources"], counted["estimated"], counted["quality"]) == (2, False, facts["quality"])
    said = run("audio", "separate", mix, "--model", trained[1], "--out", out).out
    assert "2 sources (estimated)" in said


def test_what_the_network_hardly_tells_apart_is_said(trained, folders, mix, run, tmp_path):
    words = ["--model", trained[1], "--sources", 2, "--out", mix.parent / "out"]
    clear = run("audio", "separate", mix, *words)
    assert "hardly told apart" not in clear.err
    alike = bursts(100, 600, 77, 4.0) + bursts(100, 600, 78, 4.0)
    soundfile.write(tmp_path / "alike.wav", alike, RATE)
    said = " ".join(run("audio", "separate", tmp_path / "alike.wav", *words).err.split())
    assert "these sources are hardly told apart (clarity 0." in said
    assert "learn from sounds like them" in said
    assert json.loads((mix.parent / "out" / "separation.json").read_text())["clarity"] < 0.45
    assert trained[0]["quality"]["unclear_mixtures"] < 10
    for seed in (3, 4):  # as low as one another
        (tmp_path / "others" / str(seed)).mkdir(parents=True)
        soundfile.write(tmp_path / "others" / str(seed) / "a.wav", bursts(100, 600, seed), RATE)
    train = ["audio", "train-separator", folders, "--out", tmp_path / "m", *SMALL, "--iterations", 1]
    said = " ".join(run(*train, "--test", tmp_path / "others").err.split())
    assert "these sources are hardly told apart (SI-SDR " in said


@pytest.mark.parametrize("channels", [2, 8])
def test_channels_are_kept_and_another_rate_is_said(trained, mix, run, channels):
    sound = np.repeat(bursts(100, 1900, 3, 1.0, 16_000)[:, None], channels, axis=1)
    soundfile.write(mix, sound, 16_000)
    answer = run("audio", "separate", mix, "--model", trained[1], "--sources", 2, "--out", mix.parent / "o")
    said = " ".join(answer.err.split())
    assert "has 16,000 Hz and the model hears 4,000" in said
    assert "train one with --rate 16000" in said
    info = soundfile.info(mix.parent / "o" / "source_1.wav")
    assert (info.channels, info.samplerate, info.frames) == (channels, RATE, 4000)


@pytest.mark.parametrize(
    ("sound", "words", "code", "message"),
    [
        (np.zeros(9000), [], 1, "is silent throughout"),
        (
            np.full(100, 0.1),
            [],
            1,
            "100 samples at 4,000 Hz are shorter than one frame of the model; at least 128",
        ),
        (bursts(100, 900, 1), ["--sources", 9], 2, "--sources must be within 1 to 6 for this model; got 9"),
        (bursts(100, 900, 1), ["--sources", 0], 2, "--sources must be within 1 to 6 for this model; got 0"),
        (bursts(100, 900, 1), ["--masks", "fuzzy"], 2, "masks must be one of soft, hard; got 'fuzzy'"),
        (bursts(100, 900, 1), ["--truth", "mix.wav"], 2, "--truth must be given for 2 to 2 sources; got 1"),
        (bursts(100, 900, 1), 3 * ["--truth", "mix.wav"], 2, "must be given for 2 to 2 sources; got 3"),
        (None, [], 1, "not a sound file that can be read"),
    ],
)
def test_mixtures_and_options_that_cannot_be_used_are_one_line(
    trained, mix, run, sound, words, code, message
):
    if sound is None:
        mix.write_bytes(b"no sound")
    else:
        soundfile.write(mix, sound, RATE)
    asked = words if "--sources" in words else ["--sources", 2, *words]
    words = [str(mix) if word == "mix.wav" else word for word in asked]
    answer = run(
        "audio", "separate", mix, "--model", trained[1], "--out", mix.parent / "o", *words, code=code
    )
    assert message in answer.error
    assert not (mix.parent / "o").exists()


def test_model_folders_that_are_missing_damaged_or_something_else_are_one_line(trained, mix, run, tmp_path):
    broken = shutil.copytree(trained[1], tmp_path / "broken")
    (broken / "arrays.safetensors").write_bytes(b"x")
    for model, message in (
        (tmp_path / "none", "no deep-clustering is saved there: no such folder"),
        (broken, "differs from its recorded"),
    ):
        answer = run("audio", "separate", mix, "--model", model, "--out", tmp_path / "o", code=1)
        assert message in answer.error
    assert not (tmp_path / "o").exists()


def test_folders_that_cannot_be_learnt_from_and_foreign_places_are_one_line(
    trained, folders, mix, run, tmp_path
):
    train = ("audio", "train-separator")
    (tmp_path / "one").mkdir()
    shutil.copytree(folders / "low", tmp_path / "one" / "low")
    assert "at least two; 1 found" in run(*train, tmp_path / "one", "--out", tmp_path / "m", code=1).error
    (tmp_path / "one" / "quiet").mkdir()
    soundfile.write(tmp_path / "one" / "quiet" / "a.wav", np.zeros(4000), RATE)
    assert (
        "fewer than two of its folders"
        in run(*train, tmp_path / "one", "--out", tmp_path / "m", code=1).error
    )
    assert "--rate" in run(*train, folders, "--out", tmp_path / "m", "--rate", 10, code=2).error
    assert not (tmp_path / "m").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "text.txt").write_text("keep")
    for words in ((*train, folders), ("audio", "separate", mix, "--model", trained[1])):
        assert "holds other things" in run(*words, "--out", tmp_path / "mine", code=2).error
    assert (tmp_path / "mine" / "text.txt").read_text() == "keep"


def test_a_training_that_is_stopped_goes_on_where_it_was(folders, tmp_path, run, monkeypatch):
    from bandscape.embeddings.audio.separation.network import Trainer

    steps, taken = Trainer.step, []

    def counted(self, *batch):
        taken.append(1)
        if len(taken) == 4:
            raise KeyboardInterrupt
        return steps(self, *batch)

    monkeypatch.setattr(Trainer, "step", counted)
    monkeypatch.setattr("bandscape.cli.steps.separation._MIXTURES", 1)
    words = ("audio", "train-separator", folders, "--out", tmp_path / "m", *SMALL, "--iterations", 6)
    stopped = run(*words, code=130)
    assert "run the same command again to go on" in stopped.err
    assert not (tmp_path / "m").exists()
    assert run(*words, "--json").json["iterations"] == 6
    assert len(taken) == 4 + 3  # three of six were kept
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_without_a_model_one_is_learnt_once_and_kept(mix, run, tmp_path, monkeypatch):
    monkeypatch.setenv("BANDSCAPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("bandscape.cli.steps.general_separator.N_INSTRUMENTS", 4)
    monkeypatch.setattr("bandscape.cli.steps.general_separator.N_ITERATIONS", 1)
    words = ("audio", "separate", mix, "--sources", 2, "--out", tmp_path / "o")
    first = run(*words)
    assert "learning to separate" in first.err
    assert "learning to separate" not in run(*words).err
    assert len(list((tmp_path / "o").glob("source_*.wav"))) == 2


def test_a_network_of_combs_is_learnt_and_separates_and_a_name_that_is_none_is_refused(
    folders, mix, tmp_path, run
):
    words = ["audio", "train-separator", folders, "--out", tmp_path / "m", *SMALL, "--iterations", 2]
    wrong = run(*words, "--network", "harp", code=2)
    assert "network must be one of blstm, harmonic; got 'harp'" in wrong.err
    assert not (tmp_path / "m").exists()
    assert run(*words, "--network", "harmonic").code == 0
    config = json.loads((tmp_path / "m" / "config.json").read_text())
    assert (config["network"], config["frame_ms"], config["segment_frames"]) == ("harmonic", 64, 64)
    assert (config["n_units"], config["batch_size"]) == (12, 8), "what is asked for goes before what is usual"
    out = tmp_path / "out"
    assert run("audio", "separate", mix, "--model", tmp_path / "m", "--sources", 2, "--out", out).code == 0
    parts = [soundfile.read(out / f"source_{at}.wav")[0] for at in (1, 2)]
    np.testing.assert_allclose(sum(parts), soundfile.read(mix)[0], atol=1e-3)
