"""Rules about the document: its head, its elements, tables, conditional comments, headings and preheader (E01–E16, E34, E35)."""

import re
from collections.abc import Iterator
from itertools import pairwise

from digest.mail.lint.document import Document, Element, line_of, visible
from digest.mail.lint.finding import Finding, error, warn

CLIPPED_AT = 102_000  # bytes of UTF-8: Gmail cuts at about 102,400
NEAR_THE_CLIP = 92_000
_ONE_BLOCK, _ALL_BLOCKS = 8_192, 16_384  # characters of CSS that Gmail keeps
_DEEPEST = 6
_PREHEADER = (35, 140)  # visible characters
_FORBIDDEN = frozenset(
    (
        "script",
        "form",
        "input",
        "button",
        "select",
        "textarea",
        "iframe",
        "object",
        "embed",
        "video",
        "audio",
        "svg",
        "link",
        "base",
        "picture",
        "dialog",
        "canvas",
    )
)
_WANTED_METAS = ("color-scheme", "supported-color-schemes", "format-detection", "x-apple-disable-message-reformatting")
_DOCTYPE = re.compile(r"\A[\s\ufeff]*(?:<!--.*?-->\s*)*<!doctype\s+html\s*>", re.IGNORECASE | re.DOTALL)
_MSO = re.compile(r"<!--\[if [^\]]*\]>(?!<!|\s*-->)(.*?)<!\[endif\]-->", re.DOTALL | re.IGNORECASE)
_HEADING = re.compile(r"h[1-6]")


def clip(document: Document) -> Iterator[Finding]:
    """E01: Gmail shows no more than about 102,000 bytes."""
    size = len(document.raw.encode("utf-8", "replace"))
    if size > CLIPPED_AT:
        yield error("E01", 0, f"The HTML has {size:,} bytes; Gmail cuts it off after {CLIPPED_AT:,}.")
    elif size > NEAR_THE_CLIP:
        yield warn("E01", 0, f"The HTML has {size:,} bytes, near the {CLIPPED_AT:,} after which Gmail cuts it off.")


def style_blocks(document: Document) -> Iterator[Finding]:
    """E02: Gmail drops a style element that is too long, and what comes after the limit of all."""
    for line, block in document.style_blocks:
        if len(block) > _ONE_BLOCK:
            yield error("E02", line, f"A style element has {len(block):,} characters, more than {_ONE_BLOCK:,}.")
    if (total := sum(len(block) for _, block in document.style_blocks)) > _ALL_BLOCKS:
        yield error("E02", 0, f"The style elements have {total:,} characters in all, more than {_ALL_BLOCKS:,}.")


def head(document: Document) -> Iterator[Finding]:
    """E03–E06: doctype, language, direction, title."""
    html = document.root
    if not _DOCTYPE.match(document.raw):
        yield error("E03", 1, "The document does not begin with <!DOCTYPE html>.")
    if not html.get("lang", "").strip():
        yield error("E04", line_of(html), "<html> has no lang.")
    if html.get("dir", "").lower() not in ("ltr", "rtl"):
        yield error("E05", line_of(html), "<html> has no dir of ltr or rtl.")
    if not any(visible(title.text_content()) for title in html.iter("title")):
        yield error("E06", line_of(html), "There is no <title>, or it is empty.")


def metas(document: Document) -> Iterator[Finding]:
    """E07: what a phone and a mail client ask of the head."""
    found = [(one.get("name") or "").lower() for one in document.root.iter("meta")]
    if not any(_names_charset(one) for one in document.root.iter("meta")):
        yield error("E07", 0, "There is no <meta charset>.")
    if "viewport" not in found:
        yield error("E07", 0, "There is no <meta name=viewport>.")
    for name in _WANTED_METAS:
        if name not in found:
            yield warn("E07", 0, f"There is no <meta name={name}>.")


def elements(document: Document) -> Iterator[Finding]:
    """E08, E09, E11: no element that mail clients drop, no program, styles in the head only."""
    body = document.body
    for one in document.elements:
        if one.tag in _FORBIDDEN:
            yield error("E08", line_of(one), f"<{one.tag}> does not belong in a mail.")
        for name in one.attrib:
            if name.lower().startswith("on"):
                yield error("E09", line_of(one), f"<{one.tag}> has a program in its attribute {name}.")
    for style in body.iter("style"):
        yield error("E11", line_of(style), "A <style> stands in the body; clients read it in the head only.")


def tables(document: Document) -> Iterator[Finding]:
    """E12–E14: layout tables say that they are, have no spacing of their own, and are not nested too deep."""
    for table in document.root.iter("table"):
        if _holds_data(table):
            continue
        if table.get("role", "").lower() not in ("presentation", "none"):
            yield error("E12", line_of(table), "A layout table has no role=presentation.")
        missing = [name for name in ("cellpadding", "cellspacing", "border") if table.get(name) is None]
        if missing:
            yield error("E13", line_of(table), f"A layout table has no {', '.join(missing)}.")
        if sum(1 for _ in table.iterancestors("table")) == _DEEPEST:
            yield warn("E14", line_of(table), f"Tables are nested more than {_DEEPEST} deep.")


def outlook(document: Document) -> Iterator[Finding]:
    """E15, E16: conditional comments end, and what they hold balances."""
    opened, closed = len(re.findall(r"<!--\[if", document.raw)), document.raw.count("<![endif]-->")
    if opened != closed:
        yield error("E15", 0, f"{opened} conditional comments begin and {closed} end.")
    inside = "".join(_MSO.findall(document.raw))
    for tag in ("table", "tr", "td"):
        begun = len(re.findall(rf"<{tag}\b", inside, re.IGNORECASE))
        ended = len(re.findall(rf"</{tag}\s*>", inside, re.IGNORECASE))
        if begun != ended:
            yield error("E16", 0, f"Inside comments for Outlook {begun} <{tag}> begin and {ended} end.")


def headings(document: Document) -> Iterator[Finding]:
    """E34: one h1, and no level is skipped."""
    found = [one for one in document.body.iter() if isinstance(one.tag, str) and _HEADING.fullmatch(one.tag)]
    if (firsts := sum(1 for one in found if one.tag == "h1")) != 1:
        yield error("E34", 0, f"There are {firsts} h1; a mail has one.")
    levels = [0, *(int(one.tag[1]) for one in found)]
    for one, (before, level) in zip(found, pairwise(levels), strict=True):
        if level > before + 1:
            yield error("E34", line_of(one), f"An {one.tag} follows {f'an h{before}' if before else 'no heading'}.")


def preheader(document: Document) -> Iterator[Finding]:
    """E35: the first element is the hidden line that an inbox shows beside the subject."""
    first = next((one for one in document.body if isinstance(one.tag, str)), None)
    style = document.inline.get(first, {}) if first is not None else {}
    if first is None or "display" not in style or style["display"].text != "none":
        yield error("E35", 0 if first is None else line_of(first), "The first element of the body is no preheader.")
        return
    length = len(visible(first.text_content()))
    if not _PREHEADER[0] <= length <= _PREHEADER[1]:
        yield warn("E35", line_of(first), f"The preheader has {length} characters; {_PREHEADER[0]} to 110 are read.")


def _names_charset(meta: Element) -> bool:
    return bool(meta.get("charset")) or "charset=" in (meta.get("content") or "").lower()


def _holds_data(table: Element) -> bool:
    """Whether a table is one of data, which has headings of its own."""
    return table.get("role") == "table" or table.find("caption") is not None or table.find(".//th") is not None
