"""Editions over days, hours and accidents; the numbers in docstrings are those of the specification's table of cases."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from digest import config, pipeline, subscribe
from digest.errors import EditionError
from digest.models import Edition, Wave
from digest.pipeline import audience, recalling
from digest.store import alarms, articles, editions, pins, subscribers, waves
from digest.subscribe import Row
from digest.values import DeliveryState, EditionState, Excluded, Message, Permanence, PinKind, Pinned, Rejected
from tests.acceptance.house import Newsroom, morning
from tests.pipeline.test_mornings import DAY, Office, stories, values

NEXT = DAY + timedelta(days=1)


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom() as running:
        yield running


class Offices:
    """Opens installations of one database, with what a test wants of the newsletter."""

    def __init__(self, newsroom: Newsroom, url: str, folder: Path) -> None:
        self._newsroom, self._url, self._folder = newsroom, url, folder
        self._opened: list[Office] = []

    def __call__(self, **newsletter: Any) -> Office:
        settings = config.parse(values(self._newsroom.url, self._url, **newsletter), self._folder / "config.toml")
        self._opened.append(Office(settings))
        return self._opened[-1]

    def close(self) -> None:
        for one in self._opened:
            one.runtime.close()


@pytest.fixture
def offices(newsroom: Newsroom, database_url: str, tmp_path: Path) -> Iterator[Offices]:
    built = Offices(newsroom, database_url, tmp_path)
    yield built
    built.close()


def join(office: Office, *people: dict[str, str]) -> None:
    rows = [Row(number, person) for number, person in enumerate(people)]
    for counts in audience.import_subscribers(
        office.runtime, rows, newsletter="daily", consent="a test", confirm=False
    ):
        assert not counts.refused


def edition(office: Office, day: date = DAY) -> Edition:
    with office.runtime.store.reading() as session:
        found = editions.find(session, "daily", day)
    assert found is not None
    return found


def waves_of(office: Office, day: date = DAY) -> list[Wave]:
    with office.runtime.store.reading() as session:
        return waves.of(session, edition(office, day).id or 0)


def to(taken: list[Message]) -> list[str]:
    return sorted(message.recipient.address.partition("@")[0] for message in taken)


def article(office: Office, number: int) -> int:
    with office.runtime.store.reading() as session:
        found = {one.article.url: one.article.id for one in articles.recent(session, morning(1))}
    return next(id_ or 0 for url, id_ in found.items() if f"/story/{number}/" in url)


def test_every_reader_gets_the_newest_at_their_own_hour(offices: Offices, newsroom: Newsroom) -> None:
    """Bugs 20, 21: hours have minutes, and each is that of its own zone."""
    office = offices()
    join(
        office,
        {"email": "home@example.org"},
        {"email": "late@example.org", "hour": "12:00"},
        {"email": "bogota@example.org", "zone": "America/Bogota"},
        {"email": "tokyo@example.org", "zone": "Asia/Tokyo"},
    )
    newsroom.publish(3, morning(23, 20))
    [tokyo] = office.run(morning(23, 22, 30))  # 07:30 of the 24th in Tokyo
    newsroom.publish(3, morning(24, 5))
    [home] = office.run(morning(24, 6, 30))
    newsroom.publish(3, morning(24, 9))
    [late] = office.run(morning(24, 11, 0))
    [bogota] = office.run(morning(24, 12, 30))
    assert to([tokyo, home, late, bogota]) == ["bogota", "home", "late", "tokyo"]
    assert [sorted(stories(one)) for one in (tokyo, home, late, bogota)] == [
        [1, 2, 3],
        [1, 2, 3, 4, 5, 6],
        [1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 2, 3, 4, 5, 6, 7, 8, 9],
    ]
    assert [wave.home for wave in waves_of(office)] == [False, True, False, False]
    assert edition(office).state == EditionState.DONE
    assert office.report().accepted == 4


def test_waves_of_one_edition_carry_one_number_and_one_date(offices: Offices, newsroom: Newsroom) -> None:
    office = offices()
    join(office, {"email": "home@example.org"}, {"email": "tokyo@example.org", "zone": "Asia/Tokyo"})
    newsroom.publish(3, morning(23, 20))
    [early] = office.run(morning(23, 22, 30))
    assert edition(office).state == EditionState.DRAFT, "the desk still has the home wave before it"
    newsroom.publish(3, morning(24, 5))
    [home] = office.run(morning(24))
    assert edition(office).number == 1
    assert "No. 1" in "".join(early.html)
    assert "No. 1" in "".join(home.html)


def test_a_change_of_hour_or_zone_gives_nobody_two_and_nobody_none(offices: Offices, newsroom: Newsroom) -> None:
    """T12, T13."""
    office = offices(freeze_minutes=20)
    join(office, {"email": "moves@example.org"}, {"email": "earlier@example.org", "hour": "08:00"})
    newsroom.publish(3, morning(24, 5))
    got = Counter(to(office.run(morning(24, 6, 30))))
    change(office, "moves@example.org", "", "America/Bogota", morning(24, 6, 40))
    change(
        office, "earlier@example.org", "06:00", "", morning(24, 6, 41)
    )  # 07:41 in Madrid: today's at 08:00 is frozen
    got += Counter(to(office.run(morning(24, 7, 0))))
    for hour in range(8, 24):
        got += Counter(to(office.run(morning(24, hour, 30))))
    assert got == Counter({"moves": 1, "earlier": 1})
    newsroom.publish(3, morning(25, 3))
    assert to(office.run(morning(25, 5, 0))) == ["earlier"]
    assert to(office.run(morning(25, 12, 30))) == ["moves"]


def change(office: Office, address: str, hour: str, zone: str, at: datetime) -> None:
    office.now = at
    with office.runtime.store.writing() as session:
        found = subscribers.subscription(session, address, "daily")
        assert found is not None
        subscribe.choose_hour(session, found.id or 0, office.settings.newsletters[0], hour, zone, now=at)


def test_weekdays_and_weekly_readers_get_theirs_on_their_days(offices: Offices, newsroom: Newsroom) -> None:
    """T10, bug 8: judged by the reader's own date."""
    office = offices(weekly_day="wed")
    join(
        office,
        {"email": "daily@example.org"},
        {"email": "weekdays@example.org", "frequency": "weekdays"},
        {"email": "weekly@example.org", "frequency": "weekly"},
    )
    got: dict[int, list[str]] = {}
    weekly: list[Message] = []
    for day in range(24, 31):  # a Tuesday to a Monday
        newsroom.publish(2, morning(day, 5))
        taken = office.run(morning(day))
        got[day] = to(taken)
        weekly += [message for message in taken if message.recipient.address.startswith("weekly")]
    assert got[24] == ["daily", "weekdays"]
    assert got[25] == ["daily", "weekdays", "weekly"]
    assert got[28] == got[29] == ["daily"]
    assert got[30] == ["daily", "weekdays"]
    assert stories(weekly[0]) == {1, 2, 3, 4}


