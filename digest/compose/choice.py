"""The choice for one group of readers: candidates, wanted sections and what they had go in; places and left-out reasons come out.

Deterministic: the newest first, ties by the higher id; no clock but `now`, no chance.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime

from digest.compose import closing
from digest.compose.reasons import in_hours
from digest.compose.sections import lineage
from digest.config import Newsletter, Section
from digest.values import Candidate, Choice, LeftOut, LeftOutReason, PickKind, Placed


def choose(
    newsletter: Newsletter,
    wanted: Sequence[str],
    candidates: Iterable[Candidate],
    already_had: AbstractSet[int],
    now: datetime,
) -> Choice:
    """Choose the newest articles of the `wanted` sections that these readers did not have.

    First a lead, then the section with the least to offer until each has its minimum, then by time up to every limit. Below the
    newsletter's `min_stories` the choice is empty and consumes nothing. Every candidate is placed once or left out with its reason.
    """
    ranked = rank(candidates)
    table = _Table(newsletter, tuple(wanted))
    open_ = [one for one in ranked if not table.refuse(one, already_had, now)]
    lead = _lead(open_)
    if lead is not None:
        table.place(lead, table.home(lead))
    _serve_minimums(table, open_)
    _fill(table, open_)
    if len(table.placed) < newsletter.min_stories:
        return _quiet(table, open_)
    passed_by = [one for one in ranked if table.passed_by(one)]
    most_read, also_like = closing.blocks(passed_by, lead, table.wanted, now)
    extras = {one.article_id for one in (*most_read, *also_like)}
    return Choice(
        lead=table.as_placed(lead, PickKind.LEAD, 0) if lead else None,
        items=table.items(lead),
        most_read=most_read,
        also_like=also_like,
        left_out=tuple(one for one in table.left_out(ranked) if one.article_id not in extras),
    )


def rank(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Sort the newest first, ties by the higher id; what is sorted already costs little."""
    return sorted(candidates, key=lambda one: (one.published_at, one.article_id), reverse=True)


@dataclass(slots=True)
class _Table:
    """The places of one choice as they fill."""

    newsletter: Newsletter
    wanted: tuple[str, ...]
    placed: dict[int, str] = field(default_factory=dict)
    reasons: dict[int, LeftOut] = field(default_factory=dict)
    by_section: Counter[str] = field(default_factory=Counter)
    by_source: Counter[str] = field(default_factory=Counter)
    by_author: Counter[str] = field(default_factory=Counter)
    articles: dict[int, Candidate] = field(default_factory=dict)
    sections: dict[str, Section] = field(init=False)
    parents: dict[str, str | None] = field(init=False)
    _wanted: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.sections = {section.id: section for section in self.newsletter.sections}
        self.parents = {section.id: section.parent for section in self.newsletter.sections}
        self._wanted = frozenset(self.wanted)

    def refuse(self, one: Candidate, already_had: AbstractSet[int], now: datetime) -> bool:
        """Note why an article is out of the question, if it is."""
        found = self._guard(one, already_had, now)
        if found is not None:
            self.leave(one, *found)
        return found is not None

    def home(self, one: Candidate) -> str:
        """Return the section an article stands in by itself: the deepest wanted one."""
        return next(id_ for id_ in one.sections if id_ in self._wanted)

    def places(self, one: Candidate) -> list[str]:
        """Return the wanted sections that could take an article: not those that only hold another of them."""
        mine = [id_ for id_ in one.sections if id_ in self._wanted]
        above = {parent for id_ in mine for parent in list(lineage(id_, self.parents))[1:]}
        return [id_ for id_ in mine if id_ not in above]

    def full(self, one: Candidate, section_id: str) -> tuple[LeftOutReason, str] | None:
        """Say which limit keeps an article out of a section."""
        section = self.sections[section_id]
        if len(self.placed) >= self.newsletter.max_stories:
            return LeftOutReason.EDITION_FULL, f"{self.newsletter.max_stories} articles"
        if self.by_section[section_id] >= section.limit:
            return LeftOutReason.SECTION_FULL, f"{section.limit} of {section.limit} in {section.name}"
        for author in one.authors:
            if self.by_author[author] >= section.max_per_author:
                return LeftOutReason.AUTHOR_FULL, f"{section.max_per_author} by {author}"
        if self.by_source[one.source_id] >= self.newsletter.max_per_source:
            return LeftOutReason.SOURCE_FULL, f"{self.newsletter.max_per_source} from {one.source_id}"
        return None

    def place(self, one: Candidate, section_id: str) -> None:
        """Give an article its place."""
        self.placed[one.article_id] = section_id
        self.articles[one.article_id] = one
        self.by_section[section_id] += 1
        self.by_source[one.source_id] += 1
        self.by_author.update(one.authors)
        self.reasons.pop(one.article_id, None)

    def passed_by(self, one: Candidate) -> bool:
        """Say whether no later edition will take an article either: what only a limit keeps out is kept for the next one."""
        left = self.reasons.get(one.article_id)
        return left is not None and left.reason in {LeftOutReason.TOO_OLD, LeftOutReason.BASELINE}

    def leave(self, one: Candidate, reason: LeftOutReason, detail: str = "") -> None:
        """Note why an article is left out."""
        self.reasons[one.article_id] = LeftOut(one.article_id, reason, detail)

    def left_out(self, ranked: Iterable[Candidate]) -> tuple[LeftOut, ...]:
        """Return what has no place, newest first."""
        return tuple(self.reasons[one.article_id] for one in ranked if one.article_id not in self.placed)

    def items(self, lead: Candidate | None) -> tuple[Placed, ...]:
        """Return all but the lead in print order: sections as the newsletter has them, the newest first in each."""
        by_section: dict[str, list[Candidate]] = {id_: [] for id_ in self.wanted}
        for one in rank(self.articles.values()):
            if lead is None or one.article_id != lead.article_id:
                by_section[self.placed[one.article_id]].append(one)
        return tuple(
            self.as_placed(one, PickKind.ITEM, position)
            for found in by_section.values()
            for position, one in enumerate(found)
        )

    def as_placed(self, one: Candidate, kind: PickKind, position: int) -> Placed:
        """Describe a place; “also in” names the reader's other sections that could have taken it."""
        section_id = self.placed[one.article_id]
        others = set(self.places(one)) - {section_id}
        also_in = tuple(id_ for id_ in self.wanted if id_ in others)
        return Placed(one.article_id, section_id, position, kind, also_in)

    def _guard(self, one: Candidate, already_had: AbstractSet[int], now: datetime) -> tuple[LeftOutReason, str] | None:
        if one.withdrawn:
            return LeftOutReason.WITHDRAWN, ""
        if one.hidden:
            return LeftOutReason.HIDDEN, ""
        if self._wanted.isdisjoint(one.sections):
            return LeftOutReason.NO_SECTION, ""
        if one.article_id in already_had:
            return LeftOutReason.ALREADY_HAD, ""
        if one.baseline:
            return LeftOutReason.BASELINE, ""
        if one.eligible_at > now:
            return LeftOutReason.NOT_YET, f"until {one.eligible_at:%Y-%m-%d %H:%M} UTC"
        if one.published_at <= now - self.newsletter.max_age:
            return LeftOutReason.TOO_OLD, in_hours(self.newsletter.max_age)
        return None


