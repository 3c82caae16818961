"""A page on which people say which artists go together, to be compared with what the vectors say.

Two kinds of question, each drawn so that the vectors have an opinion: "odd" (which of three does not belong: two are
near, the third is far from both) and "nearer" (which of two is more like a third). The page never tells what the
vectors say. Rows of a matrix are artists. Public names: :class:`Trial`, :func:`draw_trials`, :class:`JudgingPage`,
:func:`judging_page`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..core.errors import ParameterError
from ..core.linear import unit_rows
from ..core.randomness import RandomState, as_seed
from .display import display_name
from .pages import OfflinePage
from .payload import packed_sounds

KINDS = ("odd", "nearer")
_LEAST_GAP = 0.15  # of cosine, below which vectors have no opinion worth a question
_KNOWN = 500  # people can only judge what they may know: the most reviewed


@dataclass(frozen=True)
class Trial:
    """One question.

    Parameters
    ----------
    kind : {"odd", "nearer"}
    rows : tuple of int
        Three artists. Of "nearer" the first is the one the others are compared with; of "odd" the order says nothing.
    """

    kind: str
    rows: tuple[int, int, int]


def draw_trials(
    matrix: ArrayLike, n_reviews: ArrayLike, *, n_trials: int = 40, random_state: RandomState = 0
) -> list[Trial]:
    """Draw questions on which the vectors have an opinion.

    Parameters
    ----------
    matrix : array of shape (n, dim)
        Artists without a vector (zeros) are not asked about.
    n_reviews : array of shape (n,)
        The most reviewed 500 are asked about, each as seldom as chance allows.
    n_trials : int, at least 1
        Half of each kind.
    random_state : None, int, Generator or RandomState

    Returns
    -------
    list of Trial
        Fewer than asked for where the vectors tell too few artists apart.

    Raises
    ------
    ParameterError
        If fewer than three artists have a vector, or none can be told apart.
    """
    if n_trials < 1:
        raise ParameterError(f"n_trials must be at least 1; got {n_trials}")
    points = unit_rows(np.asarray(matrix))
    known = np.flatnonzero(np.any(points, axis=1))
    if len(known) < 3:
        raise ParameterError(f"questions need at least 3 artists with a vector; got {len(known)}")
    known = known[np.argsort(-np.asarray(n_reviews)[known], kind="stable")][:_KNOWN]
    rng = np.random.default_rng(as_seed(random_state))
    trials: list[Trial] = []
    for _ in range(60 * n_trials):
        trial = _try(points, known, KINDS[len(trials) % 2], rng)
        if trial is not None and trial not in trials:
            trials.append(trial)
        if len(trials) == n_trials:
            break
    if not trials:
        raise ParameterError("the vectors tell no three artists apart, so there is nothing to ask")
    return trials


def _try(points: NDArray[Any], known: NDArray[Any], kind: str, rng: np.random.Generator) -> Trial | None:
    """Take an artist, one of its ten nearest and one from anywhere, if they are told apart."""
    first = int(rng.choice(known))
    cosine = points[known] @ points[first]
    near = known[np.argsort(-cosine, kind="stable")[: min(11, len(known))]]
    second, third = int(rng.choice(near)), int(rng.choice(known))
    if len({first, second, third}) < 3:
        return None
    together = float(points[first] @ points[second])
    apart = max(
        float(points[first] @ points[third]), float(points[second] @ points[third]) if kind == "odd" else -1.0
    )
    if together - apart < _LEAST_GAP:
        return None
    if kind == "odd":
        a, b, c = (int(one) for one in rng.permutation([first, second, third]))
        return Trial(kind, (a, b, c))
    pair = (second, third) if rng.random() < 0.5 else (third, second)
    return Trial(kind, (first, *pair))


@dataclass(frozen=True, eq=False)
class JudgingPage(OfflinePage):
    """The page, ready to be written or shown.

    Parameters
    ----------
    payload : dict
    """

    kind = "judge"
    caption = "questions about artists"

    payload: dict[str, Any]

    @property
    def title(self) -> str:
        """What the window is called."""
        return f"Which go together? {self.payload['title']}"


def judging_page(
    trials: Sequence[Trial],
    artist_ids: Sequence[str],
    names: Sequence[str],
    *,
    sounds: Mapping[str, bytes] | None = None,
    title: str = "",
) -> JudgingPage:
    """Make the page of the given questions.

    Parameters
    ----------
    trials : sequence of Trial
    artist_ids, names : sequence of str
        Of all artists; rows of trials point here.
    sounds : mapping of artist_id to bytes, or None
        MP3 files; artists that have one can be heard.
    title : str

    Returns
    -------
    JudgingPage
    """
    rows = sorted({row for trial in trials for row in trial.rows})
    place = {row: at for at, row in enumerate(rows)}
    payload = {
        "title": display_name(title, 80) if title else "",
        "ids": [str(artist_ids[row]) for row in rows],
        "names": [display_name(names[row]) for row in rows],
        "sounds": packed_sounds([(sounds or {}).get(str(artist_ids[row])) for row in rows]),
        "trials": [{"kind": one.kind, "rows": [place[row] for row in one.rows]} for one in trials],
    }
    asked = repr([payload["ids"], payload["trials"]]).encode()
    return JudgingPage(payload | {"data_id": hashlib.sha256(asked).hexdigest()[:12]})
