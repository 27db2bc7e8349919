"""Hostile and odd values go through the real client into a real conversation: what arrives reads as it was meant, or nothing arrives."""

import email.policy
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses
from typing import Any

import idna
import pytest

from digest.testing.smtpd import Kept, Script, Smtpd
from digest.values import Accepted, Mailbox, Rejected
from tests.providers.wire import MODES, Gate, message, send, smtp

FAR = "x" * 64
ODD_BUT_RIGHT = [
    *("a@b.example", "A.B@EXAMPLE.org", "a+b@example.org", "a-b_c@example.org", "1@example.org", "_@example.org"),
    *("!#$%&'*+-/=?^_`{|}~@example.org", "o'brien@example.org", "a/b=c@example.org", "%@example.org", "-a@example.org"),
    *("a@1.example", "a@a-b.example", "a@xn--rnek-4qa.com", "a@örnek.com", "a@ÖRNEK.com", "a@straße.example"),
    *("a@παράδειγμα.example", "a@例え.テスト", "a@مثال.إختبار", "a@пример.example", "a@sub.sub.sub.sub.example.org"),
    *(f"{FAR}@example.org", f"a@{'b' * 63}.example", "a.b.c.d.e.f.g@example.org", "postmaster@example.org"),
    *("mailer-daemon@example.org", "null@example.org", "a@museum.museum", "a=b@example.org", "bcc@example.org"),
    *(
        "{}@example.org",
        "a|b@example.org",
        "a?b@example.org",
        "a`id`@example.org",
        "$HOME@example.org",
        "~a@example.org",
    ),
    *("a--b@example.org", "0x41@example.org", "data@example.org", "quit@example.org", "rset@example.org"),
]
WRONG = [
    *("", "@", "a", "a@", "@example.org", "a b@example.org", " a@example.org", "a@example.org ", "a@exa mple.org"),
    *("a@example.org\n", "a@example.org\r\n", "a@example.org\r\nRCPT TO:<b@example.org>", "a\n@example.org"),
    *("a@example.org>", "<a@example.org", "<a@example.org>", "a@example.org> SIZE=1", "a@example.org>\r\nDATA"),
    *("a@example.org> BODY=8BITMIME <b@example.org", "a@example.org,b@example.org", "a@example.org;b@example.org"),
    *("a@example.org\x00", "\x00@example.org", "a\x1b@example.org", "a\x7f@example.org", "a\t@example.org"),
    *(
        "a\u2028@example.org",
        "a@example\u2029.org",
        "a\u0085@example.org",
        "a@exa\u00a0mple.org",
        "a@example.org\u3000",
    ),
    *(
        "a(comment)@example.org",
        "a@example.org (comment)",
        "Ana <a@example.org>",
        'Ana "<a@example.org>"',
        "a:b@example.org",
    ),
    *("@a.example,@b.example:a@example.org", "a@-ö-.example", "a@ö..example", "a[b]@example.org", "a\\b@example.org"),
    *('"a\r\nb"@example.org', '"a\x00"@example.org', '"unclosed@example.org', 'a"b@example.org', '"a"b@example.org'),
    *("a@[127.0.0.1", "a@[127.0.0.1]>", "\ud800@example.org", "a@\udfff.example"),
]
EITHER = [
    *(
        '"a b"@example.org',
        '"a@b"@example.org',
        '"a\\"b"@example.org',
        '"<>"@example.org',
        '""@example.org',
        '"."@example.org',
    ),
    *(
        "a@[127.0.0.1]",
        "a@[IPv6:::1]",
        "a@localhost",
        "a..b@example.org",
        ".a@example.org",
        "a.@example.org",
        "a@b@example.org",
    ),
    *(
        "a@example..org",
        "a@.example.org",
        "a@example.org.",
        "a@exa_mple.org",
        f"{FAR}x@example.org",
        f"{'a' * 400}@example.org",
    ),
    *(f"a@{'b' * 64}.example", f"a@{'.'.join(['b' * 60] * 5)}", "a@-example.org", "a@example-.org", "a@xn--.example"),
    *("a@exa\u200bmple.org", "a@example。org", "a@№.example", "a\u200d@example.org", "a\u202e@example.org"),
]


