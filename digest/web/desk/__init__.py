"""The editors' desk, for those who are signed in: one file for each page."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response

from digest.models import User
from digest.runtime import Runtime
from digest.web.auth import check_origin, signed_in
from digest.web.desk import deciding, sources, today
from digest.web.pages import Pages


def routes(runtime: Runtime, pages: Pages) -> APIRouter:
    """Return the desk's pages."""
    router = APIRouter(prefix="/desk", dependencies=[Depends(check_origin)])
    router.include_router(today.routes(runtime, pages))
    router.include_router(sources.routes(runtime, pages))
    router.include_router(deciding.routes(runtime))

    @router.get("")
    def desk(user: Annotated[User, Depends(signed_in(runtime))]) -> Response:
        """Begin with today."""
        del user
        return RedirectResponse("/desk/today")

    return router
