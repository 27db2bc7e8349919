"""One edition as one reader's mail: inert links for anybody's sections, and the reader's own bytes where an address is named."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from digest.config import Newsletter
from digest.errors import UsageError
from digest.mail import address, mime
from digest.models import Delivery, Subscriber, Subscription
from digest.pipeline import delivering, material, pages, previewing
from digest.render import INERT_TOKENS, fill, messages
from digest.render.messages import Recipient
from digest.runtime import Runtime
from digest.store import deliveries, editions, subscribers, waves
from digest.store.waves import Seal
from digest.values import Look, Mailbox, Message, MessageKey, NoticeKind, Page


@dataclass(frozen=True, slots=True)
class Sample:
    """A mail for the eye: its parts as strings, and the message whose bytes would leave."""

    subject: str
    preheader: str
    html: str
    text: str
    message: Message

    @property
    def eml(self) -> bytes:
        """The bytes as they would leave. Raises HeaderError, SizeError: what cannot leave can still be looked at."""
        return mime.wire(self.message)


def message_for(
    runtime: Runtime,
    newsletter_id: str,
    day: date,
    chosen: Sequence[str] = (),
    text: str | None = None,
    *,
    alert: int = 0,
    since: datetime | None = None,
    length: str = "",
) -> Sample:
    """Return an edition as a mail, of a length where one is named. With an address, the very bytes of this subscriber's delivery.

    Raises EditionError when there is nothing to show, UsageError for an address that does not subscribe.
    """
    if text is None:
        newsletter = runtime.settings.newsletter(newsletter_id)
        look = material.look(runtime, newsletter, length=length) if length else None
        page = previewing.edition_page(runtime, newsletter, day, chosen, alert=alert, since=since, look=look)
        return _sample(page, _inert(runtime, newsletter_id, day, page))
    return _readers_own(runtime, newsletter_id, day, address.parse(text).key, alert=alert, since=since)


def clock_and_frequency(runtime: Runtime, newsletter: Newsletter, text: str) -> tuple[str, str]:
    """Return a subscriber's clock and frequency. Raises UsageError for an address that does not subscribe."""
    key = address.parse(text).key
    with runtime.store.reading() as session:
        subscription = subscribers.subscription(session, key, newsletter.id)
    if subscription is None:
        raise UsageError(f"{key} does not subscribe to {newsletter.name}.")
    return subscription.clock, subscription.frequency


def _inert(runtime: Runtime, newsletter_id: str, day: date, page: Page) -> Message:
    sender = runtime.settings.newsletter(newsletter_id).from_
    name = f"preview.{newsletter_id}.{day.isoformat()}"
    inert = replace(page, values={**page.values, **INERT_TOKENS})
    to = Mailbox(INERT_TOKENS["address"])
    return messages.notice(inert, NoticeKind.TEST, 0, to, sender=sender, name=name, moment=runtime.clock())


def _readers_own(
    runtime: Runtime, newsletter_id: str, day: date, key: str, *, alert: int, since: datetime | None
) -> Sample:
    newsletter = runtime.settings.newsletter(newsletter_id)
    with runtime.store.reading() as session:
        person = subscribers.find(session, key)
        subscription = subscribers.subscription(session, key, newsletter_id)
        if person is None or subscription is None:
            raise UsageError(f"{key} does not subscribe to {newsletter.name}.")
        edition = editions.find(session, newsletter_id, day, alert)
        delivery = deliveries.find(session, edition.id, key) if edition and edition.id else None
        wave_id = waves.of_batch(session, delivery.batch_id) if delivery and delivery.batch_id else None
        seal = waves.seal(session, wave_id) if wave_id else None
    if edition is None or delivery is None or delivery.rendering_id is None:
        page = previewing.edition_page(
            runtime,
            newsletter,
            day,
            subscription.sections,
            alert=alert,
            since=since,
            look=_look(runtime, newsletter, subscription),
        )
        return _sample(page, _inert(runtime, newsletter_id, day, page))
    page, look = pages.frozen(runtime, edition).pages(runtime, [delivery.rendering_id])[delivery.rendering_id]
    writer = delivering.edition_writer(runtime, edition, seal or Seal(edition.slot_at))
    to = _recipient(person, subscription)
    words = runtime.renderer.day_in_words(writer.subscribed_day(to), look.language)
    return _sample(page, writer.message(page, _key(delivery), to, words))


def _look(runtime: Runtime, newsletter: Newsletter, one: Subscription) -> Look:
    return material.look(runtime, newsletter, one.language, one.length, one.text_size)


def _sample(page: Page, message: Message) -> Sample:
    html, text = fill(page, {**INERT_TOKENS, **message.tokens})
    return Sample(page.subject, page.preheader, html, text, message)


def _recipient(person: Subscriber, subscription: Subscription) -> Recipient:
    since = subscription.confirmed_at or subscription.created_at
    return Recipient(subscription.id or 0, person.address, person.name, since)


def _key(delivery: Delivery) -> MessageKey:
    return MessageKey("delivery", delivery.id or 0)
