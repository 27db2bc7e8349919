"""Builds and joins the objects of one process: settings go in, a `Runtime` with everything that the stages need comes out."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from digest.clock import Clock, system_clock
from digest.config import Settings, SourceTable
from digest.engines.base import Engine
from digest.engines.registry import build as build_engine
from digest.engines.registry import check_current
from digest.mail import dkim
from digest.mail.dkim import Signer
from digest.providers.base import Provider
from digest.providers.registry import build as build_provider
from digest.render import Renderer
from digest.sources.base import Source
from digest.sources.http import Http
from digest.sources.registry import build as build_source
from digest.store import Store
from digest.store.writer import GroupWriter
from digest.tokens import Tokens


class Runtime:
    """What one process works with. Opened once, closed once; safe to share between threads."""

    def __init__(self, settings: Settings, clock: Clock = system_clock) -> None:
        """Join what `settings` describe; connections are opened when first used."""
        self.settings = settings
        self.clock = clock
        self.store = Store(settings.database_url)
        self.writer = GroupWriter(self.store)
        self.tokens = Tokens(settings.roots)
        self.worker_name = f"{socket.gethostname()}:{os.getpid()}"

    @classmethod
    def from_settings(cls, settings: Settings, clock: Clock = system_clock) -> "Runtime":
        """Build a runtime and check that the database is ready. Raises ConfigError, DatabaseError."""
        runtime = cls(settings, clock)
        runtime.store.check_current()
        check_current(runtime.engine)
        return runtime

    @cached_property
    def renderer(self) -> Renderer:
        """What draws editions and notices: the site's own templates beside its configuration come before ours."""
        return Renderer(self.settings.folder / "templates")

    @cached_property
    def http(self) -> Http:
        """The one HTTP client of all sources."""
        return Http(self.settings.site.url, proxy=self.settings.collect.proxy)

    @cached_property
    def provider(self) -> Provider:
        """The mail provider that the configuration names. Raises ConfigError."""
        return build_provider(self.settings.provider, self.settings.folder, self.signer)

    @cached_property
    def signer(self) -> Signer | None:
        """What signs mail where we write its bytes, None where `[dkim]` is not configured. Raises ConfigError."""
        return dkim.signer(self.settings)

    @cached_property
    def engine(self) -> Engine:
        """What carries batches to workers: the kind that the configuration names. Raises ConfigError."""
        return build_engine(self.settings.engine, self.store, self.clock)

    def source(self, table: SourceTable) -> Source:
        """Build the source of a table. Raises ConfigError."""
        return build_source(table, self.http)

    def close(self) -> None:
        """Write what is waiting, then close every connection that was opened."""
        self.writer.close()
        for name in ("provider", "http"):
            if name in self.__dict__:
                self.__dict__[name].close()
        self.store.close()


@contextmanager
def opened(settings: Settings, clock: Clock = system_clock) -> Iterator[Runtime]:
    """Build a runtime for the length of a command."""
    runtime = Runtime.from_settings(settings, clock)
    try:
        yield runtime
    finally:
        runtime.close()
