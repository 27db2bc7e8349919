"""The text of an article's page: a page's tree goes in, its article's paragraphs and first picture come out, without what stands around."""

from selectolax.lexbor import LexborHTMLParser, LexborNode

from digest.sources import text
from digest.sources.jsonld import Thing, string

_WHERE = ("[itemprop~='articleBody']", "article", "main", "body")
_MOST_PARAGRAPHS = 2_000
_LEAST = 250  # characters: less is a teaser, a caption, a note on cookies
_BODY_MAX = 500_000


def read(tree: LexborHTMLParser, article: Thing, base: str) -> text.Markup:
    """Return an article's text as its JSON-LD has it, else the longest run of paragraphs in one element; empty if none is long enough."""
    told = string(article, "articleBody")
    node = _longest_run(tree)
    found = text.read((node.html or "")[:_BODY_MAX], base) if node is not None else text.Markup(())
    if len(told) < _LEAST:
        return found
    written = text.read(told[:_BODY_MAX], base)
    return text.Markup(written.paragraphs, found.image, text=written.text)


def _longest_run(tree: LexborHTMLParser) -> LexborNode | None:
    """Return the element whose own paragraphs hold most text: in what is marked as the article before the rest of the page."""
    for where in _WHERE:
        runs: dict[int, tuple[int, LexborNode]] = {}
        for paragraph in tree.css(f"{where} p")[:_MOST_PARAGRAPHS]:
            if (parent := paragraph.parent) is not None:
                length, _ = runs.get(parent.mem_id, (0, parent))
                runs[parent.mem_id] = (length + len(paragraph.text().strip()), parent)
        length, node = max(runs.values(), key=lambda run: run[0], default=(0, None))
        if length >= _LEAST:
            return node
    return None
