"""Topics named by keywords: whether they are found, keep their place, and survive wrong keywords.

``python -m benchmarks.bench_seeds`` prints the figures; ``--calibrate`` prints how they depend on ``keyword_strength``,
on other simulated corpora and on AG News.

Simulated corpora have 30 known topics over 4,000 words; each named topic has 3 to 8 keywords out of its 20 most telling
words. A wrong keyword is a telling word of another topic. Uneven topics have sizes that differ tenfold and more. Every
estimate is judged by the cosine between each true topic's words and those of the topic matched to it (one to one, the
best sum), and by how often the topic matched to a named one is the one that carries its name. The peers get the same
counts and keywords: tomotopy with a word prior, and guided initialization, in which keywords are only where a plain
chain starts. What a corpus allows is shown by the chain begun at the truth: every token's topic is drawn from the true
mixtures and words, then it goes on as with guided initialization. The smallest of uneven topics have some hundred
tokens, which say too little of their words.
"""

import os
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import tomotopy
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix

from bandscape.datasets import PreparedText, prepare_text
from bandscape.topics import KeywordLDA, check_topics, map_keywords
from bandscape.topics.starting import token_words

N_TOPICS, N_WORDS, N_DOCS, DOC_LENGTH = 30, 4000, 1500, 120
SEEDS, TUNING_SEEDS = range(5, 10), range(10, 14)
"""Where topics without keywords begin, and with what heat, was chosen on the seeds 0 to 4."""
EVEN, UNEVEN = 5.0, 1.0  # of the Dirichlet distribution that the sizes of the topics are drawn from
STRENGTHS = (0.01, 0.03, 0.1, 0.3, 1.0)
PEER_PRIOR, PEER_ETA, PEER_ALPHA, PEER_SWEEPS = 10.0, 0.01, 0.1, 200
"""A keyword's prior in tomotopy: the best of 1, 10 and 100 on the tuning seeds."""

# Chosen by what the names of the sections mean, before any label was looked at.
BBC_KEYWORDS = {
    "business": ["company", "market", "economy", "shares", "profit", "bank", "growth", "sales"],
    "entertainment": ["film", "music", "actor", "award", "album", "star", "show", "singer"],
    "politics": ["government", "minister", "party", "election", "labour", "parliament", "vote", "policy"],
    "sport": ["match", "team", "player", "game", "win", "coach", "football", "club"],
    "tech": ["technology", "computer", "software", "internet", "mobile", "digital", "users", "online"],
}
AG_KEYWORDS = {
    "1": ["government", "president", "minister", "police", "troops", "election", "war", "iraq"],
    "2": ["game", "team", "season", "coach", "league", "cup", "players", "win"],
    "3": ["company", "shares", "profit", "market", "oil", "stocks", "sales", "economy"],
    "4": ["software", "computer", "internet", "technology", "microsoft", "space", "scientists", "online"],
}


@dataclass(frozen=True)
class Corpus:
    """Counts, true topics (n_topics, n_words) and mixtures (n_docs, n_topics), keywords (columns) of named topics."""

    counts: csr_matrix
    topic_word: np.ndarray
    mixtures: np.ndarray
    keywords: list[list[int]]
    wrong: list[list[int]]


def simulate(seed: int, n_named: int, wrong_share: float, evenness: float = EVEN) -> Corpus:
    """Draw a corpus from the model LDA assumes, with words common to all topics; replace keywords by wrong ones."""
    rng = np.random.default_rng([seed, 77])
    common = 1 / np.arange(5, N_WORDS + 5)
    topic_word = 0.8 * rng.dirichlet(np.full(N_WORDS, 0.02), N_TOPICS) + 0.2 * common / common.sum()
    mixtures = rng.dirichlet(0.1 * N_TOPICS * rng.dirichlet(np.full(N_TOPICS, evenness)), N_DOCS)
    rows = [rng.multinomial(rng.poisson(DOC_LENGTH), mixture @ topic_word) for mixture in mixtures]
    telling = np.argsort(-topic_word * np.log(topic_word / topic_word.mean(axis=0)), axis=1)[:, :20]
    keywords = [rng.choice(row, rng.integers(3, 9), replace=False).tolist() for row in telling[:n_named]]
    wrong: list[list[int]] = [[] for _ in keywords]
    places = [(topic, at) for topic, words in enumerate(keywords) for at in range(len(words))]
    for topic, at in rng.permutation(places)[: round(wrong_share * len(places))]:
        strangers = np.setdiff1d(np.delete(telling, topic, axis=0), [*telling[topic], *keywords[topic]])
        keywords[topic][at] = int(rng.choice(strangers))
        wrong[topic].append(keywords[topic][at])
    return Corpus(csr_matrix(np.array(rows, np.int32)), topic_word, mixtures, keywords, wrong)


