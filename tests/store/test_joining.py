import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from digest import subscribe
from digest.config import Newsletter
from digest.errors import AddressError, UsageError
from digest.models import Consent, Notice, Subscription
from digest.store import subscribers
from digest.store.base import Session, Store
from tests.store.people import DAILY, MINUTE, NOW, SETTINGS, WEEKLY, hashed, state_of, take

ANA = "ana@example.org"
HOUR = timedelta(hours=1)


def request(
    store: Store,
    typed: str = ANA,
    newsletter: Newsletter = DAILY,
    *,
    now: datetime = NOW,
    **more: Any,
) -> bool:
    """Ask as the form does; return whether a confirmation leaves."""
    with store.writing() as session:
        return subscribe.request(session, SETTINGS, newsletter, typed, now=now, **more).confirmation


def ana(session: Session, newsletter: str = "daily") -> Subscription:
    found = subscribers.subscription(session, ANA, newsletter)
    assert found is not None
    return found


def ana_id(store: Store) -> int:
    with store.reading() as session:
        id_ = ana(session).id
    assert id_ is not None
    return id_


def confirm(store: Store, now: datetime = NOW) -> subscribe.Confirmed | None:
    with store.writing() as session:
        return subscribe.confirm(session, ana(session).id or 0, now=now)


def leave(store: Store, now: datetime = NOW) -> bool:
    with store.writing() as session:
        return subscribe.unsubscribe(session, ana(session).id or 0, how="one_click", now=now)


def steps(store: Store) -> list[tuple[str, str]]:
    with store.reading() as session:
        return [(one.kind, one.evidence) for one in session.exec(select(Consent).order_by("id"))]


def mails(store: Store) -> list[Notice]:
    with store.reading() as session:
        return list(session.exec(select(Notice).order_by("id")))


def test_a_request_waits_for_the_confirmation_of_the_address(store: Store) -> None:
    assert request(
        store, " Ana@Example.org", sections=["culture", "news"], language="es", origin="192.0.2.1", form="/subscribe"
    )

    with store.reading() as session:
        kept = ana(session)
        (step,) = session.exec(select(Consent)).all()
    assert (kept.state, kept.sections, kept.language) == ("pending", ["news", "culture"], "es")
    assert (step.kind, step.evidence, step.origin, step.at) == ("requested", "/subscribe", "192.0.2.1", NOW)
    (mail,) = mails(store)
    assert (mail.kind, mail.state, mail.due_at) == ("confirm", "queued", NOW)
    assert mail.data == {"subscription_id": kept.id, "newsletter": "daily", "language": "es"}
    assert mail.expires_at == NOW + timedelta(days=7)


def test_all_sections_are_kept_as_none_so_that_new_ones_come_along(store: Store) -> None:
    request(store, sections=["culture", "news", "economy"])
    with store.reading() as session:
        assert ana(session).sections == []


def test_the_mail_to_an_unconfirmed_address_carries_no_name_that_a_stranger_typed(store: Store) -> None:
    request(store, name="Win a prize at example.net")
    assert [mail.name for mail in mails(store)] == [""]


@pytest.mark.parametrize("typed", ["", "ana", "ana@", "a{b}@example.org", "ana@example.org\r\nBcc: x@example.org"])
def test_what_is_no_address_is_refused_and_leaves_nothing(store: Store, typed: str) -> None:
    with pytest.raises(AddressError):
        request(store, typed)
    assert steps(store) == []


def test_confirming_twice_is_confirming_once(store: Store) -> None:
    request(store)
    first, second = confirm(store), confirm(store, NOW + HOUR)

    assert first is not None
    assert second is not None
    assert (first.newly, second.newly) == (True, False)
    with store.reading() as session:
        assert (ana(session).state, ana(session).confirmed_at) == ("active", NOW)
    assert steps(store) == [("requested", ""), ("confirmed", "")]


def test_there_is_nothing_to_confirm_for_an_unknown_subscription(store: Store) -> None:
    with store.writing() as session:
        assert subscribe.confirm(session, 1, now=NOW) is None
        assert not subscribe.unsubscribe(session, 1, how="page", now=NOW)
        assert not subscribe.resubscribe(session, 1, now=NOW)


def test_an_address_that_subscribes_already_gets_the_same_answer_and_no_mail(store: Store) -> None:
    request(store, sections=["news"])
    confirm(store)
    with store.writing() as session:
        again = subscribe.request(session, SETTINGS, DAILY, ANA, sections=["culture"], now=NOW + HOUR)
        unknown = subscribe.request(session, SETTINGS, DAILY, "ben@example.org", now=NOW + HOUR)
    assert (again.address, again.confirmation) == (ANA, False)
    assert (unknown.address, unknown.confirmation) == ("ben@example.org", True)
    with store.reading() as session:
        assert ana(session).sections == ["news"]  # a stranger changes nothing


def test_an_address_is_asked_once_in_ten_minutes_and_thrice_a_day_for_whichever_newsletter(store: Store) -> None:
    assert request(store)
    assert not request(store, now=NOW + 9 * MINUTE)
    assert not request(store, newsletter=WEEKLY, now=NOW + 9 * MINUTE)
    assert request(store, newsletter=WEEKLY, now=NOW + 10 * MINUTE)
    assert request(store, now=NOW + HOUR)
    assert not request(store, now=NOW + 23 * HOUR)
    assert request(store, now=NOW + 24 * HOUR)
    assert request(store, "ben@example.org", now=NOW + 24 * HOUR)
    assert len(mails(store)) == 5


