"""Which names of topics say something. Public function: :func:`is_numbered`."""

import re

_NUMBERED = re.compile(r"(?:topic|other)?[ _]?\d+$", re.IGNORECASE)


def is_numbered(topic: str) -> bool:
    """Tell whether a name only numbers a topic ("topic_3", "other_12", "7"), so that its words say more."""
    return bool(_NUMBERED.match(topic))
