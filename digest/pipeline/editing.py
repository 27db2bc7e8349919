"""Articles → editions: a draft while there is time, then each wave's freeze, after which nothing of it changes any more."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from digest import compose, recurrence
from digest.config import Newsletter
from digest.errors import EditionError
from digest.models import Edition, Wave
from digest.pipeline import alerting, checks, collecting, material, ranges
from digest.pipeline.material import Group, Material
from digest.runtime import Runtime
from digest.store import audience, editions, groups, histories, waves
from digest.store.audience import Combination
from digest.store.base import Session
from digest.store.groups import GroupShare
from digest.values import Block, Choice, EditionContent, EditionState, Excluded, LeftOutReason, Look, Recipe

OPEN = ranges.OPEN
ALIVE = (*OPEN, EditionState.FROZEN, EditionState.SENDING)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Frozen:
    """A wave rendered, not yet stored: its content, the home recipe if it is the home wave, each combination's recipe or reason."""

    content: EditionContent
    home: Recipe | None
    recipes: Mapping[Combination, Recipe | Excluded]
    had: Mapping[Combination, frozenset[int]]
    blocks: Mapping[str, tuple[Block, ...]]


def draft_edition(runtime: Runtime, newsletter: Newsletter, day: date, *, since: datetime | None = None) -> Edition:
    """Compose the digest of a date (again) for a reader of everything and keep it as a draft; a frozen one stays as it is.

    With `since` it reaches back just that far, for all of its readers, until it is frozen. Raises EditionError when the newsletter
    has no edition on that date, or it cannot reach so far.
    """
    now = runtime.clock()
    edition = open_edition(runtime, newsletter, day)
    if since is not None:
        ranges.check(runtime, newsletter, edition, since)
    if edition.state not in OPEN or edition.approved_at is not None:
        return edition
    changes = {"drafted_at": now} if since is None else {"drafted_at": now, "since": since}
    with runtime.store.reading() as session:
        stuff = material.gather(session, newsletter, edition, day, now, runtime.settings, since=since)
    choice = stuff.choose_home(compose.wanted(newsletter, ()))
    with runtime.store.writing() as session:
        is_open = editions.locked(session, id_of(edition)).approved_at is None
        if is_open and editions.move(session, id_of(edition), source=OPEN, to=EditionState.DRAFT, **changes):
            editions.save_draft(session, id_of(edition), choice, {one.article_id: one for one in stuff.candidates})
        return editions.get(session, id_of(edition))


def open_edition(runtime: Runtime, newsletter: Newsletter, day: date) -> Edition:
    """Return the one edition of a date, made now if need be; at the newsletter's hour as it is until the home wave is frozen.

    Raises EditionError for a date without one.
    """
    slot = recurrence.slot(newsletter, day)
    if slot is None:
        days = ", ".join(newsletter.days)
        raise EditionError(f"{newsletter.name} has no edition on {day:%A}, {day}.", hint=f"Its days are {days}.")
    with runtime.store.writing() as session:
        times = {"slot_at": slot, "freeze_at": recurrence.freeze_at(newsletter, slot)}
        edition = editions.find_or_create(session, newsletter.id, day, **times)
        if edition.slot_at != slot and editions.locked(session, id_of(edition)).state in OPEN:
            editions.change(session, id_of(edition), **times)
            waves.drop_planned(session, id_of(edition))
        return editions.get(session, id_of(edition))


def freeze_edition(runtime: Runtime, newsletter: Newsletter, day: date) -> Edition:
    """Freeze the home wave of a date now, whatever the hour; see `freeze_wave`."""
    edition = draft_edition(runtime, newsletter, day)
    if edition.state not in OPEN:
        return edition
    with runtime.store.writing() as session:
        home = next(wave for wave in make_waves(session, newsletter, edition) if wave.home)
    freeze_wave(runtime, newsletter, edition, home)
    with runtime.store.reading() as session:
        return editions.get(session, id_of(edition))


