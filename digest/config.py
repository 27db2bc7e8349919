"""The configuration: `config.toml` and the environment go in, one checked and frozen `Settings` comes out.

Environment wins over the file (`DIGEST_DATABASE__URL`); a wrong key names itself, its place and what would be right.
"""

import os
import secrets
import tomllib
from collections.abc import Mapping
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from digest.errors import ConfigError
from digest.settingtypes import ClockTime, Colour, Domain, DomainOrNone, Identifier, Selector, Span, WebAddress, Zone

_SECRET_BYTES = 32
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Table(BaseModel):
    """A table of the TOML: frozen, and unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class OpenTable(BaseModel):
    """A table whose other keys are checked by the class that `kind` names."""

    model_config = ConfigDict(extra="allow", frozen=True)

    @property
    def rest(self) -> Mapping[str, Any]:
        """The keys that are left for the class of this kind."""
        return self.model_extra or {}


class Site(Table):
    """Who publishes: printed in mails and on the public pages."""

    name: str = "The Daily Digest"
    url: WebAddress = "http://127.0.0.1:8765"
    language: str = "en"
    contact: str = ""
    postal_address: str = ""
    about: str = ""
    accent: Colour = "#a8281e"
    accent_dark: Colour = "#f2998a"


class Database(Table):
    """Where the books are kept; a relative SQLite path counts from the folder of config.toml."""

    url: str = "sqlite:///var/digest.db"


class ProviderTable(OpenTable):
    """How mail leaves: the kind, what all kinds share, and the kind's own keys."""

    kind: str = "maildir"
    connections: Annotated[int, Field(ge=1, le=500)] = 8
    max_per_second: Annotated[float, Field(ge=0)] = 0
    max_per_minute: Annotated[int, Field(ge=0)] = 0
    max_per_hour: Annotated[int, Field(ge=0)] = 0
    max_per_day: Annotated[int, Field(ge=0)] = 0
    on_uncertain: Literal["hold"] = "hold"


class EngineTable(Table):
    """What carries batches to workers, and how many of them one process has in hand at once."""

    kind: str = "auto"
    workers: Annotated[int, Field(ge=1, le=32)] = 3


class Secrets(Table):
    """Keys that sign links and hide addresses: made by `digest init`, kept in files or in the environment."""

    root: SecretStr | None = None
    root_file: Path = Path("var/secrets/root")
    previous: tuple[SecretStr, ...] = ()
    pepper: SecretStr | None = None
    pepper_file: Path = Path("var/secrets/pepper")


class Dkim(Table):
    """How mail is signed where we write its bytes: the domain, and the keys whose public halves DNS has under their selectors."""

    domain: Domain
    selector: Selector = "digest"
    key_file: Path = Path("var/secrets/dkim.pem")
    ed25519_selector: Selector = "digest-ed25519"
    ed25519_key_file: Path | None = None

    @model_validator(mode="after")
    def _selectors_differ(self) -> Self:
        if self.ed25519_key_file is not None and self.selector == self.ed25519_selector:
            raise ValueError("selector and ed25519_selector must differ: DNS keeps one key under each")
        return self

    def keys(self, folder: Path) -> tuple[tuple[str, Path], ...]:
        """Return each selector with the file of its key; relative paths count from `folder`."""
        rsa = (self.selector, folder / self.key_file)
        return (rsa, (self.ed25519_selector, folder / self.ed25519_key_file)) if self.ed25519_key_file else (rsa,)


class Feedback(Table):
    """Where mail about our mail goes: bounces to b+…@ this domain, and requests to unsubscribe to unsub+…@ it. Empty: nowhere."""

    domain: DomainOrNone = ""


class Tracking(Table):
    """What is counted: with `clicks`, how often each article is opened from mails, never by whom."""

    opens: Literal[False] = False
    clicks: bool = False


class Collect(Table):
    """How articles are collected; a `proxy` is trusted to check addresses itself."""

    connections: Annotated[int, Field(ge=1, le=64)] = 8
    proxy: str = ""
    keep: Span = timedelta(days=400)


class Views(Table):
    """Where a source tells how often its articles are read: an address that answers JSON, and where in it they stand.

    `items` leads to the list, dots between keys (empty: the document is the list); `address` and `count` lead on from one element.
    """

    url: WebAddress
    every: Span = timedelta(minutes=30)
    items: str = ""
    address: str = "url"
    count: str = "views"
    headers: Mapping[str, str] = Field(default_factory=dict)


