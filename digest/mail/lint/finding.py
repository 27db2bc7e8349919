"""What the lint says: a rule's number, how grave it is, where, and one sentence."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """An error holds an edition; a warning is shown."""

    ERROR = "error"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong; `line` counts from 1 in the HTML, 0 where no line can be named."""

    rule: str
    level: Level
    line: int
    message: str


def error(rule: str, line: int, message: str) -> Finding:
    """Return a finding that holds an edition."""
    return Finding(rule, Level.ERROR, line, message)


def warn(rule: str, line: int, message: str) -> Finding:
    """Return a finding that is only shown."""
    return Finding(rule, Level.WARN, line, message)
