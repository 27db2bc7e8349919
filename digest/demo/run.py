"""`digest demo`: a sample newsroom is served, its edition is composed and handed over, and everything can be looked at."""

import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from digest import config, pipeline
from digest.clock import system_clock
from digest.config import Settings
from digest.demo import newsroom, readers, server
from digest.errors import UsageError
from digest.pipeline import audience
from digest.runtime import Runtime, opened
from digest.store import deliveries, editions, migrations
from digest.subscribe import Row
from digest.values import Report

NEWSLETTER = "daily"
EDITOR = "editor@example.org"
_MARKER = "this-is-a-demo"
_README = "Everything in this folder was made by `digest demo`, which makes it anew each time it starts.\n"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Morning:
    """What one demo edition came to, and where to look."""

    day: str
    subject: str
    books: Report
    mail: Path
    preview: Path


@contextmanager
def demo(folder: Path, port: int | None, say: Say) -> Iterator[Runtime]:
    """Serve the sample newsroom on loopback and open an installation of its newsletter in `folder`."""
    started_at = system_clock()
    folder = prepare(folder.absolute())
    with server.serve(started_at) as running:
        say(f"A sample newsroom answers at {running.url} (REST API, feeds, article pages).")
        settings = _settings(folder, running.url, port or free_port(), started_at)
        with opened(settings) as runtime:
            yield runtime


def play_morning(runtime: Runtime, say: Say) -> Morning:
    """Collect, compose, render and hand over the edition of today."""
    lines = [Row(number, dict(one)) for number, one in enumerate(readers.rows(), start=2)]
    counts = list(
        audience.import_subscribers(
            runtime, lines, newsletter=NEWSLETTER, consent="sample readers of the demo", confirm=False
        )
    )
    say(f"{sum(one.new for one in counts)} sample readers subscribe, with sections of their own choice.")
    pipeline.run_due(runtime)
    return _morning(runtime)


def prepare(folder: Path) -> Path:
    """Empty the demo's folder. Raises UsageError when it holds anything that no demo made."""
    marker = folder / _MARKER
    if folder.exists() and any(folder.iterdir()) and not marker.exists():
        raise UsageError(f"{folder} is not empty and no demo made it.", hint="Choose another folder with --dir.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    marker.write_text(_README, encoding="utf-8")
    return folder


def free_port(preferred: int = 8765) -> int:
    """Return the preferred port if nothing listens there, else any free one."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise UsageError("No port is free on 127.0.0.1.")


def _settings(folder: Path, newsroom_url: str, port: int, started_at: datetime) -> Settings:
    """Write the demo's config.toml and tables; its edition leaves in the minute in which the demo starts."""
    path = folder / "config.toml"
    path.write_text(_toml(newsroom_url, port, f"{started_at:%H:%M}"), encoding="utf-8")
    settings = config.load(path)
    for file in (settings.secrets.root_file, settings.secrets.pepper_file):
        config.make_secret(folder / file)
    migrations.upgrade(settings.database_url)
    return settings


def _toml(newsroom_url: str, port: int, send_at: str) -> str:
    lines = [
        "[site]",
        f'name = "{newsroom.NAME}"',
        f'url = "http://127.0.0.1:{port}"',
        f'contact = "{newsroom.CONTACT}"',
        f'postal_address = "{newsroom.POSTAL_ADDRESS}"',
        f'about = "{newsroom.ABOUT}"',
        "",
        "[provider]",
        'kind = "maildir"',
        'path = "mail"',
        "",
        "[[sources]]",
        'id = "site"',
        'kind = "wordpress"',
        f'url = "{newsroom_url}"',
        'every = "1m"',
        "allow_private_addresses = true",
        "",
        "[[sources]]",
        'id = "feed"',
        'kind = "feed"',
        f'url = "{newsroom_url}/feed/"',
        'settle = "0s"',
        'every = "1m"',
        "allow_private_addresses = true",
        "",
        "[[newsletters]]",
        f'id = "{NEWSLETTER}"',
        f'name = "{newsroom.NAME}"',
        f'tagline = "{newsroom.TAGLINE}"',
        f'from = "{newsroom.NAME} <news@example.org>"',
        'zone = "UTC"',
        f'send_at = "{send_at}"',
        "max_stories = 24",
    ]
    return (
        "\n".join([*lines, *(line for section in newsroom.SECTIONS for line in _section(section, newsroom_url))]) + "\n"
    )


def _section(section: tuple[str, str, str | None], newsroom_url: str) -> list[str]:
    id_, name, parent = section
    return [
        "",
        "[[newsletters.sections]]",
        f'id = "{id_}"',
        f'name = "{name}"',
        *([f'parent = "{parent}"'] if parent else []),
        'sources = ["site"]',
        f'categories = ["{id_}"]',
        f'url = "{newsroom_url}/category/{id_}/"',
        "max_per_author = 4",
    ]


def _morning(runtime: Runtime) -> Morning:
    with runtime.store.reading() as session:
        edition = editions.latest(session, NEWSLETTER)
        if edition is None:
            raise UsageError("The demo made no edition.", hint="Look at the lines above for the reason.")
        books = deliveries.report(session, edition)
    shown = pipeline.preview(runtime, NEWSLETTER, edition.edition_date)
    page = runtime.settings.folder / "edition.html"
    page.write_text(shown.html, encoding="utf-8")
    return Morning(edition.edition_date.isoformat(), edition.subject, books, runtime.settings.folder / "mail", page)