class SourceTable(OpenTable):
    """Where articles come from: the id, what all kinds share, and the kind's own keys. Only a kind that is pushed needs no `url`."""

    id: Identifier
    kind: str
    url: WebAddress = ""
    every: Span = timedelta(minutes=10)
    first_import: Span = timedelta(hours=24)
    settle: Span = timedelta(minutes=10)
    headers: Mapping[str, str] = Field(default_factory=dict)
    allow_private_addresses: bool = False
    third_party: bool = False
    future_dates: Literal["ask", "embargo", "first_seen"] = "ask"
    views: Views | None = None


class Section(Table):
    """An ordered slot of a newsletter; no sources means all, no categories means every article of them."""

    id: Identifier
    name: str
    parent: str | None = None
    sources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    url: str = ""
    limit: Annotated[int, Field(ge=1, le=50)] = 5
    minimum: Annotated[int, Field(ge=0, le=50)] = 1
    fallback: Literal["hide", "parent", "older"] = "hide"
    max_per_author: Annotated[int, Field(ge=1)] = 2


class Newsletter(Table):
    """A recurring publication with its sections, schedule and zone."""

    id: Identifier
    name: str
    tagline: str = ""
    from_: Annotated[str, Field(alias="from")]
    reply_to: str = ""
    zone: Zone = "UTC"
    send_at: ClockTime = time(7, 30)
    days: tuple[Weekday, ...] = _WEEKDAYS  # type: ignore[assignment]  # a tuple of these very words
    holidays: tuple[date, ...] = ()
    weekly_day: Weekday = "sun"
    language: str = ""
    template: str = "daily"
    draft_minutes: Annotated[int, Field(ge=0)] = 90
    freeze_minutes: Annotated[int, Field(ge=0)] = 20
    review: Literal["auto", "approve"] = "auto"
    catch_up: Literal["latest_only", "each", "none"] = "latest_only"
    late: Span = timedelta(hours=6)
    stale_after: Span = timedelta(hours=6)
    stale: Literal["hold", "send_with_notice", "skip"] = "hold"
    shares_history_with: tuple[Identifier, ...] = ()
    quiet_day: Literal["skip", "send"] = "skip"
    ranking: Literal["newest", "score"] = "newest"
    half_life: Span = timedelta(hours=12)
    paywalled: Literal["allow", "exclude"] = "allow"
    languages: tuple[str, ...] = ()
    translations: Literal["all", "one"] = "all"
    alerts_a_day: Annotated[int, Field(ge=0, le=24)] = 0
    max_stories: Annotated[int, Field(ge=1, le=200)] = 20
    max_age: Span = timedelta(hours=48)
    max_per_source: Annotated[int, Field(ge=1)] = 200
    min_stories: Annotated[int, Field(ge=1)] = 1
    sections: tuple[Section, ...]

    @model_validator(mode="after")
    def _sections_hang_together(self) -> Self:
        ids = [section.id for section in self.sections]
        if not ids:
            raise ValueError("a newsletter needs at least one [[newsletters.sections]]")
        if len(set(ids)) != len(ids):
            raise ValueError(f"two sections share an id: {_first_double(ids)}")
        parents = {section.id: section.parent for section in self.sections}
        for section in self.sections:
            _check_parents(section.id, parents)
        return self

    def section(self, section_id: str) -> Section:
        """Return the section of this id. Raises KeyError."""
        return {section.id: section for section in self.sections}[section_id]


class Settings(BaseSettings):
    """Everything that config.toml and the environment say. `folder` is where relative paths count from."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="DIGEST_", env_nested_delimiter="__", env_ignore_empty=True
    )

    folder: Path = Path()
    site: Site = Site()
    database: Database = Database()
    engine: EngineTable = EngineTable()
    provider: ProviderTable = ProviderTable()
    secrets: Secrets = Secrets()
    dkim: Dkim | None = None
    feedback: Feedback = Feedback()
    tracking: Tracking = Tracking()
    collect: Collect = Collect()
    sources: tuple[SourceTable, ...] = ()
    newsletters: tuple[Newsletter, ...] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file, whose values come as init arguments; read nothing else."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        sources = {source.id for source in self.sources}
        for newsletter in self.newsletters:
            for section in newsletter.sections:
                for source in section.sources:
                    if source not in sources:
                        known = ", ".join(sorted(sources)) or "none"
                        raise ValueError(
                            f"newsletters.{newsletter.id}.sections.{section.id}.sources names “{source}”,"
                            f" which is no source (there are: {known})"
                        )
        for what, ids in (("sources", [s.id for s in self.sources]), ("newsletters", [n.id for n in self.newsletters])):
            if len(set(ids)) != len(ids):
                raise ValueError(f"two {what} share the id “{_first_double(ids)}”")
        return self

    def newsletter(self, newsletter_id: str) -> Newsletter:
        """Return the newsletter of this id. Raises ConfigError naming those that exist."""
        for newsletter in self.newsletters:
            if newsletter.id == newsletter_id:
                return newsletter
        known = ", ".join(newsletter.id for newsletter in self.newsletters) or "none"
        raise ConfigError(f"There is no newsletter “{newsletter_id}”.", hint=f"There are: {known}.")

    @property
    def database_url(self) -> str:
        """The database's URL with a relative SQLite path made absolute."""
        prefix = "sqlite:///"
        if not self.database.url.startswith(prefix):
            return self.database.url
        return prefix + str(self.folder / self.database.url.removeprefix(prefix))

    @property
    def roots(self) -> tuple[bytes, ...]:
        """The keys of tokens, newest first. Raises ConfigError where there is none."""
        newest = _secret(self.secrets.root, self.folder / self.secrets.root_file, "root")
        return (newest, *(previous.get_secret_value().encode() for previous in self.secrets.previous))

    @property
    def pepper(self) -> bytes:
        """The key under which addresses are hashed. Raises ConfigError where there is none."""
        return _secret(self.secrets.pepper, self.folder / self.secrets.pepper_file, "pepper")


