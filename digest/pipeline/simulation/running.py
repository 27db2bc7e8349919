"""Turn after turn through the archive: readers and instants go in; what each edition would have printed, and the account, come out."""

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count

from digest import recurrence
from digest.config import Newsletter, Settings
from digest.models import Wave
from digest.pipeline import material
from digest.pipeline.material import Group
from digest.pipeline.simulation.archive import Archive
from digest.pipeline.simulation.choosing import History, WaveRun
from digest.pipeline.simulation.ledger import Account, Ledger, Stayed, account, stayed
from digest.pipeline.simulation.readers import Readers
from digest.pipeline.simulation.timetable import Outage, Turn, turns
from digest.store.audience import Combination
from digest.store.base import Session
from digest.values import Candidate, Look

_FREQUENCIES = ("daily", "weekdays", "weekly")
_DAY = timedelta(days=1)
_LOOK = Look()


@dataclass(frozen=True, slots=True)
class EditionSimulated:
    """What one date's edition would have been: how many articles for how many groups and readers, and how many got nothing.

    `lead` is that of the largest group; `waves` were sent, `missed` ones were not.
    """

    day: date
    slot_at: datetime
    articles: int
    groups: int
    readers: int
    nothing: int
    waves: int
    missed: int
    lead: str

    @property
    def state(self) -> str:
        """What would have become of it."""
        if self.readers:
            return "done"
        return "missed" if self.missed and not self.waves else "skipped"


@dataclass(frozen=True, slots=True)
class Simulated:
    """A simulation's result; the ledgers stand in the order of the readers."""

    editions: Sequence[EditionSimulated]
    archive: Archive
    ledgers: Sequence[Ledger]
    account: Account

    def stayed(self) -> list[Stayed]:
        """Return the articles that never reached some readers."""
        return stayed(self.archive, self.ledgers)