def make_waves(session: Session, newsletter: Newsletter, edition: Edition) -> list[Wave]:
    """Make the waves that an edition's readers ask for by now; return all, the earliest first."""
    found = alerting.instants_for(session, newsletter, edition)
    freeze = timedelta(minutes=newsletter.freeze_minutes)
    return waves.ensure(session, id_of(edition), list(found), home=edition.slot_at, freeze=freeze)


def freeze_wave(runtime: Runtime, newsletter: Newsletter, edition: Edition, wave: Wave) -> None:
    """Refresh the sources, choose for every group of a wave's readers, render, and keep all of it; with nothing new it is skipped.

    What editors approved is what they saw: nothing is fetched again then, and no article is added. Nor for an alert: it cannot wait.
    """
    if edition.approved_at is None and not edition.alert:
        collecting.refresh(runtime, sources_of(runtime, newsletter))
        if wave.home:
            edition = draft_edition(runtime, newsletter, edition.edition_date)
    _settle_histories(runtime, newsletter, edition.edition_date)
    with runtime.store.reading() as session:
        edition = editions.get(session, id_of(edition))  # an earlier wave may have given it its number meanwhile
    now = runtime.clock()
    frozen = _render_wave(runtime, newsletter, edition, wave, now)
    if frozen is None:
        _skip(runtime, edition, wave, "quiet_day", now)
    elif edition.approved_at is not None or not _is_held(runtime, newsletter, edition, frozen):
        _keep(runtime, newsletter, edition, wave, frozen, now)


def _is_held(runtime: Runtime, newsletter: Newsletter, edition: Edition, frozen: Frozen) -> bool:
    """Say whether the checks of the finished mail found what holds the edition."""
    recipes = [one for one in frozen.recipes.values() if isinstance(one, Recipe)]
    faults = checks.failing(runtime, frozen.blocks, [*recipes, *((frozen.home,) if frozen.home else ())])
    return bool(faults) and checks.hold(runtime, newsletter, edition, faults)


def late_share(
    runtime: Runtime, session: Session, newsletter: Newsletter, edition: Edition, wave: Wave, one: Combination
) -> GroupShare:
    """Choose for a combination that appeared after the freeze, among the articles that were frozen, and keep its rendering."""
    frozen_at = wave.frozen_at or runtime.clock()
    stuff = printed_material(runtime, session, newsletter, edition, frozen_at)
    had = material.had_of(session, [one])[one]
    group = alerting.group_of(runtime, newsletter, one, edition, had)
    choice = stuff.choose(group, material.past_of(session, [group]))
    if not choice.count:
        return GroupShare(one, None, None, nothing_for(stuff, group, material.past_of(session, [group])))
    look = group.look if editions.blocks(session, id_of(edition), str(group.look)) else home_look(runtime, newsletter)
    content = stuff.content(runtime.settings, frozenset(article.article_id for article in stuff.candidates))
    recipe = runtime.renderer.recipe(content, choice, group.sections, look)
    rendering_id = editions.add_rendering(session, id_of(edition), recipe)
    following = _next_history(session, had, rendering_id, edition.edition_date)
    return GroupShare(one, rendering_id, histories.ids(session, [following])[following])


def printed_material(
    runtime: Runtime, session: Session, newsletter: Newsletter, edition: Edition, at: datetime
) -> Material:
    """Return an edition's material at an instant, narrowed to what it printed."""
    stuff = alerting.material_of(session, newsletter, edition, at, runtime.settings)
    return stuff.only(editions.printed(session, id_of(edition)))


def nothing_for(stuff: Material, group: Group, past: material.Past) -> Excluded:
    """Say why a group gets nothing: its readers had everything there was, or there was nothing in their sections."""
    reasons = {one.reason for one in stuff.choose(group, past, explain=True).left_out}
    current = reasons - {LeftOutReason.NO_SECTION, LeftOutReason.TOO_OLD, LeftOutReason.BASELINE, LeftOutReason.NOT_YET}
    return Excluded.ALREADY_HAD if current == {LeftOutReason.ALREADY_HAD} else Excluded.NO_ARTICLE


