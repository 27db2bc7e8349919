"""Where articles come from: how each source is doing, what it gave last, and which of two articles may be one story."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from digest import collect, pipeline
from digest.models import Article, User
from digest.runtime import Runtime
from digest.store import articles, near_duplicates
from digest.web.auth import signed_in
from digest.web.desk.frame import frame
from digest.web.pages import Pages

_NEWEST = 10
_SEE_OTHER = 303
_MISSING = (("summary", "no summary"), ("image", "no picture"), ("authors", "no author"))


def routes(runtime: Runtime, pages: Pages) -> APIRouter:
    """Return the page of the sources and what its buttons do."""
    router = APIRouter()
    who = signed_in(runtime)

    @router.get("/sources")
    def show(user: Annotated[User, Depends(who)]) -> HTMLResponse:
        """Show every source with its last fetch and its newest articles, those in trouble first."""
        del user
        with runtime.store.reading() as session:
            found = collect.overview(session, runtime.settings.sources, runtime.clock())
            newest = {one.id: articles.newest(session, one.id, _NEWEST) for one in found}
            alike = near_duplicates.standing(session)
        return pages.show(
            "desk/sources.html",
            runtime,
            frame=frame(runtime),
            sources=sorted(found, key=lambda one: one.state in {"ok", "waiting"}),
            newest={id_: [(row, _missing(row)) for row in rows] for id_, rows in newest.items()},
            alike=alike,
            now=runtime.clock(),
        )

    @router.post("/sources/{source_id}/fetch")
    def fetch(source_id: str, user: Annotated[User, Depends(who)]) -> Response:
        """Ask a source now, whatever its next time."""
        del user
        if source_id not in {table.id for table in runtime.settings.sources}:
            raise HTTPException(404, "There is no such source")
        pipeline.collect_now(runtime, [source_id])
        return RedirectResponse(f"/desk/sources#{source_id}", status_code=_SEE_OTHER)

    @router.post("/sources/alike")
    def answer(
        user: Annotated[User, Depends(who)],
        one: Annotated[int, Form()],
        other: Annotated[int, Form()],
        verdict: Annotated[str, Form(pattern="^(same|different)$")],
    ) -> Response:
        """Keep an editor's word on two articles that look alike."""
        del user
        keep = near_duplicates.confirm if verdict == "same" else near_duplicates.refuse
        with runtime.store.writing() as session:
            keep(session, one, other, runtime.clock())
        return RedirectResponse("/desk/sources#alike", status_code=_SEE_OTHER)

    return router


def _missing(row: Article) -> Sequence[str]:
    """Name what an article lacks for a good place in the mail."""
    found = [word for column, word in _MISSING if not getattr(row, column)]
    return [*found, *(["no date of its own"] if row.date_quality in {"missing", "implausible"} else [])]