def load(path: Path | None = None) -> Settings:
    """Read `path` (else DIGEST_CONFIG, else ./config.toml) and the environment. Raises ConfigError, one sentence for the first fault."""
    path = path or Path(os.environ.get("DIGEST_CONFIG", "config.toml"))
    return parse(_read(path), path)


def parse(values: Mapping[str, Any], path: Path) -> Settings:
    """Check the values of a TOML file that stands (or would stand) at `path`. Raises ConfigError."""
    if "folder" in values:
        raise ConfigError(f"{path}: “folder” is no key.", hint="Take it out.")
    try:
        return Settings(**{**values, "folder": path.absolute().parent})
    except ValidationError as error:
        raise ConfigError(f"{path}: {explain(error, values)}") from error


def explain(error: ValidationError, values: Mapping[str, Any] | None = None) -> str:
    """Turn pydantic's first finding into one sentence that names the key, its place and what would be right."""
    first = error.errors()[0]
    place = _place(first["loc"], values or {})
    message = str(first["msg"]).removeprefix("Value error, ")
    match first["type"]:
        case "extra_forbidden":
            return f"“{place}” is no key. Take it out, or look for its right name in config.example.toml."
        case "missing":
            return f"“{place}” is missing. config.example.toml shows what it may hold."
        case _:
            return f"“{place}” is wrong: {message[0].lower()}{message[1:]}." if place else f"{message}."


def _read(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"There is no {path}.", hint="Run `digest init`, or name the file with --config.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is no valid TOML: {error}.") from error


def _secret(given: SecretStr | None, file: Path, name: str) -> bytes:
    if given is not None:
        return given.get_secret_value().encode()
    try:
        return file.read_text(encoding="utf-8").strip().encode()
    except OSError as error:
        hint = f"Run `digest db upgrade`, which makes it, or set DIGEST_SECRETS__{name.upper()}."
        raise ConfigError(f"The secret {file} is not there.", hint=hint) from error


def make_secret(file: Path) -> None:
    """Write a new random secret that only its owner may read; one that is there stays."""
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as opened:
        opened.write(secrets.token_urlsafe(_SECRET_BYTES) + "\n")


def _first_double(names: list[str]) -> str:
    return next(name for name in names if names.count(name) > 1)


def _check_parents(section_id: str, parents: Mapping[str, str | None]) -> None:
    seen = [section_id]
    while (parent := parents[seen[-1]]) is not None:
        if parent not in parents:
            raise ValueError(f"section “{seen[-1]}” names the parent “{parent}”, which is no section")
        if parent in seen:
            raise ValueError(f"section “{section_id}” is its own ancestor")
        seen.append(parent)


def _place(location: tuple[int | str, ...], values: Mapping[str, Any]) -> str:
    """Name a key as the TOML does, lists by their element's id: `newsletters.daily.sections.news.limit`."""
    words: list[str] = []
    here: Any = values
    for step in location:
        here = _inside(here, step)
        words.append(
            str(here["id"]) if isinstance(step, int) and isinstance(here, Mapping) and "id" in here else str(step)
        )
    return ".".join(words)


def _inside(here: object, step: int | str) -> object:
    if isinstance(here, Mapping):
        return here.get(step)
    if isinstance(here, list) and isinstance(step, int) and step < len(here):
        return here[step]
    return None
