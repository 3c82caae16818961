"""The steps of sound: features of a folder, and their join to the artists."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import BandscapeError, ChecksumError, ParameterError, SchemaError, SourceError
from ...core.executors import Executor
from ...core.files import read_json, read_metadata, read_table, write_json, write_table, write_tables
from ...core.progress import ProgressCallback
from ...core.sealed_json import write_sealed_json
from ...core.workspace import StepRecord, Workspace
from .content import (
    CONTENT_LEARNT,
    CONTENT_MODEL,
    CONTENT_VECTORS,
    content_vectors,
    load_content,
    model_of,
    vector_table,
)
from .own_folder import CACHE, alone_in, check_own_folder
from .paths import ARTISTS, SIDE_FEATURES
from .track_store import TRACK_STORE, write_track_store

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from ...datasets.audio_files import FoundFile
    from ...embeddings.audio import Extraction
    from ...embeddings.audio.content.network import ContentNetwork

TRACKS = "audio/tracks.parquet"
TRACK_FEATURES = "audio/track_features.parquet"
QUARANTINE = "audio/quarantine.parquet"
JOINED = "audio/joined.json"
CONTENT = "audio/content"
OWN_CONTENT = "audio/models/content"
NO_CONTENT = "none"

_TABLES = ("tracks.parquet", "features.parquet", "quarantine.parquet")


@dataclass(frozen=True, eq=False)
class FolderFeatures:
    """Features of the sounds of a folder, and whose they are."""

    extraction: "Extraction"
    tracks: "pa.Table"
    unmatched: list[str]

    def facts(self) -> dict[str, int]:
        """Return tracks, artists, quarantined, odd (with a warning), kept (read before), unmatched (labels)."""
        named = {artist for artist in self.tracks["artist"].to_pylist() if artist}
        return {
            "tracks": self.tracks.num_rows,
            "artists": len(named),
            "quarantined": self.extraction.quarantine.num_rows,
            "odd": self.tracks.num_rows - self.tracks["warning"].null_count,
            "kept": self.extraction.n_kept,
            "unmatched": len(self.unmatched),
        }

    def write(self, tracks: Path, features: Path, quarantine: Path) -> None:
        """Write the three tables, or none of them."""
        write_tables(
            {tracks: self.tracks, features: self.extraction.features, quarantine: self.extraction.quarantine}
        )


def extract_folder(
    folder: Path,
    out: Path | None,
    *,
    labels: Path | None = None,
    mel_scale: str = "slaney",
    sample_rate_hz: int = 22_050,
    cache: Path | None = None,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
    executor: Executor | None = None,
) -> FolderFeatures:
    """Compute the features of a folder of sounds; written to ``out`` unless it is None.

    Raises
    ------
    SourceError
        If there is no sound file below the folder, or none can be read.
    ParameterError
        If ``out`` is a file or another kind of folder, or an option is out of range.
    SchemaError
        If no path of ``labels`` names a sound.
    """
    from ...datasets.audio_files import find_audio_files, match_labels, read_track_labels
    from ...embeddings.audio import SUFFIXES, AudioFile, FeatureSettings, extract_features
    from ...embeddings.audio.files.containers import CONTAINER_SUFFIXES

    settings = FeatureSettings(mel_scale=mel_scale, sample_rate_hz=sample_rate_hz).check()
    table = read_track_labels(labels, "artist") if labels else {}
    if out is not None:
        check_own_folder(out, _holds_features(out), begun=_TABLES)
    with alone_in(out):
        found = find_audio_files(folder, (*SUFFIXES, *CONTAINER_SUFFIXES))
        if not found:
            raise SourceError(f"{folder}: no sound files there (looked for {', '.join(SUFFIXES[:5])}, ...)")
        named, unmatched = match_labels(table, [file.track_id for file in found])
        if labels is not None and not named:
            why = (
                f"none of its paths names one of the {len(found):,} sounds below {folder}"
                if table
                else "has no rows"
            )
            raise SchemaError(f"{labels}: {why}; they look like {found[0].track_id}")
        cache = cache if out is None else out / CACHE
        files = [AudioFile(f.track_id, f.path, f.size, f.modified_ns, f.problem) for f in found]
        extraction = extract_features(
            files, settings=settings, cache=cache, n_jobs=n_jobs, on_progress=on_progress, executor=executor
        )
        if not extraction.tracks.num_rows:
            first = extraction.quarantine.to_pylist()[0]
            raise SourceError(
                f"{folder}: none of {len(files)} files can be read; {first['path']}: {first['reason']}"
            )
        result = FolderFeatures(extraction, _with_artists(extraction.tracks, found, named, labels), unmatched)
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
            result.write(*(out / name for name in _TABLES))
        return result


def _holds_features(out: Path) -> bool:
    """Tell whether the tables in a folder are those of :func:`extract_folder`: their metadata name the numbers."""
    from ...embeddings.audio.features.extraction import FEATURE_NAMES

    try:
        return FEATURE_NAMES in read_metadata(out / "features.parquet")
    except BandscapeError:
        return False


def _with_artists(
    tracks: "pa.Table", found: "list[FoundFile]", named: Mapping[str, str], labels: Path | None
) -> "pa.Table":
    """Add whose each track is: by the table, else by its tag, else by the first folder of its path."""
    import pyarrow as pa

    from ...datasets.audio_files import folder_key
    from ...embeddings.audio.files.tags import artist_tag

    paths = {file.track_id: file.path for file in found}
    artists, sources = [], []
    for track in tracks["track_id"].to_pylist():
        ways = (("csv", named.get(track)),)
        if labels is None:
            ways = (("tag", artist_tag(paths[track])), ("folder", folder_key(track)))
        source, artist = next(((way, name) for way, name in ways if name), (None, None))
        artists.append(artist)
        sources.append(source)
    with_artist = tracks.append_column("artist", pa.array(artists, pa.string()))
    return with_artist.append_column("artist_from", pa.array(sources, pa.string()))


def join_audio(
    workspace: Workspace,
    folder: Path | None,
    *,
    labels: Path | None = None,
    vectors: Path | None = None,
    content: Path | str | None = None,
    n_dims: int = 32,
    n_jobs: int = 1,
    on_progress: ProgressCallback | None = None,
) -> StepRecord:
    """Make the side features of the artists from a folder of sounds, or from a model's vectors of them.

    Parameters
    ----------
    workspace : Workspace
    folder : path or None
        None takes the workspace's own sounds, unless there are ``vectors``.
    labels : path, optional
        CSV of whose each sound is.
    vectors : path, optional
        Parquet of another model.
    content : path or "none", optional
        What ``audio content`` wrote; its vectors of the sounds are joined beside their statistics, and kept for
        ``audio similar``. Without it that of :func:`find_content`, if there is one; "none" joins statistics alone.
    n_dims, n_jobs, on_progress
        Length of the joined vectors at most; processes; progress.

    Raises
    ------
    SourceError
        If there are no sounds, or no content network.
    ParameterError
        If no track belongs to an artist of the workspace.
    """
    from ...core.files import sha256_of

    if vectors is not None and content is not None:
        raise ParameterError("--vectors and --content both say what the vectors are; give one of them")
    folder = folder or (workspace.root / "audio" if vectors is None else None)
    home = find_content(workspace) if content is None and vectors is None else content
    home = None if home is None or str(home) == NO_CONTENT else Path(home)
    network = None if home is None else load_content(home)
    extracted = None
    if folder is not None:
        extracted = extract_folder(
            folder,
            None,
            labels=labels,
            cache=workspace.cache("audio"),
            n_jobs=n_jobs,
            on_progress=on_progress,
        )
    inputs = {ARTISTS: workspace.sha256(ARTISTS)}
    if extracted is not None:
        inputs["tracks"] = _digest(extracted)
    if vectors is not None:
        inputs["vectors"] = sha256_of(vectors)
    heard = None
    if network is not None and folder is not None:
        inputs["content"] = network.fingerprint()
        heard = content_vectors(network, folder, cache=workspace.cache("audio"), on_progress=on_progress)[:2]

    def build(stage: Path) -> None:
        (stage / "audio").mkdir()
        if extracted is not None:
            extracted.write(stage / TRACKS, stage / TRACK_FEATURES, stage / QUARANTINE)
        found = _track_vectors(extracted, vectors)
        if network is not None and heard is not None:
            found = _beside(heard, found, _write_content(stage / CONTENT, network, *heard, home))
        _write_side_features(workspace, stage, extracted, found, n_dims)

    return workspace.run_step("audio", build, parameters={"n_dims": n_dims}, inputs=inputs)


def find_content(workspace: Workspace) -> Path | None:
    """Return the content network of the workspace: its own, else the one that was joined last; None without one."""
    homes = [workspace.root / OWN_CONTENT]
    if (workspace.root / CONTENT / CONTENT_LEARNT).is_file():
        try:
            homes.append(model_of(workspace.root / CONTENT))
        except ChecksumError as error:
            raise ChecksumError(
                f"{error}; or name the network with --content MODEL, or --content none"
            ) from error
    return next((home for home in homes if (home / CONTENT_MODEL).is_dir()), None)


def _beside(
    heard: "tuple[list[str], np.ndarray]",
    statistics: "tuple[list[str], np.ndarray, dict[str, Any]]",
    about: Mapping[str, Any],
) -> "tuple[list[str], np.ndarray, dict[str, Any]]":
    """Set learned vectors beside the statistics of the same tracks.

    Few artists teach a network little about others, and statistics know no label; together they place unseen artists
    better than either (``python -m benchmarks content``).
    """
    import numpy as np

    at = {track: row for row, track in enumerate(statistics[0])}
    rows = [row for row, track in enumerate(heard[0]) if track in at]
    ids = [heard[0][row] for row in rows]
    both = np.hstack([heard[1][rows], statistics[1][[at[track] for track in ids]]])
    return (
        ids,
        both,
        {**about, "model": f"{about['model']} + {statistics[2]['model'].removeprefix('bandscape ')}"},
    )


def _digest(extracted: FolderFeatures) -> str:
    from ...core.checkpoints import fingerprint

    parts = (extracted.tracks, extracted.extraction.features, extracted.extraction.quarantine)
    return fingerprint(*(part.to_pydict() for part in parts))


def _write_content(
    home: Path, network: "ContentNetwork", ids: list[str], vectors: "np.ndarray", model: Path | None
) -> dict[str, Any]:
    """Write the tracks' vectors and their store; return what made them."""
    home.mkdir(parents=True)
    table = vector_table(ids, vectors, network)
    write_table(home / CONTENT_VECTORS, table)
    write_track_store(home / TRACK_STORE, ids, vectors)
    write_sealed_json(home / CONTENT_LEARNT, {"model": str(Path(model or "").resolve())})
    return {name: table[name][0].as_py() for name in ("model", "version", "sample_rate_hz")}


