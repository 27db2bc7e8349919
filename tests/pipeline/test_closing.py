"""Every edition ends and its books answer for every reader: waves that gave nothing, holds that nobody ended, dates long past."""

from datetime import datetime, timedelta

import pytest

from digest import pipeline
from digest.models import Wave
from digest.pipeline import planning
from digest.store import articles, editions, subscribers
from digest.store.base import Session
from digest.values import EditionState, Excluded
from tests.acceptance.house import Newsroom, morning
from tests.pipeline.test_mornings import DAY, Office, stories
from tests.pipeline.test_waves import NEXT, Offices, article, deferred, edition, join, newsroom, offices, to, waves_of

__all__ = ["newsroom", "offices"]

TOKYO = {"email": "tokyo@example.org", "zone": "Asia/Tokyo"}
HOME = {"email": "home@example.org"}
BOGOTA = {"email": "bogota@example.org", "zone": "America/Bogota"}


def early_wave_out(office: Office, newsroom: Newsroom) -> None:
    """Let the 24th be out in Tokyo; there is nothing new since."""
    newsroom.publish(3, morning(23, 20))
    assert to(office.run(morning(23, 22, 30))) == ["tokyo"]


def test_an_edition_whose_home_wave_has_nothing_new_is_done_when_an_early_wave_went_out(
    offices: Offices, newsroom: Newsroom
) -> None:
    office = offices(max_age="8h")
    join(office, HOME, TOKYO)
    early_wave_out(office, newsroom)
    assert office.run(morning(24)) == []
    office.run(morning(24, 6, 31))
    books = office.report()
    assert (books.state, books.candidates, books.accepted) == (EditionState.DONE, 2, 1)
    assert books.excluded[Excluded.NO_ARTICLE] == 1
    assert books.started == morning(23, 22, 30)
    assert books.balances


def test_readers_of_a_wave_that_was_missed_stand_in_the_books_when_another_wave_went_out(
    offices: Offices, newsroom: Newsroom
) -> None:
    office = offices()
    join(office, HOME, TOKYO)
    early_wave_out(office, newsroom)
    office.run(morning(24, 20))  # nothing ran at home's hour
    books = office.report()
    assert (books.state, books.accepted, books.excluded[Excluded.EXPIRED]) == (EditionState.DONE, 1, 1)
    newsroom.publish(1, morning(25, 5))
    got = {message.recipient.address: stories(message) for message in office.run(morning(25))}
    assert got == {"home@example.org": {1, 2, 3, 4}}, "what a missed wave held comes with the next one"


def test_readers_of_waves_to_come_stand_in_the_books_of_an_edition_that_is_cancelled_half_way(
    offices: Offices, newsroom: Newsroom
) -> None:
    office = offices()
    join(office, HOME, TOKYO, BOGOTA)
    early_wave_out(office, newsroom)
    pipeline.cancel(office.runtime, office.settings.newsletters[0], DAY)
    assert office.run(morning(24, 13)) == []
    books = office.report()
    assert (books.state, books.candidates, books.accepted) == (EditionState.CANCELLED, 3, 1)
    assert books.excluded[Excluded.CANCELLED] == 2


def test_an_edition_cancelled_before_anything_left_has_no_candidates(offices: Offices, newsroom: Newsroom) -> None:
    office = offices()
    join(office, HOME)
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24, 6, 15))
    pipeline.cancel(office.runtime, office.settings.newsletters[0], DAY)
    office.run(morning(24, 7))
    assert office.report().candidates == 0


def test_a_wave_cancelled_in_the_middle_of_its_planning_has_a_row_for_every_reader(
    offices: Offices, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = offices()
    newsletter = office.settings.newsletters[0]
    join(office, *({"email": f"r{number}@example.org"} for number in range(7)))
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24, 6, 15))
    monkeypatch.setattr(planning, "CHUNK", 3)
    real = planning._plan_range
    monkeypatch.setattr(planning, "_plan_range", lambda *args: real(*args) and False)
    [wave] = waves_of(office)
    office.now = morning(24)
    planning.plan_wave(office.runtime, newsletter, wave)
    assert office.report().owed == 3
    pipeline.cancel(office.runtime, newsletter, DAY)
    assert office.run(morning(24, 6, 31)) == []
    books = office.report()
    assert (books.candidates, books.excluded[Excluded.CANCELLED], books.owed) == (7, 7, 0)


