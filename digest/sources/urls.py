"""Addresses of articles: what a source wrote goes in, the address to show and the key to compare by come out."""

import re
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit, urlunsplit

import idna
from w3lib.url import safe_url_string

_MAX = 2048
_TRACKERS = re.compile(
    r"^(utm_.*|mtm_.*|at_.*|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|mc_cid|mc_eid|_hsenc|_hsmi|mkt_tok|igshid|srsltid"
    r"|_bhlid)$",
    re.IGNORECASE,
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_CONTROLS = re.compile(r"[\x00-\x20\x7f]+")


def canonical(url: str, base: str = "") -> str:
    """Return the address to keep and show: absolute, lower-case ASCII host, no default port, fragment or trackers.

    Empty if it is no http address.
    """
    joined = urljoin(base, _CONTROLS.sub("", url)) if base else _CONTROLS.sub("", url)
    try:
        parts = urlsplit(joined)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if parts.scheme.lower() not in _DEFAULT_PORTS or not host or len(joined) > _MAX:
        return ""
    scheme = parts.scheme.lower()
    name = _ascii_host(host)
    netloc = name if port in (None, _DEFAULT_PORTS[scheme]) else f"{name}:{port}"
    path = _clean_path(parts.path)
    return urlunsplit(SplitResult(scheme, netloc, path, _without_trackers(parts.query, name), ""))


def key(url: str) -> str:
    """Return what two addresses of one article have in common: no scheme, no www, no trailing slash, no /amp or /feed."""
    parts = urlsplit(canonical(url) or url)
    host = parts.netloc.removeprefix("www.")
    path = re.sub(r"/(amp|feed)/?$", "", parts.path, flags=re.IGNORECASE).rstrip("/")
    query = "&".join(pair for pair in parts.query.split("&") if pair and pair.split("=")[0].lower() != "amp")
    return f"{host}{path}{'?' + query if query else ''}"


def _ascii_host(host: str) -> str:
    try:
        name = idna.encode(host, uts46=True).decode("ascii") if not host.isascii() else host
    except idna.IDNAError:
        name = quote(host)
    return f"[{name}]" if ":" in name else name.lower()


def _clean_path(path: str) -> str:
    """Resolve dot segments (RFC 3986, section 5.2.4) and write %-escapes one way."""
    kept: list[str] = []
    segments = path.split("/")[1:] if path.startswith("/") else path.split("/")
    for position, segment in enumerate(segments):
        last = position == len(segments) - 1
        if segment in {".", ".."}:
            if segment == ".." and kept:
                kept.pop()
            if last:
                kept.append("")
        else:
            kept.append(segment)
    return safe_url_string("/" + "/".join(kept)) if kept else "/"


def _without_trackers(query: str, host: str) -> str:
    """Drop parameters that only follow people; `ref` only where it names the site itself. The others stay as they are, in order."""
    kept = []
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        own_ref = name.lower() == "ref" and unquote(value).lower().removeprefix("www.") == host.removeprefix("www.")
        if pair and not own_ref and not _TRACKERS.match(unquote(name)):
            kept.append(pair)
    return safe_url_string("&".join(kept)) if kept else ""
