"""Words out of markup: a source's HTML goes in; plain text, a summary, a picture, a language and a reading time come out."""

from dataclasses import dataclass

from digest.sources import markup as html
from digest.sources.boilerplate import without_boilerplate
from digest.sources.embedded import pictures_in
from digest.sources.language import direction, language
from digest.sources.markup import line
from digest.sources.pictures import best, picture
from digest.sources.plain import TITLE_MAX, cut, minutes, number, squeezed
from digest.sources.sentences import is_cut_off, same_letters, summary
from digest.values import Image

__all__ = [
    "TITLE_MAX",
    "Markup",
    "cut",
    "direction",
    "excerpt",
    "language",
    "line",
    "minutes",
    "number",
    "picture",
    "read",
    "squeezed",
    "summary",
]


@dataclass(frozen=True, slots=True)
class Markup:
    """What an article's HTML came to.

    `paragraphs` are its prose, without headings unless there is nothing else; `teaser` those before WordPress's `<!--more-->`, where there
    is one; `text` is all of it on one line; `image` its first real picture.
    """

    paragraphs: tuple[str, ...]
    image: Image | None = None
    teaser: tuple[str, ...] = ()
    text: str = ""


def read(markup: str, base: str = "") -> Markup:
    """Read an article's HTML, or plain text with blank lines between its paragraphs; addresses are made absolute by `base`."""
    tree = html.parse(markup)
    blocks = html.blocks(markup, tree)
    texts = without_boilerplate([block.text for block in blocks])
    clean = [(block, text) for block, text in zip(blocks, texts, strict=True) if text]
    prose = [(block, text) for block, text in clean if not block.heading] or clean
    return Markup(
        paragraphs=tuple(text for _, text in prose),
        image=best(pictures_in(tree, base)) if tree is not None else None,
        teaser=tuple(text for block, text in prose if block.teaser),
        text=" ".join(text for _, text in clean),
    )


def excerpt(short: Markup, whole: Markup, language: str = "en", *, title: str = "") -> str:
    """Return an article's summary: of its source's own (`short`), else of what stands before “more”, else of its beginning.

    Where the source's own only is the beginning of the text, cut off, the text has its sentences whole.
    """
    beginning = whole.teaser or whole.paragraphs
    if not short.paragraphs or (is_cut_off(short.paragraphs[-1]) and _begins_like(whole.text, short.text)):
        return summary(beginning, language, title=title)
    return summary(short.paragraphs, language, title=title) or summary(beginning, language, title=title)


def _begins_like(whole: str, short: str) -> bool:
    wanted = same_letters(short)
    return bool(wanted) and same_letters(whole[: 2 * len(short) + 200]).startswith(wanted)
