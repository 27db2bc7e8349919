import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import TokenError
from digest.tokens import Tokens, TokenType, address_hash

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
TOKENS = Tokens((b"new root", b"old root"))
kinds = st.sampled_from(TokenType)
ids = st.integers(0, 2**64 - 1)


@given(kinds, ids)
def test_a_token_is_35_characters_and_gives_its_row_back(kind: TokenType, row_id: int) -> None:
    token = TOKENS.mint(kind, row_id)
    assert len(token) == 35
    assert TOKENS.read(kind, token, NOW) == row_id


@given(kinds, kinds, ids)
def test_a_token_of_one_type_never_serves_as_another(kind: TokenType, other: TokenType, row_id: int) -> None:
    if kind == other:
        return
    with pytest.raises(TokenError):
        TOKENS.read(other, TOKENS.mint(kind, row_id), NOW)


@given(ids, st.integers(0, 34), st.sampled_from("ABab01-_"))
def test_a_token_with_any_character_changed_is_refused(row_id: int, position: int, letter: str) -> None:
    token = TOKENS.mint(TokenType.UNSUBSCRIBE, row_id)
    forged = token[:position] + letter + token[position + 1 :]
    if forged == token:
        return
    with pytest.raises(TokenError):
        TOKENS.read(TokenType.UNSUBSCRIBE, forged, NOW)


@given(st.text(max_size=60))
def test_garbage_is_refused_and_never_anything_worse(text: str) -> None:
    with pytest.raises(TokenError):
        TOKENS.read(TokenType.UNSUBSCRIBE, text, NOW)
    with pytest.raises(TokenError):
        TOKENS.read_name(TokenType.MESSAGE_ID, text)


def test_a_token_of_an_earlier_root_still_works_and_a_strangers_does_not() -> None:
    old = Tokens((b"old root",)).mint(TokenType.UNSUBSCRIBE, 7)
    assert TOKENS.read(TokenType.UNSUBSCRIBE, old, NOW) == 7
    with pytest.raises(TokenError):
        TOKENS.read(TokenType.UNSUBSCRIBE, Tokens((b"another",)).mint(TokenType.UNSUBSCRIBE, 7), NOW)


def test_a_token_ends_after_its_hour() -> None:
    token = TOKENS.mint(TokenType.CONFIRM, 7, NOW)
    assert TOKENS.read(TokenType.CONFIRM, token, NOW) == 7
    with pytest.raises(TokenError, match="expired"):
        TOKENS.read(TokenType.CONFIRM, token, NOW + timedelta(hours=1, seconds=1))


@given(ids)
def test_a_name_survives_the_loss_of_its_case(row_id: int) -> None:
    name = TOKENS.name(TokenType.MESSAGE_ID, row_id)
    assert name == name.lower()
    assert TOKENS.read_name(TokenType.MESSAGE_ID, name.upper()) == row_id


@given(kinds, ids, st.binary(min_size=1, max_size=80), st.sampled_from((None, NOW)))
def test_tokens_and_names_are_what_other_libraries_make_of_the_same_key(
    kind: TokenType, row_id: int, root: bytes, expires: datetime | None
) -> None:
    key = HKDF(SHA256(), 32, salt=b"newsroom-digest", info=f"token {kind.name}".encode()).derive(root)
    key_id = hashlib.sha256(b"digest key id" + root).digest()[0]
    hours = 0 if expires is None else int(expires.timestamp()) // 3600
    body = bytes((kind, key_id)) + row_id.to_bytes(8) + hours.to_bytes(4)
    raw = body + hmac.digest(key, body, "sha256")[:12]
    named = row_id.to_bytes(8)

    mint = Tokens((root,)).mint_of(kind, expires)

    token = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    assert mint(row_id) == token
    assert mint.both(row_id) == (token, base64.b32encode(raw).decode().rstrip("=").lower())
    mac = base64.b32encode(hmac.digest(key, named, "sha256")).decode()[:10]
    assert mint.name(row_id) == (base64.b32encode(named).decode().rstrip("=") + mac).lower()


def test_tokens_of_a_key_are_minted_with_it_and_read_with_all() -> None:
    old = Tokens((b"old root",))

    named = TOKENS.of_key(old.key_id)

    assert named.mint(TokenType.UNSUBSCRIBE, 7) == old.mint(TokenType.UNSUBSCRIBE, 7)
    assert named.read(TokenType.UNSUBSCRIBE, TOKENS.mint(TokenType.UNSUBSCRIBE, 7), NOW) == 7


def test_an_address_hash_needs_its_pepper() -> None:
    assert address_hash(b"a", "x@example.org") != address_hash(b"b", "x@example.org")
