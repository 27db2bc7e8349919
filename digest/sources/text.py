"""Words out of markup: a source's HTML goes in, plain text, a summary of whole sentences, a picture and a reading time come out."""

import html
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from selectolax.lexbor import LexborHTMLParser, LexborNode
from sentencex import segment

from digest.sources.urls import canonical
from digest.values import Image

TITLE_MAX = 500
_WORDS_A_MINUTE = 265
_CJK_A_MINUTE = 500
_SUMMARY_LEAST = 100
_SUMMARY_MOST = 300
_SAMPLE = 100
_DROPPED = "script,style,figure,figcaption,iframe,noscript,template,svg,[hidden],[style*='display:none'],[style*='display: none']"
_BLOCKS = "p,li,blockquote,h1,h2,h3,h4,h5,h6,div,td"
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SPACE = re.compile(r"\s+")
_SHORTCODE = re.compile(
    r"\[caption[^\]]*\].*?\[/caption\]"
    r"|\[/?[a-z][\w-]*\s+[\w-]+=[^\]]*\]"  # with attributes it is never prose
    r"|\[/?[a-z][a-z0-9_-]*/?\](?=\s|$|<|\[)",
    re.IGNORECASE | re.DOTALL,
)
_BOILERPLATE = re.compile(
    r"\s*(The post .{1,300} appeared first on .{1,200}\.?|\[?(…|\.\.\.|&hellip;)\]?|Continue reading .{0,200}→?)\s*$"
)
_SHORT_END = re.compile(r"(?:^|[\s(«“\"'])\w{1,2}\.$")
_SIZE_1 = {"0", "1", "2", "3"}


@dataclass(frozen=True, slots=True)
class Markup:
    """What an article's HTML came to."""

    paragraphs: tuple[str, ...]
    image: Image | None

    @property
    def text(self) -> str:
        """All of its text on one line."""
        return " ".join(self.paragraphs)


def line(text: str, most: int = TITLE_MAX) -> str:
    """Return text without markup, entities or control characters on one line, cut at `most` characters."""
    if "<" in text:
        text = LexborHTMLParser(text).text(separator=" ")
    return squeezed(html.unescape(text) if "&" in text else text)[:most].strip()


def squeezed(text: str) -> str:
    """Fold white space and drop control characters."""
    return _SPACE.sub(" ", _CONTROLS.sub("", text)).strip()


def read(markup: str, base: str = "") -> Markup:
    """Read an article's HTML: its paragraphs as plain text, and its first real picture."""
    tree = LexborHTMLParser(_CONTROLS.sub("", markup))
    image = next(_images(tree, base), None)
    for node in tree.css(_DROPPED):
        node.decompose()
    return Markup(tuple(_paragraphs(tree)), image)


def summary(paragraphs: Iterable[str], language: str = "en") -> str:
    """Return 100 to 300 characters of whole sentences from the start; never half a sentence, never inside a word."""
    taken: list[str] = []
    for sentence in _sentences(paragraphs, language):
        length = sum(len(one) + 1 for one in taken) + len(sentence)
        if length > _SUMMARY_MOST and taken:
            break
        taken.append(sentence)
        if length >= _SUMMARY_LEAST:
            break
    text = " ".join(taken)
    return text if len(text) <= _SUMMARY_MOST else cut(text, _SUMMARY_MOST)


def cut(text: str, most: int) -> str:
    """Cut at a word and say so with an ellipsis."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    return (head.rpartition(" ")[0] or head).rstrip(" ,;:–—-") + "…"


def minutes(text: str) -> int | None:
    """Return the reading time: words at 265 a minute, or characters at 500 where the script has no word spaces (CJK); None without text."""
    if not text:
        return None
    letters = [character for character in text[:_SAMPLE] if character.isalpha()]
    cjk = [one for one in letters if unicodedata.name(one, "").startswith(("CJK", "HIRAGANA", "KATAKANA", "HANGUL"))]
    if letters and len(cjk) * 2 > len(letters):
        return math.ceil(sum(1 for one in text if one.isalpha()) / _CJK_A_MINUTE)
    return math.ceil(len(text.split()) / _WORDS_A_MINUTE)


def direction(text: str) -> Literal["ltr", "rtl"]:
    """Return the direction of the first letter that has one (Unicode Bidirectional Algorithm, rule P2)."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in {"R", "AL"}:
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


def picture(url: str, base: str = "", alt: str = "", width: object = None, height: object = None) -> Image | None:
    """Return a picture that a mail can show, or None: no data: address, no SVG, no tracking pixel."""
    address = canonical(url, base)
    if not address or re.search(r"\.svgz?($|\?)", address, re.IGNORECASE):
        return None
    if str(width) in _SIZE_1 or str(height) in _SIZE_1:
        return None
    return Image(address, line(alt, 300), number(width), number(height))


def number(value: object) -> int | None:
    """Read a whole number of pixels or views; None for anything else."""
    text = str(value).removesuffix("px")
    return int(text) if text.isdecimal() else None


def _images(tree: LexborHTMLParser, base: str) -> Iterator[Image]:
    for node in tree.css("img"):
        found = picture(
            _image_address(node),
            base,
            node.attributes.get("alt") or "",
            node.attributes.get("width"),
            node.attributes.get("height"),
        )
        if found is not None:
            yield found


def _image_address(node: LexborNode) -> str:
    """Return the real address of a picture: lazy loaders keep it beside a placeholder."""
    attributes = node.attributes
    for name in ("data-src", "data-lazy-src", "data-original"):
        if attributes.get(name):
            return attributes[name] or ""
    source = attributes.get("src") or ""
    if (not source or source.startswith("data:")) and attributes.get("srcset"):
        return (attributes["srcset"] or "").split(",")[-1].split()[0]
    return source


def _paragraphs(tree: LexborHTMLParser) -> Iterator[str]:
    """Yield the text of the blocks that hold no other block, so that nothing comes twice."""
    body = tree.body
    if body is None:
        return
    leaves = [node for node in body.css(_BLOCKS) if len(node.css(_BLOCKS)) <= 1]
    for text in [node.text(separator=" ") for node in leaves] or [body.text(separator=" ")]:
        clean = _BOILERPLATE.sub("", squeezed(_SHORTCODE.sub(" ", text)))
        clean = re.sub(r"\s+([,.;:!?…»”)])", r"\1", clean)
        if clean:
            yield clean


def _sentences(paragraphs: Iterable[str], language: str) -> Iterator[str]:
    """Split into sentences, joining again what no sentence ends at: an abbreviation, a following lower-case letter."""
    code = language.partition("-")[0].lower() or "en"
    for paragraph in paragraphs:
        held = ""
        for piece in segment(code, paragraph):
            held = f"{held} {piece.strip()}".strip()
            if held and not _SHORT_END.search(held):
                yield held
                held = ""
        if held:
            yield held
