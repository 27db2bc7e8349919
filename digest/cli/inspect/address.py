"""`digest inspect address`: whether an address can be mailed, offline."""

from typing import Annotated, Any

import typer

from digest.cli.inspect.requests import JsonlOption, Request, answer, lines
from digest.errors import AddressError
from digest.mail import address as addresses


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("address")(address)


def address(
    texts: Annotated[list[str] | None, typer.Argument(metavar="[ADDRESS]...", help="Addresses to judge.")] = None,
    jsonl: JsonlOption = False,
) -> None:
    """Say whether an address can be mailed, its normal form, or why not.

    Example: digest inspect address ana@example.org
    """
    answer(_address, lines() if jsonl else ({"text": text} for text in texts or ()))


def _address(request: Request) -> dict[str, Any]:
    try:
        found = addresses.parse(str(request.get("text", "")))
    except AddressError as error:
        return {"ok": False, "address": None, "ascii": None, "reason": error.detail}
    return {"ok": True, "address": found.address, "ascii": found.ascii or None, "reason": None}