def _write_side_features(
    workspace: Workspace,
    stage: Path,
    extracted: FolderFeatures | None,
    found: "tuple[list[str], np.ndarray, dict[str, Any]]",
    n_dims: int,
) -> None:
    from ...embeddings.audio import average_by_artist, whiten

    names = [] if extracted is None else extracted.tracks.select(["track_id", "artist"]).to_pylist()
    artist_of, unknown = artists_of_tracks(workspace, {row["track_id"]: row["artist"] for row in names})
    ids, matrix, about = found
    known = set(read_table(workspace.verified(ARTISTS), ["artist_id"])["artist_id"].to_pylist())
    artist_of |= {one: one for one in ids if one in known}
    if not any(one in artist_of for one in ids):
        raise ParameterError(_nobodys(ids, extracted, unknown, sorted(known)))
    side = average_by_artist(ids, whiten(matrix, n_dims=n_dims), artist_of, about=about)
    write_table(stage / SIDE_FEATURES, side.as_table())
    facts = {
        "artists": len(side.artist_ids),
        "of_artists": len(known),
        "tracks": int(side.n_tracks.sum()),
        "dims": int(side.vectors.shape[1]),
        "quarantined": 0 if extracted is None else extracted.extraction.quarantine.num_rows,
        "unknown_artists": unknown,
        "unmatched_labels": [] if extracted is None else extracted.unmatched,
        **about,
    }
    if (stage / CONTENT).is_dir():
        facts["content"] = str(model_of(stage / CONTENT))
    write_json(stage / JOINED, facts)


