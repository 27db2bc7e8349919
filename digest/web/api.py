"""The push API: a newsroom's own system sends signed JSON, each request is answered with what became of its articles."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, assert_never

from fastapi import APIRouter, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from digest import __version__
from digest.config import SourceTable
from digest.errors import UsageError
from digest.pipeline import pushing
from digest.pipeline.pushing import Outcome, ReplayError
from digest.runtime import Runtime
from digest.sources import push
from digest.values import FetchedArticle
from digest.web.bodies import bounded

PREFIX = "/api/v1"
_BODY_LIMIT = 5 * 1024 * 1024
_AT_ONCE = 4  # pushes worked on side by side: a flood of them leaves the pages their threads
_NOBODY = b"no source has this key, but comparing with it takes as long"
_REFUSED = "The signature is not one of this source's keys."
T = TypeVar("T")


class Fault(BaseModel):
    """Why a request was refused, in one sentence."""

    error: str


class Result(BaseModel):
    """What became of one article: new, changed or unchanged; else the error, with the status that it has alone."""

    id: str
    status: int
    result: str = ""
    error: str = ""


class Results(BaseModel):
    """What became of each article of a batch, in its order."""

    results: list[Result]


class Batch(BaseModel):
    """Up to 500 articles, each with its id."""

    articles: list[push.BatchArticle]


_FAULTS: dict[int | str, dict[str, Any]] = {
    400: {"model": Fault, "description": "The body is no JSON"},
    401: {"model": Fault, "description": "No valid signature of this source, or a time more than five minutes away"},
    409: {
        "model": Fault,
        "description": "An older revision, another content under the same one, or a replayed request",
    },
    413: {"model": Fault, "description": "More than 5 MiB, or more than 500 articles"},
    422: {"model": Fault, "description": "The article has a fault"},
}


def routes(runtime: Runtime) -> APIRouter:
    """Return the routes of the API. Raises ConfigError when a push source has no usable key."""
    router = APIRouter(prefix=PREFIX)
    door = _Door(runtime)
    at_once = asyncio.Semaphore(_AT_ONCE)

    async def work(what: Callable[[], T]) -> T:
        async with at_once:
            return await run_in_threadpool(what)

    @router.put(
        "/articles/{source}/{article_id:path}",
        responses={
            200: {"model": Result, "description": "It was known: changed, or unchanged"},
            201: {"model": Result, "description": "It is new"},
            410: {"model": Fault, "description": "It was removed here long ago and does not come back"},
            **_FAULTS,
        },
        openapi_extra=_body("PushedArticle"),
    )
    async def put(request: Request, source: str, article_id: str) -> JSONResponse:
        """Create an article, or bring it up to date; sent again unchanged it changes nothing."""
        table, signature, body = await door.opened(request, source)

        def one() -> Result:
            return _stored(runtime, table, signature, [_with_id(_json(body), article_id)])[0]

        return _answer(await work(one))

    @router.delete(
        "/articles/{source}/{article_id:path}",
        status_code=204,
        response_class=Response,
        responses={
            404: {"model": Fault, "description": "No such article was pushed"},
            401: _FAULTS[401],
            409: {"model": Fault, "description": "A replayed request"},
            "4XX": {"model": Fault, "description": "Any other fault"},
        },
        openapi_extra=_signed(),
    )
    async def delete(request: Request, source: str, article_id: str) -> Response:
        """Withdraw an article: no edition that is not frozen yet will print it."""
        table, signature, _ = await door.opened(request, source)
        known = push.is_id(article_id) and await work(
            lambda: _once(lambda: pushing.withdraw(runtime, table, signature, article_id))
        )
        if not known:
            raise HTTPException(404, "No article of this id was pushed")
        return Response(status_code=204)

    @router.post(
        "/articles/{source}",
        responses={200: {"model": Results, "description": "What became of each"}, **_FAULTS},
        openapi_extra=_body("Batch"),
    )
    async def batch(request: Request, source: str) -> JSONResponse:
        """Create or bring up to date many articles; one with a fault keeps no other back."""
        table, signature, body = await door.opened(request, source)
        results = await work(lambda: _stored(runtime, table, signature, _listed(_json(body))))
        return JSONResponse({"results": [_said(one) for one in results]})

    @router.get("/openapi.json", include_in_schema=False)
    def document() -> JSONResponse:
        """Describe these routes (OpenAPI 3.1)."""
        return JSONResponse(_document(router))

    return router


class _Door:
    """Lets in what a source's own key signed. Whether a source exists is not told to who has none."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        folder = runtime.settings.folder
        self._tables = {table.id: table for table in runtime.settings.sources if table.kind == push.KIND}
        self._secrets = {id_: push.secrets_of(table, folder) for id_, table in self._tables.items()}

    async def opened(self, request: Request, source: str) -> tuple[SourceTable, str, bytes]:
        """Return the source, the signature to remember and the body. Raises HTTPException 401, 413."""
        stamp = request.headers.get("digest-timestamp", "")
        given = request.headers.get("digest-signature", "")
        if not stamp or not given:
            raise _unauthorised("The headers Digest-Timestamp and Digest-Signature are missing.")
        if not push.fresh(stamp, self._runtime.clock()):
            raise _unauthorised("Digest-Timestamp is more than five minutes away from the time here.")
        body = await bounded(request, _BODY_LIMIT)
        path = request.scope.get("raw_path", request.url.path.encode()).decode("ascii", "replace")
        secrets = self._secrets.get(source, (_NOBODY,))
        signature = push.verified(secrets, given, stamp, request.method, path, body)
        if not signature or source not in self._tables:
            raise _unauthorised(_REFUSED)
        return self._tables[source], signature, body


