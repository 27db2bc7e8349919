"""The sample paper on loopback, as a WordPress site would answer: REST API, feeds, article pages, pictures."""

import html
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from digest.clock import Clock, system_clock
from digest.demo import newsroom
from digest.demo.newsroom import AUTHORS, NAME, SECTIONS, Post
from digest.demo.rest import IDS, Reply, Rest, as_json

_IN_A_FEED = 20


class Site:
    """The paper's site; what is scheduled for later shows once the clock passes it."""

    def __init__(self, started_at: datetime, clock: Clock = system_clock) -> None:
        """Fill the site with its articles."""
        self._posts = newsroom.posts(started_at)
        self._clock = clock
        self.url = ""

    def public(self) -> list[Post]:
        """Return what is published by now, newest first."""
        now = self._clock()
        return sorted((one for one in self._posts if one.published <= now), key=lambda one: one.published, reverse=True)

    def answer(self, target: str) -> Reply:
        """Answer a path with its query."""
        parts = urlsplit(target)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        path = parts.path.rstrip("/") or "/"
        if f"{path}/".startswith("/wp-json/"):
            return Rest(self.url, self._link).answer(path.removeprefix("/wp-json"), query, self.public())
        routes: dict[str, Callable[[], Reply]] = {
            "/": lambda: _page(NAME, self._front()),
            "/feed": self._rss,
            "/feed.json": self._json_feed,
            "/most-read.json": lambda: as_json([{"url": self._link(one), "views": one.views} for one in self.public()]),
        }
        if path in routes:
            return routes[path]()
        return self._other(path)

    def _other(self, path: str) -> Reply:
        words = path.strip("/").split("/")
        if words[0] == "pictures":
            file = newsroom.pictures() / words[-1]
            if file.suffix == ".jpg" and file.exists():
                return Reply(file.read_bytes(), "image/jpeg", headers={"Cache-Control": "max-age=86400"})
        if words[0] == "category" and words[1:] and words[1] in IDS:
            return _page(words[1].title(), self._list([one for one in self.public() if words[1] in _with_parents(one)]))
        for one in self.public():
            if words[-1] == one.slug:
                return self._article(one)
        return _page("Not found", "<p>There is no such page.</p>", 404)

    def _rss(self) -> Reply:
        items = "".join(
            f"<item><title>{escape(one.title)}</title><link>{self._link(one)}</link>"
            f'<guid isPermaLink="false">{self.url}/?p={one.id}</guid><pubDate>{format_datetime(one.published)}</pubDate>'
            f"<dc:creator>{escape(AUTHORS[one.author])}</dc:creator><description>{escape(one.excerpt)}</description>"
            + "".join(f"<category>{escape(id_)}</category>" for id_ in one.categories)
            + (f'<media:content url="{self.url}/pictures/{one.picture}.jpg" medium="image"/>' if one.picture else "")
            + "</item>"
            for one in self.public()[:_IN_A_FEED]
        )
        body = (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
            f'xmlns:media="http://search.yahoo.com/mrss/"><channel><title>{NAME}</title><link>{self.url}/</link>'
            f"<description>{escape(newsroom.ABOUT)}</description><language>en</language>{items}</channel></rss>"
        )
        return Reply(body.encode(), "application/rss+xml; charset=UTF-8")

    def _json_feed(self) -> Reply:
        items = [
            {
                "id": f"{self.url}/?p={one.id}",
                "url": self._link(one),
                "title": one.title,
                "summary": one.excerpt,
                "date_published": one.published.isoformat(),
                "authors": [{"name": AUTHORS[one.author]}],
                "tags": list(one.categories),
            }
            for one in self.public()[:_IN_A_FEED]
        ]
        return as_json(
            {"version": "https://jsonfeed.org/version/1.1", "title": NAME, "home_page_url": self.url, "items": items}
        )

    def _article(self, one: Post) -> Reply:
        picture = f'<img src="/pictures/{one.picture}.jpg" alt="" width="640">' if one.picture else ""
        text = "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in one.paragraphs)
        head = (
            f'<link rel="canonical" href="{self._link(one)}"><meta property="og:title" content="{html.escape(one.title)}">'
            f'<meta property="article:published_time" content="{one.published.isoformat()}">'
        )
        about = f"<p><i>{html.escape(AUTHORS[one.author])}, {one.published:%d %B %Y}</i></p>"
        return _page(one.title, f"{picture}{about}{text}", head=head)

    def _front(self) -> str:
        return self._list(self.public()[:30])

    def _list(self, found: list[Post]) -> str:
        return (
            "<ul>"
            + "".join(f'<li><a href="{self._link(one)}">{html.escape(one.title)}</a></li>' for one in found)
            + "</ul>"
        )

    def _link(self, one: Post) -> str:
        return f"{self.url}/{one.published:%Y/%m/%d}/{one.slug}/"


@contextmanager
def serve(started_at: datetime, port: int = 0, clock: Clock = system_clock) -> Iterator[Site]:
    """Serve the paper on 127.0.0.1 until the end of the `with`; `url` says where."""
    site = Site(started_at, clock)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reply = site.answer(self.path)
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(reply.body)))
            self.send_header("Link", f'<{site.url}/wp-json/>; rel="https://api.w.org/"')
            for name, value in (reply.headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *args: object) -> None:
            del args

    running = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    running.daemon_threads = True
    site.url = f"http://127.0.0.1:{running.server_address[1]}"
    thread = threading.Thread(target=running.serve_forever, args=(0.05,), name="newsroom", daemon=True)
    thread.start()
    try:
        yield site
    finally:
        running.shutdown()
        running.server_close()
        thread.join()


def _page(title: str, content: str, status: int = 200, head: str = "") -> Reply:
    body = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        '<meta name="viewport" content="width=device-width"><link rel="alternate" type="application/rss+xml" href="/feed/">'
        f"{head}<style>body{{font:18px/1.6 Georgia,serif;max-width:40rem;margin:2rem auto;padding:0 1rem;color:#1c1b18;"
        "background:#fffdf8}img{max-width:100%;height:auto}</style></head>"
        f"<body><h1>{html.escape(title)}</h1>{content}</body></html>"
    )
    return Reply(body.encode(), "text/html; charset=UTF-8", status)


def _with_parents(one: Post) -> set[str]:
    parents = {id_: parent for id_, _, parent in SECTIONS}
    return {name for id_ in one.categories for name in (id_, parents[id_]) if name}
