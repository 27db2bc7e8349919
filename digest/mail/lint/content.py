"""Rules about words, pictures, links and the text part (E23–E33, E39, E40)."""

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from digest.mail.lint.document import Document, Element, line_of, visible
from digest.mail.lint.finding import Finding, error, warn

_TEMPLATE = re.compile(r"\{\{|\}\}|\{%|%\}|\[object |%%[a-z0-9_-]+%%")
# “None” and “undefined” are also English: alone, at an end, or behind a mark they are what a template left.
_LEFT_OVER = re.compile(r"(?:^|[·:,(/=“\"] ?|\b(?:by|in|at|on|from|min|views) )(?:None|undefined)(?=$|[·:,.)/&”\"]| ·)")
_LEFT_IN_HREF = re.compile(r"(?:^|[/=?&#:])(?:None|undefined)(?:$|[/?&#])")
_MARKUP = re.compile(
    r"</?(?:a|b|i|p|br|div|span|td|tr|table|img|h[1-6]|em|strong|style|html|body)\b[^<>]*>|<!--|&(?:nbsp|amp|lt|gt|quot|#\d+);"
)
_BAD_FORMAT = re.compile(r"\.(svg|webp|avif)$", re.IGNORECASE)
_LONGEST_HREF = 400
_LONGEST_LINE = 998  # RFC 5322, section 2.1.1
_SAYS_NOTHING = frozenset(("click here", "here", "read more", "more", "learn more", "link", "this", "details"))
_UNSUBSCRIBE = re.compile(
    r"un-?subscri|opt[ -]?out|abbestell|abmeld|austrag|désabonn|désinscri|darse de baja|cancelar (?:la )?suscripción|cancelar"
    r"|отпис|отказаться|abunəli|abunelikten|abonelikten|aboneliği|إلغاء الاشتراك|ألغ",
    re.IGNORECASE,
)


def templates(document: Document) -> Iterator[Finding]:
    """E23: nothing of a template is left in words or addresses, and no token is unfilled."""
    for element, text in document.texts():
        if found := _TEMPLATE.search(text) or _LEFT_OVER.search(text):
            yield error("E23", line_of(element), f"“{found[0].strip()}” is left of a template in “{text[:60]}”.")
    for element in document.elements:
        for name in ("href", "src", "alt", "title"):
            value = unquote(element.get(name) or "")
            pattern = _LEFT_IN_HREF if name in ("href", "src") else _LEFT_OVER
            if found := _TEMPLATE.search(value) or pattern.search(value):
                yield error("E23", line_of(element), f"“{found[0].strip()}” is left of a template in {name}.")
    for title in document.root.iter("title"):
        if _TEMPLATE.search(title.text or ""):
            yield error("E23", line_of(title), "Something of a template is left in the title.")


def pictures(document: Document) -> Iterator[Finding]:
    """E24–E28: pictures have an alt, a numeric width, an address and a format that mail clients show."""
    for image in document.root.iter("img"):
        line, source = line_of(image), (image.get("src") or "").strip()
        if image.get("alt") is None:
            yield error("E24", line, "A picture has no alt.")
        if not (_is_safe(source) or source.startswith("cid:")):
            yield error("E25", line, f"A picture's address is not https: “{source[:60]}”.")
        if not re.fullmatch(r"[1-9]\d*", image.get("width") or ""):
            yield error("E26", line, "A picture's width is not a number.")
        if found := _BAD_FORMAT.search(urlsplit(source).path if _splits(source) else source):
            yield warn("E27", line, f"Not every client shows {found[1]}.")
        style = document.inline.get(image, {})
        if "display" not in style or style["display"].text != "block":
            yield warn("E28", line, "A picture is not display:block; Outlook leaves a gap below it.")


def links(document: Document) -> Iterator[Finding]:
    """E29–E32: links are absolute, not endless, and say where they lead."""
    for link in document.root.iter("a"):
        href, line = link.get("href"), line_of(link)
        if href is None:
            continue
        if not (_is_safe(href.strip()) or href.strip().lower().startswith(("mailto:", "tel:"))):
            yield error("E29", line, f"A link is not https, mailto or tel: “{href[:60]}”.")
        if len(href) > _LONGEST_HREF:
            yield warn("E30", line, f"A link's address has {len(href)} characters.")
        name = _name(link)
        if not name and link.get("aria-hidden") != "true":
            yield error("E31", line, f"The link to “{href[:60]}” has no name.")
        if re.sub(r"[^\w ]", "", name).strip().casefold() in _SAYS_NOTHING:
            yield warn("E32", line, f"A link is called “{name}”, which says nothing.")


def leaving(document: Document) -> Iterator[Finding]:
    """E33: a reader can see how to leave."""
    if not any(_leads_away(link) and not document.shown[link].hidden for link in document.body.iter("a")):
        yield error("E33", 0, "There is no link to unsubscribe.")


def text_part(document: Document) -> Iterator[Finding]:
    """E39: the text part is text, its lines are not too long, and it says how to leave."""
    if document.text is None:
        return
    if found := _MARKUP.search(document.text):
        yield error("E39", 0, f"The text part holds markup: “{found[0][:40]}”.")
    if any(len(line) > _LONGEST_LINE for line in document.text.splitlines()):
        yield error("E39", 0, f"The text part has a line of more than {_LONGEST_LINE} characters.")
    addresses = [link.get("href") or "" for link in document.body.iter("a") if _leads_away(link)]
    if not (_UNSUBSCRIBE.search(document.text) or any(href and href in document.text for href in addresses)):
        yield error("E39", 0, "The text part does not say how to unsubscribe.")


def same_articles(document: Document) -> Iterator[Finding]:
    """E40: whatever a headline leads to is also in the text part."""
    if document.text is None:
        return
    for link in document.body.iter("a"):
        href = link.get("href") or ""
        if href and _is_in_a_headline(link) and href not in document.text:
            yield error("E40", line_of(link), f"“{visible(link.text_content())[:60]}” is not in the text part.")


def _is_in_a_headline(link: Element) -> bool:
    around = [link, *link.iterancestors()]
    return any(one.tag in ("h2", "h3") for one in around) or any(link.iter("h2", "h3"))


def _leads_away(link: Element) -> bool:
    href = unquote(link.get("href") or "")
    return bool(href) and bool(_UNSUBSCRIBE.search(_name(link)) or "unsubscribe" in href.lower() or "/u/" in href)


def _name(link: Element) -> str:
    written = visible(link.text_content()) or (link.get("aria-label") or link.get("title") or "").strip()
    return written or " ".join(alt for image in link.iter("img") if (alt := (image.get("alt") or "").strip()))


def _is_safe(address: str) -> bool:
    """Whether an address is https, or http on this machine itself (a demo, a test)."""
    if not _splits(address):
        return False
    parts = urlsplit(address)
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == "http" and _is_loopback(parts.hostname or "")


def _splits(address: str) -> bool:
    try:
        return urlsplit(address).hostname is not None
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
