"""What an answer's headers say about a feed: header fields go in, how long to wait and where it is pushed from come out."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

_LONGEST = timedelta(days=1)
_LINK = re.compile(r"<([^<>]*)>((?:\s*;[^,<]*(?:\"[^\"]*\")?)*)")
_REL = re.compile(r";\s*rel\s*=\s*\"?([^\";]*)", re.IGNORECASE)
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)


def wait(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return how long the answer stays fresh (RFC 9111, sections 5.2.2 and 5.3), a day at most; None where nothing is said."""
    control = headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return None
    if age := _MAX_AGE.search(control):
        return min(timedelta(seconds=int(age[1])), _LONGEST) or None
    expires, date = _moment(headers.get("expires", "")), _moment(headers.get("date", "")) or now
    if expires is None or expires <= date:
        return None
    return min(expires - date, _LONGEST)


def links(headers: Mapping[str, str], url: str) -> dict[str, str]:
    """Return the absolute addresses of an answer's links by their relation (RFC 8288), the first of each."""
    found: dict[str, str] = {}
    for target, parameters in _LINK.findall(headers.get("link", "")):
        if relation := _REL.search(parameters):
            for name in relation[1].lower().split():
                found.setdefault(name, urljoin(url, target))
    return found


def _moment(written: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
