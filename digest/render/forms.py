"""A choice → the form in which each of its articles stands."""

from collections.abc import Iterator, Mapping

from digest.render import texts, views
from digest.values import Candidate, Choice, Form

_ROOM, _FRAME = 40_000, 800  # bytes: what summaries and pictures may add to a mail, and what is around each of them


def forms(choice: Choice, articles: Mapping[int, Candidate], *, full: bool = False) -> dict[int, Form]:
    """Return the form of each placed article: a section's first item is a feature when it has a picture.

    When `full`, so is every item with a picture or a summary, as long as the mail stays small enough to be shown whole.
    """
    found = {one.article_id: Form.COMPACT for one in choice.items}
    found.update(dict.fromkeys(_openers(choice, articles), Form.FEATURE))
    if full:
        others = [id_ for id_, form in found.items() if form is Form.COMPACT]
        found.update(dict.fromkeys(_fitting(others, articles), Form.FEATURE))
    if choice.lead:
        found[choice.lead.article_id] = Form.LEAD
    found.update({one.article_id: Form.CORRECTION for one in choice.corrections})
    found.update({one.article_id: Form.RANKED for one in choice.most_read})
    found.update({one.article_id: Form.CARD for one in choice.also_like})
    return found


def _openers(choice: Choice, articles: Mapping[int, Candidate]) -> Iterator[int]:
    opened: set[str] = set()
    for one in choice.items:
        if one.section_id not in opened and views.picture(articles[one.article_id].image):
            yield one.article_id
        opened.add(one.section_id)


def _fitting(ids: list[int], articles: Mapping[int, Candidate]) -> Iterator[int]:
    """Yield the articles, in print order, whose summaries and pictures fit into the room that is left."""
    room = _ROOM
    for id_ in ids:
        one = articles[id_]
        picture, dek = views.picture(one.image), texts.cut(texts.clean(one.summary), views.DEK)
        if picture or dek:
            room -= _FRAME + len(f"{dek}{picture}{one.url}".encode())
            if room < 0:
                return
            yield id_
