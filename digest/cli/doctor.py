"""The command that looks whether an installation is fit to mail, and makes the keys that its mail is signed with."""

from dataclasses import asdict
from typing import Annotated

import typer

from digest import config, doctor
from digest.cli.options import ConfigOption, JsonOption, print_json
from digest.doctor import Check, Level, PublishedKey
from digest.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("doctor")(examine)


def examine(
    dkim: Annotated[
        bool, typer.Option("--dkim", help="Make the signing keys that are not there yet, and show what DNS must say.")
    ] = False,
    path: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check configuration, secrets, database, clock, templates and disk; exit code 1 when something keeps mail from leaving.

    Example: digest doctor --dkim
    """
    settings = config.load(path)
    if dkim:
        found = doctor.dkim_keys(settings)
        if not found:
            hint = 'Write [dkim] and under it domain = "example.org": the domain of your From addresses.'
            raise UsageError("config.toml has no [dkim] table.", hint=hint)
        _show_keys(found, as_json=as_json)
        return
    checks = doctor.look(settings)
    _show_checks(checks, as_json=as_json)
    if any(one.level is Level.FAILED for one in checks):
        raise typer.Exit(1)


def _show_checks(checks: list[Check], *, as_json: bool) -> None:
    if as_json:
        print_json([asdict(one) for one in checks])
        return
    for one in checks:
        typer.echo(f"{one.level:<8} {one.name}: {one.found}" + (f" {one.advice}" if one.advice else ""))


def _show_keys(found: list[PublishedKey], *, as_json: bool) -> None:
    if as_json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        typer.echo(
            f"{'Made' if one.made else 'Found'} {one.file}, which signs from now on. Before the next mail leaves DNS must say:"
        )
        strings = " ".join(f'"{text}"' for text in one.strings)
        typer.echo(f"{one.name}. IN TXT ( {strings} )")
