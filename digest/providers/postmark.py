"""Postmark's batch API: up to a hundred distinct messages a request, one answer each, and never a hidden retry.

The gate comes first: what last look allows is the request. An answer that does not come leaves all of its members uncertain.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from digest.config import ProviderTable
from digest.errors import ConfigError, DigestError
from digest.mail import mime
from digest.providers.base import Capabilities
from digest.providers.registry import Keys, own_keys, secret
from digest.values import (
    Accepted,
    Deferred,
    LastLook,
    Message,
    MessageKey,
    Permanence,
    Refused,
    Rejected,
    SendResult,
    Uncertain,
)

_AT_ONCE = 100
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_NOT_ACCEPTED = {429, 503}
_POISONED = {400, 413, 422}
_CLOSED = {401, 402, 403}
_OK = 0
_INACTIVE = 406
_RATE = timedelta(minutes=1)

Result = tuple[MessageKey, SendResult]


class _Keys(Keys):
    api_key: SecretStr | None = None
    api_key_file: Path | None = None
    stream: str = "broadcast"
    url: str = "https://api.postmarkapp.com"


class Postmark:
    """A provider of kind `postmark`: api_key or api_key_file, stream (a message stream's id)."""

    capabilities = Capabilities(max_batch=_AT_ONCE, raw_mime=False)

    def __init__(self, table: ProviderTable, folder: Path = Path(), signer: object = None) -> None:
        """Prepare to speak to the API, which signs by itself. Raises ConfigError."""
        del signer
        keys = own_keys(table, _Keys)
        key = secret(keys.api_key, keys.api_key_file, folder, "api_key")
        if not key:
            raise ConfigError(
                "provider.api_key is missing.", hint="Postmark's “Server API token” goes there, or into api_key_file."
            )
        self._stream = keys.stream
        self._client = httpx.Client(
            base_url=keys.url,
            transport=httpx.HTTPTransport(retries=0),
            timeout=_TIMEOUT,
            follow_redirects=False,
            trust_env=False,
            headers={"X-Postmark-Server-Token": key, "Accept": "application/json"},
        )

    def send(self, messages: Iterable[Message], last_look: LastLook) -> Iterator[Result]:
        """Hand messages over, a hundred at a time."""
        source = iter(messages)
        while batch := list(islice(source, _AT_ONCE)):
            yield from self._batch(batch, last_look)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _batch(self, batch: Sequence[Message], last_look: LastLook) -> Iterator[Result]:
        ready: list[tuple[Message, dict[str, Any]]] = []
        for message in batch:
            try:
                ready.append((message, self._item(message)))
            except DigestError as error:
                yield message.key, Rejected("content", Permanence.NONE, str(error))
        allowed = last_look([message.key for message, _ in ready]).allowed if ready else frozenset()
        yield from ((message.key, Refused()) for message, _ in ready if message.key not in allowed)
        kept = [(message, item) for message, item in ready if message.key in allowed]
        if kept:
            yield from self._request(kept)

    def _request(self, members: Sequence[tuple[Message, dict[str, Any]]]) -> Iterator[Result]:
        """Make one request; where the API refuses it whole for one bad member, halve it until that one stands alone."""
        try:
            response = self._client.post("/email/batch", json=[item for _, item in members])
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            yield from _all(members, Deferred(f"Postmark cannot be reached: {error}"))
            return
        except httpx.HTTPError as error:
            yield from _all(members, Uncertain(f"Postmark did not answer: {type(error).__name__}"))
            return
        status = response.status_code
        if status in _POISONED and len(members) > 1:
            half = len(members) // 2
            yield from self._request(members[:half])
            yield from self._request(members[half:])
        elif status != httpx.codes.OK:
            yield from _all(members, _of_status(response))
        else:
            yield from _of_items(members, response)

    def _item(self, message: Message) -> dict[str, Any]:
        """Return a message as the API takes it; tracking is off, our Message-ID is kept."""
        return {
            "From": mime.mailbox(message.sender),
            "To": mime.mailbox(message.recipient),
            **({"ReplyTo": _checked("Reply-To", message.reply_to)} if message.reply_to else {}),
            "Subject": _checked("Subject", message.subject),
            "HtmlBody": mime.filled(message.html, message.tokens, escape=True),
            "TextBody": mime.filled(message.text, message.tokens, escape=False),
            "MessageStream": self._stream,
            "Headers": [
                {"Name": name, "Value": _checked(name, value)}
                for name, value in (*message.headers, ("Message-ID", message.message_id), ("X-PM-KeepID", "true"))
            ],
            "Metadata": {"delivery": message.message_id.strip("<>").partition("@")[0]},
            "TrackOpens": False,
            "TrackLinks": "None",
        }


def _checked(name: str, value: str) -> str:
    mime.check(name, value)
    return value


def _all(members: Sequence[tuple[Message, dict[str, Any]]], result: SendResult) -> Iterator[Result]:
    return ((message.key, result) for message, _ in members)


def _of_status(response: httpx.Response) -> SendResult:
    """Judge an answer to a whole request by what its status proves."""
    status = response.status_code
    words = f"Postmark answered with status {status}."
    if status in _NOT_ACCEPTED:
        asked = response.headers.get("retry-after", "")
        return Deferred(words, retry_after=timedelta(seconds=int(asked)) if asked.isdecimal() else _RATE)
    if status in _CLOSED or response.is_redirect or status == httpx.codes.NOT_FOUND:
        return Deferred(f"{words} Correct provider.api_key and provider.stream.", halt=True)
    if status in _POISONED:
        return Rejected("content", Permanence.NONE, words)
    return Uncertain(words)


def _of_items(members: Sequence[tuple[Message, dict[str, Any]]], response: httpx.Response) -> Iterator[Result]:
    """Apply a 200's answers by their order; an answer that does not match the request proves nothing."""
    try:
        answers = response.json()
    except ValueError:
        answers = None
    if not isinstance(answers, list) or len(answers) != len(members):
        yield from _all(members, Uncertain("Postmark's answer does not match the request."))
        return
    for (message, _), answer in zip(members, answers, strict=True):
        yield message.key, _of_item(answer)


def _of_item(answer: object) -> SendResult:
    if not isinstance(answer, dict) or not isinstance(answer.get("ErrorCode"), int):
        return Uncertain("Postmark's answer for this message cannot be read.")
    code, words = answer["ErrorCode"], str(answer.get("Message", ""))
    if code == _OK:
        return Accepted(str(answer.get("MessageID", "")), words)
    if code == _INACTIVE:
        return Rejected("provider_suppressed", Permanence.HARD, f"{code} {words}")
    return Rejected("content", Permanence.NONE, f"{code} {words}")
