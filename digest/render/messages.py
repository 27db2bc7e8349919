"""Renderings and readers → messages: a page and one person go in, the personalised mail as a value comes out."""

from datetime import date, datetime, timedelta
from email.utils import parseaddr
from typing import NamedTuple
from zoneinfo import ZoneInfo

from digest.config import Newsletter, Settings
from digest.mail import mime
from digest.tokens import Tokens, TokenType
from digest.values import Mailbox, Message, MessageKey, NoticeKind, Page

_PREFERENCES_LIFETIME = timedelta(days=30)
_SENDER_ID = "newsdigest"  # Feedback-ID's last field: 5–15 characters, the same for ever
_LIST_ID_MOST = 255


class Recipient(NamedTuple):
    """The reader of one message; `subscribed_at` is when they asked for the newsletter."""

    subscription_id: int
    address: str
    name: str
    subscribed_at: datetime


class Writer:
    """Writes the messages of one wave: what is the same for all of its readers is worked out once. Safe to share between threads."""

    def __init__(
        self,
        settings: Settings,
        newsletter: Newsletter,
        tokens: Tokens,
        edition_date: date,
        moment: datetime,
        alert: int = 0,
    ) -> None:
        """Take the edition, the date that its mails carry, and tokens that mint with the wave's key."""
        self.newsletter = newsletter
        self._moment = moment
        self._zone = ZoneInfo(newsletter.zone)
        self._sender = mailbox(newsletter.from_)
        self._domain = domain(self._sender.address)
        self._feedback = settings.feedback.domain
        self._base = settings.site.url.rstrip("/")
        page = f"{newsletter.id}/{edition_date.isoformat()}" + (f"/{alert}" if alert else "")
        self._online = f"{self._base}/archive/{page}"
        self._unsubscribe = tokens.mint_of(TokenType.UNSUBSCRIBE)
        self._preferences = tokens.mint_of(TokenType.PREFERENCES, moment + _PREFERENCES_LIFETIME)
        self._name = tokens.mint_of(TokenType.MESSAGE_ID)
        self._verp = tokens.mint_of(TokenType.VERP)
        self._first = (("List-Id", list_id(newsletter.name, newsletter.id, self._domain)),)
        help_at = mailbox(settings.site.contact).address
        self._last = (
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            *((("List-Help", f"<mailto:{help_at}>"),) if "@" in help_at else ()),
            ("Feedback-ID", f"{edition_date.isoformat()}:{newsletter.id}:edition:{_SENDER_ID}"),
            ("Auto-Submitted", "auto-generated"),
            ("Precedence", "bulk"),
            ("X-Auto-Response-Suppress", "All"),
        )

    def message(self, page: Page, key: MessageKey, to: Recipient, day_in_words: str, lane: str = "") -> Message:
        """Return the mail of one delivery: same bytes on every retry (RFC 5322; RFC 8058 for one-click; RFC 3834).

        Its return path is the delivery's own (VERP), where `[feedback]` names a domain for it.
        """
        token, caseless = self._unsubscribe.both(to.subscription_id)
        name = self._name.name(key.id)
        unsubscribe = f"{self._base}/u/{token}"
        mine = {
            "unsubscribe_url": unsubscribe,
            "preferences_url": f"{self._base}/preferences/{self._preferences(to.subscription_id)}",
            "online_url": self._online,
            "address": to.address,
            "name": to.name,
            "subscribed_on": day_in_words,
        }
        return Message(
            key=key,
            sender=self._sender,
            recipient=Mailbox(to.address, to.name),
            subject=page.subject,
            date=self._moment,
            message_id=f"<d.{name}@{self._domain}>",
            html=page.html,
            text=page.text,
            tokens={**page.values, **mine},
            headers=(
                *self._first,
                ("List-Unsubscribe", self._ways_out(unsubscribe, caseless)),
                *self._last,
                ("X-Digest-Delivery", name),
            ),
            reply_to=self.newsletter.reply_to,
            envelope_sender=f"b+{self._verp.name(key.id)}@{self._feedback}" if self._feedback else "",
            envelope_id=name,
            lane=lane,
        )

    def subscribed_day(self, to: Recipient) -> date:
        """Return the day on which the reader asked for the newsletter, in its zone."""
        return to.subscribed_at.astimezone(self._zone).date()

    def _ways_out(self, one_click: str, token: str) -> str:
        """Return the address of one-click, and one for mail where somebody reads it (RFC 8058, RFC 2369): folded after the comma."""
        return f"<{one_click}>, <mailto:unsub+{token}@{self._feedback}>" if self._feedback else f"<{one_click}>"


def notice(
    page: Page, kind: NoticeKind, notice_id: int, to: Mailbox, *, sender: str, name: str, moment: datetime
) -> Message:
    """Return the mail of a notice; `name` is its opaque name, the same on every retry."""
    from_ = mailbox(sender)
    return Message(
        key=MessageKey("notice", notice_id),
        sender=from_,
        recipient=to,
        subject=page.subject,
        date=moment,
        message_id=f"<n.{name}@{domain(from_.address)}>",
        html=page.html,
        text=page.text,
        tokens=page.values,
        headers=(
            ("Auto-Submitted", "auto-generated"),
            ("X-Auto-Response-Suppress", "All"),
            ("Feedback-ID", f"{kind}:notice:{kind}:{_SENDER_ID}"),
        ),
    )


def mailbox(text: str) -> Mailbox:
    """Read `Name <address>` as the configuration writes it."""
    name, address = parseaddr(text)
    return Mailbox(address or text, name)


def domain(address: str) -> str:
    """Return what stands behind the last @, in A-labels."""
    return mime.ascii_address(address).rpartition("@")[2].lower()


def list_id(name: str, newsletter_id: str, domain_: str) -> str:
    """Return a newsletter's List-Id, its name left out where that would be more than 255 octets (RFC 2919, section 3)."""
    label = f"<{newsletter_id}.{domain_}>"
    named = f"{mime.phrase(name)} {label}"
    return named if len(named) <= _LIST_ID_MOST else label
