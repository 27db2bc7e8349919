"""The people's side: lists are imported chunk by chunk, people join by confirming, editors get their sign-in links."""

import secrets
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import islice

from digest import subscribe
from digest.errors import UsageError
from digest.mail import address
from digest.models import Notice
from digest.pipeline import delivering
from digest.runtime import Runtime
from digest.store import notices, users
from digest.store.base import Session
from digest.subscribe import BadRow, ImportCounts, Row
from digest.tokens import TokenType
from digest.values import NoticeKind

_IMPORT_CHUNK = 1_000
SIGN_IN_LIFETIME = timedelta(minutes=30)
_TEST_LIFETIME = timedelta(hours=1)


def import_subscribers(
    runtime: Runtime, rows: Iterable[Row | BadRow], *, newsletter: str | None, consent: str | None, confirm: bool
) -> Iterator[ImportCounts]:
    """Import a list, a thousand rows in each transaction; yields what each chunk came to. Lines that cannot be taken are in `refused`."""
    lines = iter(rows)
    while chunk := list(islice(lines, _IMPORT_CHUNK)):
        with runtime.store.writing() as session:
            counts = subscribe.import_rows(
                session,
                runtime.settings,
                chunk,
                newsletter=newsletter,
                consent=consent,
                confirm=confirm,
                now=runtime.clock(),
            )
        yield counts  # committed: whoever stops listening here loses nothing


def add_user(runtime: Runtime, text: str, name: str, role: str) -> str:
    """Give a person an account at the desk; return the address as kept. Raises AddressError, UsageError."""
    known = address.parse(text)
    with runtime.store.writing() as session:
        if not users.add(session, known.key, name, role, runtime.clock()):
            raise UsageError(f"{known.key} has an account already.", hint="`digest users list` shows all.")
    return known.key


def sign_in_link(runtime: Runtime, text: str) -> str:
    """Make a link that signs a user in once, within half an hour; return its address. Raises UsageError for a stranger."""
    key, expires = address.parse(text).key, runtime.clock() + SIGN_IN_LIFETIME
    with runtime.store.writing() as session:
        link_id = users.create_link(session, _user_id(session, key), expires)
    token = runtime.tokens.mint(TokenType.SIGN_IN, link_id, expires)
    return f"{runtime.settings.site.url.rstrip('/')}/desk/sign-in/{token}"


def mail_sign_in_link(runtime: Runtime, text: str) -> str:
    """Mail a user a sign-in link; return the notice's key. Raises UsageError for a stranger."""
    key, now = address.parse(text).key, runtime.clock()
    with runtime.store.writing() as session:
        link_id = users.create_link(session, _user_id(session, key), now + SIGN_IN_LIFETIME)
        notices.create(
            session,
            NoticeKind.SIGN_IN,
            str(link_id),
            key,
            data={"link_id": link_id},
            due_at=now,
            expires_at=now + SIGN_IN_LIFETIME,
            now=now,
        )
    return str(link_id)


def queue_tests(runtime: Runtime, newsletter_id: str, day: date, to: Iterable[str]) -> list[str]:
    """Queue a test mail of an edition to each address; return the notices' keys. Raises AddressError, ConfigError."""
    newsletter = runtime.settings.newsletter(newsletter_id)
    mailboxes = [address.parse(text) for text in to]
    keys = [secrets.token_hex(8) for _ in mailboxes]
    now = runtime.clock()
    with runtime.store.writing() as session:
        for key, one in zip(keys, mailboxes, strict=True):
            notices.create(
                session,
                NoticeKind.TEST,
                key,
                one.address,
                data={"newsletter": newsletter.id, "date": day.isoformat()},
                due_at=now,
                expires_at=now + _TEST_LIFETIME,
                now=now,
            )
    return keys


def hand_over(runtime: Runtime, kind: NoticeKind, keys: Iterable[str]) -> list[Notice]:
    """Hand over what is due and return the named notices with what became of them."""
    delivering.deliver_notices(runtime)
    with runtime.store.reading() as session:
        return [one for key in keys if (one := notices.find(session, kind, key)) is not None]


def _user_id(session: Session, key: str) -> int:
    user = users.find(session, key)
    if user is None or user.id is None:
        raise UsageError(f"{key} has no account.", hint=f"Make one: digest users add {key}")
    return user.id
