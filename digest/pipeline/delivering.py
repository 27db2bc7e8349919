"""Deliveries and notices → a provider: claim, hand over, record are three steps, and no transaction waits for the network."""

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice, takewhile

from digest import deliver
from digest.deliver import BatchRun, NoticeRun
from digest.engines.base import BatchId
from digest.errors import DigestError, ProviderError
from digest.models import Edition, Notice
from digest.pipeline import pages, previewing
from digest.render import messages
from digest.render.messages import Recipient, Writer
from digest.runtime import Runtime
from digest.store import batches, deliveries, editions, lanes, notices, rates, waves
from digest.store.base import Session
from digest.store.batches import Claim, Owed
from digest.store.rates import Lease, Limits
from digest.store.waves import Seal
from digest.tokens import TokenType
from digest.values import DeliveryState, Mailbox, Message, MessageKey, NoticeKind, Page

_NOTICES_AT_ONCE = 100
_LEASE = batches.LEASE
log = logging.getLogger(__name__)


def deliver_batch(runtime: Runtime, batch_id: BatchId, stop: threading.Event | None = None) -> None:
    """Take one batch if it is due and free, hand its messages to the provider, and write down what became of each.

    Once `stop` is set no more of it is begun; what was not is queued again. Claim and results go with the writer's commits, as last
    looks do: batches that are under way side by side wait for the disk together. Raises DatabaseError when results could not be kept:
    nothing more may leave then.
    """
    claim, probes = runtime.writer.submit(partial(_claimed, runtime=runtime, batch_id=batch_id)).result()
    if claim is None:
        return
    run = BatchRun(claim, runtime.writer, runtime.clock, runtime.settings.provider.kind)
    outgoing = _paced(runtime, _messages(runtime, claim))
    if probes:
        outgoing = islice(outgoing, 1)  # its answer decides for all others of the lane
    if stop is not None:
        outgoing = takewhile(lambda _: not stop.is_set(), outgoing)
    try:
        for key, result in runtime.provider.send(outgoing, run.last_look):
            run.take(key, result)
    except ProviderError as error:
        run.halted = str(error)
    runtime.writer.submit(partial(deliver.give_back, run=run)).result()
    run.settle()
    if run.halted:
        log.error("the provider needs a person to look: %s", run.halted)


def _claimed(session: Session, runtime: Runtime, batch_id: BatchId) -> tuple[Claim | None, bool]:
    """Claim a batch if its lane may go, else have it wait; return with it whether it probes the lane."""
    now = runtime.clock()
    admission = lanes.admit(session, runtime.settings.provider.kind, batches.lane_of(session, batch_id), now)
    if admission.until is not None:
        batches.put_off(session, batch_id, admission.until)
        return None, False
    return batches.claim(session, batch_id, owner=runtime.worker_name, now=now), admission.probes


def _paced(runtime: Runtime, messages: Iterator[Message]) -> Iterator[Message]:
    """Hand messages on as fast as the provider's limits allow all processes together."""
    table = runtime.settings.provider
    limits = Limits(table.max_per_second, table.max_per_minute, table.max_per_hour, table.max_per_day)
    if not limits.any:
        return messages

    def lease(wanted: int) -> Lease:
        take = partial(rates.take, provider=table.kind, limits=limits, wanted=wanted)
        return runtime.writer.submit(take).result()

    return deliver.paced(messages, lease)


def deliver_due(runtime: Runtime) -> None:
    """Hand over everything that is due, notices first, until nothing is; then close the editions that owe nothing more."""
    release_stale(runtime)
    deliver_notices(runtime)
    seen: set[int] = set()
    with ThreadPoolExecutor(deliver.AT_ONCE, thread_name_prefix="batch") as pool:
        while found := [BatchId(id_) for id_ in _due(runtime) if id_ not in seen]:
            seen.update(found)
            for _ in pool.map(partial(deliver_batch, runtime), found):
                pass
    finish_editions(runtime)


def deliver_notices(runtime: Runtime) -> int:
    """Hand over the notices that are due; return how many were tried."""
    now = runtime.clock()
    with runtime.store.writing() as session:
        notices.expire(session, now)
        claimed = notices.claim_due(session, now, _NOTICES_AT_ONCE, batches.database_now(session) + _LEASE)
    if not claimed:
        return 0
    run = NoticeRun({_id(one): one.attempt for one in claimed}, runtime.writer, runtime.clock)
    try:
        for key, result in runtime.provider.send(_notice_messages(runtime, claimed), run.last_look):
            run.take(key, result)
    except ProviderError as error:
        log.error("the provider needs a person to look: %s", error)  # noqa: TRY400 -- one sentence for the operator
    with runtime.store.writing() as session:
        for id_, attempt in run.attempts.items():
            notices.give_back(session, id_, attempt, now + deliver.NOTICE_WAIT)
    return len(claimed)


