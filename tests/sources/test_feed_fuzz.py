"""Whatever bytes come, they are a feed or an error that says they are none."""

import json
from dataclasses import asdict
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import NotAFeedError
from digest.sources.feeds.reading import ParsedFeed, read

URL = "https://town.example.org/feed"
NAMES = "rss channel item entry feed title link guid pubDate author name image url source content description summary svg language"
PIECES = (
    *(f"<{mark}{name}>" for name in NAMES.split() for mark in ("", "/")),
    "<rss version='2.0'>", "<feed xmlns='http://www.w3.org/2005/Atom'>", "<title type='xhtml'>", "<title mode='base64' type='x'>",
    "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>", "<content type='xhtml'>", "<link href='http://[::1'/>",
    "<link rel='hub' href='x'/>", "<category/>", "<category term='x'/>", "<enclosure/>", "<enclosure url='x'/>", "<a:b>", "</a:b>",
    "<html>", "xml:base='//['", "<![CDATA[", "]]>", "<!--", "-->", "<?xml version='1.0'?>", "<!DOCTYPE x [", "]>", "<!ENTITY", "&amp;",
    "&", "&eacute;", "&#55357;", "&#0;", "&#99999999;", "\x00", "\x08", "\ufffe", "http://[", "2026-11-24", "words ", "{",
    '{"items": [', "]}", "<", ">", "'", '"', "=", "é", "😀", "<textinput>",
)  # fmt: skip


def usable(found: ParsedFeed) -> bool:
    json.dumps(asdict(found), default=datetime.isoformat, ensure_ascii=False).encode()
    return all(one.url.startswith(("http://", "https://")) and one.title for one in found.articles)


def is_read_or_refused(body: bytes, content_type: str = "") -> bool:
    try:
        found = read(body, URL, content_type)
    except NotAFeedError as error:
        return bool(error.hint)
    return usable(found)


@given(
    st.binary(max_size=400), st.sampled_from(("", "text/xml; charset=utf-16", "application/json", "\x00;charset=\n"))
)
def test_any_bytes_are_a_feed_or_no_feed(body: bytes, content_type: str) -> None:
    assert is_read_or_refused(body, content_type)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=40), st.sampled_from(("utf-8", "utf-16", "cp1252", "utf-32-be")))
def test_any_pieces_of_feeds_are_a_feed_or_no_feed(pieces: list[str], encoding: str) -> None:
    assert is_read_or_refused("".join(pieces).encode(encoding, "replace"))
