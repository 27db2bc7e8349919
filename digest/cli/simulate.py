"""The command that replays the archive: what would have gone out when, and whether every article reached every reader once."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime
from itertools import islice
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from digest import recurrence
from digest.cli.options import ConfigOption, JsonOption, NewsletterArgument, parse_date, print_json, running
from digest.config import Newsletter
from digest.errors import UsageError
from digest.pipeline import simulation
from digest.pipeline.simulation import Account, EditionSimulated, Outage, Readers, Simulated
from digest.runtime import Runtime

_SHOWN = 20
_FAULTS = {"gap": "kept out by no rule", "repeat": "given again", "not_owed": "given to readers who were not owed it"}


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(simulate)


def simulate(
    newsletter_id: NewsletterArgument,
    first: Annotated[str, typer.Option("--from", help="The first date, like 2026-11-01.")],
    last: Annotated[str, typer.Option("--to", help="The last date.")],
    readers: Annotated[
        int | None, typer.Option("--readers", min=1, help="So many invented readers; else the newsletter's own.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Which invented readers: the same number, the same readers.")] = 1,
    outage: Annotated[
        list[str] | None,
        typer.Option(
            "--outage",
            help="Nothing runs: 2026-11-03..2026-11-05, or with times 2026-11-03T05:00..2026-11-03T09:00.",
        ),
    ] = None,
    path: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Replay the archive without mail: every edition, then whether each article reached each reader once, or the rule that kept it out.

    Example: digest simulate daily --from 2026-11-01 --to 2026-11-30 --readers 1000 --outage 2026-11-03..2026-11-05
    """
    start, end = parse_date(first), parse_date(last)
    if end < start:
        raise UsageError(f"{last} is before {first}.", hint="Give --from the earlier date.")
    with running(path) as runtime:
        newsletter = runtime.settings.newsletter(newsletter_id)
        outages = [_outage(text, recurrence.zone(newsletter)) for text in outage or ()]
        result = _replay(runtime, newsletter, start, end, readers, seed, outages)
    for line in _lines(newsletter, result, as_json=as_json):
        if isinstance(line, str):
            typer.echo(line)
        else:
            print_json(line)
    if not result.account.is_clean:
        raise typer.Exit(1)


def _replay(
    runtime: Runtime,
    newsletter: Newsletter,
    first: date,
    last: date,
    number: int | None,
    seed: int,
    outages: list[Outage],
) -> Simulated:
    with runtime.store.reading() as session:
        found = simulation.archive_of(session, newsletter, first, runtime.settings)
        people: list[Readers] = [] if number else simulation.of_newsletter(session, newsletter)
    if number:
        home = recurrence.home_hour(newsletter)
        people = simulation.invented(newsletter, number, seed, home.on(first), home.on(last))
    if not people:
        raise UsageError(f"{newsletter.name} has no active subscription.", hint="Add --readers 1000 to invent some.")
    return simulation.simulate(newsletter, found, people, first, last, outages=outages)


def _lines(newsletter: Newsletter, result: Simulated, *, as_json: bool) -> Iterator[str | dict[str, Any]]:
    yield from (_edition(newsletter, one, as_json=as_json) for one in result.editions)
    yield from (_as_json if as_json else _as_text)(result)


def _edition(newsletter: Newsletter, one: EditionSimulated, *, as_json: bool) -> str | dict[str, Any]:
    local = one.slot_at.astimezone(recurrence.zone(newsletter))
    if as_json:
        return {**asdict(one), "kind": "edition", "state": one.state, "slot_at": local.isoformat()}
    head = f"{one.day:%a} {one.day} {local.isoformat(timespec='minutes')[11:]}"
    late = f", {one.missed} of {one.missed + one.waves} hours missed" if one.missed else ""
    if not one.readers:
        return f"{head}  {one.state}{late}"
    nothing = f", {one.nothing:,} without news" if one.nothing else ""
    counts = f"{one.articles} articles, {one.groups:,} groups, {one.readers:,} readers"
    return f"{head}  {counts}{nothing}{late} (lead: {one.lead})"


def _as_json(result: Simulated) -> Iterator[dict[str, Any]]:
    yield from ({"kind": "article", **asdict(one)} for one in result.stayed())
    yield from ({**asdict(fault), "kind": fault.kind} for ledger in result.ledgers for fault in ledger.faults)
    yield {"kind": "account", **asdict(result.account), "clean": result.account.is_clean}


def _as_text(result: Simulated) -> Iterator[str]:
    yield ""
    yield from _account(result.account)
    stayed = result.stayed()
    if stayed:
        yield ""
        yield f"{len(stayed):,} articles did not reach every reader who was owed them; by the last rule that kept them out:"
        for one in stayed[:_SHOWN]:
            yield f"  {one.title}: {_counted(one.kept_out)}"
        if len(stayed) > _SHOWN:
            yield f"  … and {len(stayed) - _SHOWN:,} more, all of them with --json"
    faults = (fault for ledger in result.ledgers for fault in ledger.faults)
    for fault in islice(faults, _SHOWN):
        yield f"{fault.day}: “{fault.title}” was {_FAULTS[fault.kind]} ({fault.count:,} readers of {fault.readers})"


def _account(books: Account) -> Iterator[str]:
    yield f"Articles that could be given    {books.articles:>12,}"
    if books.closed:
        yield f"  others                        {sum(books.closed.values()):>12,}  ({_counted(books.closed)})"
    yield f"Owed (articles × readers)       {books.owed:>12,}"
    yield f"  given once                    {books.given:>12,}  ({books.later:,} of them carried over)"
    for rule, number in books.kept_out.items():
        yield f"  {rule:<30}{number:>12,}"
    yield f"Gaps                            {books.faults['gap']:>12,}"
    yield f"Repeats                         {books.faults['repeat']:>12,}"
    yield f"Given to others                 {books.faults['not_owed']:>12,}"
    yield "The account balances." if books.is_clean else "THE ACCOUNT DOES NOT BALANCE: please report this."


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in counts.items())


def _outage(text: str, zone: ZoneInfo) -> Outage:
    """Read an outage, in the newsletter's zone where it names none. Raises UsageError."""
    start, _, end = text.partition("..")
    try:
        found = Outage(*(_instant(part, zone) for part in (start, end)))
    except ValueError as error:
        raise UsageError(f"“{text}” is no outage.", hint="Write it like 2026-11-03..2026-11-05.") from error
    if found.end <= found.start:
        raise UsageError(f"The outage “{text}” ends before it begins.", hint="Write it like 2026-11-03..2026-11-05.")
    return found


def _instant(text: str, zone: ZoneInfo) -> datetime:
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
