"""How far back an editor wants an edition to reach: honoured as it is, or refused in one sentence, never cut."""

from datetime import datetime

from digest.config import Newsletter
from digest.errors import EditionError
from digest.models import Edition
from digest.runtime import Runtime
from digest.values import EditionState

OPEN = (EditionState.PLANNED, EditionState.DRAFT)


def check(runtime: Runtime, newsletter: Newsletter, edition: Edition | None, since: datetime) -> None:
    """Raise EditionError where an edition cannot reach back to an instant: it lies ahead, articles are not kept so long, it is closed."""
    now, keep = runtime.clock(), runtime.settings.collect.keep
    if since >= now:
        raise EditionError(f"{since.isoformat()} is not in the past.", hint="Name an earlier instant.")
    if since < now - keep:
        what = f"Articles are kept for {keep.days} days; {since.isoformat()} is before that."
        raise EditionError(what, hint="Name a later instant.")
    if edition is not None and (edition.state not in OPEN or edition.approved_at is not None):
        state = "approved" if edition.state in OPEN else edition.state
        what = f"{newsletter.name} of {edition.edition_date} is {state}: how far it reaches is settled."
        raise EditionError(what, hint="Only a draft can be changed.")
