"""What a key of the configuration may hold: text of the TOML goes in, a checked value comes out, or a sentence on what to write."""

import re
from datetime import time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,190}}\Z){_LABEL}(?:\.{_LABEL})+")


def parse_span(value: object) -> object:
    """Read a span of time such as "24h", "10m", "90s", "2d" or a bare 0; anything else is left to pydantic's judgement."""
    if isinstance(value, timedelta) or value == 0:
        return value or timedelta(0)
    match = re.fullmatch(r"(\d+)\s*([smhd])", str(value))
    if not match:
        raise ValueError('write a span like "24h", "10m", "90s" or "2d"')
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _parse_clock_time(value: object) -> object:
    if isinstance(value, time):
        return value
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", str(value))
    if not match:
        raise ValueError('write a local time like "07:30"')
    return time(int(match[1]), int(match[2]))


def _check_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError('write a zone of the IANA database like "Europe/Madrid"') from error
    return name


def _check_web_address(url: str) -> str:
    if not re.match(r"https?://[^\s/]+", url):
        raise ValueError("write an address that starts with https:// (http:// on loopback only)")
    return url


def _check_domain(name: str) -> str:
    if not _DOMAIN.fullmatch(name):
        raise ValueError("write a domain in ASCII like “example.org” (A-labels, xn--…, for other letters)")
    return name.lower()


Span = Annotated[timedelta, BeforeValidator(parse_span)]
ClockTime = Annotated[time, BeforeValidator(_parse_clock_time)]
Domain = Annotated[str, AfterValidator(_check_domain)]
DomainOrNone = Annotated[str, AfterValidator(lambda name: _check_domain(name) if name else name)]
Zone = Annotated[str, AfterValidator(_check_zone)]
WebAddress = Annotated[str, AfterValidator(_check_web_address)]
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Selector = Annotated[str, Field(pattern=rf"^{_LABEL}(?:\.{_LABEL})*$")]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
