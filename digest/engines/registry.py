"""Kinds of engines by name: the [engine] table goes in, the engine comes out; strangers' kinds register like ours."""

from collections.abc import Callable
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import cast

from digest.clock import Clock
from digest.config import EngineTable
from digest.engines.base import Engine, KeepsTables
from digest.errors import ConfigError, DatabaseBehindError
from digest.store import Store

_GROUP = "digest.engines"


def build(table: EngineTable, store: Store, clock: Clock) -> Engine:
    """Build the engine that the configuration names, or the one that suits the database. Raises ConfigError."""
    known = entry_points(group=_GROUP)
    kind = _suitable(store) if table.kind == "auto" else table.kind
    if kind not in known.names:
        kinds = ", ".join(sorted(known.names))
        raise ConfigError(f"engine.kind “{kind}” is unknown.", hint=f"There are: auto, {kinds}.")
    try:
        made = cast("Callable[[Store, Clock, int], Engine]", known[kind].load())
    except ModuleNotFoundError as error:
        hint = 'Install newsroom-digest[postgres], or take kind = "local".'
        raise ConfigError(f"engine.kind “{kind}” needs the package {error.name}.", hint=hint) from error
    return made(store, clock, table.workers)


def check_current(engine: Engine) -> None:
    """Raise DatabaseBehindError where an engine's own tables are older than this software needs."""
    if not isinstance(engine, KeepsTables):
        return
    version = engine.version()
    if version.is_behind:
        what = f"The engine's tables stand at {version.found or 'nothing'}, this version needs {version.needed}."
        raise DatabaseBehindError(what, hint="Run `digest db upgrade`.")


def _suitable(store: Store) -> str:
    """Name the engine for a database: what PostgreSQL can do beyond SQLite needs a package that may not be there."""
    can_push = store.engine.dialect.name == "postgresql" and find_spec("procrastinate") is not None
    return "postgres" if can_push else "local"
