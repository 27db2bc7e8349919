import io
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Drawn

from digest.sources import pictures, text
from digest.sources.embedded import srcset
from digest.sources.http import Http
from digest.sources.pictures import Candidate
from digest.sources.probing import HEAD, MOST_BYTES, judge, measured, probe
from digest.testing.httpd import HttpServer, Reply
from digest.values import Image

SITE = "https://news.example.org"


@pytest.mark.parametrize(
    ("markup", "address"),
    [
        ("<img src='data:image/gif;base64,x' data-src='/a.jpg'>", "/a.jpg"),
        ("<img src='/grey.png' width='800' data-lazy-src='/a.jpg'>", "/a.jpg"),
        ("<img src='/any.png' srcset='/any.png 900w' data-original='/a.jpg'>", "/a.jpg"),
        ("<img src='data:x' srcset='data:x 1w' data-lazy-srcset='/a.jpg 800w'>", "/a.jpg"),
        ("<img class='lazy' src='data:image/svg+xml,x'><noscript><img src='/a.jpg'></noscript>", "/a.jpg"),
        ("<img src='data:x' data-orig-file='/o.jpg' data-large-file='/a.jpg'>", "/a.jpg"),
        ("<img src='/a.jpg' data-orig-file='/o.jpg'>", "/a.jpg"),
        ("<img src='/o.jpg' srcset='/s.jpg 300w, /a.jpg 1024w, /o.jpg 2048w'>", "/a.jpg"),
        ("<img src='/o.jpg' srcset='/w_300,h_2/s.jpg 300w, /w_900,h_6/a.jpg 900w'>", "/w_900,h_6/a.jpg"),
        ("<img src='/s.jpg' srcset='/s.jpg, /a.jpg 2x' width='500'>", "/a.jpg"),
        (
            "<picture><source type='image/webp' srcset='/a.webp 900w'><source srcset='/a.jpg 800w'><img src='/s.jpg'></picture>",
            "/a.jpg",
        ),
        ("<img src='/a.webp'>", "/a.webp"),
        ("<amp-img src='/a.jpg'></amp-img>", "/a.jpg"),
        ("<video poster='/a.jpg'></video>", "/a.jpg"),
        ("<img src='/pic-150x150.jpg'><img src='/a.jpg'>", "/a.jpg"),
        ("<img src='/pic-150x150.jpg'>", "/pic-150x150.jpg"),
        ("[caption id='x' width='600']<img src='/a.jpg'> The bridge[/caption]", "/a.jpg"),
        ("&lt;p&gt;&lt;img src='/a.jpg'&gt;Text&lt;/p&gt;", "/a.jpg"),
    ],
)
def test_the_first_picture_of_a_text_is_found_behind_whatever_loads_it(markup: str, address: str) -> None:
    image = text.read(markup, f"{SITE}/story/").image
    assert image is not None
    assert image.url == SITE + address


@pytest.mark.parametrize(
    "markup",
    [
        "<img src='data:image/png;base64,x'>",
        "<img src='/p.jpg' width='1' height='1'>",
        "<img src='/p.jpg' width='64'>",
        "<img src='/p-60x60.jpg'>",
        "<img src='/logo.svg'><img src='/favicon.ico'><img src='/film.mp4'>",
        "<img src='https://pixel.wp.com/b.gif?host=x'><img src='https://feeds.feedburner.com/~r/town/~4/1'>",
        "<img src='https://ad.doubleclick.net/x.jpg'><img src='/pixel?id=1'><img src='/b.gif'><img src='/count.gif'>",
        "<img src='https://s.w.org/images/core/emoji/15/72x72/1f600.png'><img src='/x.png' class='wp-smiley'>",
        "<img src='https://secure.gravatar.com/avatar/1?s=400'><img src='/ana.jpg' class='avatar'>",
        "<div class='author-box'><p><img src='/ana.jpg' width='400'></p></div>",
        "<a class='share'><img src='/x.png'></a><img src='/facebook.png'><img src='/twitter-icon.gif'>",
        "<img src='/ads/tram.jpg'><div class='advert'><img src='/tram.jpg'></div>",
        "<img src='/tram.jpg' width='728' height='90'><img src='/tram.jpg' srcset='/t.jpg 1456w' width='728' height='90'>",
        "<img src='/tram.jpg' style='display:none'><img src='/tram.jpg' hidden>",
        "<img src='/placeholder.png'><img src='/spacer.gif'>",
        "<img src='javascript:alert(1)'><img src='http://[bad/x.jpg'><img src=''><img>",
    ],
)
def test_what_is_no_picture_of_a_story_is_passed_over(markup: str) -> None:
    assert text.read(markup, f"{SITE}/story/").image is None
    found = text.read(f"{markup}<img src='/bridge.jpg'>", f"{SITE}/story/").image
    assert found == Image(f"{SITE}/bridge.jpg")


