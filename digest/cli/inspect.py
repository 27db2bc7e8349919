"""`digest inspect`: what the software makes of a feed or an address, offline; for operators, and for tests a line at a time."""

import base64
import binascii
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from digest.errors import AddressError, DigestError, UsageError
from digest.mail import address as addresses
from digest.sources.feed import parse_feed
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


@commands.command("address")
def address(
    texts: Annotated[list[str] | None, typer.Argument(metavar="[ADDRESS]...", help="Addresses to judge.")] = None,
    jsonl: JsonlOption = False,
) -> None:
    """Say whether an address can be mailed, its normal form, or why not.

    Example: digest inspect address ana@example.org
    """
    _answer(_address, _lines() if jsonl else ({"text": text} for text in texts or ()))


def _feed(request: Request) -> dict[str, Any]:
    try:
        body = base64.b64decode(str(request.get("body", "")), validate=True)
    except binascii.Error as error:
        raise UsageError("“body” is no base64.") from error
    parsed = parse_feed(body, str(request.get("url") or "http://localhost/"), str(request.get("content_type") or ""))
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
