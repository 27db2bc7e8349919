"""A server that says nothing is not waited for longer than RFC 5321, section 4.5.3.2, has it; what that means depends on the moment."""

import pytest

from digest.mail.smtp import opening, pool, transactions
from digest.mail.smtp.transactions import Phase
from digest.testing.smtpd import Fault, Script, Smtpd
from digest.values import Accepted, Deferred, Uncertain
from tests.providers.wire import MODES, Gate, keeps_its_promises, message, send, smtp

SILENCE = Fault(ends="silence")
HALF = Fault((b"250-2.0.0 half",), ends="silence")
SOON = 0.05


@pytest.fixture(params=["data", "data-pipelined", "bdat", "bdat-pipelined"])
def offers(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return MODES[request.param]


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_CHECK_EVERY_S", 0.01)


def once(phase: str, fault: Fault, offers: tuple[str, ...]) -> Script:
    return Script(lambda at, _recipient, count: fault if (at, count) == (phase, 1) else None, offers)


@pytest.mark.parametrize("fault", [SILENCE, HALF], ids=["nothing", "half an answer"])
@pytest.mark.parametrize("phase", ["connect", "ehlo"])
def test_silence_at_the_beginning_hands_nothing_over(monkeypatch: pytest.MonkeyPatch, phase: str, fault: Fault) -> None:
    monkeypatch.setattr(opening, "COMMAND_S", SOON)
    gate = Gate()
    with Smtpd(once(phase, fault, ())) as server:
        results = send(smtp(server.port), [message(1)], gate)
        keeps_its_promises(server, results)
    assert isinstance(results[1], Deferred)
    assert gate.asked == []


@pytest.mark.parametrize("fault", [SILENCE, HALF], ids=["nothing", "half an answer"])
@pytest.mark.parametrize("phase", ["mail", "rcpt", "data"])
def test_silence_before_the_body_hands_nothing_over(
    monkeypatch: pytest.MonkeyPatch, offers: tuple[str, ...], phase: str, fault: Fault
) -> None:
    monkeypatch.setattr(transactions, "COMMAND_S", SOON)
    monkeypatch.setitem(transactions._PATIENCE_S, Phase.DATA, SOON)
    monkeypatch.setitem(transactions._PATIENCE_S, Phase.CHUNK, SOON)
    gate = Gate()
    with Smtpd(once(phase, fault, offers)) as server:
        results = send(smtp(server.port), [message(1)], gate)
        keeps_its_promises(server, results)
    assert isinstance(results[1], Deferred)
    assert gate.asked == []


@pytest.mark.parametrize("fault", [SILENCE, HALF], ids=["nothing", "half an answer"])
@pytest.mark.parametrize("phase", ["dot", "answer"])
def test_silence_after_the_end_is_uncertain(
    monkeypatch: pytest.MonkeyPatch, offers: tuple[str, ...], phase: str, fault: Fault
) -> None:
    monkeypatch.setitem(transactions._PATIENCE_S, Phase.END, SOON)
    with Smtpd(once(phase, fault, offers)) as server:
        results = send(smtp(server.port), [message(1), message(2)], Gate())
        keeps_its_promises(server, results)
    assert isinstance(results[1], Uncertain)
    assert not isinstance(results[2], Deferred)


def test_silence_at_goodbye_costs_nothing_and_leaves_nothing_open(
    monkeypatch: pytest.MonkeyPatch, offers: tuple[str, ...]
) -> None:
    monkeypatch.setattr(pool, "_GOODBYE_S", SOON)
    with Smtpd(once("quit", SILENCE, offers)) as server:
        results = send(smtp(server.port), [message(1)], Gate())
        keeps_its_promises(server, results)
    assert isinstance(results[1], Accepted)


def test_the_times_are_those_of_the_rfc() -> None:
    """RFC 5321, section 4.5.3.2: greeting and commands 300 s, DATA 120 s, a block 180 s, the end 600 s."""
    assert (opening.COMMAND_S, transactions._BLOCK_S) == (300, 180)
    assert transactions._PATIENCE_S[Phase.DATA] == 120
    assert transactions._PATIENCE_S[Phase.END] == 600
