"""Commands about editions: their slots, drafts, previews, test mails and books."""

import json
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from digest import compose, config, pipeline, recurrence, subscribe
from digest.cli.options import (
    AlertOption,
    ConfigOption,
    DateOption,
    JsonOption,
    NewsletterArgument,
    SinceOption,
    edition_date,
    parse_date,
    print_json,
    running,
)
from digest.clock import parse_instant
from digest.errors import EditionError, UsageError
from digest.models import Edition
from digest.pipeline import audience
from digest.pipeline.sampling import clock_and_frequency, message_for
from digest.runtime import Runtime
from digest.store import deliveries as ledger
from digest.store import editions
from digest.values import DeliveryState, LeftOut, LeftOutReason, NoticeKind, Report

deliveries = typer.Typer(help="Deliveries: one edition owed to one subscriber.", no_args_is_help=True)
FromOption = Annotated[str, typer.Option("--from", help="The first date, like 2026-11-24.")]
ToOption = Annotated[str, typer.Option("--to", help="The last date.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (schedule, draft, preview, report):
        app.command()(command)
    app.command("send-test")(send_test)
    app.add_typer(deliveries, name="deliveries")


def schedule(
    newsletter_id: NewsletterArgument,
    first: FromOption,
    last: ToOption,
    address: Annotated[
        str | None, typer.Option("--as", help="As this subscriber's editions come, and the next three.")
    ] = None,
    path: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the slots of a newsletter: each local date and the instant at which its edition leaves.

    Example: digest schedule daily --from 2026-03-27 --to 2026-03-31 --as reader@example.org
    """
    newsletter = config.load(path).newsletter(newsletter_id)
    span = parse_date(first), parse_date(last)
    if span[0] > span[1]:
        raise UsageError(f"No date is from {first} to {last}.", hint="Write the earlier date after --from.")
    if address is None:
        here = recurrence.zone(newsletter)
        for day, instant in recurrence.slots(newsletter, *span):
            _print_slot(day, instant.astimezone(here), as_json=as_json)
        return
    with running(path) as runtime:
        clock, frequency = clock_and_frequency(runtime, newsletter, address)
        coming = recurrence.next_slots(newsletter, clock, frequency, runtime.clock(), weekly_day=newsletter.weekly_day)
    for day, instant in recurrence.readers_slots(newsletter, clock, frequency, *span, weekly_day=newsletter.weekly_day):
        _print_slot(day, instant, as_json=as_json)
    if as_json:
        print_json({"next": [instant.isoformat() for _, instant in coming]})
        return
    typer.echo("\nNext" if coming else "\nNo digest, but breaking alerts at the instant.")
    for day, instant in coming:
        _print_slot(day, instant, as_json=False)


def _print_slot(day: date, local: datetime, *, as_json: bool) -> None:
    if as_json:
        print_json({"date": day.isoformat(), "instant": local.isoformat()})
    else:
        typer.echo(f"{day:%a} {day}  {local.isoformat()}")


def draft(
    newsletter_id: NewsletterArgument,
    day: DateOption = None,
    alert: AlertOption = 0,
    since: SinceOption = None,
    path: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compose the edition (again) and show it: picks by section, and what was left out, each with its reason.

    With --since it catches up from an instant on, until it is frozen.

    Example: digest draft daily --date 2026-11-24 --since 2026-10-25T00:00:00+01:00 --json
    """
    back = _range(since, alert)
    with running(path) as runtime:
        newsletter = runtime.settings.newsletter(newsletter_id)
        date_ = edition_date(runtime, newsletter_id, day)
        edition = (
            _found(runtime, newsletter, date_, alert)  # it is what it was made of
            if alert
            else pipeline.draft_edition(runtime, newsletter, date_, since=back)
        )
        names = {section.id: section.name for section in newsletter.sections}
        with runtime.store.reading() as session:
            assert edition.id is not None  # noqa: S101 -- it came from the database
            picks = editions.picks(session, edition.id)
            left = editions.left_out(session, edition.id)
    sections: dict[str, list[dict[str, Any]]] = {}
    for pick in picks:
        if pick.kind in {"lead", "item"}:
            one = {"id": pick.article_id, "title": pick.snapshot["title"], "url": pick.snapshot["url"]}
            sections.setdefault(pick.section_id, []).append(one)
    left_out = [
        {
            "title": article.title,
            "reason": compose.why(LeftOut(row.article_id, LeftOutReason(row.reason), row.detail)),
        }
        for row, article in left
    ]
    ordered = [{"id": id_, "articles": sections[id_]} for id_ in names if id_ in sections]
    if as_json:
        print_json(
            {
                "date": edition.edition_date.isoformat(),
                "alert": edition.alert,
                "state": edition.state,
                "sections": ordered,
                "left_out": left_out,
            }
        )
        return
    count = sum(len(found) for found in sections.values())
    typer.echo(
        f"{newsletter.name}, {edition.edition_date:%A} {edition.edition_date}: {edition.state}, {count} articles"
    )
    for id_, found in ((id_, sections[id_]) for id_ in names if id_ in sections):
        typer.echo(f"\n{names[id_]}")
        for one in found:
            typer.echo(f"  {one['title']}")
    typer.echo(f"\nLeft out: {len(left_out)}")
    for row in left_out:
        typer.echo(f"  {row['title']}\n    {row['reason']}")


def preview(
    newsletter_id: NewsletterArgument,
    day: DateOption = None,
    alert: AlertOption = 0,
    since: SinceOption = None,
    address: Annotated[str | None, typer.Option("--as", help="As this subscriber gets it.")] = None,
    sections: Annotated[str | None, typer.Option("--sections", help="As readers of these sections get it: a,b")] = None,
    length: Annotated[
        str | None, typer.Option("--length", help="As readers of this length get it: headlines, short or full.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="html, text, eml or json.")] = "html",
    out: Annotated[Path | None, typer.Option("--out", help="Write to this file instead of standard output.")] = None,
    path: ConfigOption = None,
) -> None:
    """Show what leaves: once the edition is frozen these are the very bytes, with inert links unless --as names a reader.

    Example: digest preview daily --sections news,culture --format html --out preview.html
    """
    if form not in {"html", "text", "eml", "json"}:
        raise UsageError(f"There is no format “{form}”.", hint="Choose html, text, eml or json.")
    if length is not None and length not in subscribe.LENGTHS:
        raise UsageError(f"There is no length “{length}”.", hint=f"There are: {', '.join(subscribe.LENGTHS)}.")
    if length is not None and address is not None:
        raise UsageError("--as shows the length that this reader chose.", hint="Leave --length or --as out.")
    back = _range(since, alert)
    with running(path) as runtime:
        chosen = sections.split(",") if sections else []
        _check_sections(runtime.settings.newsletter(newsletter_id), chosen)
        date_ = edition_date(runtime, newsletter_id, day)
        sample = message_for(
            runtime, newsletter_id, date_, chosen, address, alert=alert, since=back, length=length or ""
        )
    match form:
        case "html":
            content = sample.html.encode()
        case "text":
            content = sample.text.encode()
        case "eml":
            content = sample.eml
        case _:
            whole = {name: getattr(sample, name) for name in ("subject", "preheader", "html", "text")}
            content = json.dumps(whole, ensure_ascii=False).encode() + b"\n"
    if out is None:
        typer.get_binary_stream("stdout").write(content)
    else:
        out.write_bytes(content)
        typer.echo(f"Wrote {out} ({len(content):,} bytes).")


def send_test(
    newsletter_id: NewsletterArgument,
    to: Annotated[list[str], typer.Option("--to", help="An address; may be given several times.")],
    day: DateOption = None,
    path: ConfigOption = None,
) -> None:
    """Hand a test mail of the edition, with inert links, to the provider for each address.

    Example: digest send-test daily --to me@example.org
    """
    with running(path) as runtime:
        date_ = edition_date(runtime, newsletter_id, day)
        pipeline.preview(runtime, newsletter_id, date_)
        queued = audience.queue_tests(runtime, newsletter_id, date_, to)
        failed = [
            one for one in audience.hand_over(runtime, NoticeKind.TEST, queued) if one.state != DeliveryState.ACCEPTED
        ]
    for one in failed:
        typer.echo(f"{one.address}: {one.state}. {one.reply}", err=True)
    typer.echo(f"{len(queued) - len(failed)} of {len(queued)} accepted by the provider.")
    if failed:
        raise typer.Exit(1)


def report(
    newsletter_id: NewsletterArgument,
    day: DateOption = None,
    alert: AlertOption = 0,
    path: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the accounting: candidates = accepted + rejected + uncertain + excluded + owed.

    Example: digest report daily --date 2026-11-24 --json
    """
    with running(path) as runtime:
        date_ = edition_date(runtime, newsletter_id, day)
        newsletter = runtime.settings.newsletter(newsletter_id)
        edition = _found(runtime, newsletter, date_, alert)
        with runtime.store.reading() as session:
            books = ledger.report(session, edition)
    if as_json:
        print_json({**_as_json(books), "alert": alert})
        return
    typer.echo(f"{newsletter.name}, {date_:%A} {date_}{f', alert {alert}' if alert else ''}: {books.state}")
    for name in ("candidates", "accepted", "rejected", "uncertain", "owed"):
        typer.echo(f"  {name:<22}{getattr(books, name):>10,}")
    for reason, number in books.excluded.items():
        if number:
            typer.echo(f"  excluded: {reason:<12}{number:>10,}")
    typer.echo("  The books balance." if books.balances else "  THE BOOKS DO NOT BALANCE: please report this.")


@deliveries.command("list")
def list_deliveries(
    state: Annotated[DeliveryState | None, typer.Option("--state", help="Only those in this state.")] = None,
    edition: Annotated[
        str | None, typer.Option("--edition", help="Only those of NEWSLETTER/DATE, or NEWSLETTER/DATE/ALERT.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most this many.")] = 100,
    path: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List deliveries, newest first.

    Example: digest deliveries list --state uncertain --edition daily/2026-11-24
    """
    with running(path) as runtime, runtime.store.reading() as session:
        edition_id = None
        if edition is not None:
            newsletter_id, _, rest = edition.partition("/")
            text, _, alert = rest.partition("/")
            known = not alert or alert.isdecimal()
            found = editions.find(session, newsletter_id, parse_date(text), int(alert or 0)) if known else None
            if found is None:
                raise EditionError(f"There is no edition {edition}.", hint="Write it like daily/2026-11-24.")
            edition_id = found.id
        rows = ledger.rows(session, state=state, edition_id=edition_id, limit=limit)
    for row in rows:
        if as_json:
            print_json(asdict(row))
        else:
            typer.echo(f"{row.address}  {row.state}  {row.reason or row.reply}".rstrip())


def _found(runtime: Runtime, newsletter: config.Newsletter, day: date, alert: int) -> Edition:
    """Return an edition that is there. Raises EditionError."""
    with runtime.store.reading() as session:
        edition = editions.find(session, newsletter.id, day, alert)
    if edition is None:
        raise EditionError(f"{newsletter.name} has no {f'alert {alert}' if alert else 'edition'} of {day} yet.")
    return edition


def _range(since: str | None, alert: int) -> datetime | None:
    """Read --since. Raises UsageError."""
    if since is not None and alert:
        raise UsageError("An alert reaches back six hours.", hint="Leave --since out.")
    return parse_instant(since) if since is not None else None


def _as_json(books: Report) -> dict[str, Any]:
    return {
        "newsletter": books.newsletter,
        "date": books.edition_date.isoformat(),
        "state": books.state,
        **{name: getattr(books, name) for name in ("candidates", "accepted", "rejected", "uncertain", "owed")},
        "excluded": dict(books.excluded),
        "started": books.started.isoformat() if books.started else None,
        "finished": books.finished.isoformat() if books.finished else None,
    }


def _check_sections(newsletter: config.Newsletter, chosen: list[str]) -> None:
    known = [section.id for section in newsletter.sections]
    for one in chosen:
        if one not in known:
            raise UsageError(f"{newsletter.name} has no section “{one}”.", hint=f"There are: {', '.join(known)}.")
