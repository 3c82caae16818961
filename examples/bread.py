"""LDA against document clustering: plain bread and bread with seeds.

Two kinds of loaves: plain bread, and bread with seeds, from a few to nearly nothing else. Clustering sorts the loaves:
one group of plain bread, one of bread with seeds. LDA finds what they are made of, bread and seeds, and how much of
each is in every loaf. It can tell the two apart because the share of seeds varies; were it the same in all loaves with
seeds, the mixture would explain them just as well as its parts. A keyword for each topic says which parts are meant.
"""

import numpy as np

from bandscape.topics import KeywordLDA, MixtureOfUnigrams

BREAD = ["flour", "water", "yeast", "salt"]
SEEDS = ["sesame", "poppy", "sunflower", "pumpkin"]
INGREDIENTS = BREAD + SEEDS
N_LOAVES, HANDFULS = 100, 60  # loaves of each kind; handfuls of ingredients in a loaf
KEYWORDS = [{"id": "bread", "keywords": ["flour"]}, {"id": "seeds", "keywords": ["sesame"]}]


def bake(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the loaves (counts of ingredients), plain ones first, and the true share of seeds in each."""
    rng = np.random.default_rng(seed)
    shares = np.concatenate([np.zeros(N_LOAVES), rng.uniform(0.05, 0.95, N_LOAVES)])
    recipes = np.array([[*[(1 - share) / 4] * 4, *[share / 4] * 4] for share in shares])
    return np.array([rng.multinomial(HANDFULS, recipe) for recipe in recipes]), shares


def find_topics(loaves: np.ndarray, **options) -> KeywordLDA:
    """Fit LDA. A loaf may have both ingredients in any proportion: alpha is 1, which prefers none."""
    model = KeywordLDA(**options, doc_topic_prior=1.0, n_sweeps=300, n_samples=100)
    return model.fit(loaves, vocabulary=INGREDIENTS)


def seeds_topic(lda: KeywordLDA) -> int:
    """Return the topic that has more seeds; without keywords it is chance which comes first."""
    return int(lda.topic_word_[:, len(BREAD) :].sum(axis=1).argmax())


def show(title: str, names: list[str], rows: np.ndarray) -> None:
    """Print what groups, or topics, are made of."""
    print(f"\n{title}")
    for name, row in zip(names, rows, strict=True):
        parts = "  ".join(
            f"{word} {f'{p:.2f}'.removeprefix('0')}" for word, p in zip(INGREDIENTS, row, strict=True)
        )
        print(f"  {name:<8} {parts}")


def main() -> None:
    """Bake, cluster, find the topics, and say how they differ."""
    loaves, true_shares = bake()
    clusters = MixtureOfUnigrams(n_clusters=2).fit(loaves)
    plain = int(clusters.labels_[0])
    show("clustering: groups of loaves", ["group 1", "group 2"], clusters.cluster_word_[[plain, 1 - plain]])
    lda = find_topics(loaves, n_topics=2)
    seeds = seeds_topic(lda)
    show("LDA: topics", ["topic 1", "topic 2"], lda.topic_word_[[1 - seeds, seeds]])
    steered = find_topics(loaves, topics=KEYWORDS)
    show("LDA, a keyword each (flour, sesame)", ["bread", "seeds"], steered.topic_word_)

    print("\nloaf                  group    seeds by LDA    with keywords    truth")
    for loaf in (0, *range(N_LOAVES, N_LOAVES + 5)):
        kind = "plain bread" if loaf < N_LOAVES else "bread with seeds"
        shares = f"{lda.doc_topic_[loaf, seeds]:15.2f} {steered.doc_topic_[loaf, 1]:16.2f} {true_shares[loaf]:8.2f}"
        print(f"  {kind:<18} {1 if clusters.labels_[loaf] == plain else 2:>5} {shares}")
    errors = [
        np.abs(shares - true_shares).mean() for shares in (lda.doc_topic_[:, seeds], steered.doc_topic_[:, 1])
    ]
    print(
        f"\nmean error of the share of seeds: {errors[0]:.3f}, with keywords {errors[1]:.3f}; a group has no such share"
    )


if __name__ == "__main__":
    main()
