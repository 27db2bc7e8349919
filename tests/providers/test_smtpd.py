"""The scripted SMTP server itself: it must notice what no client may do, or the tests that lean on it prove nothing."""

import base64
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from digest.testing.smtpd import Fault, Greylist, Login, Script, Smtpd, reply

EVERYTHING = (
    "8BITMIME",
    "ENHANCEDSTATUSCODES",
    "PIPELINING",
    "CHUNKING",
    "DSN",
    "SMTPUTF8",
    "SIZE 1000",
    "AUTH PLAIN LOGIN",
)
MAIL = "MAIL FROM:<a@example.org>"
RCPT = "RCPT TO:<b@example.org>"
WHOLE = "Message-ID: <1@example.org>\r\n\r\nHello\r\n."


class Client:
    """A client that does what it is told, however wrong."""

    def __init__(self, server: Smtpd) -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.port), 30)
        self._file = self._socket.makefile("rb")

    def says(self, *lines: str | bytes) -> None:
        """Write lines together."""
        self._socket.sendall(b"".join((one.encode() if isinstance(one, str) else one) + b"\r\n" for one in lines))

    def hears(self) -> str:
        """Return the code of the next answer, “” when there is none."""
        while (line := self._file.readline()) and line[3:4] == b"-":
            pass
        return line[:3].decode()

    def asks(self, *lines: str | bytes) -> list[str]:
        """Say lines one by one and return the answers' codes."""
        answers = []
        for line in lines:
            self.says(line)
            answers.append(self.hears())
        return answers

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def conversation(script: Script) -> Iterator[tuple[Smtpd, Client]]:
    with Smtpd(script) as server, closing(Client(server)) as client:
        assert client.hears() == "220"
        yield server, client


@pytest.fixture
def plain() -> Iterator[tuple[Smtpd, Client]]:
    """Return a server of no extensions and a client that was greeted."""
    yield from conversation(Script(extensions=()))


@pytest.fixture
def full() -> Iterator[tuple[Smtpd, Client]]:
    """Return a server of all extensions and a client that was greeted."""
    yield from conversation(Script(extensions=EVERYTHING))


def test_a_sound_conversation_surprises_nobody(full: tuple[Smtpd, Client]) -> None:
    server, client = full
    assert client.asks("EHLO test", f"{MAIL} SIZE=900 RET=HDRS", f"{RCPT} NOTIFY=FAILURE", "DATA", WHOLE, "QUIT") == [
        *("250", "250", "250", "354", "250", "221")
    ]
    assert server.quiet()
    assert server.surprises == []
    [kept] = server.kept
    assert (kept.sender, kept.recipient) == ("a@example.org", "b@example.org")
    assert (kept.mail, kept.rcpt) == ({"SIZE": "900", "RET": "HDRS"}, {"NOTIFY": "FAILURE"})
    assert server.copies == {"<1@example.org>": 1}
    assert [one.end for one in server.sessions] == ["quit"]


def test_commands_and_chunks_may_come_together_where_that_is_offered(full: tuple[Smtpd, Client]) -> None:
    server, client = full
    client.asks("EHLO test")
    content = b"Message-ID: <1@example.org>\r\n\r\n.x\r\n"
    client.says(MAIL, RCPT, f"BDAT {len(content)}".encode() + b"\r\n" + content + b"BDAT 0 LAST")
    assert [client.hears() for _ in range(4)] == ["250"] * 4
    assert server.kept[0].content == content
    assert server.surprises == []