def _nobodys(ids: list[str], extracted: FolderFeatures | None, unknown: list[str], known: list[str]) -> str:
    """Say why no vector belongs to an artist of the workspace, and what to do."""
    if extracted is None:
        return (
            f"none of the {len(ids):,} ids of the vectors, such as {ids[0]!r}, is an artist's here, such as "
            f"{known[0]!r}; where they are paths of sounds, give the folder of these with --audio"
        )
    said = f": they are said to be of {', '.join(map(repr, unknown[:3]))}" if unknown else ""
    return (
        f"none of the {len(ids):,} tracks belongs to an artist of the workspace{said}; name the first folder after the "
        "artist, or say whose they are with --artists CSV (columns path and artist)"
    )


def _track_vectors(
    extracted: FolderFeatures | None, vectors: Path | None
) -> "tuple[list[str], np.ndarray, dict[str, Any]]":
    import numpy as np

    from ... import __version__
    from ...embeddings.audio import read_foreign_vectors

    if vectors is not None:
        return read_foreign_vectors(vectors)
    if extracted is None:
        raise ParameterError(
            "give a folder of sounds with --audio, or vectors of another model with --vectors"
        )
    table = extracted.extraction.features
    about = {"model": "bandscape log-mel + MFCC statistics", "version": __version__, "sample_rate_hz": 22_050}
    return table["track_id"].to_pylist(), np.array(table["vector"].to_pylist(), np.float32), about


