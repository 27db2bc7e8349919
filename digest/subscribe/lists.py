"""Lists in and out as CSV: lines go in, each is taken or refused with its number and reason; all subscriptions come out again."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from digest.config import Newsletter, Settings
from digest.errors import AddressError, UsageError
from digest.mail import address
from digest.mail.address import Address
from digest.store import subscribers
from digest.store.base import Session
from digest.store.subscribers import Person
from digest.subscribe.joining import ask_to_confirm
from digest.tokens import address_hash
from digest.values import SubscriptionState

HEADING = ("email", "name", "newsletter", "sections", "frequency", "hour", "zone", "language", "state")
_FREQUENCIES = ("daily", "weekdays", "weekly")
_YAHOO_REFUSES = re.compile(r"[,$%?{}<>]")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list, not yet judged."""

    line: int
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that cannot be taken, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What a piece of a list came to."""

    new: int
    known: int
    confirmations: int
    refused: tuple[BadRow, ...]


@dataclass(frozen=True, slots=True)
class _Wish:
    """A line that holds together: who wants what."""

    line: int
    address: Address
    newsletter: Newsletter
    values: dict[str, str]
    sections: tuple[str, ...]

    @property
    def state(self) -> str:
        return self.values.get("state", "")


def read_csv(lines: Iterable[bytes | str]) -> Iterator[Row | BadRow]:
    """Read a list with its heading, in UTF-8 with or without a mark, separated by commas or semicolons. Raises UsageError."""
    source = _decoded(lines)
    first = next(source, "")
    if not first.strip():
        raise UsageError("The list is empty.", hint=f"Its first line is the heading: {','.join(HEADING)}")
    delimiter = ";" if first.count(";") > first.count(",") else ","
    heading = [name.strip().lower() for name in next(csv.reader([first], delimiter=delimiter))]
    unknown = [name for name in heading if name not in HEADING]
    if "email" not in heading or unknown:
        what = f"The heading has “{unknown[0]}”." if unknown else "The heading has no “email”."
        raise UsageError(what, hint=f"It may hold: {','.join(HEADING)}")
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadRow(reader.line_num + 1, f"is no valid CSV: {error}")
            continue
        number = reader.line_num + 1
        if len(fields) > len(heading):
            yield BadRow(number, f"has {len(fields)} fields, the heading has {len(heading)}")
        elif any(field.strip() for field in fields):
            yield Row(number, {name: field.strip() for name, field in zip(heading, fields, strict=False)})


def import_rows(
    session: Session,
    settings: Settings,
    rows: Sequence[Row | BadRow],
    *,
    newsletter: str | None,
    consent: str | None,
    confirm: bool,
    now: datetime,
) -> ImportCounts:
    """Take what can be taken of these lines. Raises UsageError without proof of consent and without asking for it.

    With `consent` people start active and the text is kept as evidence; with `confirm` each is asked. Nobody who left is revived,
    nobody under a ban is taken, a line that is known already changes nothing.
    """
    if bool(consent) == confirm:
        raise UsageError(
            "It is not said how they agreed.",
            hint='Give --consent "how they agreed", or --confirm to ask each of them.',
        )
    judged = [one if isinstance(one, BadRow) else _judged(one, settings, newsletter) for one in rows]
    refused = [one for one in judged if isinstance(one, BadRow)]
    wishes = [one for one in judged if isinstance(one, _Wish)]
    hashes = {one.address.key: address_hash(settings.pepper, one.address.key) for one in wishes}
    banned = subscribers.suppressed(session, sorted(set(hashes.values())))
    refused += [BadRow(one.line, "is under a lasting ban") for one in wishes if hashes[one.address.key] in banned]
    free = [one for one in wishes if hashes[one.address.key] not in banned]
    new = _write(session, free, hashes, consent, now)
    if confirm:
        for subscription_id, wish in new:
            name, language = wish.values.get("name", ""), wish.values.get("language", "")
            ask_to_confirm(
                session, wish.newsletter, subscription_id, wish.address.address, name=name, language=language, now=now
            )
    ordered = tuple(sorted(refused, key=lambda bad: bad.line))
    return ImportCounts(len(new), len(free) - len(new), len(new) if confirm else 0, ordered)


def export_rows(session: Session, newsletter: str | None = None) -> Iterator[dict[str, str]]:
    """Yield every subscription under the heading that an import reads."""
    for subscription, subscriber in subscribers.everyone(session, newsletter):
        yield {
            "email": subscriber.address,
            "name": subscriber.name,
            "newsletter": subscription.newsletter,
            "sections": ";".join(subscription.sections),
            "frequency": subscription.frequency,
            "hour": subscription.hour,
            "zone": subscription.zone,
            "language": subscription.language,
            "state": subscription.state,
        }


def _decoded(lines: Iterable[bytes | str]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        try:
            text = line.decode("utf-8") if isinstance(line, bytes) else line
        except UnicodeDecodeError as error:
            raise UsageError(
                f"Line {number} is not in UTF-8.", hint="Save the list as UTF-8 and import it again."
            ) from error
        yield text.removeprefix("\ufeff") if number == 1 else text


def _judged(row: Row, settings: Settings, default: str | None) -> _Wish | BadRow:
    """Say whether a line holds together, or the first thing that is wrong with it."""
    values = row.values
    try:
        known = address.parse(values.get("email", ""))
    except AddressError as error:
        return BadRow(row.line, error.detail)
    if _YAHOO_REFUSES.search(known.address):
        return BadRow(row.line, f"“{known.address}” has a character that large receivers refuse")
    wished = values.get("newsletter") or default or ""
    found = [one for one in settings.newsletters if one.id == wished]
    if not found:
        return BadRow(
            row.line,
            f"names the newsletter “{wished}”, which is none" if wished else "names no newsletter: give --newsletter",
        )
    fault = _fault(values, found[0])
    if fault:
        return BadRow(row.line, fault)
    return _Wish(row.line, known, found[0], values, tuple(_sections(values)))


def _fault(values: dict[str, str], newsletter: Newsletter) -> str:
    ids = {section.id for section in newsletter.sections}
    unknown = [one for one in _sections(values) if one not in ids]
    if unknown:
        return f"names the section “{unknown[0]}”, which {newsletter.id} does not have"
    if values.get("frequency") and values["frequency"] not in _FREQUENCIES:
        return f"has the frequency “{values['frequency']}”: it may be {', '.join(_FREQUENCIES)}"
    if values.get("hour") and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", values["hour"]):
        return f"has the hour “{values['hour']}”: write it like 07:30"
    if values.get("zone") and not _is_zone(values["zone"]):
        return f"has the zone “{values['zone']}”: write one like Europe/Madrid"
    if values.get("state") and values["state"] not in set(SubscriptionState):
        return f"has the state “{values['state']}”: it may be {', '.join(SubscriptionState)}"
    return ""


def _sections(values: dict[str, str]) -> list[str]:
    return [one.strip() for one in values.get("sections", "").split(";") if one.strip()]


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _write(
    session: Session, wishes: Sequence[_Wish], hashes: dict[str, str], consent: str | None, now: datetime
) -> list[tuple[int, _Wish]]:
    """Write those that are new; return their subscription ids."""
    people = [
        Person(one.address.address, one.address.key, hashes[one.address.key], one.values.get("name", ""))
        for one in wishes
    ]
    ids = subscribers.ensure(session, people, now) if people else {}
    before = subscribers.subscriptions_of(session, sorted(set(ids.values())))
    fresh: dict[tuple[int, str], _Wish] = {}
    for one in wishes:
        place = (ids[one.address.key], one.newsletter.id)
        if place not in before:
            fresh.setdefault(place, one)
    subscribers.add_subscriptions(session, [_row(person, one, consent, now) for (person, _), one in fresh.items()])
    after = subscribers.subscriptions_of(session, sorted({person for person, _ in fresh}))
    new = [(after[place][0], one) for place, one in fresh.items()]
    kind, evidence = ("imported", consent) if consent else ("requested", "import")
    subscribers.add_consents(
        session,
        [{"subscription_id": id_, "kind": kind, "at": now, "evidence": evidence or "", "origin": ""} for id_, _ in new],
    )
    return new


def _row(person: int, wish: _Wish, consent: str | None, now: datetime) -> dict[str, Any]:
    """Return a new subscription; a list may say that somebody left, never that somebody agreed."""
    left = wish.state == SubscriptionState.UNSUBSCRIBED
    active = bool(consent) and wish.state != SubscriptionState.PENDING
    state = (
        SubscriptionState.UNSUBSCRIBED if left else SubscriptionState.ACTIVE if active else SubscriptionState.PENDING
    )
    return {
        "subscriber_id": person,
        "newsletter": wish.newsletter.id,
        "state": state,
        "sections": list(wish.sections),
        "frequency": wish.values.get("frequency") or "daily",
        "hour": wish.values.get("hour", ""),
        "zone": wish.values.get("zone", ""),
        "language": wish.values.get("language", ""),
        "created_at": now,
        "confirmed_at": now if state == SubscriptionState.ACTIVE else None,
        "ended_at": now if left else None,
    }
