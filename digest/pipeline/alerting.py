"""Breaking articles → an alert: an edition beside the digest that leaves at once to every reader of its sections; what it gave is had.

What sets it apart from a digest stands here: which articles it is made of, and that neither hours nor frequencies are asked.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from digest import compose, recurrence
from digest.config import Newsletter, Settings
from digest.models import Edition, Wave
from digest.pipeline import material, ranges
from digest.pipeline.material import Group, Material
from digest.runtime import Runtime
from digest.store import audience, editions
from digest.store.audience import Audience, Combination
from digest.store.base import Session
from digest.values import EditionState

MAX_AGE = timedelta(hours=6)  # nobody is alerted to what is older, and no alert leaves later
log = logging.getLogger(__name__)


def make_due(runtime: Runtime, newsletter: Newsletter) -> None:
    """Make an alert of the breaking articles that are in no edition yet, unless the local date has as many as the newsletter wants.

    Any number of schedulers may ask at once: an article is in one alert.
    """
    if not newsletter.alerts_a_day:
        return
    now = runtime.clock()
    with runtime.store.reading() as session:
        stuff = _breaking(session, newsletter, now, runtime.settings)
        if stuff is None or editions.is_paused(session, newsletter.id):
            return
    choice = stuff.choose_home(compose.wanted(newsletter, ()))
    if not choice.count:
        return
    with runtime.store.writing() as session:
        editions.lock(session, newsletter.id)
        left = editions.breaking(session, newsletter.id, now - MAX_AGE, now)
        if not left.issuperset(one.article_id for one in choice.placed):
            return
        alert = editions.add_alert(session, newsletter.id, stuff.day, at=now, most=newsletter.alerts_a_day)
        if alert is None or alert.id is None:
            return
        editions.save_draft(session, alert.id, choice, {one.article_id: one for one in stuff.candidates})
        editions.move(session, alert.id, source=ranges.OPEN, to=EditionState.DRAFT, drafted_at=now)
        log.info("%s of %s has alert %d: %d articles", newsletter.id, stuff.day, alert.alert, choice.count)


def material_of(
    session: Session, newsletter: Newsletter, edition: Edition, now: datetime, settings: Settings
) -> Material:
    """Return what an edition is made of as it stands at an instant; an alert of the articles that it was made for. Reads only."""
    if not edition.alert:
        return material.gather(session, newsletter, edition, edition.edition_date, now, settings)
    since = edition.slot_at - MAX_AGE
    stuff = Material(
        newsletter=_undemanding(newsletter),
        day=edition.edition_date,
        now=now,
        candidates=tuple(material.candidates_since(session, newsletter, since, settings)),
        home_had=editions.home_had(session, newsletter.id, edition.edition_date, beside=edition.id),
        number=edition.number or editions.next_number(session, newsletter.id),
        note=edition.note,
        since=since,
    )
    return stuff.only(frozenset(pick.article_id for pick in editions.picks(session, edition.id or 0)))


def instants_for(session: Session, newsletter: Newsletter, edition: Edition) -> Mapping[datetime, tuple[str, ...]]:
    """Return an edition's send instants, each with the clocks of its readers; an alert has one, for everybody."""
    if edition.alert:
        return {edition.slot_at: tuple(audience.clocks(session, newsletter.id))}
    return material.instants(session, newsletter, edition.edition_date)


def audience_for(session: Session, newsletter: Newsletter, edition: Edition, wave: Wave) -> Audience:
    """Return which subscriptions a wave is for, those of an alert whatever their frequency."""
    clocks = instants_for(session, newsletter, edition).get(wave.due_at, ())
    mine = material.audience_of(newsletter, wave, edition.edition_date, clocks)
    return replace(mine, away=()) if edition.alert else mine


def group_of(
    runtime: Runtime, newsletter: Newsletter, one: Combination, edition: Edition, had: frozenset[int]
) -> Group:
    """Return the group of a combination of choices and history; an alert does not ask how often they want to read a section."""
    if edition.alert:
        one = replace(one, frequency="daily", section_frequency="{}")
    return material.group_of(runtime, newsletter, one, edition.edition_date, had)


def _breaking(session: Session, newsletter: Newsletter, now: datetime, settings: Settings) -> Material | None:
    """Return what an alert could be made of now; None where nothing is breaking."""
    since = now - MAX_AGE
    ids = editions.breaking(session, newsletter.id, since, now)
    if not ids:
        return None
    found = material.candidates_since(session, newsletter, since, settings)
    day = recurrence.local_date(newsletter, now)
    had = editions.home_had(session, newsletter.id, day, beside=0)
    kept = tuple(one for one in found if one.article_id in ids)
    return Material(_undemanding(newsletter), day, now, kept, had, number=0, since=since)


def _undemanding(newsletter: Newsletter) -> Newsletter:
    """Return a newsletter as its alerts go by it: one article is enough, in any section."""
    sections = tuple(one.model_copy(update={"minimum": 0, "fallback": "hide"}) for one in newsletter.sections)
    return newsletter.model_copy(update={"min_stories": 1, "ranking": "newest", "sections": sections})
