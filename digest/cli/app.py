"""Joins the commands to one program and turns every expected error into one sentence and an exit code."""

import logging
import os
import sys
from typing import Annotated

import typer

from digest import __version__
from digest.cli.ondemand import on_demand
from digest.errors import DigestError

_PLACES = {
    "demo": ("demo",),
    "setup": ("init", "db"),
    "service": ("run", "serve", "web", "scheduler", "worker"),
    "articles": ("collect", "sources"),
    "editions": ("schedule", "draft", "preview", "report", "send-test", "deliveries"),
    "simulate": ("simulate",),
    "deciding": ("approve", "hold", "release", "cancel", "reopen"),
    "people": ("subscribers", "users"),
    "doctor": ("doctor",),
    "lanes": ("lanes",),
    "inspect": ("inspect",),
}


app = typer.Typer(
    name="digest",
    cls=on_demand("digest.cli", _PLACES),
    help="The email newsletter and daily-digest dispatcher for newsrooms.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"digest {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback when something fails.")] = False,
) -> None:
    """Collect articles, compose editions, and hand them over; every command has an example under --help."""
    del version, debug


def main() -> None:
    """Run the program: exit code 0 done, 1 failed, 2 wrong usage or configuration."""
    debug = "--debug" in sys.argv
    _configure_logs(debug=debug)
    try:
        app()
    except DigestError as error:
        if debug:
            raise
        typer.echo(f"digest: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _configure_logs(*, debug: bool) -> None:
    """Write one plain line for each event to standard error."""
    import structlog  # noqa: PLC0415 -- a tenth of a second, and most commands log nothing

    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0),
        ],
        foreign_pre_chain=shared,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if debug else logging.WARNING)
    logging.getLogger("digest").setLevel(logging.DEBUG if debug else logging.INFO)
