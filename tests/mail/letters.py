"""Messages as hypothesis draws them, nasty values included, and the same mail as the email package writes it."""

import email
import email.policy
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage

from hypothesis import strategies as st

from digest.mail import mime
from digest.values import Mailbox, Message, MessageKey

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
POLICY = email.policy.SMTP.clone(max_line_length=998)

NASTY = (
    '"Ana, the \\"great\\" <ana@example.org>"',
    "O'Brien, Seán; (the second)",
    "日本語の名前がとても長いときにも切れない" * 3,
    "🗞️👩🏽‍💻 news",
    "\u202eright\u202c to left עברית",
    "=?utf-8?q?not_encoded?=",
    "a\\b",
    ".hidden",
    "From here to there",
    "<b>&amp; \"quotes\" 'too'",
    "x" * 500,
    "a  b   c",
    "naïve",
    "é" * 200,
    "@",
    "Nul.",
    "100 %",
    "a=b=3D",
)
_letters = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])
words = st.one_of(st.sampled_from(NASTY), st.text(_letters, max_size=120))
# What set_content of the email package takes for the end of a line, and we do not, is drawn elsewhere.
texts = st.lists(
    st.one_of(
        st.sampled_from(
            ("", ".", "..", ".a", "From x", "a ", "  b  c ", "\t", "=", "é" * 120, "x" * 1200, "ends. " * 30)
        ),
        st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=150),
    ),
    max_size=8,
).map("\n".join)
pieces = st.lists(
    st.one_of(texts.map(lambda text: text.replace("%%", "% %")), st.sampled_from(("%%name%%", "%%url%%"))), max_size=6
)
locals_ = st.from_regex(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,20}(\.[a-z0-9-]{1,8}){0,2}", fullmatch=True)
addresses = st.builds(
    "{}@{}".format, locals_, st.sampled_from(("example.org", "mail.example.net", "örnek.example", "例え.example"))
)


def tidied(text: str) -> str:
    """Return a header's text as it reads: blanks at its ends are gone, several are one."""
    return " ".join(part for part in text.replace("\t", " ").split(" ") if part)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    """Draw a message to one reader."""
    token = draw(st.integers(1, 900))
    number = draw(st.integers(1, 10**9))
    return Message(
        key=MessageKey("delivery", number),
        sender=Mailbox("news@example.org", draw(words)),
        recipient=Mailbox(draw(addresses), draw(words)),
        subject=draw(words),
        date=NOW + timedelta(seconds=draw(st.integers(0, 10**8))),
        message_id=f"<d.{number}@example.org>",
        html=("<p>", *draw(pieces), "</p>\n"),
        text=(*draw(pieces), "\n"),
        tokens={"name": draw(words), "url": f"https://news.example.org/u/{'t' * token}"},
        headers=(
            ("List-Id", f"{mime.phrase(draw(words))} <daily.example.org>".strip()),
            ("List-Unsubscribe", f"<https://news.example.org/u/{'t' * token}>, <mailto:unsub+abc@bounces.example.org>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("Feedback-ID", "2026-11-24:daily:edition:newsdigest"),
        ),
        reply_to=draw(st.sampled_from(("", "editors@example.org", "The Editors <editors@example.org>"))),
    )


def naive(message: Message) -> EmailMessage:
    """Return the same mail, built by the email package."""
    mail = EmailMessage(policy=POLICY)
    mail["From"] = _address(message.sender)
    mail["To"] = _address(message.recipient)
    if message.reply_to:
        mail["Reply-To"] = message.reply_to
    mail["Subject"] = tidied(message.subject)
    mail["Date"] = message.date
    mail["Message-ID"] = message.message_id
    for name, value in message.headers[1:]:
        mail[name] = value
    mail.set_content(mime.filled(message.text, message.tokens, escape=False), cte="quoted-printable")
    mail.add_alternative(mime.filled(message.html, message.tokens, escape=True), subtype="html", cte="quoted-printable")
    return mail


def _address(one: Mailbox) -> Address:
    local, _, domain = mime.ascii_address(one.address).rpartition("@")
    return Address(tidied(one.name), local, domain)


def parsed(content: bytes) -> EmailMessage:
    """Read a mail as the email package does."""
    found = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def part(mail: EmailMessage, kind: str) -> str:
    """Return the decoded text of one part, its lines ended by LF."""
    found = mail.get_body((kind,))
    assert found is not None
    raw = found.get_payload(decode=True)
    assert isinstance(raw, bytes)
    return raw.decode().replace("\r\n", "\n")