def parsed(kept: Kept) -> EmailMessage:
    read = BytesParser(policy=email.policy.default).parsebytes(kept.content)
    assert isinstance(read, EmailMessage)
    return read


def names(kept: Kept, field: str) -> list[tuple[str, str]]:
    """Return the names and addresses of a field; Python's newer reader puts blanks between the encoded words of a name."""
    raw = str(message_from_bytes(kept.content)[field]).replace("\r\n", "").replace("\n", "")
    return [(str(make_header(decode_header(name))), address) for name, address in getaddresses([raw])]


def handed_over(offers: tuple[str, ...] = MODES["everything"], **values: Any) -> list[Kept]:
    """Send an odd message and a plain one behind it; return what arrived of the odd one."""
    with Smtpd(Script(extensions=offers)) as server:
        results = send(smtp(server.port), [message(1, **values), message(2)], Gate())
        kept = server.kept
        assert isinstance(results[2], Accepted), "one odd message keeps no other back"
        assert isinstance(results[1], Accepted | Rejected)
        assert len(kept) == sum(isinstance(result, Accepted) for result in results.values())
        assert server.surprises == []
        assert server.quiet()
    arrived = [one for one in kept if one.recipient != "r2@example.org"]
    assert all(len(list(parsed(one).keys())) == len(set(parsed(one).keys())) for one in arrived), "no header twice"
    assert all("Bcc" not in parsed(one) for one in arrived)
    return arrived


def in_a_labels(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain if domain.isascii() else idna.encode(domain, uts46=True).decode()}"


@pytest.mark.parametrize("address", ODD_BUT_RIGHT)
def test_an_odd_address_that_is_right_gets_its_mail(address: str) -> None:
    [kept] = handed_over(recipient=Mailbox(address), envelope_sender=address)
    assert kept.recipient == kept.sender == in_a_labels(address)
    assert parsed(kept)["To"].addresses[0].addr_spec == in_a_labels(address)


def test_smtputf8_is_asked_for_only_where_it_is_needed() -> None:
    [kept] = handed_over(recipient=Mailbox("a@örnek.com", "Ünal"), subject="Grüße")
    assert "SMTPUTF8" not in kept.mail


@pytest.mark.parametrize("address", WRONG)
def test_what_is_no_address_gets_nothing_and_harms_nobody(address: str) -> None:
    assert handed_over(recipient=Mailbox(address)) == []


@pytest.mark.parametrize("address", [one for one in WRONG if one])
def test_what_is_no_address_is_no_return_path(address: str) -> None:
    assert handed_over(envelope_sender=address) == []


@pytest.mark.parametrize("address", EITHER)
def test_an_address_at_the_edge_gets_its_mail_whole_or_nothing(address: str) -> None:
    for kept in handed_over(recipient=Mailbox(address)):
        local, _, domain = kept.recipient.rpartition("@")
        assert local == address.rpartition("@")[0]
        assert domain.isascii()


BREAKS = ["\r\nBcc: evil@example.org", "\nBcc: evil@example.org", "\rBcc: evil@example.org", "\r\n\r\nbody", "\x00", "\x0b",
          "\x0c", "\x1b[31m", "\x7f", "\u2028Bcc: evil@example.org", "\u2029", "\r\n.\r\nMAIL FROM:<evil@example.org>\r\n"]  # fmt: skip
FIELDS: dict[str, Any] = {
    "subject": lambda evil: {"subject": f"News{evil}"},
    "sender name": lambda evil: {"sender": Mailbox("news@example.org", f"The{evil}")},
    "sender address": lambda evil: {"sender": Mailbox(f"news{evil}@example.org")},
    "recipient name": lambda evil: {"recipient": Mailbox("r1@example.org", f"Ana{evil}")},
    "recipient address": lambda evil: {"recipient": Mailbox(f"r1@example.org{evil}")},
    "answers": lambda evil: {"reply_to": f"desk@example.org{evil}"},
    "return path": lambda evil: {"envelope_sender": f"b@example.org{evil}"},
    "message id": lambda evil: {"message_id": f"<d.1{evil}@example.org>"},
    "header": lambda evil: {"headers": (("List-Unsubscribe", f"<https://news.example.org/u/abc>{evil}"),)},
}


