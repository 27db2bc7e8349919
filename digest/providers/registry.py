"""Kinds of providers by name: the [provider] table goes in, the provider comes out; strangers' kinds register like ours."""

from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import TypeVar, cast

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from digest.config import ProviderTable, explain
from digest.errors import ConfigError
from digest.mail.dkim import Signer
from digest.providers.base import Provider

_GROUP = "digest.providers"


class Keys(BaseModel):
    """A kind's own keys: frozen, and unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


K = TypeVar("K", bound=Keys)


def build(table: ProviderTable, folder: Path, signer: Signer | None = None) -> Provider:
    """Build the provider of a table; relative paths count from `folder`, `signer` signs what we write. Raises ConfigError."""
    known = entry_points(group=_GROUP)
    if table.kind not in known.names:
        kinds = ", ".join(sorted(known.names))
        raise ConfigError(f"provider.kind “{table.kind}” is unknown.", hint=f"There are: {kinds}.")
    kind = cast("Callable[[ProviderTable, Path, Signer | None], Provider]", known[table.kind].load())
    return kind(table, folder, signer)


def own_keys(table: ProviderTable, model: type[K]) -> K:
    """Check a kind's own keys. Raises ConfigError naming the key and what would be right."""
    try:
        return model.model_validate(dict(table.rest))
    except ValidationError as error:
        raise ConfigError(f"[provider] of kind {table.kind}: {explain(error)}") from error


def secret(value: SecretStr | None, file: Path | None, folder: Path, key: str) -> str:
    """Return a secret from the table or from its file; empty where neither is named. Raises ConfigError."""
    if value is not None:
        return value.get_secret_value()
    if file is None:
        return ""
    try:
        return (folder / file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"provider.{key}_file {file} cannot be read.", hint=f"{error.strerror}.") from error
