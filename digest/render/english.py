"""Every string of the mails in English, by its key: what the catalogues of other languages translate.

A key is the string's context in the catalogues; `{places}` keep their names. Keys that begin with `date_` are patterns of CLDR.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Plural(NamedTuple):
    """A string that holds a number, for one and for more."""

    one: str
    other: str


ENGLISH: Mapping[str, str | Plural] = {
    "date_full": "EEEE, d MMMM y",
    "date_long": "d MMMM y",
    "date_short": "d MMMM",
    "read_online": "Read online",
    "your_sections": "Your sections",
    "unsubscribe": "Unsubscribe",
    "number": "No. {number}",
    "articles": Plural("{n} article", "{n} articles"),
    "covers": Plural("covers {n} day", "covers {n} days"),
    "read_time": Plural("{n}-minute read", "{n}-minute read"),
    "minutes": Plural("{n} min read", "{n} min read"),
    "minutes_short": Plural("{n} min", "{n} min"),
    "views": Plural("{n} view", "{n} views"),
    "also_in": "also in {section}",
    "more_in": "More in {section}",
    "left_in": Plural("{n} more in {section}", "{n} more in {section}"),
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
    "plus_more": Plural("Plus: {titles} and {n} more article.", "Plus: {titles} and {n} more articles."),
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
