"""How often articles are read: a JSON answer of whatever counts it goes in, keys of addresses with their numbers come out."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from digest.config import SourceTable, Views
from digest.errors import FetchError, SourceError
from digest.sources import urls
from digest.sources.http import MIB, Http

_LIMIT = 10 * MIB
_MOST = 10_000


def fetch(http: Http, table: SourceTable, views: Views) -> Mapping[str, int]:
    """Ask how often a source's articles are read. Raises SourceError, which names no query: there may be a key in it."""
    try:
        answer = http.get(views.url, headers=views.headers, allow_private=table.allow_private_addresses, limit=_LIMIT)
    except FetchError as error:
        raise FetchError(urls.shown(error.detail), hint=error.hint, status=error.status) from error
    return read(answer.body, views, table.url or views.url)


def read(body: bytes, views: Views, site: str) -> Mapping[str, int]:
    """Return how often each address was read, by `urls.key`; paths are joined to `site`, forms of one address are added up.

    Raises SourceError where the list is not there, or nothing in it can be read.
    """
    place = urls.shown(views.url)
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SourceError(
            f"{place} answered with something that is no JSON.", hint="Look at [sources.views] url."
        ) from error
    found = _at(document, views.items)
    if not isinstance(found, list):
        raise SourceError(f"{place} has no list at “{views.items}”.", hint="Look at [sources.views] items.")
    counts: Counter[str] = Counter()
    for element in found[:_MOST]:
        address, count = _at(element, views.address), _number(_at(element, views.count))
        url = urls.canonical(address, site) if isinstance(address, str) and address.strip() else ""
        if url and count is not None:
            counts[urls.key(url)] += count
    if found and not counts:
        raise SourceError(
            f"{place}: no element has an address at “{views.address}” and a number at “{views.count}”.",
            hint="Look at [sources.views] address and count.",
        )
    return counts


def _at(document: Any, path: str) -> Any:  # noqa: ANN401 -- whatever was sent
    """Follow a dotted path: keys of objects, positions in lists; None where it leads nowhere."""
    here = document
    for step in path.split(".") if path else ():
        if isinstance(here, Mapping):
            here = here.get(step)
        elif isinstance(here, Sequence) and not isinstance(here, str) and step.isdecimal() and int(step) < len(here):
            here = here[int(step)]
        else:
            return None
    return here


def _number(value: object) -> int | None:
    """Read a count, a number or one in a string; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        count = int(float(value))
    except (ValueError, OverflowError):
        return None
    return count if 0 <= count < 2**31 else None
