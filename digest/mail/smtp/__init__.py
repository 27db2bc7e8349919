"""The SMTP client (RFC 5321): parcels go in over one session, what became of each comes out; the last look stands before the final dot."""

from digest.mail.smtp.link import Broken, Timeouts
from digest.mail.smtp.parcel import Parcel
from digest.mail.smtp.replies import Reply
from digest.mail.smtp.session import BadLogin, Policy, Session, Unusable, Untouched, open_session

__all__ = [
    "BadLogin",
    "Broken",
    "Parcel",
    "Policy",
    "Reply",
    "Session",
    "Timeouts",
    "Untouched",
    "Unusable",
    "open_session",
]
