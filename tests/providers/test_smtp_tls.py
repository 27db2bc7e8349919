"""TLS and logins: nothing leaves without the TLS that was asked for, no password crosses a network in the clear."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digest.errors import ProviderError
from digest.providers.base import Provider
from digest.testing.smtpd import Fault, Login, Script, Smtpd, reply
from digest.values import Accepted, Deferred
from tests.providers import certificates
from tests.providers.certificates import HOST, Authority
from tests.providers.wire import BASE, Gate, keeps_its_promises, message, send, smtp


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return certificates.authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(autouse=True)
def mail_example_org(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the name of the mail server lead to this machine, as a network's own names would, and trust the authority."""
    known = socket.getaddrinfo

    def lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        return known("127.0.0.1" if host in {HOST, HOST.encode()} else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))


def client(server: Smtpd, tls: str = "require", **keys: Any) -> Provider:
    return smtp(server.port, tls=tls, host=HOST, **keys)


def hands_nothing_over(server: Smtpd, provider: Callable[[], Provider], *, tries: int = 1) -> str:
    """Expect that the service cannot be used, and return what is said of it."""
    gate = Gate()
    try:
        results = send(provider(), [message(number) for number in range(tries)], gate)
    except ProviderError as error:
        words = f"{error} {error.hint}"
    else:
        assert all(isinstance(result, Deferred) for result in results.values())
        words = " ".join(result.reply for result in results.values() if isinstance(result, Deferred))
    assert gate.asked == []
    assert server.kept == []
    assert server.quiet()
    assert server.surprises == []
    return words


@pytest.fixture(params=["require", "implicit", "opportunistic"])
def policy(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def secured(authority: Authority, policy: str, **more: Any) -> Script:
    context = more.pop("tls", None) or authority.server()
    return Script(tls=context, implicit=policy == "implicit", **more)


def test_messages_leave_inside_tls(authority: Authority, policy: str) -> None:
    with Smtpd(secured(authority, policy, extensions=(*BASE, "PIPELINING", "CHUNKING"))) as server:
        results = send(client(server, policy), [message(1), message(2)], Gate())
        keeps_its_promises(server, results)
    assert all(isinstance(result, Accepted) for result in results.values())
    assert all(one.secure for one in server.kept)


@pytest.mark.parametrize("tls", ["require", "implicit"])
@pytest.mark.parametrize("wrong", ["another host", "expired", "signed by itself", "another authority"])
def test_a_wrong_certificate_lets_nothing_leave(authority: Authority, tmp_path: Path, tls: str, wrong: str) -> None:
    context = {
        "another host": lambda: authority.server("mail.example.com"),
        "expired": lambda: authority.server(days=-1),
        "signed by itself": lambda: authority.server(trusted=False),
        "another authority": lambda: certificates.authority(tmp_path).server(),
    }[wrong]()
    with Smtpd(secured(authority, tls, tls=context)) as server:
        words = hands_nothing_over(server, lambda: client(server, tls, username="digest", password="open sesame"))
    assert "certificate" in words
    assert server.logins == []


def test_an_address_is_no_name_on_a_certificate(authority: Authority) -> None:
    with Smtpd(secured(authority, "require")) as server:
        hands_nothing_over(server, lambda: smtp(server.port, tls="require"))


@pytest.mark.parametrize(
    "script",
    [
        Script(),
        Script(extensions=(*BASE, "STARTTLS")),
        Script(esmtp=False),
    ],
    ids=["stripped", "454", "no ESMTP"],
)
def test_tls_that_is_required_and_refused_lets_nothing_leave(script: Script) -> None:
    with Smtpd(script) as server:
        hands_nothing_over(server, lambda: client(server, username="digest", password="open sesame"))
    assert server.logins == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault(ends="close"),
        Fault(ends="reset"),
        reply("501 5.5.4 no"),
        reply("hello"),
        Fault((b"220 2.0.0 go ahead\r\nno TLS but words\r\n",)),
        Fault((b"220 2.0.0 go ahead\r\n",), ends="close"),
    ],
    ids=["drop", "reset", "5xx", "words", "words for TLS", "go ahead and goodbye"],
)
def test_a_broken_start_of_tls_lets_nothing_leave(authority: Authority, fault: Fault) -> None:
    script = secured(authority, "require")
    script.fault = lambda phase, _recipient, _count: fault if phase == "starttls" else None
    with Smtpd(script) as server:
        gate = Gate()
        try:
            results = send(client(server), [message(1)], gate)
        except ProviderError:
            results = {}
        assert all(isinstance(result, Deferred) for result in results.values())
        assert server.quiet()
    assert gate.asked == []
    assert server.kept == []


