"""What an installation needs before it mails: its settings go in, a list of checks with what was found and what to do comes out."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from digest.config import Newsletter, Settings
from digest.engines.registry import check_current
from digest.errors import DigestError
from digest.mail import keys
from digest.render.messages import domain, mailbox
from digest.runtime import Runtime
from digest.store import batches, migrations
from digest.values import Candidate, EditionContent, Look, Masthead, SectionHead

_GIB = 2**30
_DISK_LOW, _DISK_LEAST = 2 * _GIB, _GIB // 4
_CLOCKS_APART = timedelta(seconds=2)
_WRITES_BYTES = ("smtp", "maildir")


class Level(StrEnum):
    """How a check came out; only what failed keeps mail from leaving."""

    GOOD = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, in a sentence, and what to do about it."""

    name: str
    level: Level
    found: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A signing key: the name and the strings of its TXT record, its file, and whether that was made just now."""

    name: str
    strings: tuple[str, ...]
    file: Path
    made: bool


def look(settings: Settings) -> list[Check]:
    """Check an installation without asking anybody on the network but its own database."""
    runtime = Runtime(settings)
    try:
        return [found for name, check in _CHECKS for found in _carefully(name, check, runtime)]
    finally:
        runtime.close()


def dkim_keys(settings: Settings) -> list[PublishedKey]:
    """Make the signing keys that are named and not there yet; return all with what DNS must say. Raises ConfigError."""
    table = settings.dkim
    if table is None:
        return []
    shown = []
    for at, (selector, file) in enumerate(table.keys(settings.folder)):
        made = keys.make(file, ed25519=at > 0)
        name = f"{selector}._domainkey.{table.domain}"
        shown.append(PublishedKey(name, keys.record(keys.load(file)), file, made))
    return shown


def _carefully(name: str, check: Callable[[Runtime], Iterator[Check]], runtime: Runtime) -> Iterator[Check]:
    """Turn an error of a check into what it found: one fault hides no other."""
    try:
        yield from check(runtime)
    except (DigestError, OSError) as error:
        advice = error.hint if isinstance(error, DigestError) else ""
        yield Check(name, Level.FAILED, str(error).removesuffix(advice).strip(), advice)


def _configuration(runtime: Runtime) -> Iterator[Check]:
    settings = runtime.settings
    for source in settings.sources:
        runtime.source(source)
    said = f"Newsletters: {len(settings.newsletters)}, sources: {len(settings.sources)}; mail leaves by {type(runtime.provider).__name__}."
    if not settings.newsletters:
        yield Check("configuration", Level.FAILED, said, "Write a [[newsletters]] table.")
    else:
        yield Check("configuration", Level.GOOD, said)


def _secrets(runtime: Runtime) -> Iterator[Check]:
    settings = runtime.settings
    files = [settings.folder / file for file in (settings.secrets.root_file, settings.secrets.pepper_file)]
    files += [file for _, file in settings.dkim.keys(settings.folder)] if settings.dkim else []
    open_ = [str(file) for file in files if file.exists() and file.stat().st_mode & 0o077]
    if not all((*runtime.tokens.roots, settings.pepper)):
        found = "A secret is empty: links could be forged."
        yield Check("secrets", Level.FAILED, found, "Take its file away and run `digest db upgrade`.")
    elif open_:
        advice = f"chmod 600 {' '.join(open_)}"
        yield Check("secrets", Level.WARNING, f"Others on this machine can read {', '.join(open_)}.", advice)
    else:
        yield Check("secrets", Level.GOOD, "They are there, and their owner's alone.")


def _publisher(runtime: Runtime) -> Iterator[Check]:
    """Say what readers and the law ask of a mail's footer and links."""
    site = runtime.settings.site
    if not site.postal_address:
        found = "[site] postal_address is empty: many countries ask for one in each mail."
        yield Check("publisher", Level.WARNING, found, "Write it.")
    elif runtime.settings.provider.kind == "smtp" and not site.url.startswith("https://"):
        found = (
            f"[site] url is {site.url}: links in mails lead there, and one-click unsubscribe needs https (RFC 8058)."
        )
        yield Check("publisher", Level.WARNING, found, "Write the address at which readers reach `digest serve`.")
    else:
        yield Check("publisher", Level.GOOD, f"{site.name}, {site.url}.")


