import threading

from digest.store import heartbeats
from digest.store.base import Store
from tests.store.people import MINUTE, NOW


def test_each_part_is_remembered_by_its_last_beat(store: Store) -> None:
    with store.writing() as session:
        heartbeats.beat(session, "scheduler", NOW)
        heartbeats.beat(session, "worker", NOW)
    with store.writing() as session:
        heartbeats.beat(session, "scheduler", NOW + MINUTE)
    with store.reading() as session:
        assert heartbeats.beats(session) == {"scheduler": NOW + MINUTE, "worker": NOW}


def test_any_number_of_processes_beat_for_the_first_time_at_once(store: Store) -> None:
    together = threading.Barrier(4)
    beaten: list[bool] = []

    def beat() -> None:
        together.wait()
        with store.writing() as session:
            heartbeats.beat(session, "scheduler", NOW)
        beaten.append(True)

    threads = [threading.Thread(target=beat) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(beaten) == 4
    with store.reading() as session:
        assert heartbeats.beats(session) == {"scheduler": NOW}
