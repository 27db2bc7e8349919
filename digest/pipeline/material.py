"""What an edition is made of, read in one view of the database: its candidates, and the groups of readers it is for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from digest import compose, recurrence
from digest.compose import translations
from digest.config import Newsletter, Settings
from digest.models import Edition, Wave
from digest.runtime import Runtime
from digest.store import articles, audience, clicks, editions, histories, near_duplicates, pins, sources
from digest.store.audience import Audience, Combination
from digest.store.base import Session
from digest.tokens import Tokens, TokenType
from digest.values import Candidate, Choice, EditionContent, EditionState, Look, Masthead, Pinned, SectionHead

REACH = timedelta(days=30)  # how far back the closing blocks may look
MEMORY = timedelta(days=31)  # and so how far back a reader's history must
_WEEK = timedelta(days=9)  # a week's best, with two days for a week that was missed
_FIRST = timedelta(hours=24)  # what a new reader's first edition reaches back
_WEEKS_HALF_LIFE = timedelta(hours=72)
_CLICKED_LATELY = timedelta(days=7)
_FREQUENCIES = ("instant", "daily", "weekdays", "weekly")
_DAY = timedelta(days=1)
_LATE = timedelta(minutes=15)  # what is made so long after its slot is made late


@dataclass(frozen=True, slots=True)
class Group:
    """Readers who get the same: the sections they want on this day and how far back each reaches, their look, what they had.

    `had` are renderings; `best` asks for a week's best instead of the newest.
    """

    sections: tuple[str, ...]
    spans: tuple[timedelta, ...]
    best: bool
    look: Look
    had: frozenset[int]


@dataclass(frozen=True, slots=True)
class Past:
    """What some renderings printed: their articles, and when those that were corrected since were told of last."""

    articles: Mapping[int, frozenset[int]]
    told: Mapping[int, Mapping[int, datetime]]

    def had(self, group: Group) -> frozenset[int]:
        """Return the articles that a group had."""
        return frozenset().union(*(self.articles.get(one, frozenset()) for one in group.had))

    def last_told(self, group: Group) -> Mapping[int, datetime]:
        """Return when a group was last told of each corrected article."""
        last: dict[int, datetime] = {}
        for one in group.had:
            for article_id, at in self.told.get(one, {}).items():
                last[article_id] = max(at, last.get(article_id, at))
        return last


@dataclass(frozen=True, slots=True)
class Material:
    """One edition's candidates and pins, what a reader of everything already had, and the number it will carry.

    The views of `clicked` candidates are only our own links' clicks: they rank, and are not printed as if all readers were counted.
    With `since` every choice reaches back just that far; what was printed `long_ago`, before histories begin, is no reader's any more.
    """

    newsletter: Newsletter
    day: date
    now: datetime
    candidates: tuple[Candidate, ...]
    home_had: frozenset[int]
    number: int
    note: str = ""
    catches_up: bool = False
    pins: tuple[Pinned, ...] = ()
    clicked: frozenset[int] = frozenset()
    since: datetime | None = None
    long_ago: frozenset[int] = frozenset()
    pools: dict[tuple[bool, timedelta], compose.Pool] = field(default_factory=dict)

    def choose(self, group: Group, past: Past, *, explain: bool = False) -> Choice:
        """Choose for one group of readers, if asked with a reason for all that is left out."""
        corrected = self._corrected(past.last_told(group))
        return self._choose(group, past.had(group), corrected, explain=explain)

    def choose_home(self, sections: tuple[str, ...], had: frozenset[int] | None = None) -> Choice:
        """Choose for a daily reader of these sections who had every home rendering (or `had`), with a reason for all that is left out."""
        reach = span(self.newsletter, "daily", self.day)
        group = Group(sections, (reach,) * len(sections), best=False, look=Look(), had=frozenset())
        return self._choose(group, self.home_had if had is None else had, frozenset(), explain=True)

    def outcome(self, group: Group, had: frozenset[int]) -> compose.Outcome:
        """Return what becomes of each article for readers of a group's sections who had these: a choice before it is printed."""
        spans = dict(zip(group.sections, group.spans, strict=True))
        if self.since is not None:
            spans = dict.fromkeys(group.sections, self.now - self.since + timedelta.resolution)  # that instant included
        pool = self._pool(best=group.best, reach=max(spans.values()))
        return compose.choose_from(pool, group.sections, had | self.long_ago if self.long_ago else had, spans)

    def content(self, settings: Settings, article_ids: frozenset[int]) -> EditionContent:
        """Return what `render` makes blocks of: these articles, all sections, the masthead."""
        return EditionContent(
            masthead=_masthead(settings, self),
            sections=tuple(SectionHead(one.id, one.name, one.url) for one in self.newsletter.sections),
            articles={one.article_id: self._printed(one) for one in self.candidates if one.article_id in article_ids},
            links=_counted_links(settings, article_ids) if settings.tracking.clicks else {},
        )

    def only(self, article_ids: frozenset[int]) -> "Material":
        """Narrow the candidates to these articles."""
        kept = tuple(one for one in self.candidates if one.article_id in article_ids)
        return replace(self, candidates=kept, pools={})

    def _printed(self, one: Candidate) -> Candidate:
        return replace(one, views=None) if one.article_id in self.clicked else one

    def _choose(self, group: Group, had: frozenset[int], corrected: frozenset[int], *, explain: bool) -> Choice:
        return self.outcome(group, had).choice(corrected, explain=explain) if group.sections else Choice()

    def _pool(self, *, best: bool, reach: timedelta) -> compose.Pool:
        """Return what choices that reach so far back are made from, ranked once."""
        key = best, reach
        if key not in self.pools:
            newsletter = self.newsletter
            if best:
                newsletter = newsletter.model_copy(update={"half_life": max(newsletter.half_life, _WEEKS_HALF_LIFE)})
            by_score = best or newsletter.ranking == "score"
            self.pools[key] = compose.Pool(newsletter, self.candidates, self.now, reach, self.pins, by_score=by_score)
        return self.pools[key]

    def _corrected(self, told: Mapping[int, datetime]) -> frozenset[int]:
        corrected = {one.article_id: one.corrected_at for one in self.candidates if one.corrected_at is not None}
        return frozenset(id_ for id_, at in told.items() if id_ in corrected and at < corrected[id_])


