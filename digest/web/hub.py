"""Where hubs call back (W3C WebSub): their question whether we asked, and what they push."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, Response

from digest.pipeline import hubs
from digest.runtime import Runtime
from digest.web.bodies import bounded

_BODY_LIMIT = 10 * 1024 * 1024
_UNKNOWN = "Nothing is asked for here"


def routes(runtime: Runtime) -> APIRouter:
    """Return the callback's routes."""
    router = APIRouter()

    @router.get("/websub/{token}")
    def verify(request: Request, token: str) -> PlainTextResponse:
        """Answer with the challenge where we asked. The one page that changes something when it is fetched: the protocol wants it so."""
        challenge = hubs.verify(runtime, token, dict(request.query_params))
        if challenge is None:
            raise HTTPException(404, _UNKNOWN)
        return PlainTextResponse(challenge, headers={"Cache-Control": "no-store"})

    @router.post("/websub/{token}")
    async def receive(request: Request, token: str) -> Response:
        """Take a push. What is signed wrongly gets the same answer."""
        body = await bounded(request, _BODY_LIMIT)
        signature = request.headers.get("x-hub-signature", "")
        content_type = request.headers.get("content-type", "")
        if not await run_in_threadpool(hubs.receive, runtime, token, signature, body, content_type):
            raise HTTPException(404, _UNKNOWN)
        return Response(status_code=202)

    return router
