"""WordPress by its REST API: a site's address goes in, its new and changed posts come out, with what was withdrawn."""

from digest.sources.wordpress.posts import parse_post
from digest.sources.wordpress.source import WordPress

__all__ = ["WordPress", "parse_post"]