def test_an_edition_held_while_it_goes_out_and_never_released_expires(offices: Offices, newsroom: Newsroom) -> None:
    office = offices()
    join(office, HOME, {"email": "waits@example.org"}, BOGOTA)
    newsroom.publish(3, morning(24, 5))
    office.memory.outcomes["waits@example.org"] = deferred()
    assert to(office.run(morning(24))) == ["home"]
    pipeline.hold(office.runtime, office.settings.newsletters[0], DAY)
    office.memory.outcomes.clear()
    for hour in (8, 13, 20):
        assert office.run(morning(24, hour)) == []
    assert office.report().state == EditionState.HELD
    office.run(morning(25, 2, 40))  # twenty hours after its slot
    books = office.report()
    assert (books.state, books.accepted, books.excluded[Excluded.EXPIRED], books.owed) == (EditionState.DONE, 1, 2, 0)


def test_an_edition_held_after_a_wave_without_readers_ends_too(offices: Offices, newsroom: Newsroom) -> None:
    office = offices()
    join(office, BOGOTA)
    newsroom.publish(3, morning(24, 5))
    assert office.run(morning(24)) == [], "nobody is at home"
    pipeline.hold(office.runtime, office.settings.newsletters[0], DAY)
    office.run(morning(24, 20))
    office.run(morning(24, 20, 1))
    books = office.report()
    assert (books.state, books.excluded[Excluded.EXPIRED]) == (EditionState.DONE, 1)


def test_what_waits_in_a_paused_newsletter_expires(offices: Offices, newsroom: Newsroom) -> None:
    office = offices()
    join(office, HOME)
    newsroom.publish(3, morning(24, 5))
    office.memory.outcomes["home@example.org"] = deferred()
    office.run(morning(24))
    pause_newsletter(office, paused=True)
    office.memory.outcomes.clear()
    assert office.run(morning(25, 3)) == []
    assert office.report().excluded[Excluded.EXPIRED] == 1


def pause_newsletter(office: Office, *, paused: bool) -> None:
    from digest.models import NewsletterState

    with office.runtime.store.writing() as session:
        session.merge(NewsletterState(newsletter="daily", last_number=session_number(session), paused=paused))


def session_number(session: Session) -> int:
    return editions.next_number(session, "daily") - 1


@pytest.mark.parametrize("frozen", [False, True], ids=["not frozen", "frozen"])
def test_an_edition_that_stood_still_for_more_than_a_week_is_closed_and_mails_nobody(
    offices: Offices, newsroom: Newsroom, *, frozen: bool
) -> None:
    office = offices()
    join(office, HOME)
    newsroom.publish(3, morning(14, 5))
    day = DAY - timedelta(days=10)
    office.run(morning(14, 6, 15 if frozen else 0))
    assert edition(office, day).state == (EditionState.FROZEN if frozen else EditionState.DRAFT)
    pause_newsletter(office, paused=True)
    office.run(morning(23, 12))
    pause_newsletter(office, paused=False)
    assert office.run(morning(23, 12, 1)) == []
    assert edition(office, day).state == EditionState.MISSED


def test_a_frozen_edition_that_nobody_planned_for_hours_is_missed_and_its_articles_carry_over(
    offices: Offices, newsroom: Newsroom
) -> None:
    office = offices()
    join(office, HOME)
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24, 6, 15))
    assert office.run(morning(24, 13)) == [], "the process was down from the freeze until noon"
    assert edition(office).state == EditionState.MISSED
    newsroom.publish(1, morning(25, 5))
    [message] = office.run(morning(25))
    assert stories(message) == {1, 2, 3, 4}


def test_a_reader_who_joins_for_a_later_hour_gets_todays_edition_though_it_was_done(
    offices: Offices, newsroom: Newsroom
) -> None:
    office = offices()
    join(office, HOME)
    newsroom.publish(3, morning(24, 5))
    assert to(office.run(morning(24))) == ["home"]
    office.run(morning(24, 6, 31))
    assert edition(office).state == EditionState.DONE
    office.now = morning(24, 9)
    join(office, {"email": "noon@example.org", "hour": "12:00"})
    assert to(office.run(morning(24, 11, 0))) == ["noon"]
    office.run(morning(24, 11, 1))
    books = office.report()
    assert (books.state, books.accepted, books.candidates) == (EditionState.DONE, 2, 2)


def test_an_edition_that_was_done_is_done_again_where_the_later_hour_brings_nothing(
    offices: Offices, newsroom: Newsroom
) -> None:
    office = offices()
    join(office, HOME)
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24))
    office.now = morning(24, 9)
    join(office, {"email": "noon@example.org", "hour": "12:00", "sections": "culture"})
    newsroom.stories.clear()
    with office.runtime.store.writing() as session:
        articles.change(session, article(office, 3), {"hidden": True})
    for minute in (0, 1):
        assert office.run(morning(24, 11, minute)) == []
    books = office.report()
    assert (books.state, books.excluded[Excluded.NO_ARTICLE]) == (EditionState.DONE, 1)


