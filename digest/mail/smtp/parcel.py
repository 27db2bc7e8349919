"""One message with its envelope, as a session hands it over."""

import re
from dataclasses import dataclass

_XTEXT = re.compile(r"[^!-*,-<>-~]")  # what stands as +XX (RFC 3461, section 4)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message's bytes and its envelope.

    `content` ends in CRLF and no line of it begins with a dot (`digest.mail.mime` writes such), so that it leaves as it is. `utf8` says that
    an address or a header needs SMTPUTF8 (RFC 6531). `envelope_id` is what a server names in its reports (RFC 3461), or empty.
    """

    sender: str
    recipient: str
    content: bytes
    envelope_id: str = ""
    utf8: bool = False

    def mail(self, offers: frozenset[str]) -> str:
        """Return the MAIL command for a server that offers these extensions."""
        more = f" SIZE={len(self.content)}" if "SIZE" in offers else ""
        if self.utf8:
            more += " BODY=8BITMIME SMTPUTF8"
        if "DSN" in offers:
            more += " RET=HDRS" + (f" ENVID={xtext(self.envelope_id)}" if self.envelope_id else "")
        return f"MAIL FROM:<{self.sender}>{more}\r\n"

    def rcpt(self, offers: frozenset[str]) -> str:
        """Return the RCPT command: where a server can report, it reports failures and delays of this very address."""
        more = ""
        if "DSN" in offers:
            kind = "utf-8" if self.utf8 and not self.recipient.isascii() else "rfc822"
            more = f" NOTIFY=FAILURE,DELAY ORCPT={kind};{xtext(self.recipient)}"
        return f"RCPT TO:<{self.recipient}>{more}\r\n"


def xtext(text: str) -> str:
    """Encode a parameter's value (RFC 3461, section 4; RFC 6533, section 3 for other letters)."""
    return _XTEXT.sub(
        lambda found: f"+{ord(found[0]):02X}" if found[0].isascii() else f"\\x{{{ord(found[0]):X}}}", text
    )
