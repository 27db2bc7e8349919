"""DKIM (RFC 6376, RFC 8463): the bytes of a message go in, the signature field to put before them comes out.

What receivers ask of bulk mail is signed, both unsubscribe fields first of all, and what must not be added is signed as absent.
"""

import re
from binascii import b2a_base64
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
from digest.mail.mime import Head

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

_BLANKS = re.compile(rb"[ \t]+")
_LINE = 74
_PADDING, _HASH = PKCS1v15(), SHA256()


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
            return self.key.sign(data, _PADDING, _HASH)
        return self.key.sign(sha256(data).digest())


class Signer:
    """Signs messages with one key or several, relaxed/relaxed. Safe to share between threads; the RSA operation frees the interpreter."""

    def __init__(self, domain: str, by_selector: Sequence[tuple[str, SigningKey]]) -> None:
        """Take keys as `digest.mail.keys.load` returns them, each with the selector under which DNS has its public half."""
        self._signatures = tuple(_Signature(key, domain, selector) for selector, key in by_selector)

    def sign(self, head: bytes, body: bytes, moment: datetime) -> bytes:
        """Return the complete `DKIM-Signature: …` field (one for each key) to put before `head`.

        `head` is the header block without the empty line, each field ended by CRLF; `body` is what follows the empty line. The two
        halves that `mime.parts` makes are taken as they are; all others are brought into canonical form first.
        """
        fields = [line.partition(b":") for line in _unfolded(head).split(b"\r\n")[:-1]]
        names = tuple([name.lower().rstrip() for name, _, _ in fields])
        named, signed = _chosen(names)
        lines = b"".join([b"%b:%b\r\n" % (names[at], fields[at][2].strip()) for at in signed])
        body_hash = b2a_base64(sha256(body if isinstance(head, Head) else canonical(body)).digest(), newline=False)
        said = b"t=%d; bh=%b;" % (moment.timestamp(), body_hash)
        return b"".join([_field(one, named, said, lines) for one in self._signatures])


def signer(settings: Settings) -> Signer | None:
    """Return what signs this installation's mail, None where `[dkim]` is not configured. Raises ConfigError for a key that will not do."""
    table = settings.dkim
    if table is None:
        return None
    return Signer(table.domain, [(selector, keys.load(file)) for selector, file in table.keys(settings.folder)])


def canonical(body: bytes) -> bytes:
    """Return a body as the relaxed algorithm has it hashed (RFC 6376, section 3.4.4)."""
    tidy = _BLANKS.sub(b" ", body) if b"  " in body or b"\t" in body else body
    tidy = tidy.replace(b" \r\n", b"\r\n").removesuffix(b" ")
    while tidy.endswith(b"\r\n"):
        tidy = tidy.removesuffix(b"\r\n")
    return tidy + b"\r\n" if tidy else b""


def _unfolded(head: bytes) -> bytes:
    """Return fields as the relaxed algorithm has them, but for blanks beside the colon and at the end (RFC 6376, section 3.4.2)."""
    lines = head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")
    return _BLANKS.sub(b" ", lines) if b"  " in lines or b"\t" in lines else lines


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


def _field(one: _Signature, named: str, said: bytes, lines: bytes) -> bytes:
    """Return a signature over itself without its value, and over the lines before it (RFC 6376, section 3.7)."""
    folded, unfolded = _opening(one.algorithm, one.domain, one.selector, named)
    value = b2a_base64(one.of(b"%bdkim-signature:%b %b b=" % (lines, unfolded, said)), newline=False)
    broken = b"\r\n ".join([value[at : at + _LINE] for at in range(0, len(value), _LINE)])
    return b"DKIM-Signature: %b\r\n %b\r\n b=%b\r\n" % (folded, said, broken)


@lru_cache(maxsize=256)
def _opening(algorithm: str, domain: str, selector: str, named: str) -> tuple[bytes, bytes]:
    """Return how a signature begins that is the same in many, as it is written and as it is signed."""
    folded = f"v=1; a={algorithm}; c=relaxed/relaxed; d={domain};\r\n s={selector};\r\n h={named};".encode("ascii")
    return folded, folded.replace(b"\r\n ", b" ")
