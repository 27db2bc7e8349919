from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select

from digest import collect
from digest.config import SourceTable
from digest.errors import SourceError
from digest.models import Article, Block, Click, LeftOut, NearDuplicate, Pick, RenderingPick, Tombstone
from digest.render import names
from digest.store import Store, articles, clicks, editions, merging, near_duplicates, picks, pins
from digest.values import Block as Frozen
from digest.values import (
    Candidate,
    Choice,
    EditionState,
    Fetched,
    FetchedArticle,
    Form,
    PickKind,
    PinKind,
    Pinned,
    Placed,
    Recipe,
)
from digest.values import LeftOut as Left
from digest.values.states import LeftOutReason, Verdict
from tests.store.wire import NOW, OTHER, every, fetched, only, take

HOUR = timedelta(hours=1)
DAY = date(2026, 11, 24)


@pytest.fixture
def known(store: Store) -> Store:
    """Read both sources once before, so that nothing is a baseline any more."""
    take(store)
    take(store, source=OTHER)
    return store


# --- names ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://news.example.org/1/",
        "https://www.news.example.org/1/",
        "https://news.example.org/1",
        "https://news.example.org/1/?utm_source=x&utm_medium=rss",
        "https://news.example.org/1/amp/",
        "https://news.example.org/1/#comments",
    ],
)
def test_one_article_has_many_addresses(known: Store, url: str) -> None:
    """T23."""
    take(known, fetched(1, guid=""))
    assert take(known, fetched(1, guid="", url=url), at=NOW + HOUR).new == 0
    assert take(known, fetched(1, guid="", url=url), at=NOW + HOUR, source=OTHER).new == 0
    assert len(every(known)) == 1


def test_a_renamed_post_is_the_same_article_at_its_new_address(known: Store) -> None:
    """T24."""
    take(known, fetched(1, external_id="7"))
    result = take(known, fetched(1, external_id="7", url="https://news.example.org/renamed/"), at=NOW + HOUR)
    assert (result.new, result.changed) == (0, 1)
    assert only(known).url == "https://news.example.org/renamed/"


def test_new_guids_for_all_make_nothing_new(known: Store) -> None:
    """T25."""
    found = [fetched(n, guid=f"http://news.example.org/?p={n}") for n in range(1, 6)]
    take(known, *found)
    moved = [fetched(n, guid=f"https://news.example.org/?p={n}") for n in range(1, 6)]
    assert take(known, *moved, at=NOW + HOUR).new == 0
    renamed = [replace(one, url=f"{one.url}renamed/") for one in moved]
    assert take(known, *renamed, at=NOW + 2 * HOUR).new == 0


def test_one_guid_on_every_item_keeps_them_all_however_they_come(known: Store) -> None:
    """T26: a name that was shared once names nobody later, though it stands alone in an answer."""
    one, two, three = (fetched(n, guid="x") for n in (1, 2, 3))
    assert take(known, one, two).new == 2
    for at, found in enumerate([[two], [one], [three], [three, one], [two]], 1):
        take(known, *found, at=NOW + at * HOUR)
    assert len(every(known)) == 3


def test_one_link_of_many_items_keeps_them_all_however_they_come(known: Store) -> None:
    """T27."""
    one, two, three = (fetched(n, url="https://news.example.org/live/") for n in (1, 2, 3))
    assert take(known, one, two).new == 2
    for at, found in enumerate([[two], [one], [three], [three, one], [two]], 1):
        take(known, *found, at=NOW + at * HOUR)
    assert len(every(known)) == 3


def test_a_home_page_as_link_makes_no_two_items_one(known: Store) -> None:
    """Bug 37."""
    take(known, fetched(1, url="https://news.example.org/"))
    assert take(known, fetched(2, url="https://news.example.org/"), at=NOW + HOUR).new == 1


def test_items_without_guid_and_date_at_one_address_are_told_apart_by_their_titles(known: Store) -> None:
    found = [fetched(n, url="https://news.example.org/", guid="", published=None) for n in (1, 2, 3)]
    assert take(known, *found).new == 3
    assert take(known, *found, at=NOW + HOUR).new == 0