def test_a_weekday_newsletters_monday_holds_the_weekend(offices: Offices, newsroom: Newsroom) -> None:
    """T11."""
    office = offices(days=["mon", "tue", "wed", "thu", "fri"])
    join(office, {"email": "ana@example.org"})
    newsroom.publish(1, morning(27, 5))
    office.run(morning(27))
    newsroom.publish(2, morning(27, 9))  # Friday after the freeze
    office.run(morning(27, 9, 10))
    newsroom.publish(2, morning(28, 20))
    assert office.run(morning(28)) == []
    newsroom.publish(2, morning(30, 5))
    [monday] = office.run(morning(30))
    assert stories(monday) == {2, 3, 4, 5, 6, 7}


def test_what_is_published_between_freeze_and_slot_comes_the_next_day_once(
    offices: Offices, newsroom: Newsroom
) -> None:
    """T14, T16."""
    office = offices()
    join(office, {"email": "ana@example.org"})
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24, 6, 10))
    newsroom.publish(1, morning(24, 6, 15))
    [first] = office.run(morning(24))
    [second] = office.run(morning(25))
    assert (stories(first), stories(second)) == ({1, 2, 3}, {4})


def test_a_quiet_day_skips_and_consumes_nothing(offices: Offices, newsroom: Newsroom) -> None:
    """T36, T37, bugs 25, 45."""
    office = offices(min_stories=3)
    join(office, {"email": "ana@example.org"})
    newsroom.publish(2, morning(24, 5))
    assert office.run(morning(24)) == []
    assert (edition(office).state, edition(office).reason) == (EditionState.SKIPPED, "quiet_day")
    newsroom.publish(2, morning(25, 5))
    [message] = office.run(morning(25))
    assert stories(message) == {1, 2, 3, 4}


