"""An Internet on loopback for tests of the client: names have public addresses, and every connection ends at a server of the test."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpcore

from digest.sources import network

PUBLIC = "93.184.216.34"


class Internet:
    """Resolves names as told, each time with the next list of addresses, and remembers what was connected to."""

    def __init__(self, server_url: str, names: Mapping[str, Sequence[Sequence[str]]] | None = None) -> None:
        self.port = urlsplit(server_url).port or 80
        self.names = {name: list(lists) for name, lists in (names or {}).items()}
        self.connected: list[tuple[str, int]] = []
        self.down: set[str] = set()

    def resolve(self, host: str, port: int) -> Sequence[str]:
        lists = self.names.get(host)
        if lists is None:
            return network.resolve(host, port) if host[:1].isdigit() or ":" in host else [PUBLIC]
        return lists.pop(0) if len(lists) > 1 else lists[0]

    def connect(self, address: str, port: int, timeout: float | None) -> httpcore.NetworkStream:
        self.connected.append((address, port))
        if address in self.down:
            raise httpcore.ConnectError("refused")
        return network.connect("127.0.0.1", self.port, timeout)


class Hours:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@contextmanager
def raw_server(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve one connection after another with what `talk` says to it, until it returns or the client goes away."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.recv(65536)
                    talk(connection)
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join()
