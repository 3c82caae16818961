"""The command line: parse, compose the rooms, print. No mathematics lives here, and nobody imports it."""