def judge(found: np.ndarray, corpus: Corpus) -> tuple[float, float]:
    """Return the mean cosine of matched topics, and the share of named topics that are at their own place."""
    lengths = [np.linalg.norm(rows, axis=1) for rows in (found, corpus.topic_word)]
    cosines = found @ corpus.topic_word.T / np.outer(*lengths)
    topics, truths = linear_sum_assignment(-cosines)
    is_named = truths < len(corpus.keywords)
    return float(cosines[topics, truths].mean()), float((topics == truths)[is_named].mean())


def fit_ours(corpus: Corpus, seed: int, **options) -> np.ndarray:
    topics = [
        {"id": f"named {at}", "keywords": [f"w{word}" for word in words]}
        for at, words in enumerate(corpus.keywords)
    ]
    if len(topics) < N_TOPICS:
        topics.append({"id": "other", "count": N_TOPICS - len(topics)})
    model = KeywordLDA(topics=topics, random_state=seed, **options)
    return model.fit(corpus.counts, vocabulary=[f"w{at}" for at in range(N_WORDS)]).topic_word_


def fit_guided(corpus: Corpus, seed: int) -> np.ndarray:
    """Start the keywords' tokens in their topic and draw on without any prior that knows of keywords."""
    start = guided_start(corpus.counts, corpus.keywords, seed)
    return (
        KeywordLDA(n_topics=N_TOPICS, annealing=None, random_state=seed)
        .fit(corpus.counts, start=start)
        .topic_word_
    )


def guided_start(counts: csr_matrix, keywords: list[list[int]], seed: int) -> np.ndarray:
    """Return a first topic for each token of a keyword, and -1 for the others; shared keywords draw lots."""
    rng = np.random.default_rng(seed)
    owners: dict[int, list[int]] = {}
    for topic, words in enumerate(keywords):
        for word in words:
            owners.setdefault(word, []).append(topic)
    words = token_words(counts)
    start = np.full(len(words), -1)
    for word, topics in owners.items():
        places = np.flatnonzero(words == word)
        start[places] = rng.choice(topics, len(places))
    return start


def fit_from_truth(corpus: Corpus, seed: int) -> np.ndarray:
    """Start every token in a topic drawn by the truth, and go on as guided initialization does."""
    rng, words = np.random.default_rng(seed), token_words(corpus.counts)
    docs = np.repeat(np.arange(N_DOCS), np.asarray(corpus.counts.sum(axis=1)).ravel())
    start = np.empty(len(words), np.int64)
    for part in np.array_split(np.arange(len(words)), 10):
        chances = (corpus.mixtures[docs[part]] * corpus.topic_word[:, words[part]].T).cumsum(axis=1)
        start[part] = (chances > rng.random((len(part), 1)) * chances[:, -1:]).argmax(axis=1)
    model = KeywordLDA(n_topics=N_TOPICS, annealing=None, random_state=seed)
    return model.fit(corpus.counts, start=start).topic_word_


def fit_tomotopy(corpus: Corpus, seed: int, prior: float = PEER_PRIOR) -> np.ndarray:
    return tomotopy_model(corpus.counts, corpus.keywords, N_TOPICS, seed, prior)[0]


