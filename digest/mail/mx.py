"""Receivers by who operates their mail exchangers: a domain goes in, its lane comes out. Limits are counted by the operator."""

from collections.abc import Iterable

import dns.exception
import dns.resolver

OTHER = ""
_EXCHANGERS = {
    "google": ("google.com", "googlemail.com"),
    "microsoft": ("protection.outlook.com", "mx.microsoft"),
    "yahoo": ("yahoodns.net",),
    "apple": ("mail.icloud.com",),
}
LANES = (*_EXCHANGERS, OTHER)
_KNOWN = {
    "google": ("gmail.com", "googlemail.com"),
    "microsoft": ("msn.com", "passport.com"),
    "yahoo": ("aol.com", "aim.com", "rocketmail.com", "verizon.net", "ymail.com"),
    "apple": ("icloud.com", "mac.com", "me.com"),
}
_BY_NAME = {domain: lane for lane, domains in _KNOWN.items() for domain in domains}
_BRANDS = {
    "hotmail": "microsoft",
    "live": "microsoft",
    "outlook": "microsoft",
    "yahoo": "yahoo",
}  # hotmail.fr, yahoo.co.jp
_PATIENCE_S = 4.0


def by_name(domain: str) -> str:
    """Return the lane of a domain that is known by its name, OTHER for all that are not."""
    name = domain.lower().rstrip(".")
    brand, _, rest = name.partition(".")
    if brand in _BRANDS and rest.count(".") <= 1:
        return _BRANDS[brand]
    return _BY_NAME.get(name, OTHER)


def of_exchangers(hosts: Iterable[str]) -> str:
    """Return the lane of a domain with these mail exchangers, the most preferred first."""
    for host in hosts:
        name = host.lower().rstrip(".")
        for lane, suffixes in _EXCHANGERS.items():
            if any(name == suffix or name.endswith(f".{suffix}") for suffix in suffixes):
                return lane
    return OTHER


class Lookup:
    """Asks the name servers; one answer for each domain, and None where none came in time."""

    def __init__(self, resolver: dns.resolver.Resolver | None = None) -> None:
        """Ask by `resolver`, else as this machine is set up to. Raises dns.exception.DNSException where it is not."""
        self._resolver = resolver or dns.resolver.Resolver()
        self._resolver.lifetime = _PATIENCE_S

    def __call__(self, domain: str) -> str | None:
        """Return the lane of a domain; None when nobody answered, and what was known should stay."""
        try:
            answer = self._resolver.resolve(domain, "MX", search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return OTHER
        except (dns.exception.DNSException, OSError, ValueError):
            return None
        return of_exchangers(str(one.exchange) for one in sorted(answer, key=lambda one: int(one.preference)))
