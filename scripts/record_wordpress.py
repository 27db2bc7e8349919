"""Runs our source against the WordPress that record_wordpress.sh has set up: its answers are recorded, or (--check) what holds is said."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import httpx

from digest.config import SourceTable
from digest.errors import FetchError
from digest.sources.http import Http
from digest.sources.wordpress import WordPress
from digest.values import Fetched, SourceState

HERE = Path(__file__).parent
FOLDER = HERE.parent / "tests" / "sources" / "recorded" / "wordpress"
SHOWN_AS = "https://news.example.org"
NOON = datetime(2026, 4, 6, 12, tzinfo=UTC)
STEP = timedelta(minutes=10)
FRONT, BACK = int(os.environ["WORDPRESS_FRONT"]), int(os.environ["WORDPRESS_PORT"])
SITE = f"http://127.0.0.1:{FRONT}"
KNOWN = json.loads(Path(os.environ["WORDPRESS_IDS"]).read_text(encoding="utf-8"))
POSTS, CATEGORIES = KNOWN["posts"], KNOWN["categories"]
HEADERS = ("Content-Type", "Link", "X-Wp-Total", "X-Wp-Totalpages")
DROPPED = {"_links", "avatar_urls", "image_meta", "description", "filesize"}
FACTS = {
    "a page larger than 100": "posts?per_page=101&_fields=id",
    "a page past the end": "posts?per_page=100&page=9&_fields=id",
    "a bound in the post's own second": "posts?after=2026-04-06T09:00:00Z&_fields=id,date_gmt",
    "a bound one second before": "posts?after=2026-04-06T08:59:59Z&_fields=id,date_gmt",
    "a bound without its Z": "posts?after=2026-04-06T05:00:00&_fields=id,date_gmt",
    "a bound before the fold's second half": "posts?after=2026-04-05T02:45:00Z&before=2026-04-05T05:00:00Z&_fields=id,date,date_gmt",
    "a bound within the fold's second half": "posts?after=2026-04-05T03:10:00Z&before=2026-04-05T05:00:00Z&_fields=id,date,date_gmt",
    "a parent category": f"posts?categories={CATEGORIES['economy']}&after=2026-03-01T00:00:00Z&_fields=id,categories",
    "a parent category with its children": (
        f"posts?categories[terms][]={CATEGORIES['economy']}&categories[include_children]=true&after=2026-03-01T00:00:00Z"
        "&_fields=id,categories"
    ),
    "embedded but not named in _fields": f"posts?include={POSTS['plain']}&_embed=author&_fields=id",
    "a deleted writer and a hidden picture": (
        f"posts?include={POSTS['orphan']},{POSTS['hidden_picture']}&_embed=author,wp:featuredmedia&_fields=id,_links,_embedded"
    ),
    "a post with a password": f"posts/{POSTS['secret']}?_fields=id,status,title,content,excerpt",
    "a post in the trash": f"posts/{POSTS['trashed']}?_fields=id,status",
    "a private post": f"posts/{POSTS['private']}?_fields=id,status",
    "a draft": f"posts/{POSTS['draft']}?_fields=id,status",
    "a scheduled post": f"posts/{POSTS['rising']}?_fields=id,status",
    "a post that never was": "posts/999999?_fields=id,status",
}


class Front:
    """Stands before the site, passes requests on and keeps what was said."""

    def __init__(self) -> None:
        """Stand at the address that the site takes for its own."""
        self.kept: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        """Listen."""
        front = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, headers, body = _passed_on(self.path, dict(self.headers.items()))
                front.kept.append(_trimmed(self.path, status, headers, body))
                self.send_response(status)
                for name, value in headers.items():
                    if name not in {"Connection", "Transfer-Encoding", "Content-Length", "Date", "Host"}:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                del args

        self._server = ThreadingHTTPServer(("127.0.0.1", FRONT), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


def _passed_on(path: str, headers: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
    asked = {name: value for name, value in headers.items() if name not in {"Accept-Encoding", "Connection"}}
    answer = httpx.get(f"http://127.0.0.1:{BACK}{path}", headers=asked, timeout=60, trust_env=False)
    return answer.status_code, {name.title(): value for name, value in answer.headers.items()}, answer.content


def _trimmed(path: str, status: int, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Keep what matters of an answer, without the address of this machine."""
    said = body.decode("utf-8", "replace")
    try:
        content = _without(json.loads(said))
    except ValueError:
        content = (
            "<!doctype html><head>"
            + "".join(re.findall(r"<link rel=\"(?:https://api|alternate)[^>]*>", said))
            + "</head>"
        )
    whole = {
        "path": path,
        "status": status,
        "headers": {one: headers[one] for one in HEADERS if one in headers},
        "body": content,
    }
    return dict(json.loads(json.dumps(whole).replace(SITE, SHOWN_AS)))


