"""The sounds nearest to one of a collection, kept beforehand, or to a new one, searched."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.errors import ParameterError, SourceError, UnknownNameError
from .content import CONTENT_MODEL, load_content, model_of
from .track_store import KEPT_NEIGHBORS, TRACK_STORE, read_center

if TYPE_CHECKING:
    from ...embeddings import ArrowStore


def similar_sounds(home: Path, sound: str, *, top: int = 10) -> tuple[str, list[dict[str, Any]]]:
    """Return what was asked about and the sounds nearest to it, precomputed or searched.

    Parameters
    ----------
    home : path
        A folder of ``audio content``, or a workspace whose sounds were joined with a content network.
    sound : str
        Path below the folder of sounds, its name, or the path of another sound file.
    top : int

    Raises
    ------
    SourceError
        If there is no store.
    UnknownNameError
        If it is no sound of the store and no file.
    """
    folder, model = _home(home)
    store = _open(folder)
    try:
        asked = store.get(sound)
    except UnknownNameError:
        if not Path(sound).is_file():
            raise
        return sound, _answers(_search_file(store, folder, model, Path(sound), top))
    if not 1 <= top <= KEPT_NEIGHBORS:
        raise ParameterError(f"--top must be within 1 to {KEPT_NEIGHBORS}, the neighbors kept; got {top}")
    return asked.artist_id, _answers(store.neighbors(asked.artist_id, top))


def _home(home: Path) -> tuple[Path, Path]:
    """Return the folders of the store and of the model."""
    for inner in (home, home / "audio" / "content"):
        if (inner / TRACK_STORE).is_dir():
            return inner / TRACK_STORE, inner
    raise SourceError(
        f"{home}: holds no store of sounds; make one by `bandscape audio content DIR --labels CSV --out {home}`, or by"
        " `bandscape audio join WORKSPACE --content MODEL`"
    )


def _open(folder: Path) -> "ArrowStore":
    from ...embeddings import ArrowStore

    return ArrowStore(folder)


def _search_file(store: "ArrowStore", folder: Path, home: Path, path: Path, top: int) -> Any:
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