def test_after_three_days_without_power_one_mail_comes_with_nothing_too_old(
    offices: Offices, newsroom: Newsroom
) -> None:
    """T39, bugs 7, 10."""
    office = offices()
    join(office, {"email": "ana@example.org"})
    newsroom.publish(1, morning(24, 5))
    office.run(morning(24))
    newsroom.publish(1, morning(25, 5))
    newsroom.publish(1, morning(26, 5))
    newsroom.publish(1, morning(28, 5))
    taken = office.run(morning(28, 9))  # two and a half hours late
    assert [stories(message) for message in taken] == [{4}], "the third is older than 48 hours by now"
    assert [edition(office, DAY + timedelta(days=number)).state for number in (1, 2, 3)] == [EditionState.MISSED] * 3
    assert edition(office, DAY + timedelta(days=4)).catches_up


def test_an_outage_is_caught_up_as_the_newsletter_says(offices: Offices, newsroom: Newsroom) -> None:
    office = offices(catch_up="none")
    join(office, {"email": "ana@example.org"})
    newsroom.publish(1, morning(24, 5))
    office.run(morning(24))
    newsroom.publish(1, morning(25, 5))
    assert office.run(morning(25, 8)) == []
    assert edition(office, NEXT).state == EditionState.MISSED


def test_a_new_installation_missed_nothing(offices: Offices, newsroom: Newsroom) -> None:
    office = offices()
    join(office, {"email": "ana@example.org"})
    newsroom.publish(3, morning(24, 5))
    assert office.run(morning(24, 20)) == []
    with office.runtime.store.reading() as session:
        assert [one.edition_date for one in editions.recent(session, "daily")] == [NEXT] or not editions.recent(
            session, "daily"
        )


def test_a_clock_that_jumps_ahead_mails_nothing_old(offices: Offices, newsroom: Newsroom) -> None:
    office = offices()
    join(office, {"email": "ana@example.org"})
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24))
    assert office.run(morning(24) + timedelta(days=900)) == []
    newsroom.publish(1, morning(25, 5))
    [message] = office.run(morning(25))
    assert stories(message) == {4}


def test_stale_sources_hold_the_edition_and_tell_the_editors(offices: Offices, newsroom: Newsroom) -> None:
    """T40."""
    office = offices()
    join(office, {"email": "ana@example.org"})
    newsroom.publish(3, morning(23, 22))
    pipeline_collect(office, morning(23, 22, 10))
    newsroom.broken = "down for repairs"
    pipeline_collect(office, morning(24, 1))
    assert office.run(morning(24)) == []
    with office.runtime.store.reading() as session:
        assert alarms.find(session, "sources_stale", "daily") is not None
    assert edition(office).state == EditionState.DRAFT
    newsroom.broken = ""
    [message] = office.run(morning(24, 6, 50))
    assert stories(message) == {1, 2, 3}
    with office.runtime.store.reading() as session:
        assert alarms.find(session, "sources_stale", "daily") is None


