"""The desk's users, the links that sign them in once, and their sessions."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from digest.models import DeskSession, SignInLink, User
from digest.store.rows import insert_new


def add(session: Session, address: str, name: str, role: str, now: datetime) -> bool:
    """Make an account; False when the address has one."""
    return insert_new(session, User, {"address": address, "name": name, "role": role, "created_at": now}) == 1


def find(session: Session, address: str) -> User | None:
    """Return the user of an address."""
    return session.exec(select(User).where(col(User.address) == address)).one_or_none()


def remove(session: Session, address: str) -> bool:
    """Take an account away, with its links and open sessions; False when the address has none."""
    gone = session.execute(delete(User).where(col(User.address) == address).returning(col(User.id)))
    return gone.one_or_none() is not None


def everyone(session: Session) -> list[User]:
    """Return all users by address."""
    return list(session.exec(select(User).order_by(col(User.address))))


def create_link(session: Session, user_id: int, expires_at: datetime) -> int:
    """Make a sign-in link; return its id."""
    link = SignInLink(user_id=user_id, expires_at=expires_at)
    session.add(link)
    session.flush()
    assert link.id is not None  # noqa: S101 -- the flush numbered it
    return link.id


def use_link(session: Session, link_id: int, now: datetime) -> int | None:
    """Use a link up; return its user's id, None when it was used or is out of date."""
    used = session.execute(
        update(SignInLink)
        .where(col(SignInLink.id) == link_id, col(SignInLink.used_at).is_(None), col(SignInLink.expires_at) > now)
        .values(used_at=now)
        .returning(col(SignInLink.user_id))
    )
    return used.scalar_one_or_none()


def open_session(session: Session, cookie_hash: str, user_id: int, now: datetime, expires_at: datetime) -> None:
    """Remember a signed-in browser."""
    session.add(DeskSession(cookie_hash=cookie_hash, user_id=user_id, created_at=now, expires_at=expires_at))


def of_session(session: Session, cookie_hash: str, now: datetime) -> User | None:
    """Return who is signed in with a cookie."""
    statement = (
        select(User)
        .join(DeskSession, col(DeskSession.user_id) == col(User.id))
        .where(col(DeskSession.cookie_hash) == cookie_hash, col(DeskSession.expires_at) > now)
    )
    return session.exec(statement).one_or_none()


def close_session(session: Session, cookie_hash: str) -> None:
    """Forget a signed-in browser."""
    session.execute(delete(DeskSession).where(col(DeskSession.cookie_hash) == cookie_hash))