def test_an_item_that_is_listed_twice_is_one_article_and_stays_so_when_it_is_retitled(known: Store) -> None:
    assert take(known, fetched(1), fetched(1)).new == 1
    result = take(known, fetched(1, title="Another headline"), fetched(1, title="Another headline"), at=NOW + HOUR)
    assert (result.new, result.changed) == (0, 1)


def test_a_slug_that_a_later_post_takes_over_does_not_hide_that_post(known: Store) -> None:
    weather = "https://news.example.org/weather/"
    take(known, fetched(1, external_id="1", guid="", url=weather, title="Rain all day"))
    take(known, fetched(1, external_id="1", guid="", url="https://news.example.org/rain/", title="Rain all day"))
    result = take(known, fetched(2, external_id="2", guid="", url=weather, title="Snow at last"), at=NOW + HOUR)
    assert result.new == 1
    assert len(every(known)) == 2
    assert take(known, fetched(2, external_id="2", guid="", url=weather, title="Snow at last"), at=NOW + HOUR).new == 0


def test_a_site_that_numbers_its_posts_anew_brings_nothing_new(known: Store) -> None:
    take(known, *(fetched(n, external_id=str(n), guid="") for n in range(5)))
    assert take(known, *(fetched(n, external_id=str(n + 900), guid="") for n in range(5)), at=NOW + HOUR).new == 0


def test_an_article_of_two_sources_is_one_and_the_first_speaks_for_it(known: Store) -> None:
    """Bug 36."""
    take(known, fetched(1))
    result = take(known, fetched(1, guid="theirs", title="Another headline"), source=OTHER)
    assert (result.new, result.unchanged) == (0, 1)
    assert only(known).title == "Article 1"
    with known.reading() as session:
        [stored] = articles.recent(session, NOW - timedelta(days=2))
    assert stored.sources == ("agency", "site")


def test_a_very_long_name_is_a_name_like_others(known: Store) -> None:
    long = "ş" * 1000
    assert take(known, fetched(1, guid=long, url=f"https://news.example.org/?q={'x' * 1900}")).new == 1
    assert take(known, fetched(1, guid=long, url="https://news.example.org/short/"), at=NOW + HOUR).new == 0


# --- names that are used again -------------------------------------------------------------------------------------


def old_and_new(guid: str = "2017-1") -> tuple[FetchedArticle, FetchedArticle]:
    old = fetched(1, guid=guid, title="The mayor cuts a ribbon", published=datetime(2017, 5, 1, tzinfo=UTC))
    return old, fetched(2, guid=guid, title="Storm closes forty schools", published=NOW - HOUR)


def test_a_guid_of_years_ago_on_a_new_text_is_a_new_article(known: Store) -> None:
    """T28: the name goes over to the new article."""
    old, new = old_and_new()
    take(known, old)
    result = take(known, new, at=NOW + HOUR)
    assert result.new == 1
    assert any("Storm closes" in note for note in result.notes)
    again = take(known, fetched(3, guid="2017-1", title="Storm closes forty-one schools"), at=NOW + 2 * HOUR)
    assert (again.new, again.changed, len(every(known))) == (0, 1, 2)


@pytest.mark.parametrize(
    "changes",
    [{"title": "The mayor cuts the ribbon"}, {"published": datetime(2017, 5, 20, tzinfo=UTC)}, {"published": None}],
)
def test_a_guid_of_years_ago_on_a_like_text_or_date_is_the_old_article(
    known: Store, changes: dict[str, object]
) -> None:
    """T28."""
    old, _ = old_and_new()
    take(known, old)
    again = fetched(2, guid="2017-1", **{"title": "Storm closes forty schools", "published": NOW - HOUR, **changes})
    assert take(known, again, at=NOW + HOUR).new == 0


@pytest.mark.parametrize("purged", [True, False])
def test_an_old_text_under_a_name_that_went_over_stays_itself(known: Store, purged: bool) -> None:
    old, new = old_and_new()
    take(known, old)
    take(known, new)
    with known.writing() as session:
        collect.purge(session, timedelta(days=30), NOW + timedelta(days=40) if purged else NOW)
    result = take(known, fetched(1, guid="other", title=old.title, published=old.published), at=NOW + HOUR)
    assert result.new == 0
    assert len(every(known)) == (0 if purged else 2)