def test_a_held_edition_leaves_after_an_hour_without_the_source(offices: Offices, newsroom: Newsroom) -> None:
    office = offices()
    join(office, {"email": "ana@example.org"})
    newsroom.publish(3, morning(23, 22))
    pipeline_collect(office, morning(23, 22, 10))
    newsroom.broken = "down for repairs"
    pipeline_collect(office, morning(24, 1))
    assert office.run(morning(24)) == []
    assert len(office.run(morning(24, 7, 31))) == 1


def test_an_edition_may_say_that_a_source_is_missing(offices: Offices, newsroom: Newsroom) -> None:
    office = offices(stale="send_with_notice")
    join(office, {"email": "ana@example.org"})
    newsroom.publish(3, morning(23, 22))
    pipeline_collect(office, morning(23, 22, 10))
    newsroom.broken = "down for repairs"
    pipeline_collect(office, morning(24, 1))
    [message] = office.run(morning(24))
    assert "Not all of our sources could be read" in "".join(message.text)


def pipeline_collect(office: Office, at: datetime) -> None:
    office.now = at
    list(pipeline.collect_now(office.runtime))


def test_a_new_reader_gets_todays_edition_and_nothing_older_than_a_day(offices: Offices, newsroom: Newsroom) -> None:
    """T41."""
    office = offices()
    join(office, {"email": "old@example.org"})
    office.run(morning(22))
    newsroom.publish(1, morning(22, 12))
    office.run(morning(22, 12, 10))
    newsroom.publish(1, morning(24, 5))
    office.now = morning(24, 6)
    join(office, {"email": "new@example.org"})
    taken = office.run(morning(24))
    assert {message.recipient.address: stories(message) for message in taken}["new@example.org"] == {2}


def test_a_pause_until_a_date_leaves_out_and_comes_back_without_a_backlog(offices: Offices, newsroom: Newsroom) -> None:
    office = offices()
    join(office, {"email": "ana@example.org"})
    newsroom.publish(1, morning(24, 5))
    office.run(morning(24))
    with office.runtime.store.writing() as session:
        found = subscribers.subscription(session, "ana@example.org", "daily")
        assert found is not None
        subscribe.pause(session, found.id or 0, until=date(2026, 11, 28), now=office.now)
    for day in (25, 26, 27):
        newsroom.publish(1, morning(day, 5))
        assert office.run(morning(day)) == []
        assert office.report(date(2026, 11, day)).excluded[Excluded.PAUSED] == 1
    newsroom.publish(1, morning(28, 5))
    [message] = office.run(morning(28))
    assert stories(message) == {4, 5}


def test_a_section_may_come_at_its_own_frequency(offices: Offices, newsroom: Newsroom) -> None:
    office = offices(weekly_day="thu")
    join(office, {"email": "ana@example.org"})
    with office.runtime.store.writing() as session:
        found = subscribers.subscription(session, "ana@example.org", "daily")
        assert found is not None
        newsletter = office.settings.newsletters[0]
        subscribe.choose_frequency(session, found.id or 0, newsletter, "daily", {"culture": "weekly"})
    got = []
    for day in (24, 25, 26):
        newsroom.publish(3, morning(day, 5))
        [message] = office.run(morning(day))
        got.append(stories(message))
    assert got == [{1, 2}, {4, 5}, {3, 6, 7, 8, 9}]


def test_an_approved_newsletter_waits_and_leaves_at_once_when_approved_late_and_never_twice(
    offices: Offices, newsroom: Newsroom
) -> None:
    """T48, bug 44."""
    office = offices(review="approve")
    join(office, {"email": "ana@example.org"}, {"email": "tokyo@example.org", "zone": "Asia/Tokyo"})
    newsroom.publish(3, morning(23, 20))
    assert office.run(morning(23, 22, 30)) == [], "earlier waves wait for the approval"
    assert office.run(morning(24)) == []
    with office.runtime.store.reading() as session:
        assert alarms.find(session, "approval_owed", f"daily/{DAY}") is not None
    pipeline.approve(office.runtime, office.settings.newsletters[0], DAY, by="Aysel")
    newsroom.publish(3, morning(24, 7))
    taken = office.run(morning(24, 7, 5))
    assert to(taken) == ["ana", "tokyo"]
    assert [stories(message) for message in taken] == [{1, 2, 3}] * 2, "what was approved is what they saw"
    assert office.run(morning(24, 7, 10)) == []


