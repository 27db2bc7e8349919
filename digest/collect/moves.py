"""Moved for good: the redirects of one fetch after another go in, whether to believe them comes out."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

_TIMES = 3
_OVER = timedelta(hours=24)
_LOGIN = re.compile(
    r"(?:^|[/?&=._-])(?:wp-login|log[-_]?in|log[-_]?on|sign[-_]?in|sign[-_]?up|auth|oauth2?|sso|accounts?|consent|captcha)(?:$|[/?&=._-])",
    re.IGNORECASE,
)
_HOME = re.compile(r"/?(?:index\.\w+|home|default\.aspx?)?/?", re.IGNORECASE)
_PARKING = frozenset(
    {
        "above.com", "afternic.com", "bodis.com", "buydomains.com", "dan.com", "domainmarket.com", "godaddy.com", "hugedomains.com",
        "namebright.com", "parkingcrew.net", "parklogic.com", "sedo.com", "sedoparking.com", "undeveloped.com", "uniregistry.com",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Move:
    """Where a source redirects for good: so many fetches in a row, since an instant."""

    to: str = ""
    count: int = 0
    since: datetime | None = None


def seen(move: Move, url: str, moved_to: str, now: datetime) -> Move:
    """Count one more fetch of `url`, which ended at `moved_to`; empty where it did not move for good."""
    if not moved_to or not believable(url, moved_to):
        return Move()
    return Move(moved_to, move.count + 1, move.since) if moved_to == move.to else Move(moved_to, 1, now)


def settled(move: Move, now: datetime) -> bool:
    """Say whether a move is to be believed: the same target three times, over a day at least."""
    return move.count >= _TIMES and move.since is not None and now - move.since >= _OVER


def believable(old: str, new: str) -> bool:
    """Say whether a feed may live at `new`: never at a login page, a parking host or a home page, nor without the encryption it had."""
    before, after = urlsplit(old), urlsplit(new)
    host = after.hostname or ""
    return not (
        (before.scheme == "https" and after.scheme != "https")
        or any(host == one or host.endswith("." + one) for one in _PARKING)
        or _LOGIN.search(f"{after.path}?{after.query}")
        or (_is_home(after.path, after.query) and not _is_home(before.path, before.query))
    )


def _is_home(path: str, query: str) -> bool:
    return not query and bool(_HOME.fullmatch(path))
