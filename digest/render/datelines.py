"""A choice → what its dateline says: the edition's day, or the days that its articles are from, and how many they are."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from digest.render.words import Words
from digest.values import Choice, EditionContent

LONG, LONG_AFTER_A_GAP = timedelta(hours=72), timedelta(hours=36)


def day(content: EditionContent, choice: Choice, words: Words, style: str = "date_full") -> str:
    """Return the edition's date in a style of `Words.day`, or the span of its new articles where that is long."""
    days = _days(content, choice)
    return words.span(*days) if days else words.day(content.masthead.edition_date, style)


def count(content: EditionContent, choice: Choice, words: Words) -> str:
    """Return “10 articles”, and where their span is long “10 articles · covers 3 days”."""
    articles = words.count("articles", choice.count)
    days = _days(content, choice)
    if days is None:
        return articles
    first, last = days
    return f"{articles} · {words.count('covers', (last - first).days + 1)}"


def _days(content: EditionContent, choice: Choice) -> tuple[date, date] | None:
    """Return the first and last day of the new articles in the newsletter's zone, where an edition of one day would mislead."""
    moments = sorted(content.articles[one.article_id].published_at for one in choice.new)
    longest = LONG_AFTER_A_GAP if content.masthead.catches_up else LONG
    if not moments or moments[-1] - moments[0] <= longest:
        return None
    zone = ZoneInfo(content.masthead.zone)
    return moments[0].astimezone(zone).date(), moments[-1].astimezone(zone).date()
