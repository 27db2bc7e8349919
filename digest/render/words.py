"""A language → the words of the mail: every string that a template or a subject may print, plurals, dates and numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, get_timezone_location
from babel.numbers import format_decimal
from markupsafe import Markup

from digest.render.catalogues import ENGLISH_TAG, LANGUAGES, catalogue
from digest.render.english import ENGLISH, Plural
from digest.render.texts import Direction

_LOCALES = {"en": "en_GB"}  # our English puts the day before the month
_DOTTED = ("az", "tr")  # languages in which i and ı are two letters, in capitals too


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language with its plural rule, dates and numbers."""

    language: str
    locale: Locale

    @property
    def direction(self) -> Direction:
        """Which way the words run."""
        return "rtl" if self.locale.text_direction == "rtl" else "ltr"

    def say(self, key: str, **values: object) -> str:
        """Return a string of the mail with its places filled. Raises KeyError, TypeError for a key that is none of these."""
        english = ENGLISH[key]
        if isinstance(english, Plural):
            raise TypeError(f"“{key}” needs a number: use count()")
        text = catalogue(self.language).pgettext(key, english)
        return Markup(text).format(**values) if _any_markup(values) else text.format(**values)  # noqa: S704 -- our words

    def count(self, key: str, n: int, **values: object) -> str:
        """Return a string that holds a number, in the plural form that the language has for it."""
        english = ENGLISH[key]
        if not isinstance(english, Plural):
            raise TypeError(f"“{key}” takes no number: use say()")
        form = catalogue(self.language).npgettext(key, english.one, english.other, n)
        return form.format(n=self.number(n), **values)

    def upper(self, text: str) -> str:
        """Return a text in capitals, as the language writes them: in Turkish and Azerbaijani the capital of i is İ."""
        return (text.replace("i", "İ") if self.language in _DOTTED else text).upper()

    def number(self, n: int) -> str:
        """Return a whole number as the language groups it: 1,204."""
        return format_decimal(n, locale=self.locale)

    def day(self, day: date, style: str = "date_long") -> str:
        """Return a date in words; `style` is one of date_full, date_long, date_short."""
        return format_date(day, self.say(style), locale=self.locale)

    def span(self, first: date, last: date) -> str:
        """Return the days from one to another: 22–24 November 2026. CLDR's order and dashes, its short months written out."""
        changes = "y" if first.year != last.year else "M" if first.month != last.month else "d"
        halves = self.locale.interval_formats["yMMMd"][changes]
        return "".join(
            format_date(day, half.replace("MMM", "MMMM"), locale=self.locale)
            for day, half in zip((first, last), halves, strict=True)
        )

    def day_of(self, moment: datetime, zone: str, edition_date: date) -> str:
        """Return the day of an article in the newsletter's zone, with its year only when that is not the edition's."""
        day = moment.astimezone(ZoneInfo(zone)).date()
        return self.day(day, "date_short" if day.year == edition_date.year else "date_long")

    def city(self, zone: str) -> str:
        """Return the city of a zone: Baku; a zone that has none is named as it is (UTC)."""
        if not _has_city(zone):
            return zone.rpartition("/")[2]
        return get_timezone_location(ZoneInfo(zone), locale=self.locale, return_city=True)

    def place(self, zone: str) -> str:
        """Return whose time it is: “Baku time”."""
        return self.say("place", city=self.city(zone)) if _has_city(zone) else self.city(zone)


@lru_cache(maxsize=64)
def words(language: str) -> Words:
    """Return the words of a language tag, else those of its base language, else the English ones."""
    known = known_language(language)
    return Words(known, Locale.parse(_LOCALES.get(known, known), sep="_"))


def known_language(language: str) -> str:
    """Return the tag of the words that a reader of `language` gets."""
    tag = language.replace("_", "-").lower()
    return next((one for one in (tag, tag.partition("-")[0]) if one in LANGUAGES), ENGLISH_TAG)


def direction_of(language: str) -> Direction:
    """Return which way a language is written, by its tag; what is unknown runs from left to right."""
    try:
        locale = Locale.parse(language.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return "ltr"
    return "rtl" if locale.text_direction == "rtl" else "ltr"


def _any_markup(values: Mapping[str, object]) -> bool:
    return any(isinstance(value, Markup) for value in values.values())


def _has_city(zone: str) -> bool:
    return "/" in zone and not zone.startswith("Etc/")
