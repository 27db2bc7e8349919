"""The light scan: what we remember of one type of posts goes in, what is new or changed and what is missing comes out.

No cursor: every scan looks at a whole window of days. `after` and `modified_after` compare with the site's local times, strictly, so that
in the hour that clocks repeat an instant stands for two; a scheduled post that goes live keeps the time it was last edited at; a post may
be dated back. All of these lie inside the windows, and what is known already costs some hundred bytes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from digest.errors import FetchError
from digest.sources.wordpress.client import PAGE, Api
from digest.sources.wordpress.memory import KEPT, Row, Seen
from digest.sources.wordpress.shapes import instant
from digest.values import SourceState

WINDOW = timedelta(hours=72)
FIRST_WINDOW = timedelta(days=7)
MODIFIED_OVERLAP = timedelta(hours=24)
FIELDS = "id,date_gmt,modified_gmt,link,categories,sticky,status"
_EDGE = timedelta(hours=3)  # of a window: clock changes blur it
_TRIES = 2
_MOST_LOOKS = 20
_GONE = {401, 403, 404, 410}
_PUBLIC = "publish"


@dataclass(frozen=True, slots=True)
class Scan:
    """What the scan of one type found: posts to read in full, posts to know of unread, ids withdrawn, and new counts of misses."""

    changed: tuple[Row, ...]
    passed_over: tuple[Row, ...] = ()
    gone: tuple[int, ...] = ()
    counted: Mapping[int, Seen] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def scan(api: Api, kind: str, known: Mapping[int, Seen], state: SourceState, *, sweep: bool) -> Scan:
    """Compare what the site lists with what is `known`; a `sweep` looks at 14 days. Raises FetchError, NotAFeedError.

    The first import reads seven days. What is older it only knows of, so that none of it is taken for news later.
    """
    first = state.last_ok_at is None
    since = state.now - (KEPT if sweep or first else WINDOW)
    listing = api.collection(kind, {"after": _z(since), "orderby": "date", "order": "desc", "_fields": FIELDS})
    rows = _rows(listing.found.values())
    notes = () if listing.whole else (f"There are more {kind} since {_z(since)} than are read at once.",)
    rows |= _modified(api, kind, state)
    if first:
        young = {id_: one for id_, one in rows.items() if (one.at() or state.now) > state.now - FIRST_WINDOW}
        old = tuple(one for id_, one in rows.items() if id_ not in young)
        return Scan(tuple(young.values()), old, notes=notes)
    missing = _missing(known, rows, since + _EDGE, state.now) if listing.whole else []
    found, absent = _looked_up(api, kind, missing)
    rows |= found
    back = [id_ for id_ in rows if id_ in known and known[id_].misses]
    return Scan(
        changed=tuple(one for one in rows.values() if one.id not in known or known[one.id].print != one.print),
        gone=tuple(id_ for id_ in absent if known[id_].misses + 1 >= _TRIES),
        counted={id_: replace(known[id_], misses=known[id_].misses + 1) for id_ in absent}
        | {id_: replace(known[id_], misses=0) for id_ in back},
        notes=notes,
    )


def _modified(api: Api, kind: str, state: SourceState) -> dict[int, Row]:
    """Return what was edited lately, however old it is. WordPress before 5.7 does not know the bound and lists all: ours holds."""
    since = (state.last_ok_at or state.now) - MODIFIED_OVERLAP

    def is_older(post: Mapping[str, Any]) -> bool:
        return (instant(post.get("modified_gmt")) or state.now) <= since - _EDGE

    asked = {"modified_after": _z(since), "orderby": "modified", "order": "desc", "_fields": FIELDS}
    return _rows(one for one in api.collection(kind, asked, enough=is_older).found.values() if not is_older(one))


def _missing(known: Mapping[int, Seen], rows: Mapping[int, Row], since: datetime, until: datetime) -> list[int]:
    """Return the known posts that the scan should have listed, and those that were missed before."""
    return [
        id_
        for id_, one in known.items()
        if id_ not in rows and (one.misses or ((at := instant(one.date)) is not None and since < at <= until))
    ]


def _looked_up(api: Api, kind: str, missing: list[int]) -> tuple[dict[int, Row], list[int]]:
    """Return those of the missing that are public all the same (pages shift, dates are changed), and those that are surely not."""
    found: dict[int, Row] = {}
    absent = []
    for start in range(0, len(missing), PAGE):
        ids = ",".join(map(str, missing[start : start + PAGE]))
        found |= _rows(api.listed(kind, {"include": ids, "per_page": PAGE, "_fields": FIELDS}))
    for id_ in [one for one in missing if one not in found][:_MOST_LOOKS]:
        try:
            said = api.get(f"{kind}/{id_}", {"_fields": FIELDS})
        except FetchError as error:
            if error.retry_after:
                raise
            continue  # not known either way: it is asked again the next time
        if said.status in _GONE or (said.status == 200 and not _rows([said.found])):  # noqa: PLR2004 -- OK
            absent.append(id_)  # with a login a post in the trash is shown, with its status
        else:
            found |= _rows([said.found])
    return found, absent


def _rows(posts: Iterable[object]) -> dict[int, Row]:
    return {
        one["id"]: Row.of(one)
        for one in posts
        if isinstance(one, dict) and isinstance(one.get("id"), int) and one.get("status", _PUBLIC) == _PUBLIC
    }


def _z(moment: datetime) -> str:
    """Write an instant with its Z: without it, WordPress reads the site's local time."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
