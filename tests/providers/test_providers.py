"""What every provider promises, run over each of them; then what each kind does with its service's faults."""

import itertools
import json
import threading
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import pytest

from digest.config import ProviderTable
from digest.errors import ConfigError, ProviderError
from digest.providers.base import Provider
from digest.providers.registry import build
from digest.testing.smtpd import Script, Smtpd
from digest.values import (
    Accepted,
    Deferred,
    Handover,
    Mailbox,
    Message,
    MessageKey,
    Refused,
    Rejected,
    SendResult,
    Uncertain,
)


def message(number: int, to: str = "") -> Message:
    return Message(
        key=MessageKey("delivery", number),
        sender=Mailbox("news@example.org", "The Courier"),
        recipient=Mailbox(to or f"r{number}@example.org"),
        subject=f"Edition {number}",
        date=datetime(2026, 11, 24, 6, 30, tzinfo=UTC),
        message_id=f"<d.{number}@example.org>",
        html=("<p>Hello %%name%%</p>",),
        text=("Hello %%name%%\n.\n..\nFrom here\n",),
        tokens={"name": "Ana"},
        headers=(("List-Unsubscribe", "<https://news.example.org/u/abc>"),),
    )


class Gate:
    """A last look that remembers what it was asked and refuses some."""

    def __init__(self, *refused: int) -> None:
        self.asked: list[int] = []
        self._refused = refused

    def __call__(self, keys: Sequence[MessageKey]) -> Handover:
        self.asked += [key.id for key in keys]
        return Handover(frozenset(key for key in keys if key.id not in self._refused))


class PostmarkFake:
    """Postmark's batch API on loopback; `script` may answer a request instead of it: a status, “drop”, or a body."""

    def __init__(self) -> None:
        self.requests: list[list[dict[str, Any]]] = []
        self.script: dict[int, tuple[int, Any]] = {}
        self.poison = ""

    def __enter__(self) -> Self:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                items = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                fake.requests.append(items)
                status, body = fake.answer(len(fake.requests), items, self.headers.get("X-Postmark-Server-Token", ""))
                if status == 0:
                    self.connection.close()
                    return
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: object) -> None:
                del args

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a dropped connection is scripted
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, number: int, items: list[dict[str, Any]], key: str) -> tuple[int, Any]:
        if key != "secret":
            return 401, {"ErrorCode": 10, "Message": "Bad token"}
        if number in self.script:
            return self.script[number]
        if self.poison and any(item["To"] == self.poison for item in items):
            return 422, {"ErrorCode": 300, "Message": "Invalid email request"}
        return 200, [
            {"ErrorCode": 0, "Message": "OK", "MessageID": f"pm-{index}", "To": one["To"]}
            for index, one in enumerate(items)
        ]


@pytest.fixture(params=["smtp", "maildir", "console", "memory", "postmark"])
def provider(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Provider]:
    with Smtpd() as smtpd, PostmarkFake() as postmark:
        kinds: dict[str, dict[str, Any]] = {
            "smtp": {"host": "127.0.0.1", "port": smtpd.port, "tls": "none", "connections": 3},
            "postmark": {"api_key": "secret", "url": postmark.url},
            "maildir": {"path": "mail"},
        }
        own = kinds.get(request.param, {})
        built = build(ProviderTable(kind=request.param, **own), tmp_path)
        yield built
        built.close()


def outcomes(provider: Provider, messages: Sequence[Message], gate: Gate) -> dict[int, SendResult]:
    found = list(provider.send(messages, gate))
    assert len({key for key, _ in found}) == len(found), "one result a message"
    return {key.id: result for key, result in found}


def test_every_message_gets_exactly_one_result(provider: Provider) -> None:
    results = outcomes(provider, [message(number) for number in range(1, 8)], Gate())
    assert set(results) == set(range(1, 8))
    assert all(isinstance(result, Accepted) for result in results.values())


def test_what_last_look_refuses_is_not_handed_over(provider: Provider) -> None:
    gate = Gate(2)
    results = outcomes(provider, [message(1), message(2), message(3)], gate)
    assert isinstance(results[2], Refused)
    assert isinstance(results[3], Accepted)
    assert sorted(gate.asked) == [1, 2, 3]


def test_a_message_that_cannot_be_written_keeps_no_other_back(provider: Provider) -> None:
    if type(provider).__name__ not in {"Smtp", "Postmark"}:
        pytest.skip("writes nothing that could be refused by a service")
    evil = Message(
        **{**{name: getattr(message(1), name) for name in Message.__slots__}, "subject": "a\nBcc: b@example.org"}
    )
    results = outcomes(provider, [evil, message(2)], Gate())
    assert isinstance(results[1], Rejected)
    assert isinstance(results[2], Accepted)


