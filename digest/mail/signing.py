"""A message → its bytes, signed where the installation has a key: what every kind that hands bytes over writes."""

from digest.mail import mime
from digest.mail.dkim import Signer
from digest.values import Message


def written(message: Message, signer: Signer | None) -> bytes:
    """Return the whole message, its DKIM signature first; the same bytes at every try, for it is dated as the message is.

    Raises as `mime.parts` does.
    """
    if signer is None:
        return mime.wire(message)
    head, body = mime.parts(message)
    return b"%b%b\r\n%b" % (signer.sign(head, body, message.date), head, body)
