"""Commands about sound, by what one does with it."""

from . import features, joining
from .group import app

__all__ = ["app", "features", "joining"]
