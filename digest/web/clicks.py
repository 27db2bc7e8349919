"""The way from a mail to an article where clicks are counted: the link names an article, never a reader."""

import re

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse

from digest.errors import TokenError
from digest.runtime import Runtime
from digest.store import clicks
from digest.tokens import TokenType

_FOUND = 302
_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
_ROBOT = re.compile(
    r"(?<!cu)bot\b|crawl|spider|preview|prefetch|scan|monitor|headless|curl/|wget/|python|java/|go-http|okhttp|libwww|googleimageproxy"
    r"|facebookexternalhit|proofpoint|barracuda|mimecast|safelinks",
    re.IGNORECASE,
)


def routes(runtime: Runtime) -> APIRouter:
    """Return the links' route."""
    router = APIRouter()

    @router.api_route("/c/{token}", methods=["GET", "HEAD"])
    def follow(request: Request, token: str) -> RedirectResponse:
        """Lead to the article; count one for it today, unless this is no person's doing or clicks are not counted (any more)."""
        try:
            article_id = runtime.tokens.read(TokenType.ARTICLE, token, runtime.clock())
        except TokenError as error:
            raise HTTPException(404, "This link is no longer valid") from error
        with runtime.store.reading() as session:
            found = clicks.target(session, article_id)
        if found is None:
            raise HTTPException(404, "This article is no longer here")
        article_id, url = found
        if runtime.settings.tracking.clicks and _by_a_person(request):
            with runtime.store.writing() as session:
                clicks.count(session, article_id, runtime.clock().date())
        return RedirectResponse(url, status_code=_FOUND, headers=_HEADERS)

    return router


def _by_a_person(request: Request) -> bool:
    """Say whether nothing shows that a machine looks ahead; a scanner that poses as a browser cannot be told."""
    headers = request.headers
    ahead = any(
        "prefetch" in headers.get(name, "").lower() or "preview" in headers.get(name, "").lower()
        for name in ("purpose", "sec-purpose", "x-purpose", "x-moz")
    )
    agent = headers.get("user-agent", "")
    return request.method == "GET" and not ahead and bool(agent) and not _ROBOT.search(agent)
