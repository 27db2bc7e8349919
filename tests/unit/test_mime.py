import email
import email.policy
import re
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import HeaderError
from digest.mail import mime
from digest.values import Mailbox, Message, MessageKey

printable = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200)
bodies = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), max_size=400
)


def message(**changes: object) -> Message:
    values: dict[str, object] = {
        "key": MessageKey("delivery", 1),
        "sender": Mailbox("news@example.org", "The Courier"),
        "recipient": Mailbox("ana@example.org", "Ana"),
        "subject": "Hello",
        "date": datetime(2026, 11, 24, 6, 30, tzinfo=UTC),
        "message_id": "<d.abc@example.org>",
        "html": ("<p>Hello</p>\n",),
        "text": ("Hello\n",),
        "tokens": {},
    }
    return Message(**{**values, **changes})  # type: ignore[arg-type]  # fields by name


def parsed(content: bytes) -> EmailMessage:
    found = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def part(content: bytes, kind: str) -> str:
    found = parsed(content).get_body((kind,))
    assert found is not None
    raw = found.get_payload(decode=True)
    assert isinstance(raw, bytes)
    return raw.decode().replace("\r\n", "\n")


@given(bodies, bodies, printable)
def test_both_parts_read_back_as_they_were_written(first: str, second: str, value: str) -> None:
    pieces = (first.replace("%%", "% %"), "%%name%%", second.replace("%%", "% %"))
    made = message(html=pieces, text=pieces, tokens={"name": value})
    content = mime.wire(made)
    assert part(content, "html") == mime.filled(pieces, made.tokens, escape=True)
    assert part(content, "plain") == mime.filled(pieces, made.tokens, escape=False)


@given(bodies, printable, printable)
def test_a_message_is_seven_bit_with_crlf_and_no_long_line(piece: str, subject: str, name: str) -> None:
    content = mime.wire(
        message(html=(piece.replace("%%", ""),), subject=subject, recipient=Mailbox("a@example.org", name))
    )
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert not re.search(rb"\r\n(\.|From )", content.partition(b"\r\n\r\n")[2])


@given(printable.filter(lambda text: text == " ".join(text.split())), printable)
def test_subject_and_names_read_back(subject: str, name: str) -> None:
    name = " ".join(name.split())
    found = parsed(mime.wire(message(subject=subject, recipient=Mailbox("ana@example.org", name))))
    assert found["Subject"] == subject
    [to] = found["To"].addresses
    assert to.addr_spec == "ana@example.org"


@given(st.integers(1, 900))
def test_the_one_click_address_is_never_encoded_however_long(length: int) -> None:
    address = f"<https://news.example.org/u/{'t' * length}>"
    content = mime.wire(message(headers=(("List-Unsubscribe", address),)))
    assert b"=?" not in content
    assert f"List-Unsubscribe: {address}\r\n".encode() in content.replace(b"\r\n ", b" ")


@given(
    st.sampled_from("\x00\x01\x08\n\r\x1f\x7f\u2028\u2029"),
    st.sampled_from(("subject", "sender", "recipient", "headers")),
)
def test_no_control_character_gets_into_a_header(evil: str, where: str) -> None:
    bad = {
        "subject": f"Hello{evil}Bcc: x@example.org",
        "sender": Mailbox("news@example.org", f"A{evil}B"),
        "recipient": Mailbox(f"a{evil}@example.org"),
        "headers": (("X-Thing", f"a{evil}b"),),
    }
    with pytest.raises(HeaderError):
        mime.wire(message(**{where: bad[where]}))


def test_a_domain_with_other_letters_leaves_as_a_labels() -> None:
    found = parsed(mime.wire(message(recipient=Mailbox("ali@örnek.com"))))
    assert found["To"] == "ali@xn--rnek-4qa.com"


def test_the_same_message_has_the_same_bytes_each_time() -> None:
    assert mime.wire(message()) == mime.wire(message())


def test_values_are_escaped_in_html_and_plain_in_text() -> None:
    content = mime.wire(message(html=("%%name%%",), text=("%%name%%",), tokens={"name": "<b>&"}))
    assert part(content, "html").strip() == "&lt;b&gt;&amp;"
    assert part(content, "plain").strip() == "<b>&"


def test_a_token_may_be_named_after_a_section() -> None:
    pieces = ("<a>%%more-top_10%%</a>",)

    content = mime.wire(message(html=pieces, text=pieces, tokens={"more-top_10": "3 more in Top & Ten"}))

    assert "<a>3 more in Top &amp; Ten</a>" in part(content, "html")
    assert "<a>3 more in Top & Ten</a>" in part(content, "plain")


def test_a_token_without_a_value_is_an_error_and_no_mail() -> None:
    with pytest.raises(KeyError):
        mime.wire(message(html=("%%unknown%%",)))


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=900))
def test_a_long_value_is_encoded_as_a_piece_would_be(value: str) -> None:
    content = mime.wire(message(text=("%%name%%", "!"), tokens={"name": value}))
    assert mime.quoted_printable(value) in content
