"""WebSub from the subscriber's side (W3C Recommendation of 2018): what is asked of a hub, and whether what it sends is its own."""

import hmac
import re
from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit

from digest.config import SourceTable
from digest.sources.http import Http

LEASE = timedelta(days=10)
_MOST = timedelta(days=14)
_REDIRECTS = 3
_METHODS = ("sha256", "sha1", "sha384", "sha512")  # section 7.1 names these and no others
_SIGNATURE = re.compile(r"(\w+)=([0-9a-fA-F]+)")


def ask(
    http: Http,
    mode: Literal["subscribe", "unsubscribe"],
    hub: str,
    *,
    topic: str,
    callback: str,
    secret: str,
    allow_private: bool = False,
) -> None:
    """Ask a hub to begin, go on or end sending a topic (section 5.1); it answers by asking back. Raises FetchError.

    A hub may send us on to another by 307 or 308.
    """
    form = {"hub.mode": mode, "hub.topic": topic, "hub.callback": callback}
    if mode == "subscribe":
        form |= {"hub.secret": secret, "hub.lease_seconds": str(int(LEASE.total_seconds()))}
    http.post(hub, form, allow_private=allow_private, redirects=_REDIRECTS)


def wanted(table: SourceTable) -> bool:
    """Say whether a source may be pushed by a hub: unless its `websub` is false."""
    return table.rest.get("websub") is not False


def usable(hub: str, topic: str) -> bool:
    """Say whether a hub can be trusted with a secret (section 5.1: over HTTPS only) and a topic be named to it."""
    return safe(hub) and urlsplit(topic).scheme in {"http", "https"}


def safe(url: str) -> bool:
    """Say whether what is sent to an address cannot be read on the way: https, or on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and loopback(url))


def loopback(url: str) -> bool:
    """Say whether an address is on this machine."""
    return urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}


def lease(seconds: str) -> timedelta:
    """Return how long a hub grants, two weeks at most; what we asked for where it does not say."""
    granted = int(seconds) if re.fullmatch(r"[0-9]{1,10}", seconds) else 0
    return min(timedelta(seconds=granted), _MOST) if granted else LEASE


def genuine(signature: str, secret: str, body: bytes) -> bool:
    """Say whether an `X-Hub-Signature` is that of the body under the secret (section 7.1)."""
    found = _SIGNATURE.fullmatch(signature.strip())
    if found is None or found[1].lower() not in _METHODS:
        return False
    return hmac.compare_digest(hmac.new(secret.encode(), body, found[1].lower()).hexdigest(), found[2].lower())
