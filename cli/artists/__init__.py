"""Commands about artists, by what one does with them."""

from . import fitting, placing, questions, transfer
from .group import app

__all__ = ["app", "fitting", "placing", "questions", "transfer"]
