"""The time, passed in: code asks a `Clock`, a test or `digest run --at` gives a fixed one; instants are aware and UTC."""

from collections.abc import Callable
from datetime import UTC, datetime

from digest.errors import UsageError

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return the current instant, aware, UTC."""
    return datetime.now(UTC)


def fixed_clock(moment: datetime) -> Clock:
    """Return a clock that stands still at `moment` (aware)."""
    instant = moment.astimezone(UTC)
    return lambda: instant


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 date and time with an offset, such as `2026-11-24T07:30:00+04:00`.

    Raises UsageError for anything else: a time without an offset names no instant.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"“{text}” is no ISO 8601 time.", hint="Write it like 2026-11-24T07:30:00+04:00.") from error
    if moment.tzinfo is None:
        raise UsageError(f"“{text}” has no offset.", hint=f"Add one: {text}Z, or {text}+04:00.")
    return moment.astimezone(UTC)
