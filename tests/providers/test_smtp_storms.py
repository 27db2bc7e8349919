"""Random servers: whatever goes wrong in whatever order, what is said to be accepted was kept, and nothing was kept twice."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.errors import ProviderError
from digest.providers.base import Provider
from digest.testing.smtpd import Fault, Script, Smtpd, reply, split
from digest.values import MessageKey, Refused, SendResult, Uncertain
from tests.providers.wire import MODES, Gate, keeps_its_promises, message, smtp

PHASES = ("connect", "ehlo", "mail", "rcpt", "data", "body", "dot", "answer", "idle", "rset", "quit")
FAULTS = (
    Fault(ends="close"),
    Fault(ends="reset"),
    reply("421 4.3.2 closing"),
    Fault((b"421 4.3.2 closing\r\n",)),
    reply("450 4.2.0 greylisted"),
    reply("550 5.1.1 no such user"),
    reply("554 5.7.1 no"),
    reply("354 go on"),
    reply("250 2.0.0 fine"),
    reply("250 2.0.0 fine", done=True),
    reply("999 what"),
    reply(""),
    split("250 2.0.0 octet by octet"),
    Fault((b"250-2.0.0 half\r\n",), ends="close"),
    Fault((b"250 2.0.0 half a li",), ends="close"),
    Fault((b"\xff\x00\r\n",)),
    Fault((b"250 2.0.0 one\r\n250 2.0.0 and one that nobody asked for\r\n",), done=True),
)


def lies(phase: str, fault: Fault) -> bool:
    """Tell a server that says yes and does no, or the other way: it deceives every client, and is no fault of the wire."""
    words = b"".join(fault.packets)
    if phase == "answer":
        return words.startswith((b"4", b"5"))
    says_yes = words.startswith((b"250", b"354")) and not fault.ends
    return says_yes and (phase == "body" or (phase in {"data", "dot", "ehlo"} and not fault.done))


@dataclass(frozen=True)
class Storm:
    offers: str
    faults: dict[tuple[str, int], Fault]
    most: int
    coalesces: bool
    connections: int
    messages: int
    refused: frozenset[int]

    def fault(self, phase: str, _recipient: str, count: int) -> Fault | None:
        fault = self.faults.get((phase, count))
        return None if fault is None or lies(phase, fault) else fault


faults = st.builds(
    lambda fault, after: replace(fault, after=after), st.sampled_from(FAULTS), st.sampled_from((0, 1, 300))
)
storms = st.builds(
    Storm,
    offers=st.sampled_from(sorted(MODES)),
    faults=st.dictionaries(st.tuples(st.sampled_from(PHASES), st.integers(1, 8)), faults, max_size=8),
    most=st.sampled_from((0, 0, 1, 2, 5)),
    coalesces=st.booleans(),
    connections=st.integers(1, 3),
    messages=st.integers(1, 9),
    refused=st.frozensets(st.integers(0, 9), max_size=2),
)


@pytest.fixture(scope="module")
def server() -> Iterator[Smtpd]:
    with Smtpd() as running:
        yield running


@pytest.fixture(scope="module")
def providers(server: Smtpd) -> dict[int, Provider]:
    """Return a client for each number of connections: making one reads all certificates of this machine."""
    return {number: smtp(server.port, number) for number in (1, 2, 3)}


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(storm=storms)
def test_in_any_storm_each_message_has_one_result_and_it_is_the_truth(
    server: Smtpd, providers: dict[int, Provider], storm: Storm
) -> None:
    server.begin(Script(storm.fault, MODES[storm.offers], most=storm.most, coalesces=storm.coalesces))
    gate = Gate(*storm.refused)
    found: list[tuple[MessageKey, SendResult]] = []
    provider = smtp(server.port, storm.connections, chunking=False)
    stopped = False
    try:
        found.extend(provider.send([message(number) for number in range(storm.messages)], gate))
    except ProviderError:
        stopped = True
    provider.close()
    results = {key.id: result for key, result in found}
    assert len(results) == len(found), "one result a message"
    assert stopped or set(results) == set(range(storm.messages))
    # Manners are checked elsewhere: who is answered what nobody asked speaks out of turn before it can know.
    keeps_its_promises(server, results, surprises=server.surprises)
    assert len(set(gate.asked)) == len(gate.asked), "nothing is asked about twice"
    handed = {number for number, result in results.items() if isinstance(result, Uncertain)}
    assert handed <= set(gate.asked) - storm.refused, "only what went past the last look can be uncertain"
    assert {number for number, one in results.items() if isinstance(one, Refused)} <= storm.refused
