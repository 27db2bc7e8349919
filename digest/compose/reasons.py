"""Why an article was left out, in the desk's words."""

from datetime import timedelta

from digest.values import LeftOut, LeftOutReason

_WORDS = {
    LeftOutReason.ALREADY_HAD: "Already in an earlier edition",
    LeftOutReason.TOO_OLD: "Older than {detail}",
    LeftOutReason.BASELINE: "There before the source was first read",
    LeftOutReason.NOT_YET: "Not yet: {detail}",
    LeftOutReason.NO_SECTION: "In none of the sections",
    LeftOutReason.SECTION_FULL: "Section full: {detail}",
    LeftOutReason.EDITION_FULL: "Edition full: {detail}",
    LeftOutReason.AUTHOR_FULL: "Author has enough: {detail}",
    LeftOutReason.SOURCE_FULL: "Source has enough: {detail}",
    LeftOutReason.BELOW_MINIMUM: "Below minimum: {detail}",
    LeftOutReason.WITHDRAWN: "Withdrawn by its source",
    LeftOutReason.HIDDEN: "Hidden by an editor",
    LeftOutReason.DROPPED: "Left out by {detail}",
    LeftOutReason.PAYWALLED: "For subscribers of the site only",
    LeftOutReason.LANGUAGE: "In another language: {detail}",
    LeftOutReason.SAME_STORY: "Same story as “{detail}”",
    LeftOutReason.QUIET_DAY: "Quiet day, kept for the next edition: {detail}",
}


def why(left_out: LeftOut) -> str:
    """Return the reason as people read it."""
    return _WORDS[left_out.reason].format(detail=left_out.detail)


def in_hours(span: timedelta) -> str:
    """Write a span as “48 hours”."""
    hours = span.total_seconds() / 3600
    return f"{hours:g} hours" if hours != 1 else "1 hour"
