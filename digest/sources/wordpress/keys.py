"""A WordPress source's own keys: its table goes in, a login and the types of posts come out, or one sentence on what is wrong."""

import ipaddress
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from digest.config import SourceTable, explain
from digest.errors import ConfigError

_RestBase = Annotated[str, Field(pattern=r"^[\w-]{1,40}$")]


class Keys(BaseModel):
    """The keys of this kind alone; `post_types` are the names of types in the API's addresses (“posts”)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    username: str = ""
    password: SecretStr | None = None
    password_file: Path | None = None
    post_types: Annotated[tuple[_RestBase, ...], Field(min_length=1, max_length=10)] = ("posts",)


def own_keys(table: SourceTable) -> Keys:
    """Check a table's own keys. Raises ConfigError naming the key and what would be right."""
    try:
        return Keys.model_validate(dict(table.rest))
    except ValidationError as error:
        raise ConfigError(f"Source “{table.id}” of kind wordpress: {explain(error)}") from error


def login(table: SourceTable, keys: Keys) -> tuple[str, str] | None:
    """Return the user and the password, None without a user. Raises ConfigError where a login would cross a network in the clear."""
    where = f"sources.{table.id}"
    if not keys.username:
        if keys.password is not None or keys.password_file is not None:
            raise ConfigError(f"“{where}.username” is missing.", hint="A password alone opens nothing.")
        return None
    if not _is_safe(table.url):
        raise ConfigError(f"“{where}.url” is no https address.", hint="A login is sent over https only.")
    password = _password(keys, where)
    if not password:
        raise ConfigError(
            f"“{where}.password” is missing.", hint="WordPress makes one under Users, Profile, Application Passwords."
        )
    return keys.username, password


def _password(keys: Keys, where: str) -> str:
    if keys.password is not None:
        return keys.password.get_secret_value()
    if keys.password_file is None:
        return ""
    if not keys.password_file.is_absolute():
        raise ConfigError(f"“{where}.password_file” is no absolute path.", hint="Write it from “/” on.")
    try:
        return keys.password_file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"“{where}.password_file” cannot be read.", hint=f"{error.strerror}.") from error


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
