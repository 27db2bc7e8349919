"""`digest approve | hold | release | cancel | reopen`: what editors and operators decide about an edition."""

import getpass
from typing import Annotated

import typer

from digest import pipeline
from digest.cli.options import (
    AlertOption,
    ConfigOption,
    DateOption,
    JsonOption,
    NewsletterArgument,
    edition_date,
    print_json,
    running,
)
from digest.models import Edition

ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for the books and the desk.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (approve, hold, release, cancel, reopen):
        app.command()(command)


def approve(
    newsletter_id: NewsletterArgument,
    day: DateOption = None,
    alert: AlertOption = 0,
    path: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let an edition go out just as its draft stands; after its slot it leaves at once.

    Example: digest approve daily --date 2026-11-24
    """
    with running(path) as runtime:
        newsletter = runtime.settings.newsletter(newsletter_id)
        date_ = edition_date(runtime, newsletter_id, day)
        edition = pipeline.approve(runtime, newsletter, date_, alert=alert, by=getpass.getuser())
    _print(edition, "approved", as_json=as_json)


def hold(
    newsletter_id: NewsletterArgument,
    day: DateOption = None,
    alert: AlertOption = 0,
    reason: ReasonOption = "",
    path: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Stop an edition where it stands; of one that is going out no further message leaves.

    Example: digest hold daily --reason "the lead is wrong"
    """
    with running(path) as runtime:
        newsletter = runtime.settings.newsletter(newsletter_id)
        edition = pipeline.hold(
            runtime, newsletter, edition_date(runtime, newsletter_id, day), alert=alert, reason=reason
        )
    _print(edition, "held", as_json=as_json)


def release(
    newsletter_id: NewsletterArgument,
    day: DateOption = None,
    alert: AlertOption = 0,
    path: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a held edition go on from where it stood.

    Example: digest release daily
    """
    with running(path) as runtime:
        newsletter = runtime.settings.newsletter(newsletter_id)
        edition = pipeline.release(runtime, newsletter, edition_date(runtime, newsletter_id, day), alert=alert)
    _print(edition, "released", as_json=as_json)


def cancel(
    newsletter_id: NewsletterArgument,
    day: DateOption = None,
    alert: AlertOption = 0,
    reason: ReasonOption = "",
    path: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """End an edition; who did not get it yet stands in the books as cancelled. There is no way back.

    Example: digest cancel daily --date 2026-11-24 --reason "sent by mistake"
    """
    with running(path) as runtime:
        newsletter = runtime.settings.newsletter(newsletter_id)
        edition = pipeline.cancel(
            runtime, newsletter, edition_date(runtime, newsletter_id, day), alert=alert, reason=reason
        )
    _print(edition, "cancelled", as_json=as_json)


def reopen(
    newsletter_id: NewsletterArgument,
    day: DateOption = None,
    alert: AlertOption = 0,
    path: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a frozen or approved edition back to a draft, as long as nothing of it was handed over.

    Example: digest reopen daily
    """
    with running(path) as runtime:
        newsletter = runtime.settings.newsletter(newsletter_id)
        edition = pipeline.reopen(runtime, newsletter, edition_date(runtime, newsletter_id, day), alert=alert)
    _print(edition, "open again", as_json=as_json)


def _print(edition: Edition, word: str, *, as_json: bool) -> None:
    if as_json:
        day = edition.edition_date.isoformat()
        print_json({"newsletter": edition.newsletter, "date": day, "alert": edition.alert, "state": edition.state})
        return
    which = f"Alert {edition.alert} of {edition.newsletter}" if edition.alert else edition.newsletter
    typer.echo(f"{which} of {edition.edition_date} is {word}; it stands at “{edition.state}”.")
