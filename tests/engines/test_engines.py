"""What every engine keeps, whatever carries its batches: each test runs for the local engine on both databases and for postgres."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, table, update
from sqlmodel import col

from digest.clock import system_clock
from digest.engines import jobworker, local
from digest.engines import postgres as postgres_engine
from digest.engines.base import BatchId, Engine
from digest.engines.local import Local
from digest.engines.postgres import Postgres
from digest.errors import DatabaseError
from digest.models import Batch, NewsletterState
from digest.store import Store, batches
from tests import postgres
from tests.engines.shop import PATIENCE_S, Shop

KINDS: dict[str, Callable[[Store], Engine]] = {
    "local": lambda store: Local(store, system_clock, 2),
    "postgres": lambda store: Postgres(store, system_clock, 2),
}
ENGINES = ("local on sqlite", "local on postgresql", "postgres on postgresql")


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing as long as an installation does."""
    monkeypatch.setattr(local, "_LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(local, "_AFTER_FAULT_S", 0.2)
    monkeypatch.setattr(postgres_engine, "_AFTER_FAULT_S", 0.2)
    for name, seconds in {"_HEARTBEAT_S": 0.2, "_GONE_AFTER_S": 2.0, "_LOOK_EVERY_S": 0.2}.items():
        monkeypatch.setattr(jobworker, name, seconds)


@pytest.fixture(params=ENGINES)
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    kind, _, database = str(request.param).partition(" on ")
    url = request.getfixturevalue("sqlite_url" if database == "sqlite" else "postgres_url")
    with closing(Store(url)) as store:
        yield Shop(store, KINDS[kind](store))


def test_what_is_due_is_handed_out_once(shop: Shop) -> None:
    planned = shop.plan(7)
    with shop.running():
        assert shop.next(7) == planned
    assert shop.taken.empty()


def test_what_is_planned_while_an_engine_runs_is_handed_out_too(shop: Shop) -> None:
    with shop.running():
        for _ in range(3):
            planned = shop.plan(2)
            assert shop.next(2) == planned


def test_nothing_is_handed_out_before_it_is_due(shop: Shop) -> None:
    came: list[tuple[BatchId, datetime]] = []

    def handle(batch_id: BatchId) -> None:
        came.append((batch_id, system_clock()))
        shop.handle(batch_id)

    later = shop.plan(wait=timedelta(seconds=1))
    now = shop.plan()
    with shop.store.reading() as session:
        due_at = {id_: session.get_one(Batch, id_).due_at for id_ in (*later, *now)}
    with shop.running(handle):
        assert shop.next(2) == sorted(later + now)
    assert [id_ for id_, moment in came if moment < due_at[id_]] == []


def test_what_was_rolled_back_is_never_handed_out(shop: Shop) -> None:
    with pytest.raises(ZeroDivisionError), shop.store.writing() as session:
        row = Batch(edition_id=shop.edition_id, due_at=system_clock(), expires_at=system_clock() + timedelta(hours=20))
        session.add(row)
        session.flush()
        shop.engine.enqueue(session, [BatchId(row.id or 0)], row.due_at)
        raise ZeroDivisionError
    planned = shop.plan()
    handed: list[BatchId] = []

    def handle(batch_id: BatchId) -> None:
        handed.append(batch_id)
        shop.handle(batch_id)

    with shop.running(handle):
        assert shop.next() == planned
    assert handed == planned


def test_a_batch_that_is_promised_twice_is_worked_on_once(shop: Shop) -> None:
    planned = shop.plan(3)
    for _ in range(2):
        with shop.store.writing() as session:
            shop.engine.enqueue(session, planned, system_clock())
    with shop.running():
        assert shop.next(3) == planned
        assert shop.plan() == shop.next()
    assert shop.taken.empty()


def test_any_number_of_engines_share_the_batches_of_one_database(shop: Shop) -> None:
    with shop.running(), shop.running(), shop.running():
        planned = shop.plan(40)
        assert shop.next(40) == planned
    assert shop.taken.empty()


def test_a_slow_batch_holds_up_no_other(shop: Shop) -> None:
    slow, *others = shop.plan(6)
    let_go = threading.Event()

    def handle(batch_id: BatchId) -> None:
        if batch_id == slow:
            assert let_go.wait(PATIENCE_S)
        shop.handle(batch_id)

    with shop.running(handle):
        assert shop.next(5) == others
        let_go.set()
        assert shop.next() == [slow]


def test_stop_waits_for_what_was_begun_and_begins_nothing_more(shop: Shop) -> None:
    begun, let_go, ended = threading.Semaphore(0), threading.Event(), []

    def handle(batch_id: BatchId) -> None:
        begun.release()
        assert let_go.wait(PATIENCE_S)
        ended.append(batch_id)

    shop.plan(5)
    with shop.running(handle) as stop:
        for _ in range(2):
            assert begun.acquire(timeout=PATIENCE_S)
        stop.set()
        let_go.set()
    assert len(ended) == 2


@pytest.mark.parametrize("fault", [ValueError("a fault"), DatabaseError("The disk is full.")], ids=["any", "database"])
def test_a_batch_whose_handling_raised_comes_again_and_others_meanwhile(
    shop: Shop, fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    first = shop.plan()
    faults = [fault]

    def handle(batch_id: BatchId) -> None:
        if [batch_id] == first and faults:
            raise faults.pop()
        shop.handle(batch_id)

    with shop.running(handle):
        others = shop.plan(3)
        assert shop.next(4) == first + others
    said = [record for record in caplog.records if record.name.startswith("digest")]
    assert said
    assert [record for record in said if record.exc_info] == []
    assert "a fault" not in caplog.text, "it may hold people's data"


def test_a_paused_newsletter_waits_and_goes_on(shop: Shop) -> None:
    with shop.store.writing() as session:
        session.add(NewsletterState(newsletter="daily", paused=True))
    waiting = shop.plan(2)
    with shop.running():
        with shop.store.reading() as session:
            assert batches.due(session, system_clock()) == []
        with shop.store.writing() as session:
            session.execute(update(NewsletterState).values(paused=False))
        assert shop.next(2) == waiting


def test_a_batch_that_nobody_promised_is_found(shop: Shop) -> None:
    """So are deferred batches, batches of a worker that is gone, and all whose jobs were lost."""
    planned = shop.plan(3, enqueue=False)
    with shop.running():
        assert shop.next(3) == planned


_VICTIM = """
import sys, threading
from digest.clock import system_clock
from digest.engines.local import Local
from digest.engines.postgres import Postgres
from digest.store import Store, batches

store = Store(sys.argv[2])

def handle(batch_id):
    with store.writing() as session:
        assert batches.claim(session, batch_id, owner="victim", now=system_clock())
    print(batch_id, flush=True)
    threading.Event().wait()

{"Local": Local, "Postgres": Postgres}[sys.argv[1]](store, system_clock, 1).run(handle, threading.Event())
"""


def test_the_batch_of_a_worker_that_was_killed_comes_back(shop: Shop) -> None:
    planned = shop.plan(3)
    url = shop.store.engine.url.set(drivername=shop.store.engine.dialect.name).render_as_string(hide_password=False)
    with subprocess.Popen(
        [sys.executable, "-c", _VICTIM, type(shop.engine).__name__, url], stdout=subprocess.PIPE, text=True
    ) as victim:
        assert victim.stdout is not None
        held = int(victim.stdout.readline())
        victim.send_signal(signal.SIGKILL)
        victim.wait()
    with shop.store.writing() as session:
        over = datetime(2000, 1, 1, tzinfo=UTC)
        session.execute(update(Batch).where(col(Batch.id) == held).values(lease_until=over))
        assert batches.release_stale(session, system_clock()) == 1
    with shop.running():
        assert shop.next(3) == planned


@pytest.fixture
def frail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the folder of a PostgreSQL of this test's own."""
    folder = tmp_path_factory.mktemp("frail")
    for one in (folder, *folder.parents[:2]):
        one.chmod(0o755)  # the server is another user's process
    yield folder
    postgres.stop(folder)


@pytest.mark.parametrize("kind", KINDS)
def test_a_database_that_went_away_is_found_again(kind: str, frail: Path, caplog: pytest.LogCaptureFixture) -> None:
    with closing(Store(postgres.named(postgres.start(frail), postgres.TEMPLATE))) as store:
        shop = Shop(store, KINDS[kind](store))
        with shop.running():
            assert shop.plan() == shop.next()
            later = shop.plan(2, wait=timedelta(seconds=1))
            postgres.halt(frail)
            postgres.start(frail)
            assert shop.next(2) == later
            assert shop.plan() == shop.next()
    assert [record.message for record in caplog.records if record.exc_info] == []


def test_engines_of_two_kinds_share_one_database(postgres_url: str) -> None:
    """So one can be changed for the other while an edition goes out."""
    with closing(Store(postgres_url)) as store:
        first, second = (Shop(store, make(store)) for make in KINDS.values())
        second.taken = first.taken
        with first.running(), second.running():
            planned = first.plan(15) + second.plan(15)
            assert first.next(30) == planned
    assert first.taken.empty()


def test_a_worker_that_was_taken_for_dead_goes_on(postgres_url: str) -> None:
    """It was cut off, or its machine slept; the others dropped it and its jobs, of which one was under way."""
    with closing(Store(postgres_url)) as store:
        shop = Shop(store, Postgres(store, system_clock, 2))
        begun, let_go = threading.Event(), threading.Event()

        def handle(batch_id: BatchId) -> None:
            begun.set()
            assert let_go.wait(PATIENCE_S)
            shop.handle(batch_id)

        with shop.running(handle):
            planned = shop.plan()
            assert begun.wait(PATIENCE_S)
            with store.writing() as session:
                session.execute(delete(table("procrastinate_jobs")))
                session.execute(delete(table("procrastinate_workers")))
            let_go.set()
            assert shop.next() == planned
            assert shop.plan(5) == shop.next(5)
        assert shop.taken.empty()


def test_no_job_is_left_behind(postgres_url: str) -> None:
    with closing(Store(postgres_url)) as store:
        shop = Shop(store, Postgres(store, system_clock, 2))
        with shop.running():
            assert shop.plan(5) == shop.next(5)
        with store.reading() as session:
            for name in ("procrastinate_jobs", "procrastinate_events", "procrastinate_workers"):
                assert session.execute(select(func.count()).select_from(table(name))).scalar_one() == 0, name


def test_jobs_that_nobody_worked_on_go_with_the_batches_they_called_for(postgres_url: str) -> None:
    """Where mail leaves by `digest run`, no worker takes jobs away."""
    with closing(Store(postgres_url)) as store:
        shop = Shop(store, Postgres(store, system_clock))
        shop.plan(3)
        shop.plan(2, wait=timedelta(days=3))
        with store.reading() as session:
            assert session.execute(select(func.count()).select_from(table("procrastinate_jobs"))).scalar_one() == 2
