"""JSON Feed 1.0 and 1.1 (jsonfeed.org): a decoded document goes in, the same entries as of an XML feed come out."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from digest.errors import NotAFeedError
from digest.sources.entry import Entry, Head


def is_json(body: bytes) -> bool:
    """Say whether a body can only be JSON."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def parse(body: bytes) -> tuple[Head, list[Entry]]:
    """Read a JSON Feed. Raises NotAFeedError."""
    try:
        document = json.loads(body.lstrip(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        raise NotAFeedError("It begins like JSON but is none.", hint="Look at the address in a browser.") from error
    if not isinstance(document, dict) or not isinstance(document.get("items"), list):
        raise NotAFeedError("It is JSON without a list of items.", hint="Name a feed's address in the source's url.")
    head = Head(_text(document, "title"), _text(document, "language"), _text(document, "home_page_url"))
    authors = tuple(_authors(document))
    return head, [_entry(item, authors) for item in document["items"] if isinstance(item, dict)]


def _entry(item: Mapping[str, Any], feed_authors: tuple[str, ...]) -> Entry:
    image = _text(item, "image") or _text(item, "banner_image")
    return Entry(
        guid=_text(item, "id"),
        link=_text(item, "url") or _text(item, "external_url"),
        title=_text(item, "title"),
        summary=_text(item, "summary"),
        content=_text(item, "content_html") or _text(item, "content_text"),
        authors=tuple(_authors(item)) or feed_authors,
        categories=tuple(tag for tag in item.get("tags") or () if isinstance(tag, str)),
        published=_text(item, "date_published"),
        updated=_text(item, "date_modified"),
        language=_text(item, "language"),
        images=((image, "", None, None), *_attachments(item)) if image else tuple(_attachments(item)),
    )


def _authors(node: Mapping[str, Any]) -> Iterator[str]:
    several = node.get("authors")
    for author in several if isinstance(several, list) else [node.get("author")]:
        name = author.get("name") if isinstance(author, dict) else author
        if isinstance(name, str) and name:
            yield name


def _attachments(item: Mapping[str, Any]) -> Iterator[tuple[str, str, object, object]]:
    for one in item.get("attachments") or ():
        if isinstance(one, dict) and str(one.get("mime_type", "")).startswith("image/"):
            yield _text(one, "url"), "", None, None


def _text(node: Mapping[str, Any], key: str) -> str:
    value = node.get(key)
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""
