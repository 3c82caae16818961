"""Sources told apart: learning from folders of sounds, and separating a mixture."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .. import steps
from ..console import as_word, clean, decibels, plural, print_json, print_table, progress_bars, say, warn
from ..options import AsJson, Seed
from .group import app

_USUAL_FORMS: dict[str, dict[str, int]] = {
    "blstm": {"frame_ms": 32, "n_units": 128, "n_layers": 2, "batch_size": 16},
    "harmonic": {"frame_ms": 64, "segment_frames": 64, "n_units": 64, "n_layers": 1, "batch_size": 12},
}
"""What a network has where nothing else is asked for."""
_LITTLE_DB = 2.0
_REMEDY = (
    "learn from sounds like them, and for longer (train-separator --iterations; voices: --network harmonic)"
)


@app.command("train-separator")
def train_separator(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="A folder of sounds for each source: speaker, instrument or class."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="MODEL", help="Folder of the model to write.")],
    test: Annotated[
        Path | None,
        typer.Option("--test", metavar="DIR", help="Folders of other sources, to measure the model on."),
    ] = None,
    rate: Annotated[
        int,
        typer.Option(
            "--rate",
            min=4000,
            max=48_000,
            help="Sample rate in hertz; half of it is the highest frequency heard. 22050 for music takes three times"
            " as long.",
        ),
    ] = 8000,
    frame: Annotated[
        int | None,
        typer.Option(
            "--frame",
            min=8,
            max=256,
            help="Milliseconds of a frame: 64 tells the harmonics of low voices apart."
            " 32 where not given; harmonic: 64.",
        ),
    ] = None,
    network: Annotated[
        str,
        typer.Option(
            "--network",
            help="blstm (LSTMs) or harmonic (convolutions through combs at the pitches of voices, and LSTMs).",
        ),
    ] = "blstm",
    dims: Annotated[
        int, typer.Option("--dims", min=2, max=256, help="Numbers that describe each cell of a spectrogram.")
    ] = 20,
    units: Annotated[
        int | None,
        typer.Option(
            "--units",
            min=1,
            help="Size of each layer (units of an LSTM in each direction). 128 where not given; harmonic: 64.",
        ),
    ] = None,
    layers: Annotated[
        int | None,
        typer.Option(
            "--layers",
            min=1,
            max=8,
            help="Layers of bidirectional LSTMs. 2 where not given; harmonic: 1.",
        ),
    ] = None,
    sources: Annotated[
        int, typer.Option("--sources", min=2, max=8, help="Most sources of a mixture that it learns from.")
    ] = 2,
    iterations: Annotated[int, typer.Option("--iterations", min=1, help="Training steps.")] = 1200,
    batch: Annotated[
        int | None,
        typer.Option(
            "--batch", min=1, help="Mixtures in each training step. 16 where not given; harmonic: 12."
        ),
    ] = None,
    speed: Annotated[
        float,
        typer.Option("--speed", min=0, max=0.5, help="Play sources faster or slower by up to this share."),
    ] = 0.1,
    tone: Annotated[
        float,
        typer.Option("--tone", min=0, max=20, help="Hear sources through random filters of so many dB."),
    ] = 3.0,
    variants: Annotated[
        int,
        typer.Option(
            "--variants",
            min=0,
            max=100,
            help="Hear each source also as so many others, of other pitch and size.",
        ),
    ] = 0,
    voices: Annotated[
        int, typer.Option("--voices", min=0, max=10_000, help="Learn from so many simulated voices as well.")
    ] = 0,
    start: Annotated[
        Path | None, typer.Option("--start", metavar="MODEL", help="Go on from this model, of the same size.")
    ] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Learn to separate sources from folders of their sounds; mixtures are made while it learns.

    Ctrl-C keeps what was learnt: the same command goes on from there.
    """
    from ...embeddings.audio.separation.deep_clustering import DeepClustering

    steps.check_own_folder(out, (out / "manifest.json").exists())
    asked = {"frame_ms": frame, "n_units": units, "n_layers": layers, "batch_size": batch}
    form = _USUAL_FORMS.get(network, {}) | {name: value for name, value in asked.items() if value is not None}
    model = DeepClustering(
        network=network, **form, sample_rate_hz=rate, dim=dims, max_sources=sources, n_iterations=iterations,
        speed_range=speed, tone_range_db=tone, random_state=seed,
    )  # fmt: skip
    before = DeepClustering.load(start) if start else None
    with steps.alone_in(out), progress_bars(quiet=as_json) as on_progress:
        facts = steps.train_separator(
            model, folder, out, test=test, start=before, n_variants=variants, n_voices=voices,
            on_progress=on_progress,
        )  # fmt: skip
    if as_json:
        print_json(facts)
        return
    for row in facts["quarantined"][:5]:
        warn(f"{clean(row['path'])}: {clean(row['reason'], 200)}")
    if facts["left_out"]:
        warn(
            f"{plural(facts['left_out'], 'file')} left out: {steps.MOST_HOURS:g} hours of sources are kept at most"
        )
    _print_quality(facts["quality"])
    gain = facts["quality"]["si_sdr_gain_db"]
    if gain < _LITTLE_DB:
        warn(f"these sources are hardly told apart (SI-SDR {gain:+.1f} dB); {_REMEDY}")
    say(f"measured on {plural(facts['quality']['mixtures'], 'mixture')}: {facts['measured_on']}")
    learnt = f"{plural(facts['learnt_from'], 'source')}{_others(variants, voices)}"
    say(
        f"learnt {learnt} from {facts['duration_s'] / 60:.1f} minutes of sound in {facts['seconds']:.0f} s; the model"
        f" is in {out}"
    )
    say(f"next: bandscape audio separate MIX.wav --model {as_word(out)} --out separated")


