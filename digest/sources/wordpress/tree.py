"""The tree of a site's categories: its API goes in, every category with its parent comes out, without a loop.

Categories are mapped by us and by id: asking the server for one leaves out its children, and a new name changes nothing here.
"""

from collections.abc import Mapping

from digest.sources import text
from digest.sources.wordpress.client import Api
from digest.values import SourceCategory

_DEEPEST = 10


def read(api: Api) -> tuple[SourceCategory, ...]:
    """Return all categories, empty ones too. Raises FetchError, NotAFeedError."""
    listing = api.collection("categories", {"hide_empty": "false", "_fields": "id,name,slug,parent"})
    parents = {id_: _number(one.get("parent")) for id_, one in listing.found.items()}
    return tuple(
        SourceCategory(
            key=str(id_),
            name=text.line(str(one.get("name") or "")),
            slug=str(one.get("slug") or ""),
            parent=str(parents[id_]) if leads_up(id_, parents) else None,
        )
        for id_, one in listing.found.items()
    )


def leads_up(id_: int, parents: Mapping[int, int]) -> bool:
    """Say whether a category has a parent that exists and that does not lead back to it within ten steps."""
    here = parents.get(id_, 0)
    if here not in parents:
        return False
    for _ in range(_DEEPEST):
        if here == id_:
            return False
        here = parents.get(here, 0)
    return True


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
