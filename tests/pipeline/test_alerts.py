"""Breaking alerts beside the digest, and editions that reach back as far as an editor says; numbers are the specification's cases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from digest import config, pipeline, subscribe
from digest.errors import EditionError, UsageError
from digest.models import Edition
from digest.pipeline import audience, previewing, pushing
from digest.store import alarms, deliveries, editions, subscribers
from digest.subscribe import Row
from digest.values import EditionState, Excluded, Permanence, Rejected, Report
from tests.acceptance.house import morning
from tests.pipeline.test_mornings import DAY, Office, stories, values
from tests.pipeline.test_pushing import article
from tests.pipeline.test_waves import to

LATER = morning(24, 15)  # no digest of the day comes so late
NEXT = DAY + timedelta(days=1)


class Paper(Office):
    """An installation that is pushed its articles, with what a test wants of the newsletter."""

    def __init__(self, database_url: str, folder: Path, **newsletter: Any) -> None:
        raw = values("https://news.example.org/", database_url, **newsletter)
        raw["sources"] = [{"id": "own", "kind": "push", "secret": "k" * 32, "settle": "0s"}]
        super().__init__(config.parse(raw, folder / "config.toml"))
        self.daily = self.settings.newsletters[0]
        self._signatures = count()

    def push(self, *numbers: int, at: datetime, **fields: Any) -> None:
        """Push articles that were published at an instant, which is now."""
        self.now = at
        dated = {"published": at.isoformat(), **fields}
        [table] = self.settings.sources
        pushing.store(self.runtime, table, str(next(self._signatures)), [article(one, **dated) for one in numbers])

    def withdraw(self, number: int) -> None:
        [table] = self.settings.sources
        assert pushing.withdraw(self.runtime, table, str(next(self._signatures)), str(number))

    def add(self, *people: dict[str, str]) -> None:
        rows = [Row(number, person) for number, person in enumerate(people)]
        for counts in audience.import_subscribers(
            self.runtime, rows, newsletter="daily", consent="a test", confirm=False
        ):
            assert not counts.refused

    def edition(self, day: date = DAY, alert: int = 0) -> Edition | None:
        with self.runtime.store.reading() as session:
            return editions.find(session, "daily", day, alert)

    def books(self, alert: int, day: date = DAY) -> Report:
        found = self.edition(day, alert)
        assert found is not None
        with self.runtime.store.reading() as session:
            return deliveries.report(session, found)


@pytest.fixture
def papers(database_url: str, tmp_path: Path) -> Iterator[Any]:
    opened: list[Paper] = []

    def open_(**newsletter: Any) -> Paper:
        opened.append(Paper(database_url, tmp_path, **{"alerts_a_day": 2, **newsletter}))
        return opened[-1]

    yield open_
    for one in opened:
        one.runtime.close()


def test_a_breaking_article_leaves_at_once_and_the_next_digest_lacks_it(papers: Any) -> None:
    """T43, bug 15."""
    paper = papers()
    paper.add({"email": "ana@example.org"})
    paper.push(1, at=morning(24, 5))
    [digest] = paper.run(morning(24))
    paper.push(2, at=LATER, breaking=True, title="The bridge over the harbour is closed")
    paper.push(3, at=LATER)
    [alert] = paper.run(LATER)
    assert (stories(digest), stories(alert)) == ({1}, {2})
    assert alert.subject == "The bridge over the harbour is closed"
    assert paper.run(LATER + timedelta(minutes=1)) == []
    [following] = paper.run(morning(25))
    assert stories(following) == {3}
    made = [paper.edition(), paper.edition(alert=1), paper.edition(NEXT)]
    assert [one and one.number for one in made] == [1, 2, 3]
    assert [one and one.state for one in made] == [EditionState.DONE] * 3
    assert alert.tokens["online_url"].endswith("/archive/daily/2026-11-24/1")


def test_an_alert_reaches_everybody_whatever_their_hour_and_days_but_those_who_paused(papers: Any) -> None:
    paper = papers()
    paper.add(
        {"email": "home@example.org"},
        {"email": "late@example.org", "hour": "21:00"},
        {"email": "tokyo@example.org", "zone": "Asia/Tokyo"},
        {"email": "weekly@example.org", "frequency": "weekly"},
        {"email": "culture@example.org", "sections": "culture"},
        {"email": "paused@example.org"},
    )
    with paper.runtime.store.writing() as session:
        paused = subscribers.subscription(session, "paused@example.org", "daily")
        assert paused is not None
        paused.paused_at = morning(23)
        session.add(paused)
    paper.push(1, at=LATER, breaking=True)
    assert to(paper.run(LATER)) == ["home", "late", "tokyo", "weekly"]
    books = paper.books(alert=1)
    assert (books.candidates, books.accepted) == (6, 4)
    assert books.excluded[Excluded.NO_ARTICLE] == books.excluded[Excluded.PAUSED] == 1
    assert books.balances


def become(paper: Paper, name: str, frequency: str, **of_sections: str) -> None:
    with paper.runtime.store.writing() as session:
        found = subscribers.subscription(session, f"{name}@example.org", "daily")
        assert found is not None
        subscribe.choose_frequency(session, found.id or 0, paper.daily, frequency, of_sections)


def test_who_wants_alerts_alone_gets_no_digest_and_loses_nothing_by_changing(papers: Any) -> None:
    """T43: what was had at the instant is not in the digest."""
    paper = papers()
    paper.add({"email": "ana@example.org", "frequency": "instant"}, {"email": "bea@example.org"})
    paper.push(1, at=morning(24, 5))
    assert to(paper.run(morning(24))) == ["bea"]
    paper.push(2, at=LATER, breaking=True)
    paper.push(3, at=LATER)
    assert to(paper.run(LATER)) == ["ana", "bea"]
    assert paper.books(alert=1).candidates == 2
    become(paper, "ana", "daily")
    got = {message.recipient.address.partition("@")[0]: stories(message) for message in paper.run(morning(25))}
    assert got == {"ana": {1, 3}, "bea": {3}}
    become(paper, "ana", "instant")
    paper.push(4, at=morning(26, 5))
    assert to(paper.run(morning(26))) == ["bea"]


def test_a_section_wanted_at_the_instant_comes_by_alerts_and_not_in_the_digest(papers: Any) -> None:
    paper = papers()
    paper.add({"email": "ana@example.org"})
    become(paper, "ana", "daily", culture="instant")
    paper.push(1, at=morning(24, 5), categories=["culture"])
    paper.push(2, at=morning(24, 5))
    [digest] = paper.run(morning(24))
    paper.push(3, at=LATER, breaking=True, categories=["culture"])
    [alert] = paper.run(LATER)
    assert (stories(digest), stories(alert)) == ({2}, {3})


def test_where_there_are_no_alerts_nobody_waits_for_them(papers: Any) -> None:
    paper = papers(alerts_a_day=0)
    paper.add({"email": "ana@example.org"})
    with pytest.raises(UsageError, match="is no frequency of Daily") as refused:
        become(paper, "ana", "instant")
    assert refused.value.hint == "There are: daily, weekdays, weekly."
    rows = [Row(2, {"email": "bea@example.org", "frequency": "instant"})]
    [counts] = audience.import_subscribers(paper.runtime, rows, newsletter="daily", consent="a test", confirm=False)
    assert [one.reason for one in counts.refused] == ["has the frequency “instant”: it may be daily, weekdays, weekly"]


def test_several_breaking_articles_make_one_alert_and_each_reader_gets_their_own(papers: Any) -> None:
    paper = papers()
    paper.add({"email": "all@example.org"}, {"email": "culture@example.org", "sections": "culture"})
    paper.push(1, at=LATER, breaking=True)
    paper.push(2, at=LATER, breaking=True, categories=["culture"])
    got = {message.recipient.address.partition("@")[0]: stories(message) for message in paper.run(LATER)}
    assert got == {"all": {1, 2}, "culture": {2}}


@pytest.mark.parametrize("newsletter", [{"alerts_a_day": 0}, {"days": ["mon"], "alerts_a_day": 0}])
def test_a_newsletter_sends_no_alert_unless_it_wants_to(papers: Any, newsletter: dict[str, Any]) -> None:
    paper = papers(**newsletter)
    paper.add({"email": "ana@example.org"})
    paper.push(1, at=LATER, breaking=True)
    assert paper.run(LATER) == []
    assert paper.edition(alert=1) is None


def test_a_day_has_no_more_alerts_than_the_newsletter_wants_and_the_rest_waits_for_the_digest(papers: Any) -> None:
    paper = papers(min_stories=2)
    paper.add({"email": "ana@example.org"})
    taken = []
    for number in range(1, 5):
        paper.push(number, at=LATER + timedelta(minutes=number), breaking=True)
        taken += paper.run()
    assert [stories(one) for one in taken] == [{1}, {2}]
    [digest] = paper.run(morning(25))
    assert stories(digest) == {3, 4}


def test_what_is_old_or_in_no_section_or_printed_already_is_no_alert(papers: Any) -> None:
    paper = papers()
    paper.add({"email": "ana@example.org"})
    paper.push(1, at=morning(24, 5), breaking=True)
    assert len(paper.run(morning(24))) == 1  # the digest froze in the same tick
    assert paper.edition(alert=1) is None
    paper.push(2, at=LATER, breaking=True, published=(LATER - timedelta(hours=6, minutes=1)).isoformat())
    paper.push(3, at=LATER, breaking=True, categories=["weather"])
    assert paper.run(LATER) == []
    assert paper.edition(alert=1) is None


def test_an_alert_that_a_reader_did_not_get_is_not_had(papers: Any) -> None:
    paper = papers()
    paper.add({"email": "ana@example.org"}, {"email": "full@example.org"})
    paper.memory.outcomes["full@example.org"] = Rejected("mailbox_full", Permanence.SOFT, "552 5.2.2 full")
    paper.push(1, at=LATER, breaking=True)
    assert to(paper.run(LATER)) == ["ana"]
    paper.memory.outcomes.clear()
    got = {message.recipient.address.partition("@")[0]: stories(message) for message in paper.run(morning(25))}
    assert got == {"full": {1}}


def test_an_alert_waits_for_its_approval_where_the_newsletter_wants_one(papers: Any) -> None:
    paper = papers(review="approve")
    paper.add({"email": "ana@example.org"})
    paper.push(1, at=LATER, breaking=True)
    assert paper.run(LATER) == []
    with paper.runtime.store.reading() as session:
        alarm = alarms.find(session, "approval_owed", "daily/2026-11-24/1")
    assert alarm is not None
    assert "digest approve daily --date 2026-11-24 --alert 1" in alarm.text
    paper.now = LATER + timedelta(hours=5)
    pipeline.approve(paper.runtime, paper.daily, DAY, alert=1, by="Ana")
    [alert] = paper.run()
    assert stories(alert) == {1}
    with paper.runtime.store.reading() as session:
        assert alarms.find(session, "approval_owed", "daily/2026-11-24/1") is None


def test_an_alert_that_nobody_approves_is_old_news_after_six_hours(papers: Any) -> None:
    paper = papers(review="approve")
    paper.push(1, at=LATER, breaking=True)
    paper.run(LATER)
    paper.run(LATER + timedelta(hours=6, minutes=1))
    found = paper.edition(alert=1)
    assert found is not None
    assert found.state == EditionState.MISSED
    assert paper.edition(alert=2) is None
    with paper.runtime.store.reading() as session:
        assert alarms.find(session, "approval_owed", "daily/2026-11-24/1") is None


def test_an_alert_is_held_released_and_cancelled_like_an_edition(papers: Any) -> None:
    paper = papers(review="approve")
    paper.add({"email": "ana@example.org"})
    paper.push(1, at=LATER, breaking=True)
    paper.run(LATER)
    pipeline.hold(paper.runtime, paper.daily, DAY, alert=1)
    assert paper.run(LATER + timedelta(minutes=1)) == []
    pipeline.release(paper.runtime, paper.daily, DAY, alert=1)
    pipeline.cancel(paper.runtime, paper.daily, DAY, alert=1)
    assert paper.run(LATER + timedelta(minutes=2)) == []
    assert paper.edition(alert=2) is None, "what editors cancelled does not come again as another alert"
    paper.run(morning(25))
    pipeline.approve(paper.runtime, paper.daily, NEXT)
    [digest] = paper.run(morning(25, 6, 31))
    assert stories(digest) == {1}


def test_an_alert_whose_article_is_withdrawn_meanwhile_mails_nobody(papers: Any) -> None:
    paper = papers(review="approve")
    paper.add({"email": "ana@example.org"})
    paper.push(1, at=LATER, breaking=True)
    paper.run(LATER)
    paper.withdraw(1)
    pipeline.approve(paper.runtime, paper.daily, DAY, alert=1)
    assert paper.run(LATER + timedelta(minutes=1)) == []
    found = paper.edition(alert=1)
    assert found is not None
    assert found.state == EditionState.SKIPPED


def test_two_schedulers_make_one_alert_of_an_article(papers: Any) -> None:
    first, second = papers(), papers()
    first.add({"email": "ana@example.org"})
    first.push(1, at=LATER, breaking=True)
    second.now = LATER
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: pipeline.advance_editions(one.runtime), (first, second)))
    assert first.edition(alert=1) is not None
    assert first.edition(alert=2) is None
    assert len(first.run()) == 1


def test_the_desks_edition_is_the_digest_whatever_breaks(papers: Any) -> None:
    paper = papers()
    paper.add({"email": "ana@example.org"})
    paper.push(1, at=morning(24, 5))
    paper.run(morning(24))
    paper.push(2, at=LATER, breaking=True)
    paper.run(LATER)
    with paper.runtime.store.reading() as session:
        latest = editions.latest(session, "daily")
        assert latest is not None
        assert latest.alert == 0


def test_an_alert_is_previewed_as_it_left(papers: Any) -> None:
    paper = papers()
    paper.add({"email": "ana@example.org"})
    paper.push(1, at=LATER, breaking=True)
    [alert] = paper.run(LATER)
    assert pipeline.preview(paper.runtime, "daily", DAY, alert=1).subject == alert.subject
    with pytest.raises(EditionError, match="no alert 2"):
        pipeline.preview(paper.runtime, "daily", DAY, alert=2)


def test_an_edition_reaches_back_just_as_far_as_an_editor_says(papers: Any) -> None:
    """T49, bug 11."""
    paper = papers()
    paper.add({"email": "ana@example.org"})
    since = LATER - timedelta(days=40)
    for number, at in enumerate(
        (since - timedelta(seconds=1), since, LATER - timedelta(days=20), morning(24, 5)), start=1
    ):
        paper.push(number, at=at)
    paper.now = morning(24, 5, 30)
    drafted = pipeline.draft_edition(paper.runtime, paper.daily, DAY, since=since)
    assert drafted.since == since
    [digest] = paper.run(morning(24))  # drafted and frozen anew meanwhile
    assert stories(digest) == {2, 3, 4}
    assert "covers" in "".join(digest.text) + str(digest.tokens)
    assert paper.run(morning(25)) == []


def test_what_a_range_brings_back_is_never_what_an_edition_printed(papers: Any) -> None:
    paper = papers()
    paper.add({"email": "ana@example.org"})
    start = morning(24) - timedelta(days=40)
    paper.push(1, at=start - timedelta(hours=2))
    assert len(paper.run(start)) == 1
    paper.push(2, at=morning(23) - timedelta(days=10))
    paper.now = morning(24, 5, 30)
    pipeline.draft_edition(paper.runtime, paper.daily, DAY, since=start - timedelta(days=1))
    [digest] = paper.run(morning(24))
    assert stories(digest) == {2}


@pytest.mark.parametrize(
    ("since", "word"), [(morning(24, 12), "not in the past"), (morning(24) - timedelta(days=401), "kept for 400 days")]
)
def test_a_range_that_cannot_be_is_refused_and_never_cut(papers: Any, since: datetime, word: str) -> None:
    """T49, bug 11."""
    paper = papers()
    paper.now = morning(24, 5)
    with pytest.raises(EditionError, match=word):
        pipeline.draft_edition(paper.runtime, paper.daily, DAY, since=since)
    with pytest.raises(EditionError, match=word):
        previewing.edition_page(paper.runtime, paper.daily, DAY, since=since)


def test_an_edition_that_is_frozen_takes_no_range(papers: Any) -> None:
    paper = papers()
    paper.push(1, at=morning(24, 5))
    paper.run(morning(24))
    with pytest.raises(EditionError, match="is .*settled"):
        pipeline.draft_edition(paper.runtime, paper.daily, DAY, since=morning(1))


def test_a_range_is_previewed_without_being_kept(papers: Any) -> None:
    paper = papers()
    paper.push(1, at=morning(14, 5))
    paper.now = morning(24, 5)
    page = previewing.edition_page(paper.runtime, paper.daily, DAY, since=morning(10))
    assert "Story 1 of the lighthouse" in page.subject
    assert paper.edition() is None


def test_each_of_two_missed_dates_is_made_the_older_first_and_no_story_twice(papers: Any) -> None:
    """The choice is made when the outage is over: the older takes what it may, the newer the rest."""
    paper = papers(catch_up="each", max_stories=2, alerts_a_day=0)
    paper.add({"email": "ana@example.org"}, {"email": "culture@example.org", "sections": "culture"})
    paper.push(1, at=morning(22, 5))
    paper.run(morning(22))
    paper.push(2, 3, at=morning(23, 4))
    paper.push(4, at=morning(24, 3), categories=["culture"])
    paper.push(5, at=morning(24, 4))
    taken = paper.run(morning(24, 8))
    got = [(to([one])[0], stories(one)) for one in taken]
    # Batches of both dates are in hand at once: in which order their mails leave is nobody's promise.
    assert sorted(map(sorted, (one for name, one in got if name == "ana"))) == [[2, 3], [4, 5]]
    assert [one for name, one in got if name == "culture"] == [{4}]
    yesterday, today = paper.edition(DAY - timedelta(days=1)), paper.edition()
    assert yesterday is not None
    assert today is not None
    assert (yesterday.number, today.number) == (2, 3)
    assert yesterday.catches_up
    assert paper.run(morning(24, 8, 1)) == []