@pytest.mark.parametrize("known", ["daily", "weekly"])
def test_requests_at_the_same_moment_are_asked_once(store: Store, known: str) -> None:
    with store.writing() as session:
        take(session, ["email,newsletter,state\n", f"{ANA},{known},unsubscribed\n"])
    together = threading.Barrier(4)
    answers: list[bool] = []

    def ask(later: int) -> None:
        together.wait()
        answers.append(request(store, now=NOW + timedelta(milliseconds=later)))

    threads = [threading.Thread(target=ask, args=(later,)) for later in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(answers) == [False, False, False, True]
    assert len(mails(store)) == 1


def test_the_last_choice_before_the_confirmation_counts(store: Store) -> None:
    request(store, sections=["news"])
    assert not request(store, sections=["culture"], language="es", now=NOW + MINUTE)
    confirm(store)
    with store.reading() as session:
        assert (ana(session).sections, ana(session).language) == (["culture"], "es")


def test_one_click_ends_a_subscription_once(store: Store) -> None:
    request(store)
    confirm(store)
    assert leave(store)
    assert not leave(store, NOW + HOUR)
    with store.reading() as session:
        assert (ana(session).state, ana(session).ended_at) == ("unsubscribed", NOW)
    assert steps(store)[2:] == [("withdrawn", "one_click")]


def test_leaving_one_newsletter_leaves_the_other_standing(store: Store) -> None:
    with store.writing() as session:
        take(session, ["email,newsletter\n", f"{ANA},daily\n", f"{ANA},weekly\n"])
    assert leave(store)
    with store.reading() as session:
        assert (state_of(session, ANA), state_of(session, ANA, "weekly")) == ("unsubscribed", "active")


def test_an_old_link_revives_nobody_who_left(store: Store) -> None:
    request(store)
    confirm(store)
    leave(store)
    assert confirm(store, NOW + HOUR) is None
    with store.reading() as session:
        assert state_of(session, ANA) == "unsubscribed"


def test_who_left_comes_back_by_asking_and_confirming_again(store: Store) -> None:
    request(store)
    confirm(store)
    leave(store)
    assert request(store, sections=["economy"], now=NOW + HOUR)
    with store.reading() as session:
        assert state_of(session, ANA) == "pending"
    confirmed = confirm(store, NOW + 2 * HOUR)
    assert confirmed is not None
    assert confirmed.newly
    with store.reading() as session:
        kept = ana(session)
    assert (kept.state, kept.sections, kept.ended_at) == ("active", ["economy"], None)


def test_leaving_can_be_undone_within_the_hour(store: Store) -> None:
    request(store)
    confirm(store)
    leave(store)
    with store.writing() as session:
        assert subscribe.resubscribe(session, ana(session).id or 0, now=NOW + HOUR)
        assert subscribe.resubscribe(session, ana(session).id or 0, now=NOW + HOUR)
    assert len(steps(store)) == 4
    assert steps(store)[-1] == ("confirmed", "undo")
    leave(store, NOW + 2 * HOUR)
    with store.writing() as session:
        assert not subscribe.resubscribe(session, ana(session).id or 0, now=NOW + 3 * HOUR + MINUTE)


def test_what_was_never_confirmed_cannot_be_undone_into_a_subscription(store: Store) -> None:
    request(store)
    leave(store)
    with store.writing() as session:
        assert not subscribe.resubscribe(session, ana(session).id or 0, now=NOW)
        assert state_of(session, ANA) == "unsubscribed"


@pytest.mark.parametrize("reason", ["complaint", "manual", "provider", "erased"])
def test_a_banned_address_gets_the_same_answer_and_no_mail(store: Store, reason: str) -> None:
    with store.writing() as session:
        subscribers.suppress(session, hashed(ANA), reason, NOW - HOUR)
    assert not request(store)
    assert mails(store) == []


def test_a_ban_after_bounces_ends_with_a_fresh_double_opt_in(store: Store) -> None:
    request(store)
    confirm(store)
    with store.writing() as session:
        subscribers.suppress(session, hashed(ANA), "hard", NOW + MINUTE)
    assert confirm(store, NOW + 2 * MINUTE) is not None  # the old link again: no fresh word
    with store.reading() as session:
        assert subscribers.ban(session, hashed(ANA)) is not None

    assert request(store, now=NOW + HOUR)
    assert confirm(store, NOW + 2 * HOUR) is not None
    with store.reading() as session:
        assert subscribers.ban(session, hashed(ANA)) is None
    assert steps(store)[-2:] == [("requested", ""), ("confirmed", "")]


def test_a_complaint_outlives_a_confirmation(store: Store) -> None:
    request(store)
    with store.writing() as session:
        subscribers.suppress(session, hashed(ANA), "complaint", NOW - HOUR)
    confirm(store)
    with store.reading() as session:
        assert subscribers.ban(session, hashed(ANA)) is not None


def test_a_reader_chooses_sections_of_the_newsletter(store: Store) -> None:
    request(store)
    id_ = ana_id(store)
    with store.writing() as session:
        subscribe.choose_sections(session, id_, DAILY, ["culture", "gone", "economy", "culture"])
        assert ana(session).sections == ["economy", "culture"]
        subscribe.choose_sections(session, id_, DAILY, ["culture", "economy", "news"])
    with store.reading() as session:
        assert ana(session).sections == []


@pytest.mark.parametrize("sections", [[], ["gone"]])
def test_choosing_no_section_is_refused_and_never_means_all(store: Store, sections: list[str]) -> None:
    request(store, sections=["culture"])
    with store.writing() as session, pytest.raises(UsageError, match="No section"):
        subscribe.choose_sections(session, ana(session).id or 0, DAILY, sections)
    with store.reading() as session:
        assert ana(session).sections == ["culture"]