@pytest.mark.parametrize(
    ("alt", "file", "kept"),
    [
        ("The mayor &amp; the old <b>bridge</b>", "a.jpg", "The mayor & the old bridge"),
        ("G20 leaders", "a.jpg", "G20 leaders"),
        ("Facade of the town hall", "facade.jpg", "Facade of the town hall"),
        ("IMG_1234", "a.jpg", ""),
        ("DSC00042", "a.jpg", ""),
        ("Screenshot 2026-11-03 at 10.12.13 am", "a.jpg", ""),
        ("shutterstock_123456", "a.jpg", ""),
        ("3f2a9c41d0", "a.jpg", ""),
        ("Old-Bridge", "old-bridge-1024x768.jpg", ""),
        ("bridge.jpg", "a.jpg", ""),
        ("Image", "a.jpg", ""),
        ("Featured image", "a.jpg", ""),
        ("Photo 3", "a.jpg", ""),
        ("Imagen", "a.jpg", ""),
        ("…", "a.jpg", ""),
        ("", "a.jpg", ""),
    ],
)
def test_alt_is_what_somebody_wrote_and_never_a_files_name(alt: str, file: str, kept: str) -> None:
    found = text.picture(f"/{file}", SITE, alt)
    assert found is not None
    assert found.alt == kept


def test_candidates_are_taken_in_order_and_small_ones_last() -> None:
    small, tiny, broken = Candidate("/s.jpg", width=150), Candidate("/t.jpg", width=32), Candidate("data:x")
    first, second = Candidate("/a.jpg", "The bridge", 800, 600), Candidate("/b.jpg")
    assert pictures.best([small, tiny, broken, first, second], SITE) == Image(f"{SITE}/a.jpg", "The bridge", 800, 600)
    assert pictures.best([tiny, small, broken], SITE) == Image(f"{SITE}/s.jpg", "", 150, None)
    assert pictures.best([tiny, broken], SITE) is None
    assert pictures.best([]) is None


def test_an_address_keeps_its_scheme_and_its_file_says_its_size() -> None:
    assert text.picture("http://news.example.org/a.jpg") == Image("http://news.example.org/a.jpg")
    assert text.picture("//news.example.org/a.jpg") == Image(f"{SITE}/a.jpg")
    assert text.picture("/a-640x480.jpg", SITE, "", "300px", 200) == Image(f"{SITE}/a-640x480.jpg", "", 640, 480)
    assert text.picture("/a.jpg?w=700", SITE) == Image(f"{SITE}/a.jpg?w=700", "", 700, None)
    assert text.picture("/a.jpg") is None


def test_of_one_picture_the_fittest_size_is_taken() -> None:
    widths = [4000, 300, 590, 640, 1100, 1300, 2000]
    order = sorted(widths, key=lambda width: pictures.rank(Candidate("https://a.example/a.jpg", width=width)))
    assert order == [1100, 640, 590, 1300, 300, 2000, 4000]
    modern = [
        Candidate("/a.avif", width=900),
        Candidate("/a", width=900, kind="image/webp"),
        Candidate("/a.jpg", width=400),
    ]
    found = pictures.fittest(modern, SITE)
    assert found is not None
    assert found.url == f"{SITE}/a.jpg"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a,b.jpg 1x, c.jpg 2x", [("a,b.jpg", "1x"), ("c.jpg", "2x")]),
        ("a.jpg 300w,b.jpg 600w", [("a.jpg", "300w"), ("b.jpg", "600w")]),
        ("a.jpg, b.jpg,, c.jpg", [("a.jpg", ""), ("b.jpg", ""), ("c.jpg", "")]),
        ("a.jpg (1, 2) , b.jpg 3w", [("a.jpg", "(1, 2)"), ("b.jpg", "3w")]),
        (" ,a.jpg\n 1.5x ", [("a.jpg", "1.5x")]),
        ("", []),
    ],
)
def test_a_srcset_is_read_as_browsers_read_it(value: str, found: list[tuple[str, str]]) -> None:
    assert srcset(value) == found


