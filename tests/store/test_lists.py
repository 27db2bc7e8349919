import csv
import io
import itertools
from pathlib import Path

import pytest
from sqlmodel import select

from digest import subscribe
from digest.errors import ConfigError, UsageError
from digest.models import Consent, Notice, Subscription
from digest.store import migrations, subscribers
from digest.store.base import Store
from digest.subscribe import HEADING, BadRow
from tests.store.people import MINUTE, NOW, SETTINGS, hashed, state_of, take

LIST = [
    "email,name,newsletter,sections,frequency,hour,zone,language,state\n",
    "ana@example.org,Ana Lima,daily,culture;news,weekly,06:15,Europe/Lisbon,pt-BR,active\n",
    "ben@example.org,,,,,,,,\n",
    "eva@example.org,Éva,weekly,,,,,,pending\n",
    "zoe@example.org,Zoë,daily,economy,weekdays,,Asia/Baku,,unsubscribed\n",
]


def exported(store: Store, newsletter: str | None = None) -> list[dict[str, str]]:
    with store.reading() as session:
        return list(subscribe.export_rows(session, newsletter))


def as_csv(rows: list[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADING)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def steps(store: Store) -> list[tuple[str, str]]:
    with store.reading() as session:
        return [(one.kind, one.evidence) for one in session.exec(select(Consent).order_by("id"))]


def asked(store: Store) -> list[str]:
    with store.reading() as session:
        return [one.address for one in session.exec(select(Notice).order_by("id"))]


def test_with_proof_of_consent_people_start_active_and_the_proof_is_kept(store: Store) -> None:
    with store.writing() as session:
        counts = take(session, ["email,name\n", "ana@example.org,Ana\n"], consent="signed at the fair")
    assert (counts.new, counts.known, counts.confirmations, counts.refused) == (1, 0, 0, ())
    with store.reading() as session:
        kept = subscribers.subscription(session, "ana@example.org", "daily")
    assert kept is not None
    assert (kept.state, kept.confirmed_at, kept.sections, kept.frequency) == ("active", NOW, [], "daily")
    assert steps(store) == [("imported", "signed at the fair")]
    assert asked(store) == []


def test_without_proof_each_is_asked_and_starts_when_they_confirm(store: Store) -> None:
    with store.writing() as session:
        counts = take(session, ["email,name\n", "ana@example.org,Ana\n", "ben@example.org,Ben\n"], confirm=True)
    assert (counts.new, counts.confirmations) == (2, 2)
    assert asked(store) == ["ana@example.org", "ben@example.org"]
    assert steps(store) == [("requested", "import"), ("requested", "import")]
    with store.reading() as session:
        assert state_of(session, "ana@example.org") == "pending"


@pytest.mark.parametrize(("consent", "confirm"), [(None, False), ("", False), ("signed", True)])
def test_it_must_be_said_how_they_agreed(store: Store, consent: str | None, *, confirm: bool) -> None:
    with store.writing() as session, pytest.raises(UsageError, match=r"--consent .* --confirm"):
        subscribe.import_rows(session, SETTINGS, [], newsletter=None, consent=consent, confirm=confirm, now=NOW)


def test_an_unknown_newsletter_for_all_is_one_sentence(store: Store) -> None:
    with store.writing() as session, pytest.raises(ConfigError, match="daily, weekly"):
        take(session, ["email\n", "ana@example.org\n"], newsletter="montly")


def test_importing_a_list_twice_changes_nothing(store: Store) -> None:
    with store.writing() as session:
        first = take(session, LIST)
    before, then = exported(store), steps(store)
    with store.writing() as session:
        second = take(session, LIST, now=NOW + MINUTE)
    assert (first.new, first.known) == (4, 0)
    assert (second.new, second.known) == (0, 4)
    assert exported(store) == before
    assert steps(store) == then


def test_asking_a_list_twice_asks_each_once(store: Store) -> None:
    for now in (NOW, NOW + MINUTE):
        with store.writing() as session:
            take(session, ["email\n", "ana@example.org\n"], confirm=True, now=now)
    assert asked(store) == ["ana@example.org"]


def test_of_two_lines_with_one_address_the_second_is_known(store: Store) -> None:
    with store.writing() as session:
        counts = take(session, ["email,name\n", "ana@example.org,First\n", "ANA@example.org,Second\n"])
    assert (counts.new, counts.known) == (1, 1)
    assert [row["name"] for row in exported(store)] == ["First"]


def test_an_address_may_take_several_newsletters(store: Store) -> None:
    with store.writing() as session:
        counts = take(session, ["email,newsletter\n", "ana@example.org,daily\n", "ana@example.org,weekly\n"])
    assert counts.new == 2
    assert [(row["email"], row["newsletter"]) for row in exported(store)] == [
        ("ana@example.org", "daily"),
        ("ana@example.org", "weekly"),
    ]


def test_a_list_never_revives_who_left(store: Store) -> None:
    with store.writing() as session:
        take(session, ["email\n", "ana@example.org\n"])
        found = subscribers.subscription(session, "ana@example.org", "daily")
        assert found is not None
        subscribe.unsubscribe(session, found.id or 0, how="page", now=NOW)
    for confirm in (False, True):
        with store.writing() as session:
            counts = take(session, ["email,state\n", "ana@example.org,active\n"], confirm=confirm)
        assert (counts.new, counts.known) == (0, 1)
    with store.reading() as session:
        assert state_of(session, "ana@example.org") == "unsubscribed"
    assert asked(store) == []


def test_a_line_that_says_somebody_left_neither_starts_nor_asks_them(store: Store) -> None:
    lines = ["email,state\n", "ana@example.org,unsubscribed\n", "ben@example.org,pending\n"]
    with store.writing() as session:
        counts = take(session, lines, confirm=True)
    assert (counts.new, counts.confirmations) == (2, 1)
    assert asked(store) == ["ben@example.org"]
    assert steps(store) == [("withdrawn", "import"), ("requested", "import")]


def test_proof_of_consent_is_no_proof_for_who_left_or_never_answered(store: Store) -> None:
    with store.writing() as session:
        take(
            session,
            ["email,state\n", "ana@example.org,unsubscribed\n", "ben@example.org,pending\n", "eva@example.org,\n"],
        )
    assert [row["state"] for row in exported(store)] == ["unsubscribed", "pending", "active"]
    assert steps(store) == [("withdrawn", "import"), ("requested", "import"), ("imported", "signed at the fair")]


def test_who_is_banned_is_refused_with_the_reason(store: Store) -> None:
    with store.writing() as session:
        subscribers.suppress(session, hashed("ana@example.org"), "complaint", NOW)
        counts = take(session, ["email\n", "Ana@Example.org\n", "ben@example.org\n"])
    assert (counts.new, counts.refused) == (1, (BadRow(2, "is under a lasting ban"),))
    with store.reading() as session:
        assert subscribers.find(session, "ana@example.org") is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ("ana,,,,,,,,", "“ana”"),
        (",Ana,,,,,,,", ""),
        ("a$na@example.org,,,,,,,,", "large receivers refuse"),
        ("ana@example.org,,hourly,,,,,,", "“hourly”"),
        ("ana@example.org,,daily,news;sports,,,,,", "“sports”, which daily does not have"),
        ("ana@example.org,,,,hourly,,,,", "daily, weekdays, weekly"),
        ("ana@example.org,,,,,7:30,,,", "like 07:30"),
        ("ana@example.org,,,,,24:00,,,", "like 07:30"),
        ("ana@example.org,,,,,,Europe/Atlantis,,", "like Europe/Madrid"),
        ("ana@example.org,,,,,,../UTC,,", "like Europe/Madrid"),
        ("ana@example.org,,,,,,,e\0n,", "like en or pt-BR"),
        ("ana@example.org,,,,,,,,bounced", "pending, active, unsubscribed"),
        ("ana@example.org,,,,,,,,,more", "has 10 fields"),
    ],
)
def test_a_line_that_cannot_be_taken_is_named_and_the_others_are_kept(store: Store, fields: str, reason: str) -> None:
    lines = [LIST[0], "ben@example.org,,,,,,,,\n", f"{fields}\n", "zoe@example.org,,,,,,,,\n"]
    with store.writing() as session:
        counts = take(session, lines)
    (bad,) = counts.refused
    assert bad.line == 3
    assert reason in bad.reason
    assert bad.reason
    assert [row["email"] for row in exported(store)] == ["ben@example.org", "zoe@example.org"]


