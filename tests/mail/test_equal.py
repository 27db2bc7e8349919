"""Our bytes say the same as a mail that the email package builds, whoever reads it."""

import email
import email.policy
import re
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from hypothesis import given, settings

from digest.mail import mime
from digest.values import Message
from tests.mail import letters
from tests.mail.letters import naive, parsed, part, tidied


def unfolded(text: str) -> str:
    return re.sub("\r\n(?=[ \t])", "", text)


def decoded(text: str) -> str:
    return str(make_header(decode_header(unfolded(text))))


@given(letters.messages())
@settings(max_examples=1000)
def test_a_message_says_what_the_email_package_would_say(message: Message) -> None:
    ours, theirs = parsed(mime.wire(message)), naive(message)

    assert [type_.get_content_type() for type_ in ours.walk()] == [type_.get_content_type() for type_ in theirs.walk()]
    assert part(ours, "plain") == part(theirs, "plain")
    assert part(ours, "html") == part(theirs, "html")
    assert ours["Date"].datetime == theirs["Date"].datetime
    for name in ("Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID", "Reply-To"):
        assert ours[name] == theirs[name]
    assert ours["From"].addresses[0].addr_spec == theirs["From"].addresses[0].addr_spec
    assert ours["To"].addresses[0].addr_spec == theirs["To"].addresses[0].addr_spec
    assert ours.defects == []


@given(letters.messages())
@settings(max_examples=1000)
def test_names_and_subject_read_back_in_old_and_new_readers(message: Message) -> None:
    old = email.message_from_bytes(mime.wire(message), policy=email.policy.compat32)

    assert decoded(old["Subject"]) == tidied(message.subject)
    assert parsed(mime.wire(message))["Subject"] == tidied(message.subject)
    for name, one in (("From", message.sender), ("To", message.recipient)):
        shown, address = parseaddr(unfolded(old[name]))
        assert decoded(shown) == tidied(one.name)
        assert address == mime.ascii_address(one.address)


@given(letters.messages())
@settings(max_examples=500)
def test_the_bytes_leave_nothing_to_a_server_to_change(message: Message) -> None:
    head, body = mime.parts(message)

    content = b"%b\r\n%b" % (head, body)
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert max(map(len, body.split(b"\r\n"))) <= 78
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert not re.search(rb"(^|\r\n)(\.|From )", body)
    assert not re.search(rb"[ \t]\r\n|[ \t][ \t]|\t", body)
    assert body.endswith(b"--\r\n")
    assert not re.search(rb"^\s*$", head.removesuffix(b"\r\n"), re.MULTILINE)


@given(letters.messages())
@settings(max_examples=500)
def test_encoded_words_are_short_whole_and_only_where_they_must_be(message: Message) -> None:
    head = mime.parts(message).head.decode()

    given_ = {"From": message.sender.name, "To": message.recipient.name, "Subject": message.subject}
    for name, value in re.findall(r"^([\w-]+):((?:.|\r\n )*)\r\n", head, re.MULTILINE):
        for word in re.findall(r"=\?utf-8\?b\?[^?]*\?=", value):
            assert len(word) <= 75, name
            assert decoded(word)
        text = given_.get(name, dict(message.headers).get(name, ""))
        assert ("=?" in value) == (not text.isascii() or "=?" in text), name


@pytest.mark.parametrize(
    "name", ["List-Unsubscribe", "List-Id", "Feedback-ID", "References", "X-Thing", "Message-ID", "Subject"]
)
def test_no_length_of_a_token_makes_encoded_words(name: str) -> None:
    for length in range(1, 901):
        line = mime.header(name, f"<https://news.example.org/u/{'t' * length}>,<mailto:unsub@example.org>")

        assert "=?" not in line
        assert line.count("\r\n") == 1
