"""A small WordPress for tests: posts and categories as a list, answered as the REST API would, one page of a hundred after another."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from digest.config import SourceTable
from digest.sources.http import Http
from digest.sources.wordpress import WordPress
from digest.testing.httpd import Asked, HttpServer, Reply
from digest.values import Fetched, SourceState

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
STEP = timedelta(minutes=10)
PAGE = 100


def post(id_: int, at: str = "2026-11-24T06:00:00", **more: Any) -> dict[str, Any]:
    """Return a post of our invented town; `more` replaces or adds fields."""
    return {
        "id": id_,
        "date_gmt": at,
        "modified_gmt": at,
        "guid": {"rendered": f"https://news.example.org/?p={id_}"},
        "link": f"https://news.example.org/{id_}/",
        "slug": f"post-{id_}",
        "status": "publish",
        "title": {"rendered": f"Post {id_}"},
        "excerpt": {"rendered": "", "protected": False},
        "content": {"rendered": f"<p>The text of post {id_}.</p>", "protected": False},
        "categories": [1],
        "sticky": False,
        **more,
    }


class Site:
    """Answers on an HttpServer under `prefix`; `faults` maps a route's ending to what it answers instead."""

    def __init__(self, server: HttpServer, prefix: str = "/wp-json") -> None:
        self.server = server
        self.prefix = prefix
        self.posts: dict[int, dict[str, Any]] = {}
        self.categories: list[dict[str, Any]] = [{"id": 1, "name": "News", "slug": "news", "parent": 0}]
        self.knows_modified_after = True
        self.most_at_once = PAGE
        self.hidden: set[int] = set()
        server.replies = {f"{prefix}/": self._index, "/": Reply(b"<p>A front page</p>")}
        for route in ("posts", "pages", "categories"):
            server.replies[f"{prefix}/wp/v2/{route}"] = getattr(self, f"_{route}")

    def put(self, *posts: Mapping[str, Any]) -> None:
        for one in posts:
            self.posts[one["id"]] = dict(one)
            self.server.replies[f"{self.prefix}/wp/v2/posts/{one['id']}"] = self._one

    def asked(self, route: str, name: str) -> list[str]:
        """Return the values of a parameter in all requests to a route."""
        asked = [(urlsplit(one.path).path, query(one)) for one in self.server.asked]
        return [found[name] for path, found in asked if path.endswith(f"/{route}") and name in found]

    def _index(self, asked: Asked) -> Reply:
        del asked
        return as_json({"name": "A paper", "namespaces": ["oembed/1.0", "wp/v2"]})

    def _categories(self, asked: Asked) -> Reply:
        return self._paged(self.categories, query(asked))

    def _pages(self, asked: Asked) -> Reply:
        return self._paged([], query(asked))

    def _posts(self, asked: Asked) -> Reply:
        wanted = query(asked)
        found = [one for id_, one in self.posts.items() if id_ not in self.hidden and one["status"] == "publish"]
        if "include" in wanted:
            ids = {int(one) for one in wanted["include"].split(",")}
            if "content" in wanted["_fields"] and len(ids) > self.most_at_once:
                return Reply(b"<h1>Fatal error</h1>", 500)
            found = [one for one in found if one["id"] in ids]
        if "after" in wanted:
            found = [one for one in found if one["date_gmt"] > wanted["after"].removesuffix("Z")]
        if "modified_after" in wanted and self.knows_modified_after:
            found = [one for one in found if one["modified_gmt"] > wanted["modified_after"].removesuffix("Z")]
        order = "modified_gmt" if wanted.get("orderby") == "modified" else "date_gmt"
        return self._paged(sorted(found, key=lambda one: str(one[order]), reverse=True), wanted)

    def _one(self, asked: Asked) -> Reply:
        id_ = int(urlsplit(asked.path).path.rpartition("/")[2])
        if id_ in self.hidden or self.posts[id_]["status"] != "publish":
            return as_json({"code": "rest_forbidden", "message": "Sorry.", "data": {"status": 401}}, 401)
        return as_json(self.posts[id_])

    def _paged(self, found: list[dict[str, Any]], wanted: Mapping[str, str]) -> Reply:
        page, pages = int(wanted.get("page", "1")), -(-len(found) // PAGE)
        if page > max(pages, 1):
            return as_json(
                {"code": "rest_post_invalid_page_number", "message": "Too far.", "data": {"status": 400}}, 400
            )
        headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(pages)}
        return as_json(found[(page - 1) * PAGE : page * PAGE], headers=headers)


class Paper:
    """Our source, fetched every ten minutes with the memory that it left."""

    def __init__(self, url: str, http: Http, **keys: Any) -> None:
        table = {"id": "site", "kind": "wordpress", "url": url, "allow_private_addresses": True, **keys}
        self.source = WordPress(SourceTable.model_validate(table), http)
        self.now = NOW
        self.last: datetime | None = None
        self.memory: Any = {}

    def fetch(self, after: timedelta = STEP, **state: Any) -> Fetched:
        self.now += after
        given = {"last_ok_at": self.last, "memory": self.memory, "now": self.now, **state}
        found = self.source.fetch(SourceState(**given))
        self.last, self.memory = self.now, json.loads(json.dumps(found.memory))
        return found


def ids(fetched: Fetched) -> list[str]:
    return sorted(one.external_id for one in fetched.articles)


def as_json(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(json.dumps(value).encode(), status, headers or {})


def query(asked: Asked) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(asked.path).query))
