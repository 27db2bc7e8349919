"""A `Message` → its bytes: a header block and a multipart/alternative body, the same at every try."""

from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from digest.errors import HeaderError, SizeError
from digest.mail.mime import splicing
from digest.mail.mime.fields import header, text_header, tidy
from digest.mail.mime.mailboxes import mailbox_header, parsed
from digest.values import Mailbox, Message

HEADERS_MOST = 16 * 1024  # bytes; more is refused by Gmail (552 5.3.4)
PART_MOST = 102_000  # bytes of UTF-8; Gmail hides what comes after some 102,400


class Head(bytes):
    """Fields that each end in CRLF, and a promise: the body behind them is hashed and sent as it stands.

    No line of it begins with a dot or is longer than 78 bytes, no blank is doubled or ends a line, and one CRLF ends it.
    """


class Wire(NamedTuple):
    """A message as it leaves, 7 bits but for SMTPUTF8's addresses: its header block, and what follows the empty line."""

    head: Head
    body: bytes


def wire(message: Message) -> bytes:
    """Return the whole message. Raises as `parts` does."""
    head, body = parts(message)
    return b"%b\r\n%b" % (head, body)


def parts(message: Message) -> Wire:
    """Return a message's header block and its body: CRLF, no line over 998 characters, the same bytes each time.

    Raises HeaderError for what no header may hold, SizeError for more than receivers show, KeyError for a token without a value.
    """
    boundary = f"=_{sha256(message.message_id.encode('utf-8', 'replace')).hexdigest()[:32]}"
    body = splicing.spliced(message.text, message.html, message.tokens, boundary)
    if len(body) > PART_MOST:  # what is small enough encoded is so before, which spares the count
        _check_size(message)
    return Wire(Head(_head(message, boundary)), body)


def _head(message: Message, boundary: str) -> bytes:
    fields = [
        _from(message.sender.name, message.sender.address, message.reply_to),
        mailbox_header("To", message.recipient),
        text_header("Subject", message.subject),
        f"Date: {_date(message.date)}\r\n",
        header("Message-ID", message.message_id),
        *[header(name, value) for name, value in message.headers],
        f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n',
    ]
    head = "".join(fields).encode()
    if len(head) > HEADERS_MOST:
        raise HeaderError(
            f"Together they have {len(head):,} bytes; {HEADERS_MOST:,} are the most.", hint="Shorten them."
        )
    return head


@lru_cache(maxsize=64)
def _from(name: str, address: str, reply_to: str) -> str:
    """Return the fields of sender and answers, which many messages share."""
    answers = mailbox_header("Reply-To", parsed(tidy("Reply-To", reply_to))) if reply_to else ""
    return mailbox_header("From", Mailbox(address, name)) + answers


@lru_cache(maxsize=64)
def _date(moment: datetime) -> str:
    return format_datetime(moment)


def _check_size(message: Message) -> None:
    """Refuse what receivers would cut."""
    found_in = splicing.sizes(message.text, message.html, message.tokens)
    for name, found in zip(("text", "HTML"), found_in, strict=True):
        if found > PART_MOST:
            raise SizeError(
                f"Its {name} has {found:,} bytes; {PART_MOST:,} are the most that receivers show whole.",
                hint="Print fewer stories (max_stories), or shorter ones.",
            )
