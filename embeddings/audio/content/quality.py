"""What vectors of sounds are worth: what a linear probe reads out of them, and whose neighbors share a label.

Measured on sounds that nothing was learnt from (*unseen*). A *probe* for a label whose values were learnt is fitted to
the learnt sounds and asked about the unseen ones; where the values themselves are new (other speakers, other artists),
it is fitted to four fifths of the unseen sounds and asked about the last, in turn. *Retrieval* ranks the other unseen
sounds by cosine; sounds of the asked one's own group (artist, speaker) are no answers, unless the group is the label.
Intervals are of 95 %, over sounds. Public names: :class:`Score`, :func:`probe_label`, :func:`retrieve_label`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from .targets import Label, is_missing, split_tags

NEAREST = 10
_FOLDS, _RESAMPLES, _FEWEST = 5, 1000, 10


@dataclass(frozen=True)
class Score:
    """A mean over sounds.

    Parameters
    ----------
    value, low, high : float
        NaN where nothing could be measured.
    chance : float
        What knowing nothing of the sound reaches: of probes one answer for all sounds asked about, the
        commonest among them (of classes its share), of numbers 0, of retrieval a random order.
    n : int
        Sounds asked about.
    how : str
        "learnt" if the probe was fitted to the sounds learnt from, "within" if to other unseen ones, "" if neither.
    """

    value: float
    low: float
    high: float
    chance: float
    n: int
    how: str = ""


def probe_label(
    rows: NDArray[np.floating],
    labels: Sequence[Label],
    unseen: NDArray[np.bool_],
    *,
    kind: str = "class",
    random_state: int = 0,
) -> Score:
    """Measure what a linear probe reads of a label.

    Parameters
    ----------
    rows : ndarray of shape (n, n_dims)
    labels : sequence of length n
        None where unknown.
    unseen : ndarray of shape (n,), bool
    kind : {"class", "tags", "number"}
        Of classes the share that is right; of tags the mean over sounds of the share of tags that are right among as
        many as the sound has; of a number the correlation of said and true.
    random_state : int
        Of folds and resampling.

    Returns
    -------
    Score
    """
    known = np.array([not is_missing(label) for label in labels])
    asked, taught = np.flatnonzero(known & unseen).tolist(), np.flatnonzero(known & ~unseen).tolist()
    if len(asked) < _FEWEST:
        return _nothing(len(asked))
    new = kind == "class" and not {str(labels[at]) for at in asked} & {str(labels[at]) for at in taught}
    within = new or len(taught) < _FEWEST
    values = np.asarray(rows, np.float64)
    with threadpool_limits(1, user_api="blas"):
        if kind == "number":
            return _probe_number(values, labels, asked, taught, within, random_state)
        return _probe_names(values, labels, asked, taught, within, kind, random_state)


def _probe_names(
    values: NDArray[np.float64], labels: Sequence[Label], asked: list[int], taught: list[int],
    within: bool, kind: str, seed: int,
) -> Score:  # fmt: skip
    sets = {
        at: ({str(labels[at])} if kind == "class" else set(split_tags(str(labels[at]))))
        for at in [*asked, *taught]
    }
    right = np.full(len(asked), np.nan)
    for fit, test in _parts(asked, taught, within, seed):
        names = sorted(set().union(*(sets[at] for at in fit)))
        wanted = np.array([[name in sets[at] for name in names] for at in fit])
        if len(names) < 2:
            continue
        places = _says(values, fit, wanted, np.array(asked)[test], kind)
        for place, said in zip(test, places, strict=True):
            true = sets[asked[place]]
            best = np.argsort(-said, kind="stable")[: len(true)]
            right[place] = len(true & {names[at] for at in best}) / len(true)
    measured = ~np.isnan(right)
    if not measured.any():
        return _nothing(0)
    chance = _best_constant([sets[asked[at]] for at in np.flatnonzero(measured)])
    return _score(right[measured], chance, seed, "within" if within else "learnt")


def _best_constant(sets: Sequence[set[str]]) -> float:
    """Return what one answer for all reaches: the names that the sounds asked about have most.

    Of classes that is the share of the commonest one. It looks at the answers, so that no split can make it too low.
    """
    counts = Counter(name for names in sets for name in names)
    often = [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    return float(np.mean([len(names & set(often[: len(names)])) / len(names) for names in sets]))


def _says(values: NDArray, fit: NDArray, wanted: NDArray, asked: NDArray, kind: str) -> NDArray[np.float64]:
    """Return how strongly each name is said of each row asked about, shape (n_asked, n_names)."""
    from sklearn.linear_model import LogisticRegression, RidgeClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if kind == "tags":
        probe = make_pipeline(StandardScaler(), RidgeClassifier(alpha=10.0))
        return np.asarray(
            probe.fit(values[fit], wanted.astype(int)).decision_function(values[asked])
        ).reshape(len(asked), -1)
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    probe.fit(values[fit], wanted.argmax(axis=1))
    return np.asarray(probe.predict_proba(values[asked]))


def _probe_number(
    values: NDArray[np.float64], labels: Sequence[Label], asked: list[int], taught: list[int],
    within: bool, seed: int,
) -> Score:  # fmt: skip
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    number = {at: float(labels[at]) for at in [*asked, *taught]}  # type: ignore[arg-type]
    said, true = np.empty(len(asked)), np.array([number[at] for at in asked])
    for fit, test in _parts(asked, taught, within, seed):
        probe = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-1, 4, 6)))
        probe.fit(values[fit], [number[at] for at in fit])
        said[test] = probe.predict(values[np.array(asked)[test]])
    if said.std() < 1e-12 or true.std() < 1e-12:
        return _nothing(len(asked))
    rng = np.random.default_rng(seed)
    draws = [rng.integers(0, len(true), len(true)) for _ in range(_RESAMPLES)]
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = [np.corrcoef(said[draw], true[draw])[0, 1] for draw in draws]
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    value = float(np.corrcoef(said, true)[0, 1])
    return Score(value, float(low), float(high), 0.0, len(true), "within" if within else "learnt")


def _parts(
    asked: list[int], taught: list[int], within: bool, seed: int
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return rows to fit to, with places in ``asked`` to ask about."""
    if not within:
        return [(np.array(taught), np.arange(len(asked)))]
    order = np.random.default_rng(seed).permutation(len(asked))
    folds = [np.sort(order[at::_FOLDS]) for at in range(_FOLDS)]
    return [(np.delete(np.array(asked), fold), fold) for fold in folds]