def test_what_is_slipped_in_behind_starttls_is_not_believed(authority: Authority) -> None:
    """RFC 3207, section 4.2: what was read before TLS began is thrown away."""
    script = secured(authority, "require")
    slipped = b"220 2.0.0 go\r\n250-evil\r\n250-PIPELINING\r\n250-CHUNKING\r\n250-DSN\r\n250 AUTH PLAIN\r\n"
    script.fault = lambda phase, _recipient, _count: Fault((slipped,), done=True) if phase == "starttls" else None
    with Smtpd(script) as server:
        gate = Gate()
        try:
            send(client(server), [message(1)], gate)
        except ProviderError:
            assert gate.asked == []
        assert server.quiet()
        assert server.surprises == [], "nothing was done that only the slipped-in words offered"


def test_what_was_offered_before_tls_is_forgotten_inside(authority: Authority) -> None:
    script = secured(authority, "require", extensions=(*BASE, "PIPELINING", "CHUNKING", "DSN"), secured=BASE)
    with Smtpd(script) as server:
        results = send(client(server), [message(1)], Gate())
        keeps_its_promises(server, results)
    assert isinstance(results[1], Accepted)


@pytest.mark.parametrize("mechanisms", ["PLAIN", "LOGIN", "LOGIN PLAIN", "PLAIN LOGIN XOAUTH2", "CRAM-MD5 PLAIN"])
def test_a_login_crosses_inside_tls(authority: Authority, policy: str, mechanisms: str) -> None:
    script = secured(authority, policy, extensions=(*BASE, f"AUTH {mechanisms}"))
    with Smtpd(script) as server:
        results = send(client(server, policy, username="digest", password="open sesame"), [message(1)], Gate())
        keeps_its_promises(server, results)
    assert isinstance(results[1], Accepted)
    [login] = server.logins
    assert login.mechanism in mechanisms.split()
    assert login == Login(login.mechanism, "digest", "open sesame", secure=True)


@pytest.mark.parametrize("tls", ["opportunistic", "require"])
def test_a_password_never_crosses_a_network_in_the_clear(tls: str) -> None:
    with Smtpd(Script(extensions=(*BASE, "AUTH PLAIN LOGIN"))) as server:
        hands_nothing_over(server, lambda: client(server, tls, username="digest", password="open sesame"))
    assert server.logins == []


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_login_that_is_wrong_stops_the_provider_and_names_no_password(authority: Authority, mechanism: str) -> None:
    script = secured(authority, "require", extensions=(*BASE, f"AUTH {mechanism}"))
    script.fault = lambda phase, _recipient, _count: reply("535 5.7.8 no open sesame") if phase == "auth" else None
    with Smtpd(script) as server, pytest.raises(ProviderError, match="provider.username"):
        send(client(server, username="digest", password="open sesame"), [message(1), message(2)], Gate())
    assert len(server.logins) == 1, "a wrong password is shown once"


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_login_that_is_put_off_is_tried_again(authority: Authority, mechanism: str) -> None:
    script = secured(authority, "require", extensions=(*BASE, f"AUTH {mechanism}"))
    script.fault = lambda phase, _recipient, count: (
        reply("454 4.7.0 not now") if (phase, count) == ("auth", 1) else None
    )
    with Smtpd(script) as server:
        gate = Gate()
        results = send(client(server, username="digest", password="open sesame"), [message(1), message(2)], gate)
        keeps_its_promises(server, results)
    assert isinstance(results[1], Deferred)
    assert isinstance(results[2], Accepted)
    assert gate.asked == [2]


def test_a_login_is_asked_for_where_none_is_offered(authority: Authority) -> None:
    with Smtpd(secured(authority, "require")) as server:
        hands_nothing_over(server, lambda: client(server, username="digest", password="open sesame"))
