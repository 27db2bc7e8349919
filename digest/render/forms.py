"""A choice → the form in which each of its articles stands."""

from collections.abc import Mapping

from digest.render import views
from digest.values import Candidate, Choice, Form


def forms(choice: Choice, articles: Mapping[int, Candidate]) -> dict[int, Form]:
    """Return the form of each placed article: a section's first item is a feature when it has a picture."""
    found = {one.article_id: Form.COMPACT for one in choice.items}
    opened: set[str] = set()
    for one in choice.items:
        if one.section_id not in opened and views.picture(articles[one.article_id].image):
            found[one.article_id] = Form.FEATURE
        opened.add(one.section_id)
    if choice.lead:
        found[choice.lead.article_id] = Form.LEAD
    found.update({one.article_id: Form.CORRECTION for one in choice.corrections})
    found.update({one.article_id: Form.RANKED for one in choice.most_read})
    found.update({one.article_id: Form.CARD for one in choice.also_like})
    return found
