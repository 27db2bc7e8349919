"""The stages joined: real databases, a real newsroom on loopback, the memory provider, and faults injected at each promise."""

import re
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from digest import compose, config, pipeline, render, subscribe
from digest.config import Settings
from digest.errors import DiskFullError, ProviderError
from digest.mail import mime
from digest.models import Edition, Wave
from digest.pipeline import audience, planning
from digest.providers.memory import Memory
from digest.runtime import Runtime
from digest.store import allotment, deliveries, editions, subscribers, waves
from digest.subscribe import Row
from digest.values import (
    Deferred,
    DeliveryState,
    EditionState,
    Excluded,
    Message,
    NoticeKind,
    Report,
    SendResult,
    SubscriptionState,
    Uncertain,
)
from tests.acceptance.house import SECTIONS, Newsroom, morning

DAY = date(2026, 11, 24)


class Office:
    """An installation whose clock the test turns and whose mail stays in memory."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.now = morning(24)
        self.runtime = Runtime(settings, lambda: self.now)
        self.memory = Memory()
        self.runtime.provider = self.memory

    def join(self, readers: dict[str, str]) -> None:
        rows = (
            Row(number, {"email": email, "sections": sections})
            for number, (email, sections) in enumerate(readers.items())
        )
        for counts in audience.import_subscribers(
            self.runtime, rows, newsletter="daily", consent="a test", confirm=False
        ):
            assert not counts.refused

    def run(self, at: datetime | None = None) -> list[Message]:
        """Do what is due at an instant; return what was taken then."""
        self.now = at or self.now
        before = len(self.memory.taken)
        pipeline.run_due(self.runtime)
        return self.memory.taken[before:]

    def report(self, day: date = DAY) -> Report:
        with self.runtime.store.reading() as session:
            edition = editions.find(session, "daily", day)
            assert edition is not None
            return deliveries.report(session, edition)


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom() as running:
        yield running


@pytest.fixture
def office(newsroom: Newsroom, database_url: str, tmp_path: Path) -> Iterator[Office]:
    settings = config.parse(values(newsroom.url, database_url), tmp_path / "config.toml")
    built = Office(settings)
    yield built
    built.runtime.close()


def values(feed: str, database_url: str, **newsletter: Any) -> dict[str, Any]:
    return {
        "database": {"url": database_url},
        "secrets": {"root": "r" * 32, "pepper": "p" * 32},
        "sources": [{"id": "feed", "kind": "feed", "url": feed, "allow_private_addresses": True, "settle": "0s"}],
        "newsletters": [
            {
                "id": "daily",
                "name": "Daily",
                "from": "Daily <news@example.org>",
                "zone": "Europe/Madrid",
                "send_at": "07:30",
                "sections": [{"id": one, "name": one.title(), "categories": [one]} for one in SECTIONS],
                **newsletter,
            }
        ],
    }


def home_wave(office: Office, edition: Edition) -> Wave:
    with office.runtime.store.reading() as session:
        return next(wave for wave in waves.of(session, edition.id or 0) if wave.home)


def stories(message: Message) -> set[int]:
    return {
        int(number) for number in re.findall(r"/story/(\d+)/", mime.filled(message.html, message.tokens, escape=True))
    }


def test_each_of_many_section_sets_gets_exactly_its_articles(office: Office, newsroom: Newsroom) -> None:
    """Bug 40."""
    newsroom.publish(12, morning(24, 5))
    sets = ["", *SECTIONS, "news;economy", "news;culture", "economy;culture"]
    readers = {f"r{number}@example.org": sets[number % len(sets)] for number in range(70)}
    office.join(readers)
    taken = office.run()
    assert Counter(message.recipient.address for message in taken) == Counter(list(readers))
    newsletter = office.settings.newsletters[0]
    for message in taken:
        wanted = set(compose.wanted(newsletter, [one for one in readers[message.recipient.address].split(";") if one]))
        may = {story.number for story in newsroom.stories if wanted & set(story.categories)}
        got = stories(message)
        assert got <= may
        for section in wanted:
            assert got & {story.number for story in newsroom.stories if section in story.categories}
    assert office.report().balances


def test_premailer_runs_once_for_each_look_and_never_for_readers(
    office: Office, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[int] = []

    def counted(markup: str) -> str:
        runs.append(len(markup))
        return render.inline_css(markup)

    monkeypatch.setitem(office.runtime.__dict__, "renderer", render.Renderer(inline=counted))
    newsroom.publish(6, morning(24, 5))
    office.join({f"r{number}@example.org": SECTIONS[number % 3] for number in range(30)})
    german = [Row(number, {"email": f"de{number}@example.org", "language": "de-AT"}) for number in range(5)]
    list(audience.import_subscribers(office.runtime, german, newsletter="daily", consent="a test", confirm=False))
    assert len(office.run()) == 35
    assert len(runs) == 2


def test_a_reader_who_changes_sections_gets_no_story_twice(office: Office, newsroom: Newsroom) -> None:
    """T42."""
    newsroom.publish(9, morning(24, 5))
    office.join({"ana@example.org": "news"})
    [first] = office.run()
    with office.runtime.store.writing() as session:
        found = subscribers.subscription(session, "ana@example.org", "daily")
        assert found is not None
        subscribe.choose_sections(session, found.id or 0, office.settings.newsletters[0], ["news", "culture"])
    newsroom.publish(3, morning(25, 4))
    [second] = office.run(morning(25))
    assert stories(second) & stories(first) == set()
    assert {3, 9} <= stories(second), "what her new section had yesterday is still young enough"


def test_a_reader_with_nothing_new_gets_no_mail_and_the_books_say_why(office: Office, newsroom: Newsroom) -> None:
    newsroom.publish(1, morning(24, 5))
    office.join({"news@example.org": "news", "culture@example.org": "culture"})
    taken = office.run()
    assert [message.recipient.address for message in taken] == ["news@example.org"]
    books = office.report()
    assert (books.candidates, books.accepted, books.excluded[Excluded.NO_ARTICLE]) == (2, 1, 1)


def test_who_joins_between_freeze_and_slot_gets_the_edition_from_the_frozen_blocks(
    office: Office, newsroom: Newsroom
) -> None:
    newsroom.publish(6, morning(24, 5))
    office.join({"early@example.org": ""})
    office.run(morning(24, 6, 15))
    office.join({"late@example.org": "culture"})
    taken = office.run(morning(24, 6, 30))
    late = next(message for message in taken if message.recipient.address == "late@example.org")
    assert stories(late) == {3, 6}


def test_a_crash_between_planning_and_handing_over_is_taken_up_again(office: Office, newsroom: Newsroom) -> None:
    """Bug 9."""
    newsroom.publish(3, morning(24, 5))
    office.join({f"r{number}@example.org": "" for number in range(5)})
    newsletter = office.settings.newsletters[0]
    pipeline.collect_now(office.runtime)
    edition = pipeline.freeze_edition(office.runtime, newsletter, DAY)
    planning.plan_wave(office.runtime, newsletter, home_wave(office, edition))
    assert len(office.run()) == 5
    assert office.run() == []
    assert office.report().state == EditionState.DONE


def test_planning_resumes_after_the_last_whole_chunk(
    office: Office, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bug 9."""
    newsroom.publish(3, morning(24, 5))
    office.join({f"r{number}@example.org": "" for number in range(25)})
    edition = pipeline.freeze_edition(office.runtime, office.settings.newsletters[0], DAY)
    real, ranges = allotment.allot, iter(range(10))

    def dying(*args: Any, **named: Any) -> list[int]:
        if next(ranges) == 1:
            raise RuntimeError("the process dies here")
        return real(*args, **named)

    monkeypatch.setattr(allotment, "allot", dying)
    monkeypatch.setattr(planning, "CHUNK", 10)
    with pytest.raises(RuntimeError):
        planning.plan_wave(office.runtime, office.settings.newsletters[0], home_wave(office, edition))
    taken = office.run()
    assert Counter(message.recipient.address for message in taken) == Counter(
        {f"r{n}@example.org": 1 for n in range(25)}
    )


