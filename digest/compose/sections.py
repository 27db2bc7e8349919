"""Which sections an article belongs to: a source's categories and the newsletter's sections go in, candidates come out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, Protocol

from digest.config import Newsletter, Section
from digest.values import Candidate, Image, SourceCategory

CategoryKey = tuple[str, str]  # source id, key of the category there
_DEEPEST = 10


class Facts(Protocol):
    """What is kept of an article (`digest.models.Article`)."""

    id: int | None
    source_id: str
    url: str
    title: str
    summary: str
    authors: list[str]
    image: dict[str, Any]
    language: str
    direction: str
    minutes: int | None
    views: int | None
    published_at: datetime
    first_seen_at: datetime
    eligible_at: datetime
    withdrawn_at: datetime | None
    hidden: bool
    baseline: bool
    paywalled: bool
    sticky: bool
    priority: int
    lead_category: str
    correction: str
    corrected_at: datetime | None


class ArticleFacts(Protocol):
    """An article with the categories that it is in, source by source."""

    @property
    def article(self) -> Facts:
        """The article's row."""
        ...

    @property
    def categories(self) -> Sequence[CategoryKey]:
        """Its categories."""
        ...

    @property
    def sources(self) -> Sequence[str]:
        """Every source that has it."""
        ...


def candidates(
    newsletter: Newsletter,
    articles: Iterable[ArticleFacts],
    categories: Mapping[CategoryKey, SourceCategory],
    third_party: AbstractSet[str] = frozenset(),
) -> list[Candidate]:
    """Return every article with the sections of the newsletter that would take it: deepest first, then in the newsletter's order.

    `third_party` are the sources that are somebody else's.
    """
    matcher = _Matcher(newsletter, categories)
    return [
        _candidate(
            one.article,
            matcher.sections(one),
            lead_section=matcher.lead(one),
            third_party=one.article.source_id in third_party,
        )
        for one in articles
    ]


def wanted(newsletter: Newsletter, chosen: Iterable[str]) -> tuple[str, ...]:
    """Return a reader's sections in the newsletter's order: what they chose with all children; choosing none means all.

    A “!” before a section hides it with its children, though its parent is wanted.
    """
    parents = {section.id: section.parent for section in newsletter.sections}
    words = set(chosen)
    hidden = {word[1:] for word in words if word.startswith("!")}
    picked = (words & set(parents)) or set(parents)
    return tuple(
        id_
        for id_ in parents
        if picked.intersection(lineage(id_, parents)) and hidden.isdisjoint(lineage(id_, parents))
    )


def lineage(section_id: str, parents: Mapping[str, str | None]) -> Iterator[str]:
    """Yield a section and its ancestors, nearest first."""
    here: str | None = section_id
    while here is not None:
        yield here
        here = parents[here]


class _Matcher:
    """Knows for one newsletter which categories feed which section."""

    def __init__(self, newsletter: Newsletter, categories: Mapping[CategoryKey, SourceCategory]) -> None:
        self._newsletter = newsletter
        self._categories = categories
        self._parents = {section.id: section.parent for section in newsletter.sections}
        depth = {id_: len(list(lineage(id_, self._parents))) for id_ in self._parents}
        order = {id_: position for position, id_ in enumerate(self._parents)}
        self._rank = {id_: (-depth[id_], order[id_]) for id_ in self._parents}
        self._wishes = {
            section.id: frozenset(word.casefold() for word in section.categories) for section in newsletter.sections
        }
        self._of_category = lru_cache(maxsize=None)(self._sections_of)

    def sections(self, one: ArticleFacts) -> tuple[str, ...]:
        """Return the sections of one article, and the parents of those."""
        found = {id_ for source in one.sources for id_ in self._of_category((source, None))}
        found.update(id_ for category in one.categories for id_ in self._of_category(category))
        closed = {parent for id_ in found for parent in lineage(id_, self._parents)}
        return tuple(sorted(closed, key=self._rank.__getitem__))

    def lead(self, one: ArticleFacts) -> str:
        """Return the deepest section that the category feeds which the publisher put first; empty where there is none."""
        if not one.article.lead_category:
            return ""
        found = self._of_category((one.article.source_id, one.article.lead_category))
        return min(found, key=self._rank.__getitem__, default="")

    def _sections_of(self, category: tuple[str, str | None]) -> tuple[str, ...]:
        """Return the sections that a category feeds directly; None stands for “in no category”."""
        source, key = category
        names = self._names(source, key) if key is not None else frozenset()
        return tuple(
            section.id
            for section in self._newsletter.sections
            if _reads(section, source)
            and (names & self._wishes[section.id] if key is not None else not section.categories)
        )

    def _names(self, source: str, key: str) -> frozenset[str]:
        """Return all that a category and its ancestors are called: key, slug, name."""
        names: set[str] = set()
        here: str | None = key
        for _ in range(_DEEPEST):
            if here is None:
                break
            known = self._categories.get((source, here))
            names.update(word.casefold() for word in ((here, known.slug, known.name) if known else (here,)) if word)
            here = known.parent if known else None
        return frozenset(names)


def _reads(section: Section, source: str) -> bool:
    return not section.sources or source in section.sources


def _candidate(article: Facts, sections: tuple[str, ...], *, lead_section: str, third_party: bool) -> Candidate:
    assert article.id is not None  # noqa: S101 -- it came from the database
    image = article.image
    direction: Literal["ltr", "rtl"] = "rtl" if article.direction == "rtl" else "ltr"
    return Candidate(
        article_id=article.id,
        source_id=article.source_id,
        url=article.url,
        title=article.title,
        published_at=article.published_at,
        first_seen_at=article.first_seen_at,
        eligible_at=article.eligible_at,
        sections=sections,
        summary=article.summary,
        authors=tuple(article.authors),
        image=Image(image["url"], image.get("alt", ""), image.get("width"), image.get("height")) if image else None,
        language=article.language,
        direction=direction,
        minutes=article.minutes,
        views=article.views,
        baseline=article.baseline,
        withdrawn=article.withdrawn_at is not None,
        hidden=article.hidden,
        paywalled=article.paywalled,
        sticky=article.sticky,
        priority=article.priority,
        lead_section=lead_section,
        third_party=third_party,
        correction=article.correction,
        corrected_at=article.corrected_at,
    )
