"""Sound files, good and bad."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from bandscape.core.errors import ParameterError, SourceError
from bandscape.datasets.audio_files import find_audio_files, match_labels, read_track_labels
from bandscape.embeddings.audio import describe_audio, probe_audio, read_audio, stream_audio, write_audio
from bandscape.embeddings.audio.files.tags import artist_tag


def tone(n, rate=8000, channels=1):
    t = np.arange(n) / rate
    return np.stack([0.5 * np.sin(2 * np.pi * (200 + 100 * c) * t) for c in range(channels)], axis=1)


@pytest.fixture
def wav(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(8000), 8000)
    return tmp_path / "a.wav"


@pytest.mark.parametrize("rate", [8000, 11_025, 44_100, 48_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2, 8])
def test_any_rate_and_channels_give_the_wanted_ones(tmp_path, rate, channels):
    soundfile.write(tmp_path / "x.wav", tone(rate // 4, rate, channels), rate)
    samples, found = read_audio(tmp_path / "x.wav", sample_rate_hz=16_000, n_channels=2)
    assert found == 16_000
    assert samples.shape == (4000, 2)
    assert 0.4 < np.abs(samples).max() < 0.6


def test_a_mono_file_is_doubled_and_a_wide_one_averaged(tmp_path, wav):
    samples, _ = read_audio(wav, n_channels=2)
    assert np.array_equal(samples[:, 0], samples[:, 1])
    soundfile.write(tmp_path / "b.wav", np.tile([0.5, -0.5], (100, 1)), 8000, subtype="FLOAT")
    assert not read_audio(tmp_path / "b.wav", n_channels=1)[0].any()


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "aiff", "mp3"])
def test_formats_keep_the_pitch(tmp_path, suffix):
    soundfile.write(tmp_path / f"x.{suffix}", tone(22_050, 22_050), 22_050)
    samples, rate = read_audio(tmp_path / f"x.{suffix}", n_channels=1)
    strongest = np.abs(np.fft.rfft(samples[:, 0])).argmax() * rate / len(samples)
    assert abs(strongest - 200) < 2


def test_m4a_and_its_tag_are_read_through_pyav(tmp_path):
    av = pytest.importorskip("av", reason="PyAV is not installed")
    path = tmp_path / "x.m4a"
    with av.open(str(path), "w") as container:
        container.metadata["artist"] = " Bj\u00f6rk "
        stream = container.add_stream("aac", rate=44_100, layout="mono")
        samples = tone(44_100, 44_100).T.astype(np.float32)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout="mono")
        frame.rate = 44_100
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    samples, rate = read_audio(path, n_channels=1)
    assert rate == 44_100
    assert abs(np.abs(np.fft.rfft(samples[:, 0])).argmax() * rate / len(samples) - 200) < 3
    assert artist_tag(path) == "Bj\u00f6rk"
    (tmp_path / "none.m4a").write_bytes(b"no sound")
    assert artist_tag(tmp_path / "none.m4a") is None
    with pytest.raises(SourceError, match=r"none\.m4a: not a sound file that can be read \(Invalid data"):
        read_audio(tmp_path / "none.m4a")


def test_chunks_of_any_size_join_to_the_same_samples(tmp_path):
    soundfile.write(tmp_path / "x.flac", tone(5000, 44_100, 2), 44_100)
    whole = np.concatenate(list(stream_audio(tmp_path / "x.flac", sample_rate_hz=22_050, n_channels=1)))
    for size in (1, 37, 4999):
        parts = stream_audio(tmp_path / "x.flac", sample_rate_hz=22_050, n_channels=1, chunk_frames=size)
        np.testing.assert_allclose(np.concatenate(list(parts)), whole, atol=1e-6)


def test_written_sound_is_read_back_and_loud_sound_is_cut(tmp_path):
    write_audio(tmp_path / "x.flac", np.array([[0.25], [2.0], [-2.0]]), 8000)
    np.testing.assert_allclose(read_audio(tmp_path / "x.flac")[0][:, 0], [0.25, 1, -1], atol=1e-4)
    fine = np.array([[0.25 + 2**-20], [1.5]])
    write_audio(tmp_path / "y.flac", fine, 8000, bits=24)
    assert probe_audio(tmp_path / "y.flac").bits == 24
    assert probe_audio(tmp_path / "x.flac").bits == 16
    np.testing.assert_allclose(read_audio(tmp_path / "y.flac")[0], np.minimum(fine, 1), atol=2**-22)
    with pytest.raises(ParameterError, match="bits must be 16 or 24"):
        write_audio(tmp_path / "x.wav", np.zeros(3), 8000, bits=8)
    with pytest.raises(ParameterError, match="flac"):
        write_audio(tmp_path / "x.xyz", np.zeros(3), 8000)


def broken(tmp_path, kind):
    path = tmp_path / "x.wav"
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "noise":
        path.write_bytes(np.random.default_rng(0).bytes(5000))
    elif kind == "header":
        soundfile.write(path, np.zeros((0, 1)), 8000)
    elif kind == "nan":
        soundfile.write(path, np.full(10, np.nan), 8000, subtype="FLOAT")
    elif kind == "huge":
        soundfile.write(path, np.full(5000, 5e19), 8000, subtype="FLOAT")
    elif kind == "truncated":
        soundfile.write(tmp_path / "w.flac", np.random.default_rng(0).uniform(-1, 1, 50_000), 8000)
        path = tmp_path / "x.flac"
        path.write_bytes((tmp_path / "w.flac").read_bytes()[:40_000])
    elif kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    return path


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("empty", "empty"), ("noise", "not a sound file"), ("header", "no samples"), ("nan", "NaN"),
     ("huge", "samples of 5e\\+19, where full scale is 1"),
     ("truncated", "breaks off"), ("folder", "folder"), ("pipe", "pipe"), ("absent", "no such file")],
)  # fmt: skip
def test_bad_files_say_what_is_wrong(tmp_path, kind, reason):
    with pytest.raises(SourceError, match=reason):
        describe_audio(broken(tmp_path, kind))


def test_options_out_of_range_are_refused(wav):
    for options in ({"chunk_frames": 0}, {"n_channels": 3}, {"sample_rate_hz": 1}):
        with pytest.raises(ParameterError, match=next(iter(options))):
            list(stream_audio(wav, **options))


def test_the_head_tells_rate_channels_and_length(wav):
    info = probe_audio(wav)
    assert (info.sample_rate_hz, info.n_channels, info.n_frames, info.duration_s) == (8000, 1, 8000, 1.0)


@pytest.mark.parametrize("kind", ["wav", "aiff", "au", "w64", "rf64", "mp3"])
def test_a_file_that_ends_before_its_head_says_is_refused_in_every_format(tmp_path, kind):
    path = tmp_path / f"x.{kind}"
    soundfile.write(path, tone(44_100, 44_100), 44_100, format=kind.upper())
    data = path.read_bytes()
    assert len(read_audio(path)[0]) == 44_100
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(SourceError, match=r"breaks off after [12]\d,\d{3} of 44,100 samples"):
        read_audio(path)


def test_the_piece_a_broken_flac_breaks_off_in_is_named(tmp_path, wav):
    path = tmp_path / "b.flac"
    write_audio(path, np.random.default_rng(0).uniform(-0.5, 0.5, 96_000), 8000)
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(
        SourceError, match=r"breaks off (between samples|after) [\d,]+( and [\d,]+)? of 96,000"
    ):
        read_audio(path)


def test_the_length_of_a_stream_is_not_a_promise(tmp_path, wav):
    data = bytearray(wav.read_bytes())
    data[40:44] = b"\xff\xff\xff\xff"  # what a program writes that does not know how much will come
    wav.write_bytes(data)
    assert len(read_audio(wav)[0]) == 8000


def test_an_mp3_of_noise_is_refused_in_our_words_and_its_codec_is_silent(tmp_path, capfd):
    path = tmp_path / "x.mp3"
    path.write_bytes(np.random.default_rng(42).bytes(50_000))
    with pytest.raises(SourceError, match=r"no \.mp3 sound in it"):
        read_audio(path)
    os.write(2, b"heard again")
    assert capfd.readouterr().err == "heard again"


def test_a_name_that_is_no_utf8_is_read(tmp_path, wav):
    odd = os.fsencode(tmp_path) + b"/latin\xe9.wav"
    wav.rename(os.fsdecode(odd))
    assert len(read_audio(os.fsdecode(odd))[0]) == 8000
    assert [file.track_id for file in find_audio_files(tmp_path, [".wav"])] == ["latin\\xe9.wav"]


def test_ids_are_apart_and_each_is_understood_in_a_table(tmp_path):
    folder = os.fsencode(tmp_path) + b"/A/"
    (tmp_path / "A").mkdir()
    for name in (b"caf\xe9.wav", b"caf\\xe9.wav", b"back\\slash.wav", b"plain.wav"):
        Path(os.fsdecode(folder + name)).write_bytes(name)
    found = {file.track_id: Path(file.path).read_bytes() for file in find_audio_files(tmp_path, [".wav"])}
    assert found == {
        r"A/back\slash.wav": rb"back\slash.wav",
        r"A/caf\\xe9.wav": b"caf\xe9.wav",
        r"A/caf\xe9.wav": rb"caf\xe9.wav",
        "A/plain.wav": b"plain.wav",
    }
    table = tmp_path / "who.csv"
    named = [*(one for one in found if "plain" not in one), r"A\plain.wav", r"A\lost.wav"]
    table.write_text("path,artist\n" + "".join(f"{one},artist of {one}\n" for one in named))
    labels, lost = match_labels(read_track_labels(table, "artist"), found)
    assert labels == {one: f"artist of {one}" for one in named[:3]} | {
        "A/plain.wav": r"artist of A\plain.wav"
    }
    assert lost == [r"A\lost.wav"]
