"""Keywords checked, topics detected, evidence gathered: how fast on the 11,083 real Pitchfork texts, and how right.

Times are processor seconds of one process, in which nothing else is measured; a first call of each has warmed it
up. How right the report on wrong keywords is, is measured on planted topics, where the truth is known: a quarter of
the keywords are typical words of another topic.

Run ``python benchmarks/bench_words.py``; the data folder is ``BANDSCAPE_DATA`` or ``../shared/data``.
"""

import importlib.util
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from bandscape.cli import steps
from bandscape.core.workspace import Workspace
from bandscape.datasets import NamedTexts, number_words, read_vocabulary
from bandscape.topics import KeywordLDA, detect, report_keywords

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.bench_text import read_pitchfork  # noqa: E402

TOPICS = [
    {"id": "noise", "proportion": 0.5},
    {"id": "shoegaze", "proportion": 0.02, "keywords": ["shoegaze", "reverb", "dreamy", "feedback"]},
    {"id": "hip_hop", "proportion": 0.04, "keywords": ["rap", "rapper", "hip-hop", "flow", "rhyme", "beats"]},
    {"id": "techno", "proportion": 0.03, "keywords": ["techno", "house", "dancefloor", "minimal", "DJ"]},
    {"id": "jazz", "proportion": 0.02, "keywords": ["jazz", "improvisation", "saxophone", "trumpet", "free"]},
    {"id": "politics", "proportion": 0.02, "keywords": ["government", "president", "war", "political"]},
    {"id": "other", "proportion": 0.02, "count": 44},
]
# Keywords given to a topic on Pitchfork's reviews that are another topic's.
WRONG = {
    "shoegaze": "banjo",
    "hip_hop": "saxophone",
    "techno": "president",
    "jazz": "dancefloor",
    "politics": "shoegaze",
}
N_SEEDS = 3


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the processor time of the second of two calls, and its result."""
    work()
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def run(data_dir: Path) -> list[dict[str, Any]]:
    """Measure everything; rows for ``RESULTS.md``."""
    ids, texts, names = read_pitchfork(data_dir)
    with tempfile.TemporaryDirectory() as folder, Workspace.create(Path(folder) / "ws") as workspace:
        steps.import_reviews(workspace, data_dir / "pitchfork" / "pitchfork.sqlite.xz")
        steps.prepare_corpus_text(workspace, n_jobs=2)
        steps.fit_topics(workspace, config=TOPICS, n_sweeps=60, n_jobs=2)
        rows = _detection_rows(workspace, NamedTexts(tuple(ids), tuple(texts), tuple(map(tuple, names))))
        rows += _reading_rows(workspace)
        rows += _real_keyword_rows(workspace)
    return rows + _keyword_rows()


def _detection_rows(workspace: Workspace, documents: NamedTexts) -> list[dict[str, Any]]:
    vocabulary, settings, too_common = read_vocabulary(workspace.verified(steps.VOCABULARY))
    model = steps.load_topics(workspace)
    n, options = len(documents), {"artist_names": documents.artists, "too_common": too_common}
    reading, words = seconds(lambda: number_words(documents.texts, vocabulary, settings, **options))
    folding, found = seconds(lambda: detect(model, words))
    note = f"{n:,} reviews, {len(found.word_topic):,} words, 50 topics; unexplained {found.unexplained.mean():.2f}"
    return [
        {
            "name": "detect, texts to topics",
            "value": n / (reading + folding),
            "unit": "documents/s",
            "note": note,
        },
        {
            "name": "detect, numbered words to topics",
            "value": n / folding,
            "unit": "documents/s",
            "note": note,
        },
    ]


def _reading_rows(workspace: Workspace) -> list[dict[str, Any]]:
    page = workspace.root / "evidence.html"

    def whole() -> Path:
        return steps.write_evidence(steps.gather_evidence(workspace, "shoegaze", n_docs=20, whole=True), page)

    works: dict[str, Callable[[], Any]] = {
        "evidence, 20 whole reviews as a page": whole,
        "evidence, 3 passages": lambda: steps.gather_evidence(workspace, "shoegaze", n_docs=3),
        "check 24 keywords": lambda: steps.check_topic_keywords(workspace, TOPICS),
        "suggest for a topic": lambda: steps.suggest_for_topic(workspace, "shoegaze"),
        "suggest, all topics": lambda: steps.review_topics(workspace),
    }
    return [{"name": name, "value": seconds(work)[0], "unit": "s"} for name, work in works.items()]


def _real_keyword_rows(workspace: Workspace) -> list[dict[str, Any]]:
    """Give each of five topics a keyword of another, and see whether just these are called doubtful."""
    wanted = [
        {**topic, "keywords": [*topic["keywords"], WRONG[topic["id"]]]} if topic["id"] in WRONG else topic
        for topic in TOPICS
    ]
    rows = []
    for prior in ("proportional", "classic"):
        steps.fit_topics(workspace, config=wanted, n_sweeps=60, prior=prior, n_jobs=2)
        report = [row for row in steps.keyword_report(workspace) if "share" in row]
        doubtful = {(row["topic"], row["keyword"]) for row in report if row["doubtful"]}
        note = f"{len(report)} keywords; doubtful: " + ", ".join(
            f"{word} ({topic})" for topic, word in sorted(doubtful)
        )
        found = len(doubtful & set(WRONG.items()))
        rows.append({"name": f"Pitchfork, {prior}: wrong keywords found of 5", "value": found, "note": note})
    return rows


def _planting() -> ModuleType:
    """Return the generator of planted topics that the tests use."""
    path = HERE.parent / "tests" / "topics" / "planting.py"
    spec = importlib.util.spec_from_file_location("planting", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["planting"] = module
    spec.loader.exec_module(module)
    return module


def _keyword_rows() -> list[dict[str, Any]]:
    planting, rows = _planting(), []
    for prior in ("proportional", "classic"):
        tallies = np.zeros(3, int)  # found, missed, accused though right
        for seed in range(N_SEEDS):
            planted = planting.plant(seed)
            keywords, mistaken = planting.choose_keywords(planted, seed, wrong=0.25)
            model = KeywordLDA(topics=planting.configure(keywords), prior=prior, n_sweeps=80, n_samples=20)
            model.fit(planted.counts, vocabulary=planted.words)
            for row in report_keywords(model, planted.counts):
                wrong = (int(row["topic"][1:]), int(row["keyword"][1:])) in mistaken
                tallies += [
                    wrong and row["doubtful"],
                    wrong and not row["doubtful"],
                    row["doubtful"] and not wrong,
                ]
        found, missed, accused = tallies.tolist()
        note = f"{found + missed} wrong keywords, {N_SEEDS} corpora of 800 documents, 11 topics and noise"
        rows += [
            {"name": f"wrong keywords, {prior}: recall", "value": found / (found + missed), "note": note},
            {"name": f"wrong keywords, {prior}: precision", "value": found / (found + accused), "note": note},
        ]
    return rows


if __name__ == "__main__":
    for row in run(Path(os.environ.get("BANDSCAPE_DATA", HERE.parents[1] / "shared" / "data"))):
        print(f"{row['name']:<45} {row['value']:>10.3f} {row.get('unit', ''):<12} {row.get('note', '')}")