def gather(
    session: Session,
    newsletter: Newsletter,
    edition: Edition | None,
    day: date,
    now: datetime,
    settings: Settings,
    *,
    since: datetime | None = None,
) -> Material:
    """Read a digest's material as it stands at an instant, reaching back to `since` where an editor says so. Reads only."""
    since = since or (edition.since if edition else None)
    found = candidates_since(session, newsletter, min(now - REACH, since or now), settings)
    counts = clicks.counts(session, (now - _CLICKED_LATELY).date())
    clicked = frozenset(one.article_id for one in found if one.views is None and one.article_id in counts)
    return Material(
        newsletter=newsletter,
        day=day,
        now=now,
        candidates=tuple(
            replace(one, views=counts[one.article_id]) if one.article_id in clicked else one for one in found
        ),
        home_had=editions.home_had(session, newsletter.id, day, beside=(edition and edition.id) or 0),
        number=(edition.number if edition else None) or editions.next_number(session, newsletter.id),
        note=edition.note if edition else "",
        catches_up=since is not None or _catches_up(session, newsletter, edition, day, now),
        pins=tuple(pins.of(session, edition.id)) if edition and edition.id else (),
        clicked=clicked,
        since=since,
        long_ago=_printed_long_ago(session, newsletter, day) if since else frozenset(),
    )


def span(newsletter: Newsletter, frequency: str, day: date) -> timedelta:
    """Return how old an article may be for readers of this frequency: the newsletter's max_age, and the days since their last edition.

    A week's best reaches nine days.
    """
    before = day - _DAY
    while (day - before) < _WEEK and not (
        recurrence.has_edition(newsletter, before) and recurrence.falls_on(frequency, before, newsletter.weekly_day)
    ):
        before -= _DAY
    if frequency == "weekly":
        return max(_WEEK, newsletter.max_age)
    return newsletter.max_age + (day - before - _DAY)


def instants(session: Session, newsletter: Newsletter, day: date) -> dict[datetime, tuple[str, ...]]:
    """Return the send instants of an edition's date, each with the clocks of the readers who get it then; the home instant always."""
    return instants_of(newsletter, audience.clocks(session, newsletter.id), day)


def instants_of(newsletter: Newsletter, clocks: Iterable[str], day: date) -> dict[datetime, tuple[str, ...]]:
    """Return the send instants of a date for readers of these clocks; see `instants`."""
    home = recurrence.home_hour(newsletter).on(day)
    found: dict[datetime, list[str]] = {home: []}
    for clock in clocks:
        hour = recurrence.hours_of(newsletter, clock).on(day)
        if hour is not None:
            found.setdefault(hour.on(day), []).append(clock)
    return {instant: tuple(mine) for instant, mine in found.items()}


def audience_of(newsletter: Newsletter, wave: Wave, day: date, clocks: tuple[str, ...]) -> Audience:
    """Return which subscriptions a wave is for."""
    away = tuple(one for one in _FREQUENCIES if not recurrence.falls_on(one, day, newsletter.weekly_day))
    last = wave.due_at - span(newsletter, "daily", day) + newsletter.max_age - _DAY
    return Audience(newsletter.id, day, clocks, away, new_since=last, shares=newsletter.shares_history_with)