def _signing(runtime: Runtime) -> Iterator[Check]:
    settings = runtime.settings
    if settings.provider.kind not in _WRITES_BYTES:
        yield Check("dkim", Level.GOOD, f"{settings.provider.kind} signs by itself, or nothing leaves.")
    elif runtime.signer is None or settings.dkim is None:
        advice = "Write a [dkim] table and run `digest doctor --dkim`, unless your mail server signs."
        yield Check("dkim", Level.WARNING, "Nothing is signed here; large receivers ask for it.", advice)
    elif strange := _strangers(settings, settings.dkim.domain):
        found = (
            f"{', '.join(strange)}: no From address of {settings.dkim.domain}, so its signature proves nothing (DMARC)."
        )
        yield Check("dkim", Level.FAILED, found, "Sign with the domain of your From addresses, or the one above it.")
    else:
        yield Check("dkim", Level.GOOD, f"Mail is signed for {settings.dkim.domain}.")


def _return_path(runtime: Runtime) -> Iterator[Check]:
    name = runtime.settings.feedback.domain
    if not name:
        advice = "Name a domain under your From domain in [feedback], and have its mail read."
        yield Check("feedback", Level.WARNING, "Bounces go to the From address, where nobody counts them.", advice)
    elif strange := _strangers(runtime.settings, name):
        found = f"{name} does not belong to {', '.join(strange)}: SPF would not be aligned (DMARC)."
        yield Check("feedback", Level.WARNING, found, "Use a domain under the From domain.")
    else:
        yield Check("feedback", Level.GOOD, f"Bounces go to {name}: its mail must be read.")


def _strangers(settings: Settings, name: str) -> list[str]:
    """Return the From addresses that have nothing to do with a domain: neither it, nor above it, nor below."""
    addresses = [mailbox(newsletter.from_).address for newsletter in settings.newsletters]
    return [
        one
        for one in addresses
        if not f".{domain(one)}".endswith(f".{name}") and not f".{name}".endswith(f".{domain(one)}")
    ]


def _database(runtime: Runtime) -> Iterator[Check]:
    kind = runtime.store.engine.dialect.name
    runtime.store.check_current()
    check_current(runtime.engine)
    yield Check("database", Level.GOOD, f"{kind} stands at {migrations.head()}, as this version needs.")


def _clock(runtime: Runtime) -> Iterator[Check]:
    with runtime.store.reading() as session:
        apart = abs(batches.database_now(session) - runtime.clock())
    found = f"This machine and the database are {apart.total_seconds():.1f} s apart."
    level = Level.GOOD if apart <= _CLOCKS_APART else Level.FAILED
    yield Check("clock", level, found, "" if level is Level.GOOD else "Set both by NTP: editions leave by the clock.")


def _templates(runtime: Runtime) -> Iterator[Check]:
    newsletters = runtime.settings.newsletters
    for newsletter in newsletters:
        look_ = Look(newsletter.template, newsletter.language or runtime.settings.site.language)
        runtime.renderer.blocks(_invented(newsletter, runtime.clock()), look_)
    if newsletters:
        yield Check(
            "templates", Level.GOOD, f"{', '.join(sorted({one.template for one in newsletters}))} can be drawn."
        )


def _disk(runtime: Runtime) -> Iterator[Check]:
    free = shutil.disk_usage(runtime.settings.folder).free
    found = f"{free / _GIB:,.1f} GiB are free at {runtime.settings.folder}."
    level = Level.FAILED if free < _DISK_LEAST else Level.WARNING if free < _DISK_LOW else Level.GOOD
    yield Check("disk", level, found, "" if level is Level.GOOD else "Make room: a full disk stops every edition.")


def _invented(newsletter: Newsletter, now: datetime) -> EditionContent:
    """Return an edition of one article, which every template must be able to draw."""
    section = newsletter.sections[0]
    article = Candidate(
        article_id=1,
        source_id="doctor",
        url="https://news.example.org/1/",
        title="A headline",
        published_at=now,
        first_seen_at=now,
        eligible_at=now,
        sections=(section.id,),
        summary="A summary.",
    )
    head = Masthead(
        newsletter.id,
        newsletter.name,
        newsletter.tagline,
        1,
        now.date(),
        newsletter.zone,
        "07:30",
        "https://news.example.org",
    )
    return EditionContent(head, (SectionHead(section.id, section.name),), {1: article})


_CHECKS = (
    ("configuration", _configuration),
    ("secrets", _secrets),
    ("publisher", _publisher),
    ("dkim", _signing),
    ("feedback", _return_path),
    ("database", _database),
    ("clock", _clock),
    ("templates", _templates),
    ("disk", _disk),
)
