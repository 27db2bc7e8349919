"""People and their consent: requests, confirmations, choices, lists in and out; the caller's session, one decision each."""

from digest.subscribe.joining import (
    Confirmed,
    Outcome,
    choose_sections,
    confirm,
    request,
    resubscribe,
    unsubscribe,
)
from digest.subscribe.lists import ImportCounts, export_rows, import_rows
from digest.subscribe.reading import HEADING, BadRow, Row, read_csv

__all__ = [
    "HEADING",
    "BadRow",
    "Confirmed",
    "ImportCounts",
    "Outcome",
    "Row",
    "choose_sections",
    "confirm",
    "export_rows",
    "import_rows",
    "read_csv",
    "request",
    "resubscribe",
    "unsubscribe",
]