def smtp(port: int, connections: int = 1, **keys: Any) -> Provider:
    table = {"host": "127.0.0.1", "port": port, "tls": "none", **keys}
    return build(ProviderTable(kind="smtp", connections=connections, **table), Path())


def test_an_smtp_server_keeps_the_message_byte_for_byte() -> None:
    from digest.mail import mime

    with Smtpd() as server:
        outcomes(smtp(server.port), [message(1)], Gate())
        [kept] = server.kept
    assert kept.content == mime.wire(message(1))
    assert (kept.sender, kept.recipient) == ("news@example.org", "r1@example.org")


@pytest.mark.parametrize(
    ("phase", "fault", "kind", "asked"),
    [
        ("mail", "451 4.3.0 later", Deferred, False),
        ("rcpt", "550 5.1.1 no such user", Rejected, False),
        ("rcpt", "450 4.2.1 too fast", Deferred, False),
        ("data", "554 5.7.1 no", Rejected, False),
        ("rcpt", "421 4.3.2 closing", Deferred, False),
        ("rcpt", "drop", Deferred, False),
        ("dot", "451 4.3.0 later", Deferred, True),
        ("dot", "554 5.6.0 no", Rejected, True),
        ("dot", "421 4.3.2 closing", Deferred, True),
        ("dot", "drop", Uncertain, True),
        ("answer", "drop", Uncertain, True),
        ("dot", "999 what", Uncertain, True),
    ],
)
def test_each_fault_of_an_smtp_server_has_its_outcome(phase: str, fault: str, kind: type[object], asked: bool) -> None:
    gate = Gate()

    def once(at: str, recipient: str, count: int) -> str | None:
        del count
        return fault if at == phase and recipient in {"r1@example.org", ""} and phase != "connect" else None

    with Smtpd(Script(fault=once)) as server:
        results = outcomes(smtp(server.port), [message(1), message(2)], gate)
        kept = [one.recipient for one in server.kept]
    if phase == "mail":
        results.pop(2)  # the server cannot tell whose MAIL it was
    else:
        assert isinstance(results[2], Accepted)
        assert "r2@example.org" in kept
    assert isinstance(results[1], kind)
    assert (1 in gate.asked) is asked


def test_a_hard_refusal_is_told_from_a_policy() -> None:
    replies = {
        "r1@example.org": "550 5.1.1 no such user",
        "r2@example.org": "550 5.7.1 policy",
        "r3@example.org": "552 5.2.2 full",
    }

    def fault(phase: str, recipient: str, count: int) -> str | None:
        del count
        return replies.get(recipient) if phase == "rcpt" else None

    with Smtpd(Script(fault=fault)) as server:
        results = outcomes(smtp(server.port), [message(number) for number in (1, 2, 3)], Gate())
    told = {
        number: (result.category, result.permanence)
        for number, result in results.items()
        if isinstance(result, Rejected)
    }
    assert told == {1: ("unknown_user", "hard"), 2: ("policy", "none"), 3: ("mailbox_full", "soft")}


def test_a_server_that_is_down_loses_nothing_and_says_so() -> None:
    with Smtpd() as server:
        port = server.port
    gate = Gate()
    with pytest.raises(ProviderError, match="Is the mail server up"):
        list(smtp(port).send([message(number) for number in range(5)], gate))
    assert gate.asked == []


def test_a_login_that_is_refused_stops_the_provider() -> None:
    script = Script(lambda phase, _recipient, _count: "535 5.7.8 no" if phase == "auth" else None, ("AUTH PLAIN",))
    with Smtpd(script) as server, pytest.raises(ProviderError, match="Correct provider.username"):
        list(smtp(server.port, username="a", password="b").send([message(1)], Gate()))


def test_tls_none_is_for_loopback_only() -> None:
    with pytest.raises(ConfigError, match="loopback"):
        build(ProviderTable(kind="smtp", host="mail.example.org", tls="none"), Path())


def test_a_wrong_key_of_a_kind_is_named() -> None:
    with pytest.raises(ConfigError, match=r"\[provider\] of kind smtp: “prot” is no key"):
        build(ProviderTable(kind="smtp", prot=25), Path())
    with pytest.raises(ConfigError, match="There are: console, maildir, memory, postmark, smtp"):
        build(ProviderTable(kind="pigeon"), Path())


def postmark(fake: PostmarkFake, key: str = "secret") -> Provider:
    return build(ProviderTable(kind="postmark", api_key=key, url=fake.url), Path())


