"""The sounds nearest to one of a collection, kept beforehand, or to a new one, searched."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import AmbiguousNameError, BandscapeWarning, ParameterError, SourceError, UnknownNameError
from ..console import as_word
from .content import CONTENT_MODEL, load_content, model_of
from .track_store import KEPT_NEIGHBORS, TRACK_STORE, read_center

if TYPE_CHECKING:
    from ...embeddings import ArrowStore

_SHOWN = 5


def similar_sounds(home: Path, sound: str, *, top: int = 10) -> tuple[str, list[dict[str, Any]]]:
    """Return what was asked about and the sounds nearest to it, precomputed or searched.

    Parameters
    ----------
    home : path
        A folder of ``audio content``, or a workspace whose sounds were joined with a content network.
    sound : str
        Path below the folder of sounds, its name with or without the extension, or the path of another sound file.
    top : int

    Raises
    ------
    SourceError
        If there is no store.
    UnknownNameError
        If it is no sound of the store and no file, or the name of several.
    """
    folder, model = _home(home)
    store = _open(folder)
    try:
        asked = store.get(sound)
    except UnknownNameError as error:
        if Path(sound).is_file():
            return sound, _answers(_search_file(store, folder, model, Path(sound), top))
        asked = store.get(_by_file_name(store.table().artist_ids, sound, error.candidates))
    if not 1 <= top <= KEPT_NEIGHBORS:
        raise ParameterError(f"--top must be within 1 to {KEPT_NEIGHBORS}, the neighbors kept; got {top}")
    return asked.artist_id, _answers(store.neighbors(asked.artist_id, top))


def _by_file_name(ids: Sequence[str], sound: str, candidates: Sequence[str]) -> str:
    """Return the path of the only sound with a file name; else tell the paths of those that may be meant.

    Names are no help there: folders are full of sounds with the same one.
    """
    names = [one.rsplit("/", 1)[-1] for one in ids]
    for wanted in (sound, sound.casefold()):
        same = [
            one
            for one, name in zip(ids, names, strict=True)
            if wanted in (name, name.rsplit(".", 1)[0], name.casefold(), name.casefold().rsplit(".", 1)[0])
        ]
        if len(same) == 1:
            return same[0]
        if same:
            raise AmbiguousNameError(
                f"{len(same)} sounds are called {sound!r}: {_few(same)}; give the path of one",
                name=sound, candidates=same,
            )  # fmt: skip
    near = [one for one, name in zip(ids, names, strict=True) if name.rsplit(".", 1)[0] in candidates]
    hint = (
        f"similar: {_few(near)}"
        if near
        else "give the path of a sound below its folder, or of another sound file"
    )
    raise UnknownNameError(f"unknown name {sound[:60]!r}; {hint}", name=sound, candidates=near)


def _few(paths: Sequence[str]) -> str:
    return ", ".join(repr(one) for one in paths[:_SHOWN]) + (", ..." if len(paths) > _SHOWN else "")


def _home(home: Path) -> tuple[Path, Path]:
    """Return the folders of the store and of the model."""
    for inner in (home, home / "audio" / "content"):
        if (inner / TRACK_STORE).is_dir():
            return inner / TRACK_STORE, inner
    raise SourceError(
        f"{home}: holds no store of sounds; make one by "
        f"`bandscape audio content DIR --labels CSV --out {as_word(home)}`, or by "
        "`bandscape audio join WORKSPACE --content MODEL`"
    )


def _open(folder: Path) -> "ArrowStore":
    from ...embeddings import ArrowStore

    return ArrowStore(folder)


def _search_file(store: "ArrowStore", folder: Path, home: Path, path: Path, top: int) -> Any:
    from ...embeddings.audio import describe_audio

    warning = describe_audio(path).warning
    if warning is not None:
        warnings.warn(f"{path}: {warning}; what is nearest to it says little", BandscapeWarning, stacklevel=2)
    center = read_center(folder)
    if not (home / CONTENT_MODEL).is_dir():
        home = model_of(home)
    vector = load_content(home).transform([path])[0]
    return store.search(vector - center, top)


def _answers(found: Any) -> list[dict[str, Any]]:
    return [
        {"rank": rank, "sound": one.artist_id, "cosine": round(float(cosine), 4)}
        for rank, (one, cosine) in enumerate(found, start=1)
    ]
