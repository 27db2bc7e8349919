"""Signed opaque tokens for links and return paths: a row id goes in, 35 URL-safe characters come out, and back."""

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from functools import lru_cache

from digest.errors import TokenError

_BODY = struct.Struct(">BBQI")  # type, key id, row id, expiry in hours since the epoch
_MAC_BYTES = 12
_TOKEN_BYTES = _BODY.size + _MAC_BYTES
_NAME_LENGTH = 23
_HOUR = 3600


class TokenType(IntEnum):
    """What a token may be used for; a token of one type never verifies as another."""

    UNSUBSCRIBE = 1
    CONFIRM = 2
    PREFERENCES = 3
    ONLINE = 4
    MESSAGE_ID = 5
    SIGN_IN = 6
    FORM = 7
    ARTICLE = 8


@dataclass(frozen=True, slots=True)
class Tokens:
    """Mints with the newest root key (the first), verifies with every root it is given."""

    roots: tuple[bytes, ...]

    def mint(self, kind: TokenType, row_id: int, expires: datetime | None = None) -> str:
        """Return 35 characters of base64url without padding naming `row_id` (0 ≤ id < 2⁶⁴); `expires` is rounded up to the hour."""
        hours = 0 if expires is None else -(-int(expires.timestamp()) // _HOUR)
        body = _BODY.pack(kind, _key_id(self.roots[0]), row_id, hours)
        return base64.urlsafe_b64encode(body + _mac(self.roots[0], kind, body)).rstrip(b"=").decode()

    def read(self, kind: TokenType, token: str, now: datetime) -> int:
        """Return the row id that `token` names. Raises TokenError when it is forged, of another type, or out of date."""
        body, mac = _unpack(token)
        type_, key_id, row_id, hours = _BODY.unpack(body)
        known = [root for root in self.roots if _key_id(root) == key_id]
        genuine = [root for root in known if hmac.compare_digest(_mac(root, kind, body), mac)]
        if type_ != kind or not genuine:
            raise TokenError
        if hours and now.astimezone(UTC).timestamp() > hours * _HOUR:
            raise TokenError("It has expired.")
        return int(row_id)

    def name(self, kind: TokenType, row_id: int) -> str:
        """Return 23 lower-case letters and digits for places that lose case (Message-ID, return paths): id and MAC in base32."""
        body = struct.pack(">Q", row_id)
        return base64.b32encode(body).decode().rstrip("=").lower() + _short_mac(self.roots[0], kind, body)

    def read_name(self, kind: TokenType, name: str) -> int:
        """Return the row id of a `name`. Raises TokenError when its MAC is of no known key."""
        if len(name) != _NAME_LENGTH or not name.isascii():
            raise TokenError
        head, mac = name[:13].upper(), name[13:].lower()
        try:
            body = base64.b32decode(head + "===")
        except binascii.Error as error:
            raise TokenError from error
        if not any(hmac.compare_digest(_short_mac(root, kind, body), mac) for root in self.roots):
            raise TokenError
        return int(struct.unpack(">Q", body)[0])


def address_hash(pepper: bytes, address_key: str) -> str:
    """Return the keyed hash (64 hexadecimal digits) that stands for an address in suppressions and logs."""
    return hmac.new(pepper, address_key.encode(), hashlib.sha256).hexdigest()


def _short_mac(root: bytes, kind: TokenType, body: bytes) -> str:
    return base64.b32encode(_mac(root, kind, body)).decode().lower()[:10]


def _unpack(token: str) -> tuple[bytes, bytes]:
    try:
        raw = base64.b64decode(token.encode("ascii") + b"=", altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise TokenError from error
    if (
        len(raw) != _TOKEN_BYTES or base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != token
    ):  # the last letter has spare bits
        raise TokenError
    return raw[: _BODY.size], raw[_BODY.size :]


def _key_id(root: bytes) -> int:
    return hashlib.sha256(b"digest key id" + root).digest()[0]


def _mac(root: bytes, kind: TokenType, body: bytes) -> bytes:
    return hmac.new(_derived(root, kind), body, hashlib.sha256).digest()[:_MAC_BYTES]


@lru_cache(maxsize=64)
def _derived(root: bytes, kind: TokenType) -> bytes:
    """Derive the key of one type from a root: HKDF with SHA-256 and one output block (RFC 5869, section 2)."""
    pseudorandom = hmac.new(b"newsroom-digest", root, hashlib.sha256).digest()
    return hmac.new(pseudorandom, f"token {kind.name}".encode() + b"\x01", hashlib.sha256).digest()
