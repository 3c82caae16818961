"""Deep clustering: how far sources are separated that were never heard, beside perfect masks, and what it costs.

All figures are means over mixtures of 4 s of two sources within 5 dB. Learnt: 400 random instruments of 12 s, or four
of six speakers of spoken digits (three pairs held out in turn), or drum machines, drawn drums, readers, speakers and
simulated voices (drums against voice). Tried: instruments drawn with another seed, the two other speakers, a drum
machine and a reader not learnt from (three pairs). Gains
are in SI-SDR over the mixture; beside them the ideal binary mask, which knows the sources. Processor seconds are those
of the training. Speakers are learnt in several ways, each tried on the pair that settings were chosen on: four are few.
*Seen speakers* are those four, by takes that were not learnt from. The sweep over the length of embeddings learns for
a quarter of the time. Run ``python -m benchmarks separation``, in slices with ``BANDSCAPE_SLICE_S=200``;
``BANDSCAPE_QUICK=1`` learns for a tenth of the time, to see that all of it runs.
"""

import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.slices import Slices

RATE = 8000
QUICK = bool(os.environ.get("BANDSCAPE_QUICK"))
ITERATIONS = 2400
UNSEEN = 3  # seed of the instruments that are tried; settings were chosen on those of seed 2
DIMS = (5, 20, 40, 60)
HELD_OUT = (("george", "jackson"), ("lucas", "nicolas"), ("theo", "yweweler"))
N_VARIANTS, N_VOICES = 20, 120
WIDE = {"batch_size": 32, "learning_rate": 2e-3, "tone_range_db": 5.0}  # where there are many to tell apart
LONG = {
    "frame_ms": 64,
    "segment_frames": 64,
}  # harmonics of a man's voice are told apart; takes as long as 100 of 32
COMBS = {"network": "harmonic", "n_units": 64, "n_layers": 1, "batch_size": 12}
VOICES = os.environ.get("BANDSCAPE_VOICES", "")
CROWDS = (4, 10, 20, 40)
KINDS = {
    "speed_range": 0.3,
    "tone_range_db": 6.0,
}  # where what is alike in a kind must be found in few examples
LEFT_OUT = ((0, 0), (1, 1), (3, 2))  # drum machine and reader; settings were chosen on the first two pairs
N_DRAWN_DRUMS, N_DRAWN_VOICES = 160, 40
_LEARNT_TAKES = range(12)  # of fifteen of each digit and speaker
_LONG_S = 300


def row(
    name: str, value: float, unit: str, *, peer: str = "", ratio: float | None = None, note: str = ""
) -> dict:
    return {"name": name, "value": value, "unit": unit, "peer": peer, "ratio": ratio, "note": note}


def iterations(share: float) -> int:
    return max(2, round(ITERATIONS * share * (0.1 if QUICK else 1.0)))


def instruments(seed: int, count: int, seconds: float):
    from bandscape.datasets.simulation.instruments import make_instruments
    from bandscape.embeddings.audio.separation.source_mixing import SourcePool

    made = make_instruments(count, duration_s=seconds, sample_rate_hz=RATE, random_state=seed)
    return SourcePool.of({name: [sound] for name, sound in made.items()}, RATE)


def speakers(folder: Path, wanted, takes=range(15)) -> Any:
    import soundfile

    from bandscape.embeddings.audio.separation.source_mixing import SourcePool

    sounds: dict[str, list] = {}
    for path in sorted((folder / "fsdd").glob("*.wav")):
        _, who, take = path.stem.split("_")
        if wanted(who) and int(take) in takes:
            sounds.setdefault(who, []).append(soundfile.read(path, dtype="float32")[0])
    return SourcePool.of(sounds, RATE)


def simulated_voices(count: int) -> Any:
    from bandscape.datasets.simulation.voices import make_voices
    from bandscape.embeddings.audio.separation.source_mixing import SourcePool

    made = make_voices(count, sample_rate_hz=RATE)
    return SourcePool.of({name: [sound] for name, sound in made.items()}, RATE)


def with_others(pool: Any, n_variants: int, n_voices: int) -> Any:
    """Add variants of the speakers, and simulated ones."""
    from bandscape.embeddings.audio.separation.source_mixing import SourcePool
    from bandscape.embeddings.audio.separation.voice_variants import add_variants

    sounds = add_variants(pool, n_variants).sounds
    return SourcePool(sounds | (simulated_voices(n_voices).sounds if n_voices else {}), RATE)


def drums_and_voice(folder: Path, kit: int, reader: int):
    """Return pools to learn from and to try: a drum machine and a reader are left for the trial.

    Three machines and two readers alone teach themselves and hardly anything else, so drawn drums, speakers of digits
    and simulated voices are learnt from, too.
    """
    from bandscape.embeddings.audio.separation.source_mixing import SourcePool

    kits = [
        heard(sorted(path.glob("*.wav"))) for path in sorted((folder / "drums").iterdir()) if path.is_dir()
    ]
    readers = heard(sorted((folder / "librosa_clips").glob("[0-9]*-[0-9]*-[0-9]*.ogg")))
    tried = SourcePool.of({"drums": kits.pop(kit), "voice": [readers.pop(reader)]}, RATE)
    digits = (np.concatenate(takes) / 32767.0 for takes in speakers(folder, bool).sounds.values())
    simulated = (voice / 32767.0 for [voice] in simulated_voices(N_DRAWN_VOICES).sounds.values())
    drums = [*itertools.chain(*kits), *drawn_drums()]
    return SourcePool.of({"drums": drums, "voice": [*readers, *digits, *simulated]}, RATE), tried


