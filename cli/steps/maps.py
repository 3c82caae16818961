"""The page of the map."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ...core.errors import ParameterError
from ...core.files import count_nulls, iterate_table, read_json, read_table
from ...core.workspace import Workspace
from .artist_topics import mean_topic_shares
from .artists import load_vectors
from .pages import write_page
from .paths import ARTISTS, CLUSTERS, CURRENT_ROUND, LAYOUT, REVIEWS
from .review_keys import keys_of_round
from .round_corpus import outdated_by, usable_round
from .sounds import artist_sounds, sound_folder, sounds_of_artists
from .topics import round_folder

if TYPE_CHECKING:
    import pandas as pd

    from ...viz import ArtistMap

_RESERVED_HOSTS = (
    ".example",
    ".invalid",
    ".test",
    ".localhost",
    ".example.com",
    ".example.net",
    ".example.org",
)
_NEVER = datetime.date.min  # of a review without a date: before all others


@dataclass(frozen=True)
class WrittenMap:
    """What a map page holds: artists in all, those of them that are dots, and those of these that can be heard."""

    n_artists: int
    n_dots: int
    n_sounding: int


def write_map(
    workspace: Workspace,
    out: Path,
    *,
    title: str | None = None,
    preset: str = "explore",
    audio: Path | None = None,
    sound_mb: float = 8.0,
    most: int = 100_000,
) -> WrittenMap:
    """Write the map page from vectors, layout, clusters, topics and sounds (of a folder, else the workspace's own)."""
    drawn = draw_map(workspace, title=title, preset=preset, audio=audio, sound_mb=sound_mb, most=most)
    write_page(drawn, out)
    held = drawn.payload
    return WrittenMap(held["total"], held["count"], len(held.get("sounds") or {}))


def draw_map(
    workspace: Workspace,
    *,
    title: str | None = None,
    preset: str = "explore",
    audio: Path | None = None,
    sound_mb: float = 8.0,
    most: int = 100_000,
) -> "ArtistMap":
    """Return the map of vectors, layout, clusters, topics and sounds; of more artists than ``most`` these are dots."""
    from ...viz import artist_map, read_layout

    layout, _ = read_layout(workspace.verified(LAYOUT))
    artists = read_table(workspace.verified(ARTISTS)).to_pandas()
    files = sounds_of_artists(workspace, sound_folder(workspace, audio)) if sound_mb > 0 else {}
    by_reviews = artists.sort_values("n_reviews", ascending=False, kind="stable")["artist_id"].astype(str)
    sounds = artist_sounds(files, by_reviews, most_mb=sound_mb)
    topic_shares, background, topic_ids = _topic_shares_of_artists(workspace)
    return artist_map(
        artists,
        layout,
        load_vectors(workspace),
        clusters=read_table(workspace.verified(CLUSTERS)).to_pandas(),
        topic_shares=topic_shares,
        background_topics=background,
        topic_ids=topic_ids,
        links=_latest_reviews(workspace) or None,
        link_text="read the latest review",
        sounds=sounds,
        preset=preset,
        title=title or map_title(workspace),
        subtitle=f"{len(artists):,} artists, {count_nulls(workspace.verified(REVIEWS), 'review_id')[0]:,} reviews",
        basis="mostly artists with like genres, scores, labels, years and reviewers",
        data_id=workspace.sha256(ARTISTS)[:7],
        most=most,
    )


def write_map_comparison(first: Workspace, second: Workspace, out: Path, *, title: str | None = None) -> str:
    """Write the stored maps of two workspaces side by side; return what the page says of them."""
    from ...viz import map_comparison

    places = [_stored_places(one) for one in (first, second)]
    artists = read_table(first.verified(ARTISTS)).to_pandas()
    shared = artists[[all(one in side for side in places) for one in artists["artist_id"]]]
    if len(shared) < 3:
        raise ParameterError(
            f"{first.root} and {second.root} must share at least 3 artists to be compared; they share {len(shared)}"
        )
    labels = [one.root.name or str(one.root) for one in (first, second)]
    if labels[0] == labels[1]:
        labels = [str(one.root) for one in (first, second)]
    made = map_comparison(
        shared,
        *([side[one] for one in shared["artist_id"]] for side in places),
        labels=labels,
        n_only=[len(side) - len(shared) for side in places],
        title=title or " and ".join(labels),
    )
    write_page(made, out)
    return str(made.payload["said"])


def _stored_places(workspace: Workspace) -> dict[str, list[float]]:
    from ...viz import read_layout

    layout, ids = read_layout(workspace.verified(LAYOUT))
    return dict(zip(ids, layout.coordinates.tolist(), strict=True))


def _latest_reviews(workspace: Workspace) -> dict[str, str]:
    """Return the address of each artist's most recent review that has one."""
    latest: dict[str, tuple[tuple[bool, Any], str]] = {}
    for batch in iterate_table(workspace.verified(REVIEWS), ["artist_ids", "pub_date", "url"]):
        days, urls = batch.column("pub_date").to_pylist(), batch.column("url").to_pylist()
        for at, ids in enumerate(batch.column("artist_ids").to_pylist()):
            day, url = (days[at] is not None, days[at] or _NEVER), urls[at]
            for one in ids:
                if leads_somewhere(url) and (one not in latest or day >= latest[one][0]):
                    latest[one] = day, url
    return {one: url for one, (_, url) in latest.items()}


def leads_somewhere(url: str | None) -> bool:
    """Tell whether an address can exist: names reserved for examples and tests lead nowhere.

    References
    ----------
    RFC 2606, Reserved Top Level DNS Names.
    """
    if not url:
        return False
    try:
        host = f".{urlsplit(url).hostname or ''}".removesuffix(".")
    except ValueError:
        return False
    return not host.endswith(_RESERVED_HOSTS)


def map_title(workspace: Workspace) -> str:
    """Return a title for the map: what the corpus was read from."""
    parameters = workspace.steps()["import"].parameters
    if "source" not in parameters:
        return "A simulated music press"
    return Path(parameters["source"]).name.split(".")[0].replace("_", " ") or "Map of artists"


def _topic_shares_of_artists(
    workspace: Workspace,
) -> "tuple[pd.DataFrame | None, list[str], list[str] | None]":
    """Return the mean topic shares of each artist's reviews, None without topics, which of them are noise, and ids.

    Columns are named by the topics' first words.
    """
    number = usable_round(workspace)
    if number is None:
        return None, [], None
    folder = round_folder(number)
    keys = None if outdated_by(workspace, number) is None else keys_of_round(workspace, number)
    by_artist, _ = mean_topic_shares(workspace, f"{folder}/doc_topics.parquet", keys)
    if by_artist.empty:
        return None, [], None
    summary = read_json(workspace.intact(f"{folder}/summary.json"))
    by_artist.columns = [topic_label(topic) for topic in summary]
    background = [topic_label(summary[at]) for at in _background(workspace, number)]
    return by_artist, background, [topic["id"] for topic in summary]


def _background(workspace: Workspace, number: int) -> tuple[int, ...]:
    """Return the numbers of a round's topics that gather what says nothing."""
    from ...topics import background_topics, check_topics
    from .records import round_config

    return background_topics(check_topics(round_config(workspace, number)))


def telling_words(topic: Mapping[str, Any]) -> list[str]:
    """Return the words to call a topic by; rounds of earlier versions have the most probable ones only."""
    return topic.get("telling") or [entry["word"] for entry in topic["words"]]


def called_topics(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the topics of the current round that say something: ``id``, ``label`` and ``share``."""
    number = workspace.values()[CURRENT_ROUND]
    summary = read_json(workspace.intact(f"{round_folder(number)}/summary.json"))
    noise = _background(workspace, number)
    return [
        {"id": topic["id"], "label": topic_label(topic), "share": topic["share"]}
        for at, topic in enumerate(summary)
        if at not in noise
    ]


def topic_labels(workspace: Workspace) -> list[str]:
    """Return how each topic of the current round is called on the map."""
    number = workspace.values()[CURRENT_ROUND]
    return [
        topic_label(topic) for topic in read_json(workspace.intact(f"{round_folder(number)}/summary.json"))
    ]


def topic_label(topic: Mapping[str, Any]) -> str:
    """Return how to call a topic: its own name, or its first words when the name only numbers it."""
    return " · ".join(telling_words(topic)[:3]) if is_numbered(topic["id"]) else topic["id"]


def is_numbered(topic_id: str) -> bool:
    """Return whether a topic's name only numbers it."""
    stem, _, number = topic_id.rpartition("_")
    return stem in {"topic", "other"} and number.isdigit()
