"""A rendered wave → what keeps it from going out: errors of the lint that only its template or colours can have made."""

from collections.abc import Iterable, Mapping

from digest.config import Newsletter
from digest.mail import lint
from digest.mail.lint import Level
from digest.models import Edition
from digest.render import fill
from digest.runtime import Runtime
from digest.store import alarms, editions
from digest.values import Block, EditionState, Look, Recipe

KIND = "checks_failed"
# What articles themselves bring (an odd address, markup in a title) is shown beside the preview and holds nobody's morning.
_HOLDING = frozenset(
    (*(f"E{number:02d}" for number in range(1, 23)), "E24", "E26", "E28", "E33", "E34", "E35", "E36", "E37", "E41")
)
_LONGEST = "x" * 120
_VALUES = {
    "address": f"{_LONGEST[:64]}@example.org",
    "name": "A Reader of Many Names",
    "subscribed_on": "30 September 2026",
    **dict.fromkeys(("unsubscribe_url", "preferences_url", "online_url"), f"https://news.example.org/u/{_LONGEST}"),
}


def failing(runtime: Runtime, blocks: Mapping[str, tuple[Block, ...]], recipes: Iterable[Recipe]) -> list[str]:
    """Return a sentence for each error in the largest page of each look, filled with the longest values, none twice."""
    largest: dict[str, Recipe] = {}
    for one in recipes:
        look = Look.parse(one.look).blocks
        if look in blocks and (look not in largest or len(one.html) > len(largest[look].html)):
            largest[look] = one
    found: dict[str, None] = {}
    for look, recipe in sorted(largest.items()):
        page = runtime.renderer.page(recipe, {block.name: block for block in blocks[look]})
        for finding in lint.check(*fill(page, _VALUES)):
            if finding.level is Level.ERROR and finding.rule in _HOLDING:
                found[f"{finding.rule}: {finding.message}"] = None
    return list(found)


def hold(runtime: Runtime, newsletter: Newsletter, edition: Edition, faults: list[str]) -> bool:
    """Hold an edition because of its faults and tell the editors; False when it is past that, or was released in spite of them."""
    now = runtime.clock()
    reason = f"held by checks: {faults[0]}" + (f" (and {len(faults) - 1} more)" if faults[1:] else "")
    release = f"digest release {newsletter.id} --date {edition.edition_date}"
    text = f"{newsletter.name} of {edition.edition_date} is {reason} “{release}” lets it go all the same."
    source = [EditionState.PLANNED, EditionState.DRAFT]
    with runtime.store.writing() as session:
        if not alarms.raise_(session, KIND, f"{newsletter.id}/{edition.edition_date}", text, now):
            return False  # it stood before: who released the edition since has read it
        return editions.move(session, edition.id or 0, source=source, to=EditionState.HELD, held_at=now, reason=reason)
