"""Random newsrooms, readers, editors, providers, clocks and crashes: what must hold after every step, and that every edition ends.

`DIGEST_RANDOM_DAYS` is the number of random stories of some days that are tried, three where it is not set.
"""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import col, select

from digest import config, deliver, pipeline, recurrence, subscribe
from digest.errors import EditionError
from digest.models import (
    Article,
    Batch,
    Delivery,
    Edition,
    Pick,
    Rendering,
    RenderingPick,
    Subscriber,
    Subscription,
    Wave,
)
from digest.pipeline import audience as people
from digest.pipeline import pushing
from digest.providers.memory import Memory
from digest.render import Renderer
from digest.runtime import Runtime
from digest.store import (
    allotment,
    articles,
    batches,
    deliveries,
    editions,
    groups,
    histories,
    migrations,
    pins,
    subscribers,
    waves,
)
from digest.subscribe import Row
from digest.values import (
    OWED,
    Accepted,
    Deferred,
    DeliveryState,
    EditionState,
    Message,
    Permanence,
    PickKind,
    PinKind,
    Pinned,
    Rejected,
    SendResult,
    Uncertain,
)
from tests.acceptance.house import SECTIONS
from tests.pipeline.test_mornings import stories, values
from tests.pipeline.test_pushing import article as document

_BEGIN = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
_ENDED = (EditionState.DONE, EditionState.SKIPPED, EditionState.MISSED, EditionState.CANCELLED)
_NOT_HAD = (DeliveryState.EXCLUDED, DeliveryState.REJECTED)
_OUTCOMES: dict[str, SendResult] = {
    "accepted": Accepted(),
    "rejected": Rejected("mailbox_full", Permanence.SOFT, "552 5.2.2 full"),
    "deferred": Deferred("451 4.7.1 come again"),
    "uncertain": Uncertain("the connection was lost"),
}
_CRASHES = {
    "choosing": (groups, "save"),
    "keeping": (editions, "save_frozen"),
    "planning": (allotment, "allot"),
    "moving": (waves, "move"),
    "drafting": (editions, "save_draft"),
    "settling": (histories, "settle_next"),
    "claiming": (batches, "claim"),
    "recording": (deliver, "give_back"),
    "finishing": (deliveries, "finish_editions"),
}
_HOURS = ("", "06:00", "08:00", "12:00", "23:45")
_ZONES = ("", "Asia/Tokyo", "America/Bogota", "Pacific/Kiritimati", "Pacific/Pago_Pago")
_FREQUENCIES = ("daily", "weekdays", "weekly")
_SPANS = (1, 10, 20, 60, 180, 720, 1440, 3000)  # minutes
_sections = st.lists(st.sampled_from(SECTIONS), unique=True)
_numbers = st.integers(0, 50)


class CrashError(Exception):
    """The process dies here."""


@cache
def _renderer() -> Renderer:
    return Renderer(Path("none"))


@cache
def _template() -> Path:
    file = Path(tempfile.mkdtemp()) / "digest.db"
    migrations.upgrade(f"sqlite:///{file}")
    return file