def test_a_line_without_a_newsletter_says_what_to_do(store: Store) -> None:
    with store.writing() as session:
        counts = take(session, ["email\n", "ana@example.org\n"], newsletter=None)
    assert counts.refused == (BadRow(2, "names no newsletter: give --newsletter"),)


def test_refusals_stand_in_the_order_of_their_lines(store: Store) -> None:
    with store.writing() as session:
        subscribers.suppress(session, hashed("ana@example.org"), "complaint", NOW)
        counts = take(session, ["email\n", "ana@example.org\n", "no address\n", '"\n'])
    assert [bad.line for bad in counts.refused] == [2, 3, 4]


def test_a_name_that_could_not_stand_in_a_header_is_made_one_line(store: Store) -> None:
    with store.writing() as session:
        take(session, ["email,name\n", 'ana@example.org,"Ana\n', 'Bcc: x"\n', "ben@example.org,=1+1\0\n"])
    assert [row["name"] for row in exported(store)] == ["Ana Bcc: x", "1+1"]


def test_what_is_exported_can_be_imported_elsewhere_and_is_the_same(store: Store, tmp_path: Path) -> None:
    with store.writing() as session:
        take(session, LIST)
    rows = exported(store)
    assert [row["email"] for row in rows] == [line.partition(",")[0] for line in LIST[1:]]
    assert rows[0] == {
        "email": "ana@example.org",
        "name": "Ana Lima",
        "newsletter": "daily",
        "sections": "news;culture",
        "frequency": "weekly",
        "hour": "06:15",
        "zone": "Europe/Lisbon",
        "language": "pt-BR",
        "state": "active",
    }

    migrations.upgrade(f"sqlite:///{tmp_path / 'elsewhere.db'}")
    elsewhere = Store(f"sqlite:///{tmp_path / 'elsewhere.db'}")
    with elsewhere.writing() as session:
        counts = take(session, io.StringIO(as_csv(rows), newline=""), newsletter=None)
    assert (counts.new, counts.refused) == (4, ())
    assert exported(elsewhere) == rows
    elsewhere.close()


def test_an_export_may_be_of_one_newsletter(store: Store) -> None:
    with store.writing() as session:
        take(session, LIST)
    assert [row["email"] for row in exported(store, "weekly")] == ["eva@example.org"]


def test_a_list_of_thousands_is_taken_in_chunks_and_nobody_twice(store: Store) -> None:
    rows = subscribe.read_csv(["email\n", *(f"reader{one % 2_000}@example.org\n" for one in range(2_500))])
    new = known = 0
    while chunk := list(itertools.islice(rows, 1_000)):
        with store.writing() as session:
            counts = subscribe.import_rows(
                session, SETTINGS, chunk, newsletter="daily", consent="a test", confirm=False, now=NOW
            )
        new, known = new + counts.new, known + counts.known
    assert (new, known) == (2_000, 500)
    with store.reading() as session:
        assert len(session.exec(select(Subscription.id)).all()) == 2_000
    assert len(exported(store)) == 2_000