def tomotopy_model(
    counts: csr_matrix, keywords: list[list[int]], n_topics: int, seed: int, prior: float = PEER_PRIOR
) -> tuple[np.ndarray, np.ndarray]:
    """Return word distributions and mixtures of tomotopy with a word prior; its own defaults otherwise."""
    model = tomotopy.LDAModel(k=n_topics, alpha=PEER_ALPHA, eta=PEER_ETA, seed=seed + 1)
    filled = np.flatnonzero(np.diff(counts.indptr))  # tomotopy takes no empty documents
    for row in filled:
        part = slice(counts.indptr[row], counts.indptr[row + 1])
        model.add_doc([str(word) for word in np.repeat(counts.indices[part], counts.data[part])])
    priors: dict[int, list[float]] = {}
    for topic, words in enumerate(keywords):
        for word in words:
            priors.setdefault(word, [PEER_ETA] * n_topics)[topic] = prior
    for word, values in priors.items():
        model.set_word_prior(str(word), values)
    model.train(PEER_SWEEPS, workers=1)
    topic_word = np.zeros((n_topics, counts.shape[1]))
    for topic in range(n_topics):
        topic_word[topic, [int(word) for word in model.used_vocabs]] = model.get_topic_word_dist(topic)
    mixtures = np.zeros((counts.shape[0], n_topics))
    mixtures[filled] = [document.get_topic_dist() for document in model.docs]
    return topic_word, mixtures


WAYS = {
    "classic prior": fit_ours,
    "classic prior, begin=random": lambda corpus, seed: fit_ours(corpus, seed, begin="random"),
    "proportional prior": lambda corpus, seed: fit_ours(corpus, seed, prior="proportional"),
    "tomotopy, word prior": fit_tomotopy,
    "guided initialization": fit_guided,
    "begun at the truth": fit_from_truth,
}
PEERS = ("tomotopy, word prior", "guided initialization")


def measure_simulated(n_named: int, wrong_share: float, evenness: float = EVEN) -> list[dict]:
    """Fit every way on the same corpora; return a row for our default, with the peers beside it."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in WAYS}
    for seed in SEEDS:
        corpus = simulate(seed, n_named, wrong_share, evenness)
        for name, fit in WAYS.items():
            found[name].append(judge(fit(corpus, seed), corpus))
    what = f"{n_named} of {N_TOPICS}{'' if evenness == EVEN else ' uneven'} topics named" + (
        ", a quarter of the keywords wrong" if wrong_share else ""
    )
    return [
        row_of(f"{what}: cosine", {name: [cosine for cosine, _ in values] for name, values in found.items()}),
        row_of(
            f"{what}: at their place", {name: [own for _, own in values] for name, values in found.items()}
        ),
    ]


def row_of(name: str, found: dict[str, list[float]]) -> dict:
    ours, *others = ((way, statistics.mean(values)) for way, values in found.items())
    best_peer = max(value for way, value in others if way in PEERS)
    spread = f"{min(found[ours[0]]):.3f} to {max(found[ours[0]]):.3f} over {len(found[ours[0]])} seeds"
    rest = "; ".join(f"{way} {value:.3f}" for way, value in others)
    return {
        "name": name,
        "value": ours[1],
        "unit": "",
        "peer": rest,
        "ratio": ours[1] / best_peer,
        "note": spread,
    }


def read_labeled(data_dir: Path, name: str) -> tuple[PreparedText, list[str]]:
    """Return the prepared texts and the labels of BBC or AG News."""
    if name == "bbc":
        news = pd.read_parquet(data_dir / "bbc" / "bbc.parquet")
        texts, labels = news["text"].tolist(), news["label"].tolist()
    else:
        news = pd.read_csv(data_dir / "agnews" / "test.csv", header=None, names=["label", "title", "text"])
        texts = [
            f"{title}. {text}".replace("\\", " ")
            for title, text in zip(news["title"], news["text"], strict=True)
        ]
        labels = news["label"].astype(str).tolist()
    return prepare_text([str(at) for at in range(len(texts))], texts), labels


def named_accuracy(
    text: PreparedText,
    labels: list[str],
    keywords: dict[str, list[str]],
    seed: int,
    way: str = "ours",
    **options,
) -> float:
    """Return the share of documents whose largest topic carries the name of their label. No label is shown."""
    wanted = check_topics([{"id": name, "keywords": words} for name, words in keywords.items()])
    topics, _ = map_keywords(wanted, text.normalizer())
    column = {word: at for at, word in enumerate(text.vocabulary["word"])}
    columns = [[column[word] for word, _ in topic.keywords if word in column] for topic in topics]
    if way == "ours":
        model = KeywordLDA(topics=topics, random_state=seed, **options).fit(
            text.counts, vocabulary=text.vocabulary
        )
        mixtures = model.doc_topic_
    elif way == "guided":
        start = guided_start(text.counts, columns, seed)
        model = KeywordLDA(n_topics=len(topics), annealing=None, random_state=seed)
        mixtures = model.fit(text.counts, start=start).doc_topic_
    else:
        mixtures = tomotopy_model(text.counts, columns, len(topics), seed)[1]
    names = np.array(list(keywords))
    return float((names[mixtures.argmax(axis=1)] == np.array(labels)).mean())


def measure_classification(data_dir: Path) -> list[dict]:
    """Classify BBC's news by five named topics, by both priors and the peers."""
    text, labels = read_labeled(data_dir, "bbc")
    ways = {
        "proportional prior": ("ours", {"prior": "proportional"}),
        "classic prior": ("ours", {}),
        "tomotopy, word prior": ("tomotopy", {}),
        "guided initialization": ("guided", {}),
    }
    found = {
        name: [named_accuracy(text, labels, BBC_KEYWORDS, seed, way, **options) for seed in SEEDS]
        for name, (way, options) in ways.items()
    }
    row = row_of("BBC, 5 topics of 8 keywords: accuracy", found)
    return [row | {"note": f"{row['note']}; 2,225 news, no labels used, keywords from the sections' names"}]


