"""What stands around every page of the desk: its newsletters, what needs attention, and whether the scheduler ticks."""

from dataclasses import dataclass
from datetime import datetime

from digest import collect
from digest.config import Newsletter
from digest.runtime import Runtime
from digest.store import heartbeats

_WELL = {"ok", "waiting"}


@dataclass(frozen=True, slots=True)
class Frame:
    """The navigation's values; `attention` counts the sources that are not as they should be."""

    brand: str
    tagline: str
    newsletters: tuple[Newsletter, ...]
    attention: int
    beat: datetime | None


def frame(runtime: Runtime) -> Frame:
    """Read what every page shows."""
    settings = runtime.settings
    with runtime.store.reading() as session:
        found = collect.overview(session, settings.sources, runtime.clock())
        beat = heartbeats.beats(session).get("scheduler")
    return Frame(
        brand=settings.site.name,
        tagline=settings.newsletters[0].tagline if len(settings.newsletters) == 1 else "",
        newsletters=settings.newsletters,
        attention=sum(1 for one in found if one.state not in _WELL),
        beat=beat,
    )
