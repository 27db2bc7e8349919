import asyncio

from digest import pipeline
from digest.models import Edition
from digest.store import editions
from digest.values import EditionState
from tests.acceptance.house import morning
from tests.web.conftest import Desk


def next_edition(desk: Desk) -> Edition:
    desk.runtime.clock = lambda: morning(25, 5)
    newsletter = desk.runtime.settings.newsletters[0]
    return pipeline.draft_edition(desk.runtime, newsletter, morning(25).date())


def decide(desk: Desk, cookie: dict[str, str], edition: Edition, decision: str) -> int:
    return asyncio.run(desk.ask("POST", f"/desk/editions/{edition.id}/{decision}", cookies=cookie)).status_code


def state(desk: Desk, edition: Edition) -> str:
    with desk.runtime.store.reading() as session:
        return editions.get(session, edition.id or 0).state


def test_an_edition_is_held_and_released_by_its_buttons(desk: Desk, cookie: dict[str, str]) -> None:
    edition = next_edition(desk)
    page = asyncio.run(desk.ask("GET", "/desk/today", cookies=cookie)).text
    assert f"/desk/editions/{edition.id}/hold" in page
    assert f"/desk/editions/{edition.id}/approve" not in page, "it goes out by itself"
    assert decide(desk, cookie, edition, "hold") == 303
    assert state(desk, edition) == EditionState.HELD
    page = asyncio.run(desk.ask("GET", "/desk/today", cookies=cookie)).text
    assert f"/desk/editions/{edition.id}/release" in page
    assert decide(desk, cookie, edition, "release") == 303
    assert state(desk, edition) == EditionState.DRAFT


def test_a_decision_that_cannot_be_carried_out_says_why(desk: Desk, cookie: dict[str, str]) -> None:
    edition = next_edition(desk)
    answer = asyncio.run(desk.ask("POST", f"/desk/editions/{edition.id}/release", cookies=cookie))
    assert answer.status_code == 409
    assert "is draft" in answer.text
    assert decide(desk, cookie, edition, "nonsense") == 404


def test_decisions_are_closed_to_strangers(desk: Desk) -> None:
    edition = next_edition(desk)
    assert asyncio.run(desk.ask("POST", f"/desk/editions/{edition.id}/hold")).status_code == 401
    assert state(desk, edition) == EditionState.DRAFT