def heard(paths: Iterable[Path]) -> list[np.ndarray]:
    from bandscape.embeddings.audio import read_audio

    return [read_audio(path, sample_rate_hz=RATE, n_channels=1)[0][:, 0] for path in paths]


def drawn_drums() -> list[np.ndarray]:
    from benchmarks.drum_sounds import write_drums

    with tempfile.TemporaryDirectory() as folder:
        write_drums(Path(folder, "drums"), N_DRAWN_DRUMS, 5)
        return heard(sorted(Path(folder, "drums").rglob("*.wav")))


def learn(slices: Slices, name: str, pool, share: float, start=None, **options):
    """Learn from the pool that ``pool()`` makes, or take what an earlier slice learnt."""
    from bandscape.embeddings.audio.separation.deep_clustering import DeepClustering

    model = DeepClustering(n_iterations=iterations(share), **options)
    return slices.learnt(name, model, lambda **kept: model.fit(pool(), start=start, **kept))


def gain_row(name: str, facts: dict, model, note: str = "") -> dict:
    share, sdr, least = facts["share_of_binary"], facts["sdr_gain_db"], facts["least_si_sdr_gain_db"]
    said = f"{share:.0%} of it; SDR {sdr:+.1f}, least {least:+.1f}; {len(model.losses_)} batches"
    said += f", {model.cpu_seconds_:.0f} s of processor{note}"
    peer = f"binary mask {facts['binary_gain_db']:.1f}, ratio mask {facts['ratio_gain_db']:.1f}"
    return row(name, facts["si_sdr_gain_db"], "dB", peer=peer, note=said)


def try_on(model, pool, **options) -> dict:
    from bandscape.embeddings.audio.separation.trial import try_separation

    return try_separation(model, pool, n_mixtures=6 if QUICK else 30, **options).facts()


def tried(slices: Slices, name: str, model, pool, **options) -> dict:
    """Return the row of a trial."""
    return slices.part(name, lambda: gain_row(name, try_on(model, pool(), **options), model))


def instrument_rows(slices: Slices, model) -> list[dict]:
    def unseen():
        return instruments(UNSEEN, 40, 8.0)

    rows = [
        tried(slices, f"unseen instruments, {masks} masks", model, unseen, masks=masks)
        for masks in ("soft", "hard")
    ]
    return [
        *rows,
        slices.part("count", lambda: count_row(model, unseen())),
        *slices.part("spectral", lambda: spectral_rows(model, unseen())),
        slices.part("long", lambda: long_row(model, unseen())),
    ]


def sweep_rows(slices: Slices) -> list[dict]:
    rows = []
    for dim in DIMS:
        name = f"embeddings of {dim}, unseen instruments"
        model = learn(slices, name, all_instruments, 0.25, dim=dim, tone_range_db=0.0)
        rows.append(tried(slices, name, model, lambda: instruments(UNSEEN, 40, 8.0)))
    return rows


def all_instruments():
    return instruments(1, 400, 12.0)


def count_row(model, pool) -> dict:
    """Measure how often the number of sources is estimated right, for one and two sources."""
    from bandscape.embeddings.audio.separation.source_mixing import draw_mixture
    from bandscape.embeddings.audio.separation.windows import count_sources

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
    from bandscape.embeddings.audio.features.short_time import stft
    from bandscape.embeddings.audio.separation.embedding_clusters import (
        find_centers,
        memberships,
        spectral_labels,
    )
    from bandscape.embeddings.audio.separation.masks import apply_masks, one_hot
    from bandscape.embeddings.audio.separation.network import cell_weights
    from bandscape.embeddings.audio.separation.quality import score_separation
    from bandscape.embeddings.audio.separation.source_mixing import draw_mixture

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
    from bandscape.embeddings.audio.separation.quality import score_separation
    from bandscape.embeddings.audio.separation.source_mixing import draw_mixture

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


