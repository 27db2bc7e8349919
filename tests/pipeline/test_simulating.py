"""The archive replayed: what the simulation tells is what mornings do, and what was owed is given once or a rule is named."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from digest import compose, config, recurrence
from digest.cli import app
from digest.config import Newsletter
from digest.pipeline import audience, simulation
from digest.pipeline.simulation import Archive, Outage, Readers, Simulated
from digest.pipeline.simulation.ledger import Ledger
from digest.pipeline.simulation.readers import choices
from digest.subscribe import Row
from digest.values import Candidate, LeftOutReason
from tests.acceptance.house import Newsroom, morning
from tests.pipeline.test_mornings import Office, stories, values

FIRST = date(2026, 3, 2)  # a Monday; the clocks of Europe and America change within the next four weeks
START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SECTIONS = ("news", "economy", "energy", "culture")
RULES = {"section_full", "edition_full", "author_full", "below_minimum", "same_story", "quiet_day", "already_had"}


def newsletter(**changes: Any) -> Newsletter:
    tables = [{"id": id_, "name": id_.title(), "parent": "economy" if id_ == "energy" else None} for id_ in SECTIONS]
    base = {"id": "daily", "name": "Daily", "from": "a@example.org", "zone": "Europe/Madrid", "sections": tables}
    return Newsletter.model_validate({**base, **changes})


def article(number: int, at: datetime, *sections: str, seen: float = 0, **changes: Any) -> Candidate:
    """Return an article of an instant, seen so many hours later."""
    first_seen = at + seen * HOUR
    made = Candidate(
        number,
        "site",
        f"https://news.example.org/{number}",
        f"Article {number}",
        at,
        first_seen,
        at,
        sections or ("news",),
    )
    return replace(made, **changes)


def run(
    found: Sequence[Candidate],
    readers: Sequence[Readers],
    days: int = 7,
    paper: Newsletter | None = None,
    outages: Sequence[Outage] = (),
) -> Simulated:
    last = FIRST + timedelta(days=days - 1)
    return simulation.simulate(paper or newsletter(), found, readers, FIRST, last, outages=outages)


def ends(result: Simulated, reader: int = 0) -> dict[int, str]:
    """Return what became of each article for one of the readers."""
    return {result.archive.articles[place].article_id: end for place, end in result.ledgers[reader].ends()}


def at(day: float, hour: float) -> datetime:
    """Return an hour (UTC) of a day of the simulation; 0 is the day before the first edition."""
    return START + timedelta(days=day, hours=hour)


def test_an_article_is_given_by_the_first_edition_that_knew_it() -> None:
    """Bugs 6, 29: no window of the calendar decides it."""
    result = run([article(1, at(1, 4)), article(2, at(1, 9)), article(3, at(2, 4), seen=4)], [Readers(choices())], 3)
    assert [(one.day.day, one.articles) for one in result.editions] == [(2, 1), (3, 1), (4, 1)]
    assert set(ends(result).values()) == {"given"}
    assert result.account.is_clean


def test_what_finds_no_place_today_is_carried_over_or_kept_out_by_a_rule_that_is_named() -> None:
    found = [article(number, at(1, 0) + number * HOUR / 10, "news") for number in range(1, 13)]
    result = run(found, [Readers(choices(), count=10)], 3)
    assert Counter(ends(result).values()) == {"given": 10, "section_full": 2}
    assert result.account.later == 50
    assert result.account.kept_out == {"section_full": 20}
    [first, second] = result.stayed()
    assert {first.article_id, second.article_id} == {1, 2}
    assert first.kept_out == {"section_full": 10}


def test_two_of_three_needed_wait_for_the_next_edition() -> None:
    """T37."""
    found = [article(1, at(1, 3)), article(2, at(1, 4)), article(3, at(1, 20)), article(4, at(2, 3))]
    result = run(found, [Readers(choices())], 3, newsletter(min_stories=3))
    assert [(one.day.day, one.state, one.articles) for one in result.editions] == [
        (2, "skipped", 0),
        (3, "done", 4),
        (4, "skipped", 0),
    ]
    assert result.account.is_clean


def test_what_comes_too_late_for_every_edition_says_so() -> None:
    """T15: dated three days ago, seen today."""
    result = run([article(1, at(1, 4), seen=72), article(2, at(5, 22))], [Readers(choices())], 5)
    assert ends(result) == {1: "too_old"}, "the second is known after the last edition's freeze only"
    late = run([article(1, at(4, 23), seen=3), article(2, at(5, 3), seen=2)], [Readers(choices())], 5)
    assert ends(late) == {1: "given", 2: "given"}


def test_what_nobody_may_get_is_not_owed() -> None:
    found = [
        article(1, at(1, 4), hidden=True),
        article(2, at(1, 4), baseline=True),
        article(3, at(1, 4), withdrawn=True),
    ]
    result = run([*found, article(4, at(1, 4), "news")], [Readers(choices(["culture"]))], 2)
    assert result.account.closed == {"hidden": 1, "baseline": 1, "withdrawn": 1}
    assert (result.account.articles, result.account.owed) == (1, 0)


def test_readers_at_other_hours_get_the_newest_at_theirs() -> None:
    readers = [Readers(choices(), clock) for clock in ("", "12:00|", "|Asia/Tokyo")]
    result = run([article(1, at(0, 20)), article(2, at(1, 8))], readers, 1)
    assert [ends(result, reader).get(2) for reader in range(3)] == ["not_yet", "given", "not_yet"]
    assert all(ends(result, reader)[1] == "given" for reader in range(3))
    assert result.editions[0].readers == 3


def test_a_reader_who_joined_yesterday_is_not_sent_older_news() -> None:
    """T41."""
    joined = Readers(choices(), joined=at(2, 3))
    result = run([article(1, at(1, 2)), article(2, at(1, 9)), article(3, at(3, 3))], [joined], 3)
    assert ends(result) == {1: "first_edition", 2: "given", 3: "given"}
    assert result.account.is_clean


def test_a_section_read_weekly_comes_on_its_day_only() -> None:
    readers = Readers(choices(["news", "culture"], own={"culture": "weekly"}))
    result = run([article(1, at(1, 3), "culture"), article(2, at(1, 3), "news")], [readers], 7)
    assert ends(result) == {1: "given", 2: "given"}
    assert [one.articles for one in result.editions] == [1, 0, 0, 0, 0, 0, 1]


def test_who_reads_at_the_instant_is_owed_no_digest() -> None:
    result = run([article(1, at(1, 3))], [Readers(choices(frequency="instant")), Readers(choices())], 2)
    assert [ends(result, reader) for reader in range(2)] == [{}, {1: "given"}]
    assert (result.account.owed, result.account.is_clean) == (1, True)


def test_what_waits_for_a_weekly_section_is_not_yet_due_rather_than_too_old() -> None:
    readers = Readers(choices(["news", "culture"], own={"culture": "weekly"}))
    result = run([article(1, at(1, 3), "culture"), article(2, at(1, 3), "news")], [readers], 5)
    assert ends(result) == {1: "not_yet", 2: "given"}


def test_copies_that_surely_tell_the_same_reach_a_reader_once_across_editions() -> None:
    copies = [article(1, at(1, 3), story="s", certain=True), article(2, at(2, 3), story="s", certain=True)]
    result = run(copies, [Readers(choices())], 3)
    assert ends(result) == {1: "given", 2: "already_had"}
    assert result.account.is_clean


def test_after_an_outage_of_days_one_edition_goes_out_and_what_grew_too_old_is_counted_as_missed() -> None:
    """T39, bug 10."""
    found = [article(number, at(number, 3)) for number in range(1, 7)]
    result = run(found, [Readers(choices())], 6, outages=[Outage(at(2, 0), at(5, 0))])
    assert [(one.day.day, one.state) for one in result.editions] == [
        (2, "done"),
        (3, "missed"),
        (4, "missed"),
        (5, "missed"),
        (6, "done"),
        (7, "done"),
    ]
    assert ends(result) == {1: "given", 2: "missed", 3: "missed", 4: "given", 5: "given", 6: "given"}
    assert result.account.is_clean


@pytest.mark.parametrize(("policy", "sent"), [("latest_only", True), ("none", False), ("each", True)])
def test_an_edition_that_is_some_hours_late_goes_by_the_policy(policy: str, sent: bool) -> None:
    outage = Outage(at(1, 5), at(1, 9))
    found = [article(1, at(1, 3)), article(2, at(1, 8))]
    result = run(found, [Readers(choices())], 1, newsletter(catch_up=policy), [outage])
    assert [one.state for one in result.editions] == ["done" if sent else "missed"]
    assert ends(result) == ({1: "given", 2: "given"} if sent else {1: "missed"})


def test_what_was_frozen_and_could_not_be_handed_over_for_a_day_is_carried_over() -> None:
    outage = Outage(at(1, 6) + timedelta(minutes=20), at(2, 5))
    result = run([article(1, at(1, 3))], [Readers(choices())], 2, outages=[outage])
    assert [(one.state, one.articles) for one in result.editions] == [("missed", 0), ("done", 1)]
    assert ends(result) == {1: "given"}


@pytest.mark.parametrize("catch_up", ["latest_only", "each"])
def test_nothing_of_the_archive_is_forgotten_unseen(catch_up: str) -> None:
    """A choice from a list that lacks an article is found out, whichever it is, with and without an outage."""
    found = [article(number, at(number / 4, 3), *SECTIONS[number % 4 : number % 4 + 1]) for number in range(1, 25)]
    people = [
        Readers(choices()),
        Readers(choices(["news"], "weekly"), count=7),
        Readers(choices(["culture"]), "18:00|"),
    ]
    for missing in (3, 8, 16):

        class Forgetful(Archive):
            out = missing

            def candidates(self, now: datetime, span: timedelta, *, by_score: bool) -> tuple[Candidate, ...]:
                every = super().candidates(now, span, by_score=by_score)
                return tuple(one for one in every if one.article_id != self.out)

        last = FIRST + timedelta(days=8)
        outages = [Outage(at(4, 0), at(5, 8))]
        result = simulation.simulate(
            newsletter(catch_up=catch_up), found, people, FIRST, last, outages=outages, archive=Forgetful
        )
        faults = [fault for ledger in result.ledgers for fault in ledger.faults]
        assert {fault.article_id for fault in faults} == {missing}
        assert {fault.kind for fault in faults} == {"gap"}
        assert not result.account.is_clean


def no_reasons(places: Iterable[int]) -> dict[int, LeftOutReason]:
    del places
    return {}


def test_a_ledger_finds_what_is_given_twice_or_to_others() -> None:
    known = Archive(newsletter(), [article(1, at(1, 1)), article(2, at(1, 2))], at(9, 0))
    books = Ledger(Readers(choices(), count=3), known)
    books.edition(FIRST, {0}, {0}, (), no_reasons)
    books.edition(FIRST + timedelta(days=1), {0}, {0, 1}, (), no_reasons)
    assert [(one.kind, one.article_id, one.day.day) for one in books.faults] == [("repeat", 1, 3), ("not_owed", 2, 3)]


def test_a_reason_that_cannot_be_true_is_no_reason() -> None:
    """Who had no copy of a story cannot have had it already."""
    known = Archive(newsletter(), [article(1, at(1, 1)), article(2, at(1, 2))], at(9, 0))
    books = Ledger(Readers(choices()), known)
    books.edition(FIRST, {0}, frozenset(), (), lambda places: dict.fromkeys(places, LeftOutReason.ALREADY_HAD))
    books.close(START, {"news": at(9, 0)})
    assert [one.kind for one in books.faults] == ["gap"]


PEOPLE = st.lists(
    st.builds(
        Readers,
        st.builds(
            choices,
            st.lists(st.sampled_from((*SECTIONS, "!energy")), max_size=3, unique=True),
            st.sampled_from(("daily", "weekdays", "weekly", "instant")),
            st.dictionaries(st.sampled_from(SECTIONS), st.sampled_from(("daily", "weekdays", "weekly")), max_size=1),
        ),
        st.sampled_from(("", "06:00|", "23:40|America/New_York", "02:30|Europe/Madrid", "|Pacific/Auckland")),
        st.integers(1, 9),
    ),
    min_size=1,
    max_size=4,
)
PAPERS = st.builds(
    newsletter,
    max_stories=st.sampled_from((2, 20)),
    min_stories=st.sampled_from((1, 3)),
    max_age=st.sampled_from(("30h", "48h", "96h")),
    ranking=st.sampled_from(("newest", "score")),
    days=st.sampled_from((("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ("mon", "wed", "thu", "sun"))),
    holidays=st.sampled_from(((), (date(2026, 3, 5), date(2026, 4, 3)))),
    catch_up=st.sampled_from(("latest_only", "each", "none")),
)


@st.composite
def archives(draw: st.DrawFn, days: int, a_day: int = 4) -> list[Candidate]:
    """Articles of any minute of the days, some seen late, some told twice; drawn from a seed so that hundreds are cheap."""
    chance = draw(st.randoms(use_true_random=False))
    found = []
    for number in range(1, draw(st.integers(0, days * a_day)) + 1):
        sections = sorted(chance.sample(SECTIONS, chance.randint(1, 2)))
        if "energy" in sections and "economy" not in sections:
            sections.append("economy")
        changes = {
            "authors": (chance.choice("AB"),),
            "views": chance.choice((None, chance.randrange(50))),
            "story": chance.choice(("", "", "", f"s{number // 5}")),
            "certain": number // 5 % 2 == 0,
            "hidden": chance.random() < 0.03,
        }
        seen = chance.choice((0, 0, 0.2, 7, 40))
        minutes = timedelta(minutes=chance.randrange(-3 * 24 * 60, days * 24 * 60))
        found.append(article(number, START + minutes, *sections, seen=seen, **changes))
    return found


def owed(paper: Newsletter, found: Sequence[Candidate], readers: Readers, days: int) -> set[int]:
    """Return what readers are owed, said once more and plainly: known and young at an edition of theirs, in a section they want."""
    wanted = compose.wanted(paper, readers.choices.chosen)
    own = readers.choices.own_frequencies
    result = set()
    for day in (FIRST + timedelta(days=number) for number in range(days)):
        hour = recurrence.hours_of(paper, readers.clock).on(day)
        frequency = readers.choices.frequency
        if hour is None or not recurrence.has_edition(paper, day) or not recurrence.falls_on(frequency, day):
            continue
        now = hour.on(day) - timedelta(minutes=paper.freeze_minutes)
        for section in wanted:
            often = own.get(section, frequency)
            if recurrence.falls_on(often, day):
                since = now - reach(paper, often, day)
                result |= {
                    one.article_id
                    for one in found
                    if stands(one, section) and since < one.published_at <= known(one) <= now
                }
    return result


def reach(paper: Newsletter, often: str, day: date) -> timedelta:
    """Return how far back readers are owed: a week and two days for it, or max_age with the days on which they had no edition."""
    before = next(
        number
        for number in range(1, 10)
        if number == 9
        or (recurrence.has_edition(paper, day - number * DAY) and recurrence.falls_on(often, day - number * DAY))
    )
    return max(timedelta(days=9), paper.max_age) if often == "weekly" else paper.max_age + (before - 1) * DAY


def stands(one: Candidate, section: str) -> bool:
    """Say whether an article may stand in a section: not in one that holds another of its sections."""
    return not one.hidden and section in one.sections and not (section == "economy" and "energy" in one.sections)


def known(one: Candidate) -> datetime:
    return max(one.first_seen_at, one.eligible_at)


@given(st.data())
@settings(max_examples=40)
def test_over_many_days_what_is_owed_is_given_once_or_a_rule_says_why(data: st.DataObject) -> None:
    """Set equality of owed and given-or-explained, no repeat; the bugs of others that lose or repeat articles (3, 6, 7, 12, 13, 26)."""
    days = data.draw(st.sampled_from((8, 60)))
    balances(data.draw(PAPERS), data.draw(archives(days)), data.draw(PEOPLE), days)


@given(PAPERS, PEOPLE, archives(400, 2))
@settings(max_examples=12)
def test_over_four_hundred_days_what_is_owed_is_given_once_or_a_rule_says_why(
    paper: Newsletter, people: list[Readers], found: list[Candidate]
) -> None:
    """T08, bugs 3 and 6: through a year and both of its changes of the clock."""
    balances(paper, found, people, 400)


def balances(paper: Newsletter, found: Sequence[Candidate], people: Sequence[Readers], days: int) -> None:
    """See that each reader is given exactly what is owed to them, once, but for what a rule keeps out."""
    result = run(found, people, days, paper)
    assert not [fault for ledger in result.ledgers for fault in ledger.faults]
    assert result.account.is_clean
    for number, readers in enumerate(people):
        mine = ends(result, number)
        assert {id_ for id_, end in mine.items() if end in {"given", *RULES}} == owed(paper, found, readers, days)
        assert set(mine.values()) <= {"given", *RULES, "too_old", "not_yet"}


@given(st.data())
@settings(max_examples=20)
def test_through_any_outage_nothing_is_repeated_and_nothing_lost_unexplained(data: st.DataObject) -> None:
    paper, people, found = data.draw(PAPERS), data.draw(PEOPLE), data.draw(archives(20))
    starts = data.draw(st.lists(st.integers(0, 20 * 24), max_size=3))
    outages = [Outage(START + hour * HOUR, START + (hour + data.draw(st.integers(1, 120))) * HOUR) for hour in starts]
    result = run(found, people, 20, paper, outages)
    assert result.account.is_clean
    for number, readers in enumerate(people):
        mine = {id_ for id_, end in ends(result, number).items() if end in {"given", "missed", *RULES}}
        assert mine >= owed(paper, found, readers, 20), "what an outage takes is named too"


@given(st.data())
@settings(max_examples=15)
def test_the_same_archive_gives_the_same_editions_in_whatever_order_it_is_told(data: st.DataObject) -> None:
    """T56."""
    paper, people, found = data.draw(PAPERS), data.draw(PEOPLE), data.draw(archives(10))
    once, again = run(found, people, 10, paper), run(data.draw(st.permutations(found)), people, 10, paper)
    assert repr(once.editions) == repr(again.editions)
    assert [ends(once, number) for number in range(len(people))] == [
        ends(again, number) for number in range(len(people))
    ]
    assert asdict(once.account) == asdict(again.account)


def test_four_hundred_days_of_many_readers_balance() -> None:
    """The whole of a year with both changes of the clocks, holidays and newcomers."""
    paper = newsletter(holidays=[date(2026, 12, 25), date(2027, 1, 1)], min_stories=2)
    found = [
        article(number, START + number * timedelta(hours=7.3), SECTIONS[number % 4], seen=number % 5)
        for number in range(1300)
    ]
    people = simulation.invented(paper, 60, 3, at(1, 0), at(300, 0))
    result = run(found, people, 400, paper)
    assert len(result.editions) == 398
    assert result.account.is_clean
    assert result.account.given > result.account.owed * 0.9


def test_invented_readers_are_the_same_for_the_same_seed() -> None:
    paper = newsletter()
    one, other = (simulation.invented(paper, 200, seed, at(1, 0), at(9, 0)) for seed in (1, 2))
    assert one == simulation.invented(paper, 200, 1, at(1, 0), at(9, 0))
    assert one != other
    assert sum(readers.count for readers in one) == 200


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom() as running:
        yield running


@pytest.fixture
def office(newsroom: Newsroom, database_url: str, tmp_path: Path) -> Iterator[Office]:
    sections = [
        {"id": one, "name": one.title(), "categories": [one], "limit": 2} for one in ("news", "economy", "culture")
    ]
    built = Office(config.parse(values(newsroom.url, database_url, sections=sections), tmp_path / "config.toml"))
    yield built
    built.runtime.close()


def week(office: Office, newsroom: Newsroom) -> Mapping[str, dict[int, int]]:
    """Run five real mornings; return the date's day on which each reader got each story, and no story twice."""
    people = [
        {"email": "all@example.org"},
        {"email": "culture@example.org", "sections": "culture"},
        {"email": "noon@example.org", "sections": "news", "hour": "12:00"},
        {"email": "week@example.org", "frequency": "weekdays"},
    ]
    office.now = morning(22, 20)
    rows = [Row(number, person) for number, person in enumerate(people)]
    assert not any(
        counts.refused
        for counts in audience.import_subscribers(office.runtime, rows, newsletter="daily", consent="x", confirm=False)
    )
    got: dict[str, dict[int, int]] = {}
    for day in range(23, 30):
        newsroom.publish(7, morning(day, 4))
        for hour, minute in ((6, 10), (6, 30), (10, 40), (11, 0)):  # each freeze and each slot
            newsroom.publish(1, morning(day, hour, minute - 5 if minute else 0))
            for message in office.run(morning(day, hour, minute)):
                mine = got.setdefault(message.recipient.address, {})
                for story in stories(message):
                    assert story not in mine
                    mine[story] = day
    return got


