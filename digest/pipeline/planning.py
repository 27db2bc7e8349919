"""Editions × audience → deliveries: every candidate gets a row, chunk by chunk, each chunk with its batches in one transaction."""

from digest import deliver
from digest.config import Newsletter
from digest.deliver import BATCH_SIZE, LIFETIME, Share
from digest.engines.base import BatchId
from digest.models import Edition
from digest.pipeline import editing, material
from digest.runtime import Runtime
from digest.store import batches, editions, groups
from digest.store.audience import Reader
from digest.store.base import Session
from digest.values import EditionState, Excluded

PLANNABLE = (EditionState.FROZEN, EditionState.SENDING)


def plan_edition(runtime: Runtime, newsletter: Newsletter, edition_id: int) -> None:
    """Plan the deliveries of a frozen edition whose slot has come; a crash resumes after the last whole chunk."""
    with runtime.store.writing() as session:
        editions.move(session, edition_id, source=PLANNABLE, to=EditionState.SENDING)
    while _plan_chunk(runtime, newsletter, edition_id):
        continue


def _plan_chunk(runtime: Runtime, newsletter: Newsletter, edition_id: int) -> bool:
    """Plan the next readers; False once there are none."""
    now = runtime.clock()
    with runtime.store.writing() as session:
        edition = editions.get(session, edition_id)
        if edition.state != EditionState.SENDING or edition.planned_at is not None:
            return False
        readers = material.readers(session, newsletter, edition.edition_date, after=edition.planned_through)
        if not readers:
            editions.move(session, edition_id, source=PLANNABLE, to=EditionState.SENDING, planned_at=now)
            return False
        theirs = (reader for reader in readers if material.is_owed(newsletter, reader, edition.edition_date))
        planned = deliver.allot(theirs, _Shares(runtime, session, newsletter, edition))
        due_at = max(edition.slot_at, edition.frozen_at or now)
        ids = batches.plan(
            session, edition_id, planned, due_at=due_at, expires_at=edition.slot_at + LIFETIME, size=BATCH_SIZE, now=now
        )
        runtime.engine.enqueue(session, [BatchId(id_) for id_ in ids], due_at)
        through = readers[-1].subscription_id
        started = {"planned_through": through, "started_at": edition.started_at or now}
        return editions.move(session, edition_id, source=PLANNABLE, to=EditionState.SENDING, **started)


class _Shares:
    """What each reader of an edition gets. A group that nobody was in at the freeze is served from the frozen blocks."""

    def __init__(self, runtime: Runtime, session: Session, newsletter: Newsletter, edition: Edition) -> None:
        assert edition.id is not None  # noqa: S101 -- it came from the database
        self._runtime = runtime
        self._session = session
        self._newsletter = newsletter
        self._edition = edition
        self._edition_id = edition.id
        self._known = {
            key: Share(group.rendering_id, Excluded(group.reason) if group.reason else None)
            for key, group in groups.load(session, edition.id).items()
        }

    def __call__(self, reader: Reader) -> Share:
        group = material.group_of(self._runtime, self._newsletter, reader)
        if group.key not in self._known:
            self._known[group.key] = self._late(group)
        return self._known[group.key]

    def _late(self, group: deliver.Group) -> Share:
        """Choose for a group that appeared after the freeze, among the articles that were frozen."""
        edition, session = self._edition, self._session
        frozen_at = edition.frozen_at or self._runtime.clock()
        stuff = material.gather(session, self._newsletter, edition, edition.edition_date, frozen_at)
        printed = frozenset(pick.article_id for pick in editions.picks(session, self._edition_id))
        stuff = material.only(stuff, printed)
        choice = editing.choose_for(stuff, group, material.had(session, {group}), frozen_at)
        look = editing.parse_look(group.look)
        if not editions.blocks(session, self._edition_id, group.look):
            look = material.look(self._runtime, self._newsletter)
        if not choice.count:
            share = Share(None, editing.nothing_for(choice))
        else:
            content = stuff.content(self._runtime.settings, printed)
            recipe = self._runtime.renderer.recipe(content, choice, group.sections, look)
            share = Share(editions.add_rendering(session, self._edition_id, recipe))
        groups.save(session, self._edition_id, group.key, share.rendering_id, share.reason or "")
        return share
