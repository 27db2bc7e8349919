"""Newsletters and times for tests about people: what a config.toml would say, and shortcuts to import a list."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from digest import config, subscribe
from digest.config import Newsletter, Settings
from digest.store import subscribers
from digest.store.base import Session
from digest.subscribe import ImportCounts
from digest.tokens import address_hash

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SETTINGS: Settings = config.parse(
    {
        "secrets": {"root": "r" * 32, "pepper": "p" * 32},
        "newsletters": [
            {
                "id": id_,
                "name": id_.title(),
                "from": "news@example.org",
                "sections": [{"id": one, "name": one.title()} for one in ("news", "economy", "culture")],
            }
            for id_ in ("daily", "weekly")
        ],
    },
    Path("config.toml"),
)
DAILY: Newsletter = SETTINGS.newsletter("daily")
WEEKLY: Newsletter = SETTINGS.newsletter("weekly")


def hashed(key: str) -> str:
    """Return the keyed hash under which a ban knows an address."""
    return address_hash(SETTINGS.pepper, key)


def take(
    session: Session,
    lines: Iterable[bytes | str],
    *,
    newsletter: str | None = "daily",
    consent: str | None = "signed at the fair",
    confirm: bool = False,
    now: datetime = NOW,
) -> ImportCounts:
    """Import a list as the command does."""
    rows = list(subscribe.read_csv(lines))
    return subscribe.import_rows(
        session, SETTINGS, rows, newsletter=newsletter, consent=None if confirm else consent, confirm=confirm, now=now
    )


def state_of(session: Session, key: str, newsletter: str = "daily") -> str:
    """Return the state of an address's subscription, empty where there is none."""
    found = subscribers.subscription(session, key, newsletter)
    return found.state if found else ""
