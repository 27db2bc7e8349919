"""The one error tree: each class's docstring is the first sentence a user reads, the detail and the way out follow it."""

from typing import ClassVar


class DigestError(Exception):
    """Something went wrong."""

    exit_code: ClassVar[int] = 1

    def __init__(self, detail: str = "", *, hint: str = "") -> None:
        """Keep what happened (`detail`) apart from what to do next (`hint`)."""
        super().__init__(detail)
        self.detail = detail
        self.hint = hint

    def __str__(self) -> str:
        """Return the sentence for the user: what, where, what to do next."""
        what = (type(self).__doc__ or "").strip().splitlines()[0]
        return " ".join(part for part in (what, self.detail, self.hint) if part)


class ConfigError(DigestError):
    """The configuration cannot be used."""

    exit_code = 2


class UsageError(DigestError):
    """The command cannot be carried out as it was given."""

    exit_code = 2


class DatabaseError(DigestError):
    """The database cannot be used."""


class DatabaseBehindError(DatabaseError):
    """The database is behind this version of the software."""


class DiskFullError(DatabaseError):
    """The disk is full."""


class SourceError(DigestError):
    """The source could not be read."""


class FetchError(SourceError):
    """The address could not be fetched."""

    def __init__(self, detail: str = "", *, hint: str = "", retry_after: str = "", status: int | None = None) -> None:
        """Keep the server's status and its own word on when to come back (RFC 9110, section 10.2.3), if it said them."""
        super().__init__(detail, hint=hint)
        self.retry_after = retry_after
        self.status = status


class NotAFeedError(SourceError):
    """The answer is not a feed."""


class TemplateError(DigestError):
    """The template has a fault."""


class AddressError(DigestError):
    """The address cannot be mailed."""


class TokenError(DigestError):
    """The link is not valid."""


class EditionError(DigestError):
    """The edition is not in a state that allows this."""


class ProviderError(DigestError):
    """The mail provider cannot be used."""


class HeaderError(DigestError):
    """The mail's headers cannot be written."""


class SizeError(DigestError):
    """The mail is too big."""


class LintError(DigestError):
    """There is no HTML to look at."""
