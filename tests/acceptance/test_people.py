import csv
import io
from pathlib import Path

from tests.acceptance.house import House

HEADING = "email,name,newsletter,sections,frequency,hour,zone,language,state"
CONSENT = ("--newsletter", "daily", "--consent", "asked at the fair")


def test_people_are_added_listed_imported_and_exported_and_no_bad_line_keeps_a_good_one_back(tmp_path: Path) -> None:
    """One story, for each command is a process of its own."""
    house = House(tmp_path)
    house.configure("http://127.0.0.1:9/feed", f'kind = "maildir"\npath = "{tmp_path / "mail"}"')

    assert house.run("subscribers", "add", "ana@example.org", "--sections", "culture,news", *CONSENT) == "Added.\n"

    lines = "email,sections\nANA@example.org,\nno address,\nben@example.org,sports\nzoe@example.org,news\n"
    said = house.run("subscribers", "import", "-", *CONSENT, given=lines, errors=True)
    assert "1 new, 1 known, 2 refused." in said
    assert "line 3: " in said
    assert "line 4: names the section “sports”, which daily does not have" in said

    assert "“phone”" in house.run("subscribers", "import", "-", *CONSENT, given="email,phone\n", code=2)

    text = house.run("subscribers", "export")
    assert text.splitlines()[0] == HEADING
    rows = [(row["email"], row["sections"], row["state"]) for row in csv.DictReader(io.StringIO(text))]
    assert rows == [("ana@example.org", "news;culture", "active"), ("zoe@example.org", "news", "active")]
    assert "0 new, 2 known, 0 refused." in house.run("subscribers", "import", "-", "--consent", "as before", given=text)
