"""A wave's readers → deliveries in batches, by one statement for each range of subscriptions: every candidate gets its row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Integer,
    MetaData,
    String,
    Table,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    update,
)
from sqlmodel import Session

from digest.models import Batch, Delivery, ReaderGroup, Subscriber, Subscription, Suppression, Wave
from digest.store.audience import Audience, columns_of, matches, owed, paused
from digest.store.rows import table_of
from digest.values import DeliveryState, Excluded

_S, _P, _X = table_of(Subscription), table_of(Subscriber), table_of(Suppression)
_G, _D = table_of(ReaderGroup), table_of(Delivery)
_COLUMNS = (
    "edition_id",
    "subscriber_id",
    "subscription_id",
    "rendering_id",
    "batch_id",
    "state",
    "reason",
    "provider_id",
    "reply",
    "changed_at",
)
# A range's readers are looked up once, into a table of this connection alone, and written from there twice.
_A = Table(
    "allotted",
    MetaData(),
    Column("subscription_id", BigInteger, primary_key=True, autoincrement=False),
    Column("subscriber_id", BigInteger),
    Column("rendering_id", BigInteger),
    Column("next_history_id", BigInteger),
    Column("reason", String),
    Column("lane", String),
    Column("place", Integer),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DELETE ROWS",
)


@dataclass(frozen=True, slots=True)
class Range:
    """Some subscriptions of a wave's readers, by their ids: above `after`, up to `through`."""

    wave: Wave
    audience: Audience
    after: int
    through: int


def prepare(session: Session) -> None:
    """Have PostgreSQL count a wave's groups, written all at once: believing that there are none it would compare each with each."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sqlalchemy.text("ANALYZE reader_group"))


def by_key(session: Session) -> None:
    """Have PostgreSQL read a range by its keys in this transaction: as rows move it would come to read whole tables for each range."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sqlalchemy.text("SET LOCAL enable_seqscan = off"))
        session.execute(sqlalchemy.text("SET LOCAL random_page_cost = 1.1"))


def allot(
    session: Session, mine: Range, *, due_at: datetime, expires_at: datetime, size: int, now: datetime
) -> list[int]:
    """Write a range's deliveries, `size` to a batch; return the batches' ids. Who has a row of the edition already gets no second.

    Each combination has its group by now. A subscriber under a ban, paused, or in a group that gets nothing is excluded at once.
    """
    _look_up(session, mine)
    batches = _batches(session, mine.wave, _sizes(session, size), due_at, expires_at)
    is_owed = _A.c.reason == ""
    statement = sqlalchemy.select(
        literal(mine.wave.edition_id),
        _A.c.subscriber_id,
        _A.c.subscription_id,
        _A.c.rendering_id,
        _batch_of(batches, size),
        case((is_owed, DeliveryState.QUEUED.value), else_=DeliveryState.EXCLUDED.value),
        _A.c.reason,
        literal(""),
        literal(""),
        literal(now, _D.c.changed_at.type),
    ).order_by(_A.c.subscription_id)
    session.execute(insert(_D).from_select(_COLUMNS, statement))
    # With this edition its readers have the next history.
    session.execute(update(_S).where(_S.c.id == _A.c.subscription_id, is_owed).values(history_id=_A.c.next_history_id))
    return [id_ for found in batches.values() for id_ in found]


def _look_up(session: Session, mine: Range) -> None:
    """Find a range's readers, each with what their group gets, the reason, if any, for nothing, and their place in their lane."""
    connection = session.connection()
    _A.create(connection, checkfirst=True)
    session.execute(_A.delete())  # SQLite keeps its rows from one transaction to the next
    readers = _readers(mine)
    counted = func.sum(case((readers.c.reason == "", 1), else_=0))
    place = counted.over(partition_by=readers.c.lane, order_by=readers.c.subscription_id) - 1
    found = sqlalchemy.select(readers, place.label("place"))
    session.execute(insert(_A).from_select([column.name for column in _A.columns], found))


def _readers(mine: Range) -> sqlalchemy.Subquery:
    columns, source = columns_of(mine.audience)
    source = (
        source.join(_P, _P.c.id == _S.c.subscriber_id)
        .outerjoin(_X, _X.c.address_hash == _P.c.address_hash)
        .join(_G, and_(_G.c.wave_id == mine.wave.id, *matches(columns)))
    )
    reason = case(
        (_X.c.address_hash.is_not(None), Excluded.SUPPRESSED.value),
        (paused(mine.audience.day), Excluded.PAUSED.value),
        else_=_G.c.reason,
    )
    known = exists().where(_D.c.edition_id == mine.wave.edition_id, _D.c.subscriber_id == _S.c.subscriber_id)
    return (
        sqlalchemy.select(
            _S.c.id.label("subscription_id"),
            _S.c.subscriber_id,
            _G.c.rendering_id,
            _G.c.next_history_id,
            reason.label("reason"),
            _P.c.lane,
        )
        .select_from(source)
        .where(*_in_range(mine), ~known)
        .subquery()
    )


def _in_range(mine: Range) -> list[ColumnElement[bool]]:
    return [*owed(mine.audience), _S.c.id > mine.after, _S.c.id <= mine.through]


def _sizes(session: Session, size: int) -> dict[str, int]:
    """Return how many batches of `size` each lane of the range needs."""
    statement = (
        sqlalchemy.select(_A.c.lane, func.count()).where(_A.c.reason == "").group_by(_A.c.lane).order_by(_A.c.lane)
    )
    return {lane: -(-number // size) for lane, number in session.execute(statement)}


def _batch_of(batches: Mapping[str, list[int]], size: int) -> ColumnElement[Any]:
    """Return the batch of a reader by their lane and place; who is owed nothing is in none."""
    if not batches:
        return sqlalchemy.null()
    number = _A.c.place // literal(size, Integer)
    by_lane = {
        lane: case({at: literal(id_, BigInteger) for at, id_ in enumerate(found)}, value=number)
        for lane, found in batches.items()
    }
    return case((_A.c.reason == "", case(by_lane, value=_A.c.lane)), else_=None)


def _batches(
    session: Session, wave: Wave, numbers: Mapping[str, int], due_at: datetime, expires_at: datetime
) -> dict[str, list[int]]:
    """Make so many batches for each lane; return their ids."""
    rows = [
        Batch(edition_id=wave.edition_id, wave_id=wave.id, lane=lane, due_at=due_at, expires_at=expires_at)
        for lane, number in numbers.items()
        for _ in range(number)
    ]
    session.add_all(rows)
    session.flush()
    found: dict[str, list[int]] = {}
    for row in rows:
        found.setdefault(row.lane, []).append(row.id or 0)
    return found
