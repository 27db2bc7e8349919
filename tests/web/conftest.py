import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from digest import config, pipeline
from digest.pipeline import audience
from digest.providers.memory import Memory
from digest.runtime import Runtime
from digest.store import migrations
from digest.subscribe import Row
from digest.web import create_app
from tests.acceptance.house import Newsroom, morning
from tests.pipeline.test_mornings import values


class Desk:
    """An installation with a frozen edition and one reader, and its pages."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.memory = Memory()
        runtime.provider = self.memory
        self.app: FastAPI = create_app(runtime)

    async def ask(
        self, method: str, path: str, cookies: dict[str, str] | None = None, **more: object
    ) -> httpx.Response:
        """Ask for a page, following nothing."""
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8765", cookies=cookies) as client:
            return await client.request(method, path, **more)  # type: ignore[arg-type]  # options of httpx

    def token(self, page: str) -> str:
        """Return the token of a link in the first mail."""
        [message] = self.memory.taken
        found = re.search(rf"/{page}/([\w-]{{35}})", message.tokens[f"{'unsubscribe' if page == 'u' else page}_url"])
        assert found is not None
        return found[1]


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Iterator[Desk]:
    migrations.upgrade(sqlite_url)
    with Newsroom() as newsroom:
        newsroom.publish(9, morning(24, 5))
        settings = config.parse(values(newsroom.url, sqlite_url), tmp_path / "config.toml")
        runtime = Runtime(settings, lambda: morning(24) + timedelta(minutes=1))
        built = Desk(runtime)
        rows = [Row(2, {"email": "ana@example.org", "sections": "news;culture"})]
        list(audience.import_subscribers(runtime, rows, newsletter="daily", consent="a test", confirm=False))
        pipeline.run_due(runtime)
        yield built
        runtime.close()


@pytest.fixture
def cookie(desk: Desk) -> dict[str, str]:
    """Sign an editor in."""
    import asyncio

    audience.add_user(desk.runtime, "ed@example.org", "Ed", "editor")
    path = audience.sign_in_link(desk.runtime, "ed@example.org").removeprefix("http://127.0.0.1:8765")
    answer = asyncio.run(desk.ask("POST", path))
    assert answer.status_code == 303
    return dict(answer.cookies)
