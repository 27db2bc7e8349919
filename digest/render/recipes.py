"""A choice and its sections → a recipe: which frozen blocks one group of readers gets, in order, and the values of its set."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import jinja2

from digest.render import datelines, names, texts, views
from digest.render.environment import render
from digest.render.forms import forms
from digest.render.preheaders import FILLER, PREHEADER_MOST, preheader
from digest.render.words import Words
from digest.values import Choice, EditionContent, Form, Look, Placed, Recipe

SUBJECT_MOST, SUBJECT_LEAST = 70, 10
_NAMED_SECTIONS = 6
_INTERVIEWS = ("interview", "interviews")
_KEY_DIGITS = 32
_WORDS_A_MINUTE = 220


def write(
    environment: jinja2.Environment, content: EditionContent, choice: Choice, wanted: Sequence[str], look: Look
) -> Recipe:
    """Return the recipe of one section-set. Raises TemplateError for a fault in subject.txt."""
    words = views.tongue_of(look.language).words
    choice = _printable(choice, content)
    forms_ = forms(choice, content.articles, full=look.full)
    subject = _subject(environment, content, choice, look, words)
    preview = preheader(content, choice, words, subject)
    values = {
        "subject": subject,
        "preheader": preview + FILLER * (PREHEADER_MOST - len(preview)),
        "day": datelines.day(content, choice, words),
        "count": datelines.count(content, choice, words),
        "read_time": words.count("read_time", _read_time(content, choice)),
        "sections": _sections(content, wanted, words),
        **_more(content, choice, words),
    }
    return Recipe(
        key=_key(wanted, look, choice.placed, forms_, values),
        sections=tuple(wanted),
        look=str(look),
        subject=subject,
        preheader=preview,
        html=tuple(_html(choice, forms_)),
        text=tuple(_text(choice, values)),
        placed=choice.placed,
        forms=forms_,
        values=values,
    )


def _printable(choice: Choice, content: EditionContent) -> Choice:
    """Leave out corrections that say nothing or stand beside the article itself: an article stands once."""
    above = {one.article_id for one in ((choice.lead,) if choice.lead else ()) + choice.items}
    return replace(
        choice,
        corrections=tuple(
            one
            for one in choice.corrections
            if one.article_id not in above and texts.clean(content.articles[one.article_id].correction)
        ),
    )


def _html(choice: Choice, forms_: Mapping[int, Form]) -> Iterator[str]:
    yield from (names.OPEN, names.NOTE)
    if choice.lead:
        yield from _lead(choice.lead)
    if choice.items or choice.corrections or choice.most_read or choice.also_like:
        yield names.MAIN
        yield from _items(choice.items, forms_)
        yield from _corrections(choice.corrections)
        yield from _most_read(choice.most_read)
        yield from _also_like(choice.also_like)
        yield names.MAIN_END
    yield names.CLOSE


def _lead(lead: Placed) -> Iterator[str]:
    id_ = lead.article_id
    yield from (names.article(id_, "lead"), names.kicker(lead.section_id), names.article(id_, "lead-text"))
    yield from _also_in(lead)
    yield names.article(id_, "lead-button")
    yield names.READ_INTERVIEW if lead.section_id in _INTERVIEWS else names.READ_ARTICLE
    yield names.LEAD_END


def _items(items: Sequence[Placed], forms_: Mapping[int, Form]) -> Iterator[str]:
    section_id = None
    for one in items:
        if one.section_id != section_id:
            yield from (names.head(one.section_id), names.ROW_FIRST)
        else:
            yield names.ROW_NEXT
        section_id = one.section_id
        form = forms_[one.article_id]
        yield names.article(one.article_id, form)
        yield from _also_in(one)
        yield names.article(one.article_id, "feature-end") if form is Form.FEATURE else names.ROW_END


def _corrections(placed: Sequence[Placed]) -> Iterator[str]:
    if placed:
        yield names.CORRECTIONS
        for position, one in enumerate(placed):
            yield names.ROW_NEXT if position else names.ROW_FIRST
            yield from (names.article(one.article_id, names.CORRECTION), names.ROW_END)
        yield names.CORRECTIONS_END


def _most_read(placed: Sequence[Placed]) -> Iterator[str]:
    if placed:
        yield names.MOST_READ
        for number, one in enumerate(placed, start=1):
            yield from (names.rank(number), names.article(one.article_id, "ranked"))
        yield names.MOST_READ_END


def _also_like(placed: Sequence[Placed]) -> Iterator[str]:
    if placed:
        yield names.ALSO_LIKE
        for position, one in enumerate(placed):
            yield names.CARD_NEXT if position else names.CARD_FIRST
            yield names.article(one.article_id, "card")
        yield names.CARDS_END


def _text(choice: Choice, values: Mapping[str, str]) -> Iterator[str]:
    yield from (names.OPEN, names.NOTE)
    if choice.lead:
        yield from (names.LEAD_HEAD, *_text_item(choice.lead))
    yield from _text_items(choice, values)
    if choice.corrections:
        yield names.CORRECTIONS
    for one in choice.corrections:
        yield from (names.article(one.article_id, names.CORRECTION), names.article(one.article_id, "url"))
    if choice.most_read:
        yield names.MOST_READ
    for number, one in enumerate(choice.most_read, start=1):
        yield from (names.rank(number), names.article(one.article_id, "ranked"), names.article(one.article_id, "url"))
    if choice.also_like:
        yield names.ALSO_LIKE
    for one in choice.also_like:
        yield from (names.article(one.article_id, "text"), names.article(one.article_id, "url"))
    yield names.CLOSE


def _text_items(choice: Choice, values: Mapping[str, str]) -> Iterator[str]:
    for section_id, placed in groupby(choice.items, key=lambda one: one.section_id):
        yield names.head(section_id)
        for one in placed:
            yield from _text_item(one)
        if choice.overflow.get(section_id) and names.more(section_id) in values:
            yield names.more(section_id)


def _text_item(one: Placed) -> Iterator[str]:
    yield names.article(one.article_id, "text")
    yield from _also_in(one)
    yield names.article(one.article_id, "url")


def _also_in(one: Placed) -> Iterator[str]:
    return (names.also(section_id, place) for place, section_id in enumerate(one.also_in))


def _read_time(content: EditionContent, choice: Choice) -> int:
    """Return how many minutes the titles and summaries of an edition take to read, at least one."""
    shown = (content.articles[one.article_id] for one in choice.placed)
    return max(1, round(sum(len(f"{one.title} {one.summary}".split()) for one in shown) / _WORDS_A_MINUTE))


def _subject(environment: jinja2.Environment, content: EditionContent, choice: Choice, look: Look, words: Words) -> str:
    """Return the editors' subject, else the lead's headline: 10–70 characters on one line."""
    masthead = content.masthead
    first = next(iter(choice.placed), None)
    given: dict[str, Any] = {
        "edition": {
            **views.edition(masthead, words, datelines.day(content, choice, words)),
            "subject": texts.clean(masthead.subject),
        },
        "headline": texts.clean(content.articles[first.article_id].title) if first else "",
        "count": words.count("articles", choice.count),
    }
    subject = texts.clean(render(environment, f"{look.template}/subject.txt", given))
    if len(subject) < SUBJECT_LEAST:
        parts = (subject, texts.clean(masthead.name), datelines.day(content, choice, words, "date_long"))
        subject = " · ".join(part for part in parts if part)
    return texts.cut(subject, SUBJECT_MOST)


def _more(content: EditionContent, choice: Choice, words: Words) -> dict[str, str]:
    """Return for each printed section that has a page the words that lead there: with a number where more was left for it."""
    printed = {one.section_id for one in choice.items}
    found = {}
    for section in content.sections:
        if texts.clean_url(section.url) and section.id in printed:
            name, left = texts.clean(section.name), choice.overflow.get(section.id, 0)
            said = words.count("left_in", left, section=name) if left else words.say("more_in", section=name)
            found[names.more(section.id)] = said
    return found


def _sections(content: EditionContent, wanted: Sequence[str], words: Words) -> str:
    """Name the reader's sections; who has all of many is spared the list."""
    chosen = set(wanted)
    named = [texts.clean(section.name) for section in content.sections if section.id in chosen]
    if len(named) == len(content.sections) and len(named) > _NAMED_SECTIONS:
        return words.say("all_sections")
    return ", ".join(named)


def _key(
    wanted: Sequence[str], look: Look, placed: Sequence[Placed], forms_: Mapping[int, Form], values: Mapping[str, str]
) -> str:
    """Return a short hash that is the same for the same rendering on every machine."""
    places = [(one.article_id, one.section_id, one.position, one.kind, one.also_in) for one in placed]
    whole = [list(wanted), str(look), places, sorted(forms_.items()), dict(values)]
    text = json.dumps(whole, ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_KEY_DIGITS]
