"""Pictures are looked at before a mail needs them: what it cannot show is taken out of its article, and stays out."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digest import config, pipeline
from digest.runtime import Runtime
from digest.testing.httpd import HttpServer, Reply
from digest.values import Image
from tests.sources.test_pictures import drawn
from tests.store.wire import NOW, OTHER, every, fetched, take

HOUR = timedelta(hours=1)
LARGE = Reply(drawn("jpeg").ljust(12_000_000, b"x"))


class Desk(Runtime):
    """A runtime whose clock the test turns; its one source may be on this machine."""

    now = NOW

    def take(self, *images: Image | None, at: datetime = NOW, **more: Any) -> None:
        """Take an article for each picture."""
        articles = [fetched(number, image=image, **more) for number, image in enumerate(images)]
        take(self.store, *articles, at=at, source=SOURCE)

    def look(self, at: datetime = NOW) -> list[dict[str, Any]]:
        """Look at pictures; return what the articles have now."""
        self.now = at
        pipeline.look_at_pictures(self)
        return [row.image for row in sorted(every(self.store), key=lambda row: row.url)]


SOURCE = OTHER.model_copy(update={"id": "site", "third_party": False, "allow_private_addresses": True})


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    table = {"id": "site", "kind": "feed", "url": SOURCE.url, "allow_private_addresses": True}
    values = {"database": {"url": database_url}, "secrets": {"root": "r" * 32, "pepper": "p" * 32}, "sources": [table]}
    built = Desk(config.parse(values, tmp_path / "config.toml"), lambda: built.now)
    take(built.store, at=NOW - 720 * HOUR, source=SOURCE)
    yield built
    built.close()


@pytest.fixture
def server() -> Iterator[HttpServer]:
    with HttpServer() as running:
        running.replies |= {"/good.jpg": Reply(drawn("jpeg")), "/large.jpg": LARGE}
        running.replies |= {"/pixel.gif": Reply(drawn("gif", 1, 1)), "/drawing": Reply(b"<svg xmlns='x'></svg>")}
        yield running


def test_a_good_picture_gets_its_size_and_what_a_mail_cannot_show_is_taken_out(desk: Desk, server: HttpServer) -> None:
    """T54, bug 41."""
    names = ("good.jpg", "large.jpg", "none.jpg", "pixel.gif", "drawing")
    desk.take(*(Image(f"{server.url}/{name}", "Alt") for name in names), None)
    good, *others = desk.look()
    assert good == {"url": f"{server.url}/good.jpg", "alt": "Alt", "width": 640, "height": 480, "seen": True}
    assert others == [{}] * 5


def test_each_picture_is_looked_at_once_and_a_refused_one_does_not_come_back(desk: Desk, server: HttpServer) -> None:
    images = [Image(f"{server.url}/{name}", "Alt") for name in ("good.jpg", "none.jpg")]
    desk.take(*images)
    first = desk.look()
    desk.take(*images, at=NOW + HOUR, views=3)
    assert desk.look(NOW + HOUR) == first
    assert [row.revision for row in every(desk.store)] == [1, 1]
    assert len(server.asked) == 2


def test_a_new_title_keeps_what_was_seen_and_a_new_picture_is_looked_at(desk: Desk, server: HttpServer) -> None:
    good, other = Image(f"{server.url}/good.jpg"), Image(f"{server.url}/other.jpg")
    server.replies["/other.jpg"] = Reply(drawn("jpeg", 800, 600))
    desk.take(good)
    [seen] = desk.look()
    desk.take(good, at=NOW + HOUR, title="Another title")
    assert desk.look(NOW + HOUR) == [seen]
    desk.take(other, at=NOW + HOUR, title="Another title")
    [found] = desk.look(NOW + 2 * HOUR)
    assert (found["url"], found["width"]) == (other.url, 800)


def test_a_server_that_does_not_let_us_in_is_asked_three_times_and_its_picture_stays(
    desk: Desk, server: HttpServer
) -> None:
    server.replies["/good.jpg"] = Reply(b"", 503)
    desk.take(Image(f"{server.url}/good.jpg"))
    for _ in range(5):
        [found] = desk.look()
    assert (found["url"], found["seen"]) == (f"{server.url}/good.jpg", True)
    assert len(server.asked) == 3


def test_only_new_articles_are_looked_at_and_twenty_at_once(desk: Desk, server: HttpServer) -> None:
    take(desk.store, fetched(99, image=Image(f"{server.url}/old.jpg")), at=NOW - 49 * HOUR, source=SOURCE)
    desk.take(*[Image(f"{server.url}/good.jpg")] * 21)
    desk.look()
    assert [one.path for one in server.asked] == ["/good.jpg"] * 20
    desk.look()
    assert len(server.asked) == 21
