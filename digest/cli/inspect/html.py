"""`digest inspect html`: what the email lint finds in a mail's HTML, offline."""

import base64
import binascii
from typing import Any

import typer

from digest.cli.inspect.requests import FilesArgument, JsonlOption, Request, answer, body_of, requests
from digest.mail import lint


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("html")(html)


def html(files: FilesArgument = None, jsonl: JsonlOption = False) -> None:
    """Say what mail clients would draw wrongly in the HTML of a mail, by rule, level and line; docs/email-lint.md explains the rules.

    Example: digest inspect html demo/edition.html
    """
    answer(_html, requests(files, "", jsonl=jsonl))


def _html(request: Request) -> dict[str, Any]:
    found = lint.check(body_of(request).decode("utf-8", "replace"), _text(request))
    return {
        "findings": [
            {"rule": one.rule, "level": one.level.value, "line": one.line, "message": one.message} for one in found
        ]
    }


def _text(request: Request) -> str | None:
    """Return the text part that a request gives, in base64 as its body is, or plain."""
    given = request.get("text")
    if given is None:
        return None
    try:
        return base64.b64decode(str(given), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return str(given)
