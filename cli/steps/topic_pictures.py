"""The pages about topics."""

from pathlib import Path
from typing import TYPE_CHECKING

from ...core.workspace import Workspace
from .maps import map_title
from .paths import COUNTS, TOKENS, VOCABULARY
from .topics import current_round, round_folder, shown_words

if TYPE_CHECKING:
    from ...topics import KeywordLDA


def load_topics(workspace: Workspace) -> "KeywordLDA":
    """Return the model of the current round."""
    from ...topics import KeywordLDA

    folder = round_folder(current_round(workspace))
    workspace.verified(f"{folder}/summary.json")
    return KeywordLDA.load(workspace.root / folder / "model")


def write_topic_map(
    workspace: Workspace, out: Path, *, title: str | None = None, random_state: int = 0, n_jobs: int = 1
) -> int:
    """Write the map of the current round's topics; return how many there are."""
    import numpy as np

    from ...datasets import PreparedText
    from ...viz import topic_map, write_html

    model = load_topics(workspace)
    for path in (COUNTS, VOCABULARY, TOKENS):
        workspace.verified(path)
    prepared = PreparedText.read(workspace.root / "corpus")
    picture = topic_map(
        model.topic_word_,
        model.topic_share_,
        shown_words(model, prepared, n_jobs=n_jobs),
        topic_ids=model.topic_ids_.tolist(),
        word_counts=np.asarray(prepared.counts.sum(axis=0)).ravel(),
        keywords=keyword_columns(model),
        title=title or f"{map_title(workspace)}: topics",
        data_id=f"round {current_round(workspace)} · data {workspace.sha256(COUNTS)[:7]}",
        random_state=random_state,
        n_jobs=n_jobs,
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    write_html(picture, out)
    return len(model.topic_ids_)


def keyword_columns(model: "KeywordLDA") -> dict[str, list[int]]:
    """Return the columns of each topic's keywords; those that the vocabulary lacks are left out."""
    column = {word: at for at, word in enumerate(model.vocabulary_.tolist())}
    return {
        topic.id: [column[word] for word, _ in topic.keywords if word in column] for topic in model.topics_
    }
