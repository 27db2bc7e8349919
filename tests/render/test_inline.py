import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from premailer import Premailer

from digest.render import inline_css

HEAD = '<!DOCTYPE html><html lang="en" dir="ltr"><head><meta charset="utf-8"><title>T</title>{}</head><body>{}</body></html>'


def inlined(head: str, body: str) -> str:
    return inline_css(HEAD.format(head, body))


class StyleServer(ThreadingHTTPServer):
    """A server on loopback that notes what it is asked for and serves a style sheet."""

    asked: list[str]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: StyleServer

    def do_GET(self) -> None:  # the name that http.server calls
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/css")
        self.end_headers()
        self.wfile.write(b"p{color:#00ff00}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the parent's name for it
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[StyleServer]:
    running = StyleServer(("127.0.0.1", 0), _Handler)
    running.asked = []
    thread = Thread(target=running.serve_forever)
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


IMPORT = '<style>@import url("{}/a.css"); p{{color:#aa2211}}</style>'


@pytest.mark.parametrize(
    "head",
    [
        IMPORT,
        "<style>@import '{}/a.css' screen; p{{color:#aa2211}}</style>",
        '<style>p{{color:#aa2211}}</style><link rel="stylesheet" href="{}/a.css">',
        "<style>@font-face{{font-family:x;src:url({}/x.woff)}} p{{color:#aa2211}}</style>",
    ],
)
def test_styles_from_elsewhere_are_never_fetched(head: str, server: StyleServer) -> None:
    html = inlined(head.format(server.address), "<p>x</p>")

    assert not server.asked
    assert 'style="color:#aa2211"' in html


def test_premailer_by_itself_would_fetch_an_import(server: StyleServer) -> None:
    """The fault that our own fetcher is there for; when this fails, premailer has mended it."""
    Premailer(
        HEAD.format(IMPORT.format(server.address), "<p>x</p>"), allow_network=False, cache_css_parsing=False
    ).transform()

    assert server.asked == ["/a.css"]


def test_colours_keep_their_six_digits() -> None:
    assert 'style="color:#aa2211;background-color:#ffffff"' in inlined(
        "<style>p{color:#aa2211;background-color:#ffffff}</style>", "<p>x</p>"
    )


def test_the_width_of_a_picture_stays_a_number() -> None:
    html = inlined(
        "<style>img{width:100%;height:auto}</style>", '<img src="https://e.org/a.png" width="536" height="302" alt="">'
    )

    assert 'width="536"' in html
    assert 'height="302"' in html
    assert 'style="width:100%;height:auto"' in html


def test_kept_blocks_stay_with_their_important_rules_but_small() -> None:
    html = inlined(
        '<style data-premailer="ignore">/* phone */ @media (max-width:619px) {\n .a { color: #000000 !important; }\n}</style>'
        "<style>.a{color:#111111}</style>",
        '<p class="a b">x</p>',
    )

    assert "@media (max-width:619px){.a{color:#000000 !important}}" in html
    assert '<p class="a" style="color:#111111">' in html
    assert "phone" not in html


def test_classes_that_no_kept_rule_names_are_dropped() -> None:
    assert "<p>x</p>" in inlined("", '<p class="a b">x</p>')


def test_white_space_goes_between_tags_and_stays_in_texts() -> None:
    html = inlined("", "<table>\n <tr>\n <td>a <b>b</b> c</td>\n </tr>\n</table>")

    assert "<table><tr><td>a <b>b</b> c</td></tr></table>" in html


def test_tokens_conditional_comments_and_marks_pass_unchanged() -> None:
    body = (
        '<!--s:x--><p><a href="%%unsubscribe_url%%">%%address%%</a></p><!--/s:x-->'
        "<!--[if mso]><table><tr><td><![endif]--><!--[if !mso]><!--><i>y</i><!--<![endif]-->"
    )

    assert body in inlined("<style>p{}</style>", body)


def test_inlining_is_repeatable_and_leaves_what_is_inlined_alone() -> None:
    once = inlined("<style>p{font:13px/20px -apple-system,Segoe UI,Arial}</style>", "<p>ə ğ ş 🐟 &amp; &nbsp;</p>")

    assert inline_css(once) == once
    assert re.search(r'<p style="font:13px/20px -apple-system,Segoe UI,Arial">ə ğ ş 🐟 &amp; (\xa0|&nbsp;)</p>', once)