@given(st.text(st.sampled_from("a,. ()12wx\n/"), max_size=60))
def test_any_srcset_ends(value: str) -> None:
    assert all(url and not url.endswith(",") and " " not in url for url, _ in srcset(value))


def drawn(kind: str, width: int = 640, height: int = 480, **options: Any) -> bytes:
    made = io.BytesIO()
    Drawn.new("RGB", (width, height), "navy").save(made, kind, **options)
    return made.getvalue()


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("jpeg", {}),
        ("jpeg", {"progressive": True, "exif": b"Exif\x00\x00" + b"x" * 60_000}),
        ("png", {}),
        ("gif", {}),
        ("webp", {}),
        ("webp", {"lossless": True}),
        ("webp", {"exif": b"Exif\x00\x00" + b"x" * 10}),
        ("avif", {}),
    ],
)
def test_a_picture_says_its_kind_and_its_size(kind: str, options: dict[str, Any]) -> None:
    body = drawn(kind, **options)
    found = judge(body, {"content-type": "text/plain"})
    assert (found.ok, found.kind, found.width, found.height, found.bytes) == (True, kind, 640, 480, len(body))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (drawn("gif", 1, 1), "it has only 1 × 1 pixels"),
        (drawn("png", 728, 90), "it has only 728 × 90 pixels"),
        (drawn("png", 1200, 200), "it has 1200 × 200 pixels, like a banner"),
        (b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 9000, 9000), "it has 9000 × 9000 pixels, too many to unpack"),
        (drawn("bmp"), "it is bmp, which mails do not show"),
        (drawn("tiff"), "it is tiff, which mails do not show"),
        (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "it is svg, which mails do not show"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heic", "it is heif or video, which mails do not show"),
        (b"<!doctype html><title>Not found</title>", "it is no picture"),
        (b"", "it is no picture"),
    ],
)  # fmt: skip
def test_what_a_mail_cannot_show_is_refused_with_its_reason(body: bytes, reason: str) -> None:
    found = judge(body, {})
    assert not found.ok
    assert found.reason == reason


def test_a_picture_of_twelve_megabytes_is_refused_by_what_its_server_says() -> None:
    head = drawn("jpeg")
    assert judge(head, {"content-length": "12000000"}).reason == "it has 12,000,000 bytes, more than 5,000,000"
    assert judge(head, {"content-length": str(MOST_BYTES)}).ok
    assert judge(head, {"content-length": "12000000", "content-encoding": "gzip"}).bytes == len(head)
    assert judge(head.ljust(HEAD, b"x"), {}).bytes is None


@given(
    st.sampled_from([drawn(kind, 64, 48) for kind in ("jpeg", "png", "gif", "webp", "avif")]),
    st.integers(0, 400),
    st.binary(max_size=40),
)
def test_no_bytes_are_worse_than_no_picture(body: bytes, at: int, garbage: bytes) -> None:
    for head in (body[:at], body[:at] + garbage, garbage + body):
        _, size = measured(head)
        assert size is None or all(side > 0 for side in size)


def test_only_the_head_of_a_picture_is_fetched_and_nothing_is_raised() -> None:
    body = drawn("jpeg").ljust(12_000_000, b"x")
    with HttpServer() as server, Http() as http:
        server.replies = {"/big.jpg": Reply(body), "/ok.jpg": Reply(drawn("jpeg")), "/empty.jpg": Reply(b"")}
        big, ok, gone, empty = (
            probe(http, f"{server.url}/{name}.jpg", allow_private=True) for name in ("big", "ok", "gone", "empty")
        )
        private = probe(http, f"{server.url}/ok.jpg")
    assert (big.ok, big.bytes, big.width) == (False, 12_000_000, 640)
    assert (ok.ok, ok.width, ok.height, ok.reason) == (True, 640, 480, "")
    assert gone.reason.endswith("answered with status 404")
    assert empty.reason.endswith("answered with nothing")
    assert "private address" in private.reason


def test_pictures_are_asked_for_in_the_formats_of_mail() -> None:
    with HttpServer() as server, Http() as http:
        server.replies = {"/a": Reply(drawn("png"))}
        assert probe(http, f"{server.url}/a", allow_private=True).kind == "png"
    assert server.asked[0].headers["accept"].startswith("image/jpeg, image/png")