def sources_of(runtime: Runtime, newsletter: Newsletter) -> set[str]:
    """Return the ids of the sources that feed a newsletter."""
    named = {source for section in newsletter.sections for source in section.sources}
    takes_all = any(not section.sources for section in newsletter.sections)
    return {table.id for table in runtime.settings.sources} if takes_all else named


def home_look(runtime: Runtime, newsletter: Newsletter) -> Look:
    """Return the newsletter's own look."""
    return material.look(runtime, newsletter)


def id_of(row: Edition | Wave) -> int:
    """Return a stored row's id."""
    assert row.id is not None  # noqa: S101 -- it came from the database
    return row.id


def _settle_histories(runtime: Runtime, newsletter: Newsletter, day: date) -> None:
    """See that what every reader had is known, some thousand readers in each transaction."""
    newsletters = (newsletter.id, *newsletter.shares_history_with)
    with runtime.store.writing() as session:
        histories.settle_empty(session, newsletters)
    more = True
    while more:
        with runtime.store.writing() as session:
            more = histories.settle_next(session, newsletters, day - material.MEMORY)


def _render_wave(
    runtime: Runtime, newsletter: Newsletter, edition: Edition, wave: Wave, now: datetime
) -> Frozen | None:
    """Choose and render for all groups of a wave; None when none of them gets anything, nor a reader of everything."""
    with runtime.store.reading() as session:
        stuff = alerting.material_of(session, newsletter, edition, now, runtime.settings)
        if edition.approved_at is not None:
            stuff = stuff.only(frozenset(pick.article_id for pick in editions.picks(session, id_of(edition))))
        found = audience.combinations(session, alerting.audience_for(session, newsletter, edition, wave))
        had = material.had_of(session, found)
        group_of = {one: alerting.group_of(runtime, newsletter, one, edition, had[one]) for one in found}
        past = material.past_of(session, group_of.values())
        frozen = editions.printed(session, id_of(edition)), editions.looks(session, id_of(edition))
    choices = {group: stuff.choose(group, past) for group in set(group_of.values())}
    home = _home_choice(stuff, newsletter, choices.values()) if wave.home else None
    if not any(choice.count for choice in choices.values()) and not (home and home.count):
        return None
    content, blocks = _draw(runtime, stuff, newsletter, choices, home, *frozen)
    recipes = {
        group: runtime.renderer.recipe(content, choice, group.sections, group.look)
        if choice.count
        else nothing_for(stuff, group, past)
        for group, choice in choices.items()
    }
    wanted = compose.wanted(newsletter, ())
    return Frozen(
        content=content,
        home=runtime.renderer.recipe(content, home, wanted, home_look(runtime, newsletter)) if home else None,
        recipes={one: recipes[group] for one, group in group_of.items()},
        had=had,
        blocks=blocks,
    )


def _home_choice(stuff: Material, newsletter: Newsletter, choices: Iterable[Choice]) -> Choice:
    """Return what a reader of everything gets; if they had it all, what somebody gets."""
    home = stuff.choose_home(compose.wanted(newsletter, ()))
    return home if home.count else next((choice for choice in choices if choice.count), home)


def _draw(
    runtime: Runtime,
    stuff: Material,
    newsletter: Newsletter,
    choices: Mapping[Group, Choice],
    home: Choice | None,
    printed: frozenset[int],
    drawn: Sequence[str],
) -> tuple[EditionContent, dict[str, tuple[Block, ...]]]:
    """Draw the blocks of each look once, over all that any reader of the wave may get and all that earlier waves `printed`.

    Looks that were `drawn` before are drawn again only for articles that are new: so each look has every article of the edition.
    """
    every: Sequence[Choice] = [*choices.values(), *([home] if home else [])]
    placed = frozenset(one.article_id for choice in every for one in choice.placed)
    content = stuff.content(runtime.settings, placed | printed)
    names = {group.look.blocks for group, choice in choices.items() if choice.count}
    if home:
        names.add(home_look(runtime, newsletter).blocks)
    wanted = names.union(drawn) if placed - printed else names.difference(drawn)
    return content, {name: runtime.renderer.blocks(content, Look.parse(name)) for name in sorted(wanted)}


