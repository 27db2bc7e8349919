"""Receivers' lanes: known by name, or by the mail exchangers that a name server names."""

import socketserver
import threading
from collections.abc import Iterator

import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset
import pytest

from digest.mail.mx import OTHER, Lookup, by_name, of_exchangers


@pytest.mark.parametrize(
    ("domain", "lane"),
    [
        ("gmail.com", "google"),
        ("GMAIL.com.", "google"),
        ("outlook.com", "microsoft"),
        ("hotmail.co.uk", "microsoft"),
        ("live.fr", "microsoft"),
        ("yahoo.co.jp", "yahoo"),
        ("aol.com", "yahoo"),
        ("me.com", "apple"),
        ("example.org", OTHER),
        ("yahoo.mail.example.org", OTHER),
        ("notgmail.com", OTHER),
        ("", OTHER),
    ],
)
def test_large_receivers_are_known_by_name(domain: str, lane: str) -> None:
    assert by_name(domain) == lane


@pytest.mark.parametrize(
    ("hosts", "lane"),
    [
        (["aspmx.l.google.com.", "alt1.aspmx.l.google.com."], "google"),
        (["example-org.mail.protection.outlook.com."], "microsoft"),
        (["mta5.am0.yahoodns.net."], "yahoo"),
        (["mx01.mail.icloud.com."], "apple"),
        (["mail.example.org.", "aspmx.l.google.com."], "google"),
        (["evilgoogle.com.", "google.com.example.org."], OTHER),
        ([], OTHER),
    ],
)
def test_a_domain_belongs_to_who_operates_its_mail_exchangers(hosts: list[str], lane: str) -> None:
    assert of_exchangers(hosts) == lane


class _NameServer(socketserver.BaseRequestHandler):
    """A name server that knows two domains, says that one is none, and answers nothing about a fourth."""

    def handle(self) -> None:
        data, peer = self.request
        query = dns.message.from_wire(data)
        name = query.question[0].name.to_text()
        if name == "silent.example.":
            return
        answer = dns.message.make_response(query)
        records = {
            "paper.example.": ["20 backup.example.", "10 aspmx.l.google.com."],
            "village.example.": ["10 mail.village.example."],
        }
        if name in records:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", dns.rdatatype.MX, *records[name]))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        peer.sendto(answer.to_wire(), self.client_address)


@pytest.fixture
def lookup() -> Iterator[Lookup]:
    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), _NameServer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], server.server_address[1]
        asking = Lookup(resolver)
        resolver.lifetime = resolver.timeout = 0.2
        yield asking
        server.shutdown()
        thread.join()


def test_a_name_server_is_asked_and_its_silence_is_no_answer(lookup: Lookup) -> None:
    assert lookup("paper.example") == "google"
    assert lookup("village.example") == OTHER
    assert lookup("nowhere.example") == OTHER
    assert lookup("silent.example") is None
    assert lookup("x" * 300) is None