# --- tombstones ----------------------------------------------------------------------------------------------------


def purge(store: Store, at: datetime, keep: timedelta = timedelta(days=30)) -> int:
    with store.writing() as session:
        return collect.purge(session, keep, at)


def tombstones(store: Store) -> list[Tombstone]:
    with store.reading() as session:
        return list(session.exec(select(Tombstone).where(Tombstone.kind == "guid")))


def test_what_was_purged_never_comes_back_as_new(known: Store) -> None:
    """Bug 28: nor under a new guid at its old address."""
    take(known, fetched(1), fetched(2))
    later = NOW + timedelta(days=60)
    assert purge(known, later) == 2
    assert every(known) == []
    assert take(known, fetched(1, published=None), fetched(2, guid="new"), at=later).unchanged == 2
    assert take(known, fetched(2, guid="new", url="https://news.example.org/moved/"), at=later).new == 0
    assert every(known) == []


def test_a_tombstone_goes_after_400_days_unless_its_article_is_still_listed(known: Store) -> None:
    take(known, fetched(1), fetched(2))
    later = NOW + timedelta(days=60)
    purge(known, later)
    take(known, fetched(1), at=later + timedelta(days=300))
    purge(known, later + timedelta(days=401))
    assert [one.value for one in tombstones(known)] == ["guid-1"]


def test_a_guid_of_a_purged_article_on_a_new_text_is_a_new_article(known: Store) -> None:
    """T28: flagged, and told by title and date."""
    old, new = old_and_new()
    take(known, old)
    purge(known, NOW)
    purge(known, NOW + timedelta(days=40))
    assert take(known, new, at=NOW + timedelta(days=41)).new == 1
    assert tombstones(known) == []
    assert take(known, new, at=NOW + timedelta(days=42)).unchanged == 1


def test_what_an_edition_printed_is_kept(known: Store) -> None:
    one, two = stored(known, 1), stored(known, 2)
    frozen(known, DAY, one)
    assert purge(known, NOW + timedelta(days=900)) == 1
    assert [row.id for row in every(known)] == [one.article_id]
    del two


def test_old_texts_go_and_young_ones_stay(known: Store) -> None:
    take(known, fetched(1, text="A text."))
    take(known, fetched(2, text="A text."), at=NOW + timedelta(days=20))
    purge(known, NOW + timedelta(days=31), keep=timedelta(days=365))
    with known.reading() as session:
        assert len(near_duplicates.lengths(session, {row.id or 0 for row in every(known)})) == 1


# --- merging -------------------------------------------------------------------------------------------------------


def stored(store: Store, number: int, **changes: object) -> Candidate:
    values = {"source_id": "site", "url": f"https://news.example.org/{number}", "title": f"Article {number}"}
    times = {"published_at": NOW, "first_seen_at": NOW, "eligible_at": NOW}
    with store.writing() as session:
        [id_] = articles.add(session, [Article(**{**values, **times, **changes})])  # type: ignore[arg-type]
    return Candidate(id_, "site", str(values["url"]), str(values["title"]), NOW, NOW, NOW, ("news",))


def frozen(store: Store, day: date, *printed: Candidate, renderings: tuple[tuple[int, ...], ...] = ()) -> int:
    """Freeze an edition that prints articles; each of `renderings` prints those at these positions."""
    with store.writing() as session:
        edition_id = editions.find_or_create(session, "daily", day, slot_at=NOW, freeze_at=NOW).id or 0
        editions.move(session, edition_id, source=[EditionState.PLANNED], to=EditionState.FROZEN, frozen_at=NOW)
        blocks = [Frozen(names.article(one.article_id, "compact"), "<p>", "") for one in printed]
        sets = renderings or (tuple(range(len(printed))),)
        recipes = [recipe(str(number), *(printed[at] for at in chosen)) for number, chosen in enumerate(sets)]
        kept = {one.article_id: one for one in printed}
        editions.save_frozen(session, edition_id, recipes, {"daily/en/normal": blocks}, kept)
    return edition_id


