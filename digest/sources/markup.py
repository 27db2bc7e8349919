"""HTML into blocks of text: a tree goes in, what a reader sees of it comes out, block by block, without captions, controls and widgets."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from digest.sources.boilerplate import without_shortcodes
from digest.sources.nesting import bounded
from digest.sources.phrases import phrases
from digest.sources.plain import TITLE_MAX, cut, seen, squeezed

_BLOCK = "\x1e"  # these are no part of a text: they are dropped from markup before it is parsed
_LINE = "\x1f"
_MORE = "\x1c"
_HEADING = "\x1d"
_BLOCKS = phrases(
    "address article blockquote body center dd details div dl dt fieldset footer header hr li main ol p section summary table tbody td"
    " tfoot th thead tr ul",
    None,
)
_HEADINGS = phrases("h1 h2 h3 h4 h5 h6", None)
_DROPPED = phrases(
    "script style figure figcaption iframe noscript noframes noembed template svg object embed audio video canvas form button select input"
    " textarea nav aside rt rp head title dialog",
    None,
)
_DROPPED_CLASS = re.compile(
    r"(?:^|\s)(?:more-link|read-?more\S*|continue-reading|feedflare|sharedaddy|sharing\S*|share-\S+|social-shar\S+|addtoany\S*|a2a_\S+"
    r"|jp-relatedposts|related-?(?:posts?|articles?|stories)\S*|yarpp\S*|wp-caption\S*|caption|(?:gallery|image|photo|media)-?(?:caption|credit)"
    r"|screen-reader-text|sr-only|visually-?hidden|twitter-tweet|instagram-media|tiktok-embed|fb-post|wp-embedded-content)(?=\s|$)",
    re.IGNORECASE,
)
_UNSEEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
_NAMES = (
    "a|abbr|acronym|address|article|aside|audio|b|big|blockquote|body|br|center|cite|code|dd|del|details|dfn|div|dl|dt|em|figcaption|figure"
    "|font|footer|h[1-6]|header|hr|html|i|iframe|img|ins|kbd|li|main|mark|nav|ol|p|picture|pre|q|s|samp|script|section|small|span|strike"
    "|strong|style|sub|summary|sup|table|tbody|td|tfoot|th|thead|time|title|tr|tt|u|ul|var|video|wbr"
)
_TAG = re.compile(rf"</?(?:{_NAMES})(?:\s[^<>]*)?/?>|<(?:{_NAMES})\s+[\w-]+\s*=|<!--", re.IGNORECASE)
_ANY_TAG = re.compile(rf"</?[a-z][\w:-]*(?:\s[^<>]*)?/?>|<(?:{_NAMES})\s+[\w-]+\s*=|<!--|<!\[CDATA\[", re.IGNORECASE)
_PARTING = ",".join(sorted((_BLOCKS | _HEADINGS | {"br"}) - {"body"}))
_ESCAPED_TAG = re.compile(
    rf"&lt;/(?:{_NAMES})\s*&gt;|&lt;(?:br|hr|img)\b(?:(?!&lt;).){{0,2000}}?&gt;", re.IGNORECASE | re.DOTALL
)
_BLANK_LINES = re.compile(r"\r?\n[^\S\n]*\n\s*")
_TWO_LINES = re.compile(rf"{_LINE}[^\S{_BLOCK}]*?{_LINE}")
_RAISED = str.maketrans("0123456789+-−()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾")
_RAISABLE = re.compile(r"[-+−]?\d{1,3}")


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a text; `teaser` is what stands before WordPress's `<!--more-->`, in a text that has one."""

    text: str
    heading: bool = False
    teaser: bool = False


def line(text: str, most: int = TITLE_MAX) -> str:
    """Return text without markup on one line, its entities read once, cut at a word at `most` characters."""
    if _TAG.search(text):
        body = LexborHTMLParser(bounded(seen(text))).body
        text = "".join(_pieces(body, loose=False)) if body else ""
        text = re.sub(f"[{_BLOCK}{_LINE}{_MORE}{_HEADING}]", " ", text)
    elif "&" in text:
        text = html.unescape(text)
    return cut(squeezed(text), most)


def parse(markup: str) -> LexborHTMLParser | None:
    """Return a text's tree, None where it has no tags; what was escaped once too often is read as what it was."""
    if "<" in markup and _ANY_TAG.search(markup):
        return LexborHTMLParser(bounded(seen(markup)))
    if _ESCAPED_TAG.search(markup):
        return LexborHTMLParser(bounded(seen(html.unescape(markup))))
    return None


def blocks(markup: str, tree: LexborHTMLParser | None) -> list[Block]:
    """Return the blocks of a text and its tree; where no tag parts them, blank lines do."""
    if tree is None:
        whole = _BLANK_LINES.sub(_BLOCK, seen(html.unescape(markup)))
    elif tree.body is None:
        return []
    else:
        whole = "".join(_pieces(tree.body, loose=tree.body.css_first(_PARTING) is None))
    teaser, more, rest = without_shortcodes(whole).partition(_MORE)
    return [*_split(teaser, teaser=bool(more)), *_split(rest.replace(_MORE, ""), teaser=False)]


def _split(whole: str, *, teaser: bool) -> Iterator[Block]:
    for part in _TWO_LINES.sub(_BLOCK, whole).split(_BLOCK):
        heading = part.startswith(_HEADING)
        if text := squeezed(part.replace(_LINE, " ").replace(_HEADING, " ")):
            yield Block(text, heading, teaser)


def _pieces(body: LexborNode, *, loose: bool) -> list[str]:
    """Return a tree's text with marks where blocks and lines end: without recursion, for markup may be nested as deep as it likes."""
    pieces: list[str] = []
    waiting: list[LexborNode | str] = [body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            pieces.append(node)
            continue
        tag = node.tag or ""
        if tag == "-text":
            text = node.text_content or ""
            pieces.append(_BLANK_LINES.sub(_BLOCK, text) if loose else text)
        elif tag == "-comment":
            if (node.comment_content or "").strip().startswith("more"):
                pieces.append(_MORE)
        elif tag not in _DROPPED and not _is_hidden(node):
            before, inside, after = _parts(node, tag)
            pieces.append(before)
            waiting.append(after)
            waiting.extend(reversed(inside))
    return pieces


def _parts(node: LexborNode, tag: str) -> tuple[str, list[LexborNode], str]:
    """Return what stands before, inside and after an element's text."""
    if tag == "br":
        return _LINE, [], ""
    if tag == "pre":
        return _BLOCK + _BLANK_LINES.sub(_BLOCK, node.text()) + _BLOCK, [], ""
    if tag == "sup":
        written = node.text().strip()
        if node.css_first("a[href^='#']") is not None:
            return "", [], ""  # the number of a footnote
        if _RAISABLE.fullmatch(written):
            return written.translate(_RAISED), [], ""
    inside = list(node.iter(include_text=True))
    if tag in _HEADINGS:
        return _BLOCK + _HEADING, inside, _BLOCK
    if tag in _BLOCKS:
        return _BLOCK, inside, _BLOCK
    if tag == "q":
        return "“", inside, "”"
    return "", inside, ""


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    if not attributes:
        return False
    return (
        "hidden" in attributes
        or bool(_DROPPED_CLASS.search(attributes.get("class") or ""))
        or bool(_UNSEEN_STYLE.search(attributes.get("style") or ""))
    )
