"""Addresses of articles: what a source wrote goes in, the address to show and the key to compare by come out."""

import re
from collections.abc import Collection
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from urllib.parse import unquote, unquote_plus, urljoin

import idna
from publicsuffixlist import PublicSuffixList

from digest.sources.trackers import is_tracker

_MAX = 2048
_LONGEST_READ = 4 * _MAX  # an address may shrink when it is cleaned, but not without end
_LONGEST_HOST = 253  # RFC 1035, section 2.3.4
_LARGEST_PORT = 65535
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_LINE_BREAK = re.compile(r"[\t\r\n]")
_ENDS = "".join(map(chr, range(33)))
_AMPERSANDS = re.compile(r"&(?:amp;|#0*38;)+", re.IGNORECASE)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_WEB_SCHEME = re.compile(r"(https?):(/*)", re.IGNORECASE)
_BARE_WWW = re.compile(r"www\.[^/?#.]+\.[^/?#]+", re.IGNORECASE)
_ADDRESS = re.compile(r"(https?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(?:.*@)?(\[[^\[\]@]*\]|[^:@]*)(?::([0-9]*))?", re.DOTALL)
_PORT = re.compile(r":[0-9]+$")
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_PLAIN = re.compile(r"[A-Za-z0-9\-._~!$&'()*+,;=:@/?|\[\]]*")
_ODD = re.compile(r"%([0-9A-Fa-f]{2})|([^A-Za-z0-9\-._~!$&'()*+,;=:@/?|\[\]])")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SECRETS = re.compile(
    r"\b([a-z][a-z0-9+.-]*://)(?:[^/?#\s]*@)?([^?#\s]*)(?:[?#]\S*?(?=[.,:;]?(?:\s|$)))?", re.IGNORECASE
)
_OTHER_FORM = re.compile(r"/(amp|feed)/?$", re.IGNORECASE)


def canonical(url: str, base: str = "", own_hosts: Collection[str] = ()) -> str:
    """Return the address to keep and show: absolute, written one way, without trackers. Empty if it is no http address.

    `base` is what a relative address is relative to; `own_hosts` are more hosts that `ref` may name, those of the site and the feed.
    """
    found = clean(url, base, own_hosts)
    return found if found.startswith(("http://", "https://")) else ""


def clean(url: str, base: str = "", own_hosts: Collection[str] = ()) -> str:
    """Return an http address as `canonical` does, one of another scheme as it was written; empty if it cannot be an address.

    What is shown or followed goes through `canonical`: this function lets `javascript:` pass.
    """
    written = _on_one_line(url) if len(url) <= _LONGEST_READ else ""
    if _has_other_scheme(written):
        return url.strip()
    match = _ADDRESS.fullmatch(_absolute(written, base)) if written else None
    if match is None or not (netloc := _netloc(match[1].lower(), match[2])):
        return ""
    path = _without_dots(_escaped(match[3]))
    query = _query(
        match[4] or "", {_bare(host.lower()) for host in (_PORT.sub("", netloc), _host_of(base), *own_hosts)}
    )
    fragment = _fragment(match[5] or "")
    found = f"{match[1].lower()}://{netloc}{path}{query and '?' + query}{fragment and '#' + fragment}"
    return found if len(found) <= _MAX else ""


def key(url: str) -> str:
    """Return what two addresses of one article have in common: no scheme, fragment, www, trailing slash, /amp, ?amp or /feed."""
    match = _ADDRESS.fullmatch(canonical(url))
    if match is None:
        return url
    path = _OTHER_FORM.sub("", match[3]).rstrip("/")
    query = "&".join(pair for pair in (match[4] or "").split("&") if pair.partition("=")[0].lower() != "amp")
    return f"{_bare(match[2])}{path}{query and '?' + query}"


def shown(words: str) -> str:
    """Return an address, or words with addresses in them, as people may see it: no user, password or query, where keys may be."""
    return _SECRETS.sub(r"\1\2", words)


def host(url: str) -> str:
    """Return the host of an http address as it is compared: lower-case, no port, no www.; empty if there is none."""
    return _bare(_host_of(url))


def registrable(host: str) -> str:
    """Return the part of a host that somebody registered, by the public suffix list; an IP address or a bare suffix is itself."""
    name = _ascii(host.strip().lower().rstrip("."))
    if not _HOST.fullmatch(name) or _is_ip(name):
        return name
    return _suffixes().privatesuffix(name) or name


def same_site(one: str, other: str) -> bool:
    """Say whether two http addresses are on one registrable domain."""
    hosts = _host_of(one), _host_of(other)
    return all(hosts) and registrable(hosts[0]) == registrable(hosts[1])


def accepted_canonical(candidate: str, page_url: str) -> str:
    """Return what a page's `rel=canonical` (RFC 6596) says, if it can be true: of the same site, and not its home page. Else empty."""
    found = canonical(candidate, page_url)
    if not found or not same_site(found, page_url):
        return ""
    return "" if _is_home(found) and not _is_home(canonical(page_url)) else found


def _on_one_line(url: str) -> str:
    """Join an address that is broken over lines, and undo what was written for HTML once too often."""
    lines = _LINE_BREAK.split(url.strip(_ENDS))
    return _AMPERSANDS.sub("&", "".join(line.strip() for line in lines) if len(lines) > 1 else lines[0])


