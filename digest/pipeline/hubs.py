"""Feeds that are pushed: their hubs are asked to send (W3C WebSub), what they send is taken, and whether they still do is watched."""

import logging
from collections.abc import Mapping
from datetime import datetime

from digest import collect
from digest.config import SourceTable
from digest.errors import SourceError
from digest.models import WebSub
from digest.runtime import Runtime
from digest.sources import websub
from digest.sources.feed import parse_feed
from digest.store import alarms
from digest.store import websub as hubs
from digest.store.base import Session
from digest.store.websub import HubState
from digest.values import Fetched, SourceCategory

SILENT, DENIED = "hub_silent", "hub_denied"
log = logging.getLogger(__name__)


def after_poll(runtime: Runtime, session: Session, table: SourceTable, fetched: Fetched, now: datetime) -> None:
    """Note the hub that a feed names, where hubs can reach us, and whether it had kept quiet about what this poll found new.

    To be called in the transaction that took the poll's articles at `now`.
    """
    hub = fetched.hub
    if hub is not None and websub.safe(runtime.settings.site.url) and websub.usable(hub.url, hub.topic):
        hubs.offer(session, table.id, hub)
    misses = hubs.count_miss(session, table.id, now)
    if misses >= hubs.MOST_MISSES:
        text = f"The hub of {table.id} was silent about new articles {misses} times in a row. It is polled as if there were none."
        alarms.raise_(session, SILENT, table.id, text, now)


def renew_due(runtime: Runtime) -> None:
    """Ask the hubs whose turn it is: to begin, to go on before the lease ends, or to end when the source is configured no more, or so."""
    now = runtime.clock()
    tables = {table.id: table for table in runtime.settings.sources}
    with runtime.store.writing() as session:
        hubs.leave(session, [table.id for table in tables.values() if websub.wanted(table)])
        hubs.expire(session, now)
        claimed = [row for row in hubs.due(session, now) if hubs.claim(session, row, now)]
        session.expunge_all()
    for row in claimed:
        _ask(runtime, row, tables.get(row.source_id))


def verify(runtime: Runtime, token: str, query: Mapping[str, str]) -> str | None:
    """Answer a hub that asks whether we asked (sections 5.2 and 5.3): the challenge, nothing for a denial, None where we did not ask."""
    mode, now = query.get("hub.mode", ""), runtime.clock()
    with runtime.store.writing() as session:
        row = hubs.by_token(session, token)
        if row is None or query.get("hub.topic") != row.topic:
            return None
        leaving = row.state == HubState.LEAVING
        challenge = query.get("hub.challenge", "")
        if mode == "denied" and not leaving:
            _deny(runtime, session, row)
            return ""
        if not challenge or mode != ("unsubscribe" if leaving else "subscribe") or row.state == HubState.DENIED:
            return None
        if leaving:
            hubs.forget(session, token)
        else:
            hubs.activate(session, token, now + websub.lease(query.get("hub.lease_seconds", "")))
            alarms.over(session, DENIED, row.source_id, now)
        return challenge


def receive(runtime: Runtime, token: str, signature: str, body: bytes, content_type: str) -> bool:
    """Take what a hub sends; False where no subscription has this token.

    What is not signed as agreed is ignored without a word (section 8). What holds no articles is news of news: the feed is polled.
    """
    tables = {table.id: table for table in runtime.settings.sources}
    with runtime.store.reading() as session:
        row = hubs.by_token(session, token)
    table = tables.get(row.source_id) if row else None
    if row is None or table is None:
        return False
    if not websub.genuine(signature, row.secret, body):
        log.warning("source %s: something that its hub did not sign was ignored", table.id)
        return True
    fetched = _parsed(body, row.topic, content_type, runtime.clock())
    with runtime.store.writing() as session:
        now = runtime.clock()
        if fetched.articles:  # the source's row first, as in a poll, so that neither waits for the other
            collect.take_pushed(session, table, fetched, now)
        else:
            hubs.poll_soon(session, table.id, now)
        hubs.heard(session, token, now)
        alarms.over(session, SILENT, table.id, now)
    return True


def _ask(runtime: Runtime, row: WebSub, table: SourceTable | None) -> None:
    """Ask a hub; one that cannot be reached is asked again by itself, and polling goes on meanwhile."""
    site = runtime.settings.site.url
    here = websub.loopback(site)  # only a hub of this machine could call back
    try:
        websub.ask(
            runtime.http,
            "unsubscribe" if row.state == HubState.LEAVING else "subscribe",
            row.hub,
            topic=row.topic,
            callback=f"{site.rstrip('/')}/websub/{row.token}",
            secret=row.secret,
            allow_private=here or (table is not None and table.allow_private_addresses),
        )
    except SourceError as error:
        log.warning("source %s: its hub: %s", row.source_id, error)


def _deny(runtime: Runtime, session: Session, row: WebSub) -> None:
    hubs.deny(session, row.token)
    text = f"The hub of {row.source_id} sends nothing to us. The source is polled as before; the hub is asked again in a week."
    alarms.raise_(session, DENIED, row.source_id, text, runtime.clock())


def _parsed(body: bytes, topic: str, content_type: str, now: datetime) -> Fetched:
    """Read a push as the feed that it is part of; what is none has no articles."""
    try:
        parsed = parse_feed(body, topic, content_type, now)
    except SourceError:
        return Fetched()
    names = dict.fromkeys(name for one in parsed.articles for name in one.categories)
    return Fetched(articles=parsed.articles, categories=tuple(SourceCategory(key=name, name=name) for name in names))
