"""What a source remembers of a site between two fetches: its own JSON goes in and out, whatever is wrong in it is forgotten."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from digest.sources.wordpress.shapes import ids, instant, mapping

KEPT = timedelta(days=14)
_MOST = 5_000


@dataclass(frozen=True, slots=True)
class Row:
    """A post as the light scan shows it: what a change is seen by, without its text."""

    id: int
    date: str
    modified: str
    print: str
    categories: tuple[int, ...] = ()

    @classmethod
    def of(cls, post: Mapping[str, Any]) -> Self:
        """Make it of the light fields; the print is of all that changes without a change of the text."""
        date, modified = str(post.get("date_gmt") or ""), str(post.get("modified_gmt") or "")
        named = ids(post.get("categories"))
        whole = [date, modified, post.get("status"), post.get("link"), sorted(named), bool(post.get("sticky"))]
        return cls(
            post["id"], date, modified, hashlib.sha256(json.dumps(whole).encode()).hexdigest()[:12], tuple(named)
        )

    def at(self) -> datetime | None:
        """When it was published."""
        return instant(self.date)


@dataclass(frozen=True, slots=True)
class Seen:
    """A post that we have: its row's times and print, and how many times in a row it was not there."""

    date: str
    modified: str
    print: str
    misses: int = 0

    def newest(self) -> datetime | None:
        """Return the later of its two times."""
        return max((one for one in (instant(self.date), instant(self.modified)) if one), default=None)


@dataclass(slots=True)
class Memory:
    """A source's memory of one site: its API's root, its name, when what was refreshed last, and posts by type and id."""

    site: str
    root: str = ""
    title: str = ""
    swept_at: datetime | None = None
    categories_at: datetime | None = None
    categories: set[int] = field(default_factory=set)
    posts: dict[str, dict[int, Seen]] = field(default_factory=dict)

    @classmethod
    def load(cls, kept: Mapping[str, Any], site: str) -> Self:
        """Read it as JSON gave it back; what is of another site is of no use."""
        if kept.get("site") != site:
            return cls(site)
        return cls(
            site,
            root=_text(kept.get("root")),
            title=_text(kept.get("title")),
            swept_at=instant(kept.get("swept_at")),
            categories_at=instant(kept.get("categories_at")),
            categories=set(ids(kept.get("categories"))),
            posts={kind: _posts(found) for kind, found in mapping(kept.get("posts")).items()},
        )

    def dump(self, now: datetime) -> dict[str, Any]:
        """Write it as JSON, without posts older than 14 days or beyond the newest 5,000."""
        return {
            "site": self.site,
            "root": self.root,
            "title": self.title,
            "swept_at": self.swept_at.isoformat() if self.swept_at else None,
            "categories_at": self.categories_at.isoformat() if self.categories_at else None,
            "categories": sorted(self.categories),
            "posts": {kind: _bounded(found, now) for kind, found in self.posts.items()},
        }

    def remember(self, kind: str, rows: Iterable[Row]) -> None:
        """Keep posts as they are now."""
        self.posts.setdefault(kind, {}).update({one.id: Seen(one.date, one.modified, one.print) for one in rows})


def _bounded(found: Mapping[int, Seen], now: datetime) -> dict[str, list[object]]:
    oldest = now - KEPT
    kept = [(newest, id_, one) for id_, one in found.items() if (newest := one.newest()) and newest > oldest]
    kept.sort(key=lambda item: (item[0], item[1]), reverse=True)
    return {str(id_): [one.date, one.modified, one.print, one.misses] for _, id_, one in kept[:_MOST]}


def _posts(found: object) -> dict[int, Seen]:
    kept = {}
    for id_, one in mapping(found).items():
        match one:
            case [str(date), str(modified), str(mark), int(misses)] if id_.isdecimal():
                kept[int(id_)] = Seen(date, modified, mark, misses)
    return kept


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
