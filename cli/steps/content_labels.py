"""Labels of sounds: read from a table, matched with files, and which sounds are set aside to measure on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import ParameterError, SchemaError
from ...core.progress import ProgressCallback
from .spectral import check_read, sound_files

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from ...embeddings.audio.content.mel_patches import HeardSound
    from ...embeddings.audio.content.network import ContentNetwork
    from ...embeddings.audio.files.file_rows import AudioFile

TEXT_COLUMN = "text"
_UNSEEN_SHARE = 0.2

Column = list[Any]
"""A value, or None, for each sound."""


@dataclass(frozen=True)
class ContentOptions:
    """What is learnt from, and what is set aside to measure.

    Parameters
    ----------
    columns : sequence of str
        Labels to learn; none for all that the table has.
    kinds : mapping of str to str
        Of columns whose kind shall not be guessed.
    inputs : sequence of str
        Columns that are known of a sound besides it.
    text : str or None
        Column of reviews or lyrics.
    held_out : (column, values) or None
        Sounds with one of these values are not learnt from.
    disjoint : str or None
        A fifth of the values of this column is drawn for that.
    """

    columns: Sequence[str] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    inputs: Sequence[str] = ()
    text: str | None = None
    held_out: tuple[str, tuple[str, ...]] | None = None
    disjoint: str | None = None


@dataclass(frozen=True, eq=False)
class LabelTable:
    """Labels by track or by path.

    Parameters
    ----------
    source : str
        Where they are from, for messages.
    columns : dict of str to (dict of str to value)
    """

    source: str
    columns: dict[str, dict[str, Any]]


@dataclass(frozen=True, eq=False)
class LabelledSounds:
    """Sounds that could be read, and what the table says of each.

    Parameters
    ----------
    ids : list of str
    sounds : list of HeardSound
    files : list of AudioFile
    columns : dict of str to list
        A value or None for each sound.
    quarantine : pyarrow.Table
    unmatched : list of str
        Paths of the table that are no sound.
    """

    ids: list[str]
    sounds: "list[HeardSound]"
    files: "list[AudioFile]"
    columns: dict[str, Column]
    quarantine: "pa.Table"
    unmatched: list[str]


def read_label_table(labels: Path, options: ContentOptions) -> LabelTable:
    """Read the columns that are asked for from a CSV.

    Raises
    ------
    SourceError, SchemaError
        If the CSV cannot be read, or lacks a column.
    """
    from ...datasets.audio_files import label_columns, read_track_labels

    has = label_columns(labels)
    group = [options.held_out[0]] if options.held_out else [options.disjoint] if options.disjoint else []
    asked = [*options.columns, *given_columns(options), *group, *options.kinds]
    check_columns(asked, has, str(labels))
    wanted = [*options.columns, *given_columns(options), *group] if options.columns else has
    text = [TEXT_COLUMN] if TEXT_COLUMN in has else []
    return LabelTable(
        str(labels), {name: read_track_labels(labels, name) for name in dict.fromkeys([*wanted, *text])}
    )


def check_columns(asked: Sequence[str], has: Sequence[str], source: str) -> None:
    """Raise SchemaError if a column is asked for that the table has not."""
    for name in asked:
        if name not in has:
            raise SchemaError(f"{source}: has no column {name!r}; has {', '.join(list(has)[:8])}")


def with_text(labels: LabelTable, options: ContentOptions) -> ContentOptions:
    """Return options by which the column ``text`` is read as text, if there is one and no other was named."""
    reads = options.text is None and TEXT_COLUMN in labels.columns and TEXT_COLUMN not in options.columns
    return replace(options, text=TEXT_COLUMN) if reads else options


def unseen_sounds(
    ids: Sequence[str], columns: Mapping[str, Column], options: ContentOptions, seed: int
) -> "np.ndarray":
    """Return which sounds are not learnt from: by values of a column, by values drawn, or drawn one by one.

    Raises
    ------
    ParameterError
        If a value is no sound's, or too few sounds are left on either side.
    """
    import numpy as np

    rng = np.random.default_rng([seed, 11])
    if options.held_out is not None:
        name, values = options.held_out
        column = columns[name]
        lost = [value for value in values if value not in column]
        if lost:
            raise ParameterError(f"--held-out: no sound has {name} {lost[0]!r}")
        unseen = np.array([value in values for value in column])
    elif options.disjoint is not None:
        column = columns[options.disjoint]
        names = sorted({value for value in column if value is not None})
        if len(names) < 2:
            raise ParameterError(
                f"--disjoint {options.disjoint}: needs two different values; has {len(names)}"
            )
        drawn = set(rng.permutation(names)[: max(1, round(_UNSEEN_SHARE * len(names)))].tolist())
        unseen = np.array([value in drawn for value in column])
    else:
        unseen = np.zeros(len(ids), bool)
        unseen[rng.permutation(len(ids))[: round(_UNSEEN_SHARE * len(ids))]] = True
    if (~unseen).sum() < 2:
        raise ParameterError(
            f"too few sounds to learn from: {int((~unseen).sum())} of {len(ids)}; hold out fewer"
        )
    return unseen


def given_columns(options: ContentOptions) -> list[str]:
    """Return the columns that are not learnt but known: inputs and text."""
    return [*options.inputs, *([options.text] if options.text else [])]


def match_columns(
    table: Mapping[str, Mapping[str, str]], ids: Sequence[str]
) -> tuple[dict[str, Column], list[str]]:
    """Return the table's values for each sound, and the paths of the table that are no sound."""
    from ...datasets.audio_files import match_labels

    columns, lost = {}, []
    for name, values in table.items():
        named, unmatched = match_labels(values, ids)
        columns[name] = [named.get(one) for one in ids]
        lost += unmatched
    return columns, list(dict.fromkeys(lost))


def read_labelled_sounds(
    model: "ContentNetwork",
    folder: Path,
    labels: LabelTable,
    out: Path,
    n_jobs: int,
    on_progress: ProgressCallback | None,
) -> LabelledSounds:
    """Read the sounds below a folder and what the table says of each; what was read is kept in ``out``."""
    from ...embeddings.audio.content.mel_patches import PatchSettings, hear_sounds

    found, files = sound_files(folder)
    columns, unmatched = match_columns(labels.columns, [file.track_id for file in found])
    for name, column in columns.items():
        if all(value is None for value in column):
            empty = f"none of the {len(files):,} sounds below {folder}"
            what = "is empty, so it labels" if not labels.columns[name] else "has paths that name"
            raise SchemaError(f"{labels.source}: column {name!r} {what} {empty}")
    settings = PatchSettings(model.sample_rate_hz, model.n_mels)
    rows, sounds = hear_sounds(files, settings, cache=out / ".cache", n_jobs=n_jobs, on_progress=on_progress)
    check_read(folder, files, rows)
    ids = rows.rows["track_id"].to_pylist()
    at = {file.track_id: row for row, file in enumerate(files)}
    kept = [at[one] for one in ids]
    columns = {name: [column[row] for row in kept] for name, column in columns.items()}
    return LabelledSounds(ids, sounds, [files[row] for row in kept], columns, rows.quarantine, unmatched)
