"""Which prior for topics without keywords: how even and how coherent they are, and how well they say new reviews.

The Pitchfork reviews are split into nine tenths to fit and one tenth to score (document completion); 50 topics, 200
sweeps, with what the command line uses for each prior. A small topic has less than half a percent of the tokens.
Coherence is the mean NPMI of the ten most probable words over the documents that were fitted.

Run ``python -m benchmarks priors``; the data folder is ``BANDSCAPE_DATA`` or ``../shared/data``.
"""

import statistics
import tempfile
from pathlib import Path

import numpy as np

from bandscape.topics import KeywordLDA
from bandscape.topics.diagnostics import topic_coherence
from benchmarks.bench_rounds import prepare_workspace, split_reviews

N_TOPICS, SEEDS, SMALL, N_WORDS = 50, (0, 1, 2), 0.005, 10


def judge(prior: str, seed: int, train, test) -> dict[str, float]:
    model = KeywordLDA(
        n_topics=N_TOPICS,
        prior=prior,
        doc_topic_prior="auto",
        topic_word_prior="auto",
        n_jobs=2,
        random_state=seed,
    ).fit(train)
    top = np.argsort(-model.topic_word_, axis=1, kind="stable")[:, :N_WORDS]
    return {
        "largest topic, share of the tokens": float(model.topic_share_.max()),
        "topics of less than half a percent": float((model.topic_share_ < SMALL).sum()),
        "coherence of a topic, NPMI": float(np.mean(topic_coherence(top, train, measure="npmi"))),
        "held-out perplexity": model.perplexity(test),
    }


def run(data_dir: Path) -> list[dict]:
    with tempfile.TemporaryDirectory() as folder:
        prepare_workspace(data_dir, Path(folder) / "ws")
        train, test, _ = split_reviews(Path(folder) / "ws")
    found = {
        prior: [judge(prior, seed, train, test) for seed in SEEDS] for prior in ("proportional", "classic")
    }
    rows = []
    for name in found["classic"][0]:
        ours, theirs = ([one[name] for one in found[prior]] for prior in ("proportional", "classic"))
        rows.append(
            {
                "name": f"Pitchfork, K={N_TOPICS}, proportional prior: {name}",
                "value": statistics.median(ours),
                "peer": f"classic prior {statistics.median(theirs):.4g}",
                "note": f"{min(ours):.4g} to {max(ours):.4g}, classic {min(theirs):.4g} to {max(theirs):.4g}, over "
                f"{len(SEEDS)} seeds",
            }
        )
    return rows
