"""When a source is asked again: what a fetch came to goes in, an instant comes out; the same question has the same answer."""

import hashlib
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from digest.config import SourceTable
from digest.errors import FetchError, SourceError

GONE_EVERY = timedelta(days=1)
_BACKUP = timedelta(minutes=30)
_THIRD_PARTY = (timedelta(hours=1), timedelta(hours=24))
_FIRST_WAIT = timedelta(minutes=5)
_LONGEST_OWN = timedelta(hours=1)
_LONGEST_THIRD_PARTY = timedelta(hours=24)
_JITTER = 0.2
_RETRY_AFTER = (timedelta(minutes=1), timedelta(hours=6))
_MOST_DIGITS = 9


def after_success(source: SourceTable, wait: timedelta | None, now: datetime, *, pushed: bool = False) -> datetime:
    """Return when to ask next: our own site as often as configured, more rarely when it is `pushed` as well.

    A third party is asked once an hour at most, and as rarely as it wishes (`wait`), but every day.
    """
    if source.third_party:
        least, most = _THIRD_PARTY
        return now + min(max(least, source.every, wait or least), most)
    return now + (max(source.every, _BACKUP) if pushed else source.every)


def after_failure(
    source: SourceTable, failures: int, error: SourceError, now: datetime
) -> tuple[datetime, datetime | None]:
    """Return when to ask again after so many failures, and until when the server asked to be left alone, if it did."""
    asked = retry_after(error.retry_after, now) if isinstance(error, FetchError) else None
    if asked is not None:
        least, most = _RETRY_AFTER
        until = now + min(max(asked, least), most)
        return until, until
    return now + back_off(source, failures), None


def back_off(source: SourceTable, failures: int) -> timedelta:
    """Return 5, 10, 20 … minutes, up to a fifth more or less, so that sources that failed together do not come back together."""
    most = _LONGEST_THIRD_PARTY if source.third_party else _LONGEST_OWN
    doubled: timedelta = min(_FIRST_WAIT * 2 ** min(max(failures, 1) - 1, 10), most)
    drawn = int.from_bytes(hashlib.sha256(f"{source.id}:{failures}".encode()).digest()[:4], "big") / 2**32
    return min(doubled * (1 - _JITTER + 2 * _JITTER * drawn), most)


def retry_after(text: str, now: datetime) -> timedelta | None:
    """Read seconds or a date (RFC 9110, section 10.2.3); None for anything else."""
    word = text.strip()
    if word.isdecimal() and word.isascii():
        return timedelta(seconds=int(word[:_MOST_DIGITS]))
    try:
        return parsedate_to_datetime(word) - now if word else None
    except (ValueError, TypeError, OverflowError):
        return None
