"""What the verdict on an answer is worth on the real Pitchfork artists, by whether another fit answers so as well.

Two models are learnt with seeds 0 and 1. Questions of eight kinds are put to the first: neighbors, artists less near
and less far artists, sums of near and of far artists, genres added, subtracted and exchanged. The yardstick of an
answer is the share of its ten artists that the other model has among its first ten, or hundred. Four more kinds add and
subtract labels and decades, which few answers may have. Verdicts are worth
something if strong answers have more of it than weak ones. The bounds of the rule were chosen on other questions.

Run ``python -m benchmarks verdict``.
"""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bandscape.datasets import read_reviews
from bandscape.embeddings import Artist2Vec, VectorTable, group_artists

SEEDS = (0, 1)
OF_EACH = 60
LARGE_LABEL = 30
DECADES = ("1990s", "2000s", "2010s")
ANSWERS, AMONG = 10, (10, 100)
LEVELS = ("strong", "fair", "weak")
Question = tuple[str, list[str], list[str]]


def run(data_dir: Path) -> list[dict[str, Any]]:
    artists = read_reviews(data_dir / "pitchfork" / "pitchfork.sqlite.xz").artists
    frame = artists.to_pandas() if hasattr(artists, "to_pandas") else artists
    ours, other = (Artist2Vec(random_state=seed).fit(artists).vectors_ for seed in SEEDS)
    ours, other = (with_groups(one, frame) for one in (ours, other))
    found: dict[tuple[str, str], list[tuple[float, ...]]] = {}
    asked = chain(
        questions(ours, np.random.default_rng(7)), group_questions(ours, frame, np.random.default_rng(8))
    )
    for kind, plus, minus in asked:
        answers = ours.most_similar(plus, minus, topn=ANSWERS)
        again = [one.artist_id for one in other.most_similar(plus, minus, topn=AMONG[-1])]
        share = tuple(float(np.mean([one.artist_id in again[:n] for one in answers])) for n in AMONG)
        if answers.verdict is not None:
            for name in (kind, "all"):
                found.setdefault((name, answers.verdict.level), []).append(share)
    kinds = list(dict.fromkeys(kind for kind, _ in found))
    return [as_row(kind, {level: found.get((kind, level), []) for level in LEVELS}) for kind in kinds]


def questions(table: VectorTable, rng: np.random.Generator) -> Iterator[Question]:
    """Questions about artists with three reviews and more, by id."""
    known = np.flatnonzero(
        table.known & (table.n_reviews >= 3) & (np.array(list(map(len, table.genres))) > 0)
    )
    genres = sorted({genre for row in known for genre in table.genres[row]})
    for _ in range(OF_EACH):
        row, far = rng.choice(known, 2, replace=False)
        one, apart = table.artist_ids[row], table.artist_ids[far]
        near = table.most_similar(one, topn=20)[int(rng.integers(20))].artist_id
        own = table.genres[row][0]
        wanted = str(rng.choice([genre for genre in genres if genre not in table.genres[row]]))
        yield "neighbors", [one], []
        yield "less a near artist", [one], [near]
        yield "less a far artist", [one], [apart]
        yield "and a near artist", [one, near], []
        yield "and a far artist", [one, apart], []
        yield "and a genre", [one, f"genre:{wanted}"], []
        yield "less its genre", [one], [f"genre:{own}"]
        yield "a genre exchanged", [one, f"genre:{wanted}"], [f"genre:{own}"]


def with_groups(table: VectorTable, artists: pd.DataFrame) -> VectorTable:
    """Make labels and years terms of the vectors."""
    facts = artists.set_index("artist_id").loc[list(table.artist_ids)]
    return table.with_terms([group_artists(kind, facts[f"{kind}s"]) for kind in ("label", "year")])


def group_questions(
    table: VectorTable, artists: pd.DataFrame, rng: np.random.Generator
) -> Iterator[Question]:
    """Questions that add a label of thirty artists and more, or a decade, or subtract their own."""
    facts = artists.set_index("artist_id").loc[list(table.artist_ids)]
    counts = facts["labels"].explode().value_counts()
    large = sorted(counts[counts >= LARGE_LABEL].index)
    first = facts["labels"].map(lambda own: own[0] if len(own) else None)
    has_years = facts["years"].map(len) > 0
    known = np.flatnonzero(table.known & (table.n_reviews >= 3) & first.isin(large) & has_years)
    for _ in range(OF_EACH):
        row = rng.choice(known)
        one, years = table.artist_ids[row], facts["years"].iloc[row]
        decade = f"{int(years[0]) // 10 * 10}s"
        yield "and a label", [one, f"label:{rng.choice(large)}"], []
        yield "less its label", [one], [f"label:{first.iloc[row]}"]
        yield "and a decade", [one, f"year:{rng.choice(DECADES)}"], []
        yield "less its decade", [one], [f"year:{decade}"]


def as_row(kind: str, shares: dict[str, list[tuple[float, ...]]]) -> dict[str, Any]:
    """Ours: the strong answers; beside them the others."""
    means = {level: np.mean(one, axis=0) if one else np.full(2, np.nan) for level, one in shares.items()}
    said = {
        level: f"{len(one)}: {means[level][0]:.2f}, {means[level][1]:.2f}" for level, one in shares.items()
    }
    strong, weak = means["strong"][0], means["weak"][0]
    return {
        "name": f"strong answers given again, {kind}",
        "value": float(strong),
        "unit": "",
        "peer": f"fair {said['fair']}; weak {said['weak']}",
        "ratio": float(strong / weak) if strong > 0 and weak > 0 else None,
        "note": f"strong {said['strong']}; of the ten answers among the first 10, 100 of another seed",
    }


if __name__ == "__main__":
    import os

    for row in run(Path(os.environ["BANDSCAPE_DATA"])):
        print(row["name"], row["value"], "|", row["peer"], "|", row["note"])
