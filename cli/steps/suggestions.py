"""What could be changed about topics, with words as people write them."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ...core.errors import UnknownNameError
from ...core.workspace import Workspace
from .evidence import find_topic
from .keywords import load_prepared
from .paths import CURRENT_ROUND
from .round_corpus import refuse_earlier
from .topic_config import kept_topic_config
from .topic_pictures import load_topics

if TYPE_CHECKING:
    from ...datasets import PreparedText
    from ...topics import Suggester


def suggest_for_topic(
    workspace: Workspace,
    name: str,
    *,
    n_words: int = 10,
    n_jobs: int = 1,
    prepared: "PreparedText | None" = None,
    suggester: "Suggester | None" = None,
) -> dict[str, Any]:
    """Return words to add to a topic and words to exclude from it.

    Parameters
    ----------
    workspace : Workspace
    name : str
        Id of a topic of the current round; without a round, of topics.json, whose keywords are all that is known then.
    n_words, n_jobs : int
    prepared : PreparedText, optional
        That of the workspace, where it was read before.
    suggester : Suggester, optional
        That of the current round, where it was made before.

    Returns
    -------
    dict
        ``topic``, ``frozen`` (whether it must be thawed before an edit), ``add`` and ``exclude``: lists of dicts as
        :class:`~bandscape.topics.AddedWord` and :class:`~bandscape.topics.ExcludedWord`. Before a fit an added word has
        only ``word``, ``count`` and ``association``.

    Raises
    ------
    UnknownNameError
        If there is no such topic.
    """
    from ...topics import Suggester

    current = workspace.values().get(CURRENT_ROUND)
    if current is not None:
        refuse_earlier(workspace, current)
    prepared = prepared or load_prepared(workspace)
    if current is None:
        return _from_keywords(workspace, prepared, name, n_words)
    model = suggester.model if suggester is not None else load_topics(workspace)
    number = find_topic(workspace, model, name)
    topic = str(model.topic_ids_[number])
    suggester = suggester or Suggester(model, prepared.counts, n_jobs=n_jobs)
    found = suggester.suggest(topic, n_words=n_words)
    display = _display(prepared)
    return {
        "topic": topic,
        "frozen": model.topics_[number].frozen,
        "add": [{**asdict(word), "word": display[word.word]} for word in found.add],
        "exclude": [{**asdict(word), "word": display[word.word]} for word in found.exclude],
    }


def _from_keywords(workspace: Workspace, prepared: "PreparedText", name: str, n_words: int) -> dict[str, Any]:
    """Suggest what occurs with the keywords of topics.json."""
    from ...topics import check_topics, map_keywords, suggest_companions

    topics, _ = map_keywords(
        check_topics(kept_topic_config(workspace) or [{"id": name}]), prepared.normalizer()
    )
    chosen = next((topic for topic in topics if topic.id.casefold() == name.casefold()), None)
    if chosen is None:
        raise UnknownNameError(
            f"no topic of topics.json is called {name!r}; there are {', '.join(topic.id for topic in topics[:8])}",
            name=name,
        )
    counts = dict(zip(prepared.vocabulary["word"], prepared.vocabulary["count"].tolist(), strict=True))
    pairs = suggest_companions(chosen, prepared.counts, prepared.vocabulary["word"].tolist(), n_words=n_words)
    display = _display(prepared)
    add = [{"word": display[word], "count": counts[word], "association": score} for word, score in pairs]
    return {"topic": chosen.id, "frozen": chosen.frozen, "add": add, "exclude": []}


def review_topics(workspace: Workspace, *, n_jobs: int = 1) -> list[dict[str, Any]]:
    """Return which topics of the current round look mixed, alike or like noise.

    Returns
    -------
    list of dict
        ``kind``, ``topics``, ``score``, ``words`` as :class:`~bandscape.topics.TopicFinding`.
    """
    from ...topics import inspect_topics

    model, prepared = load_topics(workspace), load_prepared(workspace)
    display = _display(prepared)
    return [
        {
            "kind": found.kind,
            "topics": list(found.topics),
            "score": found.score,
            "words": [[display[word] for word in group] for group in found.words],
        }
        for found in inspect_topics(model, prepared.counts, n_jobs=n_jobs)
    ]


def _display(prepared: "PreparedText") -> dict[str, str]:
    return dict(zip(prepared.vocabulary["word"], prepared.vocabulary["display"], strict=True))
