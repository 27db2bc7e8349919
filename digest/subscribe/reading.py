"""A list as CSV: its lines go in, one row or one refusal with its line number comes out for each record."""

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from digest.errors import UsageError

HEADING = ("email", "name", "newsletter", "sections", "frequency", "hour", "zone", "language", "state")
_MOST_LINES = 5  # of one record; a quotation mark that nobody closed swallows no more than its own line
_NOT_UTF8 = "is not in UTF-8: save the list as UTF-8 and import it again"
_Line = tuple[int, str | None]  # its number and text, None where it is not in UTF-8


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list, not yet judged."""

    line: int
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line that cannot be taken, and why."""

    line: int
    reason: str


def read_csv(lines: Iterable[bytes | str]) -> Iterator[Row | BadRow]:
    """Read a list with its heading (RFC 4180), in UTF-8 with or without a mark, separated by commas or semicolons.

    Raises UsageError for a heading that cannot be used; any other line that cannot be read keeps no other back.
    """
    numbered = _numbered(lines)
    heading, delimiter = _heading(numbered)
    for number, fields in _records(numbered, delimiter):
        if isinstance(fields, str):
            yield BadRow(number, fields)
        elif len(fields) > len(heading):
            yield BadRow(number, f"has {len(fields)} fields, the heading has {len(heading)}")
        elif fields:
            yield Row(number, dict(zip(heading, fields, strict=False)))


def _numbered(lines: Iterable[bytes | str]) -> Iterator[_Line]:
    """Yield lines that end in a line feed, whatever ended them before; a mark before the first is taken off."""
    number = 0
    for line in lines:
        for text in _plain(line):
            number += 1
            yield number, text.removeprefix("\ufeff") if number == 1 and text else text


def _plain(line: bytes | str) -> Iterator[str | None]:
    """Yield the lines in what may be a whole file, where carriage returns end them (a spreadsheet's “Macintosh” kind)."""
    text = _decoded(line)
    if text is None:
        yield None
    elif "\r" in text:
        yield from (f"{one}\n" for one in re.split(r"\r\n?|\n", re.sub(r"(\r\n?|\n)$", "", text)))
    else:
        yield text


def _decoded(line: bytes | str) -> str | None:
    try:
        return line.decode("utf-8") if isinstance(line, bytes) else line
    except UnicodeDecodeError:
        return None


def _heading(numbered: Iterator[_Line]) -> tuple[list[str], str]:
    """Return the columns and what separates them. Raises UsageError."""
    _, first = next(numbered, (1, ""))
    allowed = f"It may hold: {','.join(HEADING)}"
    if first is None or "\0" in first:
        raise UsageError("The list is not in UTF-8.", hint="Save it as CSV in UTF-8 and import it again.")
    if not first.strip():
        raise UsageError("The list is empty.", hint=f"Its first line is the heading: {','.join(HEADING)}")
    delimiter = ";" if first.count(";") > first.count(",") else ","
    fields = _fields(first, delimiter)
    if isinstance(fields, str):
        raise UsageError(f"The heading {fields}.", hint=allowed)
    heading = [name.lower() for name in fields]
    for name in heading:
        if name not in HEADING:
            raise UsageError(f"The heading has “{name}”, which is no column.", hint=allowed)
        if heading.count(name) > 1:
            raise UsageError(f"The heading has “{name}” twice.", hint=allowed)
    if "email" not in heading:
        raise UsageError("The heading has no “email”.", hint=allowed)
    return heading, delimiter


def _records(numbered: Iterator[_Line], delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Yield each record's first line with its fields, or with what is wrong with it.

    A quoted field may go on over a few lines. Where that leads nowhere, the first line alone is refused and the others are read
    as records of their own.
    """
    ahead: deque[_Line] = deque()
    while (first := ahead.popleft() if ahead else next(numbered, None)) is not None:
        number, text = first
        if text is None:
            yield number, _NOT_UTF8
            continue
        if text.count('"') % 2:
            ahead.extend(islice(numbered, _MOST_LINES - 1 - len(ahead)))
        joined, further = _closed(text, ahead)
        fields = _fields(joined, delimiter)
        if not isinstance(fields, str):
            for _ in range(further):
                ahead.popleft()
        yield number, fields


def _closed(text: str, ahead: Sequence[_Line]) -> tuple[str, int]:
    """Return a line with as many of the next as close its quotation mark, and how many those are; 0 when none does."""
    joined, further = text, 0
    while joined.count('"') % 2 and further < len(ahead):
        following = ahead[further][1]
        if following is None:
            break
        joined, further = joined + following, further + 1
    return (text, 0) if joined.count('"') % 2 else (joined, further)


def _fields(text: str, delimiter: str) -> list[str] | str:
    """Return the fields of one record without the empty ones at its end, or what is wrong with it."""
    if text.count('"') % 2:
        return "has a quotation mark that is not closed"
    try:
        fields = [field.strip() for field in next(csv.reader([text], delimiter=delimiter, strict=True), [])]
    except csv.Error as error:
        return f"is no valid CSV: {error}"
    while fields and not fields[-1]:
        fields.pop()
    return fields