def _without(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without(one) for name, one in value.items() if name not in DROPPED}
    return [_without(one) for one in value] if isinstance(value, list) else value


def act(action: str, post: int = 0, value: str = "", now: datetime | None = None) -> int:
    """Let the site's editors do something; return the id that it is about."""
    dated = {"WORDPRESS_NOW": f"{now:%Y-%m-%d %H:%M:%S}"} if now else {}
    command = ["php", str(HERE / "wordpress" / "act.php"), os.environ["WORDPRESS_SITE"], action, str(post), value]
    done = subprocess.run(  # noqa: S603 -- our own script
        command, env={**os.environ, **dated}, check=True, capture_output=True, text=True
    )
    return int(done.stdout.split()[-1])


@dataclass
class Reader:
    """Our source, with the memory that its fetches leave."""

    client: Http
    more: Mapping[str, object] = field(default_factory=dict)
    last_ok_at: datetime | None = None
    memory: Mapping[str, Any] = field(default_factory=dict)

    def fetch(self, now: datetime) -> Fetched:
        """Fetch, and remember as the pipeline would."""
        table = SourceTable.model_validate(
            {"id": "site", "kind": "wordpress", "url": SITE, "allow_private_addresses": True, **self.more}
        )
        state = SourceState(last_ok_at=self.last_ok_at, memory=json.loads(json.dumps(self.memory)), now=now)
        found = WordPress(table, self.client).fetch(state)
        self.last_ok_at, self.memory = now, found.memory or {}
        return found


