"""`digest schedule` through every change of every clock from 2020 to 2035, and the dates that some islands never had."""

import json
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest
from typer.testing import CliRunner

from digest.cli import app
from tests.acceptance.house import House

FIRST, LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2035, 12, 31, tzinfo=UTC)
ZONES = sorted(zone for zone in available_timezones() if zone not in {"localtime", "posixrules", "Factory"})
SECOND, DAY, WEEK = timedelta(seconds=1), timedelta(days=1), timedelta(days=7)


def offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    found = instant.astimezone(zone).utcoffset()
    assert found is not None
    return found


@cache
def changes(name: str) -> list[tuple[datetime, timedelta, timedelta]]:
    """Return each change of a zone's clock: its instant to the second, the offset before and after it."""
    zone, found = ZoneInfo(name), []
    for number in range((LAST - FIRST) // WEEK):
        low, high = FIRST + number * WEEK, FIRST + (number + 1) * WEEK
        if offset(zone, low) != offset(zone, high):
            while high - low > SECOND:
                middle = (low + (high - low) // 2).replace(microsecond=0)
                low, high = (middle, high) if offset(zone, middle) == offset(zone, low) else (low, middle)
            found.append((high, offset(zone, low), offset(zone, high)))
    return found


def configured(folder: Path, zone: str, send_at: time) -> Path:
    """Write all that the command needs: a newsletter; no database, no source, no secret."""
    file = folder / "config.toml"
    file.write_text(
        f'[[newsletters]]\nid = "daily"\nname = "Daily"\nfrom = "a@example.org"\nzone = "{zone}"\n'
        f'send_at = "{send_at:%H:%M}"\n[[newsletters.sections]]\nid = "news"\nname = "News"\n',
        encoding="utf-8",
    )
    return file


def scheduled(folder: Path, zone: str, send_at: time, first: date, last: date) -> dict[date, datetime]:
    """Run the command in this process; return the instant of each date."""
    span = ["--from", first.isoformat(), "--to", last.isoformat(), "--json"]
    file = str(configured(folder, zone, send_at))
    result = CliRunner().invoke(app, ["schedule", "daily", *span, "--config", file], catch_exceptions=False)
    assert result.exit_code == 0
    return read(result.stdout)


def read(printed: str) -> dict[date, datetime]:
    rows = [json.loads(line) for line in printed.splitlines()]
    assert all(row.keys() == {"date", "instant"} for row in rows)
    found = {date.fromisoformat(row["date"]): datetime.fromisoformat(row["instant"]) for row in rows}
    assert len(found) == len(rows), "one slot a date"
    return found


def expected(zone: ZoneInfo, day: date, at: time, before: timedelta, after: timedelta) -> datetime:
    """Return the instant of a wall time around a change, by trying both offsets: the first that is right, else the one before."""
    wall = datetime.combine(day, at, UTC)
    right = [wall - one for one in (before, after) if offset(zone, wall - one) == one]
    return min(right, default=wall - before)


def within(change: datetime, before: timedelta, after: timedelta) -> Iterator[tuple[date, time]]:
    """Yield local dates and times in the middle of the hour that is missing or comes twice, and at both of its edges."""
    length = abs(after - before)
    first = (change + min(before, after)).replace(tzinfo=None)
    for wall in (first, first + length / 2, first + length - timedelta(minutes=1)):
        yield wall.date(), wall.time()


def middle(change: datetime, before: timedelta, after: timedelta) -> tuple[date, time]:
    """Return the local date and time in the middle of what is missing or comes twice."""
    _, found, _ = within(change, before, after)
    return found


def check(found: Mapping[date, datetime], name: str, at: time, first: date, last: date) -> None:
    """See that each date has its slot, that they rise, and that only a change of the clock moves one from its hour."""
    zone = ZoneInfo(name)
    assert list(found) == [first + number * DAY for number in range((last - first).days + 1)]
    assert all(one < other for one, other in pairwise(found.values()))
    for day, instant in found.items():
        assert instant.utcoffset() == offset(zone, instant)
        if instant.replace(tzinfo=None) != datetime.combine(day, at):
            change, before, after = nearest(name, instant)
            assert after > before, "only what the clocks jump over is moved"
            assert instant.replace(tzinfo=None) - datetime.combine(day, at) == after - before, "by the jump"
            assert abs(instant - change) <= after - before


def nearest(name: str, instant: datetime) -> tuple[datetime, timedelta, timedelta]:
    return min(changes(name), key=lambda one: abs(one[0] - instant))


def histories() -> dict[str, list[str]]:
    """Return the zones whose clocks change, by the first of those that change alike."""
    alike: dict[tuple[tuple[datetime, timedelta, timedelta], ...], list[str]] = {}
    for name in ZONES:
        if changes(name):
            alike.setdefault(tuple(changes(name)), []).append(name)
    return {names[0]: names for names in alike.values()}


def test_every_change_of_every_clock_leaves_one_rising_slot_a_date(tmp_path: Path) -> None:
    """T03 to T08, bugs 4 and 5: sixteen years at each hour that is missing or comes twice somewhere in them."""
    seen = 0
    for name in histories():
        zone, first, last = ZoneInfo(name), FIRST.date(), LAST.date()
        cases = {middle(*one): one for one in changes(name)}
        for send_at in sorted({at for _, at in cases}):
            found = scheduled(tmp_path, name, send_at, first, last)
            check(found, name, send_at, first, last)
            for (day, at), (_, before, after) in cases.items():
                if at == send_at:
                    assert found[day] == expected(zone, day, at, before, after)
                    assert found[day].astimezone(zone).fold == 0
                    seen += 1
    assert seen >= 1000


def test_every_zone_whose_clocks_change_has_its_own_slots_there(tmp_path: Path) -> None:
    """T08: zones that change alike too, each at one of its changes."""
    for names in histories().values():
        for name in names:
            change, before, after = changes(name)[zlib.crc32(name.encode()) % len(changes(name))]
            for day, at in within(change, before, after):
                found = scheduled(tmp_path, name, at, day - DAY, day + DAY)
                check(found, name, at, day - DAY, day + DAY)
                assert found[day] == expected(ZoneInfo(name), day, at, before, after)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Pacific/Apia", date(2011, 12, 30)),
        ("Pacific/Fakaofo", date(2011, 12, 30)),
        ("Pacific/Kiritimati", date(1994, 12, 31)),
        ("Pacific/Kwajalein", date(1993, 8, 21)),
    ],
)
@pytest.mark.parametrize("send_at", [time(0), time(7, 30), time(23, 59)])
def test_a_date_that_a_zone_left_out_has_no_slot_and_the_next_date_has_its_own(
    tmp_path: Path, zone: str, day: date, send_at: time
) -> None:
    found = scheduled(tmp_path, zone, send_at, day - 2 * DAY, day + 2 * DAY)
    assert list(found) == [day - 2 * DAY, day - DAY, day + DAY, day + 2 * DAY]
    assert all(instant.replace(tzinfo=None) == datetime.combine(one, send_at) for one, instant in found.items())
    assert {other - one for one, other in pairwise(found.values())} == {DAY}


