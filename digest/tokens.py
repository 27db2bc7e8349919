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
from itertools import product

from digest.errors import TokenError

_BODY = struct.Struct(">BBQI")  # type, key id, row id, expiry in hours since the epoch
_MAC_BYTES = 12
_TOKEN_BYTES = _BODY.size + _MAC_BYTES
_NAME_LENGTH = 23
_HOUR = 3600
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_THREE = tuple(map("".join, product(_ALPHABET, repeat=3)))
_TOKEN_SHIFTS = range(195, -1, -15)  # 210 bits, the last two of them zero
_NAME_SHIFTS = range(105, -1, -15)  # 115 bits after five that are none


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
    VERP = 9


class Mint:
    """Makes the tokens of one kind under one key: the key's half of each HMAC is worked out once. Safe to share between threads."""

    __slots__ = ("_ahead", "_behind", "_inner", "_outer")

    def __init__(self, root: bytes, kind: TokenType, expires: datetime | None = None) -> None:
        """Take the key and what all of its tokens say; `expires` is rounded up to the hour."""
        hours = 0 if expires is None else -(-int(expires.timestamp()) // _HOUR)
        self._ahead = bytes((kind, _key_id(root)))
        self._behind = hours.to_bytes(4)
        self._inner, self._outer = _pads(root, kind)

    def __call__(self, row_id: int) -> str:
        """Return 35 characters of base64url without padding naming `row_id` (0 ≤ id < 2⁶⁴)."""
        return base64.urlsafe_b64encode(self._bytes(row_id))[:-1].decode()

    def both(self, row_id: int) -> tuple[str, str]:
        """Return the token, and the same as 42 lower-case letters and digits for the part of an address before the @."""
        raw = self._bytes(row_id)
        return base64.urlsafe_b64encode(raw)[:-1].decode(), _base32(int.from_bytes(raw) << 2, _TOKEN_SHIFTS)

    def name(self, row_id: int) -> str:
        """Return 23 lower-case letters and digits for places that lose case (Message-ID, return paths): id and MAC in base32."""
        mac = int.from_bytes(self.mac(row_id.to_bytes(8))[:7]) >> 6  # ten characters are 50 bits
        return _base32(row_id << 51 | mac, _NAME_SHIFTS)[1:]

    def mac(self, body: bytes) -> bytes:
        """Return the first 96 bits of the HMAC-SHA256 of `body` (RFC 2104, section 4 keeps the key's half as we do)."""
        inner = self._inner.copy()
        inner.update(body)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()[:_MAC_BYTES]

    def _bytes(self, row_id: int) -> bytes:
        body = self._ahead + row_id.to_bytes(8) + self._behind
        return body + self.mac(body)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Mints with the newest root key (the first), verifies with every root it is given."""

    roots: tuple[bytes, ...]

    @property
    def key_id(self) -> int:
        """The number of the key that is minted with: what a wave keeps, so that a retry has the same bytes after a new key."""
        return _key_id(self.roots[0])

    def of_key(self, key_id: int | None) -> "Tokens":
        """Return tokens that are minted with the key of this number, with the newest where it is gone or None."""
        named = [root for root in self.roots if _key_id(root) == key_id][:1]
        return Tokens((*named, *(root for root in self.roots if root not in named)))

    def mint_of(self, kind: TokenType, expires: datetime | None = None) -> Mint:
        """Return what mints many tokens of one kind."""
        return Mint(self.roots[0], kind, expires)

    def mint(self, kind: TokenType, row_id: int, expires: datetime | None = None) -> str:
        """Return 35 characters of base64url without padding naming `row_id` (0 ≤ id < 2⁶⁴); `expires` is rounded up to the hour."""
        return self.mint_of(kind, expires)(row_id)

    def read(self, kind: TokenType, token: str, now: datetime) -> int:
        """Return the row id that `token` names. Raises TokenError when it is forged, of another type, or out of date."""
        body, mac = _unpack(token)
        type_, key_id, row_id, hours = _BODY.unpack(body)
        known = [Mint(root, kind) for root in self.roots if _key_id(root) == key_id]
        if type_ != kind or not any(hmac.compare_digest(mint.mac(body), mac) for mint in known):
            raise TokenError
        if hours and now.astimezone(UTC).timestamp() > hours * _HOUR:
            raise TokenError("It has expired.")
        return int(row_id)

    def name(self, kind: TokenType, row_id: int) -> str:
        """Return 23 lower-case letters and digits for places that lose case (Message-ID, return paths): id and MAC in base32."""
        return self.mint_of(kind).name(row_id)

    def read_name(self, kind: TokenType, name: str) -> int:
        """Return the row id of a `name`. Raises TokenError when its MAC is of no known key."""
        if len(name) != _NAME_LENGTH or not name.isascii():
            raise TokenError
        try:
            row_id = int.from_bytes(base64.b32decode(f"{name[:13].upper()}==="))
        except binascii.Error as error:
            raise TokenError from error
        if not any(hmac.compare_digest(Mint(root, kind).name(row_id), name.lower()) for root in self.roots):
            raise TokenError
        return row_id


def address_hash(pepper: bytes, address_key: str) -> str:
    """Return the keyed hash (64 hexadecimal digits) that stands for an address in suppressions and logs."""
    return hmac.new(pepper, address_key.encode(), hashlib.sha256).hexdigest()


def _base32(number: int, shifts: range) -> str:
    """Return a number as lower-case base32 (RFC 4648, section 6): fifteen bits at a time, three characters each."""
    return "".join([_THREE[number >> shift & 0x7FFF] for shift in shifts])


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


@lru_cache(maxsize=64)
def _pads(root: bytes, kind: TokenType) -> "tuple[hashlib._Hash, hashlib._Hash]":
    """Return the two hashes of an HMAC with the key's blocks taken in (RFC 2104, section 2): copied for each message."""
    block = _derived(root, kind).ljust(hashlib.sha256().block_size, b"\0")
    return hashlib.sha256(bytes(byte ^ 0x36 for byte in block)), hashlib.sha256(bytes(byte ^ 0x5C for byte in block))


def _derived(root: bytes, kind: TokenType) -> bytes:
    """Derive the key of one type from a root: HKDF with SHA-256 and one output block (RFC 5869, section 2)."""
    pseudorandom = hmac.new(b"newsroom-digest", root, hashlib.sha256).digest()
    return hmac.new(pseudorandom, f"token {kind.name}".encode() + b"\x01", hashlib.sha256).digest()
