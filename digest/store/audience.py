"""Who is owed a wave: a newsletter's subscriptions by their clocks and frequencies, and the combinations of what they chose and had."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy
from sqlalchemy import ColumnElement, FromClause, Text, and_, case, cast, false, func, literal, or_
from sqlmodel import Session, col, select

from digest.models import ReaderGroup, Subscription
from digest.store.rows import table_of
from digest.values import SubscriptionState

_S = table_of(Subscription)
_G = table_of(ReaderGroup)


@dataclass(frozen=True, slots=True)
class Audience:
    """The active subscriptions of a newsletter that one wave is for.

    `clocks` are theirs, `away` the frequencies that do not fall on `day`; who subscribed after `new_since` is new. `shares` are the
    newsletters whose readers' history counts here too.
    """

    newsletter: str
    day: date
    clocks: tuple[str, ...]
    away: tuple[str, ...]
    new_since: datetime
    shares: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Combination:
    """What some readers of a wave chose and had alike, each column as it stands in the database."""

    sections: str
    section_frequency: str
    frequency: str
    language: str
    length: str
    text_size: str
    histories: str
    is_new: bool

    @property
    def chosen(self) -> tuple[str, ...]:
        """The sections they chose; none means all."""
        return tuple(json.loads(self.sections))

    @property
    def own_frequencies(self) -> Mapping[str, str]:
        """The frequency of single sections, where it is another."""
        found: Mapping[str, str] = json.loads(self.section_frequency)
        return found

    @property
    def history_ids(self) -> tuple[int, ...]:
        """Their histories: this newsletter's first."""
        return tuple(int(one) for one in self.histories.split(",") if one)


def clocks(session: Session, newsletter_id: str) -> list[str]:
    """Return the different clocks of a newsletter's active subscriptions: a look into the index for each, however many share it."""
    mine = _S.c.newsletter == newsletter_id, _S.c.state == SubscriptionState.ACTIVE
    first = sqlalchemy.select(func.min(_S.c.clock).label("clock")).where(*mine)
    found = first.cte("clocks", recursive=True)
    following = sqlalchemy.select(func.min(_S.c.clock)).where(*mine, _S.c.clock > found.c.clock).scalar_subquery()
    found = found.union_all(sqlalchemy.select(following).where(found.c.clock.is_not(None)))
    return sorted(session.execute(sqlalchemy.select(found.c.clock).where(found.c.clock.is_not(None))).scalars())


def count(session: Session, newsletter_id: str) -> int:
    """Return how many subscriptions of a newsletter are active."""
    statement = select(func.count()).where(
        col(Subscription.newsletter) == newsletter_id, col(Subscription.state) == SubscriptionState.ACTIVE
    )
    return session.exec(statement).one()


def choices(session: Session, newsletter_id: str) -> list[tuple[Combination, str, int]]:
    """Return what the active subscriptions of a newsletter chose, without language, look or history: choices, clock, how many."""
    columns = [
        cast(_S.c.sections, Text).label("sections"),
        cast(_S.c.section_frequency, Text).label("section_frequency"),
        _S.c.frequency,
        _S.c.clock,
    ]
    statement = (
        sqlalchemy.select(*columns, func.count())
        .where(_S.c.newsletter == newsletter_id, _S.c.state == SubscriptionState.ACTIVE)
        .group_by(*columns)
    )
    found = [
        (Combination(sections, own, frequency, "", "", "", "", is_new=False), clock, number)
        for sections, own, frequency, clock, number in session.execute(statement)
    ]
    return sorted(found, key=repr)


def combinations(session: Session, audience: Audience) -> list[Combination]:
    """Return the different combinations among the readers of a wave, in a stable order."""
    columns, source = columns_of(audience)
    statement = sqlalchemy.select(*columns).select_from(source).where(*owed(audience)).distinct()
    return _ordered(session.execute(statement))


