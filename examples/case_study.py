"""The 'Topic Keywords Case Study', replayed: four rounds on a news corpus, then detection in news held out.

    python examples/case_study.py [akuz | agnews | bbc | PATH]

Round 1 knows noise only; each later round names topics by keywords, as the author of akuz.me did on 10,000 news, and
shows what joins them. ``akuz`` (the default) is the 1,000 news of these that he published; for it his own shares and
words stand beside ours. The folder of the three corpora is the one BANDSCAPE_DATA names. Any other file of texts will
do: see docs/readers.md.
"""

import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd

import bandscape
from bandscape.datasets import PreparedText, TextSettings, prepare_new_text, prepare_text, read_reviews
from bandscape.topics import KeywordLDA, check_topics, map_keywords, top_words

DATA = Path(os.environ.get("BANDSCAPE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
CORPORA = {
    "akuz": ("akuz_news_1k.zip", None),
    "agnews": ("agnews/test.csv", {"genre": 0, "title": 1, "text": 2}),
    "bbc": ("bbc/bbc.parquet", {"genre": "label", "text": "text"}),
}
US_GOV = ["government", "obama", "state", "president", "republican", "democrat", "senate", "party"]
NAMED = {  # in which round, and by which keywords
    "us_gov": (2, US_GOV),
    "protests": (2, ["government", "protest", "police", "clashes", "anti", "streets"]),
    "us_health": (
        3,
        [
            "government",
            "healthcare",
            "health",
            "care",
            "obamacare",
            "bill",
            "federal",
            "medical",
            "plan",
            "law",
        ],
    ),
    "film": (3, ["movie", "film", "star", "red", "carpet"]),
    "uk_gov": (
        4,
        ["government", "parlament", "house", "lord", "mp", "clegg", "cameron", "prime", "minister"],
    ),
    "music": (4, ["music", "album", "star", "stage", "concert", "singer"]),
    "sports": (4, ["play", "club", "star", "striker", "football", "premier", "final"]),
}
FREE_TOPICS = {1: 20, 2: 18, 3: 16, 4: 15}
SHARED_KEYWORDS = ("government", "star", "play")
# What the case study reports of its last round, on ten times as many news.
ORIGINAL_SHARES = {
    "us_gov": 0.0423, "protests": 0.0449, "us_health": 0.0450, "film": 0.0303, "uk_gov": 0.0382, "music": 0.0203,
    "sports": 0.0248,
}  # fmt: skip
ORIGINAL_PROTESTS = ("police", "protesters", "killed", "charged", "government", "ukraine")
SETTINGS = TextSettings(min_document_count=2)  # news are short, and few


def configure(number: int) -> list[dict]:
    """Return the topics of a round: noise, those named so far, and free ones."""
    named = [
        {"id": name, "proportion": 0.025, "keywords": words}
        for name, (first, words) in NAMED.items()
        if first <= number
    ]
    return [
        {"id": "noise", "proportion": 0.5},
        *named,
        {"id": "other", "proportion": 0.025, "count": FREE_TOPICS[number]},
    ]


def read_news(source: str) -> pd.DataFrame:
    """Return title and words (title and text together) of the news."""
    file, columns = CORPORA.get(source, (source, None))
    reviews = read_reviews(DATA / file if source in CORPORA else Path(file), columns=columns).reviews
    news = (
        reviews.loc[reviews["text"].notna(), ["review_id", "title", "text"]].fillna("").reset_index(drop=True)
    )
    return news.assign(text=news["title"] + ". " + news["text"])


def fit_round(number: int, text: PreparedText, seed: int) -> KeywordLDA:
    """Fit one round as the original does: 9 levels of temperature, then 100 samples; it restarts every time."""
    topics, _ = map_keywords(check_topics(configure(number)), text.normalizer())
    model = KeywordLDA(
        topics=topics, prior="proportional", n_sweeps=190, n_samples=100, n_jobs=-1, random_state=seed
    )
    return model.fit(text.counts, vocabulary=text.vocabulary)


def best_words(model: KeywordLDA, text: PreparedText, topic: int, n_words: int) -> list[str]:
    """Return a topic's most probable words as people write them."""
    return text.vocabulary["display"].iloc[top_words(model.topic_word_[topic], n_words)].tolist()


def print_round(number: int, model: KeywordLDA, text: PreparedText) -> None:
    """Print noise, the named topics with what joined them, and the largest free topics."""
    n_named = sum(first <= number for first, _ in NAMED.values())
    print(f"\n== round {number}: {len(model.topic_ids_)} topics, {n_named} of them named")
    absent = sorted({row["keyword"] for row in model.keyword_report_ if row["status"] == "absent"})
    if absent:
        print(f"keywords that these news do not have: {', '.join(absent)}")
    named = [at for at, topic in enumerate(model.topic_ids_) if not topic.startswith("other")]
    free = [at for at in np.argsort(-model.topic_share_).tolist() if at not in named][:3]
    for at in [*named, *free]:
        keywords = {word for word, _ in model.topics_[at].keywords}
        words = top_words(model.topic_word_[at], 14)
        shown = [
            f"*{form}" if word in keywords else form
            for word, form in text.vocabulary.loc[words, ["word", "display"]].itertuples(index=False)
        ]
        print(f"  {model.topic_ids_[at]:<10} {_p(model.topic_share_[at])}  {' '.join(shown)}")
        if keywords:
            print(f"  {'':<16}  keywords: {keyword_shares(model, text, at)}")


def keyword_shares(model: KeywordLDA, text: PreparedText, topic: int) -> str:
    """Return how much of each keyword's occurrences the topic has: p(topic | word)."""
    columns = {word: column for column, word in enumerate(model.vocabulary_.tolist())}
    tokens = model.topic_word_ * model.topic_share_[:, None]
    shares = tokens[topic] / tokens.sum(axis=0)
    known = [word for word, _ in model.topics_[topic].keywords if word in columns]
    written = text.vocabulary["display"].tolist()
    return " ".join(f"{written[columns[word]]} {100 * shares[columns[word]]:.0f}%" for word in known)


def print_over_rounds(models: dict[int, KeywordLDA], with_original: bool) -> None:
    """Print the share of each topic by round, the last with the author's own beside it."""
    heading = "".join(f"{f'round {number}':>9}" for number in models)
    print(f"\n== share of all words (P)\n  {'':<10}{heading}{'original' if with_original else '':>10}")
    for name in ("noise", *NAMED):
        cells = []
        for model in models.values():
            found = np.flatnonzero(model.topic_ids_ == name)
            cells.append(f"{_p(model.topic_share_[found[0]]) if found.size else '':>9}")
        original = {**ORIGINAL_SHARES, "noise": 0.20}.get(name) if with_original else None
        print(f"  {name:<10}{''.join(cells)}{'' if original is None else f'{_p(original):>10}'}")


def print_shared_keywords(model: KeywordLDA) -> None:
    """Print between which topics the keywords of several topics are divided."""
    print("\n== words that several topics could have: share of their occurrences")
    vocabulary, tokens = model.vocabulary_.tolist(), model.topic_word_ * model.topic_share_[:, None]
    for word in SHARED_KEYWORDS:
        stem = next((found for found in (word, word[:6]) if found in vocabulary), None)
        if stem is None:
            continue
        column = tokens[:, vocabulary.index(stem)]
        best = np.argsort(-column)[:5]
        print(
            f"  {word:<11}"
            + "  ".join(f"{model.topic_ids_[at]} {100 * column[at] / column.sum():.0f}%" for at in best)
        )


def print_spread(models: list[KeywordLDA]) -> None:
    """Print how far chance decides: the last round with other seeds."""
    print(
        f"\n== round 4 with {len(models)} seeds: least and largest share, and words among the best 20 of all of them"
    )
    for at, name in enumerate(models[0].topic_ids_.tolist()[: 1 + len(NAMED)]):
        shares = [model.topic_share_[at] for model in models]
        common = set.intersection(*(set(top_words(model.topic_word_[at], 20).tolist()) for model in models))
        print(f"  {name:<10} {_p(min(shares))} to {_p(max(shares))}  {len(common):>2} of 20")


def print_remarks(model: KeywordLDA, text: PreparedText) -> None:
    """Say in words how the last round compares with the case study."""
    named = {name: int(np.flatnonzero(model.topic_ids_ == name)[0]) for name in NAMED}
    ratios = {name: model.topic_share_[at] / ORIGINAL_SHARES[name] for name, at in named.items()}
    near = [name for name, ratio in ratios.items() if 0.67 < ratio < 1.5]
    found = [word for word in ORIGINAL_PROTESTS if word in best_words(model, text, named["protests"], 30)]
    print("\n== against the case study (10,000 news there, 1,000 here, other words are dropped and stemmed)")
    print(f"  noise has {_p(model.topic_share_[0])} of the words; in its first round there about .20")
    print(
        f"  named topics within a factor 1.5 of the original's share: {len(near)} of {len(named)} ({', '.join(near)})"
    )
    print(f"  of the words it prints for protests, among our best 30: {', '.join(found)} ({len(found)} of 6)")


def detect(model: KeywordLDA, text: PreparedText, news: pd.DataFrame) -> None:
    """Detect the topics in news that no round has seen, and print the surest of each named topic."""
    counts = prepare_new_text(news["text"].tolist(), text.vocabulary, text.settings)
    mixtures = model.transform(counts)
    print(f"\n== detection in {len(news)} news held out; perplexity {model.perplexity(counts):.0f}")
    for name in NAMED:
        shares = mixtures[:, model.topic_ids_.tolist().index(name)]
        for doc in np.argsort(-shares)[:2]:
            print(
                f"  {name:<10} {shares[doc]:.2f}  {' '.join(news['text'].iloc[doc].split()).lstrip('. ')[:70]}"
            )


def _p(share: float) -> str:
    """Return a probability as the original prints it."""
    return f"{share:.4f}".removeprefix("0")


def main(source: str = "akuz", seed: int = 0) -> dict[int, KeywordLDA]:
    """Replay the four rounds; return their models."""
    news = read_news(source)
    is_held_out = np.arange(len(news)) % 10 == 9
    train = news[~is_held_out]
    text = prepare_text(train["review_id"].tolist(), train["text"].tolist(), settings=SETTINGS)
    size = f"{len(train):,} news, {text.n_tokens:,} words, {len(text.vocabulary):,} different"
    print(f"{source}: {size}; words marked * are keywords")
    models = {}
    for number in FREE_TOPICS:
        models[number] = fit_round(number, text, seed)
        print_round(number, models[number], text)
    print_over_rounds(models, with_original=source == "akuz")
    print_shared_keywords(models[4])
    print_spread([models[4], *(fit_round(4, text, other) for other in (seed + 1, seed + 2))])
    if source == "akuz":
        print_remarks(models[4], text)
    detect(models[4], text, news[is_held_out])
    return models


if __name__ == "__main__":
    if len(sys.argv) == 1 and not (DATA / CORPORA["akuz"][0]).exists():
        print(f"no news in {DATA}: set BANDSCAPE_DATA, or name a file of texts: python {sys.argv[0]} PATH")
        sys.exit(0)
    try:
        main(*sys.argv[1:2])
    except bandscape.core.BandscapeError as error:
        sys.exit(f"error: {error}")
