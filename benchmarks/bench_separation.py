"""Deep clustering: how far sources are separated that were never heard, beside perfect masks, and what it costs.

All figures are means over mixtures of 4 s of two sources within 5 dB. Learnt: 400 random instruments of 12 s, or four
of six speakers of spoken digits (three pairs held out in turn), or drum machines and readers (drums against voice).
Tried: instruments drawn with another seed, the two other speakers, a drum machine and a reader not learnt from; the
speakers' model goes on from that of the instruments. Gains are in SI-SDR over the mixture; beside them the ideal
binary mask, which knows the sources. Processor seconds are those of the training. The sweep over the length of
embeddings learns for a quarter of the time. Run ``python -m benchmarks separation``;
``BANDSCAPE_QUICK=1`` learns for a tenth of the time, to see that all of it runs.
"""

import itertools
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

RATE = 8000
QUICK = bool(os.environ.get("BANDSCAPE_QUICK"))
ITERATIONS = 2400
UNSEEN = 3  # seed of the instruments that are tried; settings were chosen on those of seed 2
DIMS = (5, 20, 40, 60)
HELD_OUT = (("george", "jackson"), ("lucas", "nicolas"), ("theo", "yweweler"))
SPEECH = {"speed_range": 0.3, "tone_range_db": 5.0, "learning_rate": 1e-3}
_LONG_S = 300


def row(
    name: str, value: float, unit: str, *, peer: str = "", ratio: float | None = None, note: str = ""
) -> dict:
    return {"name": name, "value": value, "unit": unit, "peer": peer, "ratio": ratio, "note": note}


def iterations(share: float) -> int:
    return max(2, round(ITERATIONS * share * (0.1 if QUICK else 1.0)))


def instruments(seed: int, count: int, seconds: float):
    from bandscape.datasets.simulation.instruments import make_instruments
    from bandscape.embeddings.audio.source_mixing import SourcePool

    made = make_instruments(count, duration_s=seconds, sample_rate_hz=RATE, random_state=seed)
    return SourcePool.of({name: [sound] for name, sound in made.items()}, RATE)


def speakers(folder: Path, wanted) -> object:
    import soundfile

    from bandscape.embeddings.audio.source_mixing import SourcePool

    sounds: dict[str, list] = {}
    for path in sorted((folder / "fsdd").glob("*.wav")):
        who = path.stem.split("_")[1]
        if wanted(who):
            sounds.setdefault(who, []).append(soundfile.read(path, dtype="float32")[0])
    return SourcePool.of(sounds, RATE)


def drums_and_voice(folder: Path):
    """Return pools to learn from (three kits, two readers) and to try (the other kit, the other reader)."""
    from bandscape.embeddings.audio import read_audio
    from bandscape.embeddings.audio.source_mixing import SourcePool

    kits = sorted(path for path in (folder / "drums").iterdir() if path.is_dir())
    readers = sorted((folder / "librosa_clips").glob("[0-9]*-[0-9]*-[0-9]*.ogg"))
    parts = {"learn": (kits[:-1], readers[:-1]), "try": (kits[-1:], readers[-1:])}
    pools = []
    for some_kits, some_readers in parts.values():
        drums = [p for kit in some_kits for p in sorted(kit.glob("*.wav"))]
        read = {name: [read_audio(p, sample_rate_hz=RATE, n_channels=1)[0][:, 0] for p in paths]
                for name, paths in (("drums", drums), ("voice", some_readers))}  # fmt: skip
        pools.append(SourcePool.of(read, RATE))
    return pools


def learn(pool, share: float, start=None, **options):
    from bandscape.embeddings.audio.deep_clustering import DeepClustering

    return DeepClustering(n_iterations=iterations(share), **options).fit(pool, start=start)


def gain_row(name: str, facts: dict, model, note: str = "") -> dict:
    share, sdr, least = facts["share_of_binary"], facts["sdr_gain_db"], facts["least_si_sdr_gain_db"]
    said = f"{share:.0%} of it; SDR {sdr:+.1f}, least {least:+.1f}; {len(model.losses_)} batches"
    said += f", {model.cpu_seconds_:.0f} s of processor{note}"
    peer = f"binary mask {facts['binary_gain_db']:.1f}, ratio mask {facts['ratio_gain_db']:.1f}"
    return row(name, facts["si_sdr_gain_db"], "dB", peer=peer, note=said)


def try_on(model, pool, **options) -> dict:
    from bandscape.embeddings.audio.separation_trial import try_separation

    return try_separation(model, pool, n_mixtures=6 if QUICK else 30, **options).facts()


def instrument_rows(model) -> list[dict]:
    unseen = instruments(UNSEEN, 40, 8.0)
    rows = [
        gain_row(f"unseen instruments, {masks} masks", try_on(model, unseen, masks=masks), model)
        for masks in ("soft", "hard")
    ]
    return [*rows, count_row(model, unseen), *spectral_rows(model, unseen), long_row(model, unseen)]


def sweep_rows() -> list[dict]:
    unseen, learnt = instruments(UNSEEN, 40, 8.0), instruments(1, 400, 12.0)
    rows = []
    for dim in DIMS:
        model = learn(learnt, 0.25, dim=dim, tone_range_db=0.0)
        rows.append(gain_row(f"embeddings of {dim}, unseen instruments", try_on(model, unseen), model))
    return rows


