"""A post's picture: what the API says of it goes in, the size that a mail shows best comes out."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from digest.sources import text
from digest.sources.wordpress.shapes import embedded, items, mapping
from digest.values import Image

_NARROWEST, _WIDEST = 600, 1200
_MODERN = re.compile(r"\.(webp|avif)($|[?\s])|image/(webp|avif)", re.IGNORECASE)


def featured(post: Mapping[str, Any], base: str) -> Image | None:
    """Return the featured picture; where the site does not show it, what Jetpack or Yoast say of it. None without one."""
    for media in embedded(post, "wp:featuredmedia"):
        kind = str(media.get("mime_type") or "image/")
        sizes = sorted(_sizes(media), key=_unfitness) if kind.startswith("image/") else []
        for size in sizes:
            image = _picture(size, base, str(media.get("alt_text") or ""))
            if image is not None:
                return image
    return next((one for one in (_picture(size, base) for size in _elsewhere(post)) if one), None)


def _sizes(media: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the sizes that were made of a picture, and the picture itself."""
    details = mapping(media.get("media_details"))
    yield from map(mapping, mapping(details.get("sizes")).values())
    yield {"source_url": media.get("source_url"), "width": details.get("width"), "height": details.get("height")}


def _elsewhere(post: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield {"source_url": post.get("jetpack_featured_media_url")}
    for one in map(mapping, items(mapping(post.get("yoast_head_json")).get("og_image"))):
        yield {**one, "source_url": one.get("url")}


def _picture(size: Mapping[str, Any], base: str, alt: str = "") -> Image | None:
    address = size.get("source_url")
    if not isinstance(address, str) or not address:
        return None
    return text.picture(address, base, alt, size.get("width"), size.get("height"))


def _unfitness(size: Mapping[str, Any]) -> tuple[bool, int, int]:
    """Order sizes: what every mail program shows before newer formats, then nearest to 600 to 1,200 pixels, then the widest."""
    width = text.number(size.get("width")) or 0
    modern = bool(_MODERN.search(f"{size.get('source_url')} {size.get('mime_type')}"))
    return modern, max(_NARROWEST - width, width - _WIDEST, 0), -width