def test_the_simulation_tells_what_mornings_did(office: Office, newsroom: Newsroom) -> None:
    """Given a week that was really sent, when it is replayed, then each reader is given the very same articles."""
    got = week(office, newsroom)
    paper = office.settings.newsletters[0]
    with office.runtime.store.reading() as session:
        found = simulation.archive_of(session, paper, date(2026, 11, 23), office.settings)
        people = simulation.of_newsletter(session, paper)
    result = simulation.simulate(paper, found, people, date(2026, 11, 23), date(2026, 11, 29))
    urls = {one.article_id: int(one.url.rstrip("/").rpartition("/")[2]) for one in found}
    given_to = [
        {urls[id_] for id_, end in ends(result, number).items() if end == "given"} for number in range(len(people))
    ]
    assert sorted(map(sorted, given_to)) == sorted(sorted(mine) for mine in got.values())
    assert result.account.is_clean


def test_the_command_prints_editions_and_the_account(office: Office, newsroom: Newsroom, tmp_path: Path) -> None:
    week(office, newsroom)
    file = written(office, newsroom, tmp_path)
    words = ["simulate", "daily", "--from", "2026-11-23", "--to", "2026-11-29", "--config", str(file)]
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert "Tue 2026-11-24 07:30+01:00  " in result.output
    assert "The account balances." in result.output
    written_out = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
    rows = [json.loads(line) for line in written_out.stdout.splitlines()]
    assert Counter(row["kind"] for row in rows)["edition"] == 7
    assert rows[-1]["kind"] == "account"
    assert rows[-1]["clean"]
    outage = [*words, "--readers", "50", "--outage", "2026-11-24T12:00..2026-11-27"]
    lost = CliRunner().invoke(app, outage, catch_exceptions=False)
    assert lost.exit_code == 0
    assert "Wed 2026-11-25 07:30+01:00  missed" in lost.output


def written(office: Office, newsroom: Newsroom, folder: Path) -> Path:
    """Write the office's configuration as a file."""
    file = folder / "config.toml"
    sections = "".join(
        f'[[newsletters.sections]]\nid = "{one}"\nname = "{one.title()}"\ncategories = ["{one}"]\nlimit = 2\n'
        for one in ("news", "economy", "culture")
    )
    file.write_text(
        f'[database]\nurl = "{office.settings.database_url}"\n[secrets]\nroot = "{"r" * 32}"\npepper = "{"p" * 32}"\n'
        f'[[sources]]\nid = "feed"\nkind = "feed"\nurl = "{newsroom.url}"\nallow_private_addresses = true\n'
        f'[[newsletters]]\nid = "daily"\nname = "Daily"\nfrom = "a@example.org"\nzone = "Europe/Madrid"\n{sections}'
    )
    return file
