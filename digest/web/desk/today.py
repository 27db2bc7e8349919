"""Today's edition by section, what was left out and why, and its preview in a frame that can do nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal

from babel.dates import format_date
from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from digest import collect, compose, recurrence
from digest.config import Newsletter
from digest.errors import EditionError
from digest.models import Alarm, Edition, Pick, User
from digest.pipeline import Preview, preview
from digest.runtime import Runtime
from digest.store import alarms, audience, deliveries, editions, sources
from digest.store.base import Session
from digest.values import EditionState, LeftOut, LeftOutReason, Report
from digest.web.auth import signed_in
from digest.web.desk.deciding import decisions
from digest.web.desk.frame import frame
from digest.web.pages import Pages
from digest.web.public import mail_policy

_SOFT_LIMIT, _HARD_LIMIT = 92_000, 102_000
_FROZEN = (EditionState.FROZEN, EditionState.SENDING, EditionState.DONE)
_DARK = "@media (prefers-color-scheme:dark)"
View = Literal["desktop", "phone", "text"]
Scheme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the day's timeline: done, now or to come."""

    name: str
    detail: str
    state: Literal["done", "now", "later"]


def routes(runtime: Runtime, pages: Pages) -> APIRouter:
    """Return the page of the next edition, and the mail in its frame."""
    router = APIRouter()
    who = signed_in(runtime)

    @router.get("/today")
    def today(
        user: Annotated[User, Depends(who)], newsletter: str = "", view: View = "desktop", scheme: Scheme = "light"
    ) -> HTMLResponse:
        """Show the edition that is next, or the last one there is."""
        del user
        chosen = _newsletter(runtime, newsletter)
        values = _today(runtime, chosen)
        return pages.show("desk/today.html", runtime, view=view, scheme=scheme, frame=frame(runtime), **values)

    @router.get("/editions/{edition_id}/render")
    def render(
        edition_id: int, user: Annotated[User, Depends(who)], view: View = "desktop", scheme: Scheme = "light"
    ) -> Response:
        """Show the mail itself, its bytes with inert links; dark is the one change that is made to them."""
        del user
        with runtime.store.reading() as session:
            edition = editions.get(session, edition_id)
        shown = preview(runtime, edition.newsletter, edition.edition_date, alert=edition.alert)
        headers = {"Content-Security-Policy": mail_policy(), "Cache-Control": "no-store"}
        if view == "text":
            return PlainTextResponse(shown.text, headers=headers)
        markup = shown.html.replace(_DARK, "@media all") if scheme == "dark" else shown.html
        return HTMLResponse(markup, headers=headers)

    return router


def _today(runtime: Runtime, newsletter: Newsletter) -> dict[str, Any]:
    now = runtime.clock()
    with runtime.store.reading() as session:
        edition = editions.latest(session, newsletter.id)
        edition_id = edition.id if edition and edition.id else 0
        picks = _home_picks(session, edition)
        left = editions.left_out(session, edition_id)
        books = deliveries.report(session, edition) if edition else None
        readers = audience.count(session, newsletter.id)
        health = sources.rows(session)
        standing = [one for one in alarms.standing(session) if _is_about(one, newsletter)]
        number = edition.number if edition and edition.number else editions.next_number(session, newsletter.id)
    names = {section.id: section for section in newsletter.sections}
    shown = _preview(runtime, edition)
    return {
        "newsletter": newsletter,
        "edition": edition,
        "number": number,
        "title": _day_in_words(edition.edition_date if edition else recurrence.local_date(newsletter, now)),
        "steps": _steps(newsletter, edition, now, len(picks), len(left)) if edition else [],
        "facts": _facts(newsletter, edition, now, readers),
        "sections": _by_section(newsletter, picks),
        "names": {id_: section.name for id_, section in names.items()},
        "count": sum(1 for pick in picks if pick.kind in {"lead", "item"}),
        "left_out": [
            (article, compose.why(LeftOut(row.article_id, LeftOutReason(row.reason), row.detail)))
            for row, article in left
        ],
        "decisions": decisions(edition, review=newsletter.review == "approve"),
        "alarms": standing,
        "shown": shown,
        "size": len(shown.html.encode()) if shown else 0,
        "soft": _SOFT_LIMIT,
        "hard": _HARD_LIMIT,
        "books": books if books and books.candidates else None,
        "excluded": _excluded(books),
        "readers": readers,
        "failing": [row for row in health.values() if row.error],
    }