def test_a_reader_who_joins_for_an_hour_that_went_by_gets_tomorrows_edition(
    offices: Offices, newsroom: Newsroom
) -> None:
    office = offices()
    join(office, HOME)
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24))
    office.now = morning(24, 9)
    join(office, {"email": "eight@example.org", "hour": "08:00"})
    assert office.run(morning(24, 9, 1)) == []
    newsroom.publish(1, morning(25, 5))
    assert to(office.run(morning(25, 7))) == ["eight", "home"]


def test_a_reader_who_leaves_and_joins_again_on_one_day_gets_one_mail(offices: Offices, newsroom: Newsroom) -> None:
    from digest import subscribe

    office = offices()
    join(office, HOME, {"email": "late@example.org", "hour": "12:00"})
    newsroom.publish(3, morning(24, 5))
    got = to(office.run(morning(24)))
    for address in ("home@example.org", "late@example.org"):
        with office.runtime.store.writing() as session:
            found = subscribers.subscription(session, address, "daily")
            assert found is not None
            subscribe.unsubscribe(session, found.id or 0, how="one_click", now=office.now)
            subscribe.choose_hour(session, found.id or 0, office.settings.newsletters[0], "12:00", "", now=office.now)
            assert subscribe.resubscribe(session, found.id or 0, now=office.now)
    for hour in range(7, 20):
        got += to(office.run(morning(24, hour, 5)))
    assert got == ["home", "late"]


def test_who_unsubscribes_between_freeze_and_slot_is_no_candidate(offices: Offices, newsroom: Newsroom) -> None:
    from digest import subscribe

    office = offices()
    join(office, HOME, {"email": "gone@example.org"})
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24, 6, 15))
    with office.runtime.store.writing() as session:
        found = subscribers.subscription(session, "gone@example.org", "daily")
        assert found is not None
        subscribe.unsubscribe(session, found.id or 0, how="one_click", now=office.now)
    assert to(office.run(morning(24))) == ["home"]
    assert office.report().candidates == 1


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1), timedelta(hours=-1)], ids=str)
def test_a_clock_that_jumps_and_comes_back_mails_nobody_twice(
    offices: Offices, newsroom: Newsroom, jump: timedelta
) -> None:
    office = offices()
    join(office, HOME, BOGOTA)
    newsroom.publish(3, morning(24, 5))
    got = to(office.run(morning(24)))
    got += to(office.run(morning(24, 6, 40) + jump))
    for at in (morning(24, 6, 50), morning(24, 12, 30), morning(24, 13)):
        got += to(office.run(at))
    assert got.count("home") == 1
    assert got.count("bogota") == (jump < timedelta(0)), "what a clock says is over is over"


def test_two_schedulers_whose_clocks_differ_make_one_mail_each(offices: Offices, newsroom: Newsroom) -> None:
    office, other = offices(), offices()
    join(office, HOME, BOGOTA, TOKYO)
    newsroom.publish(3, morning(23, 20))
    got: list[str] = []
    at: datetime = morning(23, 22)
    while at < morning(24, 14):
        got += to(office.run(at)) + to(other.run(at + timedelta(minutes=1)))
        at += timedelta(minutes=10)
    assert sorted(got) == ["bogota", "home", "tokyo"]
    assert edition(office).state == EditionState.DONE


def test_yesterdays_database_mails_nothing_of_yesterday(offices: Offices, newsroom: Newsroom) -> None:
    """A backup taken before the slot, started a day later: what it owed then is over."""
    office = offices()
    join(office, HOME)
    newsroom.publish(3, morning(23, 5))
    office.run(morning(23, 6, 25))  # frozen, not planned: the backup
    newsroom.publish(1, morning(24, 5))
    taken = office.run(morning(24, 6, 31))
    assert edition(office, DAY - timedelta(days=1)).state == EditionState.MISSED
    assert [message.recipient.address for message in taken] == ["home@example.org"]


def wave_at(office: Office, at: datetime) -> Wave:
    return next(wave for wave in waves_of(office) if wave.due_at == at)


def test_next_day_is_untouched_by_what_closes_today(offices: Offices, newsroom: Newsroom) -> None:
    office = offices()
    join(office, HOME, TOKYO)
    early_wave_out(office, newsroom)
    office.run(morning(24))
    newsroom.publish(2, morning(24, 20))
    assert to(office.run(morning(24, 22, 30))) == ["tokyo"]
    assert edition(office, NEXT).state in {EditionState.DRAFT, EditionState.PLANNED}
    assert to(office.run(morning(25))) == ["home"]
    assert office.report(NEXT).candidates == 2
