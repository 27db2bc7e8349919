"""What leaves and what came of it: messages, results, and the last look."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, NamedTuple


class MessageKey(NamedTuple):
    """What a message is for: the row id of a delivery or of a notice."""

    kind: Literal["delivery", "notice"]
    id: int


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name and an address, the domain already ASCII (A-labels)."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """The personalised mail: shared pieces and one reader's token values. A value that is never stored.

    `html` and `text` are the pieces of the two parts in order, tokens unfilled; `tokens` maps token name → plain value;
    `headers` holds what is not From, To, Reply-To, Subject, Date, Message-ID, MIME-Version or Content-*. `envelope_id` is what a server
    names in its reports of the message (ENVID of RFC 3461); `lane` is whose receivers' pace it keeps (empty: the only one).
    """

    key: MessageKey
    sender: Mailbox
    recipient: Mailbox
    subject: str
    date: datetime
    message_id: str
    html: tuple[str, ...]
    text: tuple[str, ...]
    tokens: Mapping[str, str]
    headers: tuple[tuple[str, str], ...] = ()
    reply_to: str = ""
    envelope_sender: str = ""
    envelope_id: str = ""
    lane: str = ""


class Permanence(StrEnum):
    """How lasting a refusal is, said of the address."""

    HARD = "hard"
    SOFT = "soft"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took responsibility for the message."""

    provider_id: str = ""
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider refused the message for good."""

    category: str
    permanence: Permanence
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Deferred:
    """The message was surely not handed over; it may be tried again. `halt` means that a person must look first."""

    reply: str = ""
    retry_after: timedelta | None = None
    halt: bool = False


@dataclass(frozen=True, slots=True)
class Uncertain:
    """We may or may not have handed the message over: it is shown, never guessed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Last look did not allow the message: nothing was handed over, and the ledger already says why."""


SendResult = Accepted | Rejected | Deferred | Uncertain | Refused


@dataclass(frozen=True, slots=True)
class Handover:
    """What last look allows: the keys that are now in flight, in order, and the key under which a provider may know them."""

    allowed: frozenset[MessageKey]
    idempotency_key: str = ""


LastLook = Callable[[Sequence[MessageKey]], Handover]
