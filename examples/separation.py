"""Three mixtures told apart: two instruments, two speakers, drums and a voice.

A network learns from sounds of some sources and separates mixtures of others that it never heard. Each table row says
what it gained over the mixture, in SI-SDR, and what masks would gain that know the sources. The instruments are
synthesized; speakers, drums and voices are read from the folder that ``BANDSCAPE_DATA`` names, or passed over.
``python examples/separation.py [BATCHES [FOLDER]]``: the 150 batches it learns from without a number are a first look,
1,200 are worth listening to; a mixture of each kind is written to the folder, with its parts.
"""

import os
import sys
from pathlib import Path

import numpy as np

from bandscape.datasets.simulation.instruments import make_instruments
from bandscape.datasets.simulation.voices import make_voices
from bandscape.embeddings.audio import read_audio, write_audio
from bandscape.embeddings.audio.separation.deep_clustering import DeepClustering
from bandscape.embeddings.audio.separation.source_mixing import SourcePool, draw_mixture
from bandscape.embeddings.audio.separation.trial import try_separation
from bandscape.embeddings.audio.separation.windows import separate

RATE = 8000
DATA = Path(os.environ.get("BANDSCAPE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
HELD_OUT = ("lucas", "nicolas")


def read_sounds(paths: list[Path]) -> list[np.ndarray]:
    """Read the sounds of a source."""
    return [read_audio(path, sample_rate_hz=RATE, n_channels=1)[0][:, 0] for path in paths]


def read_pool(folders: dict[str, list[Path]]) -> SourcePool:
    """Read the sounds of each source."""
    return SourcePool.of({name: read_sounds(paths) for name, paths in folders.items()}, RATE)


def instruments() -> tuple[SourcePool, SourcePool]:
    """Return instruments to learn from, and others to try."""
    made = (make_instruments(count, random_state=seed) for count, seed in ((200, 1), (20, 2)))
    learnt, others = (SourcePool.of({name: [sound] for name, sound in one.items()}, RATE) for one in made)
    return learnt, others


def speakers() -> tuple[SourcePool, SourcePool]:
    """Return four speakers of digits to learn from, and two others."""
    by_speaker: dict[str, list[Path]] = {}
    for path in sorted((DATA / "fsdd").glob("*.wav")):
        by_speaker.setdefault(path.stem.split("_")[1], []).append(path)
    others = {name: paths for name, paths in by_speaker.items() if name in HELD_OUT}
    return read_pool({n: p for n, p in by_speaker.items() if n not in others}), read_pool(others)


def drums_and_voice() -> tuple[SourcePool, SourcePool]:
    """Return drum machines and voices to learn from, and a machine and a reader more.

    Two readers would teach what these two sound like; with speakers of digits and simulated voices beside them the
    network has to learn what a voice is.
    """
    kits = [sorted(kit.glob("*.wav")) for kit in sorted((DATA / "drums").iterdir()) if kit.is_dir()]
    readers = sorted((DATA / "librosa_clips").glob("[0-9]*-[0-9]*-[0-9]*.ogg"))
    digits = sorted((DATA / "fsdd").glob("*_0.wav"))
    drums = [path for kit in kits[:-1] for path in kit]
    voices = [
        *read_sounds([*readers[:-1], *digits]),
        *make_voices(40, sample_rate_hz=RATE, random_state=1).values(),
    ]
    learnt = SourcePool.of({"drums": read_sounds(drums), "voice": voices}, RATE)
    return learnt, read_pool({"drums": kits[-1], "voice": readers[-1:]})


def main(n_iterations: int = 150, out: Path | None = None) -> dict[str, dict[str, float]]:
    """Learn and try each, print a table, write a mixture of each to ``out``; return the figures."""
    tasks = {"two instruments": instruments}
    if (DATA / "fsdd").is_dir():
        tasks |= {"two speakers": speakers, "drums and a voice": drums_and_voice}
    print(f"{'unseen sources':20} {'gained':>8} {'perfect mask':>14} {'share':>7} {'processor':>11}")
    found = {}
    for name, task in tasks.items():
        learnt, others = task()
        options = {} if name == "two instruments" else {"speed_range": 0.3, "tone_range_db": 6.0}
        model = DeepClustering(n_iterations=n_iterations, **options).fit(learnt)
        facts = found[name] = try_separation(model, others, n_mixtures=10).facts()
        gained, ceiling = facts["si_sdr_gain_db"], facts["binary_gain_db"]
        share = facts["share_of_binary"]
        print(f"{name:20} {gained:5.1f} dB {ceiling:11.1f} dB {share:7.0%} {model.cpu_seconds_:9.0f} s")
        if out is not None:
            write_example(out, name.replace(" ", "_"), model, others)
    return found


def write_example(out: Path, name: str, model: DeepClustering, pool: SourcePool) -> None:
    """Write one mixture and what became of it."""
    out.mkdir(exist_ok=True)
    mixture = draw_mixture(pool, 2, 4 * RATE, np.random.default_rng(0)).sum(axis=0)
    write_audio(out / f"{name}.wav", mixture, RATE)
    for at, part in enumerate(separate(model, mixture, 2), start=1):
        write_audio(out / f"{name}_{at}.wav", part, RATE)


if __name__ == "__main__":
    words = sys.argv[1:]
    main(int(words[0]) if words else 150, Path(words[1]) if len(words) > 1 else None)
