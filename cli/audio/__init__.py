"""Commands about sound, by what one does with it."""

from . import autoencoder, content, features, joining, separation, sound_map, spectral
from .group import app

__all__ = ["app", "autoencoder", "content", "features", "joining", "separation", "sound_map", "spectral"]