def group_of(runtime: Runtime, newsletter: Newsletter, one: Combination, day: date, had: frozenset[int]) -> Group:
    """Return the group of a combination of choices and history."""
    return group_in(look(runtime, newsletter, one.language, one.length, one.text_size), newsletter, one, day, had)


def group_in(its_look: Look, newsletter: Newsletter, one: Combination, day: date, had: frozenset[int]) -> Group:
    """Return the group of a combination in a look that is known already."""
    sections = [id_ for id_ in compose.wanted(newsletter, one.chosen) if _falls_on(newsletter, one, id_, day)]
    own = one.own_frequencies
    is_first = one.is_new and not had and one.frequency != "weekly"
    reach = min(span(newsletter, one.frequency, day), _FIRST) if is_first else span(newsletter, one.frequency, day)
    return Group(
        sections=tuple(sections),
        spans=tuple(span(newsletter, own[id_], day) if id_ in own else reach for id_ in sections),
        best=one.frequency == "weekly",
        look=its_look,
        had=had,
    )


def past_of(session: Session, groups: Iterable[Group]) -> Past:
    """Return what the renderings printed that some group had."""
    every = sorted({rendering for group in groups for rendering in group.had})
    return Past(editions.had_by_rendering(session, every), editions.corrections_told(session, every))


def had_of(session: Session, found: Iterable[Combination]) -> Mapping[Combination, frozenset[int]]:
    """Return the renderings that each combination's readers had, by this newsletter and those it shares its history with."""
    combinations = list(found)
    known = histories.renderings(session, {id_ for one in combinations for id_ in one.history_ids})
    return {one: frozenset().union(*(known.get(id_, frozenset()) for id_ in one.history_ids)) for one in combinations}


def look(runtime: Runtime, newsletter: Newsletter, language: str = "", length: str = "", text_size: str = "") -> Look:
    """Return how an edition is drawn for a reader: in their language where we have its words, else the newsletter's.

    Who wants headlines gets the template of that name, who wants everything every summary.
    """
    wish = language or newsletter.language or runtime.settings.site.language
    return Look(
        template="headlines" if length == "headlines" else newsletter.template,
        language=runtime.renderer.language(wish),
        text_size="large" if text_size == "large" else "normal",
        full=length == "full",
    )


def candidates_since(session: Session, newsletter: Newsletter, since: datetime, settings: Settings) -> list[Candidate]:
    """Return what was published, or became eligible, at `since` or later, the articles that tell one story marked as such."""
    categories = {(source_id, category.key): category for source_id, category in sources.categories(session)}
    others = frozenset(table.id for table in settings.sources if table.third_party)
    rows = articles.recent(session, since)
    found = compose.candidates(newsletter, rows, categories, others)
    stories = {
        id_: (str(group.ids[0]), id_ in group.confirmed)
        for group in near_duplicates.groups(session, [one.article_id for one in found])
        for id_ in group.ids
    }
    if newsletter.translations == "one":
        stories = translations.joined({one.article.id or 0: one.article.translation_group for one in rows}, stories)
    return [
        replace(one, story=stories[one.article_id][0], certain=stories[one.article_id][1])
        if one.article_id in stories
        else one
        for one in found
    ]


def _printed_long_ago(session: Session, newsletter: Newsletter, day: date) -> frozenset[int]:
    return editions.printed_before(session, (newsletter.id, *newsletter.shares_history_with), day - MEMORY)


def _catches_up(session: Session, newsletter: Newsletter, edition: Edition | None, day: date, now: datetime) -> bool:
    """Say whether an edition may hold news of several days: it is made late, or the last one before it was missed."""
    if edition is not None and edition.frozen_at is not None:
        return edition.catches_up
    if edition is not None and now > edition.slot_at + _LATE:
        return True
    before = editions.previous(session, newsletter.id, day)
    return before is not None and before.state == EditionState.MISSED


def _counted_links(settings: Settings, article_ids: frozenset[int]) -> Mapping[int, str]:
    """Return links over our own site, which count that an article was opened, not by whom: they are the same for every reader."""
    tokens, site = Tokens(settings.roots), settings.site.url.rstrip("/")
    return {id_: f"{site}/c/{tokens.mint(TokenType.ARTICLE, id_)}" for id_ in article_ids}


def _falls_on(newsletter: Newsletter, one: Combination, section_id: str, day: date) -> bool:
    own = one.own_frequencies.get(section_id)
    return own is None or recurrence.falls_on(own, day, newsletter.weekly_day)


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
        catches_up=material.catches_up,
        contact=site.contact,
        postal_address=site.postal_address,
        accent=site.accent,
        accent_dark=site.accent_dark,
    )
