"""`digest inspect page`: what the software makes of a web page, offline."""

from typing import Annotated, Any

import typer

from digest.cli.inspect.requests import FilesArgument, JsonlOption, Request, answer, body_of, now_of, requests
from digest.sources.metadata import parse_page


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("page")(page)


def page(
    files: FilesArgument = None,
    url: Annotated[str, typer.Option("--url", help="Where the page comes from.")] = "http://localhost/",
    jsonl: JsonlOption = False,
) -> None:
    """Show what a web page says of its article, and the feeds it names, as JSON.

    Example: digest inspect page story.html --url https://example.org/story
    """
    answer(_page, requests(files, url, jsonl=jsonl))


def _page(request: Request) -> dict[str, Any]:
    url = str(request.get("url") or "http://localhost/")
    found = parse_page(body_of(request), url, now_of(request), str(request.get("content_type") or ""))
    return {
        "url": found.url,
        "title": found.title,
        "authors": list(found.authors),
        "published": found.published.isoformat() if found.published else None,
        "updated": found.updated.isoformat() if found.updated else None,
        "section": found.section,
        "summary": found.summary,
        "image": found.image.url if found.image else None,
        "site": found.site,
        "language": found.language,
        "feeds": list(found.feeds),
        "paywalled": found.paywalled,
        "date_quality": str(found.date_quality),
    }
