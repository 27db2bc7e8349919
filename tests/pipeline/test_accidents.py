"""Things that happen in the middle of others: a hold during a freeze, two processes at one wave, a crash between two steps."""

import threading
from collections import Counter
from typing import Any

import pytest

from digest import pipeline
from digest.pipeline import material, planning
from digest.store import groups, waves
from digest.values import EditionState
from tests.acceptance.house import Newsroom, morning
from tests.pipeline.test_mornings import DAY, stories
from tests.pipeline.test_waves import Offices, edition, join, newsroom, offices, to, waves_of

__all__ = ["newsroom", "offices"]


def test_an_edition_held_while_it_freezes_stays_as_it_was_and_leaves_whole_when_released(
    offices: Offices, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = offices()
    newsletter = office.settings.newsletters[0]
    join(office, {"email": "ana@example.org"})
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24, 6, 0))
    real = material.past_of

    def held(*args: Any) -> Any:
        pipeline.hold(office.runtime, newsletter, DAY)
        return real(*args)

    with monkeypatch.context() as patched:
        patched.setattr(material, "past_of", held)
        assert office.run(morning(24)) == []
    assert [wave.state for wave in waves_of(office)] == [EditionState.PLANNED]
    pipeline.release(office.runtime, newsletter, DAY)
    [message] = office.run(morning(24, 6, 40))
    assert stories(message) == {1, 2, 3}


def test_a_crash_while_a_wave_is_kept_leaves_nothing_of_it(
    offices: Offices, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = offices()
    join(office, {"email": "ana@example.org"})
    newsroom.publish(3, morning(24, 5))

    def dying(*args: Any) -> None:
        raise RuntimeError("the process dies here")

    with monkeypatch.context() as patched:
        patched.setattr(groups, "save", dying)
        with pytest.raises(RuntimeError):
            office.run(morning(24))
    assert [wave.state for wave in waves_of(office)] == [EditionState.PLANNED]
    assert edition(office).state == EditionState.DRAFT
    assert len(office.run(morning(24, 6, 31))) == 1
    assert edition(office).number == 1


def test_two_processes_that_freeze_and_plan_one_wave_at_once_make_one_delivery_each(
    offices: Offices, newsroom: Newsroom
) -> None:
    """T01."""
    both = [offices(), offices()]
    join(both[0], *({"email": f"r{number}@example.org"} for number in range(30)))
    newsroom.publish(3, morning(24, 5))
    both[0].now = both[1].now = morning(24, 6, 0)
    list(pipeline.collect_now(both[0].runtime))
    start = threading.Barrier(2)
    faults: list[BaseException] = []

    def advance(office: Any) -> None:
        start.wait()
        try:
            for minute in (10, 30, 31):
                office.now = morning(24, 6, minute)
                pipeline.advance_editions(office.runtime)
        except BaseException as error:  # noqa: BLE001 -- told below
            faults.append(error)

    threads = [threading.Thread(target=advance, args=(office,)) for office in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    got = Counter(name for office in both for name in to(office.run(morning(24, 6, 40))))
    assert got == Counter({f"r{number}": 1 for number in range(30)})
    assert both[0].report().balances


def test_a_reader_who_moves_between_two_waves_on_the_day_is_a_candidate_once(
    offices: Offices, newsroom: Newsroom
) -> None:
    from tests.pipeline.test_waves import change

    office = offices()
    join(office, {"email": "ana@example.org", "hour": "10:00"}, {"email": "ben@example.org"})
    newsroom.publish(3, morning(24, 5))
    got = Counter(to(office.run(morning(24))))
    change(office, "ana@example.org", "12:00", "", morning(24, 7))
    change(office, "ben@example.org", "12:00", "", morning(24, 7))
    for hour in range(7, 20):
        got += Counter(to(office.run(morning(24, hour, 5))))
    assert got == Counter({"ana": 1, "ben": 1})
    assert office.report().candidates == 2


def test_a_wave_that_is_planned_again_after_a_crash_gives_nobody_a_second_row(
    offices: Offices, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = offices()
    newsletter = office.settings.newsletters[0]
    join(office, *({"email": f"r{number}@example.org"} for number in range(7)))
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24, 6, 15))
    monkeypatch.setattr(planning, "CHUNK", 3)
    [wave] = waves_of(office)
    office.now = morning(24)
    planning.plan_wave(office.runtime, newsletter, wave)
    with office.runtime.store.writing() as session:  # as if the cursor had been lost
        waves.move(
            session,
            wave.id or 0,
            source=[EditionState.SENDING],
            to=EditionState.SENDING,
            planned_through=0,
            planned_at=None,
        )
    planning.plan_wave(office.runtime, newsletter, wave)
    assert len(office.run(morning(24, 6, 31))) == 7
    assert office.report().candidates == 7


def test_what_an_early_wave_gave_is_remembered_though_the_edition_is_drafted_again_afterwards(
    offices: Offices, newsroom: Newsroom
) -> None:
    office = offices()
    join(office, {"email": "home@example.org"}, {"email": "tokyo@example.org", "zone": "Asia/Tokyo"})
    newsroom.publish(3, morning(23, 20, 0))
    [early] = office.run(morning(23, 22, 30))
    newsroom.publish(3, morning(24, 5, 0))
    for minute in (0, 5, 12):
        office.run(morning(24, 6, minute))
    assert len(office.run(morning(24))) == 1
    [second] = office.run(morning(24, 22, 30))
    assert stories(early) == {1, 2, 3}
    assert stories(second) == {4, 5, 6}


def test_a_latecomer_gets_what_another_wave_printed_in_a_look_that_was_drawn_before(
    offices: Offices, newsroom: Newsroom
) -> None:
    office = offices()
    join(
        office,
        {"email": "tokyo@example.org", "zone": "Asia/Tokyo", "language": "de"},
        {"email": "home@example.org"},
        {"email": "late@example.org", "hour": "12:00"},
    )
    newsroom.publish(3, morning(23, 20, 0))
    office.run(morning(23, 22, 30))
    newsroom.publish(3, morning(24, 5, 0))
    office.run(morning(24))
    office.run(morning(24, 10, 45))
    join(office, {"email": "new@example.org", "hour": "12:00", "language": "de"})
    taken = office.run(morning(24, 11, 0))
    assert to(taken) == ["late", "new"]
    assert {message.recipient.address: stories(message) for message in taken}["new@example.org"] == {1, 2, 3, 4, 5, 6}


def test_a_draft_pick_that_was_not_printed_is_nobodys(offices: Offices, newsroom: Newsroom) -> None:
    from digest.store import articles, editions
    from tests.pipeline.test_waves import article

    office = offices()
    join(office, {"email": "ana@example.org"})
    newsroom.publish(3, morning(24, 5, 0))
    office.run(morning(24, 6, 0))
    with office.runtime.store.writing() as session:
        articles.change(session, article(office, 2), {"hidden": True})
    office.run(morning(24, 6, 15))
    with office.runtime.store.reading() as session:
        picked = {pick.article_id for pick in editions.picks(session, edition(office).id or 0)}
    assert picked == {article(office, 1), article(office, 3)}
