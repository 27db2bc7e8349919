from datetime import UTC, datetime, timedelta

import pytest

from digest.collect import moves
from digest.collect.moves import Move

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
OLD, NEW = "http://news.example.org/feed", "https://www.example.org/rss"


def after(*hours: float, to: str = NEW) -> Move:
    move = Move()
    for hour in hours:
        move = moves.seen(move, OLD, to, NOW + timedelta(hours=hour))
    return move


@pytest.mark.parametrize(
    ("hours", "settled"),
    [
        ((), False),
        ((0,), False),
        ((0, 24), False),
        ((0, 1, 2), False),
        ((0, 12, 23.9), False),
        ((0, 12, 24), True),
        ((0, 1, 48), True),
    ],
)
def test_a_move_is_believed_after_three_times_over_a_day(hours: tuple[float, ...], settled: bool) -> None:
    assert moves.settled(after(*hours), NOW + timedelta(hours=max(hours, default=0))) is settled


def test_another_target_begins_anew() -> None:
    move = moves.seen(after(0, 12), OLD, NEW + "2", NOW + timedelta(hours=24))
    assert move == Move(NEW + "2", 1, NOW + timedelta(hours=24))


def test_a_redirect_that_went_away_is_forgotten() -> None:
    assert moves.seen(after(0, 12), OLD, "", NOW) == Move()


@pytest.mark.parametrize(
    "target",
    [
        "https://example.org/login?next=/feed", "https://example.org/wp-login.php", "https://example.org/users/sign_in",
        "https://login.example.org/auth/realms/x", "https://example.org/?action=login", "https://example.org/sso/start",
        "https://www.hugedomains.com/domain_profile.cfm?d=example.org", "https://sedoparking.com/x/feed", "http://ww1.bodis.com/feed",
        "https://example.org", "https://example.org/", "https://example.org/index.html", "https://example.org/index.php", "https://example.org/home",
    ],
)  # fmt: skip
def test_no_feed_moves_to_a_login_a_parking_host_or_a_home_page(target: str) -> None:
    assert not moves.believable(OLD, target)
    assert after(0, 12, 48, to=target) == Move()


@pytest.mark.parametrize(
    ("old", "target"),
    [
        (OLD, NEW), (OLD, "https://example.org/?feed=rss2"), (OLD, "http://example.org/feed"), (OLD, "https://example.org/author/feed"),
        (OLD, "https://example.org/blogin/feed"), ("https://a.example.org/", "https://b.example.org/"), (OLD, "https://notbodis.com/feed"),
    ],
)  # fmt: skip
def test_a_feed_may_move_to_another_feed(old: str, target: str) -> None:
    assert moves.believable(old, target)


def test_encryption_is_not_given_up() -> None:
    assert not moves.believable("https://example.org/feed", "http://example.org/rss")
