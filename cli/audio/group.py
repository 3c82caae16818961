"""The group ``bandscape audio``, to which the modules of this folder add their commands."""

import typer

app = typer.Typer(
    help="Sound: features of files, a song learnt, sources separated, artists by their sound.",
    no_args_is_help=True,
)