def _keep(
    runtime: Runtime, newsletter: Newsletter, edition: Edition, wave: Wave, frozen: Frozen, now: datetime
) -> None:
    """Store a frozen wave, unless another process did or the edition stopped meanwhile."""
    recipes = {one.key: one for one in frozen.recipes.values() if isinstance(one, Recipe)}
    if frozen.home:
        recipes[frozen.home.key] = frozen.home
    with runtime.store.writing() as session:
        if not _take(session, edition, wave, frozen, now, runtime.tokens.key_id):
            return
        _check_number(editions.take_number(session, id_of(edition)), frozen.content.masthead.number)
        ids = editions.save_frozen(
            session,
            id_of(edition),
            list(recipes.values()),
            frozen.blocks,
            frozen.content.articles,
            keep_drafted=edition.approved_at is not None,
        )
        if frozen.home:
            editions.make_home(session, id_of(edition), ids[frozen.home.key])
        groups.save(session, id_of(wave), _shares(session, frozen, ids, edition.edition_date))
        log.info("%s of %s is frozen for %s", newsletter.id, edition.edition_date, wave.due_at.isoformat())


def _take(session: Session, edition: Edition, wave: Wave, frozen: Frozen, now: datetime, token_key: int) -> bool:
    """Move the wave, and with the home wave its edition, on; False, and nothing moved, when either is no longer where it was."""
    state = editions.locked(session, id_of(edition)).state
    if waves.lock(session, id_of(wave)).state != EditionState.PLANNED:
        return False
    if frozen.home is None:
        if state not in ALIVE:
            return False
    else:
        envelope = {"subject": frozen.home.subject, "preheader": frozen.home.preheader}
        changes = {"frozen_at": now, "catches_up": frozen.content.masthead.catches_up, **envelope}
        if not editions.move(session, id_of(edition), source=OPEN, to=EditionState.FROZEN, **changes):
            return False
    sealed = {"frozen_at": now, "token_key": token_key}
    return waves.move(session, id_of(wave), source=[EditionState.PLANNED], to=EditionState.FROZEN, **sealed)


def _shares(session: Session, frozen: Frozen, ids: Mapping[str, int], day: date) -> list[GroupShare]:
    """Return what each combination gets, and what its readers will have had then."""
    following = {
        one: _next_history(session, frozen.had[one], ids[recipe.key], day)
        for one, recipe in frozen.recipes.items()
        if isinstance(recipe, Recipe)
    }
    known = histories.ids(session, set(following.values()))
    return [
        GroupShare(one, ids[recipe.key], known[following[one]])
        if isinstance(recipe, Recipe)
        else GroupShare(one, None, None, recipe)
        for one, recipe in frozen.recipes.items()
    ]


def _next_history(session: Session, had: frozenset[int], rendering_id: int, day: date) -> frozenset[int]:
    """Return what readers had once they have one more rendering; what is older than a month is forgotten."""
    return frozenset(histories.recent(session, had, day - material.MEMORY)) | {rendering_id}


def _check_number(number: int, printed: int | None) -> None:
    """Undo a freeze whose number another edition took meanwhile, for it is printed in the blocks; the next tick tries again."""
    if number != printed:
        raise EditionError(f"No. {printed} was taken meanwhile.", hint="The freeze is tried again by itself.")


def _skip(runtime: Runtime, edition: Edition, wave: Wave, reason: str, now: datetime) -> None:
    """Close a wave that has nothing to print, and its edition when no other wave is left."""
    with runtime.store.writing() as session:
        planned = [EditionState.PLANNED]
        if editions.locked(session, id_of(edition)).state not in ALIVE:
            return
        if not waves.move(session, id_of(wave), source=planned, to=EditionState.SKIPPED, reason=reason):
            return
        log.info("%s of %s is skipped for %s: %s", edition.newsletter, edition.edition_date, wave.due_at, reason)
        if all(one.state == EditionState.SKIPPED for one in waves.of(session, id_of(edition))):
            changes = {"reason": reason, "finished_at": now}
            editions.move(session, id_of(edition), source=OPEN, to=EditionState.SKIPPED, **changes)
