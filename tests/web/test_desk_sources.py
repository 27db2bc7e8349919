import asyncio

import pytest

from digest.collect import failed
from digest.errors import FetchError
from digest.store import articles, near_duplicates
from digest.values import Collected
from tests.web.conftest import Desk


def page(desk: Desk, cookie: dict[str, str]) -> str:
    answer = asyncio.run(desk.ask("GET", "/desk/sources", cookies=cookie))
    assert answer.status_code == 200
    return answer.text


def test_the_sources_are_closed_to_strangers(desk: Desk) -> None:
    assert asyncio.run(desk.ask("GET", "/desk/sources")).status_code == 401
    assert asyncio.run(desk.ask("POST", "/desk/sources/feed/fetch")).status_code == 401


def test_each_source_shows_what_it_gave_and_what_is_missing(desk: Desk, cookie: dict[str, str]) -> None:
    shown = page(desk, cookie)
    assert "Story number 9 of the harbour town" in shown
    assert "no picture" in shown
    assert ">ok<" in shown


def test_a_source_in_trouble_says_so_in_a_sentence_and_counts_in_the_navigation(
    desk: Desk, cookie: dict[str, str]
) -> None:
    with desk.runtime.store.writing() as session:
        table = desk.runtime.settings.sources[0]
        error = FetchError("the door is closed.", hint="Ask for a key.", status=403)
        assert isinstance(failed(session, table, error, desk.runtime.clock()), Collected)
    shown = page(desk, cookie)
    assert "the door is closed." in shown
    assert "1 need attention" in shown


def test_a_source_that_is_configured_no_more_needs_no_attention(desk: Desk, cookie: dict[str, str]) -> None:
    removed = desk.runtime.settings.sources[0].model_copy(update={"id": "removed"})
    with desk.runtime.store.writing() as session:
        failed(session, removed, FetchError("the door is closed."), desk.runtime.clock())
    assert 'need attention"' not in page(desk, cookie)


@pytest.mark.parametrize("path", ["feed/fetch", "alike"])
def test_no_other_site_presses_the_buttons(path: str, desk: Desk, cookie: dict[str, str]) -> None:
    """A page on a neighbouring host sends the cookie along: to browsers it is the same site."""
    data = {"one": "1", "other": "2", "verdict": "same"}
    for headers in ({"Origin": "https://blog.example.org"}, {"Sec-Fetch-Site": "same-site"}):
        answer = asyncio.run(desk.ask("POST", f"/desk/sources/{path}", cookies=cookie, data=data, headers=headers))
        assert answer.status_code == 403


def test_a_source_is_asked_now_by_its_button(desk: Desk, cookie: dict[str, str]) -> None:
    answer = asyncio.run(desk.ask("POST", "/desk/sources/feed/fetch", cookies=cookie))
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/sources#feed")
    assert asyncio.run(desk.ask("POST", "/desk/sources/none/fetch", cookies=cookie)).status_code == 404


def test_an_editor_says_whether_two_articles_are_one_story(desk: Desk, cookie: dict[str, str]) -> None:
    with desk.runtime.store.writing() as session:
        one, other = sorted(row.id or 0 for row in articles.newest(session, "feed", 2))
        near_duplicates.suggest(session, [(one, other, 0.97)], desk.runtime.clock())
    assert "97 % of the words alike" in page(desk, cookie)
    data = {"one": str(one), "other": str(other), "verdict": "same"}
    answer = asyncio.run(desk.ask("POST", "/desk/sources/alike", cookies=cookie, data=data))
    assert answer.status_code == 303
    assert "97 %" not in page(desk, cookie)
    with desk.runtime.store.reading() as session:
        assert near_duplicates.groups(session, [one, other])[0].confirmed == {one, other}
