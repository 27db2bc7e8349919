"""What comes embedded in a post: a relation's name goes in, its objects come out; an error in place of one is left out."""

from collections.abc import Iterator, Mapping
from typing import Any


def embedded(post: Mapping[str, Any], relation: str) -> Iterator[Mapping[str, Any]]:
    """Yield embedded objects. Where the site would not show one it embeds the error ({code, data: {status: 401}})."""
    whole = post.get("_embedded")
    found = whole.get(relation) if isinstance(whole, dict) else None
    for item in found if isinstance(found, list) else ():
        for one in item if isinstance(item, list) else [item]:
            if isinstance(one, dict) and "code" not in one:
                yield one