def _is_about(alarm: Alarm, newsletter: Newsletter) -> bool:
    """Say whether an alarm is about a newsletter; a source may have the same id."""
    return alarm.kind not in set(collect.Trouble) and alarm.subject.partition("/")[0] == newsletter.id


def _home_picks(session: Session, edition: Edition | None) -> list[Pick]:
    """Return the picks of a reader of everything; once frozen, an edition has those of all other groups beside them."""
    if edition is None or edition.id is None:
        return []
    picks = editions.picks(session, edition.id)
    if edition.home_rendering_id is None:
        return picks
    home = {place.article_id for place in editions.recipe(session, edition.home_rendering_id).placed}
    return [pick for pick in picks if pick.article_id in home]


def _preview(runtime: Runtime, edition: Edition | None) -> Preview | None:
    """Return what there is to see; a quiet or skipped day has nothing."""
    if edition is None:
        return None
    try:
        return preview(runtime, edition.newsletter, edition.edition_date)
    except EditionError:
        return None


def _by_section(newsletter: Newsletter, picks: list[Pick]) -> list[tuple[str, str, list[Pick]]]:
    """Return the lead, then each section with its picks, in the order of printing."""
    lead = [pick for pick in picks if pick.kind == "lead"]
    groups = [("lead", "Lead", lead)] if lead else []
    for section in newsletter.sections:
        found = [pick for pick in picks if pick.kind == "item" and pick.section_id == section.id]
        if found:
            groups.append((section.id, section.name, sorted(found, key=lambda pick: pick.position)))
    return groups


def _steps(newsletter: Newsletter, edition: Edition, now: datetime, chosen: int, left: int) -> list[Step]:
    frozen = edition.state in _FROZEN

    def clock(moment: datetime | None) -> str:
        return f"{moment.astimezone(recurrence.zone(newsletter)):%H:%M}" if moment else ""

    out = edition.state in {EditionState.SENDING, EditionState.DONE}
    return [
        Step(
            "Selected",
            f"{clock(edition.drafted_at)} · {chosen} in, {left} out",
            "done" if edition.drafted_at else "later",
        ),
        Step("Review", f"until {clock(edition.freeze_at)}", "done" if frozen or now >= edition.freeze_at else "now"),
        Step(
            "Freeze",
            f"{clock(edition.frozen_at or edition.freeze_at)} · list and text locked",
            "done" if frozen else "later",
        ),
        Step("Goes out", clock(edition.started_at or edition.slot_at), "done" if out else "later"),
        Step("Done", clock(edition.finished_at), "done" if edition.state == EditionState.DONE else "later"),
    ]


def _facts(newsletter: Newsletter, edition: Edition | None, now: datetime, readers: int) -> list[tuple[str, str]]:
    facts = [(f"{readers:,}", "subscribers")]
    if edition is None:
        return facts
    here = recurrence.zone(newsletter)
    if edition.state in {EditionState.PLANNED, EditionState.DRAFT}:
        left = max(edition.freeze_at - now, edition.freeze_at - edition.freeze_at)
        minutes, seconds = divmod(int(left.total_seconds()), 60)
        facts.insert(0, (f"{edition.slot_at.astimezone(here):%H:%M}", "goes out by itself"))
        facts.insert(0, (f"{minutes}:{seconds:02}", "until the edition freezes"))
    else:
        facts.insert(0, (edition.state, edition.reason.replace("_", " ") or "state of the edition"))
    return facts


def _excluded(books: Report | None) -> Mapping[str, int]:
    return (
        {str(reason).replace("_", " "): number for reason, number in books.excluded.items() if number} if books else {}
    )


def _day_in_words(day: date) -> str:
    return str(format_date(day, "EEEE, d MMMM y", locale="en_GB"))


def _newsletter(runtime: Runtime, newsletter_id: str) -> Newsletter:
    found = [one for one in runtime.settings.newsletters if one.id == newsletter_id or not newsletter_id]
    if not found:
        raise HTTPException(404, "There is no such newsletter")
    return found[0]
