"""The map of a workspace: one page that has all artists, or one that asks here for those of the part it shows."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.errors import BandscapeError, UnknownNameError, WorkspaceError
from ...core.workspace import Workspace
from .. import steps
from ..answers import MOST_TERMS, split_sum
from .artist_desk import ArtistDesk
from .keeping import Kept
from .page_desk import PageDesk

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ...embeddings import Answers, Meaning
    from ...viz import ServedMap

_ANSWERS = 10


class MapDesk:
    """Answers what the page of the map asks; artists are numbered by rank, 0 has most reviews.

    Parameters
    ----------
    workspace : Workspace
    artists : ArtistDesk
    pages : PageDesk
        Makes the page that has all artists.
    most : int
        Artists that the page may have; of more it has some, and asks for the others.
    """

    def __init__(self, workspace: Workspace, artists: ArtistDesk, pages: PageDesk, *, most: int) -> None:
        self.workspace = workspace
        self.artists = artists
        self.pages = pages
        self.most = most
        self._served, self._texts, self._rows, self._answers = Kept(), Kept(), Kept(), Kept(64)

    def page(self) -> str:
        """Return the page of the map."""
        if steps.count_artists(self.workspace) <= self.most:
            return self.pages.map()
        return self._texts.get(self.pages.map_key(), lambda: self.served().page())

    def served(self) -> "ServedMap":
        """Return the map with all artists."""
        key = self.pages.map_key()
        return self._served.get(key, lambda: self._draw(key))

    def view(self, version: str, borders: Sequence[float]) -> dict[str, Any]:
        """Return the artists of a rectangle (left, right, low, high) that the page began without."""
        left, right, low, high = borders
        return self._current(version).view(left, right, low, high)

    def spread(self, version: str, borders: Sequence[float]) -> dict[str, Any]:
        """Return how the scores and years of all artists of a rectangle are spread."""
        left, right, low, high = borders
        return self._current(version).spread(left, right, low, high)

    def find(self, version: str, text: str, count: int) -> list[dict[str, Any]]:
        """Return artists, genres and topics by the beginning of a name."""
        self._current(version)
        return self.artists.suggest(text, count)

    def near(self, version: str, rank: int) -> dict[str, Any]:
        """Return the artists nearest to one of the map, and their rows."""
        served = self._current(version)
        if not 0 <= rank < len(served):
            raise UnknownNameError(f"no artist has the rank {rank}", name=str(rank), candidates=[])
        return self._answers.get((version, rank), lambda: self._near(served, rank))

    def ask(self, version: str, question: str) -> dict[str, Any]:
        """Answer a name or a sum of names: ``kind`` is "artist", "answers" or "problem"."""
        served = self._current(version)
        try:
            return self._answers.get((version, question), lambda: self._ask(served, question))
        except UnknownNameError as error:
            return _problem(str(error), [_corrected(question, error.name, one) for one in error.candidates])
        except BandscapeError as error:
            return _problem(str(error), [])

    def _draw(self, key: tuple[Any, ...]) -> "ServedMap":
        from ...viz import ServedMap

        drawn = steps.draw_map(
            self.workspace, audio=self.pages.audio, most=steps.count_artists(self.workspace)
        )
        version = hashlib.sha256(repr(key).encode()).hexdigest()[:12]
        return ServedMap(drawn, first=min(ServedMap.FIRST, self.most), version=version)

    def _current(self, version: str) -> "ServedMap":
        served = self.served()
        if version != served.version:
            raise WorkspaceError("the map has been made anew since this page was opened; reload it")
        return served

    def _near(self, served: "ServedMap", rank: int) -> dict[str, Any]:
        own = served.artist_ids[rank]
        answers = self.artists.table().most_similar([f"artist:{own}"], topn=_ANSWERS)
        results = _results(served, answers, has_minus=False)
        return {"rank": rank, "results": results, "rows": served.rows([rank, *_ranks(results)])}

    def _ask(self, served: "ServedMap", question: str) -> dict[str, Any]:
        plus, minus = split_sum(question)
        if not plus:
            return _problem("A question needs at least one name that is added.", [])
        if len(plus) + len(minus) > MOST_TERMS:
            return _problem(f"A question has at most {MOST_TERMS} terms.", [])
        table = self.artists.table()
        meanings = [("+", table.meaning(one)) for one in plus] + [("-", table.meaning(one)) for one in minus]
        first = meanings[0][1]
        if len(meanings) == 1 and first.kind == "artist":
            rank = served.rank_of(table.artist_ids[int(first.rows[0])])
            if rank is not None:
                return {"kind": "artist"} | self._near(served, rank)
        answers = table.most_similar(plus, minus, topn=_ANSWERS)
        results = _results(served, answers, has_minus=bool(minus))
        verdict = answers.verdict if len(meanings) > 1 else None
        alone = _results(served, table.most_similar(plus, topn=_ANSWERS), has_minus=False) if minus else []
        terms = [self._term(served, sign, meaning) for sign, meaning in meanings]
        named = [term["rank"] for term in terms if term["rank"] is not None]
        ranks = list(dict.fromkeys([*named, *_ranks(results), *_ranks(alone)]))
        return {"kind": "answers", "terms": terms, "results": results, "baseline": _ranks(alone),
                "verdict": None if verdict is None else verdict.as_json(), "rows": served.rows(ranks)}  # fmt: skip

    def _term(self, served: "ServedMap", sign: str, meaning: "Meaning") -> dict[str, Any]:
        """Return a term, and where to mark it: a group at the member nearest to its middle."""
        ranks = self._ranks_of_rows(served)[meaning.rows]
        places = served.places(ranks[ranks >= 0])
        middle = places - np.median(places, axis=0) if len(places) else places
        place = places[int((middle**2).sum(axis=1).argmin())].tolist() if len(places) else None
        rank = int(ranks[0]) if meaning.kind == "artist" and ranks[0] >= 0 else None
        return {"sign": 1 if sign == "+" else -1, "kind": meaning.kind, "label": meaning.name, "rank": rank,
                "place": place}  # fmt: skip

    def _ranks_of_rows(self, served: "ServedMap") -> "NDArray[np.int64]":
        """Return the rank of each row of the vectors, -1 for one that is not on the map."""
        table = self.artists.table()

        def look_up() -> "NDArray[np.int64]":
            ranks = (served.rank_of(one) for one in table.artist_ids)
            return np.array([-1 if rank is None else rank for rank in ranks], np.int64)

        return self._rows.get((served.version, id(table)), look_up)


def _results(served: "ServedMap", answers: "Answers", *, has_minus: bool) -> list[dict[str, Any]]:
    """Return the answers that are on the map."""
    found = []
    for one in answers:
        rank = served.rank_of(one.artist_id)
        if rank is not None:
            baseline = one.rank_baseline if has_minus else None
            found.append({"rankOnMap": rank, "rank": one.rank, "cosine": one.cosine,
                          "openRank": one.rank_unfiltered, "baselineRank": baseline})  # fmt: skip
    return found


def _ranks(results: Sequence[dict[str, Any]]) -> list[int]:
    return [one["rankOnMap"] for one in results]


def _problem(said: str, candidates: Sequence[str]) -> dict[str, Any]:
    return {"kind": "problem", "said": said, "candidates": list(candidates)}


def _corrected(question: str, wrong: str, right: str) -> str:
    return question.replace(wrong, right, 1) if wrong and wrong in question else right
