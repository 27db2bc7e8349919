"""A mail server that keeps nothing and answers at once, or after a delay: what is measured is the client, not the server.

`python -m tests.benchmarks.sink PORT [DELAY_MS [WORD …]]`; the words are what EHLO offers, PIPELINING by default.
"""

import asyncio
import sys
from typing import cast

_MOST = 1 << 20


class Conversation(asyncio.BufferedProtocol):
    """One connection: commands are answered by their first letters, bodies are only searched for their end."""

    def __init__(self, offers: tuple[str, ...], delay: float) -> None:
        """Answer after `delay` seconds."""
        lines = ["sink", *offers]
        ends = ["-"] * (len(lines) - 1) + [" "]
        self._hello = "".join(f"250{end}{line}\r\n" for end, line in zip(ends, lines, strict=True)).encode()
        self._delay = delay
        self._buffer = memoryview(bytearray(_MOST))
        self._rest = b""
        self._in_body = False
        self._skip = 0
        self._last = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(b"220 sink ESMTP\r\n")

    def get_buffer(self, sizehint: int) -> memoryview:
        """Read into the same memory again and again."""
        del sizehint
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take what came, answer it all in one piece."""
        data = self._rest + self._buffer[:nbytes] if self._rest else bytes(self._buffer[:nbytes])
        self._rest = b""
        answers: list[bytes] = []
        at = 0
        while at < len(data):
            if self._skip:
                step = min(self._skip, len(data) - at)
                at += step
                self._skip -= step
                if not self._skip:
                    answers.append(b"250 2.0.0 ok\r\n")
                continue
            end = data.find(b"\r\n.\r\n" if self._in_body else b"\r\n", at)
            if end < 0:
                self._rest = data[max(at, len(data) - 4) :] if self._in_body else data[at:]
                break
            if self._in_body:
                self._in_body = False
                at = end + 5
                answers.append(b"250 2.0.0 kept\r\n")
            else:
                self._command(data[at:end], answers)
                at = end + 2
        self._say(b"".join(answers))

    def eof_received(self) -> bool:
        """Close, too."""
        return False

    def _command(self, line: bytes, answers: list[bytes]) -> None:
        verb = line[:4].upper()
        if verb == b"DATA":
            self._in_body = True
            answers.append(b"354 go\r\n")
        elif verb == b"BDAT":
            self._skip = int(line.split()[1])
            if not self._skip:
                answers.append(b"250 2.0.0 kept\r\n")
        elif verb == b"EHLO":
            answers.append(self._hello)
        elif verb == b"QUIT":
            answers.append(b"221 2.0.0 bye\r\n")
        else:
            answers.append(b"250 2.1.0 ok\r\n")

    def _say(self, answer: bytes) -> None:
        if not answer:
            return
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._transport.write, answer)
        else:
            self._transport.write(answer)
        if b"221 2.0.0 bye" in answer:
            asyncio.get_running_loop().call_later(self._delay, self._transport.close)


async def serve(port: int, delay: float, offers: tuple[str, ...]) -> None:
    """Serve until the process ends."""
    server = await asyncio.get_running_loop().create_server(
        lambda: Conversation(offers, delay), "127.0.0.1", port, backlog=1024
    )
    await server.serve_forever()


if __name__ == "__main__":
    import uvloop

    uvloop.run(
        serve(int(sys.argv[1]), float((sys.argv[2:] or ["0"])[0]) / 1000, tuple(sys.argv[3:]) or ("PIPELINING",))
    )
