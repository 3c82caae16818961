"""What the explorer asks for: functions that whoever holds the workspace gives it.

The explorer knows pages, not files: every answer is a JSON-able value with the fields named here, every failure a
:class:`~bandscape.core.errors.BandscapeError` whose message is shown as it is. Functions are called from
several threads.

Public names: :class:`Sources`, :class:`CorpusSource`, :class:`TopicSource`, :class:`ArtistSource`, :class:`MapSource`,
:class:`PageSource`, :class:`SoundSource`, :class:`ExportSource`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Facts = dict[str, Any]


@dataclass(frozen=True)
class CorpusSource:
    """What was read.

    Parameters
    ----------
    overview : callable
        () to ``figures`` (name to number), ``source`` (str), ``mapping`` (ours to theirs), ``notes`` (list of str),
        ``histograms`` (list of ``title``, ``note``, ``bars``: list of ``label``, ``count``, ``edge`` where it is to be
        written), ``genres`` (list of ``label``, ``count``), ``steps`` (list of ``name``, ``finished``, ``seconds``) and
        ``reasons`` (list of ``column``, ``reason``, ``count``).
    rejects : callable
        (column, reason as in ``reasons``, first, count) to ``total`` and ``rows`` (list of ``source``, ``row``,
        ``column``, ``value``, ``reason``); None for any column or reason.
    """

    overview: Callable[[], Facts]
    rejects: Callable[[str | None, str | None, int, int], Facts]

    def has_done(self, step: str) -> bool:
        """Tell whether a step of the workspace was done."""
        return any(one["name"] == step for one in self.overview()["steps"])


@dataclass(frozen=True)
class TopicSource:
    """Topics, and what is done to them.

    Parameters
    ----------
    overview : callable
        () to ``round`` (None without topics), ``version`` (str, another one after every change), ``topics`` (list of
        ``id``, ``called`` (how the map calls it), ``share``, ``words``: list of ``word`` and ``size`` in 0..1,
        ``years``: shares, ``keywords``: list of ``word`` and ``status``, ``frozen``, ``noise``, ``excluded``:
        words), ``years`` (first and last) and ``draft``:
        ``edits`` (list of ``text`` and ``parts``), ``by_hand``, ``n_topics``, ``names`` (id in the round to names in
        the draft), ``version``.
    edit : callable
        (round, edits as ``TopicEdits.to_json`` gives them, ids of the round) to a line of what was done. A round that
        is no longer the current one is refused.
    withdraw, forget, undo : callable
        (round, version of the draft, number of the edit), (round, version of the draft), (round) to a line.
    use : callable
        (round, number of another) to a line.
    history : callable
        () to a list of rounds, as ``topics history --json`` gives them.
    diff : callable
        (first, second) to a list, as ``topics diff --json`` gives it.
    evidence : callable
        (topic, number of reviews) to ``topic``, ``share``, ``slots`` (name to number, 0 is the topic asked for) and
        ``texts``: list of ``title``, ``subtitle``, ``pieces``: list of text and names with percents.
    suggest : callable
        (topic) to ``add`` and ``exclude``: lists of ``word`` and ``why``.
    start, cancel, status : callable
        (round, sweeps) begins a refit in a process of its own; () ends it; () to ``state`` (idle, running, finished,
        failed or canceled), ``stage``, ``done``, ``total``, ``seconds``, ``left`` (seconds or None), ``curve`` (list of
        float), ``said`` (a line) and ``round``, ``parent`` when finished.
    prepare : callable
        () makes ready for a refit, so that it starts quickly.
    """

    overview: Callable[[], Facts]
    edit: Callable[[int, Sequence[Facts]], str]
    withdraw: Callable[[int, str, int], str]
    forget: Callable[[int, str], str]
    undo: Callable[[int], str]
    use: Callable[[int, int], str]
    history: Callable[[], list[Facts]]
    diff: Callable[[int, int], list[Facts]]
    evidence: Callable[[str, int], Facts]
    suggest: Callable[[str], Facts]
    start: Callable[[int, int], str]
    cancel: Callable[[], str]
    status: Callable[[], Facts]
    prepare: Callable[[], None]


@dataclass(frozen=True)
class ArtistSource:
    """Questions about artists.

    Parameters
    ----------
    ask : callable
        (question such as "coil - rock", number of answers, method, fewest reviews of an answer) to what
        ``artists analogy --json`` gives.
    explain : callable
        (artist, artist) to what ``artists explain --json`` gives.
    suggest : callable
        (beginning of a name, number) to a list of ``label``, ``detail``, ``text``.
    examples : callable
        () to a list of questions that can be answered.
    methods : sequence of str
    """

    ask: Callable[[str, int, str, int], Facts]
    explain: Callable[[str, str], Facts]
    suggest: Callable[[str, int], list[Facts]]
    examples: Callable[[], list[str]]
    methods: Sequence[str] = ("3cosadd", "3cosmul", "3cosavg")


@dataclass(frozen=True)
class MapSource:
    """What the page of a map asks that has more artists than the page. Artists are numbered by rank.

    Every function is given the version that the page shows first, and raises an error when that is no longer the map.

    Parameters
    ----------
    view : callable
        (version, (left, right, low, high)) to ``rows``, ``inside``, ``complete``, as
        :meth:`bandscape.viz.ServedMap.view` gives them.
    find : callable
        (version, beginning of a name, number) to a list of ``label``, ``detail``, ``text``, ``kind``.
    near : callable
        (version, rank) to ``rank``, ``results`` (``rankOnMap``, ``rank``, ``cosine``, ``openRank``,
        ``baselineRank``) and ``rows``.
    ask : callable
        (version, question) to ``kind``: "artist" with the fields of ``near``; "answers" with ``terms`` (``sign``,
        ``kind``, ``label``, ``rank``, ``place``), ``results``, ``baseline`` (ranks), ``verdict`` (as
        ``artists analogy --json`` gives it; None for a term alone) and ``rows``; or "problem" with
        ``said`` and ``candidates`` (other questions).
    spread : callable
        (version, (left, right, low, high)) to ``inside``, ``score``, ``year``, as
        :meth:`bandscape.viz.ServedMap.spread` gives them.
    """

    view: Callable[[str, Sequence[float]], Facts]
    find: Callable[[str, str, int], list[Facts]]
    near: Callable[[str, int], Facts]
    ask: Callable[[str, str], Facts]
    spread: Callable[[str, Sequence[float]], Facts]


@dataclass(frozen=True)
class PageSource:
    """Whole pages that are shown in a frame.

    Parameters
    ----------
    map : callable
        () to the page of the map.
    comparisons : callable
        () to the names of other workspaces whose map may stand beside this one's.
    comparison : callable
        (name) to that page.
    diff : callable
        (first, second round) to the page of what changed.
    """

    map: Callable[[], str]
    comparisons: Callable[[], list[str]]
    comparison: Callable[[str], str]
    diff: Callable[[int, int], str]


@dataclass(frozen=True)
class SoundSource:
    """Sounds of artists.

    Parameters
    ----------
    tracks : callable
        (text, first, count) to ``total``, ``artists``, ``quarantined``, ``mapped`` (how many stand on the map) and
        ``rows``: list of ``key``, ``artist``, ``name``, ``seconds``.
    file : callable
        (key) to the path of a sound, or None.
    page : callable
        () to the page of their map.
    """

    tracks: Callable[[str, int, int], Facts]
    file: Callable[[str], Path | None]
    page: Callable[[], str]


@dataclass(frozen=True)
class ExportSource:
    """Files to take away.

    Parameters
    ----------
    listing : callable
        () to a list of ``key``, ``name``, ``group``, ``says``, ``bytes`` (None where it is made when asked for).
    file : callable
        (key, an empty folder that may be used) to the path of a file, or None for an unknown key.
    """

    listing: Callable[[], list[Facts]]
    file: Callable[[str, Path], Path | None]


@dataclass(frozen=True)
class Sources:
    """All that the explorer shows.

    Parameters
    ----------
    title : str
    place : str
        The workspace, as commands name it.
    corpus, topics, artists, maps, pages, sounds, exports
        As described there.
    is_read_only : callable
        () to bool: whether edits would be refused because the workspace may only be read.
    """

    title: str
    place: str
    corpus: CorpusSource
    topics: TopicSource
    artists: ArtistSource
    maps: MapSource
    pages: PageSource
    sounds: SoundSource
    exports: ExportSource
    is_read_only: Callable[[], bool] = bool
