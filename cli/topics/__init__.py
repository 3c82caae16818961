"""Commands about topics, by what one does with them."""

from . import comparison, detection, diagnosis, exporting, fitting, listing, pictures, rounds, updating, words
from .group import app

__all__ = [
    "app",
    "comparison",
    "detection",
    "diagnosis",
    "exporting",
    "fitting",
    "listing",
    "pictures",
    "rounds",
    "updating",
    "words",
]
