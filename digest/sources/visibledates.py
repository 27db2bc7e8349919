"""Dates that readers see on a page: its tree goes in, texts that look like the article's own date come out, the likeliest first."""

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from digest.sources import text, webpage

_ASIDE_TAGS = {"aside", "nav", "footer", "form"}
_ASIDE = re.compile(
    r"comment|related|sidebar|side-bar|widget|most-?(read|popular|viewed)|recommend|teaser|footer|breaking|ticker|trending|"
    r"masthead|site-?header|top-?bar|navbar|current-?date|today|latest|archive-list|promo|more-(stories|news)|recent",
    re.IGNORECASE,
)
_UPDATE = re.compile(r"updat|modif|edited|revis|aktualisiert|actualizad|mis-a-jour", re.IGNORECASE)
_MARKED = (
    "[itemprop~='datePublished'],[itemprop~='dateCreated'],time[pubdate],[property~='datePublished'],[property~='dc:date'],"
    "[property~='dc:created'],[property~='schema:datePublished'],"
    "time.published,time.entry-date,abbr.published,.dt-published,.post-date time,.entry-date time"
)
_CLASSES = (
    ".entry-date,.post-date,.postdate,.published,.publish-date,.published-date,.pubdate,.pub-date,.article-date,.article__date,"
    ".date-published,.entry-time,.post-time,.post__date,.dateline,.article-published,.date-header,.article-timestamp,.timestamp,.date"
)
_MOST_NODES = 60
_NEAR = 30
_MOST_PLACES = 10
_SAME = 40
_LONGEST_LINE = 70
_UNSEEN = {"script", "style", "noscript", "template", "option", "textarea"}
_MONTH = r"[^\W\d_]{3,12}\.?"
_DATE = re.compile(
    rf"\b(?:\d{{4}}-\d\d?-\d\d?|\d{{4}}[./]\s?\d\d?[./]\s?\d\d?|\d\d?[./-]\s?\d\d?[./-]\s?(?:\d{{4}}|\d\d)\b"
    rf"|\d\d?(?:st|nd|rd|th|er|\.|º|ª)?[\s-]?(?:de\s|of\s|di\s)?{_MONTH},?[\s-](?:de\s|del\s)?\d{{4}}\b"
    rf"|{_MONTH}\s\d\d?(?:st|nd|rd|th)?,?\s\d{{4}}\b"
    rf"|\d{{4}}\.?\s{_MONTH}\s\d\d?\b)"
    r"|\d{4}\s?[年년]\s?\d\d?\s?[月월]\s?\d\d?\s?[日일]",
    re.IGNORECASE,
)


def marked(tree: LexborHTMLParser) -> Iterator[str]:
    """Yield times that mark-up calls the publication's: microdata, `pubdate`, then `<time>` and usual classes outside of side matter."""
    for node in tree.css(_MARKED)[:_MOST_NODES]:
        if not _beside(node):
            yield from _texts(node)
    times = [node for node in tree.css("time[datetime]")[:_MOST_NODES] if not _beside(node) and not _of_update(node)]
    for node in sorted(times, key=_outside_article):
        yield webpage.attribute(node, "datetime")
    for node in tree.css(_CLASSES)[:_MOST_NODES]:
        if not _beside(node) and not _of_update(node):
            yield from _texts(node)


def near_headline(tree: LexborHTMLParser, headline: str) -> Iterator[str]:
    """Yield dates that stand in a line of their own near the headline, wherever the page repeats it, the nearest first."""
    lines = [line for node in _text_nodes(tree) if (line := text.squeezed(node.text_content or ""))]
    places = [number for number, line in enumerate(lines) if headline and line.startswith(headline[:_SAME])]
    found: list[tuple[int, str]] = []
    for place in places[:_MOST_PLACES]:
        around = range(max(0, place - _NEAR), min(len(lines), place + _NEAR))
        found += [
            (_distance(number - place), match[0])
            for number in around
            if len(lines[number]) <= _LONGEST_LINE and (match := _DATE.search(lines[number]))
        ]
    yield from (written for _, written in sorted(found, key=lambda one: one[0]))


def _distance(lines: int) -> int:
    """Weigh how far a line is: above a headline stands today's date more often than the article's."""
    return lines if lines >= 0 else 5 - 2 * lines


def _text_nodes(tree: LexborHTMLParser) -> Iterator[LexborNode]:
    if tree.body is None:
        return
    for node in tree.body.traverse(include_text=True):
        if node.is_text_node and node.parent is not None and node.parent.tag not in _UNSEEN:
            yield node


def _texts(node: LexborNode) -> Iterator[str]:
    for name in ("content", "datetime", "title", "data-datetime"):
        if value := webpage.attribute(node, name):
            yield value
    shown = text.squeezed(node.text(separator=" "))
    if match := _DATE.search(shown[: 2 * _LONGEST_LINE]):
        yield match[0]


def _beside(node: LexborNode) -> bool:
    """Say whether a node stands in something beside the article: comments, related stories, a sidebar, the page's foot.

    What holds the page's first heading too is the page itself, whatever its name.
    """
    above: LexborNode | None = node
    while above is not None and above.tag not in {"body", "html"}:
        names = f"{webpage.attribute(above, 'class')} {webpage.attribute(above, 'id')}"
        if above.tag in _ASIDE_TAGS or _ASIDE.search(names):
            return above.css_first("h1") is None
        above = above.parent
    return False


def _of_update(node: LexborNode) -> bool:
    return bool(_UPDATE.search(f"{webpage.attribute(node, 'class')} {webpage.attribute(node, 'itemprop')}"))


def _outside_article(node: LexborNode) -> bool:
    above = node.parent
    while above is not None:
        if above.tag in {"article", "main"}:
            return False
        above = above.parent
    return True
