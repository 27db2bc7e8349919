"""Rules about styles: what clients understand, how text is seen in light and in dark (E10, E17–E22, E36–E38, E41)."""

import re
from collections.abc import Iterator

from digest.mail.lint import css
from digest.mail.lint.css import Value
from digest.mail.lint.document import Document, Element, line_of, visible
from digest.mail.lint.finding import Finding, error, warn

_SIDES = ("top", "right", "bottom", "left")
UNDERSTOOD = frozenset(
    (
        "background-color",
        "border",
        "border-radius",
        "border-collapse",
        "border-spacing",
        "color",
        "direction",
        "display",
        "font",
        "font-family",
        "font-size",
        "font-style",
        "font-weight",
        "height",
        "letter-spacing",
        "line-height",
        "margin",
        "max-height",
        "max-width",
        "opacity",
        "overflow",
        "padding",
        "text-align",
        "text-decoration",
        "text-transform",
        "vertical-align",
        "white-space",
        "width",
        "word-break",
        "mso-hide",
        "mso-line-height-rule",
        "mso-padding-alt",
        "mso-table-lspace",
        "mso-table-rspace",
        "mso-text-raise",
        "-webkit-text-size-adjust",
        "-ms-text-size-adjust",
        "-ms-interpolation-mode",
        *(f"{what}-{side}" for what in ("border", "margin", "padding") for side in _SIDES),
    )
)
_LAYOUTS = re.compile(r"^(?:inline-)?(?:flex|grid)$")
_FUNCTIONS = re.compile(r"\b(?:var|calc|clamp|min|max|hsla?|oklch|oklab|lch|lab|color-mix)\(", re.IGNORECASE)
_UNITS = re.compile(r"(?<![\w#.-])-?\d*\.?\d+(?:rem|vw|vh|ch)\b", re.IGNORECASE)
_HEX = re.compile(r"#[0-9a-f]{6}|inherit|transparent", re.IGNORECASE)
_FETCHES = re.compile(r"@import\b|@font-face\b", re.IGNORECASE)
_ESCAPE = re.compile(r"\\([0-9a-f]{1,6})\s?", re.IGNORECASE)
_NEGATIVE = re.compile(r"(?<![\w.])-\d*\.?\d")
_SMALLEST, _SPACER = 12.0, 2.0  # CSS pixels
_LARGE, _ENOUGH, _ENOUGH_LARGE = 24.0, 4.5, 3.0  # WCAG 2.2, 1.4.3


def imports(document: Document) -> Iterator[Finding]:
    """E10: no style asks the network for more."""
    for line, block in document.style_blocks:
        for found in sorted({one.lower() for one in _FETCHES.findall(_unescaped(block))}):
            yield error("E10", line, f"A style element has {found}.")


def properties(document: Document) -> Iterator[Finding]:
    """E17: every inline property is one that clients understand; no flex, no grid."""
    for element, style in document.inline.items():
        for name, value in style.items():
            if name not in UNDERSTOOD:
                yield error("E17", line_of(element), f"{name} is not understood everywhere.")
            elif name == "display" and _LAYOUTS.match(value.text.lower()):
                yield error("E17", line_of(element), f"display:{value.text} is not understood everywhere.")


def values(document: Document) -> Iterator[Finding]:
    """E18: no function or unit that makes a client drop the whole style."""
    for element, style in document.inline.items():
        for name, value in style.items():
            if found := _FUNCTIONS.search(value.text) or _UNITS.search(value.text):
                yield error("E18", line_of(element), f"{name} uses {found[0].rstrip('(')}, which clients drop.")
    for line, block in document.style_blocks:
        for rule in css.rules(block):
            for name, value in rule.declarations.items():
                if found := _FUNCTIONS.search(value.text) or _UNITS.search(value.text):
                    yield error("E18", line, f"{name} uses {found[0].rstrip('(')}, for which Gmail drops the block.")


