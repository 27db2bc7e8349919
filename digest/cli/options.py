"""What many commands share: options, the opened runtime, and how results are printed."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from digest import config
from digest.clock import Clock, system_clock
from digest.errors import UsageError
from digest.recurrence import local_date
from digest.runtime import Runtime, opened

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="The configuration; else DIGEST_CONFIG, else ./config.toml.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DateOption = Annotated[
    str | None, typer.Option("--date", help="The edition's local date, like 2026-11-24; default today.")
]
AlertOption = Annotated[int, typer.Option("--alert", min=0, help="Which breaking alert of the date; 0 is the digest.")]
SinceOption = Annotated[
    str | None,
    typer.Option("--since", help="Reach back just so far, whatever the age: 2026-10-25T00:00:00+01:00."),
]
NewsletterArgument = Annotated[str, typer.Argument(help="The newsletter's id in config.toml.")]


@contextmanager
def running(path: Path | None, clock: Clock = system_clock) -> Iterator[Runtime]:
    """Open what a command works with."""
    with opened(config.load(path), clock) as runtime:
        yield runtime


def edition_date(runtime: Runtime, newsletter_id: str, text: str | None) -> date:
    """Read --date, or take today's date in the newsletter's zone."""
    if text is None:
        return local_date(runtime.settings.newsletter(newsletter_id), runtime.clock())
    return parse_date(text)


def parse_date(text: str) -> date:
    """Read a date like 2026-11-24. Raises UsageError."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"“{text}” is no date.", hint="Write it like 2026-11-24.") from error


def print_json(value: Mapping[str, Any] | list[Any]) -> None:
    """Print one JSON value on one line."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))
