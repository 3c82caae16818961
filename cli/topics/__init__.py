"""Commands about topics, by what one does with them."""

from . import comparison, detection, fitting, pictures, words
from .group import app

__all__ = ["app", "comparison", "detection", "fitting", "pictures", "words"]
