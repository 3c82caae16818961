"""Rounds: look at the topics, ask for changes, go on from where the chain stood."""

from .applying import apply_edits, trace_origins
from .edits import (
    Allow,
    Edit,
    Exclude,
    Freeze,
    Merge,
    Move,
    Noise,
    Pin,
    Rename,
    Split,
    Thaw,
    TopicEdits,
)
