"""The stereo autoencoder: one song learnt sample by sample."""
