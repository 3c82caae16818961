"""Commands about sound, by what one does with it."""

from . import autoencoder, features, joining, separation, sound_map, spectral
from .group import app

__all__ = ["app", "autoencoder", "features", "joining", "separation", "sound_map", "spectral"]
