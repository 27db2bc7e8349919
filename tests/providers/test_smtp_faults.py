"""Each fault of a server at each moment of the conversation has its one right outcome, whatever extensions it offers."""

import threading
from collections.abc import Iterator

import pytest

from digest.mail import mime
from digest.testing.smtpd import Fault, Script, Smtpd, reply, split
from digest.values import Accepted, Deferred, Message, MessageKey, Refused, Rejected, SendResult, Uncertain
from tests.providers.wire import BASE, MODES, Gate, keeps_its_promises, message, send, smtp

SOFT = reply("451 4.3.0 later")
SOFT_LONG = Fault((b"451-4.3.0 we are\r\n451-4.3.0 very\r\n451 4.3.0 busy\r\n",))
HARD = reply("550 5.1.1 no such user")
HARD_IN_LATIN = Fault(("550 5.1.1 unbekannter Empfänger\r\n".encode("latin-1"),))
HARD_IN_OCTETS = Fault(split("554 5.7.1 no").packets)
CLOSING = reply("421 4.3.2 closing")
SURPRISES = {
    "drop": Fault(ends="close"),
    "reset": Fault(ends="reset"),
    "half a line": Fault((b"250 2.0.0 o",), ends="close"),
    "half an answer": Fault((b"250-2.0.0 one\r\n",), ends="close"),
    "words": reply("hello world"),
    "999": reply("999 what"),
    "150": reply("150 wait"),
    "a number alone": reply("25"),
    "two codes": Fault((b"250-2.0.0 yes\r\n550 5.0.0 no\r\n",)),
    "binary": Fault((b"\x00\xff\xfe\r\n",)),
    "no end of a line": Fault((b"2" * 200_000,), ends="close"),
    "no end of an answer": Fault((b"250-2.0.0 more\r\n" * 20_000,), ends="close"),
}
RIGHT = {
    "octet by octet": split("250 2.0.0 fine"),
    "many lines": Fault((b"250-2.0.0 we\r\n250-2.0.0 are\r\n", b"250 2.0.0 glad\r\n"), done=True),
    "no text": Fault((b"250\r\n",), done=True),
    "a space and no text": Fault((b"250 \r\n",), done=True),
    "other letters": Fault((b"250 2.0.0 \xe4\xf6\xfc\r\n",), done=True),
    "another success": reply("252 2.0.0 perhaps", done=True),
}


