"""What an edition is made of, read in one view of the database: its candidates, and the groups of readers it is for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from digest import compose, recurrence
from digest.config import Newsletter, Settings
from digest.deliver import Group
from digest.models import Edition
from digest.runtime import Runtime
from digest.store import articles, audience, clicks, editions, sources
from digest.store.audience import Reader
from digest.store.base import Session
from digest.tokens import Tokens, TokenType
from digest.values import Candidate, Choice, EditionContent, Look, Masthead, SectionHead

CHUNK = 10_000
_REACH = timedelta(days=30)  # how far back the closing blocks may look
_MEMORY = timedelta(days=31)  # and so how far back a reader's history must
_SPANS = {"weekly": timedelta(days=9)}
_WEEKS_HALF_LIFE = timedelta(hours=72)
_CLICKED_LATELY = timedelta(days=7)
_WEEKEND = timedelta(days=2)
_MONDAY = 0


@dataclass(frozen=True, slots=True)
class Material:
    """One edition's candidates, what a reader of everything already had, and the number it will carry.

    The views of `clicked` candidates are only our own links' clicks: they rank, and are not printed as if all readers were counted.
    """

    newsletter: Newsletter
    day: date
    candidates: tuple[Candidate, ...]
    home_had: frozenset[int]
    number: int
    note: str = ""
    clicked: frozenset[int] = frozenset()

    pools: dict[str, compose.Pool] = field(default_factory=dict)

    def choose(self, sections: tuple[str, ...], frequency: str, had: frozenset[int], now: datetime) -> Choice:
        """Choose for one group of readers; whoever reads less often is owed a longer span, and a week's best."""
        return compose.choose_from(self._pool(frequency, now), sections, had)

    def _pool(self, frequency: str, now: datetime) -> compose.Pool:
        """Return what choices of a frequency are made from, ranked once."""
        key = f"{frequency} {now.isoformat()}"
        if key not in self.pools:
            weekly = frequency == "weekly"
            newsletter = self.newsletter
            if weekly:
                newsletter = newsletter.model_copy(update={"half_life": max(newsletter.half_life, _WEEKS_HALF_LIFE)})
            by_score = weekly or newsletter.ranking == "score"
            reach = span(newsletter, frequency, self.day)
            self.pools[key] = compose.Pool(newsletter, self.candidates, now, reach, by_score=by_score)
        return self.pools[key]

    def content(self, settings: Settings, article_ids: frozenset[int]) -> EditionContent:
        """Return what `render` makes blocks of: these articles, all sections, the masthead."""
        return EditionContent(
            masthead=_masthead(settings, self),
            sections=tuple(SectionHead(one.id, one.name, one.url) for one in self.newsletter.sections),
            articles={one.article_id: self._printed(one) for one in self.candidates if one.article_id in article_ids},
            links=_counted_links(settings, article_ids) if settings.tracking.clicks else {},
        )

    def _printed(self, one: Candidate) -> Candidate:
        return replace(one, views=None) if one.article_id in self.clicked else one


def gather(session: Session, newsletter: Newsletter, edition: Edition | None, day: date, now: datetime) -> Material:
    """Read an edition's material. Reads only."""
    categories = {(source_id, category.key): category for source_id, category in sources.categories(session)}
    candidates = compose.candidates(newsletter, articles.recent(session, now - _REACH), categories)
    counts = clicks.counts(session, (now - _CLICKED_LATELY).date())
    clicked = frozenset(one.article_id for one in candidates if one.views is None and one.article_id in counts)
    return Material(
        newsletter=newsletter,
        day=day,
        candidates=tuple(
            replace(one, views=counts[one.article_id]) if one.article_id in clicked else one for one in candidates
        ),
        home_had=editions.home_had(session, newsletter.id, day),
        number=(edition.number if edition else None) or editions.next_number(session, newsletter.id),
        note=edition.note if edition else "",
        clicked=clicked,
    )


def only(stuff: Material, article_ids: frozenset[int]) -> Material:
    """Narrow the candidates to these articles."""
    kept = tuple(one for one in stuff.candidates if one.article_id in article_ids)
    return replace(stuff, candidates=kept, pools={})


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


def _counted_links(settings: Settings, article_ids: frozenset[int]) -> Mapping[int, str]:
    """Return links over our own site, which count that an article was opened, not by whom: they are the same for every reader."""
    tokens, site = Tokens(settings.roots), settings.site.url.rstrip("/")
    return {id_: f"{site}/c/{tokens.mint(TokenType.ARTICLE, id_)}" for id_ in article_ids}


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
