"""New stories → rows, with their words; a near-duplicate of an article of the same source is that article by other names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.collect import doubles
from digest.collect.doubles import LONGEST_TEXT
from digest.collect.duplicates import Wording, sketch
from digest.collect.identity import Story, speaker
from digest.collect.rows import new_row
from digest.config import SourceTable
from digest.models import Article
from digest.store import articles, near_duplicates
from digest.store.base import Session
from digest.store.near_duplicates import Words
from digest.store.tombstones import WORDS_KEPT
from digest.values import FetchedArticle


@dataclass(frozen=True, slots=True)
class _Draft:
    """A new story before it is stored: `number` is below 0."""

    number: int
    story: Story
    one: FetchedArticle
    row: Article


def add(
    session: Session, source: SourceTable, fresh: Sequence[Story], known: list[Story], now: datetime, *, baseline: bool
) -> list[Story]:
    """Add what is new in any words; return those stories, each with its article's id.

    What is the same as a known article joins `known`, for its names. Pairs across sources are suggested to editors.
    """
    drafts = [_draft(-number, story, source, now, baseline=baseline) for number, story in enumerate(fresh, 1)]
    words = {one.number: wording(one.number, one.row, one.one) for one in drafts if _is_recent(one.row, now)}
    found = doubles.find(session, [words[one.number] for one in drafts if one.number in words and not one.row.baseline])
    added = [one for one in drafts if one.number not in found.joined]
    stored = articles.add(session, [one.row for one in added])
    ids = dict(zip((one.number for one in added), stored, strict=True))
    final = ids | {number: ids.get(root, root) for number, root in found.joined.items()}
    _give_ids(drafts, added, final, known)
    keep_words(session, {ids[one.number]: (one.one, words[one.number]) for one in added if one.number in words})
    pairs = ((final.get(one, one), final.get(other, other), likeness) for one, other, likeness in found.pairs)
    near_duplicates.suggest(session, pairs, now)
    return [one.story for one in added]


def keep_words(session: Session, said: Mapping[int, tuple[FetchedArticle, Wording]]) -> None:
    """Keep articles' texts and the sketches by which near-duplicates are found."""
    texts = {id_: one.text[:LONGEST_TEXT] for id_, (one, _) in said.items()}
    near_duplicates.keep(session, texts, {id_: sketch(words) for id_, (_, words) in said.items()})


def wording(id_: int, row: Article, one: FetchedArticle) -> Wording:
    """Return an article's words as they are compared."""
    said = Words(id_, row.source_id, one.title, one.summary, one.text, one.language, row.published_at)
    return doubles.wording(said)


def _draft(number: int, story: Story, source: SourceTable, now: datetime, *, baseline: bool) -> _Draft:
    one = speaker(story)
    return _Draft(number, story, one, new_row(one, source, now, baseline=baseline))


def _is_recent(row: Article, now: datetime) -> bool:
    return row.published_at > now - WORDS_KEPT


def _give_ids(drafts: Sequence[_Draft], added: Sequence[_Draft], final: Mapping[int, int], known: list[Story]) -> None:
    """Let every story know its article; a near-duplicate joins the story that it is the same as."""
    for one in drafts:
        one.story.id = final[one.number]
    numbers = {one.number for one in added}
    by_id = {story.id: story for story in known} | {one.story.id: one.story for one in added}
    for one in drafts:
        first = by_id.setdefault(one.story.id, one.story)
        if first is not one.story:
            first.items += one.story.items
        elif one.number not in numbers:  # of an article that this answer did not name
            known.append(one.story)
