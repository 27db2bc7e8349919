import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import UsageError
from digest.subscribe import HEADING, BadRow, Row, read_csv


def emails(*lines: bytes | str) -> list[str]:
    return [one.values["email"] for one in read_csv(lines) if isinstance(one, Row)]


def refusals(*lines: bytes | str) -> list[tuple[int, str]]:
    return [(one.line, one.reason) for one in read_csv(lines) if isinstance(one, BadRow)]


def test_only_the_address_is_needed() -> None:
    assert list(read_csv(["email\n", "ana@example.org\n"])) == [Row(2, {"email": "ana@example.org"})]


def test_columns_come_in_any_order_and_case() -> None:
    rows = list(read_csv(["Name , EMAIL\n", "Ana, ana@example.org\n"]))
    assert rows == [Row(2, {"name": "Ana", "email": "ana@example.org"})]


def test_a_list_may_begin_with_a_byte_order_mark() -> None:
    assert emails(b"\xef\xbb\xbfemail\n", b"ana@example.org\n") == ["ana@example.org"]


def test_semicolons_separate_where_the_heading_says_so() -> None:
    rows = list(read_csv(["email;sections\n", 'ana@example.org;"news;culture"\n']))
    assert rows == [Row(2, {"email": "ana@example.org", "sections": "news;culture"})]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_any_machine_ends_them(ending: str) -> None:
    file = io.BytesIO(ending.join(["email,name", "ana@example.org,Ana", "ben@example.org,Ben"]).encode())
    assert emails(*file) == ["ana@example.org", "ben@example.org"]


def test_empty_lines_and_empty_fields_at_the_end_are_nothing() -> None:
    rows = list(read_csv(["email,name,,\n", "\n", ",,,\n", "ana@example.org,,,\n"]))
    assert rows == [Row(4, {"email": "ana@example.org"})]


@pytest.mark.parametrize(
    ("heading", "sentence"),
    [
        ([], "The list is empty."),
        (["\n"], "The list is empty."),
        (["email,phone\n"], "“phone”"),
        (["name\n"], "no “email”"),
        (["email,name,Email\n"], "“email” twice"),
        (['"email\n'], "not closed"),
        ([b"\xff\xfee\x00m\x00a\x00i\x00l\x00\n"], "not in UTF-8"),
        ([b"e\x00m\x00a\x00i\x00l\x00\n"], "not in UTF-8"),
    ],
)
def test_a_heading_that_cannot_be_used_is_one_sentence(heading: list[bytes | str], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence) as caught:
        list(read_csv(heading))
    assert caught.value.hint


def test_a_line_in_another_encoding_keeps_no_other_back() -> None:
    lines = [
        b"email,name\n",
        b"ana@example.org,Ana\n",
        b"jos\xe9@example.org,Jos\xe9\n",
        "eva@example.org,Éva\n".encode(),
    ]
    assert emails(*lines) == ["ana@example.org", "eva@example.org"]
    assert refusals(*lines) == [(3, "is not in UTF-8: save the list as UTF-8 and import it again")]


def test_a_quotation_mark_that_nobody_closed_swallows_its_own_line_only() -> None:
    lines = ["email,name\n", '"ana@example.org,Ana\n', *(f"reader{one}@example.org,R\n" for one in range(20))]
    assert emails(*lines) == [f"reader{one}@example.org" for one in range(20)]
    assert refusals(*lines) == [(2, "has a quotation mark that is not closed")]


def test_two_such_lines_do_not_close_each_other() -> None:
    lines = [
        "email,name\n",
        '"ana@example.org,Ana\n',
        "ben@example.org,Ben\n",
        '"eva@example.org,Eva\n',
        "zoe@example.org,Zoe\n",
    ]
    assert emails(*lines) == ["ben@example.org", "zoe@example.org"]
    assert [line for line, _ in refusals(*lines)] == [2, 4]


def test_a_quoted_field_may_go_on_over_lines_and_is_named_by_its_first() -> None:
    rows = list(read_csv(["email,name\n", 'ana@example.org,"Ana\n', 'Lima"\n', "ben@example.org,Ben,and,more\n"]))
    assert rows[0] == Row(2, {"email": "ana@example.org", "name": "Ana\nLima"})
    assert rows[1] == BadRow(4, "has 4 fields, the heading has 2")


_FIELD = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30).map(str.strip)


@given(
    rows=st.lists(st.tuples(_FIELD, _FIELD, _FIELD).filter(any), max_size=20),
    delimiter=st.sampled_from(",;"),
    bytewise=st.booleans(),
)
def test_what_a_csv_writer_writes_is_read_back(
    rows: list[tuple[str, str, str]], delimiter: str, *, bytewise: bool
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerows([("email", "name", "zone"), *rows])
    lines = io.BytesIO(text.getvalue().encode()) if bytewise else io.StringIO(text.getvalue(), newline="")

    read = list(read_csv(lines))

    assert [
        tuple(one.values.get(key, "") for key in ("email", "name", "zone")) for one in read if isinstance(one, Row)
    ] == rows


@given(st.lists(st.binary(max_size=60).map(lambda line: line.replace(b"\n", b"") + b"\n"), max_size=12))
def test_no_line_however_broken_stops_the_reading_or_hides_a_good_one(noise: list[bytes]) -> None:
    apart = [b"\n"] * 6  # further than a quoted field may reach
    read = list(read_csv([b"email,name\n", *noise, *apart, b"last@example.org\n"]))

    assert isinstance(read[-1], Row)
    assert read[-1].values == {"email": "last@example.org"}
    assert [one.line for one in read] == sorted(one.line for one in read)


def test_the_heading_is_that_of_the_interface() -> None:
    assert ",".join(HEADING) == "email,name,newsletter,sections,frequency,hour,zone,language,state"