@pytest.mark.parametrize("evil", BREAKS)
@pytest.mark.parametrize("field", sorted(FIELDS))
def test_nothing_in_a_field_begins_another_one(field: str, evil: str) -> None:
    assert handed_over(**FIELDS[field](evil)) == []


@pytest.mark.parametrize("evil", BREAKS)
def test_what_breaks_a_header_is_only_text_in_a_body(evil: str) -> None:
    [kept] = handed_over(tokens={"name": f"Ana{evil}!"})
    part = parsed(kept).get_body(("plain",))
    assert part is not None
    words = part.get_content()
    assert "Ana" in words
    assert "!" in words


NAMES = [
    *(
        'Ana "the desk" Núñez',
        "Miller, Ana",
        "Ana <evil@example.org>",
        "O'Brien \\ Sons",
        "Ana (desk)",
        "=?utf-8?b?QW5h?=",
    ),
    *(
        "😀 Ana 👩‍👩‍👧‍👦",
        "آنا محمد",
        "\u202eevil\u202c",
        "Ana; Bob: Carl",
        "a@b.example",
        "日本語の名前" * 20,
        "x" * 900,
    ),
    *("Ana\u200b", "İstanbul ı"),
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_arrives_as_it_was_written(name: str) -> None:
    [kept] = handed_over(
        recipient=Mailbox("r1@example.org", name), sender=Mailbox("news@example.org", name), subject=name
    )
    assert names(kept, "To") == [(name, "r1@example.org")]
    assert names(kept, "From") == [(name, "news@example.org")]
    assert str(parsed(kept)["Subject"]) == name


BODIES = {
    "a line over 998": "x" * 5000,
    "words over 998": "word " * 2000,
    "leading dots": ".\n..\n...\n.x\n\n.\n",
    "From lines": "From here\n>From there\nFrom \n",
    "a fake end": "\r\n.\r\nQUIT\r\n",
    "blanks at ends": "a  \n\t\nb\t\n",
    "emoji": "👩‍👩‍👧‍👦" * 300,
    "right to left": "שלום עולם\nمرحبا بالعالم\n",
    "equals": "=\n=3D\n=\n====",
    "boundaries": "--=_\n--\n\n--x--\n",
    "no text": " ",
}


@pytest.mark.parametrize("mode", sorted(MODES))
@pytest.mark.parametrize("name", sorted(BODIES))
def test_a_body_arrives_as_it_was_written(mode: str, name: str) -> None:
    body = BODIES[name]
    [kept] = handed_over(MODES[mode], text=(f"{body}\nend",), html=(f"<pre>{body}</pre>",))
    part = parsed(kept).get_body(("plain",))
    assert part is not None
    assert part.get_content().replace("\r\n", "\n").rstrip("\n") == f"{body}\nend".replace("\r\n", "\n")


def test_a_token_of_900_characters_stays_whole() -> None:
    long = "https://news.example.org/u/" + "a" * 900
    [kept] = handed_over(
        tokens={"name": long},
        headers=(("List-Unsubscribe", f"<{long}>"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")),
    )
    read = parsed(kept)
    part = read.get_body(("plain",))
    assert part is not None
    assert long in part.get_content()
    assert f"<{long}>".encode() in kept.content.replace(b"\r\n ", b"")


def test_a_body_of_a_megabyte_is_refused_before_anything_is_said_of_it() -> None:
    big = "ä line of news\n" * 70_000
    for values in ({"text": (big,)}, {"html": (f"<p>{big}</p>",)}, {"tokens": {"name": big}}):
        assert handed_over(**values) == []
