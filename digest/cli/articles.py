"""`digest collect`: what the sources have."""

from typing import Annotated

import typer

from digest import pipeline
from digest.cli.options import ConfigOption, JsonOption, print_json, running
from digest.values import Collected


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(collect)


def collect(
    only: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Ids of sources; default all.")
    ] = None,
    path: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch sources now and show what each gave. One that fails keeps no other back; exit code 1 when all failed.

    Example: digest collect site --json
    """
    with running(path) as runtime:
        results = pipeline.collect_now(runtime, only or ())
    for one in results:
        _print(one, as_json=as_json)
    if not results:
        typer.echo("There are no [[sources]] in the configuration yet.", err=True)
    if results and all(one.error for one in results):
        raise typer.Exit(1)


def _print(one: Collected, *, as_json: bool) -> None:
    counts = {"new": one.new, "changed": one.changed, "withdrawn": one.withdrawn, "unchanged": one.unchanged}
    if as_json:
        print_json({"source": one.source, **counts, "error": one.error or None, "notes": list(one.notes)})
        return
    words = one.error or ", ".join(f"{number} {word}" for word, number in counts.items())
    typer.echo(f"{one.source}: {words}")
    for note in one.notes:
        typer.echo(f"  {note}")