@pytest.fixture(params=list(MODES))
def offers(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return MODES[request.param]


def once(phase: str, fault: Fault) -> Script:
    return Script(lambda at, _recipient, count: fault if at == phase and count == 1 else None)


def told(script: Script, offers: tuple[str, ...], gate: Gate | None = None) -> tuple[Smtpd, dict[int, SendResult]]:
    """Send two messages over one connection into a server with this script, and check every promise."""
    script.extensions = offers
    with Smtpd(script) as server:
        results = send(smtp(server.port), [message(1), message(2)], gate or Gate())
        keeps_its_promises(server, results)
    assert set(results) == {1, 2}
    return server, results


def dots(server: Smtpd) -> int:
    """How many messages were completed by a client."""
    commands = [one for session in server.sessions for one in session.commands]
    return sum(one == "." or one.upper().endswith(" LAST") for one in commands)


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data"])
@pytest.mark.parametrize(
    ("fault", "kind"),
    [(SOFT, Deferred), (SOFT_LONG, Deferred), (HARD, Rejected), (HARD_IN_LATIN, Rejected), (HARD_IN_OCTETS, Rejected)],
    ids=["4xx", "4xx-long", "5xx", "5xx-latin", "5xx-octets"],
)
def test_a_refusal_before_the_body_is_for_that_message_and_the_connection_is_kept(
    offers: tuple[str, ...], phase: str, fault: Fault, kind: type[SendResult]
) -> None:
    gate = Gate()
    server, results = told(once(phase, fault), offers, gate)
    assert isinstance(results[1], kind)
    assert isinstance(results[2], Accepted)
    assert gate.asked == [2]
    assert server.connections == 1
    assert "RSET" in server.sessions[0].commands


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data"])
@pytest.mark.parametrize("fault", [CLOSING, *SURPRISES.values()], ids=["421", *SURPRISES])
def test_a_broken_answer_before_the_body_hands_nothing_over_and_ends_the_connection(
    offers: tuple[str, ...], phase: str, fault: Fault
) -> None:
    gate = Gate()
    server, results = told(once(phase, fault), offers, gate)
    assert isinstance(results[1], Deferred)
    assert isinstance(results[2], Accepted)
    assert gate.asked == [2]
    assert server.connections == 2
    assert dots(server) == 1


@pytest.mark.parametrize("after", [0, 1, 400])
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault((b"451 4.3.0 enough\r\n",)), Deferred),
        (Fault((b"550 5.7.1 spam\r\n",)), Rejected),
        (Fault((b"421 4.3.2 closing\r\n",)), Deferred),
        (Fault((b"421 4.3.2 closing\r\n",), ends="close"), Deferred),
        (Fault(ends="close"), Deferred),
        (Fault(ends="reset"), Deferred),
        (Fault((b"what\r\n",)), Deferred),
    ],
    ids=["4xx", "5xx", "421", "421-close", "drop", "reset", "words"],
)
def test_an_answer_that_comes_before_the_dot_is_the_answer_and_no_dot_follows(
    offers: tuple[str, ...], after: int, fault: Fault, kind: type[SendResult]
) -> None:
    script = once("body", Fault(fault.packets, fault.ends, after=after))
    script.extensions = offers
    with Smtpd(script) as server:

        def until_said() -> bool:
            return server.quiet() if fault.ends and not server.sessions[0].end else server.spoken()

        results = send(smtp(server.port), [message(1), message(2)], Gate(first=until_said))
        keeps_its_promises(server, results)
    assert isinstance(results[1], kind)
    assert isinstance(results[2], Accepted)
    assert dots(server) == 1


@pytest.mark.parametrize("phase", ["dot", "answer"])
@pytest.mark.parametrize("fault", SURPRISES.values(), ids=list(SURPRISES))
def test_only_what_follows_the_dot_without_a_sound_answer_is_uncertain(
    offers: tuple[str, ...], phase: str, fault: Fault
) -> None:
    server, results = told(once(phase, fault), offers)
    assert isinstance(results[1], Uncertain)
    assert isinstance(results[2], Accepted)
    assert server.connections == 2


@pytest.mark.parametrize(
    ("fault", "kind", "connections"),
    [
        (SOFT, Deferred, 1),
        (SOFT_LONG, Deferred, 1),
        (HARD, Rejected, 1),
        (HARD_IN_LATIN, Rejected, 1),
        (HARD_IN_OCTETS, Rejected, 1),
        (CLOSING, Deferred, 2),
    ],
    ids=["4xx", "4xx-long", "5xx", "5xx-latin", "5xx-octets", "421"],
)
def test_a_refusal_of_the_whole_message_is_no_uncertainty(
    offers: tuple[str, ...], fault: Fault, kind: type[SendResult], connections: int
) -> None:
    server, results = told(once("dot", fault), offers)
    assert isinstance(results[1], kind)
    assert isinstance(results[2], Accepted)
    assert server.connections == connections


@pytest.mark.parametrize("phase", ["mail", "rcpt", "dot"])
@pytest.mark.parametrize("fault", RIGHT.values(), ids=list(RIGHT))
def test_a_sound_answer_may_come_in_any_shape(offers: tuple[str, ...], phase: str, fault: Fault) -> None:
    server, results = told(once(phase, fault), offers)
    assert all(isinstance(result, Accepted) for result in results.values())
    assert server.connections == 1


def test_answers_to_commands_that_came_together_may_come_together(offers: tuple[str, ...]) -> None:
    server, results = told(Script(coalesces=True), offers)
    assert all(isinstance(result, Accepted) for result in results.values())
    assert server.connections == 1


