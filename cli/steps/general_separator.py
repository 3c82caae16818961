"""The model that separates where none is named: learnt once from simulated instruments, kept in the user's cache."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.errors import BandscapeError, SourceError
from ...core.progress import ProgressCallback

if TYPE_CHECKING:
    from ...embeddings.audio.separation.deep_clustering import DeepClustering

N_INSTRUMENTS, N_ITERATIONS = 400, 1200
_NAME = "separator-1"  # another number when it is learnt in another way


def load_general_separator(*, on_progress: ProgressCallback | None = None) -> "DeepClustering":
    """Return the model, learning it when it is not in the cache (``BANDSCAPE_CACHE``, else the system's).

    Raises
    ------
    SourceError
        If the cache cannot be written.
    """
    from ...core.checkpoints import Checkpoint
    from ...datasets.simulation.instruments import make_instruments
    from ...embeddings.audio.separation.deep_clustering import DeepClustering
    from ...embeddings.audio.separation.source_mixing import SourcePool

    folder = _cache() / _NAME
    if folder.exists():
        try:
            return DeepClustering.load(folder)
        except BandscapeError:  # damaged: learnt again
            pass
    instruments = make_instruments(N_INSTRUMENTS)
    model = DeepClustering(n_iterations=N_ITERATIONS, tone_range_db=0.0)
    pool = SourcePool.of({name: [sound] for name, sound in instruments.items()}, model.sample_rate_hz)
    checkpoint = Checkpoint(folder.with_name(f".{_NAME}.training.safetensors"))
    model.fit(pool, checkpoint=checkpoint, on_progress=on_progress)
    model.save(folder)
    checkpoint.delete()
    return model


def _cache() -> Path:
    from pooch import os_cache

    folder = Path(os.environ.get("BANDSCAPE_CACHE") or os_cache("bandscape"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SourceError(
            f"{folder}: cannot make the cache folder ({error.strerror}); set BANDSCAPE_CACHE to one that is writable, "
            "or name a --model"
        ) from error
    return folder
