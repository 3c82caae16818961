"""Commands about topics, by what one does with them."""

from . import fitting, pictures
from .group import app

__all__ = ["app", "fitting", "pictures"]
