import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from digest.demo.run import free_port
from digest.pipeline import audience
from tests.web.conftest import Desk

PAGES = ("/", "/desk/today", "/desk/sources")


@pytest.fixture
def served(desk: Desk) -> Iterator[str]:
    port = free_port(0)
    server = uvicorn.Server(uvicorn.Config(desk.app, host="127.0.0.1", port=port, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390, 320])
def test_pages_fit_and_axe_finds_nothing(served: str, desk: Desk, browser: Browser, width: int, scheme: str) -> None:
    audience.add_user(desk.runtime, "ed@example.org", "Ed", "editor")
    path = audience.sign_in_link(desk.runtime, "ed@example.org").removeprefix("http://127.0.0.1:8765")
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]  # one of two words
    page = context.new_page()
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]) if request.url.startswith("http") else None)
    page.goto(served + path)
    page.click("button")
    page.wait_for_url("**/desk/today")
    for where in (*PAGES, f"/u/{desk.token('u')}", f"/preferences/{desk.token('preferences')}"):
        page.goto(served + where)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), where
        found = Axe().run(
            page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"], "iframes": False}
        )
        assert found.violations_count == 0, found.generate_report()
    assert hosts == {served.removeprefix("http://")}
    context.close()
