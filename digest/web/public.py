"""The readers' pages: no page changes anything by being looked at, and none tells whether an address is known."""

from datetime import date
from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Form, HTTPException, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, PlainTextResponse

from digest import subscribe
from digest.config import Newsletter
from digest.errors import AddressError, TokenError, UsageError
from digest.models import Edition, Subscriber, Subscription
from digest.pipeline import preview
from digest.runtime import Runtime
from digest.store import editions, subscribers
from digest.tokens import TokenType
from digest.values import EditionState, SubscriptionState
from digest.web.pages import Pages

_PRIVATE = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}
_SHOWN = (EditionState.FROZEN, EditionState.SENDING, EditionState.DONE)
_MAIL_POLICY = (
    "default-src 'none'; img-src https: http://127.0.0.1:* http://localhost:* 'self'; style-src 'unsafe-inline'; "
    "frame-ancestors 'self'; base-uri 'none'"
)


def routes(runtime: Runtime, pages: Pages) -> APIRouter:  # noqa: C901 -- one small function for each page
    """Return the readers' pages."""
    router = APIRouter()

    @router.get("/")
    def front() -> HTMLResponse:
        """Say what there is to read, and offer it."""
        return pages.show("public/subscribe.html", runtime, **_form(runtime, None))

    @router.get("/subscribe")
    def show_form(newsletter: str = "") -> HTMLResponse:
        """Show the form."""
        return pages.show("public/subscribe.html", runtime, **_form(runtime, _newsletter(runtime, newsletter)))

    @router.post("/subscribe")
    def take_form(
        request: Request,
        email: Annotated[str, Form()] = "",
        newsletter: Annotated[str, Form()] = "",
        sections: Annotated[list[str] | None, Form()] = None,
        website: Annotated[str, Form()] = "",
    ) -> HTMLResponse:
        """Ask the address to confirm. The same answer for known and unknown; the field that people do not see stays empty."""
        chosen = _newsletter(runtime, newsletter)
        if website:
            return pages.show("public/check.html", runtime, address=email)
        try:
            with runtime.store.writing() as session:
                outcome = subscribe.request(
                    session,
                    runtime.settings,
                    chosen,
                    email,
                    sections=sections or (),
                    language=chosen.language,
                    origin=_origin(request),
                    form="subscribe",
                    now=runtime.clock(),
                )
        except AddressError as error:
            values = _form(runtime, chosen, email=email, sections=sections, error=error.detail)
            return pages.show("public/subscribe.html", runtime, status=422, **values)
        return pages.show("public/check.html", runtime, address=outcome.address)

    @router.get("/confirm/{token}")
    def ask_confirm(token: str) -> HTMLResponse:
        """Show the button: mail scanners fetch links, people press buttons."""
        _, newsletter, _ = _subscription(runtime, TokenType.CONFIRM, token)
        return pages.show("public/confirm.html", runtime, headers=_PRIVATE, newsletter=newsletter, confirmed=False)

    @router.post("/confirm/{token}")
    def confirm(request: Request, token: str) -> HTMLResponse:
        """Let the subscription stand."""
        subscription, newsletter, _ = _subscription(runtime, TokenType.CONFIRM, token)
        if subscription.state == SubscriptionState.UNSUBSCRIBED:
            raise HTTPException(404, "This link is no longer valid")
        with runtime.store.writing() as session:
            subscribe.confirm(session, subscription.id or 0, origin=_origin(request), now=runtime.clock())
        return pages.show("public/confirm.html", runtime, headers=_PRIVATE, newsletter=newsletter, confirmed=True)

    @router.get("/u/{token}")
    def ask_unsubscribe(token: str) -> HTMLResponse:
        """Show the button; looking changes nothing."""
        subscription, _ = _named(runtime, TokenType.UNSUBSCRIBE, token)
        newsletter = _name(runtime, subscription)
        ended = subscription.state == SubscriptionState.UNSUBSCRIBED
        return pages.show(
            "public/unsubscribe.html", runtime, headers=_PRIVATE, newsletter=newsletter, ended=ended, token=token
        )

    @router.post("/u/{token}")
    async def unsubscribe(request: Request, token: str) -> Response:
        """End the subscription now: by one click from a mailbox (RFC 8058, in both of its forms), or by the page's button."""
        one_click, undo = await _read_click(request)
        return await run_in_threadpool(_end, runtime, pages, token, one_click=one_click, undo=undo)

    @router.get("/preferences/{token}")
    def show_preferences(token: str) -> HTMLResponse:
        """Show what the reader chose."""
        return _preferences(runtime, pages, token)

    @router.post("/preferences/{token}")
    def change_preferences(
        token: str, sections: Annotated[list[str] | None, Form()] = None, length: Annotated[str, Form()] = ""
    ) -> HTMLResponse:
        """Keep the sections and the length that the reader chose."""
        subscription, newsletter, _ = _subscription(runtime, TokenType.PREFERENCES, token)
        try:
            with runtime.store.writing() as session:
                subscribe.choose_sections(session, subscription.id or 0, newsletter, sections or ())
                if length:
                    subscribe.choose_length(session, subscription.id or 0, length)
        except UsageError as error:
            return _preferences(runtime, pages, token, error=f"{error.detail} {error.hint}", status=422)
        return _preferences(runtime, pages, token, saved=True)

    @router.get("/archive/{newsletter}/{day}")
    def archived(newsletter: str, day: date) -> HTMLResponse:
        """Show an edition as a web page: the home rendering's own bytes with inert links."""
        return _archived(runtime, newsletter, day)

    @router.get("/archive/{newsletter}/{day}/{alert}")
    def archived_alert(newsletter: str, day: date, alert: Annotated[int, Path(ge=1, le=99)]) -> HTMLResponse:
        """Show a breaking alert of a day as a web page."""
        return _archived(runtime, newsletter, day, alert)

    return router