def without_group(session: Session, audience: Audience, wave_id: int, *, after: int, through: int) -> list[Combination]:
    """Return the combinations in a range of subscription ids for which the wave has no group yet."""
    columns, source = columns_of(audience)
    source = source.outerjoin(_G, and_(_G.c.wave_id == wave_id, *matches(columns)))
    statement = (
        sqlalchemy.select(*columns)
        .select_from(source)
        .where(*owed(audience), _S.c.id > after, _S.c.id <= through, _G.c.id.is_(None))
        .distinct()
    )
    return _ordered(session.execute(statement))


def unsettled(session: Session, audience: Audience, *, after: int, through: int) -> list[int]:
    """Return the subscriptions of a range whose history, or that of a newsletter it is shared with, has to be worked out."""
    mine = sqlalchemy.select(_S.c.subscriber_id).where(*owed(audience), _S.c.id > after, _S.c.id <= through)
    statement = sqlalchemy.select(_S.c.id).where(
        _S.c.history_id.is_(None),
        or_(
            and_(*owed(audience), _S.c.id > after, _S.c.id <= through),
            and_(_S.c.newsletter.in_(audience.shares), _S.c.subscriber_id.in_(mine)) if audience.shares else false(),
        ),
    )
    return list(session.execute(statement).scalars())


def next_range(session: Session, audience: Audience, after: int, limit: int) -> tuple[int, int]:
    """Return the last id of the next `limit` subscriptions of a wave's readers, and how many they are: 0 at the end."""
    mine = sqlalchemy.select(_S.c.id).where(*owed(audience), _S.c.id > after).order_by(_S.c.id).limit(limit).subquery()
    last, number = session.execute(sqlalchemy.select(func.max(mine.c.id), func.count())).one()
    return last or after, number


def owed(audience: Audience) -> list[ColumnElement[bool]]:
    """Return what makes a subscription one of a wave's."""
    return [
        _S.c.newsletter == audience.newsletter,
        _S.c.state == SubscriptionState.ACTIVE,
        _S.c.clock.in_(audience.clocks),
        _S.c.frequency.not_in(audience.away),
    ]


def paused(day: date) -> ColumnElement[bool]:
    """Return whether a subscription is paused on a day."""
    return and_(_S.c.paused_at.is_not(None), or_(_S.c.paused_until.is_(None), _S.c.paused_until > day))


def columns_of(audience: Audience) -> tuple[list[ColumnElement[Any]], FromClause]:
    """Return the columns of a combination, and what they are selected from."""
    source: FromClause = _S
    histories: ColumnElement[str] = func.coalesce(cast(_S.c.history_id, Text), literal(""))
    for number, other in enumerate(audience.shares):
        theirs = _S.alias(f"shared_{number}")
        source = source.outerjoin(
            theirs, and_(theirs.c.subscriber_id == _S.c.subscriber_id, theirs.c.newsletter == other)
        )
        histories = histories + literal(",") + func.coalesce(cast(theirs.c.history_id, Text), literal(""))
    columns: list[ColumnElement[Any]] = [
        cast(_S.c.sections, Text).label("sections"),
        cast(_S.c.section_frequency, Text).label("section_frequency"),
        _S.c.frequency,
        _S.c.language,
        _S.c.length,
        _S.c.text_size,
        histories.label("histories"),
        case((func.coalesce(_S.c.confirmed_at, _S.c.created_at) > audience.new_since, True), else_=False).label(
            "is_new"
        ),
    ]
    return columns, source


def matches(columns: Sequence[ColumnElement[Any]]) -> list[ColumnElement[bool]]:
    """Return what joins a subscription to its group: every column of the combination is the same."""
    names = ("sections", "section_frequency", "frequency", "language", "length", "text_size", "histories", "is_new")
    return [_G.c[name] == getattr(column, "element", column) for name, column in zip(names, columns, strict=True)]


def _ordered(rows: sqlalchemy.Result[Any]) -> list[Combination]:
    found = (Combination(**{**row, "is_new": bool(row["is_new"])}) for row in rows.mappings())
    return sorted(found, key=repr)