@dataclass(slots=True)
class _Seat:
    """Readers who chose alike on their way through the editions."""

    readers: Readers
    ledger: Ledger
    history: History
    since: datetime | None = None
    last: dict[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Wave:
    """A turn under way: what its date does to each frequency, and its choices as they are made and as they would be on time."""

    turn: Turn
    pattern: tuple[object, ...]
    run: WaveRun
    on_time: WaveRun


@dataclass
class _Day:
    """What an edition's waves add up to."""

    printed: set[int] = field(default_factory=set)
    groups: int = 0
    readers: int = 0
    nothing: int = 0
    waves: int = 0
    missed: int = 0
    lead: tuple[int, str] = (0, "")


class _Run:
    """One simulation under way."""

    def __init__(self, newsletter: Newsletter, archive: Archive, readers: Iterable[Readers]) -> None:
        numbers = count()
        nothing = History(next(numbers))
        self.days: dict[date, _Day] = {}
        self.seats = [_Seat(one, Ledger(one, archive), nothing) for one in readers]
        self._next_number = numbers.__next__
        self._newsletter, self._archive = newsletter, archive
        self._by_clock: dict[str, list[_Seat]] = {}
        for seat in self.seats:
            self._by_clock.setdefault(seat.readers.clock, []).append(seat)
        self._templates: dict[tuple[Combination, tuple[object, ...]], Group] = {}

    def take(self, turn: Turn) -> None:
        """Give every reader of a wave what the rules say, and enter it in their books."""
        shape = Wave(edition_id=0, due_at=turn.due_at, freeze_at=turn.freeze_at, home=False)
        audience = material.audience_of(self._newsletter, shape, turn.day, turn.clocks)
        wave = self._wave(turn)
        day = self.days.setdefault(turn.day, _Day())
        day.waves, day.missed = day.waves + (not turn.missed), day.missed + turn.missed
        for seat in (seat for clock in turn.clocks for seat in self._by_clock[clock]):
            joined = seat.readers.joined
            if seat.readers.choices.frequency in audience.away or (joined is not None and joined > turn.at):
                continue
            is_new = joined is not None and joined > audience.new_since and not seat.history.articles
            template = self._template(seat, wave, is_new=is_new)
            if template.sections:
                self._begin(seat, wave, template)
                self._serve(seat, wave, template, day)
        _add(day, wave.run)

    def _begin(self, seat: _Seat, wave: _Wave, template: Group) -> None:
        """Note at the first edition of some readers what is before their time."""
        if seat.since is None:
            usual = self._template(seat, wave, is_new=False)
            seat.since = wave.turn.freeze_at - max(usual.spans)
            seat.ledger.begin(wave.on_time.owed(usual) - wave.on_time.owed(template))
        seat.last.update(dict.fromkeys(template.sections, wave.turn.at))

    def _serve(self, seat: _Seat, wave: _Wave, template: Group, day: _Day) -> None:
        if wave.run is not wave.on_time or wave.turn.missed:
            seat.ledger.miss(wave.on_time.owed(template))  # what a late edition is too late for was missed, too
        if wave.turn.missed:
            return
        made = wave.run.choose(template, seat.history)
        why = partial(wave.run.why, made)
        seat.ledger.edition(wave.turn.day, wave.run.owed(template), made.given, made.older, why)
        seat.history = made.history
        if made.given:
            made.readers += seat.readers.count
        else:
            day.nothing += seat.readers.count

    def _wave(self, turn: Turn) -> _Wave:
        run = WaveRun(self._newsletter, self._archive, turn, self._next_number)
        if turn.at == turn.freeze_at:
            return _Wave(turn, self._pattern(turn.day), run, run)
        on_time = WaveRun(self._newsletter, self._archive, replace(turn, at=turn.freeze_at), self._next_number)
        return _Wave(turn, self._pattern(turn.day), run, on_time)

    def _template(self, seat: _Seat, wave: _Wave, *, is_new: bool) -> Group:
        """Return the group of some choices on a date, without their history: the same on dates of the same pattern."""
        choices = replace(seat.readers.choices, is_new=True) if is_new else seat.readers.choices
        key = choices, wave.pattern
        if key not in self._templates:
            self._templates[key] = material.group_in(_LOOK, self._newsletter, choices, wave.turn.day, frozenset())
        return self._templates[key]

    def _pattern(self, day: date) -> tuple[object, ...]:
        """Return all that a group has of a date: how far back each frequency reaches, and which of them fall on it."""
        return tuple(
            (material.span(self._newsletter, one, day), recurrence.falls_on(one, day, self._newsletter.weekly_day))
            for one in _FREQUENCIES
        )


def simulate(
    newsletter: Newsletter,
    candidates: Iterable[Candidate],
    readers: Iterable[Readers],
    first: date,
    last: date,
    *,
    outages: Sequence[Outage] = (),
    archive: Callable[[Newsletter, Iterable[Candidate], datetime], Archive] = Archive,
) -> Simulated:
    """Run every edition from `first` to `last` for these readers, who begin without a history; the same input gives the same result.

    The closing blocks, pins and corrections are left out: they take no article from a section.
    """
    people = list(readers)
    found = turns(newsletter, (one.clock for one in people), first, last, outages)
    until = found[-1].at if found else datetime.combine(first, datetime.min.time(), recurrence.zone(newsletter))
    known = archive(newsletter, candidates, until)
    run = _Run(newsletter, known, people)
    with _without_haste():
        for turn in found:
            run.take(turn)
    for seat in run.seats:
        if seat.since is not None:
            seat.ledger.close(seat.since, seat.last)
    ledgers = [seat.ledger for seat in run.seats]
    editions = [_edition(newsletter, day, run.days[day]) for day in sorted(run.days)]
    return Simulated(editions, known, ledgers, account(known, ledgers))


@contextmanager
def _without_haste() -> Iterator[None]:
    """Have garbage looked for rarely: millions of values come and go, next to none in circles, and looking took a fifth of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(50_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def archive_of(session: Session, newsletter: Newsletter, first: date, settings: Settings) -> list[Candidate]:
    """Return all articles that an edition of `first` or later could have known, as they stand now."""
    start = recurrence.home_hour(newsletter).on(first) - _DAY
    return material.candidates_since(session, newsletter, start - material.REACH, settings)


def _add(day: _Day, wave: WaveRun) -> None:
    """Add a wave to its edition."""
    for made in wave.made.values():
        if not made.given:
            continue
        day.printed.update(made.given, made.older)
        day.groups += 1
        day.readers += made.readers
        lead = made.outcome.lead
        if lead is not None and made.readers > day.lead[0]:
            day.lead = made.readers, lead.title


def _edition(newsletter: Newsletter, on: date, day: _Day) -> EditionSimulated:
    return EditionSimulated(
        day=on,
        slot_at=recurrence.home_hour(newsletter).on(on),
        articles=len(day.printed),
        groups=day.groups,
        readers=day.readers,
        nothing=day.nothing,
        waves=day.waves,
        missed=day.missed,
        lead=day.lead[1],
    )
