import email
import email.policy
import re
import subprocess
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from digest.testing.smtpd import Kept, Smtpd
from tests.acceptance.house import DIGEST, House, Newsroom, morning


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    with Newsroom() as running:
        yield running


@pytest.fixture
def mailserver() -> Iterator[Smtpd]:
    with Smtpd() as running:
        yield running


@pytest.fixture
def house(tmp_path: Path, newsroom: Newsroom, mailserver: Smtpd) -> House:
    built = House(tmp_path)
    built.configure(
        newsroom.url, f'kind = "smtp"\nhost = "127.0.0.1"\nport = {mailserver.port}\ntls = "none"\nconnections = 2'
    )
    return built


def parsed(kept: Kept) -> EmailMessage:
    message = email.message_from_bytes(kept.content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def stories(kept: Kept) -> set[int]:
    part = parsed(kept).get_body(("html",))
    assert part is not None
    return {int(number) for number in re.findall(r"/story/(\d+)/", part.get_content())}


def test_a_whole_morning_reaches_each_reader_once_and_never_repeats_an_article(
    house: House, newsroom: Newsroom, mailserver: Smtpd
) -> None:
    newsroom.publish(9, morning(24, 5))
    house.subscribe("everything@example.org")
    house.subscribe("culture@example.org", sections="culture")

    house.run("run", "--at", morning(24, 5).isoformat())
    draft = house.json("draft", "daily", "--date", "2026-11-24")
    assert [section["id"] for section in draft["sections"]] == ["news", "economy", "culture"]
    assert not mailserver.kept

    house.run("run", "--at", morning(24).isoformat())
    first = {kept.recipient: kept for kept in mailserver.kept}
    assert set(first) == {"everything@example.org", "culture@example.org"}
    assert stories(first["everything@example.org"]) == set(range(1, 10))
    assert stories(first["culture@example.org"]) == {3, 6, 9}

    house.run("run", "--at", morning(24, 6, 45).isoformat())
    assert len(mailserver.kept) == 2

    newsroom.publish(6, morning(25, 4))
    house.run("run", "--at", morning(25).isoformat())
    second = {kept.recipient: kept for kept in mailserver.kept[2:]}
    assert stories(second["everything@example.org"]) == set(range(10, 16))
    assert stories(second["culture@example.org"]) == {12, 15}


def test_one_click_ends_a_subscription_before_the_next_morning(
    house: House, newsroom: Newsroom, mailserver: Smtpd
) -> None:
    newsroom.publish(3, morning(24, 5))
    house.subscribe("leaver@example.org", "stayer@example.org")
    house.run("run", "--at", morning(24).isoformat())
    message = next(parsed(kept) for kept in mailserver.kept if kept.recipient == "leaver@example.org")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = re.fullmatch(r"<http://127\.0\.0\.1:8765(/u/[\w-]{35})>", message["List-Unsubscribe"])
    assert path is not None

    with serving(house) as base:
        got = httpx.get(base + path[1])
        answer = httpx.post(base + path[1], data={"List-Unsubscribe": "One-Click"})
    assert got.status_code == 200
    assert answer.status_code == 200
    assert not answer.cookies
    assert not answer.history

    newsroom.publish(3, morning(25, 4))
    house.run("run", "--at", morning(25).isoformat())
    assert [kept.recipient for kept in mailserver.kept[2:]] == ["stayer@example.org"]
    books = house.json("report", "daily", "--date", "2026-11-25")
    assert books["candidates"] == 1
    assert books["accepted"] == 1


def test_a_quiet_day_sends_nothing_and_says_so(house: House, newsroom: Newsroom, mailserver: Smtpd) -> None:
    newsroom.publish(3, morning(24, 5))
    house.subscribe("reader@example.org")
    house.run("run", "--at", morning(24).isoformat())
    house.run("run", "--at", morning(25).isoformat())
    assert len(mailserver.kept) == 1
    assert house.json("report", "daily", "--date", "2026-11-25")["state"] == "skipped"


def test_the_preview_is_the_very_bytes_that_leave(house: House, newsroom: Newsroom, mailserver: Smtpd) -> None:
    newsroom.publish(5, morning(24, 5))
    house.subscribe("reader@example.org")
    house.run("run", "--at", morning(24).isoformat())
    house.run(
        "preview",
        "daily",
        "--date",
        "2026-11-24",
        "--as",
        "reader@example.org",
        "--format",
        "eml",
        "--out",
        "shown.eml",
    )
    assert (house.folder / "shown.eml").read_bytes() == mailserver.kept[0].content


def test_a_source_that_is_a_web_page_is_named_and_the_rest_goes_on(house: House, newsroom: Newsroom) -> None:
    newsroom.broken = "<!doctype html><html><body><h1>Log in</h1></body></html>"
    said = house.run("collect", code=1)
    assert "It is a web page." in said
    newsroom.broken = ""
    newsroom.publish(2, morning(24))
    assert "2 new" in house.run("collect")


def test_a_database_behind_its_migrations_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[secrets]\nroot = "r"\npepper = "p"\n', encoding="utf-8")
    assert "Run `digest db upgrade`." in House(tmp_path).run("subscribers", "list", code=1)


def test_a_wrong_key_is_named_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[site]\nnam = "x"\n', encoding="utf-8")
    assert "“site.nam” is no key." in House(tmp_path).run("subscribers", "list", code=2)


class serving:  # noqa: N801 -- reads as a verb
    """The web pages of a house, as their own process, on a free port."""

    def __init__(self, house: House) -> None:
        self._house = house

    def __enter__(self) -> str:
        from digest.demo.run import free_port

        port = free_port(0)
        self._process = subprocess.Popen([DIGEST, "web", "--port", str(port)], cwd=self._house.folder)
        base = f"http://127.0.0.1:{port}"
        transport = httpx.HTTPTransport(retries=8)
        with httpx.Client(transport=transport) as client:
            assert client.get(f"{base}/healthz").status_code == 200
        return base

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait(15)
