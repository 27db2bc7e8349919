"""People and their consent: requests, confirmations, choices, lists in and out; the caller's session, one decision each."""

from digest.subscribe.choosing import (
    FREQUENCIES,
    LENGTHS,
    choose_frequency,
    choose_hour,
    choose_length,
    choose_sections,
    pause,
    resume,
)
from digest.subscribe.joining import Confirmed, Outcome, confirm, request, resubscribe, unsubscribe
from digest.subscribe.lists import ImportCounts, export_rows, import_rows
from digest.subscribe.reading import HEADING, BadRow, Row, read_csv

__all__ = [
    "FREQUENCIES",
    "HEADING",
    "LENGTHS",
    "BadRow",
    "Confirmed",
    "ImportCounts",
    "Outcome",
    "Row",
    "choose_frequency",
    "choose_hour",
    "choose_length",
    "choose_sections",
    "confirm",
    "export_rows",
    "import_rows",
    "pause",
    "read_csv",
    "request",
    "resubscribe",
    "resume",
    "unsubscribe",
]
