"""The story of a morning: sources are collected, an edition is composed and rendered, deliveries are planned and handed over.

The only place where the stages meet. Read it in this order: `collecting` (sources → articles), `material` (what an edition is made
of), `editing` (draft and freeze), `planning` (a row for every reader), `delivering` (claim, hand over, record), `morning` (what is
due now), `closing` (what is over). `deciding` holds what editors say, `freshness`, `checks` and `recalling` what stands against an
edition or an article of it; `previewing` shows an edition by the same functions, `audience` keeps the people's side. What comes by
itself: `pushing` (a newsroom's own system), `hubs` (feeds that are pushed), `views` (how often articles are read), `pictures` (whether
mails can show them), `receivers` (which lane a domain is in). What goes: `tidying`.
"""

from digest.pipeline.collecting import collect_due, collect_now
from digest.pipeline.deciding import approve, cancel, hold, release, reopen
from digest.pipeline.delivering import deliver_batch, deliver_due, deliver_notices, finish_editions, release_stale
from digest.pipeline.editing import draft_edition, freeze_edition
from digest.pipeline.hubs import renew_due
from digest.pipeline.lanes import WHOLE, lanes_in_trouble, open_lane
from digest.pipeline.mapping import check_categories
from digest.pipeline.morning import advance_editions, run_due
from digest.pipeline.pictures import look_at_pictures
from digest.pipeline.previewing import Preview, preview
from digest.pipeline.receivers import look_up_receivers
from digest.pipeline.tidying import tidy
from digest.pipeline.views import count_due

__all__ = [
    "WHOLE",
    "Preview",
    "advance_editions",
    "approve",
    "cancel",
    "check_categories",
    "collect_due",
    "collect_now",
    "count_due",
    "deliver_batch",
    "deliver_due",
    "deliver_notices",
    "draft_edition",
    "finish_editions",
    "freeze_edition",
    "hold",
    "lanes_in_trouble",
    "look_at_pictures",
    "look_up_receivers",
    "open_lane",
    "preview",
    "release",
    "release_stale",
    "renew_due",
    "reopen",
    "run_due",
    "tidy",
]