def recipe(key: str, *printed: Candidate) -> Recipe:
    placed = tuple(Placed(one.article_id, "news", at, PickKind.ITEM) for at, one in enumerate(printed))
    forms = {one.article_id: Form.COMPACT for one in printed}
    return Recipe(key, ("news",), "daily/en/normal", "S", "P", ("open",), ("open",), placed, forms)


def merge(store: Store, older: Candidate, newer: Candidate) -> None:
    with store.writing() as session:
        merging.merge(session, older.article_id, newer.article_id)


def had(store: Store, edition_id: int) -> list[frozenset[int]]:
    with store.reading() as session:
        ids = sorted(editions.recipes(session, edition_id))
        return list(editions.had_by_rendering(session, ids).values())


def test_two_articles_that_turn_out_to_be_one_become_the_older(known: Store) -> None:
    take(known, fetched(1, guid="a"))
    take(known, fetched(2, guid="b"), at=NOW + timedelta(minutes=1))
    take(known, fetched(2, guid="a"), at=NOW + timedelta(minutes=2))
    row = only(known)
    assert row.first_seen_at == NOW
    assert take(known, fetched(9, guid="b"), at=NOW + HOUR).new == 0


def test_three_articles_that_turn_out_to_be_one_become_one(known: Store) -> None:
    for number, guid in enumerate("abc", 1):
        take(known, fetched(number, guid=guid))
    result = take(known, fetched(2, guid="a"), fetched(3, guid="b"), at=NOW + HOUR)
    assert (result.new, len(every(known))) == (0, 1)


def test_whoever_had_the_one_had_the_other(known: Store) -> None:
    older, newer = stored(known, 1), stored(known, 2)
    first = frozen(known, DAY, newer)
    merge(known, older, newer)
    assert had(known, first) == [frozenset({older.article_id})]


def test_an_edition_that_printed_both_keeps_one_pick_and_every_reader_had_it(known: Store) -> None:
    older, newer = stored(known, 1), stored(known, 2)
    id_ = frozen(known, DAY, older, newer, renderings=((0, 1), (0,), (1,)))
    merge(known, older, newer)
    assert had(known, id_) == [frozenset({older.article_id})] * 3
    with known.reading() as session:
        assert [pick.article_id for pick in picks.picks(session, id_)] == [older.article_id]
        assert len(session.exec(select(RenderingPick)).all()) == 3


def test_a_late_reader_of_a_frozen_edition_is_served_the_merged_article(known: Store) -> None:
    """The blocks of what was printed are found by the article that the pick names now."""
    older, newer = stored(known, 1), stored(known, 2)
    id_ = frozen(known, DAY, newer)
    merge(known, older, newer)
    with known.reading() as session:
        [pick] = picks.picks(session, id_)
        assert names.article(pick.article_id, "compact") in editions.blocks(session, id_, "daily/en/normal")
        assert names.article(newer.article_id, "compact") in editions.blocks(session, id_, "daily/en/normal")


def test_a_draft_that_had_both_leaves_one_of_them(known: Store) -> None:
    older, newer = stored(known, 1), stored(known, 2)
    with known.writing() as session:
        id_ = editions.find_or_create(session, "daily", DAY, slot_at=NOW, freeze_at=NOW).id or 0
        drafted = Choice(
            items=(Placed(newer.article_id, "news", 0, PickKind.ITEM),),
            left_out=(Left(older.article_id, LeftOutReason.SECTION_FULL),),
        )
        editions.save_draft(session, id_, drafted, {newer.article_id: newer})
    merge(known, older, newer)
    with known.reading() as session:
        assert [pick.article_id for pick in picks.picks(session, id_)] == [older.article_id]
        assert session.exec(select(LeftOut)).all() == []
        assert session.exec(select(Block)).all() == []


