"""JSON Feed 1.0 and 1.1 (jsonfeed.org): a decoded document goes in, the same entries as of an XML feed come out."""

import html
import json
from collections.abc import Iterator, Mapping
from typing import Any

from digest.errors import NotAFeedError
from digest.sources.entry import Entry, Head
from digest.sources.feeds import decoding
from digest.sources.pictures import Candidate


def is_json(document: str) -> bool:
    """Say whether a document can only be JSON."""
    return document.lstrip("\ufeff \t\r\n")[:1] == "{"


def parse(document: str) -> tuple[Head, list[Entry]]:
    """Read a JSON Feed. Raises NotAFeedError."""
    try:
        found = json.loads(document.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise NotAFeedError("It begins like JSON but is none.", hint="Look at the address in a browser.") from error
    if not isinstance(found, dict) or not isinstance(found.get("items"), list):
        raise NotAFeedError("It is JSON without a list of items.", hint="Name a feed's address in the source's url.")
    hubs = [hub for hub in _list(found, "hubs") if isinstance(hub, dict)]
    head = Head(
        title=_text(found, "title"),
        language=_text(found, "language"),
        site=_text(found, "home_page_url"),
        hub=next((_text(hub, "url") for hub in hubs if _text(hub, "type").lower() == "websub"), ""),
        topic=_text(found, "feed_url"),
    )
    authors = tuple(_authors(found))
    return head, [_entry(item, authors) for item in found["items"] if isinstance(item, dict)]


def _entry(item: Mapping[str, Any], feed_authors: tuple[str, ...]) -> Entry:
    guid, plain = _text(item, "id"), _text(item, "content_text")
    return Entry(
        guid=guid,
        link=_text(item, "url"),
        links=(_text(item, "external_url"), guid if guid.startswith("http") else ""),
        title=_text(item, "title"),
        summary=html.escape(_text(item, "summary")),
        content=_text(item, "content_html") or _paragraphs(plain),
        plain=html.escape(plain),
        authors=tuple(_authors(item)) or feed_authors,
        categories=tuple(tag for tag in _list(item, "tags") if isinstance(tag, str)),
        published=_text(item, "date_published"),
        updated=_text(item, "date_modified"),
        language=_text(item, "language"),
        images=tuple(_images(item)),
    )


def _paragraphs(plain: str) -> str:
    """Return plain text as markup, so that a `<` in it stays one."""
    return "".join(f"<p>{html.escape(part)}</p>" for part in plain.split("\n\n") if part.strip())


def _authors(node: Mapping[str, Any]) -> Iterator[str]:
    """Yield names: of the list (1.1), which some write as one object, and of the one author of 1.0."""
    several = node.get("authors")
    for author in (*(several if isinstance(several, list) else [several]), node.get("author")):
        name = _text(author, "name") if isinstance(author, dict) else author
        if isinstance(name, str) and name:
            yield decoding.whole(name)


def _images(item: Mapping[str, Any]) -> Iterator[Candidate]:
    for name in ("image", "banner_image"):
        if url := _text(item, name):
            yield Candidate(url)
    for one in _list(item, "attachments"):
        if isinstance(one, dict) and _text(one, "mime_type").startswith("image/"):
            yield Candidate(_text(one, "url"), kind=_text(one, "mime_type"))


def _list(node: Mapping[str, Any], key: str) -> list[Any]:
    value = node.get(key)
    return value if isinstance(value, list) else []


def _text(node: Mapping[str, Any], key: str) -> str:
    value = node.get(key)
    if isinstance(value, str):
        return decoding.whole(value).strip()
    return str(value) if isinstance(value, int | float) else ""
