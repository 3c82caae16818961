"""Sound: reading, features, and what artists sound like.

Importing this package loads no TensorFlow.
"""

from .content.augmentation import Variety
from .content.mel_patches import HeardSound, PatchSettings, hear_sound, hear_sounds
from .content.network import ContentNetwork
from .content.quality import Score, probe_label, retrieve_label
from .content.targets import Target
from .features.description import (
    AudioDescription,
    FeatureSettings,
    FeatureStream,
    deltas,
    describe_audio,
    describe_signal,
    feature_names,
    log_mel,
    mfcc,
)
from .features.extraction import AudioFile, Extraction, extract_features
from .features.mel import MEL_SCALES, hz_to_mel, mel_filters, mel_to_hz
from .features.temporal import temporal_statistics
from .files.reading import SUFFIXES, AudioInfo, probe_audio, read_audio, stream_audio, write_audio
from .side_features import SideTable, average_by_artist, read_foreign_vectors, whiten
from .sounds.label_neighbors import neighbor_accuracy
from .sounds.sound_collection import FeatureScale, code_sounds, describe_sounds, training_frames
from .sounds.sound_description import SoundDescription, SoundSettings, code_sound, describe_sound
from .sounds.spectral_autoencoder import SpectralAutoencoder, compress

__all__ = [
    "ContentNetwork",
    "HeardSound",
    "PatchSettings",
    "Score",
    "Target",
    "Variety",
    "hear_sound",
    "hear_sounds",
    "probe_label",
    "retrieve_label",
    "FeatureScale",
    "code_sounds",
    "describe_sounds",
    "training_frames",
    "SoundDescription",
    "SoundSettings",
    "code_sound",
    "describe_sound",
    "SpectralAutoencoder",
    "compress",
    "temporal_statistics",
    "neighbor_accuracy",
    "MEL_SCALES",
    "SUFFIXES",
    "AudioDescription",
    "AudioFile",
    "AudioInfo",
    "Extraction",
    "FeatureSettings",
    "FeatureStream",
    "SideTable",
    "average_by_artist",
    "deltas",
    "describe_audio",
    "describe_signal",
    "extract_features",
    "feature_names",
    "hz_to_mel",
    "log_mel",
    "mel_filters",
    "mel_to_hz",
    "mfcc",
    "probe_audio",
    "read_audio",
    "read_foreign_vectors",
    "stream_audio",
    "whiten",
    "write_audio",
]
