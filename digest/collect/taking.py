"""What one source gave → articles: known ones brought up to date, new ones kept with their names and words, in one transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from digest.collect.adding import add
from digest.collect.clocks import ahead, mostly_ahead
from digest.collect.health import configured, succeeded
from digest.collect.identity import Story, loose, named, sharing, stories
from digest.collect.recognising import Recognised, recognise
from digest.collect.updating import update, withdraw
from digest.config import SourceTable
from digest.models import SourceState
from digest.store import articles, sources, tombstones
from digest.store.base import Session
from digest.values import Collected, Fetched, FetchedArticle, Validators

MOST_PURGED = tombstones.MOST


def take(session: Session, source: SourceTable, fetched: Fetched, now: datetime) -> Collected:
    """Keep what a source gave: new and changed articles, what it withdrew, names, categories, and the source's validators.

    The first answer of a source, or of the site that it is now, is its baseline: what is old in it is kept and never mailed. What is
    pushed is meant, always.
    """
    articles.one_at_a_time(session)
    row = sources.row(session, source.id)
    configured(session, row, source, now)
    first = row.baseline_at is None
    usable = [one for one in fetched.articles if one.url and one.title]
    held = _is_held(row, source, usable, now)
    result = Collected(source.id, notes=fetched.notes)
    if not fetched.unchanged:
        baseline = first and source.kind != "push"
        result = _take(session, source, fetched, usable, now, baseline=baseline, held=held)
    if held:  # nothing is lost: once an editor said what the dates mean, the whole answer is asked for again
        fetched = replace(fetched, validators=Validators(), memory=None)
    succeeded(session, row, source, fetched, result, now)
    if held and first:
        row.baseline_at = None
    session.add(row)
    return result


def take_pushed(session: Session, source: SourceTable, fetched: Fetched, now: datetime) -> Collected:
    """Keep the articles that a polled source's hub sent. They say nothing of how polling goes, and put off no poll."""
    articles.one_at_a_time(session)
    row = sources.row(session, source.id)
    usable = [one for one in fetched.articles if one.url and one.title]
    baseline = row.baseline_at is None
    return _take(session, source, fetched, usable, now, baseline=baseline, held=row.future_dated)


def purge(session: Session, keep: timedelta, now: datetime) -> int:
    """Drop articles older than `keep` that no edition printed, and old texts; return how many. Their names stay for 400 days.

    No more than `MOST_PURGED` at once: whoever calls it may call it again.
    """
    return tombstones.purge(session, now - keep, now)


def _is_held(row: SourceState, source: SourceTable, found: Sequence[FetchedArticle], now: datetime) -> bool:
    """Say whether nothing new is taken from a source because most of its dates lie ahead, and keep that for the desk.

    It is a calendar then, until an editor says otherwise or nothing in it lies ahead any more.
    """
    if source.future_dates != "ask" or source.kind == "push":
        row.future_dated = False
    elif found:
        row.future_dated = mostly_ahead(found, now) or (row.future_dated and ahead(found, now) > 0)
    return row.future_dated


def _take(
    session: Session,
    source: SourceTable,
    fetched: Fetched,
    usable: Sequence[FetchedArticle],
    now: datetime,
    *,
    baseline: bool,
    held: bool,
) -> Collected:
    found = recognise(session, source, _stories(session, source, usable, now), now)
    fresh = [] if held else add(session, source, found.fresh, found.known, now, baseline=baseline)
    current, changed = update(session, source, found.known, now)
    _name(session, found, [*current, *fresh])
    _categorise(session, source.id, fetched, [*current, *fresh])
    return Collected(
        source=source.id,
        new=len(fresh),
        changed=changed,
        withdrawn=withdraw(session, source, fetched.gone, now),
        unchanged=len(found.known) - changed + found.buried,
        notes=(*fetched.notes, *found.notes, *_notes(fetched, usable, now, held=held)),
    )


def _stories(session: Session, source: SourceTable, usable: Sequence[FetchedArticle], now: datetime) -> list[Story]:
    """Name everything. A name that articles of this answer or of an earlier one share names none of them, from now on."""
    here = sharing(source, usable)
    known = tombstones.shared(session, source.id, {alias for one in usable for alias in loose(source, one)})
    tombstones.share(session, source.id, sorted(here - known), now)
    return stories(named(source, usable, known | here))


def _name(session: Session, found: Recognised, stored: Sequence[Story]) -> None:
    for story, names in found.moves:
        if story.id is not None:
            articles.rename(session, dict.fromkeys(names, story.id))
    pairs = ((alias, story.id) for story in stored for alias in story.aliases if story.id is not None)
    articles.name(session, ((alias, id_) for alias, id_ in pairs if found.owners.get(alias) != id_))


def _categorise(session: Session, source_id: str, fetched: Fetched, stored: Sequence[Story]) -> None:
    """Put articles into their categories; a source that has ids of its own names an article's categories anew each time."""
    sources.save_categories(session, source_id, fetched.categories, whole=any(one.slug for one in fetched.categories))
    wanted = {
        story.id: {category for one in story.items for category in one.fetched.categories}
        for story in stored
        if story.id is not None
    }
    had = articles.categories_of(session, source_id, wanted.keys())
    anew = [
        story.id
        for story in stored
        if story.id is not None
        and wanted[story.id] < had.get(story.id, set()) | wanted[story.id]
        and any(one.fetched.external_id for one in story.items)
    ]
    articles.take_out(session, source_id, anew)
    kept = {id_: had.get(id_, set()) for id_ in wanted.keys() - set(anew)}
    missing = ((id_, category) for id_, found in wanted.items() for category in sorted(found - kept.get(id_, set())))
    articles.put_into(session, source_id, missing)


def _notes(fetched: Fetched, usable: Sequence[FetchedArticle], now: datetime, *, held: bool) -> list[str]:
    notes = []
    left = len(fetched.articles) - len(usable)
    if left:
        notes.append(f"{left} entries have no address or title.")
    if held:
        notes.append(
            f"{ahead(usable, now)} of {len(usable)} entries are dated ahead, so nothing new is taken. "
            "Set future_dates of this source to “embargo” or “first_seen”."
        )
    return notes
