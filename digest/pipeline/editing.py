"""Articles → editions: a draft while there is time, then the freeze, after which nothing of the edition changes any more."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from digest import compose, recurrence
from digest.config import Newsletter
from digest.deliver import Group
from digest.errors import EditionError
from digest.models import Edition
from digest.pipeline import collecting, material
from digest.pipeline.material import Material
from digest.runtime import Runtime
from digest.store import editions, groups
from digest.store.base import Session
from digest.values import (
    Block,
    Choice,
    EditionContent,
    EditionState,
    Excluded,
    LeftOutReason,
    Look,
    Recipe,
)

OPEN = (EditionState.PLANNED, EditionState.DRAFT)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Frozen:
    """An edition rendered, not yet stored: the home recipe, each group's recipe or reason, the blocks of each look."""

    content: EditionContent
    home: Recipe
    recipes: Mapping[Group, Recipe | Excluded]
    blocks: Mapping[str, tuple[Block, ...]]


def draft_edition(runtime: Runtime, newsletter: Newsletter, day: date) -> Edition:
    """Compose the edition of a date (again) for a reader of everything and keep it as a draft; a frozen edition stays as it is.

    Raises EditionError when the newsletter has no edition on that day of the week.
    """
    now = runtime.clock()
    edition = _edition(runtime, newsletter, day)
    if edition.state not in OPEN:
        return edition
    with runtime.store.reading() as session:
        stuff = material.gather(session, newsletter, edition, day, now)
    choice = stuff.choose(compose.wanted(newsletter, ()), "daily", stuff.home_had, now)
    with runtime.store.writing() as session:
        assert edition.id is not None  # noqa: S101 -- it came from the database
        if editions.move(session, edition.id, source=OPEN, to=EditionState.DRAFT, drafted_at=now):
            editions.save_draft(session, edition.id, choice, {one.article_id: one for one in stuff.candidates})
        return editions.get(session, edition.id)


def freeze_edition(runtime: Runtime, newsletter: Newsletter, day: date) -> Edition:
    """Refresh the sources, choose for every group of readers, render once, and keep all of it; a quiet day is skipped instead."""
    edition = draft_edition(runtime, newsletter, day)
    if edition.state not in OPEN:
        return edition
    collecting.refresh(runtime, _sources_of(runtime, newsletter))
    edition = draft_edition(runtime, newsletter, day)
    now = runtime.clock()
    with runtime.store.reading() as session:
        stuff = material.gather(session, newsletter, edition, day, now)
        found = material.groups(runtime, session, newsletter, day)
        had = material.had(session, found)
    choices = {group: choose_for(stuff, group, had, now) for group in found}
    home = stuff.choose(compose.wanted(newsletter, ()), "daily", stuff.home_had, now)
    home = home if home.count else next((choice for choice in choices.values() if choice.count), home)
    if not home.count:
        return _skip(runtime, edition, "quiet_day")
    return _keep(runtime, edition, stuff, _render(runtime, stuff, home, choices), now)


def choose_for(stuff: Material, group: Group, had: Mapping[int, frozenset[int]], now: datetime) -> Choice:
    """Choose for one group, leaving out all that its readers had."""
    already = frozenset().union(*(had.get(rendering, frozenset()) for rendering in group.had))
    return stuff.choose(group.sections, group.frequency, already, now)


def nothing_for(choice: Choice) -> Excluded:
    """Say why a choice is empty: its readers had everything there was, or there was nothing in their sections."""
    reasons = {one.reason for one in choice.left_out}
    current = reasons - {LeftOutReason.NO_SECTION, LeftOutReason.TOO_OLD, LeftOutReason.BASELINE, LeftOutReason.NOT_YET}
    return Excluded.ALREADY_HAD if current == {LeftOutReason.ALREADY_HAD} else Excluded.NO_ARTICLE


def parse_look(name: str) -> Look:
    """Read a look's name back."""
    template, language, text_size = name.split("/")
    return Look(template, language, "large" if text_size == "large" else "normal")