def _unauthorised(sentence: str) -> HTTPException:
    return HTTPException(401, sentence, headers={"WWW-Authenticate": "HMAC-SHA256"})


def _json(body: bytes) -> Any:  # noqa: ANN401 -- whatever was sent
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "The body is no JSON.") from error


def _with_id(document: object, article_id: str) -> object:
    if not isinstance(document, dict):
        return document
    if document.get("id", article_id) != article_id:
        raise HTTPException(422, "“id” is not that of the address.")
    return {**document, "id": article_id}


def _listed(document: object) -> list[object]:
    found = document.get("articles") if isinstance(document, dict) and len(document) == 1 else None
    if not isinstance(found, list):
        raise HTTPException(422, "A batch is a JSON object with a list of “articles” and nothing else.")
    if len(found) > push.MOST_ARTICLES:
        raise HTTPException(413, f"A batch holds {push.MOST_ARTICLES} articles at most.")
    return found


def _stored(runtime: Runtime, table: SourceTable, signature: str, documents: Sequence[object]) -> list[Result]:
    """Read each document, keep those that are articles, and answer for all of them in order."""
    read = [_read(one) for one in documents]
    good = [one for one in read if isinstance(one, FetchedArticle)]
    outcomes = iter(_once(lambda: pushing.store(runtime, table, signature, good)))
    return [_result(one.external_id, next(outcomes)) if isinstance(one, FetchedArticle) else one for one in read]


def _read(document: object) -> FetchedArticle | Result:
    try:
        return push.article(document)
    except UsageError as error:
        given = document.get("id") if isinstance(document, Mapping) else None
        return Result(id=given if isinstance(given, str) else "", status=422, error=error.detail)


def _once(what: Callable[[], T]) -> T:
    try:
        return what()
    except ReplayError as error:
        raise HTTPException(409, str(error)) from error


def _result(id_: str, outcome: Outcome) -> Result:
    match outcome:
        case Outcome.NEW:
            return Result(id=id_, status=201, result="new")
        case Outcome.CHANGED | Outcome.UNCHANGED:
            return Result(id=id_, status=200, result=outcome.value)
        case Outcome.OLDER:
            return Result(id=id_, status=409, error="A later revision of it is here already.")
        case Outcome.DIFFERENT:
            return Result(id=id_, status=409, error="This revision of it is here already, with another content.")
        case Outcome.TWICE:
            return Result(id=id_, status=409, error="Its id comes twice in the batch; the first was taken.")
        case Outcome.GONE:
            return Result(id=id_, status=410, error="It was removed here long ago and does not come back.")
        case _:
            assert_never(outcome)


def _said(result: Result) -> dict[str, Any]:
    return result.model_dump(exclude_defaults=True)


def _answer(result: Result) -> JSONResponse:
    said = {"error": result.error} if result.error else _said(result)
    return JSONResponse(said, status_code=result.status)


def _signed() -> dict[str, Any]:
    """Describe the two headers."""
    headers = {
        "Digest-Timestamp": "Seconds since 1970, within five minutes of the server's time",
        "Digest-Signature": "sha256= and the HMAC-SHA256 (hexadecimal digits, under the source's secret) of: the time stamp, a full stop, "
        "the method, a blank, the path as it is sent, a full stop, the body",
    }
    return {
        "parameters": [
            {"name": name, "in": "header", "required": True, "description": text, "schema": {"type": "string"}}
            for name, text in headers.items()
        ]
    }


def _body(model: str) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{model}"}
    return {**_signed(), "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _document(router: APIRouter) -> dict[str, Any]:
    """Describe the routes, with the bodies that they read by themselves."""
    found = get_openapi(title="newsroom-digest", version=__version__, routes=router.routes)
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    for model in (push.PushedArticle, Batch):
        own = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= own.pop("$defs", {})
        schemas[model.__name__] = own
    return found
