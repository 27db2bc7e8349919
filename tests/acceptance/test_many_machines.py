"""The parts of the service apart, as real processes on one PostgreSQL: any number of workers, each reader exactly once."""

import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from digest.clock import system_clock
from digest.demo.run import free_port
from digest.testing.smtpd import Smtpd
from tests.acceptance.house import DIGEST, House, Newsroom


@pytest.fixture
def mailserver() -> Iterator[Smtpd]:
    with Smtpd() as running:
        yield running


@dataclass
class LateHouse(House):
    """An installation with an edition that was due at an instant."""

    due: datetime


@pytest.fixture
def house(tmp_path: Path, postgres_url: str, mailserver: Smtpd) -> Iterator[LateHouse]:
    """Return an installation on PostgreSQL with an edition that was due a minute ago."""
    due = system_clock() - timedelta(minutes=1)
    with Newsroom() as newsroom:
        newsroom.publish(6, due)
        built = LateHouse(tmp_path, due)
        provider = f'kind = "smtp"\nhost = "127.0.0.1"\nport = {mailserver.port}\ntls = "none"\nconnections = 4'
        built.configure(newsroom.url, provider)
        file = tmp_path / "config.toml"
        text = file.read_text(encoding="utf-8").replace("Europe/Madrid", "UTC").replace("07:30", f"{due:%H:%M}")
        file.write_text(f'{text}[database]\nurl = "{postgres_url}"\n', encoding="utf-8")
        yield built


@contextmanager
def running(house: House, *words: str) -> Iterator[None]:
    """Run a part of the service; it must end in good order when it is told to."""
    process = subprocess.Popen([DIGEST, *words], cwd=house.folder, stderr=subprocess.PIPE, text=True)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    assert "Traceback" not in said, said
    assert process.returncode == 0, said


def read_out(house: LateHouse, mailserver: Smtpd, readers: int, *parts: tuple[str, ...]) -> None:
    """Run parts of the service until each of so many readers has the edition, once; then the books balance."""
    wanted = {f"reader{number}@example.org" for number in range(readers)}
    house.subscribe(*wanted)
    with ExitStack() as stack:
        for part in parts:
            stack.enter_context(running(house, *part))
        assert any(mailserver.reached("answer", readers) for _ in range(10))
    house.run("run")
    assert Counter(kept.recipient for kept in mailserver.kept) == Counter(wanted)
    books = house.json("report", "daily", "--date", f"{house.due:%Y-%m-%d}")
    assert (books["state"], books["candidates"], books["accepted"]) == ("done", readers, readers)


def test_two_workers_and_two_schedulers_mail_each_reader_once(house: LateHouse, mailserver: Smtpd) -> None:
    read_out(house, mailserver, 2000, ("worker",), ("worker",), ("scheduler",), ("scheduler",))


def test_all_in_one_process_mails_each_reader_once(house: LateHouse, mailserver: Smtpd) -> None:
    read_out(house, mailserver, 50, ("serve", "--port", str(free_port(0))))