def test_a_deferral_comes_again_later_and_is_accepted_once(office: Office, newsroom: Newsroom) -> None:
    newsroom.publish(3, morning(24, 5))
    office.join({"slow@example.org": "", "quick@example.org": ""})
    answers: Iterator[SendResult] = iter([Deferred("451 4.7.1 greylisted")])

    def deferred_once() -> SendResult:
        from digest.values import Accepted

        return next(answers, Accepted())

    office.memory.outcomes["slow@example.org"] = deferred_once
    assert len(office.run()) == 1
    assert office.report().owed == 1
    [second] = office.run(morning(24, 6, 50))
    assert second.recipient.address == "slow@example.org"
    assert office.report().state == EditionState.DONE


def test_an_uncertain_delivery_is_shown_and_never_repeated(office: Office, newsroom: Newsroom) -> None:
    """T02."""
    newsroom.publish(3, morning(24, 5))
    office.join({"lost@example.org": ""})
    office.memory.outcomes["lost@example.org"] = Uncertain("no answer after the dot")
    office.run()
    assert office.report().uncertain == 1
    assert office.run(morning(24, 8)) == []


def test_a_provider_that_is_down_loses_nobody(office: Office, newsroom: Newsroom) -> None:
    newsroom.publish(3, morning(24, 5))
    office.join({f"r{number}@example.org": "" for number in range(4)})

    def down() -> SendResult:
        raise ProviderError("It is down.")

    office.memory.outcomes["r2@example.org"] = down
    first = office.run()
    office.memory.outcomes.clear()
    second = office.run(morning(24, 6, 40))
    books = office.report()
    assert books.balances
    assert books.accepted == len(first) + len(second) == 3, "the one in flight when it broke may have gone"
    assert books.owed + books.uncertain == 1


