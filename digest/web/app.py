"""Joins the pages to one application: a runtime goes in, what a web server runs comes out."""

from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint

from digest import __version__
from digest.errors import DigestError, EditionError
from digest.runtime import Runtime
from digest.web import api, auth, clicks, desk, hub, public
from digest.web.pages import Pages

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'self'; form-action 'self'; base-uri 'none'",
}


def create_app(runtime: Runtime) -> FastAPI:
    """Return the application with all pages."""
    app = FastAPI(title="newsroom-digest", version=__version__, docs_url=None, redoc_url=None, openapi_url=None)
    pages = Pages()
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    app.include_router(public.routes(runtime, pages))
    app.include_router(auth.routes(runtime, pages))
    app.include_router(desk.routes(runtime, pages))
    for machine in (api, hub, clicks):
        app.include_router(machine.routes(runtime))

    @app.middleware("http")
    async def protect(request: Request, call_next: RequestResponseEndpoint) -> Response:
        """Send no address of ours to others, let no other site frame or fill our pages."""
        response = await call_next(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    @app.get("/healthz")
    def healthz() -> JSONResponse:
        """Say that the pages and the database answer."""
        try:
            runtime.store.check_current()
        except DigestError as error:
            return JSONResponse({"ok": False, "reason": str(error)}, status_code=503)
        return JSONResponse({"ok": True, "version": __version__})

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        """Show a plain page instead of a bare status; a program gets its sentence as JSON."""
        if request.url.path.startswith(api.PREFIX):
            return JSONResponse({"error": error.detail}, status_code=error.status_code, headers=error.headers)
        return pages.show("public/message.html", runtime, title=error.detail, text="", status=error.status_code)

    @app.exception_handler(DigestError)
    async def failed(request: Request, error: DigestError) -> Response:
        """Show the one sentence that an expected error has."""
        if request.url.path.startswith(api.PREFIX):
            return JSONResponse({"error": str(error)}, status_code=500)
        status = 409 if isinstance(error, EditionError) else 500
        return pages.show("public/message.html", runtime, title="That did not work", text=str(error), status=status)

    return app
