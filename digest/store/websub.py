"""Subscriptions at hubs: offered by a feed, asked for, verified by the hub, renewed in time, ended."""

import re
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, func, or_, update
from sqlmodel import Session, col, select

from digest.models import Article, SourceState, WebSub
from digest.store.rows import insert_new
from digest.values import Hub

MOST_MISSES = 3
_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_RENEW_AT = 0.8
_PATIENCE = timedelta(hours=1)  # how long a hub may take to ask back before it is asked again
_SOONEST = timedelta(minutes=5)
_LEFT_ALONE = timedelta(days=7)  # after it said no
_AFTER_SILENCE = timedelta(days=1)
_SLOW = timedelta(minutes=5)  # what a poll finds younger than this may still be pushed


class HubState(StrEnum):
    """Where a subscription stands: asked for, active, denied by the hub, being ended."""

    ASKED = "asked"
    ACTIVE = "active"
    DENIED = "denied"
    LEAVING = "leaving"


def offer(session: Session, source_id: str, hub: Hub) -> None:
    """Remember that a feed has this hub; another hub or topic than before is another subscription, with its own token and secret."""
    row = session.get(WebSub, source_id)
    if row is not None and (row.hub, row.topic) == (hub.url, hub.topic):
        if row.state == HubState.LEAVING:
            _change(session, row.token, state=HubState.ASKED, asked_at=None)
        return
    if row is not None:
        session.execute(delete(WebSub).where(col(WebSub.source_id) == source_id))
    fresh = {
        "source_id": source_id,
        "hub": hub.url,
        "topic": hub.topic,
        "token": secrets.token_urlsafe(_BYTES),
        "secret": secrets.token_urlsafe(_BYTES),
        "state": HubState.ASKED,
        "misses": 0,
    }
    insert_new(session, WebSub, fresh)


def leave(session: Session, source_ids: Collection[str]) -> None:
    """Begin to end the subscriptions of all sources but these."""
    away = (col(WebSub.source_id).not_in(source_ids), col(WebSub.state) != HubState.LEAVING)
    session.execute(update(WebSub).where(*away).values(state=HubState.LEAVING, asked_at=None))


def expire(session: Session, now: datetime) -> None:
    """Forget the ended subscriptions that no hub serves any more."""
    over = or_(col(WebSub.lease_until).is_(None), col(WebSub.lease_until) <= now)
    session.execute(delete(WebSub).where(col(WebSub.state) == HubState.LEAVING, over))


def due(session: Session, now: datetime) -> list[WebSub]:
    """Return the subscriptions whose hub is to be asked now."""
    return [row for row in session.exec(select(WebSub).order_by(col(WebSub.source_id))) if _due(row, now)]


def claim(session: Session, row: WebSub, now: datetime) -> bool:
    """Take it on oneself to ask a hub; False when another process did. An active subscription stays active, with its token and secret."""
    before = col(WebSub.asked_at) == row.asked_at if row.asked_at else col(WebSub.asked_at).is_(None)
    state = HubState.ASKED if row.state == HubState.DENIED else row.state
    done = session.execute(
        update(WebSub)
        .where(col(WebSub.token) == row.token, before)
        .values(asked_at=now, state=state)
        .returning(col(WebSub.token))
    )
    return done.one_or_none() is not None


def by_token(session: Session, token: str) -> WebSub | None:
    """Return the subscription that a callback's address names."""
    if not _TOKEN.fullmatch(token):  # not even a question to the database: PostgreSQL takes no NUL
        return None
    return session.exec(select(WebSub).where(col(WebSub.token) == token)).one_or_none()


def activate(session: Session, token: str, until: datetime) -> None:
    """Keep that the hub serves a subscription until then."""
    _change(session, token, state=HubState.ACTIVE, lease_until=until)


def deny(session: Session, token: str) -> None:
    """Keep that the hub does not serve a subscription."""
    _change(session, token, state=HubState.DENIED, lease_until=None)


def forget(session: Session, token: str) -> None:
    """Forget a subscription that the hub ended as it was asked."""
    session.execute(delete(WebSub).where(col(WebSub.token) == token))


def heard(session: Session, token: str, now: datetime) -> None:
    """Keep that the hub pushed: it is alive, whatever it missed before."""
    _change(session, token, pushed_at=now, misses=0)


def poll_soon(session: Session, source_id: str, now: datetime) -> None:
    """Have a source polled at the next tick: its hub says that there is something new."""
    session.execute(update(SourceState).where(col(SourceState.source_id) == source_id).values(next_check_at=now))


def live(session: Session, source_id: str, now: datetime) -> bool:
    """Say whether a source's news comes by itself, so that polling is a backup only."""
    row = session.get(WebSub, source_id)
    return row is not None and _active(row, now) and row.misses < MOST_MISSES


def count_miss(session: Session, source_id: str, now: datetime) -> int:
    """Count a miss when the poll of `now` found what a living hub would have pushed minutes ago; return how many in a row, else 0."""
    row = session.get(WebSub, source_id)
    if row is None or row.asked_at is None or not _active(row, now):
        return 0
    late = (
        select(func.count())
        .select_from(Article)
        .where(
            col(Article.source_id) == source_id,
            col(Article.first_seen_at) == now,
            col(Article.published_at) > row.asked_at,
            col(Article.published_at) < now - _SLOW,
        )
    )
    if not session.exec(late).one():
        return 0
    _change(session, row.token, misses=row.misses + 1)
    return row.misses + 1


def _active(row: WebSub, now: datetime) -> bool:
    return row.state == HubState.ACTIVE and row.lease_until is not None and now < row.lease_until


def _due(row: WebSub, now: datetime) -> bool:
    """Renew at 80 % of the lease, and again when 80 % of what is left has gone by; ask again who did not ask back or fell silent."""
    if row.asked_at is None:
        return True
    if row.state == HubState.DENIED:
        return now >= row.asked_at + _LEFT_ALONE
    if row.state != HubState.ACTIVE or row.lease_until is None or row.lease_until <= now:
        return now >= row.asked_at + _PATIENCE
    if row.misses >= MOST_MISSES:
        return now >= row.asked_at + _AFTER_SILENCE
    renew_at = row.asked_at + _RENEW_AT * (row.lease_until - row.asked_at)
    return now >= max(renew_at, row.asked_at + _SOONEST)


def _change(session: Session, token: str, **values: object) -> None:
    session.execute(update(WebSub).where(col(WebSub.token) == token).values(**values))
