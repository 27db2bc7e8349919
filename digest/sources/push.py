"""What a newsroom's own system pushes: a JSON article and a signed request go in, an article and whether to believe it come out."""

import hashlib
import hmac
import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from digest.config import SourceTable, explain
from digest.errors import ConfigError, UsageError
from digest.sources import entry, text, urls
from digest.sources.entry import Entry, Head
from digest.sources.http import Http
from digest.sources.pictures import Candidate
from digest.values import Fetched, FetchedArticle, SourceState

KIND = "push"
MOST_ARTICLES = 500
SKEW = timedelta(minutes=5)
_SHORTEST_SECRET = 16
_ID_MAX, _URL_MAX, _BODY_MAX, _SUMMARY_MAX, _NAME_MAX = 500, 2048, 500_000, 2000, 200
_LARGEST = 2**63 - 1
_STAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"sha256=([0-9a-fA-F]{64})")


class Push:
    """A source of kind `push`: secret or secret_file, previous. Its articles come by themselves, so there is nothing to ask for."""

    def __init__(self, table: SourceTable, http: Http) -> None:
        """Check the table's own keys, and that it has no address. Raises ConfigError."""
        del http
        _keys(table)
        if table.url:
            raise ConfigError(
                f"“sources.{table.id}.url” is given, but a source of kind push is not asked.",
                hint="Leave it out, or make it a source of another kind.",
            )

    def fetch(self, state: SourceState) -> Fetched:
        """Return that nothing changed: what there is was pushed."""
        del state
        return Fetched(unchanged=True)


