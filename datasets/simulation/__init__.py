"""Corpora drawn from a generative model whose truth is known."""

from .audio import AudioSettings
from .settings import SimulationSettings
from .simulate import SimulatedCorpus, simulate
from .truth import Truth, load_truth

__all__ = ["AudioSettings", "SimulatedCorpus", "SimulationSettings", "Truth", "load_truth", "simulate"]
