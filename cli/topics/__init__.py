"""Commands about topics, by what one does with them."""

from . import comparison, fitting, pictures
from .group import app

__all__ = ["app", "comparison", "fitting", "pictures"]
