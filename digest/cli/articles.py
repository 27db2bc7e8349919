"""`digest collect` and `digest sources`: what the sources have, and how they are doing."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from digest import pipeline
from digest.cli.options import ConfigOption, JsonOption, print_json, running
from digest.collect import SourceHealth, overview
from digest.values import Collected

_WIDTHS = (20, 8, 17, 17)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(collect)
    app.command()(sources)


def collect(
    only: Annotated[
        list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Ids of sources; default all.")
    ] = None,
    path: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fetch sources now and show what each gave, as it comes. One that fails keeps no other back; exit code 1 when all failed.

    Example: digest collect site --json
    """
    with running(path) as runtime:
        total = len(set(only) if only else runtime.settings.sources)
        with _shown(total, as_json=as_json) as show:
            results = pipeline.collect_now(runtime, only or (), show)
    if not results:
        typer.echo("There is no source to fetch: write [[sources]] into the configuration.", err=True)
    if results and all(one.error for one in results):
        raise typer.Exit(1)


def sources(path: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show how each source is doing: its state, when it was last read and is next, what it gave, what is wrong.

    Example: digest sources --json
    """
    with running(path) as runtime, runtime.store.reading() as session:
        found = overview(session, runtime.settings.sources, runtime.clock())
    if as_json:
        for one in found:
            print_json({**asdict(one), "state": one.state})
        return
    typer.echo(_row("source", "state", "last read", "next"))
    for one in found:
        typer.echo(_row(one.id, one.state, _time(one.last_ok_at), _time(one.next_check_at)) + _gave(one))
        for line in (*(alarm.text for alarm in one.alarms), *one.notes):
            typer.echo(f"  {line}")


@contextmanager
def _shown(total: int, *, as_json: bool) -> Iterator[Callable[[Collected], None]]:
    """Give what prints results as they come: on a terminal above a bar, elsewhere as plain lines."""
    columns = (TextColumn("Collecting"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, transient=True, disable=as_json or not sys.stdout.isatty()) as progress:
        task = progress.add_task("", total=total)

        def show(one: Collected) -> None:
            _print(one, as_json=as_json)
            progress.advance(task)

        yield show


def _print(one: Collected, *, as_json: bool) -> None:
    counts = {"new": one.new, "changed": one.changed, "withdrawn": one.withdrawn, "unchanged": one.unchanged}
    if as_json:
        print_json({"source": one.source, **counts, "error": one.error or None, "notes": list(one.notes)})
        return
    words = one.error or ", ".join(f"{number} {word}" for word, number in counts.items())
    typer.echo(f"{one.source}: {words}")
    for note in one.notes:
        typer.echo(f"  {note}")


def _row(*cells: str) -> str:
    return "".join(f"{cell:<{width}} " for cell, width in zip(cells, _WIDTHS, strict=True))


def _time(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d %H:%M") if at else "never"


def _gave(one: SourceHealth) -> str:
    return one.error if one.failures else ", ".join(f"{number} {word}" for word, number in one.counts.items())
