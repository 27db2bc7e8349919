"""The choice for one group of readers: a pool, wanted sections and what they had go in; places and left-out reasons come out.

Deterministic: no clock but the pool's, no chance. In this order: pins, the lead, each section's minimum with the scarcest first, then
the best up to every limit; sections that stay below their minimum; corrections; the closing blocks.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from heapq import heapify, heappop, heapreplace

from digest.compose.pool import OLDER, Pool
from digest.compose.reasons import in_hours
from digest.compose.table import Table
from digest.config import Newsletter
from digest.values import Candidate, Choice, LeftOut, LeftOutReason, PickKind, PinKind, Pinned


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
    return choose_from(pool, wanted, already_had)


def choose_from(
    pool: Pool,
    wanted: Sequence[str],
    already_had: AbstractSet[int],
    *,
    spans: Mapping[str, timedelta] | None = None,
    corrected: AbstractSet[int] = frozenset(),
    explain: bool = True,
    about: AbstractSet[int] | None = None,
    extras: bool = True,
) -> Choice:
    """Choose the best articles of the `wanted` sections that these readers did not have.

    `spans` say for single sections how far back they reach, where it is not the pool's own span. `corrected` are articles that these
    readers had and that were corrected since. Below the newsletter's `min_stories` new ones the choice is empty and consumes nothing.
    With `explain` every candidate (`about` narrows that to some) is placed once or left out with its reason. Without `extras` there are no
    closing blocks, which take no article from a section.
    """
    had = pool.all_had(already_had)
    table = Table(pool, tuple(wanted), had, spans or {})
    asked = _asked(pool, about) if explain else ()
    lead = _place_pins(table)
    lead = lead if lead is not None else _lead(table)
    _serve_minimums(table)
    _fill(table)
    _judge_sections(table, lead)
    if table.new < pool.newsletter.min_stories and (pool.newsletter.quiet_day == "skip" or not table.new):
        return _quiet(table, asked)
    return _finished(table, lead, corrected, asked, extras=extras)


def _asked(pool: Pool, about: AbstractSet[int] | None) -> Sequence[Candidate]:
    return pool.ranked if about is None else [pool.by_id[id_] for id_ in sorted(about) if id_ in pool.by_id]


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
    found = table.best_of_all(pictured=True) or table.best_of_all(pictured=False)
    if found is not None:
        table.place(*found)
        return found[0]
    return None


def _serve_minimums(table: Table) -> None:
    """Give each section its minimum, the one with the least left first, so that small sections do not starve."""
    short = {id_ for id_ in table.wanted if table.by_section[id_] < table.sections[id_].minimum}
    while short and not table.is_full:
        scarcest = table.scarcest(short)
        best = table.best(scarcest)
        if best is None:
            short.discard(scarcest)
            continue
        table.place(best, scarcest)
        if table.by_section[scarcest] >= table.sections[scarcest].minimum:
            short.discard(scarcest)


def _fill(table: Table) -> None:
    """Place by rank up to every limit: each article in the first of its sections that has room."""
    heads = [(place, table.order[id_], id_) for id_ in table.wanted if (place := table.next_place(id_)) is not None]
    heapify(heads)
    while heads and not table.is_full:
        place, order, id_ = heads[0]
        one = table.pool.open[place]
        if table.is_free(one):
            free = next((at for at in table.places(place) if table.fits(one, at)), None)
            if free is not None:
                table.place(one, free)
        following = None if table.section_is_full(id_) else table.next_place(id_, after=place)
        if following is None:
            heappop(heads)
        else:
            heapreplace(heads, (following, order, id_))


def _judge_sections(table: Table, lead: Candidate | None) -> None:
    """See to sections that stay below their minimum: hidden, printed within their parent, or filled with older news."""
    taken_back = False
    for id_ in table.wanted:
        section = table.sections[id_]
        if table.by_section[id_] >= section.minimum:
            continue
        if section.fallback == "older":
            table.fill_with_older(id_, OLDER)
        elif section.fallback == "parent" and section.parent in table.order:
            table.move_all(id_, section.parent)
        elif table.by_section[id_]:
            taken_back |= table.hide(id_, lead)
    if taken_back:
        _fill(table)


def _finished(
    table: Table,
    lead: Candidate | None,
    corrected: AbstractSet[int],
    asked: Sequence[Candidate],
    *,
    extras: bool,
) -> Choice:
    pool = table.pool
    corrections = table.corrections(corrected)
    used = table.had | set(table.placed)
    most_read, also_like = pool.closing.blocks(lead, table.wanted, used) if extras else ((), ())
    beside = {one.article_id for one in (*corrections, *most_read, *also_like)}
    return Choice(
        lead=table.as_placed(lead, PickKind.LEAD, 0) if lead else None,
        items=table.items(lead),
        corrections=corrections,
        most_read=most_read,
        also_like=also_like,
        left_out=tuple(_left_out(table, beside, asked)),
        overflow={id_: more for id_ in table.wanted if (more := table.remaining(id_)) > 0},
    )


def _quiet(table: Table, asked: Sequence[Candidate]) -> Choice:
    """Choose nothing: what is new waits for the next edition."""
    if not asked:
        return Choice()
    needed = table.pool.newsletter.min_stories
    waiting = [one for one in table.pool.open if table.is_owed(one)]
    detail = f"{len(waiting)} new, {needed} needed"
    quiet = {one.article_id: LeftOut(one.article_id, LeftOutReason.QUIET_DAY, detail) for one in waiting}
    return Choice(left_out=tuple(quiet.get(one.article_id) or _why(table, one) for one in asked))


def _left_out(table: Table, extras: AbstractSet[int], asked: Sequence[Candidate]) -> Iterable[LeftOut]:
    return (_why(table, one) for one in asked if one.article_id not in table.placed and one.article_id not in extras)


def _why(table: Table, one: Candidate) -> LeftOut:
    """Return why an article has no place."""
    pool, id_ = table.pool, one.article_id
    closed = pool.closed.get(id_)
    always = {LeftOutReason.WITHDRAWN, LeftOutReason.HIDDEN, LeftOutReason.DROPPED}
    if closed is not None and closed.reason in always:
        return closed
    if not table.wants(one):
        return LeftOut(id_, LeftOutReason.NO_SECTION)
    if id_ in table.had:
        return LeftOut(id_, LeftOutReason.ALREADY_HAD)
    if closed is not None:
        return closed
    place = pool.rank[id_]
    if all(table.too_old(one, at) for at in table.places(place)):
        spans = max(table.span(at) for at in table.places(place))
        return LeftOut(id_, LeftOutReason.TOO_OLD, in_hours(spans))
    teller = table.told(one)
    if teller is not None:
        return LeftOut(id_, LeftOutReason.SAME_STORY, pool.by_id[teller].title)
    return LeftOut(id_, *table.limit(one, table.places(place)))
