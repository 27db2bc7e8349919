"""One message as the conversation needs it: its envelope, its bytes, and the ESMTP parameters that a server takes."""

import re
from dataclasses import dataclass
from typing import Protocol

from digest.mail import mime
from digest.mail.dkim import Signer
from digest.mail.signing import written
from digest.mail.smtp.opening import Offers
from digest.values import Message, MessageKey, SendResult

_XTEXT = re.compile(r"[^!-*,-<>-~]")  # what RFC 3461, section 4, has encoded
_ENVID_MOST = 100


class Caller(Protocol):
    """Whom a job is done for."""

    def finished(self, job: "Job", result: SendResult) -> None:
        """Take the job's one result."""

    def asks(self, asker: "Asker", job: "Job") -> None:
        """Have the last look taken: the whole body has left, and nothing but its end is missing."""


class Asker(Protocol):
    """Who waits for the last look's answer."""

    def answered(self, job: "Job", *, allowed: bool) -> None:
        """Complete the message, or hang up without its end."""


@dataclass(slots=True, eq=False)
class Job:
    """A message on its way."""

    key: MessageKey
    lane: str
    sender: str
    recipient: str
    envelope_id: str
    content: bytes
    utf8: bool
    caller: Caller
    done: bool = False


def job(message: Message, signer: Signer | None, caller: Caller) -> Job:
    """Write a message down. Raises DigestError for what cannot leave as it is."""
    return Job(
        key=message.key,
        lane=message.lane,
        sender=mime.ascii_address(message.envelope_sender or message.sender.address),
        recipient=mime.ascii_address(message.recipient.address),
        envelope_id=message.envelope_id or message.message_id.strip("<>"),
        content=written(message, signer),
        utf8=mime.needs_smtputf8(message),
        caller=caller,
    )


def envelope(one: Job, offers: Offers) -> tuple[str, str]:
    """Return MAIL and RCPT with what the server offers: SIZE (RFC 1870), SMTPUTF8 (RFC 6531), DSN (RFC 3461)."""
    mail, rcpt = [f"MAIL FROM:<{one.sender}>"], [f"RCPT TO:<{one.recipient}>"]
    if "SIZE" in offers:
        mail.append(f"SIZE={len(one.content)}")
    if one.utf8:
        mail += ["SMTPUTF8", "BODY=8BITMIME"] if "8BITMIME" in offers else ["SMTPUTF8"]
    if "DSN" in offers:
        mail.append("RET=HDRS")
        named = xtext(one.envelope_id)
        if named and len(named) <= _ENVID_MOST:
            mail.append(f"ENVID={named}")
        rcpt.append("NOTIFY=FAILURE,DELAY")
        if one.recipient.isascii():
            rcpt.append(f"ORCPT=rfc822;{xtext(one.recipient)}")
    return f"{' '.join(mail)}\r\n", f"{' '.join(rcpt)}\r\n"


def xtext(text: str) -> str:
    """Return text as a parameter of DSN carries it (RFC 3461, section 4)."""
    return _XTEXT.sub(lambda found: f"+{ord(found[0]):02X}", text)