def _lead(open_: Sequence[Candidate]) -> Candidate | None:
    """Return the newest article with a picture, else the newest."""
    return next((one for one in open_ if one.image is not None), open_[0] if open_ else None)


def _serve_minimums(table: _Table, open_: Sequence[Candidate]) -> None:
    """Give each section its minimum, the one with the least left first, so that small sections do not starve."""
    offers: Mapping[str, list[Candidate]] = {id_: [] for id_ in table.wanted}
    for one in open_:
        for id_ in table.places(one):
            offers[id_].append(one)
    while (served := _scarcest(table, offers)) is not None:
        table.place(*served)


def _scarcest(table: _Table, offers: Mapping[str, list[Candidate]]) -> tuple[Candidate, str] | None:
    best: tuple[int, Candidate, str] | None = None
    for id_, found in offers.items():
        if table.by_section[id_] >= table.sections[id_].minimum:
            continue
        left = [one for one in found if one.article_id not in table.placed and table.full(one, id_) is None]
        if left and (best is None or len(left) < best[0]):
            best = (len(left), left[0], id_)
    return None if best is None else best[1:]


def _fill(table: _Table, open_: Sequence[Candidate]) -> None:
    """Place by time up to every limit: in the deepest section that has room; if none has, the first one's limit is the reason."""
    for one in open_:
        if one.article_id in table.placed:
            continue
        limits = {id_: table.full(one, id_) for id_ in table.places(one)}
        free = next((id_ for id_, limit in limits.items() if limit is None), None)
        if free is not None:
            table.place(one, free)
        elif (first := limits[table.home(one)]) is not None:
            table.leave(one, *first)


def _quiet(table: _Table, open_: Sequence[Candidate]) -> Choice:
    """Choose nothing: what is new waits for the next edition."""
    ranked = rank({**{one.article_id: one for one in open_}}.values())
    for one in ranked:
        table.leave(one, LeftOutReason.QUIET_DAY, f"{len(open_)} new, {table.newsletter.min_stories} needed")
    return Choice(left_out=tuple(table.reasons.values()))