def speaker_rows(slices: Slices, folder: Path, instruments_model) -> list[dict]:
    """Compare ways to learn from few speakers on one pair, and go the last two of them on all three."""
    narrow = {"learning_rate": 1e-3, "tone_range_db": 5.0}
    ways = {
        "on from the instruments": (0, 0, 0.25, instruments_model, {**narrow, "speed_range": 0.3}),
        "variants of the four": (N_VARIANTS, 0, 0.25, None, WIDE),
        "variants, frames of 64 ms": (N_VARIANTS, 0, 0.25, None, WIDE | LONG),
        "simulated voices too": (N_VARIANTS, N_VOICES, 0.5, None, WIDE),
        # 400 s of processor
        "variants, frames of 64 ms, combs": (N_VARIANTS, 0, 0.28, None, WIDE | LONG | COMBS),
    }
    rows = [row for way in ways for row in pair_rows(slices, folder, HELD_OUT[0], way, *ways[way])]
    *_, voices, last = ways
    others = [
        row
        for way in (voices, last)
        for pair in HELD_OUT[1:]
        for row in pair_rows(slices, folder, pair, way, *ways[way])
    ]
    # some twelve minutes of processor a pair
    longer = "forty variants, frames of 64 ms, combs, learnt longer"
    settings = (2 * N_VARIANTS, 0, 0.625, None, WIDE | LONG | COMBS)
    others += [one for pair in HELD_OUT for one in pair_rows(slices, folder, pair, longer, *settings)]
    unseen = [one for one in [*rows, *others] if one["name"].startswith("unseen")]
    means = {
        way: [one["value"] for one in unseen if one["name"].endswith(f", {way}")] for way in (last, longer)
    }
    notes = {way: f"{way}; {', '.join(f'{mean:.1f}' for mean in of)}; goal 5" for way, of in means.items()}
    return [
        *(
            row("two unseen speakers, mean of three pairs", float(np.mean(of)), "dB", note=notes[way])
            for way, of in means.items()
        ),
        *rows,
        *others,
    ]


def pair_rows(
    slices: Slices, folder: Path, pair: tuple[str, str], way: str, n_variants: int, n_voices: int,
    share: float, start, options: dict[str, Any],
) -> list[dict]:  # fmt: skip
    """Learn from the other speakers; try the pair, and new takes of the others."""

    def others():
        four = speakers(folder, lambda who: who not in pair, _LEARNT_TAKES)
        return with_others(four, n_variants, n_voices)

    name = f"{' and '.join(pair)}, {way}"
    model = learn(slices, name, others, share, start, **options)
    new_takes = partial(speakers, folder, lambda who: who not in pair, range(12, 15))
    return [
        tried(slices, f"unseen {name}", model, lambda: speakers(folder, lambda who: who in pair)),
        tried(slices, f"seen speakers, without {name}", model, new_takes),
    ]


def voice_rows(slices: Slices, folder: Path) -> list[dict]:
    """Learn from more and more recorded speakers who say no digits, and try the six who do."""
    if not VOICES:
        print("rows of many speakers are left out: BANDSCAPE_VOICES names no folder", file=sys.stderr)
        return []
    names = sorted(path.name for path in Path(VOICES).iterdir() if path.is_dir())
    order = np.random.default_rng(11).permutation(names).tolist()
    return [
        row
        for count in sorted({*(count for count in CROWDS if count < len(names)), len(names)})
        for row in crowd_rows(slices, folder, order[:count])
    ]


def crowd_rows(slices: Slices, folder: Path, chosen: list[str]) -> list[dict]:
    way = f"{len(chosen)} speakers of BANDSCAPE_VOICES"
    model = learn(slices, way, lambda: recorded(chosen), 0.5, **WIDE, **LONG)
    rows = [
        tried(
            slices, f"unseen {' and '.join(pair)}, {way}", model, partial(speakers, folder, pair.__contains__)
        )
        for pair in HELD_OUT
    ]
    return [*rows, tried(slices, f"new mixtures of the same, {way}", model, lambda: recorded(chosen))]


def recorded(chosen: list[str]) -> Any:
    from bandscape.cli.steps.separation import read_sources
    from bandscape.embeddings.audio.separation.source_mixing import SourcePool

    sounds = read_sources(Path(VOICES), RATE).pool.sounds
    return SourcePool({name: sounds[name] for name in sorted(chosen) if name in sounds}, RATE)


def drum_rows(slices: Slices, folder: Path) -> list[dict]:
    rows = [drum_row(slices, folder, seed, *pair) for seed, pair in enumerate(LEFT_OUT)]
    mean = float(np.mean([one["value"] for one in rows]))
    return [row("drums against voice, both unseen, mean of three pairs", mean, "dB"), *rows]


def drum_row(slices: Slices, folder: Path, seed: int, kit: int, reader: int) -> dict:
    learnt, unseen = drums_and_voice(folder, kit, reader)
    name = f"drums against voice, unseen machine {kit + 1} and reader {reader + 1}"
    model = learn(slices, name, lambda: learnt, 0.2, random_state=seed, **KINDS)
    return tried(slices, name, model, lambda: unseen)


def run(data_dir: Path) -> list[dict]:
    slices = Slices("separation", quick=QUICK)
    model = learn(slices, "instruments", all_instruments, 1.0, tone_range_db=0.0)
    return [
        *instrument_rows(slices, model), *sweep_rows(slices), *speaker_rows(slices, data_dir, model),
        *voice_rows(slices, data_dir), *drum_rows(slices, data_dir),
    ]  # fmt: skip


if __name__ == "__main__":
    from benchmarks.__main__ import data_dir

    for one in run(data_dir()):
        print(
            f"{one['name']:52} {one['value']:8.2f} {one['unit']:6} {one['peer']:36} {one['note']}", flush=True
        )
