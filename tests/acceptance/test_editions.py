"""Editors' decisions and clock changes by the real command; the numbers in docstrings are those of the specification's cases."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.house import House, Newsroom, morning


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def mails(house: House) -> int:
    return len(list((house.folder / "var" / "mail" / "new").glob("*")))


def tick(house: House, at: datetime) -> int:
    """Do what is due at an instant; return how many mails there are then."""
    house.run("run", "--at", at.isoformat())
    return mails(house)


def test_an_edition_waits_for_its_approval_and_leaves_with_what_was_approved(house: House) -> None:
    with Newsroom() as newsroom:
        newsroom.publish(3, morning(24, 5))
        house.configure(newsroom.url, 'kind = "maildir"', extra='review = "approve"')
        house.subscribe("ana@example.org")
        assert tick(house, morning(24, 6, 5)) == 0
        assert tick(house, morning(24)) == 0
        said = house.run("approve", "daily", "--date", "2026-11-24")
        assert "is approved" in said
        assert tick(house, morning(24, 6, 50)) == 1
        assert tick(house, morning(24, 7)) == 1
        assert house.json("report", "daily", "--date", "2026-11-24")["state"] == "done"


def test_an_edition_is_held_released_and_cancelled(house: House) -> None:
    with Newsroom() as newsroom:
        newsroom.publish(3, morning(24, 5))
        house.configure(newsroom.url, 'kind = "maildir"')
        house.subscribe("ana@example.org")
        tick(house, morning(24, 6, 5))
        held = house.json("hold", "daily", "--date", "2026-11-24", "--reason", "the lead is wrong")
        assert held["state"] == "held"
        assert tick(house, morning(24)) == 0
        assert house.json("release", "daily", "--date", "2026-11-24")["state"] == "draft"
        tick(house, morning(24, 6, 15))
        assert house.json("cancel", "daily", "--date", "2026-11-24")["state"] == "cancelled"
        assert tick(house, morning(24, 6, 50)) == 0
        refused = house.run("release", "daily", "--date", "2026-11-24", code=1)
        assert "is cancelled" in refused


@pytest.mark.parametrize(
    ("zone", "send_at", "day", "instant"),
    [
        ("Europe/Madrid", "02:30", "2026-03-29", "2026-03-29T01:30:00+00:00"),
        ("Europe/Madrid", "02:30", "2026-10-25", "2026-10-25T00:30:00+00:00"),
        ("America/Santiago", "00:00", "2026-09-06", "2026-09-06T04:00:00+00:00"),
    ],
)
def test_a_day_on_which_the_clocks_change_has_one_mail(
    house: House, zone: str, send_at: str, day: str, instant: str
) -> None:
    """T03, T04, T06."""
    at = datetime.fromisoformat(instant).astimezone(UTC)
    with Newsroom() as newsroom:
        newsroom.publish(3, at - timedelta(hours=2))
        house.configure(newsroom.url, 'kind = "maildir"')
        config = house.folder / "config.toml"
        text = config.read_text(encoding="utf-8").replace("Europe/Madrid", zone).replace('"07:30"', f'"{send_at}"')
        config.write_text(text, encoding="utf-8")
        house.subscribe("ana@example.org")
        counts = [tick(house, at + timedelta(minutes=minutes)) for minutes in (-1, 0, 61)]
        assert counts == [0, 1, 1]
        assert house.json("report", "daily", "--date", day)["accepted"] == 1
