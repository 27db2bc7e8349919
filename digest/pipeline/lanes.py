"""Lanes as operators see them: those that rest or stopped, and opening one again."""

from digest.mail.lanes import LaneState, Phase
from digest.runtime import Runtime
from digest.store import lanes

WHOLE = lanes.WHOLE


def lanes_in_trouble(runtime: Runtime) -> list[tuple[str, LaneState]]:
    """Return the provider's lanes that are not open, with their states."""
    with runtime.store.reading() as session:
        found = lanes.listed(session, runtime.settings.provider.kind, runtime.clock())
    return [(lane, state) for lane, state in found if state.phase is not Phase.OPEN]


def open_lane(runtime: Runtime, lane: str) -> bool:
    """Open a lane by an operator's word; False when it was open."""
    with runtime.store.writing() as session:
        before = lanes.state(session, runtime.settings.provider.kind, lane, runtime.clock())
        lanes.open_again(session, runtime.settings.provider.kind, lane)
    return before.phase is not Phase.OPEN
