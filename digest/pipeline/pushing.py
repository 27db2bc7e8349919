"""Pushed articles → articles: a signed request is taken once, whole, and says of each article what became of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from digest import collect
from digest.config import SourceTable
from digest.errors import UsageError
from digest.runtime import Runtime
from digest.store import pushes
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
_MARKS = ("paywalled", "breaking", "sticky", "priority", "lead_category", "translation_group")


def store(runtime: Runtime, table: SourceTable, signature: str, found: Sequence[FetchedArticle]) -> list[Outcome]:
    """Keep pushed articles, all in one transaction; return what became of each, in order. Raises ReplayError."""
    now = runtime.clock()
    ids = {one.external_id for one in found}
    with runtime.store.writing() as session:
        _begin(session, table, signature, now)
        known = pushes.known(session, table.id, ids)
        outcomes = _judged(found, known, table.id)
        taken = [one for one, outcome in zip(found, outcomes, strict=True) if outcome in _TAKEN]
        if not taken:
            return outcomes
        collect.take(session, table, Fetched(articles=tuple(taken), categories=_categories(taken)), now)
        kept = pushes.known(session, table.id, ids)
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


def _judged(found: Sequence[FetchedArticle], known: Mapping[str, Pushed], source_id: str) -> list[Outcome]:
    seen: Counter[str] = Counter()
    outcomes = []
    for one in found:
        pushed = known.get(one.external_id)
        outcomes.append(Outcome.TWICE if seen[one.external_id] else _outcome(one, pushed, source_id))
        seen[one.external_id] += 1
    return outcomes


def _outcome(one: FetchedArticle, pushed: Pushed | None, source_id: str) -> Outcome:
    """Compare with what is kept. A revision names one content: less than the kept one is late, the same with another content a mistake.

    Where another source spoke for the article until now, there is nothing to compare with.
    """
    if pushed is None:
        return Outcome.NEW
    row = pushed.article
    if row.source_id != source_id:
        return Outcome.CHANGED
    same = (
        collect.content_hash(one) == row.content_hash
        and pushed.categories == frozenset(one.categories)
        and all(getattr(row, name) == getattr(one, name) for name in _MARKS)
    )
    if one.revision is not None and row.source_revision is not None:
        if one.revision < row.source_revision:
            return Outcome.OLDER
        if one.revision == row.source_revision and not same:
            return Outcome.DIFFERENT
    newer = one.revision is not None and one.revision != row.source_revision
    return Outcome.UNCHANGED if same and not newer and row.withdrawn_at is None else Outcome.CHANGED


def _categories(taken: Sequence[FetchedArticle]) -> tuple[SourceCategory, ...]:
    names = dict.fromkeys(name for one in taken for name in one.categories)
    return tuple(SourceCategory(key=name, name=name) for name in names)