def test_an_edition_never_approved_is_missed_when_the_next_one_freezes(offices: Offices, newsroom: Newsroom) -> None:
    office = offices(review="approve")
    join(office, {"email": "ana@example.org"})
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24))
    office.run(morning(25))
    assert edition(office).state == EditionState.MISSED
    assert edition(office, NEXT).state == EditionState.DRAFT
    pipeline.approve(office.runtime, office.settings.newsletters[0], NEXT)
    [message] = office.run(morning(25, 6, 40))
    assert stories(message) == {1, 2, 3}


def test_a_held_edition_goes_on_when_it_is_released_and_a_cancelled_one_never(
    offices: Offices, newsroom: Newsroom
) -> None:
    office = offices()
    newsletter = office.settings.newsletters[0]
    join(office, {"email": "ana@example.org"})
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24, 6, 0))
    pipeline.hold(office.runtime, newsletter, DAY, reason="the lead is wrong")
    assert office.run(morning(24)) == []
    pipeline.release(office.runtime, newsletter, DAY)
    assert len(office.run(morning(24, 6, 40))) == 1
    newsroom.publish(3, morning(25, 5))
    office.run(morning(25, 6, 20))
    pipeline.cancel(office.runtime, newsletter, NEXT)
    assert office.run(morning(25)) == []
    with pytest.raises(EditionError, match="cancelled"):
        pipeline.release(office.runtime, newsletter, NEXT)
    newsroom.publish(1, morning(26, 5))
    [message] = office.run(morning(26))
    assert stories(message) == {4, 5, 6, 7}, "what a cancelled edition held comes with the next one"


def test_an_edition_that_is_held_while_it_goes_out_hands_over_nothing_more(
    offices: Offices, newsroom: Newsroom
) -> None:
    office = offices()
    newsletter = office.settings.newsletters[0]
    join(office, *({"email": f"r{number}@example.org"} for number in range(4)))
    newsroom.publish(3, morning(24, 5))

    def stop() -> Any:
        from digest.values import Accepted

        pipeline.hold(office.runtime, newsletter, DAY)
        return Accepted()

    office.memory.outcomes["r0@example.org"] = stop
    assert to(office.run()) == ["r0"]
    assert office.report().owed == 3
    office.memory.outcomes.clear()
    pipeline.release(office.runtime, newsletter, DAY)
    assert to(office.run(morning(24, 6, 45))) == ["r1", "r2", "r3"]


def test_cancelling_puts_who_did_not_get_it_into_the_books(offices: Offices, newsroom: Newsroom) -> None:
    office = offices()
    newsletter = office.settings.newsletters[0]
    join(office, *({"email": f"r{number}@example.org"} for number in range(3)))
    newsroom.publish(3, morning(24, 5))

    def stop() -> Any:
        from digest.values import Accepted

        pipeline.cancel(office.runtime, newsletter, DAY)
        return Accepted()

    office.memory.outcomes["r0@example.org"] = stop
    office.run()
    office.run(morning(24, 6, 45))
    books = office.report()
    assert (books.accepted, books.excluded[Excluded.CANCELLED], books.owed) == (1, 2, 0)


def test_a_frozen_edition_can_be_opened_again_until_something_of_it_left(offices: Offices, newsroom: Newsroom) -> None:
    office = offices()
    newsletter = office.settings.newsletters[0]
    join(office, {"email": "ana@example.org"})
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24, 6, 15))
    assert edition(office).state == EditionState.FROZEN
    pipeline.reopen(office.runtime, newsletter, DAY)
    newsroom.publish(1, morning(24, 6, 16))
    [message] = office.run(morning(24))
    assert stories(message) == {1, 2, 3, 4}
    assert edition(office).number == 1
    with pytest.raises(EditionError, match="goes out already|is done"):
        pipeline.reopen(office.runtime, newsletter, DAY)


