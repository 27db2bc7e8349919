import csv
import io
from pathlib import Path

import pytest

from tests.acceptance.house import House

HEADING = "email,name,newsletter,sections,frequency,hour,zone,language,state"


@pytest.fixture
def house(tmp_path: Path) -> House:
    built = House(tmp_path)
    built.configure("http://127.0.0.1:9/feed", f'kind = "maildir"\npath = "{tmp_path / "mail"}"')
    return built


def exported(house: House) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(house.run("subscribers", "export"))))


def mails(house: House) -> list[str]:
    return [file.read_text(encoding="utf-8") for file in sorted((house.folder / "mail").rglob("*")) if file.is_file()]


def test_who_is_added_by_hand_is_there_afterwards(house: House) -> None:
    words = ("subscribers", "add", "ana@example.org", "--newsletter", "daily", "--sections", "culture,news")
    assert house.run(*words, "--consent", "asked at the fair") == "Added.\n"
    assert "Known already" in house.run(*words, "--consent", "asked at the fair")
    assert [(row["email"], row["sections"], row["state"]) for row in exported(house)] == [
        ("ana@example.org", "news;culture", "active")
    ]


def test_a_list_with_bad_lines_keeps_the_good_ones_and_names_the_others(house: House) -> None:
    lines = "email,sections\nana@example.org,\nno address,\nben@example.org,sports\nzoe@example.org,news\n"
    said = house.run("subscribers", "import", "-", "--newsletter", "daily", "--consent", "a test", given=lines, code=1)
    assert "2 new, 0 known, 2 refused." in said
    assert "line 3: " in said
    assert "line 4: names the section “sports”, which daily does not have" in said
    assert [row["email"] for row in exported(house)] == ["ana@example.org", "zoe@example.org"]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("email,phone\na@example.org,1\n", "“phone”"),
        ("", "The list is empty."),
        ("email\na@example.org\n", "--confirm"),
    ],
)
def test_a_list_that_cannot_be_taken_at_all_is_one_sentence(house: House, lines: str, sentence: str) -> None:
    consent = () if sentence == "--confirm" else ("--consent", "a test")
    said = house.run("subscribers", "import", "-", "--newsletter", "daily", *consent, given=lines, code=2)
    assert sentence in said
    assert exported(house) == []


def test_what_was_exported_is_known_when_it_comes_back(house: House) -> None:
    house.subscribe("ana@example.org", "ben@example.org", sections="economy")
    text = house.run("subscribers", "export")
    assert text.splitlines()[0] == HEADING
    assert "0 new, 2 known, 0 refused." in house.run("subscribers", "import", "-", "--consent", "a test", given=text)
    assert house.run("subscribers", "export") == text


def test_who_is_imported_without_proof_gets_one_confirmation(house: House) -> None:
    lines = "email,state\nana@example.org,\nben@example.org,unsubscribed\n"
    for _ in range(2):
        house.run("subscribers", "import", "-", "--newsletter", "daily", "--confirm", given=lines)
        house.run("run")
    (mail,) = mails(house)
    assert "\nTo: ana@example.org\n" in mail.replace("\r\n", "\n")
    assert "/confirm/" in mail.replace("=\r\n", "").replace("=\n", "")
    assert [row["state"] for row in exported(house)] == ["pending", "unsubscribed"]
