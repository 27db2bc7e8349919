"""Editions and their numbers: found or created once for each local date, moved from state to state by conditional updates."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, func, update
from sqlmodel import Session, col, select

from digest.models import Article, Edition, NewsletterState, Pick
from digest.store.picks import left_out, picks, printed, revision, save_draft
from digest.store.renderings import (
    add_rendering,
    blocks,
    corrections_told,
    drop_frozen,
    had_by_rendering,
    home_had,
    looks,
    make_home,
    recipe,
    recipes,
    recipes_of,
    save_frozen,
    withdrawn,
)
from digest.store.rows import insert_new
from digest.values import EditionState

__all__ = [
    "add_alert",
    "add_rendering",
    "alerts",
    "blocks",
    "breaking",
    "change",
    "corrections_told",
    "drop_frozen",
    "find",
    "find_or_create",
    "get",
    "had_by_rendering",
    "home_had",
    "in_states",
    "is_known",
    "is_paused",
    "latest",
    "left_out",
    "lock",
    "locked",
    "looks",
    "make_home",
    "move",
    "next_number",
    "picks",
    "previous",
    "printed",
    "printed_before",
    "recent",
    "recipe",
    "recipes",
    "recipes_of",
    "revision",
    "save_draft",
    "save_frozen",
    "standing",
    "take_number",
    "withdrawn",
]


def find_or_create(
    session: Session, newsletter_id: str, edition_date: date, *, slot_at: datetime, freeze_at: datetime
) -> Edition:
    """Return the one edition of a newsletter's local date, made now if need be; the unique key lets two processes ask at once."""
    insert_new(session, Edition, _values(newsletter_id, edition_date, 0, slot_at, freeze_at))
    found = find(session, newsletter_id, edition_date)
    assert found is not None  # noqa: S101 -- inserted, or there before
    return found


def add_alert(session: Session, newsletter_id: str, edition_date: date, *, at: datetime, most: int) -> Edition | None:
    """Make the next alert of a local date, which leaves at once; None when it has `most`. Call it under `lock`."""
    this_day = col(Edition.newsletter) == newsletter_id, col(Edition.edition_date) == edition_date
    alert = session.exec(select(func.max(Edition.alert)).where(*this_day)).one() or 0
    if alert >= most:
        return None
    insert_new(session, Edition, _values(newsletter_id, edition_date, alert + 1, at, at))
    return find(session, newsletter_id, edition_date, alert + 1)


def lock(session: Session, newsletter_id: str) -> None:
    """Let no other transaction make an alert of a newsletter, or number an edition of it, until this one ends."""
    _state_row(session, newsletter_id)
    session.exec(
        select(NewsletterState).where(col(NewsletterState.newsletter) == newsletter_id).with_for_update()
    ).one()


def _values(newsletter_id: str, day: date, alert: int, slot_at: datetime, freeze_at: datetime) -> dict[str, Any]:
    return {
        "newsletter": newsletter_id,
        "edition_date": day,
        "alert": alert,
        "state": EditionState.PLANNED,
        "reason": "",
        "slot_at": slot_at,
        "freeze_at": freeze_at,
        "subject": "",
        "preheader": "",
        "note": "",
        "approved_by": "",
        "catches_up": False,
    }


def find(session: Session, newsletter_id: str, edition_date: date, alert: int = 0) -> Edition | None:
    """Return an edition by its date, if there is one."""
    statement = select(Edition).where(
        col(Edition.newsletter) == newsletter_id,
        col(Edition.edition_date) == edition_date,
        col(Edition.alert) == alert,
    )
    return session.exec(statement).one_or_none()


def get(session: Session, edition_id: int) -> Edition:
    """Return an edition by its id, as the database has it now."""
    return session.exec(
        select(Edition).where(col(Edition.id) == edition_id).execution_options(populate_existing=True)
    ).one()


def locked(session: Session, edition_id: int) -> Edition:
    """Return an edition that no other transaction changes until this one ends. Who changes its waves too takes it before them."""
    statement = select(Edition).where(col(Edition.id) == edition_id).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).one()


def standing(session: Session, newsletter_id: str, states: Collection[EditionState], before: date) -> list[Edition]:
    """Return a newsletter's digests in some states that are dated before a date, oldest first."""
    statement = select(Edition).where(
        col(Edition.newsletter) == newsletter_id,
        col(Edition.alert) == 0,
        col(Edition.state).in_(states),
        col(Edition.edition_date) < before,
    )
    return list(session.exec(statement.order_by(col(Edition.edition_date))))


def is_known(session: Session, newsletter_id: str, before: date) -> bool:
    """Say whether a newsletter has an edition dated before a date: then this installation ran already."""
    statement = select(Edition.id).where(col(Edition.newsletter) == newsletter_id, col(Edition.edition_date) < before)
    return session.exec(statement.limit(1)).one_or_none() is not None