def retrieve_label(
    rows: NDArray[np.floating],
    labels: Sequence[Label],
    unseen: NDArray[np.bool_],
    *,
    kind: str = "class",
    groups: Sequence[object] | None = None,
    random_state: int = 0,
) -> dict[str, Score]:
    """Measure how far up the sounds stand that share a label with the one asked about.

    Parameters
    ----------
    rows : ndarray of shape (n, n_dims)
        Compared by cosine; center them before if they need it.
    labels : sequence of length n
    unseen : ndarray of shape (n,), bool
        Asked about, and answers.
    kind : {"class", "tags"}
        Tags are shared if one is.
    groups : sequence of length n, optional
        Sounds of the asked one's own group are no answers.
    random_state : int

    Returns
    -------
    dict
        ``map``: mean average precision; ``recall_at_10``: share of all with the label that are among the first ten.
    """
    at = np.flatnonzero(unseen & np.array([not is_missing(label) for label in labels])).tolist()
    sets = [set(split_tags(str(labels[one]))) if kind == "tags" else {str(labels[one])} for one in at]
    names = {name: place for place, name in enumerate(sorted(set().union(*sets)))} if sets else {}
    held = np.zeros((len(at), len(names)), np.float32)
    for row, tags in enumerate(sets):
        held[row, [names[name] for name in tags]] = 1.0
    own = (
        np.arange(len(at))
        if groups is None
        else np.unique([str(groups[one]) for one in at], return_inverse=True)[1]
    )
    values = np.asarray(rows, np.float64)[at]
    values = values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)
    found: list[tuple[float, float, float, float]] = []
    with threadpool_limits(1, user_api="blas"):
        for row in range(len(at)):
            allowed = (own != own[row]) & (np.arange(len(at)) != row)
            relevant = (held[allowed] @ held[row]) > 0
            if relevant.any():
                found.append(_ranked(values[allowed] @ values[row], relevant))
    if len(found) < _FEWEST:
        return {"map": _nothing(len(found)), "recall_at_10": _nothing(len(found))}
    precision, recall, share, blind = np.array(found).T
    return {
        "map": _score(precision, float(share.mean()), random_state),
        "recall_at_10": _score(recall, float(blind.mean()), random_state),
    }


def _ranked(nearness: NDArray[np.float64], relevant: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    """Return average precision and recall among the first ten, and what both are at random."""
    hits = relevant[np.argsort(-nearness, kind="stable")]
    ranks = np.flatnonzero(hits) + 1
    precision = float((np.arange(1, len(ranks) + 1) / ranks).mean())
    return (
        precision,
        float(hits[:NEAREST].sum() / hits.sum()),
        float(hits.mean()),
        min(1.0, NEAREST / len(hits)),
    )


def _score(values: NDArray[np.float64], chance: float, seed: int, how: str = "") -> Score:
    rng = np.random.default_rng(seed)
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(_RESAMPLES)]
    low, high = np.quantile(means, [0.025, 0.975])
    return Score(float(values.mean()), float(low), float(high), chance, len(values), how)


def _nothing(n: int) -> Score:
    return Score(float("nan"), float("nan"), float("nan"), float("nan"), n)
