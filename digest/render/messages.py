"""Renderings and readers → messages: a page and one person go in, the personalised mail as a value comes out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.utils import parseaddr
from zoneinfo import ZoneInfo

from digest.config import Newsletter, Settings
from digest.tokens import Tokens, TokenType
from digest.values import Mailbox, Message, MessageKey, NoticeKind, Page

_PREFERENCES_LIFETIME = timedelta(days=30)
_SENDER_ID = "newsdigest"  # Feedback-ID's last field: 5–15 characters, the same for ever


@dataclass(frozen=True, slots=True)
class Recipient:
    """The reader of one message; `subscribed_at` is when they asked for the newsletter."""

    subscription_id: int
    address: str
    name: str
    subscribed_at: datetime


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the messages of one edition: what is the same for all of its readers is worked out once."""

    settings: Settings
    newsletter: Newsletter
    tokens: Tokens
    edition_date: date
    moment: datetime
    alert: int = 0

    def message(self, page: Page, key: MessageKey, to: Recipient, day_in_words: str) -> Message:
        """Return the mail of one delivery: same bytes on every retry (RFC 5322; RFC 8058 for one-click; RFC 3834)."""
        token = self.tokens.mint(TokenType.UNSUBSCRIBE, to.subscription_id)
        name = self.tokens.name(TokenType.MESSAGE_ID, key.id)
        sender = mailbox(self.newsletter.from_)
        return Message(
            key=key,
            sender=sender,
            recipient=Mailbox(to.address, to.name),
            subject=page.subject,
            date=self.moment,
            message_id=f"<d.{name}@{domain(sender.address)}>",
            html=page.html,
            text=page.text,
            tokens={**page.values, **self.links(to, token), **_person(to, day_in_words)},
            headers=self._headers(token, name),
            reply_to=self.newsletter.reply_to,
        )

    def links(self, to: Recipient, token: str) -> Mapping[str, str]:
        """Return the reader's own addresses."""
        base = self.settings.site.url.rstrip("/")
        page = f"{self.newsletter.id}/{self.edition_date.isoformat()}" + (f"/{self.alert}" if self.alert else "")
        preferences = self.tokens.mint(TokenType.PREFERENCES, to.subscription_id, self.moment + _PREFERENCES_LIFETIME)
        return {
            "unsubscribe_url": f"{base}/u/{token}",
            "preferences_url": f"{base}/preferences/{preferences}",
            "online_url": f"{base}/archive/{page}",
        }

    def subscribed_day(self, to: Recipient) -> date:
        """Return the day on which the reader asked for the newsletter, in its zone."""
        return to.subscribed_at.astimezone(ZoneInfo(self.newsletter.zone)).date()

    def _headers(self, token: str, name: str) -> tuple[tuple[str, str], ...]:
        base = self.settings.site.url.rstrip("/")
        list_id = f"{self.newsletter.id}.{domain(mailbox(self.newsletter.from_).address)}"
        return (
            ("List-Id", f"{self.newsletter.name} <{list_id}>"),
            ("List-Unsubscribe", f"<{base}/u/{token}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("Feedback-ID", f"{self.edition_date.isoformat()}:{self.newsletter.id}:edition:{_SENDER_ID}"),
            ("Auto-Submitted", "auto-generated"),
            ("Precedence", "bulk"),
            ("X-Auto-Response-Suppress", "All"),
            ("X-Digest-Delivery", name),
        )


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
    """Return what stands behind the last @."""
    return address.rpartition("@")[2].lower()


def _person(to: Recipient, day_in_words: str) -> Mapping[str, str]:
    return {"address": to.address, "name": to.name, "subscribed_on": day_in_words}
