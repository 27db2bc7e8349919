"""Editions → renderings → messages: content and choices go in, blocks, recipes, pages and the mails of readers come out."""

from digest.render.inline import inline_css
from digest.render.pages import INERT_TOKENS, TOKENS, fill
from digest.render.renderer import Renderer
from digest.render.words import LANGUAGES

__all__ = ["INERT_TOKENS", "LANGUAGES", "TOKENS", "Renderer", "fill", "inline_css"]
