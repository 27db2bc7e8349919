"""The choice for one group of readers: a pool, wanted sections and what they had go in; where each article stands comes out.

Deterministic: no clock but the pool's, no chance. In this order: pins, the lead, each section's minimum with the scarcest first, then
the best up to every limit; sections that stay below their minimum. Corrections and the closing blocks take no article's place.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from digest.compose.outcome import Outcome
from digest.compose.pool import OLDER, Pool
from digest.compose.table import Table
from digest.config import Newsletter
from digest.values import Candidate, Choice, PinKind, Pinned


def choose(
    newsletter: Newsletter,
    wanted: Sequence[str],
    candidates: Iterable[Candidate],
    already_had: AbstractSet[int],
    now: datetime,
    pins: Sequence[Pinned] = (),
) -> Choice:
    """Choose once, from candidates of which no other choice is made; see `choose_from`."""
    by_score = newsletter.ranking == "score"
    pool = Pool(newsletter, tuple(candidates), now, newsletter.max_age, pins, by_score=by_score)
    return choose_from(pool, wanted, already_had).choice()


def choose_from(
    pool: Pool, wanted: Sequence[str], already_had: AbstractSet[int], spans: Mapping[str, timedelta] | None = None
) -> Outcome:
    """Choose the best articles of the `wanted` sections that these readers did not have.

    `spans` say for single sections how far back they reach, where it is not the pool's own span. Below the newsletter's `min_stories`
    new ones nothing is given, and nothing is used up.
    """
    table = Table(pool, tuple(wanted), pool.all_had(already_had), spans or {})
    lead = _place_pins(table) or _lead(table)
    _serve_minimums(table)
    _fill(table)
    _judge_sections(table, lead)
    return Outcome(table, lead)


def _place_pins(table: Table) -> Candidate | None:
    """Place what editors pinned, which no limit and no age keeps out; return the lead if they named one."""
    lead = None
    for pin in sorted(table.pool.pins, key=lambda pin: (pin.kind is not PinKind.LEAD, pin.position, pin.article_id)):
        if pin.kind is PinKind.DROP or not table.may_pin(pin):
            continue
        one = table.pool.by_id[pin.article_id]
        section_id = table.pinned_section(pin)
        if section_id is None:
            continue
        table.place(one, section_id, pinned=pin.position if pin.kind is PinKind.PLACE else None)
        if pin.kind is PinKind.LEAD and lead is None:
            lead = one
    return lead


def _lead(table: Table) -> Candidate | None:
    """Place and return the best article with a picture, else the best."""
    found = table.best_of_all(table.pool.pictured) or table.best_of_all(table.pool.every)
    if found is not None:
        table.place(*found)
        return found[0]
    return None


def _serve_minimums(table: Table) -> None:
    """Give each section its minimum, the one with the least left first, so that small sections do not starve."""
    short = [id_ for id_ in table.wanted if table.by_section[id_] < table.sections[id_].minimum]
    while short and not table.is_full:
        scarcest = min(short, key=table.left.__getitem__)
        best = table.best(scarcest)
        if best is not None:
            table.place(best, scarcest)
        if best is None or table.by_section[scarcest] >= table.sections[scarcest].minimum:
            short.remove(scarcest)


def _fill(table: Table) -> None:
    """Place by rank up to every limit: each article in the first of its sections that has room."""
    rest = table.on_offer()
    while rest and not table.is_full:
        best = rest & -rest
        rest ^= best
        place = best.bit_length() - 1
        section_id = table.room(place)
        if section_id is not None:
            table.place(table.pool.open[place], section_id)
            if table.section_is_full(section_id):
                rest &= table.on_offer()


def _judge_sections(table: Table, lead: Candidate | None) -> None:
    """See to sections that stay below their minimum: hidden, printed within their parent, or filled with older news."""
    thin = []
    for id_ in table.wanted:
        section = table.sections[id_]
        if table.by_section[id_] >= section.minimum:
            continue
        if section.fallback == "older":
            table.fill_with_older(id_, OLDER)
        elif section.fallback == "parent" and section.parent in table.by_section:
            table.move_all(id_, section.parent)
        else:
            thin.append(id_)
    while hidden := next((id_ for id_ in thin if _is_thin(table, id_) and table.hide(id_, lead)), None):
        thin.remove(hidden)
        _fill(table)


def _is_thin(table: Table, section_id: str) -> bool:
    """Say whether a section would be printed with fewer articles than its minimum; an empty one may still be given some."""
    return 0 < table.by_section[section_id] < table.sections[section_id].minimum
