"""An SMTP reply → what it says of the address: code and text go in, a category and its permanence come out.

Narrow on purpose: only “no such user” and “no such host” are hard; no reply of class x.7.x ever is, whatever its words.
"""

import re

from digest.values import Permanence

_ENHANCED = re.compile(r"^([245])\.(\d{1,3})\.(\d{1,3})\b")
_UNKNOWN_USER = re.compile(
    r"user unknown|unknown user|no such (user|recipient|mailbox|person)|does not exist|doesn't have|mailbox (unavailable|not found)"
    r"|invalid (recipient|mailbox)|recipient (not found|rejected: user)",
    re.IGNORECASE,
)
_FULL = re.compile(r"mailbox (is )?full|over ?quota|quota exceeded|out of storage", re.IGNORECASE)
_BY_STATUS = {
    "1.1": ("unknown_user", Permanence.HARD),
    "1.3": ("unknown_user", Permanence.HARD),
    "1.6": ("unknown_user", Permanence.HARD),
    "1.10": ("unknown_user", Permanence.HARD),
    "1.2": ("unknown_domain", Permanence.HARD),
    "2.1": ("inactive", Permanence.SOFT),
    "2.2": ("mailbox_full", Permanence.SOFT),
    "1.7": ("sender_fault", Permanence.NONE),
    "1.8": ("sender_fault", Permanence.NONE),
    "3.4": ("content", Permanence.NONE),
}


def classify(code: int, text: str) -> tuple[str, Permanence]:
    """Return a category of the reply map and how lasting it is for the address (RFC 3463 names the enhanced codes)."""
    enhanced = _ENHANCED.match(text)
    status = f"{enhanced[2]}.{enhanced[3]}" if enhanced else ""
    if status.startswith("7."):
        return "policy", Permanence.NONE
    if code < 500:  # noqa: PLR2004 -- the classes of RFC 5321, section 4.2.1
        return ("mailbox_full" if _FULL.search(text) else "transient"), Permanence.SOFT
    if _FULL.search(text):
        return "mailbox_full", Permanence.SOFT
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if _UNKNOWN_USER.search(text):
        return "unknown_user", Permanence.HARD
    return (
        "sender_fault" if status.startswith("5.") else "content" if status.startswith("6.") else "policy"
    ), Permanence.NONE
