"""Editors' decisions and clock changes by the real command; the numbers in docstrings are those of the specification's cases."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest import config
from digest.clock import fixed_clock
from digest.pipeline import pushing
from digest.runtime import opened
from tests.acceptance.house import House, Newsroom, morning
from tests.pipeline.test_pushing import article


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
        books = house.json("report", "daily", "--date", "2026-11-24")
        assert (books["state"], books["candidates"], books["owed"]) == ("cancelled", 0, 0), "it was never planned"
        refused = house.run("release", "daily", "--date", "2026-11-24", code=1)
        assert "is cancelled" in refused


@pytest.mark.parametrize(
    ("zone", "send_at", "day", "instant"),
    [
        ("Europe/Madrid", "02:30", "2026-03-29", "2026-03-29T01:30:00+00:00"),
        ("Europe/Madrid", "02:30", "2026-10-25", "2026-10-25T00:30:00+00:00"),
        ("America/Santiago", "23:30", "2026-04-04", "2026-04-05T02:30:00+00:00"),
        ("America/Santiago", "00:00", "2026-09-06", "2026-09-06T04:00:00+00:00"),
    ],
)
def test_a_day_on_which_the_clocks_change_has_one_mail(
    house: House, zone: str, send_at: str, day: str, instant: str
) -> None:
    """T03 to T06: nothing comes before its instant, one mail at it, and no second in an hour that is repeated."""
    at = datetime.fromisoformat(instant).astimezone(UTC)
    with Newsroom() as newsroom:
        newsroom.publish(3, at - timedelta(hours=2))
        house.configure(newsroom.url, 'kind = "maildir"')
        config = house.folder / "config.toml"
        text = config.read_text(encoding="utf-8").replace("Europe/Madrid", zone).replace('"07:30"', f'"{send_at}"')
        config.write_text(text, encoding="utf-8")
        house.subscribe("ana@example.org")
        ticks = range(-20, 71, 10)
        counts = [tick(house, at + timedelta(minutes=minutes)) for minutes in ticks]
        assert counts == [0 if minutes < 0 else 1 for minutes in ticks]
        assert house.json("report", "daily", "--date", day)["accepted"] == 1


@pytest.mark.parametrize(
    ("zone", "send_at", "day", "instant"),
    [
        ("Africa/Casablanca", "02:30", "2026-02-15", "2026-02-15T02:30:00+01:00"),
        ("Australia/Lord_Howe", "01:45", "2026-04-05", "2026-04-05T01:45:00+11:00"),
    ],
)
def test_a_repeated_hour_has_one_slot(house: House, zone: str, send_at: str, day: str, instant: str) -> None:
    """T07."""
    newsletter(house, zone=zone, send_at=send_at)
    assert house.json("schedule", "daily", "--from", day, "--to", day) == {"date": day, "instant": instant}


def newsletter(house: House, **values: str) -> None:
    """Configure a newsletter whose feed is nowhere."""
    house.configure("http://127.0.0.1:9/feed", 'kind = "maildir"')
    file = house.folder / "config.toml"
    text = file.read_text(encoding="utf-8")
    text = text.replace("Europe/Madrid", values["zone"]).replace('"07:30"', f'"{values["send_at"]}"')
    file.write_text(text, encoding="utf-8")


def test_a_readers_own_instants_and_the_next_three_are_shown(house: House) -> None:
    newsletter(house, zone="Europe/Madrid", send_at="07:30")
    rows = "email,hour,zone,frequency\nana@example.org,08:15,America/Bogota,weekdays\n"
    house.run("subscribers", "import", "-", "--newsletter", "daily", "--consent", "a test", given=rows)
    said = house.run("schedule", "daily", "--from", "2026-11-27", "--to", "2026-11-30", "--as", "ana@example.org")
    shown, following = said.split("\nNext\n")
    assert shown.split("\n")[:2] == [
        "Fri 2026-11-27  2026-11-27T08:15:00-05:00",
        "Mon 2026-11-30  2026-11-30T08:15:00-05:00",
    ]
    assert following.count("T08:15:00-05:00") == 3
    stranger = ("schedule", "daily", "--from", "2026-11-27", "--to", "2026-11-30", "--as", "who@example.org")
    assert "does not subscribe" in house.run(*stranger, code=2)


def test_a_cancelled_edition_keeps_a_row_for_each_reader(house: House) -> None:
    """What was not handed over is excluded as cancelled, and the books balance."""
    with Newsroom() as newsroom:
        newsroom.publish(3, morning(24, 5))
        house.configure(newsroom.url, 'kind = "maildir"')
        house.subscribe("ana@example.org", "ben@example.org")
        (house.folder / "var" / "mail").parent.mkdir(exist_ok=True)
        (house.folder / "var" / "mail").write_text("no folder", encoding="utf-8")  # nothing can be handed over
        assert "cannot be used" in house.run("run", "--at", morning(24).isoformat(), errors=True)
        house.run("cancel", "daily", "--date", "2026-11-24")
        books = house.json("report", "daily", "--date", "2026-11-24")
        assert (books["state"], books["candidates"], books["owed"]) == ("cancelled", 2, 0)
        assert books["excluded"]["cancelled"] == 2


def test_an_alert_is_approved_previewed_and_reported_by_its_number(house: House) -> None:
    at = morning(24, 15)
    house.configure("http://127.0.0.1:9/feed", 'kind = "maildir"', extra='review = "approve"\nalerts_a_day = 3')
    with (house.folder / "config.toml").open("a", encoding="utf-8") as file:
        file.write('[[sources]]\nid = "own"\nkind = "push"\nsecret = "' + "k" * 32 + '"\n')
    house.subscribe("ana@example.org")
    with opened(config.load(house.folder / "config.toml"), fixed_clock(at)) as runtime:
        pushing.store(runtime, runtime.settings.sources[-1], "1", [article(1, published=at.isoformat(), breaking=True)])
    assert tick(house, at) == 0
    named = ("daily", "--date", "2026-11-24", "--alert", "1")
    [section] = house.json("draft", *named)["sections"]
    assert [one["title"] for one in section["articles"]] == ["Story 1 of the lighthouse"]
    assert json.loads(house.run("preview", *named, "--format", "json"))["subject"] == "Story 1 of the lighthouse"
    assert house.json("hold", *named)["state"] == "held"
    assert house.json("release", *named) == {"newsletter": "daily", "date": "2026-11-24", "alert": 1, "state": "draft"}
    assert "Alert 1 of daily" in house.run("approve", *named)
    assert tick(house, at + timedelta(minutes=1)) == 1
    books = house.json("report", *named)
    assert (books["alert"], books["state"], books["accepted"]) == (1, "done", 1)
    assert "is done" in house.run("cancel", *named, code=1)
    assert "no alert 2" in house.run("report", "daily", "--date", "2026-11-24", "--alert", "2", code=1)
    assert "ana@example.org" in house.run("deliveries", "list", "--edition", "daily/2026-11-24/1")


def test_a_catch_up_reaches_back_as_far_as_it_says_or_says_why_not(house: House) -> None:
    """T49."""
    with Newsroom() as newsroom:
        newsroom.publish(1, morning(24, 5))
        house.configure(newsroom.url, 'kind = "maildir"')
        house.run("run", "--at", morning(24, 5, 30).isoformat())
        soon = "2999-01-01T00:00:00Z"
        assert "not in the past" in house.run("draft", "daily", "--date", "2026-11-24", "--since", soon, code=1)
        assert "has no offset" in house.run("preview", "daily", "--since", "2026-11-01T00:00:00", code=2)
        assert "six hours" in house.run("preview", "daily", "--alert", "1", "--since", soon, code=2)
