"""The oddest of dates: a text that nothing else could read goes to dateparser, which must find a whole day in it, or None comes out.

Numbers without a word are not for it: where they make no day it swaps them until they do.
"""

import re
import warnings
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dateparser import DateDataParser

_TWO_NUMBERS = re.compile(r"\d+\D+\d+")
_WORD = re.compile(r"[^\W\d_]{2}")


def read(text: str, language: str, order: str) -> datetime | None:
    """Read an absolute date of the language or English; never one that is relative, or lacks its day, month or year."""
    if not (_TWO_NUMBERS.search(text) and _WORD.search(text)):
        return None
    parser = _parser(language.partition("_")[0], order.upper())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of its own use of dates without years
        try:
            found = parser.get_date_data(text).date_obj
        except (ValueError, OverflowError, TypeError, AttributeError, LookupError, re.error):
            return None
    return found.replace(tzinfo=found.tzinfo or UTC) if found else None


@lru_cache(maxsize=64)
def _parser(language: str, order: str) -> "DateDataParser":
    from dateparser import DateDataParser  # noqa: PLC0415 -- half a second to load, needed for the oddest of dates only

    settings = {
        "STRICT_PARSING": True,
        "PARSERS": ["absolute-time"],
        "RETURN_AS_TIMEZONE_AWARE": True,
        "TIMEZONE": "UTC",
        "DATE_ORDER": order,
        "RELATIVE_BASE": datetime(2000, 1, 1),  # noqa: DTZ001 -- so that no clock is read; it takes naive ones only
    }
    for languages in ([language, "en"], ["en"]):
        try:
            return DateDataParser(languages=languages if languages[0] else ["en"], settings=settings)
        except ValueError:
            continue
    raise AssertionError
