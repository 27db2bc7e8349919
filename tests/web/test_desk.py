import asyncio

from digest.pipeline import audience
from digest.store import alarms
from tests.web.conftest import Desk


def test_the_desk_is_closed_to_strangers(desk: Desk) -> None:
    for path in ("/desk", "/desk/today", "/desk/editions/1/render"):
        answer = asyncio.run(desk.ask("GET", path))
        assert answer.status_code == 401
        assert "digest users link" in answer.text


def test_a_sign_in_link_works_once_and_only_by_its_button(desk: Desk) -> None:
    audience.add_user(desk.runtime, "ed@example.org", "Ed", "editor")
    path = audience.sign_in_link(desk.runtime, "ed@example.org").removeprefix("http://127.0.0.1:8765")
    assert asyncio.run(desk.ask("GET", path)).status_code == 200
    first = asyncio.run(desk.ask("POST", path))
    assert first.status_code == 303
    assert "HttpOnly" in first.headers["set-cookie"]
    assert "SameSite=lax" in first.headers["set-cookie"]
    assert asyncio.run(desk.ask("POST", path)).status_code == 404


def test_a_form_from_another_site_is_refused(desk: Desk, cookie: dict[str, str]) -> None:
    headers = {"Origin": "https://evil.example"}
    assert asyncio.run(desk.ask("POST", "/desk/sign-out", cookies=cookie, headers=headers)).status_code == 403


def test_today_shows_the_edition_and_why_the_rest_is_left_out(desk: Desk, cookie: dict[str, str]) -> None:
    page = asyncio.run(desk.ask("GET", "/desk/today", cookies=cookie)).text
    assert "Tuesday, 24 November 2026" in page
    assert "Story number 9 of the harbour town" in page
    assert "Accepted by the mail server" in page
    assert 'sandbox=""' in page


def test_the_frame_holds_the_stored_mail_and_can_do_nothing(desk: Desk, cookie: dict[str, str]) -> None:
    light = asyncio.run(desk.ask("GET", "/desk/editions/1/render", cookies=cookie))
    dark = asyncio.run(desk.ask("GET", "/desk/editions/1/render?scheme=dark", cookies=cookie))
    text = asyncio.run(desk.ask("GET", "/desk/editions/1/render?view=text", cookies=cookie))
    assert light.headers["content-security-policy"].startswith("default-src 'none'")
    assert desk.token("u") not in light.text
    assert dark.text == light.text.replace("@media (prefers-color-scheme:dark)", "@media all")
    assert dark.text != light.text
    assert text.headers["content-type"].startswith("text/plain")


def test_words_of_the_pages_promise_no_more_than_acceptance(desk: Desk, cookie: dict[str, str]) -> None:
    page = asyncio.run(desk.ask("GET", "/desk/today", cookies=cookie)).text.lower()
    assert " sent " not in page
    assert "delivered" not in page


def test_today_tells_of_the_newsletter_and_not_of_a_source_with_its_id(desk: Desk, cookie: dict[str, str]) -> None:
    newsletter = desk.runtime.settings.newsletters[0].id
    with desk.runtime.store.writing() as session:
        for kind, text in (("sources_stale", "An edition lacks a source."), ("views", "Counts are not known.")):
            alarms.raise_(session, kind, newsletter, text, desk.runtime.clock())
    page = asyncio.run(desk.ask("GET", "/desk/today", cookies=cookie)).text
    assert "An edition lacks a source." in page
    assert "Counts are not known." not in page
