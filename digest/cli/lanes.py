"""`digest lanes`: which groups of receivers rest or are stopped, and the operator's word that opens one again."""

from typing import Annotated

import typer

from digest import pipeline
from digest.cli.options import ConfigOption, JsonOption, print_json, running
from digest.errors import UsageError

_OTHERS = "others"


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(lanes)


def lanes(
    open_: Annotated[
        str | None, typer.Option("--open", metavar="LANE", help="Open a lane again; “all” is the whole provider.")
    ] = None,
    path: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the lanes of the provider that rest after being told to slow down, or stopped because trying again cannot help.

    Example: digest lanes --open google
    """
    with running(path) as runtime:
        if open_ is not None and not pipeline.open_lane(runtime, pipeline.WHOLE if open_ == "all" else _id(open_)):
            raise UsageError(f"The lane “{open_}” is open.", hint="`digest lanes` shows those that are not.")
        found = pipeline.lanes_in_trouble(runtime)
    rows = [
        {
            "lane": "all" if lane == pipeline.WHOLE else lane or _OTHERS,
            "phase": state.phase.value,
            "until": state.until.isoformat() if state.until else None,
            "reason": state.reason,
        }
        for lane, state in found
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        until = f" until {row['until']}" if row["until"] else ""
        typer.echo(f"{row['lane']:<12}{row['phase']}{until}  {row['reason']}")
    if not rows:
        typer.echo("Every lane is open.")


def _id(lane: str) -> str:
    return "" if lane == _OTHERS else lane
