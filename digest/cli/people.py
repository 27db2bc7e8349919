"""Commands about people: subscribers and the desk's users."""

import csv
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from digest import subscribe
from digest.cli.options import ConfigOption, JsonOption, print_json, running
from digest.errors import UsageError
from digest.pipeline import audience
from digest.store import users as user_rows
from digest.values import DeliveryState, NoticeKind

subscribers = typer.Typer(help="Subscribers: list, add, import, export.", no_args_is_help=True)
users = typer.Typer(help="The desk's users and their sign-in links.", no_args_is_help=True)
NewsletterOption = Annotated[
    str | None, typer.Option("--newsletter", help="Only this newsletter; fills an empty column.")
]
ConsentOption = Annotated[
    str | None, typer.Option("--consent", help="How they agreed, kept as evidence; they start active.")
]
ConfirmOption = Annotated[
    bool, typer.Option("--confirm", help="Mail each a confirmation; they start when they confirm.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(subscribers, name="subscribers")
    app.add_typer(users, name="users")


@subscribers.command("list")
def list_subscribers(
    newsletter: NewsletterOption = None, path: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """List subscriptions with what each chose.

    Example: digest subscribers list --newsletter daily --json
    """
    with running(path) as runtime, runtime.store.reading() as session:
        for row in subscribe.export_rows(session, newsletter):
            if as_json:
                print_json(row)
            else:
                typer.echo(f"{row['email']}  {row['newsletter']}  {row['state']}  {row['sections'] or 'all sections'}")


@subscribers.command("add")
def add_subscriber(
    address: str,
    newsletter: Annotated[str, typer.Option("--newsletter", help="The newsletter's id.")],
    name: Annotated[str, typer.Option("--name", help="The person's name.")] = "",
    sections: Annotated[str, typer.Option("--sections", help="Ids separated by commas; default all.")] = "",
    consent: ConsentOption = None,
    confirm: ConfirmOption = False,
    path: ConfigOption = None,
) -> None:
    """Add one subscriber, with proof of consent or with a confirmation mail.

    Example: digest subscribers add ana@example.org --newsletter daily --consent "signed the form on 3 March"
    """
    heading = ",".join(subscribe.HEADING)
    line = {"email": address, "name": name, "newsletter": newsletter, "sections": sections.replace(",", ";")}
    text = ",".join(f'"{line.get(key, "").replace(chr(34), chr(34) * 2)}"' for key in subscribe.HEADING)
    with running(path) as runtime:
        rows = subscribe.read_csv([heading, text])
        counts = next(
            audience.import_subscribers(runtime, rows, newsletter=newsletter, consent=consent, confirm=confirm)
        )
    if counts.refused:
        raise UsageError(counts.refused[0].reason)
    typer.echo("Added." if counts.new else "Known already: nothing changed.")
    if counts.confirmations:
        typer.echo("A confirmation goes out with the next `digest run` or by `digest serve`.")


@subscribers.command("import")
def import_subscribers(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file, or - for standard input.")],
    newsletter: NewsletterOption = None,
    consent: ConsentOption = None,
    confirm: ConfirmOption = False,
    path: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import a CSV list. Lines that cannot be taken are named with their number and reason; the others are kept.

    Example: digest subscribers import readers.csv --newsletter daily --consent "moved from our old system"
    """
    total: Counter[str] = Counter()
    with running(path) as runtime, _opened(file) as lines:
        chunks = audience.import_subscribers(
            runtime, subscribe.read_csv(lines), newsletter=newsletter, consent=consent, confirm=confirm
        )
        for counts in track(chunks, "Importing") if sys.stderr.isatty() and not as_json else chunks:
            numbers = {"new": counts.new, "known": counts.known, "confirmations": counts.confirmations}
            total.update({**numbers, "refused": len(counts.refused)})
            for bad in counts.refused:
                typer.echo(f"line {bad.line}: {bad.reason}", err=True)
    if as_json:
        print_json({key: total[key] for key in ("new", "known", "confirmations", "refused")})
    else:
        typer.echo(f"{total['new']:,} new, {total['known']:,} known, {total['refused']:,} refused.")
    if total["refused"] and not total["new"] + total["known"]:
        raise typer.Exit(1)


@subscribers.command("export")
def export_subscribers(newsletter: NewsletterOption = None, path: ConfigOption = None) -> None:
    """Write all subscriptions as CSV to standard output, under the heading that `import` reads.

    Example: digest subscribers export > readers.csv
    """
    with running(path) as runtime, runtime.store.reading() as session:
        writer = csv.DictWriter(sys.stdout, subscribe.HEADING, lineterminator="\n")
        writer.writeheader()
        writer.writerows(subscribe.export_rows(session, newsletter))


@users.command("add")
def add_user(
    address: str,
    name: Annotated[str, typer.Option("--name", help="The person's name.")] = "",
    path: ConfigOption = None,
) -> None:
    """Give a person an account at the desk.

    Example: digest users add ana@example.org --name Ana
    """
    with running(path) as runtime:
        key = audience.add_user(runtime, address, name, "editor")
    typer.echo(f"{key} may sign in. Make a link: digest users link {key}")


@users.command("list")
def list_users(path: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the desk's users.

    Example: digest users list --json
    """
    with running(path) as runtime, runtime.store.reading() as session:
        for user in user_rows.everyone(session):
            if as_json:
                print_json({"address": user.address, "name": user.name, "role": user.role})
            else:
                typer.echo(f"{user.address}  {user.name}  {user.role}")


@users.command("link")
def link_user(
    address: str,
    mail: Annotated[bool, typer.Option("--mail", help="Mail the link to the user instead of printing it.")] = False,
    path: ConfigOption = None,
) -> None:
    """Make a link that signs a user in to the desk once, within half an hour.

    Example: digest users link ana@example.org
    """
    with running(path) as runtime:
        if not mail:
            typer.echo(audience.sign_in_link(runtime, address))
            return
        [notice] = audience.hand_over(runtime, NoticeKind.SIGN_IN, [audience.mail_sign_in_link(runtime, address)])
    typer.echo(f"{notice.address}: {notice.state}. {notice.reply}".strip())
    if notice.state != DeliveryState.ACCEPTED:
        raise typer.Exit(1)


def _opened(file: Path) -> typer.FileBinaryRead:
    if str(file) == "-":
        return typer.get_binary_stream("stdin")  # type: ignore[return-value]  # a binary stream either way
    try:
        return file.open("rb")  # type: ignore[return-value]  # as above
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from error
