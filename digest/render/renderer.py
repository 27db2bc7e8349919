"""Editions and notices → blocks, recipes and pages: the one object that the pipeline draws with."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from digest.errors import TemplateError
from digest.render import blocks, notices, pages, recipes
from digest.render.blocks import Inline
from digest.render.environment import mail_environment, packaged_templates
from digest.render.inline import inline_css
from digest.render.words import known_language, words
from digest.values import Block, Choice, EditionContent, Look, NoticeKind, Page, Recipe


class Renderer:
    """Draws editions and notices from a folder of templates. Built once; safe to share between threads."""

    def __init__(self, own: Path | None = None, inline: Inline = inline_css) -> None:
        """Use the files below `own`/email, and for those it lacks the ones that came with the software; `inline` inlines the CSS."""
        self._environment = mail_environment(*((own,) if own else ()), packaged_templates())
        self._inline = inline
        self._frame = lru_cache(maxsize=256)(self._draw_frame)

    def blocks(self, content: EditionContent, look: Look) -> tuple[Block, ...]:
        """Return the frozen pieces of all that any reader of a look may get, inlined once. Raises TemplateError."""
        return blocks.draw(self._environment, self._inline, content, look)

    def recipe(self, content: EditionContent, choice: Choice, wanted: Sequence[str], look: Look) -> Recipe:
        """Return what one section-set gets: names of blocks and the values of its set. Raises TemplateError."""
        return recipes.write(self._environment, content, choice, wanted, look)

    def page(self, recipe: Recipe, blocks: Mapping[str, Block]) -> Page:
        """Put a rendering together from its blocks. Raises EditionError when one is missing."""
        return pages.page(recipe, blocks)

    def notice(self, kind: NoticeKind, context: Mapping[str, object]) -> Page:
        """Return a notice; `context` holds name, link, address, sections (names), language and site. Raises TemplateError."""
        if kind is NoticeKind.TEST:
            raise TemplateError("A test mail is an edition.", hint="Put its page together from its recipe.")
        frame = self._frame(notices.frame_of(kind, context))
        return replace(frame, values={**frame.values, **notices.values_of(context)})

    def language(self, wish: str) -> str:
        """Return the language whose words a reader of `wish` gets."""
        return known_language(wish)

    def say(self, key: str, language: str) -> str:
        """Return one of the mail's own sentences."""
        return words(known_language(language)).say(key)

    def day_in_words(self, day: date, language: str) -> str:
        """Return a date as a sentence of the mail says it: 3 March 2025."""
        return _day_in_words(day, language)

    def _draw_frame(self, frame: notices.Frame) -> Page:
        return notices.draw(self._environment, self._inline, frame)


@lru_cache(maxsize=4096)
def _day_in_words(day: date, language: str) -> str:
    """Every mail says since when its reader gets it: each day is put into words once."""
    return words(language).day(day)
