"""A notice's kind and context → its page: the same hand as an edition, one heading, one button."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jinja2

from digest.config import Site
from digest.render import texts, views
from digest.render.blocks import Inline
from digest.render.environment import render
from digest.values import NoticeKind, Page

_FOLDER = "notice"


@dataclass(frozen=True, slots=True)
class Frame:
    """What the notices of one kind, language and sender share: drawn and inlined once for all of them."""

    kind: NoticeKind
    language: str
    name: str
    with_sections: bool
    contact: str
    postal_address: str
    accent: str
    accent_dark: str


def frame_of(kind: NoticeKind, context: Mapping[str, object]) -> Frame:
    """Read what is shared from a notice's context; its keys are name, link, address, sections, language, site."""
    site = context.get("site")
    site = site if isinstance(site, Site) else Site()
    return Frame(
        kind=kind,
        language=str(context.get("language") or site.language),
        name=str(context.get("name") or site.name),
        with_sections=bool(context.get("sections")),
        contact=site.contact,
        postal_address=site.postal_address,
        accent=site.accent,
        accent_dark=site.accent_dark,
    )


def values_of(context: Mapping[str, object]) -> Mapping[str, str]:
    """Return the token values that are one notice's own."""
    sections = context.get("sections") or ()
    named = sections if isinstance(sections, Sequence) and not isinstance(sections, str) else (sections,)
    return {
        "link": texts.clean_url(str(context["link"])),
        "address": texts.clean(str(context.get("address", ""))),
        "sections": texts.clean(", ".join(str(one) for one in named)),
    }


def draw(environment: jinja2.Environment, inline: Inline, frame: Frame) -> Page:
    """Return the page of a frame, its tokens unfilled. Raises TemplateError."""
    tongue = views.tongue_of(frame.language)
    notice = _words(frame, tongue)
    shared = views.shell(tongue, False, frame.accent, frame.accent_dark)  # noqa: FBT003 -- notices have one text size
    given: dict[str, Any] = {**shared, "notice": notice, **_sender(frame)}
    subject = texts.clean(render(environment, f"{_FOLDER}/subject.txt", given))
    html = inline(render(environment, f"{_FOLDER}/body.html", given))
    text = render(environment, f"{_FOLDER}/body.txt", given)
    return Page(subject, str(notice["preheader"]).replace("%%address%%", "…"), (html,), (text,))


def _words(frame: Frame, tongue: views.Tongue) -> dict[str, Any]:
    name = texts.clean(frame.name)
    say = tongue.words.say
    return {
        "subject": say(f"{frame.kind}_subject", name=name),
        "preheader": say(f"{frame.kind}_text", name=name, address="%%address%%"),
        "heading": say(f"{frame.kind}_heading"),
        "text": f"{frame.kind}_text",
        "sections": say("confirm_sections", sections="%%sections%%") if frame.with_sections else "",
        "button": say(f"{frame.kind}_button"),
        "after": say(f"{frame.kind}_after"),
    }


def _sender(frame: Frame) -> dict[str, str]:
    return {
        "name": texts.clean(frame.name),
        "contact": texts.clean(frame.contact),
        "contact_url": views.contact_url(frame.contact),
        "postal_address": texts.clean(frame.postal_address),
    }
