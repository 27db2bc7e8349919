"""A second opinion: smtp-sink, which comes with Postfix, commits its own faults. Skipped where it is missing."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path

import pytest

from digest.errors import ProviderError
from digest.values import Accepted, Deferred, Rejected, SendResult, Uncertain
from tests.providers.wire import Gate, message, send, smtp

FOLDERS = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
SINK = shutil.which("smtp-sink", path=FOLDERS)
ROOT = os.geteuid() == 0
needs_sink = pytest.mark.skipif(SINK is None, reason="smtp-sink is not installed: it comes with Postfix.")


def free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def answers(port: int) -> bool:
    with closing(socket.socket()) as one:
        one.settimeout(1)
        return one.connect_ex(("127.0.0.1", port)) == 0


@dataclass(frozen=True)
class Sink:
    port: int
    folder: Path

    def kept(self) -> Counter[str]:
        """How often each Message-ID was captured. The sink unlinks what stayed incomplete when it sees its connection closed."""
        with closing(socket.create_connection(("127.0.0.1", self.port))) as one, contextlib.suppress(ConnectionError):
            one.recv(1000)  # it answers in turn, so that it has seen all that came before
            one.sendall(b"EHLO test\r\n")
            one.recv(1000)
        return Counter(message_from_bytes(file.read_bytes())["Message-ID"] for file in self.folder.iterdir())


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder that the sink may write to, which runs as nobody where we are root."""
    with tempfile.TemporaryDirectory(prefix="digest-sink-") as name:
        yield Path(name)


@contextmanager
def sink(folder: Path, *flags: str) -> Iterator[Sink]:
    assert SINK is not None
    port = free_port()
    who = []
    if ROOT:
        who = ["-u", "nobody"]
        shutil.chown(folder, "nobody")
    command = [SINK, *who, *flags, "-d", f"{folder}/one.", f"127.0.0.1:{port}", "100"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        try:
            while not answers(port):
                assert process.poll() is None, process.stderr and process.stderr.read()
            yield Sink(port, folder)
        finally:
            process.kill()


def outcomes(server: Sink, count: int = 3, connections: int = 2) -> dict[int, SendResult]:
    """Send some messages; a service that cannot be used at all is a result, too: everything is put off."""
    try:
        return send(smtp(server.port, connections), [message(number) for number in range(count)], Gate())
    except ProviderError as error:
        return {number: Deferred(str(error)) for number in range(count)}


@needs_sink
@pytest.mark.parametrize(
    "flags", [(), ("-p",), ("-8",), ("-e",), ("-E",), ("-N",), ("-p", "-8", "-E", "-N")], ids=" ".join
)
def test_whatever_a_sink_offers_it_gets_each_message_once(folder: Path, flags: tuple[str, ...]) -> None:
    with sink(folder, *flags) as server:
        results = outcomes(server, 30, 3)
        kept = server.kept()
    assert all(isinstance(result, Accepted) for result in results.values())
    assert kept == Counter(f"<d.{number}@example.org>" for number in range(30))


@needs_sink
@pytest.mark.parametrize(
    ("flags", "kind"),
    [
        *((("-q", command), Deferred) for command in ("EHLO", "MAIL", "RCPT", "DATA")),
        *((("-Q", command), Deferred) for command in ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", ".")),
        *((("-r", command), Deferred) for command in ("CONNECT", "MAIL", "RCPT", "DATA", ".")),
        *((("-f", command), Rejected) for command in ("MAIL", "RCPT", "DATA", ".")),
        (("-f", "CONNECT"), Deferred),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
@pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "in turn"])
def test_a_sink_that_refuses_is_understood(
    folder: Path, flags: tuple[str, ...], kind: type[SendResult], pipelining: bool
) -> None:
    with sink(folder, *flags, *(() if pipelining else ("-p",))) as server:
        results = outcomes(server)
        kept = server.kept()
    assert {type(result) for result in results.values()} == {kind}
    if flags[1] != ".":  # what it refuses at the dot it captures all the same
        assert not kept


@needs_sink
def test_a_sink_that_refuses_during_the_body_accepts_nothing(folder: Path) -> None:
    with sink(folder, "-A", "0") as server:
        results = outcomes(server)
        kept = server.kept()
    assert not any(isinstance(result, Accepted) for result in results.values())
    assert not kept


@needs_sink
def test_a_sink_that_leaves_at_the_dot_leaves_us_uncertain(folder: Path) -> None:
    with sink(folder, "-q", ".") as server:
        results = outcomes(server)
        kept = server.kept()
    assert all(isinstance(result, Uncertain) for result in results.values())
    assert max(kept.values(), default=1) == 1


@needs_sink
def test_a_slow_answer_to_the_dot_is_waited_for(folder: Path) -> None:
    # In turn: while it waits, the sink answers commands that came behind the dot, which no server may (RFC 2920, section 3.2).
    with sink(folder, "-p", "-W", ".:1") as server:
        results = outcomes(server, 2, 2)
        kept = server.kept()
    assert all(isinstance(result, Accepted) for result in results.values())
    assert set(kept.values()) == {1}


@needs_sink
def test_what_last_look_refuses_is_not_in_the_sink(folder: Path) -> None:
    with sink(folder) as server:
        results = send(smtp(server.port, 2), [message(number) for number in range(9)], Gate(2, 3, 7))
        kept = server.kept()
    assert sum(isinstance(result, Accepted) for result in results.values()) == 6
    assert kept == Counter(f"<d.{number}@example.org>" for number in (0, 1, 4, 5, 6, 8))
