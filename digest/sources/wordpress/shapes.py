"""Values out of a site's JSON: what its core and its plugins wrote goes in, what has the right shape comes out, the rest is left out."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any


def embedded(post: Mapping[str, Any], relation: str) -> Iterator[Mapping[str, Any]]:
    """Yield a post's embedded objects. Where the site would not show one it embeds the error ({code, data: {status: 401}})."""
    for item in items(mapping(post.get("_embedded")).get(relation)):
        for one in item if isinstance(item, list) else [item]:
            if isinstance(one, dict) and "code" not in one:
                yield one


def rendered(post: Mapping[str, Any], name: str) -> str:
    """Return a field's markup, empty where it is none."""
    value = post.get(name)
    inner = value.get("rendered") if isinstance(value, dict) else value
    return inner if isinstance(inner, str) else ""


def ids(found: object) -> list[int]:
    """Return the whole numbers above 0 of a list."""
    return [one for one in items(found) if type(one) is int and one > 0]


def instant(value: object) -> datetime | None:
    """Read a `_gmt` time, which WordPress writes without its Z, or one of our own."""
    try:
        found = datetime.fromisoformat(str(value))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def items(value: object) -> list[Any]:
    """Return a list, empty where it is none."""
    return value if isinstance(value, list) else []


def mapping(value: object) -> Mapping[str, Any]:
    """Return an object, empty where it is none."""
    return value if isinstance(value, dict) else {}
