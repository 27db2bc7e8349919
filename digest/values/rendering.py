"""What a rendering is made of: looks, content, blocks, recipes and pages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Self

from digest.values.composing import Candidate, Placed
from digest.values.states import Form

TOKEN = re.compile(r"%%([a-z0-9_-]+)%%")
"""A place in a block that is filled later, by its name: `%%unsubscribe_url%%` for one reader, `%%more-economy%%` for a group."""


@dataclass(frozen=True, slots=True)
class Look:
    """What decides how an edition is drawn: template folder, language tag, text size, and whether every article has its summary.

    The last takes other forms of the same blocks.
    """

    template: str = "daily"
    language: str = "en"
    text_size: Literal["normal", "large"] = "normal"
    full: bool = False

    def __str__(self) -> str:
        """Return the look's name, such as `daily/en/normal` or `daily/en/normal/full`."""
        return f"{self.blocks}/full" if self.full else self.blocks

    @classmethod
    def parse(cls, name: str) -> Self:
        """Read a look's name back."""
        template, language, text_size, *full = name.split("/")
        return cls(template, language, "large" if text_size == "large" else "normal", bool(full))

    @property
    def blocks(self) -> str:
        """The name under which the look's blocks are kept."""
        return f"{self.template}/{self.language}/{self.text_size}"


@dataclass(frozen=True, slots=True)
class Masthead:
    """What an edition says of itself, the same for every reader; `catches_up`: it prints what earlier ones should have."""

    newsletter_id: str
    name: str
    tagline: str
    number: int | None
    edition_date: date
    zone: str
    send_at: str
    site_url: str
    about: str = ""
    note: str = ""
    subject: str = ""
    preheader: str = ""
    contact: str = ""
    postal_address: str = ""
    accent: str = "#a8281e"
    accent_dark: str = "#f2998a"
    catches_up: bool = False


@dataclass(frozen=True, slots=True)
class SectionHead:
    """A section as the mail prints it: its name and, where known, the page that has more of it."""

    id: str
    name: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class EditionContent:
    """All that any reader of an edition may get: what `render` makes blocks of, once for each look.

    `links` says where an article's links lead where that is not its own address.
    """

    masthead: Masthead
    sections: tuple[SectionHead, ...]
    articles: Mapping[int, Candidate]
    links: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Block:
    """A frozen piece of an edition in one look: HTML (inlined) and text, with tokens such as `%%unsubscribe_url%%`."""

    name: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """A rendering without its blocks: what one section-set gets, some hundred bytes.

    `html` and `text` are block names in order; `forms` says for each placed article in which form it stands.
    """

    key: str
    sections: tuple[str, ...]
    look: str
    subject: str
    preheader: str
    html: tuple[str, ...]
    text: tuple[str, ...]
    placed: tuple[Placed, ...]
    forms: Mapping[int, Form]
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """A rendering put together: the pieces of its HTML and of its text in order, tokens still unfilled."""

    subject: str
    preheader: str
    html: tuple[str, ...]
    text: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict)
