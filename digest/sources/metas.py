"""What a page says of itself in `<meta>`: its tree goes in, values by lower-case names come out."""

from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser

from digest.sources import text, webpage

_MOST = 1_000


class Metas:
    """The values of a page's `<meta name|property|itemprop|http-equiv>`, in document order."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        """Collect them; where a name comes twice its first value counts."""
        self._values: dict[str, list[str]] = {}
        for node in tree.css("meta[content]")[:_MOST]:
            value = text.squeezed(webpage.attribute(node, "content"))
            for kind in ("property", "name", "itemprop", "http-equiv"):
                name = webpage.attribute(node, kind).lower()
                if name and value:
                    self._values.setdefault(name, []).append(value)

    def first(self, *names: str) -> str:
        """Return the first value of the first of these names that the page has, empty where it has none."""
        return next(self.each(*names), "")

    def each(self, *names: str) -> Iterator[str]:
        """Yield all values of these names, name after name."""
        for name in names:
            yield from self._values.get(name, ())