def _edition(runtime: Runtime, newsletter: Newsletter, day: date) -> Edition:
    slot = recurrence.slot(newsletter, day)
    if slot is None:
        days = ", ".join(newsletter.days)
        raise EditionError(f"{newsletter.name} has no edition on {day:%A}, {day}.", hint=f"Its days are {days}.")
    with runtime.store.writing() as session:
        freeze_at = recurrence.freeze_at(newsletter, slot)
        return editions.find_or_create(session, newsletter.id, day, slot_at=slot, freeze_at=freeze_at)


def _sources_of(runtime: Runtime, newsletter: Newsletter) -> set[str]:
    named = {source for section in newsletter.sections for source in section.sources}
    takes_all = any(not section.sources for section in newsletter.sections)
    return {table.id for table in runtime.settings.sources} if takes_all else named


def _render(runtime: Runtime, stuff: Material, home: Choice, choices: Mapping[Group, Choice]) -> Frozen:
    """Render the blocks of each look once, over all that any reader may get, and write each group's recipe."""
    placed = {one.article_id for choice in (home, *choices.values()) for one in choice.placed}
    content = stuff.content(runtime.settings, frozenset(placed))
    home_look = material.look(runtime, stuff.newsletter)
    looks = {str(home_look)} | {group.look for group, choice in choices.items() if choice.count}
    recipes = {
        group: runtime.renderer.recipe(content, choice, group.sections, parse_look(group.look))
        if choice.count
        else nothing_for(choice)
        for group, choice in choices.items()
    }
    return Frozen(
        content=content,
        home=runtime.renderer.recipe(content, home, compose.wanted(stuff.newsletter, ()), home_look),
        recipes=recipes,
        blocks={name: runtime.renderer.blocks(content, parse_look(name)) for name in sorted(looks)},
    )


def _keep(runtime: Runtime, edition: Edition, stuff: Material, frozen: Frozen, now: datetime) -> Edition:
    assert edition.id is not None  # noqa: S101 -- it came from the database
    written = [recipe for recipe in frozen.recipes.values() if isinstance(recipe, Recipe)]
    with runtime.store.writing() as session:
        changes = {"frozen_at": now, "subject": frozen.home.subject, "preheader": frozen.home.preheader}
        if editions.move(session, edition.id, source=OPEN, to=EditionState.FROZEN, **changes):
            _check_number(editions.take_number(session, edition.id), stuff)
            ids = editions.save_frozen(
                session, edition.id, frozen.home, _distinct(written), frozen.blocks, frozen.content.articles
            )
            _save_groups(session, edition.id, frozen.recipes, ids)
            log.info("%s of %s is frozen", edition.newsletter, edition.edition_date)
        return editions.get(session, edition.id)


def _check_number(number: int, stuff: Material) -> None:
    """Undo a freeze whose number another edition took meanwhile, for it is printed in the blocks; the next tick tries again."""
    if number != stuff.number:
        raise EditionError(f"No. {stuff.number} was taken meanwhile.", hint="The freeze is tried again by itself.")


def _save_groups(
    session: Session, edition_id: int, recipes: Mapping[Group, Recipe | Excluded], ids: Mapping[str, int]
) -> None:
    for group, recipe in recipes.items():
        if isinstance(recipe, Recipe):
            groups.save(session, edition_id, group.key, ids[recipe.key])
        else:
            groups.save(session, edition_id, group.key, None, recipe)


def _distinct(recipes: Iterable[Recipe]) -> list[Recipe]:
    return list({recipe.key: recipe for recipe in recipes}.values())


def _skip(runtime: Runtime, edition: Edition, reason: str) -> Edition:
    assert edition.id is not None  # noqa: S101 -- it came from the database
    with runtime.store.writing() as session:
        now = runtime.clock()
        editions.move(session, edition.id, source=OPEN, to=EditionState.SKIPPED, reason=reason, finished_at=now)
        log.info("%s of %s is skipped: %s", edition.newsletter, edition.edition_date, reason)
        return editions.get(session, edition.id)
