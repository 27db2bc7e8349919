"""A choice → the line that inboxes show after the subject: “Plus: … and n more articles.”, 35–110 characters."""

from collections.abc import Sequence

from digest.render import datelines, texts
from digest.render.words import Words
from digest.values import Choice, EditionContent

PREHEADER_MOST, PREHEADER_LEAST = 110, 35
FILLER = "\u034f\u200c\u00a0"  # a joiner, a non-joiner, a space: keeps the mail's next words out of the preview line
_CLOSED = "….", "?.", "!."


def preheader(content: EditionContent, choice: Choice, words: Words, subject: str) -> str:
    """Return the editors' line, else what else is in the mail, else the lead's summary, else what can always be said."""
    masthead = content.masthead
    lead = content.articles[choice.lead.article_id] if choice.lead else None
    of_the_day = f"{masthead.name} · {datelines.day(content, choice, words)}"
    beside = [one for one in choice.new if one is not choice.lead]
    count = words.count("articles", choice.count)
    offers = [
        texts.clean(offer)
        for offer in (
            masthead.preheader,
            _plus([texts.clean(content.articles[one.article_id].title) for one in beside], words),
            lead.summary if lead else "",
            f"{of_the_day} · {count}",
            f"{of_the_day} · {count} · {masthead.tagline or masthead.site_url}",
        )
    ]
    lines = [texts.cut(offer, PREHEADER_MOST) for offer in offers]
    fitting = [line for line in lines if len(line) >= PREHEADER_LEAST and line != subject]
    return fitting[0] if fitting else lines[-1]


def _plus(titles: Sequence[str], words: Words) -> str:
    """Name as many articles as there is room for, at least one, and count the rest."""
    for named in range(min(len(titles), PREHEADER_MOST), 0, -1):
        line = _line(titles[:named], len(titles) - named, words)
        if len(line) <= PREHEADER_MOST:
            return line
    if not titles:
        return ""
    room = PREHEADER_MOST - len(_line([""], len(titles) - 1, words))
    return _line([texts.cut(titles[0], room)], len(titles) - 1, words)


def _line(titles: Sequence[str], more: int, words: Words) -> str:
    named = "; ".join(title.rstrip(".") for title in titles)
    line = words.count("plus_more", more, titles=named) if more else words.say("plus", titles=named)
    return line[:-1] if line.endswith(_CLOSED) else line
