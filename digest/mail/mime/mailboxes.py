"""Addresses with their names: what a header shows and what the envelope carries, whatever letters they have."""

import re
from email.utils import parseaddr
from functools import lru_cache

import idna

from digest.errors import HeaderError
from digest.mail.mime.fields import encoded_words, folded, tidy
from digest.values import Mailbox, Message

_PLAIN = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
_ANY = re.compile(
    r"""([^\x00-\x20\x7f-\x9f"(),:;<>@\[\\\]\u2028\u2029\ud800-\udfff]+  # a dot-atom, of any letters (RFC 6531, section 3.3)
    |"(?:[!#-\[\]-~]|\\[!-~])+")                                         # or a quoted string, without blanks
    @([^\s\x00-\x20\x7f-\x9f"(),:;<>@\[\\\]\u2028\u2029\ud800-\udfff]+|\[[0-9A-Za-z.:]+\])""",
    re.VERBOSE,
)
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_BEFORE = 10  # characters of the longest field name that mailboxes stand behind, “Reply-To: ”


def mailbox(one: Mailbox) -> str:
    """Return a name and address as a header shows them (RFC 5322, section 3.4). Raises HeaderError."""
    address = ascii_address(one.address)
    shown = phrase(one.name)
    return f"{shown} <{address}>" if shown else address


@lru_cache(maxsize=4096)
def phrase(name: str) -> str:
    """Return a display name as it stands before `<`: plain, quoted or in encoded words. Raises HeaderError."""
    name = tidy("A name", name)
    if not name.isascii() or "=?" in name:
        return encoded_words(name, _BEFORE)
    if not name or _ATOMS.fullmatch(name):
        return name
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'


def ascii_address(address: str) -> str:
    """Return an address with its domain in A-labels (RFC 5891); the part before the @ stays as it is.

    Raises HeaderError for what is no address or could end it early.
    """
    return address if _PLAIN.fullmatch(address) else _ascii_address(address)


@lru_cache(maxsize=1024)
def _ascii_address(address: str) -> str:
    match = _ANY.fullmatch(address)
    if not match:
        hint = "Write it as name@domain, without blanks, brackets, commas and control characters."
        raise HeaderError("An address is none.", hint=hint)
    local, domain = match[1], match[2]
    if domain.isascii():
        return address
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError as error:
        hint = "Correct the part after the @; no such domain can exist."
        raise HeaderError("An address is none.", hint=hint) from error


def mailbox_header(name: str, one: Mailbox) -> str:
    """Return a field of one mailbox. Its letters stay as they are only before an @, for SMTPUTF8 (RFC 6532)."""
    return folded(name, mailbox(one))


@lru_cache(maxsize=64)
def parsed(text: str) -> Mailbox:
    """Read `Name <address>` as the configuration writes it."""
    name, address = parseaddr(text)
    return Mailbox(address or text, name)


def needs_smtputf8(message: Message) -> bool:
    """Say whether a message can only go to a server that offers SMTPUTF8: an address has other letters before its @ (RFC 6531)."""
    addresses = (message.recipient.address, message.sender.address, message.reply_to, message.envelope_sender)
    return not "".join(addresses).isascii() and any(not _local_part(one).isascii() for one in addresses)


def _local_part(text: str) -> str:
    return parsed(text).address.rpartition("@")[0] if not text.isascii() else ""