def test_a_recipient_refused_while_data_is_welcome_gets_a_lone_dot_or_none() -> None:
    script = once("rcpt", HARD)
    script.welcomes = True
    _, results = told(script, (*BASE, "PIPELINING"))
    assert isinstance(results[1], Rejected)
    assert isinstance(results[2], Accepted)


@pytest.mark.parametrize("phase", ["connect", "ehlo"])
@pytest.mark.parametrize(
    "fault",
    [SOFT, reply("554 5.3.2 not today"), CLOSING, *SURPRISES.values()],
    ids=["4xx", "5xx", "421", *SURPRISES],
)
def test_a_connection_that_cannot_be_made_hands_nothing_over(phase: str, fault: Fault) -> None:
    gate = Gate()
    script = once(phase, fault)
    if phase == "ehlo" and fault.packets[:1] and fault.packets[0][:1] in b"5":
        script.fault = lambda at, _recipient, count: fault if at in {"ehlo", "helo"} and count == 1 else None
    _, results = told(script, BASE, gate)
    assert isinstance(results[1], Deferred)
    assert isinstance(results[2], Accepted)
    assert gate.asked == [2]


def test_a_server_of_the_old_kind_is_greeted_with_helo() -> None:
    server, results = told(Script(esmtp=False), ())
    assert all(isinstance(result, Accepted) for result in results.values())
    assert "HELO" in server.sessions[0].commands[1]


def test_what_last_look_refuses_leaves_no_dot(offers: tuple[str, ...]) -> None:
    gate = Gate(1)
    server, results = told(Script(), offers, gate)
    assert isinstance(results[1], Refused)
    assert isinstance(results[2], Accepted)
    assert sorted(gate.asked) == [1, 2]
    assert dots(server) == 1


def test_a_last_look_that_fails_hands_nothing_over_and_is_told(offers: tuple[str, ...]) -> None:
    def fails() -> None:
        raise ZeroDivisionError

    with Smtpd(Script(extensions=offers)) as server:
        with pytest.raises(ZeroDivisionError):
            send(smtp(server.port, 3), [message(number) for number in range(9)], Gate(first=fails))
        assert server.quiet()
    assert server.kept == []
    assert dots(server) == 0


def test_messages_that_cannot_be_fetched_end_the_hand_over_and_leak_nothing(offers: tuple[str, ...]) -> None:
    def some() -> Iterator[Message]:
        yield message(1)
        raise ZeroDivisionError

    with Smtpd(Script(extensions=offers)) as server:
        with pytest.raises(ZeroDivisionError):
            send(smtp(server.port, 3), some(), Gate())
        assert server.quiet()
    assert max(server.copies.values(), default=1) == 1


def test_a_caller_who_stops_listening_leaves_no_connection(offers: tuple[str, ...]) -> None:
    gate = Gate()
    with Smtpd(Script(extensions=offers)) as server:
        sending = smtp(server.port, 3).send((message(number) for number in range(10_000)), gate)
        next(iter(sending))
        sending.close()  # type: ignore[attr-defined]  # a generator
        assert server.quiet()
    assert len(server.kept) < 10_000
    assert server.surprises == []
    assert len(server.kept) <= len(gate.asked)


def test_an_idle_connection_that_the_server_closed_costs_no_attempt(offers: tuple[str, ...]) -> None:
    script = once("idle", Fault(ends="close"))
    script.extensions = offers
    with Smtpd(script) as server:

        def later() -> Iterator[Message]:
            yield message(1)
            assert server.quiet()
            yield message(2)

        results = send(smtp(server.port), later(), Gate())
        keeps_its_promises(server, results)
    assert all(isinstance(result, Accepted) for result in results.values())
    assert server.connections == 2


