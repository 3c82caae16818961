"""Rounds: look at the topics, ask for changes, go on from where the chain stood."""

from .applying import PIN_WEIGHTS, apply_edits, trace_origins
from .carrying import carry_over
from .corpora import bring_to_corpus
from .diff import TopicDiff, TopicDiffs, diff_rounds, match_topics
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
from .obeyed import Verdict, Verdicts, judge_edits
from .refitting import frozen_words, refit, source_of_frozen

__all__ = [
    "PIN_WEIGHTS",
    "Allow",
    "Edit",
    "Exclude",
    "Freeze",
    "Merge",
    "Move",
    "Noise",
    "Pin",
    "Rename",
    "Split",
    "Thaw",
    "TopicDiff",
    "TopicDiffs",
    "TopicEdits",
    "Verdict",
    "Verdicts",
    "apply_edits",
    "bring_to_corpus",
    "carry_over",
    "diff_rounds",
    "frozen_words",
    "judge_edits",
    "match_topics",
    "refit",
    "source_of_frozen",
    "trace_origins",
]