@pytest.mark.parametrize(
    ("older", "newer", "both"),
    [
        ({"hidden": True}, {}, {"hidden": True}),
        ({}, {"hidden": True}, {"hidden": True}),
        ({"withdrawn_at": NOW}, {}, {"withdrawn_at": None}),
        ({"withdrawn_at": NOW}, {"withdrawn_at": NOW + HOUR}, {"withdrawn_at": NOW}),
        ({"baseline": True}, {}, {"baseline": True}),
        ({}, {"baseline": True}, {"baseline": False}),
        ({}, {"correction": "A name was wrong.", "corrected_at": NOW}, {"correction": "A name was wrong."}),
        ({"published_at": NOW}, {"published_at": NOW - HOUR}, {"published_at": NOW - HOUR}),
        ({"published_at": NOW - HOUR}, {"published_at": NOW}, {"published_at": NOW - HOUR}),
        ({"views": 3}, {"views": 5}, {"views": 5}),
        ({"minutes": None}, {"minutes": 2}, {"minutes": 2}),
        # of one under embargo and one that is out, it is out: else it would be too old once the embargo ends
        (
            {"published_at": NOW + 72 * HOUR, "eligible_at": NOW + 72 * HOUR},
            {"published_at": NOW - HOUR, "eligible_at": NOW},
            {"published_at": NOW - HOUR, "eligible_at": NOW},
        ),
        ({"eligible_at": NOW}, {"eligible_at": NOW + HOUR}, {"eligible_at": NOW}),
        # where the older was withdrawn nothing stands any more
        (
            {"withdrawn_at": NOW, "url": "https://news.example.org/gone/", "source_id": "site"},
            {"url": "https://agency.example.net/there/", "source_id": "agency"},
            {"url": "https://agency.example.net/there/", "source_id": "agency"},
        ),
    ],
)
def test_what_is_known_of_both_is_combined(
    known: Store, older: dict[str, object], newer: dict[str, object], both: dict[str, object]
) -> None:
    merge(known, stored(known, 1, **older), stored(known, 2, **newer))
    row = only(known)
    assert {name: getattr(row, name) for name in both} == both


def test_clicks_add_up_and_the_editors_answer_outlives_a_merge(known: Store) -> None:
    one, two, third = (stored(known, number) for number in (1, 2, 3))
    with known.writing() as session:
        session.add_all([Click(article_id=1, day=DAY, count=2), Click(article_id=2, day=DAY, count=3)])
        pairs = [(one.article_id, third.article_id, 0.9), (two.article_id, third.article_id, 0.8)]
        near_duplicates.suggest(session, [*pairs, (one.article_id, two.article_id, 0.7)], NOW)
        near_duplicates.refuse(session, third.article_id, two.article_id, NOW)
    merge(known, one, two)
    with known.reading() as session:
        assert [(click.article_id, click.count) for click in session.exec(select(Click))] == [(one.article_id, 5)]
        [pair] = session.exec(select(NearDuplicate)).all()
        assert (pair.article_id, pair.other_id, pair.state) == (one.article_id, third.article_id, Verdict.REFUSED)


def test_an_editors_word_on_the_one_is_a_word_on_both(known: Store) -> None:
    older, newer = stored(known, 1), stored(known, 2)
    with known.writing() as session:
        id_ = editions.find_or_create(session, "daily", DAY, slot_at=NOW, freeze_at=NOW).id or 0
        pins.put(session, id_, Pinned(newer.article_id, PinKind.DROP), NOW)
    merge(known, older, newer)
    with known.reading() as session:
        assert [(pin.article_id, pin.kind) for pin in pins.of(session, id_)] == [(older.article_id, PinKind.DROP)]


def test_a_link_to_an_article_that_was_merged_leads_to_what_it_became(known: Store) -> None:
    first, second, third = (stored(known, number) for number in (1, 2, 3))
    merge(known, second, third)
    merge(known, first, second)
    row = only(known)
    with known.reading() as session:
        assert clicks.target(session, third.article_id) == (row.id, row.url)
        assert clicks.target(session, 99) is None
        [one] = articles.recent(session, NOW - timedelta(days=1))
        assert one.sources == ("site",)


