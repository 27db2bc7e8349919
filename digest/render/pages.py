"""A recipe and frozen blocks → a page, and a page with token values → the strings of its two parts."""

import html
from collections.abc import Mapping, Sequence

from digest.errors import EditionError
from digest.render import names
from digest.values import TOKEN, Block, Form, Page, Recipe

_COUNTED = (Form.LEAD, Form.FEATURE, Form.COMPACT)

TOKENS: tuple[str, ...] = (
    *("address", "name", "subscribed_on"),
    *("unsubscribe_url", "preferences_url", "online_url"),
)
"""Every token whose value is one reader's; the other tokens of a page are in its values."""

INERT_TOKENS: Mapping[str, str] = {
    "address": "reader@example.org",
    "name": "Reader",
    "subscribed_on": "1 January 2026",
    "unsubscribe_url": "https://preview.invalid/unsubscribe",
    "preferences_url": "https://preview.invalid/preferences",
    "online_url": "https://preview.invalid/online",
}
"""Values that do no harm: `.invalid` never resolves (RFC 6761, section 6.4)."""


def page(recipe: Recipe, blocks: Mapping[str, Block]) -> Page:
    """Put a rendering together. Raises EditionError when a block is missing."""
    try:
        return Page(
            subject=recipe.subject,
            preheader=recipe.preheader,
            html=tuple(piece for name in recipe.html if (piece := blocks[name].html)),
            text=tuple(piece for name in recipe.text if (piece := blocks[name].text)),
            values={**_numbers(recipe), **recipe.values},
        )
    except KeyError as error:
        raise EditionError(
            f"The block {error} of {recipe.look} is not among the frozen ones.", hint="Draft the edition again."
        ) from error


def _numbers(recipe: Recipe) -> dict[str, str]:
    """Count the articles of a rendering as its dateline does: the lead, then those of the sections."""
    counted = [id_ for id_ in (one.article_id for one in recipe.placed) if recipe.forms[id_] in _COUNTED]
    return {names.number(id_): str(place) for place, id_ in enumerate(counted, start=1)}


def fill(page: Page, tokens: Mapping[str, str]) -> tuple[str, str]:
    """Return the HTML and the text of a page with its tokens filled in one pass, values escaped in HTML and raw in text.

    `tokens` maps names to plain values; a token that nobody has a value for stays, so that the lint sees it.
    """
    values = {**page.values, **tokens}
    escaped = {name: html.escape(value) for name, value in values.items()}
    return _filled(page.html, escaped), _filled(page.text, values)


def _filled(pieces: Sequence[str], values: Mapping[str, str]) -> str:
    return TOKEN.sub(lambda found: values.get(found[1], found[0]), "".join(pieces))