def test_an_article_withdrawn_after_the_freeze_is_dropped_up_to_the_last_moment(
    offices: Offices, newsroom: Newsroom
) -> None:
    """T30, T31."""
    office = offices()
    join(office, {"email": "ana@example.org"}, {"email": "only@example.org", "sections": "culture"})
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24, 6, 15))
    newsroom.stories.pop()  # else its source would bring it back
    with office.runtime.store.writing() as session:
        articles.change(session, article(office, 3), {"withdrawn_at": morning(24, 6, 20)})
    taken = office.run(morning(24))
    assert [(message.recipient.address, stories(message)) for message in taken] == [("ana@example.org", {1, 2})]
    assert office.report().excluded[Excluded.NO_ARTICLE] == 1
    assert "Story number 3" not in pipeline.preview(office.runtime, "daily", DAY).html


def test_a_withdrawn_article_is_taken_out_of_deliveries_that_wait(offices: Offices, newsroom: Newsroom) -> None:
    office = offices()
    join(office, {"email": "ana@example.org"})
    newsroom.publish(3, morning(24, 5))
    office.memory.outcomes["ana@example.org"] = deferred()
    office.run(morning(24))
    with office.runtime.store.writing() as session:
        articles.change(session, article(office, 3), {"hidden": True})
    assert recalling.recall_withdrawn(office.runtime) == 1
    assert recalling.recall_withdrawn(office.runtime) == 0
    office.memory.outcomes.clear()
    [message] = office.run(morning(24, 7, 0))
    assert stories(message) == {1, 2}


def deferred() -> Any:
    from digest.values import Deferred

    return Deferred("451 4.7.1 come again")


def test_editors_pins_lead_place_and_drop(offices: Offices, newsroom: Newsroom) -> None:
    office = offices()
    join(office, {"email": "ana@example.org"})
    newsroom.publish(6, morning(24, 5))
    office.run(morning(24, 6, 0))
    with office.runtime.store.writing() as session:
        for pin in (Pinned(article(office, 1), PinKind.LEAD), Pinned(article(office, 6), PinKind.DROP, by="Aysel")):
            pins.put(session, edition(office).id or 0, pin, office.now)
    [message] = office.run(morning(24))
    assert stories(message) == {1, 2, 3, 4, 5}
    assert message.subject == "Story number 1 of the harbour town"


def test_a_correction_is_told_once_to_those_who_had_the_article(offices: Offices, newsroom: Newsroom) -> None:
    """T29."""
    office = offices()
    join(office, {"email": "ana@example.org"}, {"email": "culture@example.org", "sections": "culture"})
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24))
    with office.runtime.store.writing() as session:
        changes = {"correction": "The bridge has two lanes, not four.", "corrected_at": morning(24, 9)}
        articles.change(session, article(office, 1), changes)
    told: dict[str, list[bool]] = {"ana": [], "culture": []}
    for day in (25, 26):
        newsroom.publish(3, morning(day, 5))
        for message in office.run(morning(day)):
            name = message.recipient.address.partition("@")[0]
            told[name].append("two lanes, not four" in "".join(message.text))
    assert told == {"ana": [True, False], "culture": [False, False]}


def test_a_rejected_delivery_is_no_history(offices: Offices, newsroom: Newsroom) -> None:
    office = offices()
    join(office, {"email": "ana@example.org"})
    newsroom.publish(3, morning(24, 5))
    office.memory.outcomes["ana@example.org"] = Rejected("mailbox_full", Permanence.SOFT, "552 5.2.2 full")
    office.run(morning(24))
    assert office.report().rejected == 1
    office.memory.outcomes.clear()
    newsroom.publish(1, morning(25, 5))
    [message] = office.run(morning(25))
    assert stories(message) == {1, 2, 3, 4}


