import asyncio
from typing import Any

import httpx
import pytest
from sqlmodel import SQLModel, select

from digest import models
from digest.store import subscribers
from tests.web.conftest import Desk


def ask(desk: Desk, method: str, path: str, **more: Any) -> httpx.Response:
    return asyncio.run(desk.ask(method, path, **more))


def state(desk: Desk, address: str = "ana@example.org") -> str:
    with desk.runtime.store.reading() as session:
        found = subscribers.subscription(session, address, "daily")
    return found.state if found else ""


def everything(desk: Desk) -> str:
    """Return all rows of all tables, for seeing whether anything changed."""
    with desk.runtime.store.reading() as session:
        tables = [one for one in vars(models).values() if isinstance(one, type) and issubclass(one, SQLModel)]
        mapped = [one for one in tables if hasattr(one, "__table__")]
        return "\n".join(sorted(repr(row) for one in mapped for row in session.exec(select(one))))


def test_looking_at_any_page_changes_nothing(desk: Desk) -> None:
    unsubscribe, preferences = desk.token("u"), desk.token("preferences")
    pages = [
        "/",
        "/subscribe",
        "/healthz",
        "/archive/daily/2026-11-24",
        f"/u/{unsubscribe}",
        f"/preferences/{preferences}",
    ]
    before = everything(desk)
    for page in pages:
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = ask(desk, method, page)
            assert answer.status_code in {200, 405}
    assert everything(desk) == before


@pytest.mark.parametrize(
    "form", [{"data": {"List-Unsubscribe": "One-Click"}}, {"files": {"List-Unsubscribe": (None, "One-Click")}}]
)
def test_one_click_works_in_both_encodings_at_once_and_again(desk: Desk, form: dict[str, Any]) -> None:
    path = f"/u/{desk.token('u')}"
    for _ in range(2):
        answer = ask(desk, "POST", path, **form)
        assert (answer.status_code, answer.text) == (200, "You will get no more mail.\n")
        assert not answer.cookies
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert state(desk) == "unsubscribed"


def test_the_pages_button_ends_it_and_undo_brings_it_back(desk: Desk) -> None:
    path = f"/u/{desk.token('u')}"
    assert "You will get no more mail" in ask(desk, "POST", path).text
    assert state(desk) == "unsubscribed"
    ask(desk, "POST", path, data={"undo": "yes"})
    assert state(desk) == "active"


@pytest.mark.parametrize("token", ["x", "A" * 35, "A" * 36, "%00", "é", "../../etc"])
@pytest.mark.parametrize("page", ["u", "confirm", "preferences", "desk/sign-in"])
def test_a_wrong_token_is_a_friendly_page_and_no_oracle(desk: Desk, page: str, token: str) -> None:
    answer = ask(desk, "GET", f"/{page}/{token}")
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


def test_a_token_of_one_page_opens_no_other(desk: Desk) -> None:
    assert ask(desk, "GET", f"/preferences/{desk.token('u')}").status_code == 404
    assert ask(desk, "POST", f"/confirm/{desk.token('u')}").status_code == 404


def test_joining_asks_for_confirmation_and_answers_alike_for_known_and_unknown(desk: Desk) -> None:
    answers = [
        ask(desk, "POST", "/subscribe", data={"email": address, "newsletter": "daily", "sections": ["news"]})
        for address in ("new@example.org", "ana@example.org")
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].text.replace("new@", "X@") == answers[1].text.replace("ana@", "X@")
    assert state(desk, "new@example.org") == "pending"


def test_confirming_needs_the_button_and_works_twice(desk: Desk) -> None:
    from digest.tokens import TokenType

    ask(desk, "POST", "/subscribe", data={"email": "new@example.org", "newsletter": "daily"})
    with desk.runtime.store.reading() as session:
        found = subscribers.subscription(session, "new@example.org", "daily")
    assert found is not None
    path = f"/confirm/{desk.runtime.tokens.mint(TokenType.CONFIRM, found.id or 0)}"
    assert ask(desk, "GET", path).status_code == 200
    assert state(desk, "new@example.org") == "pending"
    for _ in range(2):
        assert "You are subscribed" in ask(desk, "POST", path).text
    assert state(desk, "new@example.org") == "active"


def test_a_bad_address_is_named_beside_its_field_and_what_was_typed_stays(desk: Desk) -> None:
    answer = ask(
        desk, "POST", "/subscribe", data={"email": "no address", "newsletter": "daily", "sections": ["culture"]}
    )
    assert answer.status_code == 422
    assert 'value="no address"' in answer.text
    assert 'value="culture" checked' in answer.text
    assert 'value="news" checked' not in answer.text
    assert 'id="email-error"' in answer.text


def test_a_robot_that_fills_the_hidden_field_joins_nobody(desk: Desk) -> None:
    ask(desk, "POST", "/subscribe", data={"email": "bot@example.org", "newsletter": "daily", "website": "x"})
    assert state(desk, "bot@example.org") == ""


def test_preferences_keep_the_readers_sections(desk: Desk) -> None:
    path = f"/preferences/{desk.token('preferences')}"
    assert "Saved" in ask(desk, "POST", path, data={"sections": ["economy"]}).text
    with desk.runtime.store.reading() as session:
        found = subscribers.subscription(session, "ana@example.org", "daily")
    assert found is not None
    assert found.sections == ["economy"]
    assert ask(desk, "POST", path, data={}).status_code == 422


def test_preferences_keep_how_much_of_each_article_the_reader_wants(desk: Desk) -> None:
    path = f"/preferences/{desk.token('preferences')}"
    assert 'value="short" checked' in ask(desk, "GET", path).text
    answer = ask(desk, "POST", path, data={"sections": ["economy"], "length": "headlines"})
    assert 'value="headlines" checked' in answer.text
    assert 'value="short" checked' not in answer.text
    refused = ask(desk, "POST", path, data={"sections": ["news"], "length": "endless"})
    assert refused.status_code == 422
    assert "is no length" in refused.text
    assert 'value="economy" checked' in refused.text, "a refused change keeps nothing of itself"
    assert 'value="news" checked' not in refused.text


def test_the_archive_shows_the_frozen_edition_with_no_live_token(desk: Desk) -> None:
    answer = ask(desk, "GET", "/archive/daily/2026-11-24")
    assert "/story/9/" in answer.text
    assert desk.token("u") not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert ask(desk, "GET", "/archive/daily/2026-11-25").status_code == 404
    assert ask(desk, "GET", "/archive/weekly/2026-11-24").status_code == 404


def test_leaving_works_even_when_the_newsletter_is_no_longer_published(desk: Desk) -> None:
    path = f"/u/{desk.token('u')}"
    desk.runtime.settings = desk.runtime.settings.model_copy(update={"newsletters": ()})
    assert ask(desk, "POST", path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert state(desk) == "unsubscribed"
