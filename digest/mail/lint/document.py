"""A mail as the rules read it: HTML and text go in, its tree, styles and what each element's text looks like come out."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from cssselect import SelectorError
from lxml import etree
from lxml import html as lxml_html
from lxml.cssselect import CSSSelector

from digest.errors import LintError
from digest.mail.lint import css
from digest.mail.lint.css import Rgb, Rule, Value

Element: TypeAlias = Any  # an lxml.html.HtmlElement: lxml ships no types

_NEVER_IN_HTML = re.compile("[\x00-\x08\x0b\x0e-\x1f]")
_DARK = re.compile(r"prefers-color-scheme\s*:\s*dark")
_FILLER = re.compile("[\u034f\u200b-\u200f\u2060\ufeff\xad\xa0\\s]+")
_PLAIN_SIZE = 16.0
_WHITE: Rgb = (255, 255, 255)
_BLACK: Rgb = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Shown:
    """How an element's own text is drawn: colours in light and dark (None: not known), size in pixels, direction."""

    color: Rgb | None = _BLACK
    ground: Rgb | None = _WHITE
    dark_color: Rgb | None = None
    dark_ground: Rgb | None = None
    size: float = _PLAIN_SIZE
    rtl: bool = False
    hidden: bool = False


class Document:
    """One mail; what several rules need is worked out once."""

    def __init__(self, raw: str, text: str | None, root: Element) -> None:
        """Use `read`."""
        self.raw = raw
        self.text = text
        self.root = root

    @classmethod
    def read(cls, raw: str, text: str | None = None) -> "Document":
        """Parse a mail's HTML as a browser would, mending what is broken. Raises LintError where there is nothing to parse."""
        try:
            root = lxml_html.document_fromstring(
                _NEVER_IN_HTML.sub("", raw).encode("utf-8", "replace"), parser=_parser()
            )
        except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
            raise LintError from error
        return cls(raw, text, root)

    @property
    def body(self) -> Element:
        """The body; the root where a document has none."""
        found = self.root.find(".//body")
        return self.root if found is None else found

    @cached_property
    def elements(self) -> list[Element]:
        """Every element in the order of the document, comments left out."""
        return [element for element in self.root.iter() if isinstance(element.tag, str)]

    @cached_property
    def inline(self) -> dict[Element, dict[str, Value]]:
        """The declarations of each style attribute, by element, in the order of the document."""
        return {element: css.declarations(element.get("style")) for element in self.elements if element.get("style")}

    @cached_property
    def style_blocks(self) -> list[tuple[int, str]]:
        """Each style element: its line and what is in it."""
        return [(line_of(one), one.text or "") for one in self.elements if one.tag == "style"]

    @cached_property
    def rules(self) -> list[Rule]:
        """The rules of all style elements."""
        return [rule for _, block in self.style_blocks for rule in css.rules(block)]

    @cached_property
    def dark(self) -> dict[Element, dict[str, Value]]:
        """What the rules for dark mode say of each element that they reach."""
        found: dict[Element, dict[str, Value]] = {}
        for rule in self.rules:
            if _DARK.search(rule.media):
                for element in self._matched(rule.selector):
                    _merge(found.setdefault(element, {}), rule.declarations)
        return found

    @cached_property
    def has_dark(self) -> bool:
        """Whether a style element has rules for dark mode."""
        return any(_DARK.search(rule.media) for rule in self.rules)

    @cached_property
    def shown(self) -> Mapping[Element, Shown]:
        """How each element's own text is drawn."""
        found: dict[Element, Shown] = {}
        for element in self.elements:
            parent = element.getparent()
            found[element] = self._computed(element, found.get(parent, Shown()) if parent is not None else Shown())
        return found

    def texts(self) -> Iterator[tuple[Element, str]]:
        """Yield each element inside the body that has visible text of its own, with that text."""
        for element in self.body.iter():
            if isinstance(element.tag, str) and element.tag not in ("style", "script", "title"):
                own = visible("".join((element.text or "", *((child.tail or "") for child in element))))
                if own and not self.shown[element].hidden:
                    yield element, own

    def line_at(self, position: int) -> int:
        """Return the line of a place in the raw HTML."""
        return self.raw.count("\n", 0, position) + 1

    def _matched(self, selector: str) -> list[Element]:
        try:
            return list(CSSSelector(selector, translator="html")(self.root))
        except (SelectorError, etree.XPathError):
            return []  # a selector of one client's own: it reaches nothing elsewhere

    def _computed(self, element: Element, around: Shown) -> Shown:
        style = self.inline.get(element, {})
        dark = self.dark.get(element, {})
        ground = _ground(element, style)
        light = _color(style), ground
        size = css.font_size(style)
        direction = element.get("dir", "").lower()
        return Shown(
            color=light[0] or around.color,
            ground=light[1] or around.ground,
            dark_color=_over(dark, "color", style) or light[0] or around.dark_color,
            dark_ground=_over(dark, "background-color", style) or light[1] or around.dark_ground,
            size=(css.pixels(size, around.size) if size else None) or (around.size if not size else 0.0),
            rtl=direction == "rtl" or (around.rtl and direction != "ltr"),
            hidden=around.hidden or _is_hidden(style),
        )


def line_of(element: Element) -> int:
    """Return the line that an element begins on, 0 where the parser made it up."""
    return int(element.sourceline or 0)


def visible(text: str) -> str:
    """Return what a reader sees of a text: fillers and white space collapsed."""
    return _FILLER.sub(" ", text).strip()


def _parser() -> Any:  # noqa: ANN401 -- lxml ships no types
    return lxml_html.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True)


def _merge(into: dict[str, Value], more: Mapping[str, Value]) -> None:
    for name, value in more.items():
        if value.important or name not in into or not into[name].important:
            into[name] = value


def _color(style: Mapping[str, Value]) -> Rgb | None:
    value = style.get("color")
    return css.color(value.text) if value else None


def _ground(element: Element, style: Mapping[str, Value]) -> Rgb | None:
    value = style.get("background-color") or style.get("background")
    return css.color(value.text if value else element.get("bgcolor") or "")


def _over(dark: Mapping[str, Value], name: str, style: Mapping[str, Value]) -> Rgb | None:
    """Return the colour that a dark rule gives: over a style attribute only with `!important`."""
    value = dark.get(name) or (dark.get("background") if name == "background-color" else None)
    if value is None or (not value.important and name in style):
        return None
    return css.color(value.text)


def _is_hidden(style: Mapping[str, Value]) -> bool:
    shown, seen = style.get("display"), style.get("visibility")
    return (shown is not None and shown.text == "none") or (seen is not None and seen.text == "hidden")
