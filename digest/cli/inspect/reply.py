"""`digest inspect reply`: what a mail server's reply means, offline."""

from typing import Annotated, Any

import typer

from digest.cli.inspect.requests import JsonlOption, Request, answer, lines
from digest.mail import reply as reply_map


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("reply")(reply)


def reply(
    texts: Annotated[list[str] | None, typer.Argument(metavar="[REPLY]...", help="Replies, with their codes.")] = None,
    phase: Annotated[
        str, typer.Option(help="What was answered: connect, ehlo, starttls, auth, mail, rcpt, data or dot.")
    ] = "",
    jsonl: JsonlOption = False,
) -> None:
    """Say what a mail server's reply means, and how lasting that is for the address: hard, soft or none.

    Example: digest inspect reply "550 5.1.1 No such user"
    """
    answer(_reply, lines() if jsonl else ({"text": text, "phase": phase} for text in texts or ()))


def _reply(request: Request) -> dict[str, Any]:
    verdict = reply_map.judge(str(request.get("text", "")), phase=str(request.get("phase") or ""))
    return {"category": verdict.category, "permanence": verdict.permanence.value}
