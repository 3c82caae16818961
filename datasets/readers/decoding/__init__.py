"""Bytes of files: decompressed, decoded, and refused where they are no text."""