@pytest.mark.parametrize(
    ("zone", "send_at", "day", "instant"),
    [
        ("America/Nuuk", "23:30", "2026-03-28", "2026-03-29T00:30:00-01:00"),
        ("Antarctica/Troll", "02:30", "2026-03-29", "2026-03-29T04:30:00+02:00"),
        ("Australia/Lord_Howe", "02:15", "2026-10-04", "2026-10-04T02:45:00+11:00"),
        ("Asia/Gaza", "02:30", "2026-03-28", "2026-03-28T03:30:00+03:00"),
    ],
)
def test_the_command_needs_a_newsletter_and_nothing_else(
    tmp_path: Path, zone: str, send_at: str, day: str, instant: str
) -> None:
    configured(tmp_path, zone, time.fromisoformat(send_at))
    house = House(tmp_path)
    printed = house.run("schedule", "daily", "--from", day, "--to", day, "--json")
    assert json.loads(printed) == {"date": day, "instant": instant}
    assert [file.name for file in tmp_path.iterdir()] == ["config.toml"], "no database was made"


def test_dates_in_the_wrong_order_are_refused_and_not_an_empty_list(tmp_path: Path) -> None:
    configured(tmp_path, "Europe/Madrid", time(7, 30))
    refused = House(tmp_path).run("schedule", "daily", "--from", "2026-11-25", "--to", "2026-11-24", code=2)
    assert "Write the earlier date after --from." in refused