def count_row(model, pool) -> dict:
    """Measure how often the number of sources is estimated right, for one and two sources."""
    from bandscape.embeddings.audio.separation import count_sources
    from bandscape.embeddings.audio.source_mixing import draw_mixture

    rng, right = np.random.default_rng(7), {1: [], 2: []}
    for _, count in itertools.product(range(5 if QUICK else 20), right):
        mixture = draw_mixture(pool, count, 4 * RATE, rng).sum(axis=0)[:, None]
        right[count].append(count_sources(model, [mixture], most=4) == count)
    note = f"one source {np.mean(right[1]):.0%}, two {np.mean(right[2]):.0%}"
    return row(
        "number of sources estimated right", float(np.mean([*right[1], *right[2]])), "share", note=note
    )


def spectral_rows(model, pool) -> list[dict]:
    """Compare k-means with spectral clustering of the same cells, on mixtures of half a second."""
    from bandscape.embeddings.audio.embedding_clusters import find_centers, memberships, spectral_labels
    from bandscape.embeddings.audio.masks import apply_masks, one_hot
    from bandscape.embeddings.audio.separation_network import cell_weights
    from bandscape.embeddings.audio.separation_quality import score_separation
    from bandscape.embeddings.audio.short_time import stft
    from bandscape.embeddings.audio.source_mixing import draw_mixture

    rng, gains, spent = (
        np.random.default_rng(8),
        {"k-means": [], "spectral": []},
        {"k-means": 0.0, "spectral": 0.0},
    )
    for _ in range(3 if QUICK else 10):
        sources = draw_mixture(pool, 2, RATE // 2, rng)
        mixture = sources.sum(axis=0)
        magnitudes = np.abs(stft(mixture, model.n_fft))
        points = model.embed(magnitudes).reshape(-1, model.dim)
        heard = np.flatnonzero(cell_weights(magnitudes).ravel())
        heard = np.sort(rng.choice(heard, min(len(heard), 1500), replace=False))
        for name in gains:
            begun = time.process_time()
            if name == "k-means":
                centers = find_centers(points[heard], np.ones(len(heard)), 2, rng)
            else:
                labels = spectral_labels(points[heard], 2, rng)
                centers = np.stack([points[heard][labels == at].mean(axis=0) for at in (0, 1)])
            spent[name] += time.process_time() - begun
            owners = memberships(points, centers).argmax(axis=0)
            if name == "spectral":
                owners[heard] = labels
            parts = apply_masks(mixture, one_hot(owners.reshape(magnitudes.shape), 2))
            gains[name].append(score_separation(sources, parts).si_sdr_gain_db)
    ours, peer = (float(np.mean(gains[name])) for name in ("k-means", "spectral"))
    note = f"0.5 s, hard masks; {spent['k-means']:.2f} s against {spent['spectral']:.2f} s of processor"
    return [row("k-means of the cells", ours, "dB", peer=f"spectral clustering {peer:.1f}", note=note)]


def long_row(model, pool) -> dict:
    """Separate five minutes by the command line; its peak of memory."""
    from bandscape.embeddings.audio import write_audio
    from bandscape.embeddings.audio.separation_quality import score_separation
    from bandscape.embeddings.audio.source_mixing import draw_mixture

    seconds = 30 if QUICK else _LONG_S
    with tempfile.TemporaryDirectory() as folder:
        sources = draw_mixture(pool, 2, seconds * RATE, np.random.default_rng(9))
        write_audio(Path(folder, "mix.wav"), sources.sum(axis=0), RATE)
        model.save(Path(folder, "model"))
        words = ["audio", "separate", f"{folder}/mix.wav", "--model", f"{folder}/model", "--sources", "2",
                 "--out", f"{folder}/out"]  # fmt: skip
        program = (
            "import resource, sys; from bandscape.cli.main import _run; code = _run(sys.argv[1:], debug=False);"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr); sys.exit(code)"
        )
        begun = time.perf_counter()
        ran = subprocess.run(
            [sys.executable, "-c", program, *words], capture_output=True, text=True, check=True
        )
        wall = time.perf_counter() - begun
        parts = [_read(Path(folder, "out", f"source_{at}.wav")) for at in (1, 2)]
        score = score_separation(sources, np.stack(parts))
    peak = int(ran.stderr.split()[-1]) / 1e6
    note = f"peak of memory, all of the program; {wall:.0f} s; SI-SDR {score.si_sdr_gain_db:+.1f} dB over the whole"
    return row(f"a mixture of {seconds} s separated", peak, "GB", note=note)


def _read(path: Path) -> np.ndarray:
    import soundfile

    return soundfile.read(path, dtype="float32")[0]


def speaker_rows(folder: Path, start) -> list[dict]:
    rows = []
    for pair in HELD_OUT:
        model = learn(speakers(folder, lambda who, pair=pair: who not in pair), 0.25, start, **SPEECH)
        facts = try_on(model, speakers(folder, lambda who, pair=pair: who in pair))
        rows.append(gain_row(f"unseen speakers {' and '.join(pair)}", facts, model))
    mean = float(np.mean([one["value"] for one in rows]))
    return [row("two unseen speakers, mean of three pairs", mean, "dB"), *rows]


def drum_rows(folder: Path) -> list[dict]:
    learnt, unseen = drums_and_voice(folder)
    model = learn(learnt, 0.3)
    return [gain_row("drums against voice, both unseen", try_on(model, unseen), model)]


def run(data_dir: Path) -> list[dict]:
    model = learn(instruments(1, 400, 12.0), 1.0, tone_range_db=0.0)
    return [*instrument_rows(model), *speaker_rows(data_dir, model), *drum_rows(data_dir), *sweep_rows()]


if __name__ == "__main__":
    from benchmarks.__main__ import data_dir

    for one in run(data_dir()):
        print(
            f"{one['name']:52} {one['value']:8.2f} {one['unit']:6} {one['peer']:36} {one['note']}", flush=True
        )
