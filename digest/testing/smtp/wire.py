"""The server's end of a connection: octets come in, lines and blocks go out, in the packets that a test asks for."""

import contextlib
import select
import socket
import ssl
import struct

_CHUNK = 65536
_RESET = struct.pack("ii", 1, 0)  # linger for no time: close() sends RST


class Gone(Exception):  # noqa: N818 -- no error: clients may leave, and scripts may send them away
    """The connection is over; `left` says that the client ended it."""

    def __init__(self, *, left: bool) -> None:
        """Say who ended it."""
        super().__init__()
        self.left = left


class Wire:
    """One connection. All methods raise Gone when the client left."""

    def __init__(self, connection: socket.socket) -> None:
        """Take the connection over."""
        self._socket = connection
        self._input = bytearray()
        self._output = bytearray()

    def line(self) -> bytes:
        """Return the next line with its end."""
        while (at := self._input.find(b"\n")) < 0:
            self._fill()
        return self._take(at + 1)

    def block(self, size: int) -> bytes:
        """Return exactly `size` octets."""
        while len(self._input) < size:
            self._fill()
        return self._take(size)

    def waiting(self) -> bool:
        """Tell whether the client already said more."""
        if self._input:
            return True
        if isinstance(self._socket, ssl.SSLSocket):
            return self._socket.pending() > 0
        if not select.select([self._socket], [], [], 0)[0]:
            return False
        try:
            return bool(self._socket.recv(1, socket.MSG_PEEK))
        except ConnectionError:
            return False

    def say(self, octets: bytes, *, later: bool = False) -> None:
        """Write; `later` keeps it back until something is written at once."""
        self._output += octets
        if later:
            return
        content, self._output = bytes(self._output), bytearray()
        try:
            self._socket.sendall(content)
        except OSError as error:
            raise Gone(left=True) from error

    def start_tls(self, context: ssl.SSLContext) -> int:
        """Speak TLS from here on; return how many octets came before it, which are thrown away (RFC 3207, section 4.2)."""
        early = len(self._input)
        self._input.clear()
        try:
            secured = context.wrap_socket(self._socket, server_side=True, do_handshake_on_connect=False)
            self._socket = secured
            secured.do_handshake()
        except OSError as error:
            raise Gone(left=True) from error
        return early

    def until_left(self) -> None:
        """Read and throw away until the client leaves."""
        while True:
            self._input.clear()
            self._fill()

    def reset(self) -> None:
        """Have close() send RST."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    def hang_up(self) -> None:
        """End the connection from another thread."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection, at once."""
        self._socket.close()

    def _fill(self) -> None:
        try:
            more = self._socket.recv(_CHUNK)
        except OSError as error:
            raise Gone(left=True) from error
        if not more:
            raise Gone(left=True)
        self._input += more

    def _take(self, size: int) -> bytes:
        taken = bytes(self._input[:size])
        del self._input[:size]
        return taken
