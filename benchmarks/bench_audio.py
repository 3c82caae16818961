"""Sound: how fast features are read, and how well and how fast the stereo autoencoder learns a song.

Features: ten minutes of stereo FLAC at 44.1 kHz, times real time, processor time of one thread; and librosa on the
same file (read, resampled by soxr, log-mel and MFCC). The song is synthetic stereo of 30 s, another for each seed;
figures are means over three seeds, and the note gives the least. Edges are the first and last 16 samples of
stretches of 1024 restored alone, beside the same samples restored within the song: other samples of the stretches
are no measure for them, since what sounds there may be easier or harder (up to 1 dB over 60 stretches). Bottlenecks
learn the song that they are measured on, as its principal directions do. Codes of long blocks are measured on three
pairs of recordings too, 30 s of one panned to the left and of one to the right (22,050 Hz); *half* is what they reach
on the second half of a song when they have learnt the first, beside principal directions that did the same. Run
``python -m benchmarks audio``, in slices with ``BANDSCAPE_SLICE_S=200``.
"""

import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.rows import row
from benchmarks.slices import Slices

N_CHANNELS = (2, 4, 5, 6, 7)
CONTEXT = {"n_context": 4, "n_iterations": 200, "batch_size": 25}
WITH_CONTEXT = (4, 5, 6, 7)
BLOCK_CHANNELS = (2, 3, 4, 5, 6, 7)
BLOCK = {"n_block": 64, "n_iterations": 300, "batch_size": 25}
HALVED = 4  # channels
# of librosa_clips, one to the left and one to the right
RECORDED = (("Hungarian_Dance", "Karissa_Hobbs"), ("Vibe_Ace", "Sugar_Plum"), ("Karissa_Hobbs", "Vibe_Ace"))
_RECORDED_S, _ACROSS = 30, 0.4


def feature_rows() -> list[dict]:
    import librosa
    import soundfile

    from bandscape.embeddings.audio import describe_audio

    seconds, times = 600, {"us": [], "librosa": []}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.flac")
        noise = np.random.default_rng(0).standard_normal((44_100 * seconds, 2)) * 0.1
        soundfile.write(path, noise, 44_100)

        def theirs() -> None:
            y, rate = librosa.load(path, sr=22_050, mono=True, res_type="soxr_hq")
            mel = librosa.feature.melspectrogram(y=y, sr=rate, n_fft=1024, hop_length=512, n_mels=64)
            librosa.feature.mfcc(S=librosa.power_to_db(mel, top_db=None), n_mfcc=20)

        for _ in range(3):
            for name, work in (("us", lambda: describe_audio(path)), ("librosa", theirs)):
                begun = time.process_time()
                work()
                times[name].append(time.process_time() - begun)
    us, peer = (seconds / min(times[name]) for name in ("us", "librosa"))
    return [row("features, one core", us, "x real time", peer=f"librosa {peer:.0f}", ratio=us / peer)]


def make_song(seed: int) -> np.ndarray:
    from bandscape.datasets.simulation.audio import AudioSettings, scale_timbre, synthesize

    rng = np.random.default_rng(seed)
    settings = AudioSettings(duration_s=10, sample_rate_hz=44_100)
    return np.concatenate([synthesize(scale_timbre(rng.uniform(size=8)), settings, rng) for _ in range(3)])


