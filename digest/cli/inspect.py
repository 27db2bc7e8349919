"""`digest inspect`: what the software makes of a feed or an address, offline; for operators, and for tests a line at a time."""

import base64
import binascii
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from digest.clock import parse_instant, system_clock
from digest.errors import AddressError, DigestError, UsageError
from digest.mail import address as addresses
from digest.sources import urls
from digest.sources.feed import parse_feed
from digest.sources.metadata import parse_page
from digest.values import FetchedArticle

commands = typer.Typer(help="What the software makes of something, offline.", no_args_is_help=True)
JsonlOption = Annotated[
    bool, typer.Option("--jsonl", help="Read one JSON request a line from standard input, answer one JSON line each.")
]
FilesArgument = Annotated[
    list[Path] | None, typer.Argument(metavar="[FILE]...", help="Files, or - for standard input.")
]
Request = Mapping[str, Any]


@commands.command("feed")
def feed(
    files: FilesArgument = None,
    url: Annotated[str, typer.Option("--url", help="Where the feed comes from.")] = "http://localhost/",
    jsonl: JsonlOption = False,
) -> None:
    """Show the articles of a feed, in document order, as JSON.

    Example: digest inspect feed feed.xml --url https://example.org/feed/
    """
    requests = _lines() if jsonl else ({"body": base64.b64encode(body).decode(), "url": url} for body in _bodies(files))
    _answer(_feed, requests)


@commands.command("page")
def page(
    files: FilesArgument = None,
    url: Annotated[str, typer.Option("--url", help="Where the page comes from.")] = "http://localhost/",
    jsonl: JsonlOption = False,
) -> None:
    """Show what a web page says of its article, and the feeds it names, as JSON.

    Example: digest inspect page story.html --url https://example.org/story
    """
    requests = _lines() if jsonl else ({"body": base64.b64encode(body).decode(), "url": url} for body in _bodies(files))
    _answer(_page, requests)


@commands.command("url")
def url(
    texts: Annotated[list[str] | None, typer.Argument(metavar="[URL]...", help="Web addresses to clean.")] = None,
    site: Annotated[str, typer.Option("--site", help="The site or feed that they stand in.")] = "",
    jsonl: JsonlOption = False,
) -> None:
    """Show an article's address as it is kept, without trackers, and the key that two addresses of one article share.

    Example: digest inspect url "https://example.org/story?utm_source=mail"
    """
    _answer(_url, _lines() if jsonl else ({"text": text, "url": site} for text in texts or ()))


@commands.command("address")
def address(
    texts: Annotated[list[str] | None, typer.Argument(metavar="[ADDRESS]...", help="Addresses to judge.")] = None,
    jsonl: JsonlOption = False,
) -> None:
    """Say whether an address can be mailed, its normal form, or why not.

    Example: digest inspect address ana@example.org
    """
    _answer(_address, _lines() if jsonl else ({"text": text} for text in texts or ()))


def _body(request: Request) -> bytes:
    try:
        return base64.b64decode(str(request.get("body", "")), validate=True)
    except (binascii.Error, ValueError) as error:
        raise UsageError("“body” is no base64.") from error


def _page(request: Request) -> dict[str, Any]:
    url = str(request.get("url") or "http://localhost/")
    now = parse_instant(str(request["now"])) if request.get("now") else system_clock()
    found = parse_page(_body(request), url, now, str(request.get("content_type") or ""))
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


def _feed(request: Request) -> dict[str, Any]:
    parsed = parse_feed(
        _body(request), str(request.get("url") or "http://localhost/"), str(request.get("content_type") or "")
    )
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


def _url(request: Request) -> dict[str, Any]:
    written = str(request["text"]) if "text" in request else _body(request).decode(errors="replace")
    found = urls.clean(written, str(request.get("url") or ""))
    return {"url": found, "key": urls.key(found or written)}


def _address(request: Request) -> dict[str, Any]:
    try:
        found = addresses.parse(str(request.get("text", "")))
    except AddressError as error:
        return {"ok": False, "address": None, "ascii": None, "reason": error.detail}
    return {"ok": True, "address": found.address, "ascii": found.ascii or None, "reason": None}


def _answer(judge: Callable[[Request], dict[str, Any]], requests: Iterator[Request]) -> None:
    """Answer each request on a line of its own; a bad one answers its error, and the next is read."""
    for request in requests:
        try:
            answer = judge(request) if "error" not in request else dict(request)
        except DigestError as error:
            answer = {"error": str(error)}
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def _lines() -> Iterator[Request]:
    for line in sys.stdin.buffer:
        if not line.strip():
            continue
        try:
            request = json.loads(line)
        except ValueError:
            request = {"error": "The line is no JSON."}
        yield request if isinstance(request, dict) else {"error": "The line is no JSON object."}


def _bodies(files: list[Path] | None) -> Iterator[bytes]:
    for file in files or [Path("-")]:
        try:
            yield sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        except OSError as error:
            raise UsageError(f"{file} cannot be read: {error.strerror}.") from error
