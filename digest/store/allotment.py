"""A wave's readers → deliveries in batches, by one statement for each range of subscriptions: every candidate gets its row."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy
from sqlalchemy import ColumnElement, and_, case, delete, exists, func, insert, literal, update
from sqlmodel import Session

from digest.models import Batch, Delivery, ReaderGroup, Subscriber, Subscription, Suppression, Wave
from digest.store.audience import Audience, columns_of, matches, owed, paused
from digest.store.rows import table_of
from digest.values import DeliveryState, Excluded

_S, _P, _X = table_of(Subscription), table_of(Subscriber), table_of(Suppression)
_G, _D, _B = table_of(ReaderGroup), table_of(Delivery), table_of(Batch)
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


@dataclass(frozen=True, slots=True)
class Range:
    """Some subscriptions of a wave's readers, by their ids: above `after`, up to `through`; `most` of them."""

    wave: Wave
    audience: Audience
    after: int
    through: int
    most: int


def allot(
    session: Session, mine: Range, *, due_at: datetime, expires_at: datetime, size: int, now: datetime
) -> list[int]:
    """Write a range's deliveries, `size` to a batch; return the batches' ids. Who has a row of the edition already gets no second.

    Each combination has its group by now. A subscriber under a ban, paused, or in a group that gets nothing is excluded at once.
    """
    readers = _readers(mine)
    is_owed = readers.c.reason == ""
    batches = _batches(session, mine.wave, -(-mine.most // size), due_at, expires_at)
    nth = func.sum(case((is_owed, 1), else_=0)).over(order_by=readers.c.subscription_id)
    counted = sqlalchemy.select(readers, ((nth - 1) // literal(size, sqlalchemy.Integer)).label("nth")).subquery()
    numbered = (
        sqlalchemy.select(_B.c.id, (func.row_number().over(order_by=_B.c.id) - 1).label("nth"))
        .where(_B.c.id.in_(batches))
        .subquery()
    )
    is_owed = counted.c.reason == ""
    statement = (
        sqlalchemy.select(
            literal(mine.wave.edition_id),
            counted.c.subscriber_id,
            counted.c.subscription_id,
            counted.c.rendering_id,
            numbered.c.id,
            case((is_owed, DeliveryState.QUEUED.value), else_=DeliveryState.EXCLUDED.value),
            counted.c.reason,
            literal(""),
            literal(""),
            literal(now, _D.c.changed_at.type),
        )
        .select_from(counted.outerjoin(numbered, and_(is_owed, numbered.c.nth == counted.c.nth)))
        .order_by(counted.c.subscription_id)
    )
    session.execute(insert(_D).from_select(_COLUMNS, statement))
    _remember(session, mine, batches)
    return _used(session, batches)


def _readers(mine: Range) -> sqlalchemy.Subquery:
    """Return a range's readers, each with the rendering of their group and the reason, if any, for getting nothing."""
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
            reason.label("reason"),
        )
        .select_from(source)
        .where(*_in_range(mine), ~known)
        .subquery()
    )


def _in_range(mine: Range) -> list[ColumnElement[bool]]:
    return [*owed(mine.audience), _S.c.id > mine.after, _S.c.id <= mine.through]


def _batches(session: Session, wave: Wave, number: int, due_at: datetime, expires_at: datetime) -> list[int]:
    rows = [
        Batch(edition_id=wave.edition_id, wave_id=wave.id, due_at=due_at, expires_at=expires_at) for _ in range(number)
    ]
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows if row.id is not None]


def _used(session: Session, batches: list[int]) -> list[int]:
    """Drop the batches that nobody is in, for who is excluded needs none; return the others."""
    used = set(session.execute(sqlalchemy.select(_D.c.batch_id).where(_D.c.batch_id.in_(batches)).distinct()).scalars())
    session.execute(delete(_B).where(_B.c.id.in_([one for one in batches if one not in used])))
    return [one for one in batches if one in used]


def _remember(session: Session, mine: Range, batches: list[int]) -> None:
    """Move the readers of these batches on to the history that they have with this edition."""
    columns, source = columns_of(mine.audience)
    taken = sqlalchemy.select(_D.c.subscription_id).where(_D.c.batch_id.in_(batches))
    following = (
        sqlalchemy.select(_S.c.id.label("id"), _G.c.next_history_id.label("next"))
        .select_from(source.join(_G, and_(_G.c.wave_id == mine.wave.id, *matches(columns))))
        .where(*_in_range(mine), _S.c.id.in_(taken))
        .subquery()
    )
    session.execute(update(_S).where(_S.c.id == following.c.id).values(history_id=following.c.next))