def _has_other_scheme(written: str) -> bool:
    scheme = _SCHEME.match(written)
    return bool(scheme) and scheme[1].lower() not in _DEFAULT_PORTS and not _BARE_WWW.match(written)  # type: ignore[index]  # it matched


def _absolute(written: str, base: str) -> str:
    """Make an address absolute as browsers do (WHATWG URL, section 4.4); one that begins with www. is meant as a host."""
    place, mark, rest = _cut(written)
    place = place.replace("\\", "/")
    base = base.strip(_ENDS)
    base_scheme = base.partition(":")[0].lower()
    web = _WEB_SCHEME.match(place)
    if web and (len(web[2]) > 1 or web[1].lower() != base_scheme):
        return f"{web[1]}://{place[web.end() :]}{mark}{rest}"
    if _BARE_WWW.match(place):
        return f"https://{place}{mark}{rest}"
    place = place[len(web[1]) + 1 :] if web else place
    if place.startswith("//"):
        scheme = base_scheme if base_scheme in _DEFAULT_PORTS else "https"
        return f"{scheme}://{place.lstrip('/')}{mark}{rest}"
    try:
        return urljoin(base, place + mark + rest)
    except ValueError:
        return ""


def _cut(written: str) -> tuple[str, str, str]:
    """Cut an address before its query or fragment, where a backslash stops being a slash."""
    end = min((at for at in (written.find("?"), written.find("#")) if at >= 0), default=len(written))
    return written[:end], written[end : end + 1], written[end + 1 :]


def _netloc(scheme: str, authority: str) -> str:
    """Return host and port: lower-case ASCII, no user, no default port. Empty if it can be none."""
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        return ""
    host = _ipv6(match[1][1:-1]) if match[1].startswith("[") else _name(match[1])
    port = (match[2] or "").lstrip("0") or ("0" if match[2] else "")
    if not host or len(port) > len(str(_LARGEST_PORT)) or int(port or 0) > _LARGEST_PORT:
        return ""
    return host if port in ("", _DEFAULT_PORTS[scheme]) else f"{host}:{port}"


def _ipv6(written: str) -> str:
    try:
        return f"[{IPv6Address(written).compressed}]" if "%" not in written else ""
    except ValueError:
        return ""


def _name(written: str) -> str:
    name = _ascii((unquote(written) if "%" in written else written).lower()).removesuffix(".")
    return name if len(name) <= _LONGEST_HOST and _HOST.fullmatch(name) else ""


@lru_cache(maxsize=1024)
def _ascii(host: str) -> str:
    """Write a host in ASCII by IDNA 2008 and UTS 46; what those refuse (❤) is written as browsers do."""
    if host.isascii() or len(host) > _LONGEST_HOST:
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        pass
    try:
        labels = idna.uts46_remap(host, std3_rules=False).split(".")
        return ".".join(one if one.isascii() else f"xn--{one.encode('punycode').decode('ascii')}" for one in labels)
    except (idna.IDNAError, UnicodeError):
        return ""


def _escaped(part: str) -> str:
    """Write %-escapes one way (RFC 3986, section 6.2.2): upper-case, none where none is needed, one for what may not stand bare."""
    return part if _PLAIN.fullmatch(part) else _ODD.sub(_escape, part)


def _escape(match: re.Match[str]) -> str:
    if match[2]:
        return "".join(f"%{byte:02X}" for byte in match[2].encode("utf-8", "replace"))
    letter = chr(int(match[1], 16))
    return letter if letter in _UNRESERVED else match[0].upper()


def _without_dots(path: str) -> str:
    """Resolve dot segments (RFC 3986, section 5.2.4)."""
    if "/." not in path:
        return path or "/"
    kept: list[str] = []
    *segments, last = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if last == "..":
        del kept[-1:]
    kept.append("" if last in {".", ".."} else last)
    return "/" + "/".join(kept)


def _query(query: str, own: Collection[str]) -> str:
    """Drop parameters that only follow people, and a `ref` that names one of our own hosts. The others stay, in order."""
    if not query:
        return ""
    kept = [pair for pair in query.split("&") if pair and not _follows(*pair.partition("=")[::2], own)]
    return _escaped("&".join(kept)).replace("%20", "+")


def _follows(name: str, value: str, own: Collection[str]) -> bool:
    name = unquote_plus(name).lower()
    if name != "ref":
        return is_tracker(name)
    value = unquote_plus(value)
    return _bare(_host_of(value) or value.lower().rstrip("/")) in own


def _fragment(fragment: str) -> str:
    """Keep a fragment, for it leads readers to the right place, but for the parts of it that only follow people."""
    if "=" in fragment:
        pairs = (pair.partition("=") for pair in fragment.split("&"))
        fragment = "&".join(
            "".join(pair) for pair in pairs if not (pair[1] and is_tracker(unquote_plus(pair[0]).lower()))
        )
    return _escaped(fragment)


def _host_of(url: str) -> str:
    match = _ADDRESS.match(url.strip(_ENDS))
    return _PORT.sub("", _netloc(match[1].lower(), match[2])) if match else ""


def _bare(host: str) -> str:
    return host.removeprefix("www.")


def _is_home(url: str) -> bool:
    match = _ADDRESS.fullmatch(url)
    return match is not None and match[3] == "/" and not match[4]


def _is_ip(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