def test_a_server_that_says_goodbye_to_an_idle_connection_costs_no_attempt(offers: tuple[str, ...]) -> None:
    script = once("idle", Fault((b"421 4.4.2 timeout exceeded\r\n",), ends="close"))
    script.extensions = offers
    with Smtpd(script) as server:

        def later() -> Iterator[Message]:
            yield message(1)
            assert server.quiet()
            yield message(2)

        results = send(smtp(server.port), later(), Gate())
        keeps_its_promises(server, results)
    assert all(isinstance(result, Accepted) for result in results.values())


@pytest.mark.parametrize("most", [1, 3, 20])
def test_a_server_that_closes_without_a_word_after_some_messages_costs_no_attempt(
    offers: tuple[str, ...], most: int
) -> None:
    with Smtpd(Script(most=most, extensions=offers)) as server:
        results = send(smtp(server.port, 2), [message(number) for number in range(50)], Gate())
        keeps_its_promises(server, results)
    assert all(isinstance(result, Accepted) for result in results.values())


def test_a_connection_is_used_for_a_hundred_messages_and_no_more(offers: tuple[str, ...]) -> None:
    with Smtpd(Script(extensions=offers)) as server:
        results = send(smtp(server.port), [message(number) for number in range(250)], Gate())
        keeps_its_promises(server, results)
    assert all(isinstance(result, Accepted) for result in results.values())
    carried = [sum(one.startswith("MAIL") for one in session.commands) for session in server.sessions]
    assert sum(carried) == 250
    assert max(carried) <= 100
    assert {session.end for session in server.sessions} == {"quit"}


@pytest.mark.parametrize("fault", [SOFT, HARD, CLOSING, *SURPRISES.values()], ids=["4xx", "5xx", "421", *SURPRISES])
@pytest.mark.parametrize("phase", ["rset", "quit"])
def test_a_fault_between_messages_costs_none(offers: tuple[str, ...], phase: str, fault: Fault) -> None:
    script = Script(
        lambda at, _recipient, count: (
            fault if at == phase and count == 1 else SOFT if (at, count) == ("dot", 1) else None
        )
    )
    _, results = told(script, offers)
    assert isinstance(results[1], Deferred)
    assert isinstance(results[2], Accepted)


@pytest.mark.parametrize("phase", ["connect", "mail", "rcpt", "data", "dot", "answer"])
def test_a_slow_answer_is_waited_for(offers: tuple[str, ...], phase: str) -> None:
    now = threading.Event()
    usual = {"connect": "220 test ESMTP", "data": "250 2.0.0 ok" if "CHUNKING" in offers else "354 go ahead"}
    slow = reply(usual.get(phase, "250 2.0.0 ok"), holds=now, done=True)
    script = once(phase, slow)
    script.extensions = offers
    results: list[tuple[MessageKey, SendResult]] = []
    with Smtpd(script) as server:
        provider = smtp(server.port)
        sending = provider.send([message(1), message(2)], Gate())
        thread = threading.Thread(target=lambda: results.extend(sending))
        thread.start()
        assert server.reached(phase)
        assert results == []
        now.set()
        thread.join()
        provider.close()
        keeps_its_promises(server, {key.id: result for key, result in results})
    assert [type(result) for _, result in results] == [Accepted, Accepted]
    assert server.connections == 1


def test_the_bytes_that_are_kept_are_those_that_were_written(offers: tuple[str, ...]) -> None:
    server, _ = told(Script(), offers)
    assert [one.content for one in server.kept] == [mime.wire(message(1)), mime.wire(message(2))]
    assert [(one.sender, one.recipient) for one in server.kept] == [
        ("b+1@bounces.example.org", "r1@example.org"),
        ("b+2@bounces.example.org", "r2@example.org"),
    ]


def test_an_answer_is_kept_short_and_without_the_readers_address() -> None:
    answer = reply("550 5.1.1 <r1@example.org>: Recipient address rejected " + "x" * 3000)
    _, results = told(once("rcpt", answer), BASE)
    assert isinstance(results[1], Rejected)
    assert "r1@example.org" not in results[1].reply
    assert "5.1.1" in results[1].reply
    assert len(results[1].reply) <= 1024
