"""What was planned leaves with the same bytes at every try, a new key in between or not."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from digest import config, pipeline
from digest.mail import mime
from digest.providers.memory import Memory
from digest.runtime import Runtime
from digest.tokens import TokenType
from digest.values import Deferred, LastLook, Message, MessageKey, SendResult
from tests.acceptance.house import Newsroom, morning
from tests.pipeline.test_mornings import Office, values


class Copies(Memory):
    """Keeps the bytes of every try."""

    def __init__(self) -> None:
        super().__init__()
        self.tries: list[bytes] = []

    def send(self, messages: Iterable[Message], last_look: LastLook) -> Iterator[tuple[MessageKey, SendResult]]:
        return super().send(self._copied(messages), last_look)

    def _copied(self, messages: Iterable[Message]) -> Iterator[Message]:
        for message in messages:
            self.tries.append(mime.wire(message))
            yield message


def settings(feed: str, url: str, folder: Path, **secrets: Any) -> config.Settings:
    more = {"secrets": {"pepper": "p" * 32, **secrets}, "feedback": {"domain": "bounces.example.org"}}
    return config.parse({**values(feed, url), **more}, folder / "config.toml")


def test_a_retry_after_a_new_key_has_the_same_bytes(database_url: str, tmp_path: Path) -> None:
    with Newsroom() as newsroom:
        newsroom.publish(3, morning(24) - timedelta(minutes=30))
        office = Office(settings(newsroom.url, database_url, tmp_path, root="the first key"))
        office.runtime.provider = office.memory = provider = Copies()
        office.join({"ana@example.org": ""})
        provider.outcomes["ana@example.org"] = Deferred("451 4.7.1 greylisted")
        office.run(morning(24))
        office.run(morning(24) + timedelta(hours=1))
        office.runtime.close()

        rotated = settings(newsroom.url, database_url, tmp_path, root="a newer key", previous=["the first key"])
        runtime = Runtime(rotated, lambda: morning(24) + timedelta(hours=3))
        runtime.provider = provider
        provider.outcomes.clear()
        pipeline.run_due(runtime)
        runtime.close()

    assert len(provider.taken) == 1
    assert len(provider.tries) >= 2
    assert len(set(provider.tries)) == 1
    local = provider.taken[0].envelope_sender.partition("@")[0]
    assert runtime.tokens.read_name(TokenType.VERP, local.removeprefix("b+")) == provider.taken[0].key.id
