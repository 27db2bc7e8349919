"""Editions → renderings → messages: content and choices go in, blocks, recipes, pages and the mails of readers come out."""

from digest.render.catalogues import LANGUAGES
from digest.render.inline import inline_css
from digest.render.pages import INERT_TOKENS, TOKENS, fill
from digest.render.renderer import Renderer

__all__ = ["INERT_TOKENS", "LANGUAGES", "TOKENS", "Renderer", "fill", "inline_css"]
