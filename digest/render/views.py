"""An edition's content and a look → what its templates may name: clean texts, safe addresses, words, and each one's direction."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from digest.render import names, texts
from digest.render.words import Words, direction_of, words
from digest.values import Candidate, EditionContent, Image, Look, Masthead, SectionHead

LEAD_DEK, DEK, SENTENCES, NOTE, CORRECTION = 200, 140, 320, 280, 500
_LONG_TITLE = 70
_LEAD, _CARD = (536, 302), (256, 170)  # the measures of pictures: 16:9 and 3:2
_LARGE = 1.2
_SMALLEST_SCALED = 11  # spacers and hairlines keep their size in larger text
_PICTURE = re.compile(r"https://|http://(localhost|127\.0\.0\.1|\[::1\])[:/]")


@dataclass(frozen=True, slots=True)
class Tongue:
    """The language and direction of a shell, and how a text in another one is marked in it."""

    language: str
    direction: texts.Direction
    words: Words

    def own(self, text: str, language: str = "", default: texts.Direction | None = None) -> Markup:
        """Return the attributes of an element whose text runs the other way or is in another language, else nothing."""
        direction = texts.direction(text, default or self.direction)
        turned = f' dir="{direction}" align="{self.start}"' if direction != self.direction else ""
        foreign = language and language.partition("-")[0].lower() != self.language.partition("-")[0].lower()
        return Markup(turned) + (Markup(' lang="{}"').format(language) if foreign else "")  # noqa: S704 -- two known words

    @property
    def start(self) -> str:
        """The side on which lines begin."""
        return "right" if self.direction == "rtl" else "left"

    @property
    def end(self) -> str:
        """The side on which lines end."""
        return "left" if self.direction == "rtl" else "right"

    def bidi(self, text: str, token: str = "") -> Markup:
        """Return a run of words, or the token that will be words like them, in their own direction within a line of the shell."""
        shown = token or text
        if texts.direction(text, self.direction) == self.direction:
            return escape(shown)
        return Markup('<span dir="{}">{}</span>').format("ltr" if self.direction == "rtl" else "rtl", shown)

    @property
    def words_turn(self) -> Markup:
        """Return the direction of an element that holds only our own words, where it is not the shell's."""
        turned = self.words.direction != self.direction
        return Markup(f' dir="{self.words.direction}"' if turned else "")  # noqa: S704 -- one of two words

    @property
    def words_dir(self) -> Markup:
        """Return the same with its lines at the shell's start."""
        return self.words_turn + Markup(f' align="{self.start}"') if self.words_turn else Markup()  # noqa: S704 -- as above


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article as templates see it; `own` and those that end in it are attributes, `meta` lacks “also in”, `day` is its first part.

    `number` is the token of its place in the rendering, counted over the lead and the sections; `sentences` is a longer dek.
    """

    id: int
    number: str
    title: str
    url: str
    own: Markup
    rtl: bool
    long: bool
    lead_dek: str
    dek: str
    sentences: str
    dek_own: Markup
    correction: str
    correction_own: Markup
    day: str
    meta: str
    meta_short: str
    image: str
    lead_height: int
    card_height: int


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section as templates see it; `more` is the token of what links to its page: “More in Economy” or “3 more in Economy”."""

    id: str
    name: str
    url: str
    own: Markup
    more: str


def context(content: EditionContent, look: Look) -> dict[str, Any]:
    """Return everything that body.html and body.txt of an edition may name."""
    tongue = tongue_of(look.language)
    masthead = content.masthead
    return {
        **shell(tongue, look.text_size == "large", masthead.accent, masthead.accent_dark),
        "look": look,
        "edition": edition(masthead, tongue.words, "%%day%%"),
        "sections": [section(head, tongue) for head in content.sections],
        "articles": [
            article(one, masthead, tongue, content.links.get(id_, one.url))
            for id_, one in sorted(content.articles.items())
        ],
    }


def tongue_of(language: str) -> Tongue:
    """Return the tongue of a language tag."""
    return Tongue(language, direction_of(language), words(language))


