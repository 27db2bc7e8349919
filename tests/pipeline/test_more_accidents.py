"""Corrections and withdrawals between waves, decisions in the middle of a freeze, and what an editor approved."""

import threading
from collections import Counter
from typing import Any

import pytest

from digest import pipeline
from digest.errors import EditionError
from digest.pipeline import recalling
from digest.store import articles, editions, waves
from digest.values import EditionState
from tests.acceptance.house import Newsroom, morning
from tests.pipeline.test_mornings import DAY, Office, stories
from tests.pipeline.test_waves import Offices, article, edition, join, newsroom, offices, to, waves_of

__all__ = ["newsroom", "offices"]

TOKYO = {"email": "tokyo@example.org", "zone": "Asia/Tokyo"}
HOME = {"email": "home@example.org"}
NOON = {"email": "noon@example.org", "hour": "12:00"}


def correct(office: Office, number: int, at: Any) -> None:
    office.now = at
    changes = {"correction": "The bridge has two lanes, not four.", "corrected_at": at}
    with office.runtime.store.writing() as session:
        articles.change(session, article(office, number), changes)


def hide(office: Office, number: int, *, hidden: bool) -> None:
    with office.runtime.store.writing() as session:
        articles.change(session, article(office, number), {"hidden": hidden})


def test_a_correction_between_an_early_wave_and_home_is_told_once_to_all_who_had_the_article(
    offices: Offices, newsroom: Newsroom
) -> None:
    office = offices()
    join(office, HOME, TOKYO)
    newsroom.publish(3, morning(23, 20))
    office.run(morning(23, 22, 30))
    correct(office, 1, morning(24, 2))
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24))
    told: Counter[str] = Counter()
    for day in (24, 25, 26):
        newsroom.publish(3, morning(day, 20))
        for at in (morning(day, 22, 30), morning(day + 1)):
            for message in office.run(at):
                told[message.recipient.address] += "two lanes, not four" in "".join(message.text)
    assert told == {"home@example.org": 1, "tokyo@example.org": 1}


def test_a_correction_before_a_late_wave_is_not_told_to_those_who_read_it_corrected(
    offices: Offices, newsroom: Newsroom
) -> None:
    office = offices()
    join(office, HOME, NOON)
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24))
    newsroom.publish(1, morning(24, 8))  # the fourth, which only the noon wave prints
    office.run(morning(24, 8, 30))
    list(pipeline.collect_now(office.runtime))
    correct(office, 4, morning(24, 9))
    [noon] = office.run(morning(24, 11))
    assert 4 in stories(noon)
    newsroom.publish(3, morning(25, 5))
    office.run(morning(25))
    [message] = office.run(morning(25, 11))
    assert "two lanes, not four" not in "".join(message.text)


def test_an_article_that_is_shown_again_after_it_was_recalled_comes_with_the_next_edition(
    offices: Offices, newsroom: Newsroom
) -> None:
    """Whoever did not get it did not have it."""
    office = offices()
    join(office, HOME, {"email": "waits@example.org"})
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24, 6, 15))
    hide(office, 3, hidden=True)
    assert [stories(one) for one in office.run(morning(24))] == [{1, 2}] * 2
    hide(office, 3, hidden=False)
    newsroom.publish(1, morning(25, 5))
    assert [stories(one) for one in office.run(morning(25))] == [{3, 4}] * 2


def test_an_edition_whose_articles_were_all_withdrawn_shows_none_of_them_and_ends(
    offices: Offices, newsroom: Newsroom
) -> None:
    office = offices()
    join(office, HOME)
    newsroom.publish(2, morning(24, 5))
    office.run(morning(24, 6, 15))
    for number in (1, 2):
        hide(office, number, hidden=True)
    assert recalling.recall_withdrawn(office.runtime) > 0
    assert recalling.recall_withdrawn(office.runtime) == 0
    assert office.run(morning(24)) == []
    assert edition(office).state == EditionState.DONE
    with pytest.raises(EditionError):
        pipeline.preview(office.runtime, "daily", DAY)


def test_an_article_withdrawn_while_an_edition_is_held_is_gone_when_it_is_released(
    offices: Offices, newsroom: Newsroom
) -> None:
    """A worker may be quicker than the next tick."""
    office = offices()
    newsletter = office.settings.newsletters[0]
    join(office, HOME)
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24, 6, 15))
    pipeline.hold(office.runtime, newsletter, DAY)
    hide(office, 3, hidden=True)
    office.run(morning(24, 6, 20))
    assert recalling.recall_withdrawn(office.runtime) == 0
    pipeline.release(office.runtime, newsletter, DAY)
    [message] = office.run(morning(24))
    assert stories(message) == {1, 2}


@pytest.mark.parametrize("decision", ["hold", "cancel"])
def test_a_decision_in_the_middle_of_a_freeze_neither_waits_in_a_ring_nor_is_lost(
    offices: Offices, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch, decision: str
) -> None:
    """The freeze has its wave, the decision wants the edition: both take the edition first."""
    office = offices()
    newsletter = office.settings.newsletters[0]
    join(office, HOME)
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24, 6, 0))
    real_lock, real_move = waves.lock, editions.move
    has_edition, faults = threading.Event(), []

    def decide() -> None:
        def moving(*args: Any, **named: Any) -> bool:
            moved = real_move(*args, **named)
            has_edition.set()
            return moved

        try:
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr("digest.pipeline.deciding.editions.move", moving)
                getattr(pipeline, decision)(office.runtime, newsletter, DAY)
        except BaseException as error:  # noqa: BLE001 -- told below
            faults.append(error)

    threads: list[threading.Thread] = []

    def locking(*args: Any) -> Any:
        wave = real_lock(*args)
        if not threads:
            threads.append(threading.Thread(target=decide))
            threads[0].start()
            has_edition.wait(0.5)  # it cannot have it while the freeze does
        return wave

    monkeypatch.setattr(waves, "lock", locking)
    taken = office.run(morning(24))
    threads[0].join()
    decided = EditionState.HELD if decision == "hold" else EditionState.CANCELLED
    if faults:  # it came when all had left: it is refused, and that is said
        assert [type(one) for one in faults] == [EditionError]
        assert (len(taken), edition(office).state) == (1, EditionState.DONE)
    else:
        assert edition(office).state == decided or len(taken) == 1


