"""New articles → pictures that a mail can show: each is looked at once, and what would be a hole in a mail is taken out of its article."""

import logging
import time
from datetime import timedelta
from typing import Any

from digest.runtime import Runtime
from digest.sources import probing
from digest.sources.probing import Probed
from digest.store import articles, pictures
from digest.store.pictures import Unseen

_NEW = timedelta(hours=48)
_MOST = 20
_MOST_TRIES = 3
_WITHIN = timedelta(seconds=30)
log = logging.getLogger(__name__)


def look_at_pictures(runtime: Runtime) -> None:
    """Look at some pictures of articles that came within 48 hours; the others wait for the next time.

    One whose server keeps silent is asked three times, and stays: readers may have more luck. An article without its picture is no new
    revision, and its source's next answer changes nothing about it.
    """
    now = runtime.clock()
    with runtime.store.reading() as session:
        found = pictures.unseen(session, now - _NEW, _MOST)
    private = {table.id for table in runtime.settings.sources if table.allow_private_addresses}
    until = time.monotonic() + _WITHIN.total_seconds()
    seen: list[tuple[Unseen, Probed]] = []
    for one in found:
        if time.monotonic() < until:
            looked = probing.probe(runtime.http, one.image["url"], allow_private=one.source_id in private)
            seen.append((one, looked))
    if seen:
        with runtime.store.writing() as session:
            articles.one_at_a_time(session)
            for one, looked in seen:
                pictures.save(session, one.article_id, one.image["url"], _image(one, looked))


def _image(one: Unseen, looked: Probed) -> dict[str, Any]:
    """Return a picture with what was seen of it, nothing where a mail cannot show it."""
    if looked.uncertain:
        tries = one.image.get("tries", 0) + 1
        return {**one.image, **({"seen": True} if tries >= _MOST_TRIES else {"tries": tries})}
    if not looked.ok:
        log.info("source %s: the picture %s is left out: %s", one.source_id, one.image["url"], looked.reason)
        return {}
    size = {"width": looked.width, "height": looked.height} if looked.width else {}
    return {**one.image, **size, "seen": True}
