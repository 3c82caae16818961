"""The group ``bandscape topics``, to which the modules of this folder add their commands."""

import typer

app = typer.Typer(help="Topics: keyword-seeded, fitted in rounds.", no_args_is_help=True)
