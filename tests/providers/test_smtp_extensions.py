"""What a server offers is used, and only that: SMTPUTF8, SIZE, DSN, and letters of all kinds in a login."""

import pytest

from digest.testing.smtpd import Script, Smtpd
from digest.values import Accepted, Mailbox, Rejected
from tests.providers.test_smtp_bad_input import handed_over, in_a_labels
from tests.providers.wire import BASE, MODES, Gate, keeps_its_promises, message, send, smtp

OTHER_LETTERS = [
    "é@example.org",
    "用户@example.org",
    "用户@例え.テスト",
    "иван@пример.example",
    "😀@example.org",
    "أحمد@example.org",
]


@pytest.mark.parametrize("address", OTHER_LETTERS)
def test_an_address_of_other_letters_needs_a_server_that_takes_them(address: str) -> None:
    [kept] = handed_over(recipient=Mailbox(address))
    assert kept.recipient == in_a_labels(address)
    assert "SMTPUTF8" in kept.mail
    with Smtpd(Script(extensions=BASE)) as server:
        gate = Gate()
        results = send(smtp(server.port), [message(1, recipient=Mailbox(address)), message(2)], gate)
        keeps_its_promises(server, results)
    assert isinstance(results[1], Rejected)
    assert "5.6.7" in results[1].reply
    assert gate.asked == [2]


def test_a_message_over_the_servers_own_size_is_refused_by_it() -> None:
    offers = (*BASE, "SIZE 2000")
    assert handed_over(offers, text=("word " * 2000,)) == []
    [kept] = handed_over(offers)
    assert int(kept.mail["SIZE"]) >= len(kept.content)


def test_a_server_of_dsn_is_told_what_to_report_and_under_which_name() -> None:
    [kept] = handed_over(MODES["everything"], recipient=Mailbox("o+brien@example.org"))
    assert kept.mail["RET"] == "HDRS"
    assert 0 < len(kept.mail["ENVID"]) <= 100
    assert set(kept.rcpt["NOTIFY"].split(",")) == {"FAILURE", "DELAY"}
    assert kept.rcpt["ORCPT"] == "rfc822;o+2Bbrien@example.org", "in xtext (RFC 3461, section 4)"


def test_a_retry_goes_under_the_same_names() -> None:
    [one], [other] = handed_over(MODES["everything"]), handed_over(MODES["everything"])
    assert (one.sender, one.mail, one.rcpt, one.content) == (other.sender, other.mail, other.rcpt, other.content)


def test_two_messages_have_two_envelope_names() -> None:
    with Smtpd(Script(extensions=MODES["everything"])) as server:
        results = send(smtp(server.port), [message(1), message(2)], Gate())
        keeps_its_promises(server, results)
    assert len({one.mail["ENVID"] for one in server.kept}) == 2


def test_a_login_of_other_letters_crosses_as_it_is() -> None:
    with Smtpd(Script(extensions=(*BASE, "AUTH PLAIN"))) as server:
        results = send(smtp(server.port, username="dïgest", password="öpen sesame"), [message(1)], Gate())
        keeps_its_promises(server, results)
    assert isinstance(results[1], Accepted)
    [login] = server.logins
    assert (login.username, login.secret) == ("dïgest", "öpen sesame")