class Days(RuleBasedStateMachine):
    """Some days of a newsletter."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = Path(tempfile.mkdtemp())
        self._signatures = count()
        self.now = _BEGIN
        self.changed = False
        self.published: list[int] = []
        self.readers: list[str] = []
        self.touched: dict[str, datetime] = {}
        self.got: Counter[tuple[str, date, int]] = Counter()

    @initialize(
        review=st.sampled_from(("auto", "auto", "approve")),
        catch_up=st.sampled_from(("latest_only", "each", "none")),
        alerts=st.sampled_from((0, 2)),
        minimum=st.sampled_from((1, 1, 3)),
    )
    def begin(self, review: str, catch_up: str, alerts: int, minimum: int) -> None:
        url = f"sqlite:///{shutil.copy(_template(), self._folder / 'digest.db')}"
        raw = values(
            "https://news.example.org/",
            url,
            review=review,
            catch_up=catch_up,
            alerts_a_day=alerts,
            min_stories=minimum,
            weekly_day="wed",
        )
        raw["sources"] = [{"id": "own", "kind": "push", "secret": "k" * 32, "settle": "0s"}]
        self.runtime = Runtime(config.parse(raw, self._folder / "config.toml"), lambda: self.now)
        self.runtime.provider = self.memory = Memory()
        self.runtime.renderer = _renderer()
        [self.newsletter] = self.runtime.settings.newsletters
        self.join((), "", "", "daily")
        self.join((), "", "Asia/Tokyo", "daily")
        self.publish(3, ["news", "economy"], breaking=False)

    # What happens by itself.

    @rule(minutes=st.sampled_from(_SPANS))
    def time_goes_by(self, minutes: int) -> None:
        """Tick now and then: a scheduler need not do it often."""
        until = self.now + timedelta(minutes=minutes)
        step = timedelta(minutes=minutes if minutes < 720 else 240)
        while self.now < until:
            self.now = min(self.now + step, until)
            self.tick()

    @rule(minutes=st.sampled_from(_SPANS))
    def nothing_runs_for_a_while(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(minutes=st.sampled_from((30, 60)))
    def the_clock_goes_back(self, minutes: int) -> None:
        self.now -= timedelta(minutes=minutes)

    @rule()
    def tick(self) -> None:
        gone = self._gone()
        before = len(self.memory.taken)
        self.changed = True
        pipeline.advance_editions(self.runtime)
        pipeline.deliver_due(self.runtime)
        self._look_at(self.memory.taken[before:], gone)

    @rule(where=st.sampled_from(sorted(_CRASHES)), nth=st.integers(1, 3), minutes=st.sampled_from((0, 20, 60)))
    def the_process_dies(self, where: str, nth: int, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        place, name = _CRASHES[where]
        real = getattr(place, name)
        calls = count(1)

        def dying(*args: Any, **named: Any) -> Any:
            if next(calls) == nth:
                raise CrashError
            return real(*args, **named)

        with pytest.MonkeyPatch.context() as patched, suppress(CrashError):
            patched.setattr(place, name, dying)
            self.tick()

    # The newsroom.

    @rule(
        number=st.integers(1, 4),
        sections=st.lists(st.sampled_from(SECTIONS), min_size=1, unique=True),
        breaking=st.booleans(),
    )
    def publish(self, number: int, sections: list[str], breaking: bool) -> None:
        first = len(self.published) + 1
        for one in range(first, first + number):
            self.published.append(one)
            self._push(one, sections, breaking=breaking and one == first)

    @rule(which=_numbers)
    def withdraw(self, which: int) -> None:
        [table] = self.runtime.settings.sources
        pushing.withdraw(self.runtime, table, f"s{next(self._signatures)}", str(self._one(self.published, which)))

    @rule(which=_numbers, hidden=st.booleans())
    def hide(self, which: int, hidden: bool) -> None:
        self._change(which, {"hidden": hidden})

    @rule(which=_numbers)
    def correct(self, which: int) -> None:
        article = self._article(which)
        if article is not None and article.corrected_at is None:
            self._change(which, {"correction": "It was otherwise.", "corrected_at": self.now})

    # Readers.

    @rule(
        sections=_sections,
        hour=st.sampled_from(_HOURS),
        zone=st.sampled_from(_ZONES),
        frequency=st.sampled_from(("daily", "daily", "weekdays", "weekly")),
    )
    def join(self, sections: list[str], hour: str, zone: str, frequency: str) -> None:
        if len(self.readers) > 7:
            return
        address = f"r{len(self.readers)}@example.org"
        self.readers.append(address)
        wish = {"email": address, "sections": ";".join(sections), "hour": hour, "zone": zone, "frequency": frequency}
        rows = [Row(0, wish)]
        for counts in people.import_subscribers(
            self.runtime, rows, newsletter="daily", consent="a test", confirm=False
        ):
            assert not counts.refused
        self.touched[address] = self.now

    @rule(who=_numbers)
    def leave(self, who: int) -> None:
        self._reader(who, lambda session, id_: subscribe.unsubscribe(session, id_, how="one_click", now=self.now))

    @rule(who=_numbers)
    def come_back(self, who: int) -> None:
        self._reader(who, lambda session, id_: subscribe.resubscribe(session, id_, now=self.now))

    @rule(who=_numbers, sections=_sections.filter(bool))
    def choose_sections(self, who: int, sections: list[str]) -> None:
        self._reader(who, lambda session, id_: subscribe.choose_sections(session, id_, self.newsletter, sections))

    @rule(who=_numbers, hour=st.sampled_from(_HOURS), zone=st.sampled_from(_ZONES))
    def choose_hour(self, who: int, hour: str, zone: str) -> None:
        self._reader(
            who,
            lambda session, id_: subscribe.choose_hour(session, id_, self.newsletter, hour, zone, now=self.now),
        )

    @rule(
        who=_numbers,
        frequency=st.sampled_from(_FREQUENCIES),
        own=st.dictionaries(st.sampled_from(SECTIONS), st.sampled_from(_FREQUENCIES), max_size=1),
    )
    def choose_frequency(self, who: int, frequency: str, own: dict[str, str]) -> None:
        self._reader(
            who, lambda session, id_: subscribe.choose_frequency(session, id_, self.newsletter, frequency, own)
        )

    @rule(who=_numbers, length=st.sampled_from(subscribe.LENGTHS))
    def choose_length(self, who: int, length: str) -> None:
        self._reader(who, lambda session, id_: subscribe.choose_length(session, id_, length))

    @rule(who=_numbers, days=st.sampled_from((None, 1, 2)))
    def pause(self, who: int, days: int | None) -> None:
        until = None if days is None else self.now.date() + timedelta(days=days)
        self._reader(who, lambda session, id_: subscribe.pause(session, id_, until=until, now=self.now))

    @rule(who=_numbers)
    def resume(self, who: int) -> None:
        self._reader(who, subscribe.resume)

    # Editors.

    @rule(which=st.integers(0, 2), decision=st.sampled_from(("hold", "release", "approve", "approve", "reopen")))
    def decide(self, which: int, decision: str) -> None:
        self._decide(which, getattr(pipeline, decision))

    @rule(which=st.integers(0, 2))
    def cancel(self, which: int) -> None:
        self._decide(which, pipeline.cancel)

    @rule(days=st.integers(0, 1))
    def draft(self, days: int) -> None:
        """Drafting twice with nothing between gives the same."""
        day = recurrence.local_date(self.newsletter, self.now) + timedelta(days=days)
        both = []
        for _ in range(2):
            edition = pipeline.draft_edition(self.runtime, self.newsletter, day)
            with self.runtime.store.reading() as session:
                picks = editions.picks(session, edition.id or 0)
            both.append([(pick.article_id, pick.section_id, pick.position, pick.kind) for pick in picks])
        assert both[0] == both[1]

    @rule(which=st.integers(0, 2), article=_numbers, kind=st.sampled_from(PinKind))
    def pin(self, which: int, article: int, kind: PinKind) -> None:
        edition, found = self._edition(which), self._article(article)
        if edition is not None and found is not None and found.id is not None:
            with self.runtime.store.writing() as session:
                pins.put(session, edition.id or 0, Pinned(found.id, kind, "news"), self.now)

    # The provider.

    @rule(who=_numbers, outcome=st.sampled_from(sorted(_OUTCOMES)))
    def answer(self, who: int, outcome: str) -> None:
        self.memory.outcomes[self._one(self.readers, who)] = _OUTCOMES[outcome]

    # What must hold.

    @invariant()
    def all_of_this_holds(self) -> None:
        if self.changed:
            self.changed = False
            self.no_reader_has_a_story_twice()
            self.every_recipe_refers_to_blocks_that_exist()
            self.what_is_done_balances_and_every_reader_has_a_row()
            self.digests_of_a_reader_are_eight_hours_apart()

    def no_reader_has_a_story_twice(self) -> None:
        with self.runtime.store.reading() as session:
            statement = (
                select(Delivery.subscriber_id, Pick.article_id, RenderingPick.kind)
                .join(RenderingPick, col(RenderingPick.rendering_id) == col(Delivery.rendering_id))
                .join(Pick, col(Pick.id) == col(RenderingPick.pick_id))
                .where(col(Delivery.state).not_in(_NOT_HAD))
            )
            had = Counter((who, article, kind == PickKind.CORRECTION) for who, article, kind in session.exec(statement))
        assert [one for one, times in had.items() if times > 1] == []

    def every_recipe_refers_to_blocks_that_exist(self) -> None:
        with self.runtime.store.reading() as session:
            for edition_id in session.exec(select(Rendering.edition_id).distinct()).all():
                for recipe in editions.recipes(session, edition_id).values():
                    blocks = editions.blocks(session, edition_id, recipe.look)
                    assert {*recipe.html, *recipe.text} <= set(blocks)

    def what_is_done_balances_and_every_reader_has_a_row(self) -> None:
        with self.runtime.store.reading() as session:
            for edition in session.exec(select(Edition).where(col(Edition.state) == EditionState.DONE)):
                books = deliveries.report(session, edition)
                assert books.balances
                assert not books.owed
                if not edition.alert:
                    self._check_rows(session, edition)

    def digests_of_a_reader_are_eight_hours_apart(self) -> None:
        with self.runtime.store.reading() as session:
            statement = (
                select(Delivery.subscriber_id, Wave.due_at)
                .join(Edition, col(Edition.id) == col(Delivery.edition_id))
                .join(Batch, col(Batch.id) == col(Delivery.batch_id))
                .join(Wave, col(Wave.id) == col(Batch.wave_id))
                .where(col(Edition.alert) == 0, col(Delivery.state).not_in(_NOT_HAD))
                .order_by(col(Delivery.subscriber_id), col(Wave.due_at))
            )
            rows = session.exec(statement).all()
        for (one, before), (other, after) in pairwise(rows):
            assert one != other or after - before >= recurrence.APART, (one, before, after)

    def teardown(self) -> None:
        """Whatever happened, a week later every edition has ended and owes nothing."""
        try:
            if hasattr(self, "runtime"):
                self._end()
        finally:
            if hasattr(self, "runtime"):
                self.runtime.close()
            shutil.rmtree(self._folder)

    def _end(self) -> None:
        self.memory.outcomes.clear()
        last = self.now.date() + timedelta(days=1)
        for _ in range(12):
            self.now += timedelta(hours=20)
            self.tick()
        with self.runtime.store.reading() as session:
            left = session.exec(
                select(Edition).where(col(Edition.edition_date) <= last, col(Edition.state).not_in(_ENDED))
            )
            still = [(one.edition_date, one.alert, one.state, one.reason) for one in left]
            assert not still, (still, self.now)
            owed = session.exec(select(Delivery.id).where(col(Delivery.state).in_(OWED))).all()
            assert owed == []
        self.what_is_done_balances_and_every_reader_has_a_row()
        self.no_reader_has_a_story_twice()

    # Helpers.

    def _check_rows(self, session: Any, edition: Edition) -> None:
        """Every reader who was there, unchanged, before the first wave froze has a row if the edition falls on their days."""
        first = min(wave.freeze_at for wave in waves.of(session, edition.id or 0))
        rows = set(session.exec(select(Delivery.subscriber_id).where(col(Delivery.edition_id) == edition.id)))
        for address in self.readers:
            found = subscribers.subscription(session, address, "daily")
            assert found is not None
            falls = recurrence.falls_on(found.frequency, edition.edition_date, "wed")
            hour = recurrence.hours_of(self.newsletter, found.clock).on(edition.edition_date)
            if self.touched[address] < first and found.state == "active" and falls and hour is not None:
                assert found.subscriber_id in rows, (address, edition.edition_date)

    def _look_at(self, taken: list[Message], gone: set[int]) -> None:
        for message in taken:
            got = stories(message)
            assert not got & gone, (got, gone)
            with self.runtime.store.reading() as session:
                delivery = session.get_one(Delivery, message.key.id)
                edition = editions.get(session, delivery.edition_id)
                subscription = session.get_one(Subscription, delivery.subscription_id)
                assert edition.state in {*_ENDED, EditionState.SENDING, EditionState.FROZEN, EditionState.DRAFT}
                assert edition.state != EditionState.CANCELLED
                assert subscription.state == "active"
                person = session.get_one(Subscriber, delivery.subscriber_id).address
            self.got[person, edition.edition_date, edition.alert] += 1
        assert all(times == 1 for times in self.got.values())

    def _gone(self) -> set[int]:
        with self.runtime.store.reading() as session:
            rows = session.exec(select(Article).where(col(Article.hidden) | col(Article.withdrawn_at).is_not(None)))
            return {int(row.url.rstrip("/").rpartition("/")[2]) for row in rows}

    def _push(self, number: int, sections: list[str], *, breaking: bool) -> None:
        [table] = self.runtime.settings.sources
        one = document(number, published=self.now.isoformat(), categories=sections, breaking=breaking)
        pushing.store(self.runtime, table, f"s{next(self._signatures)}", [one])

    def _article(self, which: int) -> Article | None:
        number = self._one(self.published, which)
        with self.runtime.store.reading() as session:
            return session.exec(select(Article).where(col(Article.url).endswith(f"/{number}/"))).one_or_none()

    def _change(self, which: int, changes: dict[str, Any]) -> None:
        found = self._article(which)
        if found is not None:
            with self.runtime.store.writing() as session:
                articles.change(session, found.id or 0, changes)

    def _reader(self, who: int, change: Callable[[Any, int], Any]) -> None:
        address = self._one(self.readers, who)
        with self.runtime.store.writing() as session:
            found = subscribers.subscription(session, address, "daily")
            assert found is not None
            change(session, found.id or 0)
        self.touched[address] = self.now

    def _edition(self, which: int) -> Edition | None:
        with self.runtime.store.reading() as session:
            found = session.exec(select(Edition).order_by(col(Edition.id).desc()).limit(3)).all()
        return found[which] if which < len(found) else None

    def _decide(self, which: int, decision: Callable[..., Any]) -> None:
        edition = self._edition(which)
        if edition is not None:
            with suppress(EditionError):
                decision(self.runtime, self.newsletter, edition.edition_date, alert=edition.alert)

    def _one(self, among: list[Any], which: int) -> Any:
        return among[which % len(among)]


def test_whatever_happens_nobody_gets_a_story_twice_and_every_edition_ends() -> None:
    examples = int(os.environ.get("DIGEST_RANDOM_DAYS", "3"))
    run_state_machine_as_test(Days, settings=settings(max_examples=examples, stateful_step_count=40, derandomize=True))