def test_categories_and_names_of_both_are_the_older_ones(known: Store) -> None:
    take(known, fetched(1, guid="a", categories=("economy",)))
    take(known, fetched(2, guid="b", categories=("climate",)))
    take(known, fetched(2, guid="a", categories=("news",)), at=NOW + HOUR)
    with known.reading() as session:
        [one] = articles.recent(session, NOW - timedelta(days=1))
        assert one.categories == (("site", "climate"), ("site", "economy"), ("site", "news"))
        assert session.exec(select(Pick)).all() == []


def test_a_pushing_source_has_no_baseline(store: Store) -> None:
    desk = SourceTable(id="desk", kind="push")
    with store.writing() as session:
        old = fetched(1, external_id="1", guid="", published=NOW - timedelta(days=9))
        collect.take(session, desk, Fetched(articles=(old,)), NOW)
    assert not only(store).baseline


# --- another site under the same id -------------------------------------------------------------------------------

OLD_SITE = SourceTable(id="site", kind="wordpress", url="https://news.example.org/")
NEW_SITE = SourceTable(id="site", kind="wordpress", url="https://other.example.org/")


def of_new_site(number: int, **changes: object) -> FetchedArticle:
    values = {"url": f"https://other.example.org/{number}/", "title": f"Another report {number}", "guid": ""}
    return fetched(number, **{**values, "external_id": str(number), **changes})


def move(store: Store, *found: FetchedArticle) -> None:
    """Take articles with ids from the old site, and what the new one has at first."""
    take(store, *(fetched(n, external_id=str(n)) for n in range(4)), source=OLD_SITE, at=NOW - HOUR)
    with store.writing() as session:
        collect.failed(session, NEW_SITE, SourceError("It is down."), NOW)
    take(store, *found, source=NEW_SITE)


@pytest.mark.parametrize("later", [False, True])
def test_at_another_site_an_id_names_another_story(known: Store, later: bool) -> None:
    move(known, *(() if later else (of_new_site(1),)))
    if later:
        take(known, of_new_site(1), source=NEW_SITE, at=NOW + HOUR)
    assert {row.title for row in every(known)} == {*(f"Article {n}" for n in range(4)), "Another report 1"}
    assert take(known, of_new_site(1, title="Corrected"), source=NEW_SITE, at=NOW + 2 * HOUR).changed == 1


def test_at_another_site_a_story_is_known_by_its_address_or_by_its_id_and_title(known: Store) -> None:
    move(known, of_new_site(1, title="Article 1"), of_new_site(2, url="https://news.example.org/2/"))
    assert sorted(row.title for row in every(known)) == ["Another report 2", *(f"Article {n}" for n in (0, 1, 3))]
    assert take(known, gone=["1", "3"], source=NEW_SITE, at=NOW + HOUR).withdrawn == 1


def test_a_grave_of_the_old_site_hides_nothing_of_the_new(known: Store) -> None:
    old = fetched(1, external_id="1", published=NOW - timedelta(days=90))
    take(known, old, source=OLD_SITE, at=NOW - timedelta(days=90))
    with known.writing() as session:
        assert collect.purge(session, timedelta(days=60), NOW) == 1
    take(known, of_new_site(1, published=NOW - timedelta(days=80)), source=NEW_SITE)
    assert only(known).title == "Another report 1"


def test_ids_are_believed_again_at_the_site_that_we_come_back_to(known: Store) -> None:
    move(known, of_new_site(1))
    take(known, fetched(1, external_id="1"), source=OLD_SITE, at=NOW + HOUR)
    take(known, of_new_site(1), source=NEW_SITE, at=NOW + 2 * HOUR)
    assert len(every(known)) == 5


def test_another_site_has_a_baseline_of_its_own(known: Store) -> None:
    move(known, of_new_site(9, published=None), of_new_site(2, url="https://news.example.org/2/", published=None))
    rows = {row.title: row.baseline for row in every(known)}
    assert (rows["Another report 9"], rows["Another report 2"]) == (True, False)
    take(known, of_new_site(10, published=None), source=NEW_SITE, at=NOW + HOUR)
    assert not next(row for row in every(known) if row.title == "Another report 10").baseline