def test_postmark_gets_distinct_bodies_in_hundreds_with_our_headers_and_no_tracking() -> None:
    with PostmarkFake() as fake:
        outcomes(postmark(fake), [message(number) for number in range(230)], Gate())
        sizes = [len(items) for items in fake.requests]
        item = fake.requests[0][0]
    assert sizes == [100, 100, 30]
    assert item["HtmlBody"] == "<p>Hello Ana</p>"
    assert (item["TrackOpens"], item["TrackLinks"], item["MessageStream"]) == (False, "None", "broadcast")
    assert {"Name": "List-Unsubscribe", "Value": "<https://news.example.org/u/abc>"} in item["Headers"]


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, {}, Deferred),
        (503, {}, Deferred),
        (500, {}, Uncertain),
        (502, {}, Uncertain),
        (0, {}, Uncertain),
        (200, b"<html>", Uncertain),
        (200, [], Uncertain),
    ],
)
def test_each_answer_of_postmark_proves_what_it_proves(status: int, body: object, kind: type[object]) -> None:
    with PostmarkFake() as fake:
        fake.script[1] = (status, body)
        results = outcomes(postmark(fake), [message(1), message(2)], Gate())
        assert len(fake.requests) == 1, "no hidden second request"
    assert all(isinstance(result, kind) for result in results.values())


def test_one_bad_address_is_found_by_halving_and_the_others_go_through() -> None:
    with PostmarkFake() as fake:
        fake.poison = "r5@example.org"
        results = outcomes(postmark(fake), [message(number) for number in range(8)], Gate())
    assert isinstance(results.pop(5), Rejected)
    assert all(isinstance(result, Accepted) for result in results.values())


def test_items_that_postmark_refuses_are_told_apart() -> None:
    with PostmarkFake() as fake:
        fake.script[1] = (200, [{"ErrorCode": 406, "Message": "Inactive"}, {"ErrorCode": 0, "MessageID": "x"}])
        results = outcomes(postmark(fake), [message(1), message(2)], Gate())
    assert isinstance(results[1], Rejected)
    assert results[1].category == "provider_suppressed"
    assert isinstance(results[2], Accepted)


def test_a_wrong_key_halts_and_nothing_counts_as_tried() -> None:
    with PostmarkFake() as fake:
        results = outcomes(postmark(fake, "wrong"), [message(1)], Gate())
    assert isinstance(results[1], Deferred)
    assert results[1].halt


def test_a_maildir_message_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    provider = build(ProviderTable(kind="maildir", path="mail"), tmp_path)
    outcomes(provider, [message(1), message(2)], Gate(2))
    assert len(list((tmp_path / "mail/new").iterdir())) == 1
    assert not list((tmp_path / "mail/tmp").iterdir())


@pytest.mark.parametrize(
    "wrong",
    [
        {"envelope_sender": "a@example.org>\r\nRCPT TO:<b@example.org"},
        {"recipient": Mailbox("a> <b@example.org")},
        {"recipient": Mailbox("a@-ö-.example")},
    ],
)
def test_an_address_that_could_break_the_conversation_stops_only_its_message(wrong: dict[str, Any]) -> None:
    with Smtpd() as server:
        results = outcomes(smtp(server.port), [replace(message(1), **wrong), message(2)], Gate())
        kept = [one.recipient for one in server.kept]
    assert isinstance(results[1], Rejected)
    assert kept == ["r2@example.org"]


def test_an_envelope_sender_with_other_letters_leaves_as_a_labels() -> None:
    with Smtpd() as server:
        outcomes(smtp(server.port), [replace(message(1), envelope_sender="a@örnek.com")], Gate())
        [kept] = server.kept
    assert kept.sender == "a@xn--rnek-4qa.com"


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data"])
@pytest.mark.parametrize("fault", ["hello world", "999 what", "150 wait"])
def test_a_reply_that_is_none_hands_nothing_over_and_ends_the_connection(phase: str, fault: str) -> None:
    gate = Gate()
    with Smtpd(Script(lambda at, _recipient, count: fault if at == phase and count == 1 else None)) as server:
        results = outcomes(smtp(server.port), [message(1), message(2)], gate)
        assert server.connections == 2
    assert isinstance(results[1], Deferred)
    assert isinstance(results[2], Accepted)
    assert gate.asked == [2]


def test_a_caller_who_stops_listening_stops_the_handing_over() -> None:
    taken: list[int] = []

    def endless() -> Iterator[Message]:
        for number in itertools.count(1):
            taken.append(number)
            yield message(number)

    with Smtpd() as server:
        sending = smtp(server.port).send(endless(), Gate())
        next(sending)
        assert isinstance(sending, Generator)
        sending.close()
        for thread in [one for one in threading.enumerate() if one.name.startswith("smtp-")]:
            thread.join(10)
            assert not thread.is_alive()
