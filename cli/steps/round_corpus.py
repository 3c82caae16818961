"""Rounds and the corpus: whether a round is of the reviews that the workspace holds now, and what changed since it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...core.errors import WorkspaceError
from ...core.files import read_json
from ...core.workspace import Workspace
from ..console import as_word
from .paths import CURRENT_ROUND, REVIEWS, round_folder, round_step
from .records import topic_rounds
from .review_keys import ReviewKeys, keys_of_round

if TYPE_CHECKING:
    from ...datasets import PreparedText
    from ...topics import KeywordLDA

_NAMED = 5  # words
_ENOUGH = 0.5  # of a round's reviews, to be told by it


@dataclass(frozen=True)
class RoundFit:
    """Whether the reviews of a round are those of the workspace.

    Parameters
    ----------
    is_current : bool
        Whether nothing was replaced since the round was made.
    is_usable : bool
        Whether its topic shares can be given to the reviews there are now.
    reason : str
        Why not, or for how many of them; empty where ``is_current``.
    """

    is_current: bool
    is_usable: bool
    reason: str = ""


def outdated_line(workspace: Workspace, number: int) -> str | None:
    """Return what to know of a round of an earlier corpus, with what brings it to the present one; else None."""
    if outdated_by(workspace, number) is None:
        return None
    return (
        f"round {number} is of an earlier corpus: bandscape topics refit {as_word(workspace.root)} goes on from it "
        "with the reviews of now"
    )


def refuse_earlier(workspace: Workspace, number: int) -> None:
    """Refuse what needs the reviews of a round, where it is of an earlier corpus.

    Raises
    ------
    WorkspaceError
        With what brings the round to the present one.
    """
    outdated = outdated_line(workspace, number)
    if outdated is not None:
        raise WorkspaceError(f"{workspace.root}: {outdated}")


def outdated_by(workspace: Workspace, number: int) -> str | None:
    """Return what was replaced since a round was made; None if it still holds."""
    return workspace.outdated_input(round_step(number))


def fit_of_round(workspace: Workspace, number: int) -> RoundFit:
    """Compare the reviews of a round with those there are now, by their ids."""
    if outdated_by(workspace, number) is None:
        return RoundFit(True, True)
    if reviews_of_round(workspace, number) == workspace.sha256(REVIEWS):
        return RoundFit(False, True, "the reviews are the same, their words were prepared otherwise")
    keys = keys_of_round(workspace, number)
    if not keys.is_complete:
        return RoundFit(False, False, "its reviews have no ids by which to find them among those of now")
    now = {key for batch, _ in keys.now(workspace) for key in batch.to_pylist()}
    n_found = sum(one is not None and one in now for one in keys.then)
    found = f"{n_found:,} of its {len(keys.then):,} reviews are among those of now"
    return RoundFit(False, n_found >= _ENOUGH * max(len(keys.then), 1), found)


def usable_round(workspace: Workspace) -> int | None:
    """Return the current round if its topic shares can be given to the reviews there are now."""
    number = workspace.values().get(CURRENT_ROUND)
    if (
        number is None
        or f"{round_folder(number)}/doc_topics.parquet" not in topic_rounds(workspace)[number].outputs
    ):
        return None
    return number if fit_of_round(workspace, number).is_usable else None


def reviews_of_round(workspace: Workspace, number: int) -> str | None:
    """Return the sha256 of the reviews that a round was made from; None of a round of an earlier version."""
    path = f"{round_folder(number)}/round.json"
    if path not in topic_rounds(workspace)[number].outputs:
        return None
    return read_json(workspace.intact(path)).get("reviews_sha256")


def corpus_change(
    workspace: Workspace, number: int, before: "KeywordLDA", after: "KeywordLDA", prepared: "PreparedText"
) -> dict[str, Any]:
    """Return what changed in the corpus since a round.

    Parameters
    ----------
    workspace : Workspace
    number : int
        Of the round before.
    before, after : KeywordLDA
        That round, and the one of the new corpus that was made of it.
    prepared : PreparedText
        Of the new corpus.

    Returns
    -------
    dict
        ``reviews_before`` and ``reviews`` (with words), ``same``, ``gone`` and ``new`` of them, by ids or texts (None
        where a round of an earlier version has neither), ``words``, ``new_words`` and ``gone_words`` (of the
        vocabulary, as in the reviews), ``known_share`` (of all words in the new reviews).
    """
    then = keys_of_round(workspace, number)
    now = _ids_with_words(prepared)
    same = _n_same(workspace, then, now) if all(one is not None for one in then.then) else None
    known, present = set(before.vocabulary_.tolist()), after.vocabulary_.tolist()
    new = [word for word in present if word not in known]
    shown = dict(zip(prepared.vocabulary["word"], prepared.vocabulary["display"], strict=True))
    counts = dict(zip(present, after.word_counts_.tolist(), strict=True))
    return {
        "from_round": number, "reviews_before": len(then.then), "reviews": len(now), "same": same,
        "gone": None if same is None else len(then.then) - same, "new": None if same is None else len(now) - same,
        "words": len(present), "new_words": [shown[word] for word in new],
        "gone_words": sorted(known - set(present)),
        "known_share": 1 - sum(counts[word] for word in new) / max(sum(counts.values()), 1),
    }  # fmt: skip


def alike_topics(
    before: "KeywordLDA", after: "KeywordLDA", origins: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    """Return how much probability the words of each topic share with those it was made of; new topics are left out."""
    from ...topics.rounds import diff_rounds

    diffs = diff_rounds(before, after, origins=origins)
    return {diff.topic: round(diff.alike, 4) for diff in diffs if diff.was and not diff.is_gone}


def change_lines(change: Mapping[str, Any]) -> list[str]:
    """Say for people what a change of the corpus did to the round that went on."""
    reviews = f"{change['reviews']:,} reviews with words, {change['reviews_before']:,} before"
    if change["same"] is not None:
        reviews += f" ({change['same']:,} the same, {change['gone']:,} gone, {change['new']:,} new)"
    words = f"{change['words']:,} words: {_some('new', change['new_words'])}, {_some('gone', change['gone_words'])}"
    lines = [f"the corpus is another than that of round {change['from_round']}: {reviews}; {words}"]
    if change["alike"]:
        least = min(change["alike"], key=change["alike"].__getitem__)
        mean = sum(change["alike"].values()) / len(change["alike"])
        lines.append(
            f"topics keep {100 * mean:.0f} % of their words in the mean, "
            f"{100 * change['alike'][least]:.0f} % at least ({least})"
        )
    return lines


def _some(what: str, words: Sequence[str]) -> str:
    if not words:
        return f"none {what}"
    more = " ..." if len(words) > _NAMED else ""
    return f"{len(words):,} {what} ({', '.join(words[:_NAMED])}{more})"


def _n_same(workspace: Workspace, then: ReviewKeys, ids: Sequence[str]) -> int:
    """Return how many reviews of a round are among the present ones with words; repeats count one by one."""
    with_words, now = set(ids), Counter[str]()
    for keys, batch in then.now(workspace):
        pairs = zip(keys.to_pylist(), batch["review_id"].to_pylist(), strict=True)
        now.update(key for key, review_id in pairs if key is not None and review_id in with_words)
    return (Counter(key for key in then.then if key is not None) & now).total()


def _ids_with_words(prepared: "PreparedText") -> list[str]:
    import numpy as np

    has_words = (np.diff(prepared.counts.indptr) > 0).tolist()
    ids = [one for part in prepared.review_ids() for one in part]
    return [one for one, has in zip(ids, has_words, strict=True) if has]
