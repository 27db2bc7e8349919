"""Signing in to the desk: a link that works once becomes a session, known to us only by the hash of its cookie."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from digest.errors import TokenError
from digest.models import User
from digest.runtime import Runtime
from digest.store import users
from digest.tokens import TokenType
from digest.web.pages import Pages

COOKIE = "digest_desk"
LIFETIME = timedelta(days=14)
_SEE_OTHER = 303


class SignInNeededError(HTTPException):
    """Nobody is signed in."""

    def __init__(self) -> None:
        """Answer with 401."""
        super().__init__(401, "Sign in first: ask for a link with “digest users link ADDRESS”")


def routes(runtime: Runtime, pages: Pages) -> APIRouter:
    """Return the pages of signing in and out."""
    router = APIRouter(prefix="/desk")

    @router.get("/sign-in/{token}")
    def ask(token: str) -> HTMLResponse:
        """Show the button; looking uses nothing up."""
        _link(runtime, token)
        return pages.show("desk/sign_in.html", runtime, headers={"Cache-Control": "no-store"})

    @router.post("/sign-in/{token}")
    def sign_in(request: Request, token: str) -> Response:
        """Use the link up and open a session."""
        check_origin(request)
        cookie, now = secrets.token_urlsafe(32), runtime.clock()
        with runtime.store.writing() as session:
            user_id = users.use_link(session, _link(runtime, token), now)
            if user_id is None:
                raise HTTPException(
                    404, "This link was used or is too old: ask for a new one with “digest users link ADDRESS”"
                )
            users.open_session(session, _hash(cookie), user_id, now, now + LIFETIME)
        answer = RedirectResponse("/desk/today", status_code=_SEE_OTHER)
        answer.set_cookie(
            COOKIE,
            cookie,
            max_age=int(LIFETIME.total_seconds()),
            path="/desk",
            secure=request.url.scheme == "https" or runtime.settings.site.url.startswith("https:"),
            httponly=True,
            samesite="lax",
        )
        return answer

    @router.post("/sign-out")
    def sign_out(request: Request) -> Response:
        """End the session."""
        check_origin(request)
        with runtime.store.writing() as session:
            users.close_session(session, _hash(request.cookies.get(COOKIE, "")))
        answer = RedirectResponse("/", status_code=_SEE_OTHER)
        answer.delete_cookie(COOKIE, path="/desk")
        return answer

    return router


def signed_in(runtime: Runtime) -> Callable[[Request], User]:
    """Return what a page of the desk depends on: who is signed in. Raises SignInNeededError."""

    def who(request: Request) -> User:
        cookie = request.cookies.get(COOKIE, "")
        with runtime.store.reading() as session:
            user = users.of_session(session, _hash(cookie), runtime.clock()) if cookie else None
        if user is None:
            raise SignInNeededError
        return user

    return who


def check_origin(request: Request) -> None:
    """Refuse a form that another site sends in a reader's name. Looking at a page is no form. Raises HTTPException 403."""
    if request.method in {"GET", "HEAD"}:
        return
    origin = request.headers.get("origin", "null")
    if origin != "null" and urlsplit(origin).netloc != request.headers.get("host"):
        raise HTTPException(403, "This form came from another site")
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise HTTPException(403, "This form came from another site")


def _link(runtime: Runtime, token: str) -> int:
    try:
        return runtime.tokens.read(TokenType.SIGN_IN, token, runtime.clock())
    except TokenError as error:
        raise HTTPException(
            404, "This link was used or is too old: ask for a new one with “digest users link ADDRESS”"
        ) from error


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()
