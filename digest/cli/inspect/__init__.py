"""`digest inspect`: what the software makes of something, offline; for operators, and for tests a line at a time."""

import typer

from digest.cli.ondemand import on_demand

_PLACES = {name: (name,) for name in ("feed", "page", "url", "address", "reply", "html")}


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    group = typer.Typer(
        cls=on_demand(__name__, _PLACES),
        help="What the software makes of something, offline.",
        no_args_is_help=True,
        callback=lambda: None,
        rich_markup_mode=None,
    )
    app.add_typer(group, name="inspect")