def colors(document: Document) -> Iterator[Finding]:
    """E19: colours are six hexadecimal digits."""
    for element, name, value in _inline(document):
        if name in ("color", "background-color") and not _HEX.fullmatch(value.text):
            yield error("E19", line_of(element), f"{name}:{value.text} is not #rrggbb.")


def importance(document: Document) -> Iterator[Finding]:
    """E20: Outlook drops an inline declaration with !important."""
    for element, name, value in _inline(document):
        if value.important:
            yield error("E20", line_of(element), f"{name} has !important in a style attribute.")


def margins(document: Document) -> Iterator[Finding]:
    """E21: no negative margin."""
    for element, name, value in _inline(document):
        if name.startswith("margin") and _NEGATIVE.search(value.text):
            yield error("E21", line_of(element), f"{name}:{value.text} is negative.")


def sizes(document: Document) -> Iterator[Finding]:
    """E22: text is at least 12 pixels, on phones too; what is at most 2 is a spacer."""
    for element, style in document.inline.items():
        shown = document.shown[element]
        if css.font_size(style) and not shown.hidden and _too_small(shown.size):
            yield error("E22", line_of(element), f"Text of {shown.size:g} pixels is too small to read.")
    for line, block in document.style_blocks:
        for rule in css.rules(block):
            size = css.font_size(rule.declarations)
            found = css.pixels(size, _LARGE) if size else None
            if found is not None and "print" not in rule.media and _too_small(found):
                yield error("E22", line, f"{rule.selector} makes text of {found:g} pixels, too small to read.")


def dark_palette(document: Document) -> Iterator[Finding]:
    """E36: the mail has colours for dark mode."""
    if not document.has_dark:
        yield warn("E36", 0, "There is no palette for dark mode (prefers-color-scheme: dark).")


def contrasts(document: Document) -> Iterator[Finding]:
    """E37: text stands out from what it stands on, in light and in dark (WCAG 2.2, 1.4.3)."""
    for element, text in document.texts():
        shown = document.shown[element]
        enough = _ENOUGH_LARGE if shown.size >= _LARGE else _ENOUGH
        pairs = [("light", shown.color, shown.ground)]
        if document.has_dark:
            pairs.append(("dark", shown.dark_color, shown.dark_ground))
        for scheme, ink, ground in pairs:
            if ink is not None and ground is not None and (found := css.contrast(ink, ground)) < enough:
                yield error("E37", line_of(element), f"“{text[:40]}” has a contrast of {found:.1f} in {scheme}.")


def dark_twins(document: Document) -> Iterator[Finding]:
    """E38: a ground that light mode gives has another in dark mode; a picture's own ground stays."""
    if not document.has_dark:
        return
    for element, style in document.inline.items():
        value = style.get("background-color")
        if value is None or css.color(value.text) is None or _is_a_picture(element):
            continue
        dark = document.dark.get(element, {})
        if "background-color" not in dark and "background" not in dark:
            yield warn("E38", line_of(element), f"The ground {value.text} of <{element.tag}> has no twin in dark mode.")


def spacing(document: Document) -> Iterator[Finding]:
    """E41: letters of scripts that join stand as they are."""
    for element, style in document.inline.items():
        spaced = style.get("letter-spacing")
        if spaced and document.shown[element].rtl and not re.fullmatch(r"[+-]?0*\.?0*[a-z%]*|normal", spaced.text):
            yield error("E41", line_of(element), f"letter-spacing:{spaced.text} tears letters that join.")


def _inline(document: Document) -> Iterator[tuple[Element, str, Value]]:
    for element, style in document.inline.items():
        for name, value in style.items():
            yield element, name, value


def _too_small(size: float) -> bool:
    return _SPACER < size < _SMALLEST


def _is_a_picture(element: Element) -> bool:
    return element.tag == "img" or (element.find(".//img") is not None and not visible(element.text_content()))


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(min(int(found[1], 16), 0x10FFFF)), text)
