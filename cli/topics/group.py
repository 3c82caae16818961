"""The group ``bandscape topics``, to which the modules of this folder add their commands.

Its help lists them by use, in the order of the loop; a command without a place in :data:`PANELS` comes last.
"""

from typing import Any

import typer
from typer.core import TyperGroup

from ...core.deferral import defer_module

PANELS = {
    "Find and name": ("check", "fit", "show"),
    "Look into a topic": ("reviews", "artists", "evidence", "suggest"),
    "Change, and see what came of it": ("edit", "refit", "diff", "history", "undo", "use"),
    "Use on new texts": ("detect", "update"),
    "Pictures and exports": ("map", "shares", "differences", "trace", "export"),
    "Judge": ("diagnose", "chains", "compare"),
}
"""Commands by heading, in the order in which help shows both."""

_PLACES = {
    name: (place, heading)
    for place, (heading, name) in enumerate(
        (heading, name) for heading, names in PANELS.items() for name in names
    )
}


_LAST = (len(_PLACES), "")


class _ByUse(TyperGroup):
    """Lists its commands by use, not by the module that holds them."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the order of the loop."""
        return sorted(super().list_commands(ctx), key=lambda name: _PLACES.get(name, _LAST)[0])

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, with the heading it stands under."""
        command: Any = super().get_command(ctx, cmd_name)
        if command is not None and cmd_name in _PLACES:
            command.rich_help_panel = _PLACES[cmd_name][1]
        return command


app = typer.Typer(
    cls=_ByUse,
    help="Topics you steer: check keywords, fit, look, edit, refit, look at the difference, and so on.",
    no_args_is_help=True,
)


@app.callback()
def _group() -> None:
    # scikit-learn imports it for one function that no command about topics calls: .4 s of processor time
    defer_module("scipy.stats")
