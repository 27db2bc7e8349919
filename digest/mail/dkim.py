"""DKIM (RFC 6376, RFC 8463): the bytes of a message go in, the signature field to put before them comes out.

What receivers ask of bulk mail is signed, both unsubscribe fields first of all, and what must not be added is signed as absent.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from digest.config import Settings
from digest.mail import keys
from digest.mail.keys import SigningKey
from digest.mail.mime import CleanBody

SIGNED = (
    *("from", "to", "cc", "reply-to", "subject", "date", "message-id", "in-reply-to", "references"),
    *("mime-version", "content-type", "content-transfer-encoding", "list-id", "list-help", "list-archive"),
    *("list-unsubscribe", "list-unsubscribe-post", "feedback-id", "auto-submitted", "cfbl-address"),
)
"""What is signed where it is present."""

OVERSIGNED = frozenset(
    {"from", "to", "cc", "reply-to", "subject", "date", "message-id", "content-type"}
    | {"list-unsubscribe", "list-unsubscribe-post"}
)
"""What is named once more than it occurs, so that one more of it breaks the signature (RFC 6376, section 8.15)."""

_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:((?:[^\r\n]|\r\n[ \t])*)\r\n")
_SPACES = re.compile(rb"(?:\r\n)?[ \t]+")
_LINE_END = re.compile(rb"[ \t]+\r\n")
_LINE = 74


@dataclass(frozen=True, slots=True)
class _Signature:
    """One key with what its signatures say of it."""

    key: SigningKey
    domain: str
    selector: str

    @property
    def algorithm(self) -> str:
        return "rsa-sha256" if isinstance(self.key, RSAPrivateKey) else "ed25519-sha256"

    def of(self, data: bytes) -> bytes:
        """Sign; Ed25519 takes the hash of the data as its message (RFC 8463, section 3)."""
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(data, PKCS1v15(), SHA256())
        return self.key.sign(sha256(data).digest())


class Signer:
    """Signs messages with one key or several, relaxed/relaxed. Safe to share between threads; the RSA operation frees the interpreter."""

    def __init__(self, domain: str, by_selector: Sequence[tuple[str, SigningKey]]) -> None:
        """Take keys as `digest.mail.keys.load` returns them, each with the selector under which DNS has its public half."""
        self._signatures = tuple(_Signature(key, domain, selector) for selector, key in by_selector)

    def sign(self, head: bytes, body: bytes, moment: datetime) -> bytes:
        """Return the complete `DKIM-Signature: …` field (one for each key) to put before `head`.

        `head` is the header block without the empty line, each field ended by CRLF; `body` is what follows the empty line.
        """
        fields = [(match[1].lower(), match[2]) for match in _FIELD.finditer(head)]
        named, signed = _chosen(tuple(name for name, _ in fields))
        lines = b"".join(b"%b:%b\r\n" % (fields[at][0], _relaxed(fields[at][1])) for at in signed)
        body_hash = base64.b64encode(sha256(canonical(body)).digest()).decode()
        seconds = int(moment.timestamp())
        return b"".join(_field(one, lines, named, body_hash, seconds) for one in self._signatures)


def signer(settings: Settings) -> Signer | None:
    """Return what signs this installation's mail, None where `[dkim]` is not configured. Raises ConfigError for a key that will not do."""
    table = settings.dkim
    if table is None:
        return None
    return Signer(table.domain, [(selector, keys.load(file)) for selector, file in table.keys(settings.folder)])


def canonical(body: bytes) -> bytes:
    """Return a body as the relaxed algorithm has it hashed (RFC 6376, section 3.4.4). Ours are written so."""
    if isinstance(body, CleanBody):
        return body
    tidy = re.sub(rb"[ \t]+", b" ", _LINE_END.sub(b"\r\n", body)).rstrip(b" ")
    while tidy.endswith(b"\r\n"):
        tidy = tidy.removesuffix(b"\r\n")
    return tidy + b"\r\n" if tidy else b""


def _relaxed(value: bytes) -> bytes:
    return _SPACES.sub(b" ", value).strip(b" ")


@lru_cache(maxsize=256)
def _chosen(names: tuple[bytes, ...]) -> tuple[str, tuple[int, ...]]:
    """Return what h= says, folded, and which fields are hashed in this order: repeated ones from the last to the first."""
    said: list[str] = []
    signed: list[int] = []
    for name in SIGNED:
        places = [at for at, found in enumerate(names) if found == name.encode()][::-1]
        signed += places
        said += [name] * (len(places) + (name in OVERSIGNED))
    lines = [""]
    for word in said:
        if len(lines[-1]) + len(word) > _LINE:
            lines.append("")
        lines[-1] += f"{word}:"
    return "\r\n ".join(lines)[:-1], tuple(signed)


def _field(one: _Signature, lines: bytes, named: str, body_hash: str, seconds: int) -> bytes:
    unsigned = (
        f" v=1; a={one.algorithm}; c=relaxed/relaxed; d={one.domain};\r\n"
        f" s={one.selector}; t={seconds};\r\n h={named};\r\n bh={body_hash};\r\n b="
    ).encode("ascii")
    value = base64.b64encode(one.of(lines + b"dkim-signature:" + _relaxed(unsigned)))
    folded = b"\r\n ".join(value[at : at + _LINE] for at in range(0, len(value), _LINE))
    return b"DKIM-Signature:" + unsigned + folded + b"\r\n"
