"""What a real WordPress (6.1.9, zone America/Santiago) answered, recorded by scripts/record_wordpress.sh, read again by our source."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from digest.config import SourceTable
from digest.sources.http import Http
from digest.sources.wordpress import WordPress
from digest.testing.httpd import Asked, HttpServer, Reply
from digest.values import Fetched, SourceState

FOLDER = Path(__file__).parents[1] / "recorded" / "wordpress"
SHOWN_AS = "https://news.example.org"
ACTS = ("1-first-import", "2-after-the-changes", "3-a-second-try", "4-one-comes-back", "5-the-next-day")


def recorded(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


FACTS = recorded("facts")["facts"]
POSTS = {name: str(number) for name, number in recorded("facts")["posts"].items()}
CATEGORIES = {name: str(number) for name, number in recorded("facts")["categories"].items()}


def same_question(path: str) -> tuple[str, frozenset[tuple[str, str]]]:
    """Return what is asked for, whichever fields of it."""
    parts = urlsplit(path)
    return parts.path, frozenset(pair for pair in parse_qsl(parts.query) if pair[0] not in {"_fields", "_embed"})


class Replay:
    """The recorded site on loopback, one act after another."""

    def __init__(self, server: HttpServer, http: Http) -> None:
        self.server = server
        self.http = http
        self.memory: Any = {}
        table = {"id": "site", "kind": "wordpress", "url": server.url, "allow_private_addresses": True}
        self.source = WordPress(SourceTable.model_validate(table), http)

    def play(self, name: str) -> Fetched:
        act = recorded(name)
        answers = {same_question(one["path"]): one for one in act["exchanges"]}

        def answer(asked: Asked) -> Reply:
            one = answers[same_question(asked.path)]
            headers = {key: value.replace(SHOWN_AS, self.server.url) for key, value in one["headers"].items()}
            body = one["body"] if isinstance(one["body"], str) else json.dumps(one["body"])
            return Reply(body.replace(SHOWN_AS, self.server.url).encode(), one["status"], headers)

        self.server.asked.clear()
        self.server.replies = {urlsplit(one["path"]).path: answer for one in act["exchanges"]}
        last = datetime.fromisoformat(act["last_ok_at"]) if act["last_ok_at"] else None
        now = datetime.fromisoformat(act["now"])
        fetched = self.source.fetch(SourceState(last_ok_at=last, memory=self.memory, now=now))
        self.memory = json.loads(json.dumps(fetched.memory))
        return fetched


@pytest.fixture
def replay() -> Iterator[Replay]:
    with HttpServer() as server, Http() as http:
        yield Replay(server, http)


@pytest.fixture
def morning(replay: Replay) -> dict[str, Fetched]:
    return {name: replay.play(name) for name in ACTS}


def ids(fetched: Fetched) -> set[str]:
    return {one.external_id for one in fetched.articles}


def test_a_first_import_has_what_readers_may_read_of_the_last_week(replay: Replay) -> None:
    found = ids(replay.play("1-first-import"))
    kept_back = {POSTS[name] for name in ("secret", "private", "draft", "trashed", "rising", "old")}
    assert found == set(POSTS.values()) - kept_back
    assert len(replay.server.asked) == 6  # the page, the API, two scans, the posts, the categories


def test_an_article_has_what_its_post_says(replay: Replay) -> None:
    fetched = replay.play("1-first-import")
    assert fetched.title == "The Canal Gazette"
    by_id = {one.external_id: one for one in fetched.articles}
    titled, pictured, primary = (by_id[POSTS[name]] for name in ("titled", "pictured", "primary"))
    assert titled.title == "Lock & key: “the mayor’s” week – in full"
    assert titled.summary == "A dek by the editors, one whole sentence long and with the & of a title."
    assert titled.url == f"{replay.server.url}/2026/04/06/a-title-with-marks/"
    assert titled.guid == titled.url  # a post that no editor drafted first has its first address for a guid, for ever
    assert titled.published == titled.updated == datetime(2026, 4, 6, 7, tzinfo=UTC)
    assert titled.authors == ("Inés Calfucurá",)
    assert pictured.image is not None
    assert pictured.image.url == f"{replay.server.url}/wp-content/uploads/2026/04/bridge-1024x576.jpg"
    assert (pictured.image.alt, pictured.image.width) == ("A bridge over the canal", 1024)
    assert set(primary.categories) == {CATEGORIES["culture"], CATEGORIES["economy"]}
    assert primary.lead_category == CATEGORIES["culture"]
    assert primary.views == 1234
    assert by_id[POSTS["sticky"]].sticky
    assert not titled.sticky
    assert "second sentence" in pictured.text


def test_a_picture_of_the_text_stands_in_for_a_featured_one(replay: Replay) -> None:
    by_id = {one.external_id: one for one in replay.play("1-first-import").articles}
    image = by_id[POSTS["inline"]].image
    assert image is not None
    assert image.url.endswith("/bridge.jpg")


def test_an_excerpt_that_wordpress_cut_gives_way_to_whole_sentences(replay: Replay) -> None:
    by_id = {one.external_id: one for one in replay.play("1-first-import").articles}
    assert by_id[POSTS["long"]].summary.endswith("planted with willows.")


def test_errors_in_place_of_embedded_objects_leave_a_field_empty(replay: Replay) -> None:
    by_id = {one.external_id: one for one in replay.play("1-first-import").articles}
    assert by_id[POSTS["orphan"]].authors == ()
    assert by_id[POSTS["hidden_picture"]].image is None


def test_categories_come_with_their_parents_and_empty_ones_too(replay: Replay) -> None:
    tree = {one.slug: one for one in replay.play("1-first-import").categories}
    assert tree["energy"].parent == CATEGORIES["economy"]
    assert tree["economy"].parent == CATEGORIES["news"]
    assert tree["news"].parent is None
    assert tree["unused"].parent == CATEGORIES["culture"]


def test_only_what_changed_is_read_again(morning: dict[str, Fetched]) -> None:
    changed = {POSTS[name] for name in ("rising", "child", "titled", "long", "aside")}
    assert ids(morning["2-after-the-changes"]) == changed
    assert ids(morning["3-a-second-try"]) == set()
    assert ids(morning["5-the-next-day"]) == set()


def test_a_scheduled_post_that_goes_live_is_found_once_with_its_old_time_of_editing(
    morning: dict[str, Fetched],
) -> None:
    found = [one for act in morning.values() for one in act.articles if one.external_id == POSTS["rising"]]
    assert len(found) == 1
    assert found[0].updated == datetime(2026, 3, 20, 12, tzinfo=UTC)


def test_a_new_slug_is_the_same_post_at_another_address(morning: dict[str, Fetched]) -> None:
    before, after = ({one.external_id: one for one in morning[act].articles}[POSTS["child"]] for act in ACTS[:2])
    assert before.guid == after.guid
    assert "a-new-address-for-the-weir" in after.url
    assert "a-new-address-for-the-weir" not in before.url


def test_posts_that_went_are_withdrawn_at_the_second_try_and_come_back(morning: dict[str, Fetched]) -> None:
    assert morning["2-after-the-changes"].gone == (POSTS["pictured"],)  # a password needs no second try
    assert set(morning["3-a-second-try"].gone) == {POSTS["plain"], POSTS["inline"]}
    assert ids(morning["4-one-comes-back"]) == {POSTS["plain"]}
    assert [one.gone for act, one in morning.items() if act[0] in "145"] == [(), (), ()]


def test_a_category_that_nobody_knew_is_looked_up(morning: dict[str, Fetched]) -> None:
    assert "weather" in {one.slug for one in morning["2-after-the-changes"].categories}
    assert morning["3-a-second-try"].categories == ()
    assert morning["5-the-next-day"].categories  # older than six hours


def test_both_posts_of_the_hour_that_clocks_repeat_are_found_by_their_own_instants(replay: Replay) -> None:
    by_id = {one.external_id: one for one in replay.play("1-first-import").articles}
    first, second = by_id[POSTS["fold_first"]], by_id[POSTS["fold_second"]]
    assert first.published == datetime(2026, 4, 5, 2, 30, tzinfo=UTC)
    assert second.published == datetime(2026, 4, 5, 3, 30, tzinfo=UTC)


def test_a_large_import_reads_every_page_and_each_post_once(replay: Replay) -> None:
    found = [one.url for one in replay.play("large-import").articles if "/short-item-" in one.url]
    assert len(found) == len(set(found)) == 230


def facts(name: str) -> tuple[int, Any]:
    return FACTS[name]["status"], FACTS[name]["body"]


def test_what_the_traps_look_like_is_what_we_build_on() -> None:
    assert facts("a page larger than 100")[1]["code"] == "rest_invalid_param"
    assert facts("a page past the end")[1]["code"] == "rest_post_invalid_page_number"
    assert facts("a bound in the post's own second") == (200, [])
    assert len(facts("a bound one second before")[1]) == 1
    assert facts("a bound without its Z") == (200, [])  # it is read as 09:00 UTC
    assert facts("a bound before the fold's second half")[1] == []  # 23:45 of the first half hides 23:30 of the second
    assert len(facts("a bound within the fold's second half")[1]) == 2
    assert len(facts("a parent category with its children")[1]) == len(facts("a parent category")[1]) + 1
    assert facts("embedded but not named in _fields")[1] == [{"id": int(POSTS["plain"])}]
    assert facts("a post with a password")[1]["content"] == {"rendered": "", "protected": True}
    for name in ("a post in the trash", "a private post", "a draft", "a scheduled post"):
        assert facts(name)[0] == 401
    assert facts("a post that never was")[0] == 404
