"""What an edition is made of, read in one view of the database: its candidates, and the groups of readers it is for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from digest import compose, recurrence
from digest.config import Newsletter, Settings
from digest.deliver import Group
from digest.models import Edition
from digest.runtime import Runtime
from digest.store import articles, audience, editions, sources
from digest.store.audience import Reader
from digest.store.base import Session
from digest.values import Candidate, Choice, EditionContent, Look, Masthead, SectionHead

CHUNK = 10_000
_REACH = timedelta(days=30)  # how far back the closing blocks may look
_MEMORY = timedelta(days=31)  # and so how far back a reader's history must
_SPANS = {"weekly": timedelta(days=9)}
_WEEKEND = timedelta(days=2)
_MONDAY = 0


@dataclass(frozen=True, slots=True)
class Material:
    """One edition's candidates, what a reader of everything already had, and the number it will carry."""

    newsletter: Newsletter
    day: date
    candidates: tuple[Candidate, ...]
    home_had: frozenset[int]
    number: int
    note: str = ""

    def choose(self, sections: tuple[str, ...], frequency: str, had: frozenset[int], now: datetime) -> Choice:
        """Choose for one group of readers; whoever reads less often is owed a longer span."""
        newsletter = self.newsletter.model_copy(update={"max_age": span(self.newsletter, frequency, self.day)})
        return compose.choose(newsletter, sections, self.candidates, had, now)

    def content(self, settings: Settings, article_ids: frozenset[int]) -> EditionContent:
        """Return what `render` makes blocks of: these articles, all sections, the masthead."""
        return EditionContent(
            masthead=_masthead(settings, self),
            sections=tuple(SectionHead(one.id, one.name, one.url) for one in self.newsletter.sections),
            articles={one.article_id: one for one in self.candidates if one.article_id in article_ids},
        )


def gather(session: Session, newsletter: Newsletter, edition: Edition | None, day: date, now: datetime) -> Material:
    """Read an edition's material. Reads only."""
    categories = {(source_id, category.key): category for source_id, category in sources.categories(session)}
    return Material(
        newsletter=newsletter,
        day=day,
        candidates=tuple(compose.candidates(newsletter, articles.recent(session, now - _REACH), categories)),
        home_had=editions.home_had(session, newsletter.id, day),
        number=(edition.number if edition else None) or editions.next_number(session, newsletter.id),
        note=edition.note if edition else "",
    )


def only(stuff: Material, article_ids: frozenset[int]) -> Material:
    """Narrow the candidates to these articles."""
    kept = tuple(one for one in stuff.candidates if one.article_id in article_ids)
    return replace(stuff, candidates=kept)


def span(newsletter: Newsletter, frequency: str, day: date) -> timedelta:
    """How old an article may be for readers of this frequency: a weekdays reader's Monday covers the weekend."""
    weekend = _WEEKEND if frequency == "weekdays" and day.weekday() == _MONDAY else timedelta(0)
    return max(_SPANS.get(frequency, newsletter.max_age), newsletter.max_age) + weekend


def readers(session: Session, newsletter: Newsletter, day: date, *, after: int = 0, limit: int = CHUNK) -> list[Reader]:
    """Return the next readers of a newsletter with what they had lately."""
    return audience.chunk(session, newsletter.id, after=after, limit=limit, since=day - _MEMORY)


def is_owed(newsletter: Newsletter, reader: Reader, day: date) -> bool:
    """Say whether a reader's frequency gives them the edition of a date."""
    return recurrence.falls_on(reader.frequency, day, newsletter.weekly_day)


def group_of(runtime: Runtime, newsletter: Newsletter, reader: Reader) -> Group:
    """Return the group a reader belongs to."""
    sections = compose.wanted(newsletter, reader.sections)
    return Group(sections, reader.frequency, str(look(runtime, newsletter, reader.language)), reader.had)


def groups(runtime: Runtime, session: Session, newsletter: Newsletter, day: date) -> set[Group]:
    """Return every group that the edition of this day has readers in, reading the audience in chunks."""
    return {
        group_of(runtime, newsletter, reader)
        for reader in _all_readers(session, newsletter, day)
        if is_owed(newsletter, reader, day)
    }


def look(runtime: Runtime, newsletter: Newsletter, language: str = "") -> Look:
    """Return how an edition is drawn for readers of a language: theirs where we have its words, else the newsletter's."""
    wish = language or newsletter.language or runtime.settings.site.language
    return Look(newsletter.template, runtime.renderer.language(wish))


def had(session: Session, found: set[Group]) -> Mapping[int, frozenset[int]]:
    """Return the articles of every rendering that some group had."""
    return editions.had_by_rendering(session, sorted({rendering for group in found for rendering in group.had}))


def _all_readers(session: Session, newsletter: Newsletter, day: date) -> Iterator[Reader]:
    after = 0
    while chunk := readers(session, newsletter, day, after=after):
        yield from chunk
        after = chunk[-1].subscription_id


def _masthead(settings: Settings, material: Material) -> Masthead:
    newsletter, site = material.newsletter, settings.site
    return Masthead(
        newsletter_id=newsletter.id,
        name=newsletter.name,
        tagline=newsletter.tagline,
        number=material.number,
        edition_date=material.day,
        zone=newsletter.zone,
        send_at=newsletter.send_at.strftime("%H:%M"),
        site_url=site.url,
        about=site.about,
        note=material.note,
        contact=site.contact,
        postal_address=site.postal_address,
        accent=site.accent,
        accent_dark=site.accent_dark,
    )
