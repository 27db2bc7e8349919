"""An article that was withdrawn or hidden after the freeze is taken out of everything that did not leave yet, from the frozen blocks."""

import logging
from dataclasses import replace

from digest.models import Edition
from digest.pipeline import editing
from digest.runtime import Runtime
from digest.store import deliveries, editions, groups
from digest.store.base import Session
from digest.values import Choice, Excluded, Look, PickKind, Placed, Recipe

log = logging.getLogger(__name__)


def recall_withdrawn(runtime: Runtime) -> int:
    """Give every group, waiting delivery and archive page a rendering without what was withdrawn; return how many renderings that took."""
    with runtime.store.reading() as session:
        found = editions.withdrawn(session)
    for rendering_id, (edition_id, gone) in sorted(found.items()):
        with runtime.store.writing() as session:
            edition = editions.get(session, edition_id)
            new = _without(runtime, session, edition, editions.recipe(session, rendering_id), gone)
            groups.repoint(session, edition_id, rendering_id, new, "" if new else Excluded.NO_ARTICLE)
            deliveries.repoint(session, rendering_id, new, runtime.clock())
            if edition.home_rendering_id == rendering_id:
                editions.make_home(session, edition_id, new)
            log.info(
                "rendering %d of edition %d goes on without %d withdrawn articles", rendering_id, edition_id, len(gone)
            )
    return len(found)


def _without(runtime: Runtime, session: Session, edition: Edition, recipe: Recipe, gone: frozenset[int]) -> int | None:
    """Return a rendering that prints the rest; None when nothing new would be left."""
    choice = _choice([one for one in recipe.placed if one.article_id not in gone])
    if not choice.count:
        return None
    newsletter = runtime.settings.newsletter(edition.newsletter)
    at = edition.frozen_at or runtime.clock()
    stuff = editing.printed_material(runtime, session, newsletter, edition, at)
    content = stuff.content(runtime.settings, frozenset(one.article_id for one in choice.placed))
    look = Look.parse(recipe.look)
    return editions.add_rendering(
        session, editing.id_of(edition), runtime.renderer.recipe(content, choice, recipe.sections, look)
    )


def _choice(kept: list[Placed]) -> Choice:
    """Put what is left together again; if the lead is gone, the first new item leads."""
    by_kind = {kind: [one for one in kept if one.kind is kind] for kind in PickKind}
    items = [one for one in kept if one.kind in {PickKind.ITEM, PickKind.FALLBACK}]
    lead = next(iter(by_kind[PickKind.LEAD]), None)
    first = next(iter(by_kind[PickKind.ITEM]), None)
    if lead is None and first is not None:
        items.remove(first)
        lead = replace(first, kind=PickKind.LEAD, position=0)
    return Choice(
        lead=lead,
        items=tuple(items),
        corrections=tuple(by_kind[PickKind.CORRECTION]),
        most_read=tuple(by_kind[PickKind.MOST_READ]),
        also_like=tuple(by_kind[PickKind.ALSO_LIKE]),
    )
