"""Kinds of sources by name: a table of the configuration goes in, the source comes out; strangers' kinds register like ours."""

from collections.abc import Callable
from functools import cache
from importlib.metadata import EntryPoints, entry_points
from typing import cast

from digest.config import SourceTable
from digest.errors import ConfigError
from digest.sources.base import Source
from digest.sources.http import Http

_GROUP = "digest.sources"


def build(table: SourceTable, http: Http) -> Source:
    """Build the source of a table. Raises ConfigError for an unknown kind, or for keys that its class refuses."""
    known = _known()
    if table.kind not in known.names:
        kinds = ", ".join(sorted(known.names))
        raise ConfigError(f"sources.{table.id}.kind “{table.kind}” is unknown.", hint=f"There are: {kinds}.")
    kind = cast("Callable[[SourceTable, Http], Source]", known[table.kind].load())
    return kind(table, http)


@cache
def _known() -> EntryPoints:
    """Look once: it reads the metadata of every package there is."""
    return entry_points(group=_GROUP)


def address_of(table: SourceTable) -> str:
    """Return the table's url. Raises ConfigError where it has none."""
    if not table.url:
        raise ConfigError(
            f"“sources.{table.id}.url” is missing.", hint=f"A {table.kind} source is read from an address."
        )
    return table.url
