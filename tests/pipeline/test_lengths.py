"""How much of each article a reader gets: headlines, short or full; the same articles, drawn once, and never twice."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from digest import config, subscribe
from digest.cli import app
from digest.errors import UsageError
from digest.mail import mime
from digest.pipeline.sampling import message_for
from digest.store import articles, editions, subscribers
from digest.values import Message
from tests.acceptance.house import Newsroom, morning
from tests.pipeline.test_mornings import DAY, Office, stories, values

SUMMARY = "What happened in story {} is told here in one whole sentence."


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom() as running:
        yield running


@pytest.fixture
def office(newsroom: Newsroom, database_url: str, tmp_path: Path) -> Iterator[Office]:
    built = Office(config.parse(values(newsroom.url, database_url), tmp_path / "config.toml"))
    yield built
    built.runtime.close()


def want(office: Office, name: str, length: str) -> None:
    with office.runtime.store.writing() as session:
        found = subscribers.subscription(session, f"{name}@example.org", "daily")
        assert found is not None
        subscribe.choose_length(session, found.id or 0, length)


def three(office: Office) -> None:
    """Subscribe one reader of each length."""
    office.join({f"{length}@example.org": "" for length in subscribe.LENGTHS})
    for length in subscribe.LENGTHS:
        want(office, length, length)


def by_name(taken: list[Message]) -> dict[str, Message]:
    return {message.recipient.address.partition("@")[0]: message for message in taken}


def shown(message: Message) -> str:
    return mime.filled(message.html, message.tokens, escape=True)


def told(message: Message) -> int:
    """Return how many summaries a mail shows."""
    return sum(SUMMARY.format(number) in shown(message) for number in range(1, 30))


def test_each_length_gives_the_same_articles_in_its_own_forms(office: Office, newsroom: Newsroom) -> None:
    newsroom.publish(9, morning(24, 5))
    three(office)
    got = by_name(office.run())
    assert {name: stories(message) for name, message in got.items()} == {
        length: set(range(1, 10)) for length in subscribe.LENGTHS
    }
    assert {name: told(message) for name, message in got.items()} == {"headlines": 0, "short": 1, "full": 9}
    assert "told here" not in "".join(got["headlines"].text)
    with office.runtime.store.reading() as session:
        edition = editions.find(session, "daily", DAY)
        assert edition is not None
        looks = editions.looks(session, edition.id or 0)
        assert looks == ["daily/en/normal", "headlines/en/normal"], "full is made of the blocks of short"


def test_a_preview_shows_the_bytes_of_each_length(office: Office, newsroom: Newsroom) -> None:
    newsroom.publish(9, morning(24, 5))
    three(office)
    office.run(morning(24, 6, 5))
    before = {length: message_for(office.runtime, "daily", DAY, length=length) for length in subscribe.LENGTHS}
    own = {length: message_for(office.runtime, "daily", DAY, text=f"{length}@example.org") for length in before}
    assert {length: told(one.message) for length, one in before.items()} == {"headlines": 0, "short": 1, "full": 9}
    assert {length: one.html for length, one in own.items()} == {length: one.html for length, one in before.items()}
    got = by_name(office.run(morning(24)))
    for length, message in got.items():
        frozen = message_for(office.runtime, "daily", DAY, length=length)
        assert frozen.message.html == message.html


def test_a_length_that_nobody_chose_is_made_from_the_frozen_articles(office: Office, newsroom: Newsroom) -> None:
    newsroom.publish(9, morning(24, 5))
    office.join({"ana@example.org": ""})
    office.run()
    found = {length: message_for(office.runtime, "daily", DAY, length=length) for length in subscribe.LENGTHS}
    assert {length: told(one.message) for length, one in found.items()} == {"headlines": 0, "short": 1, "full": 9}


def test_what_is_withdrawn_leaves_every_length_as_long_as_it_was(office: Office, newsroom: Newsroom) -> None:
    newsroom.publish(9, morning(24, 5))
    three(office)
    office.run(morning(24, 6, 15))
    gone = newsroom.stories.pop().number  # else its source would bring it back
    with office.runtime.store.writing() as session:
        [row] = [one.article for one in articles.recent(session, morning(1)) if f"/story/{gone}/" in one.article.url]
        articles.change(session, row.id or 0, {"withdrawn_at": morning(24, 6, 20)})
    got = by_name(office.run(morning(24)))
    assert {name: (told(one), len(stories(one))) for name, one in got.items()} == {
        "headlines": (0, 8),
        "short": (1, 8),
        "full": (8, 8),
    }


@given(st.lists(st.lists(st.sampled_from(subscribe.LENGTHS), min_size=2, max_size=2), min_size=2, max_size=4))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_however_lengths_change_every_story_comes_once(sqlite_template: Path, wishes: list[list[str]]) -> None:
    """Given two readers who choose other lengths every day, then each gets every story once, in the length of the day."""
    with Newsroom() as newsroom, TemporaryDirectory() as folder:
        file = shutil.copy(sqlite_template, folder)
        office = Office(config.parse(values(newsroom.url, f"sqlite:///{file}"), Path(folder) / "config.toml"))
        try:
            office.join({"ana@example.org": "", "bea@example.org": "news;culture"})
            got: dict[str, list[int]] = {"ana": [], "bea": []}
            for number, lengths in enumerate(wishes):
                day = DAY + timedelta(days=number)
                newsroom.publish(6, morning(day.day, 5))
                for name, length in zip(got, lengths, strict=True):
                    want(office, name, length)
                for name, message in by_name(office.run(morning(day.day))).items():
                    mine = stories(message)
                    got[name] += mine
                    assert (
                        told(message)
                        == {"headlines": 0, "short": 1, "full": len(mine)}[dict(zip(got, lengths, strict=True))[name]]
                    )
            every = {story.number for story in newsroom.stories}
            assert sorted(got["ana"]) == sorted(every)
            assert sorted(got["bea"]) == sorted(
                one.number for one in newsroom.stories if set(one.categories) & {"news", "culture"}
            )
        finally:
            office.runtime.close()


def test_an_unknown_length_is_refused(office: Office) -> None:
    with office.runtime.store.writing() as session, pytest.raises(UsageError, match="is no length"):
        subscribe.choose_length(session, 1, "long")
    said = CliRunner().invoke(app, ["preview", "daily", "--length", "long"])
    assert isinstance(said.exception, UsageError)
    both = CliRunner().invoke(app, ["preview", "daily", "--length", "full", "--as", "ana@example.org"])
    assert isinstance(both.exception, UsageError)
