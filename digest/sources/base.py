"""The `Source` protocol: a source's memory goes in, the articles it has now come out."""

from typing import Protocol

from digest.values import Fetched, SourceState


class Source(Protocol):
    """Where articles come from. One object for each `[[sources]]` table; found by the entry point group `digest.sources`.

    A class is built as `Kind(table: digest.config.SourceTable, http: digest.sources.http.Http)` and refuses a wrong table with ConfigError.
    """

    def fetch(self, state: SourceState) -> Fetched:
        """Return what the source has now.

        Raises SourceError when it cannot be read; nothing is known then, so nothing counts as withdrawn.
        """
        ...
