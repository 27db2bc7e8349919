"""What an editor sees before readers do: the same functions and, once frozen, the very bytes that leave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from digest import compose
from digest.config import Newsletter
from digest.errors import EditionError
from digest.models import Edition
from digest.pipeline import alerting, editing, material, ranges
from digest.pipeline.material import Material
from digest.pipeline.ranges import OPEN
from digest.render import INERT_TOKENS, fill, messages
from digest.runtime import Runtime
from digest.store import editions, groups
from digest.store.base import Session
from digest.tokens import TokenType
from digest.values import Block, EditionState, Look, Mailbox, Message, NoticeKind, Page, Recipe

_WITHOUT_RENDERINGS = (EditionState.SKIPPED, EditionState.MISSED, EditionState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Preview:
    """A rendering for the eye: strings with inert tokens, and the page they came from."""

    subject: str
    preheader: str
    html: str
    text: str
    sender: str
    page: Page


def preview(
    runtime: Runtime, newsletter_id: str, edition_date: date, chosen: Sequence[str] = (), *, alert: int = 0
) -> Preview:
    """Show an edition as readers of the `chosen` sections get it (none means all). Raises EditionError when there is nothing to show."""
    page = edition_page(runtime, runtime.settings.newsletter(newsletter_id), edition_date, chosen, alert=alert)
    html, text = fill(page, INERT_TOKENS)
    sender = runtime.settings.newsletter(newsletter_id).from_
    return Preview(page.subject, page.preheader, html, text, sender, page)


def edition_page(
    runtime: Runtime,
    newsletter: Newsletter,
    day: date,
    chosen: Sequence[str] = (),
    *,
    alert: int = 0,
    since: datetime | None = None,
    look: Look | None = None,
) -> Page:
    """Return an edition's page: from the frozen blocks where there are some, else from the articles as they stand.

    With `since`, as if it reached back just that far; in the newsletter's own look unless another is given. Raises EditionError
    when there is nothing to show, or it cannot reach so far.
    """
    with runtime.store.reading() as session:
        edition = editions.find(session, newsletter.id, day, alert)
        if alert and edition is None:
            raise EditionError(f"{newsletter.name} has no alert {alert} of {day}.")
        if since is not None:
            ranges.check(runtime, newsletter, edition, since)
        if edition is None or edition.state in OPEN:
            stuff = _material(runtime, session, newsletter, edition, day, since)
            return _drafted(runtime, newsletter, stuff, chosen, look)
        if edition.state in _WITHOUT_RENDERINGS:
            raise EditionError(f"{newsletter.name} of {day} was {edition.state}: {edition.reason}.")
        sections = compose.wanted(newsletter, chosen)
        recipe = _stored(session, newsletter, edition, sections, look)
        if recipe is None:
            return _made(runtime, session, newsletter, edition, sections, look)
        return runtime.renderer.page(recipe, editions.blocks(session, editing.id_of(edition), recipe.look))


def test_message(runtime: Runtime, notice_id: int, to: Mailbox, data: Mapping[str, Any]) -> Message:
    """Return a test mail: the edition's rendering with inert tokens and “[Test]” before its subject."""
    newsletter = runtime.settings.newsletter(str(data["newsletter"]))
    page = edition_page(runtime, newsletter, date.fromisoformat(str(data["date"])), data.get("sections", ()))
    marked = Page(f"[Test] {page.subject}", page.preheader, page.html, page.text, {**page.values, **INERT_TOKENS})
    name = runtime.tokens.name(TokenType.MESSAGE_ID, notice_id)
    moment = runtime.clock()
    return messages.notice(marked, NoticeKind.TEST, notice_id, to, sender=newsletter.from_, name=name, moment=moment)


def _material(
    runtime: Runtime,
    session: Session,
    newsletter: Newsletter,
    edition: Edition | None,
    day: date,
    since: datetime | None,
) -> Material:
    now = runtime.clock()
    if edition is not None and edition.alert:
        return alerting.material_of(session, newsletter, edition, now, runtime.settings)
    return material.gather(session, newsletter, edition, day, now, runtime.settings, since=since)


def _drafted(
    runtime: Runtime, newsletter: Newsletter, stuff: Material, chosen: Sequence[str], look: Look | None
) -> Page:
    """Compose, render and put together what would leave now; nothing of it is kept."""
    sections = compose.wanted(newsletter, chosen)
    choice = stuff.choose_home(sections)
    if not choice.count:
        raise EditionError(f"There is nothing new for {newsletter.name} on {stuff.day}.")
    look = look or editing.home_look(runtime, newsletter)
    content = stuff.content(runtime.settings, frozenset(one.article_id for one in choice.placed))
    recipe = runtime.renderer.recipe(content, choice, sections, look)
    return runtime.renderer.page(recipe, _by_name(runtime.renderer.blocks(content, look)))


def _stored(
    session: Session, newsletter: Newsletter, edition: Edition, sections: tuple[str, ...], look: Look | None
) -> Recipe | None:
    """Return the rendering that readers of these sections got, the home one where it is theirs; None where nobody has it."""
    stored = editions.recipes(session, editing.id_of(edition))
    home = stored.get(edition.home_rendering_id or 0)
    if sections == compose.wanted(newsletter, ()) and home is not None and look in {None, Look.parse(home.look)}:
        return home
    given = groups.renderings(session, editing.id_of(edition))
    theirs = (one for id_, one in stored.items() if id_ in given and one.sections == sections)
    return next((one for one in theirs if look in {None, Look.parse(one.look)}), None)


def _made(
    runtime: Runtime,
    session: Session,
    newsletter: Newsletter,
    edition: Edition,
    sections: tuple[str, ...],
    look: Look | None,
) -> Page:
    """Return what readers of these sections would get of the frozen articles. Raises EditionError where none is theirs."""
    look = look or editing.home_look(runtime, newsletter)
    at = edition.frozen_at or runtime.clock()
    stuff = editing.printed_material(runtime, session, newsletter, edition, at)
    choice = stuff.choose_home(sections, frozenset())
    if not choice.count:
        raise EditionError(f"No article of these sections is in {newsletter.name} of {edition.edition_date}.")
    content = stuff.content(runtime.settings, frozenset(one.article_id for one in stuff.candidates))
    recipe = runtime.renderer.recipe(content, choice, sections, look)
    frozen = editions.blocks(session, editing.id_of(edition), recipe.look)
    return runtime.renderer.page(recipe, frozen or _by_name(runtime.renderer.blocks(content, look)))


def _by_name(blocks: Sequence[Block]) -> dict[str, Block]:
    return {block.name: block for block in blocks}
