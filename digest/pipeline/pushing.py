"""Pushed articles → articles: a signed request is taken once, whole, and says of each article what became of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from digest import collect
from digest.config import SourceTable
from digest.errors import UsageError
from digest.runtime import Runtime
from digest.store import articles, pushes
from digest.store.base import Session
from digest.store.pushes import Pushed
from digest.values import Fetched, FetchedArticle, SourceCategory


class ReplayError(UsageError):
    """This very request was taken before."""


class Outcome(StrEnum):
    """What became of one pushed article."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    OLDER = "older"
    DIFFERENT = "different"
    TWICE = "twice"
    GONE = "gone"


_TAKEN = (Outcome.NEW, Outcome.CHANGED)


def store(runtime: Runtime, table: SourceTable, signature: str, found: Sequence[FetchedArticle]) -> list[Outcome]:
    """Keep pushed articles, all in one transaction; return what became of each, in order. Raises ReplayError."""
    now = runtime.clock()
    ids = {one.external_id for one in found}
    with runtime.store.writing() as session:
        _begin(session, table, signature, now)
        known = pushes.known(session, table.id, ids)
        outcomes = _judged(found, known)
        taken = [one for one, outcome in zip(found, outcomes, strict=True) if outcome in _TAKEN]
        if not taken:
            return outcomes
        collect.take(session, table, Fetched(articles=tuple(taken), categories=_categories(taken)), now)
        kept = pushes.known(session, table.id, ids)
        for one in taken:
            if one.external_id in known:
                _mark(session, table, kept[one.external_id], one, now)
    return [outcome if one.external_id in kept else Outcome.GONE for one, outcome in zip(found, outcomes, strict=True)]


def withdraw(runtime: Runtime, table: SourceTable, signature: str, external_id: str) -> bool:
    """Withdraw an article, however often it is asked; False when the source never pushed it. Raises ReplayError."""
    now = runtime.clock()
    with runtime.store.writing() as session:
        _begin(session, table, signature, now)
        if external_id not in pushes.known(session, table.id, {external_id}):
            return False
        collect.take(session, table, Fetched(gone=(external_id,)), now)
    return True


def _begin(session: Session, table: SourceTable, signature: str, now: datetime) -> None:
    if not pushes.begin(session, table.id, signature, now):
        raise ReplayError(hint="Sign it again with the present time.")


def _judged(found: Sequence[FetchedArticle], known: Mapping[str, Pushed]) -> list[Outcome]:
    seen: Counter[str] = Counter()
    outcomes = []
    for one in found:
        outcomes.append(Outcome.TWICE if seen[one.external_id] else _outcome(one, known.get(one.external_id)))
        seen[one.external_id] += 1
    return outcomes


def _outcome(one: FetchedArticle, pushed: Pushed | None) -> Outcome:
    """Compare with what is kept. A revision names one content: less than the kept one is late, the same with another content a mistake."""
    if pushed is None:
        return Outcome.NEW
    row = pushed.article
    same = (
        collect.content_hash(one) == row.content_hash
        and pushed.categories == frozenset(one.categories)
        and all(getattr(row, name) == value for name, value in _marks(one).items() if name != "source_revision")
    )
    if one.revision is not None and row.source_revision is not None:
        if one.revision < row.source_revision:
            return Outcome.OLDER
        if one.revision == row.source_revision and not same:
            return Outcome.DIFFERENT
    newer = one.revision is not None and one.revision != row.source_revision
    return Outcome.UNCHANGED if same and not newer and row.withdrawn_at is None else Outcome.CHANGED


def _mark(session: Session, table: SourceTable, pushed: Pushed, one: FetchedArticle, now: datetime) -> None:
    """Bring up to date what its words do not show: marks, revision, categories taken away, and a wait that is called off."""
    row = pushed.article
    if row.id is None or row.source_id != table.id:
        return
    values: dict[str, Any] = _marks(one)
    if (one.breaking or not one.settles) and row.published_at <= now < row.eligible_at:
        values["eligible_at"] = now
    articles.change(session, row.id, values)
    if not one.categories:
        articles.take_out(session, table.id, [row.id])


def _marks(one: FetchedArticle) -> dict[str, Any]:
    marks: dict[str, Any] = {
        "paywalled": one.paywalled,
        "breaking": one.breaking,
        "sticky": one.sticky,
        "priority": one.priority,
        "lead_category": one.lead_category,
        "translation_group": one.translation_group,
    }
    return marks if one.revision is None else {**marks, "source_revision": one.revision}


def _categories(taken: Sequence[FetchedArticle]) -> tuple[SourceCategory, ...]:
    names = dict.fromkeys(name for one in taken for name in one.categories)
    return tuple(SourceCategory(key=name, name=name) for name in names)
