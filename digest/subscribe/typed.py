"""What people type: an address or a name goes in, what is kept of it comes out."""

import re
import unicodedata

from digest.errors import AddressError
from digest.mail import address
from digest.mail.address import Address

_REFUSED = re.compile(r"[,$%?{}<>]")  # Yahoo takes mail for no such address (Sender Hub, February 2026)
_BREAKS = ("Cc", "Cs", "Zl", "Zp")  # categories of Unicode: controls, halves of characters, line and paragraph breaks
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")  # would turn the direction of whatever stands behind the name
_FORMULA = "=+-@ "  # a spreadsheet that opens an export would calculate what begins with one of these
_LONGEST_NAME = 200


def read_address(text: str) -> Address:
    """Read an address that may be mailed. Raises AddressError with the reason."""
    known = address.parse(text)
    if _REFUSED.search(known.address):
        raise AddressError(f"“{known.address}” has a character that large receivers refuse.")
    return known


def clean_name(text: str) -> str:
    """Return a name as one line that can stand in a header (RFC 5322, section 2.2) and in a spreadsheet; it may be empty."""
    plain = "".join(" " if unicodedata.category(one) in _BREAKS else one for one in _TURNS.sub("", text))
    return " ".join(plain.split()).lstrip(_FORMULA)[:_LONGEST_NAME].rstrip()