def linear_bound_db(song: np.ndarray, n_channels: int) -> float:
    """Return what the best linear code with ``n_channels`` numbers for four samples reaches, however long its filters.

    The principal directions of the eight numbers of four stereo samples at each frequency, of spectra averaged over
    stretches of 1,024 samples.
    """
    rows = np.asarray(song[: len(song) // 4 * 4], np.float64).reshape(-1, 8)
    stretches = np.lib.stride_tricks.sliding_window_view(rows, 256, axis=0)[::128]  # (n, 8, 256)
    spectra = np.fft.rfft(stretches * np.hanning(256), axis=-1)
    power = np.einsum("nif,njf->fij", spectra, spectra.conj())
    strength = np.linalg.eigvalsh(power)[:, ::-1]
    twice = np.r_[1.0, np.full(len(strength) - 2, 2.0), 1.0]  # negative frequencies
    lost = max(float(twice @ strength[:, n_channels:].sum(axis=1)), 1e-300)
    return min(10.0 * np.log10(float(twice @ strength.sum(axis=1)) / lost), 150.0)


def recorded_song(data_dir: Path, pair: tuple[str, str]) -> np.ndarray:
    """Return two recordings, of which each is heard on the other side too, but softer."""
    from bandscape.embeddings.audio import read_audio

    sounds = []
    for name in pair:
        [path] = (data_dir / "librosa_clips").glob(f"*{name}*.ogg")
        sound, rate = read_audio(path, n_channels=1)
        sounds.append(sound[: _RECORDED_S * rate, 0])
    left, right = (sound / np.sqrt(np.mean(np.square(sound))) for sound in sounds)
    return np.asarray(0.1 * np.stack([left + _ACROSS * right, right + _ACROSS * left], axis=1), np.float32)


def measure_song(song: np.ndarray, seed: int, **options: object) -> dict[str, float]:
    from bandscape.embeddings.audio.song.sound_quality import block_pca, snr_db
    from bandscape.embeddings.audio.song.stereo_autoencoder import StereoAutoencoder

    begun = time.process_time()
    model = StereoAutoencoder(random_state=seed, **options).fit(song)  # pyright: ignore[reportArgumentType]
    spent = time.process_time() - begun
    restored = model.restore(song)
    linear = block_pca(song, min(model.n_channels * 64, 512), 256)
    short = block_pca(song, min(model.n_channels, 8), 4)
    found = edge_facts(model, song, restored) if model.n_block == 1 else block_facts(model, song, restored)
    return found | {
        "inner": snr_db(song[64:-64], restored[64:-64]),
        "side": snr_db(song[:, 0] - song[:, 1], restored[:, 0] - restored[:, 1]),
        "pca": snr_db(song[: len(linear)], linear),
        "short_pca": snr_db(song[: len(short)], short),
        "bound": linear_bound_db(song, model.n_channels),
        "seconds": model.seconds_,
        "cpu_seconds": spent,
    }


def edge_facts(model, song: np.ndarray, restored: np.ndarray) -> dict[str, float]:
    """Restore stretches alone, and compare their ends with the same samples within the song."""
    from bandscape.embeddings.audio.song.sound_quality import snr_db

    starts = range(0, len(song) - 1024, 20_000)
    pieces = np.stack([song[at : at + 1024] for at in starts])
    alone = np.stack([model.restore(piece) for piece in pieces])
    within = np.stack([restored[at : at + 1024] for at in starts])
    edge = np.r_[0:16, 1008:1024]
    return {"edges": snr_db(pieces[:, edge], alone[:, edge]) - snr_db(pieces[:, edge], within[:, edge])}


def block_facts(model, song: np.ndarray, restored: np.ndarray) -> dict[str, float]:
    """Compare the ends of blocks with their middles."""
    size = 4 * model.n_block
    whole = len(song) // size * size
    error = (
        np.square(restored[:whole] - song[:whole], dtype=np.float64).reshape(-1, size, 2).mean(axis=(0, 2))
    )
    edges = np.r_[error[:16], error[-16:]].mean()
    found = {"block_edges": float(10.0 * np.log10(edges / error[16:-16].mean()))}
    return found | (halves(model, song) if model.n_channels == HALVED else {})


def halves(model, song: np.ndarray) -> dict[str, float]:
    """Learn the first half of a song and restore the second."""
    from bandscape.embeddings.audio.song.sound_quality import snr_db
    from bandscape.embeddings.audio.song.stereo_autoencoder import StereoAutoencoder

    half = len(song) // (8 * model.n_block) * 4 * model.n_block
    learnt, unheard = song[:half], song[half : 2 * half]
    found = {}
    for name, block in (("half_short_pca", 4), ("half_pca", 256)):
        n_codes = model.n_channels * block // 4
        blocks = learnt[: half // block * block].reshape(-1, 2 * block)
        directions = np.linalg.eigh(blocks.T @ blocks)[1][:, ::-1][:, :n_codes]
        rest = unheard[: half // block * block]
        found[name] = snr_db(rest, (rest.reshape(-1, 2 * block) @ directions @ directions.T).reshape(-1, 2))
    again = StereoAutoencoder(**model.get_params()).fit(learnt)
    return found | {"half": snr_db(unheard, again.restore(unheard))}


def songs(slices: Slices, **options: object) -> list[dict[str, float]]:
    """Measure three songs, each a part of its own."""
    names = " ".join(f"{name}={value}" for name, value in options.items())
    return [
        slices.part(f"song {seed} {names}", lambda seed=seed: measure_song(make_song(seed), seed, **options))
        for seed in (11, 12, 13)
    ]


def recorded(slices: Slices, data_dir: Path, **options: object) -> list[dict[str, float]]:
    names = " ".join(f"{name}={value}" for name, value in options.items())
    return [
        slices.part(
            f"{'-'.join(pair)} {names}",
            lambda pair=pair: measure_song(recorded_song(data_dir, pair), 0, **options),
        )
        for pair in RECORDED
    ]


def block_rows(slices: Slices, data_dir: Path) -> list[dict]:
    rows = []
    for channels in BLOCK_CHANNELS:
        options = {"n_channels": channels, **BLOCK}
        note = f"blocks of {BLOCK['n_block']} codes (256 samples), {BLOCK['n_iterations']} iterations"
        for found, whose in (
            (songs(slices, **options), ""),
            (recorded(slices, data_dir, **options), ", recordings"),
        ):
            edges = max((one["block_edges"] for one in found), key=abs)
            more = f"; ends of blocks {edges:+.2f} dB at most"
            if channels == HALVED:
                names = ("half", "half_short_pca", "half_pca")
                half, short, long = (float(np.mean([one[name] for one in found])) for name in names)
                more += f"; half {half:.1f}, block PCA {short:.1f} (4), {long:.1f} (256)"
            rows.append(bottleneck_row(found, f"bottleneck of {channels}{whose}, blocks, inner", note, more))
    return rows


def song_rows(slices: Slices) -> list[dict]:
    rows = []
    for start, rate in (("orthogonal", 3e-3), ("glorot", 1e-3)):
        found = songs(slices, start=start, learning_rate=rate)
        for what, unit in (
            ("inner", "dB"),
            ("side", "dB"),
            ("edges", "dB from within the song"),
            ("seconds", "s"),
        ):
            values = [one[what] for one in found]
            note = f"64 channels, 150 iterations; {min(values):.1f} to {max(values):.1f}"
            rows.append(
                row(f"stereo autoencoder, {start} start, {what}", float(np.mean(values)), unit, note=note)
            )
    return rows


def bottleneck_rows(slices: Slices) -> list[dict]:
    rows = []
    for channels in N_CHANNELS:
        name = f"bottleneck of {channels}, inner"
        for iterations in (150, 600):
            note = f"{iterations} iterations; the network sees 10 samples"
            found = songs(slices, n_channels=channels, n_iterations=iterations)
            rows.append(bottleneck_row(found, name, note))
        if channels in WITH_CONTEXT:
            note = f"{CONTEXT['n_iterations']} iterations; {CONTEXT['n_context']} layers of context"
            rows.append(bottleneck_row(songs(slices, n_channels=channels, **CONTEXT), name, note))
    return rows


def bottleneck_row(found: list[dict[str, float]], name: str, note: str, more: str = "") -> dict:
    ours, pca, short, bound, seconds = (
        float(np.mean([one[what] for one in found]))
        for what in ("inner", "pca", "short_pca", "bound", "cpu_seconds")
    )
    gains = [
        f"{said} on {size} samples"
        for size, said in ((4, over(found, "short_pca")), (256, over(found, "pca")))
    ]
    peer = f"block PCA {short:.1f} (4 samples), {pca:.1f} (256, fitted to this song)"
    note += f"; {', '.join(gains)}"
    note += f"; linear codes of any length reach {bound:.1f}{more}; {seconds:.0f} s of processor"
    return row(name, ours, "dB", peer=peer, note=note)


def over(found: list[dict[str, float]], peer: str) -> str:
    gains = [one["inner"] - one[peer] for one in found]
    return f"{min(gains):+.2f} to {max(gains):+.2f}"


def run(data_dir: Path) -> list[dict]:
    slices = Slices("audio")
    rows = slices.part("features", feature_rows) + song_rows(slices) + block_rows(slices, data_dir)
    return rows + bottleneck_rows(slices)


if __name__ == "__main__":
    from benchmarks.__main__ import data_dir

    for one in run(data_dir()):
        print(f"{one['name']:48} {one['value']:8.2f} {one['unit']:20} {one['peer']:18} {one['note']}")
