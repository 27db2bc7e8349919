"""What no header may hold is refused, and what is strange but right gets through."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import HeaderError, SizeError
from digest.mail import mime
from digest.values import Mailbox, Message, MessageKey
from tests.mail.letters import parsed

PLAIN = Message(
    key=MessageKey("delivery", 1),
    sender=Mailbox("news@example.org", "The Courier"),
    recipient=Mailbox("ana@example.org", "Ana"),
    subject="Hello",
    date=datetime(2026, 11, 24, 6, 30, tzinfo=UTC),
    message_id="<d.abc@example.org>",
    html=("<p>Hello</p>\n",),
    text=("Hello\n",),
    tokens={},
)
EVIL = [*map(chr, (*range(9), *range(10, 32), 127, 0x2028, 0x2029, 0xD800, 0xDFFF))]


@pytest.mark.parametrize("evil", EVIL)
def test_no_control_character_and_no_half_character_gets_into_any_header(evil: str) -> None:
    for bad in (
        replace(PLAIN, subject=f"Hello{evil}Bcc: x@example.org"),
        replace(PLAIN, sender=Mailbox("news@example.org", f"A{evil}B")),
        replace(PLAIN, sender=Mailbox(f"ne{evil}ws@example.org")),
        replace(PLAIN, recipient=Mailbox("ana@example.org", f"A{evil}B")),
        replace(PLAIN, recipient=Mailbox(f"a{evil}@example.org")),
        replace(PLAIN, recipient=Mailbox(f"a@exa{evil}mple.org")),
        replace(PLAIN, reply_to=f"a{evil}@example.org"),
        replace(PLAIN, message_id=f"<a{evil}b@example.org>"),
        replace(PLAIN, headers=(("List-Unsubscribe", f"<https://news.example.org/{evil}>"),)),
    ):
        with pytest.raises(HeaderError):
            mime.parts(bad)


@pytest.mark.parametrize(
    "address",
    [
        "a,b@example.org",
        "a b@example.org",
        "a@example.org, b@example.org",
        "<a@example.org>",
        "a@b@example.org",
        "a;b@example.org",
        "a(b)@example.org",
        "@example.org",
        "a@",
        "a",
        "",
        "a@[not an address]",
        '"a b"@example.org',
    ],
)
def test_what_could_be_read_as_another_address_is_refused(address: str) -> None:
    with pytest.raises(HeaderError, match="name@domain"):
        mime.parts(replace(PLAIN, recipient=Mailbox(address)))


@pytest.mark.parametrize(
    ("address", "leaves"),
    [
        ("ali@örnek.com", "ali@xn--rnek-4qa.com"),
        ("ali@BÜCHER.example", "ali@xn--bcher-kva.example"),
        ('"a.b"@example.org', '"a.b"@example.org'),
        ("a@[192.0.2.1]", "a@[192.0.2.1]"),
        ("o'brien+news=x@example.org", "o'brien+news=x@example.org"),
    ],
)
def test_unusual_addresses_leave_as_they_must(address: str, leaves: str) -> None:
    assert f"To: {leaves}\r\n".encode() in bytes(mime.parts(replace(PLAIN, recipient=Mailbox(address))).head)


def test_a_letter_before_the_at_needs_smtputf8_and_stays_as_it_is() -> None:
    message = replace(PLAIN, recipient=Mailbox("ñandú@örnek.com", "Ñandú"))

    assert mime.needs_smtputf8(message)
    assert "<ñandú@xn--rnek-4qa.com>\r\n".encode() in bytes(mime.parts(message).head)


@pytest.mark.parametrize("address", ["ana@example.org", "ana@örnek.com"])
def test_other_letters_elsewhere_need_no_smtputf8(address: str) -> None:
    message = replace(PLAIN, recipient=Mailbox(address, "Ñandú"), subject="Ñandú", reply_to="Ñandú <x@example.org>")

    assert not mime.needs_smtputf8(message)
    assert mime.wire(message).isascii()


def test_answers_go_to_a_mailbox_whose_name_has_other_letters() -> None:
    found = parsed(mime.wire(replace(PLAIN, reply_to="Die Redaktion – Nord <x@example.org>")))

    assert found["Reply-To"].addresses[0].addr_spec == "x@example.org"
    assert found["Reply-To"].addresses[0].display_name == "Die Redaktion – Nord"


def test_list_unsubscribe_is_folded_after_the_comma_only() -> None:
    link, mail = f"<https://news.example.org/u/{'t' * 35}>", f"<mailto:unsub+{'t' * 42}@bounces.example.org>"

    head = bytes(mime.parts(replace(PLAIN, headers=(("List-Unsubscribe", f"{link}, {mail}"),))).head)

    assert f"List-Unsubscribe: {link},\r\n {mail}\r\n".encode() in head


def test_a_word_that_fits_no_line_is_refused_with_the_field_named() -> None:
    with pytest.raises(HeaderError, match="List-Unsubscribe has a word of more than 998"):
        mime.parts(replace(PLAIN, headers=(("List-Unsubscribe", f"<https://a.example/{'t' * 990}>"),)))


def test_headers_of_more_than_sixteen_kib_are_refused() -> None:
    many = tuple((f"X-{number}", "word " * 100) for number in range(40))

    with pytest.raises(HeaderError, match="16,384 are the most"):
        mime.parts(replace(PLAIN, headers=many))


@given(st.integers(101_990, 102_010), st.sampled_from("xé"))
def test_html_is_refused_above_the_limit_in_bytes_whatever_its_letters(size: int, letter: str) -> None:
    made = replace(PLAIN, html=(letter * ((size - 6) // len(letter.encode())), "%%name%%"), tokens={"name": "<"})
    bytes_ = len(mime.filled(made.html, made.tokens, escape=True).encode())

    if bytes_ > 102_000:
        with pytest.raises(SizeError, match=f"HTML has {bytes_:,} bytes; 102,000"):
            mime.parts(made)
    else:
        assert mime.parts(made)


def test_a_megabyte_of_text_is_refused() -> None:
    with pytest.raises(SizeError, match="text has 1,048,576 bytes"):
        mime.parts(replace(PLAIN, text=("x" * 2**20,)))


def test_a_body_with_half_a_character_leaves_with_a_question_mark() -> None:
    assert b"a?b" in mime.parts(replace(PLAIN, text=("a\ud800b",))).body


def test_a_part_never_ends_in_a_soft_break() -> None:
    for text in (("Hello",), ("Hello ",), ("%%name%%",), ("x" * 75,), ("",)):
        body = mime.parts(replace(PLAIN, text=text, html=text, tokens={"name": "Ana"})).body

        assert not re.search(rb"=\r\n\r\n--", body)
        assert not re.search(rb"[ \t]\r\n", body)
