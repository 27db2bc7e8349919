"""Messages as bytes: a `Message` goes in, what RFC 5322 and 2045 ask for comes out, every receiver's pitfalls avoided."""

from digest.mail.mime.fields import check, header
from digest.mail.mime.mailboxes import ascii_address, mailbox, needs_smtputf8, phrase
from digest.mail.mime.quoting import quoted_printable
from digest.mail.mime.splicing import filled
from digest.mail.mime.writing import Head, Wire, parts, wire

__all__ = [
    "Head",
    "Wire",
    "ascii_address",
    "check",
    "filled",
    "header",
    "mailbox",
    "needs_smtputf8",
    "parts",
    "phrase",
    "quoted_printable",
    "wire",
]
