"""Collections of short sounds: described, coded by the spectral autoencoder, named, and judged by their neighbors."""
