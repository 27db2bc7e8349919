"""What an editor decides about an edition, one button each: approve, hold, release, cancel, reopen."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import RedirectResponse, Response

from digest import pipeline
from digest.models import Edition, User
from digest.runtime import Runtime
from digest.store import editions
from digest.values import EditionState
from digest.web.auth import signed_in

_SEE_OTHER = 303
_OPEN = (EditionState.PLANNED, EditionState.DRAFT)
_RUNNING = (*_OPEN, EditionState.FROZEN, EditionState.SENDING)


def decisions(edition: Edition | None, *, review: bool) -> list[tuple[str, str]]:
    """Return what can be decided about an edition now, as it stands in an address and as it stands on a button."""
    if edition is None:
        return []
    found = []
    if edition.state in _RUNNING:
        found.append(("hold", "Hold"))
    if edition.state == EditionState.HELD:
        found += [("release", "Release"), ("cancel", "Cancel")]
    if edition.state == EditionState.FROZEN:
        found.append(("reopen", "Open again"))
    if review and edition.state in _OPEN and edition.approved_at is None:
        found.append(("approve", "Approve"))
    return found


def routes(runtime: Runtime) -> APIRouter:
    """Return what the buttons do."""
    router = APIRouter()

    @router.post("/editions/{edition_id}/{decision}")
    def decide(edition_id: int, decision: str, user: Annotated[User, Depends(signed_in(runtime))]) -> Response:
        """Carry a decision out, and go back to the edition."""
        with runtime.store.reading() as session:
            edition = editions.get(session, edition_id)
        newsletter, day = runtime.settings.newsletter(edition.newsletter), edition.edition_date
        alert = edition.alert
        who = user.name or user.address
        match decision:
            case "approve":
                pipeline.approve(runtime, newsletter, day, alert=alert, by=who)
            case "hold":
                pipeline.hold(runtime, newsletter, day, alert=alert, reason=f"held by {who}")
            case "release":
                pipeline.release(runtime, newsletter, day, alert=alert)
            case "cancel":
                pipeline.cancel(runtime, newsletter, day, alert=alert, reason=f"cancelled by {who}")
            case "reopen":
                pipeline.reopen(runtime, newsletter, day, alert=alert)
            case _:
                raise HTTPException(404, "There is no such decision")
        return RedirectResponse(f"/desk/today?newsletter={edition.newsletter}", status_code=_SEE_OTHER)

    return router
