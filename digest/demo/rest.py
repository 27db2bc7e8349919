"""The sample paper's REST API: a route and its query go in, what WordPress would answer comes out, its refusals included."""

import html
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from digest.demo.newsroom import AUTHORS, NAME, SECTIONS, Post

IDS = {id_: number for number, (id_, _, _) in enumerate(SECTIONS, start=11)}
_MOST_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class Reply:
    """What the site answers."""

    body: bytes
    kind: str = "application/json; charset=UTF-8"
    status: int = 200
    headers: Mapping[str, str] | None = None


class Rest:
    """Answers for a paper at `url`, whose articles are linked as `link` says."""

    def __init__(self, url: str, link: Callable[[Post], str]) -> None:
        """Prepare to answer."""
        self._url = url
        self._link = link

    def answer(self, route: str, asked: Mapping[str, str], public: list[Post]) -> Reply:
        """Answer what stands behind /wp-json for the articles that are public now."""
        words = route.strip("/").split("/")
        match words:
            case [""]:
                return as_json(
                    _only({"name": NAME, "url": self._url, "home": self._url, "namespaces": ["wp/v2"]}, asked)
                )
            case ["wp", "v2", "categories"]:
                return _paged(_categories(), asked)
            case ["wp", "v2", "posts"]:
                found = sorted(public, key=lambda one: one.published, reverse=True)
                return _paged([self._post(one, asked) for one in found if _is_asked_for(one, asked)], asked)
            case ["wp", "v2", "posts", number] if number.isdecimal():
                found = [one for one in public if one.id == int(number)]
                return as_json(_only(self._post(found[0], asked), asked)) if found else _error(_NO_POST, 404)
            case _:
                return _error(_NO_ROUTE, 404)

    def _post(self, one: Post, asked: Mapping[str, str]) -> dict[str, Any]:
        moment = one.published.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        content = "".join(f"<p>{html.escape(text)}</p>\n" for text in one.paragraphs)
        post: dict[str, Any] = {
            "id": one.id,
            "date_gmt": moment,
            "modified_gmt": moment,
            "guid": {"rendered": f"{self._url}/?p={one.id}"},
            "link": self._link(one),
            "slug": one.slug,
            "status": "publish",
            "title": {"rendered": html.escape(one.title).replace("’", "&#8217;")},
            "excerpt": {"rendered": f"<p>{html.escape(one.excerpt)}</p>\n" if one.excerpt else "", "protected": False},
            "content": {"rendered": content, "protected": False},
            "author": one.author + 1,
            "categories": [IDS[id_] for id_ in one.categories],
            "sticky": False,
            "format": "standard",
            "views": one.views,
        }
        return {**post, "_embedded": self._embedded(one)} if "_embed" in asked else post

    def _embedded(self, one: Post) -> dict[str, Any]:
        terms = [{**term, "taxonomy": "category"} for term in _categories() if term["slug"] in one.categories]
        media = {
            "source_url": f"{self._url}/pictures/{one.picture}.jpg",
            "alt_text": "",
            "mime_type": "image/jpeg",
            "media_details": {"width": 1072, "height": 603, "sizes": {}},
        }
        return {
            "author": [{"id": one.author + 1, "name": AUTHORS[one.author]}],
            "wp:term": [terms],
            **({"wp:featuredmedia": [media]} if one.picture else {}),
        }


def as_json(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Answer with JSON."""
    return Reply(json.dumps(value).encode(), status=status, headers=headers)


_NO_POST = ("rest_post_invalid_id", "Invalid post ID.")
_NO_ROUTE = ("rest_no_route", "No route was found matching the URL and request method.")
_NO_PAGE = ("rest_post_invalid_page_number", "The page number requested is larger than the number of pages available.")
_NO_SUCH_SIZE = ("rest_invalid_param", "Invalid parameter(s): per_page")


def _categories() -> list[dict[str, Any]]:
    return [
        {"id": IDS[id_], "name": name, "slug": id_, "parent": IDS[parent] if parent else 0}
        for id_, name, parent in SECTIONS
    ]


def _is_asked_for(one: Post, asked: Mapping[str, str]) -> bool:
    """Compare as WordPress does: strictly later. No article of the paper is edited after it came out."""
    bounds = [asked[name] for name in ("after", "modified_after") if name in asked]
    wanted = {int(number) for number in asked.get("include", "").split(",") if number.isdecimal()}
    return all(one.published > datetime.fromisoformat(bound) for bound in bounds) and (not wanted or one.id in wanted)


def _paged(found: list[dict[str, Any]], asked: Mapping[str, str]) -> Reply:
    """Answer one page of a collection."""
    size, page = int(asked.get("per_page", "10")), int(asked.get("page", "1"))
    if not 1 <= size <= _MOST_A_PAGE:
        return _error(_NO_SUCH_SIZE, 400)
    pages = -(-len(found) // size)
    if page > max(pages, 1):
        return _error(_NO_PAGE, 400)
    counts = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(pages)}
    return as_json([_only(one, asked) for one in found[(page - 1) * size : page * size]], headers=counts)


def _only(one: dict[str, Any], asked: Mapping[str, str]) -> dict[str, Any]:
    """Leave what `_fields` names; what is embedded shows only where it is named."""
    fields = asked.get("_fields")
    return one if fields is None else {name: value for name, value in one.items() if name in fields.split(",")}


def _error(named: tuple[str, str], status: int) -> Reply:
    code, message = named
    return as_json({"code": code, "message": message, "data": {"status": status}}, status)