def calibrate(data_dir: Path) -> None:
    """Print what depends on the strength of keywords, on data that no reported figure comes from."""
    for n_named, wrong_share in ((30, 0.0), (30, 0.25), (20, 0.0), (20, 0.25)):
        corpora = {seed: simulate(seed, n_named, wrong_share) for seed in TUNING_SEEDS}
        print(f"{n_named} of {N_TOPICS} named, {wrong_share:.0%} wrong: cosine, at their place")
        for strength in STRENGTHS:
            found = [
                judge(fit_ours(corpus, seed, keyword_strength=strength), corpus)
                for seed, corpus in corpora.items()
            ]
            print(
                f"  keyword_strength {strength:<5} {' '.join(f'{mean:.3f}' for mean in np.mean(found, axis=0))}"
            )
        for prior in (1.0, 10.0, 100.0):
            found = [judge(fit_tomotopy(corpus, seed, prior), corpus) for seed, corpus in corpora.items()]
            print(
                f"  tomotopy, prior {prior:<6} {' '.join(f'{mean:.3f}' for mean in np.mean(found, axis=0))}"
            )
    text, labels = read_labeled(data_dir, "agnews")
    print("AG News, 4 topics of 8 keywords: accuracy")
    for strength in STRENGTHS:
        found = [
            named_accuracy(text, labels, AG_KEYWORDS, seed, keyword_strength=strength) for seed in range(3)
        ]
        print(f"  keyword_strength {strength:<5} {statistics.mean(found):.4f}")
    found = [named_accuracy(text, labels, AG_KEYWORDS, seed, prior="proportional") for seed in range(3)]
    print(f"  proportional prior     {statistics.mean(found):.4f}")


def run(data_dir: Path) -> list[dict]:
    rows = []
    for n_named in (N_TOPICS, 20):
        for wrong_share in (0.0, 0.25):
            rows += measure_simulated(n_named, wrong_share)
    for n_named, evenness in ((10, EVEN), (20, UNEVEN)):
        rows += measure_simulated(n_named, 0.0, evenness)
    return rows + measure_classification(data_dir)


def main(arguments: list[str]) -> None:
    """Print the figures, or with ``--calibrate`` what the default was chosen by."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    data_dir = Path(os.environ.get("BANDSCAPE_DATA", default))
    if "--calibrate" in arguments:
        calibrate(data_dir)
        return
    for row in run(data_dir):
        print(
            f"{row['name']:<75} {row['value']:.3f} ({row['note']})  {row['peer']}  ratio {row['ratio']:.3f}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
