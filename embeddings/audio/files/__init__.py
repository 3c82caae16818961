"""Sound files: read, written, and worked through one after the other on every processor."""
