"""Requests of `digest inspect`: files, or one JSON line each, go in; one JSON line each comes out, in order, whatever is wrong with one."""

import base64
import binascii
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from digest.clock import parse_instant, system_clock
from digest.errors import DigestError, UsageError

JsonlOption = Annotated[
    bool, typer.Option("--jsonl", help="Read one JSON request a line from standard input, answer one JSON line each.")
]
FilesArgument = Annotated[
    list[Path] | None, typer.Argument(metavar="[FILE]...", help="Files, or - for standard input.")
]
Request = Mapping[str, Any]


def answer(judge: Callable[[Request], dict[str, Any]], requests: Iterator[Request]) -> None:
    """Answer each request on a line of its own; a bad one answers its error, and the next is read."""
    for request in requests:
        try:
            found = judge(request) if "error" not in request else dict(request)
        except DigestError as error:
            found = {"error": str(error)}
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def requests(files: list[Path] | None, url: str, *, jsonl: bool) -> Iterator[Request]:
    """Yield what is asked: the lines of standard input, or each file as it would come from `url`."""
    if jsonl:
        return lines()
    return ({"body": base64.b64encode(body).decode(), "url": url} for body in _bodies(files))


def lines() -> Iterator[Request]:
    """Yield the requests of standard input, a line each; one that is none carries its error."""
    for line in sys.stdin.buffer:
        if not line.strip():
            continue
        try:
            request = json.loads(line)
        except ValueError:
            request = {"error": "The line is no JSON."}
        yield request if isinstance(request, dict) else {"error": "The line is no JSON object."}


def body_of(request: Request) -> bytes:
    """Return the decoded body of a request. Raises UsageError."""
    try:
        return base64.b64decode(str(request.get("body", "")), validate=True)
    except (binascii.Error, ValueError) as error:
        raise UsageError("“body” is no base64.") from error


def now_of(request: Request) -> datetime:
    """Return the instant that a request names, else this one. Raises UsageError."""
    return parse_instant(str(request["now"])) if request.get("now") else system_clock()


def _bodies(files: list[Path] | None) -> Iterator[bytes]:
    for file in files or [Path("-")]:
        try:
            yield sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        except OSError as error:
            raise UsageError(f"{file} cannot be read: {error.strerror}.") from error
