"""The page on which people judge artist vectors."""

from pathlib import Path

from ...core.workspace import Workspace
from .artists import load_vectors
from .maps import map_title
from .pages import write_page
from .sounds import artist_sounds, sound_folder, sounds_of_artists


def write_judging(
    workspace: Workspace,
    out: Path,
    *,
    n_trials: int,
    random_state: int,
    sound_mb: float,
    audio: Path | None = None,
) -> int:
    """Write the judging page of a workspace's vectors; return how many questions it asks."""
    from ...viz import draw_trials, judging_page

    vectors = load_vectors(workspace)
    trials = draw_trials(vectors.matrix, vectors.n_reviews, n_trials=n_trials, random_state=random_state)
    page = judging_page(
        trials,
        vectors.artist_ids,
        vectors.names,
        sounds=artist_sounds(
            sounds_of_artists(workspace, sound_folder(workspace, audio)),
            [vectors.artist_ids[row] for trial in trials for row in trial.rows],  # all three of a question
            most_mb=sound_mb,
        ),
        title=map_title(workspace),
    )
    write_page(page, out)
    return len(trials)
