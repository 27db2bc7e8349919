"""Every case that we promise to get right, and every bug of other programs that must not be ours, is named by a test that proves it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
CASE = re.compile(r"\bT(\d\d)\b(?!:\d)(?:(?: to |–)T(\d\d)\b)?")  # not a time of day
BUGS = re.compile(r"\bbugs? ((?:\d+(?:, | and )?)+)", re.IGNORECASE)


def docstrings() -> Iterator[str]:
    """Yield what the tests say of themselves; other docstrings and comments prove nothing."""
    for file in sorted(TESTS.rglob("test_*.py")):
        if file != Path(__file__):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                    yield ast.get_docstring(node) or ""


def named() -> tuple[set[int], set[int]]:
    """Return the numbers of the cases and of the bugs that tests name: “T05”, “T03 to T06”, “Bugs 4, 5”."""
    cases: set[int] = set()
    bugs: set[int] = set()
    for text in docstrings():
        for first, last in CASE.findall(text):
            cases.update(range(int(first), int(last or first) + 1))
        for numbers in BUGS.findall(text):
            bugs.update(map(int, re.findall(r"\d+", numbers)))
    return cases, bugs


def test_every_case_and_every_known_bug_has_a_test_that_names_it() -> None:
    cases, bugs = named()
    assert sorted(set(range(1, 57)) - cases) == []
    assert sorted(set(range(1, 46)) - bugs) == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("T02.", [2]), ("T03 to T06; T08", [3, 4, 5, 6, 8]), ("T15–T17: x", [15, 16, 17]), ("at T06:00 and T123", [])],
)
def test_a_range_names_all_its_cases(text: str, numbers: list[int]) -> None:
    found = [number for first, last in CASE.findall(text) for number in range(int(first), int(last or first) + 1)]
    assert found == numbers