def release_stale(runtime: Runtime) -> None:
    """Free what workers that are gone held: claimed is owed again, in flight is uncertain."""
    with runtime.store.writing() as session:
        freed = batches.release_stale(session, runtime.clock())
        notices.release_stale(session)
    if freed:
        log.warning("%d batches of workers that stopped are free again", freed)


def finish_editions(runtime: Runtime) -> None:
    """Mark editions done that owe nothing more."""
    with runtime.store.writing() as session:
        for edition_id in deliveries.finish_editions(session, runtime.clock()):
            log.info("edition %d is done", edition_id)


def edition_writer(runtime: Runtime, edition: Edition, seal: Seal) -> Writer:
    """Return what writes the messages of an edition's wave. Their date and key are fixed, so that a retry has the same bytes."""
    newsletter = runtime.settings.newsletter(edition.newsletter)
    tokens = runtime.tokens.of_key(seal.token_key)
    return Writer(runtime.settings, newsletter, tokens, edition.edition_date, seal.moment, edition.alert)


def delivery_message(
    runtime: Runtime, writer: Writer, owed: Owed, page: Page, language: str, lane: str = ""
) -> Message:
    """Return the mail of one delivery."""
    to = Recipient(owed.subscription_id, owed.address, owed.name, owed.subscribed_at)
    day = runtime.renderer.day_in_words(writer.subscribed_day(to), language)
    return writer.message(page, MessageKey("delivery", owed.delivery_id), to, day, lane)


def _due(runtime: Runtime) -> list[int]:
    with runtime.store.reading() as session:
        return batches.due(session, runtime.clock())


def _messages(runtime: Runtime, claim: Claim) -> Iterator[Message]:
    """Write the batch's messages one by one as the provider asks for them."""
    with runtime.store.reading() as session:
        edition = editions.get(session, claim.edition_id)
        seal = waves.seal(session, claim.wave_id) if claim.wave_id else Seal(edition.slot_at)
    writer = edition_writer(runtime, edition, seal)
    found = pages.frozen(runtime, edition).pages(runtime, {owed.rendering_id for owed in claim.owed})
    for owed in claim.owed:
        page, look = found[owed.rendering_id]
        yield delivery_message(runtime, writer, owed, page, look.language, claim.lane)


def _notice_messages(runtime: Runtime, claimed: list[Notice]) -> Iterator[Message]:
    """Write the notices' messages; one that cannot be written is recorded and keeps no other back."""
    for one in claimed:
        try:
            yield _notice_message(runtime, one)
        except DigestError as error:
            log.error("notice %d (%s): %s", _id(one), one.kind, error)  # noqa: TRY400 -- one sentence for the operator
            with runtime.store.writing() as session:
                notices.record(session, _id(one), one.attempt, DeliveryState.REJECTED, reply=str(error))


def _notice_message(runtime: Runtime, one: Notice) -> Message:
    kind, to = NoticeKind(one.kind), Mailbox(one.address, one.name)
    if kind is NoticeKind.TEST:
        return previewing.test_message(runtime, _id(one), to, one.data)
    page = runtime.renderer.notice(kind, _notice_context(runtime, kind, one))
    name = runtime.tokens.name(TokenType.MESSAGE_ID, _id(one))
    sender = _notice_sender(runtime, one)
    return messages.notice(page, kind, _id(one), to, sender=sender, name=name, moment=one.created_at)


def _notice_context(runtime: Runtime, kind: NoticeKind, one: Notice) -> dict[str, object]:
    base = runtime.settings.site.url.rstrip("/")
    path = "confirm" if kind is NoticeKind.CONFIRM else "desk/sign-in"
    type_ = TokenType.CONFIRM if kind is NoticeKind.CONFIRM else TokenType.SIGN_IN
    row_id = int(one.data["subscription_id" if kind is NoticeKind.CONFIRM else "link_id"])
    newsletter = next((n for n in runtime.settings.newsletters if n.id == one.data.get("newsletter")), None)
    return {
        "name": newsletter.name if newsletter else runtime.settings.site.name,
        "link": f"{base}/{path}/{runtime.tokens.mint(type_, row_id, one.expires_at)}",
        "address": one.address,
        "sections": one.data.get("sections", []),
        "site": runtime.settings.site,
        "language": one.data.get("language") or runtime.settings.site.language,
    }


def _notice_sender(runtime: Runtime, one: Notice) -> str:
    chosen = [n for n in runtime.settings.newsletters if n.id == one.data.get("newsletter")]
    senders = [newsletter.from_ for newsletter in (*chosen, *runtime.settings.newsletters)]
    return senders[0] if senders else runtime.settings.site.contact


def _id(notice: Notice) -> int:
    assert notice.id is not None  # noqa: S101 -- it came from the database
    return notice.id
