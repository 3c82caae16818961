"""Make the gallery: a simulated music press, modeled, and every kind of page made from it by the command line.

``make_gallery`` runs the commands that the gallery prints, in the order of ``PRESS`` and ``EXHIBITS``.
"""

import hashlib
import html
import json
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from consoles import run_commands

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("core", "datasets", "topics", "embeddings", "viz", "cli")
KINDS = {".py", ".js", ".css", ".html"}

TOPICS = [
    {"id": "shoegaze", "keywords": ["shoegaze", "reverb", "haze"]},
    {"id": "rap", "keywords": ["rapper", "rhyming", "mixtape"]},
    {"id": "club", "keywords": ["techno", "club", "synth"]},
    {"id": "jazz", "keywords": ["jazz", "saxophone", "trio"]},
    {"id": "soul", "keywords": ["soul", "gospel", "motown"]},
    {"id": "rhythms", "keywords": ["samba", "cumbia", "percussion"]},
    {"id": "drone", "keywords": ["drone", "minimalism"]},
    {"id": "on stage", "keywords": ["live", "stage", "audience"]},
    {"id": "the business", "keywords": ["label", "contract", "manager"]},
    {"id": "words sung", "keywords": ["lyric", "narrator", "rhetoric"]},
    {"id": "other", "count": 8},
]
SIZE = "--reviews 1500 --artists 300"

PRESS = [
    "bandscape simulate --audio {size} --out press",
    "bandscape run press --topics-config topics.json --out press",
]


@dataclass(frozen=True)
class Exhibit:
    """A page of the gallery.

    Parameters
    ----------
    file : str
        The page, relative to the gallery; its picture has the same stem.
    title, text : str
        What it is, and what to try on it.
    commands : tuple of str
        The commands that made it.
    view : str
        What its picture shows, as the page's address has it.
    """

    file: str
    title: str
    text: str
    commands: tuple[str, ...]
    view: str = ""


EXHIBITS = (
    Exhibit(
        "map.html",
        "The map of artists",
        "Search, recolor, filter, calculate. Type two names with a minus between them, or press a dot twice to hear.",
        ('bandscape map press --title "A simulated music press" --sound-mb 2 --out map.html',),
    ),
    Exhibit(
        "topics.html",
        "The map of topics",
        "A disc is a topic, its area its share. Press one and move the slider from frequent words to words of its own.",
        ("bandscape topics map press --out topics.html",),
        "#topic=shoegaze",
    ),
    Exhibit(
        "evidence.html",
        "Evidence",
        "The reviews that speak for a topic, each word in the color of its topic.",
        ("bandscape topics evidence press shoegaze --out evidence.html",),
    ),
    Exhibit(
        "years.html",
        "Topics over the years",
        "Shares with 95 % intervals, those that vary most first.",
        ("bandscape topics shares press --by year --out years.html",),
    ),
    Exhibit(
        "genres.html",
        "Topics by genre",
        "The same for genres; also for scores, labels and authors.",
        ("bandscape topics shares press --by genre --out genres.html",),
    ),
    Exhibit(
        "diff.html",
        "What a round changed",
        "Two edits and a refit: words gained and lost, reviews that moved, and whether the edits were obeyed.",
        (
            "bandscape topics edit press --pin shoegaze=dreamy,shimmers --exclude rap=bar",
            "bandscape topics refit press",
            "bandscape topics diff press --out diff.html",
        ),
    ),
    Exhibit(
        "trace.html",
        "How the sampler ran",
        "Log-likelihood, tokens that moved, and the temperature: has it settled?",
        ("bandscape topics trace press --out trace.html",),
    ),
    Exhibit(
        "comparison.html",
        "Two maps side by side",
        "By genres, scores, labels and years on the left; by genres and listeners on the right. Hover one, see both.",
        (
            "bandscape import press --out listened",
            "bandscape artists fit listened --contexts genre=.5,listened-together=1"
            " --histories press/corpus/histories.parquet",
            "bandscape map listened --sound-mb 0",
            "bandscape map press --compare listened --out comparison.html",
        ),
    ),
    Exhibit(
        "judge.html",
        "Asking people",
        "Which of three does not belong? Answers are saved as CSV, and measure how far vectors agree with ears.",
        ("bandscape judge press --trials 20 --sound-mb 2 --out judge.html",),
    ),
    Exhibit(
        "song/training.html",
        "A song learnt",
        "One stretch of a song through all iterations of the autoencoder, with the sound before and after.",
        ("bandscape audio autoencoder press/audio/a000001/1.flac --out song",),
    ),
)


def make_gallery(folder: Path, *, size: str = SIZE) -> None:
    """Run the commands of the gallery, unless they ran with the same code before.

    Parameters
    ----------
    folder : path
        Where workspaces and pages go; made anew.
    size : str
        Options of ``bandscape simulate``.

    Raises
    ------
    RuntimeError
        If a command fails.
    """
    stamp, state = folder / "made_from.txt", f"{_code_state()} {size}"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == state:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "topics.json").write_text(json.dumps(TOPICS, indent=1), encoding="utf-8")
    for commands in (PRESS, *(exhibit.commands for exhibit in EXHIBITS)):
        started = time.perf_counter()
        run_commands([command.format(size=size) for command in commands], folder)
        print(f"{time.perf_counter() - started:6.1f} s  {commands[-1]}", file=sys.stderr)
    stamp.write_text(state, encoding="utf-8")


def _code_state() -> str:
    """Return a digest of everything the pages are made from."""
    sources = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.suffix in KINDS]
    digest = hashlib.sha256()
    for path in sorted([*sources, Path(__file__)]):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def gallery_files() -> list[str]:
    """Return what the site shows of the gallery's folder."""
    return ["topics.json", *(exhibit.file for exhibit in EXHIBITS)]


def gallery_page() -> str:
    """Return the gallery as a Markdown page: for each exhibit its picture, what it is, and how it was made."""
    return "\n".join(
        [
            "# Gallery",
            "",
            "Every page here is one file that works offline. They were made together with this site from a music",
            "press that `bandscape simulate` invented: no artist, review or sound in it exists. The commands under",
            "each are those that ran; the first ones made the press, with the topics that",
            "[topics.json](gallery/topics.json) names.",
            "",
            "```console",
            *(f"$ {command.format(size=SIZE)}" for command in PRESS),
            "```",
            "",
            '<div class="gallery">',
            *(_card(exhibit) for exhibit in EXHIBITS),
            "</div>",
            "",
        ]
    )


def _card(exhibit: Exhibit) -> str:
    page, picture = f"gallery/{exhibit.file}", f"assets/gallery/{Path(exhibit.file).stem}.png"
    commands = "\n".join(html.escape(command) for command in exhibit.commands)
    return (
        f'<section><a class="picture" href="{page}" tabindex="-1" aria-hidden="true">'
        f'<img src="{picture}" alt="" width="640" height="400" loading="lazy"></a>'
        f'<h2 id="{Path(exhibit.file).stem}"><a href="{page}">{html.escape(exhibit.title)}</a></h2>'
        f"<p>{html.escape(exhibit.text)}</p>"
        f"<details><summary>How it was made</summary><pre><code>{commands}</code></pre></details></section>"
    )
