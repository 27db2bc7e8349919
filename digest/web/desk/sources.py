"""Where articles come from: how each source is doing, and what it gave last."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from digest.models import User
from digest.runtime import Runtime
from digest.store import sources
from digest.web.auth import signed_in
from digest.web.desk.frame import frame
from digest.web.pages import Pages


def routes(runtime: Runtime, pages: Pages) -> APIRouter:
    """Return the page of the sources."""
    router = APIRouter()

    @router.get("/sources")
    def show(user: Annotated[User, Depends(signed_in(runtime))]) -> HTMLResponse:
        """Show every source with its last fetch."""
        del user
        with runtime.store.reading() as session:
            rows = sources.rows(session)
        known = [(table, rows.get(table.id)) for table in runtime.settings.sources]
        return pages.show("desk/sources.html", runtime, frame=frame(runtime), sources=known, now=runtime.clock())

    return router
