"""What the guides begin with, invented: a critic's table, news in a few subjects, a folder of music."""

import random
import shutil
from pathlib import Path

import pandas as pd
from consoles import run_commands

SIMULATE = "bandscape simulate --reviews 300 --artists 80 --out {out}"
SUBJECTS = {  # a story has words of one or two of these
    "protests": "protest police clashes streets square crowd barricade demonstrators arrested opposition march riot",
    "government": "government minister parliament party vote coalition budget president senate reform law election",
    "health": "health hospital patients doctors vaccine disease treatment medical insurance care nurses outbreak",
    "film": "movie film director actor carpet premiere studio screen oscar festival scene box-office",
    "music": "music album singer concert stage band tour song festival chart guitar audience",
    "sports": "club striker football season coach match goal league premier final injury transfer",
}
EVERYDAY = (
    "said people yesterday week told new city country world report years group day news morning plan time"
)
STORIES = {
    "draft.txt": "Banjo, fiddle and close harmonies; the acoustic guitar is fingerpicked, and nothing is boring.",
    "tomorrow.txt": "Police met the march on the square; two demonstrators were arrested, said a minister.",
}


def write_fixtures(folder: Path) -> None:
    """Write ``reviews.csv``, ``draft.txt``, ``news/``, ``tomorrow.txt`` and ``music/`` into the folder."""
    invented = folder / "invented"
    run_commands([f"{SIMULATE.format(out=invented)} --audio"], folder)
    _write_critic(invented, folder / "reviews.csv")
    _write_news(folder / "news")
    _write_music(invented, folder / "music")
    shutil.rmtree(invented)
    for name, story in STORIES.items():
        (folder / name).write_text(story, encoding="utf-8")


def _write_critic(invented: Path, path: Path) -> None:
    """Write the reviews with headings and marks of a critic's own, and three slips of the pen."""
    reviews = pd.read_parquet(invented / "corpus" / "reviews.parquet")
    names = pd.read_parquet(invented / "corpus" / "artists.parquet").set_index("artist_id")["name"]
    marks = (reviews["score"] * 10).round().astype("Int64").astype(str)
    marks.iloc[[7, 90, 201]] = ["seventy", "740", "8!"]
    pd.DataFrame(
        {
            "Act": [" / ".join(names[list(ids)]) for ids in reviews["artist_ids"]],
            "Record": reviews["title"],
            "Style": [", ".join(genres) for genres in reviews["genres"]],
            "Mark": marks,
            "Released": [years[0] if len(years) else "" for years in reviews["years"]],
            "Verdict": reviews["text"],
        }
    ).to_csv(path, index=False)


def _write_news(folder: Path, *, n_stories: int = 400) -> None:
    rng = random.Random(0)
    folder.mkdir()
    for story in range(n_stories):
        first, second = rng.sample(sorted(SUBJECTS), 2)
        words = rng.choices(SUBJECTS[first].split(), k=30) + rng.choices(SUBJECTS[second].split(), k=8)
        words += rng.choices(EVERYDAY.split(), k=25)
        rng.shuffle(words)
        (folder / f"{story:04}.txt").write_text(f"Story {story}\n{' '.join(words)}.\n", encoding="utf-8")


def _write_music(invented: Path, folder: Path) -> None:
    """Copy the sounds of forty artists, in folders by their names."""
    artists = pd.read_parquet(invented / "corpus" / "artists.parquet").head(40)
    for artist_id, name in artists[["artist_id", "name"]].itertuples(index=False):
        shutil.copytree(invented / "audio" / artist_id, folder / name.replace("/", "-"))
