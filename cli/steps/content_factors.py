"""Vectors of artists for the content network to learn: latent factors of the artist of each sound."""

from pathlib import Path
from typing import Any

from ...core.errors import SchemaError
from ...core.files import read_table
from .spectral import sound_files

FACTORS = "factors"


def factors_of_tracks(folder: Path, labels: Path, factors: Path, column: str) -> dict[str, Any]:
    """Return the vector of each sound's artist, by track.

    Parameters
    ----------
    folder, labels : path
    factors : path
        Parquet with ``artist_id`` or ``name``, or both, and ``vector``.
    column : str
        Of the labels; holds ids or names of artists.

    Raises
    ------
    SourceError, SchemaError
        If a file cannot be read, a column is missing, or no sound has an artist with a vector.
    """
    from ...datasets.audio_files import match_labels, read_track_labels

    found, _ = sound_files(folder)
    named, _ = match_labels(read_track_labels(labels, column), [file.track_id for file in found])
    vector_of = artist_factors(factors, sorted(set(named.values())))
    values = {track: vector_of[artist] for track, artist in named.items() if artist in vector_of}
    if not values:
        raise SchemaError(
            f"{factors}: holds a vector of none of the artists in column {column!r} of {labels}"
        )
    return values


def artist_factors(factors: Path, artists: list[str]) -> dict[str, Any]:
    """Return the vectors of artists, by the ids or names given; unknown ones are left out."""
    from ...embeddings.artist_keys import match_artists
    from ...embeddings.side_features import read_side_features

    table = read_side_features(factors)  # checks that vectors are finite and of one length
    frame = read_table(factors).to_pandas()
    ids = frame["artist_id"] if "artist_id" in frame else list(table.keys)
    names = next((frame[name] for name in ("name", "artist") if name in frame), list(table.keys))
    import pandas as pd

    rows = match_artists(artists, pd.DataFrame({"artist_id": list(ids), "name": list(names)}))
    return {name: table.matrix[row] for name, row in zip(artists, rows.tolist(), strict=True) if row >= 0}