def test_an_approved_draft_can_be_opened_again(offices: Offices, newsroom: Newsroom) -> None:
    office = offices(review="approve")
    newsletter = office.settings.newsletters[0]
    join(office, HOME)
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24, 6, 0))
    pipeline.approve(office.runtime, newsletter, DAY)
    pipeline.reopen(office.runtime, newsletter, DAY)
    newsroom.publish(1, morning(24, 6, 1))
    assert office.run(morning(24)) == [], "it waits for its approval again"
    pipeline.approve(office.runtime, newsletter, DAY)
    [message] = office.run(morning(24, 6, 31))
    assert stories(message) == {1, 2, 3, 4}


def test_a_draft_that_nobody_approved_needs_no_opening(offices: Offices, newsroom: Newsroom) -> None:
    office = offices(review="approve")
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24, 6, 0))
    with pytest.raises(EditionError, match="is draft"):
        pipeline.reopen(office.runtime, office.settings.newsletters[0], DAY)


def test_an_edition_with_several_waves_is_opened_again_until_one_of_them_went_out(
    offices: Offices, newsroom: Newsroom
) -> None:
    office = offices(freeze_minutes=60)
    newsletter = office.settings.newsletters[0]
    join(office, HOME, {"email": "soon@example.org", "hour": "07:45"})
    newsroom.publish(3, morning(24, 4))
    office.run(morning(24, 6, 0))
    assert [wave.state for wave in waves_of(office)] == [EditionState.FROZEN] * 2
    pipeline.reopen(office.runtime, newsletter, DAY)
    assert [wave.state for wave in waves_of(office)] == [EditionState.PLANNED] * 2
    assert to(office.run(morning(24))) == ["home"]
    with pytest.raises(EditionError, match="goes out already"):
        pipeline.reopen(office.runtime, newsletter, DAY)
    assert to(office.run(morning(24, 6, 45))) == ["soon"]


def test_a_worker_that_is_quicker_than_a_reopening_wins(
    offices: Offices, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was handed over in the meantime must not lose its row: its reader would get it twice."""
    office = offices()
    newsletter = office.settings.newsletters[0]
    join(office, HOME)
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24, 6, 15))
    real = editions.move

    def moving(session: Any, edition_id: int, **named: Any) -> bool:
        with monkeypatch.context() as patched:
            patched.setattr(editions, "move", real)
            if office.runtime.store.engine.dialect.name == "postgresql":
                assert to(office.run(morning(24))) == ["home"]
        return real(session, edition_id, **named)

    monkeypatch.setattr("digest.pipeline.deciding.editions.move", moving)
    if office.runtime.store.engine.dialect.name == "postgresql":
        with pytest.raises(EditionError, match="goes out already|is done"):
            pipeline.reopen(office.runtime, newsletter, DAY)
    else:  # one writer at a time
        pipeline.reopen(office.runtime, newsletter, DAY)
        assert to(office.run(morning(24))) == ["home"]
    monkeypatch.setattr(editions, "move", real)
    assert office.run(morning(24, 6, 31)) == []
    assert office.report().accepted == 1


def test_what_is_approved_is_what_was_shown(offices: Offices, newsroom: Newsroom) -> None:
    office = offices(review="approve")
    newsletter = office.settings.newsletters[0]
    join(office, HOME)
    newsroom.publish(3, morning(24, 5))
    office.run(morning(24, 6, 0))
    with office.runtime.store.reading() as session:
        shown = editions.revision(session, edition(office).id or 0)
    newsroom.publish(1, morning(24, 6, 5))
    list(pipeline.collect_now(office.runtime))
    office.now = morning(24, 6, 6)
    pipeline.advance_editions(office.runtime)
    with pytest.raises(EditionError, match="changed"):
        pipeline.approve(office.runtime, newsletter, DAY, shown=shown)
    with office.runtime.store.reading() as session:
        shown = editions.revision(session, edition(office).id or 0)
    pipeline.approve(office.runtime, newsletter, DAY, shown=shown)
    [message] = office.run(morning(24))
    assert stories(message) == {1, 2, 3, 4}


def test_the_send_time_is_changed_on_the_morning(offices: Offices, newsroom: Newsroom) -> None:
    before = offices()
    join(before, HOME)
    newsroom.publish(3, morning(24, 5))
    before.run(morning(24, 6, 0))
    office = offices(send_at="09:00")
    assert office.run(morning(24)) == []
    assert to(office.run(morning(24, 8))) == ["home"]
    office.run(morning(24, 8, 1))
    assert edition(office).state == EditionState.DONE
    assert edition(office).home_rendering_id is not None
    assert [wave.home for wave in waves_of(office) if wave.due_at == morning(24, 8, 0)] == [True]