def _archived(runtime: Runtime, newsletter: str, day: date, alert: int = 0) -> HTMLResponse:
    _newsletter(runtime, newsletter)
    with runtime.store.reading() as session:
        edition = editions.find(session, newsletter, day, alert)
    if edition is None or edition.state not in _SHOWN:
        raise HTTPException(404, "There is no such edition")
    shown = preview(runtime, newsletter, day, alert=alert)
    return HTMLResponse(shown.html, headers={"Content-Security-Policy": _MAIL_POLICY})


def mail_policy() -> str:
    """Return the policy under which a mail is shown: pictures and its own styles, nothing else."""
    return _MAIL_POLICY


def _end(runtime: Runtime, pages: Pages, token: str, *, one_click: bool, undo: bool) -> Response:
    subscription, _ = _named(runtime, TokenType.UNSUBSCRIBE, token)
    with runtime.store.writing() as session:
        if undo:
            ended = not subscribe.resubscribe(session, subscription.id or 0, now=runtime.clock())
        else:
            ended, how = True, "one_click" if one_click else "page"
            subscribe.unsubscribe(session, subscription.id or 0, how=how, now=runtime.clock())
    if one_click:
        return PlainTextResponse("You will get no more mail.\n", headers=_PRIVATE)
    return pages.show(
        "public/unsubscribe.html",
        runtime,
        headers=_PRIVATE,
        newsletter=_name(runtime, subscription),
        ended=ended,
        token=token,
    )


async def _read_click(request: Request) -> tuple[bool, bool]:
    """Read a form of either encoding: whether it is a mailbox's one click, and whether the page's undo."""
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        form = await request.form()
        values = {key: str(value) for key, value in form.items()}
    else:
        values = {key: found[-1] for key, found in parse_qs((await request.body()).decode("latin-1")).items()}
    return values.get("List-Unsubscribe") == "One-Click", values.get("undo") == "yes"


def _preferences(
    runtime: Runtime, pages: Pages, token: str, *, error: str = "", saved: bool = False, status: int = 200
) -> HTMLResponse:
    subscription, newsletter, subscriber = _subscription(runtime, TokenType.PREFERENCES, token)
    chosen = subscription.sections or [section.id for section in newsletter.sections]
    return pages.show(
        "public/preferences.html",
        runtime,
        status=status,
        headers=_PRIVATE,
        newsletter=newsletter,
        address=subscriber.address,
        active=subscription.state == SubscriptionState.ACTIVE,
        chosen=chosen,
        length=subscription.length,
        unsubscribe=f"/u/{runtime.tokens.mint(TokenType.UNSUBSCRIBE, subscription.id or 0)}",
        error=error,
        saved=saved,
    )


def _subscription(runtime: Runtime, kind: TokenType, token: str) -> tuple[Subscription, Newsletter, Subscriber]:
    """Return what a link's token names, with its newsletter, which must still be published."""
    subscription, subscriber = _named(runtime, kind, token)
    return subscription, _newsletter(runtime, subscription.newsletter), subscriber


def _name(runtime: Runtime, subscription: Subscription) -> str:
    """Return the newsletter's name; leaving one that is no longer published works for ever, under the site's name."""
    names = {one.id: one.name for one in runtime.settings.newsletters}
    return names.get(subscription.newsletter, runtime.settings.site.name)


def _named(runtime: Runtime, kind: TokenType, token: str) -> tuple[Subscription, Subscriber]:
    """Return what a link's token names; every wrong token gets the same answer."""
    try:
        row_id = runtime.tokens.read(kind, token, runtime.clock())
    except TokenError as error:
        raise HTTPException(404, "This link is no longer valid") from error
    with runtime.store.reading() as session:
        found = subscribers.by_id(session, row_id)
    if found is None:
        raise HTTPException(404, "This link is no longer valid")
    return found


def _newsletter(runtime: Runtime, newsletter_id: str) -> Newsletter:
    found = [one for one in runtime.settings.newsletters if one.id == newsletter_id or not newsletter_id]
    if not found:
        raise HTTPException(404, "There is no such newsletter")
    return found[0]


def _form(
    runtime: Runtime,
    newsletter: Newsletter | None,
    *,
    email: str = "",
    sections: list[str] | None = None,
    error: str = "",
) -> dict[str, Any]:
    newsletter = newsletter or _newsletter(runtime, "")
    return {
        "newsletter": newsletter,
        "newsletters": runtime.settings.newsletters,
        "email": email,
        "chosen": sections if sections is not None else [section.id for section in newsletter.sections],
        "error": error,
        "latest": _latest(runtime, newsletter),
    }


def _latest(runtime: Runtime, newsletter: Newsletter) -> Edition | None:
    with runtime.store.reading() as session:
        return next((one for one in editions.recent(session, newsletter.id, limit=10) if one.state in _SHOWN), None)


def _origin(request: Request) -> str:
    """Return where a request came from, cut short: enough as evidence, too little to follow a person."""
    host = request.client.host if request.client else ""
    if "." in host:
        return f"{host.rpartition('.')[0]}.0"
    return ":".join(host.split(":")[:3])
