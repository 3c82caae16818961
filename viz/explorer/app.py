"""The explorer as a Dash app: one page, two columns, three callbacks.

What is shown is a function of the address and of the workspace, so that a reload shows the same and the way back leads
back. Reading is following a link. Changing something is one callback, `act`, which answers with a line; `pulse` asks
now and then how the refit stands and whether anything was changed elsewhere, and `show` draws.

Public function: :func:`make_app`.
"""

from typing import TYPE_CHECKING, Any

from .actions import act_on
from .banner import banner, poll
from .elements import tree_component
from .guard import Guard, watch
from .routes import add_routes
from .shell import INDEX, notice, rail, show

if TYPE_CHECKING:
    from dash import Dash

    from .sources import Sources

BUSY_MS, IDLE_MS = 400, 3000


def make_app(sources: "Sources", guard: Guard | None = None) -> "Dash":
    """Return the app; ``app.server`` is the WSGI application to be served.

    Parameters
    ----------
    sources : Sources
        What it shows.
    guard : Guard, optional
        Whom it answers; this machine alone without it.

    Returns
    -------
    dash.Dash
    """
    from dash import Dash

    app = Dash(
        "bandscape.viz.explorer",
        assets_folder="no-such-folder",
        include_assets_files=False,
        use_pages=False,
        serve_locally=True,
        index_string=INDEX,
        title="bandscape",
        update_title="",
        add_log_handler=False,
        enable_mcp=False,
        csrf_token_name="unused",
    )
    _turn_off_dev_tools(app)
    app.layout = _layout(sources)
    _add_callbacks(app, sources)
    add_routes(app.server, sources)
    watch(app.server, guard or Guard(), app.csp_hashes)
    return app


def _turn_off_dev_tools(app: "Dash") -> None:
    """Turn off what environment variables such as DASH_DEBUG and DASH_UI would turn on."""
    app.enable_dev_tools(
        debug=False,
        dev_tools_ui=False,
        dev_tools_props_check=False,
        dev_tools_serve_dev_bundles=False,
        dev_tools_hot_reload=False,
        dev_tools_prune_errors=False,
        dev_tools_validate_callbacks=False,
        dev_tools_disable_version_check=True,
    )


def _layout(sources: "Sources") -> Any:
    from dash import dcc, html

    tree = tree_component()
    return html.Div(
        [
            dcc.Location(id="address", refresh=False),
            dcc.Store(id="asked"),
            dcc.Store(id="version", data=""),
            dcc.Store(id="drawn", data=""),
            dcc.Interval(id="clock", interval=IDLE_MS),
            html.Nav(tree("rail", rail(sources, "")), id="side-rail"),
            html.Main([tree("banner"), tree("main")], id="main-column"),
            html.Aside(tree("side"), id="side-column"),
            html.Div(tree("notice"), id="notices", role="status"),
        ],
        id="explorer",
    )


def _add_callbacks(app: "Dash", sources: "Sources") -> None:
    from dash import Input, Output, State, no_update

    def standing(pathname: str | None, version: str) -> tuple[Any, Any, int]:
        now = poll(sources)
        interval = BUSY_MS if now["is_running"] else IDLE_MS
        changed = now["version"] if now["version"] != version else no_update
        return banner(now, pathname or "/"), changed, interval

    @app.callback(
        Output("main", "tree"),
        Output("side", "tree"),
        Output("rail", "tree"),
        Output("drawn", "data"),
        Input("address", "pathname"),
        Input("address", "search"),
        Input("version", "data"),
        State("drawn", "data"),
    )
    def draw(pathname: str | None, search: str | None, _version: str, drawn: str) -> Any:
        shown = show(sources, pathname or "/", search or "")
        main = no_update if shown.key == drawn else shown.main()
        return main, shown.side(), rail(sources, shown.page), shown.key

    @app.callback(
        Output("banner", "tree"),
        Output("version", "data"),
        Output("clock", "interval"),
        Input("clock", "n_intervals"),
        Input("address", "pathname"),
        State("version", "data"),
    )
    def pulse(_ticks: int | None, pathname: str | None, version: str) -> Any:
        return standing(pathname, version)

    @app.callback(
        Output("notice", "tree"),
        Output("address", "search", allow_duplicate=True),
        Output("banner", "tree", allow_duplicate=True),
        Output("version", "data", allow_duplicate=True),
        Output("clock", "interval", allow_duplicate=True),
        Input("asked", "data"),
        State("address", "pathname"),
        State("version", "data"),
        prevent_initial_call=True,
    )
    def act(asked: dict[str, Any] | None, pathname: str | None, version: str) -> Any:
        said = act_on(sources, asked or {})
        to = no_update if said.search is None else said.search
        return notice(said), to, *standing(pathname, version)
