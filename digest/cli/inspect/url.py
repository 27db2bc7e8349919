"""`digest inspect url`: what becomes of an article's address, offline."""

from typing import Annotated, Any

import typer

from digest.cli.inspect.requests import JsonlOption, Request, answer, body_of, lines
from digest.sources import urls


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("url")(url)


def url(
    texts: Annotated[list[str] | None, typer.Argument(metavar="[URL]...", help="Web addresses to clean.")] = None,
    site: Annotated[str, typer.Option("--site", help="The site or feed that they stand in.")] = "",
    jsonl: JsonlOption = False,
) -> None:
    """Show an article's address as it is kept, without trackers, and the key that two addresses of one article share.

    Example: digest inspect url "https://example.org/story?utm_source=mail"
    """
    answer(_url, lines() if jsonl else ({"text": text, "url": site} for text in texts or ()))


def _url(request: Request) -> dict[str, Any]:
    written = str(request["text"]) if "text" in request else body_of(request).decode(errors="replace")
    found = urls.clean(written, str(request.get("url") or ""))
    return {"url": found, "key": urls.key(found or written)}