def shell(tongue: Tongue, large: bool, accent: str, accent_dark: str) -> dict[str, Any]:  # noqa: FBT001 -- a text size
    """Return what the templates of editions and notices share: words, directions, sizes, the site's colours."""
    scale = _LARGE if large else 1.0
    return {
        "tongue": tongue,
        "say": tongue.words.say,
        "count": tongue.words.count,
        "upper": tongue.words.upper,
        "rtl": tongue.direction == "rtl",
        "start": tongue.start,
        "end": tongue.end,
        "arrow": "←" if tongue.direction == "rtl" else "→",
        "px": lambda size: f"{round(size * scale) if size >= _SMALLEST_SCALED else size}px",
        "accent": accent,
        "accent_dark": accent_dark,
        "wrap": texts.wrap,
        "columns": texts.COLUMNS,
    }


def edition(masthead: Masthead, words_: Words, day: str) -> Mapping[str, Any]:
    """Return the masthead as templates see it: texts cleaned, dates and places in words; `day` is what the dateline says."""
    return {
        "name": texts.clean(masthead.name),
        "tagline": texts.clean(masthead.tagline),
        "number": words_.say("number", number=words_.number(masthead.number)) if masthead.number else "",
        "date": day,
        "year": masthead.edition_date.year,
        "city": words_.city(masthead.zone),
        "place": words_.place(masthead.zone),
        "send_at": masthead.send_at,
        "about": texts.clean(masthead.about),
        "note": texts.cut(texts.clean(masthead.note), NOTE),
        "contact": texts.clean(masthead.contact),
        "contact_url": contact_url(masthead.contact),
        "postal_address": texts.clean(masthead.postal_address),
    }


def contact_url(contact: str) -> str:
    """Return where a contact leads: an address of mail or of the web; a telephone number leads nowhere."""
    if "@" in contact and "://" not in contact:
        return f"mailto:{texts.clean_url(contact)}"
    return texts.clean_url(contact) if contact.startswith(("https://", "http://", "mailto:", "tel:")) else ""


def section(head: SectionHead, tongue: Tongue) -> SectionView:
    """Return a section as templates see it."""
    name = texts.clean(head.name)
    return SectionView(head.id, name, texts.clean_url(head.url), tongue.own(name), f"%%{names.more(head.id)}%%")


def article(one: Candidate, masthead: Masthead, tongue: Tongue, link: str) -> ArticleView:
    """Return an article as templates see it; its links lead to `link`."""
    title, dek, correction = (texts.clean(text) for text in (one.title, one.summary, one.correction))
    day, *known = _meta(one, masthead, tongue.words, "minutes")
    return ArticleView(
        id=one.article_id,
        number=f"%%{names.number(one.article_id)}%%",
        title=title,
        url=texts.clean_url(link),
        own=tongue.own(title, one.language, one.direction),
        rtl=texts.direction(title, one.direction) == "rtl",
        long=len(title) > _LONG_TITLE,
        lead_dek=texts.cut(dek, LEAD_DEK),
        dek=texts.cut(dek, DEK),
        sentences=texts.cut(dek, SENTENCES),
        dek_own=tongue.own(dek, one.language, one.direction),
        correction=texts.cut(correction, CORRECTION),
        correction_own=tongue.own(correction, one.language, one.direction),
        day=day,
        meta=" · ".join((day, *known)),
        meta_short=" · ".join(_meta(one, masthead, tongue.words, "minutes_short")),
        image=picture(one.image),
        lead_height=_height(one.image, _LEAD),
        card_height=_height(one.image, _CARD),
    )


def picture(image: Image | None) -> str:
    """Return the address of a picture that mail may show (https, or http on loopback), else nothing."""
    url = texts.clean_url(image.url) if image else ""
    return url if _PICTURE.match(url) else ""


def _meta(one: Candidate, masthead: Masthead, words_: Words, minutes: str) -> list[str]:
    parts = [words_.day_of(one.published_at, masthead.zone, masthead.edition_date)]
    if one.minutes:
        parts.append(words_.count(minutes, one.minutes))
    if one.views:
        parts.append(words_.count("views", one.views))
    return parts


def _height(image: Image | None, measure: tuple[int, int]) -> int:
    """Return the height attribute, for clients that cannot crop: the picture's own ratio within reason, else the measure's."""
    width, usual = measure
    if image is None or not image.width or not image.height:
        return usual
    height = round(width * image.height / image.width)
    return height if width // 4 <= height <= width else usual
