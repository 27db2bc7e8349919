"""Markup that would blow up a parser: text goes in, it comes out cut where its tree would grow faster than the text.

An HTML parser looks through all open blocks for each new block, and repeats all open formatting in each new paragraph (HTML, section
13.2.4.3): without a bound, a hundred kilobytes of open tags take minutes or gigabytes.
"""

import re

_DEEPEST = 1_000
_MOST_REPEATED = 200_000
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "button", "center", "details", "dialog", "dir", "div", "dl", "fieldset", "figcaption",
     "figure", "footer", "form", "header", "hgroup", "listing", "main", "menu", "nav", "ol", "pre", "rp", "rt", "search", "section",
     "summary", "ul"}
)  # fmt: skip
_FORMATTING = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)


def bounded(markup: str) -> str:
    """Return markup as it is, or its beginning where it nests deeper, or repeats more, than that of any real page."""
    if markup.count("<") <= _DEEPEST // 2:
        return markup
    depth = repeated = standing = 0
    formatting = dict.fromkeys(_FORMATTING, 0)
    for match in _TAG.finditer(markup):
        closing, name = match.groups()
        name = name.lower()
        if name in _BLOCKS:
            depth = max(0, depth - 1) if closing else depth + 1
        elif name in formatting and (formatting[name] if closing else name != "a" or not formatting[name]):
            step = -1 if closing else 1
            formatting[name] += step
            standing += step
        repeated += standing
        if depth > _DEEPEST or repeated > _MOST_REPEATED:
            return markup[: match.start()]
    return markup