def record(front: Front, client: Http) -> None:
    """Record a morning, a large import and what the traps look like."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    reader = Reader(client)
    _act(front, reader, "1-first-import", NOON)
    _facts(front, client)
    edited = NOON + timedelta(minutes=5)
    act("go-live", POSTS["rising"])
    act("trash", POSTS["plain"], now=edited)
    act("status", POSTS["inline"], "draft", now=edited)
    act("slug", POSTS["child"], "a-new-address-for-the-weir", now=edited)
    act("title", POSTS["titled"], "A title with a correction", now=edited)
    act("password", POSTS["pictured"], "word", now=edited)
    act("category", POSTS["long"], str(act("new-category", value="weather")))
    act("back-date", POSTS["aside"], "2026-03-20 12:00:00", now=edited)
    _act(front, reader, "2-after-the-changes", NOON + STEP)
    _act(front, reader, "3-a-second-try", NOON + 2 * STEP)
    act("untrash", POSTS["plain"], now=NOON + 2 * STEP)
    _act(front, reader, "4-one-comes-back", NOON + 3 * STEP)
    _act(front, reader, "5-the-next-day", NOON + timedelta(hours=25))
    _act(front, Reader(client), "large-import", datetime(2025, 12, 10, 12, tzinfo=UTC))


def _facts(front: Front, client: Http) -> None:
    """Record what the traps look like."""
    facts = {}
    for name, path in FACTS.items():
        front.kept.clear()
        client.get(f"{SITE}/wp-json/wp/v2/{quote(path, safe='/?&=:,[]')}", allow_private=True, accept=(400, 401, 404))
        facts[name] = front.kept[0]
    _write("facts", {"posts": POSTS, "categories": CATEGORIES, "facts": facts})


def _act(front: Front, reader: Reader, name: str, now: datetime) -> None:
    front.kept.clear()
    last = reader.last_ok_at.isoformat() if reader.last_ok_at else None
    reader.fetch(now)
    _write(name, {"now": now.isoformat(), "last_ok_at": last, "exchanges": list(front.kept)})


def _write(name: str, content: Mapping[str, Any]) -> None:
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    (FOLDER / f"{name}.json").write_text(body.replace('{"path":', '\n{"path":') + "\n", encoding="utf-8")
    print(f"{name}: {len(body) // 1024} kB")


def check(client: Http) -> int:
    """Change posts and look after each change what a fetch makes of it; return how many promises are broken."""
    broken = 0

    def holds(what: str, found: object, expected: object) -> None:
        nonlocal broken
        good = found == expected
        broken += not good
        print(f"{'holds ' if good else 'BROKEN'} {what}" + ("" if good else f": {found!r}, expected {expected!r}"))

    _large(client, holds)
    start = datetime.now(UTC)
    print("as anyone")
    _story(Reader(client), holds, start)
    print("with a login")
    _story(Reader(client, {"username": "editor", "password": KNOWN["password"]}), holds, start + timedelta(hours=1))
    try:
        Reader(client, {"username": "editor", "password": "wrong"}).fetch(start)
        status = None
    except FetchError as error:
        status = error.status
    holds("a wrong password is an error", status, 401)
    return broken


Holds = Callable[[str, object, object], None]


def _large(client: Http, holds: Holds) -> None:
    large = Reader(client)
    found = large.fetch(datetime(2025, 12, 10, 12, tzinfo=UTC))
    items = [one.url for one in found.articles if "/short-item-" in one.url]
    holds("three pages of posts are read, each post once", (len(items), len(set(items))), (230, 230))


def _story(reader: Reader, holds: Holds, now: datetime) -> None:
    """Follow some posts; the clock of the fetches goes on by ten minutes each, the site's stands."""
    clock = iter(now + STEP * number for number in range(100))

    def fetched() -> tuple[list[str], list[str]]:
        found = reader.fetch(next(clock))
        return sorted(one.external_id for one in found.articles), sorted(found.gone)

    one, two = str(act("create", value="first-of-the-day")), str(act("create", value="second-of-the-day"))
    holds("a first import has what is young", {one, two} - set(fetched()[0]), set())
    holds("nothing new, nothing read", fetched(), ([], []))
    rising = str(act("create", value="planned-for-long"))
    act("schedule", int(rising))
    holds("a scheduled post is not seen", fetched(), ([], []))
    act("go-live", int(rising))
    holds("it goes live with an old time of editing, and is found", fetched(), ([rising], []))
    holds("once", fetched(), ([], []))
    for action, value in (("trash", ""), ("status", "private"), ("status", "draft")):
        act(action, int(one), value)
        holds(f"{action} {value}: a first miss withdraws nothing", fetched(), ([], []))
        holds(f"{action} {value}: the second does", fetched(), ([], [one]))
        holds(f"{action} {value}: once", fetched(), ([], []))
        act(*(("untrash", int(one)) if action == "trash" else ("status", int(one), "publish")))
        holds(f"{action} {value}: what comes back is read anew", fetched(), ([one], []))
    act("trash", int(one))
    holds("a first miss", fetched(), ([], []))
    act("untrash", int(one))
    holds("is forgotten when the post is there again", (fetched()[1], fetched()), ([], ([], [])))
    act("password", int(two), "word")
    holds("a password withdraws at once", fetched(), ([], [two]))
    act("password", int(two), now=datetime.now(UTC) + timedelta(seconds=5))  # not in the second of the change before
    holds("without it the post is read anew", fetched(), ([two], []))
    act("slug", int(two), f"another-address-{two}")
    holds("a new slug is the same post", fetched(), ([two], []))
    act("category", int(two), str(CATEGORIES["culture"]))
    holds("a category changed by a plugin is seen", fetched(), ([two], []))
    new = act("new-category", value=f"new-{two}")
    act("category", int(two), str(new))
    found = reader.fetch(next(clock))
    holds("a new category is looked up", [one.key for one in found.categories if one.key == str(new)], [str(new)])
    late = str(act("create", value="dated-back"))
    act("back-date", int(late), f"{now - timedelta(days=40):%Y-%m-%d %H:%M:%S}")
    holds("a post dated back by forty days is found", fetched(), ([late], []))
    holds("once", fetched(), ([], []))
    act("back-date", int(two), f"{now - timedelta(days=5):%Y-%m-%d %H:%M:%S}")
    holds("a known post that is dated back is changed, not gone", (fetched(), fetched()), (([two], []), ([], [])))
    act("permalinks", value="")
    holds("plain permalinks: the API is found anew", (fetched()[1], "rest_route" in reader.memory["root"]), ([], True))
    act("permalinks", value="/%year%/%monthnum%/%day%/%postname%/")
    reader.fetch(next(clock))
    act("delete", int(rising))
    holds("a deleted post: a first miss", fetched()[1], [])
    holds("a deleted post: gone", fetched()[1], [rising])


def main() -> int:
    """Record or check."""
    with Front() as front, Http() as client:
        if "--check" in sys.argv[1:]:
            return 1 if check(client) else 0
        record(front, client)
    return 0


if __name__ == "__main__":
    sys.exit(main())
