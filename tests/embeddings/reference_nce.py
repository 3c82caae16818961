"""NCE and the pair distribution, written from their definitions: slow, dense, numpy only."""

import numpy as np
import pandas as pd

from bandscape.embeddings import ArtistPairs, GroupTokens, NumberTokens


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def batch_gradients(artist_rows, output_rows, artist, output, noise, *, offset, l2, block_size):
    """Sum of the per-pair gradients, pair by pair, as lists of (row, gradient) in the order of the batch."""
    on_artist, on_output = [], []
    on_noise = {place: np.zeros(artist_rows.shape[1]) for place in np.ndindex(noise.shape)}
    for pair, (a, c) in enumerate(zip(artist, output, strict=True)):
        h, w, block = artist_rows[a], output_rows[c], pair // block_size
        error = sigmoid(h @ w - offset) - 1.0
        gradient = error * w + l2 * h
        for k, n in enumerate(noise[block]):
            wrong = sigmoid(h @ output_rows[n] - offset)
            gradient = gradient + wrong * output_rows[n]
            on_noise[block, k] += wrong * h
        on_artist.append((a, gradient))
        on_output.append((c, error * h + l2 * w))
    on_output += [(noise[place], gradient) for place, gradient in on_noise.items()]
    return on_artist, on_output


def adagrad_rows(rows, totals, updates, rate):
    """Row-wise Adagrad on all updates of a batch at once: first the totals, then the steps."""
    rows, totals = rows.copy(), totals.copy()
    for row, gradient in updates:
        totals[row] += np.mean(gradient**2)
    for row, gradient in updates:
        rows[row] -= rate * gradient / np.sqrt(totals[row])
    return rows, totals


def pair_distribution(artists: pd.DataFrame, contexts) -> dict:
    """P(artist, output) for every pair, by enumeration; outputs are "column=group", "column#bucket" or "id"."""
    joint: dict = {}
    total = sum(context.weight for context in contexts)
    for context in contexts:
        partners = {
            GroupTokens: _group_partners,
            NumberTokens: _number_partners,
            ArtistPairs: _pair_partners,
        }[type(context)](artists, context)
        for artist, outputs in partners:
            for output in outputs:
                share = context.weight / total / len(partners) / len(outputs)
                joint[artist, output] = joint.get((artist, output), 0.0) + share
    return joint


def _group_partners(artists, context):
    groups: dict = {}
    for row, values in enumerate(artists[context.column]):
        for value in values:
            groups.setdefault(value, set()).add(row)
    return [
        (row, [f"{context.column}={group}"])
        for group, members in groups.items()
        if len(members) >= context.min_artists
        for row in members
    ]


def _number_partners(artists, context):
    """Few distinct values only: each is a bucket of its own."""
    values = sorted(set(artists[context.column].dropna()))
    assert len(values) <= context.n_buckets
    partners = []
    for row, value in enumerate(artists[context.column]):
        if not np.isnan(value):
            bucket = values.index(value)
            near = [b for b in range(len(values)) if abs(b - bucket) <= context.window]
            partners.append((row, [f"{context.column}#{b}" for b in near]))
    return partners


def _pair_partners(artists, context):
    """Window in ranks, widened to whole ties, the artist itself left out."""
    partners = []
    for group in sorted({value for values in artists[context.column] for value in values}):
        members = [row for row, values in enumerate(artists[context.column]) if group in values]
        members = [row for row in members if not np.isnan(artists[context.near][row])]
        score = {row: artists[context.near][row] for row in members}
        ordered = sorted(members, key=lambda row: score[row])
        for row in members:
            ties = [place for place, other in enumerate(ordered) if score[other] == score[row]]
            low = score[ordered[max(ties[0] - context.window, 0)]]
            high = score[ordered[min(ties[-1] + context.window, len(ordered) - 1)]]
            near = [f"{other}" for other in members if other != row and low <= score[other] <= high]
            if near:
                partners.append((row, near))
    return partners