class _Keys(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    secret: SecretStr | None = None
    secret_file: Path | None = None
    previous: tuple[SecretStr, ...] = ()


def secrets_of(table: SourceTable, folder: Path) -> tuple[bytes, ...]:
    """Return the keys that sign a source's pushes, the newest first; a file holds one a line and counts from `folder`.

    Raises ConfigError when there is none, or one that could be guessed.
    """
    keys = _keys(table)
    given = [keys.secret.get_secret_value()] if keys.secret else []
    if keys.secret_file is not None:
        given += _lines(table, folder / keys.secret_file)
    given += [one.get_secret_value() for one in keys.previous]
    hint = "Make one with `openssl rand -hex 32`."
    if not given:
        raise ConfigError(f"“sources.{table.id}.secret” is missing.", hint=hint)
    if min(len(one) for one in given) < _SHORTEST_SECRET:
        raise ConfigError(f"A secret of sources.{table.id} is shorter than {_SHORTEST_SECRET} characters.", hint=hint)
    return tuple(one.encode() for one in given)


def fresh(stamp: str, now: datetime) -> bool:
    """Say whether a `Digest-Timestamp` (seconds since 1970) is within five minutes of `now`."""
    return bool(_STAMP.fullmatch(stamp)) and abs(now.timestamp() - int(stamp)) <= SKEW.total_seconds()


def verified(secrets: Sequence[bytes], signature: str, stamp: str, method: str, path: str, body: bytes) -> str:
    """Return the signature in the one form that is remembered, empty when no key made it.

    What is signed is the time, the method, the path and the body: a signed body alone could be sent to another article's address.
    """
    found = _SIGNATURE.fullmatch(signature)
    if found is None:
        return ""
    signed = f"{stamp}.{method} {path}.".encode() + body
    made = [hmac.new(secret, signed, hashlib.sha256).hexdigest() for secret in secrets]
    given = found[1].lower()
    return given if any([hmac.compare_digest(one, given) for one in made]) else ""  # noqa: C419 -- no early end to time


def _one_line(value: str) -> str:
    if not text.squeezed(value):
        raise ValueError("is empty")
    return value


def _clean(value: str) -> str:
    if value != text.squeezed(value):
        raise ValueError("holds control characters or blanks at its ends")
    if len(value.encode()) > _ID_MAX:
        raise ValueError(f"is longer than {_ID_MAX} bytes")
    return value


def _zero_is_false(value: object) -> object:
    return False if type(value) is int and value == 0 else value


def _web_address(value: str) -> str:
    if not urls.canonical(value):
        raise ValueError("is no http or https address")
    return value


def _moment(value: str) -> str:
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError("is no ISO 8601 time such as 2026-11-24T07:30:00+01:00") from error
    return value


_Moment = Annotated[str, Field(max_length=40), AfterValidator(_moment)]
_Address = Annotated[str, Field(max_length=_URL_MAX), AfterValidator(_web_address)]
_Name = Annotated[str, Field(max_length=_NAME_MAX), AfterValidator(_one_line)]
_Id = Annotated[str, Field(min_length=1), AfterValidator(_clean)]


class PushedImage(BaseModel):
    """A picture; width and height in pixels."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    url: _Address
    alt: Annotated[str, Field(max_length=_SUMMARY_MAX)] = ""
    width: Annotated[int, Field(ge=1)] | None = None
    height: Annotated[int, Field(ge=1)] | None = None


class PushedArticle(BaseModel):
    """An article as it is pushed. Of markup only the text and the first picture are kept.

    `revision` grows with each change; `settle` false lets the article into the next edition without its source's settling time.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    url: _Address
    title: Annotated[str, Field(max_length=text.TITLE_MAX), AfterValidator(_one_line)]
    summary: Annotated[str, Field(max_length=_SUMMARY_MAX)] = ""
    content_html: Annotated[str, Field(max_length=_BODY_MAX)] = ""
    content_text: Annotated[str, Field(max_length=_BODY_MAX)] = ""
    authors: Annotated[list[_Name], Field(max_length=20)] = []
    categories: Annotated[list[_Name], Field(max_length=50)] = []
    lead_category: Annotated[str, Field(max_length=_NAME_MAX)] = ""
    image: PushedImage | None = None
    published: _Moment | None = None
    updated: _Moment | None = None
    language: Annotated[str, Field(pattern=r"^([A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*)?$")] = ""
    paywalled: bool = False
    breaking: bool = False
    sticky: bool = False
    priority: Annotated[int, Field(ge=0, le=100)] = 0
    revision: Annotated[int, Field(ge=0, le=_LARGEST)] | None = None
    settle: Annotated[bool, BeforeValidator(_zero_is_false)] = True
    translation_group: Annotated[str, Field(max_length=_NAME_MAX)] = ""


class BatchArticle(PushedArticle):
    """An article of a batch: with the id that a single one has in its path."""

    id: _Id


def is_id(value: str) -> bool:
    """Say whether an article can have this id."""
    return bool(value) and value == text.squeezed(value) and len(value.encode()) <= _ID_MAX


def article(document: object) -> FetchedArticle:
    """Make an article of a pushed JSON document that has its `id`. Raises UsageError with one sentence on the first fault."""
    try:
        pushed = BatchArticle.model_validate(document)
    except ValidationError as error:
        raise UsageError(_sentence(error)) from error
    return _article(pushed, pushed.id)


def _article(pushed: PushedArticle, external_id: str) -> FetchedArticle:
    """Take the same road as a feed's entry, so that the same limits and rules hold."""
    lead = text.line(pushed.lead_category)
    image = pushed.image
    found = entry.article(
        Entry(
            link=pushed.url,
            title=pushed.title,
            summary=pushed.summary,
            content=pushed.content_html or _markup(pushed.content_text),
            authors=tuple(pushed.authors),
            categories=tuple(pushed.categories),
            published=pushed.published or "",
            updated=pushed.updated or "",
            images=(Candidate(image.url, image.alt, image.width, image.height),) if image else (),
        ),
        Head(language=pushed.language),
        pushed.url,
    )
    return replace(
        found,
        external_id=external_id,
        categories=tuple(dict.fromkeys((*([lead] if lead else []), *found.categories))),
        lead_category=lead,
        paywalled=pushed.paywalled,
        breaking=pushed.breaking,
        sticky=pushed.sticky,
        priority=pushed.priority,
        revision=pushed.revision,
        settles=pushed.settle,
        translation_group=text.line(pushed.translation_group),
    )


def _markup(plain: str) -> str:
    """Write plain text as markup: empty lines part its paragraphs."""
    return "".join(f"<p>{html.escape(one)}</p>" for one in re.split(r"\n\s*\n", plain) if one.strip())


def _keys(table: SourceTable) -> _Keys:
    try:
        return _Keys.model_validate(dict(table.rest))
    except ValidationError as error:
        raise ConfigError(f"sources.{table.id} of kind push: {explain(error)}") from error


def _lines(table: SourceTable, file: Path) -> Iterable[str]:
    try:
        return [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise ConfigError(
            f"sources.{table.id}.secret_file {file} cannot be read.", hint=f"{error.strerror}."
        ) from error


def _sentence(error: ValidationError) -> str:
    """Say what is wrong with the first field that is."""
    first: Any = error.errors(include_url=False)[0]
    place = ".".join(str(step) for step in first["loc"])
    message = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    match first["type"]:
        case "extra_forbidden":
            return f"“{place}” is no field of an article."
        case "missing":
            return f"“{place}” is missing."
        case "model_type" | "model_attributes_type":
            return "An article is a JSON object."
        case _:
            return f"“{place}”: {message[0].lower()}{message[1:]}."
