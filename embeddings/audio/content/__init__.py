"""The content network: a vector for a sound that holds what its labels say."""
