"""How words are written when a round's topics are shown: as within the topic where its report lists them."""

from typing import TYPE_CHECKING, Any

from ...core.files import read_json, read_table
from ...core.workspace import Workspace
from .paths import VOCABULARY, round_folder

if TYPE_CHECKING:
    from ...topics import KeywordLDA


class WordForms:
    """The written forms of the words of one round.

    A word that the round's report lists is written as there, in the form most frequent within the topic, so that no
    command shows another form of it; any other as the corpus writes it most.

    Parameters
    ----------
    workspace : Workspace
    number : int
        Of the round.
    model : KeywordLDA
        Of the round.
    """

    def __init__(self, workspace: Workspace, number: int, model: "KeywordLDA") -> None:
        self._usual = usual_forms(workspace)
        summary = read_json(workspace.intact(f"{round_folder(number)}/summary.json"))
        self._listed = {topic["id"]: _listed(model, at, topic) for at, topic in enumerate(summary)}

    def of(self, topic: str, word: str) -> str:
        """Return how a word of the vocabulary is written in a topic."""
        return self._listed.get(topic, {}).get(word) or self._usual.get(word, word)


def usual_forms(workspace: Workspace) -> dict[str, str]:
    """Return the most frequent form of each word of the vocabulary."""
    table = read_table(workspace.intact(VOCABULARY), ["word", "display"])
    return dict(zip(table["word"].to_pylist(), table["display"].to_pylist(), strict=True))


def _listed(model: "KeywordLDA", topic: int, reported: dict[str, Any]) -> dict[str, str]:
    from ...topics import top_words

    columns = top_words(model.topic_word_[topic], len(reported["words"]))
    words = model.vocabulary_[columns].tolist()
    return {word: entry["word"] for word, entry in zip(words, reported["words"], strict=True)}