def _others(n_variants: int, n_voices: int) -> str:
    parts = [f"{plural(n_variants, 'variant')} of each"] if n_variants else []
    parts += [plural(n_voices, "simulated voice")] if n_voices else []
    return f" ({' and '.join(parts)} among them)" if parts else ""


@app.command()
def separate(
    mix: Annotated[Path, typer.Argument(metavar="MIX", help="A sound file, of any length.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write; replaced as a whole.")
    ],
    sources: Annotated[
        int | None,
        typer.Option(
            "--sources", help="How many sources there are; default: as many as --truth, else estimated."
        ),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", metavar="MODEL", help="Folder of `train-separator`."),
    ] = None,
    masks: Annotated[
        str, typer.Option("--masks", help="soft (shares of each cell) or hard (one source).")
    ] = "soft",
    truth: Annotated[
        list[Path] | None,
        typer.Option("--truth", help="The true source, if known, to measure against; once for each source."),
    ] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Separate a mixture into its sources: a WAV for each, and a picture of what went where.

    The sources add up to the mixture, at the model's rate and with the mixture's channels.
    """
    from ...embeddings.audio.separation.deep_clustering import DeepClustering
    from ...embeddings.audio.separation.windows import UNCLEAR

    steps.check_own_folder(out, (out / steps.SEPARATION_FIGURES).exists())
    with steps.alone_in(out), progress_bars(quiet=as_json) as on_progress:
        learnt = (
            DeepClustering.load(model) if model else steps.load_general_separator(on_progress=on_progress)
        )
        facts = steps.separate_file(
            mix, out, learnt, n_sources=sources, masks=masks, truths=truth or [], random_state=seed,
            on_progress=on_progress,
        )  # fmt: skip
    if as_json:
        print_json(facts)
        return
    if facts["sample_rate_hz"] < facts["mix_sample_rate_hz"]:
        warn(
            f"{mix} has {facts['mix_sample_rate_hz']:,} Hz and the model hears {facts['sample_rate_hz']:,}: sources are"
            f" written with that; train one with --rate {min(facts['mix_sample_rate_hz'], 48_000)} for more of it"
        )
    if facts["clarity"] is not None and facts["clarity"] < UNCLEAR:
        warn(
            f"these sources are hardly told apart (clarity {facts['clarity']:.2f} of 1, doubtful below {UNCLEAR}), as"
            f" voices of one pitch are not, and sounds unlike those that were learnt; {_REMEDY}"
        )
    if "quality" in facts:
        _print_quality(facts["quality"])
    how = "estimated" if facts["estimated"] else "as asked"
    say(
        f"{plural(facts['n_sources'], 'source')} ({how}) of {facts['duration_s']:.1f} s in {out}:"
        f" {', '.join(Path(name).name for name in facts['sources'])}"
    )
    say(f"next: listen in {facts['page']}, or look at {facts['picture']}")


def _print_quality(quality: dict[str, Any]) -> None:
    rows = [
        ("separated: SI-SDR", decibels(quality["si_sdr_db"]), decibels(quality["si_sdr_gain_db"], "+")),
        ("separated: SDR", decibels(quality["sdr_db"]), decibels(quality["sdr_gain_db"], "+")),
        ("perfect binary mask: SI-SDR", None, decibels(quality["binary_gain_db"], "+")),
        ("perfect ratio mask: SI-SDR", None, decibels(quality["ratio_gain_db"], "+")),
    ]
    print_table([("", "left"), ("dB", "right"), ("above the mixture", "right")], rows)
