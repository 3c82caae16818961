"""Run the command line with ``python -m bandscape``."""

from .cli.main import main

main()
