"""Signing keys for mail: a PEM file goes in, a key that can sign comes out; new keys, and the DNS record that tells of one."""

import base64
import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from digest.errors import ConfigError

SigningKey = RSAPrivateKey | Ed25519PrivateKey

_RSA_BITS = 2048  # receivers take no less for long; more does not fit one UDP answer
_STRING = 255  # octets in one string of a TXT record (RFC 1035, section 3.3)


def load(file: Path) -> SigningKey:
    """Return the key of a PEM file. Raises ConfigError when it is missing, no such key, locked, or RSA under 2048 bits."""
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except FileNotFoundError as error:
        hint = "Run `digest doctor --dkim`, which makes it and shows the DNS record."
        raise ConfigError(f"The DKIM key {file} is not there.", hint=hint) from error
    except OSError as error:
        raise ConfigError(f"The DKIM key {file} cannot be read: {error.strerror}.") from error
    except TypeError as error:  # as cryptography says that a passphrase is missing
        raise ConfigError(
            f"The DKIM key {file} has a passphrase.", hint="Keep it without one, readable to its owner only."
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigError(
            f"{file} is no private key in PEM.", hint="Name the file that begins with “-----BEGIN PRIVATE KEY-----”."
        ) from error
    if isinstance(key, RSAPrivateKey) and key.key_size < _RSA_BITS:
        hint = "Name a file that is not there yet under another selector, and run `digest doctor --dkim`."
        raise ConfigError(f"The DKIM key {file} has {key.key_size} bits; {_RSA_BITS} are the least.", hint=hint)
    if not isinstance(key, SigningKey):
        raise ConfigError(f"The DKIM key {file} is neither RSA nor Ed25519.", hint="DKIM knows no other (RFC 8463).")
    return key


def make(file: Path, *, ed25519: bool = False) -> bool:
    """Write a new key that only its owner may read; one that is there stays. Return whether one was made."""
    if file.exists():
        return False
    key: SigningKey = Ed25519PrivateKey.generate() if ed25519 else generate_private_key(65537, _RSA_BITS)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(pem)
    return True


def record(key: SigningKey) -> tuple[str, ...]:
    """Return the strings of the key's TXT record, each of 255 octets at most (RFC 6376, section 3.6.1; RFC 8463, section 4)."""
    public = key.public_key()
    if isinstance(key, RSAPrivateKey):
        kind = "rsa"
        raw = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    else:
        kind = "ed25519"
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    text = f"v=DKIM1; k={kind}; p={base64.b64encode(raw).decode()}"
    return tuple(text[at : at + _STRING] for at in range(0, len(text), _STRING))
