"""Texts with marked words, in a terminal.

A word of the topic that was asked for stands in [brackets]; words of other topics carry a small number that the legend
explains. Color repeats this, and says nothing more. Public functions: :func:`print_marked`, :func:`topic_numbers`.
"""

import sys
from collections import Counter
from collections.abc import Sequence

from .console import WIDTH, clean, tame
from .steps.marking import MarkedText

_SMALL_DIGITS = "₀₁₂₃₄₅₆₇₈₉"
_COLORS = (
    "cyan",
    "yellow",
    "magenta",
    "blue",
    "red",
    "bright_black",
    "bright_cyan",
    "bright_yellow",
    "bright_magenta",
)
_ASKED = "bold green"


def topic_numbers(text: MarkedText, asked: int | None = None) -> dict[int, int]:
    """Return the numbers of the topics a legend explains: most words first, the topic asked for left out."""
    counts = Counter(topics[0][0] for _, topics in text.pieces if topics and topics[0][0] != asked)
    return {topic: number for number, (topic, _) in enumerate(counts.most_common(len(_COLORS)), start=1)}


def print_marked(text: MarkedText, names: Sequence[str], *, asked: int | None = None) -> None:
    """Print a text with its words marked, and the legend.

    Parameters
    ----------
    text : MarkedText
    names : sequence of str
        Of the topics.
    asked : int, optional
        Topic that was asked for.
    """
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console(width=min(WIDTH, Console().width) if sys.stdout.isatty() else WIDTH, highlight=False)
    numbers = topic_numbers(text, asked)
    console.print(Text(clean(text.title, 90), style="bold"))
    console.print(Text(clean(text.subtitle, 90), style="dim"))
    body = Text()
    for piece, topics in text.pieces:
        body.append(*_marked(tame(piece), topics[0][0] if topics else None, numbers, asked))
    console.print(Padding(body, (1, 0, 1, 2)))
    legend = Text("  ")
    if asked is not None:
        legend.append(f"[{clean(names[asked], 40)}]", style=_ASKED)
    for topic, number in numbers.items():
        legend.append(f"  {_small(number)} {clean(names[topic], 40)}", style=_COLORS[number - 1])
    console.print(legend)
    console.print()


def _marked(piece: str, topic: int | None, numbers: dict[int, int], asked: int | None) -> tuple[str, str]:
    """Return a piece of text as it is printed, and its style."""
    if topic is None:
        return piece, ""
    if topic == asked:
        return f"[{piece}]", _ASKED
    number = numbers.get(topic)
    return (piece, "") if number is None else (piece + _small(number), _COLORS[number - 1])


def _small(number: int) -> str:
    return "".join(_SMALL_DIGITS[int(digit)] for digit in str(number))
