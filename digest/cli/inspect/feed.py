"""`digest inspect feed`: what the software makes of a feed, offline."""

from typing import Annotated, Any

import typer

from digest.cli.inspect.requests import FilesArgument, JsonlOption, Request, answer, body_of, now_of, requests
from digest.sources.feeds.sandbox import parse_feed
from digest.values import FetchedArticle


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("feed")(feed)


def feed(
    files: FilesArgument = None,
    url: Annotated[str, typer.Option("--url", help="Where the feed comes from.")] = "http://localhost/",
    jsonl: JsonlOption = False,
) -> None:
    """Show the articles of a feed, in document order, as JSON.

    Example: digest inspect feed feed.xml --url https://example.org/feed/
    """
    answer(_feed, requests(files, url, jsonl=jsonl))


def _feed(request: Request) -> dict[str, Any]:
    url, content_type = str(request.get("url") or "http://localhost/"), str(request.get("content_type") or "")
    parsed = parse_feed(body_of(request), url, content_type, now_of(request))
    return {
        "title": parsed.title,
        "language": parsed.language,
        "articles": [_article(one) for one in parsed.articles],
    }


def _article(one: FetchedArticle) -> dict[str, Any]:
    return {
        "id": one.external_id or one.guid,
        "url": one.url,
        "title": one.title,
        "summary": one.summary,
        "published": one.published.isoformat() if one.published else None,
        "updated": one.updated.isoformat() if one.updated else None,
        "authors": list(one.authors),
        "categories": list(one.categories),
        "image": one.image.url if one.image else None,
        "date_quality": str(one.date_quality),
    }
