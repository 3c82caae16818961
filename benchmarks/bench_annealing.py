"""Schedules of the topic model: the rule the estimator follows against the ones it could follow.

Every schedule costs about the same: as many sweeps as 60 over all documents. Perplexities are those of the test
part (see held_out.py), means over three seeds; the rule was chosen by the tuning part of Pitchfork and Reuters with
other seeds, and AP took no part in that. A ratio above 1 says that the rule in use is better.

Run ``python -m benchmarks annealing``.
"""

import os
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bandscape.topics import KeywordLDA, SmoothAnnealing
from benchmarks.held_out import Corpus, Fitted, perplexity, read_ap, read_pitchfork, read_reuters, timed

SEEDS = (0, 1, 2)
WORK = 60


@dataclass(frozen=True)
class Schedule:
    """What is tried: settings of the estimator, and whether documents join."""

    name: str
    settings: dict[str, Any]
    is_growing: bool = True


AUTO = {"doc_topic_prior": "auto", "topic_word_prior": "auto"}
RULE = Schedule("the rule", AUTO)
OTHERS = (
    Schedule("all documents from the start", AUTO | {"annealing": SmoothAnnealing(is_growing=False)}, False),
    Schedule("no annealing", AUTO | {"annealing": None}, False),
    Schedule("priors not fitted", AUTO | {"optimize_interval": 0}),
    Schedule("neither, alpha 0.1 and beta 0.01", {"annealing": None, "optimize_interval": 0}, False),
    Schedule("alpha 0.1 and beta 0.01 to cool to", {}),
)


def count_sweeps(n_tokens: int, *, is_growing: bool) -> int:
    """Return how many sweeps make up ``WORK`` sweeps over all documents."""
    if not is_growing:
        return WORK
    annealing = SmoothAnnealing()
    return next(n for n in range(WORK, 4 * WORK) if annealing.parts(n, 1, n_tokens).sum() >= WORK)


def fit(corpus: Corpus, n_topics: int, schedule: Schedule, seed: int) -> Fitted:
    settings = {"optimize_interval": 5, **schedule.settings}
    n_sweeps = count_sweeps(int(corpus.train.sum()), is_growing=schedule.is_growing)
    model = KeywordLDA(
        n_topics=n_topics, n_sweeps=n_sweeps, n_samples=WORK // 4, random_state=seed, **settings
    )
    seconds = timed(lambda: model.fit(corpus.train))
    return Fitted(model.topic_word_, model.doc_prior_, seconds)


def compare(corpus: Corpus, n_topics: int) -> list[dict]:
    """Score the rule and the others; a row each."""
    scores: dict[str, list[float]] = {}
    seconds: dict[str, list[float]] = {}
    for seed in SEEDS:
        for schedule in (RULE, *OTHERS):
            found = fit(corpus, n_topics, schedule, seed)
            scores.setdefault(schedule.name, []).append(perplexity(found, corpus.test))
            seconds.setdefault(schedule.name, []).append(found.seconds)
    best = statistics.mean(scores[RULE.name])
    return [
        {
            "name": f"{corpus.name}, K={n_topics}, perplexity, {name}",
            "value": statistics.mean(values),
            "unit": "",
            "ratio": statistics.mean(values) / best,
            "note": f"{min(values):.0f} to {max(values):.0f} over {len(values)} seeds, "
            f"{statistics.median(seconds[name]):.1f} s",
        }
        for name, values in scores.items()
    ]


def run(data_dir: Path) -> list[dict]:
    corpora = (read_ap(data_dir), read_reuters(data_dir), read_pitchfork(data_dir))
    rows = []
    for corpus in corpora:
        for n_topics in (20, 50, 100, 200):
            rows += compare(corpus, n_topics)
    return rows


def main() -> None:
    """Print the figures."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    for row in run(Path(os.environ.get("BANDSCAPE_DATA", default))):
        print(f"{row['name']}: {row['value']:.0f} {row['ratio']:.3f} {row['note']}", flush=True)


if __name__ == "__main__":
    main()