def previous(session: Session, newsletter_id: str, before: date) -> Edition | None:
    """Return a newsletter's last digest dated before a date."""
    statement = (
        select(Edition)
        .where(col(Edition.newsletter) == newsletter_id, col(Edition.edition_date) < before, col(Edition.alert) == 0)
        .order_by(col(Edition.edition_date).desc())
        .limit(1)
    )
    return session.exec(statement).one_or_none()


def change(session: Session, edition_id: int, **changes: Any) -> None:  # noqa: ANN401 -- columns of many types
    """Change some columns of an edition."""
    session.execute(update(Edition).where(col(Edition.id) == edition_id).values(**changes))


def latest(session: Session, newsletter_id: str) -> Edition | None:
    """Return the newest digest of a newsletter."""
    return next(iter(recent(session, newsletter_id, limit=1)), None)


def recent(session: Session, newsletter_id: str, limit: int = 50) -> list[Edition]:
    """Return the newest digests of a newsletter, newest first."""
    statement = (
        select(Edition)
        .where(col(Edition.newsletter) == newsletter_id, col(Edition.alert) == 0)
        .order_by(col(Edition.edition_date).desc())
        .limit(limit)
    )
    return list(session.exec(statement))


def alerts(session: Session, newsletter_id: str, states: Collection[EditionState]) -> list[Edition]:
    """Return a newsletter's alerts in some states, oldest first."""
    statement = select(Edition).where(
        col(Edition.newsletter) == newsletter_id, col(Edition.alert) > 0, col(Edition.state).in_(states)
    )
    return list(session.exec(statement.order_by(col(Edition.slot_at), col(Edition.id))))


def breaking(session: Session, newsletter_id: str, since: datetime, now: datetime) -> frozenset[int]:
    """Return the breaking articles of a span that no alert of a newsletter was made for and that no digest printed."""
    given = (
        exists()
        .where(
            col(Pick.article_id) == col(Article.id),
            col(Edition.id) == col(Pick.edition_id),
            col(Edition.newsletter) == newsletter_id,
            col(Edition.frozen_at).is_not(None) | (col(Edition.alert) > 0),
        )
        .correlate(Article)
    )
    statement = select(Article.id).where(
        col(Article.breaking), col(Article.published_at) >= since, col(Article.eligible_at) <= now, ~given
    )
    return frozenset(id_ for id_ in session.exec(statement) if id_ is not None)


def printed_before(session: Session, newsletter_ids: Collection[str], day: date) -> frozenset[int]:
    """Return the articles that editions of these newsletters printed that are dated before a day."""
    statement = (
        select(Pick.article_id)
        .join(Edition, col(Edition.id) == col(Pick.edition_id))
        .where(
            col(Edition.newsletter).in_(newsletter_ids),
            col(Edition.edition_date) < day,
            col(Edition.frozen_at).is_not(None),
        )
    )
    return frozenset(session.exec(statement.distinct()))


def in_states(session: Session, states: Collection[EditionState]) -> list[Edition]:
    """Return all editions in some states, oldest first."""
    return list(session.exec(select(Edition).where(col(Edition.state).in_(states)).order_by(col(Edition.slot_at))))


def move(
    session: Session,
    edition_id: int,
    *,
    source: Collection[EditionState],
    to: EditionState,
    **changes: Any,  # noqa: ANN401 -- columns of many types
) -> bool:
    """Move an edition to a state if it is in one of `source`, with other columns in the same update; False when it is not."""
    moved = session.execute(
        update(Edition)
        .where(col(Edition.id) == edition_id, col(Edition.state).in_(source))
        .values(state=to, **changes)
        .returning(col(Edition.id))
    )
    return moved.one_or_none() is not None


def next_number(session: Session, newsletter_id: str) -> int:
    """Return the number that the next edition will carry."""
    last = session.exec(
        select(NewsletterState.last_number).where(col(NewsletterState.newsletter) == newsletter_id)
    ).one_or_none()
    return (last or 0) + 1


def take_number(session: Session, edition_id: int) -> int:
    """Give an edition its number, once; a number is never used again."""
    edition = get(session, edition_id)
    if edition.number is not None:
        return edition.number
    _state_row(session, edition.newsletter)
    number = session.execute(
        update(NewsletterState)
        .where(col(NewsletterState.newsletter) == edition.newsletter)
        .values(last_number=NewsletterState.last_number + 1)
        .returning(col(NewsletterState.last_number))
    ).scalar_one()
    session.execute(update(Edition).where(col(Edition.id) == edition_id).values(number=number))
    return int(number)


def _state_row(session: Session, newsletter_id: str) -> None:
    insert_new(session, NewsletterState, {"newsletter": newsletter_id, "last_number": 0, "paused": False})


def is_paused(session: Session, newsletter_id: str) -> bool:
    """Say whether an operator paused a newsletter."""
    statement = select(NewsletterState.paused).where(col(NewsletterState.newsletter) == newsletter_id)
    return bool(session.exec(statement).one_or_none())
