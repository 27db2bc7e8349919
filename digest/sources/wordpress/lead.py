"""The category that a post's editors put first: what SEO plugins say of it goes in, the category's key comes out."""

from collections.abc import Iterator, Mapping
from typing import Any

from digest.sources import text
from digest.sources.wordpress.shapes import embedded, ids, items, mapping

_FIELDS = (
    "primary_category",
    "_yoast_wpseo_primary_category",
    "yoast_wpseo_primary_category",
    "rank_math_primary_category",
)
_DEEPEST = 5


def lead_category(post: Mapping[str, Any]) -> str:
    """Return the key of the primary category, one of the post's own; empty where no plugin says it.

    An id counts before a name; a list of several names says only which categories there are, not which is the first.
    """
    own = set(map(str, ids(post.get("categories"))))
    for value in _ids(post):
        if value in own:
            return value
    names = {
        text.line(str(term.get("name") or "")).casefold(): str(term.get("id"))
        for term in embedded(post, "wp:term")
        if term.get("taxonomy") == "category" and str(term.get("id")) in own
    }
    return next((names[one] for one in map(str.casefold, _names(post)) if one in names), "")


def _ids(post: Mapping[str, Any]) -> Iterator[str]:
    for shown in (mapping(post.get("meta")), post):
        for name in _FIELDS:
            value = shown.get(name)
            value = value.get("id") or value.get("term_id") if isinstance(value, dict) else value
            if isinstance(value, int | str):
                yield str(value)


def _names(post: Mapping[str, Any]) -> Iterator[str]:
    """Yield names in Yoast's order of certainty: a section named alone, then the breadcrumbs, whose last category is the primary one."""
    head = mapping(post.get("yoast_head_json"))
    nodes = list(_nodes(head.get("schema")))
    for node in [head, *nodes]:
        section = node.get("articleSection")
        alone = section if isinstance(section, list) else [section]
        if len(alone) == 1 and isinstance(alone[0], str):
            yield text.line(alone[0])
    for node in nodes:
        for crumb in map(mapping, reversed(items(node.get("itemListElement")))):
            if isinstance(crumb.get("name"), str):
                yield text.line(crumb["name"])


def _nodes(schema: object, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a JSON-LD document, those of its @graph too."""
    if depth > _DEEPEST:
        return
    for one in schema if isinstance(schema, list) else [schema]:
        if isinstance(one, dict):
            yield one
            yield from _nodes(one.get("@graph"), depth + 1)
