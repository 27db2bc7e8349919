import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import AddressError
from digest.mail.address import parse


def test_the_key_compares_what_people_write_differently() -> None:
    assert parse(" Ana.Perez@EXAMPLE.com ").key == parse("ana.perez@example.com").key == "ana.perez@example.com"


def test_an_address_keeps_the_capitals_it_was_given() -> None:
    assert parse("Ana@Example.com").address == "Ana@example.com"


def test_a_domain_with_other_letters_has_an_ascii_form_and_one_key() -> None:
    found = parse("ali@örnek.com")
    assert (found.ascii, found.key) == ("ali@xn--rnek-4qa.com", "ali@xn--rnek-4qa.com")
    assert parse("ali@xn--rnek-4qa.com").key == found.key


def test_letters_before_the_at_leave_no_ascii_form() -> None:
    assert parse("örnek@example.com").ascii == ""


@pytest.mark.parametrize(
    "typed", ["", "ana", "ana@", "@example.com", "a@b@example.com", "ana@example", "a b@example.com"]
)
def test_what_is_no_address_is_refused_with_a_reason(typed: str) -> None:
    with pytest.raises(AddressError, match=r"\S"):
        parse(typed)


def test_a_far_too_long_address_is_refused_before_it_is_read() -> None:
    with pytest.raises(AddressError, match="at most 254"):
        parse("a" * 100_000 + "@example.com")


@given(st.text(max_size=60))
def test_whatever_is_typed_is_an_address_or_an_address_error(typed: str) -> None:
    try:
        found = parse(typed)
    except AddressError:
        return
    assert parse(found.address) == found
