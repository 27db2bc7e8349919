"""`digest demo`: the whole road on a sample newsroom."""

from pathlib import Path
from typing import Annotated

import typer

from digest.cli.service import serve_all
from digest.demo import run
from digest.pipeline import audience


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(demo)


def demo(
    once: Annotated[bool, typer.Option("--once", help="Make one edition and exit.")] = False,
    folder: Annotated[
        Path, typer.Option("--dir", metavar="DIR", help="Where everything is kept; made anew each time.")
    ] = Path("demo"),
    port: Annotated[
        int | None, typer.Option("--port", help="The port of the desk; default 8765, or a free one.")
    ] = None,
) -> None:
    """Serve a sample newsroom, mail its edition to 200 sample readers (into a Maildir), and open the desk.

    Example: digest demo --once
    """
    with run.demo(folder, port, typer.echo) as runtime:
        morning = run.play_morning(runtime, typer.echo)
        books = morning.books
        typer.echo(f"\nThe edition of {morning.day}: “{morning.subject}”")
        typer.echo(
            f"  {books.candidates} deliveries: {books.accepted} accepted, {books.owed} owed, {books.uncertain} uncertain"
        )
        typer.echo(f"  the mail lies in   {morning.mail}")
        typer.echo(f"  as a web page      {morning.preview}")
        if once:
            return
        audience.add_user(runtime, run.EDITOR, "The editor", "editor")
        typer.echo(f"\n  subscribe          {runtime.settings.site.url}/")
        typer.echo(f"  sign in once       {audience.sign_in_link(runtime, run.EDITOR)}")
        typer.echo(
            f"  commands           digest draft {run.NEWSLETTER} --config {runtime.settings.folder / 'config.toml'}"
        )
        typer.echo("\nCtrl-C stops it.")
        port = int(runtime.settings.site.url.rpartition(":")[2])
        serve_all(runtime, "127.0.0.1", port)
