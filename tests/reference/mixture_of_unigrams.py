"""Slow mixture of unigrams, loop by loop from the paper: what the estimator is compared with."""

import math


def posterior(document, share, word):
    """Return p(cluster | document), equation 7 of Nigam et al. (2000), and log p(document)."""
    logs = [
        math.log(share[k]) + sum(n * math.log(word[k][w]) for w, n in enumerate(document))
        for k in range(len(share))
    ]
    top = max(logs)
    total = top + math.log(sum(math.exp(log - top) for log in logs))
    return [math.exp(log - total) for log in logs], total


def objective(counts, share, word, smoothing):
    """Return the log-likelihood plus the log-prior that smoothing stands for, without constants."""
    prior = smoothing * sum(math.log(p) for row in word for p in row) + sum(math.log(p) for p in share)
    return prior + sum(posterior(document, share, word)[1] for document in counts)


def step(counts, share, word, smoothing):
    """Return share and word after one iteration, equations 5 and 6."""
    n_docs, n_clusters, n_words = len(counts), len(share), len(counts[0])
    beliefs = [posterior(document, share, word)[0] for document in counts]
    new_share = [
        (1 + sum(belief[k] for belief in beliefs)) / (n_clusters + n_docs) for k in range(n_clusters)
    ]
    new_word = []
    for k in range(n_clusters):
        row = [
            smoothing + sum(belief[k] * document[w] for belief, document in zip(beliefs, counts, strict=True))
            for w in range(n_words)
        ]
        new_word.append([value / sum(row) for value in row])
    return new_share, new_word
