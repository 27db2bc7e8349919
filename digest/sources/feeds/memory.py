"""What a feed source remembers between fetches, and what it tells of gaps: articles go in, short hashes of their names come out."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from digest.sources import urls
from digest.values import FetchedArticle

_MOST = 100
_LEAST = 2


def names(articles: Sequence[FetchedArticle]) -> list[list[str]]:
    """Return for each article short hashes of its guid and its address's key; a guid alone changes too easily (http to https)."""
    return [[_hash(name) for name in (one.guid, urls.key(one.url) if one.url else "") if name] for one in articles]


def remembered(articles: Sequence[FetchedArticle]) -> list[str]:
    """Return what to keep of a fetch: the names of its first and last hundred items, for a feed may grow at either end."""
    found = names(articles)
    kept = found if len(found) <= 2 * _MOST else [*found[:_MOST], *found[-_MOST:]]
    return list(dict.fromkeys(name for one in kept for name in one))


def has_gap(articles: Sequence[FetchedArticle], memory: Mapping[str, Any]) -> bool:
    """Say whether articles may have passed unseen: a feed that is as long as it was has no item in common with the last fetch.

    One that got shorter is not cut off at its end, so it misses nothing.
    """
    before = memory.get("items")
    if not isinstance(before, list) or not before:
        return False
    return len(articles) >= max(_LEAST, int(memory.get("length") or 0)) and not knows(articles, before)


def knows(articles: Sequence[FetchedArticle], before: Iterable[str]) -> bool:
    """Say whether any of the articles was there before."""
    known = set(before)
    return any(name in known for one in names(articles) for name in one)


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode(errors="replace")).hexdigest()[:12]
