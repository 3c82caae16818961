"""Texts that are files of their own: in folders and archives, with or without front matter."""
