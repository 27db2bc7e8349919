from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select

from digest.models import Article, Subscriber
from digest.store import Store, articles, editions
from digest.values import Block, Candidate, Choice, EditionState, Form, LeftOut, LeftOutReason, PickKind, Placed, Recipe

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
DAY = date(2026, 11, 24)


def stored(store: Store, count: int) -> list[Candidate]:
    rows = [
        Article(
            source_id="site",
            url=f"https://news.example.org/{n}",
            title=f"Article {n}",
            published_at=NOW,
            first_seen_at=NOW,
            eligible_at=NOW,
        )
        for n in range(count)
    ]
    with store.writing() as session:
        ids = articles.add(session, rows)
    return [
        Candidate(id_, "site", "https://news.example.org", f"Article {id_}", NOW, NOW, NOW, ("news",)) for id_ in ids
    ]


def recipe(key: str, *placed: Placed) -> Recipe:
    return Recipe(
        key=key,
        sections=("news",),
        look="daily/en/normal",
        subject="S",
        preheader="P",
        html=("top", "bottom"),
        text=("top",),
        placed=placed,
        forms={one.article_id: Form.COMPACT for one in placed},
        values={"count": "1 article"},
    )


def test_two_schedulers_find_the_same_edition(store: Store) -> None:
    ids = set()
    for _ in range(2):
        with store.writing() as session:
            ids.add(editions.find_or_create(session, "daily", DAY, slot_at=NOW, freeze_at=NOW).id)
    assert len(ids) == 1


def test_a_state_is_left_only_from_where_it_may_be(store: Store) -> None:
    with store.writing() as session:
        id_ = editions.find_or_create(session, "daily", DAY, slot_at=NOW, freeze_at=NOW).id or 0
        assert editions.move(session, id_, source=[EditionState.PLANNED], to=EditionState.DRAFT)
        assert not editions.move(session, id_, source=[EditionState.PLANNED], to=EditionState.FROZEN)


def test_a_number_is_given_once_and_never_again(store: Store) -> None:
    with store.writing() as session:
        first = editions.find_or_create(session, "daily", DAY, slot_at=NOW, freeze_at=NOW).id or 0
        second = editions.find_or_create(session, "daily", DAY + timedelta(days=1), slot_at=NOW, freeze_at=NOW).id or 0
        assert editions.next_number(session, "daily") == 1
        assert [editions.take_number(session, id_) for id_ in (first, first, second)] == [1, 1, 2]


def test_a_draft_replaces_the_one_before(store: Store) -> None:
    one, two = stored(store, 2)
    with store.writing() as session:
        id_ = editions.find_or_create(session, "daily", DAY, slot_at=NOW, freeze_at=NOW).id or 0
        place = Placed(one.article_id, "news", 0, PickKind.ITEM)
        left = LeftOut(two.article_id, LeftOutReason.SECTION_FULL, "1 of 1")
        for _ in range(2):
            editions.save_draft(session, id_, Choice(items=(place,), left_out=(left,)), {one.article_id: one})
        [pick] = editions.picks(session, id_)
        [(row, article)] = editions.left_out(session, id_)
    assert pick.snapshot["title"] == one.title
    assert (row.reason, article.id) == ("section_full", two.article_id)


def test_what_is_frozen_comes_back_as_it_was_and_is_history_the_next_day(store: Store) -> None:
    one, two = stored(store, 2)
    home = recipe("home", Placed(one.article_id, "news", 0, PickKind.LEAD, ("culture",)))
    other = recipe("other", Placed(two.article_id, "news", 0, PickKind.MOST_READ))
    block = Block("top", "<p>é</p>", "é")
    with store.writing() as session:
        id_ = editions.find_or_create(session, "daily", DAY, slot_at=NOW, freeze_at=NOW).id or 0
        editions.move(session, id_, source=[EditionState.PLANNED], to=EditionState.FROZEN)
        facts = {one.article_id: one, two.article_id: two}
        ids = editions.save_frozen(session, id_, [home, other], {"daily/en/normal": [block]}, facts)
        editions.make_home(session, id_, ids["home"])
    with store.reading() as session:
        assert editions.recipe(session, ids["home"]) == home
        assert editions.blocks(session, id_, "daily/en/normal") == {"top": block}
        assert editions.had_by_rendering(session, list(ids.values())) == {
            ids["home"]: frozenset({one.article_id}),
            ids["other"]: frozenset({two.article_id}),
        }
        assert editions.home_had(session, "daily", DAY + timedelta(days=1)) == {one.article_id}
        assert editions.home_had(session, "daily", DAY) == frozenset()


def test_times_come_back_aware_and_naive_ones_are_refused(store: Store) -> None:
    with store.writing() as session:
        session.add(Subscriber(address="a", address_key="a", address_hash="h", created_at=NOW))
    with store.reading() as session:
        assert session.exec(select(Subscriber)).one().created_at == NOW
    with pytest.raises(Exception, match="timezone"), store.writing() as session:
        session.add(Subscriber(address="b", address_key="b", address_hash="h", created_at=NOW.replace(tzinfo=None)))


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), store.writing() as session:
        editions.find_or_create(session, "daily", DAY, slot_at=NOW, freeze_at=NOW)
        raise RuntimeError
    with store.reading() as session:
        assert editions.latest(session, "daily") is None
