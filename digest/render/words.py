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

from digest.render.texts import Direction

Plural = Mapping[str, str]
DEFAULT = "en"

_ENGLISH: Mapping[str, str | Plural] = {
    "date_full": "EEEE, d MMMM y",
    "date_long": "d MMMM y",
    "date_short": "d MMMM",
    "read_online": "Read online",
    "your_sections": "Your sections",
    "unsubscribe": "Unsubscribe",
    "number": "No. {number}",
    "articles": {"one": "{n} article", "other": "{n} articles"},
    "covers": {"one": "covers {n} day", "other": "covers {n} days"},
    "minutes": {"one": "{n} min read", "other": "{n} min read"},
    "minutes_short": {"one": "{n} min", "other": "{n} min"},
    "views": {"one": "{n} view", "other": "{n} views"},
    "also_in": "also in {section}",
    "more_in": "More in {section}",
    "left_in": {"one": "{n} more in {section}", "other": "{n} more in {section}"},
    "signed": "— the editors",
    "incomplete": "Not all of our sources could be read this morning. What is missing follows with the next edition.",
    "lead": "Lead",
    "corrections": "Corrections",
    "most_read": "Most read this week",
    "also_like": "You might also like",
    "read_article": "Read the article",
    "read_interview": "Read the interview",
    "why": "You get this because {address} asked for the daily edition ({sections}) on {date}. It leaves at {time}, {place}.",
    "place": "{city} time",
    "all_sections": "all sections",
    "change": "Change sections or frequency",
    "preferences": "Preferences",
    "write": "Write to the editors: {address}",
    "plus": "Plus: {titles}.",
    "plus_more": {
        "one": "Plus: {titles} and {n} more article.",
        "other": "Plus: {titles} and {n} more articles.",
    },
    "confirm_subject": "Confirm your subscription to {name}",
    "confirm_heading": "Confirm your subscription",
    "confirm_text": "Somebody, hopefully you, asked to get {name} at {address}. Nothing comes until you confirm.",
    "confirm_sections": "Sections: {sections}.",
    "confirm_button": "Confirm my subscription",
    "confirm_after": "If you did not ask for this, ignore this mail: you will hear no more from us.",
    "sign_in_subject": "Sign in to the desk of {name}",
    "sign_in_heading": "Sign in to the desk",
    "sign_in_text": "This link signs {address} in to the desk of {name}. It works once, and for 30 minutes.",
    "sign_in_button": "Sign in to the desk",
    "sign_in_after": "If you did not ask for this, ignore this mail: nobody is signed in without it.",
    "paste": "If the button does not work, open this address:",
}

_GERMAN: Mapping[str, str | Plural] = {
    "date_full": "EEEE, d. MMMM y",
    "date_long": "d. MMMM y",
    "date_short": "d. MMMM",
    "read_online": "Im Browser lesen",
    "your_sections": "Ihre Ressorts",
    "unsubscribe": "Abbestellen",
    "number": "Nr. {number}",
    "articles": {"one": "{n} Artikel", "other": "{n} Artikel"},
    "covers": {"one": "aus {n} Tag", "other": "aus {n} Tagen"},
    "minutes": {"one": "{n} Min. Lesezeit", "other": "{n} Min. Lesezeit"},
    "minutes_short": {"one": "{n} Min.", "other": "{n} Min."},
    "views": {"one": "{n} Aufruf", "other": "{n} Aufrufe"},
    "also_in": "auch in {section}",
    "more_in": "Mehr aus {section}",
    "left_in": {"one": "{n} weiterer aus {section}", "other": "{n} weitere aus {section}"},
    "signed": "— die Redaktion",
    "incomplete": "Nicht alle unsere Quellen waren heute lesbar. Was fehlt, folgt mit der nächsten Ausgabe.",
    "lead": "Aufmacher",
    "corrections": "Berichtigungen",
    "most_read": "Meistgelesen in dieser Woche",
    "also_like": "Das könnte Sie auch interessieren",
    "read_article": "Artikel lesen",
    "read_interview": "Interview lesen",
    "why": "Sie erhalten diese Mail, weil {address} am {date} die tägliche Ausgabe ({sections}) bestellt hat."
    " Sie erscheint um {time} Uhr, {place}.",
    "place": "Ortszeit {city}",
    "all_sections": "alle Ressorts",
    "change": "Ressorts oder Häufigkeit ändern",
    "preferences": "Einstellungen",
    "write": "An die Redaktion schreiben: {address}",
    "plus": "Außerdem: {titles}.",
    "plus_more": {
        "one": "Außerdem: {titles} und {n} weiterer Artikel.",
        "other": "Außerdem: {titles} und {n} weitere Artikel.",
    },
    "confirm_subject": "Bitte bestätigen Sie Ihr Abonnement: {name}",
    "confirm_heading": "Abonnement bestätigen",
    "confirm_text": "Jemand, hoffentlich Sie, hat {name} an {address} bestellt. Bis zur Bestätigung kommt nichts.",
    "confirm_sections": "Ressorts: {sections}.",
    "confirm_button": "Abonnement bestätigen",
    "confirm_after": "Sie haben nichts bestellt? Dann beachten Sie diese Mail nicht; wir schreiben Ihnen nicht wieder.",
    "sign_in_subject": "Anmelden am Redaktionspult von {name}",
    "sign_in_heading": "Anmelden am Redaktionspult",
    "sign_in_text": "Dieser Link meldet {address} am Redaktionspult von {name} an. Er gilt einmal und 30 Minuten lang.",
    "sign_in_button": "Am Redaktionspult anmelden",
    "sign_in_after": "Sie wollten sich nicht anmelden? Dann beachten Sie diese Mail nicht; ohne sie kommt niemand hinein.",
    "paste": "Falls die Schaltfläche nicht geht, öffnen Sie diese Adresse:",
}

LANGUAGES: Mapping[str, Mapping[str, str | Plural]] = {"en": _ENGLISH, "de": _GERMAN}
_LOCALES = {"en": "en_GB"}  # our English puts the day before the month


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
        text = LANGUAGES[self.language][key]
        if not isinstance(text, str):
            raise TypeError(f"“{key}” needs a number: use count()")
        return Markup(text).format(**values) if _any_markup(values) else text.format(**values)  # noqa: S704 -- our words

    def count(self, key: str, n: int, **values: object) -> str:
        """Return a string that holds a number, in the plural form that the language has for it (CLDR)."""
        forms = LANGUAGES[self.language][key]
        if isinstance(forms, str):
            raise TypeError(f"“{key}” takes no number: use say()")
        return forms[self.locale.plural_form(n)].format(n=self.number(n), **values)

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
    return next((one for one in (tag, tag.partition("-")[0]) if one in LANGUAGES), DEFAULT)


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
