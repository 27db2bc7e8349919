"""A WebSub hub on loopback: it asks back whether a subscriber asked, and pushes what a test publishes, signed; or it falls silent."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl, urlencode

import httpx

from digest.testing.httpd import Asked, HttpServer, Reply

_LEASE_S = 864_000


@dataclass(slots=True)
class Subscriber:
    """Whom the hub pushes a topic to."""

    topic: str
    callback: str
    secret: str
    lease_s: int


@dataclass
class Hub:
    """Answers at `url`. Asked to subscribe, it verifies at once (W3C WebSub, section 5.3), grants `lease_s`, and remembers.

    `denies` makes it say no, `asleep` accept without ever asking back, `silent` push nothing, `busy` answer 503.
    """

    lease_s: int = _LEASE_S
    denies: bool = False
    asleep: bool = False
    silent: bool = False
    busy: bool = False
    forms: list[Mapping[str, str]] = field(default_factory=list)
    subscribers: dict[str, Subscriber] = field(default_factory=dict)
    url: str = ""

    def __post_init__(self) -> None:
        """Prepare; `with` starts and stops it."""
        self._server = HttpServer()
        self._server.replies["/hub"] = self._asked

    def __enter__(self) -> Self:
        """Listen on a free port of 127.0.0.1."""
        self._server.__enter__()
        self.url = f"{self._server.url}/hub"
        return self

    def __exit__(self, *error: object) -> None:
        """Stop listening."""
        self._server.__exit__(*error)

    def publish(
        self,
        topic: str,
        body: bytes,
        content_type: str = "application/rss+xml",
        *,
        method: str = "sha256",
        key: str = "",
    ) -> list[int]:
        """Push to the subscribers of a topic, signed with their secret (or with a wrong `key`); return their statuses."""
        if self.silent:
            return []
        found = [one for one in self.subscribers.values() if one.topic == topic]
        return [self._push(one, body, content_type, method, key or one.secret) for one in found]

    def verify(self, form: Mapping[str, str]) -> bool:
        """Ask a subscriber whether it asked; keep or drop it as it says."""
        mode, topic, callback = form["hub.mode"], form["hub.topic"], form["hub.callback"]
        challenge = secrets.token_urlsafe(16)
        asked = {"hub.mode": mode, "hub.topic": topic, "hub.challenge": challenge}
        if mode == "subscribe":
            asked["hub.lease_seconds"] = str(self.lease_s)
        answer = self._get(callback, asked)
        if not answer.is_success or answer.text != challenge:
            return False
        if mode == "subscribe":
            self.subscribers[callback] = Subscriber(topic, callback, form.get("hub.secret", ""), self.lease_s)
        else:
            self.subscribers.pop(callback, None)
        return True

    def deny(self, form: Mapping[str, str], reason: str = "no room") -> int:
        """Tell a subscriber that it gets nothing (section 5.2); return its status."""
        asked = {"hub.mode": "denied", "hub.topic": form["hub.topic"], "hub.reason": reason}
        self.subscribers.pop(form["hub.callback"], None)
        return self._get(form["hub.callback"], asked).status_code

    def _asked(self, asked: Asked) -> Reply:
        form = dict(parse_qsl(asked.body.decode()))
        self.forms.append(form)
        if self.busy:
            return Reply(b"busy", 503)
        if self.denies:
            self.deny(form)
        elif not self.asleep:
            self.verify(form)
        return Reply(b"", 202)

    def _get(self, callback: str, asked: Mapping[str, str]) -> httpx.Response:
        joint = "&" if "?" in callback else "?"
        return httpx.get(f"{callback}{joint}{urlencode(asked)}", trust_env=False)

    def _push(self, one: Subscriber, body: bytes, content_type: str, method: str, key: str) -> int:
        signature = hmac.new(key.encode(), body, getattr(hashlib, method)).hexdigest()
        headers = {
            "Content-Type": content_type,
            "Link": f'<{self.url}>; rel="hub", <{one.topic}>; rel="self"',
            "X-Hub-Signature": f"{method}={signature}",
        }
        return httpx.post(one.callback, content=body, headers=headers, trust_env=False).status_code