def test_a_full_disk_stops_handing_over_and_nothing_is_mailed_twice(
    office: Office, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsroom.publish(3, morning(24, 5))
    office.join({f"r{number}@example.org": "" for number in range(3)})

    def full(*args: Any, **named: Any) -> None:
        raise OperationalError("UPDATE", {}, Exception("database or disk is full"))

    with monkeypatch.context() as patched:
        patched.setattr("digest.store.handover.record", full)
        with pytest.raises(DiskFullError, match="Free some space"):
            office.run()
    taken = len(office.memory.taken)
    office.run(morning(24, 6, 40))
    assert len(office.memory.taken) == taken
    assert office.report().balances


def test_an_unsubscription_counts_up_to_the_last_look(office: Office, newsroom: Newsroom) -> None:
    """T46, bug 23."""
    newsroom.publish(3, morning(24, 5))
    office.join({"a@example.org": "", "b@example.org": ""})

    def leave() -> SendResult:
        from digest.values import Accepted

        with office.runtime.store.writing() as session:
            found = subscribers.subscription(session, "b@example.org", "daily")
            assert found is not None
            subscribe.unsubscribe(session, found.id or 0, how="one_click", now=office.now)
        return Accepted()

    office.memory.outcomes["a@example.org"] = leave
    assert [message.recipient.address for message in office.run()] == ["a@example.org"]
    assert office.report().excluded[Excluded.UNSUBSCRIBED] == 1


def test_two_processes_at_once_make_one_edition_and_one_mail_each(office: Office, newsroom: Newsroom) -> None:
    newsroom.publish(3, morning(24, 5))
    office.join({f"r{number}@example.org": "" for number in range(6)})
    other = Office(office.settings)
    try:
        pipeline.collect_now(office.runtime)
        office.run()
        other.run()
        both = office.memory.taken + other.memory.taken
        assert Counter(message.recipient.address for message in both) == Counter(
            {f"r{n}@example.org": 1 for n in range(6)}
        )
    finally:
        other.runtime.close()


def test_the_preview_of_a_frozen_edition_is_what_left(office: Office, newsroom: Newsroom) -> None:
    newsroom.publish(6, morning(24, 5))
    office.join({"ana@example.org": ""})
    [message] = office.run()
    shown = pipeline.preview(office.runtime, "daily", DAY)
    inert = {**message.tokens, **render.INERT_TOKENS}
    assert shown.html == mime.filled(message.html, inert, escape=True)
    assert shown.text == mime.filled(message.text, inert, escape=False)
    assert message.tokens["unsubscribe_url"] not in shown.html


def test_an_edition_that_could_not_leave_for_hours_is_missed_and_its_articles_carry_over(
    office: Office, newsroom: Newsroom
) -> None:
    newsroom.publish(3, morning(24, 5))
    office.join({"ana@example.org": ""})
    office.run(morning(24, 5, 10))
    assert office.run(morning(24, 14)) == []
    assert office.report().state == EditionState.MISSED
    [message] = office.run(morning(25))
    assert stories(message) == {1, 2, 3}


def test_a_confirmation_goes_out_and_joins_the_reader_when_confirmed(office: Office, newsroom: Newsroom) -> None:
    newsletter = office.settings.newsletters[0]
    with office.runtime.store.writing() as session:
        outcome = subscribe.request(session, office.settings, newsletter, "New@Example.org", now=office.now)
        again = subscribe.request(session, office.settings, newsletter, "new@example.org", now=office.now)
    assert (outcome.confirmation, again.confirmation) == (True, False)
    assert pipeline.deliver_notices(office.runtime) == 1
    [notice] = office.memory.taken
    link = re.search(r"/confirm/([\w-]{35})", mime.filled(notice.text, notice.tokens, escape=False))
    assert link is not None
    with office.runtime.store.writing() as session:
        found = subscribers.subscription(session, "new@example.org", "daily")
        assert found is not None
        assert found.state == SubscriptionState.PENDING
        subscribe.confirm(session, found.id or 0, now=office.now)
    newsroom.publish(3, morning(24, 5))
    assert [message.recipient.address for message in office.run()] == ["New@example.org"]


def test_a_sign_in_link_and_a_test_mail_go_by_the_same_road(office: Office, newsroom: Newsroom) -> None:
    newsroom.publish(3, morning(24, 5))
    pipeline.collect_now(office.runtime)
    audience.add_user(office.runtime, "ed@example.org", "Ed", "editor")
    link = audience.mail_sign_in_link(office.runtime, "ed@example.org")
    tests = audience.queue_tests(office.runtime, "daily", DAY, ["ed@example.org"])
    [signed] = audience.hand_over(office.runtime, NoticeKind.SIGN_IN, [link])
    [tested] = audience.hand_over(office.runtime, NoticeKind.TEST, tests)
    assert (signed.state, tested.state) == (DeliveryState.ACCEPTED, DeliveryState.ACCEPTED)
    by_subject = {message.subject.partition(" ")[0]: message for message in office.memory.taken}
    assert "/desk/sign-in/" in mime.filled(by_subject["Sign"].text, by_subject["Sign"].tokens, escape=False)
    assert stories(by_subject["[Test]"]) == {1, 2, 3}
    assert "/u/" not in mime.filled(by_subject["[Test]"].text, by_subject["[Test]"].tokens, escape=False)


def test_planning_needs_no_more_memory_for_ten_times_the_readers(
    sqlite_url: str, newsroom: Newsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "CHUNK", 500)
    newsroom.publish(6, morning(24, 5))
    office = Office(config.parse(values(newsroom.url, sqlite_url), tmp_path / "config.toml"))
    peaks = []
    try:
        for day, (first, count) in enumerate(((0, 2_000), (2_000, 8_000), (10_000, 30_000))):
            numbers = iter(range(first, first + count))
            while some := list(islice(numbers, 1000)):
                office.join({f"r{number}@example.org": SECTIONS[number % 3] for number in some})
            newsroom.publish(6, morning(24 + day, 5))
            office.now = morning(24 + day)
            edition = pipeline.freeze_edition(office.runtime, office.settings.newsletters[0], DAY + timedelta(days=day))
            tracemalloc.start()
            planning.plan_wave(office.runtime, office.settings.newsletters[0], home_wave(office, edition))
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    finally:
        office.runtime.close()
    assert peaks[2] - peaks[1] < 30_000 * 64, (
        "some bytes a reader are garbage of the statements; a row of theirs would be a thousand"
    )
