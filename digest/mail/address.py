"""Addresses of people: what somebody typed goes in, the address to mail, its ASCII form and its form for comparing come out."""

from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from digest.errors import AddressError

_LONGEST = 320


@dataclass(frozen=True, slots=True)
class Address:
    """An address (RFC 5321, section 4.1.2); `ascii` is empty when the part before the @ has other letters; `key` compares."""

    address: str
    ascii: str
    key: str


def parse(text: str) -> Address:
    """Read an address without asking the network. Raises AddressError with the reason."""
    typed = text.strip()
    if len(typed) > _LONGEST:
        raise AddressError("It is too long.", hint="An address has at most 254 characters.")
    try:
        found = validate_email(typed, check_deliverability=False)
    except EmailNotValidError as error:
        raise AddressError(f"“{typed}”: {error}") from error
    local, domain = found.local_part, found.ascii_domain
    return Address(found.normalized, found.ascii_email or "", f"{local.casefold()}@{domain.lower()}")
