"""A post's picture: what the API says of it goes in, the size that a mail shows best comes out."""

from collections.abc import Iterator, Mapping
from typing import Any

from digest.sources.pictures import Candidate, fittest
from digest.sources.plain import number
from digest.sources.wordpress.shapes import embedded, items, mapping


def featured(post: Mapping[str, Any], base: str) -> Iterator[Candidate]:
    """Yield the featured picture in its fittest size; where the site does not show it, what Jetpack or Yoast say of it."""
    for media in embedded(post, "wp:featuredmedia"):
        if str(media.get("mime_type") or "image/").startswith("image/") and (found := fittest(_sizes(media), base)):
            yield found
    yield from _elsewhere(post)


def _sizes(media: Mapping[str, Any]) -> Iterator[Candidate]:
    """Yield the sizes that were made of a picture, and the picture itself."""
    alt, details = str(media.get("alt_text") or ""), mapping(media.get("media_details"))
    for size in map(mapping, mapping(details.get("sizes")).values()):
        yield _candidate({"mime_type": media.get("mime_type"), **size}, size.get("source_url"), alt)
    yield _candidate({**media, **details}, media.get("source_url"), alt)


def _elsewhere(post: Mapping[str, Any]) -> Iterator[Candidate]:
    yield _candidate({}, post.get("jetpack_featured_media_url"))
    for one in map(mapping, items(mapping(post.get("yoast_head_json")).get("og_image"))):
        yield _candidate(one, one.get("url"))


def _candidate(size: Mapping[str, Any], address: object, alt: str = "") -> Candidate:
    return Candidate(
        address if isinstance(address, str) else "",
        alt,
        number(size.get("width")),
        number(size.get("height")),
        str(size.get("mime_type") or ""),
    )
