"""Rules about the whole message (H1–H8): its bytes and what is known of its articles go in, findings come out."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from digest.mail.lint.document import visible
from digest.mail.lint.finding import Finding, error, warn

_LONGEST_LINE = 998
_SUBJECT = (10, 70)
_LIST_HEADERS = ("list-unsubscribe", "list-unsubscribe-post")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the composer knows of an edition: each article's address and time, and how many its dateline counts."""

    articles: tuple[tuple[str, datetime], ...] = ()
    counted: int | None = None
    placed: int | None = None


def check_message(
    raw: bytes,
    now: datetime,
    *,
    preheader: str = "",
    facts: Facts = Facts(),
    others: Collection[str] = (),
    is_test: bool = False,
) -> list[Finding]:
    """Return what is wrong with a whole message. `others` are tokens of other readers, none of which may stand in it."""
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101 -- what that policy makes
    return [
        *_parts(message),
        *_encoding(message, raw),
        *_leaving(message),
        *_names(message),
        *_subject(message, preheader, is_test=is_test),
        *_recipient(message),
        *_strangers(message, others),
        *_articles(facts, now),
    ]


def _parts(message: EmailMessage) -> Iterator[Finding]:
    """H1: both parts, text first."""
    found = [part.get_content_type() for part in message.walk() if part.get_content_maintype() == "text"]
    whole = [part for part in message.walk() if part.get_content_type() == "multipart/alternative"]
    if not whole or found[:2] != ["text/plain", "text/html"]:
        yield error("H1", 0, "The message is not multipart/alternative with its text part first.")


def _encoding(message: EmailMessage, raw: bytes) -> Iterator[Finding]:
    """H2: seven bits, and no line over 998 characters (RFC 5322, section 2.1.1)."""
    for part in message.walk():
        how = str(part.get("Content-Transfer-Encoding", "7bit")).lower()
        if part.get_content_maintype() == "text" and how not in ("quoted-printable", "base64"):
            yield error("H2", 0, f"{part.get_content_type()} is encoded as {how}.")
    if any(len(line) > _LONGEST_LINE for line in raw.split(b"\r\n")):
        yield error("H2", 0, f"A line of the message has more than {_LONGEST_LINE} characters.")


def _leaving(message: EmailMessage) -> Iterator[Finding]:
    """H3: one-click unsubscribing (RFC 8058), and both its headers signed."""
    ways = str(message.get("List-Unsubscribe", ""))
    if not re.search(r"<https?://", ways):
        yield error("H3", 0, "List-Unsubscribe has no web address.")
    elif "<mailto:" not in ways:
        yield warn("H3", 0, "List-Unsubscribe has no mailto address.")
    if str(message.get("List-Unsubscribe-Post", "")) != "List-Unsubscribe=One-Click":
        yield error("H3", 0, "List-Unsubscribe-Post is missing.")
    signature = message.get("DKIM-Signature")
    if signature is None:
        yield warn("H3", 0, "The message is not signed here: let the provider sign List-Unsubscribe and its Post.")
        return
    signed = re.sub(r"\s", "", dict(_tags(str(signature))).get("h", "")).lower().split(":")
    for name in _LIST_HEADERS:
        if name not in signed:
            yield error("H3", 0, f"The signature leaves {name} out.")


def _tags(signature: str) -> Iterator[tuple[str, str]]:
    for tag in signature.split(";"):
        name, _, value = tag.partition("=")
        yield name.strip(), value


def _names(message: EmailMessage) -> Iterator[Finding]:
    """H4: the headers that every edition has."""
    for name in ("From", "Message-ID", "Date", "List-Id"):
        if not message.get(name):
            yield error("H4", 0, f"{name} is missing.")
    if not message.get("Reply-To"):
        yield warn("H4", 0, "Reply-To is missing: answers go to the From address.")


def _subject(message: EmailMessage, preheader: str, *, is_test: bool) -> Iterator[Finding]:
    """H5: a subject that an inbox shows whole."""
    subject = str(message.get("Subject", ""))
    if "\n" in subject or "\r" in subject:
        yield error("H5", 0, "The subject has a line break.")
    if preheader and visible(subject) == visible(preheader):
        yield error("H5", 0, "The subject and the preheader say the same.")
    if "[Test" in subject and not is_test:
        yield error("H5", 0, "The subject is that of a test.")
    if not _SUBJECT[0] <= len(subject) <= _SUBJECT[1]:
        yield warn("H5", 0, f"The subject has {len(subject)} characters; 10 to 70 are read.")


def _recipient(message: EmailMessage) -> Iterator[Finding]:
    """H6: one reader."""
    found = message.get_all("To", [])
    if len(found) != 1 or len(found[0].addresses) != 1 or message.get("Cc") or message.get("Bcc"):
        yield error("H6", 0, "The message is not addressed to exactly one reader.")


def _strangers(message: EmailMessage, others: Collection[str]) -> Iterator[Finding]:
    """H7: no link of somebody else."""
    words = set().union(*(_words(part) for part in message.walk() if part.get_content_maintype() == "text"))
    if words & set(others):
        yield error("H7", 0, "The message holds a link of another reader.")


def _words(part: EmailMessage) -> set[str]:
    return set(re.findall(r"[A-Za-z0-9_-]{20,}", part.get_content()))


def _articles(facts: Facts, now: datetime) -> Iterator[Finding]:
    """H8: nothing from the future, nothing twice, and the dateline counts what is there."""
    seen: set[str] = set()
    for url, published in facts.articles:
        if published > now:
            yield error("H8", 0, f"{url} is dated in the future.")
        if url in seen:
            yield error("H8", 0, f"{url} stands in the edition twice.")
        seen.add(url)
    if facts.counted is not None and facts.counted != facts.placed:
        yield error("H8", 0, f"The dateline counts {facts.counted} articles, the edition has {facts.placed}.")
