"""Evidence: documents with each word marked by its topic, as one offline page.

The topic that was asked for is marked as with a pen, the nine other topics with most words by underlines that differ
in color and in line; of every word a pointer or the arrow keys show p(topic | word). Public names:
:class:`EvidenceDocument`, :class:`EvidencePage`, :func:`evidence_page`.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.errors import ParameterError
from .display import display_name, display_text
from .pages import OfflinePage

N_COLORED = 9  # topics beside the one asked for that get a line of their own
_LONGEST_TITLE = 160
TopicShares = Sequence[tuple[int, float]]


@dataclass(frozen=True)
class EvidenceDocument:
    """A document in pieces.

    Parameters
    ----------
    title, subtitle : str
    pieces : sequence of (str, sequence of (int, float))
        The text from its beginning to its end. A piece that belongs to a topic has the numbers of the topics and
        their probabilities, most probable first; a piece that belongs to none has an empty sequence.
    shares : sequence of (int, float), optional
        Topics of the whole document, largest first.
    """

    title: str
    subtitle: str
    pieces: Sequence[tuple[str, TopicShares]]
    shares: TopicShares = ()


@dataclass(frozen=True, eq=False, repr=False)
class EvidencePage(OfflinePage):
    """Documents as a page; :func:`~bandscape.viz.write_html` writes it, a notebook shows it.

    Parameters
    ----------
    payload : dict
        What the page is drawn from.
    """

    kind = "evidence"
    caption = "evidence of topics"

    payload: dict[str, Any]

    def __repr__(self) -> str:
        return f"EvidencePage({self.payload['title']!r}, {len(self.payload['documents'])} documents)"


def evidence_page(
    documents: Sequence[EvidenceDocument],
    topics: Sequence[str],
    *,
    asked: int | None = None,
    background: Iterable[int] = (),
    words: Sequence[Sequence[str]] | None = None,
    title: str = "Evidence",
    subtitle: str = "",
) -> EvidencePage:
    """Make a page of documents with marked words.

    Parameters
    ----------
    documents : sequence of EvidenceDocument
        Texts may hold anything; nothing of it is interpreted.
    topics : sequence of str
        Names.
    asked : int, optional
        Number of the topic the documents speak for.
    background : iterable of int
        Topics that say nothing; their words stay unmarked until asked for.
    words : sequence of sequence of str, optional
        Some words of each topic, shown beside its name.
    title, subtitle : str

    Returns
    -------
    EvidencePage

    Raises
    ------
    ParameterError
        If a piece names a topic that there is none of, or has a probability outside 0 to 1.
    """
    lists = [_packed(document, len(topics)) for document in documents]
    if asked is not None and not 0 <= asked < len(topics):
        raise ParameterError(f"asked must be in 0..{len(topics) - 1}; got {asked!r}")
    quiet = {int(topic) for topic in background} - {asked}
    counts = Counter(piece[1] for entry in lists for piece in entry["pieces"] if len(piece) > 1)
    ranked = [topic for topic, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
    colored = [topic for topic in ranked if topic != asked and topic not in quiet][:N_COLORED]
    slots = {topic: slot for slot, topic in enumerate(colored, start=1)}
    slots |= {} if asked is None else {asked: 0}
    return EvidencePage(
        {
            "title": display_name(title, _LONGEST_TITLE),
            "subtitle": display_name(subtitle, _LONGEST_TITLE) if subtitle else "",
            "asked": asked,
            "topics": [
                {
                    "name": display_name(name),
                    "words": [display_name(word, 30) for word in (words[number] if words else ())],
                    "slot": slots.get(number),
                    "background": number in quiet,
                    "n": counts.get(number, 0),
                }
                for number, name in enumerate(topics)
            ],
            "documents": lists,
        }
    )


def _packed(document: EvidenceDocument, n_topics: int) -> dict[str, Any]:
    """Return a document as JSON: a piece is [text] or [text, topic, percent, topic, percent, ...]."""
    pieces: list[list[Any]] = []
    for text, shares in document.pieces:
        packed: list[Any] = [display_text(text)]
        for topic, p in shares:
            if not (0 <= topic < n_topics and 0 <= p <= 1.000001):
                raise ParameterError(
                    f"pieces of {document.title[:60]!r} must name topics in 0..{n_topics - 1} with p in 0..1; "
                    f"got {(topic, p)!r}"
                )
            packed += [int(topic), round(100 * float(p))]
        pieces.append(packed)
    return {
        "title": display_name(document.title, _LONGEST_TITLE),
        "subtitle": display_name(document.subtitle, _LONGEST_TITLE) if document.subtitle else "",
        # the bar in thousandths; in percent rounded once, as a subtitle that names a share rounds it
        "shares": [
            [int(topic), round(1000 * float(p)), round(100 * float(p))] for topic, p in document.shares
        ],
        "pieces": pieces,
    }
