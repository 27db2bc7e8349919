import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import FetchError, SourceError
from digest.sources.sitemapxml import SitemapFile
from digest.sources.sitemapxml import parse_sitemap as parse_file

NS = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"


def urlset(*entries: str, namespace: str = NS) -> bytes:
    return f"<?xml version='1.0' encoding='UTF-8'?><urlset {namespace}>{''.join(entries)}</urlset>".encode()


def parse_sitemap(body: bytes, url: str, most: int) -> SitemapFile:
    return parse_file(io.BytesIO(body), url, most)


def url(address: str) -> str:
    return f"<url><loc>{address}</loc></url>"


HERE = "https://town.example/sitemap.xml"


@pytest.mark.parametrize(
    "body",
    [
        urlset(url("https://town.example/a"), namespace=""),
        urlset(url("https://town.example/a"), namespace="xmlns='http://www.google.com/schemas/sitemap/0.84'"),
        urlset(url("\n  https://town.example/a\n")),
        urlset(url("/a")),
        b"\xef\xbb\xbf" + urlset(url("https://town.example/a")),
        b"  \n" + urlset(url("https://town.example/a"), namespace="")[len("<?xml version='1.0' encoding='UTF-8'?>") :],
        urlset(url("https://town.example/a"))[:-10],
        gzip.compress(urlset(url("https://town.example/a"))),
        b"https://town.example/a\n\n",
    ],
)
def test_a_sitemap_is_read_with_its_usual_faults(body: bytes) -> None:
    assert [one.url for one in parse_sitemap(body, HERE, 10).pages] == ["https://town.example/a"]


@pytest.mark.parametrize("written", ["?a=1&b=2", "?a=1&amp;b=2", "?a=1&#38;b=2", "<![CDATA[?a=1&b=2]]>"])
@pytest.mark.parametrize("before", [0, 65_400, 65_410, 65_415, 65_420])
def test_ampersands_in_addresses_are_read_as_they_are_meant(written: str, before: int) -> None:
    body = urlset(" " * before, url(written))
    assert [one.url for one in parse_sitemap(body, HERE, 10).pages] == [f"{HERE}?a=1&b=2"]


def test_entities_are_refused_and_nothing_is_read_from_outside() -> None:
    attack = b"<!DOCTYPE urlset [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><urlset><url><loc>&x;</loc></url></urlset>"
    with pytest.raises(SourceError, match="declares entities"):
        parse_sitemap(attack, HERE, 10)


def test_a_bomb_is_refused_and_a_long_file_is_cut() -> None:
    with pytest.raises(FetchError, match="unpacks to more than"):
        parse_sitemap(gzip.compress(b"<urlset>" + b" " * 30_000_000), HERE, 10)
    found = parse_sitemap(urlset(*(url(f"https://town.example/{number}") for number in range(20))), HERE, 10)
    assert (len(found.pages), found.cut) == (10, True)


def test_a_text_of_addresses_is_read_line_by_line_and_cut() -> None:
    addresses = [f"https://town.example/{number}?a=1&b=2" for number in range(5_000)]
    body = "\r\n".join(["\ufeff" + addresses[0], "", *addresses[1:], "x" * 200_000]).encode()
    found = parse_sitemap(body, HERE, 10_000)
    assert ([one.url for one in found.pages], found.cut) == (addresses, False)
    assert parse_sitemap(body, HERE, 4_999).cut


PARTS = (b"<urlset>", b"<url>", b"<loc>", b"http://a.example/", b"</loc>", b"</url>", b"<lastmod>", b"\x1f\x8b", b"&x;")


@given(st.lists(st.one_of(st.binary(max_size=20), st.sampled_from(PARTS)), max_size=20))
def test_any_bytes_are_a_sitemap_or_a_plain_error(parts: list[bytes]) -> None:
    try:
        found = parse_sitemap(b"".join(parts), HERE, 10)
    except SourceError:
        return
    assert all(one.url.startswith("http") for one in found.pages)
