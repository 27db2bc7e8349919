"""What stands around every page of the desk: its newsletters, what needs attention, and whether the scheduler ticks."""

from dataclasses import dataclass
from datetime import datetime

from digest.config import Newsletter
from digest.runtime import Runtime
from digest.store import heartbeats, sources


@dataclass(frozen=True, slots=True)
class Frame:
    """The navigation's values; `attention` counts sources that could not be read."""

    brand: str
    tagline: str
    newsletters: tuple[Newsletter, ...]
    attention: int
    beat: datetime | None


def frame(runtime: Runtime) -> Frame:
    """Read what every page shows."""
    settings = runtime.settings
    with runtime.store.reading() as session:
        attention = sum(1 for row in sources.rows(session).values() if row.error)
        beat = heartbeats.beats(session).get("scheduler")
    return Frame(
        brand=settings.site.name,
        tagline=settings.newsletters[0].tagline if len(settings.newsletters) == 1 else "",
        newsletters=settings.newsletters,
        attention=attention,
        beat=beat,
    )
