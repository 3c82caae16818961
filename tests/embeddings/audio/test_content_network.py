"""The content network, on tones whose height and roughness a tiny network learns."""

import json
import shutil

import numpy as np
import pytest
import soundfile
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from bandscape.core.checkpoints import Checkpoint
from bandscape.core.errors import ChecksumError, ParameterError, SourceError
from bandscape.embeddings.audio.content.augmentation import Variety
from bandscape.embeddings.audio.content.mel_patches import PatchSettings, hear_sound
from bandscape.embeddings.audio.content.network import ContentNetwork
from bandscape.embeddings.audio.content.targets import Target, make_target

RATE = 8000
TINY = {
    "sample_rate_hz": RATE, "n_mels": 16, "patch_frames": 24, "n_channels": 8, "n_hidden": 16, "dim": 8,
    "batch_size": 16, "n_iterations": 60, "learning_rate": 1e-2, "dropout": 0.0,
    "variety": Variety(speed=0.05, warp=0.0, tone_db=1.0, noise=0.0, masks=0),
}  # fmt: skip
SETTINGS = PatchSettings(RATE, 16)


def tone(high, rough, seed, seconds=0.3):
    """A tone of 500 or 2,000 Hz or so, with hiss or without."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    hz = (2000 if high else 500) * rng.uniform(0.85, 1.15)
    sound = np.sin(2 * np.pi * hz * t) + (rng.normal(0, 0.3, len(t)) if rough else 0)
    return (0.3 * sound * np.hanning(len(t))).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("tones")
    for at in range(48):
        soundfile.write(root / f"{at:02d}.wav", tone(at % 2, at // 2 % 2, at), RATE)
    soundfile.write(root / "long.wav", np.concatenate([tone(at % 2, 0, at, 0.5) for at in range(6)]), RATE)
    return root


@pytest.fixture(scope="module")
def sounds(folder):
    return [hear_sound(folder / f"{at:02d}.wav", SETTINGS).levels for at in range(48)]


def labels(n=48):
    return {
        "height": ["high" if at % 2 else "low" for at in range(n)],
        "rough": ["rough|any" if at // 2 % 2 else "any" for at in range(n)],
        "number": [1.5 * (at % 2) + 0.25 for at in range(n)],
        "place": [np.array([at % 2, at // 2 % 2, 0.5]) for at in range(n)],
    }


@pytest.fixture(scope="module")
def model(sounds):
    return ContentNetwork(**TINY | {"n_iterations": 200}).fit(sounds, labels(), held_out=range(40, 48))


def test_labels_of_all_kinds_are_said_of_sounds_that_were_not_learnt_from(model, folder):
    paths = [folder / f"{at:02d}.wav" for at in range(40, 48)]
    said = model.predict(paths)
    wanted = labels()
    assert [t.kind for t in model.targets_] == ["class", "tags", "number", "vector"]
    assert model.targets_[0].names == ("high", "low")
    np.testing.assert_allclose(said["height"].sum(axis=1), 1, atol=1e-5)
    for row, at in enumerate(range(40, 48)):
        assert model.targets_[0].names[said["height"][row].argmax()] == wanted["height"][at]
        assert (said["rough"][row, 1] > 0.5) == ("rough" in wanted["rough"][at])
        assert abs(said["number"][row, 0] - wanted["number"][at]) < 0.7
        assert (said["place"][row, 0] > 0.5) == bool(at % 2)


@pytest.mark.parametrize("pooling", ["mean", "rnn"])
def test_vectors_do_not_depend_on_the_size_of_the_pieces_read(folder, sounds, pooling):
    model = ContentNetwork(**TINY | {"pooling": pooling, "n_iterations": 2}).fit(sounds, labels())
    paths = [folder / "long.wav", folder / "03.wav"]
    whole = model.transform(paths)
    assert whole.shape == (2, 8)
    for size in (1, 997, 10**7) if pooling == "mean" else (997,):
        size = max(size, 61)  # one sample at a time would take minutes
        np.testing.assert_allclose(model.transform(paths, chunk_frames=size), whole, atol=1e-5)


def test_a_vector_does_not_depend_on_the_other_sounds(model, folder):
    paths = [folder / f"{at:02d}.wav" for at in range(4)]
    together = model.transform(paths)
    np.testing.assert_array_equal(model.transform(paths[2:3])[0], together[2])


def test_softer_sounds_have_the_same_vector_and_silence_has_one(model, folder, tmp_path):
    soundfile.write(tmp_path / "soft.wav", tone(1, 1, 3) * 0.1, RATE, subtype="FLOAT")
    soundfile.write(tmp_path / "loud.wav", tone(1, 1, 3), RATE, subtype="FLOAT")
    soundfile.write(tmp_path / "silent.wav", np.zeros(RATE), RATE)
    soft, loud, silent = model.transform([tmp_path / f"{name}.wav" for name in ("soft", "loud", "silent")])
    np.testing.assert_allclose(soft, loud, atol=1e-2 * np.abs(loud).max())
    assert np.isfinite(silent).all()


def test_missing_labels_are_masked_and_change_nothing_else(sounds):
    """Sounds without a label teach as if that head were not asked: another class for them changes nothing."""
    gaps = labels()["height"]
    gaps[5:30] = [None] * 25
    one = ContentNetwork(**TINY | {"n_iterations": 3}).fit(
        sounds, {"height": gaps, "number": labels()["number"]}
    )
    assert one.targets_[0].names == ("high", "low")
    wanted, known = one.targets_[0].encode(gaps)
    assert known.sum() == 23
    assert not wanted[5:30].any()
    assert np.isfinite(one.losses_).all()
    only = ContentNetwork(**TINY | {"n_iterations": 3}).fit(sounds, {"height": [*gaps[:47], "low"]})
    assert not np.allclose(only.losses_, one.losses_)


def test_a_class_that_was_not_learnt_is_unknown():
    target = make_target("genre", ["rock", "jazz", None])
    wanted, known = target.encode(["jazz", "polka", None])
    np.testing.assert_array_equal(wanted, [[1, 0], [0, 0], [0, 0]])
    np.testing.assert_array_equal(known, [1, 0, 0])


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["0", "1", "9"], "class"),
        (["7.5", "8"], "number"),
        ([str(year) for year in range(1980, 2010)], "number"),
        (["rock|pop", "rock"], "tags"),
        (["rock; pop", "jazz"], "tags"),
        (["rock", "7"], "class"),
        ([np.ones(3), np.zeros(3)], "vector"),
    ],
)
def test_the_kind_of_a_column_is_found(values, kind):
    target = make_target("x", values)
    assert target.kind == kind
    assert Target.of_facts(json.loads(json.dumps(target.facts()))) == target


def test_columns_of_which_nothing_can_be_learnt_are_refused():
    for values, said in (
        ([None, " "], "no sound has a value"),
        (["rock", "rock"], "at least two different values"),
        (["rock|pop", "pop;rock"], "at least two different values"),
        ([1.5, 1.5], "same value"),
    ):
        with pytest.raises(ParameterError, match=f"genre: .*{said}"):
            make_target("genre", values)
    with pytest.raises(ParameterError, match="genre: every value must be a number"):
        make_target("genre", ["1.5", "x"], "number")
    with pytest.raises(ParameterError, match="kind must be one of class, tags, number, vector; got 'x'"):
        make_target("genre", ["1"], "x")


def test_the_same_seed_learns_the_same_and_another_seed_another(sounds):
    one, two, other = (
        ContentNetwork(**TINY | {"n_iterations": 3, "random_state": s}).fit(sounds, labels())
        for s in (0, 0, 1)
    )
    for first, second in zip(one._layers.state(), two._layers.state(), strict=True):
        np.testing.assert_array_equal(first, second)
    assert not np.allclose(one.losses_, other.losses_)


@pytest.mark.parametrize("with_all", [False, True])
def test_a_training_that_is_stopped_goes_on_to_the_same_bytes(sounds, tmp_path, with_all):
    parameters = TINY | {"n_iterations": 8, "dropout": 0.3, "patience": 5}
    known = {"held_out": range(8)}
    if with_all:
        parameters["pooling"] = "rnn"
        known |= {"texts": ["loud words" if at % 2 else None for at in range(48)],
                  "inputs": {"year": [str(1990 + at % 9) for at in range(48)]}}  # fmt: skip
    whole = ContentNetwork(**parameters).fit(sounds, labels(), **known)

    def stop(event):
        if event.done >= 5:
            raise KeyboardInterrupt

    checkpoint = Checkpoint(tmp_path / "c", every_s=1e9)
    with pytest.raises(KeyboardInterrupt):
        ContentNetwork(**parameters).fit(sounds, labels(), checkpoint=checkpoint, on_progress=stop, **known)
    seen = []
    again = ContentNetwork(**parameters).fit(
        sounds, labels(), checkpoint=checkpoint, on_progress=lambda event: seen.append(event.done), **known
    )
    assert seen == [6, 7, 8]
    np.testing.assert_array_equal(again.losses_, whole.losses_)
    for first, second in zip(again._layers.state(), whole._layers.state(), strict=True):
        np.testing.assert_array_equal(first, second)


def test_patience_ends_a_training_that_gets_no_better_and_keeps_the_best(sounds):
    wrong = {
        "height": ["high" if at % 2 else "low" for at in range(32)]
        + ["low" if at % 2 else "high" for at in range(16)]
    }
    model = ContentNetwork(**TINY | {"n_iterations": 400, "patience": 2}).fit(
        sounds, wrong, held_out=range(32, 48)
    )
    assert len(model.losses_) < 400
    assert len(model.held_out_losses_) == len(model.losses_) // 50
    assert int(np.argmin(model.held_out_losses_)) == len(model.held_out_losses_) - 3


def test_a_listener_can_end_the_training_and_the_model_is_usable(sounds, folder):
    model = ContentNetwork(**TINY).fit(sounds, labels(), on_progress=lambda event: event.done >= 2)
    assert len(model.losses_) == 2
    assert np.isfinite(model.transform([folder / "00.wav"])).all()


def test_a_saved_model_says_the_same_and_holds_no_pickle(sounds, folder, tmp_path):
    texts = ["loud words" if at % 2 else None for at in range(48)]
    years = {"year": [str(1990 + at % 9) if at % 3 else None for at in range(48)]}
    model = ContentNetwork(**TINY | {"n_iterations": 3}).fit(sounds, labels(), texts=texts, inputs=years)
    model.save(tmp_path / "m")
    assert {f.name for f in (tmp_path / "m").iterdir()} == {
        "config.json",
        "arrays.safetensors",
        "manifest.json",
    }
    loaded = ContentNetwork.load(tmp_path / "m")
    paths = [folder / "00.wav", folder / "long.wav"]
    known = {"texts": ["words", None], "inputs": {"year": ["1993", "2222"]}}
    np.testing.assert_array_equal(loaded.transform(paths, **known), model.transform(paths, **known))
    assert loaded.fingerprint() == model.fingerprint()
    for name, said in model.predict(paths).items():
        np.testing.assert_array_equal(loaded.predict(paths)[name], said)
    shutil.copytree(tmp_path / "m", tmp_path / "cut")
    (tmp_path / "cut" / "arrays.safetensors").write_bytes(b"x" * 50)
    with pytest.raises(ChecksumError, match="cut"):
        ContentNetwork.load(tmp_path / "cut")
    with pytest.raises(SourceError, match="no content-network is saved there"):
        ContentNetwork.load(tmp_path / "none")


def test_a_text_and_a_value_are_heard_along_with_the_sound_and_may_be_absent(sounds, folder):
    """Half of the label stands in the text alone, and half in the year."""
    said = ["wolf" if at // 4 % 2 else "lamb" for at in range(48)]
    years = ["1970" if at // 8 % 2 else "2010" for at in range(48)]
    wanted = {"animal": said, "age": ["old" if year == "1970" else "new" for year in years]}
    texts = [f"it sings of the {word}" for word in said]
    parameters = TINY | {"n_iterations": 250, "learning_rate": 2e-2}
    model = ContentNetwork(**parameters).fit(sounds, wanted, texts=texts, inputs={"year": years})
    paths = [folder / f"{at:02d}.wav" for at in range(16)]
    found = model.predict(paths, texts=texts[:16], inputs={"year": years[:16]})
    for row in range(16):
        assert model.targets_[0].names[found["animal"][row].argmax()] == said[row]
        assert model.targets_[1].names[found["age"][row].argmax()] == wanted["age"][row]
    without = model.predict(paths)["animal"]
    assert np.isfinite(without).all()
    assert np.abs(without - 0.5).mean() < np.abs(found["animal"] - 0.5).mean()


def test_wrong_parameters_and_data_are_refused_before_anything_is_learnt(sounds):
    wrong = [
        {"dim": 1}, {"n_channels": 0}, {"n_hidden": True}, {"n_iterations": 0}, {"batch_size": 1.5}, {"pooling": "max"},
        {"patch_frames": 2}, {"sample_rate_hz": 100}, {"learning_rate": 1.0}, {"dropout": 1.0}, {"patience": 0},
        {"n_mels": 200}, {"variety": Variety(warp=0.9)},
    ]  # fmt: skip
    for one in wrong:
        name = next(iter(one))
        with pytest.raises(ParameterError, match="warp" if name == "variety" else name):
            ContentNetwork(**TINY | one).fit(sounds, labels())
    model = ContentNetwork(**TINY)
    for known, said in (
        ({"labels": {}}, "at least one label"),
        ({"labels": {"x": ["a"]}}, "x must have 48 entries"),
        ({"labels": labels(), "texts": ["a"]}, "texts must have 48 entries"),
        ({"labels": labels(), "inputs": {"height": labels()["height"]}}, "height is a label and an input"),
        ({"labels": labels(), "held_out": [99]}, "held_out must be rows within 0 to 47"),
        ({"labels": labels(), "held_out": range(47)}, "at least two sounds"),
    ):
        with pytest.raises(ParameterError, match=said):
            model.fit(sounds, **known)
    with pytest.raises(ParameterError, match="sounds must be uint8"):
        model.fit([sound.astype(float) for sound in sounds], labels())
    with pytest.raises(NotFittedError):
        clone(model).transform([])
    assert not hasattr(model, "losses_")