def test_what_another_newsletter_gave_does_not_come_again_where_they_share_a_history(
    newsroom: Newsroom, database_url: str, tmp_path: Path
) -> None:
    """T43, bug 15."""
    tables = values(newsroom.url, database_url)
    first = tables["newsletters"][0]
    evening = {**first, "id": "evening", "name": "Evening", "send_at": "18:00", "shares_history_with": ["daily"]}
    office = Office(config.parse({**tables, "newsletters": [first, evening]}, tmp_path / "config.toml"))
    try:
        join(office, {"email": "both@example.org"})
        rows = [Row(0, {"email": "both@example.org"}), Row(1, {"email": "one@example.org"})]
        list(audience.import_subscribers(office.runtime, rows, newsletter="evening", consent="a test", confirm=False))
        newsroom.publish(3, morning(24, 5))
        office.run(morning(24))
        newsroom.publish(3, morning(24, 12))
        taken = office.run(morning(24, 17))
        got = {message.recipient.address: stories(message) for message in taken}
        assert got == {"both@example.org": {4, 5, 6}, "one@example.org": {1, 2, 3, 4, 5, 6}}
    finally:
        office.runtime.close()


def test_a_batch_whose_readers_all_left_ends_and_the_books_say_so(offices: Offices, newsroom: Newsroom) -> None:
    """T46, T47, bugs 23, 24."""
    office = offices()
    join(office, *({"email": f"r{number}@example.org"} for number in range(3)))
    newsroom.publish(3, morning(24, 5))
    office.memory.outcomes.update({f"r{number}@example.org": deferred() for number in range(3)})
    office.run(morning(24))
    with office.runtime.store.writing() as session:
        for number in range(3):
            found = subscribers.subscription(session, f"r{number}@example.org", "daily")
            assert found is not None
            subscribe.unsubscribe(session, found.id or 0, how="one_click", now=office.now)
    office.memory.outcomes.clear()
    assert office.run(morning(24, 7, 30)) == []
    books = office.report()
    assert (books.state, books.excluded[Excluded.UNSUBSCRIBED]) == (EditionState.DONE, 3)


def test_two_schedulers_and_many_ticks_make_one_edition_and_one_mail_each(offices: Offices, newsroom: Newsroom) -> None:
    """T01, bugs 1, 22."""
    office, other = offices(), offices()
    join(office, {"email": "ana@example.org"}, {"email": "late@example.org", "hour": "08:00"})
    newsroom.publish(3, morning(24, 5))
    got: list[Message] = []
    for minute in range(0, 120, 10):
        at = morning(24, 6) + timedelta(minutes=minute)
        got += office.run(at) + other.run(at)
    assert to(got) == ["ana", "late"]
    with office.runtime.store.reading() as session:
        assert len(editions.recent(session, "daily")) <= 2


def test_a_run_at_ten_five_and_the_next_day_at_ten_one_both_send(offices: Offices, newsroom: Newsroom) -> None:
    """T09, bug 2."""
    office = offices(send_at="11:00")
    join(office, {"email": "ana@example.org"})
    newsroom.publish(1, morning(24, 5))
    assert len(office.run(morning(24, 10, 5))) == 1
    newsroom.publish(1, morning(25, 5))
    assert len(office.run(morning(25, 10, 1))) == 1


def test_all_deliveries_are_accounted_for_in_every_state(offices: Offices, newsroom: Newsroom) -> None:
    office = offices()
    join(office, {"email": "ok@example.org"}, {"email": "culture@example.org", "sections": "culture"})
    newsroom.publish(1, morning(24, 5))
    office.run(morning(24))
    books = office.report()
    assert books.balances
    assert (books.accepted, books.excluded[Excluded.NO_ARTICLE]) == (1, 1)
    assert DeliveryState.ACCEPTED