def artists_of_tracks(
    workspace: Workspace, named: Mapping[str, str | None]
) -> tuple[dict[str, str], list[str]]:
    """Return artist ids by track, and the names that are no artist's here."""
    from ...core.errors import UnknownNameError
    from ...core.names import NameIndex

    table = read_table(workspace.verified(ARTISTS), ["artist_id", "name"])
    ids = table["artist_id"].to_pylist()
    index = NameIndex(ids, table["name"].to_pylist())
    meant: dict[str, str | None] = {}
    for name in sorted({name for name in named.values() if name}):
        try:
            meant[name] = index.resolve(name)
        except UnknownNameError:
            meant[name] = None
    found = {track: meant[name] for track, name in named.items() if name and meant[name] is not None}
    return {k: v for k, v in found.items() if v}, [name for name, one in meant.items() if one is None]


def artist_ids_of(workspace: Workspace, folder: Path) -> dict[str, str]:
    """Return the artist of the workspace of each sound below a folder, by its tag or the first folder of its path."""
    from ...datasets.audio_files import find_audio_files, folder_key
    from ...embeddings.audio import SUFFIXES
    from ...embeddings.audio.files.containers import CONTAINER_SUFFIXES
    from ...embeddings.audio.files.tags import artist_tag

    found = find_audio_files(folder, (*SUFFIXES, *CONTAINER_SUFFIXES))
    named = {file.track_id: artist_tag(file.path) or folder_key(file.track_id) or None for file in found}
    return artists_of_tracks(workspace, named)[0]


def joined_facts(workspace: Workspace) -> dict[str, Any]:
    """Return how many artists and tracks were joined, and what was left out."""
    return read_json(workspace.verified(JOINED))