@pytest.mark.parametrize(
    ("lines", "surprise"),
    [
        (["EHLO t", f"{MAIL} SIZE=900"], "MAIL with SIZE that was not offered"),
        (["EHLO t", MAIL, f"{RCPT} NOTIFY=NEVER"], "RCPT with NOTIFY that was not offered"),
        (["EHLO t", "MAIL FROM:<ä@example.org>"], "MAIL with other letters and without SMTPUTF8"),
        (["EHLO t", "MAIL FROM:a@example.org"], "a MAIL that cannot be read"),
        (["EHLO t", MAIL, "RCPT TO:<b@example.org> <c@example.org>"], "RCPT with <C@EXAMPLE.ORG> that was not offered"),
        (["EHLO t", MAIL, MAIL], "MAIL out of order"),
        ([MAIL], "MAIL out of order"),
        (["EHLO t", "AUTH PLAIN AGEAYg=="], "AUTH without an offer"),
        (["EHLO t", MAIL, RCPT, "BDAT 0 LAST"], "BDAT without an offer"),
        (["NOOP\n"], "a command with a bare line end"),
        (["NOOP " + "x" * 2000], "a command line that is too long"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_was_not_offered_and_what_is_no_command_is_noticed(
    plain: tuple[Smtpd, Client], lines: list[str], surprise: str
) -> None:
    server, client = plain
    client.asks(*lines)
    assert surprise in server.surprises


@pytest.mark.parametrize(
    ("body", "surprise"),
    [
        (b"a\nb\r\n.", "a body with a bare line end"),
        (b"x" * 999 + b"\r\n.", "a body with a line over 998 octets"),
        ("ä\r\n.".encode(), "a body of 8 bits without 8BITMIME"),
    ],
)
def test_a_body_that_no_server_must_take_is_noticed(plain: tuple[Smtpd, Client], body: bytes, surprise: str) -> None:
    server, client = plain
    client.asks("EHLO test", MAIL, RCPT, "DATA", body)
    assert server.surprises == [surprise]


def test_a_body_larger_than_it_was_said_to_be_is_noticed(full: tuple[Smtpd, Client]) -> None:
    server, client = full
    client.asks("EHLO test", f"{MAIL} SIZE=3", RCPT, "DATA", WHOLE)
    assert server.surprises == ["a body that is larger than its SIZE"]


@pytest.mark.parametrize("together", [("EHLO test", "NOOP"), ("NOOP", "NOOP")])
def test_who_does_not_wait_for_the_answer_is_noticed(plain: tuple[Smtpd, Client], together: tuple[str, str]) -> None:
    server, client = plain
    client.says(*together)
    assert [client.hears(), client.hears()] == ["250", "250"]
    assert server.surprises == [f"more came before the answer to {together[0].split()[0]}"]


def test_a_dot_after_a_refused_body_is_noticed_and_keeps_nothing() -> None:
    refused = Fault((b"550 5.7.1 spam\r\n",))
    script = Script(lambda phase, _recipient, _count: refused if phase == "body" else None)
    with Smtpd(script) as server, closing(Client(server)) as client:
        client.hears()
        assert client.asks("EHLO test", MAIL, RCPT, "DATA", WHOLE)[-1] == "550"
        client.says("QUIT")
        assert server.quiet()
    assert server.surprises == ["a dot after the body was refused"]
    assert server.kept == []


@pytest.mark.parametrize(
    ("lines", "codes", "login"),
    [
        (["AUTH PLAIN AGEAYg=="], ["235"], Login("PLAIN", "a", "b", secure=False)),
        (["AUTH PLAIN", "AGEAYg=="], ["334", "235"], Login("PLAIN", "a", "b", secure=False)),
        (["AUTH LOGIN", "YQ==", "Yg=="], ["334", "334", "235"], Login("LOGIN", "a", "b", secure=False)),
        (
            [f"AUTH XOAUTH2 {base64.b64encode(b'user=a' + bytes([1]) + b'auth=Bearer b' + bytes([1, 1])).decode()}"],
            ["235"],
            Login("XOAUTH2", "a", "b", secure=False),
        ),
        (["AUTH PLAIN ***"], ["501"], None),
        (["AUTH PLAIN YQ=="], ["501"], None),
    ],
)
def test_logins_are_read(full: tuple[Smtpd, Client], lines: list[str], codes: list[str], login: Login | None) -> None:
    server, client = full
    assert client.asks("EHLO test", *lines) == ["250", *codes]
    assert server.logins == ([login] if login else [])


def test_a_greylist_puts_the_first_attempt_off_only() -> None:
    with Smtpd(Script(Greylist())) as server, closing(Client(server)) as client:
        client.hears()
        assert client.asks("EHLO test", MAIL, RCPT, RCPT, "RSET", MAIL, RCPT) == [
            *("250", "250", "450", "250", "250", "250", "250")
        ]


def test_a_fault_may_close_reset_or_go_silent_and_hanging_up_ends_it() -> None:
    silent = Fault(ends="silence")
    with Smtpd(Script(lambda phase, _recipient, _count: silent if phase == "ehlo" else None)) as server:
        client = Client(server)
        client.hears()
        client.says("EHLO test")
        assert server.reached("ehlo")
        assert server.spoken()
    assert client.hears() == ""
    client.close()


def test_so_many_messages_and_no_more_then_it_closes_without_a_word() -> None:
    with Smtpd(Script(most=2)) as server, closing(Client(server)) as client:
        client.hears()
        client.asks("EHLO test")
        for _ in range(2):
            assert client.asks(MAIL, RCPT, "DATA", WHOLE)[-1] == "250"
        assert client.hears() == ""
        assert server.quiet()
    assert server.sessions[0].end == "dropped"


def test_an_answer_of_a_line_ends_in_its_own_way() -> None:
    assert reply("421 4.3.2 bye").ends == "close"
    assert reply("451 4.3.0 later").ends == ""
