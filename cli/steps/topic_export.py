"""The topics of a round as files for other tools."""

from pathlib import Path
from typing import Any

from ...core.files import write_json
from ...core.workspace import Workspace
from .topic_pictures import load_topics
from .word_forms import usual_forms

EXPORTS = ("pyldavis",)


def export_topics(workspace: Workspace, out: Path, number: int | None = None) -> dict[str, int]:
    """Write the arguments of ``pyLDAvis.prepare`` as JSON, words as the corpus writes them most.

    Parameters
    ----------
    workspace : Workspace
    out : Path
        The file; folders on the way are made.
    number : int, optional
        Of the round; the current one when absent.

    Returns
    -------
    dict of str to int
        ``topics``, ``words`` and ``reviews`` in the file: words that occur, reviews with words.

    Raises
    ------
    ParameterError
        If there is no such round.
    """
    forms = usual_forms(workspace)
    values = load_topics(workspace, number, may_be_earlier=True).to_pyldavis()
    values["vocab"] = [forms.get(word, word) for word in values["vocab"]]
    out.parent.mkdir(parents=True, exist_ok=True)
    write_json(out, {name: _as_list(value) for name, value in values.items()})
    n_topics, n_words = values["topic_term_dists"].shape
    return {"topics": n_topics, "words": n_words, "reviews": len(values["doc_lengths"])}


def _as_list(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value
